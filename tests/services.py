"""A real PostgreSQL for tests, behind a door that can be shut for a while. No test is here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import pytest

SUPERUSER = "postgres"


def binaries() -> Path | None:
    """Where Debian has the newest PostgreSQL."""
    return max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)


def needed() -> None:
    """Skip, saying what is missing and how it is had."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not here: apt-get install postgresql")
    _installed("dagster_postgres")


def _installed(*names: str) -> None:
    if missing := [name for name in names if find_spec(name) is None]:
        pytest.skip(f"{', '.join(missing)} not installed: pip install -r requirements-services.lock")


class Door:
    """A port that passes on what comes to another one, and can be shut: who is inside is thrown out."""

    def __init__(self, to: int) -> None:
        self.to, self._open, self._inside = to, threading.Event(), set[socket.socket]()
        self._open.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.turned_away = 0
        threading.Thread(target=self._let_in, daemon=True).start()

    def shut_for(self, seconds: float) -> None:
        """Nobody comes in for so long, and whoever was inside is out."""
        self._open.clear()
        inside, self._inside = self._inside, set()
        for one in list(inside):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
                self.turned_away += 1
            one.close()
        time.sleep(seconds)
        self._open.set()

    def _let_in(self) -> None:
        while True:
            try:
                outside, _ = self._listening.accept()
                if not self._open.is_set():
                    outside.close()
                    self.turned_away += 1
                    continue
                inside = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                if self._listening.fileno() < 0:
                    return
                continue
            self._inside |= {outside, inside}
            threading.Thread(target=self._through, args=(outside, inside), daemon=True).start()

    def _through(self, outside: socket.socket, inside: socket.socket) -> None:
        """Pass on both ways until both have ended; then neither stays open."""
        back = threading.Thread(target=_pass_on, args=(inside, outside), daemon=True)
        back.start()
        _pass_on(outside, inside)
        back.join()
        for end in (outside, inside):
            end.close()
            self._inside.discard(end)

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._listening.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while told := one.recv(1 << 16):
            other.sendall(told)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def postgresql() -> Iterator[Door]:
    """A PostgreSQL of its own, gone afterwards; who connects is trusted. It refuses to run as root."""
    found = binaries()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="lineabase-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, SUPERUSER, SUPERUSER)
    port = free_port()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={folder}"
    try:
        _as_postgres(found.parent / "initdb", "-D", folder / "data", "-A", "trust", "-U", SUPERUSER)
        _as_postgres(
            found.parent / "pg_ctl",
            "-D",
            folder / "data",
            "-l",
            folder / "log",
            "-w",
            "-o",
            settings,
            "start",
        )
        with Door(port) as door:
            yield door
        _as_postgres(found.parent / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(*command: object) -> None:
    before = ["runuser", "-u", SUPERUSER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*before, *map(str, command)],
        cwd="/tmp",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def database(door: Door, name: str) -> str:
    """A new database behind the door, as lineabase.toml names it."""
    import psycopg2

    connection = psycopg2.connect(database_at(door, SUPERUSER))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return database_at(door, name)


def database_at(door: Door, name: str) -> str:
    """A database behind the door, as lineabase.toml names it."""
    return f"postgresql://{SUPERUSER}@127.0.0.1:{door.port}/{name}"


def dump(door: Door, name: str, to: Path) -> None:
    """Dump a database, as docs/deployment.md says."""
    _run("pg_dump", "--format=custom", f"--file={to}", database_at(door, name))


def restore(door: Door, dumped: Path, name: str) -> None:
    """Restore a dump into a new database."""
    _run("pg_restore", f"--dbname={database(door, name)}", dumped)


def _run(program: str, *arguments: object) -> None:
    found = binaries()
    assert found is not None
    subprocess.run([found.parent / program, *map(str, arguments)], check=True, capture_output=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port
