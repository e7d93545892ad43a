"""Files are read and searched in other processes, with limits of memory and time. None is read here.

A damaged file can make the best library ask for all memory there is, never end, or abort its process. So
that process is a child, forked for the one file by a reader that is kept warm (reading_child.py): whatever
becomes of it, here it is an answer or a finding. Several readers work side by side, so that no file waits for
another one's limit. Readers end with the process that started them.
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
from warehouse.home.settings import NoReader, ReadingLimits
from warehouse.home.system import FORKS

_BEGIN = """
import gc, sys
gc.disable()
sys.path[:] = {path!r}
from assets.intake.reading import reading_child
reading_child.serve({handle})
"""
_ALONE = """
import sys
sys.path[:] = {path!r}
from assets.intake.reading import reading_child
reading_child.read_alone()
"""
_QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_QUIET |= {"ARROW_DEFAULT_MEMORY_POOL": "system", "RUST_BACKTRACE": "0"}
"""Libraries of the reader start no threads and set no memory aside: what is set aside counts as taken."""


@dataclass(frozen=True)
class Answer:
    """What a child found: sheets or texts; `remember` names a text (hash, delimiter, encoding) just read."""

    sheets: list[Sheet] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    remember: tuple[str, str, str] | None = None


def ask(work: str, path: Path, expected: str, **asked: Any) -> Answer:
    """Have a work of reading_child.WORKS done on a file, which is `expected` to be a csv (bz2), an xlsx.

    Raises Unreadable, NoReader.
    """
    limits = ReadingLimits.of_deployment()
    request = {
        "work": work,
        "path": str(path.absolute()),
        "expected": expected,
        "asked": asked,
        "limits": vars(limits),
    }
    if not FORKS:
        return _asked_alone(request, limits)
    return _pool.ask(request, limits)


def begin() -> None:
    """Start a reader now, where there can be one: whoever asks it later waits less."""
    if FORKS:
        _pool.begin()


def close() -> None:
    """End all readers, and what they are reading: who asked has NoReader. The next file starts another."""
    _pool.close()


def end() -> None:
    """As `close`, for good: this process is about to end, and no file is begun any more."""
    _pool.end()


def _asked_alone(request: dict[str, Any], limits: ReadingLimits) -> Answer:
    """The answer of a process started for the one file, where none can be forked.

    It is held to its time, not to its memory.
    """
    begin = _ALONE.format(path=sys.path)
    call = [sys.executable, "-W", "ignore", "-c", begin]
    told = json.dumps(request).encode()
    try:
        ended = subprocess.run(
            call,
            input=told,
            capture_output=True,
            env=os.environ | _QUIET,
            timeout=WALL * limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(too_long(limits)) from None
    found = _received(BytesIO(ended.stdout))
    if found is None:
        raise Unreadable(_death(ended.returncode, limits, str(request["expected"])))
    if isinstance(found, Unreadable):
        raise found
    return found


class _Gone(Exception):
    """The reader does not answer any more."""


AT_ONCE = 4
"""So many files are read side by side; others wait until one is done."""


class _Pool:
    """The readers of this process: those that wait for a file, and those that are at one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places = threading.Semaphore(AT_ONCE)
        self.idle: list[_Reader] = []
        self.busy: set[_Reader] = set()
        self._closings = 0
        self._has_ended = False

    def ask(self, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        """The answer of a reader. Raises Unreadable, NoReader."""
        with self._places:
            for reader in self._readers():
                with suppress(_Gone):  # it had ended, idle or killed: once more, with another one
                    return self._answer(reader, request, limits)
            raise NoReader

    def _answer(self, reader: _Reader, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        try:
            answer = reader.ask(request, limits)
        except Unreadable:
            self._lay_back(reader)
            raise
        except BaseException:  # half an answer may be on its way: no later one is to be taken for it
            self.busy.discard(reader)
            reader.close()
            raise
        self._lay_back(reader)
        return answer

    def _readers(self) -> Iterator[_Reader]:
        """Each reader that waits, then a new one; none after all were closed on purpose."""
        closings = self._closings
        while (reader := self._taken()) is not None:
            yield reader
        with self._lock:
            if self._has_ended or self._closings != closings:
                return
            reader = _Reader()
            self.busy.add(reader)
        yield reader

    def _taken(self) -> _Reader | None:
        """One that waits, now at work."""
        with self._lock:
            reader = self.idle.pop() if self.idle else None
            if reader:
                self.busy.add(reader)
            return reader

    def _lay_back(self, reader: _Reader) -> None:
        with self._lock:
            self.busy.discard(reader)
            self.idle.append(reader)

    def begin(self) -> None:
        """Have one wait."""
        with self._lock:
            if not (self.idle or self.busy or self._has_ended):
                self.idle.append(_Reader())

    def close(self) -> None:
        """End all."""
        with self._lock:
            readers = [*self.idle, *self.busy]
            self.idle.clear()
            self._closings += 1
        for reader in readers:
            reader.close()

    def end(self) -> None:
        """End all, and start no other."""
        self._has_ended = True
        self.close()

    def forget(self) -> None:
        """Close this process's copies of the lines to readers that another one has."""
        for reader in (*self.idle, *self.busy):
            reader.line.close()


_pool = _Pool()


def _forget_in_fork() -> None:
    """A fork has its parent's readers no more: it starts its own."""
    global _pool
    before, _pool = _pool, _Pool()
    before.forget()


atexit.register(close)
if FORKS:
    os.register_at_fork(after_in_child=_forget_in_fork)


class _Reader:
    """A warm process, and the line to it."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair()
        begin = _BEGIN.format(path=sys.path, handle=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", begin],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | _QUIET,
                start_new_session=True,  # an interrupt at the keyboard is ours to handle
            )

    def ask(self, request: dict[str, Any], limits: ReadingLimits) -> Answer:
        """The answer. Raises Unreadable, and _Gone if the reader itself is."""
        ours, theirs = os.pipe()
        with os.fdopen(ours, "rb") as answer:
            try:
                socket.send_fds(self.line, [json.dumps(request).encode() + b"\n"], [theirs])
            except OSError as error:
                raise _Gone from error
            finally:
                os.close(theirs)
            found = _received(answer)
        status = self._status()
        if found is None:
            raise Unreadable(_death(status, limits, str(request["expected"])))
        if isinstance(found, Unreadable):
            raise found
        return found

    def _status(self) -> int:
        """How the child ended, as os.waitstatus_to_exitcode says it."""
        try:
            told = self.line.recv(64)
        except OSError as error:
            raise _Gone from error
        if not told:
            raise _Gone
        return int(told)

    def close(self) -> None:
        """End it and the child that reads for it, and wait until it has. Another thread may be asking it."""
        with suppress(OSError):  # who waits for an answer is woken by this, not by closing
            self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _ended_by(*names: str) -> tuple[int, ...]:
    """Exit codes of what ended by one of these signals, of those that the system has."""
    return tuple(-getattr(signal, name) for name in names if hasattr(signal, name))


def _received(answer: BinaryIO) -> Answer | Unreadable | None:
    """What stands in the pipe; None if the child ended before it had said all."""
    try:
        told = json.loads(answer.readline())
        if "finding" in told:
            return Unreadable(Finding(**told["finding"]), told["rows"])
        found = [sheets.read(answer) for _ in range(told["sheets"])]
        texts = sheets.read_texts(answer) if told["texts"] else []
        return Answer(found, texts, tuple(told["remember"]) if told["remember"] else None)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):  # cut off
        return None


WALL = 4
"""A child that waits more than it works is ended after so many times the seconds of work that it has."""
OUT_OF_MEMORY = 12
"""Exit code of a child that had too little memory for its answer."""
_MEMORY = (OUT_OF_MEMORY, *_ended_by("SIGABRT", "SIGKILL"))
"""An allocation that fails aborts; the system's own guard kills."""
_TIME = _ended_by("SIGALRM", "SIGXCPU")


def _death(status: int, limits: ReadingLimits, expected: str) -> Finding:
    """What the end of a child says of its file."""
    if status in _MEMORY:
        return too_much_memory(limits)
    return too_long(limits) if status in _TIME else Finding("unreadable_file", expected=expected)
