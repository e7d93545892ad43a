"""Sheets as offices lay them out, each by its card: titles, header levels, blanks to be filled, notes.

Values are small and written out by hand; one file is the publisher's own.
"""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests.bad_input import build
from tests.conftest import SHARED
from tests.test_sums_in_table import HEAD as WITH_COMPLETE_TABLE
from warehouse.home.frames import read_frame

HEAD = WITH_COMPLETE_TABLE.replace('exhaustive = ["citizenship"]\n', "")


def sent(
    folder: Path, content: str | bytes, card: str, name: str = "d.csv", on: date = build.RECEIVED
) -> tuple[Outcome, pd.DataFrame]:
    home = build.home(folder / "home", card)
    submission = receive(home, build.write(folder / "in", content, name), build.COLLECTION, on)
    outcome = process(home, submission)
    if outcome.status == "rejected":
        return outcome, pd.DataFrame()
    return outcome, read_frame(home, submission.id, "observations")


def figures(values: pd.DataFrame, *names: str) -> list[tuple]:
    """The first day, the codes and the value of each figure."""
    told = values.assign(start=values["period_start"].astype(str).str[:10])
    return sorted(told[["start", *names, "value_low"]].itertuples(index=False, name=None))


MONTHS_ACROSS = HEAD.replace('"A"', '"M"') + (
    'key = ["país"]\nwide = { pattern = "(?P<month>Ene|Feb)" }\n[format.columns]\n'
    '"país" = { role = "citizenship" }\n'
)
TABLE = "país,Ene,Feb\nCuba,4,5\n"
IN_2020 = [("2020-01-01", "CUB", 4), ("2020-02-01", "CUB", 5)]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"Víctimas de trata en 2020,,\n{TABLE}", "{ above = true, pattern = '\\d{4}' }"),
        (f"Año:,2020,\n{TABLE}", '{ cell = "B1" }'),
        (f"Año: 2020 (p),,\n{TABLE}", "{ cell = 'A1', pattern = 'Año: (\\d+)' }"),
    ],
)
def test_the_year_stands_in_the_title_or_a_cell(text: str, at: str, tmp_path: Path) -> None:
    card = MONTHS_ACROSS.replace('type = "csv"', 'type = "csv", header_row = 2')
    outcome, values = sent(tmp_path, text, f'{card}"año" = {{ role = "year", at = {at} }}\n')
    assert outcome.findings == []
    assert figures(values, "citizenship") == IN_2020


@pytest.mark.parametrize("title", ["Víctimas,,", "Víctimas 2019 y 2020,,", "Víctimas MMXX,,"])
def test_a_title_that_says_no_year_or_two_rejects_the_file(title: str, tmp_path: Path) -> None:
    card = MONTHS_ACROSS.replace('type = "csv"', 'type = "csv", header_row = 2')
    told = '"año" = { role = "year", at = { above = true, pattern = \'\\d{4}\' } }\n'
    text = f"{title}\n{TABLE}"
    if "y 2020" in title:
        text = f"Víctimas 2019,y 2020,\n{TABLE}"
    outcome, _ = sent(tmp_path, text, card + told)
    assert (outcome.status, [f.rule for f in outcome.findings]) == ("rejected", ["nothing_at_place"])
    assert all("1" in f.message(lang) for f in outcome.findings for lang in ("es", "en"))


def test_the_sheets_names_are_the_years(tmp_path: Path) -> None:
    card = MONTHS_ACROSS.replace('type = "csv"', 'type = "xlsx"')
    told = '"año" = { role = "year", at = { sheet = true, pattern = \'\\d{4}\' } }\n'
    rows = [["país", "Ene", "Feb"], ["Cuba", 4, 5]]
    book = build.workbook(rows, sheet="Año 2020", others={"Año 2021": [rows[0], ["Cuba", 6, 7]]})
    outcome, values = sent(tmp_path, book, card + told, "d.xlsx")
    assert [f for f in outcome.findings if f.rule != "periods_missing"] == []
    assert figures(values, "citizenship") == [*IN_2020, ("2021-01-01", "CUB", 6), ("2021-02-01", "CUB", 7)]


def test_a_wrong_label_beside_the_table_is_said_at_its_cell(tmp_path: Path) -> None:
    card = MONTHS_ACROSS.replace('type = "csv"', 'type = "csv", header_row = 2')
    told = '"año" = { role = "year", at = { cell = "A1" } }\n'
    outcome, _ = sent(tmp_path, f"MMXX,,\n{TABLE}", card + told)
    assert {(f.rule, f.cell, f.value) for f in outcome.findings if f.cell} == {
        ("unreadable_period", "A1", "MMXX")
    }


