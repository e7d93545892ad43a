"""A byte changed in whatever a home keeps: noticed by `verify` before it is used, or not."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests import faults
from warehouse.home import EVENTS_FILE, Home
from warehouse.release import release_store, signing, verification

SEED = 20261126

KEPT: dict[str, tuple[Callable[[Home], Path], str]] = {
    "received file": (faults.raw_file, "received"),
    "line of events.jsonl": (lambda h: faults.first(h) / EVENTS_FILE, "received"),
    "staged table": (faults.staged_file, "staged"),
    "current.duckdb": (lambda h: h.current, "in_force"),
    "file of a release": (lambda h: faults.release(h) / release_store.FILE, "releases"),
    "manifest, signed": (lambda h: faults.release(h) / release_store.MANIFEST, "releases"),
    "signature": (lambda h: faults.release(h) / release_store.SIGNATURE, "releases"),
}
"""What is kept, where, and the question of verification.py that must notice."""


def measure(short: bool) -> dict[str, Any]:
    """So many bytes changed one at a time, anywhere in each file; its size and times stay as they were."""
    tries, rows, failed = 20 if short else 500, [], []
    with tempfile.TemporaryDirectory() as folder, signing_key(Path(folder)):
        home = signed_home(Path(folder) / "home")
        for name, (where, question) in KEPT.items():
            noticed = sum(_is_noticed(home, where(home), question, at) for at in range(tries))
            rows.append({"what is kept": name, "bytes changed": tries, "noticed": noticed})
            if noticed < tries:
                failed.append(f"{name}: {tries - noticed} of {tries} not noticed")
            if well := list(verification.CHECKS[question](home)):
                failed.append(f"{name}: put back, and still {well[0].sentence}")
    remark = (
        "An unsigned manifest protects its release's file and not itself: only a signature tells that its day or "
        "its name was changed."
    )
    return {"rows": rows, "failed": failed, "remarks": [remark]}


def signed_home(root: Path) -> Home:
    """A sound home whose release is signed with the deployment's key."""
    home = faults.sound_home(root)
    folder = faults.release(home)
    facts = release_store.manifest(folder)
    (folder / release_store.MANIFEST).unlink()
    release_store.write_manifest(folder, facts)
    return home


def _is_noticed(home: Home, path: Path, question: str, seed: int) -> bool:
    """Change one byte, ask, and put it back."""
    chance = random.Random(f"{SEED} {path.name} {seed}")
    was, told = path.read_bytes(), path.stat()
    at = chance.randrange(len(was))
    path.chmod(0o600)
    _write(path, at, was[at] ^ chance.randrange(1, 256))
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    found = list(verification.CHECKS[question](home))
    _write(path, at, was[at])
    path.chmod(told.st_mode)
    return bool(found)


def _write(path: Path, at: int, byte: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([byte]))


@contextmanager
def signing_key(folder: Path) -> Iterator[None]:
    """A key to sign with, for as long as it is asked for."""
    path = folder / "release.key"
    private = Ed25519PrivateKey.generate()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    before = os.environ.get(signing.SIGNING_KEY)
    os.environ[signing.SIGNING_KEY] = str(path)
    try:
        yield
    finally:
        os.environ.pop(signing.SIGNING_KEY)
        if before is not None:
            os.environ[signing.SIGNING_KEY] = before
