"""Workbooks and packed files are read in a child with limits: what ends it is a finding, and it leaves nothing behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import check, process
from assets.intake.reading import limited_reading, reading
from assets.intake.reading.sheets import Unreadable
from pipelines.cli import main
from schemas.cards.card_file import File
from schemas.words import InvalidValue
from tests.bad_input import build
from tests.bad_input.cases import WORKBOOK
from tests.operator import damage
from tests.people.files import with_part
from warehouse.environment.settings import MEMORY, SECONDS, ReadingLimits
from warehouse.home import CHECKOUT

XLSX = File(type="xlsx")
TEXT = "a,b\n1,é\n".encode()


def written(folder: Path, content: bytes, name: str = "datos.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def finding_of(path: Path, file: File = XLSX):
    with pytest.raises(Unreadable) as raised:
        reading.read_sheets(path, file)
    return raised.value.finding


FAR = {
    "as spreadsheets write it": '<c r="XFD1048576"><v>1</v></c>',
    "in lower case": '<c r="xfd1048576"><v>1</v></c>',
    "in single quotation marks": "<c r='XFD1048576'><v>1</v></c>",
    "with a prefix": '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="XFD1048576"><x:v>1</x:v></x:c>',
    "as a text": '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>',
}


@pytest.mark.slow
@pytest.mark.parametrize("cell", FAR.values(), ids=FAR)
@pytest.mark.operator("2", "far cells")
def test_one_far_cell_is_refused_with_the_range_it_spans(tmp_path: Path, cell: str) -> None:
    """2**14 columns times 2**20 rows; ten cells hold something. Laid out they would take 512 GiB."""
    path = written(tmp_path, damage.book(extra=f'<row r="1048576">{cell}</row>'))
    finding = finding_of(path)
    assert (finding.rule, finding.cell) == ("file_too_large", "XFD1048576")
    assert "A1:XFD1048576 = 17,179,869,184" in str(finding.value)
    with pytest.raises(Unreadable):
        reading.read_for_inspection(path)


def test_a_part_named_in_other_case_is_looked_into_all_the_same(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="CQ1048576"><v>1</v></c></row>'
    path = written(tmp_path, damage.book(extra=far, part="xl/Worksheets/Sheet1.xml"))
    assert finding_of(path).rule == "file_too_large"


@pytest.mark.operator("2", "far cells")
def test_repeated_cells_of_an_opendocument_workbook_are_counted(tmp_path: Path) -> None:
    """A thousand columns of a million rows each, in two elements."""
    path = written(tmp_path, damage.opendocument(columns=1_000, rows=1_000_000), "datos.ods")
    finding = finding_of(path, File(type="ods"))
    assert (finding.rule, finding.cell) == ("file_too_large", "ALL1000000")
    assert path.stat().st_size < 1_000


@pytest.mark.slow
def test_a_far_cell_of_an_old_workbook_is_refused_too(tmp_path: Path) -> None:
    """65,536 rows of 256 columns, of which fourteen hold something: one sheet's most, laid out by the library."""
    path = written(tmp_path, damage.old_workbook(far=(65_535, 255)), "datos.xls")
    finding = finding_of(path, File(type="xls"))
    assert (finding.rule, finding.cell) == ("file_too_large", "IV65536")
    assert "= 16,777,216 (14 ≠ ∅)" in str(finding.value)


def test_a_stray_cell_below_a_table_is_read_where_the_sheet_stays_small(tmp_path: Path) -> None:
    """And cells that hold nothing, however far, do not count: offices format whole columns."""
    far = '<row r="9000"><c r="C9000"><v>5</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    (sheet,) = reading.read_sheets(written(tmp_path, damage.book(extra=far)), XLSX)
    assert (sheet.grid.rows, sheet.grid.row(8_999)) == (9_000, ["", "", "5"])


