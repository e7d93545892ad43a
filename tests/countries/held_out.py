"""How well the rules do on strings that nobody put into the tables: right, suggested, refused, wrong.

    python -m tests.countries.held_out [FILE ...]

Each held_out_*.csv was written before the rules were run on it and is never tuned on; labels are
those of scoring.py. Wrong is any answer that is no refusal and not the expected one.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from schemas.countries import Resolution, resolve
from tests.countries.scoring import REFUSED, is_first_suggestion, is_right

FOLDER = Path(__file__).parent


def rows(path: Path) -> Iterator[tuple[dict[str, str], Resolution]]:
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                row,
                resolve(
                    row["value"], code_system=row["code_system"] or None, language=row["language"] or None
                ),
            )


def verdict(answer: Resolution, expected: str) -> str:
    if is_right(answer, expected):
        return "right"
    if answer.kind not in REFUSED:
        return "wrong"
    return "suggested" if is_first_suggestion(answer, expected) else "refused"


def score(path: Path) -> Counter[str]:
    return Counter(verdict(answer, row["expected"]) for row, answer in rows(path))


def main(paths: list[Path]) -> None:
    for path in paths:
        for row, answer in rows(path):
            said = verdict(answer, row["expected"])
            if said != "right":
                given = answer.code or "+".join(answer.members) or answer.area or answer.kind
                print(said, repr(row["value"]), row["expected"], "->", given, answer.rule, answer.candidates)
        found = score(path)
        total = found.total()
        either = found["right"] + found["suggested"]
        print(
            f"{path.name}: {total} strings, {found['right'] / total:.1%} right, "
            f"{either / total:.1%} right or first suggestion right, {found['wrong']} wrong"
        )


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("held_out_*.csv")))
