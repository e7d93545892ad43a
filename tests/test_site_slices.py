"""Pictures by sex, age and form: every column of every slice against the rows of the release, in both languages."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest

from schemas.tables import table
from schemas.words import CONTRACT_LANGUAGES
from tests.test_edges import insert
from warehouse import Warehouse
from warehouse.home import CHECKOUT, Home
from warehouse.publication.site import country_plots, series_picture, slices, yes_no_picture
from warehouse.publication.site.card import WIDE
from warehouse.publication.site.columns import Plot, draw_columns
from warehouse.publication.site.facts import Facts

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    "es": {"none": "sin dato", "doubt": "en duda"},
    "en": {"none": "no figure", "doubt": "in doubt"},
}
HEIGHTS = {"svg": 70.0, "narrow": 60.0}
"""Pixels of a small plot at each width."""
Key = tuple[str, tuple[str, str, str]]
"""An indicator and its sex, age group and form."""


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


@pytest.fixture(scope="module")
def doubtful() -> set[str]:
    """Flags that keep a value out of sums, by the list itself."""
    with (CHECKOUT / "schemas" / "codelists" / "obs_flag.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file) if row["out_of_sums"] == "true"}


@pytest.fixture(scope="module")
def released(warehouse: Warehouse) -> dict[Key, dict[tuple[str, int], Any]]:
    """Rows of the release by slice, then by country and year: of indicators that have totals and a detail."""
    rows = warehouse.connection.execute(
        "SELECT indicator, sex, age_group, exploitation, reporting_country, year, value_low, value_high, flag "
        "FROM baseline.indicator_values WHERE preferred AND frequency = 'A' AND panel = '_Z' AND origin_class = '_T' "
        "AND citizenship = '_T' AND denominator_basis <> 'known' AND indicator IN ("
        "  SELECT indicator FROM baseline.indicator_values WHERE preferred AND panel = '_Z' AND frequency = 'A'"
        "  GROUP BY indicator HAVING bool_or(exploitation = '_T' AND origin_class = '_T' AND citizenship = '_T')"
        "  AND bool_or(sex <> '_T' OR age_group <> '_T' OR exploitation <> '_T'))"
    ).fetchall()
    grouped: dict[Key, dict[tuple[str, int], Any]] = defaultdict(dict)
    for indicator, sex, age, form, country, year, low, high, flag in rows:
        grouped[indicator, (sex, age, form)][country, year] = (low, high, flag or "")
    return grouped


def pictures(folder: Path, lang: str, key: Key) -> dict[str, ElementTree.Element]:
    """The picture of a slice at two widths, as the script brings it."""
    indicator, codes = key
    text = (folder / "pictures" / lang / f"{indicator}-by-{'-'.join(codes)}.js").read_text(encoding="utf-8")
    name, drawn = json.loads("[" + text.removeprefix("lineabaseDrawn(").removesuffix(");\n") + "]")
    assert name == f"{indicator}-by-{'-'.join(codes)}"
    return {width: ElementTree.fromstring(svg) for width, svg in zip(HEIGHTS, drawn, strict=True)}


def words_of(low: float, high: float | None) -> str:
    """A count as a plot writes it, worked out from the bounds alone."""
    if high is None:
        return f"≥ {low:,.0f}"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def columns_of(picture: ElementTree.Element) -> Iterator[tuple[str, int, str, list[tuple[float, str]], str]]:
    """Country, year, words, the height and fill of each rectangle, and the mark of every column of a picture."""
    for country in picture.iter(f"{SVG}g"):
        for column in country.iter(f"{SVG}g") if "data-country" in country.attrib else ():
            if (title := column.find(f"{SVG}title")) is None:
                continue
            year, words = (title.text or "").split(": ", 1)
            boxes = [(float(b.attrib["height"]), b.attrib["fill"]) for b in column.findall(f"{SVG}rect")]
            mark = "".join(t.text or "" for t in column.findall(f"{SVG}text"))
            yield country.attrib["data-country"], int(year), words, boxes, mark


@pytest.mark.slow
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_column_of_every_slice_is_what_the_release_holds(
    lang: str, released_pages: Path, released: dict[Key, dict[tuple[str, int], Any]], doubtful: set[str]
) -> None:
    """Words, heights and marks; another unit has `≠` and no column, by the passports, which other tests compare."""
    seen = {"exact": 0, "range": 0, "doubt": 0, "none": 0, "other": 0}
    for key, rows in released.items():
        years = range(min(year for _, year in rows), max(year for _, year in rows) + 1)
        for width, picture in pictures(released_pages, lang, key).items():
            plots: dict[str, dict[int, Any]] = defaultdict(dict)
            for country, year, *column in columns_of(picture):
                plots[country][year] = column
            assert plots.keys() == {country for country, _ in rows}, key
            for country, plot in plots.items():
                assert [*plot] == [*years], (key, country)
                tops = [
                    rows[country, year][1] for year, (_, boxes, _) in plot.items() if boxes
                ]  # of what is drawn
                scale = HEIGHTS[width] / (max(tops, default=0) or 1)
                for year, (words, boxes, mark) in plot.items():
                    low, high, flag = rows.get((country, year), (None, None, ""))
                    if low is None:
                        assert (words, boxes, mark) == (WORDS[lang]["none"], [], "–"), (key, country, year)
                        seen["none"] += 1
                    elif doubtful & {*flag.split("+")}:
                        assert (boxes, mark) == ([], "?"), (key, country, year)
                        assert words.endswith(WORDS[lang]["doubt"])
                        seen["doubt"] += 1
                    elif mark:
                        assert (words, boxes, mark) == (words_of(low, high), [], "≠"), (key, country, year)
                        seen["other"] += 1
                    else:
                        assert words == words_of(low, high), (key, country, year)
                        solid = sum(height for height, fill in boxes if not fill.startswith("url"))
                        hatched = sum(height for height, fill in boxes if fill.startswith("url"))
                        if high:
                            assert solid == pytest.approx(low * scale, abs=0.11), (key, country, year)
                        assert hatched == pytest.approx(
                            max((high - low) * scale, 3 if high > low else 0), abs=0.11
                        ), (key, country, year)
                        seen["range" if high > low else "exact"] += 1
    assert seen["exact"] > 2000, seen
    assert min(seen.values()) > 50, seen


@pytest.mark.slow
def test_a_page_has_slices_by_its_rows_alone(
    released_pages: Path, released: dict[Key, dict[tuple[str, int], Any]]
) -> None:
    with_slices = {indicator for indicator, _ in released}
    assert "tip_victims_detected" in with_slices
    for lang in CONTRACT_LANGUAGES:
        for indicator in with_slices:
            page = (released_pages / lang / f"{indicator}.html").read_text(encoding="utf-8")
            links = re.findall(
                rf'href="\.\./pictures/{lang}/([^"]+)\.svg" data-file="\1" data-codes="([^"]+)"', page
            )
            assert {tuple(codes.split()) for _, codes in links} == {
                codes for name, codes in released if name == indicator
            }
            for file, _ in links:
                assert (released_pages / "pictures" / lang / f"{file}.svg").is_file()
        others = {page.stem for page in (released_pages / lang).glob("*.html")} - with_slices
        for name in others:
            assert "data-codes" not in (released_pages / lang / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_rows_of_a_slice_are_a_file_that_says_its_codes_and_flags(
    released_pages: Path, released: dict[Key, dict[tuple[str, int], Any]], doubtful: set[str]
) -> None:
    for (indicator, codes), rows in released.items():
        path = released_pages / "data" / f"{indicator}-by-{'-'.join(codes)}.csv"
        with path.open(encoding="utf-8-sig") as file:
            found = {(row["reporting_country"], int(row["year"])): row for row in csv.DictReader(file)}
        assert found.keys() >= rows.keys()
        for place, row in found.items():
            assert (row["sex"], row["age_group"], row["exploitation"]) == codes
            low, high, flag = rows.get(place, (None, None, ""))
            assert row["flag"] == flag
            is_shown = low is not None and not doubtful & {*flag.split("+")}
            assert row["value_low"] == (str(low) if is_shown else "")
            assert row["value_high"] == (str(high) if is_shown else "")


# ---- values that the shipped submissions do not have ---------------------------------------------------


def shown(low: float | None, high: float | None, flag: str | None = None, unit: str = "persons") -> Any:
    """Kind, words and bounds of a value in English."""
    row = {"value_low": low, "value_high": high, "flag": flag, "unit": unit}
    labelled = slices.with_texts(row, "en")
    return labelled["how"], labelled["value_en"], labelled["value_low"], labelled["value_high"]


def test_an_open_bound_is_at_least_and_reaches_the_top_of_its_plot() -> None:
    assert shown(12, None) == ("at_least", "at least 12", 12, math.inf)
    rows = [
        slices.with_texts(
            {"value_low": low, "value_high": high, "flag": None, "unit": "persons", "year": year}, "en"
        )
        for year, low, high in [(2020, 12, None), (2021, 24, 24)]
    ]
    drawn = draw_columns(series_picture.region_columns(rows, "en"), Plot(0, 100, 50, "h", "#1", "#2"), 24)
    assert "<title>2020: ≥ 12</title>" in drawn[0]
    assert 'height="25.0" fill="#1"' in drawn[0]  # solid to 12 of 24
    assert 'height="25.0" fill="url(#h)"' in drawn[0]
    assert "inf" not in "".join(drawn)


def test_a_value_that_is_hidden_is_not_shown_and_never_zero() -> None:
    assert shown(None, None) == ("withheld", "not shown", None, None)


def test_bounds_that_exclude_nothing_say_so() -> None:
    assert shown(0, None)[:2] == ("says_nothing", "says nothing: it may be any number")


def test_a_value_in_doubt_has_words_and_no_column() -> None:
    assert shown(2015, 2015, "suspect_value") == ("in_doubt", "2,015, in doubt", None, None)


def test_a_share_is_in_percent() -> None:
    assert shown(0.25, 0.5, unit="share")[1] == "between 25% and 50%"


# ---- rows of a made-up release, without its pages --------------------------------------------------------


def made_slices(*rows: dict[str, Any]) -> dict[tuple[str, ...], list[Any]]:
    """The rows of each slice of a made-up release. CRI is a member always, GTM from July 2021 on."""
    db = duckdb.connect()
    db.execute(f"CREATE SCHEMA baseline; {table('baseline.indicator_values').ddl()}")
    plain = {"indicator": "i", "measure": "m", "reporting_country": "CRI", "year": 2020, "preferred": True,
             "period_end": date(2020, 12, 31), "frequency": "A", "panel": "_Z", "pooled_years": 1,
             "denominator_basis": "all", "sex": "_T", "age_group": "_T", "exploitation": "_T", "origin_class": "_T",
             "citizenship": "_T", "flag": None, "unit": "persons", "collection": "X/c"}  # fmt: skip
    for row in rows:
        bounds = {"value_low": row["value"], "value_high": row["value"]}
        insert(db, "baseline.indicator_values", plain | bounds | row)
    facts = Facts(SimpleNamespace(connection=db))  # type: ignore[arg-type]
    facts.__dict__ |= {
        "members": ["CRI", "GTM"],
        "parts": lambda indicator: {("", ""): []},
        "members_of": lambda _, day: ["CRI", *(["GTM"] if day >= date(2021, 7, 1) else [])],
    }
    return slices.slice_rows(facts, "i", "en")  # type: ignore[return-value]


def rows_of_slices(*rows: dict[str, Any]) -> dict[tuple[str, ...], list[tuple[Any, ...]]]:
    """Country, year, words and source of the same rows."""
    return {
        codes: [(r["reporting_country"], r["year"], r["value_en"], r["collection"]) for r in found]
        for codes, found in made_slices(*rows).items()
    }


def test_a_slice_has_a_row_for_each_member_and_year_from_the_first_to_the_last() -> None:
    """GTM's lack of a figure counts from the year in which it became a member, as a year is judged by its last day."""
    found = rows_of_slices({"value": 7, "sex": "F"}, {"value": 9, "sex": "F", "year": 2022})
    none = "no figure"
    assert [(country, year) for country, year, *_ in found["F", "_T", "_T"]] == [
        ("CRI", 2020), ("CRI", 2021), ("GTM", 2021), ("CRI", 2022), ("GTM", 2022),
    ]  # fmt: skip
    assert [words for _, _, words, _ in found["F", "_T", "_T"]] == ["7", none, none, "9", none]


