"""Every number from 100 on in headings and sentences of a country's page is one of the country's rows.

Tables and pictures have tests of their own (tests/test_site.py, tests/test_drawing.py). Small numbers are left out:
some row has each of them.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

import duckdb
import pytest

from schemas.groupings import DEFAULT_GROUPING, members
from schemas.tables import TABLES, Table
from schemas.words import CONTRACT_LANGUAGES
from tests.conftest import AS_OF
from warehouse.home import Home

pytestmark = pytest.mark.slow  # it takes all pages of a release
MEMBERS = sorted(members(DEFAULT_GROUPING, AS_OF))
NO_SENTENCES = ("table", "svg", "script", "style", "nav", "footer", "select", "code")
NUMBER = re.compile(r"(?<![\w/.,-])\d{1,3}(?:[\u202f\u00a0 .,]\d{3})+(?!\d)|(?<![\w/.,-])\d{3,}(?![\w/-])")
YEARS = range(1900, 2036)
COUNTRY_COLUMNS = ("reporting_country", "country", "member", "citizenship")
TOO_MANY = ("analysis.monthly", "analysis.revisions", "baseline.indicator_values", "baseline.origin_flows")
"""Tables whose numbers are so many that another number would be one of them; their texts count."""
TEXTS = ("title", "citation", "name", "what", "text", "sentence", "source", "mandate", "reason")
"""Beginnings of the names of columns whose texts pages repeat."""


def numbers(text: str) -> list[int]:
    """The numbers of a text from 100 on that are no years."""
    values = (int(re.sub(r"\D", "", match)) for match in NUMBER.findall(text))
    return [value for value in values if value >= 100 and value not in YEARS]


def sentences(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    for mark in NO_SENTENCES:
        text = re.sub(rf"<{mark}[ >].*?</{mark}>", " ", text, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", "\n", text))


@cache
def numbers_of_rows(release: Path, country: str) -> frozenset[int]:
    """Numbers of the annual rows of a country, and of the texts of its rows and of all sources."""
    of_rows: set[int] = set()
    with duckdb.connect(release, read_only=True) as db:
        for table in TABLES:
            if table.visibility != "internal" and table.schema in (
                "baseline",
                "analysis",
                "network",
                "registry",
            ):
                of_rows |= _numbers_of_table(db, table.public(), country)
    return frozenset(of_rows)


def _numbers_of_table(db: duckdb.DuckDBPyConnection, table: Table, country: str) -> set[int]:
    names = set(table.column_names)
    of_country = " OR ".join(f"{name} = '{country}'" for name in COUNTRY_COLUMNS if name in names)
    annual = "frequency = 'A'" if "frequency" in names else "TRUE"
    of_rows: set[int] = set()
    for column in table.columns:
        values = f"SELECT DISTINCT {column.name} FROM {table.full_name} WHERE {column.name} IS NOT NULL"
        if column.type == "VARCHAR" and column.name.startswith(TEXTS):
            texts = db.execute(f"{values} AND ({of_country or 'TRUE'})").fetchall()
            of_rows |= {number for (text,) in texts for number in numbers(text)}
        elif column.type == "DOUBLE" and of_country and table.full_name not in TOO_MANY:
            rows = f"{values} AND isfinite({column.name}) AND ({of_country}) AND {annual}"
            of_rows |= {round(abs(value)) for (value,) in db.execute(rows).fetchall()}
    return of_rows


@pytest.mark.parametrize("country", MEMBERS)
@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_a_sentence_is_of_a_row(
    lang: str, country: str, released_home: Path, released_pages: Path
) -> None:
    of_rows = numbers_of_rows(Home(released_home).current, country)
    page = sentences(released_pages / lang / f"{country}.html")
    assert [number for number in numbers(page) if number not in of_rows] == []


def test_a_number_of_nobody_is_seen(released_home: Path, released_pages: Path) -> None:
    release = Home(released_home).current
    on_pages = [
        (country, number)
        for country in MEMBERS
        for number in numbers(sentences(released_pages / "en" / f"{country}.html"))
    ]
    others = [number + 1 not in numbers_of_rows(release, country) for country, number in on_pages]
    assert len(others) > 200
    assert sum(others) > 0.6 * len(others)
