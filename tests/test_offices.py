"""Two names of one office: the rule of two offices compares words, not spelling."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.intake.processing import process
from assets.intake.submission import receive
from tests.test_held import FEB, GOOD, JAN, MAR, file_of
from tests.test_vintages import new_home
from warehouse.home import receipts
from warehouse.home.offices import is_same_office, known_offices

STATISTICS = "Dirección de Estadística, Secretaría de Seguridad"

SAME = [
    # ../shared/findings/readers.md, section 4: confirmed by the same office in another spelling
    (STATISTICS, "Direccion de Estadistica de la Secretaria de Seguridad"),
    (STATISTICS, "SECRETARÍA DE SEGURIDAD – Dirección de Estadística"),
    (STATISTICS, "  dirección   de estadística "),
    ("Statistics Unit of the Ministry of the Interior", "Ministry of Interior, Statistics Unit"),
    ("INM", "inm"),
    ("UPMRIP, SEGOB", "SEGOB (UPMRIP)"),
]
OTHER = [
    (STATISTICS, "Dirección de Asuntos Jurídicos, Secretaría de Seguridad"),
    ("INM", "SEGOB"),
    ("Ministerio Público", "Ministerio de Gobernación"),
    ("OEI", "OIM"),
    ("una oficina", "otra oficina"),
    ("INM", "INM, Estadística"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_an_office_in_another_spelling_is_the_same(left: str, right: str) -> None:
    assert is_same_office(left, right)
    assert is_same_office(right, left)


@pytest.mark.parametrize(("left", "right"), OTHER)
def test_another_office_is_another(left: str, right: str) -> None:
    assert not is_same_office(left, right)
    assert not is_same_office(right, left)


@given(st.lists(st.sampled_from(STATISTICS.replace(",", "").split()), unique=True, min_size=1), st.data())
def test_the_order_and_case_of_words_do_not_count(words: list[str], data: st.DataObject) -> None:
    other = data.draw(st.permutations(words))
    assert is_same_office(" ".join(words), ", ".join(word.upper() for word in other))


@pytest.mark.slow
def test_only_another_office_confirms_what_is_held(tmp_path: Path) -> None:
    """By every door: the rule is the history's, not the page's."""
    home = new_home(tmp_path / "home")
    process(home, receive(home, file_of(home, GOOD), "X/c", JAN, office=STATISTICS))
    revised = GOOD | {("CRI", 2001): "9", ("CRI", 2002): "9"}
    held = receive(home, file_of(home, revised), "X/c", FEB, office=STATISTICS)
    process(home, held)
    assert known_offices(home.submissions()) == [STATISTICS]
    [held] = [s for s in home.submissions() if s.admission_state.is_waiting]
    with pytest.raises(receipts.SameOffice, match="Dirección de Estadística"):
        receipts.confirm(home, held, MAR, office="Direccion de Estadistica", reason="recontado")
    assert [e["event"] for e in held.events()] == ["received", "held"]
    receipts.confirm(home, held, MAR, office="Secretaría Técnica", reason="recontado")
    [confirmed] = [s for s in home.submissions() if s.id == held.id]
    assert not confirmed.admission_state.is_waiting
