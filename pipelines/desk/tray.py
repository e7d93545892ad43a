"""What was uploaded and waits to be handed in: in a folder of its owner's alone, for an hour at most.

A file of which nothing may be kept leaves it at once; nobody else's page names what lies in it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from schemas.words import Wrong
from warehouse.home import Home
from warehouse.home.inbox import LONGEST_NAME
from warehouse.home.receipts import safe_name

SECONDS = 3600.0
_PREFIX = ".desk-"


@dataclass
class Lying:
    """An uploaded file: where it lies, whose session it is, the collection it is of, since when it waits."""

    path: Path
    session: str
    collection: str
    since: float


class Tray:
    """The uploaded files of all sessions, by a name that only their page knows."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.files: dict[str, Lying] = {}
        for left in self._place().glob(f"{_PREFIX}*"):  # of a page that was killed
            shutil.rmtree(left, ignore_errors=True)

    def _place(self) -> Path:
        return self.home.root / "staged"

    def lay(self, name: str, content: bytes, session: str) -> str:
        """Lay a file down; the name under which it is found again. Raises Wrong for a name that is too long.

        Raises OSError; then, too, nothing lies.
        """
        self.clear()
        if (length := len(os.fsencode(safe_name(name)))) > LONGEST_NAME:
            raise Wrong("desk.name_too_long", n=length, most=LONGEST_NAME)
        ticket = secrets.token_urlsafe(16)
        folder = self._place() / f"{_PREFIX}{ticket}"
        folder.mkdir(mode=0o700, parents=True)
        path = folder / safe_name(name)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.files[ticket] = Lying(path, session, "", monotonic())
        return ticket

    def find(self, ticket: str, session: str) -> Lying | None:
        """A file of this session, if it still lies here."""
        lying = self.files.get(ticket)
        return lying if lying and lying.session == session and lying.path.exists() else None

    def drop(self, ticket: str) -> None:
        """Take a file away."""
        if lying := self.files.pop(ticket, None):
            shutil.rmtree(lying.path.parent, ignore_errors=True)

    def clear(self) -> None:
        """Take away what has waited for too long."""
        for ticket in [t for t, lying in list(self.files.items()) if monotonic() - lying.since > SECONDS]:
            self.drop(ticket)

    def close(self) -> None:
        """Take everything away."""
        for ticket in list(self.files):
            self.drop(ticket)
