"""What a release does, asked of its rules with files of a few bytes: new, or an earlier one in force again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.home import Home
from warehouse.release import release
from warehouse.release.release import Release, publish

AS_OF = date(2026, 4, 1)
LAST, NEXT = "2026-Q1.r1", "2026-Q1.r2"

Try = Callable[..., tuple[Release, list[str]]]


def write_public(_: Path, target: Path, name: str) -> None:
    with duckdb.connect(target) as db:
        columns = "question, reason, decided_by, second_office, decided_on"
        row = f"'q', '{name}', 'a', 'b', DATE '2026-01-02'"
        db.execute(
            f"CREATE SCHEMA registry; CREATE TABLE registry.waivers AS SELECT * FROM (VALUES ({row})) AS w({columns})"
        )


@pytest.fixture
def attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Try:
    """The release of a home with one before it: same content, rolled back or with new data, as asked; what was done."""
    home, done = Home(tmp_path), []
    store, last = release.release_store, tmp_path / "warehouse" / "releases" / LAST

    def note(name: str, answer: Any = None) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            assert (given[0] == home) is (name not in ("is_whole", "bundle")), name
            done.append(name)
            return answer(*given) if callable(answer) else answer

        return noted

    def attempted(
        *, in_force: bool = True, rolled_back: bool = False, new: bool = False, same: bool = False,
        whole: bool = True, earlier: bool = True, bundle: bool = False, always: bool = False, killed: bool = False,
    ) -> tuple[Release, list[str]]:  # fmt: skip
        if in_force or earlier:
            last.mkdir(parents=True)
        if killed:
            (home.releases / ".building").mkdir()
            (home.releases / ".building" / "half").write_text("of another release", encoding="utf-8")
        for owner, name, answer in (
            (store, "folder_in_force", last if in_force else None),
            (release.rollback, "rollback_in_effect", rolled_back),
            (release.freshness, "has_changed_since_release", new),
            (release.freshness, "gate_of_internal", {"passed": True}),
            (store, "record_unlisted_releases", None),
            (store, "next_name", lambda _, quarter: {"2026-Q1": NEXT}[quarter]),
            (store, "is_whole", whole),
            (store, "record_publication", None),
            (store, "put_in_force", lambda _, folder: done.append(f"in force: {folder.name}")),
            (release.retention, "retire", ["2025-Q1.r1"]),
            (release.ledger, "write_ledger_file", None),
        ):
            monkeypatch.setattr(owner, name, note(name, answer))
        latest = {(home, "2026-Q1"): last if earlier else None}
        monkeypatch.setattr(release, "latest_folder", lambda *given: latest[given])
        monkeypatch.setattr(release, "derive", write_public)
        monkeypatch.setattr(release, "hash_tables", lambda _: {"baseline.headline": (3, "of the table")})
        monkeypatch.setattr(release, "manifest", lambda folder: {"content": "same" if same else folder.name})
        monkeypatch.setattr(release, "hash_contents", lambda _: "same")
        write = note(
            "bundle", lambda building, before, _: {"README.md": f"{building.name} {before and before.name}"}
        )
        done.clear()
        asked: dict[str, Any] = {"always": True} if always else {}
        return publish(home, AS_OF, **asked, write_bundle=write if bundle else None), done

    return attempted


def test_new_values_are_a_new_release_noted_before_it_is_in_force(attempt: Try) -> None:
    made, done = attempt(bundle=True, killed=True)
    assert (made.name, made.is_new, made.removed_names) == (NEXT, True, ("2025-Q1.r1",))
    order = ["record_unlisted_releases", "next_name", "bundle", "write_ledger_file", "record_publication",
             f"in force: {NEXT}", "retire"]  # fmt: skip
    assert [step for step in done if step in order] == order
    facts = release.release_store.manifest(made.folder)
    file = made.folder / release.FILE
    assert {path.name for path in made.folder.iterdir()} == {release.FILE, "manifest.json"}
    assert not file.stat().st_mode & 0o222
    assert facts | {
        "release": NEXT, "as_of": "2026-04-01", "content": "same", "rows": {"baseline.headline": 3},
        "bytes": file.stat().st_size, "sha256": release.file_hash(file), "file": release.FILE,
        "gate": {"passed": True}, "bundle": {"README.md": f".building {LAST}"},
        "waivers": [{"question": "q", "reason": NEXT, "decided_by": "a", "second_office": "b",
                     "decided_on": "2026-01-02"}],
    } == facts  # fmt: skip


def test_without_a_bundle_the_manifest_names_none(attempt: Try) -> None:
    made, _ = attempt(in_force=False, earlier=False)
    assert "bundle" not in release.release_store.manifest(made.folder)


@pytest.mark.parametrize(
    ("situation", "is_new"),
    [
        ({"same": True}, False),
        ({"same": True, "whole": False}, True),  # a damaged one is no release to go on with
        ({"same": True, "always": True}, True),
        ({"same": True, "earlier": False}, True),  # the first of its quarter
        ({"rolled_back": True}, False),
        ({"rolled_back": True, "new": True}, True),
        ({"rolled_back": True, "always": True}, True),
        ({"rolled_back": True, "in_force": False}, True),
        ({"new": True}, True),
        ({}, True),
    ],
)
def test_a_release_is_new_unless_its_values_are_the_last_ones_or_a_rollback_holds(
    situation: dict[str, bool], is_new: bool, attempt: Try
) -> None:
    made, done = attempt(**situation)
    name = NEXT if is_new else LAST
    assert (made.name, made.folder.name, made.is_new) == (name, name, is_new)
    assert [step for step in done if step.startswith("in force")] == [f"in force: {name}"]
    if not is_new:
        assert made.removed_names == ()
        assert not {"record_publication", "retire"} & set(done)
    if "same" in situation:
        assert not (made.folder.parent / ".building").exists()
