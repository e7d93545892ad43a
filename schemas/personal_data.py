"""What in a file tells of persons: headers and values, by personal_data.toml. No file is read here."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas.codelists import fold


@dataclass(frozen=True)
class Kind:
    """One kind of personal data: its label, the headers and values that tell of it."""

    label: str
    headers: tuple[str, ...]
    values: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds that are looked for."""
    patterns = [
        Kind(
            kind["label"],
            tuple(kind["headers"]),
            tuple(kind.get("values", ())),
            tuple(kind.get("anywhere", ())),
        )
        for kind in _settings()["kinds"].values()
    ]
    return tuple(patterns)


def of_header(text: str) -> str | None:
    """The label of what a column with this name holds, or None."""
    words = _words(text)
    for kind in kinds():
        if any(words == _words(header) for header in kind.headers):
            return kind.label
    return None


@cache
def _words(text: str) -> frozenset[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return frozenset(re.findall(r"[a-z]+|\d+", fold(parted))) - frozenset(_settings()["beside"])


def of_value(text: str) -> str | None:
    """The label of what a cell holds, or None."""
    for kind in kinds():
        whole, anywhere = _patterns(kind)
        if (whole and whole.fullmatch(text.strip())) or (anywhere and anywhere.search(text)):
            return kind.label
    return None


@cache
def _patterns(kind: Kind) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    return _any_of(kind.values), _any_of(kind.anywhere)


def _every_pattern() -> str:
    patterns = (p for kind in kinds() for p in (*kind.values, *kind.anywhere))
    return "|".join(f"(?:{pattern})" for pattern in patterns)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.ASCII) if patterns else None


ANY_VALUE = _every_pattern()
"""A pattern, for searching in text, of all that `of_value` knows and of more: what it misses is no value."""
