"""Dagster's page and its daemon, kept at work by `lineabase ui` until it is ended. What they run is theirs.

The page is Dagster's own webserver behind web_guard.py, in this process; the daemon (schedule, sensors,
queue) is a child. Whoever ends this process, by Ctrl+C or SIGTERM, ends the child and what it started.
As services each runs by itself; lineabase.toml then says where the third answers, which runs the code.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import dagster as dg
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from assets.dagster.contract_check import RULES
from pipelines.dagster import automation, figures, logs, rules_page, settings
from pipelines.dagster.parts import Part
from pipelines.web import health
from pipelines.web.web_guard import Guard, proxied_origins
from schemas.words import Wrong
from warehouse.home import CHECKOUT, Home, durable
from warehouse.home.deployment import FILE, deployment

HOST = "127.0.0.1"
_WORKSPACE = CHECKOUT / "workspace.yaml"
_LOCATION = "lineabase"
_SECONDS_TO_ANSWER = 5
_SECONDS_TO_END = 15
"""So long what was told to end may take: a run that is at work is then killed, and the next goes on."""


class DaemonEnded(Exception):
    """The daemon ended although nobody told it to."""


def listen(port: int) -> socket.socket:
    """The port, taken. Raises OSError where another program has it."""
    listening = socket.socket()
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # who asks before the page is ready waits for it
    except OSError:
        listening.close()
        raise
    return listening


def serve(home: Home, instance: dg.DagsterInstance, listening: socket.socket, lang: str) -> None:
    """Serve until told to end. Raises DaemonEnded."""
    _begin(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), _daemon(home) as daemon, _page(home, instance) as page:
        Thread(target=_end_with, args=(daemon, page), daemon=True).start()
        page.run(sockets=[listening])  # raises what it was told to end by, once requests are answered
        raise DaemonEnded


def serve_page(home: Home, instance: dg.DagsterInstance, listening: socket.socket, lang: str) -> None:
    """Serve the page alone until told to end."""
    _begin(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), _page(home, instance) as page:
        page.run(sockets=[listening])


def keep(home: Home, part: Part, lang: str) -> None:
    """Keep the daemon, or the service that runs the code, at work until told to end. Raises DaemonEnded."""
    kept = _daemon(home) if part is Part.DAEMON else _child(_code_call(home))
    _begin(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), kept as child:
        child.wait()
        raise DaemonEnded


def _begin(home: Home, lang: str) -> None:
    os.environ |= environment(home, lang)
    logs.begin()
    signal.signal(signal.SIGTERM, _end)


def environment(home: Home, lang: str) -> dict[str, str]:
    """What Dagster's processes are told of the home, the language and the log."""
    return {
        settings.LANGUAGE: lang,
        logs.VARIABLE: "json",
        "DAGSTER_HOME": str(home.dagster),
        "LINEABASE_HOME": str(home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONWARNINGS": "ignore",
        automation.SETTING: automation.wanted(),
    }


def _end(*_: object) -> None:
    raise SystemExit(0)


def _daemon(home: Home) -> AbstractContextManager[subprocess.Popen[bytes]]:
    call = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(_workspace(home))]
    return _child([*call, "--log-level", "warning", "--log-format", "json"])


def _code_call(home: Home) -> list[str]:
    """The service that runs the code, where lineabase.toml says that it answers."""
    host, port = code_location(home)
    call = [sys.executable, "-m", "dagster", "api", "grpc", "--module-name", "pipelines.dagster.definitions"]
    call += ["--working-directory", str(CHECKOUT), "--host", host, "--port", str(port)]
    return [*call, "--location-name", _LOCATION, "--log-level", "warning", "--log-format", "json"]


def code_location(home: Home) -> tuple[str, int]:
    """Where the service answers that runs the code. Raises Wrong where lineabase.toml does not say."""
    host, _, port = deployment(home.root).code_location.rpartition(":")
    if not (host and port.isascii() and port.isdecimal()):
        raise Wrong("ui.no_code_location", file=home.root / FILE)
    return host, int(port)


def _workspace(home: Home) -> Path:
    """What tells Dagster where the code runs."""
    if not deployment(home.root).code_location:
        return _WORKSPACE
    host, port = code_location(home)
    path = home.dagster / _WORKSPACE.name
    server = f"grpc_server: {{ host: {host}, port: {port}, location_name: {_LOCATION} }}"
    durable.replace(path, f"load_from:\n  - {server}\n".encode())
    return path


@contextmanager
def _child(call: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a group of its own, so that all it started can be ended with it."""
    child = subprocess.Popen(call, cwd=CHECKOUT, start_new_session=True)
    try:
        yield child
    finally:
        _stop(child)


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)


def _end_with(daemon: subprocess.Popen[bytes], page: Any) -> None:
    daemon.wait()
    page.should_exit = True


@contextmanager
def _page(home: Home, instance: dg.DagsterInstance) -> Iterator[Any]:
    """Dagster's webserver behind the guard, ready to be run."""
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    from pipelines.web.slow_clients import server_config

    target = WorkspaceFileTarget(paths=[str(_workspace(home))])
    with WorkspaceProcessContext(
        instance, target, version=__version__, code_server_log_level="WARNING"
    ) as workspace:
        of_dagster = create_app_from_workspace_process_context(workspace)
        own = [
            Route("/metrics", partial(_figures, home)),
            health.route(home),
            Route(f"{RULES}/{{name}}", _rule),
        ]
        app = Starlette(routes=[*own, Mount("/", of_dagster)])
        config = server_config(
            Guard(app, proxied_origins()),
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=_SECONDS_TO_ANSWER,
        )
        yield uvicorn.Server(config)


async def _rule(request: Request) -> Response:
    text = rules_page.page(request.path_params["name"])
    return HTMLResponse(text or "", 200 if text else 404, {"content-security-policy": _NOTHING_LOADED})


_NOTHING_LOADED = "default-src 'none'; style-src 'unsafe-inline'"


async def _figures(home: Home, _: Request) -> Response:
    text = await run_in_threadpool(figures.page, home, settings.language())
    return Response(text, headers={"content-type": figures.CONTENT_TYPE})
