"""What this operating system can do, by its own functions; what it cannot is refused by name.

On Windows checking a file, the steward's page and reading a release work. What needs the functions of POSIX
systems (the inbox, building a release, Dagster's page) is refused with a sentence.
"""

from __future__ import annotations

import os

from schemas.words import UserError

FORKS = hasattr(os, "fork")
"""Whether a process can be forked, and held to its memory."""
SYNCS_FOLDERS = os.name != "nt"
"""Whether a folder can be opened, to bring its list of names to disk."""


class NotOnThisSystem(UserError, OSError):
    """This operating system lacks what is needed; `what` is what was asked for."""


def needs_posix(what: str) -> None:
    """Raises NotOnThisSystem where processes cannot be forked: before anything is begun."""
    if not FORKS:
        raise NotOnThisSystem("home.not_on_this_system", what=what)
