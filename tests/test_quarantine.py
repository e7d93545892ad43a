"""A quarantined row is not a zero: what of it can be read, and that every interval still holds the whole file's truth.

Random small files are built as they should have been sent, and as an office sent them. What the first says must lie
within what the second says, in every table that is made of it.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pandas as pd
import pytest

from assets.intake import observations, records
from assets.intake.judging.judging import judge
from assets.intake.judging.validation import Judgement
from assets.intake.processing import process
from assets.intake.submission import receive
from schemas.cards.format_card import Card, read_card
from schemas.flags import has_flag
from schemas.tables import OBSERVATION_KEY, OPENINGS
from tests import in_memory
from tests.conftest import SHARED, release
from tests.in_memory import Rules
from warehouse.home import CARD as CARD_NAME
from warehouse.home import CHECKOUT, Home
from warehouse.home.receipts import confirm
from warehouse.statements import model_build

DAY = date(2024, 6, 1)
CARD = """
[collection]
provider_kind = "national_authority"
kind = "counts"
family = "trafficking"
titles = {{ es = "Víctimas", en = "Victims" }}
citation = "A made-up provider"
licence = "none"
measure = "victims_detected"
frequency = "{frequency}"
delivery = "full"
on_error = "quarantine_rows"
confidentiality = "open"
absent_cell = "{absent}"
exhaustive = {whole}
{country}
"""
COLLECTIONS_TRIED = {  # frequency, and what models ask
    "X/years": ("A", Rules("not_reported", [])),
    "X/years_zero": ("A", Rules("zero", ["citizenship"], country="CRI")),
    "X/months": ("M", Rules("zero", ["citizenship"], country="CRI")),
    "X/months_silent": ("M", Rules("not_reported", ["citizenship+sex"])),
}
INDICATORS = [
    "data_origin_completeness",
    "tip_female_share_known_sex",
    "tip_origin_share_all",
    "tip_victims_detected",
    "tip_victims_detected_rate",
]

Rows = list[dict[str, str]]


def card_of(collection: str, folder: Path) -> Card:
    frequency, rules = COLLECTIONS_TRIED[collection]
    text = CARD.format(
        frequency=frequency,
        absent=rules.absent_cell,
        whole=rules.exhaustive,
        country=f'reporting_country = "{rules.country}"' if rules.country else "",
    )
    path = folder / "format.toml"
    path.write_text(text, encoding="utf-8")
    return read_card(path)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with the collections and no value yet."""
    rules = {name: of for name, (_, of) in COLLECTIONS_TRIED.items()}
    yield from in_memory.database(in_memory.inputs(rules, INDICATORS, DAY))


