"""Time limits for whoever sends a request too slowly, to `lineabase ui` and `lineabase desk`.

A connection that does not finish its headers, or whose body stops or takes too long, is answered with 408 and
closed: else a few hundred such connections leave no room for others. What is asked is not looked at here.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from schemas.words import CONTRACT, Sentence

HEADER_SECONDS = 20.0
"""From the opening of a connection, or the end of an answer, to the last header."""
PAUSE_SECONDS = 20.0
"""Between two parts of a body."""
BODY_SECONDS = 900.0
"""For a whole body: 64 MiB, the largest form, at half a megabit a second."""


def server_config(app: ASGIApp, **named: Any) -> uvicorn.Config:
    """The settings of a server that holds its clients to these limits."""
    return uvicorn.Config(BodyLimit(app), http=HeaderLimit, **named)


class HeaderLimit(H11Protocol):
    """A connection that is closed where the headers of a request do not come in time."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop waiting once the headers are there."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """A socket of its own protocol may be idle."""
        self._stop()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if is_answering or self.transport.is_closing():
            self._stop()
        elif self._timer is None and self.transport.get_protocol() is self:
            self._timer = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        """Say why, to whoever has begun a request, and close."""
        self._timer = None
        if self.conn.trailing_data[0]:
            self.transport.write(_answer())
        self.transport.close()


class BodyLimit:
    """An ASGI application before another: a body that stops or takes too long is answered with 408."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body within the limits."""
        if scope["type"] == "http":
            await _Request(self.app, scope, receive, send).run()
        else:
            await self.app(scope, receive, send)


class _Request:
    """One request: how much of its body is here, and whether it was given up."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.scope, self._receive, self._send = app, scope, receive, send
        self.is_whole = self.has_begun = self.is_given_up = False
        self.until = asyncio.get_running_loop().time() + BODY_SECONDS

    async def run(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except Exception:
            if not self.is_given_up:
                raise

    async def receive(self) -> Message:
        if self.is_whole:
            return await self._receive()
        left = self.until - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(min(PAUSE_SECONDS, left), 0.0))
        except TimeoutError:
            await self._give_up()
            return {"type": "http.disconnect"}
        self.is_whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if not self.is_given_up:
            self.has_begun = True
            await self._send(message)

    async def _give_up(self) -> None:
        self.is_whole = self.is_given_up = True
        if not self.has_begun:
            answer = PlainTextResponse(_words(), 408, {"connection": "close"})
            with suppress(OSError):
                await answer(self.scope, self._receive, self._send)


def _words() -> str:
    return "\n".join(Sentence("ui.too_slow").said(lang) for lang in CONTRACT) + "\n"


def _answer() -> bytes:
    body = _words().encode()
    head = [
        "HTTP/1.1 408 Request Timeout",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(body)}",
        "connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
