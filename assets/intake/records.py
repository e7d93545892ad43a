"""Step 2, records: bytes and format card to rows of text in columns, every source row accounted for.

The format whose columns are closest to the file's header is taken; its differences are findings.
Rows stay in the sender's codes: what they mean, and whether they stand, is decided in validated.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.intake.reading.as_saved import as_saved
from assets.intake.reading.columns import Column, Grid, Mask, Numbers, concatenated
from assets.intake.reading.header import filled_down, names_of, text_at, unmarked
from assets.intake.reading.reading import HEADER_WITHIN, read_sheets
from assets.intake.reading.rounds import absent_at_the_end, together
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas import patterns
from schemas.cards.card_file import File
from schemas.cards.format_card import Card, Format
from schemas.codelists import fold
from schemas.findings import Finding, Place, cell_name
from schemas.patterns import PatternTooSlow
from warehouse.home.staged import FATES

SHEET, ROW, SURPLUS, LAYOUT = "_sheet", "_row", "_surplus_cells", "_layout"
"""Columns of records.parquet beside the source's own."""


@dataclass(frozen=True)
class Records:
    """All rows of a file but its header, in columns under the header's names.

    `sheets[sheet[r]]` is a row's sheet, `row` its number from 1, `surplus` its cells beyond the header (below
    0: cells that are missing), `layout` whether it is a banner, a note or blank.
    """

    columns: dict[str, Column]
    sheets: list[str | None]
    sheet: Numbers
    row: Numbers
    surplus: Numbers
    layout: Mask

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Numbers | Mask) -> Records:
        """Some of the rows, in their order."""
        chosen: Numbers = np.arange(len(self))[rows]
        columns = {name: column.take(chosen) for name, column in self.columns.items()}
        row, surplus, layout = self.row[chosen], self.surplus[chosen], self.layout[chosen]
        return Records(columns, self.sheets, self.sheet[chosen], row, surplus, layout)

    def arrow(self) -> pa.Table:
        """The records as records.parquet keeps them."""
        sheets = pa.array(self.sheets, pa.string()).take(pa.array(self.sheet))
        places = {SHEET: sheets, ROW: self.row, SURPLUS: self.surplus, LAYOUT: self.layout}
        return pa.table(places | {name: column.arrow() for name, column in self.columns.items()})

    @classmethod
    def from_arrow(cls, table: pa.Table) -> Records:
        """What `arrow` gave, read back."""
        sheet = pa.array(table[SHEET].to_pylist(), pa.string()).dictionary_encode(null_encoding="encode")
        own = [name for name in table.column_names if name not in (SHEET, ROW, SURPLUS, LAYOUT)]
        return cls(
            {name: Column.from_arrow(table[name]) for name in own},
            sheet.dictionary.to_pylist(),
            sheet.indices.to_numpy(),
            *(table[name].to_numpy() for name in (ROW, SURPLUS, LAYOUT)),
        )


def shown_sheets(names: Iterable[str | None], card: Card) -> dict[str, str]:
    """Each sheet as everybody may know it: by its name where the card names it, else by its place (`#2`)."""
    placed = [(place, name) for place, name in enumerate(names, start=1) if name is not None]
    return {name: name if name in card.sheets else f"#{place}" for place, name in placed}


def shown_columns(names: Iterable[str], fmt: Format) -> dict[str, str]:
    """Each header that is a value of a dimension, as everybody may know it: what the card finds in it.

    Where two say the same, by their place.
    """
    said = {n: fmt.wide.words_in(n) for n in names if fmt.wide and n not in fmt.columns}
    often = Counter(said.values())
    placed = enumerate(names, start=1)
    return {
        n: said[n] if said[n] and often[said[n]] == 1 else f"#{place}" for place, n in placed if n in said
    }


@dataclass(frozen=True)
class Read:
    """What became of a file: its records, the format they have, and what is to be said of the header."""

    records: Records
    format: str
    header_row: int
    findings: list[Finding]

    @property
    def accepted(self) -> bool:
        """Whether nothing of the header is wrong."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def rows(self) -> dict[str, int]:
        """Rows by fate, before any is judged."""
        layout = int(self.records.layout.sum())
        return dict.fromkeys(FATES, 0) | {"layout": layout, "quarantined": len(self.records) - layout}


def read(file: Path, card: Card, sha256: str = "", *, collection: str = "") -> Read:
    """Read the file by the closest of the card's formats. Raises Unreadable."""
    try:
        with patterns.limit():
            return _read(file, card, sha256, collection)
    except PatternTooSlow as slow:
        finding = Finding("pattern_too_slow", value=slow.text, expected=slow.pattern)
        raise Unreadable(finding) from slow


