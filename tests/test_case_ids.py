"""The identifier of a case: it looks like one, and leaves the step only as a hash that the home alone can make."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.intake.processing import check, process
from assets.intake.submission import RefusedFile, receive
from warehouse.home import Home, case_key

CASES = "CRM-TS/victim_cases"
HEADER = "case_id,reporting_country,identified_in,sex,age_group,citizenship\n"
TWICE = (
    HEADER
    + "secret-1,CRI,2024-07,F,Y0T17,NIC\nsecret-1,CRI,2024-07,M,Y0T17,NIC\nsecret-2,CRI,2024-07,M,Y0T17,NIC\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "cases.csv"
    path.write_text(text)
    return path


@pytest.mark.operator("5", "case_id")
def test_an_identifier_leaves_the_step_as_the_home_s_hash(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    found = process(home, receive(home, written(tmp_path, TWICE), CASES, date(2024, 8, 1)))
    values = [f.value for f in found.findings if f.rule == "case_id_repeated"]
    assert values == [case_key.hash_case_id(home, "secret-1")] * 2
    assert str(values[0]).startswith("case-")
    beside_raw = [p for p in home.root.rglob("*") if p.is_file() and home.raw not in p.parents]
    assert all(b"secret-" not in p.read_bytes() for p in beside_raw)


@pytest.mark.operator("5", "case_id")
def test_the_hash_is_of_one_home(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "1"), Home(tmp_path / "2")
    assert (
        case_key.hash_case_id(one, "A")
        == case_key.hash_case_id(one, " A ")
        != case_key.hash_case_id(other, "A")
    )
    assert (one.root / "private" / "case_key").stat().st_mode & 0o077 == 0


def test_trying_a_file_tells_the_hash_that_sending_it_will_tell(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    expected = case_key.hash_case_id(home, "secret-1")
    tried = check(home, written(tmp_path, TWICE), CASES, date(2024, 8, 1))
    assert {f.value for f in tried.findings if f.rule == "case_id_repeated"} == {expected}


@pytest.mark.parametrize("wrong", ["la de la calle", "caso de junio", "a b"])
@pytest.mark.operator("5", "case_id")
def test_words_are_no_identifier(wrong: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    text = TWICE.replace("secret-2", wrong)
    with pytest.raises(RefusedFile) as refused:
        receive(home, written(tmp_path, text), CASES, date(2024, 8, 1))
    assert (refused.value.finding.rule, refused.value.finding.cell) == ("no_case_number", "A4")
    assert wrong not in refused.value.finding.message("es")


def test_a_case_number_with_blanks_is_told_how_to_be_written(tmp_path: Path) -> None:
    """Not to be taken out, as a name is: the file would have no identifier."""
    home = Home(tmp_path / "home")
    with pytest.raises(RefusedFile) as refused:
        receive(home, written(tmp_path, TWICE.replace("secret-2", "FGR 123-2021")), CASES, date(2024, 8, 1))
    assert "FGR-123-2021" in refused.value.finding.message("en")
    receive(home, written(tmp_path, TWICE.replace("secret-2", "FGR-123-2021")), CASES, date(2024, 8, 1))
