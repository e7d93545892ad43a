"""Server of the steward's page. The pages are in app.py."""

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
"""Seconds after a signal: open requests are answered, then files are no longer read, then all ends."""


class _Server(uvicorn.Server):
    """Server that ends in time, whatever its requests are doing."""

    def __init__(self, config: uvicorn.Config, tray: Tray) -> None:
        super().__init__(config)
        self._tray = tray

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take no further request after a signal, and give active requests a few seconds."""
        super().handle_exit(sig, frame)
        for seconds, action in ((SECONDS_TO_ANSWER, limited_reading.end), (SECONDS_TO_END, self._leave)):
            timer = Timer(seconds, action)
            timer.daemon = True
            timer.start()

    def _leave(self) -> None:
        """End the process although a thread is active. Its files are complete or absent, as after a kill."""
        self._tray.close()
        os._exit(0)


def serve(home: Home, access: Access, listening: socket.socket, open_at: str = "") -> None:
    """Serve until stopped, and open a browser if an address is given. Raises OSError if that fails.

    Requests are not logged, because an address may contain the name of a submitted file.
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
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        with suppress(KeyboardInterrupt, SystemExit):
            if open_at:
                open_browser(tray, open_at)
            _Server(config, tray).run(sockets=[listening])
    finally:
        tray.close()


def _exit_on_signal(*_: object) -> None:
    raise SystemExit(0)
