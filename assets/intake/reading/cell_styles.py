"""Styles of cells that change what a reader of the sheet sees: number formats and struck-through text.

Calamine reports values without styles. hidden_content.py reads xlsx and ods with this module, xls_records.py
reads xls.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree

BUILT_IN = {"9": "0%", "10": "0.00%"}
"""Formats without a definition of their own that show another number, by their number."""
_LIMITS = "<>≤≥±~+"
"""Marks before or after a number that make it another one: fewer than, at least, about."""
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.|\*.')


def shows_another_number(code: str) -> bool:
    """Check if a number format shows a percentage, thousands, a unit, a limit, three decimals or nothing."""
    positive = code.split(";")[0]
    texts = "".join(match[1] or match[2] or "" for match in _QUOTED.finditer(positive))
    plain = _QUOTED.sub("", positive)
    is_scaled = re.search(r"[0#?],+(?![0#?,])", plain) or re.search(r"[.]0{3}(?!0)", plain)
    shows_unit = bool(re.search(r"[0#?]", plain)) and any(mark.isalnum() or mark in _LIMITS for mark in texts)
    is_empty = ";" in code and not positive.strip() and len(code) > 1
    return bool("%" in positive or is_scaled or shows_unit or is_empty)


@dataclass(frozen=True)
class Styles:
    """Styles of a workbook that matter, by the name or number that a cell refers to."""

    formats: dict[str, str] = field(default_factory=dict)
    """Formats that show another number than the cell holds."""
    struck_styles: frozenset[str] = frozenset()
    """Styles whose text is struck through."""


@dataclass
class Sightings:
    """Cells of a sheet with such a style, collected while the sheet is read."""

    formats: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    struck_cells: dict[tuple[int, int], int] = field(default_factory=dict)

    def add_number(self, row: int, column: int, code: str, count: int = 1) -> None:
        """Count a number whose format shows another one."""
        first, cells = self.formats.get((column, code), (row, 0))
        self.formats[column, code] = first, cells + count

    def add_struck(self, row: int, column: int, count: int = 1) -> None:
        """Count a cell, and those below it, whose text is struck through."""
        self.struck_cells[row, column] = count

    def format_facts(self) -> tuple[tuple[int, str, int, int], ...]:
        """Return column, format, first row and number of cells."""
        return tuple((column, code, *cells) for (column, code), cells in sorted(self.formats.items()))

    def struck_facts(self) -> tuple[tuple[int, int, int], ...]:
        """Return first row, column and number of rows."""
        return tuple((row, column, count) for (row, column), count in sorted(self.struck_cells.items()))


def styles_of_xlsx(archive: zipfile.ZipFile, members: dict[str, str]) -> Styles:
    """Read the styles of an xlsx workbook. A cell refers to them by number."""
    if not (part := members.get("xl/styles.xml")):
        return Styles()
    root = ElementTree.fromstring(archive.read(part))
    own = (x for x in root.iter() if x.tag.endswith("}numFmt"))
    codes = BUILT_IN | {str(x.get("numFmtId")): str(x.get("formatCode")) for x in own}
    fonts = next((x for x in root if x.tag.endswith("}fonts")), ())
    struck_fonts = {str(n) for n, font in enumerate(fonts) if any(map(_is_strike, font))}
    cell_styles = [(str(n), style) for n, style in enumerate(_cell_styles(root))]
    formats = {n: codes.get(str(style.get("numFmtId")), "") for n, style in cell_styles}
    return Styles(
        {n: code for n, code in formats.items() if shows_another_number(code)},
        frozenset(n for n, style in cell_styles if style.get("fontId") in struck_fonts),
    )


def _cell_styles(root: ElementTree.Element) -> list[ElementTree.Element]:
    return list(next((x for x in root if x.tag.endswith("}cellXfs")), ()))


def _is_strike(element: ElementTree.Element) -> bool:
    return element.tag.endswith("}strike") and element.get("val", "1") not in ("0", "false")


_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"


@dataclass
class OdsStyles:
    """Styles of an OpenDocument workbook, collected from the elements before its tables."""

    codes: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def add_all(self, root: ElementTree.Element) -> None:
        """Add all styles of a part."""
        for element in root.iter():
            self.add(element)

    def add(self, element: ElementTree.Element) -> None:
        """Add an element if it declares a number format or a style of cells."""
        name = str(element.get(f"{_STYLE}name"))
        if element.tag in (f"{_NUMBER}number-style", f"{_NUMBER}percentage-style"):
            self.codes[name] = _code_of_ods(element)
        elif element.tag == f"{_STYLE}style" and element.get(f"{_STYLE}family") == "table-cell":
            lines = (x.get(f"{_STYLE}text-line-through-style", "none") for x in element)
            is_struck = any(line != "none" for line in lines)
            self.cells[name] = str(element.get(f"{_STYLE}data-style-name")), is_struck

    def code(self, style: str | None) -> str:
        """Return the format of a style of cells; empty if it shows the number that the cell holds."""
        code = self.codes.get(self.cells.get(str(style), ("", False))[0], "")
        return code if shows_another_number(code) else ""

    def is_struck(self, style: str | None) -> bool:
        """Check if a style of cells strikes its text through."""
        return self.cells.get(str(style), ("", False))[1]


def _code_of_ods(element: ElementTree.Element) -> str:
    """Write the number format of an OpenDocument style as a spreadsheet shows it."""
    parts = []
    for child in element:
        if child.tag == f"{_NUMBER}number":
            decimals = int(child.get(f"{_NUMBER}decimal-places", "0"))
            thousands = len(child.get(f"{_NUMBER}display-factor", "1")) // 3
            parts.append("0" + ("." + "0" * decimals if decimals else "") + "," * thousands)
        elif child.tag == f"{_NUMBER}text":
            text = child.text or ""
            parts.append("%" if text.strip() == "%" else f'"{text}"')
    return "".join(parts)
