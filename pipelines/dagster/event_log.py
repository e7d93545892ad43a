"""Dagster's event log in SQLite, with connections that stay open. Dagster decides which events are logged.

Dagster opens and closes a database several times for each event, and flushes the disk each time. For small
submissions this costs more than the work. Here a process keeps the index and the database of the last run
open, and events that arrive together are stored together (docs/performance.md). A power cut may lose the last
events of a run, but never a database. The record of a run's work is raw/ and staged/, not its log.
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
    """Event log with one connection per database and process. Nested transactions form one transaction."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._lock = RLock()
        self._engines: dict[str, Engine] = {}
        self._open: dict[str, Connection] = {}
        self._existing: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return the configuration in dagster.yaml: only the folder that Dagster works in."""
        return {"home": dg.StringSource}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "EventLog":
        """Create the log from dagster.yaml. The files are where Dagster's own log keeps them."""
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    def has_table(self, table_name: str) -> bool:
        """Look for a table. Dagster calls this for every event, so a found table is remembered."""
        return self._exists(table_name, super().has_table, table_name)

    def has_asset_key_col(self, column_name: str) -> bool:
        """Look for a column of the table of assets. Dagster calls this each time it looks up an asset."""
        return self._exists(f"asset_keys.{column_name}", super().has_asset_key_col, column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Look for the same column on an open connection. Dagster calls this for every event of an asset."""
        query = super()._has_asset_key_col_on_connection
        return self._exists(f"asset_keys.{column_name}", query, conn, column_name)

    def has_secondary_index(self, name: str) -> bool:
        """Look for a finished migration. Dagster calls this each time it looks up an asset."""
        return self._exists(f"index {name}", super().has_secondary_index, name)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        """Open the database of a run."""
        return self._transaction(str(run_id))

    def index_connection(self) -> AbstractContextManager[Connection]:
        """Open the database of all assets."""
        return self._transaction(INDEX_SHARD_NAME)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store events of one run in one transaction."""
        with self.run_connection(events[0].run_id), self.index_connection():
            super().store_event_batch(events)

    def delete_events(self, run_id: str) -> None:
        """Delete a run's events, its replaced check results and its database, which Dagster would keep."""
        super().delete_events(run_id)
        with self.index_connection() as connection:
            connection.execute(_delete_replaced_checks(run_id))
        with self._lock:
            if engine := self._engines.pop(run_id, None):
                engine.dispose()
        for path in Path(self.path_for_shard(run_id)).parent.glob(f"{run_id}.db*"):
            path.unlink(missing_ok=True)

    def dispose(self) -> None:
        """Close all connections."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()
        super().dispose()

    def _exists(self, item: str, query: Callable[..., bool], *arguments: Any) -> bool:
        """Return True if the database has an item. Asks again until it does, then remembers it."""
        if item not in self._existing and query(*arguments):
            self._existing.add(item)
        return item in self._existing

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[Connection]:
        with self._lock:
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
                pass  # creates a missing database
            for other in set(self._engines) - {INDEX_SHARD_NAME, *self._open}:
                self._engines.pop(other).dispose()
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        return self._engines[shard]


def _delete_replaced_checks(run_id: str) -> Delete:
    """Select the run's check results that later runs replaced. Dagster keeps them for ever."""
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
