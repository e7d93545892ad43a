"""What of an error is the machine's and no defect of the program: a full disk, a missing permission."""

from __future__ import annotations

_DISK = ("disk is full", "No space left", "readonly database", "Read-only file", "disk I/O error")
"""What databases say, in errors of their own, of a disk that takes no more."""


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
