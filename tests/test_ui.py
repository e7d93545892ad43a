"""Dagster's page by real requests: whom it answers, what can be started on it, and that it ends whole."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.web.web_guard import Guard, Origin, proxied_origins
from schemas.words import CONTRACT_LANGUAGES
from tests.faults import QUIET
from tests.services import free_port
from warehouse.home import CHECKOUT, Home

MUTATION = 'mutation { setSensorCursor(sensorSelector: {}, cursor: "x") { __typename } }'
JSON = {"Content-Type": "application/json"}
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "graphql-ws",
}


def ask(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: str = ""
) -> tuple[int, str]:
    """One request; its status and its text."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, "" if answer.status == 101 else answer.read().decode()


# ---- the guard alone, before an application that answers everything -----------------------------


async def _reached(_: Request) -> PlainTextResponse:
    return PlainTextResponse("reached")


async def _opened(socket_: WebSocket) -> None:
    await socket_.accept()
    await socket_.close()


@contextmanager
def guarded(proxied: frozenset[Origin]) -> Iterator[int]:
    routes = [
        WebSocketRoute("/graphql", _opened),
        Route("/{path:path}", _reached, methods=["GET", "POST", "HEAD", "PUT", "DELETE"]),
    ]
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Guard(Starlette(routes=routes), proxied), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="module")
def anything() -> Iterator[int]:
    with guarded(proxied_origins()) as port:
        yield port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:3000", "LOCALHOST", "[::1]:3000"])
def test_under_its_own_name_it_answers(host: str, anything: int) -> None:
    assert ask(anything, "GET", "/", {"Host": host}) == (200, "reached")
    assert ask(anything, "POST", "/graphql", {"Host": host, **JSON}, "{}") == (200, "reached")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2",
     "localhost@evil.example", "evil@localhost", "evil.example#localhost", "localhost/", "localhost:x", "", "[",
     "0.0.0.0"],
)  # fmt: skip
@pytest.mark.operator("7", "guard")
def test_under_a_foreign_name_it_answers_nothing(host: str, anything: int) -> None:
    for method, path in (("GET", "/"), ("POST", "/graphql"), ("GET", "/server_info")):
        status, text = ask(anything, method, path, {"Host": host})
        assert status in (400, 421), host  # 400: uvicorn's own, for what is no host at all
        assert "reached" not in text
    if host == "evil.example":
        assert "«evil.example»" in text
        assert "“evil.example”" in text
        assert "LINEABASE_UI_HOSTS" in text


def test_a_proxy_s_name_is_own_where_the_deployment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEABASE_UI_HOSTS", "datos.example.org, other.example")
    with guarded(proxied_origins()) as port:
        for host in ("datos.example.org", "Other.example:8443", "localhost"):
            assert ask(port, "GET", "/", {"Host": host})[0] == 200
        assert ask(port, "GET", "/", {"Host": "example.org"})[0] == 421


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize(
    "query",
    [MUTATION, "mutation{x}", "query a { version } mutation b { x }", "subscription { x }",
     "#\nmutation { x }", ",, mutation m { x }"],
)  # fmt: skip
@pytest.mark.operator("7", "guard")
def test_a_link_changes_nothing(method: str, query: str, anything: int) -> None:
    assert ask(anything, method, f"/graphql?query={quote(query)}")[0] == 405
    assert ask(anything, method, f"/graphql?a=b&query=%7Bversion%7D&query={quote(query)}")[0] == 405


