"""Notes of those who work on a home side by side, or are killed: what was acknowledged to them, beside it."""

from __future__ import annotations

from warehouse.home import Home


def note(home: Home, name: str, line: str) -> None:
    """One short line at the end of a file: whole, whoever else writes."""
    with (home.root / name).open("a", encoding="utf-8") as notes:
        notes.write(f"{line}\n")


def noted(home: Home, name: str) -> list[str]:
    """The lines so noted."""
    path = home.root / name
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
