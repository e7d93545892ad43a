"""Reading a TOML that people write by its grammar, and saying what is wrong with it. No grammar itself.

Those are schemas/format_card.py and schemas/decisions.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

_WRONG = {
    "missing": "falta / is missing",
    "string_too_short": "está vacío / is empty",
    "string_type": "debe ser un texto entre comillas / must be a text in quotation marks",
    "float_type": "debe ser un número sin comillas / must be a number without quotation marks",
    "float_parsing": "debe ser un número sin comillas / must be a number without quotation marks",
    "int_type": "debe ser un número entero sin comillas / must be a whole number without quotation marks",
    "int_parsing": "debe ser un número entero sin comillas / must be a whole number without quotation marks",
    "bool_type": "debe ser / must be true o / or false",
    "bool_parsing": "debe ser / must be true o / or false",
    "date_type": "debe ser una fecha sin comillas / must be a date without quotation marks: 2025-02-03",
    "date_parsing": "debe ser una fecha sin comillas / must be a date without quotation marks: 2025-02-03",
    "date_from_datetime_parsing": "debe ser una fecha / must be a date: 2025-02-03",
    "list_type": "debe ser una lista, o [[así]] una tabla / must be a list, or a table [[so]]",
    "model_type": "debe ser una tabla de claves y valores / must be a table of keys and values",
    "dict_type": "debe ser una tabla de claves y valores / must be a table of keys and values",
    "literal_error": "debe ser / must be {expected}",
}
"""What is wrong, by pydantic's name for it."""


class CardError(ValueError):
    """A card or a decisions.toml that cannot be used. The message names the file, the key and what to do."""


def read_strict(path: Path, model: type[M]) -> M:
    """The TOML at `path` as `model`. Raises CardError with sentences for people, in Spanish and English."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except UnicodeDecodeError as error:
        raise CardError(f"{path}: no está en UTF-8 / is not in UTF-8 (byte {error.start + 1}).") from error
    except tomllib.TOMLDecodeError as error:
        raise CardError(f"{path}: no es TOML válido / is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise CardError("\n".join(f"{path}: {_explain(e, model)}" for e in error.errors())) from error


def _explain(error: Any, model: type[BaseModel]) -> str:
    where = f"[{'.'.join(_keys(error['loc']))}] " if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1])
        near = get_close_matches(key, _known_keys(model), n=1)
        hint = f"; ¿quiso decir / did you mean '{near[0]}'?" if near else "."
        return f"{where}clave desconocida / unknown key '{key}'{hint}"
    context = error.get("ctx", {})
    wrong = _WRONG.get(error["type"], str(context.get("error", error["msg"])))
    return f"{where}{wrong.replace('{expected}', context.get('expected', '').replace(' or ', ' o / or '))}."


def _keys(location: tuple[str | int, ...]) -> Iterator[str]:
    """The keys that lead to a location; of a list, which one, counted as people do: `break (1)`."""
    for key, after in zip_longest(location, location[1:]):
        if isinstance(key, str):
            yield f"{key} ({after + 1})" if isinstance(after, int) else key


def _known_keys(model: type[BaseModel]) -> list[str]:
    """Every key of a grammar, at whatever depth."""
    schema = model.model_json_schema()
    tables = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for table in tables for name in table.get("properties", {})})
