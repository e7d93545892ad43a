"""The container file: it copies what is there and calls what there is. Nothing is built: no engine is needed."""

import re
import tomllib
from pathlib import Path

import pytest

from pipelines.cli.app import COMMANDS
from pipelines.cli.main import main
from warehouse.home import CHECKOUT

FILE = CHECKOUT / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Each instruction and what follows it, a continued line joined."""
    joined = re.sub(r"\\\n\s*", " ", FILE.read_text(encoding="utf-8"))
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def of(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def test_what_it_copies_is_there() -> None:
    copied = [source for rest in of("COPY") for source in rest.split()[:-1]]
    assert [source for source in copied if not (CHECKOUT / source).exists()] == []
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, "raw", "pyproject.toml", project["project"]["readme"], "requirements.lock"} <= set(
        copied
    )
    for pattern in project["project"]["license-files"]:
        assert pattern.split("/")[0] in copied


def test_nothing_that_it_copies_is_left_out_of_its_context() -> None:
    lines = (CHECKOUT / ".containerignore").read_text(encoding="utf-8").splitlines()
    left_out = {line for line in lines if line and not line.startswith("#")}
    copied = {source for rest in of("COPY") for source in rest.split()[:-1]}
    assert not left_out & copied


def test_what_it_calls_is_there() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    [entry], [command] = (re.findall(r'"([^"]+)"', of(word)[0]) for word in ("ENTRYPOINT", "CMD"))
    module, _, name = project["project"]["scripts"][entry].partition(":")
    assert (main.__module__, main.__name__) == (module, name)
    assert command in COMMANDS
    asked = re.findall(
        r"run .* lineabase (\w+)", FILE.read_text(encoding="utf-8").split("ARG", maxsplit=1)[0]
    )
    assert {"refresh", "ui"} <= set(asked) <= {*COMMANDS}


def test_it_says_no_address_and_runs_as_nobody_s_administrator() -> None:
    text = FILE.read_text(encoding="utf-8")
    [base] = of("FROM")
    assert "/" not in base
    assert "://" not in text
    assert of("USER") == ["lineabase"]
    places = {
        rest.split("=", 1)[1]
        for env in of("ENV")
        for rest in env.split()
        if rest.startswith("LINEABASE_HOME")
    }
    assert places == set(of("VOLUME"))


@pytest.mark.parametrize("lock", ["requirements.lock"])
def test_every_package_of_the_lock_bears_its_hash(lock: str) -> None:
    """As `--require-hashes` asks."""
    entries = re.split(r"\n(?=\S)", (CHECKOUT / lock).read_text(encoding="utf-8").strip())
    assert [entry.split()[0] for entry in entries if "--hash=" not in entry] == []
    assert Path(lock).name in " ".join(of("RUN"))
