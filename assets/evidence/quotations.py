"""Search of quotations in the text of a law. Reads no file.

Whitespace, words divided at the end of a line, quotation marks and dashes do not count. A quotation may leave
words out (… or [...]): its parts must follow each other. If only accents, capitals or punctuation differ it
is near, never contained.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"') | dict.fromkeys("‘’‚′`´", "'"))
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_DIVIDED_WORD = re.compile("(?<=[^\\W\\d_])[-\u00ad\u2010]\\s*\\n\\s*(?=[^\\W\\d_])")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\ufeff]")
_LEFT_OUT = re.compile(r"\[?\s*(?:…|\.{3,})\s*\]?")


class Match(StrEnum):
    """Result of a search: the text contains the quotation, nearly contains it, or does not."""

    CONTAINED = "contained"
    NEAR = "near"
    ABSENT = "absent"


class LawText:
    """The text of a law in the two forms that quotations are searched in."""

    def __init__(self, text: str) -> None:
        self._exact = _normal_form(text)
        self._plain = _plain_form(self._exact)

    def search(self, quotation: str) -> Match:
        """Return whether the text contains a quotation. A quotation without a letter is absent."""
        parts = [_normal_form(part) for part in _LEFT_OUT.split(quotation)]
        parts = [part for part in parts if _plain_form(part)]
        if not parts:
            return Match.ABSENT
        if _in_order(self._exact, parts):
            return Match.CONTAINED
        return Match.NEAR if _in_order(self._plain, [_plain_form(part) for part in parts]) else Match.ABSENT


def _in_order(text: str, parts: list[str]) -> bool:
    """Return whether the parts follow each other in the text, each as whole words."""
    place = 0
    for part in parts:
        before, after = (r"(?<!\w)" if part[0].isalnum() else ""), (r"(?!\w)" if part[-1].isalnum() else "")
        match = re.compile(before + re.escape(part) + after).search(text, place)
        if match is None:
            return False
        place = match.end()
    return True


def _normal_form(text: str) -> str:
    """Return a text with joined words, one kind of quotation marks and dashes, and single spaces."""
    text = _DIVIDED_WORD.sub("", unicodedata.normalize("NFKC", text.replace("\r\n", "\n")))
    text = _DASHES.sub("-", _UNSEEN.sub("", text).translate(_QUOTES))
    return " ".join(text.split()).strip("\"' ")


def _plain_form(text: str) -> str:
    """Return a text in lower case, without accents, hyphens within words and punctuation."""
    letters = unicodedata.normalize("NFKD", re.sub(r"(?<=\w)-(?=\w)", "", text).casefold())
    letters_kept = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", letters_kept).split())