def _read(file: Path, card: Card, sha256: str, collection: str) -> Read:
    match = best_match(file, card, sha256, collection)
    records = table(match)
    findings = [*header_findings(match), *row_findings(match, records)]
    findings += [*_unended(file, match), *_list_stops_early(match.format, records)]
    return Read(records, match.format.name, match.header + 1, findings)


def _unended(file: Path, match: Match) -> list[Finding]:
    """A text that ends within a line; a packed one that is cut cannot be opened."""
    if match.format.file.type != "csv" or match.format.file.compression != "none":
        return []
    with file.open("rb") as text:
        text.seek(-min(2, file.stat().st_size), os.SEEK_END)
        ends = text.read()
    return (
        []
        if b"\n" in ends or b"\r" in ends
        else [Finding("last_line_unended", source_row=match.sheets[-1].grid.rows)]
    )


_NOT_OF_A_LIST = (None, "value", "case_id", "record")
_PERIOD = {"period", "year", "month"}


def _list_stops_early(fmt: Format, records: Records) -> list[Finding]:
    """Rows that name the same figures round by round, and the last time end before the list does."""
    columns = {n: c for n, c in fmt.columns.items() if n in records.columns}
    roles = {n: {variant.role for _, variant in c.cases()} for n, c in columns.items()}
    if "case_id" in set().union(*roles.values()):
        return []
    rows = np.flatnonzero(~records.layout)
    named = [n for n, c in columns.items() if c.sum_over or not roles[n] <= {*_NOT_OF_A_LIST}]
    numbers = {n: records.columns[n].coded().numbers[rows] for n in named}
    of_period = [numbers.pop(n) for n in named if roles[n] & _PERIOD]
    absent = absent_at_the_end([records.sheet[rows], *numbers.values(), *together(of_period)])
    if not absent:
        return []
    last = int(rows[-1])
    texts = [records.columns[n].text(last).strip() for n in named]
    place: Place = {"sheet": records.sheets[records.sheet[last]], "source_row": int(records.row[last])}
    value = " · ".join(filter(None, texts))
    return [Finding("list_stops_early", value=value, expected=str(absent), **place)]


@dataclass(frozen=True)
class Match:
    """A format and where its header stands in the sheets; `score` = shared / all names, 0 to 1."""

    format: Format
    sheets: list[Sheet]
    header: int
    score: float
    shared: int

    @property
    def names(self) -> list[str]:
        """The header's names, without trailing blank cells."""
        return names_of(self.sheets[0], self.header, self.format.file.header_rows)

    @property
    def top(self) -> int:
        """The first row of the header; `header` is the last one."""
        return self.header - self.format.file.header_rows + 1


def best_match(file: Path, card: Card, sha256: str = "", collection: str = "") -> Match:
    """The closest format. Raises Unreadable: none can read the file, a tie, or less than half shared."""
    matches: list[Match] = []
    failures: list[tuple[Format, Unreadable]] = []
    sheets: dict[tuple[str, str], list[Sheet] | Unreadable] = {}
    own = {fmt.name for fmt in card.format}
    for fmt in card.formats():
        if fmt.name not in own and any(match.score == 1 for match in matches):
            break  # a template can share no more, and to read a workbook once more takes its time
        fmt = fmt.model_copy(update={"file": as_saved(file, fmt.file)})
        read = _sheets(sheets, file, fmt.file, _decimal_mark(fmt), sha256)
        if isinstance(read, Unreadable):
            failures.append((fmt, read))
        elif fmt.name in own or not read[0].stamp or fmt.version == _version(read[0].stamp, card, collection):
            matches.append(_match(fmt, read))
    matches.sort(key=lambda m: (m.score, m.shared, m.format.name in own), reverse=True)
    if not matches:
        raise _as_saved_otherwise(file, *failures[0])
    best, *others = matches
    rivals = [m for m in others if (m.score, m.shared) == (best.score, best.shared)]
    tie = best.format.name in own and any(m.format.name in own for m in rivals)
    guessed = bool(own) and best.format.name not in own and best.score * 2 < 1
    if guessed:  # not the template: what is wrong is told of the card's own formats
        best = next((match for match in matches if match.format.name in own), best)
    if tie or guessed or best.shared * 2 < len(best.format.required):
        raise _unknown_format(file, card, best, failures)
    return best


