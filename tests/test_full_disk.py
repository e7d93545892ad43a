"""A full disk, a disk that cannot be written, a folder of another's: a sentence, nothing half-done, and all goes on once there is room.

The disk is a small one of its own in memory, which root alone may mount; elsewhere these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assets.intake.inbox import InboxRun, receive_files
from pipelines.desk.access import Access
from tests import faults
from tests.bad_input import build
from tests.faults import COLLECTION, QUIET
from tests.test_desk import Browser, served
from warehouse.home import Home, inbox
from warehouse.home.durable import file_hash
from warehouse.release import release_store

IS_ROOT = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None
pytestmark = [
    pytest.mark.skipif(not IS_ROOT, reason="only root mounts a small disk"),
]
KIB = 1024
NOBODY = 65534
ROOMS = (0, 4, 12, 24, 48, 128, 512, 4096)
"""KiB that are left, from nothing to enough for a receipt."""


@pytest.fixture
def home(sound_home: Path, tmp_path: Path) -> Iterator[Home]:
    """A sound home on a disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no disk in memory can be mounted here")
    try:
        shutil.copytree(sound_home, place / "home", symlinks=True)
        yield Home(place / "home")
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def room(home: Home, left: int) -> Iterator[None]:
    """So many bytes are left on the disk, and no more."""
    filler = home.root.parent / "filler"
    told = os.statvfs(home.root)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(told.f_bavail * told.f_bsize - left, 1))
    try:
        yield
    finally:
        filler.unlink()


def run(home: Home, *arguments: str) -> tuple[int, str]:
    """In this process: a new one a command would take a second and a half to load."""
    return sound(faults.run(home, *arguments))


def run_apart(home: Home, *arguments: str, user: int | None = None) -> tuple[int, str]:
    """As whoever types it, or as another user does."""
    environment = os.environ | QUIET | {"LINEABASE_HOME": str(home.root)}
    call = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    ended = subprocess.run(call, env=environment, capture_output=True, text=True, check=False, user=user)
    return sound((ended.returncode, ended.stdout + ended.stderr))


def sound(told: tuple[int, str]) -> tuple[int, str]:
    """What was told is no defect of the program."""
    assert "Traceback" not in told[1], told[1]
    assert "defecto" not in told[1], told[1]
    return told


def new_file(home: Home) -> Path:
    return build.write(home.root.parent.parent / "sent", build.with_cell(2, "victimas", "8"), "nuevo.csv")


@pytest.mark.slow
@pytest.mark.operator("4", "full disk")
def test_a_receipt_on_a_full_disk_is_whole_or_is_not(home: Home) -> None:
    """From no room at all to enough: whatever the command says of the file, so it is."""
    file, before = new_file(home), {one.id for one in home.submissions()}
    codes = []
    for left in ROOMS:
        with room(home, left * KIB):
            by = run if codes else run_apart  # the first as one types it
            code, said = by(home, "submit", str(file), "--collection", COLLECTION)
        codes.append(code)
        kept = {one.id for one in home.submissions()} - before
        if code == 0:
            break
        assert code in (1, 3), said
        for one in map(home.submission, kept):
            assert file_hash(one.file) == one.sha256 == file_hash(file)
    assert codes[0] == 3
    again, said = run(home, "submit", str(file), "--collection", COLLECTION)
    assert again in (0, 1), said
    assert len({one.id for one in home.submissions()} - before) == 1
    assert run(home, "verify")[0] == 0


@pytest.mark.slow
@pytest.mark.operator("4", "full disk")
def test_a_file_of_the_inbox_is_taken_whole_or_stays_and_is_told(home: Home) -> None:
    file, before = new_file(home), {one.id for one in home.submissions()}
    lies = home.inbox / COLLECTION / file.name
    lies.parent.mkdir(parents=True, exist_ok=True)
    lies.write_bytes(file.read_bytes())
    taken = []
    for left in ROOMS:
        seen, done = inbox.list_inbox(home).files, InboxRun()
        with room(home, left * KIB):
            try:
                done = receive_files(home, seen)
                told = " ".join(one.reason.render("en") for one in done.remaining)
            except OSError as error:  # not even a lock: the sensor's look fails, which is told and alerted
                told = str(error)
        assert done.submission_ids or "No space left" in told, (left, told)
        taken.append(bool(done.submission_ids))
        assert done.refusals == []
        if done.submission_ids:
            break
        assert lies.read_bytes() == file.read_bytes()
    assert (taken[0], taken[-1]) == (False, True)
    assert not lies.exists()
    (kept,) = {one.id for one in home.submissions()} - before
    assert file_hash(home.submission(kept).file) == file_hash(file)
    assert run(home, "verify")[0] == 0


