"""Labels that may be totals, and rows left out for what several columns say. Worked out by hand."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.intake.processing import process
from assets.intake.submission import receive
from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests import cards
from tests.conftest import SHARED, release
from warehouse.home import CARD, CHECKOUT, Home, step_results

HEADER = "cuadro,etiqueta,anio,n"
OWN = (
    cards.collection(reporting_country="GTM", measure="victims_repatriated")
    + """
[[format]]
name = "own"
file = { type = "csv" }
key = ["cuadro", "etiqueta", "anio"]
values = { intervals = { "<5" = [0, 4] } }

[[format.left_out]]
where = { cuadro = "desde", etiqueta = ["Fuera", "Exterior"], anio = "2003" }
reason = "a placeholder"

[format.columns]
cuadro = { role = "selector" }
anio = { role = "period" }
n = { role = "value" }

[format.columns.etiqueta]
by = "cuadro"

[format.columns.etiqueta.case."desde"]
role = "counterpart_country"
codes = "name"
set = { citizenship = "@reporting_country", counterpart_role = "repatriated_from" }

[format.columns.etiqueta.case."desde".map]
"Fuera" = "@other"

[format.columns.etiqueta.case."sexo"]
role = "sex"

[format.columns.etiqueta.case."edad"]
role = "age_group"
map = { "0-17" = "Y0T17", "0-11" = "Y0T11", "12-17" = "Y12T17" }
"""
)


def sent(root: Path, rows: list[str], card: str = OWN) -> tuple[Home, list[tuple[str | None, str | None]]]:
    """A home that got these rows, and the labels that were asked about: label, tables and largest value."""
    folder = root / "raw" / "X" / "c"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "format.toml").write_text(card, encoding="utf-8")
    file = root / "datos.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    home = Home(root)
    submission = receive(home, file, "X/c", date(2024, 1, 10))
    process(home, submission)
    found = [f for r in step_results.read_results(home, submission.id).values() for f in r.findings]
    return home, [(f.value, f.expected) for f in found if f.rule == "label_equals_the_rest"]


BOTH = ["desde,Fuera,2019,44", "desde,El Salvador,2019,44"]
THREE = ["desde,Fuera,2020,16", "desde,Honduras,2020,6", "desde,México,2020,10"]


@pytest.mark.statistics("1", "total in disguise")
@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ([*BOTH, *THREE], [("Fuera", "2; 44")]),
        ([*BOTH, *THREE, "desde,Fuera,2021,<5", "desde,México,2021,9"], [("Fuera", "2; 44")]),  # not exact
        ([*BOTH, *THREE, "desde,Fuera,2021,20", "desde,México,2021,19"], []),  # once it is not the sum
        (BOTH, []),  # of two labels each is the sum of the other
        (THREE, []),  # 16 may be chance
        (["desde,Fuera,2020,116", "desde,Honduras,2020,6", "desde,México,2020,110"], [("Fuera", "1; 116")]),
        (["desde,Fuera,2020,0", "desde,Honduras,2020,0", "desde,México,2020,0"], []),
        (["desde,Fuera,2020,116", "desde,Honduras,2020,6", "sexo,Mujeres,2020,110"], []),  # two tables
        (["edad,0-17,2020,300", "edad,0-11,2020,100", "edad,12-17,2020,200"], []),  # the list says so
        ([*BOTH, "desde,Fuera,2020,44", "desde,El Salvador,2020,44", "sexo,Mujeres,2020,7"], None),
    ],
)
def test_a_label_that_is_the_sum_of_all_others_is_asked_about(
    tmp_path: Path, rows: list[str], asked: list[tuple[str, str]] | None
) -> None:
    """None: in two tables of two labels both are, and both are asked about."""
    _, found = sent(tmp_path, rows)
    assert found == (asked if asked is not None else [("Fuera", "2; 44"), ("El Salvador", "2; 44")])


@pytest.mark.slow
def test_a_label_that_the_card_calls_a_total_is_not_asked_about(tmp_path: Path) -> None:
    """It is the total, beside the named, and the named are not added to it."""
    home, found = sent(tmp_path, [*BOTH, *THREE], OWN.replace('"Fuera" = "@other"', '"Fuera" = "@total"'))
    assert found == []
    release(home, date(2024, 6, 30))
    with duckdb.connect(home.current, read_only=True) as db:
        values = db.execute(
            "SELECT year(period_start), breakdown, citizenship, counterpart_country, value_low FROM core.current "
            "WHERE counterpart_country = '_T' ORDER BY 1"
        ).fetchall()
    assert values == [(2019, "total", "GTM", "_T", 44), (2020, "total", "GTM", "_T", 16)]


def test_rows_are_left_out_for_what_all_their_columns_say(tmp_path: Path) -> None:
    """2003 of that table and label only; of another year, table or label the row stands."""
    rows = [
        "desde,Fuera,2003,<5",
        "desde,Fuera,2004,<5",
        "desde,México,2003,7",
        "sexo,Mujeres,2003,7",
        "desde,Exterior,2003,<5",
    ]
    home, _ = sent(tmp_path, rows)
    [submission] = home.submissions()
    fates = step_results.read_results(home, submission.id)[step_results.LAST_STEP].rows
    assert (fates["out_of_scope"], fates["accepted"], fates["quarantined"]) == (2, 3, 0)


def test_a_column_of_left_out_rows_must_be_described(tmp_path: Path) -> None:
    card = tmp_path / "format.toml"
    card.write_text(
        OWN.replace('where = { cuadro = "desde",', 'where = { tabla = "desde",'), encoding="utf-8"
    )
    with pytest.raises(CardError, match=re.escape("tabla")):
        read_card(card)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.statistics("1", "total in disguise")
def test_of_a_real_table_the_total_in_disguise_is_asked_about_and_nothing_else(tmp_path: Path) -> None:
    """UNODC's “Abroad”, had the card not said that it is a total: GTM 2019 44 = 44, HND 2020 16 = 6 + 10."""
    card = (CHECKOUT / "raw" / "UNODC" / "glotip" / CARD).read_text(encoding="utf-8")
    said = '"Abroad" = { code = "@total"'
    assert said in card
    for code, expected in (("@unknown", [("Abroad", "2; 44")]), ("@total", [])):
        home = Home(tmp_path / code[1:])
        folder = home.root / "raw" / "UNODC" / "glotip"
        folder.mkdir(parents=True)
        (folder / CARD).write_text(card.replace(said, f'"Abroad" = {{ code = "{code}"'), encoding="utf-8")
        file = SHARED / "data" / "unodc_glotip_2023-05-30.xlsx"
        submission = receive(home, file, "UNODC/glotip", date(2023, 5, 30))
        process(home, submission)
        found = [f for r in step_results.read_results(home, submission.id).values() for f in r.findings]
        assert [(f.value, f.expected) for f in found if f.rule == "label_equals_the_rest"] == expected


def test_the_template_takes_a_total_of_countries(tmp_path: Path) -> None:
    """What a release exports: `_T` in the column of countries. Of the reporting country it is no code."""
    card = OWN[: OWN.index("[[format]]")].replace('reporting_country = "GTM"\n', "")
    folder = tmp_path / "raw" / "X" / "c"
    folder.mkdir(parents=True)
    (folder / CARD).write_text(card, encoding="utf-8")
    file = tmp_path / "datos.csv"
    header = "reporting_country,period,citizenship,counterpart_country,counterpart_role,value"
    lines = ["GTM,2019,GTM,_T,repatriated_from,44", "_T,2020,GTM,_T,repatriated_from,44"]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    home = Home(tmp_path)
    submission = receive(home, file, "X/c", date(2024, 1, 10))
    process(home, submission)
    fates = step_results.read_results(home, submission.id)[step_results.LAST_STEP].rows
    assert (fates["accepted"], fates["quarantined"]) == (1, 1)
