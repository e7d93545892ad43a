"""The page kept at work until it is ended. What it shows is app.py."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from threading import Timer
from types import FrameType

import uvicorn

from assets.intake.reading import limited_reading
from pipelines.desk.access import Access
from pipelines.desk.app import application
from pipelines.desk.redirect import open_browser
from pipelines.desk.tray import Tray
from pipelines.web.slow_clients import server_config
from pipelines.web.web_guard import Guard, proxied_origins
from warehouse.home import Home

SECONDS_TO_ANSWER, SECONDS_TO_END = 5, 8
"""Seconds after a signal: first requests are answered, then no file is read any more, then all ends."""


class _Server(uvicorn.Server):
    """Ends in time, whatever its requests are at."""

    def __init__(self, config: uvicorn.Config, tray: Tray) -> None:
        super().__init__(config)
        self._tray = tray

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal: no other request is taken, and what is at work has a few seconds."""
        super().handle_exit(sig, frame)
        for seconds, then in ((SECONDS_TO_ANSWER, limited_reading.end), (SECONDS_TO_END, self._leave)):
            timer = Timer(seconds, then)
            timer.daemon = True
            timer.start()

    def _leave(self) -> None:
        """End although a thread is at work: what it writes is whole or not there, as if it were killed."""
        self._tray.close()
        os._exit(0)


def serve(home: Home, access: Access, listening: socket.socket, open_at: str = "") -> None:
    """Serve until told to end, and open a browser at an address. Raises OSError where that cannot be done.

    No line of a request is logged: an address may name a submission's file.
    """
    app = application(home, access)
    tray = app.state.desk.tray
    config = server_config(
        Guard(app, proxied_origins()),
        log_config=None,
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=SECONDS_TO_ANSWER,
    )
    signal.signal(signal.SIGTERM, _end)
    try:
        with suppress(KeyboardInterrupt, SystemExit):
            if open_at:
                open_browser(tray, open_at)
            _Server(config, tray).run(sockets=[listening])
    finally:
        tray.close()


def _end(*_: object) -> None:
    raise SystemExit(0)
