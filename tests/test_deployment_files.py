"""What a deployment is run with: every command of the units and containers is one of the program's, every part is there."""

import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from pipelines.desk import access
from schemas.grammar import read_strict
from warehouse.home import CHECKOUT
from warehouse.home.deployment import Deployment

FOLDER = CHECKOUT / "deploy"
UNITS = sorted((FOLDER / "systemd").iterdir())
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
PAGES = [CHECKOUT / "docs" / name for name in ("deployment.md", "deployment.es.md")]
PROGRAM = "/srv/lineabase/program/.venv/bin/lineabase"


def is_understood(arguments: list[str]) -> bool:
    """Whether the command line is one of the program's; it is read and not run."""
    group: Any = typer.main.get_command(app)
    name, *rest = arguments
    command = group.get_command(None, name)
    return command is not None and command.make_context(name, rest, obj="en") is not None


def unit(path: Path) -> ConfigParser:
    read = ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(path.read_text(encoding="utf-8"))
    return read


def calls(path: Path) -> Iterator[list[str]]:
    """What a unit has the program do."""
    service = dict(unit(path)).get("Service", {})
    words = shlex.split(service.get("ExecStart", ""))
    if PROGRAM in words:
        yield words[words.index(PROGRAM) + 1 :]


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_each_unit_calls_what_there_is_and_needs_units_that_are_there(path: Path) -> None:
    assert all(is_understood(call) for call in calls(path))
    named = {p.name for p in UNITS}
    asked = [unit(path)["Unit"].get("Requires", ""), dict(unit(path)).get("Path", {}).get("Unit", "")]
    assert {name for name in asked if name} <= named
    if path.suffix == ".service":
        assert unit(path)["Service"]["User"] == "lineabase"


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not here: apt-get install systemd"
)
@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_systemd_knows_each_line(path: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if path.name in line and "not executable" not in line]
    assert [
        line for line in said if "Unknown" in line or "Failed to parse" in line or "Invalid" in line
    ] == []


def test_each_container_calls_what_there_is_and_names_what_is_declared() -> None:
    services = COMPOSE["services"]
    own = {name: s for name, s in services.items() if s["image"] == "lineabase" and "entrypoint" not in s}
    assert {"code", "page", "daemon", "desk", "worker"} == own.keys()
    assert all(is_understood(service["command"]) for service in own.values())
    for service in services.values():
        volumes = {v.split(":")[0] for v in service.get("volumes", []) if not v.startswith(("/", "."))}
        assert volumes <= COMPOSE["volumes"].keys()
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys()
        assert set(service.get("depends_on", {})) <= services.keys()
        mode = service.get("network_mode", "service:proxy")
        assert mode.removeprefix("service:") in services
    assert [name for name, s in services.items() if s.get("ports")] == ["proxy"]


def test_units_and_containers_are_the_same_parts() -> None:
    by_unit = {tuple(call[:3]) for path in UNITS for call in calls(path)} - {("refresh", "--unattended")}
    by_container = {
        tuple(s["command"][:3]) for s in COMPOSE["services"].values() if s["image"] == "lineabase"
    }
    assert by_unit <= by_container


def test_the_image_is_made_of_what_is_there() -> None:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    copied = [word for line in text.splitlines() if line.startswith("COPY") for word in line.split()[1:-1]]
    assert all((CHECKOUT / name).exists() for name in copied)


def test_no_secret_gets_into_an_image_or_the_repository() -> None:
    """Docker reads .dockerignore, Podman .containerignore: they are one file."""
    assert (CHECKOUT / ".dockerignore").read_bytes() == (CHECKOUT / ".containerignore").read_bytes()
    left_out = (CHECKOUT / ".containerignore").read_text(encoding="utf-8").splitlines()
    ignored = (CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines()
    beside = {"lineabase.toml", "secrets"}  # what compose.yaml reads beside itself
    assert {f"deploy/{name}" for name in beside} <= set(left_out)
    assert {"/deploy/lineabase.toml", "/deploy/secrets/"} <= set(ignored)
    files = [one.get("file", "") for one in COMPOSE["secrets"].values()]
    assert all(file.startswith("secrets/") for file in files)


def test_the_proxy_says_who_asks_and_lets_no_browser_say_it() -> None:
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8").lower()
    for header in (access.OFFICE_HEADER, access.PROVIDER_HEADER):
        assert f"proxy_set_header {header} $lineabase_" in text
    assert f"proxy_set_header {access.KEY_HEADER}" in text


_CERTIFICATE = [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-subj",
    "/CN=lineabase.example.org",
]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not here: apt-get install nginx")
def test_nginx_reads_it(tmp_path: Path) -> None:
    subprocess.run(
        [*_CERTIFICATE, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    for name in ("users", "offices.map", "providers.map", "desk_key.conf"):
        (tmp_path / name).touch()
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8").replace("/etc/lineabase", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{\n{text}\n}}\n", encoding="utf-8")
    done = subprocess.run(
        ["nginx", "-t", "-c", tmp_path / "nginx.conf", "-g", f"pid {tmp_path}/pid;"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_the_page_names_each_file_and_its_examples_are_read(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [p.name for p in UNITS if p.name not in text] == []
    assert all(name in text for name in ("compose.yaml", "Containerfile", "nginx.conf"))
    examples = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    for example in examples:
        assert tomllib.loads(example)
        (tmp_path / "lineabase.toml").write_text(example, encoding="utf-8")
        assert read_strict(tmp_path / "lineabase.toml", Deployment).database


def test_the_page_says_the_same_in_both_languages() -> None:
    english, spanish = (page.read_text(encoding="utf-8") for page in PAGES)
    levels = [
        [line.split()[0] for line in t.splitlines() if line.startswith("#")] for t in (english, spanish)
    ]
    assert levels[0] == levels[1]
    assert english.count("\n| ") == spanish.count("\n| ")