def _version(stamp: tuple[str, ...], card: Card, collection: str) -> int:
    """The version that a workbook made from the template says it is. Raises Unreadable for an unknown one."""
    name, version, made_for = (*stamp, "", "", "")[:3]
    ours = {str(fmt.version): fmt for fmt in card.templates()}
    kind = card.templates()[0].name
    if name != kind or version not in ours:
        expected = ", ".join(f"{kind} {number}" for number in ours)
        raise Unreadable(Finding("unknown_template", value=f"{name} {version}", expected=expected))
    if made_for and collection and made_for != collection:
        raise Unreadable(Finding("template_of_another", value=made_for, expected=collection))
    return int(version)


def _sheets(
    known: dict[tuple[str, str], list[Sheet] | Unreadable], path: Path, file: File, decimal: str, sha256: str
) -> list[Sheet] | Unreadable:
    """The file as a format lays it out; formats of one layout read it once."""
    layout = file.model_copy(update={"header_row": 1, "banner": []}).model_dump_json()
    key = (layout, "" if file.type == "csv" else decimal)
    if key not in known:
        try:
            sheets = read_sheets(path, file, decimal=decimal, sha256=sha256)
            known[key] = [unmarked(sheet, file.footnotes) for sheet in sheets]
        except Unreadable as unreadable:
            known[key] = unreadable
    return known[key]


def _decimal_mark(fmt: Format) -> str:
    """How a number of a workbook is written out: never with the mark that parts thousands in texts."""
    mark, thousands = fmt.values.decimal[0], fmt.values.thousands
    return mark if mark != thousands else "," if mark == "." else "."


def likeness(fmt: Format, sheets: list[Sheet]) -> float:
    """How much of its names the best header of a sheet shares with a format, 0 to 1.

    Raises PatternTooSlow.
    """
    return _match(fmt, sheets).score


def _match(fmt: Format, sheets: list[Sheet]) -> Match:
    best = Match(fmt, sheets, 0, 0.0, 0)
    for number in range(min(HEADER_WITHIN, sheets[0].grid.rows)):
        names = set(filter(None, names_of(sheets[0], number, fmt.file.header_rows)))
        wide = fmt.headed(names).widened(sorted(names))
        shared = len(names & set(wide.in_header))
        score = shared / len(names | set(wide.required)) if names else 0.0
        if score > best.score:
            best = Match(wide, sheets, number, score, shared)
    return best


def _unknown_format(
    file: Path, card: Card, best: Match, failures: list[tuple[Format, Unreadable]]
) -> Unreadable:
    names = {fmt.name for fmt in card.format}
    own = [(fmt, unreadable) for fmt, unreadable in failures if fmt.name in names]
    if own and best.format.name not in names:
        return _as_saved_otherwise(file, *own[0])
    expected = " | ".join(", ".join(f.required) for f in card.format) or ", ".join(best.format.required)
    delimiter = _other_delimiter(best, card)
    if delimiter:
        finding = _wrong_delimiter(delimiter, best.format)
    else:
        finding = Finding("unknown_format", value=", ".join(best.names)[:200], expected=expected)
    rows = sum(sheet.grid.rows for sheet in best.sheets)
    blank = sum(int(sheet.grid.blank().sum()) for sheet in best.sheets)
    seen = dict.fromkeys(FATES, 0) | {"layout": blank, "quarantined": rows - blank}
    return Unreadable(finding, seen)


def _as_saved_otherwise(file: Path, fmt: Format, unreadable: Unreadable) -> Unreadable:
    """Of a text in another encoding its delimiter, too: nobody should save a file twice to learn both."""
    if unreadable.finding.rule == "wrong_encoding" and fmt.file.compression == "none":
        with file.open("rb") as source:
            lines = source.read(_BEGINNING).decode("cp1252", "replace").splitlines()[:HEADER_WITHIN]
        if delimiter := _mark_that_parts(lines, fmt.file.delimiter, [set(fmt.required)]):
            unreadable.also.append(_wrong_delimiter(delimiter, fmt))
    return unreadable


_BEGINNING = 1 << 16
"""So many bytes are looked at for the header of a file that cannot be read."""