@pytest.mark.slow
@pytest.mark.operator("2", "death is a finding")
def test_a_child_that_is_ended_is_a_finding_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = written(tmp_path, damage.book())
    large = written(tmp_path, bz2.compress(b"a,b\n") + bz2.compress(b'"x' * 4_000_000) * 10, "datos.csv.bz2")
    packed = File(type="csv", compression="bz2")
    monkeypatch.setattr(limited_reading, "ReadingLimits", _Small)
    assert finding_of(large, packed).rule == "file_too_large"
    monkeypatch.undo()
    (sheet,) = reading.read_sheets(good, XLSX)
    assert sheet.rows[0] == ["7", "8", "9"]


class _Small(ReadingLimits):
    @classmethod
    def from_environment(cls) -> ReadingLimits:
        return ReadingLimits(memory_mib=500, seconds=20)


@pytest.mark.parametrize(
    ("ended_by", "rule"),
    [
        (signal.SIGABRT, "file_too_large"),
        (signal.SIGXCPU, "file_too_slow"),
        (signal.SIGALRM, "file_too_slow"),
        (signal.SIGSEGV, "unreadable_file"),
    ],
)
@pytest.mark.operator("2", "death is a finding")
def test_each_death_has_its_words(ended_by: signal.Signals, rule: str) -> None:
    finding = limited_reading._end_finding(-ended_by, ReadingLimits(), "xlsx")
    assert finding.rule == rule
    assert all(finding.message(lang) for lang in ("es", "en"))


