"""What lies in the inbox: which files may be taken, and why every other thing stays. Nothing is taken here.

A file may be taken once two looks, some seconds apart, saw it with the same size and times, or once it has
not changed for minutes; never while a program of this machine writes to it. Links are not followed.
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
from warehouse.home.places import Home

ROOT = "."
"""The inbox itself, as a path in it."""
REFUSED = "refused"
"""Folder of the inbox for refused files that are kept."""
REJECTED = "rechazados"
"""Folder of the inbox for files that were received and cannot be used; its owner's alone."""
ANSWER = ".respuesta.txt"
"""Ending of what is said of a file, beside it."""
PAGE = ".respuesta.html"
"""Ending of the whole answer to a file, beside it."""
QUIET = 300.0
"""A file that has not changed for so many seconds is complete."""

Stamp = tuple[int, int, int, int]
"""Which file it is, its size, and when its content and its entry changed (ns)."""


@dataclass(frozen=True)
class Lying:
    """Something that stays in the inbox: its path there, and why, in words. Some of it goes by itself."""

    path: str
    why: Sentence
    passing: bool = False

    def __str__(self) -> str:
        return f"{self.shown}: {self.why}"

    @property
    def shown(self) -> str:
        """The path as a screen or a log can show it, whatever bytes and codes are in the name."""
        text = self.path.encode("utf-8", "backslashreplace").decode()
        return "".join(c if c.isprintable() else "�" for c in text)


@dataclass(frozen=True)
class Seen:
    """What one look found: files that may be taken, each with its stamp, and what stays."""

    files: dict[str, Stamp] = field(default_factory=dict)
    lying: list[Lying] = field(default_factory=list)


def look(home: Home) -> Seen:
    """What lies in the inbox now. A folder that cannot be listed is told like a file."""
    seen = Seen()
    for provider in _entries(home, "", seen):
        if _is_folder(provider, provider.name, seen) and provider.name not in (REFUSED, REJECTED):
            for collection in _entries(home, provider.name, seen):
                path = f"{provider.name}/{collection.name}"
                if _is_folder(collection, path, seen):
                    _look_into(home, path, seen)
    return seen


def _look_into(home: Home, collection: str, seen: Seen) -> None:
    is_known = collection in home.collections()
    for entry in _entries(home, collection, seen):
        path = f"{collection}/{entry.name}"
        with suppress(FileNotFoundError):  # taken away meanwhile
            why = _stays(entry) or (None if is_known else "no_collection")
            if why:
                sentence = Sentence(
                    f"inbox.{why}", {"collection": collection} if why == "no_collection" else {}
                )
                seen.lying.append(Lying(path, sentence, passing=why == "unfinished"))
            else:
                seen.files[path] = stamp(entry.stat(follow_symlinks=False))


def _entries(home: Home, folder: str, seen: Seen) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder of the inbox, by name, without answers."""
    try:
        with os.scandir(home.inbox / folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        seen.lying.append(Lying(folder or ROOT, Sentence("inbox.unreadable", {"error": reason(error)})))
        return
    yield from (entry for entry in entries if not entry.name.endswith((ANSWER, PAGE)))


def _is_folder(entry: os.DirEntry[str], path: str, seen: Seen) -> bool:
    """Whether it is a folder to look into; else it is told."""
    if entry.is_dir(follow_symlinks=False):
        return True
    why = "link" if entry.is_symlink() else _by_name(entry.name) or "misplaced"
    seen.lying.append(Lying(path, Sentence(f"inbox.{why}"), passing=why == "unfinished"))
    return False


def _stays(entry: os.DirEntry[str]) -> str | None:
    """Why an entry of a collection's folder is not to be taken, if it is not."""
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "misplaced"
    if why := _by_name(entry.name):
        return why
    if not entry.is_file(follow_symlinks=False):
        return "no_file"
    return None if entry.stat(follow_symlinks=False).st_size else "empty"


def _by_name(name: str) -> str | None:
    """Why a file of this name is nobody's submission."""
    return next((why for pattern, why in _patterns() if fnmatchcase(name.lower(), pattern)), None)


@cache
def _patterns() -> list[tuple[str, str]]:
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return [(pattern, why) for why, table in told.items() for pattern in table["patterns"]]


