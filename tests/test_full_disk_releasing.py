"""A full disk at each write of what builds, asks, publishes and takes out: what was there stays whole, and with room all is made.

The disk is that of test_full_disk.py. Room grows until there is enough of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import assets.dagster.build
from assets.dagster import pages
from tests.conftest import AS_OF
from tests.test_full_disk import IS_ROOT, home, room, run  # noqa: F401  (a fixture)
from warehouse.environment import settings
from warehouse.home import Home, durable
from warehouse.home.durable import file_hash
from warehouse.publication import publishing
from warehouse.release import release_store

pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="only root mounts a small disk"),
    pytest.mark.operator("4", "full disk"),
]
FULL = (OSError, duckdb.Error, RuntimeError)
"""What a full disk raises: ours, DuckDB's, and other libraries' words for it."""


def growing(home: Home, of: int) -> Iterator[int]:  # noqa: F811
    """Room in bytes: none, then shares of a size, then as much as there is."""
    yield from (int(of * share) for share in (0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.2, 1.6, 2.2, 3))


@pytest.mark.hard
@pytest.mark.parametrize("wants_bundle", [False, True])
def test_publishing_on_a_full_disk_is_whole_or_is_not(
    home: Home,  # noqa: F811
    wants_bundle: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "wants_bundle", lambda: wants_bundle)
    before, refused = file_hash(home.current), 0
    for left in growing(home, home.current.stat().st_size):
        try:
            with room(home, left):
                made = publishing.publish(home, AS_OF, always=True)
        except FULL:
            refused += 1
            assert file_hash(home.current) == before
            assert not home.current.with_name("current.duckdb.new").exists()
            assert [
                f for folder in release_store.releases(home) for f in release_store.find_faults(folder)
            ] == []
        else:
            break
    assert refused > 2
    made = publishing.publish(home, AS_OF, always=True)
    assert list(release_store.find_faults(made.folder)) == []
    assert release_store.folder_in_force(home) == made.folder


@pytest.mark.hard
def test_build_and_gate_on_a_full_disk_leave_what_was_built(home: Home) -> None:  # noqa: F811
    before, refused = file_hash(home.internal), 0
    for left in growing(home, home.internal.stat().st_size):
        try:
            with room(home, left):
                assets.dagster.build.build_database(home, AS_OF)
        except FULL:
            refused += 1
            assert file_hash(home.internal) == before
        else:
            break
    assert refused > 1
    assert assets.dagster.build.build_database(home, AS_OF).verdict.has_passed
    assert not list(home.warehouse.glob("building.duckdb*"))


@pytest.mark.hard
def test_pages_on_a_full_disk_are_whole_or_are_not(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """They stop no release: what stopped them is a sentence."""
    monkeypatch.setattr(settings, "makes_site", lambda: True)
    for left in (0, 64 * 1024, 512 * 1024):
        with room(home, left):
            assert pages.renew_pages(home) is not None
        assert not home.site.exists()
        assert not list(home.root.glob(f".{home.site.name}.*"))


@pytest.mark.slow
def test_what_is_taken_out_on_a_full_disk_overwrites_nothing_by_half(home: Home) -> None:  # noqa: F811
    target = home.root.parent / "out"
    asked = ("export", "--indicator", "tip_victims_detected", "--output", str(target / "v.csv"))
    assert run(home, *asked)[0] == 0
    before = (target / "v.csv").read_bytes()
    with room(home, 0):
        assert run(home, *asked)[0] == 3
        assert run(home, "export", "--bundle", str(target / "bundle"))[0] == 3
    assert (target / "v.csv").read_bytes() == before
    assert sorted(path.name for path in target.iterdir()) == ["v.csv", "v.csv-metadata.json"]


def test_a_file_that_could_not_be_replaced_leaves_no_half_of_it(tmp_path: Path) -> None:
    """Every write of a home's notes goes this way."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    for replace in (durable.replace, durable.replace_durably):
        (tmp_path / "note.tmp").symlink_to(full)
        with pytest.raises(OSError, match="No space"):
            replace(tmp_path / "note", b"x" * 100)
        assert list(tmp_path.iterdir()) == []
