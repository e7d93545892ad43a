"""Decisions are written to decisions.toml, or taken back. Their grammar is schemas/cards/decisions.py.

A file that people write, too, keeps their lines and comments: an entry is added at its end, or its lines go.
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
from warehouse.home.places import Home

Entry: TypeAlias = tuple[str, Mapping[str, Any]]
"""The kind of a decision, as the file names it, and what it says."""

_HEADER = re.compile(r"\s*\[\[\s*\"?(?P<kind>\w+)\"?\s*\]\]")


def accept(home: Home, collection: str, label: AcceptedLabel) -> None:
    """Add an accepted spelling to the home's decisions. Raises lock.Busy."""
    rewrite(home, collection, add=label.line())


def entries(home: Home, collection: str) -> list[Entry]:
    """The home's own decisions on a collection, in the order of the file."""
    path = home.decisions_path(collection)
    return [entry for _, entry in _blocks(path.read_text(encoding="utf-8"))] if path.exists() else []


def rewrite(
    home: Home, collection: str, *, remove: Callable[[Entry], bool] = lambda _: False, add: str = ""
) -> int:
    """Take entries out and add others, in one move; how many went. Raises lock.Busy, CardError."""
    path = home.decisions_path(collection)
    with lock.raw(home):
        written = path.read_text(encoding="utf-8").rstrip() if path.exists() else ""
        kept, gone = _without(written, remove) if written else ("", 0)
        if not (add or gone):
            return 0
        text = f"{kept}\n\n{add}".lstrip("\n") if add else f"{kept}\n"
        _check(home, collection, text)
        durable.make_folder(path.parent)
        durable.replace_for_good(path, text.encode())
    return gone


def _check(home: Home, collection: str, text: str) -> None:
    """Raises CardError for what could not be read again."""
    path = home.decisions_path(collection)
    try:
        Decisions.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, Decisions)) from error


def _without(text: str, remove: Callable[[Entry], bool]) -> tuple[str, int]:
    """The text without some entries, and how many. Raises CardError where that would touch others."""
    blocks = _blocks(text)
    going = [lines for lines, entry in blocks if remove(entry)]
    gone = {line for lines in going for line in lines}
    kept = "\n".join(line for n, line in enumerate(text.split("\n")) if n not in gone).strip("\n")
    expected = [entry for _, entry in blocks if not remove(entry)]
    if [entry for _, entry in _blocks(kept)] != expected:
        raise CardError("decide.by_hand")
    return kept, len(going)


def _blocks(text: str) -> list[tuple[range, Entry]]:
    """The entries in the order of the text, each with its lines, up to the comments before the next one."""
    parsed, lines, seen = tomllib.loads(text), text.split("\n"), Counter[str]()
    heads = [(n, match["kind"]) for n, line in enumerate(lines) if (match := _HEADER.match(line))]
    blocks = []
    for place, (start, kind) in enumerate(heads):
        end = heads[place + 1][0] if place + 1 < len(heads) else len(lines)
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        said = parsed.get(kind, [])
        if seen[kind] < len(said):
            blocks.append((range(start, end), (kind, said[seen[kind]])))
        seen[kind] += 1
    return blocks
