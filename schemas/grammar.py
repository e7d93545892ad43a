"""Reading of TOML files that people write, and error messages about them. Grammars are not defined here.

The grammars are in schemas/cards/format_card.py and schemas/cards/decisions.py.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from schemas.words import DEFAULT_LANGUAGE, InvalidValue, Sentence, UserError, words

M = TypeVar("M", bound=BaseModel)


_ADDRESS = re.compile(r"https?://\S+|[\w.-]+\.(?:xlsx?|csv|ods|pdf)")


def _check_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise InvalidValue("card.no_address", value=text)
    return text


Address = Annotated[str, AfterValidator(_check_address)]
"""Address of a publication, or the name of its file."""


class CardError(UserError, ValueError):
    """Error: a card or a decisions.toml cannot be used. The message names file, key and correction."""


def read_strict(path: Path, model: type[M]) -> M:
    """Read the TOML at `path` as `model`. Raises CardError with each problem on its own line."""
    try:
        content: M = _read(path.read_text(encoding="utf-8"), model)
        return content
    except UnicodeDecodeError as error:
        raise CardError("card.not_utf8", file=path, byte=error.start + 1) from error
    except tomllib.TOMLDecodeError as error:
        raise CardError("card.not_toml", file=path, error=error) from error
    except ValidationError as error:
        raise CardError("card.problems", problems=problems(path, error, model)) from error


@lru_cache(maxsize=1_000)
def _read(text: str, model: type[M]) -> M:
    """Read once per process. Models are frozen, and each step of a submission needs its card."""
    return model.model_validate(tomllib.loads(text))


def problems(path: Path, error: ValidationError, model: type[BaseModel]) -> list[Sentence]:
    """Return the problems that pydantic found in a file, one sentence each: file, key and problem."""
    pairs = [(_location_text(e["loc"]), _problem_sentence(e, model)) for e in error.errors()]
    return [
        Sentence("card.problem", {"file": path, "where": location, "what": problem})
        for location, problem in pairs
    ]


def _location_text(location: tuple[str | int, ...]) -> str:
    return f"[{'.'.join(_steps(location))}] " if location else ""


def _problem_sentence(error: Any, model: type[BaseModel]) -> Sentence:
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        key, known_keys = str(error["loc"][-1]), _known_keys(model)
        if key in known_keys:
            return Sentence("card.key_elsewhere", {"key": key})
        if near := get_close_matches(key, known_keys, n=1):
            return Sentence("card.unknown_key_like", {"key": key, "near": near[0]})
        return Sentence("card.unknown_key", {"key": key})
    if isinstance(wrong := context.get("error"), InvalidValue):
        return wrong.sentence
    if error["type"] == "literal_error":
        return Sentence("card.literal_error", {"expected": _alternatives(context["expected"])})
    if (key := f"card.{error['type']}") in words(DEFAULT_LANGUAGE):
        return Sentence(key)
    return Sentence("card.other", {"error": wrong or error["msg"]})


def _alternatives(expected: str) -> Sentence | str:
    """Return the values that pydantic expects, `'a', 'b' or 'c'`, as a sentence for any language."""
    first_part, _, last = expected.rpartition(" or ")
    return Sentence("card.either", {"some": first_part, "last": last}) if first_part else last


def _steps(location: tuple[str | int, ...]) -> Iterator[str]:
    """Yield the keys that lead to a location. List items are counted from 1: `break (1)`."""
    for step, after in zip_longest(location, location[1:]):
        if isinstance(step, str):
            yield f"{step} ({after + 1})" if isinstance(after, int) else step


@cache
def _known_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Return every key of a grammar, at any depth.

    Cached, because a file may have a thousand errors.
    """
    schema = model.model_json_schema()
    tables = [schema, *schema.get("$defs", {}).values()]
    return tuple(sorted({name for table in tables for name in table.get("properties", {})}))
