"""Rows that sum others of their table: totals that disagree open the interval, regions are no countries.

Values are small and worked out by hand, or added up from the publisher's file.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from schemas.countries import countries_in
from tests import cards
from tests.bad_input import build
from tests.conftest import SHARED
from warehouse.home import CHECKOUT
from warehouse.home.frames import read_frame

HEAD = (
    cards.collection(reporting_country="GTM", exhaustive=["citizenship"])
    + """
[[format]]
file = { type = "csv" }
"""
)
WIDE = (
    HEAD
    + """
key = ["país"]
wide = { pattern = '(?P<period>\\d{4})' }

[[format.totals]]
where = { "país" = "Suma" }
over = "país"
reason = "the last row sums the others"

[format.columns]
"país" = { role = "citizenship", codes = "any" }
"""
)
LONG = (
    HEAD
    + """
key = ["año", "mes", "país"]

[[format.totals]]
where = { mes = "Año" }
over = "mes"
reason = "sums the months"

[format.columns]
"año" = { role = "year" }
mes = { role = "month" }
"país" = { role = "citizenship", codes = "any" }
n = { role = "value" }
"""
).replace('frequency = "A"', 'frequency = "M"')


DAY = date(2025, 7, 1)


def sent(folder: Path, text: str, card: str, on: date = build.RECEIVED) -> tuple[Outcome, pd.DataFrame]:
    home = build.home(folder / "home", card)
    submission = receive(home, build.write(folder / "in", text), build.COLLECTION, on)
    outcome = process(home, submission)
    values = read_frame(home, submission.id, "observations")
    return outcome, values.assign(year=pd.to_datetime(values["period_start"]).dt.year)


def bounds(values: pd.DataFrame, **where: object) -> list[tuple]:
    """Low, high and flag of the values with these codes, None for what is open or absent."""
    for name, code in where.items():
        values = values[values[name] == code]
    told = values[["value_low", "value_high", "flag"]].astype(object)
    return [tuple(row) for row in told.where(told.notna(), None).itertuples(index=False)]


TOTALS = [
    ("9", []),
    ("12", [(9, 12, "total_differs")]),
    ("7", [(7, 9, "total_differs")]),
    ("nueve", [(9, None, "total_differs")]),
]
"""What a table says is the total of 4 and 5, and the figure that remains."""


@pytest.mark.parametrize(("total", "figure"), TOTALS)
def test_a_wide_table_is_summed_column_by_column(total: str, figure: list, tmp_path: Path) -> None:
    """Years across and one key: 4 + 5 in 2019 whatever 2020 says."""
    text = f"país,2019,2020\nCuba,4,1\nGhana,5,2\nSuma,{total},3\n"
    outcome, values = sent(tmp_path, text, WIDE)
    assert [(f.rule, f.cell) for f in outcome.findings] == [("total_differs", "B4")] * bool(figure)
    assert bounds(values, citizenship="_T", year=2019) == figure
    assert bounds(values, citizenship="_T", year=2020) == []
    assert (outcome.rows["accepted"], outcome.rows["check_only"]) == (2, 1)


ACROSS = (
    HEAD.replace('["citizenship"]', '["citizenship+sex"]')
    + """
key = ["país"]
wide = { pattern = '(?P<period>\\d{4}) (?P<sex>Hombres|Mujeres)', totals = '(?P<period>\\d{4}) Total' }

[format.columns]
"país" = { role = "citizenship", codes = "any" }
"""
)


@pytest.mark.parametrize(("total", "figure"), [*TOTALS, ("", [])])
def test_a_column_of_totals_is_checked_and_never_added(total: str, figure: list, tmp_path: Path) -> None:
    """Years and sexes across, a total a year: 4 + 5 of Cuba's 2019, whatever 2020 and Ghana say."""
    header = "país,2019 Hombres,2019 Mujeres,2019 Total,2020 Hombres,2020 Mujeres,2020 Total"
    text = f"{header}\nCuba,4,5,{total},1,1,2\nGhana,2,3,5,1,0,1\n"
    outcome, values = sent(tmp_path, text, ACROSS)
    assert [(f.rule, f.cell) for f in outcome.findings] == [("total_differs", "D2")] * bool(figure)
    assert bounds(values, sex="_T") == figure
    assert bounds(values, sex="_T", citizenship="CUB", year=2019) == figure
    assert values.loc[values["sex"] != "_T", "value_low"].sum() == 4 + 5 + 1 + 1 + 2 + 3 + 1 + 0
    assert outcome.rows["accepted"] == 2


