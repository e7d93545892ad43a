"""Texts, cards, decisions, records and answered questions, changed by chance: each is read, or refused in words."""

from __future__ import annotations

import csv
import faulthandler
import io
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assets.decisions.questions_workbook import read_workbook as read_answers
from assets.decisions.questions_workbook import write_workbook as write_questions
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import Trial, try_file
from schemas import records
from schemas.cards.decisions import read_decisions
from schemas.cards.format_card import read_card
from schemas.words import CONTRACT_LANGUAGES, UserError
from tests.bad_input import build
from tests.operator import damage
from tests.operator.parts import progress
from tests.test_deciding import make_asking
from warehouse.home import CARD, CHECKOUT, Home
from warehouse.home.frames import read_frame
from warehouse.publication.shipping import shipped_submissions
from warehouse.reading.client import Warehouse
from warehouse.reading.questions import open_questions

if TYPE_CHECKING:
    from warehouse.reading.questions import Question

SEED = 20261127
NUMBERS = {"a file of figures": 8_000, "a file of records": 1_000, "a card": 2_500, "decisions": 500}
NUMBERS |= {"answered questions": 500}
SHORT = 12
"""Inputs of each kind in the short form."""
LONGEST, HANGS = 30, 600
"""Seconds of the processor that one input may take, since other work slows the clock's; and those by the clock
after which the run ends, saying where it hung."""
LARGEST = 2_000_000
"""Bytes of an input at most."""
ROWS = 60
"""So many lines of a shipped file are kept, so that what is changed meets the rules."""

ODD = [
    '"',
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\x00",
    "\ufeff",
    "�",
    "𝟙",
    "−1",
    "-0",
    "1e999",
    "0x1F",
    "∞",
]
ODD += [
    "NaN",
    "NULL",
    "#N/A",
    "<5",
    "1,234",
    "1.234,5",
    "=1+1",
    "[[",
    "]]",
    "{",
    "}",
    "é",
    "ñ",
    " ",
    "١٢",
    "9" * 400,
]
ODD += ["..", "/", "\\", "%s", "_T", "_U", "_Z", "MEX", "2024-13", "31/02/2020", "A" * 40_000]


def measure(short: bool) -> dict[str, Any]:
    """So many changed inputs of each kind, through the door that such an input has."""
    numbers = dict.fromkeys(NUMBERS, SHORT) if short else NUMBERS
    if short:
        found = [_of_kind(kind, 0, n) for kind, n in numbers.items()]
    else:
        parts = [(kind, at, min(250, n - at)) for kind, n in numbers.items() for at in range(0, n, 250)]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            found = list(_told(pool.map(_of_kind, *zip(*parts, strict=True)), sum(numbers.values())))
    rows = [_row(kind, [one for one in found if one.kind == kind]) for kind in numbers]
    most = max(one.mib for one in found)
    remark = f"The largest process that read them held {most:,} MiB. An input may take {LONGEST} s of the processor."
    return {"rows": rows, "remarks": [remark], "failed": [fault for one in found for fault in one.failed]}


def _told(found: Iterator[Found], number: int) -> Iterator[Found]:
    done = 0
    for one in found:
        done += one.fates.total() + len(one.failed)
        progress(f"{one.kind}: {done:,} of {number:,} inputs")
        yield one


@dataclass(frozen=True)
class Found:
    """What became of the inputs of one kind that one process read."""

    kind: str
    fates: Counter[str]
    failed: list[str]
    slowest: float
    mib: int


def _row(kind: str, found: list[Found]) -> dict[str, Any]:
    fates: Counter[str] = sum((one.fates for one in found), Counter())
    told = {fate: fates[fate] for fate in ("taken", "taken in part", "held", "rejected", "refused")}
    slowest = round(max(one.slowest for one in found), 1)
    return {"what": kind, "inputs": fates.total(), **told, "slowest, s": slowest}


