"""The card says whose figures a collection may bring; a row of another country waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests.test_sheets_of_offices import figures, sent
from tests.test_sums_in_table import HEAD as WITH_COMPLETE_TABLE

CARD = WITH_COMPLETE_TABLE.replace('exhaustive = ["citizenship"]\n', "").replace(
    'reporting_country = "GTM"', 'may_report = ["CRI", "PAN"]'
) + (
    'key = ["país", "año"]\n[format.columns]\n"país" = { role = "reporting_country" }\n'
    '"año" = { role = "period" }\nn = { role = "value" }\n'
)


@pytest.mark.parametrize(
    ("may_report", "country", "is_read"),
    [
        ('["CRI", "PAN"]', "Panamá", True),
        ('["CRI"]', "Panamá", False),
        ('["CRI", "PAN"]', "Nicaragua", False),
        ('["@members(CRM)"]', "Panamá", True),
        ('["@members(CRM)"]', "Colombia", False),
        ('["@members(CRM)", "COL"]', "Colombia", True),
    ],
)
def test_a_row_of_another_country_waits(may_report: str, country: str, is_read: bool, tmp_path: Path) -> None:
    card = CARD.replace('["CRI", "PAN"]', may_report)
    outcome, values = sent(
        tmp_path, f"país,año,n\nCosta Rica,2019,30\nCosta Rica,2020,31\n{country},2020,2\n", card
    )
    found = [(f.cell, f.value) for f in outcome.findings if f.rule == "unexpected_value"]
    assert found == ([] if is_read else [("A4", country)])
    assert len(figures(values)) == 2 + is_read


@pytest.mark.parametrize(
    "line",
    [
        'may_report = ["Costa Rica"]',
        'may_report = ["@members(ASEAN)"]',
        'may_report = ["CRI"]\nreporting_country = "CRI"',
    ],
)
def test_a_card_that_names_its_countries_wrongly_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "format.toml").write_text(CARD.replace('may_report = ["CRI", "PAN"]', line), encoding="utf-8")
    with pytest.raises(CardError):
        read_card(tmp_path / "format.toml")
