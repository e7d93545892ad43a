"""Writing that survives a kill and a power cut: append, copy, rename, replace. Uses no home and no format."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from warehouse.environment.system import CAN_SYNC_FOLDERS

_CHUNK = 1 << 20
"""Bytes copied at a time. The system clears larger buffers anew each time, which takes four times as long."""

OWNER_READS, ALL_READ = 0o400, 0o444
"""Modes of files that are never written again: received files, and published files."""


def append(path: Path, line: bytes, *, keep: int) -> None:
    """Truncate a file to its first `keep` bytes and append a line; it is on disk when this returns."""
    is_new = not path.exists()
    with path.open("ab") as file:
        file.truncate(keep)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def copy(source: Path, target: Path) -> str:
    """Copy a file to a new file, on disk when this returns; return the sha256 of the bytes as hex."""
    digest = hashlib.sha256()
    hash_task: Future[None] | None = None
    with ThreadPoolExecutor(1) as hasher, source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            if hash_task:
                hash_task.result()  # so that at most two chunks are in memory
            hash_task = hasher.submit(digest.update, chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()


def make_read_only(path: Path, mode: int) -> None:
    """Make a finished file read-only; it is on disk when this returns."""
    with path.open("rb" if CAN_SYNC_FOLDERS else "r+b") as file:  # Windows syncs only files open for writing
        os.fsync(file.fileno())
    path.chmod(mode)


def rename(source: Path, target: Path) -> None:
    """Rename a finished file or folder within its folder, atomically and on disk."""
    if source.is_dir():
        sync_folder(source)
    os.replace(source, target)
    sync_folder(target.parent)


def replace(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all; a power cut may restore the old file. The caller holds its lock.

    `mode`: who may read and write a new file, less what the user's umask takes away.
    """
    with _temporary_path(path) as temporary:
        temporary.touch(mode)
        temporary.write_bytes(content)
        os.replace(temporary, path)


def replace_durably(path: Path, content: bytes) -> None:
    """Replace a file that cannot be made again: it is on disk when this returns."""
    with _temporary_path(path) as temporary:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        rename(temporary, path)


@contextmanager
def _temporary_path(path: Path) -> Iterator[Path]:
    """Yield a path next to a file for its replacement; remove it after an error, such as a full disk."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        yield temporary
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder and its parents, on disk when this returns."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Write a folder's list of names to disk, if the system can open folders."""
    if not CAN_SYNC_FOLDERS:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_HASHES: dict[tuple[int, ...], str] = {}


def hash_now(path: Path) -> str:
    """Return the hash of a file, from memory if this process has hashed it and it has not changed since."""
    status = path.stat()
    key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if key not in _HASHES:
        _HASHES[key] = file_hash(path)
    return _HASHES[key]