def stamp(status: os.stat_result) -> Stamp:
    """What tells whether a file is as it was: an entry's change cannot be set to another time."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def is_quiet(seen: Stamp) -> bool:
    """Whether nothing of the file has changed for minutes."""
    return time() - max(seen[2:]) / 1e9 > QUIET


class NotARegularFile(Exception):
    """What was to be opened is a link, a folder, a pipe or a device."""


def opened(path: Path) -> int:
    """A handle on a regular file, for reading; a link is not followed. Raises NotARegularFile, OSError."""
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
    """Whether a program of this machine has the file open for writing, where the system tells (Linux)."""
    if sys.platform != "linux" or _kind_of_disk(os.fstat(handle).st_dev).startswith(_REMOTE):
        return False
    import fcntl  # of POSIX systems

    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


_REMOTE = ("nfs", "cifs", "smb", "fuse", "9p", "ceph", "afs", "vboxsf", "virtiofs")
"""Disks of other machines refuse a lease for reasons of their own."""


def _kind_of_disk(device: int) -> str:
    """The type of the file system with that number, as the system's list of mounts has it; else nothing."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    found = [line.split(" - ", 1)[1].split()[0] for line in mounts if line.split()[2] == number]
    return found[0] if found else ""


def reason(error: OSError) -> str:
    """What the system says, without the path."""
    return error.strerror or type(error).__name__


def answer(file: Path, head: str, *sentences: Sentence) -> None:
    """Write beside a file what became of it, in every language; a folder that takes none is left."""
    paragraphs = [
        " ".join([Sentence(head).said(lang), *(sentence.said(lang) for sentence in sentences)])
        for lang in languages()
    ]
    path, text = _answer_of(file), "\n\n".join(paragraphs) + "\n"
    if _answer_at(path) != text:
        with suppress(OSError):
            _replace(path, text.encode())


def _beside(file: Path, ending: str) -> Path:
    """The name of an answer beside a file: the file's with an ending, shortened where both are too long.

    A shortened name ends with a part of the whole name's hash, so that two files' answers do not meet.
    """
    name = os.fsencode(file.name)
    if len(name) + len(ending) <= LONGEST_NAME:
        return file.with_name(file.name + ending)
    tail = f"~{sha256(name).hexdigest()[:8]}{ending}"
    begins = name[: LONGEST_NAME - len(tail)].decode("utf-8", "ignore")
    return file.with_name(begins + tail)


LONGEST_NAME = 255
"""Bytes of a file's name that the usual file systems take."""


def answer_page(file: Path, page: str) -> None:
    """Write the whole answer beside a file, or where it lay; a folder that takes none is left."""
    with suppress(OSError):
        _replace(_beside(file, PAGE), page.encode(errors="backslashreplace"))


def answers_beside(file: Path) -> list[Path]:
    """What was said of a file, where it lies."""
    paths = [_beside(file, ending) for ending in (ANSWER, PAGE)]
    return [path for path in paths if path.is_file()]


def forget_answer(file: Path) -> None:
    """Take away what was said of a file: it was taken."""
    for ending in (ANSWER, PAGE):
        with suppress(OSError):
            _beside(file, ending).unlink(missing_ok=True)


def forget_old_answers(home: Home) -> None:
    """Take away what was said of files that waited and are no longer there."""
    head = Sentence("inbox.head_stays").said(languages()[0])
    answers = list(home.inbox.rglob(f"*{ANSWER}"))
    lying = {_answer_of(file) for folder in {path.parent for path in answers} for file in folder.iterdir()}
    for path in answers:
        if path not in lying and (_answer_at(path) or "").startswith(head):
            with suppress(OSError):
                path.unlink()


def _answer_of(file: Path) -> Path:
    return _beside(file, ANSWER)


def _answer_at(path: Path) -> str | None:
    """What an answer says; None where there is none, or something else bears its name."""
    try:
        with os.fdopen(opened(path), "rb") as file:
            return file.read(_LONGEST_ANSWER).decode()
    except (OSError, NotARegularFile, UnicodeDecodeError):
        return None


_LONGEST_ANSWER = 100_000


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of whatever bears its name: what that may lead to is left as it is."""
    new = path.with_name(f".{os.getpid()}{ANSWER}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb") as file:
        file.write(content)
    os.replace(new, path)


def refused_folder(home: Home, collection: str) -> Path:
    """Where refused files of a collection are kept; it is made. Raises OSError where a link stands there."""
    return _made_folder(home.inbox / REFUSED, collection, mode=0o700)


def rejected_folder(home: Home, collection: str) -> Path:
    """As `refused_folder`, for rejected files: a folder of its owner's alone."""
    return _made_folder(home.inbox / REJECTED, collection, mode=0o700)


def _made_folder(folder: Path, collection: str, *, mode: int) -> Path:
    for part in ("", *collection.split("/")):
        folder = folder / part
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        folder.mkdir(mode=mode, exist_ok=True)
    return folder


def kept_refused(home: Home) -> list[Path]:
    """The refused files that are kept in the inbox."""
    return _kept(home, REFUSED)


def kept_rejected(home: Home) -> list[Path]:
    """The rejected files that are kept in the inbox."""
    return _kept(home, REJECTED)


def _kept(home: Home, folder: str) -> list[Path]:
    return sorted(p for p in (home.inbox / folder).glob("*/*/*") if not p.name.endswith((ANSWER, PAGE)))
