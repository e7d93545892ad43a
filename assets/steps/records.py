"""Step 2, records: bytes and format card to rows of text, every source row accounted for.

The format whose columns are closest to the file's header is taken; its differences are findings.
Rows stay in the sender's codes: what they mean, and whether they stand, is decided in validated.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from assets.steps import runner
from assets.steps import submission as step_before
from assets.steps.reading import HEADER_WITHIN, Sheet, Unreadable, read_sheets
from assets.steps.runner import Step
from schemas.codelists import fold
from schemas.findings import Finding, cell_name
from schemas.format_card import Card, Format
from warehouse.home import Home, Submission
from warehouse.home.staged import FATES, Result, read, write_frame

STEP = Step(
    2,
    "records",
    ("pandas", "python-calamine"),
    after=step_before.STEP,
)

SHEET, ROW, SURPLUS, LAYOUT = "_sheet", "_row", "_surplus_cells", "_layout"
"""Columns of records.parquet beside the source's own."""


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
        return _names(self.sheets[0], self.header)


def _names(sheet: Sheet, header: int) -> list[str]:
    cells = [cell.strip() for cell in sheet.rows[header]] if header < len(sheet.rows) else []
    while cells and not cells[-1]:
        cells.pop()
    return cells


def make(home: Home, submission: Submission, key: str) -> Result:
    """Read the file into records.parquet, or say why it cannot be read."""
    before = read(home, submission.id, step_before.STEP.name)
    if before is None or not before.accepted:
        return Result(STEP.name, submission.id, key, before.status if before else "rejected")
    try:
        match = best_match(submission, home.card(submission.collection))
    except Unreadable as unreadable:
        found = [unreadable.finding]
        return Result(STEP.name, submission.id, key, "rejected", unreadable.rows, findings=found)
    frame = table(match)
    findings = [*header_findings(match), *row_findings(match, frame)]
    write_frame(home, submission.id, STEP.name, frame)
    status = "rejected" if any(f.severity == "error" for f in findings) else "accepted"
    layout = int(frame[LAYOUT].sum())
    rows = dict.fromkeys(FATES, 0) | {"layout": layout, "quarantined": len(frame) - layout}
    facts = {"format": match.format.name, "header_row": match.header + 1}
    return Result(STEP.name, submission.id, key, status, rows, facts, findings)


def best_match(submission: Submission, card: Card) -> Match:
    """The closest format. Raises Unreadable: none can read the file, a tie, or less than half shared."""
    matches, failures = [], []
    for fmt in card.formats():
        try:
            sheets = read_sheets(submission.file, fmt.file, decimal=_decimal_mark(fmt))
            matches.append(_match(fmt, sheets))
        except Unreadable as unreadable:
            failures.append((fmt, unreadable))
    own = {fmt.name for fmt in card.format}
    matches.sort(key=lambda m: (m.score, m.shared, m.format.name in own), reverse=True)
    if not matches:
        raise failures[0][1]
    best, *others = matches
    rivals = [m for m in others if (m.score, m.shared) == (best.score, best.shared)]
    tie = any((m.format.name in own) == (best.format.name in own) for m in rivals)
    if tie or best.shared * 2 < len(best.format.required):
        raise _unknown_format(card, best, failures)
    return best


def _decimal_mark(fmt: Format) -> str:
    """How a number of a workbook is written out: never with the mark that parts thousands in texts."""
    mark, thousands = fmt.values.decimal, fmt.values.thousands
    return mark if mark != thousands else "," if mark == "." else "."


def _match(fmt: Format, sheets: list[Sheet]) -> Match:
    best = Match(fmt, sheets, 0, 0.0, 0)
    for number, row in enumerate(sheets[0].rows[:HEADER_WITHIN]):
        found = {cell.strip() for cell in row if cell.strip()}
        wide = fmt.widened(sorted(found))
        shared = len(found & set(wide.columns))
        score = shared / len(found | set(wide.required)) if found else 0.0
        if score > best.score:
            best = Match(wide, sheets, number, score, shared)
    return best