def test_a_link_may_read(anything: int) -> None:
    assert ask(anything, "GET", f"/graphql?query={quote('{ version }')}") == (200, "reached")
    assert ask(anything, "GET", "/graphql?query=mutation") == (200, "reached")  # no document: Dagster says so


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost.evil.example:3000"},
     {"Origin": "http://127.0.0.1:8000"}, {"Origin": "http://127.0.0.1"}, {"Origin": "https://127.0.0.1:PORT"},
     {"Origin": "http://localhost:PORT"}, {"Origin": "http://user@127.0.0.1:PORT"}, {"Origin": ""},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "anything"}],
)  # fmt: skip
def test_another_page_changes_nothing(headers: dict[str, str], anything: int) -> None:
    """Nor a page of another program of this machine, which has the same name and another port."""
    headers = {name: value.replace("PORT", str(anything)) for name, value in headers.items()}
    for method in ("POST", "PUT", "DELETE"):
        assert ask(anything, method, "/report_asset_materialization/gate", headers)[0] == 403
    assert ask(anything, "POST", "/graphql", headers | JSON, "{}")[0] == 403
    assert ask(anything, "GET", "/graphql", headers | UPGRADE)[0] == 403


def test_its_own_page_changes_what_it_likes(anything: int) -> None:
    own = {"Origin": f"http://127.0.0.1:{anything}", "Sec-Fetch-Site": "same-origin"}
    assert ask(anything, "POST", "/graphql", own | JSON, "{}") == (200, "reached")
    assert ask(anything, "GET", "/graphql", own | UPGRADE)[0] == 101


def test_of_a_proxy_s_page_the_whole_origin_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEABASE_UI_HOSTS", "datos.example.org, https://other.example:8443, http://intranet")
    own = [
        ("datos.example.org", "https://datos.example.org"),
        ("datos.example.org:443", "https://datos.example.org:443"),
        ("other.example", "https://other.example:8443"),  # nginx's $host has no port
        ("intranet", "http://intranet"),
    ]
    foreign = [
        ("datos.example.org", "http://datos.example.org"),
        ("datos.example.org", "https://datos.example.org:8443"),
        ("datos.example.org", "https://other.example:8443"),
        ("other.example", "https://other.example"),
        ("datos.example.org", "http://127.0.0.1"),
        ("intranet", "https://intranet"),
    ]
    with guarded(proxied_origins()) as port:
        for host, origin in own:
            assert ask(port, "POST", "/graphql", {"Host": host, "Origin": origin})[0] == 200, origin
        for host, origin in foreign:
            assert ask(port, "POST", "/graphql", {"Host": host, "Origin": origin})[0] == 403, origin


def test_no_page_shows_it_in_a_frame(anything: int) -> None:
    assert all(is_kept_out_of_frames(anything, path) for path in ("/", "/graphql", "/runs"))


def is_kept_out_of_frames(port: int, path: str) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        headers = connection.getresponse().headers
    policies = headers.get_all("content-security-policy", [])
    return "frame-ancestors 'none'" in policies and headers["x-frame-options"] == "DENY"


# ---- the page itself, in a fresh home -------------------------------------------------------------


@contextmanager
def started(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pipelines.cli.main", "ui", "--port", str(port), "--lang", "en"]
    environment = os.environ | {"LINEABASE_HOME": str(home)}
    with (home / "ui.log").open("w", encoding="utf-8") as log:
        page = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, text=True, stdout=subprocess.PIPE, stderr=log
        )
        try:
            yield page
        finally:
            page.terminate()
            page.wait(60)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("fresh"))


@pytest.fixture(scope="module")
def page(fresh: Home) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """One start for all; the last test ends it."""
    port = free_port()
    with started(fresh.root, port) as process:
        _wait(lambda: _answers(port), 240)
        yield port, process


def _answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/server_info")[0] == 200
    except OSError:
        return False


def _wait(until, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.5)


def _graphql(port: int, query: str, **variables: object) -> dict:
    status, text = ask(port, "POST", "/graphql", JSON, json.dumps({"query": query, "variables": variables}))
    assert status == 200, text
    return json.loads(text)["data"]


