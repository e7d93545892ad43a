"""Waivers of two offices over the gate's refusals, written to `registry.waivers` of the build.

warehouse/home/waivers.py stores the waivers of a home.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from schemas.tables import table
from schemas.words import CONTRACT_LANGUAGES, InvalidValue
from warehouse.environment.limits import SETTINGS
from warehouse.gate.questions import all_questions
from warehouse.gate.verdict import Answer
from warehouse.home import Home, verdicts, waivers
from warehouse.home.waivers import Waiver

WAIVERS = table("registry.waivers")


def waive(
    home: Home, names: Sequence[str], on: date, *, reason: str, office: str, second_office: str
) -> None:
    """Record a waiver for each named refusal of the last verdict, valid for exactly its present violations.

    Raises InvalidValue if a question was not refused or can never be waived; then nothing is recorded.
    """
    last = verdicts.read_summary(home.verdict)
    refusals = last.get("violations", {})
    for name in names:
        if name not in refusals:
            key = "release.not_refused" if refusals else "release.none_refused"
            raise InvalidValue(key, question=name, refused=", ".join(refusals))
        if _is_absolute(name):
            raise InvalidValue("release.absolute", question=name)
    for name in names:
        violations, digest = refusals[name]
        waiver = Waiver(name, digest, violations, reason.strip(), office.strip(), second_office.strip(), on)
        waivers.add_waiver(home, waiver)


def _is_absolute(name: str) -> bool:
    return any(question.absolute for question in all_questions() if question.id == name)


def write_waivers(path: Path, answers: Sequence[Answer]) -> None:
    """Write the waivers of the answers into a built database that has passed the gate."""
    if not answers:
        return
    names = ", ".join(WAIVERS.column_names)
    slots = ", ".join(f"${name}" for name in WAIVERS.column_names)
    with duckdb.connect(path, config=SETTINGS) as db:
        for answer in answers:
            db.execute(f"INSERT INTO {WAIVERS.full_name} ({names}) VALUES ({slots})", _row(answer))


def _row(answer: Answer) -> dict[str, Any]:
    waiver = answer.waiver
    assert waiver is not None
    return {
        "question": waiver.question,
        "violations": answer.violations,
        "reason": waiver.reason,
        "decided_by": waiver.office,
        "second_office": waiver.second_office,
        "decided_on": waiver.decided_on,
    } | {f"must_hold_{lang}": answer.question.words.render(lang) for lang in CONTRACT_LANGUAGES}
