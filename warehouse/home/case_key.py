"""Private key of the home, and hashes of case identifiers: equal within a home, different in others.

The key lies in private/, for its owner only, and is made at its first use.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.home.layout import Home

_LENGTH = 32
HASH_DIGITS = 16
"""Digits of a hash that are used."""


def hash_case_id(home: Home, case_id: str) -> str:
    """Return the hash that replaces the identifier of a case."""
    digest = hmac.new(_key(home), case_id.strip().encode(), sha256).hexdigest()
    return f"case-{digest[:HASH_DIGITS]}"


def lend(home: Home, trial_home: Home) -> None:
    """Copy the key to a temporary home, so that its hashes are the same."""
    if (path := _path(home)).exists():
        _make_folder(_path(trial_home).parent)
        shutil.copyfile(path, _path(trial_home))


def _path(home: Home) -> Path:
    return home.root / "private" / "case_key"


def _key(home: Home) -> bytes:
    path = _path(home)
    if not path.exists():
        _make_folder(path.parent)
        new_key = path.with_name(f".{path.name}.{os.getpid()}")
        new_key.write_bytes(secrets.token_bytes(_LENGTH))
        new_key.chmod(0o600)
        try:
            os.link(new_key, path)  # if two processes make a key at once, the first one wins
        except FileExistsError:
            pass
        finally:
            new_key.unlink()
    return path.read_bytes()


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
