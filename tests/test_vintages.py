"""What was known when: supersession, late arrivals, withdrawal, revisions. Expected rows are worked out by hand."""

import json
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.dagster.build import build_database
from assets.intake.submission import receive
from schemas.tables import DIMENSIONS
from tests.conftest import accept, release
from tests.models_alone import rows_of
from warehouse import Warehouse
from warehouse.home import EVENTS_FILE, Home, Submission

CARD = """
[collection]
provider_kind = "national_authority"
kind = "counts"
family = "trafficking"
titles = {{ es = "Víctimas", en = "Victims" }}
citation = "A made-up provider"
licence = "none"
measure = "victims_detected"
frequency = "A"
delivery = "{delivery}"
on_error = "quarantine_rows"
confidentiality = "{confidentiality}"
"""


def new_home(root: Path, delivery: str = "full", confidentiality: str = "open") -> Home:
    """A home with one collection, X/c, that takes the template."""
    card_of(Home(root), "X/c", delivery, confidentiality)
    return Home(root)


def card_of(home: Home, collection: str, delivery: str, confidentiality: str = "open") -> None:
    """A collection of these cards more."""
    folder = home.raw / collection
    folder.mkdir(parents=True)
    card = CARD.format(delivery=delivery, confidentiality=confidentiality)
    (folder / "format.toml").write_text(card, encoding="utf-8")


