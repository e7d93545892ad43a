"""Listing of the inbox: the files that may be received, and why other entries stay. Receives nothing.

A file may be received if two listings, some seconds apart, found the same size and times, or if it has not
changed for minutes; never while a program of this machine has it open for writing. Links are not followed.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import time

from schemas.words import Sentence, languages
from warehouse.home.layout import Home

ROOT = "."
"""The inbox itself, as a path in it."""
REFUSED_FOLDER = "refused"
"""Folder of the inbox for refused files that are kept."""
REJECTED_FOLDER = "rechazados"
"""Folder of the inbox for received files that cannot be used; for their owner alone."""
ANSWER_SUFFIX = ".respuesta.txt"
"""Suffix of the short answer to a file, next to it."""
PAGE_SUFFIX = ".respuesta.html"
"""Suffix of the page with the full answer to a file, next to it."""
QUIET_SECONDS = 300.0
"""A file that has not changed for this time is complete."""

Stamp = tuple[int, int, int, int]
"""Inode and size of a file, and the times of the last change of its content and its entry (ns)."""


@dataclass(frozen=True)
class InboxEntry:
    """A file that stays in the inbox: path, reason. `is_temporary`: the reason ends without an action."""

    path: str
    reason: Sentence
    is_temporary: bool = False

    def __str__(self) -> str:
        return f"{self.printable_path}: {self.reason}"

    @property
    def printable_path(self) -> str:
        """Return the path for a screen or a log, whatever bytes and codes the name has."""
        text = self.path.encode("utf-8", "backslashreplace").decode()
        return "".join(c if c.isprintable() else "�" for c in text)


@dataclass(frozen=True)
class InboxListing:
    """Result of a listing: files that may be received, each with its stamp, and entries that stay."""

    files: dict[str, Stamp] = field(default_factory=dict)
    remaining: list[InboxEntry] = field(default_factory=list)


def list_inbox(home: Home) -> InboxListing:
    """List the inbox. A folder that cannot be listed is reported like a file."""
    listing = InboxListing()
    for provider in _scan_folder(home, "", listing):
        if _check_folder(provider, provider.name, listing) and provider.name not in (
            REFUSED_FOLDER,
            REJECTED_FOLDER,
        ):
            for collection in _scan_folder(home, provider.name, listing):
                path = f"{provider.name}/{collection.name}"
                if _check_folder(collection, path, listing):
                    _list_collection(home, path, listing)
    return listing


def _list_collection(home: Home, collection: str, listing: InboxListing) -> None:
    is_known = collection in home.collections()
    for entry in _scan_folder(home, collection, listing):
        path = f"{collection}/{entry.name}"
        with suppress(FileNotFoundError):  # the file was removed meanwhile
            reason = _reason_to_stay(entry) or (None if is_known else "no_collection")
            if reason:
                sentence = Sentence(
                    f"inbox.{reason}", {"collection": collection} if reason == "no_collection" else {}
                )
                listing.remaining.append(InboxEntry(path, sentence, is_temporary=reason == "unfinished"))
            else:
                listing.files[path] = stamp(entry.stat(follow_symlinks=False))


def _scan_folder(home: Home, folder: str, listing: InboxListing) -> Iterator[os.DirEntry[str]]:
    """Yield the entries of a folder by name, without answers."""
    try:
        with os.scandir(home.inbox / folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        listing.remaining.append(
            InboxEntry(folder or ROOT, Sentence("inbox.unreadable", {"error": error_reason(error)}))
        )
        return
    yield from (entry for entry in entries if not entry.name.endswith((ANSWER_SUFFIX, PAGE_SUFFIX)))


def _check_folder(entry: os.DirEntry[str], path: str, listing: InboxListing) -> bool:
    """Return True for a folder; report any other entry."""
    if entry.is_dir(follow_symlinks=False):
        return True
    reason = "link" if entry.is_symlink() else _reason_by_name(entry.name) or "misplaced"
    listing.remaining.append(
        InboxEntry(path, Sentence(f"inbox.{reason}"), is_temporary=reason == "unfinished")
    )
    return False


def _reason_to_stay(entry: os.DirEntry[str]) -> str | None:
    """Return the reason why an entry is not received; None if it is."""
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "misplaced"
    if reason := _reason_by_name(entry.name):
        return reason
    if not entry.is_file(follow_symlinks=False):
        return "no_file"
    return None if entry.stat(follow_symlinks=False).st_size else "empty"


def _reason_by_name(name: str) -> str | None:
    """Return the reason why a file of this name is no submission; None if it may be."""
    return next((reason for pattern, reason in _name_patterns() if fnmatchcase(name.lower(), pattern)), None)


@cache
def _name_patterns() -> list[tuple[str, str]]:
    reasons = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [(pattern, reason) for reason, table in reasons.items() for pattern in table["patterns"]]


def stamp(status: os.stat_result) -> Stamp:
    """Return the stamp of a file. It detects changes, because the change time of an entry cannot be set."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_quiet(file_stamp: Stamp) -> bool:
    """True if nothing of the file has changed for minutes."""
    return time() - max(file_stamp[2:]) / 1e9 > QUIET_SECONDS


class NotARegularFile(Exception):
    """The path is a link, a folder, a pipe or a device."""


