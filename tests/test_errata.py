"""Errata: each is of a series that is released, its numbers are the release's, and readers meet it everywhere."""

from __future__ import annotations

import html
import re
from pathlib import Path

import duckdb
import pytest

from schemas.pages import DOCS, Lang
from schemas.words import CONTRACT_LANGUAGES, say
from warehouse.publication.errata import errata, page


def test_every_erratum_is_of_a_released_series(released: duckdb.DuckDBPyConnection) -> None:
    assert released.execute("SELECT count(*) > 15 FROM registry.errata").fetchone() == (True,)
    lost = released.execute(
        "SELECT collection, reporting_country, measure FROM registry.errata AS e ANTI JOIN core.current AS c "
        "ON c.collection = e.collection AND c.reporting_country = e.reporting_country AND c.measure = e.measure "
        "AND c.period_end >= e.valid_from AND c.period_start <= coalesce(e.valid_to, c.period_start)"
    ).fetchall()
    assert lost == []


def test_every_series_of_another_kind_that_was_in_a_regional_sum_has_its_erratum(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Members are left out of sums since the passports act: before, their figures were in them."""
    silent = released.execute(
        "SELECT k.reporting_country, k.measure, k.valid_from FROM core.series_kinds AS k "
        "SEMI JOIN (SELECT member FROM reference.groupings WHERE grouping = 'CRM') AS m "
        "ON k.reporting_country = m.member "
        "ANTI JOIN registry.errata AS e ON e.collection = k.collection AND e.measure = k.measure "
        "AND e.reporting_country = k.reporting_country AND e.valid_from <= k.valid_from "
        "AND coalesce(e.valid_to, DATE '9999-12-31') >= k.valid_from "
        "WHERE k.is_other_kind AND k.collection = 'UNODC/glotip'"
    ).fetchall()
    assert silent == []


def test_the_regional_sum_of_the_erratum_is_that_of_the_release(released: duckdb.DuckDBPyConnection) -> None:
    """17,605 with the clients, 1,215 without; the largest sum of each panel, since groupings within are smaller."""
    sums = dict(
        released.execute(
            "SELECT panel, max(value_low) FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' "
            "AND reporting_country = 'CRM' AND year = 2022 AND panel IN ('reporting', 'all_kinds') GROUP BY ALL"
        ).fetchall()
    )
    for lang in CONTRACT_LANGUAGES:
        [erratum] = [e for e in errata(released, lang) if "1,215" in e.correct_text]
        assert f"{sums['all_kinds']:,.0f}" in erratum.published_text
        assert f"{sums['reporting']:,.0f}" in erratum.correct_text


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_of_docs_is_what_the_release_says(released: duckdb.DuckDBPyConnection, lang: Lang) -> None:
    """Where it fails: make docs."""
    assert (DOCS / f"errata.{lang}.md").read_text(encoding="utf-8") == page(released, lang)


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_site_shows_every_erratum_and_every_page_leads_there(
    released: duckdb.DuckDBPyConnection, released_pages: Path, lang: str
) -> None:
    shown = html.unescape((released_pages / lang / "errata.html").read_text(encoding="utf-8"))
    for erratum in errata(released, lang):
        assert all(
            text in shown
            for text in (erratum.series, erratum.days, erratum.published_text, erratum.correct_text)
        )
    for path in (released_pages / lang).glob("*.html"):
        assert 'errata.html"' in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_next_four_release_days_and_their_policy_are_announced(released_pages: Path, lang: str) -> None:
    """After the release as of 31 March 2026: the fifteenth of the next four first months of quarters."""
    shown = (released_pages / lang / "about.html").read_text(encoding="utf-8")
    days = "2026-04-15, 2026-07-15, 2026-10-15, 2027-01-15"
    assert html.escape(say("errata.calendar_policy", lang, days=days), quote=False) in html.unescape(shown)
    assert re.findall(r"2026-\d\d-15", shown)


def test_the_bundle_has_every_erratum(released: duckdb.DuckDBPyConnection, released_bundle: Path) -> None:
    readme = (released_bundle / "README.md").read_text(encoding="utf-8")
    for lang in CONTRACT_LANGUAGES:
        assert all(erratum.sentence(lang) in readme for erratum in errata(released, lang))
    assert (released_bundle / "csv" / "registry.errata.csv").is_file()
