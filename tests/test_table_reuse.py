"""A build that copies what has not changed has the rows of a build that makes every table."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from schemas.tables import STAGED_TABLE, TABLES, table
from schemas.tables.network import SCHEMA as NETWORK
from tests.conftest import AS_OF
from tests.same_tables import differing
from warehouse.build import database, models, reuse
from warehouse.build.database import Inputs
from warehouse.build.freshness import LastBuild
from warehouse.build.inputs import snapshot
from warehouse.home import Home
from warehouse.statements import model_build

STORED = [t for t in TABLES if not t.is_view and t != STAGED_TABLE]
SOURCES = models.all_sources({name: reads for name, (reads, _) in model_build.COMPUTED.items()})
SMALL_FILE = 24_500
"""Bytes of the largest staged file that the trials build from: a hundred rows or so."""
Change = Callable[[Inputs, random.Random, Path], Inputs]


def _submission(path: Path) -> str:
    return path.name.removesuffix(f".{path.name.split('.')[-2]}.parquet")


def _only(inputs: Inputs, kept: Callable[[str], bool]) -> Inputs:
    """The inputs with some of the submissions."""
    return replace(
        inputs,
        submissions=inputs.submissions[[kept(str(name)) for name in inputs.submissions["submission"]]],
        observations=[path for path in inputs.observations if kept(_submission(path))],
        sources=[path for path in inputs.sources if kept(_submission(path))],
        records={
            name: [path for path in paths if kept(_submission(path))]
            for name, paths in inputs.records.items()
        },
    )


@pytest.fixture(scope="module")
def inputs(released_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The small ones of the shipped submissions, their records, decisions and passports."""
    taken = snapshot(Home(released_home), AS_OF, tmp_path_factory.mktemp("inputs")).inputs
    large = {_submission(path) for path in taken.observations if path.stat().st_size > SMALL_FILE}
    return _only(taken, lambda name: name not in large)


