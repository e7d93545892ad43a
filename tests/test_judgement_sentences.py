"""Words of single judgements, which pages, workbooks and the client share: by hand, and of every row of a release."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from schemas.codelists import codelist
from schemas.words import CONTRACT_LANGUAGES, InvalidValue, say
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.bundle import workbook
from warehouse.publication.bundle.sheets import columns
from warehouse.statements.judgement_sentences import judgement_sentence

TITLES = {"US_DOS/tip_report": "Report"}
ROW: dict[str, Any] = {
    "indicator": "tip_victims_detected", "origin_class": "_T", "exploitation": "_T", "reporting_country": "HND",
    "year": 2020, "collection": "UNODC/glotip", "rank": 1, "member": None, "measure": None, "other_collection": None,
    "new_submission": None, "value_low": None, "value_high": None, "other_low": None, "other_high": None,
}  # fmt: skip
CHANGED = {
    "kind": "revision", "code": "changed", "member": "HND", "measure": "victims_detected", "value_low": 60.0, "value_high": 60.0,
    "other_low": 1067.0, "other_high": 1070.0,
}  # fmt: skip
OTHER = {
    "kind": "agreement", "other_collection": "US_DOS/tip_report", "value_low": 67.0, "value_high": 67.0,
    "other_low": 20.0,
}  # fmt: skip
SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "flag", "code": "partial"}, f"{codelist('obs_flag')['partial'].name('en')}."),
    (
        {"kind": "answer", "code": "yes"},
        "Whether the figure can be taken as what its name says: Yes, as one figure.",
    ),
    (
        {"kind": "answer", "code": "sum_doubted", "member": "MEX"},
        "Whether the figure can be taken as what its name says: There are doubts about a member's figure (Mexico).",
    ),
    (
        {"kind": "doubt_of_year", "code": "spike"},
        "It is far from the years before and after, and nobody has confirmed it.",
    ),
    ({"kind": "doubt", "code": "parts_exceed"}, "A breakdown of it adds up to more than the total."),
    (
        {"kind": "doubt", "code": "open_question"},
        "Another doubt about the figure: There is an open question about the total.",
    ),
    ({"kind": "age", "code": "stale", "value_low": 5.2}, "It refers to 2020, which ended 5.2 years ago."),
    ({"kind": "revision", "code": "left"}, "No later submission changed the total of that year."),
    (
        {"kind": "revision", "code": "not_yet"},
        "It was in the last delivery; no later one has confirmed or changed it yet.",
    ),
    (CHANGED, "Honduras: Detected victims, 2020: 60 before, 1,067–1,070 now."),
    (
        CHANGED | {"other_low": None, "other_high": None},
        "Honduras: Detected victims, 2020: 60 before, no figure now.",
    ),
    (
        OTHER | {"code": "differs_widely", "other_high": 30.0},
        "Report: 20–30. Another number, by a quarter or more.",
    ),
    (
        OTHER | {"code": "may_be_same", "other_high": None},
        "Report: ≥\u00a020. The bounds allow the same number.",
    ),
    (
        {"kind": "direction", "code": "no_clear_change"},
        "Direction of a country's newest series: "
        f"{codelist('trend_direction')['no_clear_change'].name('en')}.",
    ),
    (
        {"kind": "report", "code": "elsewhere"},
        "What is known of a measure and year, of all sources: Only another source has the total.",
    ),
]


@pytest.mark.parametrize("number", range(len(SENTENCES)))
def test_a_judgement_in_words(number: int) -> None:
    judgement, sentence = SENTENCES[number]
    row: Any = ROW | judgement
    assert judgement_sentence(row, TITLES, "en") == sentence


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
@pytest.mark.parametrize("kind", codelist("statement_kind"))
def test_each_kind_of_judgement_has_words(kind: str, lang: str) -> None:
    """Those with a sentence of their own, and the names of what is judged and of the judgement for all others."""
    row: Any = ROW | CHANGED | {"kind": kind, "code": CODES.get(kind, "left")}
    row |= {"other_collection": "US_DOS/tip_report"}
    assert judgement_sentence(row, TITLES, lang).endswith(".")


CODES = {"flag": "partial", "doubt_of_year": "spike", "doubt_of_table": "partial", "doubt": "parts_exceed"}


def lines(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return [row[:2] for row in sheet.iter_rows(values_only=True)]


def test_a_sheet_has_each_judgement_once_with_its_figures_in_the_order_of_kinds(tmp_path: Path) -> None:
    figure: dict[str, Any] = dict.fromkeys(columns("en")) | {
        "country_en": "Honduras", "how": "exact", "value_low": 67.0, "unit": "persons", "value_en": "67",
    }  # fmt: skip
    left, old = ("revision", "Nobody changed it."), ("age", "It is old.")
    figures = [
        figure | {"year": 2019, "period": "2019", "remarks_en": [left, old]},
        figure | {"year": 2020, "period": "2020", "remarks_en": [left]},
        figure | {"year": 2020, "period": "2020", "country_en": "Belize", "remarks_en": [left]},
        figure | {"year": 2021, "period": "2021"},
        *(figure | {"year": year, "period": str(year), "remarks_en": [left]} for year in (2022, 2023, 2024)),
        figure | {"year": 2025, "period": "FY2025", "remarks_en": [left]},
    ]
    entry: Any = {"name_en": "Victims", "definition_en": "Counted.", "caveat_en": "As detected."}
    workbook.write_one(tmp_path / "one.xlsx", entry, {"victims": figures}, "en", date(2026, 3, 31))
    sheet = openpyxl.load_workbook(tmp_path / "one.xlsx").worksheets[0]
    at = [first for first, _ in lines(sheet)].index(say("bundle.remarks", "en"))
    assert lines(sheet)[at + 1 :] == [
        ("Honduras 2019", "It is old."),
        ("Belize 2020; Honduras 2019, 2020, 2022–2024, FY2025", "Nobody changed it."),
    ]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_client_returns_every_judgement_with_its_words(sound_home: Path, lang: str) -> None:
    with Warehouse.open(Home(sound_home).current, lang=lang) as release:
        told = release.query("SELECT * FROM analysis.statements WHERE indicator = 'tip_victims_detected'")
        frame = release.statements("tip_victims_detected")
        groupings = set(release.query("SELECT DISTINCT grouping FROM reference.groupings")["grouping"])
        year = int(release.query("SELECT max(year) AS y FROM baseline.indicator_values")["y"].iloc[0])
        since = release.statements("tip_victims_detected", since=year)
    countries = told[~told["reporting_country"].isin(groupings)]
    assert len(frame) == len(countries) > 0
    assert frame["sentence"].str.endswith(".").all()
    assert set(frame["kind"]) == set(countries["kind"])
    assert set(since["year"]) == set(countries["year"][countries["year"] >= year])
    assert frame.attrs["caveat"]


def test_an_unknown_indicator_has_no_judgements(sound_home: Path) -> None:
    with Warehouse.open(Home(sound_home).current) as release, pytest.raises(InvalidValue):
        release.statements("tip_victims_detcted")
