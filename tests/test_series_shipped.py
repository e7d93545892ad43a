"""The shipped passports: every finding on a series is in one, and every figure in force has exactly one."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from schemas.cards.series import CONFIRMED_EVIDENCE, FILE, OFFICIAL, Passport, Span
from warehouse.build import passports
from warehouse.home import CHECKOUT, Home

FINDINGS = CHECKOUT.parent / "shared" / "data" / "crm_series_definitions_2026-11.csv"
SHIPPED = sorted((CHECKOUT / "raw").glob(f"*/*/{FILE}"))

OF_NO_SHIPPED_COLLECTION = {
    "UN-CTS Persons brought into formal contact": "UN Crime Trends Survey: persons in contact",
}
"""Findings on series that the project does not ship, by their name in the file."""


def shipped() -> list[tuple[str, Passport]]:
    """All shipped passports with their collections."""
    names = [collection(path) for path in SHIPPED]
    return [(name, entry.passport) for name in names for entry in passports.entries_of(Home(CHECKOUT), name)]


def findings() -> list[dict[str, str]]:
    with FINDINGS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def address(finding: dict[str, str]) -> str:
    """The finding's address without the file named behind it."""
    return finding["url"].split(" (")[0]


def collection(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.parent.name}"


@pytest.mark.shared
def test_every_finding_on_a_shipped_series_is_a_source_of_a_passport() -> None:
    cited = {source.address for _, passport in shipped() for source in passport.source}
    missing = [row["series"] for row in findings() if address(row) not in cited]
    assert sorted(missing) == sorted(OF_NO_SHIPPED_COLLECTION)


@pytest.mark.shared
def test_confirmed_passports_cite_an_official_source_of_a_confirmed_finding() -> None:
    sound = {address(row) for row in findings() if row["evidence"].startswith("confirmed")}
    for name, passport in shipped():
        if passport.evidence == CONFIRMED_EVIDENCE:
            official = {source.address for source in passport.source if source.kind == OFFICIAL}
            assert official & sound, (name, passport.reporting_country, passport.measure, passport.valid_from)


@pytest.mark.shared
def test_what_is_the_publishers_own_file_is_no_press() -> None:
    """Official by the finding's own word, where it says so; press where it says press."""
    said = {address(row): row["evidence"] for row in findings()}
    for _, passport in shipped():
        for source in passport.source:
            evidence = said.get(source.address, "")
            assert not (source.kind == OFFICIAL and re.search(r"; (press|copy|opinion)", evidence)), source
            assert not (source.kind == "press" and "; official" in evidence), source


@pytest.mark.parametrize("path", SHIPPED, ids=collection)
def test_a_shipped_passport_can_be_read_and_its_card_is_shipped(path: Path) -> None:
    assert list(passports.entries_of(Home(CHECKOUT), collection(path)))


def test_every_series_in_force_has_exactly_one_passport_at_each_period(released_home: Path) -> None:
    """Counted from the figures and the files, not from registry.series."""
    with duckdb.connect(Home(released_home).internal, read_only=True) as db:
        periods = db.execute(
            "SELECT DISTINCT collection, reporting_country, measure, period_start, period_end FROM core.current"
        ).fetchall()
    assert periods
    spans: dict[tuple[str, str, str], list[Span]] = {}
    for path in SHIPPED:
        for entry in passports.entries_of(Home(CHECKOUT), collection(path)):
            one = entry.passport
            spans.setdefault((collection(path), one.reporting_country, one.measure), []).append(entry.span)
    assert {period[:3] for period in periods} == set(spans)
    for *series, first, last in periods:
        holding = [span for span in spans[tuple(series)] if span.contains(first) and span.contains(last)]
        assert len(holding) == 1, (series, first)


def test_every_passport_is_of_figures_in_force(released_home: Path) -> None:
    with duckdb.connect(Home(released_home).internal, read_only=True) as db:
        counts = [
            db.execute(f"SELECT count(*) FROM {name}").fetchall()
            for name in (
                "core.passports",
                "registry.series",
                "core.passport_changes",
                "registry.series_changes",
            )
        ]
        unsought = db.execute("SELECT count(*) FROM registry.series WHERE verified_on IS NULL").fetchall()
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert unsought == [(0,)]
