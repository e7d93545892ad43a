"""How long senders' copies stay in the inbox: of rejected files, and of bytes that came twice.

What was received stays in raw/. Senders may write into the inbox, so no link there is followed.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from warehouse.home.inbox import REFUSED, REJECTED
from warehouse.home.places import Home


def forget_old_copies(home: Home, days: int) -> int:
    """Delete the copies, and the answers beside them, that were laid there so many days ago; how many went.

    By the time of their entry, which no sender sets back. What cannot be deleted stays.
    """
    before = time.time() - days * 86_400
    folders = (home.inbox / REFUSED, home.inbox / REJECTED)
    return sum(_forget(folder, before) for folder in folders if folder.is_dir())


def _forget(top: Path, before: float) -> int:
    gone = 0
    for _, _, names, folder in os.fwalk(top):
        for name in names:
            with suppress(OSError):
                entry = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(entry.st_mode) and entry.st_ctime < before:
                    os.unlink(name, dir_fd=folder)
                    gone += 1
    return gone
