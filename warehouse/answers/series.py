"""Series of the labelled layer: the rows of every year of an indicator and country, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.words import contract_language, say
from warehouse.answers import parts, texts
from warehouse.answers.contract import Figure
from warehouse.reading.client import Warehouse
from warehouse.reading.frames import FigureRow
from warehouse.reading.rows import row_dicts, text


class SeriesRow(FigureRow):
    """A figure of the labelled layer, with the sentences about its series."""

    verdict: str | None
    change: str | None
    answer: str | None


_LAYER = """
FROM baseline.headline
UNION ALL BY NAME SELECT * FROM baseline.headline_origin
UNION ALL BY NAME SELECT * FROM baseline.headline_exploitation
UNION ALL BY NAME SELECT * FROM baseline.headline_region
"""
_ROWS = f"""
SELECT
    indicator, reporting_country, period, origin_class, exploitation, value_low, value_high, how,
    value_{{lang}} AS value, unit, flag, collection, source_{{lang}} AS source, series_{{lang}} AS series,
    revision_state, sentence_{{lang}} AS verdict, change_{{lang}} AS change, answer_{{lang}} AS answer
FROM ({_LAYER})
WHERE how <> 'not_reported'
ORDER BY indicator, reporting_country, period, origin_class, exploitation
"""


def rows_by_series(warehouse: Warehouse) -> dict[tuple[str, str], list[SeriesRow]]:
    """Return the rows of the labelled layer with a figure, by indicator and country, the oldest first."""
    rows_of: dict[tuple[str, str], list[SeriesRow]] = {}
    sql = _ROWS.format(lang=contract_language(warehouse.lang))
    for row in row_dicts(warehouse.connection.execute(sql)):
        rows_of.setdefault((row["indicator"], row["reporting_country"]), []).append(row)
    return rows_of


def series_sentence(figures: Sequence[Figure], rows: Sequence[SeriesRow], lang: str) -> str:
    """Return the span of a series, its newest figures, and its change between two windows as sentences."""
    newest = [figure for figure in figures if figure.period == figures[-1].period]
    span = say(
        "answers.series",
        lang,
        n=len({figure.period for figure in figures}),
        first=figures[0].period,
        last=figures[-1].period,
    )
    return " ".join(filter(None, (texts.figures_sentence(newest, lang), span, newest_text(rows, "change"))))


def newest_text(rows: Sequence[Mapping[str, object]], column: str) -> str:
    """Return a text of the newest row of a series without breakdown; empty if there is none."""
    totals = [row for row in rows if not parts.is_broken_down(row)]
    return text(totals[-1][column]) if totals else ""
