"""Step 2, records: bytes and format card to rows of text in columns, with every source row accounted for.

The step takes the format whose columns are closest to the file's header. Differences are findings. Rows stay
in the sender's codes; the next step (validated) decides their meaning and status.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa

from assets.intake.cell_findings import as_percentages, cell_findings
from assets.intake.reading.columns import Column, Grid, Mask, Numbers, concatenate
from assets.intake.reading.header import fill_down, header_names, stamp_of, text_at, without_footnote_marks
from assets.intake.reading.reading import HEADER_WITHIN, read_sheets
from assets.intake.reading.rounds import combine_columns, count_missing_labels
from assets.intake.reading.saved_layout import detect_layout
from assets.intake.reading.sheets import Sheet, Unreadable
from assets.intake.workbook_answers import read_answers
from schemas import patterns
from schemas.cards.card_file import File
from schemas.cards.format_card import Card, Format
from schemas.codelists import fold
from schemas.findings import Finding, Location, cell_name, rules
from schemas.patterns import PatternTooSlow
from schemas.runs import runs_text
from warehouse.home.step_results import ROW_STATUSES

SHEET, ROW, SURPLUS, LAYOUT, HEADER = "_sheet", "_row", "_surplus_cells", "_layout", "_header"
"""Columns of records.parquet in addition to the source's own. `_header` holds the names of the sheet's
columns, only if the sheets have their own headers."""
_BETWEEN_NAMES = "\x1f"


def split_header(text: str) -> list[str]:
    """Return the names of a sheet's columns that a text of `_header` holds."""
    return text.split(_BETWEEN_NAMES)


@dataclass(frozen=True)
class Records:
    """All rows of a file except its header, in columns under the header's names.

    `sheets[sheet[r]]` is a row's sheet, `row` its number from 1, `surplus` its cells beyond the header (below
    0: missing cells), `layout` True for banners, notes and blank rows. `headers` holds the names of each
    sheet's columns where the sheets differ.
    """

    columns: dict[str, Column]
    sheets: list[str | None]
    sheet: Numbers
    row: Numbers
    surplus: Numbers
    layout: Mask
    headers: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: Numbers | Mask) -> Records:
        """Return some of the rows, in their order."""
        row_numbers: Numbers = np.arange(len(self))[rows]
        columns = {name: column.take(row_numbers) for name, column in self.columns.items()}
        row, surplus, layout = self.row[row_numbers], self.surplus[row_numbers], self.layout[row_numbers]
        sheet = self.sheet[row_numbers]
        return Records(columns, self.sheets, sheet, row, surplus, layout, self.headers)

    def arrow(self) -> pa.Table:
        """Return the records as records.parquet stores them."""
        sheets = pa.array(self.sheets, pa.string()).take(pa.array(self.sheet))
        location_columns = {SHEET: sheets, ROW: self.row, SURPLUS: self.surplus, LAYOUT: self.layout}
        if self.headers:
            location_columns[HEADER] = pa.array(self.headers, pa.string()).take(pa.array(self.sheet))
        return pa.table(location_columns | {name: column.arrow() for name, column in self.columns.items()})

    @classmethod
    def from_arrow(cls, table: pa.Table) -> Records:
        """Build the records from the result of `arrow`."""
        sheet = pa.array(table[SHEET].to_pylist(), pa.string()).dictionary_encode(null_encoding="encode")
        outside_source = (SHEET, ROW, SURPLUS, LAYOUT, HEADER)
        source_columns = [name for name in table.column_names if name not in outside_source]
        header_texts = table[HEADER].to_pylist() if HEADER in table.column_names else []
        headers = dict(zip(sheet.indices.to_pylist(), header_texts, strict=False))
        row, surplus, layout = (table[name].to_numpy() for name in (ROW, SURPLUS, LAYOUT))
        columns = {name: Column.from_arrow(table[name]) for name in source_columns}
        sheets, numbers = sheet.dictionary.to_pylist(), sheet.indices.to_numpy()
        return cls(columns, sheets, numbers, row, surplus, layout, tuple(headers.values()))


def public_sheet_names(names: Iterable[str | None], card: Card) -> dict[str, str]:
    """Return each sheet under a name that may be published: its own if the card names it, else its
    position (`#2`)."""
    positions = [(position, name) for position, name in enumerate(names, start=1) if name is not None]
    return {name: name if name in card.sheets else f"#{position}" for position, name in positions}


def public_column_names(names: Iterable[str], fmt: Format) -> dict[str, str]:
    """Return, for each header that is a value of a dimension, a name that may be published: the part the card
    reads.

    If two headers have the same part, use their positions.
    """
    labels = {n: fmt.wide.matched_text(n) for n in names if fmt.wide and n not in fmt.columns}
    occurrences = Counter(labels.values())
    positions = enumerate(names, start=1)
    return {
        n: labels[n] if labels[n] and occurrences[labels[n]] == 1 else f"#{position}"
        for position, n in positions
        if n in labels
    }