@pytest.mark.slow
@pytest.mark.operator("4", "full disk")
def test_the_steward_s_page_says_that_the_disk_is_full_and_keeps_no_half(home: Home) -> None:
    """No letter of an uploaded file stays that nobody handed in; what was handed in is whole."""
    file, before = new_file(home), {one.id for one in home.submissions()}
    access = Access()
    with served(home, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}")
        statuses = []
        for left in ROOMS:
            browser.open("/")
            with room(home, left * KIB):
                answered = browser.fill("/", file.name, file.read_bytes(), collection=COLLECTION)
                if "/hand-in" in browser.page:  # else it was received before, and is not again
                    answered = browser.fill(browser.actions("/hand-in"), office="INSTITUTO")
            statuses.append(answered.status_code)
            if answered.ok:
                break
            assert answered.status_code in (400, 503), browser.said
            assert "defecto" not in browser.said
            assert answered.status_code == 400 or "No space left" in browser.said, browser.said
        assert statuses[0] == 503
    kept = {one.id for one in home.submissions()} - before
    assert len(kept) == 1
    assert file_hash(home.submission(kept.pop()).file) == file_hash(file)
    assert not list((home.root / "staged").glob(".desk-*"))
    assert run(home, "verify")[0] == 0


@pytest.mark.hard
@pytest.mark.operator("4", "full disk")
def test_a_refresh_on_a_full_disk_leaves_the_release_in_force(home: Home) -> None:
    """Steps, build and publishing are cut where the room ends; with room the next one releases."""
    run_apart(home, "submit", str(new_file(home)), "--collection", COLLECTION)
    before, in_force = file_hash(home.current), release_store.folder_in_force(home)
    size = home.current.stat().st_size
    codes = []
    for share in (0, 0.02, 0.3, 0.9, 1.6, 2.4):
        shutil.rmtree(home.dagster, ignore_errors=True)
        with room(home, int(size * share)):
            code, said = run_apart(home, "refresh")
        codes.append(code)
        if code == 0:
            break
        assert code == 3, (share, said)
        assert file_hash(home.current) == before
        assert release_store.folder_in_force(home) == in_force
    assert codes[0] == 3
    code, said = run_apart(home, "refresh")
    assert code == 0, said
    assert file_hash(home.current) != before
    assert run_apart(home, "verify")[0] == 0


@pytest.mark.slow
@pytest.mark.operator("4", "full disk")
def test_a_disk_that_cannot_be_written_is_read_and_says_so(home: Home) -> None:
    file = new_file(home)
    subprocess.run(["mount", "-o", "remount,ro", home.root.parent], check=True)
    try:
        for arguments in (("submit", str(file), "--collection", COLLECTION), ("refresh",)):
            code, said = run(home, *arguments)
            assert (code, "Read-only" in said) == (3, True), said
        for arguments in (("query", "SELECT 1 AS one"), ("questions",), ("status",)):
            assert run(home, *arguments)[0] == 0, arguments
        assert run(home, "doctor")[0] in (0, 3)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", home.root.parent], check=True)


@pytest.mark.slow
@pytest.mark.operator("4", "full disk")
def test_whoever_may_not_enter_the_home_is_told(home: Home) -> None:
    home.root.chmod(0o700)
    try:
        subprocess.run([sys.executable, "-c", "import duckdb"], user=NOBODY, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("another user cannot run Python here")
    for arguments in (("status",), ("refresh",), ("doctor",), ("query", "SELECT 1 AS one")):
        code, said = run_apart(home, *arguments, user=NOBODY)
        assert code != 0, arguments
        assert "Permission denied" in said or "permiso" in said.lower(), (arguments, said)
