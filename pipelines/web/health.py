"""`/healthz` of `lineabase ui` and `lineabase desk`: the outcome of the last refresh, without login.

For monitoring. It contains an outcome and times, but no value, file name or path.
"""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from warehouse.home import Home
from warehouse.release import last_refresh

PATH = "/healthz"


def route(home: Home) -> Route:
    """Return the route for an application that serves a home."""
    return Route(PATH, partial(_respond, home), methods=["GET"])


async def _respond(home: Home, _: Request) -> Response:
    last = await run_in_threadpool(last_refresh.read_last_refresh, home)
    document = {
        "healthy": last.is_well,
        "last_refresh": last.outcome,
        "started": last.as_json["started"],
        "ended": last.as_json["ended"],
        "at_work": last.running is not None,
        "stuck": last.is_stuck,
    }
    return JSONResponse(document, 200 if last.is_well else 503, {"cache-control": "no-store"})
