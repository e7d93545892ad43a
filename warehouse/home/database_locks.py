"""Locks that several machines share: PostgreSQL's advisory locks, of a session. What for, lock.py says.

A session that ends holds nothing. One whose connection broke takes its locks again. If another process has
one by then, the former holder stops at its next question to the database (LockLost).
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from schemas.words import UserError

PATIENCE, PATIENCE_OF_A_STRANGER = 60.0, 10.0
"""Seconds for which a database that does not answer is asked again; by who was never let in. It may have
refused those: libpq gives no SQLSTATE before a session has begun, and what it says is in some language."""
_PAUSE, _EVERY = 0.1, 2.0
"""Seconds between two tries to take a lock, and between two looks whether a kept one lasts."""


class DatabaseUnreachable(UserError, OSError):
    """The database did not answer, or refused."""

    def __init__(self, error: Exception) -> None:
        super().__init__("home.database_unreachable", error=str(error).strip())


class LockLost(UserError, OSError):
    """The connection broke while a lock was held, and somebody else has taken it meanwhile."""

    def __init__(self, by: LockHeld) -> None:
        super().__init__("home.lock_lost", command=by.command, pid=by.pid, host=by.host)


class LockHeld(Exception):
    """Somebody else holds the lock, and held it for longer than one waits."""

    def __init__(self, pid: int, host: str, command: str, since: str) -> None:
        self.pid, self.host, self.command, self.since = pid, host, command, since
        super().__init__(command)


@contextmanager
def turn(url: str, name: str, wait: float, command: str) -> Iterator[None]:
    """Hold the lock of a name; a thread may take again what it holds. Raises LockHeld after `wait` seconds.

    Taking it, or another one within it, raises LockLost if it was lost meanwhile.
    """
    session, key = _session(url, command), _key(name)
    if not session.held[key]:
        session.take(key, wait)
    else:
        session.ask_whether_it_lasts()
    session.held[key] += 1
    try:
        yield
    finally:
        session.held[key] -= 1
        if not session.held[key]:
            session.let_go(key)


def keep(url: str, name: str, command: str) -> None:
    """Hold the lock of a name until this process ends; another process may hold it already."""
    session, key = _Session(url, command), _key(name)
    with suppress(LockHeld):
        session.take(key, 0)
        threading.Thread(target=_keep, args=(session, key), daemon=True).start()


def _keep(session: _Session, key: int) -> None:
    """Take it now and then while the process lives: that changes nothing, unless the connection broke."""
    while True:
        time.sleep(_EVERY)
        with suppress(DatabaseUnreachable, LockHeld):
            session.take(key, 0)


def is_taken(url: str, name: str, command: str) -> bool:
    """Whether anybody holds the lock of a name."""
    return _session(url, command).holder(_key(name)) is not None


class _Session:
    """A connection, opened when it is needed and again when it broke, and what is held by it."""

    def __init__(self, url: str, command: str) -> None:
        self._url = url
        self._who = f"{os.getpid()} {socket.gethostname()[:24]} {command}"
        self._connection: Any = None
        self._was_let_in = False
        self.held: Counter[int] = Counter()

    def take(self, key: int, wait: float) -> None:
        until = time.monotonic() + wait
        while not self._ask("SELECT pg_try_advisory_lock(%s)", key)[0][0]:
            if time.monotonic() > until:
                raise self.holder(key) or LockHeld(0, "?", "?", "?")
            time.sleep(_PAUSE)

    def ask_whether_it_lasts(self) -> None:
        """Notice a connection that broke, and take again what was held by it."""
        self._ask("SELECT 1")

    def let_go(self, key: int) -> None:
        import psycopg2

        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", (key,))
        except (psycopg2.Error, AttributeError):  # broken: the session, and what it held, is no more
            self._close()

    def holder(self, key: int) -> LockHeld | None:
        """Who holds a lock, as its session says; `since` is when that asked last."""
        high, low = divmod(key % 2**64, 2**32)
        rows = self._ask(
            "SELECT a.application_name, a.query_start FROM pg_locks JOIN pg_stat_activity AS a USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            high,
            low,
        )
        if not rows:
            return None
        who, since = rows[0]
        pid, host, command = ([*who.split(" ", 2), "?", "?"])[:3]
        told = since.astimezone().isoformat(sep=" ", timespec="minutes") if _is_time(since) else "?"
        return LockHeld(int(pid) if pid.isdecimal() else 0, host, command, told)

    def _ask(self, question: str, *given: object) -> list[tuple[Any, ...]]:
        """The rows of an answer; asked again, of a new session, where the connection broke."""
        import psycopg2

        until = time.monotonic() + (PATIENCE if self._was_let_in else PATIENCE_OF_A_STRANGER)
        while True:
            try:
                with self._open().cursor() as cursor:
                    cursor.execute(question, given)
                    rows: list[tuple[Any, ...]] = cursor.fetchall()
                    return rows
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                self._close()
                if time.monotonic() > until:
                    raise DatabaseUnreachable(error) from error
            time.sleep(_PAUSE)

    def _open(self) -> Any:
        import psycopg2

        if self._connection is None:
            self._connection = psycopg2.connect(
                self._url,
                application_name=self._who[:63],
                connect_timeout=10,
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
            self._connection.autocommit = True
            self._was_let_in = True
            self._take_again()
        return self._connection

    def _take_again(self) -> None:
        """Take, of a new connection, what the one before held. Raises LockLost."""
        for key in [key for key, times in self.held.items() if times]:
            until = time.monotonic() + PATIENCE
            while not self._is_taken(key):
                by = self.holder(key) or LockHeld(0, "?", "?", "?")
                if not self._is_ours(by) or time.monotonic() > until:
                    self._close()
                    raise LockLost(by)
                time.sleep(_PAUSE)  # the server has not noticed yet that the broken one has ended

    def _is_taken(self, key: int) -> bool:
        """Whether this connection has the lock now."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (key,))
            return bool(cursor.fetchone()[0])

    def _is_ours(self, holder: LockHeld) -> bool:
        return self._who.startswith(f"{holder.pid} {holder.host} ")

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(Exception):
                self._connection.close()
        self._connection = None


def _is_time(value: object) -> bool:
    return isinstance(value, datetime)


_OF_THREAD = threading.local()


def _session(url: str, command: str) -> _Session:
    """The session of this thread: what one thread holds, another waits for."""
    sessions: dict[tuple[int, str], _Session] = _OF_THREAD.__dict__.setdefault("sessions", {})
    return sessions.setdefault((os.getpid(), url), _Session(url, command))


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"lineabase {name}".encode()).digest()[:8], "big", signed=True)
