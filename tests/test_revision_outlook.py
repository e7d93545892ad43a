"""How much figures still change: counts and bands by hand and from the publisher's files, states, pictures, client."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from schemas.codelists import codelist
from schemas.tables import table
from schemas.words import CONTRACT_LANGUAGES
from tests import outlook_replay, simulated_page
from tests.conftest import SHARED
from tests.in_memory import one_row
from tests.outlook_replay import simulated_coverage
from warehouse import Warehouse
from warehouse.build import database
from warehouse.home import Home
from warehouse.publication.site import outlook
from warehouse.publication.site.facts import Facts
from warehouse.statements import model_build

DAYS = (date(2025, 2, 10), date(2025, 2, 20), date(2025, 3, 1))
WITHDRAWN_ON = pd.Timestamp(2025, 3, 10)


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """An internal database without rows."""
    with duckdb.connect() as connection:
        database.create_tables(connection)
        database.define_macros(connection)
        yield connection


def outlooks(
    db: duckdb.DuckDBPyConnection,
    histories: list[list[Any]],
    *,
    is_withdrawn: bool = False,
    **of_collection: Any,
) -> None:
    """Fill the tables of the outlook from values by submission: a number each, None where it is not named.

    `is_withdrawn`: the last submission was withdrawn, so that the one before is in force again.
    """
    database.insert_frame(
        db,
        "registry.collections",
        one_row(table("registry.collections"), **({"transcribed": False} | of_collection)),
    )
    plain = one_row(
        table("core.observations"), measure="returns", frequency="M", breakdown="citizenship", flag=None
    )
    last = len(histories[0]) - 1
    ends = [*map(pd.Timestamp, DAYS[1 : last + 1]), WITHDRAWN_ON if is_withdrawn else None]
    rows = [
        plain.assign(
            period_start=pd.Timestamp(2025, 1, 1),
            period_end=pd.Timestamp(2025, 1, 31),
            citizenship=f"C{number}",
            value_low=float(value),
            value_high=float(value),
            submission=f"X.c.{day}.1",
            known_from=day,
            known_to=ends[position],
        )
        for number, values in enumerate(histories)
        for position, (day, value) in enumerate(zip(DAYS, values, strict=False))
        if value is not None
    ]
    again = [
        row.assign(known_from=WITHDRAWN_ON, known_to=None)
        for row in rows
        if is_withdrawn and row["known_from"].item() == DAYS[last - 1]
    ]
    database.insert_frame(db, "core.observations", pd.concat([*rows, *again], ignore_index=True))
    spans = "SELECT DISTINCT collection, '' AS scope, submission, known_from, known_to FROM core.observations"
    db.sql(spans).insert_into("core.spans")
    for name in ("core.known_values", "analysis.revision_outlook", "analysis.revision_states"):
        model_build.run_model(db, name, date(2025, 5, 1))


def rows_of(db: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of the outlook."""
    return db.execute("SELECT * FROM analysis.revision_outlook").df().to_dict("records")


def states(db: duckdb.DuckDBPyConnection) -> list[str]:
    """The states of the values in force, by number."""
    return [
        state
        for (state,) in db.execute(
            "SELECT state FROM analysis.revision_states ORDER BY CAST(citizenship[2:] AS INTEGER)"
        ).fetchall()
    ]


