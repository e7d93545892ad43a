"""A quarantined row of a file of persons is a person more, or none: every interval still holds the whole file's truth.

Random small files of one row a person are read as they should have been sent, and as an office sent them.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from assets.intake import observations, records
from assets.intake.judging.judging import judge
from assets.intake.submission import receive
from schemas.cards.format_card import Card, read_card
from schemas.flags import has_flag
from schemas.tables import SLICES
from tests import in_memory
from tests.conftest import accept, release
from tests.test_quarantine import DRAWS, INDICATORS, holding, said
from warehouse.home import Home

DAY = date(2024, 6, 1)
BREAKDOWNS = {"X/cases": "age_group+citizenship+sex", "X/sexes": "sex"}
CARD = """
[collection]
provider_kind = "national_authority"
kind = "cases"
family = "trafficking"
titles = {{ es = "Víctimas", en = "Victims" }}
citation = "A made-up provider"
licence = "none"
measure = "victims_detected"
frequency = "A"
delivery = "by_period"
on_error = "quarantine_rows"
confidentiality = "cases"
absent_cell = "zero"
exhaustive = ["{breakdown}"]
"""
OWN_FORMAT = """
[[format]]
name = "sexes"
file = { type = "csv", encoding = "utf-8", header_row = 1 }
key = ["case_id"]

[format.columns]
case_id = { role = "case_id" }
reporting_country = { role = "reporting_country", codes = "any" }
identified_in = { role = "period" }
sex = { role = "sex", blank = "_U" }
"""
OF_INDICATORS = f"""SELECT indicator, reporting_country, period_start, {", ".join(SLICES)}, origin_class, pooled_years, panel,
    value_low, value_high FROM baseline.indicator_values WHERE value_low IS NOT NULL AND panel IN ('_Z', 'reporting')"""
HEADER = ["case_id", "reporting_country", "identified_in", "sex", "age_group", "citizenship"]

Cases = list[list[str]]


def text_of(collection: str) -> str:
    """The card: of the project's own template, or of a file that says the sex only."""
    return CARD.format(breakdown=BREAKDOWNS[collection]) + (OWN_FORMAT if collection == "X/sexes" else "")


def card_of(collection: str, folder: Path) -> Card:
    (folder / "format.toml").write_text(text_of(collection), encoding="utf-8")
    return read_card(folder / "format.toml")


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """The collection as if it were open: what a build says of it, before anything protects it."""
    rules = {name: in_memory.Rules("zero", [breakdown]) for name, breakdown in BREAKDOWNS.items()}
    yield from in_memory.database(in_memory.inputs(rules, INDICATORS, DAY))


def written(path: Path, cases: Cases, width: int = len(HEADER)) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER[:width], *cases])
    return path


def built(
    db: duckdb.DuckDBPyConnection, cases: Cases, folder: Path, collection: str = "X/cases"
) -> dict[str, Any] | None:
    """What is said of a file of these cases, by table and key. None where no row stands."""
    card = card_of(collection, folder)
    path = written(folder / "cases.csv", cases, 4 if collection == "X/sexes" else len(HEADER))
    found = records.read(path, card)
    judged = judge(found.records, card.format_named(found.format), card, DAY)
    if judged.status != "accepted":
        return None
    origin = observations.Origin(in_memory.submission_of(collection, DAY), collection, DAY)
    observed = observations.observe_cases(judged.accepted_lines, origin, card.collection)
    opened = observations.complete_openings(judged.waiting, judged.accepted_lines, origin, card.collection)
    in_memory.fill(db, observed.values, opened)
    slices = db.execute(OF_INDICATORS).fetchall()
    told = {key: interval for key, interval in said(db).items() if key[0] != "indicators"}
    return told | {("indicators", *map(str, key)): (low, high) for *key, low, high in slices}


def totals(told: dict[str, Any] | None) -> dict[tuple[str, str], tuple[float, float | None]]:
    assert told is not None
    return {(k[2], k[3][:4]): interval for k, interval in told.items() if k[0] == "totals"}


FOUR = [
    ["1", "CRI", "2021", "F", "Y0T17", "PAN"],
    ["2", "CRI", "2021", "M", "Y0T17", "COL"],
    ["3", "PAN", "2021", "F", "Y0T17", "COL"],
    ["4", "CRI", "2022", "F", "Y0T17", "PAN"],
]


WAITING = {
    "a code": (["5", "CRI", "2021", "Qwertz", "Y0T17", "PAN"], {("CRI", "2021"): (2, 3)}),
    "the country": (
        ["5", "Qwertz", "2021", "F", "Y0T17", "PAN"],
        {("CRI", "2021"): (2, 3), ("PAN", "2021"): (1, 2)},
    ),
    "the month": (["5", "CRI", "2021-13", "F", "Y0T17", "PAN"], {("CRI", "2021"): (2, 3)}),
    "the period": (
        ["5", "CRI", "—", "F", "Y0T17", "PAN"],
        {("CRI", "2021"): (2, 3), ("CRI", "2022"): (1, 2)},
    ),
    "the only one": (["5", "CRI", "2023", "F", "Qwertz", "PAN"], {("CRI", "2023"): (0, 1)}),
    "no number": (["", "CRI", "2021", "F", "Y0T17", "PAN"], {("CRI", "2021"): (2, 3)}),
    "its number twice": (["4", "CRI", "2022", "M", "Y0T17", "PAN"], {("CRI", "2022"): (0, 2)}),
}
"""What cannot be read of a case: its row, and between which numbers of persons each total then lies."""
QUICK = ("a code", "its number twice")


