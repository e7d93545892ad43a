"""Charts of a released file: what they say, what they mark, what they refuse."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from schemas import codelists
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication import charts, flow_chart
from warehouse.publication.chart_titles import origin_title
from warehouse.publication.charts import COLOURS, origin_by_year, png, save, svg
from warehouse.publication.flow_chart import flows
from warehouse.publication.origin_years import UNKNOWN_CLASSES, Event, NoProfile, years_of

DARIEN, GLOTIP = "PAN-SNM/darien_nationality", "UNODC/glotip"


@pytest.fixture(scope="module")
def warehouse(released_home: Path) -> Iterator[Warehouse]:
    with Warehouse.open(Home(released_home).current) as opened:
        yield opened


Picture = Callable[..., str]


@pytest.fixture(scope="module")
def picture(warehouse: Warehouse) -> Picture:
    """The picture of origins by year of a collection, in a language; each drawn once for all that ask."""
    return cache(lambda *asked, **of: svg(origin_by_year(warehouse, *asked, **of)))


def _texts(drawn: str) -> str:
    """What a reader can read in an SVG, one line a text element."""
    return "\n".join(re.sub(r"<[^>]+>", " ", t) for t in re.findall(r"<text.*?</text>", drawn, re.DOTALL))


@pytest.mark.slow
@pytest.mark.statistics("2", "detected is not existing")
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "es",
            [
                "Ingresos irregulares por Darién",
                "Panamá",
                "Extracontinental",
                "520,085",
                "Eventos y no personas",
            ],
        ),
        (
            "en",
            [
                "Irregular entries through Darién",
                "Panama",
                "Extra-continental",
                "520,085",
                "Events, not persons",
            ],
        ),
    ],
)
def test_a_chart_says_what_it_shows_and_what_it_may_not_say(warehouse, picture, lang, said):
    texts = re.sub("[ \n]+", " ", _texts(picture(DARIEN, lang)))
    source = warehouse.query(
        f"SELECT citation, title_{lang} AS title FROM registry.collections WHERE collection = $c",
        {"c": DARIEN},
    ).iloc[0]
    for words in (*said, source["citation"].split(",")[0], source["title"], warehouse.release):
        assert words in texts


@pytest.mark.parametrize(("lang", "word"), [("es", "parcial"), ("en", "partial")])
def test_partial_years_say_so_in_every_panel(picture, lang, word):
    texts = _texts(picture(DARIEN, lang))
    assert len(re.findall(rf"20(?:20|25)\s+{word}", texts)) == 8


@pytest.mark.slow
def test_an_interval_is_drawn_from_its_lower_to_its_upper_bound(warehouse):
    drawn = origin_by_year(warehouse, DARIEN).to_dict()
    shares = {
        (row["origin_class"], row["year"]): row
        for rows in drawn["datasets"].values()
        for row in rows
        if "share_low" in row
    }
    told = warehouse.query(
        "SELECT origin_class, year(period_end) AS year, share_low, share_high FROM baseline.origin_profile "
        "WHERE collection = $c AND (origin_class, class_level) IN "
        "(('intra_regional', 'part'), ('extra_regional', 'parent'), ('foreign', 'parent'))",
        {"c": DARIEN},
    )
    assert {k: (r["share_low"], r["share_high"]) for k, r in shares.items()} == {
        (r.origin_class, r.year): (r.share_low, r.share_high) for r in told.itertuples()
    }
    assert shares["intra_regional", 2023]["share_low"] < shares["intra_regional", 2023]["share_high"]
    foreign, inside, outside = (
        shares[name, 2023]["share_high"] for name in ("foreign", "intra_regional", "extra_regional")
    )
    assert foreign < inside + outside  # joint bounds: the unknown ones count once


@pytest.mark.slow
def test_a_withheld_share_is_a_cross_and_not_a_zero(warehouse):
    withheld = warehouse.query(
        "SELECT reporting_country AS c, count(*) FILTER (share_low IS NULL) AS n "
        "FROM baseline.origin_profile WHERE measure = 'victims_detected' AND (origin_class, class_level) "
        "IN (('intra_regional', 'part'), ('extra_regional', 'parent'), ('foreign', 'parent')) "
        "GROUP BY c HAVING n > 0 ORDER BY n DESC, c"
    ).iloc[0]
    chart = origin_by_year(
        warehouse, GLOTIP, "en", reporting_country=withheld["c"], measure="victims_detected"
    )
    texts = _texts(svg(chart))
    assert texts.count("×") == withheld["n"] + 1  # inside, outside, both, and once in the note
    assert "share withheld" in texts


def test_a_collection_of_several_countries_asks_which(warehouse):
    with pytest.raises(ValueError, match=r"reporting_country: elija / choose: BLZ, .*USA"):
        origin_by_year(warehouse, GLOTIP)
    with pytest.raises(ValueError, match="measure: elija / choose: persons_convicted, victims_detected"):
        origin_by_year(warehouse, GLOTIP, reporting_country="GTM")
    with pytest.raises(ValueError, match="reporting_country"):
        origin_by_year(warehouse, DARIEN, reporting_country="MEX")


def test_a_collection_without_origin_is_told(warehouse):
    with pytest.raises(LookupError, match="darien_sex_age"):
        origin_by_year(warehouse, "PAN-SNM/darien_sex_age")


def test_an_unknown_number_of_unknown_origins_may_be_in_any_cell() -> None:
    """One class of unknown origin has nobody, of the other nobody knows how many: an empty cell is no zero."""
    rows = [("GTM", 0, None, None), ("indeterminate", 0, 0, 0), ("not_detailed", 0, None, None)]
    cells = pd.DataFrame(rows, columns=["origin", "persons_low", "persons_high", "possible_high"])
    cells = cells.astype(dict.fromkeys(cells.columns[1:], float)).assign(
        reporting_country="MEX", origin_class=["intra_regional", "indeterminate", "not_detailed"]
    )
    assert flow_chart._cell_marks(cells, "en")["text"].iloc[0] == "?"
    known = cells.assign(persons_high=cells["persons_high"].fillna(0), possible_high=0.0)
    assert flow_chart._cell_marks(known, "en")["text"].iloc[0] == ""


def test_every_class_has_a_colour_of_its_own():
    assert set(COLOURS) == set(codelists.codelist("origin_class")) - {codelists.TOTAL}
    assert len(set(COLOURS.values())) == len(COLOURS)


def _linear(colour: str) -> np.ndarray:
    """Red, green and blue as light."""
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of light (sRGB, D65)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = to_xyz @ light / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
"""Machado, Oliveira and Fernandes 2009, severity 1."""


def test_the_classes_stay_apart_without_red_and_green_and_in_grey():
    """Hidden classes have a dashed edge besides; the wholes, extra-regional and foreign, have panels of their own."""
    stacked = [c for c in COLOURS if c not in (*UNKNOWN_CLASSES, "extra_regional", "foreign")]
    for one, other in combinations(stacked, 2):
        a, b = _linear(COLOURS[one]), _linear(COLOURS[other])
        seen = [_lab(np.clip(DEUTERANOPIA @ light, 0, 1)) for light in (a, b)]
        assert np.linalg.norm(seen[0] - seen[1]) >= 25, (one, other)
        assert abs(_lab(a)[0] - _lab(b)[0]) >= 12, (one, other)


MEXICO = {"reporting_country": "MEX", "measure": "victims_detected"}


@pytest.mark.slow
def test_every_reported_year_stands_in_the_chart(warehouse):
    """UNODC tells Mexican totals of 2014 to 2018 and 2022 and no table by origin: bars, and no fall."""
    years = years_of(warehouse, GLOTIP, "MEX", "victims_detected")
    told = dict(zip(years.totals["year"], years.totals["state"], strict=True))
    assert years.all == list(range(2007, 2023))
    assert {year for year, state in told.items() if state == "no_table"} == {*range(2014, 2019), 2022}
    assert (told[2019], told[2007], told[2020]) == ("not_reported", "withheld", "reported")
    texts = _texts(svg(origin_by_year(warehouse, GLOTIP, "es", **MEXICO)))
    for total in ("270", "986", "970", "731", "247", "2,015\u00a0?", "115\u00a0?"):
        assert re.search(rf"^ *{re.escape(total)} *$", texts, re.MULTILINE), total
    assert texts.count("□") == 3 * 6 + 1  # in the three panels of shares, and in the note
    assert "El valor parece un año" in texts


def test_what_is_hidden_is_drawn_up_to_the_total_with_a_dashed_edge(warehouse):
    drawn = origin_by_year(warehouse, GLOTIP, "en", **MEXICO).to_dict()
    hidden = {
        row["year"]: (row["low"], row["high"])
        for rows in drawn["datasets"].values()
        for row in rows
        if row.get("fill") == COLOURS["not_detailed"]
    }
    assert hidden[2016] == (0, 986)  # nothing is known of anybody
    assert hidden[2020] == (399 + 18 + 52, 824)  # own, intra-regional, Americas: UNODC's table, 2020
    assert "strokeDash" in str(drawn)


@pytest.mark.slow
def test_breaks_the_baseline_and_sudden_origins_stand_in_the_chart(picture):
    usa = picture(GLOTIP, "es", reporting_country="USA", measure="victims_detected")
    texts = " ".join(_texts(usa).split())
    assert "ruptura" in texts
    assert "¿ruptura?" not in texts  # documented by the passport of the series
    gtm = " ".join(_texts(picture(GLOTIP, "es", reporting_country="GTM", measure="victims_detected")).split())
    assert "¿ruptura?" in gtm
    assert "nadie ha decidido, 2012" in gtm
    assert "línea base, 2016–2018" in texts
    assert texts.count("△") == 2 * 5 + 1  # 2008 to 2010, 2017, 2018, each with its rim, and the note
    assert 'role="img"' in usa
    assert "2022: 16" in usa  # the text for whoever hears it tells every total


RISES = re.compile(r"aument|subi|rose|\brise|crec|more than before", re.IGNORECASE)
FALLS = re.compile(r"dismin|baja|fell|\bfall|decre", re.IGNORECASE)


@pytest.mark.slow
def test_no_title_says_more_than_the_verdict(warehouse):
    """Every chart by origin that the release allows: rises and falls, and majorities, as the tables have them."""
    every = warehouse.query(
        "SELECT DISTINCT collection, reporting_country AS country, measure FROM baseline.origin_profile ORDER BY ALL"
    )
    assert len(every) >= 16
    for row in every.itertuples():
        trend = warehouse.query(
            "SELECT direction, tested_from, tested_to FROM analysis.trends "
            "WHERE (collection, reporting_country, measure, origin_class, citizenship, sex, age_group, exploitation) "
            "= ($c, $r, $m, '_T', '_T', '_T', '_T', '_T') AND denominator_basis = '_Z' AND pooled_years = 1",
            {"c": row.collection, "r": row.country, "m": row.measure},
        )
        verdict = next(iter(trend["direction"]), None)
        years = years_of(warehouse, row.collection, row.country, row.measure)
        for lang in ("es", "en"):
            title = origin_title(years, lang)
            assert bool(RISES.search(title)) == (verdict == "rising"), title
            assert bool(FALLS.search(title)) == (verdict == "falling"), title
            if "nacionales" in title:
                named = [int(y) for y in re.findall(r"\d{4}", title.split("(")[1].split(")")[0])]
                least = warehouse.query(
                    "SELECT min(share_low) AS least FROM baseline.origin_profile WHERE "
                    "(collection, reporting_country, measure, origin_class) = ($c, $r, $m, 'own_national') "
                    "AND year(period_end) BETWEEN $first AND $last",
                    {
                        "c": row.collection,
                        "r": row.country,
                        "m": row.measure,
                        "first": min(named),
                        "last": max(named),
                    },
                )["least"].iloc[0]
                assert least > 0.5, title


@pytest.mark.slow
def test_files_are_written_by_their_ending_and_load_nothing(warehouse, tmp_path):
    chart = origin_by_year(warehouse, DARIEN)
    assert save(chart, tmp_path / "new" / "chart.png").read_bytes().startswith(b"\x89PNG")
    drawn = save(chart, tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "<script" not in drawn
    assert set(re.findall(r"https?://[^\"' )]+", drawn)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    with pytest.raises(ValueError, match=r"chart\.html"):
        save(chart, tmp_path / "chart.html")


@pytest.mark.slow
def test_the_same_release_gives_the_same_picture(warehouse):
    assert png(origin_by_year(warehouse, DARIEN), scale=1) == png(origin_by_year(warehouse, DARIEN), scale=1)


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "words"), [("es", "una sola nacionalidad"), ("en", "is one nationality")])
def test_a_chart_does_not_lead_with_a_class_that_suddenly_is_one_nationality(picture, lang, words):
    """Darién 2021 to 2024 are all Dominican: four question marks, and a note; elsewhere neither."""
    texts = _texts(picture(DARIEN, lang))
    assert len(re.findall(r"^ *\? *$", texts, re.MULTILINE)) == 4
    assert words in " ".join(texts.split())
    other = _texts(picture(GLOTIP, lang, reporting_country="USA", measure="victims_detected"))
    assert words not in " ".join(other.split())
    assert not re.findall(r"^ *\? *$", other, re.MULTILINE)


def _flow_cells(chart) -> dict[tuple[str, str], dict]:
    """The cells of a picture of flows, by origin and reporting country."""
    return {
        (row["row"], row["column"]): row
        for rows in chart.to_dict()["datasets"].values()
        for row in rows
        if "may_hold_more" in row
    }


def test_the_picture_of_flows_draws_the_hidden_part_as_hidden(warehouse):
    """UNODC, 2018: of 8,913 in the United States 601 Mexicans are named and 6,925 persons detailed nowhere."""
    cells = _flow_cells(flows(warehouse, 2018, "en"))
    us = "United States of America"
    assert cells["Mexico", us]["text"] == "601"
    assert cells["Mexico", us]["may_hold_more"]
    assert cells["Not detailed", us]["text"] == "6,925"
    assert cells["Not detailed", us]["fill"] == COLOURS["not_detailed"]
    assert cells["Costa Rica", us]["text"] == "?"  # nobody named; anyone of the hidden may be
    assert cells["Honduras", "Costa Rica"]["text"] == "0–4"
    whole = {row["text"]: row["may_hold_more"] for (_, c), row in cells.items() if c == "Dominican Republic"}
    assert whole == {
        "75": False,
        "27": False,
        "": False,
    }  # its table tells all: 75 of its own, 27 Venezuelans


def test_the_picture_of_flows_names_who_has_no_table_and_what_is_in_doubt(warehouse):
    drawn = flows(warehouse, 2021, "es")
    shown = _texts(svg(drawn))
    words = " ".join(shown.split())
    reporting = warehouse.query(
        "SELECT count(DISTINCT reporting_country) AS n, count(DISTINCT o.member) AS members "
        "FROM baseline.origin_flows, (SELECT member FROM reference.groupings WHERE grouping = 'CRM') AS o "
        "WHERE preferred AND measure = 'victims_detected' AND year(period_end) = 2021"
    ).iloc[0]
    assert "que no es un cero" in words
    assert len({c for _, c in _flow_cells(drawn)}) == reporting["n"] < reporting["members"]
    assert "En duda: México" in words
    assert "más esfuerzo y no más delito" in words
    with pytest.raises(NoProfile, match="1990"):
        flows(warehouse, 1990)


def test_the_picture_of_flows_shows_what_the_table_says(warehouse):
    """Every number of a member named, against the released table."""
    cells = _flow_cells(flows(warehouse, 2020, "en"))
    told = warehouse.query(
        "SELECT c.name_en AS origin, r.name_en AS country, persons_low, persons_high, possible_high "
        "FROM baseline.origin_flows AS f JOIN reference.countries AS c ON c.country = f.origin "
        "JOIN reference.countries AS r ON r.country = f.reporting_country "
        "JOIN reference.groupings AS m ON m.member = f.origin AND m.grouping = f.grouping "
        "WHERE preferred AND measure = 'victims_detected' AND year(period_end) = 2020 AND persons_low > 0 "
        "AND persons_low = persons_high"
    )
    assert len(told) > 5
    for row in told.itertuples():
        drawn = cells[row.origin, row.country]
        assert drawn["text"].replace(",", "") == f"{row.persons_low:.0f}"
        assert drawn["may_hold_more"] == (row.possible_high > row.persons_high)


@pytest.mark.slow
def test_a_law_is_a_rule_with_its_label_and_whole_in_the_note(warehouse, monkeypatch):
    """Two of one year share a rule; one of a year without a figure has none."""
    years = years_of(warehouse, "UNODC/glotip", "HND", "victims_detected")
    assert years.events == []  # no law of Honduras ships, nor a measure with its day
    long = "Decreto 59-2012, Ley contra la trata de personas y su reglamento"
    dated = [
        Event(2018, long, "Decree 59-2012"),
        Event(2018, "Unidad", "Unit"),
        Event(1999, "Ley 1", "Law 1"),
    ]
    monkeypatch.setattr(charts, "years_of", lambda *_: replace(years, events=dated))
    assert charts.event_labels(charts.years_of(), "en") == {2018: "§ Decree 59-2012; Unit"}
    drawn = svg(charts.origin_by_year(warehouse, "UNODC/glotip", "es", reporting_country="HND"))
    texts = _texts(drawn)
    assert "§ Decreto 59-2012, Ley contra la…" in texts
    assert f"{long} (2018)" in " ".join(texts.split())
    assert 'stroke-dasharray="1,3"' in drawn


@pytest.mark.statistics("2", "caveat of each series")
@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "en",
            "2017–2019: It counts clients of services (served in the period, earlier ones included), by an official",
        ),
        ("es", "2017–2019: Cuenta clientes de servicios"),
    ],
)
def test_a_chart_states_what_the_series_counts_in_its_years(picture: Picture, lang: str, text: str) -> None:
    """The passports of UNODC's series of the United States (OVC, 2017–2019)."""
    drawn = picture("UNODC/glotip", lang, reporting_country="USA", measure="victims_detected")
    assert text in re.sub(r"\s+", " ", _texts(drawn))
