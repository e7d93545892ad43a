"""Golden questions: questions in words with the call that each means, written without looking at the words' files.

`tuned.jsonl` was read while the words were chosen; `held_out.jsonl` was written by other people after they were
frozen, and is never tuned to. `traps.jsonl` has questions that must be refused.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.questions import question_words
from warehouse.answers.contract import Call
from warehouse.answers.questions.calls import calls_of
from warehouse.answers.questions.tokens import Tokens

FOLDER = Path(__file__).parent

Question = dict[str, Any]


def questions(name: str) -> list[Question]:
    """The questions of a file."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def read(question: Question) -> tuple[Call, ...]:
    """The calls that a question is read as."""
    return calls_of(Tokens.from_text(question["question"]), question_words(question["lang"]))


def is_right(question: Question, calls: Sequence[Call]) -> bool:
    """Whether the first call is the one that the question means: tool, indicator, place, period, breakdown."""
    if not calls or calls[0].tool != question["tool"]:
        return False
    given: dict[str, Any] = calls[0].arguments
    place = question.get("country", "CRM") or "CRM"
    expected = {
        "find": {},
        "law": {"country": place, "family": question.get("family", "trafficking")},
        "gaps": {"country": place, "family": question.get("family", "trafficking")},
        "compare": {
            "indicators": sorted(question.get("indicators", ())),
            "countries": sorted(question.get("countries", ())),
        },
        "flows": {
            "indicator": question.get("indicator"),
            "country": question.get("country", ""),
            "origin": question.get("origin", ""),
        },
    }.get(question["tool"], {"indicator": question.get("indicator"), "country": place})
    if question["tool"] not in ("find", "law", "gaps", "change", "trend"):
        expected["period"] = str(question.get("period", ""))
    if question["tool"] == "figure":
        expected["by"] = question.get("by", {})
    found = {name: given.get(name, {"by": {}, "countries": []}.get(name, "")) for name in expected}
    found |= {name: sorted(found[name]) for name in ("indicators", "countries") if name in found}
    if question["tool"] == "flows" and {found["country"], expected["country"]} == {"", "CRM"}:
        found["country"] = expected["country"]
    return found == expected
