"""Every number of every sentence of a release is that of its row: trends, alerts of months, outlooks of revisions.

Each sentence is read back by the templates of schemas/words, each fact is compared with its column, and what no template
holds has no number. Changes between two windows: tests/test_changes.py.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from schemas.codelists import codelist
from schemas.words import CONTRACT_LANGUAGES, say
from tests.sentence_facts import facts, figure, is_rounded, taken_out
from warehouse.home import Home
from warehouse.statements.outlook_sentences import outlook_sentences
from warehouse.statements.series_sentences import series_caveat

Row = dict[str, Any]


def rows(home: Path, sql: str, *, internal: bool = False) -> list[Row]:
    with duckdb.connect(Home(home).internal if internal else Home(home).current, read_only=True) as db:
        return db.execute(sql).df().to_dict("records")


# ---- trends ----------------------------------------------------------------------------------------

LEVELS = ("higher", "lower", "no_clear_difference")
SIZES = ("times_above", "times_below", "times_unclear", "times", "points")


def is_span(text: str, years: object) -> bool:
    """Whether a text names the years of a column: `2016–2018, 2020` of `own:2016-2018, 2020`."""
    return text == str(years).removeprefix("own:").replace("-", "–")


def is_share(text: str, low: float, high: float, lang: str) -> bool:
    """Whether a text has the bounds of a share, in per cent at a tenth: `7 %`, `3–7 %`, `3 % or more`."""
    open_end = facts("trend.or_more", lang, text)
    amounts = (open_end["amount"] if open_end else text).removesuffix(" %").split("–")
    bounds = [low] if open_end or len(amounts) == 1 else [low, high]
    assert (open_end is not None) == pd.isna(high), text
    return len(amounts) == len(bounds) and all(
        is_rounded(amount, 100 * bound, 0.1) for amount, bound in zip(amounts, bounds, strict=True)
    )


def is_ratio(text: str, value: float) -> bool:
    return is_rounded(text, value, 0.01 if value < 10 else 1)


def is_level(told: dict[str, str], row: Row, lang: str) -> bool:
    """Whether last years, baseline and size of a level are the row's."""
    key = "own_baseline" if str(row["baseline_period"]).startswith("own:") else "baseline"
    baseline = facts(f"trend.{key}", lang, told["baseline"])
    size_key, size = next(
        (name, size) for name in SIZES if (size := facts(f"trend.{name}", lang, told["size"])) is not None
    )
    ratios = all(is_ratio(size[name], row[f"rate_ratio_{name}"]) for name in ("low", "high") if name in size)
    shares = size_key != "points" or (
        is_share(size["before"], row["baseline_low"], row["baseline_high"], lang)
        and is_share(size["after"], row["last_low"], row["last_high"], lang)
    )
    return (
        is_span(told["last"], row["last_years"])
        and baseline is not None
        and is_span(baseline["years"], row["baseline_period"])
        and ratios
        and shares
    )


def checked_direction(text: str, row: Row, lang: str) -> str:
    """The text without its sentence on direction, of which each fact is the row's."""
    told, rest = taken_out(f"trend.{row['direction']}", lang, text)
    if told is None:
        assert row["n_periods"] == 0
        return text.replace(say("trend.no_years", lang), "")
    assert (figure(told["since"]), figure(told["until"])) == (row["tested_from"], row["tested_to"])
    assert figure(told.get("n", str(row["n_periods"]))) == row["n_periods"]
    if "reason" in told:
        assert told["reason"] == codelist("trend_reason")[row["why_not"]].name(lang)
    for key, columns in {
        "excluded": {"fall": -row["yearly_low"], "rise": row["yearly_high"]},
        "no_fall": {"fall": -row["yearly_low"]},
        "no_rise": {"rise": row["yearly_high"]},
        "one_sided": {"low": row["yearly_low"], "high": row["yearly_high"]},
    }.items():
        told, rest = taken_out(f"trend.{key}", lang, rest)
        if told:
            assert all(is_rounded(told[name], value, 0.1) for name, value in columns.items()), text
    return rest


def checked_level(text: str, row: Row, lang: str) -> str:
    for key in LEVELS:
        told, text = taken_out(f"trend.{key}", lang, text)
        assert told is None or (row["level"] == key and is_level(told, row, lang)), row
    told, text = taken_out("trend.no_level", lang, text)
    assert told is None or told["reason"] == codelist("trend_reason")[row["why_no_level"]].name(lang)
    return text


def checked_remarks(text: str, row: Row, lang: str) -> str:
    for key in ("peak", "trough"):
        told, text = taken_out(f"trend.{key}", lang, text)
        if told:
            assert is_span(told["years"], row["turn_years"])
            assert is_span(told["last"], row["last_years"])
            assert is_share(told["share"], row["turn_low"], row["turn_high"], lang)
    told, text = taken_out("trend.suspected_break", lang, text)
    assert told is None or figure(told["year"]) == row["broken_on"].year
    told, text = taken_out("trend.spike", lang, text)
    assert told is None or told["years"] == row["spike_years"]
    told, text = taken_out("trend.stale", lang, text)
    assert told is None or is_rounded(told["age"], row["age_years"], 0.1)
    last, text = taken_out("trend.last", lang, text)
    for period in filter(None, (told, last)):
        assert figure(period["period"]) == row["last_period"]
    return text


