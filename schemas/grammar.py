"""Reading a TOML that people write by its grammar, and saying what is wrong with it. No grammar itself.

Those are schemas/cards/format_card.py and schemas/cards/decisions.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.words import DEFAULT, Sentence, UserError, Wrong, words

M = TypeVar("M", bound=BaseModel)


class CardError(UserError, ValueError):
    """A card or a decisions.toml that cannot be used. The message names the file, the key and what to do."""


def read_strict(path: Path, model: type[M]) -> M:
    """The TOML at `path` as `model`. Raises CardError, which says every problem in a line of its own."""
    try:
        read: M = _read(path.read_text(encoding="utf-8"), model)
        return read
    except UnicodeDecodeError as error:
        raise CardError("card.not_utf8", file=path, byte=error.start + 1) from error
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, model)) from error


@lru_cache(maxsize=1_000)
def _read(text: str, model: type[M]) -> M:
    """Read once in a process: models are frozen, and every step of a submission asks for its card."""
    return model.model_validate(tomllib.loads(text))


def problems(path: Path, error: ValidationError, model: type[BaseModel]) -> list[Sentence]:
    """What pydantic found wrong in a file, one sentence each: the file, the place in it, what is wrong."""
    wrong = [(_where(e["loc"]), _what(e, model)) for e in error.errors()]
    return [Sentence("card.problem", {"file": path, "where": where, "what": what}) for where, what in wrong]


def _where(location: tuple[str | int, ...]) -> str:
    return f"[{'.'.join(_steps(location))}] " if location else ""


def _what(error: Any, model: type[BaseModel]) -> Sentence:
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        key, known = str(error["loc"][-1]), _known_keys(model)
        if key in known:
            return Sentence("card.key_elsewhere", {"key": key})
        if near := get_close_matches(key, known, n=1):
            return Sentence("card.unknown_key_like", {"key": key, "near": near[0]})
        return Sentence("card.unknown_key", {"key": key})
    if isinstance(wrong := context.get("error"), Wrong):
        return wrong.sentence
    if error["type"] == "literal_error":
        return Sentence("card.literal_error", {"expected": _either(context["expected"])})
    if (key := f"card.{error['type']}") in words(DEFAULT):
        return Sentence(key)
    return Sentence("card.other", {"error": wrong or error["msg"]})


def _either(expected: str) -> Sentence | str:
    """What pydantic expects, `'a', 'b' or 'c'`, to be said in any language."""
    some, _, last = expected.rpartition(" or ")
    return Sentence("card.either", {"some": some, "last": last}) if some else last


def _steps(location: tuple[str | int, ...]) -> Iterator[str]:
    """The keys that lead to a place; of a list, which one, counted as people do: `break (1)`."""
    for step, after in zip_longest(location, location[1:]):
        if isinstance(step, str):
            yield f"{step} ({after + 1})" if isinstance(after, int) else step


@cache
def _known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Every key of a grammar, at whatever depth. Looked up once: a file may be wrong in a thousand places."""
    schema = model.model_json_schema()
    tables = [schema, *schema.get("$defs", {}).values()]
    return tuple(sorted({name for table in tables for name in table.get("properties", {})}))
