"""Uploaded files that wait to be handed in, for an hour at most, in a folder that only its owner can read.

A file that must not be kept is deleted at once. No page of another session names the files.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import monotonic

from schemas.words import InvalidValue
from warehouse.home import Home
from warehouse.home.calendar import today
from warehouse.home.corrections import Correction
from warehouse.home.inbox import LONGEST_NAME
from warehouse.home.receipts import safe_name

SECONDS = 3600.0
_PREFIX = ".desk-"


@dataclass
class UploadedFile:
    """Uploaded file: its path, its session, its collection and the time of its arrival."""

    path: Path
    session: str
    collection: str
    since: float
    decisions: dict[str, str] = field(default_factory=dict)
    """Why a finding of the guard (place:kind) is no personal data."""
    office: str = ""
    """Office that decided so, or that corrects."""
    received_on: date = field(default_factory=today)
    """Day on which it came: the form's, or that of its upload."""
    correction: Correction | None = None
    """Submission of which the file is a corrected copy."""


class Tray:
    """Uploaded files of all sessions, each under a ticket that only its page knows."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.files: dict[str, UploadedFile] = {}
        for old_folder in self._folder().glob(f"{_PREFIX}*"):  # left by a process that was killed
            shutil.rmtree(old_folder, ignore_errors=True)

    def _folder(self) -> Path:
        return self.home.root / "staged"

    def add(self, name: str, content: bytes, session: str) -> str:
        """Save a file and return its ticket. Raises InvalidValue if the name is too long.

        Raises OSError if it cannot be written; no part of the file is left.
        """
        self.delete_expired()
        if (length := len(os.fsencode(safe_name(name)))) > LONGEST_NAME:
            raise InvalidValue("desk.name_too_long", n=length, most=LONGEST_NAME)
        ticket = secrets.token_urlsafe(16)
        folder = self._folder() / f"{_PREFIX}{ticket}"
        folder.mkdir(mode=0o700, parents=True)
        path = folder / safe_name(name)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(content)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.files[ticket] = UploadedFile(path, session, "", monotonic())
        return ticket

    def find(self, ticket: str, session: str) -> UploadedFile | None:
        """Return a file of this session; None if it is gone."""
        file = self.files.get(ticket)
        return file if file and file.session == session and file.path.exists() else None

    def drop(self, ticket: str) -> None:
        """Delete a file."""
        if file := self.files.pop(ticket, None):
            shutil.rmtree(file.path.parent, ignore_errors=True)

    def delete_expired(self) -> None:
        """Delete files that have waited too long."""
        for ticket in [t for t, file in list(self.files.items()) if monotonic() - file.since > SECONDS]:
            self.drop(ticket)

    def close(self) -> None:
        """Delete all files."""
        for ticket in list(self.files):
            self.drop(ticket)