LAUNCH = """
mutation ($job: String!) {
  launchPipelineExecution(executionParams: {
    selector: {repositoryLocationName: "lineabase", repositoryName: "__repository__", pipelineName: $job}
    runConfigData: {}
  }) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"


@pytest.mark.slow
@pytest.mark.operator("7", "guard")
def test_it_answers_no_foreign_host_and_no_mutation_by_link(page) -> None:
    port, _ = page
    assert ask(port, "GET", "/server_info", {"Host": "evil.example"})[0] == 421
    assert ask(port, "GET", f"/graphql?query={quote(MUTATION)}")[0] == 405
    assert ask(port, "POST", f"/graphql?query={quote(MUTATION)}")[0] == 405
    assert "__typename" in ask(port, "GET", f"/graphql?query={quote('{__typename}')}")[1]
    assert ask(port, "POST", "/graphql", JSON | {"Origin": "http://evil.example"}, "{}")[0] == 403
    assert ask(port, "GET", "/")[0] == 200
    assert is_kept_out_of_frames(port, "/")
    assert ask(port, "POST", "/graphql", JSON | {"Origin": "http://127.0.0.1:8000"}, "{}")[0] == 403
    assert ask(port, "GET", "/graphql", UPGRADE)[0] == 101
    assert ask(port, "GET", "/graphql", UPGRADE | {"Origin": "http://evil.example"})[0] == 403


@pytest.mark.slow
@pytest.mark.operator("7", "fresh home")
def test_in_a_fresh_home_refresh_is_started_on_the_page(page, fresh: Home) -> None:
    port, _ = page
    assert not fresh.current.exists()
    launched = _graphql(port, LAUNCH, job="refresh")["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run = launched["run"]["runId"]

    def ended() -> bool:
        return _graphql(port, STATUS, run=run)["runOrError"]["status"] in ("SUCCESS", "FAILURE", "CANCELED")

    _wait(ended, 400)
    assert _graphql(port, STATUS, run=run)["runOrError"]["status"] == "SUCCESS"
    assert fresh.current.exists()


@pytest.mark.slow
@pytest.mark.operator("7", "figures")
def test_it_serves_the_figures_of_the_home_to_its_own_machine(page, fresh: Home) -> None:
    port, _ = page
    status, text = ask(port, "GET", "/metrics")
    assert status == 200
    told = {s.name: s.value for f in text_string_to_metric_families(text) for s in f.samples}
    assert told["lineabase_gate_passed"] == 1
    assert told["lineabase_submissions_held"] == 0
    assert ask(port, "GET", "/metrics", {"Host": "evil.example"})[0] == 421


@pytest.mark.slow
def test_it_serves_what_each_rule_says(page) -> None:
    """Where the checks of a submission lead."""
    port, _ = page
    status, text = ask(port, "GET", "/rules/text_in_number")
    assert status == 200
    assert all(f'<section lang="{lang}">' in text for lang in CONTRACT_LANGUAGES)
    assert ask(port, "GET", "/rules/no_such_rule")[0] == 404


@pytest.mark.slow
def test_its_log_is_json_and_tells_of_the_run(page, fresh: Home) -> None:
    """The run was another process's: what it said stands in the one log of the service."""
    lines = (fresh.root / "ui.log").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert [line["event"] for line in told if line["logger"] == "lineabase.events"] == [
        "gate_passed",
        "released",
    ]


@pytest.mark.slow
@pytest.mark.operator("6", "in words")
def test_a_port_that_is_taken_is_said_and_nothing_announced(page, tmp_path: Path) -> None:
    port, _ = page
    with warnings.catch_warnings():  # it leaves them out for good
        told = CliRunner().invoke(
            app, ["ui", "--port", str(port), "--lang", "en"], env={"LINEABASE_HOME": str(tmp_path), **QUIET}
        )
    assert (told.exit_code, told.stdout) == (3, "")
    assert f"Port {port} cannot be used" in told.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are read from /proc")
@pytest.mark.operator("6", "SIGTERM")
def test_sigterm_ends_it_with_all_it_started(page, fresh: Home) -> None:
    _, process = page
    assert len(_processes_of(fresh)) > 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    _wait(lambda: not _processes_of(fresh), 60)


def _processes_of(home: Home) -> list[int]:
    """The processes that work on this home, by their environment."""
    told = f"LINEABASE_HOME={home.root}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if told in environment.split(b"\0"):
            found.append(int(folder.name))
    return found
