"""Which releases stay on a day, asked of a list of releases without files; each reason to stay alone, to the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from warehouse.home import Home
from warehouse.release import release_store, retention

DAYS = 92
FIRST = date(2024, 1, 15)
NAMES = ("2023-Q4.r1", "2023-Q4.r2", "2023-Q4.r3", "2024-Q1.r1")
"""Published on FIRST and on the three days after it."""

Keep = Callable[..., set[str]]


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """The names that stay on a day; `in_force` is the newest, no file is damaged or protected, but for those given."""
    home = Home(tmp_path)

    def kept(
        day: date,
        in_force: str | None = NAMES[-1],
        damaged: str = "",
        protected: str = "",
        unlisted: str = "",
        ledger: str = "",
    ) -> set[str]:
        folders = [tmp_path / name for name in NAMES]
        days = {name: FIRST + timedelta(days=n) for n, name in enumerate(NAMES) if name != unlisted}
        monkeypatch.setenv("LINEABASE_RELEASE_DAYS", str(DAYS))
        for name, answer in {
            "releases": lambda _: folders,
            "folder_in_force": lambda _: tmp_path / in_force if in_force else None,
            "publication_days": lambda _: days,
            "find_faults": lambda folder: iter(["a fault"] if folder.name == damaged else []),
            "manifest": lambda f: {
                "rows": {"baseline.headline": 9, "baseline.protected_counts": 3 if f.name == protected else 0}
            },
        }.items():
            monkeypatch.setattr(release_store, name, answer)
        monkeypatch.setattr(Home, "ledger_file", lambda _, name: Path(__file__ if name == ledger else "none"))
        return {folder.name for folder in retention.folders_to_keep(home, day)}

    return kept


LONG_AFTER = FIRST + timedelta(days=1000)


def test_the_last_of_a_quarter_stays_for_good(keep: Keep) -> None:
    assert keep(LONG_AFTER) == {"2023-Q4.r3", "2024-Q1.r1"}
    assert keep(LONG_AFTER, in_force=None) == {"2023-Q4.r3", "2024-Q1.r1"}


def test_the_one_in_force_and_the_one_before_it_stay(keep: Keep) -> None:
    assert keep(LONG_AFTER, in_force="2023-Q4.r2") == {*NAMES}
    assert keep(LONG_AFTER, in_force="2023-Q4.r1") == {"2023-Q4.r1", "2023-Q4.r3", "2024-Q1.r1"}


@pytest.mark.parametrize(("n", "name"), [(0, "2023-Q4.r1"), (1, "2023-Q4.r2")])
def test_a_release_stays_to_the_end_of_its_last_day(keep: Keep, n: int, name: str) -> None:
    last_day = FIRST + timedelta(days=n + DAYS)
    assert name in keep(last_day)
    assert name not in keep(last_day + timedelta(days=1))


def test_a_release_whose_day_is_unknown_stays(keep: Keep) -> None:
    assert "2023-Q4.r1" in keep(LONG_AFTER, unlisted="2023-Q4.r1")


def test_a_damaged_release_stays_until_it_is_restored(keep: Keep) -> None:
    assert keep(LONG_AFTER, damaged="2023-Q4.r2") == {"2023-Q4.r2", "2023-Q4.r3", "2024-Q1.r1"}


def test_protected_counts_stay_until_the_ledger_has_them(keep: Keep) -> None:
    assert "2023-Q4.r1" in keep(LONG_AFTER, protected="2023-Q4.r1")
    assert "2023-Q4.r1" not in keep(LONG_AFTER, protected="2023-Q4.r1", ledger="2023-Q4.r1")


@pytest.mark.parametrize("gone", [[], ["2023-Q4.r1"]])
def test_what_goes_is_noted_once_with_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: list[str]
) -> None:
    home, noted = Home(tmp_path), []
    folders = [tmp_path / name for name in NAMES[:3]]
    for folder in folders:
        (folder / "bundle").mkdir(parents=True)
        folder.chmod(0o500)
    kept = {(home, FIRST): {folders[1]}}
    monkeypatch.setattr(retention, "folders_to_keep", lambda *given: kept[given])
    monkeypatch.setattr(retention, "retired_names", lambda _: set(gone))
    monkeypatch.setattr(release_store, "releases", lambda _: folders)
    monkeypatch.setattr(
        release_store, "manifest", lambda f: {"sha256": f"of {f.name}", "as_of": "2024-01-01"}
    )
    monkeypatch.setattr(retention.events, "append", lambda path, **facts: noted.append((path, facts)))
    monkeypatch.setattr(retention, "today", lambda: FIRST)
    assert retention.retire(home) == ["2023-Q4.r1", "2023-Q4.r3"]
    assert [folder.exists() for folder in folders] == [False, True, False]
    assert [(path, facts["release"]) for path, facts in noted] == [
        (release_store.list_path(home), name) for name in ("2023-Q4.r1", "2023-Q4.r3") if name not in gone
    ]
    assert noted[-1][1] == {
        "event": "retired",
        "on": "2024-01-15",
        "release": "2023-Q4.r3",
        "sha256": "of 2023-Q4.r3",
        "as_of": "2024-01-01",
    }


def test_the_names_of_those_that_went_are_read_from_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("published", "retired", "rolled_back")
    listed = [{"event": "".join([*name]), "release": name} for name in names]
    monkeypatch.setattr(retention.events, "read", lambda _: listed)
    assert retention.retired_names(Home(tmp_path)) == {"retired"}