@dataclass(frozen=True)
class ReadResult:
    """Result of reading a file: its records, their format, and findings on the header."""

    records: Records
    format: str
    header_row: int
    findings: list[Finding]
    answers: dict[str, str] = field(default_factory=dict)
    """Answers of the workbook, by question or by the rule that they explain."""

    @property
    def is_accepted(self) -> bool:
        """True if the header has no error; what holds a file is judged at its admission."""
        return not any(f.severity == "error" and rules()[f.rule].fate != "hold" for f in self.findings)

    @property
    def rows(self) -> dict[str, int]:
        """Number of rows by status, before any is judged."""
        layout = int(self.records.layout.sum())
        return dict.fromkeys(ROW_STATUSES, 0) | {"layout": layout, "quarantined": len(self.records) - layout}


def read(file: Path, card: Card, text: Sheet | None = None, *, collection: str = "") -> ReadResult:
    """Read the file with the closest of the card's formats. Raises Unreadable.

    `text` is a regular text that was read before.
    """
    try:
        with patterns.limit():
            return _read(file, card, text, collection)
    except PatternTooSlow as slow:
        finding = Finding("pattern_too_slow", value=slow.text, expected=slow.pattern)
        raise Unreadable(finding) from slow


def _read(file: Path, card: Card, text: Sheet | None, collection: str) -> ReadResult:
    match = best_match(file, card, text, collection)
    records = build_records(match)
    findings = [*header_findings(match), *row_findings(match, records)]
    findings += [*_unended_line(file, match), *_list_stops_early(match.format, records)]
    answers, refused_answers = read_answers(match.sheets[0].answers)
    findings += refused_answers
    return ReadResult(records, match.format.name, match.header + 1, findings, answers)


def _unended_line(file: Path, match: Match) -> list[Finding]:
    """Report a text that ends within a line. A packed file that is cut cannot be opened at all."""
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


_ROLES_OUTSIDE_LISTS = (None, "value", "case_id", "record", "note")
_PERIOD = {"period", "year", "month"}


def _list_stops_early(fmt: Format, records: Records) -> list[Finding]:
    """Report rows that repeat a list of labels each period, if the last period ends before the list does."""
    columns = {n: c for n, c in fmt.columns.items() if n in records.columns}
    roles = {n: {variant.role for _, variant in c.cases()} for n, c in columns.items()}
    if fmt.persons is not None or "case_id" in set().union(*roles.values()):
        return []
    rows = np.flatnonzero(~records.layout)
    list_columns = [n for n, c in columns.items() if c.sum_over or not roles[n] <= {*_ROLES_OUTSIDE_LISTS}]
    numbers = {n: records.columns[n].with_codes().numbers[rows] for n in list_columns}
    period_numbers = [numbers.pop(n) for n in list_columns if roles[n] & _PERIOD]
    missing = count_missing_labels([records.sheet[rows], *numbers.values(), *combine_columns(period_numbers)])
    if not missing:
        return []
    last = int(rows[-1])
    texts = [records.columns[n].text(last).strip() for n in list_columns]
    location: Location = {"sheet": records.sheets[records.sheet[last]], "source_row": int(records.row[last])}
    value = " · ".join(filter(None, texts))
    return [Finding("list_stops_early", value=value, expected=str(missing), **location)]


