"""Where things stand: collections, the map of coverage, what is held; confirming and withdrawing."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from assets.intake.freshness import waiting
from pipelines.dagster.collections import collection_row, in_the_inbox
from pipelines.desk.asking import Ask, Needed
from pipelines.desk.hand_in import seen
from schemas.code_names import code_name
from schemas.words import say
from warehouse.home import receipts
from warehouse.home.calendar import next_release, today
from warehouse.reading.client import Warehouse
from warehouse.releases import attention, last_refresh, older
from warehouse.releases.older import OlderRelease

YEARS = 10
"""So many years stand in the map."""
_COVERAGE = """
SELECT reporting_country, year, collection, measure, any_value(status) AS status
FROM analysis.coverage
GROUP BY ALL ORDER BY ALL
"""


def page(ask: Ask) -> Response:
    """The page."""
    names = [name for name in ask.home.collections() if ask.person.sees(name)]
    rows = [collection_row(ask.home, name) for name in names]
    due = {one.collection: one.due_on for one in attention.awaited(ask.home)}
    for row in rows:
        row["state"] = say(f"state.{row['status']}", ask.lang) if row["status"] else "—"
        row["due"] = due.get(row["collection"], "")
        row["is_late"] = row["due"] != "" and row["due"] < today()
    mine = [s for s in ask.home.submissions() if s.collection in names]
    held = [s for s in attention.held(ask.home) if s.collection in names]
    lying = [one for one in in_the_inbox(ask.home) if "/".join(one.path.split("/")[:2]) in names]
    try:
        maps = _maps(ask, names)
    except OlderRelease:
        maps = []
    return ask.show(
        "standing.html.jinja",
        rows=rows,
        held=[(s.id, [b.what(ask.lang) for b in s.standing.breaches]) for s in held],
        inbox=[(one.shown, one.why.said(ask.lang)) for one in lying],
        late=len({s.id for s in waiting(ask.home)} & {s.id for s in mine}),
        due=next_release(today()),
        maps=maps,
        older=older.in_force(ask.home.current),
        ill_refresh=_ill_refresh(ask),
    )


def _ill_refresh(ask: Ask) -> list[str]:
    """What the Secretariat must know of a last refresh that did not end well."""
    last = last_refresh.read(ask.home)
    if last.is_well or not ask.person.is_secretariat:
        return []
    return [sentence.said(ask.lang) for sentence in last_refresh.sentences(last)]


def confirm(ask: Ask) -> Response:
    """A held submission is let in, by another office than the one that handed it in."""
    kept = seen(ask)
    office = ask.other_office("office", str(kept.events()[0].get("office", "")))
    receipts.confirm(ask.home, kept, today(), office=office, reason=_reason(ask))
    return ask.go(f"/submissions/{kept.id}")


def withdraw(ask: Ask) -> Response:
    """A submission is withdrawn from today on."""
    kept = seen(ask)
    receipts.withdraw(ask.home, kept, today(), office=ask.office, why=_reason(ask))
    return ask.go(f"/submissions/{kept.id}")


def _reason(ask: Ask) -> str:
    if not ask.sent["reason"]:
        raise Needed("desk.reason_needed")
    return ask.sent["reason"]


def _maps(ask: Ask, names: list[str]) -> list[dict[str, Any]]:
    """One map a collection and measure: countries down, years across, what is said of each."""
    if not ask.home.current.exists():
        return []
    with Warehouse.open(ask.home.current) as release:
        told = release.connection.execute(_COVERAGE).fetchall()
    tables: dict[tuple[str, str], dict[str, dict[int, str]]] = {}
    for country, year, collection, measure, status in told:
        if collection in names:
            tables.setdefault((collection, measure), {}).setdefault(country, {})[year] = status
    return [_map(ask, *key, table) for key, table in tables.items()]


def _map(ask: Ask, collection: str, measure: str, table: dict[str, dict[int, str]]) -> dict[str, Any]:
    years = sorted({year for row in table.values() for year in row})[-YEARS:]
    lines = [
        (
            code_name("grouping", "country", country, ask.lang),
            [(row.get(year, ""), _word(ask, row.get(year, ""))) for year in years],
        )
        for country, row in sorted(table.items())
    ]
    title = f"{collection}: {code_name('measure', 'codes', measure, ask.lang)}"
    return {"title": title, "years": years, "lines": lines}


def _word(ask: Ask, status: str) -> str:
    return ask.say(f"coverage.{status}") if status else "—"
