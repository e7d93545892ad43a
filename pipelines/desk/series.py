"""Pages of undocumented series: the list, and the form that says what a series counts and by which source."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from assets.decisions import series_answers
from assets.decisions.series_answers import SeriesAnswer
from pipelines.desk.page_request import DeskRequest, MissingInput, NotFound
from schemas.code_names import code_name
from schemas.codelists import UNKNOWN, codelist
from warehouse.reading.client import Warehouse
from warehouse.reading.undocumented_series import UndocumentedSeries, undocumented_series


def show_list(request: DeskRequest) -> Response:
    """List the undocumented series, first those with most figures and verdicts."""
    series = _series(request)
    names = {row.collection for row in series}
    answered_series = {name: series_answers.answered_series(request.home, name) for name in names}
    rows = [_label_series(request, row, answered_series[row.collection]) for row in series]
    return request.show("series_list.html.jinja", rows=rows, n=sum(not row["answered"] for row in rows))


def show_series(request: DeskRequest) -> Response:
    """Show the form of a series."""
    choices = {
        name: [(code, item.name(request.lang)) for code, item in codelist(name).items() if code != UNKNOWN]
        for name in ("counted_unit", "series_flow", "series_source_kind")
    }
    row = _requested_series(request)
    answered_series = series_answers.answered_series(request.home, row.collection)
    labelled_row = _label_series(request, row, answered_series)
    return request.show("series.html.jinja", row=labelled_row, choices=choices, identity=_identity(row))


def record_answer(request: DeskRequest) -> Response:
    """Record what the series counts, and return to the list."""
    row = _requested_series(request)
    if request.form["series"] != _identity(row):  # another release has other numbers
        raise MissingInput("desk.no_series")
    names = ("counted_unit", "flow", "publisher", "place", "address", "source_kind")
    fields = {name: request.form[name] for name in names}
    texts = {"es": request.form["what_es"], "en": request.form["what_en"]}
    series_answers.record_answer(request.home, row, SeriesAnswer(what=texts, **fields))
    return request.redirect("/series")


def _series(request: DeskRequest) -> list[UndocumentedSeries]:
    if not request.home.current.exists():
        return []
    with Warehouse.open(request.home.current) as release:
        return undocumented_series(release, request.lang)


def _requested_series(request: DeskRequest) -> UndocumentedSeries:
    rows = {str(row.number): row for row in _series(request)}
    if request.path_value("number") not in rows:
        raise NotFound("desk.no_series")
    return rows[request.path_value("number")]


def _identity(row: UndocumentedSeries) -> str:
    return f"{row.collection} {row.reporting_country} {row.measure} {row.valid_from}"


def _label_series(
    request: DeskRequest, row: UndocumentedSeries, answered_series: set[tuple[str, str, str]]
) -> dict[str, Any]:
    """Add the names of a series, its years, and whether it is answered."""
    first, last = row.valid_from[:4], (row.valid_to or "")[:4]
    return row._asdict() | {
        "country": code_name("grouping", "country", row.reporting_country, request.lang),
        "what": code_name("measure", "codes", row.measure, request.lang),
        "years": first if first == last else f"{first}–{last}",
        "answered": (row.reporting_country, row.measure, row.valid_from) in answered_series,
    }
