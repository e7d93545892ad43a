"""The words of personal data as data, and a text as words: without accents, capitals and what joins them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from schemas.codelists import fold


@cache
def read(name: str) -> dict[str, Any]:
    """One of the data files beside this module."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def listed(name: str) -> frozenset[str]:
    """One of the lists of words of words.toml."""
    return frozenset(read("words")[name])


@cache
def label(kind: str) -> str:
    """What people are told that a kind is."""
    return str(read("words")["kinds"][kind]["label"])


_HUMP = re.compile(r"(?<=[a-záéíóúñü])(?=[A-ZÁÉÍÓÚÑ])")
_WORD = re.compile(r"[a-z]+|\d+")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text; `FechaNac` and `fecha_nac` have two."""
    return _WORD.findall(fold(_HUMP.sub(" ", repaired(text))))


def repaired(text: str) -> str:
    """The text as it was before UTF-8 was read as another encoding, where it was."""
    if "Ã" not in text and "Â" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