def judged(rows: Rows, collection: str, folder: Path) -> tuple[Judgement, Card]:
    """The file of these rows, read and judged by the collection's card."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file = folder / "file.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    card = card_of(collection, folder)
    found = records.read(file, card)
    return judge(found.records, card.format_named(found.format), card, DAY), card


def opened(rows: Rows, collection: str, folder: Path) -> pd.DataFrame:
    """What the quarantined rows of a file open."""
    result, card = judged(rows, collection, folder)
    origin = observations.Origin(in_memory.submission_of(collection, DAY), collection, DAY)
    assert result.waiting is not None
    return observations.complete_openings(result.waiting, result.accepted_lines, origin, card.collection)


def built(db: duckdb.DuckDBPyConnection, rows: Rows, collection: str, folder: Path) -> dict[str, Any] | None:
    """What is said of a file of these rows, by table and key: intervals. None where no row stands."""
    result, card = judged(rows, collection, folder)
    if result.status != "accepted":
        return None
    origin = observations.Origin(in_memory.submission_of(collection, DAY), collection, DAY)
    observed = observations.observe(result.accepted_lines, origin, card.collection)
    waiting = observations.complete_openings(result.waiting, result.accepted_lines, origin, card.collection)
    in_memory.fill(db, observed.values, waiting)
    return said(db)


ASKED = {
    "figures": f"SELECT breakdown, {', '.join(OBSERVATION_KEY)}, value_low, value_high FROM core.figures",
    "totals": "SELECT measure, reporting_country, period_start, frequency, total_low, total_high FROM core.totals",
    "persons": "SELECT reporting_country, period_start, frequency, origin_class, persons_low, persons_high FROM core.origin",
    "possible": "SELECT reporting_country, period_start, frequency, origin_class, persons_low, possible_high FROM core.origin",
    "shares": """SELECT reporting_country, period_start, frequency, origin_class, share_low, share_high FROM core.origin
        WHERE share_low IS NOT NULL""",
    "indicators": """SELECT indicator, reporting_country, period_start, frequency, sex, citizenship, origin_class,
        denominator_basis, pooled_years, panel, value_low, value_high FROM baseline.indicator_values
        WHERE value_low IS NOT NULL AND panel IN ('_Z', 'reporting')""",
}


def said(db: duckdb.DuckDBPyConnection) -> dict[tuple[Any, ...], tuple[float, float | None]]:
    """Every interval by its table and key."""
    told = {}
    for name, sql in ASKED.items():
        for *key, low, high in db.execute(sql).fetchall():
            told[(name, *map(str, key))] = (low, high)
    return told


# ---- what of a row can be read ---------------------------------------------------------------------

GOOD = [
    {"reporting_country": "CRI", "period": "2021", "citizenship": "PAN", "value": "7"},
    {"reporting_country": "CRI", "period": "2021", "citizenship": "COL", "value": "5"},
    {"reporting_country": "PAN", "period": "2022", "citizenship": "COL", "value": "5"},
]


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"value": "1,234"}, {"value_high": None, "is_number": False, "citizenship": "NIC", "unread": ""}),
        ({"value": ""}, {"value_high": None, "is_number": False}),
        ({"value": "1.234"}, {"value_high": None, "is_number": False}),
        ({"citizenship": "Qwertz"}, {"value_high": 18, "citizenship": "_U", "unread": "citizenship"}),
        ({"reporting_country": "Qwertz"}, {"reporting_country": "_U", "period_start": date(2021, 1, 1)}),
        ({"period": "2021-13"}, {"period_start": date(2021, 1, 1), "period_end": date(2021, 12, 31), "frequency": None}),
        ({"period": "Agost 2021"}, {"period_start": date(2021, 1, 1), "frequency": None}),
        ({"period": "2031"}, {"period_start": None, "frequency": None, "value_high": 18}),
        ({"period": "—"}, {"period_start": None, "frequency": None}),
    ],
)  # fmt: skip
def test_what_of_a_row_can_be_read_is_kept(row: dict[str, str], read: dict[str, Any], tmp_path: Path) -> None:
    waits = {"reporting_country": "CRI", "period": "2021", "citizenship": "NIC", "value": "18"} | row
    found = opened([*GOOD, waits], "X/years", tmp_path).astype(object)
    assert len(found) == 1
    kept = found.where(found.notna(), None).iloc[0]
    assert {name: kept[name] for name in read} == read


def test_of_one_country_s_file_a_row_is_of_that_country(tmp_path: Path) -> None:
    rows = [*GOOD[:2], {"reporting_country": "Qwertz", "period": "2021", "citizenship": "NIC", "value": "18"}]
    (found,) = opened(rows, "X/years_zero", tmp_path)["reporting_country"]
    assert found == "CRI"


def test_rows_of_one_key_hide_their_sum(tmp_path: Path) -> None:
    twice = [GOOD[0] | {"citizenship": "NIC", "value": value} for value in ("3", "18")]
    (found,) = opened([*GOOD, *twice], "X/years", tmp_path).to_dict("records")
    assert (found["value_high"], found["rows_waiting"], found["citizenship"]) == (21, 2, "NIC")
    assert list(opened(GOOD, "X/years", tmp_path).columns) == OPENINGS.column_names


# ---- what it opens ---------------------------------------------------------------------------------


def test_a_row_that_waits_opens_class_total_and_year(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Worked out by hand: 7 + 5 stand in January, 18 or so many that nobody can read wait in March."""
    rows = [
        {"period": "2021-01", "citizenship": "PAN", "value": "7"},
        {"period": "2021-01", "citizenship": "COL", "value": "5"},
        {"period": "2021-03", "citizenship": "PAN", "value": "2"},
        {"period": "2021-03", "citizenship": "NIC", "value": "18 aprox."},
    ]
    told = built(db, rows, "X/months", tmp_path)
    assert told is not None
    assert told["totals", "victims_detected", "CRI", "2021-01-01", "M"] == (12, 12)
    assert told["totals", "victims_detected", "CRI", "2021-03-01", "M"] == (2, None)
    assert told["totals", "victims_detected", "CRI", "2021-01-01", "A"] == (14, None)
    assert told["persons", "CRI", "2021-01-01", "A", "intra_regional"] == (9, None)
    assert told["persons", "CRI", "2021-01-01", "A", "extra_regional_americas"] == (5, 5)
    assert told["shares", "CRI", "2021-01-01", "A", "extra_regional_americas"] == (0, 5 / 14)
    flags = db.execute("SELECT flag FROM core.totals WHERE frequency = 'A'").fetchall()
    assert flags == [("partial+rows_in_quarantine",)]