@pytest.mark.operator("2", "death is a finding")
def test_a_panic_of_the_library_is_a_finding(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Found by damaging: a shared string's number beyond the table makes the xls reader panic."""
    for content in damage.panicking_xls():
        with pytest.raises(Unreadable):
            reading.read_sheets(written(tmp_path, content, "datos.xls"), File(type="xls"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.operator("2", "every door")
def test_what_ends_the_child_refuses_at_every_door(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", WORKBOOK)
    far = '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>'
    path = written(tmp_path, damage.book(extra=far))
    with pytest.raises(RefusedFile) as refused:
        check(home, path, build.COLLECTION, build.RECEIVED)
    assert refused.value.finding.rule == "file_too_large"


def test_many_threads_are_answered_one_after_the_other(tmp_path: Path) -> None:
    path = written(tmp_path, damage.book())
    told: list[int] = []
    threads = [
        threading.Thread(target=lambda: told.append(len(reading.read_for_inspection(path)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [1] * 8


@pytest.mark.slow
@pytest.mark.operator("2", "warm")
def test_a_reader_that_was_killed_is_started_again(tmp_path: Path) -> None:
    path = written(tmp_path, damage.book())
    limited_reading.close()
    reading.read_for_inspection(path)
    (reader,) = limited_reading._pool.idle
    reader._process.kill()
    reader._process.wait()
    assert len(reading.read_for_inspection(path)) == 1


@pytest.mark.slow
def test_a_reader_is_started_where_more_than_a_thousand_files_are_open(tmp_path: Path) -> None:
    """As in a service that has run for long: select() knows no number from 1,024 on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2048), hard), hard))
    limited_reading.close()
    open_ones = []
    try:
        while not open_ones or open_ones[-1] < 1024:
            open_ones.append(os.open(os.devnull, os.O_RDONLY))
        assert len(reading.read_for_inspection(written(tmp_path, damage.book()))) == 1
    finally:
        for handle in open_ones:
            os.close(handle)
        limited_reading.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.operator("2", "warm")
def test_one_reader_reads_many_files_a_refused_one_among_them(tmp_path: Path) -> None:
    """What makes thousands of files cost seconds: no interpreter is started for a file."""
    good = written(tmp_path, damage.book())
    far = written(
        tmp_path, damage.book('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "lejos.xlsx"
    )
    reading.read_for_inspection(good)
    limited_reading.close()
    reading.read_for_inspection(good)
    (first,) = limited_reading._pool.idle
    for _ in range(10):
        reading.read_sheets(good, XLSX)
        finding_of(far)
    assert limited_reading._pool.idle == [first]


OPENED_WHEN_WARM = """
import sys
from pathlib import Path
from assets.intake.reading import reading_child
sys.meta_path.insert(0, reading_child._WithoutPandas())
reading_child._warm()
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event in ("open", "import") else None)
for name in sys.argv[1:]:
    assert reading_child._look(Path(name)).sheets
    reading_child._search(Path(name), {})
print(*sorted(opened - {*sys.argv[1:], "pandas"}), sep="\\n")
"""


@pytest.mark.operator("2", "warm")
def test_a_warm_reader_opens_nothing_but_the_file(tmp_path: Path) -> None:
    """What it has not loaded, each child loads again, for each file: a country's regions took a tenth of a second."""
    text = tmp_path / "municipios.csv"
    text.write_text(
        "municipio;tipo;fecha;total\nSan Ángel Xul;Víctimas de Tráfico;2020-01-08;100000010\n",
        encoding="utf-8",
    )
    files = (text, written(tmp_path, damage.book()), *sorted((CHECKOUT / "raw").rglob("*.csv"))[:3])
    call = [sys.executable, "-c", OPENED_WHEN_WARM, *map(str, files)]
    run = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


READ_AND_TELL = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whoever started the tests may ignore it
from assets.intake.reading import limited_reading, reading
reading.read_for_inspection(Path(sys.argv[1]))
if os.fork() == 0:
    reading.read_for_inspection(Path(sys.argv[1]))  # a fork starts its own
    os._exit(0)
os.wait()
print(limited_reading._pool.idle[0]._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.operator("2", "warm")
def test_the_reader_ends_with_whoever_started_it(tmp_path: Path, ended_by: signal.Signals) -> None:
    path = written(tmp_path, damage.book())
    call = [sys.executable, "-c", READ_AND_TELL, str(path)]
    with subprocess.Popen(call, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        reader = int(program.stdout.readline())
        assert _lives(reader)
        program.send_signal(ended_by)
    until = time.monotonic() + 60
    while _lives(reader) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(reader)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.operator("2", "configurable")
def test_a_deployment_sets_what_reading_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ReadingLimits.from_environment() == ReadingLimits()
    monkeypatch.setenv(MEMORY, "4096")
    monkeypatch.setenv(SECONDS, "60")
    assert ReadingLimits.from_environment() == ReadingLimits(4096, 60)
    monkeypatch.setenv(SECONDS, "plenty")
    with pytest.raises(InvalidValue, match=r"LINEABASE_READ_SECONDS.*plenty"):
        ReadingLimits.from_environment()


@pytest.mark.slow
@pytest.mark.operator("2", "far cells")
def test_a_bomb_says_by_how_much_it_grows(tmp_path: Path) -> None:
    """Two hundred MiB of blanks in one member: below the size that is accepted, above the ratio."""
    with zipfile.ZipFile(tmp_path / "datos.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a.xml", b" " * 200 * 1024**2)
    with pytest.raises(Unreadable) as raised:
        reading.read_for_inspection(tmp_path / "datos.xlsx")
    finding = raised.value.finding
    assert "KiB → 12" in str(finding.value)
    assert finding.expected == "1 → 300"


@pytest.mark.parametrize(
    ("packed", "compression"),
    [
        (bz2.compress(TEXT), "bz2"),
        (gzip.compress(TEXT), "gzip"),
        (lzma.compress(TEXT), "xz"),
        (build.zipped("datos.csv", TEXT), "zip"),
    ],
    ids=["bz2", "gzip", "xz", "zip"],  # made of the bytes, they would hold the time gzip writes
)
def test_a_packed_text_is_looked_into_and_read(tmp_path: Path, packed: bytes, compression: str) -> None:
    path = written(tmp_path, packed, "datos.csv.p")
    (sheet,) = reading.read_sheets(path, File.model_validate({"type": "csv", "compression": compression}))
    assert sheet.rows == [["a", "b"], ["1", "é"]]
    assert [s.rows for s in reading.read_for_inspection(path)] == [[["a", "b"], ["1", "é"]]]


def test_an_archive_of_two_files_is_not_a_packed_text(tmp_path: Path) -> None:
    path = written(tmp_path, damage.archive({"a.csv": "a,b\n1,2\n", "b.csv": "a,b\n"}), "datos.csv.zip")
    assert finding_of(path, File(type="csv", compression="zip")).rule == "unreadable_file"


SHEETS = {
    "hidden rows, columns and sheets, merged cells": (
        "datos.xlsx",
        build.workbook(
            others={"otra": [["a", 1.5], [None, True]], "vacía": []},
            merge="A1:B1",
            hide=(3,),
            hide_columns="C",
            states={"otra": "hidden"},
        ),
    ),
    "an old workbook": ("datos.xls", damage.old_workbook()),
    "an OpenDocument workbook": ("datos.ods", damage.opendocument()),
    "a sheet that begins below and to the right": (
        "datos.xlsx",
        damage.book(
            '<row r="9"><c r="F9" t="e"><v>#N/A</v></c><c r="G9"><f>A1+1</f></c><c r="H9"><v>1</v></c></row>'
        ),
    ),
    "a packed text": ("datos.csv.gz", gzip.compress(TEXT)),
    "a packed text of rows of other widths": ("datos.csv.gz", gzip.compress(b"a,b\n1\n1,2,3\n")),
    "many texts": ("datos.csv.gz", gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(70_000)))),
}


@pytest.mark.parametrize(("name", "content"), SHEETS.values(), ids=SHEETS)
def test_what_a_child_tells_is_what_it_read(tmp_path: Path, name: str, content: bytes) -> None:
    """The same file looked into in this process: every cell, width, hidden row and merged range is the same."""
    path = written(tmp_path, content, name)
    told, known = reading.read_for_inspection(path), reading.look_here(path)
    assert known
    assert [sheet.facts() for sheet in told] == [sheet.facts() | {"rows": sheet.grid.rows} for sheet in known]
    for here, there in zip(known, told, strict=True):
        assert [there.grid.row(n) for n in range(min(500, there.grid.rows))] == here.first(500)
        assert [there.grid.width(n) for n in range(500) if n < there.grid.rows] == [
            here.grid.width(n) for n in range(500) if n < here.grid.rows
        ]
        pairs = list(zip(here.grid.columns, there.grid.columns, strict=True))
        assert all(mine.series().equals(theirs.series()) for mine, theirs in pairs)
        assert all((mine.codes is None) == (theirs.codes is None) for mine, theirs in pairs)


def with_prefix(content: bytes) -> bytes:
    """The workbook with a prefix before each tag of its sheet, as some programs write it."""
    packed, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(content))
    with zipfile.ZipFile(packed, "w") as archive:
        for name in source.namelist():
            xml = source.read(name)
            if name.endswith("sheet1.xml"):
                xml = re.sub(rb"<(/?)(?=\w)", rb"<\1x:", xml).replace(b" xmlns=", b" xmlns:x=")
            archive.writestr(name, xml)
    return packed.getvalue()


@pytest.mark.parametrize("dressed", [bytes, with_prefix], ids=["plain tags", "tags with a prefix"])
def test_formulas_that_were_not_calculated_are_read_wherever_they_stand(tmp_path: Path, dressed) -> None:
    """Beside the last column and below the last row of what the library reads: no row of them is lost."""
    last = damage.ROWS
    extra = (
        f'<row r="{last + 1}"><c r="A{last + 1}"><v>7</v></c><c r="D{last + 1}"><f>A1+1</f></c></row>'
        f'<row r="{last + 3}" hidden="1"><c r="B{last + 3}"><f>A1+2</f></c></row>'
    )
    (sheet,) = reading.read_for_inspection(written(tmp_path, dressed(damage.book(extra))))
    below = [sheet.grid.row(n) for n in range(last, sheet.grid.rows)]
    assert [[cell for cell in row if cell] for row in below] == [["7", "=A1+1"], [], ["=A1+2"]]
    assert below[0][3] == "=A1+1"
    assert sheet.hidden_rows == (last + 3,)


def test_a_formula_that_gives_an_empty_text_is_blank(tmp_path: Path) -> None:
    """A column of formulas drawn down below a table, as `=IF(A9="";"";1)`: they were calculated."""
    last = damage.ROWS
    cells = '<row r="{n}"><c r="A{n}" t="str"><f>IF(B1=0,&quot;&quot;,1)</f><v></v></c></row>'
    content = damage.book("".join(cells.format(n=n) for n in range(last + 1, last + 4)))
    (sheet,) = reading.read_for_inspection(written(tmp_path, content))
    assert not any(cell for n in range(last, sheet.grid.rows) for cell in sheet.grid.row(n))


def test_a_sheet_of_nothing_but_formulas_is_not_empty(tmp_path: Path) -> None:
    content = damage.book('<row r="1"><c r="B1"><f>1+1</f></c></row>', own=False)
    (sheet,) = reading.read_for_inspection(written(tmp_path, content))
    assert sheet.grid.row(0) == ["", "=1+1"]


def test_an_archive_s_entries_for_folders_are_no_pictures(tmp_path: Path) -> None:
    """OpenDocument workbooks hold some (Configurations2/toolbar/): a table that must pass was refused for it."""
    content = with_part(build.workbook(), "Configurations2/toolbar/", b"")
    home = build.home(tmp_path / "home", WORKBOOK)
    assert check(home, written(tmp_path, content), build.COLLECTION, build.RECEIVED).status == "accepted"


def test_the_texts_beside_cells_come_with_them(tmp_path: Path) -> None:
    found = reading.read_with_texts(written(tmp_path, damage.book()))
    assert ("xl/sharedStrings.xml", "Honduras") in found.texts


def test_a_bad_file_that_lies_in_raw_is_rejected_by_the_steps_and_ends_no_run(tmp_path: Path) -> None:
    """As Dagster's steps meet it: received before there were limits, or laid there by hand."""
    home = build.home(tmp_path / "home", WORKBOOK)
    far = '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>'
    books = [damage.book(extra=far), damage.panicking_xls()[4], build.workbook()]
    for number, content in enumerate(books, start=1):
        folder = home.raw / build.COLLECTION / f"{build.RECEIVED}.{number}"
        folder.mkdir()
        (folder / "datos.xlsx").write_bytes(content)
    outcomes = [process(home, one) for one in home.submissions()]
    assert [o.status for o in outcomes] == ["rejected", "rejected", "accepted"]
    assert [o.findings[0].rule for o in outcomes[:2]] == ["file_too_large", "unreadable_file"]


@pytest.mark.slow
@pytest.mark.operator("2", "limits")
def test_a_file_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight million rows of two widths are read with care, which takes more than the one second given here."""
    path = written(tmp_path, gzip.compress(b"a,b\n1\n" * 4_000_000, 1), "datos.csv.gz")
    monkeypatch.setenv(SECONDS, "1")
    finding = finding_of(path, File(type="csv", compression="gzip"))
    assert (finding.rule, finding.expected) == ("file_too_slow", "1 s")


@pytest.mark.operator("2", "limits")
def test_a_sheet_in_another_encoding_asks_for_no_more_than_it_may(tmp_path: Path) -> None:
    """Its cells are not found before they are laid out: the library is ended, or reads none."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    content = damage.book(extra=far, encoding="utf-16")
    assert finding_of(written(tmp_path, content)).rule in ("file_too_large", "unreadable_file", "empty_file")


@pytest.mark.parametrize(
    ("arguments", "begun"),
    [
        (["check", "{book}", "--collection", "X/c"], 1),
        (["submit", "--collection", "X/c", "{book}"], 1),
        (["check", "{text}", "--collection", "X/c"], 1),
        (["check", "missing.xlsx"], 0),
        (["status"], 0),
        ([], 0),
    ],
)
def test_the_reader_of_a_file_is_started_before_the_rest_is_imported(
    arguments: list[str], begun: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, text = (tmp_path / name for name in ("a.XLSX", "a.csv"))
    for file in (book, text):
        file.write_bytes(b"x")
    calls: list[int] = []
    monkeypatch.setattr(limited_reading, "begin", lambda: calls.append(1))
    main._start_reader([said.format(book=book, text=text) for said in arguments])
    assert len(calls) == begun


def test_the_reader_loads_neither_tables_nor_cards_nor_a_home() -> None:
    """What makes it ready early: each check of a workbook waits for it."""
    code = "import sys; from assets.intake.reading import reading_child; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert [
        name for name in said.split() if name.startswith(("schemas.tables", "schemas.cards.format_card"))
    ] == []
    assert [name for name in said.split() if name.startswith("warehouse.home")] == []
