"""docs/trends.md as simulations fill it: their tables, each simulation's between two marks. No simulation is here."""

from collections.abc import Callable
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "trends.md"


def table(cells: dict[tuple, float], rows: tuple[str, ...], columns: list[str]) -> str:
    """Shares in per cent; the last part of a cell's name is its column."""
    lines = [f"| {' | '.join([*rows, *columns])} |", "|" + "---|" * len(rows) + "--:|" * len(columns)]
    kept: dict[tuple, list[str]] = {}
    for cell, share in cells.items():
        kept.setdefault(cell[:-1], []).append(percent(share))
    for row, shares in kept.items():
        names = [", ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in row]
        lines.append(f"| {' | '.join([*names, *shares])} |")
    return "\n".join(lines)


def percent(share: float) -> str:
    """A share as the page has it."""
    return f"{100 * share:.1f}"


def rendered(page: str, mark: str, tables: str) -> str:
    """The page with the tables between the marks made anew."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, rest = page.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


def write(render: Callable[[str], str]) -> None:
    """Render the page in its place."""
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
