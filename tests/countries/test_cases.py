"""The cases a non-programmer can add to: must_match.csv and must_not_match.csv, one line a case.

In must_match.csv `expected` is an alpha-3 code, STATELESS, UNKNOWN, OTHER, AREA:<M49 codes> or
SEVERAL:<codes>; in must_not_match.csv it is the kind, and no code may be given.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from schemas.countries import Resolution, resolve

FOLDER = Path(__file__).parent


def cases(name: str) -> list[dict[str, str]]:
    with open(FOLDER / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answer_to(case: dict[str, str]) -> Resolution:
    return resolve(
        case["value"],
        language=case["language"] or None,
        code_system=case["code_system"] or None,
    )


def said(answer: Resolution) -> str:
    if answer.kind == "aggregate":
        return f"AREA:{answer.area or ''}"
    if answer.kind == "several":
        return f"SEVERAL:{'+'.join(answer.members)}"
    return answer.code or answer.kind.upper()


@pytest.mark.parametrize("case", cases("must_match.csv"), ids=lambda case: case["value"])
def test_must_match(case: dict[str, str]) -> None:
    assert said(answer_to(case)) == case["expected"], case["note"]


@pytest.mark.parametrize("case", cases("must_not_match.csv"), ids=lambda case: case["value"])
def test_must_not_match(case: dict[str, str]) -> None:
    answer = answer_to(case)
    assert (answer.code, answer.kind) == (None, case["expected"]), case["note"]
