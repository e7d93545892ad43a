"""Each heading and sentence of the pages is made of the words of schemas/words and of texts and numbers of rows."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import duckdb
import pytest

from schemas.groupings import DEFAULT_GROUPING, members
from schemas.words import CONTRACT_LANGUAGES, words
from tests.conftest import AS_OF
from tests.page_texts import Page, TextReader, bare, texts_of_rows
from tests.sentence_facts import pattern
from warehouse.home import Home
from warehouse.publication.site.facts import PAGE_SERIES

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
        found = [word for word in re.findall(r"[a-z]{4,}", text) if word != word[::-1]]
        if found:
            changed.add(text.replace(word := found[n % len(found)], word[::-1], 1))
    assert len(changed) > 250
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


# ---- choices of words: by the code of a row ---------------------------------------------------------------

VICTIMS, MEASURE = PAGE_SERIES["victims"], PAGE_SERIES["measure"]
NEWEST = f"""
    SELECT reporting_country, max(year) AS year FROM baseline.headline
    WHERE indicator = '{VICTIMS}' AND value_low IS NOT NULL AND length(reporting_country) = 3 GROUP BY reporting_country
"""
"""The newest figure of detected victims of each country."""
JUDGED = f"""
    SELECT s.reporting_country, s.year, code, other_collection FROM analysis.statements AS s WHERE kind = '{{kind}}'
      AND indicator = '{VICTIMS}' AND origin_class = '_T' AND exploitation = '_T'
"""
OF_NEWEST = f"SELECT reporting_country, code FROM ({JUDGED}) JOIN ({NEWEST}) USING (reporting_country, year)"
ORIGINS = f"""
    SELECT reporting_country, CASE WHEN max(code) FILTER (kind = 'majority_of_years') <> 'none'
        THEN max(code) FILTER (kind = 'majority_of_years')
        WHEN bool_or(kind = 'majority_of_year' AND code NOT IN ('none', 'unknown')) THEN 'each' ELSE 'none' END AS code
    FROM analysis.statements WHERE starts_with(kind, 'majority_of_year') AND measure = '{MEASURE}'
      AND reporting_country IN (SELECT reporting_country FROM ({{newest}})) GROUP BY reporting_country
"""
OTHER_YEARS = """
    SELECT reporting_country, CASE WHEN bool_or(code = 'same') THEN 'both' ELSE 'apart' END AS code
    FROM ({judged}) AS s JOIN ({newest}) AS n USING (reporting_country) WHERE s.year < n.year
    GROUP BY reporting_country, other_collection HAVING bool_or(starts_with(code, 'differs'))
    UNION SELECT reporting_country, 'within' FROM ({judged}) AS s JOIN ({newest}) AS n USING (reporting_country)
    WHERE s.year < n.year AND code = 'may_be_same'
"""
LAST_REPORTS = f"""
    SELECT DISTINCT s.reporting_country, s.code FROM analysis.statements AS s
    JOIN ({{newest}}) AS n ON n.reporting_country = s.reporting_country
    JOIN baseline.headline AS h ON h.reporting_country = n.reporting_country AND h.year = n.year AND h.collection = s.collection
      AND h.indicator = '{VICTIMS}'
    WHERE s.kind = 'last_report' AND s.code IN ({{codes}})
"""
GAPS = ("late", "parts", "elsewhere", "partial", "only_areas", "in_quarantine", "withdrawn")
CHOICES = {
    "site.answer": (("yes", "range", "doubt", "unverified", "other_kind"), OF_NEWEST.format(kind="answer")),
    "site.care": (("changed", "not_yet"), f"{OF_NEWEST.format(kind='revision')} WHERE code <> 'left'"),
    "site.tested": (
        ("rising", "falling", "no_clear_change", "not_comparable", "too_few_years"),
        OF_NEWEST.format(kind="direction"),
    ),
    "site.from": (
        ("own_national", "intra_regional", "extra_regional", "unknown", "none", "each", "few_years"),
        ORIGINS.format(newest=NEWEST),
    ),
    "site.other_then": (
        ("apart", "both", "within"),
        OTHER_YEARS.format(judged=JUDGED.format(kind="agreement"), newest=NEWEST),
    ),
    "site.gap": (GAPS, LAST_REPORTS.format(newest=NEWEST, codes=str(GAPS)[1:-1])),
}
"""The templates of which a country's page has those that the rows name."""


def codes(release: Path, query: str) -> dict[str, set[str]]:
    """The codes of each country that a query gives."""
    with duckdb.connect(release, read_only=True) as db:
        rows = db.execute(query).fetchall()
    return {country: {code for name, code in rows if name == country} for country, _ in rows}


def stands_in(text: str, key: str, lang: str) -> bool:
    template = words(lang)[key]
    return bool(pattern(key, lang).search(text)) if "{" in template else template in text


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
@pytest.mark.parametrize("family", CHOICES)
def test_a_page_has_the_words_of_the_row_and_no_other_choice(
    family: str, lang: str, released_home: Path, released_pages: Path
) -> None:
    choices, query = CHOICES[family]
    by_country = codes(Home(released_home).current, query)
    assert by_country
    template = {choice: words(lang)[f"{family}.{choice}"] for choice in choices}
    for member in MEMBERS:
        text = "\n".join(bare(text) for text in Page(released_pages / lang / f"{member}.html").texts)
        on_page = {template[choice] for choice in choices if stands_in(text, f"{family}.{choice}", lang)}
        assert on_page == {template[code] for code in by_country.get(member, ())}, member