def _unknown_format(card: Card, best: Match, failures: list[tuple[Format, Unreadable]]) -> Unreadable:
    names = {fmt.name for fmt in card.format}
    own = [unreadable for fmt, unreadable in failures if fmt.name in names]
    if own and best.format.name not in names:
        return own[0]
    expected = " | ".join(", ".join(f.required) for f in card.format) or ", ".join(best.format.required)
    delimiter = _other_delimiter(best, card)
    if delimiter:
        expected = DELIMITERS.get(best.format.file.delimiter, best.format.file.delimiter)
        finding = Finding("wrong_delimiter", value=delimiter, expected=expected)
    else:
        finding = Finding("unknown_format", value=", ".join(best.names)[:200], expected=expected)
    rows = [row for sheet in best.sheets for row in sheet.rows]
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    seen = dict.fromkeys(FATES, 0) | {"layout": blank, "quarantined": len(rows) - blank}
    return Unreadable(finding, seen)


def table(match: Match) -> pd.DataFrame:
    """All rows but the header, as text, with sheet, row number, surplus cells and the layout mark."""
    names = _unique(match.names)
    rows, places = [], []
    for sheet in match.sheets:
        for number, cells in enumerate(sheet.rows):
            if number == match.header:
                continue
            places.append((sheet.name, number + 1, _surplus(cells, names), _is_layout(number, cells, match)))
            rows.append([*cells[: len(names)], *[""] * (len(names) - len(cells))])
    frame = pd.DataFrame(rows, columns=names, dtype=str)
    place = pd.DataFrame(places, columns=[SHEET, ROW, SURPLUS, LAYOUT])
    return pd.concat([place.astype({SHEET: object}), frame], axis=1)


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


def _surplus(cells: list[str], names: list[str]) -> int:
    """Cells beyond the header that hold something, or (below 0) cells that are missing."""
    beyond = sum(bool(cell.strip()) for cell in cells[len(names) :])
    return beyond or min(0, len(cells) - len(names))


def _is_layout(number: int, cells: list[str], match: Match) -> bool:
    banner = match.format.file.banner
    if number < match.header or not any(cell.strip() for cell in cells):
        return True
    return bool(banner and cells[0].startswith(banner))


def header_findings(match: Match) -> list[Finding]:
    """What the header has too much, too little or in another place than the card says."""
    beside = _table_beside(match)
    names, fmt = match.names if beside is None else match.names[:beside], match.format
    row = match.header + 1
    extra = [n for n in dict.fromkeys(names) if n not in fmt.columns]
    missing = [n for n in fmt.required if n not in names]
    findings = [_duplicate(n, names, row) for n, times in Counter(names).items() if times > 1]
    alone = len(missing) == len(extra) == 1
    for name in missing:
        near = extra[0] if alone else _near(name, extra)
        if near is not None:
            extra.remove(near)
            place = {"column_name": near, "cell": cell_name(names.index(near) + 1, row)}
            findings.append(
                Finding("renamed_column", source_row=row, expected=name, suggestion=name, **place)
            )
        else:
            findings.append(Finding("missing_column", source_row=row, column_name=name))
    for name in extra:
        cell = cell_name(names.index(name) + 1, row)
        findings.append(Finding("extra_column", source_row=row, column_name=name, cell=cell))
    if beside is not None:
        findings.append(_second_table(match.sheets[0], match.header, beside + 1))
    below = [_second_table(sheet, row, 0) for sheet in match.sheets for row in _headers_below(sheet, match)]
    return [*findings, *below, *_above_the_header(match), *_other_sheets(match)]


def _second_table(sheet: Sheet, row: int, column: int) -> Finding:
    cells = [cell.strip() for cell in sheet.rows[row]]
    column += next(n for n, cell in enumerate(cells[column:]) if cell)
    place = {"source_row": row + 1, "cell": cell_name(column + 1, row + 1)}
    return Finding("second_table", sheet=sheet.name, value=", ".join(filter(None, cells[column:])), **place)


def _table_beside(match: Match) -> int | None:
    """The blank column that parts the table from another beside it, whose names are not the card's."""
    names = match.names
    gap = names.index("") if "" in names else None
    if gap is None or (set(names[gap:]) - set(names[:gap])) & set(match.format.columns):
        return None
    rows = match.sheets[0].rows[match.header :]
    return None if any(len(row) > gap and row[gap].strip() for row in rows) else gap


