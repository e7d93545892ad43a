"""Fingerprints of the program: whatever file of schemas/ a step or a build reads, a change of it is seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.intake import freshness
from warehouse.build.freshness import program_files
from warehouse.home import CHECKOUT

SUFFIXES = sorted({p.suffix for p in (CHECKOUT / "schemas").rglob("*.*") if "__pycache__" not in p.parts})


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of schemas/, to be changed."""
    root = tmp_path_factory.mktemp("program")
    shutil.copytree(CHECKOUT / "schemas", root / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def digest(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The digest of the copy as it is now: nothing is remembered."""
    monkeypatch.setattr(freshness, "CHECKOUT", copied)

    def of_now() -> str:
        freshness._text.cache_clear()
        return freshness.schemas_digest.__wrapped__()

    return of_now


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_any_kind_that_changes_makes_the_steps_stale(
    copied: Path, digest: Callable[[], str], suffix: str
) -> None:
    of_steps = [
        p
        for p in (copied / "schemas").rglob(f"*{suffix}")
        if p.relative_to(copied).parts[1] not in freshness.NOT_OF_STEPS
    ]
    before = digest()
    with of_steps[0].open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert digest() != before


def test_a_word_or_an_indicator_that_changes_makes_no_step_stale(
    copied: Path, digest: Callable[[], str]
) -> None:
    before = digest()
    for folder in freshness.NOT_OF_STEPS:
        with next((copied / "schemas" / folder).glob("*.toml")).open("a", encoding="utf-8") as file:
            file.write("\n# changed\n")
    assert digest() == before


def test_a_build_depends_on_every_file_of_schemas() -> None:
    every = {p for p in (CHECKOUT / "schemas").rglob("*.*") if "__pycache__" not in p.parts}
    assert every <= set(program_files(CHECKOUT))
