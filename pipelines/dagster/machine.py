"""What of an error is the machine's and no defect of the program: a full disk, a missing permission."""

from __future__ import annotations

import errno

from schemas.words import Sentence

_DISK = {
    "disk is full": "full",
    "No space left": "full",
    "readonly database": "read_only",
    "read-only": "read_only",
    "Read-only file": "read_only",
    "disk I/O error": "failed",
}
"""What databases say, in errors of their own, of a disk that takes no more; and the sentence for it."""
_NUMBERS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only", errno.EIO: "failed"}


def disk_sentence(error: BaseException) -> Sentence | None:
    """What is wrong with the disk, in words, by the error or one behind it; None where it is not the disk."""
    if isinstance(error, OSError) and (kind := _NUMBERS.get(error.errno or 0)):
        return Sentence(f"machine.{kind}", {"reason": error.strerror or type(error).__name__})
    return disk_sentence_in(of_the_disk(error))


def disk_sentence_in(text: str) -> Sentence | None:
    """As `disk_sentence`, by what a library says, of which the first line counts."""
    first = text.split("\n", 1)[0]
    kind = next((kind for said, kind in _DISK.items() if said in first), None)
    return Sentence(f"machine.{kind}", {"reason": first}) if kind else None


def of_the_disk(error: BaseException | None) -> str:
    """What a library says of the disk, in the error or in one behind it; nothing if it says nothing of it."""
    while error is not None:
        first = str(error).split("\n", 1)[0]
        if any(said in first for said in _DISK):
            return first
        error = error.__cause__ or error.__context__
    return ""


def without_path(error: Exception) -> str:
    """What the system says, without the file's name, which may tell of a person; nothing if it is not it."""
    match error:
        case OSError():
            return error.strerror or type(error).__name__
        case MemoryError():
            return type(error).__name__
    return of_the_disk(error)