def test_slices_have_fewest_details_first_and_the_total_last() -> None:
    codes = [("_T", "_T", "_T"), ("F", "Y0T17", "_T"), ("_T", "_T", "SEX"), ("_T", "Y0T17", "_T"), ("M", "_T", "_T"),
             ("F", "_T", "_T")]  # fmt: skip
    rows = [{"value": 1, "sex": s, "age_group": a, "exploitation": e} for s, a, e in codes]
    assert [*rows_of_slices(*rows)] == [
        ("F", "_T", "_T"), ("M", "_T", "_T"), ("_T", "Y0T17", "_T"), ("_T", "_T", "SEX"), ("F", "Y0T17", "_T"),
        ("_T", "_T", "_T"),
    ]  # fmt: skip


OTHERS: dict[str, dict[str, Any]] = {
    "another source": {"preferred": False},
    "a quarter": {"frequency": "Q"},
    "a sum of members": {"panel": "reporting"},
    "three years": {"pooled_years": 3},
    "a share of the known": {"denominator_basis": "known"},
    "a class of origin": {"origin_class": "own_national"},
    "a country that is no member": {"reporting_country": "ITA"},
    "another indicator": {"indicator": "j"},
    "an earlier period of the same year": {"period_end": date(2020, 6, 30)},
    "a second measure of the period": {"measure": "n"},
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_slice_shows_one_preferred_value_of_a_whole_year(other: str) -> None:
    found = rows_of_slices({"value": 8, "sex": "F"} | OTHERS[other], {"value": 7, "sex": "F"})
    assert found == {("F", "_T", "_T"): [("CRI", 2020, "7", "X/c")]}


def test_a_slice_of_shares_that_are_all_or_nothing_has_squares_also_for_years_without_a_figure() -> None:
    """Two columns that only labelled figures have were read: the pages stopped at such a slice."""
    [rows] = made_slices(
        {"value": 1, "sex": "F", "unit": "share", "period": "FY2020"},
        {"value": 1, "sex": "F", "unit": "share", "year": 2021, "flag": "suspect_value", "period": "2021"},
        {"value": 0, "sex": "F", "unit": "share", "year": 2022, "period": "2022"},
    ).values()
    assert country_plots.are_yes_or_no(rows)
    named = [(name, [row for row in rows if row["reporting_country"] == name]) for name in ("CRI", "GTM")]
    squares, _ = yes_no_picture.squares_body(named, "en")(WIDE)
    none = ["2021: no figure", "2022: no figure"]
    titles = re.findall("<title>(.*?)</title>", "".join(squares))
    assert titles == [
        "FY2020: yes",
        "2021: 100%, in doubt. The value looks like a year or a code; unconfirmed",
        "2022: no",
        *none,
    ]
