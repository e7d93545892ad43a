"""The index of the search: words of each page, and the words of each language that mean about the same."""

from __future__ import annotations

import json
from collections.abc import Iterable

from schemas.words import say

Entry = tuple[str, str, str, str]
"""Title, file, description and further words of a page."""


def script(entries: Iterable[Entry], lang: str) -> str:
    """Return the index as a classic script, since a page opened from a folder may not fetch."""
    groups = [group.split() for group in say("site.synonyms", lang).split(";")]
    pages = json.dumps([list(entry) for entry in entries], ensure_ascii=False, indent=0)
    synonyms = json.dumps(groups, ensure_ascii=False)
    return f"window.lineabaseSearch = {pages};\nwindow.lineabaseSynonyms = {synonyms};\n"
