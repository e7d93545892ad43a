"""Licences of cards in the reader's language. The texts are in licences.toml.

A publisher's own name of a licence (`Statistics Canada Open Licence`) is not translated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("licences.toml").read_text(encoding="utf-8")
)


def licence(name: str, lang: str) -> str:
    """Return the name of a card's licence in a language, or the name itself if it is not translated."""
    return WORDS.get(name, {}).get(lang, name)