@pytest.mark.parametrize("guide", ["format_card.md", "format_card.es.md"])
@pytest.mark.parametrize(
    ("old", "new", "cells"),
    [
        ("", "", []),
        ("Suma,6,8,14", "Suma,6,9,14", ["C4"]),
        ("Suma,6,8,14", "Suma,6,8,15", []),
        ("Cuba,4,5,9", "Cuba,4,5,12", ["D2"]),
    ],
)
def test_the_guide_s_wide_table_with_both_kinds_of_totals(
    guide: str, old: str, new: str, cells: list[str], tmp_path: Path
) -> None:
    """The table and the card as the guide shows them; then one number of them another."""
    page = (CHECKOUT / "docs" / guide).read_text(encoding="utf-8")
    [(table, card)] = re.findall(r"```csv\n(.*?)```\n\n```toml\n(.*?)```", page, re.DOTALL)
    columns = '\n[format.columns]\n"país" = { role = "citizenship", codes = "any" }\n'
    outcome, values = sent(
        tmp_path, table.replace(old, new), f"{ACROSS.partition('key =')[0]}{card}{columns}"
    )
    assert [(f.rule, f.cell) for f in outcome.findings] == [("total_differs", cell) for cell in cells]
    loaded = values[values["flag"].isna()]
    assert sorted(loaded["value_low"]) == [2, 3, 4, 5]
    assert (outcome.rows["accepted"], outcome.rows["check_only"]) == (2, 1)


def test_a_column_of_totals_says_nothing_of_a_row_that_waits(tmp_path: Path) -> None:
    text = "país,2019 Hombres,2019 Mujeres,2019 Total\nCuba,4,x,12\nGhana,2,3,5\n"
    outcome, values = sent(tmp_path, text, ACROSS)
    assert [f.rule for f in outcome.findings] == ["text_in_number"]
    assert bounds(values, sex="_T") == []


def test_the_total_of_months_across_is_the_year_s(tmp_path: Path) -> None:
    card = (
        ACROSS.partition("wide")[0]
        .replace("citizenship+sex", "citizenship")
        .replace('"A"', '"M"')
        .replace('["país"]', '["año", "país"]')
    )
    card += "wide = { pattern = '(?P<month>Ene|Feb)', totals = 'Total' }\n[format.columns]\n"
    card += 'año = { role = "year" }\n"país" = { role = "citizenship", codes = "any" }\n'.replace(
        "año", '"año"'
    )
    outcome, values = sent(tmp_path, "año,país,Ene,Feb,Total\n2020,Cuba,4,5,12\n", card)
    assert [f.rule for f in outcome.findings] == ["total_differs", "overlapping_periods"]
    assert bounds(values, frequency="A") == [(9, 12, "total_differs")]
    assert bounds(values, frequency="M") == [(4, 4, None), (5, 5, None)]


def test_the_total_of_years_is_no_figure_and_its_loss_is_said(tmp_path: Path) -> None:
    """Years across: what sums them has no period, so nothing is opened; without the column nothing is checked."""
    card = WIDE.replace("(?P<period>\\d{4})' }", "(?P<period>\\d{4})', totals = 'Total' }")
    outcome, values = sent(tmp_path, "país,2019,2020,Total\nCuba,4,5,12\nSuma,4,5,9\n", card)
    assert [f.rule for f in outcome.findings] == ["total_differs"]
    assert bounds(values) == [(4, 4, None), (5, 5, None)]
    outcome, _ = sent(tmp_path / "again", "país,2019,2020\nCuba,4,5\nSuma,4,5\n", card)
    assert [(f.rule, f.value) for f in outcome.findings] == [("label_without_row", "Total")]


def test_a_part_in_quarantine_opens_the_total_that_names_it(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, "país,2019\nCuba,4\nWakanda,5\nSuma,9\n", WIDE)
    assert sorted(f.rule for f in outcome.findings) == ["total_differs", "unknown_country"]
    assert bounds(values, citizenship="_T") == [(4, 9, "total_differs")]


