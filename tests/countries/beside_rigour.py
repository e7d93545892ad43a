"""The held-out strings read by rigour's fuzzy search, the strongest rival found; bench only.

    python -m venv .bench/rigour && .bench/rigour/bin/pip install rigour
    .bench/rigour/bin/python tests/countries/beside_rigour.py

Needs nothing of the project. A label that gives no country is right where rigour gives none.
"""

import csv
from collections import Counter
from pathlib import Path

from rigour.territories import lookup_territory  # type: ignore[import-not-found]


def verdict(text: str, expected: str) -> str:
    found = lookup_territory(text, fuzzy=True)
    code = (found.alpha3 or found.code).upper() if found else None
    code = {"XK": "XKX", "SUHH": "SUN", "YUCS": "YUG", "CSXX": "SCG", "CSHH": "CSK", "ANHH": "ANT"}.get(
        code, code
    )
    for label in expected.split("/"):
        kind, _, detail = label.partition(":")
        if code == (detail if kind == "HIST" else label):
            return "right"
        if code is None and (
            kind in {"AMB", "MULTI"} or label in {"REGION", "OTHER", "UNKNOWN", "STATELESS"}
        ):
            return "right"
    return "refused" if code is None else "wrong"


if __name__ == "__main__":
    for path in sorted(Path(__file__).parent.glob("held_out_*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if not row["code_system"]]
        score = Counter(verdict(row["value"], row["expected"]) for row in rows)
        print(
            f"{path.name}: {score.total()} strings, {score['right'] / score.total():.1%} right, {dict(score)}"
        )
