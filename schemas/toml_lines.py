"""Lines of TOML for files that people go on editing: cards, decisions, passports. Reads nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date


def toml_table(name: str, entry: Mapping[str, object]) -> str:
    """Return an entry of an array of tables."""
    return "\n".join([f"[[{name}]]", *(f"{key} = {toml_value(value)}" for key, value in entry.items()), ""])


def toml_value(value: object) -> str:
    """Return a text, number, day, list or mapping as TOML writes it in a line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {toml_value(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def one_line(text: str) -> str:
    """Reduce a text to a single line without invisible characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