def withdraw(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """One submission less."""
    gone = chance.choice(sorted(inputs.submissions["submission"]))
    return _only(inputs, lambda name: name != gone)


def change_values(inputs: Inputs, chance: random.Random, folder: Path) -> Inputs:
    """Another number in a few rows of a submission."""
    path = chance.choice(sorted(inputs.observations))
    rows = pd.read_parquet(path)
    for row in chance.sample(range(len(rows)), min(len(rows), 3)):
        rows.loc[row, ["value_low", "value_high"]] = float(chance.randrange(1, 500))
    changed = folder / path.name
    rows.to_parquet(changed)
    return replace(
        inputs, observations=[changed if other == path else other for other in inputs.observations]
    )


def drop_decision(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """One decision of an office less."""
    return replace(inputs, decisions=_without_a_row(inputs.decisions, chance))


def drop_exhaustive_list(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """One list of origins less that names everybody."""
    return replace(inputs, exhaustive=_without_a_row(inputs.exhaustive, chance))


def drop_passport(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """One row of a passport less."""
    name = chance.choice(sorted(inputs.passports))
    return replace(
        inputs, passports={**inputs.passports, name: _without_a_row(inputs.passports[name], chance)}
    )


def next_day(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """The same data some days later: the last values are older."""
    return replace(inputs, as_of=inputs.as_of + timedelta(days=chance.randrange(1, 400)))


def drop_indicator(inputs: Inputs, chance: random.Random, _: Path) -> Inputs:
    """One indicator less in the catalogue."""
    gone = chance.choice(list(inputs.indicators))
    left = [i for i in inputs.indicators if gone.id not in (i.id, *_named(i))]
    return replace(inputs, indicators=left)


def _named(indicator: object) -> list[str]:
    return [str(value) for value in vars(indicator).values() if isinstance(value, str)]


def _without_a_row(frame: pd.DataFrame, chance: random.Random) -> pd.DataFrame:
    return frame.drop(index=chance.choice(list(frame.index))) if len(frame) else frame


CHANGES: list[Change] = [
    withdraw,
    change_values,
    change_values,
    drop_decision,
    drop_exhaustive_list,
    drop_passport,
    next_day,
    drop_indicator,
]


def _states(inputs: Inputs, number: int, seed: int, folder: Path) -> Iterator[Inputs]:
    """Inputs that differ from each other by one random change, or not at all."""
    chance = random.Random(seed)
    state = inputs
    for trial in range(number):
        files = folder / f"files{trial}"
        files.mkdir()
        if len(state.submissions) < 8:
            state = inputs
        state = chance.choice(CHANGES)(state, chance, files)
        yield state


def _try(inputs: Inputs, number: int, seed: int, folder: Path) -> int:
    """Build each state by reuse and as a whole, compare every table, and count the tables copied."""
    last, copied = None, 0
    for trial, state in enumerate([inputs, *_states(inputs, number, seed, folder)]):
        reused, whole = folder / f"reused{trial}.duckdb", folder / f"whole{trial}.duckdb"
        hashes = model_build.build(reused, replace(state, last=last))
        assert model_build.build(whole, state) == hashes
        assert differing(reused, whole, STORED) == {}, trial
        copied += sum(hashes[name] == last.tables[name] for name in hashes) if last else 0
        whole.unlink()
        last = LastBuild(reused, hashes)
    return copied


def _read_by(sql: str) -> set[str]:
    """The tables of a schema that DuckDB's parser sees in a SELECT."""
    [[text]] = duckdb.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    read: set[str] = set()
    nodes = [json.loads(text)]
    assert not nodes[0]["error"], sql
    while nodes:
        node = nodes.pop()
        if isinstance(node, dict) and node.get("type") == "BASE_TABLE" and node["schema_name"]:
            read.add(f"{node['schema_name']}.{node['table_name']}")
        nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return read


class Recorder:
    """A connection that records the tables which are read through it."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self.tables: set[str] = set()

    def execute(self, sql: str, *args: Any) -> duckdb.DuckDBPyConnection:
        self.tables |= _read_by(sql)
        return self._db.execute(sql, *args)


@pytest.mark.slow
def test_every_table_that_python_reads_is_declared(released_home: Path) -> None:
    """Otherwise the rows of the last build would stay when that table changes."""
    declared = {t.full_name for t in TABLES}
    with duckdb.connect(Home(released_home).internal, read_only=True) as db:
        for name, (sources, compute) in model_build.COMPUTED.items():
            recorder = Recorder(db)
            compute(recorder, AS_OF)  # type: ignore[arg-type]
            assert recorder.tables & declared <= set(sources), name


def test_every_table_that_a_model_reads_is_seen() -> None:
    """The records of the network are temporary tables of no schema, so theirs are never copied."""
    for name in models.models():
        read = {found for select in models.selects(name) for found in _read_by(select)}
        assert read == SOURCES[name] or table(name).schema == NETWORK, name


def test_the_time_of_a_build_is_read_by_no_model() -> None:
    for name, column in reuse._UNREAD_COLUMNS.items():
        readers = [reader for reader, sources in SOURCES.items() if name in sources]
        assert readers
        for reader in readers:
            assert not [select for select in models.selects(reader) if column in select], reader


@pytest.fixture
def two_builds(released_home: Path, tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, LastBuild]]:
    """A build with some points of the shipped series, and the last build, which had the same and one jump."""
    declared = tuple(map(table, ("core.trend_points", "core.jumps")))
    last = tmp_path / "last.duckdb"
    with duckdb.connect(last) as db:
        database.create_tables(db, declared)
        db.execute(f"ATTACH '{Home(released_home).internal}' AS shipped (READ_ONLY)")
        db.execute("INSERT INTO core.trend_points SELECT * FROM shipped.core.trend_points LIMIT 9")
        made = _reuse(db)
        assert not made.copy(table("core.jumps"), "2026-03-31")
        db.execute("INSERT INTO core.jumps SELECT * FROM shipped.core.jumps LIMIT 1")
        hashes = made.finish()
    this = shutil.copyfile(last, tmp_path / "this.duckdb")
    with duckdb.connect(this) as db:
        db.execute("DELETE FROM core.jumps")
        yield db, LastBuild(last, hashes)


def _reuse(
    db: duckdb.DuckDBPyConnection, last: LastBuild | None = None, settings: str = "1.0"
) -> reuse.TableReuse:
    return reuse.TableReuse(db, last, {"core.jumps": frozenset({"core.trend_points"})}, settings)


@pytest.mark.parametrize(
    ("change", "settings", "day", "expected"),
    [
        ("SELECT 1", "1.0", "2026-03-31", True),
        ("SELECT 1", "1.1", "2026-03-31", False),
        ("SELECT 1", "1.0", "2026-04-01", False),
        ("UPDATE core.trend_points SET sex = sex || 1 WHERE rowid = 0", "1.0", "2026-03-31", False),
        ("UPDATE core.trend_points SET value_high = NULL", "1.0", "2026-03-31", False),
        ("DELETE FROM core.trend_points WHERE rowid = 8", "1.0", "2026-03-31", False),
        ("INSERT INTO core.trend_points FROM core.trend_points LIMIT 1", "1.0", "2026-03-31", False),
    ],
)
def test_a_table_is_copied_only_if_all_that_it_depends_on_is_unchanged(
    two_builds: tuple[duckdb.DuckDBPyConnection, LastBuild],
    change: str,
    settings: str,
    day: str,
    expected: bool,
) -> None:
    db, last = two_builds
    db.execute(change)
    tried = _reuse(db, last, settings)
    assert tried.copy(table("core.jumps"), day) is expected
    assert db.execute("SELECT count(*) FROM core.jumps").fetchone() == (int(expected),)
    assert (tried.finish() == last.tables) is expected


@pytest.mark.parametrize(
    "name", ["core.observations", "network.laws", "core.protected_cells", "core.current"]
)
def test_tables_of_staged_rows_drawn_counts_and_views_are_always_made(name: str) -> None:
    """Their sources are not known by their rows, or hold the chance of a draw."""
    with duckdb.connect() as db:
        assert not reuse.TableReuse(db, None, SOURCES, "").copy(table(name))


@pytest.mark.slow
def test_a_build_that_reuses_tables_has_the_rows_of_a_whole_build(inputs: Inputs, tmp_path: Path) -> None:
    assert _try(inputs, 3, 1, tmp_path) > 3 * 10


@pytest.mark.hard
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_random_changes_reused_and_whole(inputs: Inputs, seed: int, tmp_path: Path) -> None:
    assert _try(inputs, 10, 100 + seed, tmp_path) > 10 * 10
