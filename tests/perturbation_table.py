"""Computes schemas/perturbation.csv: transition probabilities of maximal entropy. `python -m tests.perturbation_table`.

For a count i ≥ 1 the published value v has |v − i| ≤ D, mean i, variance V, is never 1, 2 or negative.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.optimize import root

FILE = Path(__file__).parents[1] / "schemas" / "perturbation.csv"
PAIRS = ((3, 2.0), (5, 3.0), (6, 4.0))
"""Deviation and variance."""
NEVER = (1, 2)


def line(count: int, deviation: int, variance: float) -> dict[int, float]:
    """The probabilities of the values that may be published for a count."""
    if count == 0:
        return {0: 1.0}
    support = np.array([v for v in range(max(0, count - deviation), count + deviation + 1) if v not in NEVER])
    distance = (support - count).astype(float)

    def weights(multipliers: np.ndarray) -> np.ndarray:
        exponent = multipliers[0] * distance + multipliers[1] * distance**2
        values = np.exp(exponent - exponent.max())
        return values / values.sum()

    def gap(multipliers: np.ndarray) -> list[float]:
        p = weights(multipliers)
        return [float(p @ distance), float(p @ distance**2) - variance]

    solved = root(gap, [0.0, -0.1], tol=1e-14)
    if max(map(abs, gap(solved.x))) > 1e-9:
        raise ValueError(f"no distribution for count {count}, deviation {deviation}, variance {variance}")
    return dict(zip(support.tolist(), weights(solved.x).tolist(), strict=True))


def rows() -> list[tuple[int, float, int, int, float]]:
    """All tables; in each the last count is the first with every deviation open."""
    found = []
    for deviation, variance in PAIRS:
        for count in range(deviation + max(NEVER) + 2):
            for published, probability in line(count, deviation, variance).items():
                found.append((deviation, variance, count, published, round(probability, 15)))
    return found


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["deviation", "variance", "count", "published", "probability"])
        writer.writerows(rows())