def _wrong_delimiter(found: str, fmt: Format) -> Finding:
    expected = DELIMITERS.get(fmt.file.delimiter, fmt.file.delimiter)
    return Finding("wrong_delimiter", value=found, expected=expected)


def table(match: Match) -> Records:
    """All rows but the header, as text, with sheet, row number, surplus cells and the layout mark."""
    names = _unique(match.names)
    parts = [_below_and_above(sheet.grid, match, len(names)) for sheet in match.sheets]
    sizes = [len(part.rows) for part in parts]
    columns = {
        name: concatenated([part.columns[place] for part in parts]) for place, name in enumerate(names)
    }
    for name, column in match.format.columns.items():
        if column.at:
            texts = [text_at(sheet, column.at, match.top) or "" for sheet in match.sheets]
            sized = zip(texts, sizes, strict=True)
            columns[name] = concatenated([Column.constant(text, size) for text, size in sized])
    return Records(
        columns,
        [sheet.name for sheet in match.sheets],
        np.repeat(np.arange(len(parts), dtype=np.int16), sizes),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.surplus for part in parts]),
        np.concatenate([part.layout for part in parts]),
    )


@dataclass(frozen=True)
class _Part:
    """The rows of one sheet without its header."""

    columns: list[Column]
    rows: Numbers
    surplus: Numbers
    layout: Mask


def _below_and_above(grid: Grid, match: Match, width: int) -> _Part:
    rows = np.delete(np.arange(grid.rows, dtype=np.int32), slice(match.top, match.header + 1))
    kept = slice(match.header + 1, None) if match.top == 0 else rows
    columns = [column.take(kept) for column in grid.columns[:width]]
    columns += [Column.constant("", len(rows)) for _ in range(width - len(columns))]
    layout = _layout(grid, match)[kept]
    for place, name in enumerate(match.names):
        if name in match.format.columns and match.format.columns[name].fill_down:
            columns[place] = filled_down(columns[place], layout)
    return _Part(columns, rows + 1, _surplus(grid, width)[kept], layout)


def _unique(names: list[str]) -> list[str]:
    taken, unique = {SHEET, ROW, SURPLUS, LAYOUT}, []
    for name in names:
        free, again = name, 1
        while free in taken:
            again += 1
            free = f"{name} ({again})"
        taken.add(free)
        unique.append(free)
    return unique


def _surplus(grid: Grid, width: int) -> Numbers:
    """Cells beyond the header that hold something, or (below 0) cells that are missing."""
    beyond = np.zeros(grid.rows, np.int32)
    for column in grid.columns[width:]:
        beyond += ~column.blank()
    widths = np.int32(len(grid.columns)) if grid.widths is None else grid.widths
    return np.where(beyond > 0, beyond, np.minimum(0, widths - width)).astype(np.int32)


def _layout(grid: Grid, match: Match) -> Mask:
    """Rows above the header, blank rows, and banners."""
    layout = grid.blank() | _banners(grid, match)
    layout[: match.header] = True
    return layout


def _banners(grid: Grid, match: Match) -> Mask:
    """The rows that begin as the format's banners do; a mere mark (`#`) makes no banner of a row of data."""
    rows = np.zeros(grid.rows, bool)
    for banner in match.format.file.banner if grid.columns else ():
        here = grid.columns[0].starts_with(banner)
        if here.any() and not any(map(str.isalnum, banner)):
            here &= ~_like_data(grid, match)
        rows |= here
    return rows


def _like_data(grid: Grid, match: Match) -> Mask:
    """The rows with a figure; of files of persons, those with more than half of their cells."""
    if figures := _figures(match):
        found: Mask = np.logical_or.reduce([~grid.columns[place].blank() for place in figures])
        return found
    filled = [(~column.blank()).astype(np.int32) for column in grid.columns[: len(match.names)]]
    many: Mask = np.sum(filled, axis=0) * 2 > len(match.names)
    return many


def _figures(match: Match) -> list[int]:
    """The places of the columns that hold values."""
    columns, width = match.format.columns, len(match.sheets[0].grid.columns)
    return [
        place
        for place, name in enumerate(match.names[:width])
        if name in columns and any(variant.role == "value" for _, variant in columns[name].cases())
    ]


