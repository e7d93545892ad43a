"""The search of the pages: their index, the figures that answer a question, and the words of a language.

The scripts hold data only; site.js reads them. Nothing is computed: a figure's text is that of its evidence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from schemas.countries import readable_names
from schemas.questions import Patterns, question_words
from schemas.words import say
from warehouse.publication.site.part import Content

Entry = tuple[str, str, str, str]
"""Title, file, description and further words of a page."""


def script(entries: Iterable[Entry], lang: str) -> str:
    """Return the index as a classic script, since a page opened from a folder may not fetch."""
    groups = [group.split() for group in say("site.synonyms", lang).split(";")]
    pages = json.dumps([list(entry) for entry in entries], ensure_ascii=False, indent=0)
    synonyms = json.dumps(groups, ensure_ascii=False)
    words = json.dumps(words_to_ignore(lang), ensure_ascii=False)
    return (
        f"window.lineabaseSearch = {pages};\nwindow.lineabaseSynonyms = {synonyms};\n"
        f"window.lineabaseIgnored = {words};\n"
    )


def words_to_ignore(lang: str) -> list[str]:
    """Return the words of a question that change nothing in it; a word that ends in * is a beginning.

    These are the stop words of questions without those that may narrow what is asked, such as "work".
    """
    words = question_words(lang)
    patterns = [pattern for group in words.by.values() for of_code in group.values() for pattern in of_code]
    narrowing = {word for pattern in patterns if len(pattern) == 1 for word in pattern[0].split("|")}
    narrowing |= set(say("site.synonyms", lang).replace(";", " ").split()) | set(words.sums)
    within = {word for pattern in patterns for part in pattern for word in part.split("|")}
    ignored = [word for word in words.stop_words if word not in narrowing]
    return ignored + [word for word in words.places if word not in within]


def figures_script(pages: Iterable[Content], lang: str) -> str:
    """Return the figures of pages of evidence, with the words by which a question names them.

    A figure has name, country, code and file, then periods with text and note. Notes are listed once, since
    many figures share one. The script is loaded when somebody begins a question.
    """
    notes: dict[str, int] = {}
    rows = [
        [page["name"], page["country"], page["code"], page["file"], _figures(page["figures"], notes)]
        for page in pages
    ]
    words = question_words(lang)
    content = {
        "figures": rows,
        "notes": list(notes),
        "countries": _names_of_countries({row[2] for row in rows}),
        "indicators": _patterns(words.indicators),
        "subjects": _patterns(words.defaults),
    }
    return f"window.lineabaseFigures = {json.dumps(content, ensure_ascii=False)};\n"


def _names_of_countries(codes: Iterable[str]) -> list[list[Any]]:
    """Return the code and the words of each name of some countries, as spelt: no name is a guess."""
    names = [(code, key) for code in sorted(codes) for key in (code.casefold(), *readable_names(code))]
    return [[code, re.findall("[a-z0-9]+", key)] for code, key in names]


def _patterns(patterns: Patterns) -> list[list[Any]]:
    return [[code, list(pattern)] for code, of_code in patterns.items() for pattern in of_code]


def _figures(figures: Sequence[Content], notes: dict[str, int]) -> list[list[Any]]:
    """Return period, text and number of the note of each figure; numbers a note when it first occurs."""
    return [
        [figure["year"], _text(figure), notes.setdefault(_note(figure), len(notes))] for figure in figures
    ]


def _note(figure: Content) -> str:
    """Return what the series of a figure counts, and the citation of its source."""
    return f"{figure['counts']} {figure['source']}".strip()


def _text(figure: Content) -> str:
    """Return the value in words, or each class or form with its value, and the unit if it is no share."""
    text = "; ".join(f"{name}: {value}" if name else value for name, value in figure["values"])
    return f"{text} ({figure['unit']})" if figure["unit"] else text
