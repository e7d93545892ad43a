"""Which files count as the program: a checkout that is also a home keeps its releases beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import QUIET
from warehouse.build import freshness
from warehouse.home import CHECKOUT

SUFFIXES = {".py", ".pyi", ".sql", ".toml", ".csv", ".tsv", ".txt"}


def _tracked(*folders: str) -> list[str]:
    call = ["git", "-C", str(CHECKOUT), "ls-files", "-z", *folders]
    listed = subprocess.run(call, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (CHECKOUT / name).is_file()]


def _copy_checkout(to: Path, *folders: str) -> Path:
    for name in _tracked(*folders):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / name, to / name)
    return to


def _relative(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in freshness.program_files(root)}


def test_the_program_is_every_file_of_the_repository_that_a_build_reads() -> None:
    tracked = {name for name in _tracked("schemas", "warehouse") if Path(name).suffix in SUFFIXES}
    assert _relative(CHECKOUT) == tracked


def test_what_a_home_keeps_in_the_checkout_is_not_the_program(tmp_path: Path) -> None:
    checkout = _copy_checkout(tmp_path, "schemas", "warehouse")
    before = _relative(checkout)
    for folder in ("releases/2026-Q3.r1/bundle", "verdict/data", ".inputs/1", "aside"):
        (checkout / "warehouse" / folder).mkdir(parents=True)
        for suffix in SUFFIXES:
            (checkout / "warehouse" / folder / f"table{suffix}").touch()
    assert _relative(checkout) == before


@pytest.mark.slow
def test_a_second_refresh_of_a_fresh_clone_finds_nothing_new(tmp_path: Path) -> None:
    checkout = _copy_checkout(
        tmp_path, "assets", "lineabase", "pipelines", "schemas", "warehouse", "raw/*.toml", "raw/PAN-SNM"
    )
    settings = {"LINEABASE_HOME": str(checkout), "LINEABASE_SITE": "no", "LINEABASE_BUNDLE": "yes"}
    environment = {**os.environ, **QUIET, **settings}
    program = "from pipelines.cli.main import main; main()"
    call = [sys.executable, "-c", program, "refresh", "--unattended", "--lang", "en"]

    def refresh() -> str:
        return subprocess.run(
            call, cwd=checkout, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert "Released" in refresh()
    assert list((checkout / "warehouse" / "releases").rglob("*.csv"))
    assert "Nothing new" in refresh()