def test_what_is_true_of_every_row_is_set(tmp_path: Path) -> None:
    card = MONTHS_ACROSS.replace("[format.columns]", 'set = { year = "2020", sex = "F" }\n[format.columns]')
    outcome, values = sent(tmp_path, TABLE, card)
    assert outcome.findings == []
    assert figures(values, "citizenship", "sex") == [(d, c, "F", n) for d, c, n in IN_2020]


TWO_LEVELS = HEAD + (
    "key = [\"país\"]\nwide = { pattern = '(?P<period>\\d{4}) / (?P<sex>\\w+)' }\n[format.columns]\n"
    '"país" = { role = "citizenship" }\n'
    'Notas = { ignore = "for people", optional = true }\n'
)
BY_SEX = [("2019-01-01", "F", 5), ("2019-01-01", "M", 4), ("2020-01-01", "F", 7), ("2020-01-01", "M", 6)]


def test_a_header_has_two_levels(tmp_path: Path) -> None:
    card = TWO_LEVELS.replace('type = "csv"', 'type = "csv", header_row = 2, header_rows = 2')
    text = "Un título,,,,\n,2019,,2020,\npaís,Hombres,Mujeres,Hombres,Mujeres\nCuba,4,5,6,7\n"
    outcome, values = sent(tmp_path, text, card)
    assert (outcome.findings, outcome.rows["layout"]) == ([], 1)
    assert figures(values, "sex") == BY_SEX


def test_a_merged_cell_of_the_header_holds_as_far_as_it_goes(tmp_path: Path) -> None:
    import io

    import openpyxl

    rows = [
        ["país", 2019, None, 2020, None, None],
        [None, "Hombres", "Mujeres", "Hombres", "Mujeres", "Notas"],
    ]
    book = openpyxl.load_workbook(io.BytesIO(build.workbook([*rows, ["Cuba", 4, 5, 6, 7, "x"]])))
    for cells in ("A1:A2", "B1:C1", "D1:E1"):
        book["datos"].merge_cells(cells)
    packed = io.BytesIO()
    book.save(packed)
    card = TWO_LEVELS.replace('type = "csv"', 'type = "xlsx", header_rows = 2')
    outcome, values = sent(tmp_path, packed.getvalue(), card, "d.xlsx")
    assert outcome.findings == []
    assert figures(values, "sex") == BY_SEX


def with_areas(head: str, *areas: str) -> str:
    """The head of a card whose collection tells of these areas."""
    return head.replace("[[format]]", f"labels.area = {json.dumps(areas)}\n[[format]]")


FILLED = with_areas(HEAD, "Norte", "Sur") + (
    'key = ["zona", "país"]\n[format.columns]\nzona = { role = "area", fill_down = true }\n'
    '"año" = { role = "period" }\n"país" = { role = "citizenship" }\nn = { role = "value" }\n'
)
IN_AREAS = [
    ("2020-01-01", "Norte", "CUB", 4),
    ("2020-01-01", "Norte", "HTI", 5),
    ("2020-01-01", "Sur", "CUB", 6),
]


def test_a_label_is_filled_down_to_where_the_next_begins(tmp_path: Path) -> None:
    card = FILLED.replace('type = "csv"', 'type = "csv", banner = ["Fuente", "Nota"]')
    rows = "Norte,2020,Cuba,4\nNota: sin julio,,,\n,2020,Haití,5\nSur,2020,Cuba,6\nFuente: policía,,,\n"
    outcome, values = sent(tmp_path, f"zona,año,país,n\n{rows}", card)
    assert (outcome.findings, outcome.rows["layout"]) == ([], 2)
    assert figures(values, "area", "citizenship") == IN_AREAS


def test_a_blank_above_which_nothing_stands_stays_blank(tmp_path: Path) -> None:
    outcome, _ = sent(tmp_path, "zona,año,país,n\n,2020,Cuba,4\nSur,2020,Cuba,6\n", FILLED)
    found = [(f.rule, f.source_row, f.column_name, f.expected) for f in outcome.findings if f.source_row]
    assert found == [("unexpected_value", 2, "zona", "Norte, Sur")]
    assert (outcome.rows["accepted"], outcome.rows["quarantined"]) == (1, 1)


