"""Faults of the inbox, each beside a good file that must be taken all the same."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.intake.inbox import InboxRun, receive_files
from tests.bad_input import build
from tests.bad_input.cases import WORKBOOK
from tests.operator import damage
from warehouse.home import Home, inbox

GOOD = "bueno.xlsx"
SECRET = "no es para nadie"
TWO = build.cells()[:2]


@dataclass(frozen=True)
class Fault:
    """Something laid into a collection's folder, and what must become of it: taken, refused, or why it stays."""

    lay: Callable[[Path], object]
    path: str
    became: str


def _file(name: str, content: bytes | None = None) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"a,b\n1,2\n" if content is None else content)


def _elsewhere(folder: Path) -> Path:
    place = folder.parents[2] / "elsewhere"
    place.mkdir(exist_ok=True)
    (place / "secreto.csv").write_text(SECRET)
    return place


def _misplaced_folder(folder: Path) -> None:
    (folder / "junio").mkdir()
    (folder / "junio" / "a.xlsx").write_bytes(build.workbook())


def _socket(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("enchufe.csv")
    finally:
        os.chdir(here)


FAULTS: dict[str, Fault] = {
    "a download under way": Fault(_file("a.xlsx.crdownload"), "a.xlsx.crdownload", "unfinished"),
    "a copy under way, by its name": Fault(_file("a.csv.part"), "a.csv.part", "unfinished"),
    "what an office program keeps": Fault(_file("~$a.xlsx"), "~$a.xlsx", "open_elsewhere"),
    "what another office program keeps": Fault(_file(".~lock.a.ods#"), ".~lock.a.ods#", "open_elsewhere"),
    "pictures of a folder": Fault(_file("Thumbs.db"), "Thumbs.db", "of_the_system"),
    "a folder's settings": Fault(_file("desktop.ini"), "desktop.ini", "of_the_system"),
    "a hidden file": Fault(_file(".a.csv"), ".a.csv", "hidden"),
    "an empty file": Fault(_file("vacio.csv", b""), "vacio.csv", "empty"),
    "a link to a file": Fault(
        lambda f: (f / "a.csv").symlink_to(_elsewhere(f) / "secreto.csv"), "a.csv", "link"
    ),
    "a link to nothing": Fault(lambda f: (f / "a.csv").symlink_to("nada.csv"), "a.csv", "link"),
    "a link to a folder": Fault(lambda f: (f / "junio").symlink_to(_elsewhere(f)), "junio", "link"),
    "a pipe": Fault(lambda f: os.mkfifo(f / "tubo.csv"), "tubo.csv", "no_file"),
    "a socket": Fault(_socket, "enchufe.csv", "no_file"),
    "a folder too deep": Fault(_misplaced_folder, "junio", "misplaced"),
    "a file beside the collections": Fault(
        lambda f: (f.parent / "a.csv").write_text("a"), "../a.csv", "misplaced"
    ),
    "a file beside the providers": Fault(
        lambda f: (f.parents[1] / "a.csv").write_text("a"), "../../a.csv", "misplaced"
    ),
    "a folder without a card": Fault(
        lambda f: [(f.parent / "otra").mkdir(), (f.parent / "otra" / "a.csv").write_text("a")],
        "../otra/a.csv",
        "no_collection",
    ),
    "a file that is not a workbook": Fault(_file("a.xlsx", b"<html>"), "a.xlsx", "taken"),
    "a name of other bytes": Fault(
        lambda f: Path(os.fsdecode(os.fsencode(f) + b"/a\xff\n.xlsx")).write_bytes(build.workbook(TWO)),
        os.fsdecode(b"a\xff\n.xlsx"),
        "taken",
    ),
    "a workbook that asks for 512 GiB": Fault(
        _file("lejos.xlsx", damage.book('<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>')),
        "lejos.xlsx",
        "refused",
    ),
    "a workbook on which the library panics": Fault(
        _file("roto.xlsx", damage.panicking_xls()[4]), "roto.xlsx", "refused"
    ),
    "personal data": Fault(_file("p.csv", b"nombre_victima,sexo\nx,M\n"), "p.csv", "refused"),
    "the good file again": Fault(
        lambda f: shutil.copyfile(f / GOOD, f / "otra_vez.xlsx"), "otra_vez.xlsx", "refused"
    ),
}


def measure(short: bool) -> dict[str, Any]:
    """Each fault laid into an inbox of its own, beside a good file."""
    rows, failed = [], []
    for name, fault in FAULTS.items():
        became, wrong = tried(fault)
        rows.append(
            {"fault": name, "became": became, "the good file": "taken" if not wrong else "; ".join(wrong)}
        )
        failed += [f"{name}: {one}" for one in wrong]
        if became != fault.became:
            failed.append(f"{name}: {became}, not {fault.became}")
    return {"rows": rows, "failed": failed}


def tried(fault: Fault) -> tuple[str, list[str]]:
    """What became of it, and what must not be."""
    with tempfile.TemporaryDirectory() as root, _quick():
        home = build.home(Path(root) / "home", WORKBOOK)
        folder = home.inbox / build.COLLECTION
        folder.mkdir(parents=True)
        (folder / GOOD).write_bytes(build.workbook())
        fault.lay(folder)
        done = receive_files(home)
        return _became(home, fault, done), list(_wrong(home, done))


def _became(home: Home, fault: Fault, done: InboxRun) -> str:
    path = os.path.normpath(f"{build.COLLECTION}/{fault.path}")
    lying = {one.path: one.reason.key.removeprefix("inbox.") for one in (*done.refusals, *done.remaining)}
    return lying.get(path, "unsaid" if os.path.lexists(home.inbox / path) else "taken")


def _wrong(home: Home, done: InboxRun) -> Iterator[str]:
    kept = {s.file.name: s for s in home.submissions()}
    if GOOD not in kept:
        yield "the good file was not taken"
    if any(SECRET in s.file.read_text(errors="ignore") for s in kept.values()):
        yield "a file outside the inbox was kept"
    if list(home.root.rglob(".being-taken-*")):
        yield "a copy was left behind"
    for one in (*done.refusals, *done.remaining):
        answer = home.inbox / (one.path + inbox.ANSWER_SUFFIX)
        if not one.is_temporary and not answer.exists():
            yield f"no answer beside {one.printable_path}"
        with suppress(FileNotFoundError):
            if "Traceback" in answer.read_text(encoding="utf-8"):
                yield "a traceback"


@contextmanager
def _quick() -> Iterator[None]:
    """Two looks follow at once: nobody writes here."""
    from assets.intake import inbox as intake

    patience, intake.PAUSE = intake.PAUSE, 0.0
    try:
        yield
    finally:
        intake.PAUSE = patience