def header_findings(match: Match) -> list[Finding]:
    """What the header has too much, too little or in another place than the card says."""
    beside = _table_beside(match)
    names, fmt = match.names if beside is None else match.names[:beside], match.format
    row = match.header + 1
    extra = [n for n in dict.fromkeys(names) if n and n not in fmt.columns]
    missing = [n for n in fmt.required if n not in names]
    findings = [_duplicate(n, names, row) for n, times in Counter(names).items() if n and times > 1]
    unnamed = _unnamed_columns(match, names)
    if len(unnamed) == len(missing):
        pairs = list(zip(unnamed, missing, strict=True))
        unnamed, missing = [replace(f, expected=name, suggestion=name) for f, name in pairs], []
    findings += unnamed
    alone = len(missing) == len(extra) == 1
    for name in missing:
        near = extra[0] if alone and not _with_mark(match, extra[0]) else _near(name, extra)
        if near is not None:
            extra.remove(near)
            cell = cell_name(names.index(near) + 1, row)
            place: Place = {"source_row": row, "column_name": near, "cell": cell}
            findings.append(Finding("renamed_column", expected=name, suggestion=name, **place))
        else:
            findings.append(Finding("missing_column", source_row=row, column_name=name))
    findings += [f for name in names for f in _unread_headers(match, name, names.index(name) + 1)]
    for name in extra:
        here: Place = {"source_row": row, "column_name": name, "cell": cell_name(names.index(name) + 1, row)}
        meant = _with_mark(match, name)
        rule = "renamed_column" if meant else "extra_column"
        findings.append(Finding(rule, expected=meant, suggestion=meant, **here))
    if beside is not None:
        findings.append(_second_table(match.sheets[0], match.header, beside + 1))
    below = [_second_table(sheet, row, 0) for sheet in match.sheets for row in _headers_below(sheet, match)]
    beside_it = [*_above_the_header(match), *_nothing_there(match)]
    beside_it += [*_other_sheets(match), *_figures_in_banners(match), *_titles_between_rows(match)]
    return [*findings, *below, *beside_it]


def _unnamed_columns(match: Match, names: list[str]) -> list[Finding]:
    """Columns that hold something and have no name in the header, as below a merged cell."""
    row, columns = match.header + 1, match.sheets[0].grid.columns
    places = [place for place, name in enumerate(names) if not name and place < len(columns)]
    filled = [place for place in places if not columns[place].blank()[row:].all()]
    return [Finding("unnamed_column", source_row=row, cell=cell_name(place + 1, row)) for place in filled]


def _with_mark(match: Match, name: str) -> str | None:
    """The header that the card reads in columns across, if this one is it with a mark behind."""
    meant = match.format.wide.within(name) if match.format.wide else None
    return meant if meant not in match.names else None


def _unread_headers(match: Match, name: str, number: int) -> list[Finding]:
    """Labels within a header's name that no list holds."""
    unread = match.format.wide.unread(name) if match.format.wide else {}
    cell = cell_name(number, match.header + 1)
    place: Place = {"source_row": match.header + 1, "column_name": name, "cell": cell}
    return [Finding("unknown_label_in_header", value=t, expected=role, **place) for role, t in unread.items()]


def _second_table(sheet: Sheet, row: int, column: int) -> Finding:
    cells = [cell.strip() for cell in sheet.grid.row(row)]
    column += next(n for n, cell in enumerate(cells[column:]) if cell)
    place: Place = {"sheet": sheet.name, "source_row": row + 1, "cell": cell_name(column + 1, row + 1)}
    return Finding("second_table", value=", ".join(filter(None, cells[column:])), **place)


def _table_beside(match: Match) -> int | None:
    """The blank column that parts the table from another beside it, whose names are not the card's."""
    names = match.names
    gap = names.index("") if "" in names else None
    if gap is None or (set(names[gap:]) - set(names[:gap])) & set(match.format.columns):
        return None
    filled = ~match.sheets[0].grid.columns[gap].blank()
    return None if filled[match.header :].any() else gap


def _headers_below(sheet: Sheet, match: Match) -> list[int]:
    """Rows below the header that look like another: its names again, or after a gap words above numbers."""
    grid, names = sheet.grid, set(filter(None, match.names))
    blank, shared = grid.blank(), _cells_that_are_names(sheet.grid, names, match.header)
    if not blank.any() and int(shared.max(initial=0)) * 2 <= len(names):
        return []
    solid = np.flatnonzero(~blank & ~_banners(grid, match))
    solid = solid[solid > match.header]
    gaps = np.diff(np.cumsum(blank)[solid], prepend=blank[: match.header + 1].sum()) > 0
    may_be = gaps | (shared[solid] * 2 > len(names))
    return [
        int(row)
        for row, after_a_gap in zip(solid[may_be], gaps[may_be], strict=True)
        if _is_header_again(grid.row(row), names)
        or (after_a_gap and not match.format.wide and _words_above_numbers(grid, int(row)))
    ]


