"""A cache on disk for results that depend on nothing but their inputs. Holds no data of a home.

The name of a file is the hash of all inputs, so a result of other inputs is never read. A damaged file only
costs the time to make the result again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

KEPT_FILES = 24
"""Number of files that stay; the oldest are deleted. A version of the program makes about six."""
_HASH_BYTES = 32


def cached_bytes(inputs: Iterable[str], make: Callable[[], bytes]) -> bytes:
    """Return the result of `make`, from disk if it was made before from the same inputs."""
    folder = _folder()
    if folder is None:
        return make()
    path = folder / sha256("\x00".join(inputs).encode()).hexdigest()
    content = _read(path)
    if content is None:
        content = make()
        with suppress(OSError):
            _write(path, content)
    return content


def _folder() -> Path | None:
    """Return the folder of the user's caches; None if the user has none."""
    with suppress(RuntimeError):
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lineabase"
    return None


def _read(path: Path) -> bytes | None:
    """Return the content of a file that begins with the hash of its content; None for any other file."""
    try:
        file_bytes = path.read_bytes()
    except OSError:
        return None
    content = file_bytes[_HASH_BYTES:]
    return content if file_bytes[:_HASH_BYTES] == sha256(content).digest() else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        try:
            file.write(sha256(content).digest() + content)
            file.flush()
            os.replace(file.name, path)
        finally:
            Path(file.name).unlink(missing_ok=True)  # left by an error, such as a full disk
    by_age = sorted(path.parent.iterdir(), key=lambda p: p.stat().st_mtime, reverse=True)
    for old_file in by_age[KEPT_FILES:]:
        old_file.unlink(missing_ok=True)