def test_months_are_held_against_their_year_s_row(tmp_path: Path) -> None:
    text = "año,mes,país,n\n2020,1,Cuba,4\n2020,2,Cuba,5\n2020,Año,Cuba,12\n"
    outcome, values = sent(tmp_path, text, LONG)
    assert [f.rule for f in outcome.findings] == ["total_differs", "overlapping_periods"]
    assert bounds(values, frequency="A") == [(9, 12, "total_differs")]


def test_a_total_that_was_sent_too_is_opened_and_not_doubled(tmp_path: Path) -> None:
    card = WIDE.replace('codes = "any"', 'codes = "any", blank = "_T"')
    _, values = sent(tmp_path, "país,2019\n,10\nCuba,4\nGhana,5\nSuma,21\n", card)
    # STATISTICS 2: open between the sum row and its parts, of which the total that was sent is none
    assert bounds(values, citizenship="_T") == [(4 + 5, 21, "total_differs")]


@pytest.mark.parametrize(
    ("rows", "region", "rule"),
    [
        (["Cuba 3", "Haití 4", "Caribe 7"], [], "subtotal_among_parts"),
        (["Cuba 3", "Haití <5", "Caribe 7"], [], "subtotal_among_parts"),
        (["Cuba 3", "Haití 4", "Caribe 9"], [(2, 9, "possible_subtotal")], "region_beside_countries"),
        (["Cuba 3", "Haití 4", "Caribe 2"], [(2, 2, "possible_subtotal")], "region_beside_countries"),
        (["Cuba 3", "Haití 4", "Resto del Caribe 7"], [(7, 7, None)], None),
        (["Ghana 3", "Caribe 3"], [(3, 3, None)], None),
    ],
)
def test_a_region_beside_its_countries(
    rows: list[str], region: list, rule: str | None, tmp_path: Path
) -> None:
    card = HEAD.replace('file = { type = "csv" }', "").replace("[[format]]", 'intervals = { "<5" = [0, 4] }')
    text = build.template(*(f"victims_detected 2020 {row}" for row in rows), columns="citizenship")
    outcome, values = sent(tmp_path, text, card.replace("intervals", "intervals", 1))
    assert [f.rule for f in outcome.findings] == [rule] * (rule is not None)
    assert bounds(values, citizenship="029") == region


def test_regions_within_regions_are_each_held_against_what_is_left(tmp_path: Path) -> None:
    """Américas = Cuba + Caribe's other row + Perú: the Caribbean is a subtotal, and so is the continent."""
    rows = ["Cuba 3", "Haití 4", "Caribe 7", "Perú 5", "Américas 12", "Ghana 1"]
    text = build.template(*(f"victims_detected 2020 {row}" for row in rows), columns="citizenship")
    outcome, values = sent(tmp_path, text, HEAD.partition("[[format]]")[0])
    assert [f.value for f in outcome.findings] == ["Caribe", "Américas"]
    assert values["value_low"].sum() == 13


BLOCKS = HEAD + (
    "key = [\"país\"]\nwide = { pattern = '(?P<period>\\d{4})' }\n[format.columns]\n"
    '"país" = { role = "citizenship", codes = "any" }\n'
)
"""Years across; what a label heads is told by its place."""
CENTRAL = ["Centroamérica,65,68", "Guatemala,10,11", "Honduras,15,16", "Nicaragua,40,41"]


