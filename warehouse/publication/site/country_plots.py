"""The picture of an indicator: every country with a figure in a small plot, or in squares for yes and no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from schemas.code_names import name_in_list
from schemas.words import column_text, say
from warehouse.publication.site import card, columns, series_picture, wording, yes_no_picture
from warehouse.publication.site.card import Card
from warehouse.publication.site.facts import Facts, columns_of
from warehouse.publication.site.part import DataRow
from warehouse.statements import headlines

if TYPE_CHECKING:
    from warehouse.publication.site.query_rows import DrawnFigure

MARKS = {
    "no_figure": columns.NO_FIGURE,
    "in_doubt": columns.IN_DOUBT,
    "other_unit": columns.OTHER_UNIT,
}
"""Marks of small plots that the note explains."""
ROW_COLUMNS = ("indicator", "reporting_country", "year", "value_low", "value_high", "unit", "how")
"""Columns of the rows of a picture."""


def members_with_figures(facts: Facts, rows: Sequence[DrawnFigure], lang: str) -> list[str]:
    """Return the members of which anything was reported, in the reader's alphabetical order."""
    with_figure = {row["reporting_country"] for row in rows if row["how"] != "not_reported"}
    return [member for member in facts.members_by_name(lang) if member in with_figure]


def draw(facts: Facts, rows: Sequence[DrawnFigure], title: str, name: str, lang: str) -> Mapping[str, Markup]:
    """Return the picture of an indicator's figures, or of one of its parts, at two widths."""
    members = members_with_figures(facts, rows, lang)
    if not members:
        return {}
    years = [row["year"] for row in rows]
    entry = facts.catalogue[rows[0]["indicator"]]
    is_yes_no = are_yes_or_no(rows)
    subtitle = say(
        f"site.card.{scale_of(rows)}",
        lang,
        name=column_text(entry, "name", lang),
        unit=name_in_list("unit_measure", entry["unit"], lang),
        span=wording.span(min(years), max(years)),
    )
    if is_yes_no:
        smalls: list[series_picture.Small] = []
        body = yes_no_picture.squares_body(
            [(facts.name(member, lang), _rows_of(rows, member)) for member in members], lang
        )
    else:
        smalls = [
            series_picture.small_plot(facts, member, _rows_of(rows, member), lang) for member in members
        ]
        body = series_picture.multiples_body(smalls, lang, name)
    return card.draw_card(
        Card(
            title=title,
            subtitle=subtitle,
            note=" ".join(filter(None, [note(smalls, lang), _missing_members(facts, members, lang)])),
            source=card.source_lines(facts, card.collections_of(rows), lang),
        ),
        body,
        description="; ".join(
            ", ".join(filter(None, [f"{small.name}: {small.newest}", small.verdict])) for small in smalls
        ),
    )


def scale_of(rows: Sequence[DrawnFigure]) -> str:
    """Return how the plots are scaled: `squares` for yes and no, `shares` alike, else `own_scale`."""
    if are_yes_or_no(rows):
        return "squares"
    return "shares" if rows[0]["unit"] == headlines.SHARE else "own_scale"


def are_yes_or_no(rows: Sequence[DrawnFigure]) -> bool:
    """Return whether every number of a share is all or nothing."""
    numbers = [(row["value_low"], row["value_high"]) for row in rows if wording.is_number(row)]
    return bool(numbers) and rows[0]["unit"] == headlines.SHARE and set(numbers) <= {(0, 0), (1, 1)}


def note(smalls: Sequence[series_picture.Small], lang: str) -> str:
    """Explain the marks, the hatching and the lines that occur in small plots."""
    plot_columns = [column for small in smalls for column in small.columns]
    marks = {column.mark for column in plot_columns}
    has_bounds = any(columns.is_drawn(column) and column.low != column.high for column in plot_columns)
    return " ".join(
        [
            *([say("site.card.hatched", lang)] if has_bounds else []),
            *(say(f"site.front.mark.{name}", lang) for name, mark in MARKS.items() if mark in marks),
            *([say("site.front.break", lang)] if any(small.breaks for small in smalls) else []),
        ]
    )


def picture_rows(rows: Sequence[DrawnFigure], *part: str) -> list[DataRow]:
    """Return the rows of a picture; `part` is the column of the class or form that it shows."""
    return [columns_of(row, (*ROW_COLUMNS, *part)) for row in rows]


def _rows_of(rows: Sequence[DrawnFigure], member: str) -> list[DrawnFigure]:
    return [row for row in rows if row["reporting_country"] == member]


def _missing_members(facts: Facts, members: Sequence[str], lang: str) -> str:
    """Name the members without any figure, which have no plot."""
    names = facts.names_of(set(facts.members) - set(members), lang)
    return say("site.card.without", lang, names=", ".join(names)) if names else ""
