"""One comparison of what a publisher prints with what a release shows, cell by cell. Reads no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """How many cells were compared, and how each of them fared."""

    name: str
    cells: int
    equal: int
    inside: int
    different: Mapping[str, int]
    """By cause. The cause of a cell is said by the one who compares, never guessed here."""
    unexplained: tuple[str, ...]
    """Cells that differ without a cause, and causes without a cell that differs."""
    rows: frozenset[int] = frozenset()
    """The released rows that were compared, where the query numbers them (`row`)."""

    def __str__(self) -> str:
        causes = "".join(f"; {n} different: {cause}" for cause, n in self.different.items())
        return (
            f"{self.name}: {self.cells} cells, {self.equal} equal, {self.inside} inside the interval{causes}"
        )


def compare(
    name: str,
    printed: pd.DataFrame,
    shown: pd.DataFrame,
    keys: list[str],
    causes: Mapping[tuple, str] | None = None,
    rows: Iterable[int] | None = None,
) -> Comparison:
    """Each cell of either side, by its keys: one number told alike is equal, one interval told alike is inside.

    Both frames have `keys`, `low` and `high`. A cell that only one of them has, or that they tell otherwise,
    is different, and needs a cause. `rows`: of shown cells that are sums of released rows, these.
    """
    for side in (printed, shown):
        assert not side.duplicated(keys).any(), f"{name}: a cell twice"
    both = printed[[*keys, "low", "high"]].merge(
        shown[[*keys, "low", "high"]], on=keys, how="outer", suffixes=("", "_shown")
    )
    ends = [np.isclose(both[end], both[f"{end}_shown"], rtol=1e-12, atol=0) for end in ("low", "high")]
    same, exact = ends[0] & ends[1], (both["low"] == both["high"]).to_numpy()
    places = pd.Series(list(both[keys].itertuples(index=False, name=None)), dtype=object)
    causes = dict(causes or {})
    differ = [place for place, is_same in zip(places, same, strict=True) if not is_same]
    return Comparison(
        name,
        cells=len(both),
        equal=int((same & exact).sum()),
        inside=int((same & ~exact).sum()),
        different=Counter(causes[place] for place in differ if place in causes),
        unexplained=tuple(sorted(str(place) for place in set(differ) ^ set(causes))),
        rows=frozenset(shown.get("row", ()) if rows is None else rows),
    )


def together(name: str, comparisons: Iterable[Comparison]) -> Comparison:
    """Several comparisons as one line of a table."""
    parts = list(comparisons)
    return Comparison(
        name,
        *(sum(getattr(one, part) for one in parts) for part in ("cells", "equal", "inside")),
        different=sum((Counter(one.different) for one in parts), Counter()),
        unexplained=tuple(f"{one.name}: {place}" for one in parts for place in one.unexplained),
        rows=frozenset().union(*(one.rows for one in parts)),
    )


def table(comparisons: list[Comparison]) -> str:
    """The comparisons as a table of a document."""
    lines = ["| what | cells | equal | inside the interval | different, and why |", "|---|--:|--:|--:|---|"]
    for one in comparisons:
        why = "; ".join(f"{n:,}: {cause}" for cause, n in one.different.items()) or "–"
        lines.append(f"| {one.name} | {one.cells:,} | {one.equal:,} | {one.inside:,} | {why} |")
    sums = [sum(getattr(c, part) for c in comparisons) for part in ("cells", "equal", "inside")]
    rest = sum(sum(c.different.values()) for c in comparisons)
    lines.append("| **all** | " + " | ".join(f"**{n:,}**" for n in [*sums, rest]) + " |")
    return "\n".join(lines)
