"""No page vouches for a number without the passport of its series, nor lists a verdict without its caveat."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from schemas.words import say

TRUSTING = {
    "es": r"\bSí, (?:es lo que|como)|\b(?:confiable|fiable|fidedign[ao])s?\b|se puede (?:confiar|fiar)",
    "en": r"\bYes, as what\b|\b(?:trustworthy|reliable|can be trusted)\b",
}
"""Words by which a page would vouch for a number."""


def _text(path: Path) -> str:
    """What a page shows, a line for each element."""
    text = re.sub(
        r"<(?:script|style|svg)\b.*?</(?:script|style|svg)>", " ", path.read_text("utf-8"), flags=re.DOTALL
    )
    return html.unescape(
        re.sub(r"\n\s*\n", "\n", re.sub(r"</?(?:p|dt|dd|li|h\d|td|th|tr)\b[^>]*>", "\n", text))
    )


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_page_vouches_for_a_number_without_its_passport(released_pages: Path, lang: str) -> None:
    """A yes follows, in its own line, the sentence that a publication confirms what the figure counts."""
    confirmed = {"es": "según una publicación oficial", "en": "by an official publication"}[lang]
    vouching = [
        (path.name, line.strip())
        for path in sorted((released_pages / lang).glob("*.html"))
        for line in re.sub(r"<[^>]+>", "", _text(path)).splitlines()
        if re.search(TRUSTING[lang], line) and confirmed not in line
    ]
    assert vouching == []


@pytest.mark.parametrize(
    ("lang", "heads"), [("es", ("Aumentaron:", "Disminuyeron:")), ("en", ("Rose:", "Fell:"))]
)
def test_a_country_in_a_list_of_verdicts_has_the_caveat_of_its_series(
    released_pages: Path, lang: str, heads: tuple[str, ...]
) -> None:
    short = [
        say(f"series.short.{evidence}", lang, content="")
        for evidence in ("confirmed", "inferred", "line", "undocumented")
    ]
    lists = []
    for path in sorted((released_pages / lang).glob("*.html")):
        for line in re.sub(r"<[^>]+>", "", _text(path)).splitlines():
            for head in heads:
                for found in re.findall(rf"{head} ([^.]*)\.", line):
                    lists.append(found)
                    countries = re.findall(r"[^;()]+\([^()]*(?:\([^()]*\)[^()]*)*\)", found)
                    assert countries, (path.name, found)
                    assert all(any(part in country for part in short) for country in countries), (
                        path.name,
                        found,
                    )
    assert lists
