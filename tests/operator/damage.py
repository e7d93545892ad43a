"""Small workbooks of each kind, written by hand, and ways of damaging them. Nothing is measured here."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import re
import struct
import zipfile
from collections.abc import Callable, Mapping

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

ROWS = 5
"""Rows of three numbers in each small workbook, written by row: 7, 8, 9; 10, 11, 12; …"""


def book(
    extra: str = "", part: str = "xl/worksheets/sheet1.xml", encoding: str = "utf-8", *, own: bool = True
) -> bytes:
    """An xlsx file, with more rows of XML below its own, or instead of them."""
    rows = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}"><v>{4 + 3 * r + n}</v></c>' for n, c in enumerate("ABC"))
        + "</row>"
        for r in range(1, ROWS + 1 if own else 1)
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="datos" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
            f'Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"><si><t>Honduras</t></si></sst>',
            part: f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{_MAIN}"><sheetData>'
            f"{rows}{extra}</sheetData></worksheet>".encode(encoding),
        }
    )


def opendocument(columns: int = 3, rows: int = ROWS) -> bytes:
    """An ods file of one number, repeated."""
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    cell = (
        f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" '
        'office:value="7"><text:p>7</text:p></table:table-cell>'
    )
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="datos">'
        f"{row}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{_MANIFEST}"><manifest:file-entry manifest:full-path="/" '
    manifest += f'manifest:media-type="{_ODS}"/></manifest:manifest>'
    return archive({"mimetype": _ODS, "META-INF/manifest.xml": manifest, "content.xml": content})


_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return packed.getvalue()


_SECTOR = 512
_END, _FAT, _FREE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def old_workbook(far: tuple[int, int] | None = None, more: bytes = b"", *, small: bool = False) -> bytes:
    """An xls file: BIFF8 records in a compound file of one stream; its first cell is a shared string.

    `far` is the row and column, from 0, of one more cell, `more` are records of the sheet. A `small` file keeps its
    records in sectors of 64 bytes, as programs write files of less than 4 KiB.
    """
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6))
    strings = record(0x00FC, struct.pack("<II", 1, 1) + struct.pack("<HB", 8, 0) + b"Honduras")
    name = b"datos"
    sheet_at = len(begin) + len(strings) + 4 + 8 + len(name) + 4
    sheet = record(0x0085, struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 0) + name)
    globals_ = begin + sheet + strings + record(0x000A, b"")
    assert len(globals_) == sheet_at
    cells = record(0x0200, struct.pack("<IIHHH", 0, ROWS, 0, 3, 0))
    cells += record(0x00FD, struct.pack("<HHHI", 0, 0, 0, 0))
    for row in range(1, ROWS):
        for column in range(3):
            cells += record(0x0203, struct.pack("<HHHd", row, column, 0, 7.0 + 3 * row + column))
    if far:
        cells += record(0x0203, struct.pack("<HHHd", *far, 0, 1.0))
    begin_sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6))
    stream = globals_ + begin_sheet + more + cells + record(0x000A, b"")
    return _compound_of_small_sectors(stream) if small else _compound(stream)


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """A compound file: header, one sector of allocations, one of directory, then the stream."""
    stream = stream.ljust(4096, b"\0")  # a shorter one would live in a table of small sectors
    sectors = -(-len(stream) // _SECTOR)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0, 0)[:40] + struct.pack(
        "<108I", *[_FREE] * 108
    )
    chain = [_FAT, _END, *range(3, 2 + sectors), _END]
    fat = struct.pack(f"<{len(chain)}I", *chain) + struct.pack("<I", _FREE) * (128 - len(chain))
    root = _entry("Root Entry", 5, child=1, start=_END, size=0)
    own = _entry("Workbook", 2, child=_FREE, start=2, size=len(stream))
    return head + fat + root + own + bytes(256) + stream.ljust(sectors * _SECTOR, b"\0")


def _compound_of_small_sectors(stream: bytes) -> bytes:
    """The same, with sectors of 64 bytes within a stream of their own, and one sector of their allocations."""
    used, sectors = -(-len(stream) // 64), -(-len(stream) // _SECTOR)
    assert len(stream) < 4096
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, 2, 1, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    fat = _sector([_FAT, _END, _END, *range(4, 3 + sectors), _END])
    root = _entry("Root Entry", 5, child=1, start=3, size=sectors * _SECTOR)
    own = _entry("Workbook", 2, child=_FREE, start=0, size=len(stream))
    links = _sector([*range(1, used), _END])
    return head + fat + root + own + bytes(256) + links + stream.ljust(sectors * _SECTOR, b"\0")


def _sector(numbers: list[int]) -> bytes:
    return struct.pack("<128I", *numbers, *[_FREE] * (128 - len(numbers)))


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", _FREE, _FREE, child)
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBB", len(wide), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def panicking_xls() -> list[bytes]:
    """Workbooks whose records end too early: the reader's library panics on some of them."""
    content = old_workbook()
    found = []
    for kind in (0x00FC, 0x0085, 0x00FD, 0x0203, 0x0200):
        at = content.index(struct.pack("<H", kind), _SECTOR * 3)
        found += [content[: at + 2] + struct.pack("<H", n) + content[at + 4 :] for n in (0, 1, 2, 3)]
    return found


KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "xlsx": (".xlsx", book),
    "xls": (".xls", old_workbook),
    "ods": (".ods", opendocument),
    "csv (gzip)": (".csv.gz", lambda: gzip.compress(_TEXT, mtime=0)),
    "csv (bz2)": (".csv.bz2", lambda: bz2.compress(_TEXT)),
    "csv (xz)": (".csv.xz", lambda: lzma.compress(_TEXT)),
    "csv (zip)": (".csv.zip", lambda: archive({"datos.csv": _TEXT.decode()})),
}
"""What is damaged: the ending of its name, and the good file."""
_TEXT = b"a,b,c\n" + b"".join(b"%d,%d,x\n" % (n, n * 7) for n in range(2_000))


def damaged(kind: str, number: int, seed: int) -> tuple[str, bytes]:
    """The way of damaging and the damaged file; the same for anyone."""
    chance = random.Random(f"{seed}.{kind}.{number}")
    ways = [*BYTES, *(_PARTS if kind in ("xlsx", "ods") else {}), *(_STREAM if kind == "xls" else {})]
    way = ways[number % len(ways)]
    content = KINDS[kind][1]()
    return way, ({**BYTES, **_PARTS, **_STREAM}[way])(content, chance)


def damaged_workbook(content: bytes, chance: random.Random) -> bytes:
    """A workbook of the xlsx kind, damaged in one of the ways."""
    return chance.choice([*BYTES.values(), *_PARTS.values()])(content, chance)


def _bytes_changed(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 5, 20, 100])):
        changed[chance.randrange(len(changed))] = chance.choice(
            [0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)]
        )
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _piece_moved(content: bytes, chance: random.Random) -> bytes:
    a, b, c = sorted(chance.randrange(len(content)) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def _piece_repeated(content: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:b] + content[a:b] * chance.choice([1, 3, 50]) + content[b:]


def _numbers_changed(content: bytes, chance: random.Random) -> bytes:
    return _in_parts(content, chance, lambda text: re.sub(rb"\d+", lambda n: _number(n[0], chance), text))


def _number(number: bytes, chance: random.Random) -> bytes:
    wild = [b"0", b"-1", b"1048576", b"4294967295", b"18446744073709551615", b"9" * 30, b""]
    return chance.choice(wild) if chance.random() < 0.15 else number


def _case_changed(content: bytes, chance: random.Random) -> bytes:
    return _in_parts(content, chance, lambda text: text.swapcase() if chance.random() < 0.5 else _lower(text))


def _lower(text: bytes) -> bytes:
    return re.sub(rb'r="([A-Z]+\d+)"', lambda m: m[0].lower(), text).replace(b'"', b"'")


def _far_cell(content: bytes, chance: random.Random) -> bytes:
    place = chance.choice(
        [b"XFD1048576", b"xfd1048576", b"ZZZZZ9999999", b"A1048576", b"CQ1048576", b"AAA99999"]
    )
    far = b'<row r="1048576"><c r="' + place + b'"><v>1</v></c></row></sheetData>'
    return _in_parts(content, chance, lambda text: text.replace(b"</sheetData>", far))


def _elements_changed(content: bytes, chance: random.Random) -> bytes:
    def changed(text: bytes) -> bytes:
        parts = re.split(rb"(<[^>]*>)", text)
        for _ in range(chance.choice([1, 3, 10])):
            at = chance.randrange(len(parts))
            parts[at] = chance.choice(
                [b"", parts[at] * 2, parts[chance.randrange(len(parts))], parts[at][:-2]]
            )
        return b"".join(parts)

    return _in_parts(content, chance, changed)


def _names_changed(content: bytes, chance: random.Random) -> bytes:
    rename = chance.choice([str.upper, str.title, lambda n: n.replace("/", "\\"), lambda n: "../" + n])
    return _repacked(content, lambda name, text: (rename(name) if chance.random() < 0.5 else name, text))


def _in_parts(content: bytes, chance: random.Random, change: Callable[[bytes], bytes]) -> bytes:
    return _repacked(content, lambda name, text: (name, change(text) if chance.random() < 0.7 else text))


def _repacked(content: bytes, change: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(*change(name, old.read(name)))
    return target.getvalue()


def _records_changed(content: bytes, chance: random.Random) -> bytes:
    """Bytes of the stream, not of the compound file around it: lengths, counts, numbers of strings."""
    start, end = _SECTOR * 3, len(content.rstrip(b"\0"))
    changed = bytearray(content)
    for _ in range(chance.choice([1, 2, 4, 8])):
        changed[chance.randrange(start, end)] = chance.choice([0, 1, 2, 0x7F, 0xFF, chance.randrange(256)])
    return bytes(changed)


_Way = Callable[[bytes, random.Random], bytes]
BYTES: dict[str, _Way] = {
    "bytes changed": _bytes_changed,
    "cut": _cut,
    "a piece moved": _piece_moved,
    "a piece repeated": _piece_repeated,
}
"""Ways of damaging any file that is not empty."""
_PARTS: dict[str, _Way] = {
    "numbers changed": _numbers_changed,
    "case and quotation marks changed": _case_changed,
    "a far cell": _far_cell,
    "elements changed": _elements_changed,
    "parts renamed": _names_changed,
}
_STREAM: dict[str, _Way] = {"records changed": _records_changed, "more records changed": _records_changed}