def send(home: Home, day: date, rows: dict[tuple[str, int], str], collection: str = "X/c") -> Submission:
    """Send a template with one value a country and year."""
    lines = [f"{country},{year},{value}" for (country, year), value in rows.items()]
    file = home.root / "file.csv"
    file.write_text("\n".join(["reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
    submission = receive(home, file, collection, day)
    accept(home, submission)
    return submission


def known(home: Home, day: date) -> dict[tuple[str, int], float]:
    """The values in force on a day, by country and year."""
    with Warehouse.open(home.current, as_of=day) as warehouse:
        rows = warehouse.query(
            "SELECT reporting_country, year(period_start) AS y, value_low FROM core.current"
        )
    return {(c, int(y)): v for c, y, v in rows.itertuples(index=False)}


JAN, FEB, MAR, APR = (date(2024, month, 10) for month in (1, 2, 3, 4))


Sent = tuple[date, dict[tuple[str, int], str]]

FULL: dict[str, list[Sent]] = {
    "X/replaced": [
        (JAN, {("CRI", 2021): "10", ("CRI", 2022): "20", ("PAN", 2022): "7"}),
        (MAR, {("CRI", 2021): "11", ("CRI", 2023): "30", ("PAN", 2022): "7"}),
    ],
    "X/late": [(MAR, {("CRI", 2021): "11"}), (JAN, {("CRI", 2021): "10"})],
    "X/one_day": [(JAN, {("CRI", 2021): "10"}), (JAN, {("CRI", 2021): "12"})],
    "X/withdrawn": [(JAN, {("CRI", 2021): "10"}), (FEB, {("CRI", 2021): "99"})],
    "X/quarantined": [
        (JAN, {("CRI", 2021): "10", ("PAN", 2021): "5"}),
        (FEB, {("CRI", 2021): "diez", ("PAN", 2021): "5"}),
    ],
    "X/rejected": [(JAN, {("CRI", 2021): "10"}), (FEB, {("CRI", 2021): "diez"})],
    "X/sizes": [
        (JAN, {("CRI", 2021): "10", ("CRI", 2022): "20-30", ("PAN", 2022): "7", ("SLV", 2022): "9"}),
        (FEB, {("CRI", 2021): "99", ("CRI", 2022): "20-30", ("SLV", 2022): "nueve"}),
        (MAR, {("CRI", 2021): "10", ("CRI", 2022): "25", ("HND", 2022): "4"}),
    ],
}
BY_PERIOD: dict[str, list[Sent]] = {
    "X/periods": [(JAN, {("CRI", 2021): "10", ("CRI", 2022): "20"}), (FEB, {("CRI", 2022): "25"})],
    "X/each_period": [
        (JAN, {("CRI", 2021): "10", ("CRI", 2022): "20"}),
        (FEB, {("CRI", 2022): "25"}),
        (MAR, {("CRI", 2021): "11", ("CRI", 2022): "25"}),
        (APR, {("CRI", 2023): "30"}),
    ],
    "X/both_speak": [
        (JAN, {("CRI", 2021): "10", ("CRI", 2022): "20"}),
        (FEB, {("CRI", 2022): "25"}),
        (MAR, {("CRI", 2022): "26", ("CRI", 2023): "30"}),
    ],
}


@dataclass
class Past:
    """One home, released once: each case is a collection of its own, and its submissions in the order they came."""

    home: Home
    sent: dict[str, list[Submission]]
    days: dict[date, dict[str, dict[tuple[str, int], float]]] = field(default_factory=dict)

    def known(self, collection: str, day: date) -> dict[tuple[str, int], float]:
        """The values of a collection that were in force on a day; a day is built once, for all of them."""
        if day not in self.days:
            with Warehouse.open(self.home.current, as_of=day) as warehouse:
                rows = warehouse.query(
                    "SELECT collection, reporting_country, year(period_start) AS y, value_low FROM core.current"
                )
            self.days[day] = {}
            for name, c, y, v in rows.itertuples(index=False):
                self.days[day].setdefault(name, {})[c, int(y)] = v
        return self.days[day].get(collection, {})

    def ask(self, sql: str) -> list[tuple]:
        """Of the release."""
        with duckdb.connect(self.home.current, read_only=True) as db:
            return db.execute(sql).fetchall()

    def revisions(self, collection: str) -> list[tuple]:
        """Who, which year, what kind."""
        return self.ask(
            "SELECT reporting_country, year(period_start), kind, old_low, new_low FROM analysis.revisions "
            f"WHERE collection = '{collection}' ORDER BY ALL"
        )


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    made = Past(Home(tmp_path_factory.mktemp("past")), {})
    for delivery, cases in (("full", FULL), ("by_period", BY_PERIOD)):
        for collection, sent in cases.items():
            card_of(made.home, collection, delivery)
            made.sent[collection] = [send(made.home, day, rows, collection) for day, rows in sent]
    with (made.sent["X/withdrawn"][1].folder / EVENTS_FILE).open("a", encoding="utf-8") as log:
        log.write(
            json.dumps({"event": "withdrawn", "on": str(MAR), "office": "Dirección", "why": "error"}) + "\n"
        )
    made.sent["X/names"] = _names_in_quarantine(made.home)
    release(made.home)
    return made


def _names_in_quarantine(home: Home) -> list[Submission]:
    card_of(home, "X/names", "full")
    file, sent = home.root / "file.csv", []
    head = "reporting_country,period,citizenship,value\n"
    for day, names in ((JAN, "GIN HND NIC SLV"), (FEB, "Guinea Hondureans SLV")):
        lines = [f"GTM,2021,{name},12" for name in names.split()]
        file.write_text(head + "\n".join([*lines, "GTM,2020,NIC,3"]) + "\n", encoding="utf-8")
        sent.append(receive(home, file, "X/names", day))
        accept(home, sent[-1])
    return sent


@pytest.mark.slow
def test_a_full_delivery_replaces_the_collection(past: Past) -> None:
    assert past.known("X/replaced", FEB) == {("CRI", 2021): 10, ("CRI", 2022): 20, ("PAN", 2022): 7}
    assert past.known("X/replaced", MAR) == {("CRI", 2021): 11, ("CRI", 2023): 30, ("PAN", 2022): 7}
    assert past.revisions("X/replaced") == [
        ("CRI", 2021, "revised", 10, 11),
        ("CRI", 2022, "withdrawn", 20, None),
        ("CRI", 2023, "new", None, 30),
    ]


@pytest.mark.slow
def test_a_delivery_by_period_replaces_its_periods_only(past: Past) -> None:
    assert past.known("X/periods", FEB) == {("CRI", 2021): 10, ("CRI", 2022): 25}
    assert past.revisions("X/periods") == [("CRI", 2022, "revised", 20, 25)]


@pytest.mark.slow
def test_of_a_delivery_by_period_each_period_is_compared_with_what_it_replaces(past: Past) -> None:
    """The third replaces 2021 of the first and 2022 of the second; the fourth begins 2023. Nothing is told twice."""
    assert past.revisions("X/each_period") == [
        ("CRI", 2021, "revised", 10, 11),
        ("CRI", 2022, "revised", 20, 25),
        ("CRI", 2023, "new", None, 30),
    ]


@pytest.mark.slow
def test_an_older_submission_arriving_late_changes_the_past_only(past: Past) -> None:
    assert past.known("X/late", FEB) == {("CRI", 2021): 10}
    assert past.known("X/late", MAR) == {("CRI", 2021): 11}


@pytest.mark.slow
def test_of_two_on_one_day_the_second_is_in_force(past: Past) -> None:
    assert [submission.n for submission in past.sent["X/one_day"]] == [1, 2]
    assert past.known("X/one_day", JAN) == {("CRI", 2021): 12}


@pytest.mark.slow
def test_withdrawing_the_newest_reinstates_the_one_before(past: Past) -> None:
    assert past.known("X/withdrawn", FEB) == {("CRI", 2021): 99}
    assert past.known("X/withdrawn", MAR) == {("CRI", 2021): 10}
    spans = (
        "SELECT known_from, known_to FROM core.observations "
        "WHERE collection = 'X/withdrawn' AND value_low = 10 ORDER BY 1"
    )
    assert past.ask(spans) == [(JAN, FEB), (MAR, None)]


@pytest.mark.slow
def test_a_key_missing_because_its_row_was_quarantined_is_not_withdrawn(past: Past) -> None:
    assert past.revisions("X/quarantined") == [("CRI", 2021, "quarantined", 10, None)]


OF_GTM = "SELECT citizenship, kind FROM analysis.revisions WHERE collection = 'X/names' ORDER BY ALL"


@pytest.mark.slow
def test_a_key_is_quarantined_where_the_name_in_quarantine_may_mean_it(past: Past) -> None:
    """“Guinea” alone may be any of three, “Hondureans” is one slip from a name; Nicaragua is not there at all."""
    assert past.ask(OF_GTM) == [("GIN", "quarantined"), ("HND", "quarantined"), ("NIC", "withdrawn")]


@pytest.mark.slow
def test_a_rejected_file_leaves_the_last_accepted_in_force(past: Past) -> None:
    assert past.known("X/rejected", FEB) == {("CRI", 2021): 10}
    told = (
        "SELECT status, rows_received, rows_quarantined FROM registry.submissions "
        "WHERE collection = 'X/rejected' ORDER BY received_on"
    )
    assert past.ask(told) == [("accepted", 1, 0), ("rejected", 1, 1)]


@pytest.mark.slow
def test_as_of_an_earlier_day_later_submissions_are_unknown(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, JAN, {("CRI", 2021): "10"})
    send(home, MAR, {("CRI", 2021): "11"})
    release(home, FEB)
    with duckdb.connect(home.current, read_only=True) as db:
        assert db.execute("SELECT value_low FROM core.observations").fetchall() == [(10,)]
        assert db.execute("SELECT count(*) FROM registry.submissions").fetchone() == (1,)


@pytest.mark.slow
def test_a_country_that_vanishes_is_said_by_the_gate(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, JAN, {("CRI", 2021): "10", ("PAN", 2021): "5"})
    release(home, JAN)
    send(home, FEB, {("CRI", 2021): "10"})
    built = build_database(home, FEB)
    assert built.verdict.has_passed
    assert [(a.question.id, a.violations) for a in built.verdict.remarks] == [
        ("no_country_vanishes", 1),
        ("few_values_change", 1),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("confidentiality", ["small_counts", "cases", "internal"])
@pytest.mark.operator("5", "protected")
def test_protected_values_reach_no_public_table(tmp_path: Path, confidentiality: str) -> None:
    home = new_home(tmp_path, confidentiality=confidentiality)
    send(home, JAN, {("CRI", 2021): "3", ("PAN", 2021): "2"})
    release(home)
    with duckdb.connect(home.current, read_only=True) as db:
        for table in (
            "core.observations",
            "core.sources",
            "registry.findings",
            "baseline.origin_profile",
            "analysis.coverage",
            "analysis.revisions",
        ):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        bounds = "numerator_low, numerator_high, value_low, value_high"
        published = db.execute(
            f"SELECT DISTINCT {bounds} FROM baseline.indicator_values "
            "WHERE indicator = 'tip_victims_detected' AND panel = '_Z'"
        ).fetchall()
        assert published == ([] if confidentiality == "internal" else [(1, 4, 1, 4)])  # not the 3 and the 2
        cursor = db.execute("SELECT * FROM registry.submissions")
        names = [column for column, *_ in cursor.description or ()]
        [row] = cursor.fetchall()
    said = {name: value for name, value in zip(names, row, strict=True) if value is not None}
    receipt = {"provider": "X", "collection": "X/c", "received_on": JAN}
    assert said == {"submission": "X.c.2024-01-10.1", **receipt}


def between(home: Home, old: Submission, new: Submission) -> list[tuple]:
    """What changed from one submission to another: who, which year, what kind, by how much."""
    with Warehouse.open(home.current) as warehouse:
        changed = warehouse.revisions(old.id, new.id).astype(object)
    changed = changed.where(changed.notna(), None)
    columns = ["reporting_country", "period_start", "kind", "change_low", "change_high"]
    return [(c, start.year, *rest) for c, start, *rest in changed[columns].itertuples(index=False)]


@pytest.mark.slow
def test_any_two_submissions_are_compared_and_the_size_is_told(past: Past) -> None:
    home, (one, two, three) = past.home, past.sent["X/sizes"]
    assert between(home, one, two) == [
        ("CRI", 2021, "revised", 89, 89), ("PAN", 2022, "withdrawn", None, None), ("SLV", 2022, "quarantined", None, None)
    ]  # fmt: skip
    assert between(home, one, three) == [
        ("CRI", 2022, "revised", -5, 5), ("HND", 2022, "new", None, None),
        ("PAN", 2022, "withdrawn", None, None), ("SLV", 2022, "quarantined", None, None),
    ]  # fmt: skip
    assert between(home, three, one) == [
        ("CRI", 2022, "revised", -5, 5), ("HND", 2022, "withdrawn", None, None),
        ("PAN", 2022, "new", None, None), ("SLV", 2022, "new", None, None),
    ]  # fmt: skip
    assert between(home, one, one) == []


@pytest.mark.slow
def test_any_two_deliveries_by_period_are_compared_where_both_speak(past: Past) -> None:
    one, _, three = past.sent["X/both_speak"]
    assert between(past.home, one, three) == [
        ("CRI", 2022, "revised", 6, 6),
        ("CRI", 2023, "new", None, None),
    ]


def test_the_tenth_submission_of_a_day_comes_after_the_second() -> None:
    """Each has a period of its own, so the third is new against the one that was numbered before it."""
    first_days = {
        "X.c.2024-01-10.2": "2020-01-01",
        "X.c.2024-01-10.10": "2021-01-01",
        "X.c.2024-01-10.11": "2022-01-01",
    }
    named = {d.name: d.default for d in DIMENSIONS} | {
        "collection": "X/c", "measure": "victims_detected", "reporting_country": "CRI", "frequency": "A",
    }  # fmt: skip
    staged = [
        named | {"submission": submission, "period_start": day, "value_low": 5, "value_high": 5}
        for submission, day in first_days.items()
    ]
    spans = [
        {"collection": "X/c", "scope": f"CRI {day} A", "submission": submission, "known_from": "2024-01-10"}
        for submission, day in first_days.items()
    ]
    frames = {
        "core.staged": staged,
        "core.spans": spans,
        "registry.submissions": [{"submission": submission} for submission in first_days],
    }
    found = rows_of("analysis.revisions", "new_submission", frames)
    assert dict(zip(found["new_submission"], found["old_submission"], strict=True)) == {
        "X.c.2024-01-10.10": "X.c.2024-01-10.2", "X.c.2024-01-10.11": "X.c.2024-01-10.10",
    }  # fmt: skip


@pytest.mark.slow
def test_what_was_never_in_force_is_not_compared(past: Past) -> None:
    one, rejected = past.sent["X/rejected"]
    with pytest.raises(ValueError, match="estado vigentes"):
        between(past.home, one, rejected)


@pytest.mark.slow
def test_a_path_with_an_apostrophe_is_opened_as_of_a_day(tmp_path: Path) -> None:
    home = new_home(tmp_path / "l'institut")
    send(home, JAN, {("CRI", 2021): "10"})
    release(home)
    assert known(home, FEB) == {("CRI", 2021): 10}


@pytest.mark.slow
def test_as_of_is_built_and_release_is_what_was_seen(tmp_path: Path) -> None:
    """10 known in January and released, 99 since March: indicators, trends and coverage follow the values."""
    home = new_home(tmp_path)
    send(home, JAN, {("CRI", 2021): "10"})
    release(home, date(2024, 2, 20))
    send(home, MAR, {("CRI", 2021): "99", ("CRI", 2022): "20"})
    release(home, date(2024, 7, 20))
    values = "SELECT year(period_start), value_low FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = '_Z' ORDER BY 1"
    told = "SELECT count(*) FROM registry.submissions"
    with Warehouse.open(home.current) as today:
        now = today.connection.execute(values).fetchall()
    with Warehouse.open(home.current, as_of=FEB) as known_then:
        then, built = known_then.connection.execute(values).fetchall(), known_then.path
        assert known_then.connection.execute(told).fetchall() == [(1,)]
        assert known_then.connection.execute("SELECT as_of FROM registry.release").fetchall() == [(FEB,)]
    assert not built.exists()
    with Warehouse.open(home.current, release="2023-Q4.r1") as seen_then:
        seen = seen_then.connection.execute(values).fetchall()
    assert (now, then, seen) == ([(2021, 99), (2022, 20)], [(2021, 10)], [(2021, 10)])


@pytest.mark.slow
def test_what_was_seen_and_what_was_known_are_never_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home(tmp_path / "home")
    send(home, JAN, {("CRI", 2021): "10"})
    release(home, date(2024, 2, 20))
    with pytest.raises(ValueError, match=r"release=.*as_of="):
        Warehouse.open(home.current, release="2023-Q4.r1", as_of=FEB)
    with pytest.raises(ValueError, match=r"2023-Q4\.r1"):
        Warehouse.open(home.current, release="2023-Q4.r2")
    alone = tmp_path / "alone.duckdb"
    alone.write_bytes(home.current.read_bytes())
    with pytest.raises(ValueError, match="release="):
        Warehouse.open(alone, as_of=FEB)
    monkeypatch.setitem(sys.modules, "warehouse.build.inputs", None)  # only what reading needs is installed
    with pytest.raises(ValueError, match=r"warehouse\.build\.inputs.*release="):
        Warehouse.open(home.current, as_of=FEB)
