"""Errors that the machine causes, not a defect of the program: a full disk, a missing permission."""

from __future__ import annotations

import errno

from schemas.words import Sentence

_DISK_MESSAGES = {
    "disk is full": "full",
    "No space left": "full",
    "readonly database": "read_only",
    "read-only": "read_only",
    "Read-only file": "read_only",
    "disk I/O error": "failed",
}
"""Texts in which databases report a failed write, and the sentence for each of them."""
_DISK_ERRNOS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only", errno.EIO: "failed"}


def disk_sentence(error: BaseException) -> Sentence | None:
    """Return a sentence on the disk if it caused the error, directly or by a chained error; else None."""
    if isinstance(error, OSError) and (kind := _DISK_ERRNOS.get(error.errno or 0)):
        return Sentence(f"machine.{kind}", {"reason": error.strerror or type(error).__name__})
    return disk_sentence_in(disk_message(error))


def disk_sentence_in(text: str) -> Sentence | None:
    """Return a sentence on the disk if the first line of an error text reports a disk problem; else None."""
    first = text.split("\n", 1)[0]
    kind = next((kind for pattern, kind in _DISK_MESSAGES.items() if pattern in first), None)
    return Sentence(f"machine.{kind}", {"reason": first}) if kind else None


def disk_message(error: BaseException | None) -> str:
    """Return the first line that reports a disk problem, in an error or its causes; empty if none does."""
    while error is not None:
        first = str(error).split("\n", 1)[0]
        if any(pattern in first for pattern in _DISK_MESSAGES):
            return first
        error = error.__cause__ or error.__context__
    return ""


def machine_error_text(error: Exception) -> str:
    """Describe an error of the machine without the file's name, which may identify a person.

    Empty if the error has another cause.
    """
    match error:
        case OSError():
            return error.strerror or type(error).__name__
        case MemoryError():
            return type(error).__name__
    return disk_message(error)
