"""The first page: each sentence and each mark of its pictures against the release, read anew from its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from schemas.tables import total_rows
from schemas.words import CONTRACT_LANGUAGES, number, say
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.site import columns, drawing, origin_bars, region_front, series_picture, tile_map
from warehouse.publication.site.card import NARROW, WIDE
from warehouse.publication.site.columns import Column, Plot
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.origin_bars import OriginBar
from warehouse.publication.site.tile_map import Tile
from warehouse.publication.site.tokens import token

pytestmark = pytest.mark.slow  # it takes all pages of a release
VICTIMS = "tip_victims_detected"
PICTURES = ("region-series", "region-origin", "region-map", "region-countries", "region-revised")
MOST_WORDS = 40


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


def section(folder: Path, lang: str, name: str) -> str:
    """A part of the first page, with its marks."""
    page = (folder / lang / "index.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    return page.split(f'id="{name}">', 1)[1].split("</section>", 1)[0]


def words_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def letters_of(folder: Path, lang: str, name: str) -> list[str]:
    """The texts that a picture shows, without its tooltips."""
    root = ElementTree.fromstring((folder / "pictures" / lang / f"{name}.svg").read_text(encoding="utf-8"))
    return [(e.text or "").replace("\u00a0", " ") for e in root.iter() if e.tag.endswith("}text")]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_parts_stand_in_their_order_and_each_is_short(lang: str, released_pages: Path) -> None:
    page = (released_pages / lang / "index.html").read_text(encoding="utf-8")
    names = re.findall(r'<section class="part(?: first)?" id="(\w+)"', page)
    assert names == ["series", "origin", "map", "members", "changed"]
    for name in names:
        part = section(released_pages, lang, name)
        for block in re.findall(r'<p class="(?:lead|mind)">(.*?)</p>', part, re.DOTALL):
            assert len(words_of(block).split()) <= MOST_WORDS, (name, block)
    for block in re.findall(r"<p>(.*?)</p>", page.split('class="closing"')[1].split("</main>")[0]):
        assert len(words_of(block).split()) <= MOST_WORDS, block
    assert len(page.encode()) <= 300_000


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_says_what_it_counts_its_source_its_release_and_its_licence(
    name: str, lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    shown = " ".join(letters_of(released_pages, lang, name))
    row = warehouse.query(
        "SELECT citation, licence FROM registry.collections WHERE collection = 'UNODC/glotip'"
    ).iloc[0]
    day = warehouse.query(
        "SELECT max(received_on)::VARCHAR AS d FROM registry.submissions WHERE collection = 'UNODC/glotip' "
        "AND status = 'accepted'"
    )["d"][0]
    assert f"{row.citation}, {say('site.card.source', lang, citation='', received=day).lstrip(', ')}" in shown
    assert warehouse.release in shown
    assert {"es": "condiciones de uso de las Naciones Unidas", "en": "United Nations terms of use"}[
        lang
    ] in shown
    sizes = {
        float(size)
        for size in re.findall(
            r'font-size="([\d.]+)"', section(released_pages, lang, SECTIONS[name]).split('class="narrow"')[1]
        )
    }
    assert min(sizes - {11}) >= 12  # 11 is the size of a whole picture, which no text has


SECTIONS = dict(zip(PICTURES, ("series", "origin", "map", "members", "changed"), strict=True))


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_series_shows_each_sum_and_how_many_countries_are_in_it(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    rows = warehouse.query(
        "SELECT year, value_low, value_high, members_reporting AS n, members FROM baseline.headline_region "
        f"WHERE indicator = '{VICTIMS}' AND reporting_country = 'CRM' AND origin_class = '_T' ORDER BY year"
    )
    shown = letters_of(released_pages, lang, "region-series")
    for row in rows.dropna().itertuples():
        low, high = (number(value, lang) for value in (row.value_low, row.value_high))
        assert (low in shown) if low == high else ({f"{low}–", high} <= {*shown} or f"{low}–{high}" in shown)
    at = shown.index(say("site.front.in_sum", lang, all=11))
    assert shown[at + 1 : at + 1 + len(rows)] == [str(n) for n in rows["n"]]
    summed = rows.dropna()
    title = say("site.front.series_changing", lang, least=summed["n"].min(), most=summed["n"].max())
    assert summed["members"].nunique() > 1
    assert title in " ".join(shown)
    newest = summed.iloc[-1]
    heading = say(
        "site.front.title", lang, n=newest.n, value=number(newest.value_low, lang), year=int(newest.year)
    )
    assert f"<h1>{heading}</h1>" in section(released_pages, lang, "series")


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_another_unit_stands_apart_with_its_own_scale(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    """The United States: letters of certification to 2012, then clients of services: two units, one of them drawn."""
    part = section(released_pages, lang, "series")
    frame = part.split('class="narrow"')[0].rsplit('rx="3"', 1)[1]
    told = re.findall(r"<title>(\d{4}): ([^<]+)</title>", frame)
    values = warehouse.query(
        f"SELECT year::VARCHAR AS y, value_{lang} AS v FROM baseline.headline WHERE indicator = '{VICTIMS}' "
        "AND reporting_country = 'USA' ORDER BY year"
    )
    assert told == list(values.itertuples(index=False, name=None))
    drawn = re.findall(r"<g><title>(\d{4}):[^<]*</title><rect", frame)
    assert drawn == [str(year) for year in range(2013, 2023)]
    assert frame.count("≠") == 6
    sums = part.split('class="narrow"')[0].rsplit('rx="3"', 1)[0]
    assert "16,390" not in re.sub(r'aria-label="[^"]*"', "", sums)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_bars_of_origin_are_the_counts_added_anew(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    counts = warehouse.query(
        "SELECT sum(persons_low) FILTER (origin_class = 'own_national') AS own, "
        "sum(persons_low) FILTER (origin_class = 'intra_regional') AS others, "
        "sum(persons_low) FILTER (origin_class = 'extra_regional' AND class_level = 'parent') AS outside, "
        "sum(total_low) FILTER (origin_class = 'own_national') AS total FROM baseline.origin_profile "
        "WHERE collection = 'UNODC/glotip' AND measure = 'victims_detected' AND year(period_end) = 2021 "
        "AND reporting_country IN ('CRI', 'DOM', 'GTM', 'HND', 'NIC', 'SLV')"
    ).iloc[0]
    part = section(released_pages, lang, "origin")
    numbers = {name: number(value, lang) for name, value in counts.items()}
    least = number(counts.own + counts.others, lang)
    told = say(
        "site.front.origin_counts",
        lang,
        year=2021,
        n=6,
        total=numbers["total"],
        least=least,
        own=numbers["own"],
    )
    assert told in words_of(part)
    widths = [
        float(w)
        for w in re.findall(r'height="32.0" [^>]*', part)
        and re.findall(r'width="([\d.]+)" height="32.0"', part)
    ]
    wide = widths[: len(widths) // 2]
    shares = [counts.own / counts.total, counts.others / counts.total]
    assert [w / WIDE.inner for w in wide[:2]] == pytest.approx(shares, abs=0.001)
    assert wide[2] / WIDE.inner == pytest.approx(1 - sum(shares) - counts.outside / counts.total, abs=0.001)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_tiles_show_the_newest_years_of_the_release(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    """A year of origins is one whose share has a bound that says something."""
    totals = warehouse.query(
        f"SELECT country_{lang} AS name, max(year) AS year FROM baseline.headline WHERE indicator = '{VICTIMS}' "
        "AND how IN ('exact', 'between') GROUP BY ALL"
    )
    origins = warehouse.query(
        f"SELECT country_{lang} AS name, max(year) AS year FROM baseline.headline_origin "
        "WHERE indicator = 'tip_origin_share_all' AND how IN ('exact', 'between', 'at_least') GROUP BY ALL"
    )
    of_origin = dict(origins.itertuples(index=False, name=None))
    part = section(released_pages, lang, "map").split('class="narrow"')[0]
    shown = dict(re.findall(r"<title>([^:<]+): ([^<]+)</title>", part))
    assert len(shown) == 11
    for name, year in totals.itertuples(index=False, name=None):
        told = [
            say("site.front.tile_total", lang, year=year),
            say("site.front.tile_origin", lang, year=of_origin[name]),
        ]
        assert shown[name] == "; ".join(told)
    assert list(shown) == Facts(warehouse).names_of(Facts(warehouse).members, lang)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_a_doubtful_value_sets_no_scale(lang: str, released_pages: Path) -> None:
    """Mexico told 2,015 of 2015, which looks like its year; 986 of 2016 is its highest column."""
    shown = letters_of(released_pages, lang, "region-countries")
    assert "986" in shown
    assert "2,015" not in shown
    assert shown.count("?") == 2  # 2015 and 2021


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_countries_stand_in_the_order_of_the_reader_s_alphabet(lang: str, released_pages: Path) -> None:
    names = re.findall(r"<li><a [^>]*>([^<]+)</a></li>", section(released_pages, lang, "members"))
    expected = {
        "es": "Belice|Canadá|Costa Rica|El Salvador|Estados Unidos de América|Guatemala|Honduras|México|Nicaragua|"
        "Panamá|República Dominicana",
        "en": "Belize|Canada|Costa Rica|Dominican Republic|El Salvador|Guatemala|Honduras|Mexico|Nicaragua|"
        "Panama|United States of America",
    }
    assert names == expected[lang].split("|")


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_verdicts_in_numbers_are_those_of_the_tests(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    directions = warehouse.query(
        f"SELECT reporting_country AS c, direction FROM baseline.headline WHERE indicator = '{VICTIMS}' AND "
        "direction IS NOT NULL QUALIFY year = max(year) OVER (PARTITION BY reporting_country)"
    )["direction"].value_counts()
    unclear, claimed = (
        directions["no_clear_change"],
        directions.get("rising", 0) + directions.get("falling", 0),
    )
    told = say("site.front.verdicts", lang, unclear=unclear, untested=11 - unclear - claimed)
    assert told in words_of(section(released_pages, lang, "members"))


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_changed_totals_are_those_of_the_last_delivery(
    lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    rows = warehouse.query(
        "SELECT year(period_start) AS year, old_low, old_high, new_low, new_high FROM analysis.revisions "
        "WHERE measure = 'victims_detected' AND frequency = 'A' AND kind <> 'new' "
        f"AND {total_rows('analysis.revisions')} AND collection = 'UNODC/glotip' AND new_submission LIKE '%2025-04-14%' AND old_low IS NOT NULL"
    )
    shown = letters_of(released_pages, lang, "region-revised")
    assert " ".join(shown).startswith(
        say("site.front.revised_title", lang, n=len(rows), old="2023-05-30", new="2025-04-14")
    )
    assert "343 → 418" in shown  # Canada 2021, as UNODC's two extracts have it
    assert len({*shown} & {words for words in shown if "→" in words}) <= region_front.REVISED_SHOWN
    assert sum("→" in words for words in shown) == 2 * region_front.REVISED_SHOWN  # each with its rim


# ---- pictures of made-up rows ----------------------------------------------------------------------

PLOT = Plot(0, 100, 100, "h", "#111111", "#222222")


def heights(drawn: list[str]) -> list[float]:
    return [float(h) for h in re.findall(r'height="([\d.]+)" fill="#', "".join(drawn))]


def test_a_column_is_as_high_as_its_value_and_its_interval_is_hatched() -> None:
    series = [
        Column(2020, 10, 10, "10"),
        Column(2021, 5, 20, "5–20"),
        Column(2022, 900, 900, "900, ?", columns.IN_DOUBT),
        Column(2023, 800, 800, "800", columns.OTHER_UNIT),
        Column(2024, None, None, "–", columns.NO_FIGURE),
    ]
    assert columns.highest(series) == 20
    drawn = columns.draw_columns(series, PLOT, 20)
    assert heights(drawn) == [50.0, 25.0]
    assert [float(h) for h in re.findall(r'height="([\d.]+)" fill="url', "".join(drawn))] == [75.0]
    assert columns.last_drawn(series) == series[1]
    assert "900</text>" not in "".join(drawn)


def test_a_small_interval_is_seen_and_an_open_one_reaches_the_top() -> None:
    drawn = "".join(
        columns.draw_columns([Column(1, 1000, 1001, "a"), Column(2, 1000, None, "b")], PLOT, 2000)
    )
    assert [float(h) for h in re.findall(r'height="([\d.]+)" fill="url', drawn)] == [columns.CAP, 50.0]


@pytest.mark.parametrize(
    ("value", "last"), [(2094, 2500), (16390, 20000), (1, 1), (7, 8), (100, 100), (0.4, 0.4)]
)
def test_no_mark_stands_above_the_last_line_of_an_axis(value: float, last: float) -> None:
    ticks = columns.axis_values(value)
    assert ticks[-1] == pytest.approx(last)
    assert ticks[-1] >= value


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_parts_of_a_bar_fill_it(width: object) -> None:
    bar = OriginBar("2021", "", 0.5, 0.2, 0.1, "a", "b")
    assert bar.unknown == pytest.approx(0.2)
    parts, _ = origin_bars.bars_body([bar, replace(bar, own=0, others=0, outside=0)], "en", "x")(width)  # type: ignore[arg-type]
    shares = [float(w) for w in re.findall(r'width="([\d.]+)" height="32.0"', "".join(parts))]
    assert sum(shares[:4]) == pytest.approx(sum(shares[4:]), abs=0.5)


def test_a_member_without_a_place_on_the_map_stands_below_it() -> None:
    where = tile_map.tile_places(["HND", "XXX", "YYY"])
    assert where["XXX"].row == where["YYY"].row > where["HND"].row
    assert where["XXX"].column != where["YYY"].column
    known = {
        (place.column + n, place.row)
        for place in tile_map.tile_places(list(KNOWN)).values()
        for n in range(place.width)
    }
    assert len(known) == sum(
        place.width for place in tile_map.tile_places(list(KNOWN)).values()
    )  # no two overlap


KNOWN = [line.split(",")[0] for line in tile_map.FILE.read_text(encoding="utf-8").splitlines()[1:]]


def test_a_tile_is_as_dark_as_its_year_is_near() -> None:
    fills = [tile_map.shade(year, 2022)[0] for year in (2022, 2021, 2020, 2019, None)]
    assert fills == [token(name) for name in ("count", "count-mid", "count-mid", "count-pale", "sheet")]
    drawn, _ = tile_map.tiles_body([Tile("XXX", "A", None, None)], "en")(WIDE)
    assert say("site.front.tile_no_total", "en") in "".join(drawn)


def test_a_line_of_text_fits_its_width() -> None:
    lines = drawing.wrap("Between six and nine countries are in the sum of a year", 120, 13)
    assert " ".join(lines) == "Between six and nine countries are in the sum of a year"
    assert all(drawing.text_width(line, 13) <= 120 for line in lines)


def test_a_sum_of_the_same_countries_is_said_as_that(warehouse: Warehouse) -> None:
    facts = Facts(warehouse)
    row = next(r for r in facts.regions[VICTIMS] if r["year"] == 2022 and r["reporting_country"] == "CRM")
    [members] = facts.judgements(row, "members_of_years")
    assert region_front._series_title(facts, row, "en") == say(
        "site.front.series_changing", "en", least=6, most=9
    )
    facts.judgement = lambda *_: members | {"code": "same_members"}  # type: ignore[method-assign]
    assert region_front._series_title(facts, row, "en") == "The same 9 countries are in the sum of every year"
    assert series_picture.region_columns([{**row, "value_low": None}], "en")[0].low is None


# ---- the page of a country -------------------------------------------------------------------------


def test_a_country_s_picture_of_origins_draws_one_unit_and_no_doubt(
    released_pages: Path, warehouse: Warehouse
) -> None:
    """Mexico's 2,015 of 2015 and the United States' letters of 2007 to 2012 have a mark and no bar."""
    for member, mark, years in (("MEX", "?", {2015, 2021}), ("USA", "≠", set(range(2007, 2013)))):
        drawn = (released_pages / "pictures" / "en" / f"{member}-origin.svg").read_text(encoding="utf-8")
        marked = {
            int(year)
            for year, shown in re.findall(r"<g><title>(\d{4}):[^<]*</title><text[^>]*>([^<]+)<", drawn)
            if shown == mark
        }
        assert marked == years
        bars = {int(year) for year in re.findall(r"<title>(\d{4}) ·", drawn)}
        assert bars
        assert not bars & years
    told = warehouse.query(
        f"SELECT max(value_high) AS v FROM baseline.headline WHERE indicator = '{VICTIMS}' "
        "AND reporting_country = 'MEX' AND how = 'exact'"
    )["v"][0]
    shown = letters_of(released_pages, "en", "MEX-origin")
    assert number(told, "en") in shown
    assert "2,000" not in shown  # the axis ends above 986


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
@pytest.mark.parametrize("name", ["origin", "composition"])
def test_a_country_s_picture_says_its_source_and_release(
    name: str, lang: str, released_pages: Path, warehouse: Warehouse
) -> None:
    files = sorted((released_pages / "pictures" / lang).glob(f"*-{name}.svg"))
    assert len([file for file in files if len(file.stem.split("-")[0]) == 3]) > 8
    for file in files:
        if file.stem.startswith("region"):
            continue
        shown = " ".join(letters_of(released_pages, lang, file.stem))
        assert warehouse.release in shown, file.name
        assert say("site.card.sources", lang, sources="").rstrip(".") in shown, file.name
        page = (released_pages / lang / f"{file.stem[:3]}.html").read_text(encoding="utf-8")
        part = page.split(f'id="{name}">', 1)[1].split("</section>")[0]
        assert part.count('class="card"') == 2, file.name
