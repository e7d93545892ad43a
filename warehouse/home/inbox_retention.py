"""Retention of copies in the inbox: rejected files, and files that were received twice.

The received files stay in raw/. Senders may write into the inbox, so links in it are not followed.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from warehouse.home.inbox import REFUSED_FOLDER, REJECTED_FOLDER
from warehouse.home.layout import Home


def forget_old_copies(home: Home, days: int) -> int:
    """Delete copies, and the answers to them, that are older than `days`; return their number.

    The age is that of the entry, which a sender cannot change. Files that cannot be deleted stay.
    """
    before = time.time() - days * 86_400
    folders = (home.inbox / REFUSED_FOLDER, home.inbox / REJECTED_FOLDER)
    return sum(_delete_before(folder, before) for folder in folders if folder.is_dir())


def _delete_before(top: Path, before: float) -> int:
    deleted_count = 0
    for _, _, names, folder in os.fwalk(top):
        for name in names:
            with suppress(OSError):
                entry = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(entry.st_mode) and entry.st_ctime < before:
                    os.unlink(name, dir_fd=folder)
                    deleted_count += 1
    return deleted_count
