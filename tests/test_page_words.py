"""Words that no page of the site may have (page_words.toml), looked for on every page in both languages."""

from __future__ import annotations

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest

from schemas.words import CONTRACT_LANGUAGES
from warehouse.publication.quality.wording import within_sentence

pytestmark = pytest.mark.slow  # it takes all pages of a release
BANNED = tomllib.loads(Path(__file__).with_name("page_words.toml").read_text(encoding="utf-8"))
NO_PROSE = ("script", "style", "pre", "code", "small")
FILE_NAMES = re.compile(r"\S+\.(?:csv|json|parquet|xlsx|svg|html)\b")


def prose(page: str) -> str:
    """What a reader reads of a page, without code and small print."""
    for mark in NO_PROSE:
        page = re.sub(rf"<{mark}[ >].*?</{mark}>", " ", page, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    return " ".join(FILE_NAMES.sub(" ", text).split())


def banned_words(text: str, lang: str) -> list[str]:
    return [word for word in (*BANNED["both"], *BANNED[lang]) if re.search(word, text)]


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_no_page_has_a_banned_word(lang: str, released_pages: Path) -> None:
    pages = sorted((released_pages / lang).glob("*.html"))
    assert len(pages) > 90
    found = {page.name: banned_words(prose(page.read_text(encoding="utf-8")), lang) for page in pages}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    ("markup", "lang", "is_found"),
    [
        ("<p>100 % less extra_regional</p>", "en", True),
        ("<p>Of 6 it cannot be said.</p>", "en", True),
        ("<p>valores: 69 nuevos; 1 retirados.</p>", "es", True),
        ("<p>11 retirados</p>", "es", False),
        ("<td>NaN</td>", "es", True),
        ("<pre>WHERE origin_class = 'extra_regional'</pre>", "en", False),
        ("<p>Finanzas y nanas</p>", "es", False),
        ("<p>{n} countries</p>", "en", True),
    ],
)
def test_a_banned_word_is_found_in_prose_alone(markup: str, lang: str, is_found: bool) -> None:
    assert bool(banned_words(prose(markup), lang)) == is_found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TIP reports", "TIP reports"),
        ("A code read", "a code read"),
        ("Other (HTCDS)", "other (HTCDS)"),
        ("", ""),
    ],
)
def test_a_name_within_a_sentence_keeps_its_acronyms(name: str, text: str) -> None:
    assert within_sentence(name) == text