def _headers_below(sheet: Sheet, match: Match) -> list[int]:
    """Rows below the header that look like another: its names again, or after a gap words above numbers."""
    names, found, gap = set(filter(None, match.names)), [], False
    banner = match.format.file.banner
    for number, cells in enumerate(sheet.rows[match.header + 1 :], start=match.header + 1):
        first = next((cell.strip() for cell in cells if cell.strip()), None)
        if first is None or (banner and cells[0].startswith(banner)):
            gap |= first is None
            continue
        again = first in names and len({c.strip() for c in cells} & names) * 2 > len(names)
        if again or (gap and not match.format.wide and _words_above_numbers(sheet.rows[number : number + 2])):
            found.append(number)
        gap = False
    return found


def _words_above_numbers(rows: list[list[str]]) -> bool:
    filled = [[cell for cell in row if cell.strip()] for row in rows]
    numbers = [any(char.isdigit() for cell in row for char in cell) for row in filled]
    return all(len(row) > 1 for row in filled) and numbers == [False, True]


def _above_the_header(match: Match) -> list[Finding]:
    """A header elsewhere than the card says; rows above it that look like rows of the table."""
    rows, file = match.sheets[0].rows[: match.header], match.format.file
    told = [n for n, row in enumerate(rows) if not file.banner or not _is_layout(match.header, row, match)]
    expected = file.header_row if file.banner is None else match.header + 1 - len(told)
    here = match.header + 1
    if here == expected:
        return []
    filled = {n: sum(bool(cell.strip()) for cell in rows[n]) for n in told if here > expected}
    data = [n for n, cells in filled.items() if cells > 1 and cells * 2 > len(match.names)]
    if data:
        return [Finding("row_above_header", source_row=n + 1, value=str(here)) for n in data]
    return [Finding("header_moved", source_row=here, value=str(here), expected=str(expected))]


def _other_sheets(match: Match) -> list[Finding]:
    """Sheets that are not like the first, sheets that nobody reads, merged cells."""
    first, findings = match.sheets[0], []
    for sheet in match.sheets[1:]:
        if _names(sheet, match.header) != match.names:
            findings.append(Finding("sheet_differs", sheet=sheet.name, value=sheet.name, expected=first.name))
    findings += [Finding("extra_sheet", sheet=name, value=name) for name in first.others]
    for sheet in match.sheets:
        for (top, left), (bottom, _) in sheet.merged:
            if bottom > max(top, match.header) and left < len(match.names):
                place = {"source_row": top + 1, "cell": cell_name(left + 1, top + 1)}
                findings.append(Finding("merged_cells", sheet=sheet.name, **place))
    findings += [f for sheet in match.sheets for f in _hidden_rows(sheet, match.header)]
    return findings


def _hidden_rows(sheet: Sheet, header: int) -> list[Finding]:
    """Rows of the table that the workbook does not show, as `3, 5–7`."""
    filled = [n for n in sheet.hidden if header + 1 < n <= len(sheet.rows) and any(sheet.rows[n - 1])]
    runs: list[list[int]] = []
    for number in filled:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    told = ", ".join("–".join(map(str, run)) for run in runs)
    return [Finding("hidden_rows", sheet=sheet.name, source_row=filled[0], value=told)] if filled else []


DELIMITERS = {",": ",", ";": ";", "\t": "TAB", "|": "|"}


def _other_delimiter(best: Match, card: Card) -> str | None:
    """The mark that would part the header into the columns of a format, if the card's own does not."""
    if best.format.file.type != "csv":
        return None
    required = [set(fmt.required) for fmt in card.formats()]
    for row in best.sheets[0].rows[:HEADER_WITHIN]:
        line = best.format.file.delimiter.join(row)
        for mark, name in DELIMITERS.items():
            parted = {cell.strip(' "') for cell in line.split(mark)}
            if mark != best.format.file.delimiter and any(len(parted & r) * 2 > len(r) for r in required):
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


def row_findings(match: Match, frame: pd.DataFrame) -> list[Finding]:
    """A file without rows, or with a number of rows outside the card's band."""
    rows = int((~frame[LAYOUT]).sum())
    if rows == 0:
        return [Finding("no_rows")]
    band = match.format.expectations.rows
    if band and not band[0] <= rows <= band[1]:
        return [Finding("row_count_out_of_band", value=str(rows), expected=f"{band[0]}–{band[1]}")]
    return []


def run(home: Home, submissions: Sequence[Submission]) -> list[Result]:
    """Make the step for submissions that are not fresh."""
    return runner.run(home, submissions, STEP, make)
