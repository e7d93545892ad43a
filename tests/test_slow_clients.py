"""Who sends too slowly is answered with 408 and let go; who waits for an answer, or is idle on a socket, is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from time import monotonic, sleep

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pipelines.desk import serving
from pipelines.desk.access import Access
from pipelines.web import slow_clients
from schemas.words import say
from tests.bad_input import build

LIMIT = 0.4
TOO_SLOW = say("ui.too_slow", "en")


async def _slow_answer(request: Request) -> Response:
    await request.body()
    sleep(2 * LIMIT)  # the answer may take as long as it needs
    return PlainTextResponse("answered")


LARGE = 32 << 20
"""Bytes of an answer that no buffer between server and client holds."""


async def _large_answer(request: Request) -> Response:
    return PlainTextResponse("x" * LARGE)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    for name in ("HEADER_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(slow_clients, name, LIMIT)
    monkeypatch.setattr(slow_clients, "BODY_SECONDS", 3 * LIMIT)
    app = Starlette(
        routes=[Route("/", _slow_answer, methods=["GET", "POST"]), Route("/large", _large_answer)]
    )
    server = uvicorn.Server(slow_clients.server_config(app, log_level="critical"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def answer_to(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """All that the server says to what is sent in parts, and the seconds until it closes."""
    begun = monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=20 * LIMIT) as client:
        try:
            for part in parts:
                client.sendall(part)
                sleep(pause)
        except OSError:
            pass
        said = b""
        try:
            while more := client.recv(65536):
                said += more
        except ConnectionError:
            pass
    return said, monotonic() - begun


HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def test_headers_that_do_not_end(port: int) -> None:
    dribbled = [HEAD[n : n + 1] for n in range(len(HEAD))]
    said, took = answer_to(port, *dribbled, pause=LIMIT / 10)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert TOO_SLOW in said.decode()
    assert took < 3 * len(dribbled) * LIMIT / 10


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    said, took = answer_to(port)
    assert (said, took < 5 * LIMIT) == (b"", True)


def test_a_body_that_stops(port: int) -> None:
    said, _ = answer_to(port, HEAD + b"Content-Length: 100\r\n\r\nhalf")
    assert said.startswith(b"HTTP/1.1 408 ")
    assert TOO_SLOW in said.decode()


@pytest.mark.slow
def test_a_body_that_takes_too_long(port: int) -> None:
    parts = [HEAD + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 100]
    said, took = answer_to(port, *parts, pause=LIMIT / 4)
    assert said.startswith(b"HTTP/1.1 408 ")
    assert took < 100 * LIMIT / 4 + 1


@pytest.mark.slow
def test_a_second_request_of_a_connection_is_held_to_it_too(port: int) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    said, took = answer_to(port, whole, b"GET / HT")
    assert said.count(b"answered") == 1
    assert b"408 Request Timeout" in said
    assert took < 20 * LIMIT


def test_an_answer_may_take_longer(port: int) -> None:
    whole = HEAD + b"Connection: close\r\nContent-Length: 4\r\n\r\nbody"
    said, _ = answer_to(port, whole)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"answered")


@pytest.mark.slow
@pytest.mark.parametrize(("pause", "is_whole"), [(10 * LIMIT, False), (LIMIT / 4, True)])
def test_a_client_that_stops_reading_is_closed_and_a_slow_one_is_served(
    port: int, pause: float, is_whole: bool
) -> None:
    read = 0
    with socket.create_connection(("127.0.0.1", port), timeout=20 * LIMIT) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        sleep(pause)
        try:
            while more := client.recv(4 << 20):
                read += len(more)
                sleep(LIMIT / 4)
        except ConnectionError:
            pass
    assert (read > LARGE) == is_whole


@pytest.mark.slow
@pytest.mark.parametrize("served", ["desk", "ui"])
def test_both_pages_are_served_so(served: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """The server that is run is the one with the limits."""
    configs: list[uvicorn.Config] = []

    class Server:
        def __init__(self, config: uvicorn.Config, *_: object) -> None:
            configs.append(config)

        def run(self, **_: object) -> None:
            """Nothing is served."""

    monkeypatch.setattr(uvicorn, "Server", Server)
    home = build.home(tmp_path / "home")
    if served == "desk":
        monkeypatch.setattr(serving.signal, "signal", lambda *_: None)
        monkeypatch.setattr(serving, "_Server", Server)
        serving.serve(home, Access(), socket.socket())
    else:
        from pipelines.dagster import service
        from pipelines.dagster.launch import instance_of

        with instance_of(home) as instance, service._page(home, instance):
            pass
    [config] = configs
    assert config.http is slow_clients.LimitedConnection
    assert isinstance(config.app, slow_clients.BodyLimit)
