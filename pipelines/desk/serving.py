"""The page kept at work until it is ended. What it shows is app.py."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress

import uvicorn

from pipelines.desk.access import Access
from pipelines.desk.app import application
from pipelines.slow_clients import server_config
from pipelines.web_guard import Guard, names
from warehouse.home import Home

_SECONDS_TO_ANSWER = 5


def serve(home: Home, access: Access, listening: socket.socket) -> None:
    """Serve until told to end. No line of a request is logged: an address may name a submission's file."""
    app = application(home, access)
    config = server_config(
        Guard(app, names()),
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=_SECONDS_TO_ANSWER,
    )
    signal.signal(signal.SIGTERM, _end)
    try:
        with suppress(KeyboardInterrupt, SystemExit):
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        app.state.desk.tray.close()


def _end(*_: object) -> None:
    raise SystemExit(0)
