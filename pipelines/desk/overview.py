"""Overview page: collections, coverage, held submissions, open alerts; confirmation and withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from assets.answers.justifications import justification_sentences
from assets.intake.freshness import outdated_submissions
from pipelines.dagster.collection_status import collection_row, inbox_files, submission_states
from pipelines.desk.hand_in import visible_submission
from pipelines.desk.page_request import DeskRequest, MissingInput, collection_title
from schemas.code_names import code_name
from schemas.words import column_text, say
from warehouse.home import Submission, receipts
from warehouse.home.calendar import next_release, today
from warehouse.home.corrections import correction_event
from warehouse.reading.client import Warehouse
from warehouse.reading.open_alerts import open_alerts
from warehouse.release import attention, last_refresh, older_releases
from warehouse.release.older_releases import OlderRelease

if TYPE_CHECKING:
    from warehouse.reading.open_alerts import OpenAlert

HISTORY_SHOWN = 20
"""Number of submissions of a collection that are listed, the latest first."""
YEARS = 10
"""Number of years in the coverage map."""
_COVERAGE = """
SELECT reporting_country, year, collection, measure, any_value(status) AS status
FROM analysis.coverage
GROUP BY ALL ORDER BY ALL
"""


def show_page(request: DeskRequest) -> Response:
    """Show the overview."""
    names = [name for name in request.home.collections() if request.person.sees(name)]
    rows = [collection_row(request.home, name) for name in names]
    due = {
        delivery.collection: delivery.due_on for delivery in attention.list_awaited_collections(request.home)
    }
    for row in rows:
        row["title"] = collection_title(request, row["collection"])
        row["state"] = _state_label(request, row["status"] or "")
        row["due"] = due.get(row["collection"], "")
        row |= _history(request, row["collection"])
        row["is_late"] = row["due"] != "" and row["due"] < today()
    own_submissions = [s for s in request.home.submissions() if s.collection in names]
    held_submissions = [s for s in attention.list_held_submissions(request.home) if s.collection in names]
    files = [file for file in inbox_files(request.home) if "/".join(file.path.split("/")[:2]) in names]
    try:
        maps, alerts = _contents_of_release(request, names)
    except OlderRelease:
        maps, alerts = [], []
    return request.show(
        "standing.html.jinja",
        rows=rows,
        held=[
            (
                s.id,
                [b.problem(request.lang) for b in s.admission_state.breaches]
                + justification_sentences(s.admission_state, request.lang),
            )
            for s in held_submissions
        ],
        inbox=[(file.printable_path, request.render(file.reason)) for file in files],
        late=len({s.id for s in outdated_submissions(request.home)} & {s.id for s in own_submissions}),
        due=next_release(today()),
        maps=maps,
        alerts=alerts,
        older=older_releases.describe_older_release(request.home.current),
        ill_refresh=_refresh_problems(request),
    )


def _history(request: DeskRequest, collection: str) -> dict[str, Any]:
    """Return the latest submissions of a collection, and the latest that is accepted."""
    accepted_submission: tuple[str, Any] | None = None
    latest: list[tuple[str, str]] = []
    for submission, state in submission_states(request.home, collection):
        if len(latest) < HISTORY_SHOWN:
            latest.append((submission.id, _history_line(request, submission, state)))
        if state == "accepted":
            accepted_submission = accepted_submission or (submission.id, submission.received_on)
        if accepted_submission and len(latest) == HISTORY_SHOWN:
            break
    return {"history": latest, "accepted": accepted_submission}


def _history_line(request: DeskRequest, submission: Submission, state: str) -> str:
    """Describe a submission: its day, its state, and the submission that it corrects."""
    facts = {"day": submission.received_on, "state": _state_label(request, state)}
    if correction := correction_event(submission):
        return request.sentence("history_correction", **facts, of=correction["of"])
    return request.sentence("history_line", **facts)


def _state_label(request: DeskRequest, state: str) -> str:
    return say(f"state.{state}", request.lang) if state else "—"


def _refresh_problems(request: DeskRequest) -> list[str]:
    """Describe a last refresh that did not end well, for the Secretariat only."""
    last = last_refresh.read_last_refresh(request.home)
    if last.is_well or not request.person.is_secretariat:
        return []
    return [request.render(sentence) for sentence in last_refresh.render_sentences(last)]


def confirm(request: DeskRequest) -> Response:
    """Confirm a held submission. The history refuses the office that handed it in."""
    submission = visible_submission(request)
    receipts.confirm(
        request.home, submission, today(), office=request.office, reason=_required_reason(request)
    )
    return request.redirect(f"/submissions/{submission.id}")


def withdraw(request: DeskRequest) -> Response:
    """Withdraw a submission from today on."""
    submission = visible_submission(request)
    receipts.withdraw(
        request.home, submission, today(), office=request.office, reason=_required_reason(request)
    )
    return request.redirect(f"/submissions/{submission.id}")


def _required_reason(request: DeskRequest) -> str:
    if not request.form["reason"]:
        raise MissingInput("desk.reason_needed")
    return request.form["reason"]


def _contents_of_release(request: DeskRequest, names: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the coverage maps and the open alerts of the release in force."""
    if not request.home.current.exists():
        return [], []
    with Warehouse.open(request.home.current) as release:
        coverage = release.connection.execute(_COVERAGE).fetchall()
        alerts = open_alerts(release.connection)
    return _coverage_maps(request, names, coverage), _alert_sentences(request, names, alerts)


def _coverage_maps(request: DeskRequest, names: list[str], rows: list[Any]) -> list[dict[str, Any]]:
    """Return a map for each collection and measure: countries down, years across, the status in each cell."""
    tables: dict[tuple[str, str], dict[str, dict[int, str]]] = {}
    for country, year, collection, measure, status in rows:
        if collection in names:
            tables.setdefault((collection, measure), {}).setdefault(country, {})[year] = status
    return [_coverage_map(request, *key, table) for key, table in tables.items()]


def _alert_sentences(request: DeskRequest, names: list[str], alerts: list[OpenAlert]) -> list[str]:
    """Return the open alerts of the monthly series of these collections in words."""
    return [column_text(alert, "sentence", request.lang) for alert in alerts if alert["collection"] in names]


def _coverage_map(
    request: DeskRequest, collection: str, measure: str, table: dict[str, dict[int, str]]
) -> dict[str, Any]:
    years = sorted({year for row in table.values() for year in row})[-YEARS:]
    lines = [
        (
            code_name("grouping", "country", country, request.lang),
            [(row.get(year, ""), _status_label(request, row.get(year, ""))) for year in years],
        )
        for country, row in sorted(table.items())
    ]
    title = f"{collection_title(request, collection)}: {code_name('measure', 'codes', measure, request.lang)}"
    return {"title": title, "years": years, "lines": lines}


def _status_label(request: DeskRequest, status: str) -> str:
    return request.sentence(f"coverage.{status}") if status else "—"