def test_merged_labels_are_filled_down_where_the_card_says_so(tmp_path: Path) -> None:
    rows = [
        ["zona", "año", "país", "n"],
        ["Norte", 2020, "Cuba", 4],
        [None, 2020, "Haití", 5],
        ["Sur", 2020, "Cuba", 6],
    ]
    card = FILLED.replace('type = "csv"', 'type = "xlsx"')
    outcome, values = sent(tmp_path, build.workbook(rows, merge="A2:A3"), card, "d.xlsx")
    assert outcome.findings == []
    assert figures(values, "area", "citizenship") == IN_AREAS


def test_footnote_marks_say_nothing(tmp_path: Path) -> None:
    card = FILLED.replace('type = "csv"', 'type = "csv", footnotes = ["*", "(p)", "1/"]')
    text = "zona 1/,año*,país,n (p)\nNorte*,2020 (p),Cuba 1/,4 1/\nNorte,2020,Haití,5*\nSur,2020,Cuba,6(p)*\n"
    outcome, values = sent(tmp_path, text, card)
    assert outcome.findings == []
    assert figures(values, "area", "citizenship") == IN_AREAS


def test_a_digit_is_no_part_of_a_mark(tmp_path: Path) -> None:
    card = FILLED.replace('type = "csv"', 'type = "csv", footnotes = "1/"')
    outcome, _ = sent(tmp_path, "zona,año,país,n\nSur,2020,Cuba,41/\nSur,2020,Haití,4\n", card)
    assert [(f.rule, f.value) for f in outcome.findings if f.cell] == [("text_in_number", "41/")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("zona = {", 'x = { role = "sex", at = { cell = "2B" } }\nzona = {'), "'2B'"),
        (("zona = {", 'x = { role = "sex", at = { cell = "B2", sheet = true } }\nzona = {'), "cell, above"),
        (("zona = {", 'x = { role = "sex", at = { above = true } }\nzona = {'), "'pattern'"),
        (('type = "csv"', 'type = "csv", footnotes = ["1"]'), "1"),
        (("key =", 'set = { sex = "X" }\nkey ='), "X (sex)"),
        (("key =", 'set = { value = "1" }\nkey ='), "value"),
        (('role = "period"', 'role = "period", dates = "ddmmyy"'), "ddmmyy"),
        (('role = "citizenship"', 'role = "citizenship", dates = "YYYY"'), "'dates'"),
        (('role = "citizenship"', 'role = "citizenship", day = "last"'), "'day'"),
    ],
)
def test_a_shape_that_cannot_be_is_refused(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    assert FILLED.count(change[0]) == 1
    with pytest.raises(CardError) as refused:
        read_card(build.write(tmp_path, FILLED.replace(*change), "format.toml"))
    assert said in refused.value.render("es")


FEDERAL = """
keep = { TIPO = "LEY DE MIGRACION" }
key = ["AÑO", "INEGI", "LEY", "CONCEPTO", "TIPO"]
values = { not_available = [""] }
wide = { pattern = '(?P<month>ENERO|FEBRERO|MARZO|ABRIL|MAYO|JUNIO|JULIO|AGOSTO|SEPTIEMBRE|OCTUBRE|NOVIEMBRE|DICIEMBRE)' }

[format.columns]
"AÑO" = { role = "year" }
INEGI = { role = "area", blank = "EXTRANJERO" }
ENTIDAD = { ignore = "label of INEGI" }
LEY = { ignore = "a heading" }
CONCEPTO = { ignore = "a heading" }
TIPO = { role = "selector" }
"""


@pytest.mark.shared
def test_mexico_s_federal_files_have_months_across(tmp_path: Path) -> None:
    """Sums by month of the rows of the migration law, added up here from the publisher's file."""
    source = SHARED / "data" / "mex_sesnsp_federal_files_2012-2025-07.csv"
    months: dict[str, int] = {}
    with source.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            names = list(row)[6:]
            for number, name in enumerate(names, start=1):
                if row["TIPO"] == "LEY DE MIGRACION" and row[name]:
                    key = f"{row['AÑO']}-{number:02}-01"
                    months[key] = months.get(key, 0) + int(row[name])
    head = HEAD.replace('"A"', '"M"').replace('"trafficking"', '"smuggling"').replace('"GTM"', '"MEX"')
    head = head.replace('"victims_detected"', '"cases_recorded"')
    head = with_areas(head, *map(str, range(1, 33)))
    card = head.replace('type = "csv"', 'type = "csv", encoding = "latin-1"') + FEDERAL
    outcome, values = sent(tmp_path, source.read_bytes(), card, on=date(2025, 9, 1))
    assert outcome.rows["quarantined"] == 0
    found = values.groupby(values["period_start"].astype(str).str[:10])["value_low"].sum()
    assert found.to_dict() == months


ROUNDED = HEAD + (
    'key = ["country"]\nvalues = { off_by = 2, intervals = { "--" = [0, 5] } }\n'
    "wide = { pattern = '(?P<period>\\d{4})' }\n[format.columns]\n"
    'country = { role = "citizenship", map = { Total = "@total" } }\n'
)


def test_numbers_that_a_publisher_rounds_are_intervals(tmp_path: Path) -> None:
    """To the nearest 5, as Canada's offices do: 15 + 5 + 5 of 20 is no contradiction."""
    outcome, values = sent(
        tmp_path, "country,2020\nMexico,15\nFrance,5\nCuba,5\nPeru,--\nTotal,20\n", ROUNDED
    )
    assert outcome.findings == []
    bounds = {
        c: (low, high) for c, low, high in values[["citizenship", "value_low", "value_high"]].to_numpy()
    }
    assert bounds == {"MEX": (13, 17), "FRA": (3, 7), "CUB": (3, 7), "PER": (0, 5), "_T": (18, 22)}
    exact, _ = sent(
        tmp_path / "exact",
        "country,2020\nMexico,15\nFrance,5\nCuba,5\nTotal,20\n",
        ROUNDED.replace("off_by = 2, ", ""),
    )
    assert [f.rule for f in exact.findings] == ["breakdown_above_total"]


def test_a_rounded_number_is_never_below_nought_and_a_negative_one_waits(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, "country,2020\nMexico,0\nCuba,-1\n", ROUNDED)
    assert values[["value_low", "value_high"]].to_numpy().tolist() == [[0, 2]]
    assert [f.rule for f in outcome.findings if f.cell] == ["negative_number"]


def test_what_the_publisher_calls_provisional_stays_so(tmp_path: Path) -> None:
    """By a column of marks, as in SDMX-CSV, and by a mark at a header's end."""
    across = ROUNDED.replace("\\d{4})'", '\\d{4})(?: ?\\([pe]\\))?\', flags = { "(p)" = "provisional" }')
    _, values = sent(tmp_path, "country,2020,2021 (p)\nMexico,15,20\n", across)
    assert values[["flag", "obs_status"]].fillna("").to_numpy().tolist() == [["", "A"], ["provisional", "P"]]
    marks = 'map = { "" = { reason = "none" }, p = { flag = "provisional" }, e = { flag = "estimated" } }'
    by_column = HEAD + (
        'key = ["geo"]\n[format.columns]\ngeo = { role = "citizenship", codes = "iso2" }\nt = { role = "period" }\n'
        f'n = {{ role = "value" }}\nOBS_FLAG = {{ role = "dimensions", {marks} }}\n'
    )
    _, values = sent(tmp_path / "2", "geo,t,n,OBS_FLAG\nMX,2020,9,\nCU,2020,8,p\nPE,2020,8,e\n", by_column)
    told = values.set_index("citizenship")[["flag", "obs_status"]].fillna("").T.to_dict("list")
    assert told == {"MEX": ["", "A"], "CUB": ["provisional", "P"], "PER": ["estimated", "A"]}
    with pytest.raises(CardError, match="nonsense"):
        sent(tmp_path / "3", "x", across.replace('"provisional"', '"nonsense"'))


def test_a_second_table_of_the_same_columns_is_one_whatever_its_first_name_is(tmp_path: Path) -> None:
    table = "country,2020,2021\nMexico,15,20\n"
    outcome, _ = sent(tmp_path, f"{table}trafficker,2020,2021\nCuba,1,2\n", ROUNDED)
    assert [(f.rule, f.cell) for f in outcome.findings] == [("second_table", "A3")]


def test_months_that_only_grow_and_begin_anew_are_asked_about(tmp_path: Path) -> None:
    card = (
        MONTHS_ACROSS.replace("(?P<month>Ene|Feb)", "(?P<month>Ene|Feb|Mar|Abr|May)").replace(
            '["país"]', '["país", "año"]'
        )
        + '"año" = { role = "year" }\n'
    )
    head = "país,año,Ene,Feb,Mar,Abr,May\n"
    for last, rules in ((9, ["running_totals"]), (1, [])):
        text = f"{head}Cuba,2020,1,2,3,4,5\nCuba,2021,1,2,4,4,{last}\n"
        outcome, _ = sent(tmp_path / str(last), text, card)
        assert [f.rule for f in outcome.findings if f.rule != "periods_missing"] == rules
