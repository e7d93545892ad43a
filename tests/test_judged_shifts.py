"""Series that look shifted by a year (core.judged_shifts), each from a few revisions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from schemas.tables import DIMENSIONS
from tests.models_alone import rows_of
from tests.test_statements import COUNT, OWN, SPECIFIED, judged

REVISED: dict[str, Any] = {d.name: d.default for d in DIMENSIONS} | {
    "collection": OWN, "old_submission": "a.9", "new_submission": "a.10", "measure": "victims_detected",
    "reporting_country": "DOM", "frequency": "A", "kind": "revised",
}  # fmt: skip
RECEIVED = {"a.9": "2024-01-01", "a.10": "2024-01-01", "c.1": "2024-02-01"}
"""The submissions, by the day of receipt."""
IN_FORCE = ("measure", "reporting_country", "frequency", "period_start")
Values = dict[int, tuple[float | None, float | None]]
"""The value before and the value now, by year."""
BACK: Values = {2018: (90, 40), 2019: (40, 50), 2020: (50, 60), 2021: (60, None)}
"""Three values that stand a year earlier than before."""
AHEAD: Values = {2018: (40, None), 2019: (50, 40), 2020: (60, 50), 2021: (90, 60)}


def revised(values: Values, **row: Any) -> list[dict[str, Any]]:
    return [
        REVISED
        | {
            "year": year, "period_start": f"{year}-01-01", "old_low": old, "old_high": old, "new_low": new, "new_high": new,
            "kind": "new" if old is None else "withdrawn" if new is None else "revised",
        }
        | row
        for year, (old, new) in values.items()
    ]  # fmt: skip


def build(
    revisions: list[dict[str, Any]],
    confidentiality: str = "open",
    in_force: tuple[str, ...] = ("a.10", "c.1"),
) -> dict[str, list[dict[str, Any]]]:
    """`in_force`: the submissions whose values count today."""
    return {
        "analysis.revisions": revisions,
        "core.current": [
            {"submission": row["new_submission"], **{name: row[name] for name in IN_FORCE}}
            for row in revisions
            if row["new_low"] is not None and row["new_submission"] in in_force
        ],
        "core.settings": [{"shifted_count": 10, "shifted_values": 3}],
        "core.specification": SPECIFIED,
        "registry.collections": [
            {"collection": OWN, "family": "trafficking", "confidentiality": confidentiality}
        ],
        "registry.submissions": [{"submission": name, "received_on": day} for name, day in RECEIVED.items()],
    }


def shifts(revisions: list[dict[str, Any]], *how: Any) -> pd.DataFrame:
    return rows_of("core.judged_shifts", "kind, code, year", build(revisions, *how))


def test_a_shifted_series_is_one_row_with_its_values_and_years() -> None:
    for values, code, years in ((BACK, "earlier", (2018, 2020)), (AHEAD, "later", (2019, 2021))):
        found = shifts(revised(values))
        [series] = found[found["kind"] == "shift"].to_dict("records")
        assert (series["indicator"], series["code"], series["new_submission"]) == (COUNT, code, "a.10")
        assert (series["value_low"], series["value_high"], series["year"]) == (3, 3, years[1])
        assert (series["other_low"], series["other_high"]) == years


def test_the_totals_that_a_shift_changed_are_those_where_its_values_stand_and_stood() -> None:
    """A total that was new, one of another year and one of a part are not among them."""
    for values in (BACK, AHEAD):
        more = revised({2016: (20, 30), 2017: (20, 30), 2022: (20, 30)})
        found = shifts([*revised(values), *more])
        assert list(found[found["kind"] == "shift_of_year"]["year"]) == [2018, 2019, 2020, 2021]
    new = shifts(revised(BACK | {2018: (None, 40)}))
    assert list(new[new["kind"] == "shift_of_year"]["year"]) == [2019, 2020, 2021]
    parts = shifts(revised(BACK, sex="F"))
    assert list(parts["kind"]) == ["shift"]


NO_SHIFTS: dict[str, list[dict[str, Any]]] = {
    "two values": revised({2019: (40, 50), 2020: (50, 60), 2021: (60, None)}),
    "small values": revised({2018: (90, 4), 2019: (4, 5), 2020: (5, 6), 2021: (6, None)}),
    "bounds": [row | {"old_high": 99.0, "new_high": 99.0} for row in revised(BACK)],
    "a minority": revised(
        BACK | {2010: (11, 21), 2011: (31, 41), 2012: (51, 61), 2013: (71, 81), 2014: (91, 101)}
    ),
    "of another part": revised({2018: (90, 40), 2020: (50, 60)}) + revised({2019: (40, 50)}, sex="F"),
    "of another submission": revised({2018: (90, 40), 2020: (50, 60)})
    + revised({2019: (40, 50), 2021: (60, None)}, new_submission="c.1"),
    "of another country": revised({2018: (90, 40), 2020: (50, 60)})
    + revised({2019: (40, 50), 2021: (60, None)}, reporting_country="HND"),
}


@pytest.mark.parametrize("case", NO_SHIFTS)
def test_a_series_is_not_shifted_by_few_small_or_other_values(case: str) -> None:
    assert shifts(NO_SHIFTS[case]).empty


def test_half_of_the_compared_values_are_enough() -> None:
    """Three pairs of years are equal, three are not."""
    found = shifts(revised(BACK | {2010: (11, 21), 2011: (31, 41), 2012: (51, 61), 2013: (71, 81)}))
    assert list(found[found["kind"] == "shift"]["value_low"]) == [3]


def test_a_shift_of_a_protected_collection_is_not_published() -> None:
    assert shifts(revised(BACK), "protected").empty


def test_a_shift_that_is_not_in_force_any_more_is_no_statement() -> None:
    """A withdrawal puts the submission before in force again, which has not moved; a correction moves it back."""
    back = revised(AHEAD, old_submission="a.10", new_submission="a.9")
    assert shifts([*revised(BACK), *back], "open", ("a.9",)).empty
    corrected = revised(AHEAD, old_submission="a.10", new_submission="c.1")
    found = shifts([*revised(BACK), *corrected], "open", ("c.1",))
    assert set(zip(found["new_submission"], found["code"], strict=True)) == {("c.1", "later")}


def test_of_a_delivery_by_period_only_the_values_that_still_count_are_a_shift() -> None:
    """Of three values that stand a year earlier, a later delivery corrected one."""
    made = build(revised(BACK))
    made["core.current"] = [row for row in made["core.current"] if row["period_start"] != "2019-01-01"]
    assert rows_of("core.judged_shifts", "kind", made).empty


def test_the_years_of_a_shift_are_those_of_its_figures_also_where_a_year_begins_in_october() -> None:
    fiscal = [row | {"period_start": f"{row['year'] - 1}-10-01"} for row in revised(BACK)]
    found = shifts(fiscal)
    assert list(found[found["kind"] == "shift_of_year"]["year"]) == [2018, 2019, 2020, 2021]
    assert set(found["other_low"]) == {2018}


def test_a_shift_of_a_measure_that_no_indicator_counts_is_a_statement_too() -> None:
    found = shifts(revised(BACK, measure="persons_in_contact"))
    assert set(found["indicator"]) == {"_Z"}
    statements = judged([], core__judged_shifts=found.to_dict("records"))
    assert list(statements["kind"]) == [
        "shift_of_year",
        "shift_of_year",
        "shift",
        "shift_of_year",
        "shift_of_year",
    ]
    assert list(statements["rank"]) == [1, 1, 1, 2, 1]
