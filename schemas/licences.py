"""What a card says of a licence, in the reader's language: licences.toml beside this file.

A publisher's own words (`Statistics Canada Open Licence`) are a name and stand as they are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("licences.toml").read_text(encoding="utf-8")
)


def licence(words: str, lang: str) -> str:
    """A licence as a card says it, in a language."""
    return WORDS.get(words, {}).get(lang, words)
