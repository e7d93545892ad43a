"""`/healthz` of `lineabase ui` and `lineabase desk`: whether the last refresh ended well, without login.

For monitoring: an outcome and times, no value, no file name, no path.
"""

from __future__ import annotations

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from warehouse.home import Home
from warehouse.releases import last_refresh

PATH = "/healthz"


def route(home: Home) -> Route:
    """The address, for an application over a home."""
    return Route(PATH, partial(_answer, home), methods=["GET"])


async def _answer(home: Home, _: Request) -> Response:
    last = await run_in_threadpool(last_refresh.read, home)
    told = {
        "healthy": last.is_well,
        "last_refresh": last.outcome,
        "started": last.as_json["started"],
        "ended": last.as_json["ended"],
        "at_work": last.running is not None,
        "stuck": last.is_stuck,
    }
    return JSONResponse(told, 200 if last.is_well else 503, {"cache-control": "no-store"})
