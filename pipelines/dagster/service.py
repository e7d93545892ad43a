"""Dagster's page and daemon, kept running by `lineabase ui` until it ends.

The page is Dagster's own webserver behind web_guard.py, in this process. The daemon (schedule, sensors,
queue) is a child process. When this process ends, by Ctrl+C or SIGTERM, it ends the child and all processes
that the child started. Each part can also run as a service of its own; lineabase.toml then has the address of
a third service, which runs the code.
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

from assets.dagster.contract_check import RULES_PATH
from pipelines.dagster import automation, logs, metrics, rules_page, settings
from pipelines.dagster.service_parts import Part
from pipelines.web import health
from pipelines.web.web_guard import Guard, proxied_origins
from schemas.words import InvalidValue
from warehouse.home import CHECKOUT, Home, durable
from warehouse.home.deployment import FILE, read_deployment

HOST = "127.0.0.1"
_WORKSPACE = CHECKOUT / "workspace.yaml"
_LOCATION = "lineabase"
_SECONDS_TO_ANSWER = 5
_SECONDS_TO_END = 15
"""Time in which a child must end. Then an active run is killed; the next run continues its work."""


class DaemonEnded(Exception):
    """The daemon ended on its own."""


def listen(port: int) -> socket.socket:
    """Open the port. Raises OSError if another program uses it."""
    listening = socket.socket()
    if os.name == "posix":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # early requests wait until the page is ready
    except OSError:
        listening.close()
        raise
    return listening


def serve(home: Home, instance: dg.DagsterInstance, listening: socket.socket, lang: str) -> None:
    """Serve until stopped. Raises DaemonEnded."""
    _set_up_process(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), _daemon(home) as daemon, _page(home, instance) as page:
        Thread(target=_end_page_with_daemon, args=(daemon, page), daemon=True).start()
        page.run(sockets=[listening])  # answers open requests, then raises the exception of the signal
        raise DaemonEnded


def serve_page(home: Home, instance: dg.DagsterInstance, listening: socket.socket, lang: str) -> None:
    """Serve only the page until stopped."""
    _set_up_process(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), _page(home, instance) as page:
        page.run(sockets=[listening])


def keep_running(home: Home, part: Part, lang: str) -> None:
    """Keep the daemon, or the service that runs the code, running until stopped. Raises DaemonEnded."""
    service = _daemon(home) if part is Part.DAEMON else _child(_code_service_command(home))
    _set_up_process(home, lang)
    with suppress(KeyboardInterrupt, SystemExit), service as child:
        child.wait()
        raise DaemonEnded


def _set_up_process(home: Home, lang: str) -> None:
    os.environ |= environment(home, lang)
    logs.start_log()
    signal.signal(signal.SIGTERM, _exit_on_signal)


def environment(home: Home, lang: str) -> dict[str, str]:
    """Return the environment of Dagster's processes: the home, the language and the log."""
    return {
        settings.LANGUAGE: lang,
        logs.VARIABLE: "json",
        "DAGSTER_HOME": str(home.dagster),
        "LINEABASE_HOME": str(home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYTHONWARNINGS": "ignore",
        automation.SETTING: automation.setting_value(),
    }


def _exit_on_signal(*_: object) -> None:
    raise SystemExit(0)


def _daemon(home: Home) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(_workspace_file(home))]
    return _child([*command, "--log-level", "warning", "--log-format", "json"])


def _code_service_command(home: Home) -> list[str]:
    """Return the command of the service that runs the code, at the address in lineabase.toml."""
    host, port = code_location(home)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "api",
        "grpc",
        "--module-name",
        "pipelines.dagster.definitions",
    ]
    command += ["--working-directory", str(CHECKOUT), "--host", host, "--port", str(port)]
    return [*command, "--location-name", _LOCATION, "--log-level", "warning", "--log-format", "json"]


def code_location(home: Home) -> tuple[str, int]:
    """Return host and port of the service that runs the code.

    Raises InvalidValue if lineabase.toml has none.
    """
    host, _, port = read_deployment(home.root).code_location.rpartition(":")
    if not (host and port.isascii() and port.isdecimal()):
        raise InvalidValue("ui.no_code_location", file=home.root / FILE)
    return host, int(port)


def _workspace_file(home: Home) -> Path:
    """Return the file from which Dagster learns where the code runs."""
    if not read_deployment(home.root).code_location:
        return _WORKSPACE
    host, port = code_location(home)
    path = home.dagster / _WORKSPACE.name
    server = f"grpc_server: {{ host: {host}, port: {port}, location_name: {_LOCATION} }}"
    durable.replace(path, f"load_from:\n  - {server}\n".encode())
    return path


@contextmanager
def _child(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child process in its own group, so that all it started can be ended with it."""
    child = subprocess.Popen(command, cwd=CHECKOUT, start_new_session=True)
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


def _end_page_with_daemon(daemon: subprocess.Popen[bytes], page: Any) -> None:
    daemon.wait()
    page.should_exit = True


@contextmanager
def _page(home: Home, instance: dg.DagsterInstance) -> Iterator[Any]:
    """Yield Dagster's webserver behind the guard, ready to run."""
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.version import __version__

    from pipelines.web.slow_clients import server_config

    target = WorkspaceFileTarget(paths=[str(_workspace_file(home))])
    with WorkspaceProcessContext(
        instance, target, version=__version__, code_server_log_level="WARNING"
    ) as workspace:
        dagster_app = create_app_from_workspace_process_context(workspace)
        own_routes = [
            Route("/metrics", partial(_serve_metrics, home)),
            health.route(home),
            Route(f"{RULES_PATH}/{{name}}", _serve_rule),
        ]
        app = Starlette(routes=[*own_routes, Mount("/", dagster_app)])
        config = server_config(
            Guard(app, proxied_origins()),
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=_SECONDS_TO_ANSWER,
        )
        yield uvicorn.Server(config)


async def _serve_rule(request: Request) -> Response:
    text = rules_page.rule_page(request.path_params["name"])
    return HTMLResponse(text or "", 200 if text else 404, {"content-security-policy": _NO_RESOURCES})


_NO_RESOURCES = "default-src 'none'; style-src 'unsafe-inline'"


async def _serve_metrics(home: Home, _: Request) -> Response:
    text = await run_in_threadpool(metrics.metrics_page, home, settings.language())
    return Response(text, headers={"content-type": metrics.CONTENT_TYPE})
