"""Dagster's own event log in SQLite, its connections kept open. What is logged and when is Dagster's.

Dagster opens and closes a database several times for every event and flushes the disk each time: for small
submissions that cost more than the work. Here a process keeps the index and the last run's database open, and
events that Dagster hands over together are stored together (docs/performance.md). A power cut may lose the
last events of a run, never a database: what a run did is told by raw/ and staged/, not by its log.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from sqlalchemy import Connection, Delete, Engine, StaticPool, and_, create_engine, event, exists


class EventLog(SqliteEventLogStorage):
    """One connection a database and process, in turns; what is nested is one transaction."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._turn = RLock()
        self._engines: dict[str, Engine] = {}
        self._open: dict[str, Connection] = {}
        self._there: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """In dagster.yaml only the folder that Dagster works in is named."""
        return {"home": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "EventLog":
        """As Dagster makes it from dagster.yaml; the files lie where Dagster's own log has them."""
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    def has_table(self, table_name: str) -> bool:
        """Asked of every event; a table that is there stays."""
        return self._is_there(table_name, super().has_table, table_name)

    def has_asset_key_col(self, column_name: str) -> bool:
        """Asked of every asset that is looked up; so does a column of the table of assets."""
        return self._is_there(f"asset_keys.{column_name}", super().has_asset_key_col, column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Asked of every event of an asset."""
        ask = super()._has_asset_key_col_on_connection
        return self._is_there(f"asset_keys.{column_name}", ask, conn, column_name)

    def has_secondary_index(self, name: str) -> bool:
        """Asked of every asset that is looked up; so does what Dagster has once migrated."""
        return self._is_there(f"index {name}", super().has_secondary_index, name)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """The database of one run."""
        return self._transaction(str(run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        """The database of all assets."""
        return self._transaction(INDEX_SHARD_NAME)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store events of one run in one transaction."""
        with self.run_connection(events[0].run_id), self.index_connection():
            super().store_event_batch(events)

    def delete_events(self, run_id: str) -> None:
        """Delete a run's events, verdicts that newer ones replaced, and its database, which Dagster keeps."""
        super().delete_events(run_id)
        with self.index_connection() as connection:
            connection.execute(_replaced_checks(run_id))
        with self._turn:
            if engine := self._engines.pop(run_id, None):
                engine.dispose()
        for path in Path(self.path_for_shard(run_id)).parent.glob(f"{run_id}.db*"):
            path.unlink(missing_ok=True)

    def dispose(self) -> None:
        """Close what is open."""
        with self._turn:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()
        super().dispose()

    def _is_there(self, what: str, ask: Callable[..., bool], *of: Any) -> bool:
        """Whether the database has it, asked until it does."""
        if what not in self._there and ask(*of):
            self._there.add(what)
        return what in self._there

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        with self._turn:
            if shard in self._open:
                yield self._open[shard]
                return
            with self._engine(shard).begin() as connection:
                self._open[shard] = connection
                try:
                    yield connection
                finally:
                    del self._open[shard]

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            with super()._connect(shard):
                pass  # makes the database where it is missing
            for other in set(self._engines) - {INDEX_SHARD_NAME, *self._open}:
                self._engines.pop(other).dispose()
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        return self._engines[shard]


def _replaced_checks(run_id: str) -> Delete:
    """The run's verdicts on checks that were asked again since: Dagster keeps them for ever."""
    old, newer = AssetCheckExecutionsTable, AssetCheckExecutionsTable.alias()
    is_newer = and_(
        newer.c.asset_key == old.c.asset_key,
        newer.c.check_name == old.c.check_name,
        newer.c.partition.is_not_distinct_from(old.c.partition),
        newer.c.id > old.c.id,
    )
    return old.delete().where(old.c.run_id == run_id, exists().where(is_newer))


def _engine(address: str) -> Engine:
    engine = create_engine(
        address, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": 60}
    )
    event.listen(engine, "connect", lambda database, _: database.execute("PRAGMA synchronous = NORMAL"))
    return engine
