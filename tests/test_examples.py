"""Every indicator's examples: the few figures given in its TOML give the values that it says they give."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from schemas.indicators import Example, Indicator, catalogue
from schemas.tables import (
    COLLECTIONS,
    EXHAUSTIVE,
    FINDINGS,
    SUBMISSIONS,
)
from tests import in_memory
from tests.in_memory import one_row, staged_rows
from tests.needed import needed
from warehouse.build import database as build
from warehouse.statements import model_build

EXAMPLES = [(i, n, p) for i in catalogue().values() for n, p in enumerate(i.example)]
MORE = pytest.mark.slow
"""Of an indicator's examples after its first."""
AS_OF = date(2025, 1, 1)


def test_every_indicator_has_an_example() -> None:
    assert [
        i.id for i in catalogue().values() if not i.example and i.form not in ("records", "counted_records")
    ] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("indicator", "number", "example"),
    [pytest.param(*told, marks=MORE if told[1] else ()) for told in EXAMPLES],
    ids=lambda x: getattr(x, "id", str(x)[:2]),
)
def test_the_example_is_true(indicator: Indicator, number: int, example: Example, tmp_path: Path) -> None:
    with in_memory.blank() as db:
        build.load_inputs(db, _inputs(indicator, example, tmp_path))
        for model in needed("baseline.indicator_values"):
            model_build.run_model(db, model, AS_OF)
        values = db.execute(
            "SELECT * FROM baseline.indicator_values WHERE sex = '_T' AND age_group = '_T' AND indicator = $id "
            "AND (citizenship <> '_T') = $by_citizenship AND (panel <> '_Z') = $regional",
            {
                "id": indicator.id,
                "by_citizenship": "citizenship" in example.shows,
                "regional": "region" in example.shows,
            },
        ).df()
    if "known" in set(values["denominator_basis"]):  # the share of all stands beside it
        values = values[values["denominator_basis"] == ("all" if "all" in example.shows else "known")]
    found = sorted(_shown(row, example) for row in values.to_dict("records"))
    assert found == sorted(_expected(e) for e in example.expect)


def _inputs(indicator: Indicator, example: Example, folder: Path) -> build.Inputs:
    observations = staged_rows(example)
    observations.to_parquet(folder / "observations.parquet", index=False)
    sources = observations[["observation", "submission"]].assign(
        sheet=None, source_row=1, source_column="value", cell="A1"
    )
    sources.to_parquet(folder / "sources.parquet", index=False)
    return build.Inputs(
        as_of=AS_OF,
        collections=one_row(
            COLLECTIONS, family=example.family, fixed_country=None, absent_cell="not_reported"
        ),
        exhaustive=pd.DataFrame([("X/c", b) for b in example.exhaustive], columns=EXHAUSTIVE.column_names),
        submissions=one_row(SUBMISSIONS, status="accepted", received_on=date(2024, 1, 1), withdrawn_on=None),
        findings=pd.DataFrame(columns=FINDINGS.column_names),
        observations=[folder / "observations.parquet"],
        sources=[folder / "sources.parquet"],
        indicators=[indicator, *(catalogue()[name] for name in example.needed_indicators)],
    )


def _shown(row: dict, example: Example) -> tuple:
    value = None if pd.isna(row["value_low"]) else (round(row["value_low"], 4), _bound(row["value_high"]))
    members = (
        None
        if pd.isna(row["members_reporting"])
        else (int(row["members_reporting"]), int(row["members_total"]))
    )
    flag = None if pd.isna(row["flag"]) else row["flag"]
    place = (
        row["reporting_country"],
        row["period_start"].year,
        row["exploitation"],
        row["origin_class"],
        row["citizenship"],
        row["panel"],
        int(row["pooled_years"]),
    )
    return tuple(map(repr, (*place, value, members, flag)))


def _bound(high: float) -> float | None:
    return None if pd.isna(high) else round(high, 4)


def _expected(row: dict) -> tuple:
    value = tuple(float(v) for v in row["value"]) if "value" in row else None
    value = (row["low"], None) if "low" in row else value
    members = (row["members_reporting"], row["members_total"]) if "members_total" in row else None
    place = (
        row["country"],
        row["year"],
        row.get("exploitation", "_T"),
        row.get("origin_class", "_T"),
        row.get("citizenship", "_T"),
        row.get("panel", "_Z"),
        row.get("pooled_years", 1),
    )
    return tuple(map(repr, (*place, value, members, row.get("flag"))))
