"""Reading and searching of files in other processes, with limits on memory and time. This process reads none.

A damaged file can make any library ask for all memory, run forever or abort. So a child process reads it,
forked for that file by a reader that is kept warm (reading_child.py). Whatever happens to the child, this
process receives an answer or a finding. Several readers work in parallel, so that no file waits for another's
limit. Readers end with the process that started them.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from assets.intake.reading import sheets
from assets.intake.reading.reading_limits import too_long, too_much_memory
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas.findings import Finding
from warehouse.environment.settings import NoReader, ReadingLimits
from warehouse.environment.system import CAN_FORK

_START_READER = """
import gc, sys
gc.disable()
sys.path[:] = {path!r}
from assets.intake.reading import reading_child
reading_child.serve({handle})
"""
_START_ALONE = """
import sys
sys.path[:] = {path!r}
from assets.intake.reading import reading_child
reading_child.read_alone()
"""
_READER_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_READER_ENVIRONMENT |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "RUST_BACKTRACE": "0"}
"""Settings that keep the reader's libraries from starting threads and reserving memory, which would count as
used."""


@dataclass(frozen=True)
class Answer:
    """Result of a child: sheets or texts."""

    sheets: list[Sheet] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)


def ask(work: str, path: Path, expected: str, **arguments: Any) -> Answer:
    """Run a task of reading_child.WORKS on a file. `expected` is its type for people, such as csv (bz2) or
    xlsx.

    Raises Unreadable, NoReader.
    """
    limits = ReadingLimits.from_environment()
    request = {
        "work": work,
        "path": str(path.absolute()),
        "expected": expected,
        "asked": arguments,
        "limits": vars(limits),
    }
    if not CAN_FORK:
        return _ask_alone(request, limits)
    return _pool.ask(request, limits)


def begin() -> None:
    """Start a reader now, if the system can fork, so that the first request waits less."""
    if CAN_FORK:
        _pool.begin()


def close() -> None:
    """End all readers and their work. Waiting requests raise NoReader. The next file starts a new reader."""
    _pool.close()


def end() -> None:
    """End all readers for good: this process is about to end and starts no further reading."""
    _pool.end()


def _ask_alone(request: dict[str, Any], limits: ReadingLimits) -> Answer:
    """Return the answer of a process started for this file, on systems that cannot fork.

    Its time is limited, its memory is not.
    """
    begin = _START_ALONE.format(path=sys.path)
    call = [sys.executable, "-W", "ignore", "-c", begin]
    request_text = json.dumps(request).encode()
    try:
        process = subprocess.run(
            call,
            input=request_text,
            capture_output=True,
            env=os.environ | _READER_ENVIRONMENT,
            timeout=WALL * limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(too_long(limits)) from None
    answer = _read_answer(BytesIO(process.stdout))
    if answer is None:
        raise Unreadable(_end_finding(process.returncode, limits, str(request["expected"])))
    if isinstance(answer, Unreadable):
        raise answer
    return answer


class _ReaderGone(Exception):
    """The reader does not answer any more."""


READERS = 4
"""Number of files that are read in parallel. Further files wait."""


class _Pool:
    """Readers of this process: those that wait for a file, and those that read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(READERS)
        self.idle: list[_Reader] = []
        self.busy: set[_Reader] = set()
        self._closings = 0
        self._has_ended = False

    def ask(self, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        """Return the answer of a reader. Raises Unreadable, NoReader."""
        with self._slots:
            for reader in self._readers():
                with suppress(_ReaderGone):  # the reader had ended, idle or killed: try another one
                    return self._answer(reader, request, limits)
            raise NoReader

    def _answer(self, reader: _Reader, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        try:
            answer = reader.ask(request, limits)
        except Unreadable:
            self._put_back(reader)
            raise
        except BaseException:  # the rest of this answer may still arrive: it must not be read as the next one
            self.busy.discard(reader)
            reader.close()
            raise
        self._put_back(reader)
        return answer

    def _readers(self) -> Iterator[_Reader]:
        """Yield each waiting reader, then a new reader. Yields none after all were closed on purpose."""
        closings = self._closings
        while (reader := self._take_idle()) is not None:
            yield reader
        with self._lock:
            if self._has_ended or self._closings != closings:
                return
            reader = _Reader()
            self.busy.add(reader)
        yield reader

    def _take_idle(self) -> _Reader | None:
        """Take a waiting reader and mark it as busy."""
        with self._lock:
            reader = self.idle.pop() if self.idle else None
            if reader:
                self.busy.add(reader)
            return reader

    def _put_back(self, reader: _Reader) -> None:
        with self._lock:
            self.busy.discard(reader)
            self.idle.append(reader)

    def begin(self) -> None:
        """Start a reader if there is none."""
        with self._lock:
            if not (self.idle or self.busy or self._has_ended):
                self.idle.append(_Reader())

    def close(self) -> None:
        """End all readers."""
        with self._lock:
            readers = [*self.idle, *self.busy]
            self.idle.clear()
            self._closings += 1
        for reader in readers:
            reader.close()

    def end(self) -> None:
        """End all readers, and start no other."""
        self._has_ended = True
        self.close()

    def forget(self) -> None:
        """Close this process's copies of the connections to readers of another process."""
        for reader in (*self.idle, *self.busy):
            reader.connection.close()


_pool = _Pool()


def _forget_in_fork() -> None:
    """Give a forked process its own pool: it cannot use its parent's readers."""
    global _pool
    before, _pool = _pool, _Pool()
    before.forget()


atexit.register(close)
if CAN_FORK:
    os.register_at_fork(after_in_child=_forget_in_fork)


class _Reader:
    """A warm process, and the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        begin = _START_READER.format(path=sys.path, handle=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", begin],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | _READER_ENVIRONMENT,
                start_new_session=True,  # an interrupt at the keyboard is ours to handle
            )

    def ask(self, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        """Return the answer. Raises Unreadable, and _ReaderGone if the reader itself ended."""
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb") as answer:
            try:
                socket.send_fds(self.connection, [json.dumps(request).encode() + b"\n"], [theirs])
            except OSError as error:
                raise _ReaderGone from error
            finally:
                os.close(theirs)
            result = _read_answer(answer)
        status = self._status()
        if result is None:
            raise Unreadable(_end_finding(status, limits, str(request["expected"])))
        if isinstance(result, Unreadable):
            raise result
        return result

    def _status(self) -> int:
        """Return the child's exit status, in the form of os.waitstatus_to_exitcode."""
        try:
            message = self.connection.recv(64)
        except OSError as error:
            raise _ReaderGone from error
        if not message:
            raise _ReaderGone
        return int(message)

    def close(self) -> None:
        """End the reader and its child, and wait for them. Another thread may be waiting for its answer."""
        with suppress(OSError):  # this wakes a thread that waits for an answer; closing does not
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _exit_codes(*names: str) -> tuple[int, ...]:
    """Return the exit codes of processes ended by these signals, as far as the system has them."""
    return tuple(-getattr(signal, name) for name in names if hasattr(signal, name))


def _read_answer(answer: BinaryIO) -> Answer | Unreadable | None:
    """Read the answer from the pipe. Returns None if the child ended before the answer was complete."""
    try:
        message = json.loads(answer.readline())
        if "finding" in message:
            return Unreadable(Finding(**message["finding"]), message["rows"])
        sheets_read = [sheets.read(answer) for _ in range(message["sheets"])]
        texts = sheets.read_texts(answer) if message["texts"] else []
        return Answer(sheets_read, texts)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):  # cut off
        return None


WALL = 4
"""Wall-clock limit of a child, as a multiple of its CPU limit: it ends a child that waits more than it works.
"""
OUT_OF_MEMORY = 12
"""Exit code of a child that had too little memory for its answer."""
_MEMORY_EXITS = (OUT_OF_MEMORY, *_exit_codes("SIGABRT", "SIGKILL"))
"""Exit codes of too little memory: a failed allocation aborts, the system's own guard kills."""
_TIME_EXITS = _exit_codes("SIGALRM", "SIGXCPU")


def _end_finding(status: int, limits: ReadingLimits, expected: str) -> Finding:
    """Return the finding about a file whose child ended without an answer."""
    if status in _MEMORY_EXITS:
        return too_much_memory(limits)
    return too_long(limits) if status in _TIME_EXITS else Finding("unreadable_file", expected=expected)
