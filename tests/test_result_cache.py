"""The cache on disk: the same inputs give the same bytes, and no damage or refusal of the disk changes a result."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import groupings
from warehouse.build import reference
from warehouse.environment import result_cache
from warehouse.environment.result_cache import cached_bytes


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "lineabase"


def fail() -> bytes:
    raise AssertionError("made again")


def test_the_same_inputs_are_made_once(folder):
    assert cached_bytes(["a", "b"], lambda: b"result") == b"result"
    assert cached_bytes(["a", "b"], fail) == b"result"
    assert [path.stat().st_mode & 0o77 for path in (folder, *folder.iterdir())] == [0, 0]


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=3).map(tuple))
def test_other_inputs_are_another_result(inputs):
    content = repr(inputs).encode()
    assert cached_bytes(inputs, lambda: content) == content


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40] + b"x" + b[41:]])
def test_a_damaged_file_is_made_again(folder, damage):
    cached_bytes(["a"], lambda: b"a result of some length")
    [path] = folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert cached_bytes(["a"], lambda: b"again") == b"again"
    assert cached_bytes(["a"], fail) == b"again"


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [cached_bytes(["a"], lambda: b"result") for _ in range(2)] == [b"result"] * 2


def test_the_oldest_files_are_deleted(folder):
    """By the time of their writing, whatever their names."""
    for number in range(result_cache.KEPT_FILES + 3):
        cached_bytes([str(number)], lambda: b"result")
        for path in folder.iterdir():  # each an hour older than the next one
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 3600 * 10**9))
    assert len(list(folder.iterdir())) == result_cache.KEPT_FILES
    assert all(cached_bytes([str(kept)], fail) == b"result" for kept in range(3, number + 1))
    assert cached_bytes(["2"], lambda: b"again") == b"again"


@pytest.mark.slow
def test_other_members_give_other_classes_of_origin(monkeypatch):
    reference._origin_classes.cache_clear()
    before = reference._origin_classes()
    rows = groupings.load()
    later = [replace(row, valid_from=row.valid_from.replace(year=2020)) for row in rows]
    monkeypatch.setattr(groupings, "load", lambda: later)
    monkeypatch.setattr("schemas.origin.load", lambda: later)
    monkeypatch.setattr(reference.origin, "members", lambda name, day: frozenset())
    reference._origin_classes.cache_clear()
    assert not before.equals(reference._origin_classes())
    reference._origin_classes.cache_clear()
