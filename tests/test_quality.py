"""Quality reports of collections: concepts in order, rates and delays recomputed, gaps that are named."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from typing import Any

import duckdb
import pytest

from schemas.records import collections, declarations
from schemas.words import CONTRACT_LANGUAGES, say
from warehouse.home import CHECKOUT
from warehouse.home.calendar import releases_after
from warehouse.publication.quality import (
    CONCEPTS,
    RECORD_CONCEPTS,
    Report,
    content,
    measures,
    records,
    reports,
)
from warehouse.publication.quality.facts import CollectionFacts, RecordFacts
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
    of_records = {*collections()}
    for lang, found in by_collection.items():
        for name, report in found.items():
            concepts = list(RECORD_CONCEPTS if name in of_records else CONCEPTS)
            assert [item.key for item in report.items] == concepts
            assert all(item.text for item in report.items)
            [completeness] = [item.text for item in report.items if item.key == "completeness"]
            unknown = say("quality.not_documented", lang)
            missing = sum(item.text == unknown for item in report.items)
            gaps = sum(any(isinstance(s, Gap) for s in item.sentences) for item in report.items)
            whole = len(concepts) - 1 - missing - gaps
            assert completeness == say(
                "quality.documented", lang, n=len(concepts) - 1, whole=whole, partly=gaps, none=missing
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


# ---- collections of records ------------------------------------------------------------------------


MEMBERS = ("BLZ", "GTM", "HND")


def record_facts(name: str, *rows: dict[str, Any], received: int = 1) -> RecordFacts:
    """A collection of these records, of three members, as of 1 March 2026."""
    blank = {column.name: None for column in declarations()[name].table_columns}
    by_query: dict[str, list[dict[str, Any]]] = {
        "records": [blank | row for row in rows],
        "members": [{"member": member} for member in MEMBERS],
        "submissions": [
            {
                "received_on": date(2026, 2, 1), "rows_received": 9, "rows_accepted": 7, "rows_quarantined": 2,
                "rows_out_of_scope": 0,
            }
        ]
        * received,
    }  # fmt: skip
    return RecordFacts(CARD, date(2026, 3, 1), by_query, declarations()[name])


def cell(country: str, treaty: str, status: str, verified_on: date | None = None) -> dict[str, Any]:
    return {"country": country, "treaty": treaty, "status": status, "verified_on": verified_on}


TREATIES = (
    cell("BLZ", "tip_protocol", "party", date(2026, 1, 5)),
    cell("BLZ", "untoc", "not_verified_here"),
    cell("GTM", "tip_protocol", "not_party", date(2026, 1, 3)),
    cell("GTM", "tip_protocol", "party"),
)
"""Three members and six treaties: 18 cells, of which two are known; one of them has two records."""


def test_cells_without_a_record_and_those_that_say_nothing_are_not_known() -> None:
    treaties = record_facts("treaties", *TREATIES)
    [sentence] = records.nonresponse(treaties, "en")
    assert sentence == "Of 18 cells 2 are known and 16 are not (89 %)"
    assert isinstance(sentence, Gap)
    sheet = records.member_sheet(treaties, "en")
    assert sheet.rows == [
        ["Belize", "2", "1", "5", "1"],
        ["Guatemala", "2", "1", "5", "1"],
        ["Honduras", "0", "0", "6", "0"],
    ]


def test_records_of_each_kind_have_their_own_cells() -> None:
    row = {"country": "BLZ", "assessment": "desk_review", "status": "in_force"}
    laws = record_facts(
        "legislation",
        row | {"family": "trafficking", "element": "tip_5_1"},
        row | {"family": "smuggling", "element": "som_6_1a"},
        row | {"family": "smuggling", "element": "som_6_1b", "status": "not_reported"},
    )
    trafficking, smuggling = records.nonresponse(laws, "en")
    assert trafficking.startswith("Trafficking in persons, Desk review: of 135 cells 1 is known")
    assert smuggling.startswith("Smuggling of migrants, Desk review: of 111 cells 1 is known")
    assert "Assessment: Desk review (3)" in records.assessment(laws, "en")


def test_a_number_answers_where_there_is_no_code_and_unknown_does_not() -> None:
    row = {"country": "GTM", "edition": "2019", "kind": "enforcement", "answer": None, "number": None}
    assessed = record_facts(
        "child_labour",
        row | {"item": "criminal_convictions", "number": 0},
        row | {"item": "criminal_investigations", "answer": "_U"},
        row | {"item": "number_of_labour_inspectors"},
    )
    sentence, editions = records.nonresponse(assessed, "en")
    assert "of 87 cells 1 is known and 86 are not (99 %)" in sentence
    assert editions == "A cell is known if it is in one of the editions"


def test_who_has_no_record_is_named_and_a_repeated_cell_is_counted() -> None:
    treaties = record_facts("treaties", *TREATIES)
    assert records.coverage(treaties, "en") == [
        "4 records; 2 of the 3 members have one",
        "Without a record: Honduras",
    ]
    assert records.accuracy(treaties, "en")[1].startswith("1 cell has more than one record")
    assert records.verification(treaties, "en") == [
        "Records last compared with their source on 2026-01-05",
        "2 of 4 not compared with their source here",
    ]
    assert len(records.accuracy(record_facts("treaties", *TREATIES[:3]), "en")) == 1


def test_a_list_without_countries_or_without_records_says_so() -> None:
    empty = record_facts("replies", received=0)
    assert records.coverage(empty, "en") == ["No record has been received"]
    assert (
        records.assessment(empty, "en")
        == records.timeliness(empty, "en")
        == records.accuracy(empty, "en")
        == []
    )
    assert records.member_sheet(empty, "en").rows == records.code_sheet(empty, "en").rows == []


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_revision_policy_names_what_a_delivery_replaces(lang: str) -> None:
    replaced, held = records.revision_policy(record_facts("legislation"), lang)
    assert {"es": "país, familia, evaluación", "en": "country, family, assessment"}[lang] in replaced
    assert "10 %" in held
    whole, _ = records.revision_policy(record_facts("treaties"), lang)
    assert {"es": "lista entera", "en": "whole list"}[lang] in whole


def shipped_rows(collection: str) -> list[dict[str, str]]:
    """The rows of a shipped file, below the comments at its head."""
    [path] = (CHECKOUT / "raw" / collection).glob("*/*.csv")
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_the_assessment_of_child_labour_is_counted_by_member(
    by_collection: dict[str, dict[str, Report]],
) -> None:
    """By other code, from the shipped file: records, and items with an answer or a number in some edition."""
    rows = shipped_rows("USA-DOL/child_labour")
    report = by_collection["es"]["USA-DOL/child_labour"]
    [members] = [sheet for sheet in report.sheets if sheet.key == "members"]
    n = Counter(row["País"] for row in rows)
    known = Counter(
        country
        for country, _ in {
            (row["País"], row["Punto"]) for row in rows if row["Cifra"] or row["Respuesta"] not in ("", "_U")
        }
    )
    expected = sorted([n[c], known[c], 41 - known[c]] for c in [*n, "CAN", "USA"])
    assert sorted([int(x) for x in row[1:]] for row in members.rows) == expected
    [nonresponse] = [item for item in report.items if item.key == "nonresponse"]
    told = re.findall(r"de (\d+) celdas se conocen (\d+)", nonresponse.text)
    assert [int(cells) for cells, _ in told] == [29 * 11, 12 * 11]  # the two kinds are never added up
    assert sum(int(n_known) for _, n_known in told) == sum(known.values())


def test_every_public_collection_of_records_has_a_report(by_collection: dict[str, dict[str, Report]]) -> None:
    """Internal ones have none: not even that they exist is published."""
    for found in by_collection.values():
        public = {f"{d.provider}/{d.name}" for d in declarations().values() if d.visibility == "public"}
        internal = {*collections()} - public
        assert public <= set(found)
        assert not internal & set(found)
        assert found["CRM-TS/replies"].sheets == []
