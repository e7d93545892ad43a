"""Capabilities of the operating system. An unsupported task is refused with a sentence.

Checking a file, the steward's page and reading a release work on Windows. The inbox, building a release and
Dagster's page need functions of POSIX systems.
"""

from __future__ import annotations

import os

from schemas.words import UserError

CAN_FORK = hasattr(os, "fork")
"""True if a process can be forked and its memory limited."""
CAN_SYNC_FOLDERS = os.name != "nt"
"""True if a folder can be opened, to sync its entries to disk."""


class NotOnThisSystem(UserError, OSError):
    """This operating system does not support the task named by the fact `what`."""


def require_posix(task: str) -> None:
    """Raise NotOnThisSystem if processes cannot be forked, before any work begins."""
    if not CAN_FORK:
        raise NotOnThisSystem("home.not_on_this_system", what=task)
