"""The pages that list every way to be bad name all of them. That they are up to date: test_cases.py, which has run the cases."""

import pytest

from schemas.findings import LANGUAGES, rules
from tests.bad_input.cases import CARDS, CASES
from tests.bad_input.held import HELD
from tests.bad_input.older import OLDER
from tests.bad_input.outcomes import REFUSED, refusals
from tests.bad_input.render import TITLES, path
from tests.bad_input.test_harmless import CSV, XLSX
from warehouse.gate import questions


def test_every_case_has_a_spanish_title_and_no_title_is_left_over() -> None:
    told = [case.id for case in (*CASES, *HELD, *OLDER)]
    assert {*told, *REFUSED, *CARDS, *CSV, *XLSX} == set(TITLES)


def test_no_two_cases_have_one_name() -> None:
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_rule_and_every_question_is_on_the_page(lang: str) -> None:
    text = path(lang).read_text(encoding="utf-8")
    assert [name for name in [*rules(), *(q.id for q in questions())] if f"`{name}`" not in text] == []


def test_a_refused_file_is_refused_for_its_own_rule() -> None:
    assert [f.rule for f in refusals().values()] == [
        "duplicate_file",
        "file_too_large",
        "personal_data",
        "not_searchable",
        "too_many_columns",
        "no_case_number",
    ]
