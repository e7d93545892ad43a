"""What the command line says, in Spanish and English (words.toml). No command is here."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def languages() -> tuple[str, ...]:
    """The languages there are."""
    return ("es", "en")


def say(key: str, lang: str, **facts: object) -> str:
    """The sentence called `key`, with its facts filled in."""
    return _words()[key][lang].format(**facts)