def test_an_origin_that_cannot_be_read_may_be_of_any_class(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """8 or so Panamanians are named; 18 of whom the file names nobody we know may be of the region too."""
    rows = [
        {"period": "2021", "citizenship": "PAN", "value": "0-8"},
        {"period": "2021", "citizenship": "CRI", "value": "40"},
        {"period": "2021", "citizenship": "Hondureans", "value": "18"},
    ]
    told = built(db, rows, "X/years_zero", tmp_path)
    assert told is not None
    assert told["persons", "CRI", "2021-01-01", "A", "intra_regional"] == (0, 26)
    assert told["totals", "victims_detected", "CRI", "2021-01-01", "A"] == (40, 66)
    known = told[
        "indicators", "data_origin_completeness", "CRI", "2021-01-01", "A", "_T", "_T", "_T", "all", "1", "_Z"
    ]
    assert known[0] == 40 / 58
    model_build.run_model(db, "baseline.origin_flows", DAY)
    flow = db.execute(
        "SELECT persons_low, persons_high FROM baseline.origin_flows WHERE origin = 'PAN'"
    ).fetchall()
    assert flow == [(0, 26)]


@pytest.mark.parametrize(("value", "highest"), [("4", 18), ("some", None)])
def test_rows_of_a_sex_or_age_that_cannot_be_read_may_be_of_each_sum_of_theirs(
    value: str, highest: float | None, db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """7 girls in January and 3 in February are 10; 4 minors of either sex, and women or girls, may be more of them.

    What stands of a month stands in a row of its own.
    """
    cells = (
        ("01", "F", "0-17", "7"),
        ("01", "M", "18+", "5"),
        ("01", "M", "0-17", "2"),
        ("02", "F", "0-17", "3"),
    )
    unread = (("02", "Qwertz", "0-17", "4"), ("02", "F", "Qwertz", value), ("02", "Qwertz", "18+", "6"))
    rows = [
        {"period": f"2021-{month}", "sex": sex, "age_group": age, "value": n}
        for month, sex, age, n in (*cells, *unread)
    ]
    assert built(db, rows, "X/months", tmp_path) is not None
    sql = """SELECT sex, age_group, frequency, value_low, value_high, flag FROM baseline.indicator_values
        WHERE indicator = 'tip_victims_detected' AND sex IN ('F', 'M') AND age_group IN ('Y0T17', 'Y_GE18')
        AND (frequency = 'A' OR month(period_end) = 2) ORDER BY ALL"""
    waits = "partial+rows_in_quarantine"
    assert db.execute(sql).fetchall() == [
        ("F", "Y0T17", "A", 10, highest, waits),
        ("F", "Y0T17", "M", 3, 3, None),
        ("M", "Y0T17", "A", 2, 6, waits),
        ("M", "Y_GE18", "A", 5, 11, waits),
    ]


@pytest.mark.slow
def test_a_total_row_that_waits_runs_from_its_parts_to_its_own_value(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def total(value: str, again: str = "") -> tuple[float, float | None]:
        parts = [
            {"reporting_country": "CRI", "period": "2021", "sex": sex, "value": n}
            for sex, n in (("F", "7"), ("M", "5"))
        ]
        rows = [*parts, parts[0] | {"sex": "", "value": value}, parts[0] | {"sex": "", "value": again}]
        told = built(db, rows[: 4 if again else 3], "X/years", tmp_path)
        assert told is not None
        return told["totals", "victims_detected", "CRI", "2021-01-01", "A"]

    assert total("30") == (30, 30)
    assert total("1,234") == (12, None)
    assert total("20", "30") == (12, 50)


@pytest.mark.slow
def test_a_row_of_no_period_flags_every_value_and_opens_them_as_far_as_it_is_read(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    year = {"sex": "F", "value": "7"}
    rows = [
        year | {"period": "2020"},
        year | {"period": "2021"},
        {"sex": "Qwertz", "period": "—", "value": "3"},
    ]
    rows = [{"reporting_country": "CRI"} | row for row in rows]
    told = built(db, rows, "X/years", tmp_path)
    assert told is not None
    assert db.execute("SELECT DISTINCT flag FROM core.figures").fetchall() == [("rows_in_quarantine",)]
    opened_by = [v for k, v in told.items() if k[0] == "figures" and "_U" in k]
    assert opened_by == [(0, 3), (0, 3)]
    told = built(db, [*rows[:2], rows[2] | {"value": "some"}], "X/years", tmp_path)
    assert told is not None
    assert set(told.values()) == {(7, 7)} | {v for k, v in told.items() if k[0] == "indicators"}
    assert db.execute("SELECT DISTINCT flag FROM core.figures").fetchall() == [("rows_in_quarantine",)]


# ---- the truth of the whole file ---------------------------------------------------------------------

DRAWS = 6 if in_memory.MORE > 1 else 3
"""Files of each collection that are made up and spoilt; `make hard-times` tries all six."""


def made_up(chance: Random, collection: str) -> Rows:
    """A file as it should have been sent: origins, or origins by sex, of some periods; totals beside or not."""
    frequency, (_, whole, _, country) = COLLECTIONS_TRIED[collection]
    periods = (
        [f"2021-{m:02}" for m in chance.sample(range(1, 13), 3)] if frequency == "M" else ["2020", "2021"]
    )
    by_sex = "citizenship+sex" in whole or (not whole and chance.random() < 0.5)
    origins = chance.sample(["CRI", "PAN", "NIC", "COL", "CHN", "_U"], 3)
    rows = []
    for place in ("CRI",) if country else ("CRI", "PAN"):
        for period in periods:
            cells = [
                (o, s, chance.randint(0, 30)) for o in origins for s in (("F", "M") if by_sex else ("",))
            ]
            if not whole:
                cells = [("", s, n) for _, s, n in cells[:2]] if by_sex else cells
                cells.append(("", "", sum(n for *_, n in cells) + chance.choice([0, 0, 4])))
            rows += [
                {"reporting_country": place, "period": period, "citizenship": o, "sex": s, "value": str(n)}
                for o, s, n in cells
                if chance.random() < 0.9
            ]
    return rows


def as_sent(chance: Random, rows: Rows) -> Rows:
    """The file as an office sent it: a cell of some rows spoilt, or a row told again with another number."""
    sent = []
    for row in rows:
        spoilt = dict(row)
        if chance.random() < 0.2:
            name = chance.choice(
                ["value", "value", "citizenship", "sex", "period", "reporting_country", "again"]
            )
            if name == "again":
                sent.append(row | {"value": str(int(row["value"]) + chance.randint(1, 9))})
            elif name == "period":
                spoilt[name] = chance.choice(["2021-13", "Agost 2021"]) if row[name][:4] == "2021" else "—"
            else:
                spoilt[name] = {"value": chance.choice(["1,234", "", "12 aprox."])}.get(name, "Qwertz")
        sent.append(spoilt)
    return sent


def holding(told: dict[str, Any], truth: dict[str, Any], whole: object, sent: object) -> int:
    """How many intervals of a spoilt file hold what the whole one says; an AssertionError for one that does not."""
    compared = 0
    for key, (low, high) in told.items():
        true_low, true_high = truth.get(key, (0, 0))
        if key not in truth and key[0] not in ("figures", "persons"):
            continue
        if key[0] == "figures" and "total" not in key:
            continue  # what waits unread stands beside the named, as unknown
        case = (key, (low, high), (true_low, true_high), whole, sent)
        assert low <= true_low + 1e-9, case
        assert high is None or (true_high is not None and true_high <= high + 1e-9), case
        compared += key in truth
    return compared


@pytest.mark.slow
@pytest.mark.parametrize("collection", COLLECTIONS_TRIED)
def test_every_interval_holds_the_truth_of_the_whole_file(
    collection: str, db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    chance, compared = Random(f"quarantine {collection}"), 0
    for _ in range(DRAWS):
        rows = made_up(chance, collection)
        sent = as_sent(chance, rows)
        truth, told = built(db, rows, collection, tmp_path), built(db, sent, collection, tmp_path)
        if truth is None or told is None:
            continue
        compared += holding(told, truth, rows, sent)
    assert compared > 10 * DRAWS


# ---- publishers' files -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.shared
def test_panama_s_thousands_that_the_card_does_not_know_leave_2023_open(tmp_path: Path) -> None:
    """The publisher's file says 520,085 for 2023; with its thousands written 1,234 it was released as 43,949."""
    with (SHARED / "data" / "pan_darien_nationality_2025-06.csv").open(encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    n, t = header.index("n"), header.index("t")
    assert sum(int(row[n]) for row in rows if row[t].startswith("2023")) == 520_085
    home = darien_home(tmp_path, header, [[*row[:n], f"{int(row[n]):,}", *row[n + 1 :]] for row in rows])
    with duckdb.connect(home.current, read_only=True) as db:
        total = db.execute(
            "SELECT DISTINCT total_low, total_high FROM baseline.origin_profile WHERE year(period_start) = 2023"
        ).fetchall()
        assert total == [(43_949, None)]
        values = db.execute(
            "SELECT indicator, obs_status, flag, value_low, value_high FROM baseline.indicator_values "
            "WHERE year(period_start) = 2023 AND frequency = 'A' AND citizenship IN ('_T', 'VEN')"
        ).fetchall()  # of a nationality of which every month was below a thousand nothing waits
        assert values
        assert all(status == "P" and has_flag(flag, "rows_in_quarantine") for _, status, flag, *_ in values)
        told = db.execute("SELECT flag FROM registry.submissions").fetchall()
        assert told == [("rows_in_quarantine",)]


def darien_home(root: Path, header: list[str], rows: list[list[str]]) -> Home:

    folder = root / "raw" / "PAN-SNM" / "darien_nationality"
    folder.mkdir(parents=True)
    source = CHECKOUT / "raw" / "PAN-SNM" / "darien_nationality" / CARD_NAME
    (folder / CARD_NAME).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    file = root / "sent.csv"
    with file.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([header, *rows])
    home = Home(root)
    submission = receive(home, file, "PAN-SNM/darien_nationality", date(2025, 6, 30))
    assert process(home, submission).status == "held"  # 163 of 2,387 rows wait: more than 5 %
    confirm(home, submission, date(2025, 7, 1), office="Estadística", reason="a test of what waits")
    assert process(home, submission).status == "accepted"
    release(home)
    return home
