"""Refusal of a reply to a figure that is not in the release in force. Without a release nothing is refused.

The gate reports replies whose figure is missing from a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets.intake.judging.validation import Scope, find_scope, to_frame
from assets.intake.privacy.guard import RefusedFile
from assets.intake.reading.sheets import Sheet, Unreadable
from assets.intake.record_lines import build_lines
from assets.intake.records import ROW, SHEET, read
from schemas import groupings
from schemas.cards.format_card import Card
from schemas.contracts import SOURCE, UNRESOLVED_CODE
from schemas.findings import Finding, cell_name
from schemas.records import Declaration
from warehouse.home import Home

if TYPE_CHECKING:
    import duckdb

RULE = "no_such_figure"
SHOWN = 6
"""Number of near names in a refusal."""

Line = Mapping[Any, Any]
Figures = list[tuple[str, str, str | None]]
"""Collection, measure or item, and period of the figures of a country."""


def refuse_if_no_figure(home: Home, file: Path, card: Card, text: Sheet | None = None) -> None:
    """Raise RefusedFile for the first row that replies to a figure that its country does not have.

    Rows with another error are left to the contract, and so is a file that cannot be read. `text` is a
    regular text that was read before.
    """
    declaration = card.declaration
    if declaration is None or declaration.answers is None or not home.current.exists():
        return
    try:
        result = read(file, card, text)
    except Unreadable:
        return
    if result.is_accepted:
        fmt = card.format_named(result.format)
        scope = find_scope(result.records, fmt.with_header_names(result.records.columns))
        lines = build_lines(to_frame(scope.records), declaration, scope.format)
        import duckdb  # trying another file loads no engine

        with duckdb.connect(str(home.current), read_only=True) as release:
            _refuse_lines(release, lines.to_dict("records"), declaration, scope)


def _refuse_lines(
    release: duckdb.DuckDBPyConnection, lines: Sequence[Line], declaration: Declaration, scope: Scope
) -> None:
    from warehouse.reading.replies import figures_of

    answers = declaration.answers
    assert answers is not None
    names = (answers.collection, answers.item, answers.period)
    members = {span.member for span in groupings.load() if span.grouping == groupings.DEFAULT_GROUPING}
    for line in lines:
        country, *asked = (line[name] for name in (answers.country, *names))
        if country not in members or UNRESOLVED_CODE in asked:
            continue
        if fault := find_fault(figures_of(release, country), *asked):
            number, near = fault
            raise RefusedFile(_finding(line, names[number], near, declaration, scope))


def _finding(line: Line, name: str, near: list[str], declaration: Declaration, scope: Scope) -> Finding:
    """Return the finding at the cell of a name."""
    headers = dict(zip((cell.name for cell in declaration.cells), scope.format.columns, strict=True))
    row, column = int(line[ROW]), list(scope.records.columns).index(headers[name]) + 1
    return Finding(
        RULE,
        sheet=line[SHEET],
        source_row=row,
        column_name=headers[name],
        cell=cell_name(column, row),
        value=str(line[SOURCE + name]),
        expected=", ".join(near) or "–",
    )


def find_fault(figures: Figures, collection: str, item: str, period: str) -> tuple[int, list[str]] | None:
    """Return which of the three names no figure, from 0, and the near names; None if there is such a figure.

    A blank item or period is every one.
    """
    from warehouse.reading.arguments import nearest_names

    left = [figure for figure in figures if figure[0] == collection]
    if not left:
        return 0, nearest_names(collection, sorted({figure[0] for figure in figures}))[:SHOWN]
    items = sorted({figure[1] for figure in left})
    left = [figure for figure in left if item in ("", figure[1])]
    if not left:
        return 1, nearest_names(item, items)[:SHOWN]
    periods = {figure[2] for figure in left}
    if period and None not in periods and period not in periods:
        return 2, nearest_periods(period, filter(None, periods))
    return None


def nearest_periods(period: str, periods: Iterable[str]) -> list[str]:
    """Return the periods nearest to `period`, in their order. Text without a year is after all years."""

    def year_of(text: str) -> int:
        digits = "".join(filter(str.isdigit, text))[:4]
        return int(digits) if len(digits) == 4 else 9999

    nearest = sorted(periods, key=lambda known: (abs(year_of(known) - year_of(period)), known))[:SHOWN]
    return sorted(nearest)