@pytest.mark.statistics("7", "revision outlook")
def test_values_that_differ_later_are_counted_by_age(db: duckdb.DuckDBPyConnection) -> None:
    """Of fifty values 25 change at the third submission and one is gone; a zero that is gone has not changed."""
    changed = [[100, 100, 40 + n] for n in range(25)]
    outlooks(db, [*[[100, 100, 100]] * 23, *changed, [100, 100, None], [0, 0, None]])
    [row] = rows_of(db)
    assert (row["age_from"], row["age_to"], row["vintages"]) == (0, 2, 3)
    assert (row["values_compared"], row["values_changed"], row["values_gone"]) == (100, 52, 2)
    assert (row["submissions_compared"], row["submissions_changed"]) == (2, 2)
    ratios = [(40 + n) / 100 for n in range(25)] * 2  # those unchanged and gone have no part in the band
    assert (row["ratio_low"], row["ratio_high"]) == pytest.approx(tuple(np.quantile(ratios, [0.1, 0.9])))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("then", "changed", "has_band"),
    [
        (100, 40, True),
        (100, 39, False),  # a band of fewer would hold less than three in four
        (18, 40, False),  # a ratio of small numbers is noise
    ],
)
def test_a_band_needs_forty_values_that_changed(
    then: int, changed: int, has_band: bool, db: duckdb.DuckDBPyConnection
) -> None:
    """Each value is changed by its third submission alone: one ratio each."""
    outlooks(db, [[then] * 3] * 60 + [[then + 1, then, then]] * changed)
    [row] = rows_of(db)
    assert row["values_changed"] == changed
    assert (not np.isnan(row["ratio_low"])) == has_band


def test_changes_of_one_submission_are_counted_as_such(db: duckdb.DuckDBPyConnection) -> None:
    """All change from the first to the second: what the second says is in force."""
    outlooks(db, [[100, 90, 90]] * 50)
    [row] = rows_of(db)
    assert (row["submissions_compared"], row["submissions_changed"]) == (2, 1)


def test_nothing_is_stated_of_two_submissions(db: duckdb.DuckDBPyConnection) -> None:
    outlooks(db, [[100, 50]] * 30)
    [row] = rows_of(db)
    assert (row["vintages"], row["why_not"]) == (2, "few_vintages")
    assert pd.isna(row["values_compared"])
    assert states(db) == []


def test_a_submission_in_force_again_after_a_withdrawal_is_no_third(db: duckdb.DuckDBPyConnection) -> None:
    outlooks(db, [[100, 50]] * 30, is_withdrawn=True)
    [row] = rows_of(db)
    assert (row["vintages"], row["why_not"]) == (2, "few_vintages")
    assert states(db) == []


