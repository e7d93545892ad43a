"""Writing that survives a kill and a power cut: append, copy, rename, replace. Knows no home, no format."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

_CHUNK = 1 << 22


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


def rename(source: Path, target: Path) -> None:
    """Give a finished file or folder its name, in the same folder, at once and on disk."""
    if source.is_dir():
        sync_folder(source)
    os.replace(source, target)
    sync_folder(target.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. The caller holds the lock of the file."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, on disk when this returns."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's list of names to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
