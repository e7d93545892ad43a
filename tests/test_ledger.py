"""The ledger of protected counts: what a release published is read again as it was, from either file; the network's key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.tables import PROTECTED_CELLS, PROTECTED_COUNTS, Table
from schemas.words import InvalidValue
from tests.test_edges import insert
from warehouse.audit.relations import CellKey, ReleasedCell
from warehouse.audit.released_counts import STALE
from warehouse.home import Home
from warehouse.protection import ledger
from warehouse.protection.counts import Period
from warehouse.protection.ledger import Entry, Issue, Ledger

DAY, DRAWN_ON, YEAR_2023 = date(2024, 3, 31), date(2024, 1, 15), date(2023, 1, 1)


def entry(area: str = "CRI", code: str = "F", **more: Any) -> Entry:
    cell = CellKey("trafficking", "victims_detected", area, "A", YEAR_2023, "sex", code)
    plain = Entry(cell, 3, 13, 8, None, DRAWN_ON, "X/c", "X.c.1", 2, 1, "hash")
    return plain._replace(**more)


ENTRIES = [
    entry(),
    entry(code="M", high=None, published_value=None, marks=f"partial+{STALE}"),
    entry("GTM", code="_T", low=70, high=70, published_value=None, details_as_of=None, draw=None, attempt=None,
          fingerprint=None),
]  # fmt: skip


def database(file: Path, of: Table, rows: list[tuple[Entry, str]], without: tuple[str, ...] = ()) -> None:
    """A database with these cells, each with its status."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(file) as db:
        db.execute("CREATE SCHEMA core; CREATE SCHEMA baseline; CREATE SCHEMA registry")
        db.execute(f"CREATE TABLE registry.release AS SELECT DATE '{DAY}' AS as_of")
        db.execute(of.ddl())
        for e, status in rows:
            key, cell = e.cell_key._asdict(), e._asdict()
            names = {"area": "reporting_country", "start": "period_start", "low": "value_low", "marks": "flag",
                     "high": "value_high", "published_value": "value_published"}  # fmt: skip
            told = {names.get(n, n): v for n, v in {**key, **cell}.items() if n != "cell_key"}
            insert(db, of.full_name, told | {"status": status, "value": told["value_low"]})
        for column in without:
            db.execute(f"ALTER TABLE {of.full_name} DROP COLUMN {column}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.protection.mkdir(parents=True)
    return home


def written(home: Home, *rows: tuple[Entry, str]) -> Ledger:
    database(home.internal, PROTECTED_CELLS, list(rows))
    ledger.write_ledger_file(home, "r1", home.internal)
    return ledger.read_ledger(home, [("r1", home.root / "none")])


def test_what_was_published_is_read_again_and_is_the_owner_s_alone(home: Home) -> None:
    [issue] = written(home, *((e, "shown") for e in ENTRIES), (entry(code="_U"), "left_out")).issues
    assert (issue.release, issue.as_of) == ("r1", DAY)
    assert sorted(issue.entries) == sorted(ENTRIES)
    assert [path.name for path in home.protection.iterdir()] == ["r1.parquet"]
    assert home.ledger_file("r1").stat().st_mode & 0o777 == 0o600


def test_a_release_without_a_published_cell_has_no_file(home: Home) -> None:
    assert written(home, (entry(), "left_out")).issues == ()
    assert list(home.protection.iterdir()) == []


def test_without_a_file_of_the_ledger_the_release_itself_is_read(home: Home, tmp_path: Path) -> None:
    """It has no draw; a release of the former method has the exact value of each cell, of which only totals of years stay."""
    file, former, older = (tmp_path / f"{name}.duckdb" for name in ("ours", "former", "older"))
    database(file, PROTECTED_COUNTS, [(e, "") for e in ENTRIES])
    with_value = ("value_low", "value_high", "value_published", "flag", "details_as_of")
    database(former, PROTECTED_COUNTS, [(e, "") for e in ENTRIES])
    with duckdb.connect(former) as db:
        name = PROTECTED_COUNTS.full_name
        db.execute(f"ALTER TABLE {name} ADD COLUMN value DOUBLE")
        db.execute(f"UPDATE {name} SET value = value_low WHERE code <> 'M'")  # which it did not show
        db.execute(f"UPDATE {name} SET dimension = '_T' WHERE code = '_T'")
        for column in with_value:
            db.execute(f"ALTER TABLE {name} DROP COLUMN {column}")
    database(older, PROTECTED_COUNTS, [(entry(), "")], without=("code",))
    database(tmp_path / "none", PROTECTED_COUNTS, [])
    releases = [("a", file), ("b", former), ("c", older), ("d", tmp_path / "none"), ("e", tmp_path / "gone")]
    ours, theirs = ledger.read_ledger(home, releases).issues
    undrawn = {"draw": None, "attempt": None, "fingerprint": None}
    assert (ours.release, ours.as_of) == ("a", DAY)
    assert sorted(ours.entries) == sorted(e._replace(**undrawn) for e in ENTRIES)
    found = {
        e.cell_key.code: (e.low, e.high, e.published_value, e.marks, e.details_as_of) for e in theirs.entries
    }
    assert found == {"F": (3, 3, None, None, DAY), "_T": (70, 70, None, None, None)}


def test_cells_are_by_member_and_details_by_period(home: Home) -> None:
    issue = Issue("r1", DAY, ENTRIES)
    assert issue.cells["trafficking", "CRI"] == {
        ENTRIES[0].cell_key: ReleasedCell(3, 13, DRAWN_ON, False, "X/c"),
        ENTRIES[1].cell_key: ReleasedCell(3, None, DRAWN_ON, True, "X/c"),
    }
    period = Period("A", YEAR_2023)
    assert issue.details == {("trafficking", "victims_detected", "CRI", period): ENTRIES[:2]}
    later = Issue("r2", date(2024, 6, 30), ENTRIES)
    other = Issue("r3", date(2024, 9, 30), [entry(low=4)])
    snapshots = Ledger(home, [issue, later, other]).snapshots("trafficking", "CRI")
    assert [snapshot.as_of for snapshot in snapshots] == [
        DAY,
        date(2024, 9, 30),
    ]  # the second repeats the first
    assert [s.as_of for s in Ledger(home, [issue, other]).snapshots("trafficking", "GTM")] == [DAY]


def test_only_details_that_were_never_drawn_are_of_the_former_method(home: Home) -> None:
    drawn, former = Issue("r1", DAY, ENTRIES), Issue("r0", DAY, [entry(draw=None), *ENTRIES])
    assert not Ledger(home).ends_with_former_method
    assert not Ledger(home, [former, drawn]).ends_with_former_method
    assert not Ledger(home, [drawn, former, drawn]).ends_with_former_method
    assert Ledger(home, [drawn, former]).ends_with_former_method


def test_a_key_is_made_once_and_never_anew_beside_what_was_drawn_with_it(home: Home) -> None:
    key = Ledger(home).key()
    file = home.protection / ledger.KEY
    assert (len(key), file.stat().st_mode & 0o777) == (32, 0o600)
    assert Ledger(home).key() == key
    home.ledger_file("r1").write_bytes(b"")
    file.unlink()
    with pytest.raises(InvalidValue):
        Ledger(home).key()