def left_of_context(text: str, texts_of_events: list[tuple[int, str]]) -> str:
    """What of a context is no event on record with its year."""
    for year, event in sorted(texts_of_events, key=lambda entry: -len(entry[1])):
        text = text.replace(f"{year}, {event}", "")
    return text.strip("; ")


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_a_trend_is_of_its_row(released_home: Path, lang: str) -> None:
    caveats = {
        row["indicator"]: row[f"caveat_{lang}"]
        for row in rows(released_home, "SELECT * FROM baseline.catalogue")
    }
    kinds = {series_caveat(row, lang) for row in rows(released_home, "SELECT * FROM core.series_kinds")}
    events = rows(released_home, f"SELECT happened_from, what_{lang} AS what FROM core.events", internal=True)
    texts_of_events = [(event["happened_from"].year, event["what"]) for event in events]
    trends = rows(released_home, "SELECT * FROM analysis.trends")
    assert len(trends) > 500
    for row in trends:
        subject, text = row[f"sentence_{lang}"].split(f"({row['collection']}). ", 1)
        assert row["break_id"] == "_Z" or row["break_id"] in subject
        text = text.replace(caveats[row["indicator"]], "")
        for caveat in kinds:
            text = text.replace(caveat, "")
        text = text.replace(say("trend.mimicked", lang), "").replace(say("trend.of_count", lang), "")
        told, text = taken_out("trend.context", lang, text)
        if told:
            assert left_of_context(told["what"], texts_of_events) == ""
        text = checked_remarks(checked_level(checked_direction(text, row, lang), row, lang), row, lang)
        assert not re.search(r"\d", text), (text, row[f"sentence_{lang}"])


# ---- alerts of months ------------------------------------------------------------------------------

MONTHS = {
    "month": "period_start",
    "since": "surge_from",
    "growing_since": "growth_from",
}
AMOUNTS = {
    "value": "value_low",
    "expected": "expected",
    "above": "surge_above",
    "years": "years_compared",
    "before": "level_before",
    "after": "level_after",
    "growth_before": "growth_before",
}


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_an_alert_is_of_its_row(released_home: Path, lang: str) -> None:
    alerts = rows(released_home, "SELECT * FROM analysis.monthly WHERE alert IS NOT NULL")
    assert len(alerts) > 500
    for row in alerts:
        text = row[f"sentence_{lang}"].split(f"({row['collection']}). ", 1)[1]
        for alert in row["alert"].split("+"):
            key = "last_months" if alert == "surge" and row["years_compared"] == 0 else alert
            told, text = taken_out(f"monthly.{key}", lang, text)
            assert told is not None, row[f"sentence_{lang}"]
            assert told.pop("unit", None) in (None, say(f"monthly.unit.{row['count_unit']}", lang))
            for name, shown in told.items():
                if name in MONTHS:
                    assert shown == f"{row[MONTHS[name]]:%Y-%m}", row[f"sentence_{lang}"]
                elif name == "growth_above":
                    assert figure(shown) == math.floor(row["growth_above"] + 1e-6)
                elif name == "spreads":
                    assert is_rounded(shown, row["growth_spreads"], 0.1)
                else:
                    assert is_rounded(shown, row[AMOUNTS[name]]), row[f"sentence_{lang}"]
        assert text.strip() == say("monthly.no_verdict", lang)


# ---- outlooks of revisions -------------------------------------------------------------------------

PLANTED = [
    {"age_from": 0, "age_to": 2, "values_compared": 1234, "values_changed": 321, "values_gone": 17,
     "submissions_compared": 5, "submissions_changed": 3, "ratio_low": 0.8761, "ratio_high": 1.2509},
    {"age_from": 36, "age_to": None, "values_compared": 20, "values_changed": 0, "values_gone": 0,
     "submissions_compared": 2, "submissions_changed": 0, "ratio_low": None, "ratio_high": None},
    {"age_from": 6, "age_to": 11, "values_compared": 90, "values_changed": 1, "values_gone": 1,
     "submissions_compared": 4, "submissions_changed": 1, "ratio_low": None, "ratio_high": None},
]  # fmt: skip


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_of_an_outlook_is_of_its_row(released_home: Path, lang: str) -> None:
    shipped = rows(released_home, "SELECT * FROM analysis.revision_outlook WHERE why_not IS NULL")
    assert len(shipped) == 5
    for row in (*shipped, *PLANTED):
        text = outlook_sentences(row, lang, title="T")
        told, text = taken_out("outlook.changed", lang, text)
        assert told is not None
        assert (figure(told["n"]), figure(told["all"])) == (row["values_changed"], row["values_compared"])
        assert told["title"] == "T"
        key = "outlook.from_age" if pd.isna(row["age_to"]) else "outlook.ages"
        age = facts(key, lang, told["age"])
        assert age is not None
        assert [int(months) for months in age.values()] == [
            int(row[name]) for name in ("age_from", "age_to") if not pd.isna(row[name])
        ]
        gone, text = taken_out("outlook.gone", lang, text)
        assert (figure(gone["n"]) if gone else 0) == row["values_gone"]
        band, text = taken_out("outlook.band", lang, text)
        assert (band is None) == pd.isna(row["ratio_low"])
        if band:
            assert 0 <= 100 * row["ratio_low"] - figure(band["low"]) < 0.1
            assert 0 <= figure(band["high"]) - 100 * row["ratio_high"] < 0.1
        one, text = taken_out("outlook.one_submission", lang, text)
        several, text = taken_out("outlook.submissions", lang, text)
        counts = one or several
        assert (one is not None) == (row["submissions_changed"] == 1)
        if counts:
            assert figure(counts["all"]) == row["submissions_compared"]
            assert figure(counts.get("n", "1")) == row["submissions_changed"]
        assert text.strip() == ""


# ---- the bars themselves ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_row_s"),
    [("12,971", True), ("12,972", False), ("1,297", False), ("12,971.4", False)],
)
def test_another_number_is_seen(text: str, is_row_s: bool) -> None:
    assert is_rounded(text, 12971.4) == is_row_s