def test_the_values_in_force_again_after_a_withdrawal_are_not_replaced(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """Of three submissions the third was withdrawn: the first and third differ from the second, which counts."""
    outlooks(db, [[100, 50, 60]] * 30, is_withdrawn=True)
    [row] = rows_of(db)
    assert (row["vintages"], row["values_compared"], row["values_changed"]) == (3, 60, 60)


def test_what_a_person_transcribes_again_is_no_revision(db: duckdb.DuckDBPyConnection) -> None:
    outlooks(db, [[100, 50, 60]] * 30, transcribed=True)
    assert rows_of(db) == []
    assert states(db) == []


def test_few_values_are_no_outlook(db: duckdb.DuckDBPyConnection) -> None:
    outlooks(db, [[100, 100, 100]] * 9)
    [row] = rows_of(db)
    assert (row["values_compared"], row["why_not"]) == (18, "few_values")
    assert np.isnan(row["ratio_low"])
    assert states(db) == ["provisional"] * 9


@pytest.mark.parametrize(("changed", "state"), [([100, 90, 80], "provisional"), ([100, 100, 100], "settled")])
def test_a_value_is_provisional_where_a_tenth_of_its_age_changed(
    changed: list[int], state: str, db: duckdb.DuckDBPyConnection
) -> None:
    """Four of thirty values change, each twice: eight of sixty comparisons are more than a tenth."""
    outlooks(db, [[100, 100, 100]] * 26 + [changed] * 4)
    assert states(db)[:26] == [state] * 26


@pytest.mark.parametrize(
    ("history", "has_swung"),
    [
        ([100, 50, 100], True),
        ([100, 50, 80], True),
        ([100, 50, 70], False),
        ([100, 50, 30], False),
        ([100, 200, 100], True),
        ([100, 100, 50], False),
        ([0, 40, 0], True),
    ],
)
def test_a_value_that_went_half_of_the_way_back_has_swung(
    history: list[int], has_swung: bool, db: duckdb.DuckDBPyConnection
) -> None:
    outlooks(db, [history, *[[100, 100, 100]] * 30])
    assert (states(db)[0] == "swung_back") == has_swung


@pytest.mark.statistics("7", "revision outlook")
@pytest.mark.parametrize(("extracts", "per_extract"), [(2, 300), (3, 200), (5, 200)])
def test_the_band_holds_four_in_five_of_the_changed_values_of_the_next_extract(
    extracts: int, per_extract: int
) -> None:
    """75 to 85 % where each value is revised by itself; fewer where extracts move as a whole, which few extracts cannot show."""
    own = simulated_coverage(extracts + 1, 0.3, per_extract, shared=False)
    together = simulated_coverage(extracts + 1, 0.3, per_extract, shared=True)
    assert 0.75 <= own <= 0.85
    assert together < own


def test_a_band_of_all_values_cannot_be_held_to_four_in_five() -> None:
    """Where nine in ten never change, a band with 1 in it holds at least these, and one without it at most the others."""
    draw = np.random.default_rng(7)
    ratios = np.where(draw.random(5000) < 0.9, 1.0, np.exp(draw.normal(-0.1, 0.05, 5000)))
    unchanged = np.mean(ratios == 1)
    for low, high in ((q, 1 / q) for q in (0.5, 0.9, 0.99, 1.0)):
        assert np.mean((low <= ratios) & (ratios <= high)) >= unchanged > 0.85
    assert np.mean((ratios >= 0.5) & (ratios < 1)) <= 1 - unchanged < 0.15


def test_the_page_has_the_extracts_left_out_as_they_are(released_home: Path) -> None:
    """Where it fails: python -m tests.outlook_replay HOME."""
    page = simulated_page.PAGE.read_text(encoding="utf-8")
    assert page == outlook_replay.rendered(page, released_home)


# ── A release ────────────────────────────────────────────────────────────────────────────────────

FILES = {
    date(2025, 2, 7): "mex_upmrip_nationality_2025-02-07.csv",
    date(2025, 5, 13): "mex_upmrip_nationality_2025-05-13.csv",
    date(2025, 6, 4): "mex_upmrip_nationality_2025-06-04.csv",
    date(2025, 6, 19): "mex_upmrip_nationality_2025-06-19.csv",
}


def vintages() -> dict[date, dict[tuple[str, str], float]]:
    """The publisher's files: month and nationality → persons; lines of one key are added."""
    found: dict[date, dict[tuple[str, str], float]] = {}
    for day, name in FILES.items():
        with (SHARED / "data" / name).open(encoding="utf-8") as file:
            values = found.setdefault(day, {})
            for line in csv.DictReader(file):
                key = (line["t"], line["nat"])
                values[key] = values.get(key, 0) + float(line["n"])
    return found


def age(day: date, month: str) -> int:
    """Months from a period's month to that of a day."""
    return 12 * (day.year - int(month[:4])) + day.month - int(month[5:7])


@pytest.mark.shared
@pytest.mark.statistics("7", "revision outlook")
def test_the_outlook_is_that_of_the_publishers_files(released_home: Path) -> None:
    known = vintages()
    last = known[max(known)]
    pairs = [
        (age(day, month), value, last.get((month, code)), day)
        for day, values in known.items()
        if day < max(known)
        for (month, code), value in values.items()
    ]
    with duckdb.connect(Home(released_home).current, read_only=True) as connection:
        rows = connection.execute(
            "SELECT age_from, age_to, values_compared, values_changed, values_gone, submissions_changed, ratio_low, "
            "ratio_high FROM analysis.revision_outlook WHERE collection = 'MEX-UPMRIP/nationality'"
        ).fetchall()
    assert len(rows) == 5
    for age_from, age_to, compared, changed, gone, submissions, low, high in rows:
        own = [
            (then, now, day) for months, then, now, day in pairs if age_from <= months <= (age_to or months)
        ]
        differing = [
            (then, now, day) for then, now, day in own if now != then and (now is not None or then > 0)
        ]
        assert (compared, changed) == (len(own), len(differing))
        assert gone == sum(now is None for _, now, _ in differing)
        assert submissions == len({day for *_, day in differing})
        ratios = [now / then for then, now, _ in differing if then >= 20 and now is not None]
        if len(ratios) < 40:
            assert (low, high) == (None, None)
        else:
            assert (low, high) == pytest.approx(tuple(np.quantile(ratios, [0.1, 0.9])))


def test_a_year_is_as_provisional_as_its_months_and_other_collections_have_no_state(
    released_home: Path,
) -> None:
    with duckdb.connect(Home(released_home).current, read_only=True) as connection:
        states_by_year = dict(
            connection.execute(
                "SELECT year, revision_state FROM baseline.headline WHERE reporting_country = 'MEX' "
                "AND indicator = 'mobility_irregular_encounters' AND value_low IS NOT NULL"
            ).fetchall()
        )
        of_two = connection.execute(
            "SELECT count(*) FROM baseline.headline WHERE revision_state IS NOT NULL AND collection = 'UNODC/glotip'"
        ).fetchone()
    assert (states_by_year[2020], states_by_year[2024]) == ("settled", "provisional")
    assert of_two == (0,)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_page_shows_the_figures_that_changed_by_day(released_home: Path, lang: str) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as warehouse:
        facts = Facts(warehouse)
        shown = outlook.section(facts, "mobility_irregular_encounters", lang)
        assert shown is not None
        assert len(shown["lines"]) == 5
        assert "497" in shown["lines"][0]
        for frame in shown["frames"]:
            assert frame["title"].count(": ") >= 2
            assert all(day in frame["svg"] for day in frame["title"].split(": ")[:1])
        of_victims = outlook.section(facts, "tip_victims_detected", lang)
        assert of_victims is not None
        assert of_victims["lines"] == []  # two extracts
        assert outlook.section(facts, "tip_victims_assisted_share", lang) is None


def test_the_client_has_the_outlook_of_an_indicator(released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current, lang="en") as warehouse:
        frame = warehouse.outlook("mobility_irregular_encounters")
        own = frame[frame["collection"] == "MEX-UPMRIP/nationality"]
        assert own["vintages"].tolist() == [4] * 5
        few = warehouse.outlook("tip_victims_detected").set_index("collection")
        assert few.loc["UNODC/glotip", "why_no_outlook_name"].startswith("there are fewer than three")


def test_each_figure_of_the_client_says_whether_it_may_still_change(released_home: Path) -> None:
    """A year has the state of the labelled layer; a month its own; one of two extracts none."""
    with Warehouse.open(Home(released_home).current, lang="en") as warehouse:
        years = warehouse.indicator("mobility_irregular_encounters", countries=["MEX"]).set_index("year")
        labelled = warehouse.headline("mobility_irregular_encounters", countries=["MEX"]).set_index("year")
        own = years[years["collection"] == "MEX-UPMRIP/nationality"]["revision_state"]
        assert set(own) == {"settled", "provisional"}
        assert own.to_dict() == labelled.loc[own.index, "revision_state"].to_dict()
        name = codelist("revision_state")["provisional"].name("en")
        assert years.loc[2024, "revision_state_name"] == name
        months = warehouse.indicator(
            "mobility_irregular_encounters", countries=["MEX"], frequency="M", source="all"
        )
        told = warehouse.query(
            "SELECT period_start, list(DISTINCT state) AS states FROM analysis.revision_states "
            "WHERE collection = 'MEX-UPMRIP/nationality' AND frequency = 'M' GROUP BY ALL"
        ).set_index("period_start")["states"]
        monthly = months[months["collection"] == "MEX-UPMRIP/nationality"].set_index("period_start")
        least = ("provisional", "swung_back", "settled")
        assert monthly["revision_state"].to_dict() == {
            start: next(state for state in least if state in states) for start, states in told.items()
        }
        victims = warehouse.indicator("tip_victims_detected", countries=["GTM"])
        assert set(victims["revision_state"]) == {None}
        assert "revision_state" in warehouse.origin("irregular_mobility", countries=["MEX"])
        assert "revision_state" in warehouse.flows("irregular_mobility", countries=["MEX"])
