"""Writing that survives a kill and a power cut: append, copy, rename, replace. Knows no home, no format."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from warehouse.home.system import SYNCS_FOLDERS

_CHUNK = 1 << 20
"""Bytes copied at a time. The memory of larger pieces is given back and cleared anew: four times the time."""

OWNER_READS, ALL_READ = 0o400, 0o444
"""Modes of what is never written again: received files, and what was published."""


def append(path: Path, line: bytes, *, keep: int) -> None:
    """Cut a file to its first `keep` bytes, add to it, and return once that is on disk."""
    is_new = not path.exists()
    with path.open("ab") as file:
        file.truncate(keep)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def copy(source: Path, target: Path) -> str:
    """Copy a file to a new one, on disk when this returns; sha256 of the bytes that were written, as hex."""
    digest = hashlib.sha256()
    hashed: Future[None] | None = None
    with ThreadPoolExecutor(1) as beside, source.open("rb") as read, target.open("xb") as write:
        while chunk := read.read(_CHUNK):
            if hashed:
                hashed.result()  # so that no more than two chunks are held
            hashed = beside.submit(digest.update, chunk)
            write.write(chunk)
        write.flush()
        os.fsync(write.fileno())
    return digest.hexdigest()


def seal(path: Path, mode: int) -> None:
    """A finished file is read-only from here on, and on disk when this returns."""
    with path.open("rb" if SYNCS_FOLDERS else "r+b") as file:  # Windows syncs only what may be written
        os.fsync(file.fileno())
    path.chmod(mode)


def rename(source: Path, target: Path) -> None:
    """Give a finished file or folder its name, in the same folder, at once and on disk."""
    if source.is_dir():
        sync_folder(source)
    os.replace(source, target)
    sync_folder(target.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; a power cut may bring the old one back. The caller holds its lock."""
    with _temporary(path) as temporary:
        temporary.write_bytes(content)
        os.replace(temporary, path)


def replace_for_good(path: Path, content: bytes) -> None:
    """As `replace`, for what cannot be made again: it is on disk when this returns."""
    with _temporary(path) as temporary:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        rename(temporary, path)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A name beside a file, for what is to take its place; gone where that fails, as on a full disk."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        yield temporary
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder and those above it, on disk when this returns."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's list of names to disk, where the system lets a folder be opened."""
    if not SYNCS_FOLDERS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_HASHED: dict[tuple[int, ...], str] = {}


def hash_now(path: Path) -> str:
    """As file_hash; a file that this process has hashed, and nobody touched since, is not read again."""
    told = path.stat()
    key = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    if key not in _HASHED:
        _HASHED[key] = file_hash(path)
    return _HASHED[key]
