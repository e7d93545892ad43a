"""Time limits for slow clients of `lineabase ui` and `lineabase desk`.

A connection whose headers are late, or whose body stops or takes too long, is answered with 408 and closed.
A connection whose client stops reading the answer is closed.
Otherwise a few hundred slow connections would block all others. The content of a request is not examined
here.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from schemas.words import CONTRACT_LANGUAGES, Sentence

HEADER_SECONDS = 20.0
"""From the opening of a connection, or the end of a response, to the last header."""
PAUSE_SECONDS = 20.0
"""Between two parts of a body, and between two looks at how much of an answer the client has read."""
BODY_SECONDS = 900.0
"""For a whole body. Enough for 64 MiB, the largest form, at half a megabit a second."""


def server_config(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """Return the settings of a server with these limits."""
    return uvicorn.Config(BodyLimit(app), http=LimitedConnection, **options)


class LimitedConnection(H11Protocol):
    """Connection that closes if the headers of a request are late or the client stops reading the answer."""

    _timer: asyncio.TimerHandle | None = None
    _reading_timer: asyncio.TimerHandle | None = None
    _unread_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first request."""
        super().connection_made(transport)
        self._set_timer()

    def data_received(self, data: bytes) -> None:
        """Stop the timer once the headers have arrived."""
        super().data_received(data)
        self._set_timer()

    def on_response_complete(self) -> None:
        """Start the timer for the next request."""
        super().on_response_complete()
        self._set_timer()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Stop the timer: a websocket may be idle."""
        self._stop_timer()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Start the timer for a client that does not read."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """Stop the timer: the client has read the buffer."""
        super().resume_writing()
        self._stop_reading_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        self._stop_timer()
        self._stop_reading_timer()
        super().connection_lost(exc)

    def _set_timer(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering or self.transport.is_closing():
            self._stop_timer()
        elif self._timer is None and self.transport.get_protocol() is self:
            self._timer = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_reading(self) -> None:
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._reading_timer = self.loop.call_later(PAUSE_SECONDS, self._check_reading)

    def _check_reading(self) -> None:
        """Abort a connection of which nothing was read; it cannot be closed in order."""
        if self.transport.get_write_buffer_size() >= self._unread_bytes:
            self.transport.abort()
        else:
            self._watch_reading()

    def _stop_reading_timer(self) -> None:
        if self._reading_timer is not None:
            self._reading_timer.cancel()
            self._reading_timer = None

    def _give_up(self) -> None:
        """Answer a request that has begun, then close the connection."""
        self._timer = None
        if self.conn.trailing_data[0]:
            self.transport.write(_timeout_response())
        self.transport.close()


class BodyLimit:
    """ASGI application around another. A body that stops or takes too long is answered with 408."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the limits on its body."""
        if scope["type"] == "http":
            await _Request(self.app, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class _Request:
    """State of a request: how much of its body has arrived, and if it was given up."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.scope, self._receive, self._send = app, scope, receive, send
        self.is_complete = self.has_begun = self.is_given_up = False
        self.deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def run(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except Exception:
            if not self.is_given_up:
                raise

    async def receive(self) -> Message:
        if self.is_complete:
            return await self._receive()
        seconds_left = self.deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(min(PAUSE_SECONDS, seconds_left), 0.0))
        except TimeoutError:
            await self._give_up()
            return {"type": "http.disconnect"}
        self.is_complete = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self.is_given_up:
            self.has_begun = True
            await self._send(message)

    async def _give_up(self) -> None:
        self.is_complete = self.is_given_up = True
        if not self.has_begun:
            response = PlainTextResponse(_timeout_text(), 408, {"connection": "close"})
            with suppress(OSError):
                await response(self.scope, self._receive, self._send)


def _timeout_text() -> str:
    return "\n".join(Sentence("ui.too_slow").render(lang) for lang in CONTRACT_LANGUAGES) + "\n"


def _timeout_response() -> bytes:
    body = _timeout_text().encode()
    head = [
        "HTTP/1.1 408 Request Timeout",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
