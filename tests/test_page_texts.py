"""Each heading and sentence of the pages is made of the words of schemas/words and of texts and numbers of rows."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from schemas.groupings import DEFAULT_GROUPING, members
from schemas.words import CONTRACT_LANGUAGES
from tests.conftest import AS_OF
from tests.page_texts import Page, TextReader, bare, texts_of_rows
from warehouse.home import Home

pytestmark = pytest.mark.slow  # it takes all pages of a release
MEMBERS = sorted(members(DEFAULT_GROUPING, AS_OF))
EVIDENCE = tuple(f"-{member}.html" for member in MEMBERS)
"""Ends of the names of pages that list the cells of each figure: tests/test_site_evidence.py."""


@cache
def reader(release: Path, lang: str) -> TextReader:
    return TextReader(lang, texts_of_rows(release))


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_each_text_of_a_page_is_of_the_words_and_of_rows(
    lang: str, released_home: Path, released_pages: Path
) -> None:
    texts = reader(Home(released_home).current, lang)
    pages = [
        page for page in sorted((released_pages / lang).glob("*.html")) if not page.name.endswith(EVIDENCE)
    ]
    assert len(pages) > 90
    unread = {bare(text): page.name for page in pages for text in Page(page).texts if not texts.reads(text)}
    assert unread == {}


def test_a_changed_word_is_seen(released_home: Path, released_pages: Path) -> None:
    """A word of a hundred texts of a page, spelt backwards."""
    texts = reader(Home(released_home).current, "en")
    pages = (
        Page(released_pages / "en" / f"{name}.html")
        for name in ("index", "region", "CRI", "quality-CORETT-trafficking")
    )
    changed = set()
    for n, text in enumerate(text for page in pages for text in page.texts):
        words = [word for word in re.findall(r"[a-z]{4,}", text) if word != word[::-1]]
        if words:
            changed.add(text.replace(word := words[n % len(words)], word[::-1], 1))
    assert len(changed) > 300
    assert [text for text in changed if texts.reads(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Most came from abroad.",
        "The figures rose sharply between 2015 and 2020.",
        "In 2020 most were its own nationals and their friends.",
        "Detected victims of trafficking in 2020: many (Global database on trafficking in persons).",
    ],
)
def test_a_text_of_nobody_is_seen(text: str, released_home: Path) -> None:
    assert not reader(Home(released_home).current, "en").reads(text)
