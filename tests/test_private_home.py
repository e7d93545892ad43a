"""Who else on the machine may look into a home: modes of a new one, and what doctor says of an older one."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.dagster import storage
from tests.bad_input import build
from tests.faults import run
from warehouse.home import Home, inbox, private

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """As most systems have it: others may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _open_folders(root: Path) -> list[str]:
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    return [str(path) for path in folders if stat.S_IMODE(path.stat().st_mode) != 0o700]


def test_a_new_home_is_its_owner_s_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "in a folder" / "home")
    code, said = run(home, "status", "--new")
    assert code == 0, said
    assert home.raw.is_dir()
    assert _open_folders(home.root) == []


def test_private_parts_are_made_for_their_owner_alone_in_any_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    (home.inbox / build.COLLECTION).mkdir(parents=True)
    storage.repair(home)
    inbox.refused_folder(home, build.COLLECTION)
    assert home.root.stat().st_mode & 0o077
    assert _open_folders(home.dagster) == _open_folders(home.inbox / "refused") == []


def test_doctor_names_the_private_parts_of_an_open_home(sound_home: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(sound_home, home.root)
    assert _open_folders(home.verdict) == []
    home.root.chmod(0o755)
    for folder in (home.raw, home.dagster, home.root / "staged"):
        folder.chmod(0o755)
    code, said = run(home, "doctor", "--lang", "en")
    assert code == 0
    assert f"may enter raw, staged, .dagster in {home.root}:" in said
    assert f"chmod 700 {home.root}" in said
    home.root.chmod(0o700)
    assert private.find_open_folders(home) == []
    assert "may enter" not in run(home, "doctor", "--lang", "en")[1]


def test_a_home_that_readers_enter_may_keep_its_private_parts_closed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    private.make_home(home.root)
    home.root.chmod(0o755)
    assert private.find_open_folders(home) == []
    home.raw.chmod(0o750)
    assert private.find_open_folders(home) == [home.raw]