def open_file(path: Path) -> int:
    """Open a regular file for reading, without following links. Raises NotARegularFile, OSError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            raise NotARegularFile from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotARegularFile
    return handle


def is_being_written(handle: int) -> bool:
    """True if a program of this machine has the file open for writing. Linux only."""
    if sys.platform != "linux" or _file_system_type(os.fstat(handle).st_dev).startswith(_REMOTE_FILE_SYSTEMS):
        return False
    import fcntl  # exists on POSIX systems only

    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


_REMOTE_FILE_SYSTEMS = ("nfs", "cifs", "smb", "fuse", "9p", "ceph", "afs", "vboxsf", "virtiofs")
"""File systems of other machines. They refuse a lease for reasons of their own."""


def _file_system_type(device: int) -> str:
    """Return the type of the file system with this device number from the list of mounts, or ''."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    types = [line.split(" - ", 1)[1].split()[0] for line in mounts if line.split()[2] == number]
    return types[0] if types else ""


def error_reason(error: OSError) -> str:
    """Return the message of the system, without the path."""
    return error.strerror or type(error).__name__


def write_short_answer(file: Path, head: str, *sentences: Sentence) -> None:
    """Write the result of a file next to it, in every language. Skips folders without write permission."""
    paragraphs = [
        " ".join([Sentence(head).render(lang), *(sentence.render(lang) for sentence in sentences)])
        for lang in languages()
    ]
    path, text = _short_answer_path(file), "\n\n".join(paragraphs) + "\n"
    if _read_answer(path) != text:
        with suppress(OSError):
            _replace_file(path, text.encode())


def _answer_path(file: Path, suffix: str) -> Path:
    """Return the path of an answer: the name of the file with a suffix, shortened if it is too long.

    A shortened name ends with a part of the hash of the whole name, so that the answers to two files differ.
    """
    name = os.fsencode(file.name)
    if len(name) + len(suffix) <= LONGEST_NAME:
        return file.with_name(file.name + suffix)
    tail = f"~{sha256(name).hexdigest()[:8]}{suffix}"
    start = name[: LONGEST_NAME - len(tail)].decode("utf-8", "ignore")
    return file.with_name(start + tail)


LONGEST_NAME = 255
"""Bytes that a file name may have on common file systems."""


def write_page(file: Path, page: str) -> None:
    """Write the full answer next to the former path of a file. Skips folders without write permission."""
    with suppress(OSError):
        _replace_file(_answer_path(file, PAGE_SUFFIX), page.encode(errors="backslashreplace"))


def answers_to(file: Path) -> list[Path]:
    """List the answers to a file that exist."""
    paths = [_answer_path(file, suffix) for suffix in (ANSWER_SUFFIX, PAGE_SUFFIX)]
    return [path for path in paths if path.is_file()]


def remove_answers(file: Path) -> None:
    """Remove the answers to a file, because it was received."""
    for suffix in (ANSWER_SUFFIX, PAGE_SUFFIX):
        with suppress(OSError):
            _answer_path(file, suffix).unlink(missing_ok=True)


def remove_old_answers(home: Home) -> None:
    """Remove the answers to files that stayed and are gone now."""
    head = Sentence("inbox.head_stays").render(languages()[0])
    answers = list(home.inbox.rglob(f"*{ANSWER_SUFFIX}"))
    expected = {
        _short_answer_path(file) for folder in {path.parent for path in answers} for file in folder.iterdir()
    }
    for path in answers:
        if path not in expected and (_read_answer(path) or "").startswith(head):
            with suppress(OSError):
                path.unlink()


def _short_answer_path(file: Path) -> Path:
    return _answer_path(file, ANSWER_SUFFIX)


def _read_answer(path: Path) -> str | None:
    """Read an answer. Returns None if there is none, or if another kind of file has its name."""
    try:
        with os.fdopen(open_file(path), "rb") as file:
            return file.read(_MAX_ANSWER_BYTES).decode()
    except (OSError, NotARegularFile, UnicodeDecodeError):
        return None


_MAX_ANSWER_BYTES = 100_000


def _replace_file(path: Path, content: bytes) -> None:
    """Replace the file of this name. If the name is a link, its target is not changed."""
    new = path.with_name(f".{os.getpid()}{ANSWER_SUFFIX}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(content)
    os.replace(new, path)


def refused_folder(home: Home, collection: str) -> Path:
    """Make and return the folder of a collection's refused files. Raises OSError if a link has its name."""
    return _make_folder(home.inbox / REFUSED_FOLDER, collection, mode=0o700)


def rejected_folder(home: Home, collection: str) -> Path:
    """Make and return the folder of rejected files, for its owner alone. Raises as `refused_folder`."""
    return _make_folder(home.inbox / REJECTED_FOLDER, collection, mode=0o700)


def _make_folder(folder: Path, collection: str, *, mode: int) -> Path:
    for part in ("", *collection.split("/")):
        folder = folder / part
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        folder.mkdir(mode=mode, exist_ok=True)
    return folder


def list_refused_files(home: Home) -> list[Path]:
    """List the refused files that are kept in the inbox."""
    return _list_files(home, REFUSED_FOLDER)


def list_rejected_files(home: Home) -> list[Path]:
    """List the rejected files that are kept in the inbox."""
    return _list_files(home, REJECTED_FOLDER)


def _list_files(home: Home, folder: str) -> list[Path]:
    return sorted(
        p for p in (home.inbox / folder).glob("*/*/*") if not p.name.endswith((ANSWER_SUFFIX, PAGE_SUFFIX))
    )
