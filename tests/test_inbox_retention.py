"""How long senders' copies stay in the inbox."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.bad_input import build
from warehouse.environment import settings
from warehouse.home import Home, inbox, inbox_retention
from warehouse.home.inbox_retention import forget_old_copies
from warehouse.release import upkeep

LATER = 100 * 86_400


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = build.home(tmp_path / "home")
    home.inbox.mkdir()
    for folder in (inbox.refused_folder, inbox.rejected_folder):
        place = folder(home, build.COLLECTION)
        (place / "datos.csv").write_text("a", encoding="utf-8")
        (place / f"datos.csv{inbox.PAGE_SUFFIX}").write_text("an answer", encoding="utf-8")
    return home


def _files(home: Home) -> list[Path]:
    return [path for path in home.inbox.rglob("*") if path.is_file()]


def _in_later_days(monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + LATER
    monkeypatch.setattr(inbox_retention.time, "time", lambda: later)


def test_copies_and_their_answers_go_after_the_days_of_the_setting(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = home.inbox / build.COLLECTION / "datos.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("a", encoding="utf-8")
    _in_later_days(monkeypatch)
    assert forget_old_copies(home, 101) == 0
    assert forget_old_copies(home, 99) == 4
    assert _files(home) == [waiting]


@pytest.mark.parametrize(
    ("days", "seconds", "goes"), [(0, 0, 0), (0, 0.5, 4), (1, 86_399.5, 0), (1, 86_400.5, 4)]
)
def test_a_copy_goes_when_it_is_older_than_its_days_to_the_second(
    days: int, seconds: float, goes: int, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [path.stat().st_ctime for path in _files(home)]
    now = (max(times) if goes else min(times)) + seconds
    monkeypatch.setattr(inbox_retention.time, "time", lambda: now)
    assert forget_old_copies(home, days) == goes


@pytest.mark.parametrize("link", ["refused", "refused/PROVIDER", "refused/PROVIDER/c/file.csv"])
def test_no_link_that_a_sender_laid_is_followed(
    link: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PROVIDER/c/file.csv", "c/file.csv", "file.csv"):
        target = tmp_path / "elsewhere" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("another one's", encoding="utf-8")
    at = home.inbox / link
    if link == "refused":
        at.rename(home.inbox / "was")
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(tmp_path / "elsewhere" if not link.endswith(".csv") else target)
    _in_later_days(monkeypatch)
    forget_old_copies(home, 1)
    assert len([path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]) == 3
    assert at.is_symlink()


def test_a_refresh_looks_by_the_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_later_days(monkeypatch)
    upkeep.prepare(home)
    assert len(_files(home)) == 4
    monkeypatch.setenv(settings.INBOX_DAYS, "10")
    upkeep.prepare(home)
    assert _files(home) == []
