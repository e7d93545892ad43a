"""What was reported of each measure and year (core.judged_reports), each from a few rows of analysis.coverage."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from schemas.codelists import codelist
from schemas.tables import SLICES
from tests.models_alone import rows_of
from tests.test_statements import COUNT, FIGURE, OTHER, OWN, SPECIFIED, judged

COVERED: dict[str, Any] = {
    "reporting_country": "HND", "collection": OWN, "family": "trafficking", "measure": "victims_detected",
    "breakdown": "_Z", "status": "reported",
}  # fmt: skip
OTHER_TOTAL: dict[str, Any] = dict.fromkeys(SLICES, "_T") | {
    "indicator": COUNT, "collection": OTHER, "reporting_country": "HND", "year": 2020, "value_low": 5.0, "preferred": False,
    "panel": "_Z", "frequency": "A", "pooled_years": 1, "citizenship": "_T", "origin_class": "_T",
}  # fmt: skip
UNCOUNTED = "smugglers_arrested"
"""A measure that no indicator counts."""


def covered(status: str = "reported", year: int = 2020, **row: Any) -> dict[str, Any]:
    return COVERED | {"status": status, "period_end": f"{year}-12-31"} | row


def reports(
    rows: list[dict[str, Any]],
    figures: list[dict[str, Any]] | None = None,
    others: list[dict[str, Any]] | None = None,
) -> pd.DataFrame:
    statuses = enumerate(codelist("coverage_status"))
    return rows_of(
        "core.judged_reports",
        "kind DESC, measure, year, collection",
        {
            "analysis.coverage": rows,
            "core.specification": SPECIFIED,
            "core.headlines": [FIGURE | figure for figure in ([{}] if figures is None else figures)],
            "baseline.indicator_values": others or [],
            "reference.codes": [
                {"codelist": "coverage_status", "code": code, "position": position}
                for position, code in statuses
            ],
        },
    )


def codes(found: pd.DataFrame, kind: str = "report") -> list[tuple[int, str]]:
    rows = found[found["kind"] == kind]
    return list(zip(rows["year"], rows["code"], strict=True))


BEST = [
    "reported", "partial", "only_areas", "in_quarantine", "late", "never", "withdrawn", "not_asked", "not_in_extract",
    "series_closed",
]  # fmt: skip
"""From what tells most of a year to what tells least."""


@pytest.mark.parametrize("place", range(1, len(BEST)))
def test_of_two_sources_the_status_that_tells_more_counts(place: int) -> None:
    more, less = BEST[place - 1], BEST[place]
    for own, other in ((more, less), (less, more)):
        found = reports([covered(own), covered(other, collection=OTHER)])
        [report] = found[found["kind"] == "report"].to_dict("records")
        assert (report["code"], report["collection"]) == (more, OWN if own == more else OTHER)
    assert set(BEST) == set(codelist("coverage_status"))


def test_a_country_that_reported_before_to_any_source_is_not_one_that_never_did() -> None:
    earlier = covered(year=2018, collection=OTHER)
    assert codes(reports([earlier, covered("never"), covered("withdrawn", collection=OTHER)])) == [
        (2018, "parts"),
        (2020, "withdrawn"),
    ]
    for first in (earlier | {"measure": UNCOUNTED}, covered(year=2021), covered("late", year=2018)):
        assert (2020, "never") in codes(reports([first, covered("never")]))
    assert codes(reports([earlier, covered("never")])) == [(2018, "parts")]


def test_a_reported_year_without_a_figure_is_of_parts_or_of_another_source() -> None:
    shown, no_figure, other_part = [{}], [{"collection": None}], [{"origin_class": "own_national"}]
    for status in ("reported", "partial"):
        assert codes(reports([covered(status)], shown)) == [(2020, status)]
        assert codes(reports([covered(status)], no_figure)) == [(2020, "parts")]
        assert codes(reports([covered(status)], other_part)) == [(2020, "parts")]
        found = reports([covered(status)], no_figure, [OTHER_TOTAL, OTHER_TOTAL | {"collection": "A/b"}])
        assert list(found["code"]) == ["elsewhere", "elsewhere"]
        assert set(found["other_collection"]) == {f"A/b {OTHER}"}
        assert codes(reports([covered(status, measure=UNCOUNTED)], no_figure)) == [(2020, status)]
    assert codes(reports([covered("late")], no_figure, [OTHER_TOTAL])) == [(2020, "late")]


NO_TOTALS = {
    "of the preferred source": {"preferred": True},
    "of another year": {"year": 2019},
    "of another country": {"reporting_country": "SLV"},
    "of a part": {"sex": "F"},
    "of a class": {"origin_class": "own_national"},
    "of a sum": {"panel": "reporting"},
    "of several years": {"pooled_years": 3},
    "without a value": {"value_low": None},
}


@pytest.mark.parametrize("case", NO_TOTALS)
def test_another_value_than_a_total_of_that_year_is_no_other_total(case: str) -> None:
    found = reports([covered()], [], [OTHER_TOTAL | NO_TOTALS[case]])
    assert codes(found) == [(2020, "parts")]


def test_the_last_year_of_a_source_is_the_newest_that_it_owed() -> None:
    for free in ("not_in_extract", "series_closed", "not_asked"):
        rows = [covered(), covered("late", year=2021), covered(free, year=2022)]
        later = covered("never", year=2023, collection=OTHER)
        of_other_measure = covered(free, year=2021, measure=UNCOUNTED)
        found = reports([*rows, later, of_other_measure])
        assert codes(found, "last_report") == [(2021, "late"), (2023, "never")]
    assert "last_report" not in set(reports([covered("not_asked")])["kind"])


def test_the_last_report_of_a_source_is_that_of_all_sources() -> None:
    found = reports([covered("late"), covered(collection=OTHER)])
    assert codes(found, "last_report") == [(2020, "reported"), (2020, "reported")]


def test_reports_are_statements_also_of_a_measure_that_no_indicator_counts() -> None:
    found = reports([covered(), covered("late", measure=UNCOUNTED)])
    assert set(found["indicator"]) == {COUNT, "_Z"}
    statements = judged([], core__judged_reports=found.to_dict("records"))
    assert sorted(zip(statements["measure"], statements["kind"], statements["code"], strict=True)) == [
        (UNCOUNTED, "last_report", "late"),
        (UNCOUNTED, "report", "late"),
        ("victims_detected", "last_report", "reported"),
        ("victims_detected", "report", "reported"),
    ]
