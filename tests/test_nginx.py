"""deploy/nginx.conf in a real nginx: who is asked for a password, who is let in, which headers arrive."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path
from threading import Thread

import pytest
import requests

from tests.test_ui import free_port
from warehouse.home import CHECKOUT

pytestmark = [
    pytest.mark.slow,  # CI installs no nginx
    pytest.mark.skipif(
        not (shutil.which("nginx") and shutil.which("openssl")),
        reason="nginx and openssl are not here: apt-get install nginx openssl",
    ),
]

PASSWORD, WRONG = "una clave buena", "una clave mala"
KEY = "0123456789abcdef"
OF_A_SENDER, OF_THE_SECRETARIAT = ("SNM, Panamá", "PAN-SNM"), ("Secretaría", "*")
USERS = {"sender": OF_A_SENDER, "secretariat": OF_THE_SECRETARIAT}
DESK, DAGSTER, DATA = "lineabase.example.org", "dagster.example.org", "data.example.org"


@dataclass(frozen=True)
class Proxy:
    """An nginx that was started, and what lies behind it."""

    port: int
    readers: Path

    def ask(
        self, host: str, path: str = "/", user: str = "", password: str = PASSWORD, **headers: str
    ) -> requests.Response:
        credentials = (user.encode(), password.encode()) if user else None
        return requests.get(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"Host": host, **headers},
            auth=credentials,
            timeout=30,
        )


class _Application(BaseHTTPRequestHandler):
    """Stands for the desk and Dagster's page: answers which headers arrived."""

    def do_GET(self) -> None:
        body = dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _application() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Application) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


def _write_users(folder: Path) -> None:
    hashed = ["openssl", "passwd", "-apr1", PASSWORD]
    lines = [
        f"{user}:{subprocess.run(hashed, capture_output=True, text=True, check=True).stdout}"
        for user in USERS
    ]
    (folder / "users").write_text("".join(lines), encoding="utf-8")
    for name, at in (("offices.map", 0), ("providers.map", 1)):
        text = "".join(f'"{user}" "{facts[at]}";\n' for user, facts in USERS.items())
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "desk_key.conf").write_text(f'proxy_set_header X-Lineabase-Key "{KEY}";\n', encoding="utf-8")


def _configuration(folder: Path, port: int, desk: int, dagster: int) -> str:
    """The shipped file with other ports and folders, and without TLS, of which another test asks."""
    text = (CHECKOUT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    replaced = {
        "/etc/lineabase": str(folder),
        "/srv/lineabase/public": str(folder / "public"),
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "http://127.0.0.1:3010;": f"http://127.0.0.1:{desk};",
        "http://127.0.0.1:3000;": f"http://127.0.0.1:{dagster};",
    }
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("ssl_"))
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{text}\n}}\n"
    )


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    _write_users(folder)
    port = free_port()
    with _application() as desk, _application() as dagster:
        file = folder / "nginx.conf"
        file.write_text(_configuration(folder, port, desk, dagster), encoding="utf-8")
        with subprocess.Popen(["nginx", "-c", file, "-e", folder / "error.log"]) as process:
            try:
                _wait_for(port, process, folder / "error.log")
                yield Proxy(port, folder / "public")
            finally:
                process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
            return
        except requests.ConnectionError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.05)
    raise TimeoutError


@pytest.mark.parametrize("host", [DESK, DAGSTER])
def test_who_says_nothing_is_asked_for_a_password(host: str, proxy: Proxy) -> None:
    answer = proxy.ask(host)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("host", [DESK, DAGSTER])
def test_a_wrong_password_is_answered_alike_for_everybody(host: str, proxy: Proxy) -> None:
    """So nobody learns without a password who exists, and who is of the Secretariat."""
    answers = [proxy.ask(host, user=user, password=WRONG) for user in (*USERS, "nobody")]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert len({answer.text for answer in answers}) == 1


def test_the_secretariat_reaches_dagster_s_page_and_a_sender_does_not(proxy: Proxy) -> None:
    reached = proxy.ask(DAGSTER, user="secretariat")
    assert reached.status_code == 200
    assert "authorization" not in reached.json()
    assert reached.json()["host"] == DAGSTER
    assert proxy.ask(DAGSTER, user="sender").status_code == 403
    assert proxy.ask(DAGSTER, "/graphql", user="sender").status_code == 403


@pytest.mark.parametrize("user", ["sender", "secretariat", ""])
def test_the_address_that_asks_for_the_role_is_nobody_s_to_open(user: str, proxy: Proxy) -> None:
    assert proxy.ask(DAGSTER, "/of-the-secretariat", user=user).status_code in (401, 404)


@pytest.mark.parametrize("user", list(USERS))
def test_the_desk_is_told_who_asks_whatever_the_browser_says(user: str, proxy: Proxy) -> None:
    forged = {
        "X-Lineabase-Key": "forged",
        "X-Lineabase-Office": "forged",
        "x-lineabase-provider": "*" if user == "sender" else "forged",
    }
    answer = proxy.ask(DESK, "/standing", user=user, **forged)
    assert answer.status_code == 200
    told = answer.json()
    office, provider = USERS[user]
    assert told["x-lineabase-office"].encode("latin-1").decode() == office
    assert (told["x-lineabase-key"], told["x-lineabase-provider"]) == (KEY, provider)
    assert "authorization" not in told


def test_readers_see_what_was_published_and_nothing_beside(proxy: Proxy) -> None:
    folder = proxy.readers / "releases" / "2026-Q3.r1"
    folder.mkdir(parents=True)
    (proxy.readers / "site").mkdir()
    (proxy.readers / "site" / "index.html").write_text("a page", encoding="utf-8")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "rows.json").write_text("{}", encoding="utf-8")
    assert proxy.ask(DATA).text == "a page"
    assert proxy.ask(DATA, "/releases/2026-Q3.r1/manifest.json").text == "{}"
    assert proxy.ask(DATA, "/releases/2026-Q3.r1/rows.json").status_code == 404


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("latest/catalogue.json", "application/json"),
        ("latest/parquet/t.parquet", "application/vnd.apache.parquet"),
        ("latest/sdmx/data/HEADLINE/A.x.HND", "application/vnd.sdmx.data+csv; version=2.0.0"),
        ("latest/sdmx/data/HEADLINE/A.x./", "application/vnd.sdmx.data+csv; version=2.0.0"),
        ("latest/sdmx/dataflow/LINEABASE/all/latest", "application/vnd.sdmx.structure+xml; version=3.0.0"),
    ],
)
def test_the_static_api_has_the_media_types_that_its_readers_need(
    address: str, kind: str, proxy: Proxy
) -> None:
    file = proxy.readers / "api" / "v1" / address.rstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("content", encoding="utf-8")
    answer = proxy.ask(DATA, f"/v1/{address}")
    assert (answer.status_code, answer.text) == (200, "content")
    assert answer.headers["content-type"] == kind
    assert answer.headers["access-control-allow-origin"] == "*"
    assert proxy.ask(DATA, "/v1/latest/sdmx/data/HEADLINE/B").status_code == 404
