"""Quality reports of collections: concepts in order, rates and delays recomputed, gaps that are named."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from schemas.words import CONTRACT_LANGUAGES, say
from warehouse.home.calendar import releases_after
from warehouse.publication.quality import CONCEPTS, Report, content, measures, reports
from warehouse.publication.quality.facts import CollectionFacts
from warehouse.publication.quality.wording import Gap, per_cent

CARD: dict[str, Any] = {
    "collection": "X/a", "due_days": 60, "ended": None, "frequency": "M", "scope_en": None, "family": "trafficking",
    "contact": None, "mandate_en": None, "fixed_country": None, "regional_rule_en": None,
}  # fmt: skip


def facts(card: dict[str, Any] | None = None, **rows: list[dict[str, Any]]) -> CollectionFacts:
    """A collection with these rows, as of 1 March 2026."""
    return CollectionFacts(CARD | (card or {}), date(2026, 3, 1), rows)


def test_a_release_day_is_announced_a_year_ahead() -> None:
    assert releases_after(date(2026, 10, 15), 5) == [
        date(2027, 1, 15), date(2027, 4, 15), date(2027, 7, 15), date(2027, 10, 15), date(2028, 1, 15),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("received_on", "delay"),
    [
        (date(2026, 3, 1), "on that day"),
        (date(2026, 2, 28), "1 day early"),
        (date(2026, 3, 11), "10 days late"),
    ],
)
def test_a_delay_is_counted_from_the_due_date(received_on: date, delay: str) -> None:
    """60 days after 31 December 2025 is 1 March 2026."""
    collection = facts(
        submissions=[{"received_on": received_on, "last": date(2025, 12, 31)}],
        values=[{"last": date(2025, 12, 31)}],
    )
    [delivery, following] = measures.punctuality(collection, "en")
    assert delivery.endswith(f"due on 2026-03-01, {delay}")
    assert following == "The next is due on 2026-04-01"


def test_a_delivery_that_has_not_come_is_late_here() -> None:
    collection = facts(submissions=[], values=[{"last": date(2025, 10, 31)}])
    [following] = measures.punctuality(collection, "en")
    assert following == (
        "The next was due on 2026-01-29: on 2026-03-01 it has not been received here, 31 days late"
    )


def test_nonresponse_leaves_out_years_that_nobody_was_asked_about() -> None:
    status = {"reported": 6, "partial": 1, "never": 2, "late": 1, "not_asked": 50, "not_in_extract": 9}
    collection = facts(
        coverage=[{"status": name, "n": n} for name, n in status.items()],
        codes=[{"dimension": "sex", "codes": ["F", "M"], "detailed": 3}],
        periods=[{"dimension": "sex", "n": 4}],
    )
    assert measures.nonresponse(collection, "en") == [
        "Unit: of 10 years of a country and measure in which a country reported 3 are missing (30 %)",
        "Item, periods without the breakdown: sex 25 % (1 of 4)",
    ]


def test_a_part_is_never_rounded_to_none_or_all() -> None:
    assert [per_cent(*pair) for pair in ((0, 9), (1, 999), (998, 999), (9, 9))] == [0, 1, 99, 100]


def test_clients_served_again_are_over_coverage_of_unknown_size() -> None:
    collection = facts(
        measures=[{"measure": "victims_detected", "again": False}],
        kinds=[{"reporting_country": "USA", "measure": "victims_detected", "flow": "served"}],
    )
    [served, rate] = measures.over_coverage(collection, "en")
    assert "United States of America, detected victims" in served
    assert isinstance(rate, Gap)
    assert measures.over_coverage(facts(measures=[], kinds=[]), "en") == []


SIDES = {
    "other": "X/b", "reporting_country": "CAN", "measure": "victims_detected", "n": 2, "low": 0.5, "high": 2.0,
    "unit": "persons", "flow": "new", "other_unit": "incidents", "other_flow": "new", "is_scoped": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"same_kind": False},
            "2 periods, 0.50 to 2.00 times. Here persons (new in the period); there incidents",
        ),
        ({"same_kind": True}, "the passports do not explain a difference"),
        ({"same_kind": True, "is_scoped": True}, "they do not cover the same"),
        ({"same_kind": None, "other_unit": "_U"}, "there not documented: the difference cannot be explained"),
        ({"same_kind": None, "low": 1.0, "high": 1.0}, "2 periods, equal figures"),
        ({"same_kind": True, "high": None}, "0.50 times or more"),
    ],
)
def test_a_difference_between_sources_comes_with_what_explains_it(row: dict[str, Any], said: str) -> None:
    [sentence] = measures.discrepancies(facts(discrepancies=[SIDES | row]), "en")
    assert said in sentence


def test_what_no_card_states_is_not_documented() -> None:
    assert content.contact(facts(), "en") == content.mandate(facts(), "en") == []
    [_, rule] = content.regional_aggregates(facts(), "en")
    assert isinstance(rule, Gap)
    assert rule.endswith("not documented")


@pytest.fixture(scope="module")
def by_collection(released: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Report]]:
    """The reports of the shipped submissions by language and collection."""
    return {
        lang: {report.collection: report for report in reports(released, lang)} for lang in CONTRACT_LANGUAGES
    }


def test_every_report_has_every_concept(by_collection: dict[str, dict[str, Report]]) -> None:
    for lang, found in by_collection.items():
        for report in found.values():
            assert [item.key for item in report.items] == list(CONCEPTS)
            assert all(item.text for item in report.items)
            [completeness] = [item.text for item in report.items if item.key == "completeness"]
            unknown = say("quality.not_documented", lang)
            missing = sum(item.text == unknown for item in report.items)
            gaps = sum(any(isinstance(s, Gap) for s in item.sentences) for item in report.items)
            whole = len(CONCEPTS) - 1 - missing - gaps
            assert completeness == say(
                "quality.documented", lang, n=len(CONCEPTS) - 1, whole=whole, partly=gaps, none=missing
            )


def test_the_clients_of_the_united_states_stand_by_their_years(
    by_collection: dict[str, dict[str, Report]],
) -> None:
    """By the passports: letters to 2012, clients from 2013, of 2017 to 2019 confirmed; comparable from 2013."""
    report = by_collection["en"]["UNODC/glotip"]
    [series] = [sheet for sheet in report.sheets if sheet.key == "series"]
    rows = [row for row in series.rows if row[:2] == ["United States of America", "detected victims"]]
    assert [(row[2], row[3].split(" (")[0]) for row in rows][:2] == [
        ("2007–2012", "letters of certification or eligibility"),
        ("2013–2015", "clients of services"),
    ]
    assert [row[2] for row in rows if "official" in row[4]] == ["2017–2019"]
    assert [row[6] for row in rows] == ["", "", "", "", "", "2013–2022 (10)"]


def test_a_pair_of_countries_is_one_line(by_collection: dict[str, dict[str, Report]]) -> None:
    """Eleven members have 55 pairs, the nine of CORETT 36; a collection of one country has none."""
    pairs = {
        name: [sheet.rows for sheet in report.sheets if sheet.key == "pairs"]
        for name, report in by_collection["es"].items()
    }
    assert [len(rows) for rows in pairs["UNODC/glotip"]] == [55]
    assert [len(rows) for rows in pairs["CORETT/trafficking"]] == [36]
    assert pairs["USA-CBP/encounters"] == []
