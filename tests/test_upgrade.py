"""A home that an older program made is taken up by today's: `pytest -m hard tests/test_upgrade.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import faults
from warehouse.home import CARD, CHECKOUT, Home
from warehouse.release import release_store

COMMITS = ("9a87013", "98f0c89", "059c6ea")
"""Commits from which a home is upgraded: fewer tables and another grammar of cards; other settings of Dagster."""


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(CHECKOUT), *arguments], capture_output=True)


@pytest.fixture(params=COMMITS)
def older_program(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Its files, as they stood."""
    packed = git("archive", request.param)
    if packed.returncode:
        pytest.skip(f"the history of the project is not here: git fetch --unshallow ({request.param})")
    folder = tmp_path / "program"
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
    return folder


@pytest.mark.hard
def test_a_home_of_an_older_program_is_taken_up(older_program: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(older_program / "raw", home.raw)
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli.main", "refresh"],
        cwd=older_program,
        env=os.environ | {"LINEABASE_HOME": str(home.root), "PYTHONPATH": str(older_program)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [first] = release_store.releases(home)
    received = {s.id for s in home.submissions()}
    for card in home.raw.glob(f"*/*/{CARD}"):  # copies of the program's, as docs/deployment.md says
        card.unlink()

    code, said = faults.run(home, "refresh", "--lang", "en")
    assert code == 0, said
    assert release_store.releases(home)[0] == first
    assert release_store.folder_in_force(home) == release_store.releases(home)[-1] != first
    assert {s.id for s in home.submissions()} == received
    for command in ("verify", "doctor"):
        code, said = faults.run(home, command, "--lang", "en")
        assert code == 0, said