def _of_kind(kind: str, first: int, number: int) -> Found:
    """Reads the inputs of a kind that bear these numbers."""
    fates: Counter[str] = Counter()
    failed: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        tried = _DOORS[kind](Path(folder))
        for at in range(first, first + number):
            fate, fault, took = _read(tried, kind, at)
            slowest = max(slowest, took)
            if fault:
                failed.append(f"{kind} {at}: {fault}")
            else:
                fates[fate] += 1
            if took > LONGEST:
                failed.append(f"{kind} {at}: {took:.0f} s")
    return Found(kind, fates, failed, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


class Reading(NamedTuple):
    """What became of an input, or what broke; and the seconds of the processor that it took."""

    fate: str
    fault: str
    seconds: float


def _read(tried: Callable[[random.Random], str], kind: str, at: int) -> Reading:
    began, fate, fault = time.process_time(), "", ""
    faulthandler.dump_traceback_later(HANGS, exit=True)
    try:
        fate = tried(random.Random(f"{SEED}.{kind}.{at}"))
    except BaseException as error:  # a library's panic is no Exception
        fault = f"{type(error).__name__}: {str(error)[:200]}"
    faulthandler.cancel_dump_traceback_later()
    return Reading(fate, fault, time.process_time() - began)


# ---- how a text is changed -------------------------------------------------------------------------


def changed(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The bytes after one to five changes; never none."""
    for _ in range(chance.choice([1, 1, 2, 5])):
        way = chance.randrange(len(_OF_TEXT) + len(_OF_BYTES))
        if way < len(_OF_TEXT):
            made = _OF_TEXT[way](content, chance, others)
        else:
            made = _OF_BYTES[way - len(_OF_TEXT)](content, chance)
        content = made[:LARGEST] or content
    return content


def _span(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice([1, 2, 8, 40, 300]))


def _odd(content: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(ODD).encode("utf-8", "surrogatepass") + content[at:]


def _lost(content: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start, end = _span(content, chance)
    return content[:start] + content[end:]


def _spliced(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    start, end = _span(other, chance)
    at = chance.randrange(len(content) + 1)
    return content[:at] + other[start:end] + content[at:]


def _rows_moved(content: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _cell_changed(content: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[chance.randrange(len(cells))] = chance.choice(ODD).encode("utf-8", "surrogatepass")
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _encoded(content: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return content.decode("utf-8", "replace").encode(
        chance.choice(["cp1252", "utf-16", "utf-8-sig"]), "replace"
    )


_OF_TEXT = [_odd, _lost, _spliced, _rows_moved, _encoded, *[_cell_changed] * 4]
_OF_BYTES = list(damage.BYTES.values())


# ---- the doors -------------------------------------------------------------------------------------


@cache
def _shipped() -> dict[str, tuple[str, bytes]]:
    """Of each shipped collection of figures or records its file's name and first lines."""
    found = {}
    for name, told in shipped_submissions().items():
        with (CHECKOUT / "raw" / name / told["file"]).open("rb") as file:
            found[name.rsplit("/", 1)[0]] = (told["file"], b"".join(islice(file, ROWS)))
    return found


def _files(folder: Path, *, of_records: bool) -> Callable[[random.Random], str]:
    home = Home(folder / "home")
    collections = {n: f for n, f in _shipped().items() if _is_of_records(n) is of_records}
    others = [content for _, content in collections.values()]
    home.raw.mkdir(parents=True)  # the cards are the shipped ones

    def tried(chance: random.Random) -> str:
        name = chance.choice(sorted(collections))
        file, content = collections[name]
        path = folder / file
        path.write_bytes(changed(content, chance, others))
        try:
            with try_file(home, path, name, build.RECEIVED) as made:
                return _fate_of(made, path)
        except (RefusedFile, UserError):
            return "refused"

    return tried


def _is_of_records(collection: str) -> bool:
    return collection in records.collections()


def _fate_of(made: Trial, path: Path) -> str:
    """The word for what became of a file. Raises AssertionError for a defect, and for a row that is not there."""
    outcome = made.outcome
    if broke := [f for f in outcome.findings if f.rule == "step_failed"]:
        raise AssertionError(broke[0].value)
    for finding in outcome.all_findings:
        assert all(finding.message(lang) for lang in CONTRACT_LANGUAGES)
    if outcome.status in ("accepted", "held"):
        _assert_in_the_file(made, path)
    if outcome.status == "accepted":
        return "taken" if outcome.is_clean else "taken in part"
    return outcome.status


def _assert_in_the_file(made: Trial, path: Path) -> None:
    """Every value's cell holds the text that Python's own csv reader finds in its row."""
    if _is_of_records(made.outcome.collection):
        return
    sources = read_frame(made.home, made.submission.id, "sources")
    table = list(_rows_of(path.read_bytes()))
    for row, column in sources[["source_row", "source_column"]].itertuples(index=False):
        assert row <= len(table), f"row {row} of {len(table)}"
        assert column is None or any(cell.strip() for cell in table[row - 1]), f"row {row} is blank"
    received = sum(made.outcome.rows.values())
    assert received <= len(table), f"{received} rows of {len(table)}"


def _rows_of(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        csv.field_size_limit(sys.maxsize)
        return iter(csv.reader(io.StringIO(text, newline="")))
    raise AssertionError("accepted in no known encoding")


def _cards(folder: Path) -> Callable[[random.Random], str]:
    paths = sorted((CHECKOUT / "raw").glob(f"*/*/{CARD}"))
    texts = [path.read_bytes() for path in paths]
    return lambda chance: _toml(folder / CARD, changed(chance.choice(texts), chance, texts), read_card)


def _decisions(folder: Path) -> Callable[[random.Random], str]:
    texts = [path.read_bytes() for path in sorted((CHECKOUT / "raw").glob("*/*/decisions.toml"))]
    path = folder / "decisions.toml"
    return lambda chance: _toml(path, changed(chance.choice(texts), chance, texts), read_decisions)


def _toml(path: Path, content: bytes, read: Callable[[Path], object]) -> str:
    path.write_bytes(content)
    return _said(lambda: read(path))


def _said(work: Callable[[], object]) -> str:
    """The word for what became of it; what is refused must be told in both languages."""
    try:
        work()
    except UserError as error:
        told = all(error.render(lang) for lang in CONTRACT_LANGUAGES)
    else:
        return "taken"
    assert told
    return "refused"


def _answers(folder: Path) -> Callable[[random.Random], str]:
    asked = _asked(folder)
    path = folder / "preguntas.xlsx"
    write_questions(asked, path, "es")
    good = path.read_bytes()

    def tried(chance: random.Random) -> str:
        path.write_bytes(damage.damaged_workbook(good, chance))
        return _said(lambda: read_answers(path, asked))

    return tried


def _asked(folder: Path) -> list[Question]:
    with Warehouse.open(Home(make_asking(folder / "asking")).current) as release:
        return open_questions(release)


_DOORS: dict[str, Callable[[Path], Callable[[random.Random], str]]] = {
    "a file of figures": lambda folder: _files(folder, of_records=False),
    "a file of records": lambda folder: _files(folder, of_records=True),
    "a card": _cards,
    "decisions": _decisions,
    "answered questions": _answers,
}