@pytest.mark.parametrize(
    ("rows", "group", "rule"),
    [
        # as offices write it: M49 counts Mexico to Central America, so the name alone does not tell
        ([*CENTRAL, "México,9,9"], [], "subtotal_among_parts"),
        (["México,9,9", *CENTRAL[1:], CENTRAL[0]], [], "subtotal_among_parts"),
        ([CENTRAL[0], "México,9,9", *CENTRAL[1:]], [(65, 65), (68, 68)], "region_beside_countries"),
        (["Extrarregionales,12,14", "Cuba,7,8", "Nepal,5,6"], [(0, 12), (0, 14)], "sum_of_neighbours"),
        (["Extrarregionales,12,15", "Cuba,7,8", "Nepal,5,6"], [(12, 12), (15, 15)], None),
        (["Otros,9,2", "Cuba,7,1", "Nepal,2,1"], [(9, 9), (2, 2)], None),  # may well be chance
        (["Haití y Cuba,25,27", "Haití,10,11", "Cuba,15,16"], [], "subtotal_among_parts"),
        (["Resto de Centroamérica,65,68", *CENTRAL[1:]], [(65, 65), (68, 68)], None),
    ],
)
def test_a_label_that_sums_the_rows_next_to_it(
    rows: list[str], group: list, rule: str | None, tmp_path: Path
) -> None:
    text = "\n".join(["país,2019,2020", *rows, "Ghana,1,2"]) + "\n"
    outcome, values = sent(tmp_path, text, BLOCKS)
    assert [f.rule for f in outcome.findings] == [rule] * (rule is not None)
    label = rows[0] if "México" not in rows[0] else rows[-1]
    here = values[values["citizenship_reported"] == label.partition(",")[0]]
    assert [(low, high) for low, high, _ in bounds(here)] == group
    doubted = rule not in (None, "subtotal_among_parts")
    assert set(here["flag"].dropna()) == ({"possible_subtotal"} if doubted else set())


def test_a_card_that_gives_a_reason_has_decided_what_a_label_heads(tmp_path: Path) -> None:
    told = ', map = { Otros = { code = "@other", reason = "others than those below" } } }'
    card = BLOCKS.replace('codes = "any" }', f'codes = "any"{told}')
    text = "país,2019,2020\nOtros,25,27\nCuba,10,11\nHaití,15,16\nGhana,1,2\n"
    outcome, _ = sent(tmp_path, text, BLOCKS)
    assert [(f.rule, f.cell) for f in outcome.findings] == [("sum_of_neighbours", "A2")]
    outcome, values = sent(tmp_path / "told", text, card)
    assert outcome.findings == []
    assert bounds(values, citizenship="_O") == [(25, 25, None), (27, 27, None)]


def test_countries_across_with_a_region_among_them(tmp_path: Path) -> None:
    """Row and figures stand, the region's cells were only checked: they share their rows with countries."""
    pattern = "(?P<citizenship>Guatemala|Honduras|Centroamérica|CA-4|Cuba)"
    card = (
        HEAD
        + f'key = ["año"]\nwide = {{ pattern = \'{pattern}\' }}\n[format.columns]\n"año" = {{ role = "year" }}\n'
    )
    for region in ("Centroamérica", "CA-4"):
        text = f"año,Guatemala,Honduras,{region},Cuba\n2019,10,12,22,3\n2020,11,14,25,4\n"
        outcome, values = sent(tmp_path / region, text, card)
        assert [(f.rule, f.value) for f in outcome.findings] == [("subtotal_among_parts", region)]
        assert outcome.rows["accepted"] == 2
        assert values["value_low"].sum() == 10 + 12 + 3 + 11 + 14 + 4


@pytest.mark.shared
def test_subtotals_in_a_publisher_s_file_change_no_sum(tmp_path: Path) -> None:
    """Darién with a row for South America and for Africa in each month, as offices write them."""
    source = SHARED / "data" / "pan_darien_nationality_2025-06.csv"
    rows = list(csv.DictReader(source.open(encoding="utf-8")))
    regions = {"005": "Sudamérica", "002": "África"}
    added = []
    for code, name in regions.items():
        sums: dict[str, int] = {}
        for row in rows:
            if row["nat"] in countries_in(code):
                sums[row["t"]] = sums.get(row["t"], 0) + int(row["n"])
        added += [f"{t},{t},{name},{n}" for t, n in sums.items()]
    card = (CHECKOUT / "raw/PAN-SNM/darien_nationality/format.toml").read_text(encoding="utf-8")
    text = source.read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(added) + "\n"
    outcome, values = sent(tmp_path, text, card.replace('codes = "iso3"', 'codes = "any"'), DAY)
    told = [
        (f.rule, f.value, f.expected) for f in outcome.findings if "subtotal" in f.rule or "region" in f.rule
    ]
    months = {name: sum(row.split(",")[2] == name for row in added) for name in regions.values()}
    assert sorted(told) == sorted(("subtotal_among_parts", name, str(n)) for name, n in months.items())
    assert outcome.rows["check_only"] == len(added)
    assert values["value_low"].sum() == sum(int(row["n"]) for row in rows)
