"""Personal data, by the corpus of tests/people: what is caught and what is let pass; the guard's own phrases under counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.intake.privacy.guard import refuse_if_personal
from schemas.personal_data import classify_header, find_in_column, find_in_text, find_names
from schemas.personal_data.values import by_chance, sure
from schemas.personal_data.words import read
from tests.bad_input import build
from tests.operator.personal_data import CAUGHT, FALSE_ALARMS, card_of, fates
from tests.people.files import HALVES, Line, lines


@pytest.mark.operator("5", "corpus")
def test_the_corpus_is_as_large_as_was_asked_and_parted_by_kind() -> None:
    every = [line for half in HALVES for line in lines(half)]
    assert sum(line.must_refuse for line in every) >= 150
    assert sum(not line.must_refuse for line in every) >= 100
    known, held_out = ({line.kind for line in lines(half)} for half in HALVES)
    assert not known & held_out
    assert {line.language for line in every} == {"es", "en", "fr"}


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
@pytest.mark.operator("5", "measured")
@pytest.mark.operator("5", "office contacts")
def test_personal_data_are_caught_and_harmless_tables_are_let_pass(half: str) -> None:
    told = fates(half)
    ways, harmless = ([o.is_right for o in told if o.line.must_refuse is must] for must in (True, False))
    assert sum(ways) >= CAUGHT * len(ways)
    assert len(harmless) - sum(harmless) <= FALSE_ALARMS * len(harmless)
    if half == "known":
        assert [one.line for one in told if not one.is_right] == []


PHRASES = dict.fromkeys(
    phrase
    for told in read("words")["kinds"].values()
    if told.get("counted")
    for phrase in (*told["headers"], *told["wherever"])
)
HARMLESS = {
    "as columns of counts": [
        ["año", *PHRASES],
        *([year, *["12"] * len(PHRASES)] for year in ("2020", "2021")),
    ],
    "as labels": [["Medio", "víctimas"], *([phrase, "12"] for phrase in PHRASES)],
    "in a list of codes": [["código", "nombre"], *([f"C{n}", phrase] for n, phrase in enumerate(PHRASES))],
    "as the code of a country, of whose nationals it tells": [
        ["reporting_country", "period", "citizenship", "value"],
        *(["DOM", "2023", citizenship, "12"] for citizenship in ("", "HND", "DOM", "VEN")),
    ],
    "as questions": [
        [f"¿Tiene {phrase}?" for phrase in PHRASES],
        ["Sí"] * len(PHRASES),
        ["No"] * len(PHRASES),
    ],
    "as types": [
        [f"Tipo de {phrase}" for phrase in PHRASES],
        ["Nuevo"] * len(PHRASES),
        ["Vencido"] * len(PHRASES),
    ],
    "as whether there is one": [
        [f"Con {phrase}" for phrase in PHRASES],
        ["120"] * len(PHRASES),
        ["1.400"] * len(PHRASES),
    ],
}


@pytest.mark.parametrize("rows", HARMLESS.values(), ids=HARMLESS)
def test_what_counts_such_data_or_tells_kinds_of_them_is_let_pass(
    rows: list[list[str]], tmp_path: Path
) -> None:
    """The guard's own phrases, where they tell of no person. Raises RefusedFile if one does."""
    text = "\n".join(",".join(row) for row in rows) + "\n"
    refuse_if_personal(build.write(tmp_path, text), card_of(Line("", False, "table", "es", "", "")))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # DPI: 1·2+0·3+…+1·9 = 11, rest 0; department 01, municipality 01
        (["1000000100101"] * 2, True),
        (["1000000110101"] * 2, False),  # the check is 0, not 1
        (["1000000102301"] * 2, False),  # there are 22 departments
        (["0801199000000"] * 2, True),  # Honduras: department 08, municipality 01, year 1990
        (["1901199000000"] * 2, False),  # there are 18
        (["00100000009", "00100000017"], True),  # Dominican Republic, by python-stdnum
        (["00100000009"], False),  # one in ten numbers passes by chance: one is too few
    ],
)
def test_numbers_that_chance_may_bring_about_need_half_a_column(text: list[str], holds: bool) -> None:
    assert bool(find_in_column("codigo", text)) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # DUI: 9·0+8·1+7·0+…+2·1 = 10, the check is 0
        ("01000001-0", True),
        ("01000001-1", False),
        ("20240101-1", False),
        # NIC: the letter at place 0010101900001 mod 23 = 12 of ABCDEFGHJKLMNPQRSTUVWXY
        ("0010101900001N", True),
        ("0010101900001A", False),
        ("8-123-456", True),
        ("8-12-2020", False),
        ("+1234567", False),
        ("+502 5555 0100", True),
        ("SSB 000123456", True),  # Belize: of its number no check is known, the board's name leads to it
        ("000123456", False),
    ],
)
@pytest.mark.operator("5", "own checks")
def test_our_own_checks_tell_numbers_from_dates_and_codes(text: str, holds: bool) -> None:
    assert bool(find_in_text(text)) is holds


def test_every_shape_and_every_kind_is_of_use() -> None:
    kinds = read("words")["kinds"]
    assert {shape.kind for shape in (*sure(), *by_chance())} <= set(kinds)
    for kind, told in kinds.items():
        for phrase in told["wherever"]:
            assert classify_header(phrase) is not None, (kind, phrase)


def test_no_country_s_name_is_a_person_s() -> None:
    lines_ = (Path(__file__).parents[1] / "schemas" / "countries" / "countries.csv").read_text(
        encoding="utf-8"
    )
    assert [line for line in lines_.splitlines() if find_names(line) or find_in_text(line)] == []
