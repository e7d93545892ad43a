"""The process that reads files and searches them: it waits warm, and forks a child with limits for each.

It runs apart from the program (limited_reading.py starts it) and ends with it: when the line to it is closed.
A child writes what it found into a pipe and ends; if it is ended instead, the pipe says so. What reading a
kind of file means stands in reading.py and workbooks.py.
"""

from __future__ import annotations

import gc
import io
import json
import os
import select
import signal
import socket
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine  # noqa: F401  (imported before any fork)

from assets.intake.privacy import personal_search
from assets.intake.reading import reading, sheets, workbooks
from assets.intake.reading.limited_reading import OUT_OF_MEMORY, WALL, Answer
from assets.intake.reading.reading_limits import too_much_memory
from assets.intake.reading.sheets import Unreadable
from assets.intake.reading.texts_beside_cells import beside_cells
from schemas.cards.card_file import File
from schemas.findings import Finding
from warehouse.home.settings import ReadingLimits

IDLE = 300
"""After so many seconds without a file it ends; the next file starts another."""


def _text(path: Path, file: dict[str, Any], sha256: str) -> Answer:
    grid = reading.csv_grid_here(path, File.model_validate(file), sha256)
    return Answer([sheets.Sheet(None, grid)], remember=reading.remembered())


def _workbook(path: Path, file: dict[str, Any], decimal: str) -> Answer:
    return Answer(workbooks.read(path, File.model_validate(file), decimal, only_visible=True))


def _look(path: Path, sha256: str) -> Answer:
    texts: list[tuple[str, str]] = []
    if reading.is_workbook(path):
        reading.unpack_here(path)
        texts = list(beside_cells(path.read_bytes()))
    return Answer(reading.look_here(path, sha256), texts, reading.remembered())


def _search(path: Path, sha256: str, allowed: dict[str, Any]) -> Answer:
    """Search the file; of a regular text the grid goes back, since it is read next, of others nothing."""
    what = personal_search.Allowed(**allowed)
    personal_search.search_name(path, what)
    found = _look(path, sha256)
    personal_search.search(path, found.sheets, found.texts, what)
    return Answer(found.sheets if found.remember else [], remember=found.remember)


WORKS: dict[str, Callable[..., Answer]] = {
    "text": _text,
    "workbook": _workbook,
    "look": _look,
    "search": _search,
}
"""What may be asked of a child, by name."""


class _WithoutPandas:
    """An importer that finds no pandas: Arrow would import it, which makes each fork twice as dear."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """No module; raises ImportError for pandas."""
        if name == "pandas":
            raise ImportError(name=name)


def serve(handle: int) -> None:
    """Read files as they are asked for, one at a time, until the line is closed or nobody asked for long."""
    sys.meta_path.insert(0, _WithoutPandas())
    _warm()
    gc.freeze()
    gc.enable()
    # The handle has its number from whoever asks; select knows none from 1,024 on, and a copy has the lowest.
    with socket.socket(fileno=os.dup(handle)) as line:
        os.close(handle)
        while select.select([line], [], [], IDLE)[0] and (asked := _request(line)):
            request, pipe = asked
            status = _read_apart(request, pipe, line)
            if status is None:
                return
            with suppress(OSError):
                line.send(str(status).encode())


def _warm() -> None:
    """Read a small workbook, so that what libraries do once is done before any fork."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in _SMALL.items():
                archive.writestr(name, content)
        for sheet in _look(path, "").sheets:
            sheets.write(sheet, io.BytesIO())
    personal_search.warm()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_SHEET = '<sheet name="A" sheetId="1" r:id="r1"/>'
_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
_SMALL = {
    "_rels/.rels": f'<Relationships {_LINKS}><Relationship Id="r1" Type="{_LINK}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>{_SHEET}</sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships {_LINKS}><Relationship Id="r1" Type="{_LINK}/worksheet" '
    'Target="a.xml"/></Relationships>',
    "xl/a.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{_ROW}</sheetData></worksheet>',
}
"""The least that is a workbook."""


def _request(line: socket.socket) -> tuple[dict[str, Any], int] | None:
    """The next request and the pipe for its answer; None if nobody is there any more."""
    text, handles, _, _ = socket.recv_fds(line, 1 << 16, 1)
    while text and not text.endswith(b"\n"):
        text += line.recv(1 << 16)
    return (json.loads(text), handles[0]) if text else None


def _read_apart(request: dict[str, Any], pipe: int, line: socket.socket) -> int | None:
    """Have a child read, and say how it ended; None if whoever asked has gone: then the child goes too."""
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        line.close()
        _be_child(request, pipe)  # does not return; with it `held` is closed
    os.close(held)
    os.close(pipe)
    ready, _, _ = select.select([alive, line.fileno()], [], [])
    os.close(alive)
    if (
        line.fileno() in ready
    ):  # nobody asks for a second file before the first is answered: the line was closed
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return None if line.fileno() in ready else os.waitstatus_to_exitcode(status)


def read_alone() -> None:
    """Read the one file that standard input asks for, where none can be forked; answer on the output."""
    sys.meta_path.insert(0, _WithoutPandas())
    answer = os.dup(1)
    with open(os.devnull, "wb") as nowhere:  # what a library prints is no answer
        os.dup2(nowhere.fileno(), 1)
    request = json.load(sys.stdin)
    sys.stdout.flush()
    _do(request, answer)


def _be_child(request: dict[str, Any], pipe: int) -> None:
    """Read, write what was found, and end. What a library prints on its way down goes nowhere."""
    status = 1
    try:
        _limit(ReadingLimits(**request["limits"]))
        status = _do(request, pipe)
    finally:
        os._exit(status)


def _do(request: dict[str, Any], pipe: int) -> int:
    """Read, and write what was found; the exit code."""
    work, limits = WORKS[request["work"]], ReadingLimits(**request["limits"])
    with os.fdopen(pipe, "wb") as answer:
        try:
            _write(work(Path(request["path"]), **request["asked"]), answer)
        except Unreadable as unreadable:
            _refuse(unreadable.finding, unreadable.rows, answer)
        except MemoryError:
            _refuse(too_much_memory(limits), {}, answer)
            return OUT_OF_MEMORY
        except BaseException:  # a library's panic is no Exception
            _refuse(Finding("unreadable_file", expected=request["expected"]), {}, answer)
            return 1
    return 0


def _limit(limits: ReadingLimits) -> None:
    """What the child may take; where the system does not know a limit, the others hold."""
    import resource  # of POSIX systems, as forking is

    memory = limits.memory_mib * 1024**2
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, limits.seconds, limits.seconds + 5),  # first the signal that says why
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))
    for name in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    signal.alarm(WALL * limits.seconds)


def _write(answer: Answer, sink: BinaryIO) -> None:
    told = {"sheets": len(answer.sheets), "texts": bool(answer.texts), "remember": answer.remember}
    sink.write(json.dumps(told).encode() + b"\n")
    for sheet in answer.sheets:
        sheets.write(sheet, sink)
    if answer.texts:
        sheets.write_texts(answer.texts, sink)


def _refuse(finding: Finding, rows: dict[str, int], sink: BinaryIO) -> None:
    sink.write(json.dumps({"finding": asdict(finding), "rows": rows}).encode() + b"\n")
