"""The state that a history records: waiting, compared, confirmed, explained. Written events, read again."""

from __future__ import annotations

import json

import pytest

from schemas.findings import Finding
from warehouse.home.admission_state import (
    JUSTIFIED,
    TO_COMPARE,
    AdmissionState,
    Justification,
    Question,
    breaches_as_facts,
    read_state,
)

BREACHES = [
    Finding("values_changed", value="2", expected="20"),
    Finding("category_gone", column_name="CRI · sex", value="M", expected="12"),
]
FACTS = [
    {"rule": "values_changed", "value": "2", "expected": "20"},
    {"rule": "category_gone", "column_name": "CRI · sex", "value": "M", "expected": "12"},
]
RECEIVED = {"event": "received", TO_COMPARE: "yes"}
QUESTION = Question("CRI", "victims_detected", "A", "2020-01-01")
FOUND = {
    "beside": "X.c.2024-01-10.1",
    "values": json.dumps({"of": 20, "changed": 2}),
    "remarks": json.dumps(FACTS[1:]),
}
COMPARED = {"event": "compared", "questions": json.dumps([QUESTION]), **FOUND}
HELD = {"event": "held", "reason": json.dumps(FACTS), **FOUND}
CONFIRMED = {"event": "confirmed", "reason": "se recontó"}


@pytest.mark.parametrize(
    ("history", "to_compare", "is_waiting"),
    [
        ([], False, False),
        ([{"event": "received"}], False, False),  # the first of its collection
        ([{"event": "received", TO_COMPARE: "no"}], False, False),
        ([RECEIVED], True, False),
        ([RECEIVED, COMPARED], False, False),
        ([RECEIVED, HELD], False, True),
        ([RECEIVED, COMPARED, HELD], False, True),
        ([RECEIVED, HELD, CONFIRMED], False, False),
    ],
)
def test_a_file_is_compared_once_and_waits_from_its_hold_to_its_confirmation(
    history: list[dict[str, str]], to_compare: bool, is_waiting: bool
) -> None:
    state = read_state(history)
    assert (state.to_compare, state.is_waiting) == (to_compare, is_waiting)
    assert (state.confirmation is not None) == (CONFIRMED in history)


@pytest.mark.parametrize("event", [COMPARED, HELD])
def test_what_was_compared_is_in_the_hold_or_in_the_comparison(event: dict[str, str]) -> None:
    state = read_state([RECEIVED, event])
    assert (state.compared_with, state.values) == ("X.c.2024-01-10.1", {"of": 20, "changed": 2})
    assert breaches_as_facts(state.remarks) == FACTS[1:]
    assert breaches_as_facts(state.breaches) == (FACTS if event is HELD else [])
    assert state.questions == ([QUESTION] if event is COMPARED else [])


def test_the_hold_says_more_than_the_comparison_before_it() -> None:
    later = HELD | {"beside": "later", "values": "{}", "remarks": "[]"}
    state = read_state([RECEIVED, COMPARED, later])
    assert (state.compared_with, state.values, state.remarks) == ("later", {}, [])
    assert state.questions == [QUESTION]


def test_nothing_was_compared_with_the_first_file() -> None:
    state = read_state([{"event": "received"}])
    assert state == AdmissionState(False, None, None, None)
    assert (state.compared_with, state.values, state.breaches, state.questions, state.remarks) == (
        "", {}, [], [], [],
    )  # fmt: skip


def test_breaches_are_kept_by_rule_and_numbers_and_read_again() -> None:
    assert breaches_as_facts(BREACHES) == FACTS
    state = read_state([HELD | {"reason": json.dumps([fact | {"later": "key"} for fact in FACTS])}])
    assert [(f.rule, f.column_name, f.value, f.expected) for f in state.breaches] == [
        (f.rule, f.column_name, f.value, f.expected) for f in BREACHES
    ]


def test_the_last_explanation_of_each_rule_counts_in_the_order_of_the_rules() -> None:
    explained = [("values_gone", "a"), ("ends_earlier", "b"), ("values_gone", "c")]
    history = [
        {"event": JUSTIFIED, "rule": rule, "reason": reason, "office": "o", "on": "2024-02-10"}
        for rule, reason in explained
    ]
    assert read_state([RECEIVED, HELD, *history]).justifications == (
        Justification("ends_earlier", "b", "o", "2024-02-10"),
        Justification("values_gone", "c", "o", "2024-02-10"),
    )
