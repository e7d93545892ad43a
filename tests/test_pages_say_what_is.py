"""Sentences of the pages that a simulated network found untrue: on what changed, and on what other sources tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.intake.submission import receive
from schemas.words import languages, say
from tests.conftest import accept, release
from tests.test_answers import Page
from tests.test_held import run
from tests.test_vintages import CARD, card_of, send
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication.site import changes, pages, trust
from warehouse.publication.site.facts import Facts
from warehouse.release import release_store

CALENDAR, FISCAL, PROTECTED = "X/calendar", "X/fiscal", "X/protected"
VICTIMS = "tip_victims_detected"
FIRST, SECOND = date(2024, 4, 15), date(2024, 7, 15)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Costa Rica told by a calendar year, a fiscal one and a protected collection; Honduras by the last alone.

    Honduras came between two releases.
    """
    made = Home(tmp_path_factory.mktemp("sources"))
    card_of(made, CALENDAR, "full")
    card_of(made, PROTECTED, "full", "small_counts")
    (made.raw / FISCAL).mkdir(parents=True)
    card = CARD.format(delivery="full", confidentiality="open") + "year_starts = 10\n"
    (made.raw / FISCAL / "format.toml").write_text(card, encoding="utf-8")
    send(made, date(2024, 2, 1), {("CRI", 2022): "70", ("CRI", 2023): "83"}, CALENDAR)
    send(made, date(2024, 2, 2), {("CRI", 2023): "91"}, FISCAL)
    send(made, date(2024, 2, 3), {("CRI", 2022): "64"}, PROTECTED)
    release(made, FIRST)
    send(made, date(2024, 5, 1), {("CRI", 2022): "64", ("HND", 2023): "55"}, PROTECTED)
    release(made, SECOND)
    return made


@pytest.fixture(scope="module")
def facts(home: Home):
    [before] = [one for one in release_store.releases(home) if one.name.startswith("2024-Q1")]
    with Warehouse.open(home.current) as now, Warehouse.open(before / release_store.FILE) as earlier:
        yield Facts(now, Facts(earlier))


@pytest.mark.slow
def test_a_source_of_a_fiscal_year_is_named_beside_the_calendar_year(facts: Facts) -> None:
    row = facts.headline(VICTIMS, "CRI", 2023)
    assert row["collection"] == CALENDAR
    for lang, period in (("en", "FY2023: 91"), ("es", "FY2023: 91")):
        said = trust.other_sources_text(facts, row, lang)
        assert period in said
        assert say("site.no_other_source", lang, year=2023) not in said


@pytest.mark.slow
def test_a_protected_source_is_named_beside_an_open_one(facts: Facts) -> None:
    row = facts.headline(VICTIMS, "CRI", 2022)
    assert row["collection"] == CALENDAR
    assert ": 64" in trust.other_sources_text(facts, row, "en")


@pytest.mark.slow
def test_a_release_that_brings_protected_counts_alone_is_not_said_to_bring_nothing(facts: Facts) -> None:
    for member in ("HND", "CRI"):
        for lang in ("es", "en"):
            [line] = [
                one
                for one in changes.member_lines(facts, member, lang)
                if one["name"] == say("site.changed_since_release", lang)
            ]
            unsaid = say("site.nothing_since", lang, release="2024-Q1.r1")
            assert line["text"] != unsaid
    [line] = changes.region_lines(facts, None, "en")[:1]
    assert "new submissions: 1" in line["text"]
    assert "Counts of protected collections:" in line["text"]


@pytest.mark.slow
def test_of_a_protected_figure_it_is_not_said_that_nobody_changed_it(facts: Facts) -> None:
    """The release does not tell its revisions."""
    row = facts.headline(VICTIMS, "HND", 2023)
    assert (row["collection"], row["value_low"]) == (PROTECTED, 55)
    assert trust.revision_sentences(facts, row, "en") == ""
    assert changes.revision_lines(facts, "HND", "en") == []


@pytest.mark.slow
def test_a_release_before_without_a_figure_of_a_year_is_a_release_before(tmp_path: Path) -> None:
    """After a first quarter nothing is told of a year: the page of the next release had called itself the first."""
    home = Home(tmp_path / "home")
    card_of(home, CALENDAR, "by_period")
    card = home.raw / CALENDAR / "format.toml"
    card.write_text(card.read_text("utf-8").replace('frequency = "A"', 'frequency = "Q"'), encoding="utf-8")
    file = home.root / "file.csv"
    file.write_text("reporting_country,period,value\nCRI,2024-Q1,41\n", encoding="utf-8")
    accept(home, receive(home, file, CALENDAR, date(2024, 4, 1)))
    release(home, FIRST)
    with Warehouse.open(home.current) as opened:
        assert Facts(opened).numeric_values == {}
    earlier = pages._previous_facts(home.current)
    assert earlier is not None
    assert list(earlier.values) == ["CRI"]


@pytest.mark.slow
def test_a_sender_is_told_how_a_protected_collection_is_released(tmp_path: Path) -> None:
    """Of an internal collection nothing is released; of a protected one totals and ranges are."""
    home = Home(tmp_path / "home")
    for name in ("open", "small_counts", "internal"):
        card_of(home, f"X/{name}", "full", name)
    file = tmp_path / "file.csv"
    file.write_text("reporting_country,period,value\nCRI,2023,83\n", encoding="utf-8")
    for lang in languages():
        sentences = [say(f"answer.{key}", lang) for key in ("released_accepted", "protected", "internal")]
        told = {}
        for name in ("open", "small_counts", "internal"):
            report = tmp_path / f"{name}.{lang}.html"
            run(home, "check", str(file), "-c", f"X/{name}", "--report", str(report), "--lang", lang)
            text = Page(report.read_text(encoding="utf-8")).sections[f"{lang}-released"]
            told[name] = [sentence in text for sentence in sentences]
        assert told == {
            "open": [True, False, False],
            "small_counts": [True, True, False],
            "internal": [False, False, True],
        }


@pytest.mark.slow
def test_a_file_of_new_periods_is_not_called_the_first_of_its_collection(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    card_of(home, "X/periods", "by_period")
    send(home, date(2024, 2, 1), {("CRI", 2020): "70"}, "X/periods")
    file = tmp_path / "file.csv"
    file.write_text("reporting_country,period,value\nCRI,2023,83\n", encoding="utf-8")
    for lang in languages():
        report = tmp_path / f"{lang}.html"
        run(home, "check", str(file), "-c", "X/periods", "--report", str(report), "--lang", lang)
        text = Page(report.read_text(encoding="utf-8")).sections[f"{lang}-changed"]
        assert (say("answer.first_of_periods", lang) in text, say("answer.first", lang) in text) == (
            True,
            False,
        )