def _cells_that_are_names(grid: Grid, names: set[str], header: int) -> Numbers:
    """Of each row below the header how many cells bear one of its names; too few are not counted out."""
    shared = np.zeros(grid.rows, np.int32)
    in_order = sorted(grid.columns, key=lambda column: len(column.texts))
    for left, column in zip(range(len(in_order), 0, -1), in_order, strict=True):
        if (int(shared.max(initial=0)) + left) * 2 <= len(names):
            break  # whatever the columns of many texts hold, no row can be a header
        shared += column.stripped().isin(names)
        shared[: header + 1] = 0
    return shared


def _is_header_again(cells: list[str], names: set[str]) -> bool:
    """Its names again; or all but the first one's, where a second table is of the same columns."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    again = len(set(filled) & names)
    return again * 2 > len(names) and (filled[0] in names or again == len(names) - 1)


def _words_above_numbers(grid: Grid, row: int) -> bool:
    rows = [grid.row(number) for number in range(row, min(row + 2, grid.rows))]
    filled = [[cell for cell in row if cell.strip()] for row in rows]
    numbers = [any(char.isdigit() for cell in row for char in cell) for row in filled]
    return all(len(row) > 1 for row in filled) and numbers == [False, True]


def _above_the_header(match: Match) -> list[Finding]:
    """A header elsewhere than the card says; rows above it that look like rows of the table."""
    rows, file = match.sheets[0].first(match.top), match.format.file
    kept = [n for n, row in enumerate(rows) if not file.banner or not _is_note(row, file.banner)]
    here, expected = match.top + 1, file.header_row
    if here == expected or (file.banner and not kept):
        return []
    filled = {n: sum(bool(cell.strip()) for cell in rows[n]) for n in kept if here > expected}
    data = [n for n, cells in filled.items() if cells > 1 and cells * 2 > len(match.names)]
    if data:
        return [Finding("row_above_header", source_row=n + 1, value=str(here)) for n in data]
    return [Finding("header_moved", source_row=here, value=str(here), expected=str(expected))]


def _is_note(cells: list[str], banners: list[str]) -> bool:
    return not any(cell.strip() for cell in cells) or cells[0].startswith(tuple(banners))


def _titles_between_rows(match: Match) -> list[Finding]:
    """Of each sheet the first row between rows of figures that begins as one above the header does."""
    findings = []
    for sheet in match.sheets if _figures(match) else ():
        first = sheet.grid.columns[0]
        above = [first.text(n) for n in range(match.top)]
        titles = tuple(b for b in match.format.file.banner if any(text.startswith(b) for text in above))
        notes, rows = _banners(sheet.grid, match), _like_data(sheet.grid, match)
        rows[: match.header + 1] = False
        read = np.flatnonzero(rows & ~notes)
        between = [n for n in np.flatnonzero(notes & ~rows).tolist() if len(read) and read[0] < n < read[-1]]
        for row in [n for n in between if first.text(n).startswith(titles)][:1] if titles else ():
            place: Place = {"sheet": sheet.name, "source_row": row + 1}
            findings.append(Finding("title_between_rows", value=first.text(row), **place))
    return findings


def _figures_in_banners(match: Match) -> list[Finding]:
    """Rows that begin as a banner in words does, below the header, and hold a figure: they are not read."""
    findings = []
    for sheet in match.sheets:
        grid = sheet.grid
        here = _banners(grid, match)
        here[: match.header + 1] = False
        if here.any() and _figures(match):
            for row in np.flatnonzero(here & _like_data(grid, match)).tolist():
                place: Place = {"sheet": sheet.name, "source_row": row + 1}
                findings.append(Finding("figures_in_banner", value=grid.columns[0].text(row), **place))
    return findings


def _other_sheets(match: Match) -> list[Finding]:
    """Sheets that are not like the first, sheets that nobody reads, merged cells."""
    first, findings = match.sheets[0], []
    for sheet in match.sheets[1:]:
        if names_of(sheet, match.header, match.format.file.header_rows) != match.names:
            findings.append(Finding("sheet_differs", sheet=sheet.name, value=first.name))
    findings += [Finding("extra_sheet", sheet=name, value=name) for name in first.others]
    findings += [Finding("hidden_sheet", sheet=name, value=name) for name in first.hidden_sheets]
    hidden = [sheet.name for sheet in match.sheets if sheet.is_hidden]
    findings += [Finding("hidden_sheet_read", sheet=name, value=name) for name in hidden]
    for sheet in match.sheets:
        for (top, left), (bottom, _) in sheet.merged:
            if bottom > max(top, match.header) and left < len(match.names) and not _fills_down(match, left):
                cell = cell_name(left + 1, top + 1)
                findings.append(Finding("merged_cells", sheet=sheet.name, source_row=top + 1, cell=cell))
    for sheet in match.sheets:
        findings += [*_hidden_rows(sheet, match.header), *_hidden_columns(sheet, match.header)]
    return findings


def _fills_down(match: Match, place: int) -> bool:
    column = match.format.columns.get(match.names[place])
    return column is not None and column.fill_down


def _nothing_there(match: Match) -> list[Finding]:
    """Places beside the table where the card expects a text, and none stands or several do."""
    findings = []
    for name, column in match.format.columns.items():
        for sheet in match.sheets if column.at else ():
            if column.at and text_at(sheet, column.at, match.top) is None:
                place: Place = {"sheet": sheet.name, "column_name": name, "cell": column.at.cell}
                where = column.at.cell or (sheet.name if column.at.sheet else f"1–{match.top}")
                findings.append(Finding("nothing_at_place", expected=where or "—", **place))
    return findings


def _hidden_rows(sheet: Sheet, header: int) -> list[Finding]:
    """Rows of the table that the workbook does not show, as `3, 5–7`."""
    filled = [n for n in sheet.hidden if header + 1 < n <= sheet.grid.rows and any(sheet.grid.row(n - 1))]
    hidden = _runs(filled, str)
    return [Finding("hidden_rows", sheet=sheet.name, source_row=filled[0], value=hidden)] if filled else []


def _hidden_columns(sheet: Sheet, header: int) -> list[Finding]:
    """Columns of the table that the workbook does not show, as `C, E–F`."""
    columns = sheet.grid.columns
    filled = [n for n in sheet.hidden_columns if not columns[n - 1].blank()[header:].all()]
    hidden = _runs(filled, lambda number: cell_name(number, 1)[:-1])
    cell = cell_name(filled[0], header + 1) if filled else None
    return [Finding("hidden_columns", sheet=sheet.name, cell=cell, value=hidden)] if filled else []


def _runs(numbers: list[int], name: Callable[[int], str]) -> str:
    """Numbers in words that make runs of them: `3, 5–7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("–".join(map(name, run)) for run in runs)


DELIMITERS = {",": ",", ";": ";", "\t": "TAB", "|": "|"}


def _other_delimiter(best: Match, card: Card) -> str | None:
    """The mark that would part the header into the columns of a format, if the card's own does not."""
    if best.format.file.type != "csv":
        return None
    own = best.format.file.delimiter
    lines = [own.join(row) for row in best.sheets[0].first(HEADER_WITHIN)]
    return _mark_that_parts(lines, own, [set(fmt.required) for fmt in card.formats()])


def _mark_that_parts(lines: Iterable[str], own: str, required: list[set[str]]) -> str | None:
    """Which other mark parts one of the lines into more than half of the columns of a format."""
    for line in lines:
        for mark, name in DELIMITERS.items():
            parted = {cell.strip(' "') for cell in line.split(mark)}
            if mark != own and any(len(parted & r) * 2 > len(r) for r in required):
                return name
    return None


def _duplicate(name: str, names: list[str], row: int) -> Finding:
    return Finding(
        "duplicate_column",
        source_row=row,
        column_name=name,
        cell=cell_name(names.index(name) + 1, row),
    )


def _near(name: str, candidates: list[str]) -> str | None:
    by_fold = {fold(c): c for c in candidates}
    near = get_close_matches(fold(name), by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None


def row_findings(match: Match, records: Records) -> list[Finding]:
    """A file without rows, or with a number of rows outside the card's band."""
    rows = int((~records.layout).sum())
    if rows == 0:
        return [Finding("no_rows")]
    band = match.format.expectations.rows
    if band and not band[0] <= rows <= band[1]:
        return [Finding("row_count_out_of_band", value=str(rows), expected=f"{band[0]}–{band[1]}")]
    return []
