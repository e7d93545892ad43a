"""Words of personal data, and the words of a text: without accents, capitals and separators."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from schemas.codelists import fold


@cache
def read(name: str) -> dict[str, Any]:
    """Return a data file of this folder."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def word_list(name: str) -> frozenset[str]:
    """Return a list of words of words.toml."""
    return frozenset(read("words")[name])


@cache
def label(kind: str) -> str:
    """Return the name of a kind of personal data, for people."""
    return str(read("words")["kinds"][kind]["label"])


_HUMP = re.compile(r"(?<=[a-záéíóúñü])(?=[A-ZÁÉÍÓÚÑ])")
_WORD = re.compile(r"[a-z]+|\d+")


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text. `FechaNac` and `fecha_nac` have two."""
    return _WORD.findall(fold(_HUMP.sub(" ", repair_encoding(text))))


def repair_encoding(text: str) -> str:
    """Return the text as it was before UTF-8 was read as another encoding. Other texts are unchanged."""
    if "Ã" not in text and "Â" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


@cache
def kind_of(kind_label: str) -> str:
    """Return the kind with this label."""
    kinds: dict[str, dict[str, str]] = read("words")["kinds"]
    return next(kind for kind, entry in kinds.items() if entry["label"] == kind_label)


def may_be_decided(kind: str) -> bool:
    """Return True if an office may decide that a finding of this kind is no personal data."""
    return bool(read("words")["kinds"].get(kind, {}).get("may_be_decided"))
