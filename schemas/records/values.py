"""Values of records as people read them: codes and countries by their names."""

from __future__ import annotations

from typing import Any

from schemas.code_names import code_name, name_in_list
from schemas.records import Column


def name_of_value(column: Column, value: Any, lang: str) -> Any:
    """Return a stored value, the name of a code or of a country in its place."""
    if value is None or column.role not in ("code", "country"):
        return value
    if column.role == "country":
        return code_name("", "country", value, lang)
    return name_in_list(str(column.list), value, lang)