@dataclass(frozen=True)
class Match:
    """A format, and the position of its header in the sheets. `score` is the share of names in common, 0
    to 1. `parts` are the matches of single sheets if each has its own header."""

    format: Format
    sheets: list[Sheet]
    header: int
    score: float
    shared: int
    parts: tuple[Match, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the columns, without trailing blank ones."""
        header = header_names(self.sheets[0], self.header, self.format.file)
        return [self.format.column_name(name) for name in header]

    @property
    def top(self) -> int:
        """The first row of the header; `header` is its last row."""
        return self.header - self.format.file.header_rows + 1


def best_match(file: Path, card: Card, text: Sheet | None = None, collection: str = "") -> Match:
    """Return the closest format. Raises Unreadable if no format can read the file, two are equally close,
    or fewer than half of the columns match."""
    matches: list[Match] = []
    failures: list[tuple[Format, Unreadable]] = []
    sheets: dict[tuple[str, str], list[Sheet] | Unreadable] = {}
    own_formats = {fmt.name for fmt in card.format}
    for fmt in card.formats():
        if fmt.name not in own_formats and any(match.score == 1 for match in matches):
            break  # a template cannot match better, and reading a workbook again takes time
        fmt = fmt.model_copy(update={"file": detect_layout(file, fmt.file)})
        sheets_read = _sheets(sheets, file, fmt.file, _decimal_mark(fmt), text)
        if fmt.values.percent and not isinstance(sheets_read, Unreadable):
            sheets_read = [as_percentages(sheet) for sheet in sheets_read]
        if isinstance(sheets_read, Unreadable):
            failures.append((fmt, sheets_read))
        elif (
            fmt.name in own_formats
            or not (stamp := stamp_of(sheets_read[0]))
            or fmt.version == _version(stamp, card, collection)
        ):
            matches.append(_match(fmt, sheets_read))
    matches.sort(key=lambda m: (m.score, m.shared, m.format.name in own_formats), reverse=True)
    if not matches:
        raise _with_delimiter_finding(file, *failures[0])
    best, *others = matches
    rivals = [m for m in others if (m.score, m.shared) == (best.score, best.shared)]
    is_tie = best.format.name in own_formats and any(m.format.name in own_formats for m in rivals)
    is_template_guess = bool(own_formats) and best.format.name not in own_formats and best.score * 2 < 1
    if is_template_guess:  # report errors against the card's own formats, not against the template
        best = next((match for match in matches if match.format.name in own_formats), best)
    if is_tie or is_template_guess or best.shared * 2 < len(best.format.required):
        raise _unknown_format(file, card, best, failures)
    return best


def _version(stamp: tuple[str, ...], card: Card, collection: str) -> int:
    """Return the template version that a workbook names. Raises Unreadable for an unknown version."""
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
    sheets_by_layout: dict[tuple[str, str], list[Sheet] | Unreadable],
    path: Path,
    file: File,
    decimal: str,
    text: Sheet | None,
) -> list[Sheet] | Unreadable:
    """Read the file in the layout of a format. Formats with the same layout share the result."""
    layout = file.model_copy(update={"header_row": 1, "banner": []}).model_dump_json()
    key = (layout, "" if file.type == "csv" else decimal)
    if key not in sheets_by_layout:
        try:
            sheets = read_sheets(path, file, decimal=decimal, text=text)
            sheets_by_layout[key] = [without_footnote_marks(sheet, file.footnotes) for sheet in sheets]
        except Unreadable as unreadable:
            sheets_by_layout[key] = unreadable
    return sheets_by_layout[key]


def _decimal_mark(fmt: Format) -> str:
    """Return the decimal mark for numbers of a workbook: never the mark that groups thousands in texts."""
    mark, thousands = fmt.values.decimal[0], fmt.values.thousands
    return mark if mark != thousands else "," if mark == "." else "."


def likeness(fmt: Format, sheets: list[Sheet]) -> float:
    """Return the share of names that the best header of a sheet has in common with a format, 0 to 1.

    Raises PatternTooSlow.
    """
    return _match(fmt, sheets).score


def _match(fmt: Format, sheets: list[Sheet]) -> Match:
    if not fmt.file.own_headers:
        return _match_header(fmt, sheets)
    parts = tuple(_match_header(fmt, [sheet]) for sheet in sheets)
    worst = _worst(parts)
    columns = {name: column for part in parts for name, column in part.format.columns.items()}
    joined_format = fmt.model_copy(update={"columns": columns})
    return Match(joined_format, sheets, parts[0].header, worst.score, worst.shared, parts)


def _worst(parts: Iterable[Match]) -> Match:
    return min(parts, key=lambda part: (part.score, part.shared))


def _match_header(fmt: Format, sheets: list[Sheet]) -> Match:
    """Return the match of the row that is closest to the format. Columns of any number do not count."""
    best = Match(fmt, sheets, 0, 0.0, 0)
    for number in range(min(HEADER_WITHIN, sheets[0].grid.rows)):
        names = {fmt.column_name(n) for n in header_names(sheets[0], number, fmt.file) if n}
        wide = fmt.with_header_names(names).with_wide_columns(sorted(names))
        names -= {name for name in names if name in wide.columns and wide.columns[name].is_group}
        shared = len(names & set(wide.in_header))
        score = shared / len(names | set(wide.required)) if names else 0.0
        if score > best.score:
            best = Match(wide, sheets, number, score, shared)
    return best


def _unknown_format(
    file: Path, card: Card, best: Match, failures: list[tuple[Format, Unreadable]]
) -> Unreadable:
    names = {fmt.name for fmt in card.format}
    own_failures = [(fmt, unreadable) for fmt, unreadable in failures if fmt.name in names]
    if own_failures and best.format.name not in names:
        return _with_delimiter_finding(file, *own_failures[0])
    expected = " | ".join(", ".join(f.required) for f in card.format) or ", ".join(best.format.required)
    delimiter = _other_delimiter(best, card)
    if delimiter:
        finding = _wrong_delimiter(delimiter, best.format)
    else:
        worst = _worst(best.parts) if best.parts else best
        sheet = worst.sheets[0].name if best.parts else None
        finding = Finding(
            "unknown_format", sheet=sheet, value=", ".join(worst.names)[:200], expected=expected
        )
    rows = sum(sheet.grid.rows for sheet in best.sheets)
    blank = sum(int(sheet.grid.blank().sum()) for sheet in best.sheets)
    rows_by_status = dict.fromkeys(ROW_STATUSES, 0) | {"layout": blank, "quarantined": rows - blank}
    return Unreadable(finding, rows_by_status)


def _with_delimiter_finding(file: Path, fmt: Format, unreadable: Unreadable) -> Unreadable:
    """Add a wrong delimiter to a wrong encoding, so that the sender can correct both at once."""
    if unreadable.finding.rule == "wrong_encoding" and fmt.file.compression == "none":
        with file.open("rb") as source:
            lines = source.read(_BEGINNING).decode("cp1252", "replace").splitlines()[:HEADER_WITHIN]
        if delimiter := _find_delimiter(lines, fmt.file.delimiter, [set(fmt.required)]):
            unreadable.further.append(_wrong_delimiter(delimiter, fmt))
    return unreadable


_BEGINNING = 1 << 16
"""Number of bytes that are searched for the header of an unreadable file."""


def _wrong_delimiter(delimiter: str, fmt: Format) -> Finding:
    expected = DELIMITERS.get(fmt.file.delimiter, fmt.file.delimiter)
    return Finding("wrong_delimiter", value=delimiter, expected=expected)


def build_records(match: Match) -> Records:
    """Return all rows but the header, as text, with sheet, row number, surplus cells and the layout mask."""
    if match.parts:
        return _join_sheets([build_records(part) for part in match.parts])
    names = _unique(match.names)
    parts = [_rows_around_header(sheet.grid, match, len(names)) for sheet in match.sheets]
    sizes = [len(part.rows) for part in parts]
    columns = {
        name: concatenate([part.columns[position] for part in parts]) for position, name in enumerate(names)
    }
    for name, column in match.format.columns.items():
        if column.at:
            texts = [text_at(sheet, column.at, match.top) or "" for sheet in match.sheets]
            sheet_texts = zip(texts, sizes, strict=True)
            columns[name] = concatenate([Column.constant(text, size) for text, size in sheet_texts])
    return Records(
        columns,
        [sheet.name for sheet in match.sheets],
        np.repeat(np.arange(len(parts), dtype=np.int16), sizes),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.surplus for part in parts]),
        np.concatenate([part.layout for part in parts]),
    )


def _join_sheets(parts: list[Records]) -> Records:
    """Join the records of sheets with headers of their own. A column that a sheet lacks is blank there."""
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {
        name: concatenate([part.columns.get(name) or Column.constant("", len(part)) for part in parts])
        for name in names
    }
    return Records(
        columns,
        [sheet for part in parts for sheet in part.sheets],
        np.repeat(np.arange(len(parts), dtype=np.int16), [len(part) for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.surplus for part in parts]),
        np.concatenate([part.layout for part in parts]),
        tuple(_BETWEEN_NAMES.join(part.columns) for part in parts),
    )


@dataclass(frozen=True)
class _Part:
    """Rows of a sheet without its header."""

    columns: list[Column]
    rows: Numbers
    surplus: Numbers
    layout: Mask


def _rows_around_header(grid: Grid, match: Match, width: int) -> _Part:
    rows = np.delete(np.arange(grid.rows, dtype=np.int32), slice(match.top, match.header + 1))
    selection = slice(match.header + 1, None) if match.top == 0 else rows
    columns = [column.take(selection) for column in grid.columns[:width]]
    columns += [Column.constant("", len(rows)) for _ in range(width - len(columns))]
    layout = _layout(grid, match)[selection]
    for position, name in enumerate(match.names):
        if name in match.format.columns and match.format.columns[name].fill_down:
            columns[position] = fill_down(columns[position], layout)
    return _Part(columns, rows + 1, _surplus(grid, width)[selection], layout)


def _unique(names: list[str]) -> list[str]:
    used_names, unique = {SHEET, ROW, SURPLUS, LAYOUT}, []
    for name in names:
        free, number = name, 1
        while free in used_names:
            number += 1
            free = f"{name} ({number})"
        used_names.add(free)
        unique.append(free)
    return unique


def _surplus(grid: Grid, width: int) -> Numbers:
    """Count the filled cells beyond the header, or (below 0) the missing cells."""
    beyond = np.zeros(grid.rows, np.int32)
    for column in grid.columns[width:]:
        beyond += ~column.blank()
    widths = np.int32(len(grid.columns)) if grid.widths is None else grid.widths
    return np.where(beyond > 0, beyond, np.minimum(0, widths - width)).astype(np.int32)


def _layout(grid: Grid, match: Match) -> Mask:
    """Mark rows above the header, blank rows and banners."""
    layout = grid.blank() | _banners(grid, match)
    layout[: match.header] = True
    return layout


def _banners(grid: Grid, match: Match) -> Mask:
    """Mark rows that begin with any of the format's banners. A mere sign (`#`) does not make a data row a
    banner."""
    rows = np.zeros(grid.rows, bool)
    for banner in match.format.file.banner if grid.columns else ():
        is_banner = grid.columns[0].starts_with(banner)
        if is_banner.any() and not any(map(str.isalnum, banner)):
            is_banner &= ~_is_like_data(grid, match)
        rows |= is_banner
    return rows


def _is_like_data(grid: Grid, match: Match) -> Mask:
    """Mark rows with a value; in files of persons, rows with more than half of their cells filled."""
    if value_columns := _value_columns(match):
        has_value: Mask = np.logical_or.reduce(
            [~grid.columns[position].blank() for position in value_columns]
        )
        return has_value
    is_filled = [(~column.blank()).astype(np.int32) for column in grid.columns[: len(match.names)]]
    is_mostly_filled: Mask = np.sum(is_filled, axis=0) * 2 > len(match.names)
    return is_mostly_filled


def _value_columns(match: Match) -> list[int]:
    """Return the positions of the columns that hold values."""
    columns, width = match.format.columns, len(match.sheets[0].grid.columns)
    return [
        position
        for position, name in enumerate(match.names[:width])
        if name in columns and any(variant.role == "value" for _, variant in columns[name].cases())
    ]


def header_findings(match: Match) -> list[Finding]:
    """Return findings on columns of the header that are extra, missing or elsewhere than the card
    declares."""
    if match.parts:
        return _findings_of_parts(match)
    gap = _gap_before_table(match)
    names, fmt = match.names if gap is None else match.names[:gap], match.format
    row = match.header + 1
    extra = [n for n in dict.fromkeys(names) if n and n not in fmt.columns]
    missing = [n for n in fmt.required if n not in names]
    findings = [_duplicate(n, names, row) for n, times in Counter(names).items() if n and times > 1]
    unnamed_columns = _unnamed_columns(match, names)
    if len(unnamed_columns) == len(missing):
        pairs = list(zip(unnamed_columns, missing, strict=True))
        unnamed_columns, missing = [replace(f, expected=name, suggestion=name) for f, name in pairs], []
    findings += [*unnamed_columns, *_ignored_variants(match, names)]
    is_single_pair = len(missing) == len(extra) == 1
    for name in missing:
        near = extra[0] if is_single_pair and not _name_without_mark(match, extra[0]) else _near(name, extra)
        if near is not None:
            extra.remove(near)
            cell = cell_name(names.index(near) + 1, row)
            near_location: Location = {"source_row": row, "column_name": near, "cell": cell}
            findings.append(Finding("renamed_column", expected=name, suggestion=name, **near_location))
        else:
            findings.append(Finding("missing_column", source_row=row, column_name=name))
    findings += [f for name in names for f in _unknown_labels(match, name, names.index(name) + 1)]
    for name in extra:
        location: Location = {
            "source_row": row,
            "column_name": name,
            "cell": cell_name(names.index(name) + 1, row),
        }
        card_name = _name_without_mark(match, name)
        rule = "renamed_column" if card_name else "extra_column"
        findings.append(Finding(rule, expected=card_name, suggestion=card_name, **location))
    if gap is not None:
        findings.append(_second_table(match.sheets[0], match.header, gap + 1))
    tables_below = [
        _second_table(sheet, row, 0) for sheet in match.sheets for row in _headers_below(sheet, match)
    ]
    other_findings = [*_findings_above_header(match), *_missing_texts(match)]
    other_findings += [*_sheet_findings(match), *_values_in_banners(match), *_titles_between_rows(match)]
    return [*findings, *tables_below, *other_findings]


def _findings_of_parts(match: Match) -> list[Finding]:
    """Return the findings on the headers of sheets that have headers of their own."""
    findings = [
        replace(f, sheet=f.sheet or part.sheets[0].name)
        for part in match.parts
        for f in header_findings(part)
    ]
    return list(dict.fromkeys([*findings, *_copied_sheets(match)]))


def _ignored_variants(match: Match, names: list[str]) -> list[Finding]:
    """Report headers that a pattern ignores and that differ only in signs from a column of the card."""
    columns = match.format.columns
    ignored_names = {_letters(n): n for n in names if n in columns and columns[n].is_group}
    absent = [
        name for name in match.format.in_header if name not in names and _letters(name) in ignored_names
    ]
    return [
        Finding(
            "renamed_column",
            source_row=match.header + 1,
            column_name=ignored_names[_letters(name)],
            cell=cell_name(names.index(ignored_names[_letters(name)]) + 1, match.header + 1),
            expected=name,
            suggestion=name,
        )
        for name in absent
        if _letters(name) in ignored_names
    ]


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))


def _unnamed_columns(match: Match, names: list[str]) -> list[Finding]:
    """Report columns with content and no name in the header, as below a merged cell."""
    row, columns = match.header + 1, match.sheets[0].grid.columns
    positions = [position for position, name in enumerate(names) if not name and position < len(columns)]
    filled_positions = [position for position in positions if not columns[position].blank()[row:].all()]
    return [
        Finding("unnamed_column", source_row=row, cell=cell_name(position + 1, row))
        for position in filled_positions
    ]


def _name_without_mark(match: Match, name: str) -> str | None:
    """Return the header that the card expects in columns across, if `name` is that header with a mark at
    its end."""
    card_name = match.format.wide.name_without_mark(name) if match.format.wide else None
    return card_name if card_name not in match.names else None


def _unknown_labels(match: Match, name: str, number: int) -> list[Finding]:
    """Report labels within a header's name that are in no list."""
    unknown = match.format.wide.unknown_texts(name) if match.format.wide else {}
    cell = cell_name(number, match.header + 1)
    location: Location = {"source_row": match.header + 1, "column_name": name, "cell": cell}
    return [
        Finding("unknown_label_in_header", value=t, expected=role, **location) for role, t in unknown.items()
    ]


def _second_table(sheet: Sheet, row: int, column: int) -> Finding:
    cells = [cell.strip() for cell in sheet.grid.row(row)]
    column += next(n for n, cell in enumerate(cells[column:]) if cell)
    location: Location = {"sheet": sheet.name, "source_row": row + 1, "cell": cell_name(column + 1, row + 1)}
    return Finding("second_table", value=", ".join(filter(None, cells[column:])), **location)


def _gap_before_table(match: Match) -> int | None:
    """Return the blank column before another table on the right, whose names are not the card's."""
    names = match.names
    gap = names.index("") if "" in names else None
    if gap is None or (set(names[gap:]) - set(names[:gap])) & set(match.format.columns):
        return None
    is_filled = ~match.sheets[0].grid.columns[gap].blank()
    return None if is_filled[match.header :].any() else gap


def _headers_below(sheet: Sheet, match: Match) -> list[int]:
    """Return rows below the header that look like another header: its names again, or, after a gap, words
    above numbers."""
    grid, names = sheet.grid, set(filter(None, match.names))
    blank, shared = grid.blank(), _count_header_cells(sheet.grid, names, match.header)
    if not blank.any() and int(shared.max(initial=0)) * 2 <= len(names):
        return []
    data_rows = np.flatnonzero(~blank & ~_banners(grid, match))
    data_rows = data_rows[data_rows > match.header]
    follows_gap = np.diff(np.cumsum(blank)[data_rows], prepend=blank[: match.header + 1].sum()) > 0
    is_candidate = follows_gap | (shared[data_rows] * 2 > len(names))
    return [
        int(row)
        for row, after_a_gap in zip(data_rows[is_candidate], follows_gap[is_candidate], strict=True)
        if _is_header_again(grid.row(row), names)
        or (after_a_gap and not match.format.wide and _words_above_numbers(grid, int(row)))
    ]


def _count_header_cells(grid: Grid, names: set[str], header: int) -> Numbers:
    """Count, for each row below the header, the cells that repeat a header name. Stops early when no row
    can reach half."""
    shared = np.zeros(grid.rows, np.int32)
    in_order = sorted(grid.columns, key=lambda column: len(column.texts))
    for left, column in zip(range(len(in_order), 0, -1), in_order, strict=True):
        if (int(shared.max(initial=0)) + left) * 2 <= len(names):
            break  # whatever the remaining columns hold, no row can be a header
        shared += column.strip().isin(names)
        shared[: header + 1] = 0
    return shared


def _is_header_again(cells: list[str], names: set[str]) -> bool:
    """Check if the cells repeat the names; or all but the first, if a second table has the same columns."""
    filled_cells = [cell.strip() for cell in cells if cell.strip()]
    repeated_names = len(set(filled_cells) & names)
    return repeated_names * 2 > len(names) and (filled_cells[0] in names or repeated_names == len(names) - 1)


def _words_above_numbers(grid: Grid, row: int) -> bool:
    rows = [grid.row(number) for number in range(row, min(row + 2, grid.rows))]
    filled_cells = [[cell for cell in row if cell.strip()] for row in rows]
    numbers = [any(char.isdigit() for cell in row for char in cell) for row in filled_cells]
    return all(len(row) > 1 for row in filled_cells) and numbers == [False, True]


def _findings_above_header(match: Match) -> list[Finding]:
    """Report a header elsewhere than the card declares, and rows above it that look like rows of the
    table."""
    rows, file = match.sheets[0].first(match.top), match.format.file
    other_rows = [n for n, row in enumerate(rows) if not file.banner or not _is_note(row, file.banner)]
    header_row, expected = match.top + 1, file.header_row
    if header_row == expected or (file.banner and not other_rows):
        return []
    filled_cells = {
        n: sum(bool(cell.strip()) for cell in rows[n]) for n in other_rows if header_row > expected
    }
    data_rows = [n for n, cells in filled_cells.items() if cells > 1 and cells * 2 > len(match.names)]
    if data_rows:
        return [Finding("row_above_header", source_row=n + 1, value=str(header_row)) for n in data_rows]
    if file.own_headers:
        return []
    return [Finding("header_moved", source_row=header_row, value=str(header_row), expected=str(expected))]


def _label_columns(match: Match) -> list[int]:
    """Return the positions of the columns whose labels say what a value is."""
    columns = [match.format.columns.get(name) for name in match.names]
    return [
        n
        for n, c in enumerate(columns)
        if c and not c.ignore and (c.sum_over or {v.role for _, v in c.cases()} - {None, "value", "note"})
    ]


def _is_note(cells: list[str], banners: list[str]) -> bool:
    return not any(cell.strip() for cell in cells) or cells[0].startswith(tuple(banners))


def _titles_between_rows(match: Match) -> list[Finding]:
    """Report the first row of each sheet that begins like a row above the header and is between data rows."""
    findings = []
    for sheet in match.sheets if _value_columns(match) else ():
        first = sheet.grid.columns[0]
        above = [first.text(n) for n in range(match.top)]
        titles = tuple(b for b in match.format.file.banner if any(text.startswith(b) for text in above))
        notes, rows = _banners(sheet.grid, match), _is_like_data(sheet.grid, match)
        rows[: match.header + 1] = False
        data_rows = np.flatnonzero(rows & ~notes)
        between = [
            n
            for n in np.flatnonzero(notes & ~rows).tolist()
            if len(data_rows) and data_rows[0] < n < data_rows[-1]
        ]
        for row in [n for n in between if first.text(n).startswith(titles)][:1] if titles else ():
            location: Location = {"sheet": sheet.name, "source_row": row + 1}
            findings.append(Finding("title_between_rows", value=first.text(row), **location))
    return findings


def _values_in_banners(match: Match) -> list[Finding]:
    """Report rows below the header that begin like a banner in words and hold a value. They are not read."""
    findings = []
    for sheet in match.sheets:
        grid = sheet.grid
        is_banner = _banners(grid, match)
        is_banner[: match.header + 1] = False
        if is_banner.any() and _value_columns(match):
            for row in np.flatnonzero(is_banner & _is_like_data(grid, match)).tolist():
                location: Location = {"sheet": sheet.name, "source_row": row + 1}
                findings.append(Finding("figures_in_banner", value=grid.columns[0].text(row), **location))
    return findings


def _sheet_findings(match: Match) -> list[Finding]:
    """Report sheets that differ from the first, sheets that are not read, and merged cells."""
    first, findings = match.sheets[0], []
    for sheet in match.sheets[1:]:
        if replace(match, sheets=[sheet]).names != match.names:
            findings.append(Finding("sheet_differs", sheet=sheet.name, value=first.name))
    findings += [Finding("extra_sheet", sheet=name, value=name) for name in first.others]
    findings += [Finding("hidden_sheet", sheet=name, value=name) for name in first.hidden_sheets]
    hidden_names = [sheet.name for sheet in match.sheets if sheet.is_hidden]
    findings += [Finding("hidden_sheet_read", sheet=name, value=name) for name in hidden_names]
    for sheet in match.sheets:
        for (top, left), (bottom, _) in sheet.merged:
            if bottom > max(top, match.header) and left < len(match.names) and not _fills_down(match, left):
                cell = cell_name(left + 1, top + 1)
                findings.append(Finding("merged_cells", sheet=sheet.name, source_row=top + 1, cell=cell))
    for sheet in match.sheets:
        findings += [*_hidden_rows(sheet, match.header), *_hidden_columns(sheet, match.header)]
        findings += cell_findings(sheet, _value_columns(match), _label_columns(match), match.header)
    return findings + _copied_sheets(match)


_COPY = re.compile(
    r"\(\d+\)$|(?<=\d{4})_\d+$|(?<=\d{4})[ .-]*(?:bis|v\d|ii)$|\b(?:copia|copie|copy|cópia|duplicado)\b",
    re.IGNORECASE,
)
"""Names that spreadsheets and people give to a copied sheet: `2023 (2)`, `2023_2`, `Copia de 2023`,
`2023 bis`."""


def _copied_sheets(match: Match) -> list[Finding]:
    """Report sheets that are read and bear the name of a copy, where names or several sheets count."""
    is_named = any(column.at and column.at.sheet for column in match.format.columns.values())
    names = [sheet.name or "" for sheet in match.sheets if is_named or len(match.sheets) > 1]
    copies = {name for name in names if _COPY.search(name.strip())} | _longer_names_of_a_year(match)
    return [Finding("sheet_copied", sheet=name, value=name) for name in names if name in copies]


_WORD, _YEAR = re.compile(r"[^\W\d_]+|\d+"), re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _longer_names_of_a_year(match: Match) -> set[str]:
    """Return the names that say all that another one says, where the card reads the same of both.

    That is the texts that it reads from names (`at`), or else the years. A sheet with other columns is none.
    """
    if match.format.file.sheets:
        return set()
    places = [column.at for column in match.format.columns.values() if column.at and column.at.sheet]
    headers = [part.names for part in match.parts] or [[]] * len(match.sheets)
    groups: dict[object, list[str]] = {}
    for sheet, header in zip(match.sheets, headers, strict=True):
        name = sheet.name or ""
        texts = [text_at(sheet, at, match.top) for at in places] or sorted(set(_YEAR.findall(name)))
        if texts and None not in texts:
            groups.setdefault((*texts, *header), []).append(name)
    words = {name: Counter(_WORD.findall(fold(name))) for group in groups.values() for name in group}
    return {
        longer
        for group in groups.values()
        for n, name in enumerate(group)
        for m, longer in enumerate(group)
        if words[name] < words[longer] or (words[name] == words[longer] and n < m)
    }


def _fills_down(match: Match, position: int) -> bool:
    column = match.format.columns.get(match.names[position])
    return column is not None and column.fill_down


def _missing_texts(match: Match) -> list[Finding]:
    """Report locations outside the table where the card expects a text, and there is none or several."""
    findings = []
    for name, column in match.format.columns.items():
        for sheet in match.sheets if column.at else ():
            if column.at and text_at(sheet, column.at, match.top) is None:
                location: Location = {"sheet": sheet.name, "column_name": name, "cell": column.at.cell}
                expected_at = column.at.cell or (sheet.name if column.at.sheet else f"1–{match.top}")
                findings.append(Finding("nothing_at_place", expected=expected_at or "—", **location))
    return findings


def _hidden_rows(sheet: Sheet, header: int) -> list[Finding]:
    """Report rows of the table that the workbook hides, as `3, 5–7`."""
    filled_rows = [
        n for n in sheet.hidden_rows if header + 1 < n <= sheet.grid.rows and any(sheet.grid.row(n - 1))
    ]
    ranges = runs_text(filled_rows)
    return (
        [Finding("hidden_rows", sheet=sheet.name, source_row=filled_rows[0], value=ranges)]
        if filled_rows
        else []
    )


def _hidden_columns(sheet: Sheet, header: int) -> list[Finding]:
    """Report columns of the table that the workbook hides, as `C, E–F`."""
    columns = sheet.grid.columns
    filled_columns = [n for n in sheet.hidden_columns if not columns[n - 1].blank()[header:].all()]
    ranges = runs_text(filled_columns, lambda number: cell_name(number, 1)[:-1])
    cell = cell_name(filled_columns[0], header + 1) if filled_columns else None
    return [Finding("hidden_columns", sheet=sheet.name, cell=cell, value=ranges)] if filled_columns else []


DELIMITERS = {",": ",", ";": ";", "\t": "TAB", "|": "|"}


def _other_delimiter(best: Match, card: Card) -> str | None:
    """Return the mark that would split the header into a format's columns, if the card's own does not."""
    if best.format.file.type != "csv":
        return None
    own_delimiter = best.format.file.delimiter
    lines = [own_delimiter.join(row) for row in best.sheets[0].first(HEADER_WITHIN)]
    return _find_delimiter(lines, own_delimiter, [set(fmt.required) for fmt in card.formats()])


def _find_delimiter(lines: Iterable[str], own_delimiter: str, required: list[set[str]]) -> str | None:
    """Return another mark that splits any of the lines into more than half of a format's columns."""
    for line in lines:
        for mark, name in DELIMITERS.items():
            cells = {cell.strip(' "') for cell in line.split(mark)}
            if mark != own_delimiter and any(len(cells & r) * 2 > len(r) for r in required):
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
    """Report a file without rows, or with a number of rows outside the card's range."""
    rows = int((~records.layout).sum())
    if rows == 0:
        return [Finding("no_rows")]
    band = match.format.expectations.rows
    if band and not band[0] <= rows <= band[1]:
        return [Finding("row_count_out_of_band", value=str(rows), expected=f"{band[0]}–{band[1]}")]
    return []