@pytest.mark.parametrize(
    ("waits", "opened"),
    [
        pytest.param(*told, id=what, marks=() if what in QUICK else pytest.mark.slow)
        for what, told in WAITING.items()
    ],
)
def test_a_case_that_waits_is_one_person_more_or_none(
    waits: list[str], opened: dict, db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Worked out by hand: each total that the row may be of goes up to one more."""
    plain = {("CRI", "2021"): (2, 2), ("PAN", "2021"): (1, 1), ("CRI", "2022"): (1, 1)}
    assert totals(built(db, FOUR, tmp_path)) == plain
    assert totals(built(db, [*FOUR, waits], tmp_path)) == plain | opened
    flags = db.execute("SELECT reporting_country, year(period_start), flag FROM core.totals").fetchall()
    waiting = {(c, str(y)) for c, y, flag in flags if has_flag(flag, "rows_in_quarantine")}
    assert set(opened) <= waiting


@pytest.mark.slow
def test_two_rows_run_into_one_line_are_two_persons(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The end of a line is lost: of its eleven cells nobody knows which are whose, so it may be two of any value."""
    joined = ["5", "CRI", "2021", "F", "Y0T17", "PAN6", "CRI", "2021", "M", "Y0T17", "PAN"]
    told = totals(built(db, [*FOUR, joined], tmp_path))
    assert told == {("CRI", "2021"): (2, 4), ("PAN", "2021"): (1, 1), ("CRI", "2022"): (1, 3)}


def made_up(chance: Random) -> Cases:
    """Some persons of some countries and years, each with a number."""
    choices = [
        ["CRI", "PAN"],
        ["2020", "2021"],
        ["F", "M", ""],
        ["Y0T17", ""],
        ["CRI", "PAN", "COL", "CHN", ""],
    ]
    return [[f"c{n}", *(chance.choice(texts) for texts in choices)] for n in range(chance.choice([12, 30]))]


def as_sent(chance: Random, cases: Cases) -> Cases:
    """The file as an office sent it: a cell of some rows spoilt, lost or too many, a number told again."""
    spoilt_texts = [
        ["", "c1"],
        ["Qwertz", "Guinea"],
        ["{}-13", "—", ""],
        ["Qwertz"],
        ["?"],
        ["Hondureans", "Guinea"],
    ]
    sent = []
    for case in cases:
        row = list(case)
        if chance.random() < 0.25:
            column = chance.randrange(len(row) + 2)
            if column < len(row):
                row[column] = chance.choice(spoilt_texts[column]).format(case[2])
            else:
                row = [*row, "x"] if column == len(row) else row[:-1]
        sent.append(row)
    return sent


@pytest.mark.slow
@pytest.mark.parametrize("collection", BREAKDOWNS)
def test_every_interval_holds_the_truth_of_the_whole_file(
    collection: str, db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    chance, compared = Random(f"cases that wait {collection}"), 0
    for _ in range(DRAWS):
        cases = [case if collection == "X/cases" else case[:4] for case in made_up(chance)]
        sent = as_sent(chance, cases)
        truth, told = built(db, cases, tmp_path, collection), built(db, sent, tmp_path, collection)
        if truth is None or told is None:
            continue
        compared += holding(told, truth, cases, sent)
    assert compared > 18 * DRAWS


@pytest.mark.slow
def test_a_key_that_waits_is_kept_of_an_older_submission(tmp_path: Path) -> None:
    """2020 is told by the first only, where its one row waits; the second replaces 2021, whose row waits no more."""
    folder = tmp_path / "raw" / "X" / "cases"
    folder.mkdir(parents=True)
    text = text_of("X/cases").replace('"by_period"', '"by_period"\nquarantined_share = 0.9')
    (folder / "format.toml").write_text(text, encoding="utf-8")
    home = Home(tmp_path)
    first = [
        ["1", "CRI", "2020", "Qwertz", "", "PAN"],
        ["2", "CRI", "2021", "Qwertz", "", "PAN"],
        ["3", "CRI", "2021", "F", "", "PAN"],
    ]
    second = [
        ["2", "CRI", "2021", "M", "", "PAN"],
        ["3", "CRI", "2021", "F", "", "PAN"],
        ["4", "CRI", "2021", "F", "", "Guinea"],
    ]
    for day, cases in ((date(2024, 1, 10), first), (date(2024, 2, 10), second)):
        submission = receive(home, written(tmp_path / "cases.csv", cases), "X/cases", day)
        accept(home, submission)
    release(home)
    with duckdb.connect(home.internal, read_only=True) as db:
        waiting = db.execute(
            "SELECT submission, year(period_start), citizenship, value_high FROM core.openings ORDER BY ALL"
        ).fetchall()
        keys = db.execute(
            "SELECT submission, year(period_start), citizenship FROM core.quarantined ORDER BY ALL"
        ).fetchall()
        flags = db.execute("SELECT submission, flag FROM registry.submissions ORDER BY ALL").fetchall()
    one, two = "X.cases.2024-01-10.1", "X.cases.2024-02-10.1"
    assert waiting == [(one, 2020, "PAN", 1), (one, 2021, "PAN", 1), (two, 2021, "_U", 1)]
    assert keys[:2] == [(one, 2020, "PAN"), (one, 2021, "PAN")]
    assert {c for s, _, c in keys if s == two} == {"GIN", "GNB", "GNQ"}
    assert flags == [(one, "rows_in_quarantine"), (two, "rows_in_quarantine")]
