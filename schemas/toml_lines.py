"""Lines of TOML for files that people go on editing: cards, decisions, passports. Reads nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date


def toml_table(name: str, entry: Mapping[str, object]) -> str:
    """Return an entry of an array of tables."""
    return "\n".join([f"[[{name}]]", *(f"{key} = {toml_value(value)}" for key, value in entry.items()), ""])


def toml_value(value: object) -> str:
    """Return a text, number, day, list or mapping as TOML writes it in a line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {toml_value(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return str(value) if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    """Return a key as TOML writes it: in quotation marks if it has more than letters, digits, _ and -."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def one_line(text: str) -> str:
    """Reduce a text to a single line without invisible characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
