"""The home's private key, and what it makes of the identifier of a case: the same in one home, no other.

The key lies in private/, for its owner only, and is made when it is first needed.
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
    from warehouse.home.places import Home

_LENGTH = 32
SHOWN = 16
"""So many digits of a hash are shown."""


def hashed(home: Home, case_id: str) -> str:
    """What stands for a case wherever its identifier must not stand."""
    told = hmac.new(_key(home), case_id.strip().encode(), sha256).hexdigest()
    return f"case-{told[:SHOWN]}"


def ensure(home: Home) -> None:
    """Make the key where there is none."""
    _key(home)


def lend(home: Home, trial: Home) -> None:
    """Let a home that is thrown away hash as this one does."""
    if (path := _path(home)).exists():
        _make_folder(_path(trial).parent)
        shutil.copyfile(path, _path(trial))


def _path(home: Home) -> Path:
    return home.root / "private" / "case_key"


def _key(home: Home) -> bytes:
    path = _path(home)
    if not path.exists():
        _make_folder(path.parent)
        made = path.with_name(f".{path.name}.{os.getpid()}")
        made.write_bytes(secrets.token_bytes(_LENGTH))
        made.chmod(0o600)
        try:
            os.link(made, path)  # of two who make one, the first
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_bytes()


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
