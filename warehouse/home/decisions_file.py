"""Recording and removing decisions in decisions.toml. schemas/cards/decisions.py defines its contents.

People also write this file, so their lines and comments stay: an entry is added at the end, or its lines are
removed.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from schemas.cards.decisions import AcceptedLabel, Decisions
from schemas.grammar import CardError, problems
from warehouse.home import durable, lock
from warehouse.home.layout import Home

Entry: TypeAlias = tuple[str, Mapping[str, Any]]
"""Kind of a decision as the file names it, and the keys of the entry."""

_TABLE_HEADER = re.compile(r"\s*\[\[\s*\"?(?P<kind>\w+)\"?\s*\]\]")


def accept_label(home: Home, collection: str, label: AcceptedLabel) -> None:
    """Add an accepted spelling to the home's decisions. Raises lock.Busy."""
    rewrite(home, collection, add=label.line())


def entries(home: Home, collection: str) -> list[Entry]:
    """List the home's own decisions on a collection, in the order of the file."""
    path = home.decisions_path(collection)
    return [entry for _, entry in _parse_blocks(path.read_text(encoding="utf-8"))] if path.exists() else []


def rewrite(
    home: Home, collection: str, *, remove: Callable[[Entry], bool] = lambda _: False, add: str = ""
) -> int:
    """Remove entries and add others; return how many were removed. Raises lock.Busy, CardError."""
    path = home.decisions_path(collection)
    with lock.raw(home):
        old_text = path.read_text(encoding="utf-8").rstrip() if path.exists() else ""
        kept_text, removed_count = _remove_entries(old_text, remove) if old_text else ("", 0)
        if not (add or removed_count):
            return 0
        text = f"{kept_text}\n\n{add}".lstrip("\n") if add else f"{kept_text}\n"
        _check_readable(home, collection, text)
        durable.make_folder(path.parent)
        durable.replace_durably(path, text.encode())
    return removed_count


def _check_readable(home: Home, collection: str, text: str) -> None:
    """Check that the text can be read again. Raises CardError."""
    path = home.decisions_path(collection)
    try:
        Decisions.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, Decisions)) from error


def _remove_entries(text: str, remove: Callable[[Entry], bool]) -> tuple[str, int]:
    """Remove entries; return the text and their number. Raises CardError if that would change others."""
    blocks = _parse_blocks(text)
    removed_ranges = [lines for lines, entry in blocks if remove(entry)]
    removed_lines = {line for lines in removed_ranges for line in lines}
    kept_lines = [line for n, line in enumerate(text.split("\n")) if n not in removed_lines]
    kept_text = "\n".join(kept_lines).strip("\n")
    expected = [entry for _, entry in blocks if not remove(entry)]
    if [entry for _, entry in _parse_blocks(kept_text)] != expected:
        raise CardError("decide.by_hand")
    return kept_text, len(removed_ranges)


def _parse_blocks(text: str) -> list[tuple[range, Entry]]:
    """List the entries in the order of the text with their lines, without comments before the next entry."""
    parsed, lines, counts = tomllib.loads(text), text.split("\n"), Counter[str]()
    headers = [(n, match["kind"]) for n, line in enumerate(lines) if (match := _TABLE_HEADER.match(line))]
    blocks = []
    for index, (start, kind) in enumerate(headers):
        end = headers[index + 1][0] if index + 1 < len(headers) else len(lines)
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        entries_of_kind = parsed.get(kind, [])
        if counts[kind] < len(entries_of_kind):
            blocks.append((range(start, end), (kind, entries_of_kind[counts[kind]])))
        counts[kind] += 1
    return blocks
