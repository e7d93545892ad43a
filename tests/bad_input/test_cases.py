"""Each case by the real steps: exactly these findings, exactly these fates, and a way out in two languages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandera.pandas as pa
import pytest

from schemas import codelists, contracts
from schemas.findings import LANGUAGES, Finding, rules
from schemas.records.contract import contract as record_contract
from schemas.words import words
from tests.bad_input import build
from tests.bad_input.cases import CASES, Case, content
from tests.bad_input.outcomes import outcome, spoilt
from tests.bad_input.render import page, path
from tests.test_series_judging import SPOILT

BY_ID = [pytest.param(case, id=case.id) for case in CASES]

ELSEWHERE = {
    "duplicate_file": "test_fates.py: it needs a file received before",
    "file_too_large": "test_fates.py: nothing of it is kept, so it has no outcome",
    "file_too_slow": "test_slow_files.py: nothing of it is kept, so it has no outcome",
    "no_such_figure": "tests/test_replies.py: it needs a release, and nothing of it is kept",
    "pattern_too_slow": "test_slow_files.py: a card's pattern that runs out of time",
    "step_failed": "test_fates.py: only a defect of the program can break it",
    "bytes_changed": "test_integrity.py: only a file that was received before can be another one now",
    "personal_data": "test_personal_data.py",
    "no_case_number": "test_case_ids.py: nothing of it is kept",
    "not_searchable": "test_personal_data.py: nothing of it is kept",
    "too_many_columns": "test_personal_data.py: nothing of it is kept",
    "answer_differs": "tests/test_workbook_answers.py: the office answers otherwise than the passport",
    "answer_not_kept": "tests/test_workbook_answers.py: an answer of a workbook that cannot be kept",
    "note_limits_figure": "tests/test_office_slips.py: a remark on a figure, which is accepted with a flag",
    **dict.fromkeys(
        ("sent_before", "ends_earlier", "goes_back"), "tests/test_older_files.py: it needs earlier ones"
    ),
    **dict.fromkeys(
        (rule for spoilt in SPOILT for rule in spoilt.rules),
        "tests/test_series_judging.py: it needs a series",
    ),
    "category_missing_asked": "tests/test_series_judging.py: it needs a series",
    "blank_among_filled": "tests/test_office_slips.py: it needs the template",
    "formula_without_result": "tests/test_office_slips.py: it needs a workbook",
    **{rule: "test_held.py: the file is held" for rule in rules() if rules()[rule].fate == "hold"},
}
"""Rules that no spoilt file of the table can break, and where they are tested."""


def places(findings: list[Finding]) -> list[tuple]:
    """Findings as a table has them: rule, sheet, row, column, cell, value."""
    told = [(f.rule, f.sheet, f.source_row, f.column_name, f.cell, _value(f)) for f in findings]
    return sorted(told, key=str)


def _value(finding: Finding) -> str | None:
    """A case's identifier is hashed with the home's key."""
    hashed = finding.rule == "case_id_repeated" and re.fullmatch("case-[0-9a-f]{16}", finding.value or "")
    return "case-…" if hashed else finding.value


def expected(case: Case) -> list[tuple]:
    told = [(at.rule or case.rule, at.sheet, at.row, at.column, at.cell, at.value) for at in case.at]
    return sorted(told, key=str)


@pytest.mark.statistics("2", "equal repeats")
@pytest.mark.statistics("2", "different repeats")
@pytest.mark.statistics("4", "whole numbers")
@pytest.mark.parametrize("case", BY_ID)
def test_a_spoilt_file_gets_exactly_its_findings_and_fates(case: Case) -> None:
    found = spoilt(case)
    assert places(found.findings) == expected(case)
    assert found.status == case.status
    assert {fate: n for fate, n in found.rows.items() if n} == case.rows
    assert not found.is_clean or {f.severity for f in found.findings} <= {"warning"}
    for finding in found.findings:
        for lang in LANGUAGES:
            assert_tells_what_to_do(finding, lang)


def assert_tells_what_to_do(finding: Finding, lang: str) -> None:
    """Full sentences that name the value and the column, and end with what to do."""
    message, said = finding.message(lang), words(lang)
    wrong, mend = said[f"rule.{finding.rule}.what"], said[f"rule.{finding.rule}.mend"]
    assert message.startswith(wrong.split("{")[0])
    assert len(re.findall(r"[.!?](?: |$)", message)) >= 2, message
    assert not re.search(r"[{}]|None|«»\.|“”\.|\(\)", message), message
    for fact, name in (
        (finding.value, "value"),
        (finding.column_name, "column"),
        (finding.expected, "expected"),
    ):
        if fact and f"{{{name}}}" in wrong + mend:
            is_list = finding.rule.startswith("unknown_") and name == "expected"
            assert (in_words(fact, lang) if is_list else fact) in message


def in_words(text: str, lang: str) -> str:
    """The codes of a whole list by the names that the template offers; other texts as they are."""
    for name in codelists.names():
        codes = codelists.codelist(name)
        if ", ".join(codes) == text:
            return ", ".join(code.name(lang) for code in codes.values())
    return text


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_up_to_date(lang: str) -> None:
    """If not: python -m tests.bad_input.render. Here, because the cases have just been run in this process."""
    assert path(lang).read_text(encoding="utf-8") == page(lang)


TWINS = {(case.card, case.good, case.name): case for case in CASES}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in TWINS.values()])
def test_the_good_twin_passes_without_a_word(case: Case, tmp_path: Path) -> None:
    found = outcome(case, tmp_path, content(case.good))
    assert found.findings == []
    assert (found.status, found.rows["quarantined"]) == ("accepted", 0)
    assert found.rows["accepted"] > 0


def of_the_contract() -> set[str]:
    """The rules that the pandera contract declares, read off the contracts that the cases run under."""
    declared: set[str] = set()
    plain = contracts.check

    def noted(rule, holds, *, on_missing=False):
        declared.add(rule)
        return plain(rule, holds, on_missing=on_missing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contracts, "check", noted)
        for text in {case.card for case in CASES}:
            told = _card(text)
            if told.declaration:
                record_contract(told.declaration, received_on=build.RECEIVED)
                continue
            for fmt in told.formats():
                names = [*contracts.COUNTRY_ROLES, *contracts.LISTED_ROLES, *contracts.limited_labels(fmt)]
                names += [f"{contracts.SOURCE}{name}" for name in fmt.columns]
                contracts.counts_contract(fmt, names, received_on=build.RECEIVED, collection=told.collection)
    return declared


def _card(text: str):
    import tomllib

    from schemas.cards.format_card import Card

    return Card.model_validate(tomllib.loads(text))


CONTRACT = of_the_contract()
MUTANTS = {case.rule: case for case in CASES if case.rule in CONTRACT}


@pytest.mark.parametrize("rule", sorted(CONTRACT))
def test_a_case_misses_its_rule_when_the_contract_drops_it(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, plain = MUTANTS[rule], contracts.check

    def blind(name, holds, *, on_missing=False):
        return (
            pa.Check(lambda s: s.isna() | True, name=name)
            if name == rule
            else plain(name, holds, on_missing=on_missing)
        )

    monkeypatch.setattr(contracts, "check", blind)
    found = outcome(case, tmp_path, content(case.bad))
    assert rule not in {f.rule for f in found.findings}


def test_every_rule_is_broken_by_a_case() -> None:
    assert {case.rule for case in CASES} | set(ELSEWHERE) == set(rules())
    assert not {case.rule for case in CASES} & set(ELSEWHERE)


def test_a_missing_case_would_be_noticed() -> None:
    often = Counter(case.rule for case in CASES)
    alone = [rule for rule, n in often.items() if n == 1]
    assert alone
    for rule in alone:
        assert {case.rule for case in CASES if case.rule != rule} | set(ELSEWHERE) != set(rules())


FATES = {"row": "accepted", "file": "rejected", "none": "accepted"}


@pytest.mark.parametrize("case", BY_ID)
def test_a_case_ends_as_its_rule_says(case: Case) -> None:
    lost = (
        case.status == "held" and rules()[case.rule].fate == "row"
    )  # and nobody knows where the row belongs
    # the series of both years holds it, or the rule on another sex
    is_series = case.status == "held" and case.rule in ("running_totals", "label_equals_the_rest")
    assert lost or is_series or case.status == FATES[rules()[case.rule].fate]
    assert (rules()[case.rule].severity == "warning") == (rules()[case.rule].fate == "none")


ONE_A_RULE = {case.rule: case for case in CASES if rules()[case.rule].fate == "row"}


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=rule) for rule, case in ONE_A_RULE.items()])
def test_a_card_that_rejects_files_rejects_this_one_for_the_same_row(case: Case, tmp_path: Path) -> None:
    strict = case.card.replace('on_error = "quarantine_rows"', 'on_error = "reject_file"')
    assert strict != case.card
    found = outcome(replace(case, card=strict), tmp_path, content(case.bad))
    in_scope = case.rows.get("accepted", 0) + case.rows["quarantined"]
    beside = {fate: n for fate, n in case.rows.items() if fate not in ("accepted", "quarantined")}
    assert found.status == "rejected"
    assert {fate: n for fate, n in found.rows.items() if n} == {"quarantined": in_scope, **beside}
    assert places(found.findings) == expected(case)


def test_a_warning_rejects_nothing_even_where_a_card_is_strict(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == "value_equals_year")
    strict = case.card.replace('on_error = "quarantine_rows"', 'on_error = "reject_file"')
    found = outcome(replace(case, card=strict), tmp_path, content(case.bad))
    assert (found.status, found.rows["accepted"]) == ("accepted", 3)
