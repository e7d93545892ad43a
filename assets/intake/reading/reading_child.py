"""Process that reads and searches files: it waits, fully loaded, and forks a child with limits for each file.

limited_reading.py starts it, and it ends when that closes the connection. A child writes its result into a
pipe and ends. If it is killed, the pipe ends early. reading.py and workbooks.py read the types of files.
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
from assets.intake.reading.texts_outside_cells import texts_outside_cells
from schemas.cards.card_file import File
from schemas.findings import Finding
from warehouse.environment.settings import ReadingLimits

IDLE = 300
"""Seconds without a file after which the process ends. The next file starts another."""


def _text(path: Path, file: dict[str, Any]) -> Answer:
    return Answer([reading.csv_sheet_here(path, File.model_validate(file))])


def _workbook(path: Path, file: dict[str, Any], decimal: str) -> Answer:
    return Answer(workbooks.read(path, File.model_validate(file), decimal, only_visible=True))


def _look(path: Path) -> Answer:
    texts: list[tuple[str, str]] = []
    if reading.is_workbook(path):
        reading.unpack_here(path)
        texts = list(texts_outside_cells(path.read_bytes()))
    return Answer(reading.look_here(path), texts)


def _search(path: Path, permissions: dict[str, Any]) -> Answer:
    """Search the file. Return a regular text's sheet, since it is read next; for other files nothing."""
    allowed_content = personal_search.Permissions(**permissions)
    personal_search.search_name(path, allowed_content)
    answer = _look(path)
    personal_search.search(path, answer.sheets, answer.texts, allowed_content)
    return Answer([sheet for sheet in answer.sheets if sheet.text_form])


WORKS: dict[str, Callable[..., Answer]] = {
    "text": _text,
    "workbook": _workbook,
    "look": _look,
    "search": _search,
}
"""Tasks of a child, by name."""


class _WithoutPandas:
    """An importer that finds no pandas. Arrow would import it, which doubles the cost of each fork."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Return no module; raise ImportError for pandas."""
        if name == "pandas":
            raise ImportError(name=name)


def serve(handle: int) -> None:
    """Read files on request, one at a time, until the connection closes or no request arrives for long."""
    sys.meta_path.insert(0, _WithoutPandas())
    _warm()
    gc.freeze()
    gc.enable()
    # The caller chose the handle's number. select accepts none from 1,024 on; a copy gets the lowest one.
    with socket.socket(fileno=os.dup(handle)) as connection:
        os.close(handle)
        while select.select([connection], [], [], IDLE)[0] and (request_and_pipe := _request(connection)):
            request, pipe = request_and_pipe
            status = _read_in_child(request, pipe, connection)
            if status is None:
                return
            with suppress(OSError):
                connection.send(str(status).encode())


def _warm() -> None:
    """Search a small workbook and a small text, so that libraries and data are loaded before any fork."""
    with tempfile.TemporaryDirectory() as folder:
        workbook, text = Path(folder) / "small.xlsx", Path(folder) / "small.csv"
        with zipfile.ZipFile(workbook, "w") as archive:
            for name, content in _SMALL.items():
                archive.writestr(name, content)
        text.write_text(_SMALL_TEXT, encoding="utf-8-sig")
        for path in (workbook, text):
            for sheet in _search(path, {}).sheets:
                sheets.write(sheet, io.BytesIO())
    personal_search.warm_up()


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
"""The smallest workbook."""
_SMALL_TEXT = "municipio,total\nSan JosÃ©,1\n"
"""A text of which each kind of search loads its data: a name of a place, in an encoding to repair."""


def _request(connection: socket.socket) -> tuple[dict[str, Any], int] | None:
    """Return the next request and the pipe for its answer; None if the connection is closed."""
    text, handles, _, _ = socket.recv_fds(connection, 1 << 16, 1)
    while text and not text.endswith(b"\n"):
        text += connection.recv(1 << 16)
    return (json.loads(text), handles[0]) if text else None


def _read_in_child(request: dict[str, Any], pipe: int, connection: socket.socket) -> int | None:
    """Fork a child to read, and return its status. Return None, and kill the child, if the caller is gone."""
    parent_end, child_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(parent_end)
        connection.close()
        _be_child(request, pipe)  # does not return; its end closes `child_end`
    os.close(child_end)
    os.close(pipe)
    ready, _, _ = select.select([parent_end, connection.fileno()], [], [])
    os.close(parent_end)
    # a second request never arrives before the first answer: the connection was closed
    if connection.fileno() in ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return None if connection.fileno() in ready else os.waitstatus_to_exitcode(status)


def read_alone() -> None:
    """Read the file requested on standard input, where the system cannot fork; answer on standard output."""
    sys.meta_path.insert(0, _WithoutPandas())
    answer = os.dup(1)
    with open(os.devnull, "wb") as nowhere:  # output of libraries must not mix with the answer
        os.dup2(nowhere.fileno(), 1)
    request = json.load(sys.stdin)
    sys.stdout.flush()
    _work(request, answer)


def _be_child(request: dict[str, Any], pipe: int) -> None:
    """Read, write the result, and end. Output of failing libraries is discarded."""
    status = 1
    try:
        _limit(ReadingLimits(**request["limits"]))
        status = _work(request, pipe)
    finally:
        os._exit(status)


def _work(request: dict[str, Any], pipe: int) -> int:
    """Read the file and write the result. Return the exit code."""
    work, limits = WORKS[request["work"]], ReadingLimits(**request["limits"])
    with os.fdopen(pipe, "wb") as answer:
        try:
            _write(work(Path(request["path"]), **request["asked"]), answer)
        except Unreadable as unreadable:
            _refuse(unreadable.finding, unreadable.rows, answer)
        except MemoryError:
            _refuse(too_much_memory(limits), {}, answer)
            return OUT_OF_MEMORY
        except BaseException:  # the panic of a library is not an Exception
            _refuse(Finding("unreadable_file", expected=request["expected"]), {}, answer)
            return 1
    return 0


def _limit(limits: ReadingLimits) -> None:
    """Set the child's limits. If the system does not support a limit, the others hold."""
    import resource  # of POSIX systems, as forking is

    memory = limits.memory_mib * 1024**2
    # the soft limit first: its signal gives the reason
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (
            resource.RLIMIT_CPU,
            limits.seconds,
            limits.seconds + 5,
        ),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))
    for name in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    signal.alarm(WALL * limits.seconds)


def _write(answer: Answer, sink: BinaryIO) -> None:
    header = {"sheets": len(answer.sheets), "texts": bool(answer.texts)}
    sink.write(json.dumps(header).encode() + b"\n")
    for sheet in answer.sheets:
        sheets.write(sheet, sink)
    if answer.texts:
        sheets.write_texts(answer.texts, sink)


def _refuse(finding: Finding, rows: dict[str, int], sink: BinaryIO) -> None:
    sink.write(json.dumps({"finding": asdict(finding), "rows": rows}).encode() + b"\n")
