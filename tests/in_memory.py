"""A build in memory: collections by their rules, values and openings put into it, its models run. No case is here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import pandas as pd
from hypothesis import HealthCheck, settings

from assets.intake.judging.breakdowns import breakdowns
from assets.intake.observations import _origin_classes
from schemas.indicators import Example, Text, catalogue
from schemas.tables import (
    COLLECTIONS,
    DIMENSIONS,
    EXHAUSTIVE,
    FINDINGS,
    STAGED_TABLE,
    SUBMISSIONS,
    TABLES,
    Table,
    default_code,
    table,
)
from tests.needed import needed
from warehouse.build import database as build
from warehouse.build.reference import reference_frames
from warehouse.home import quote_path
from warehouse.statements import model_build

AS_OF = date(2025, 1, 1)
BESIDE = (
    "core.change_by_class",
    "core.composition_points",
    "core.events",
    "core.headlines",
    "core.joint_cells",
    "core.judged_points",
    "core.jumps",
    "core.monthly_points",
    "core.trend_points",
)
"""What no figure and no indicator is made of, a seventh of all the work: a test that asks for them runs them."""
_CORE = [m for m in model_build.model_order() if m.startswith("core.")]
VIEWS = [m for m in _CORE if table(m).is_view]
MODELS = [*(m for m in _CORE if m not in BESIDE), "baseline.indicator_values"]


MORE = int(os.environ.get("LINEABASE_EXAMPLES", "1"))
"""How many times as many examples `make hard-times` draws."""


def built_examples(number: int) -> settings:
    """So many examples of a property for which the models run each time: half a second of the processor."""
    ignored = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=number * MORE, deadline=None, suppress_health_check=ignored)


class Rules(NamedTuple):
    """What a collection's card says that models ask."""

    absent_cell: str
    exhaustive: Sequence[str]
    year_starts: int = 1
    country: str | None = None


def one_row(of: Table, **told: Any) -> pd.DataFrame:
    """One row of a registry table: said values, else something plain of the column's type."""
    plain = {"VARCHAR": "x", "BIGINT": 1, "DATE": date(2024, 1, 1), "DOUBLE": 0.0, "BOOLEAN": True}
    row = {c.name: plain[c.type] for c in of.columns}
    named = {"provider": "X", "collection": "X/c", "submission": "X.c.2024-01-01.1", "delivery": "full"}
    open_ = {"confidentiality": "open"}
    return pd.DataFrame([{k: (named | open_ | told).get(k, v) for k, v in row.items()}])


def staged_rows(example: Example) -> pd.DataFrame:
    """The staged rows that an example gives, of the collection X/c."""
    rows = []
    for number, given in enumerate(example.given):
        start, end = date(given["year"], 1, 1), date(given["year"], 12, 31)
        row = {c.name: "x" for c in STAGED_TABLE.columns}
        row |= {d.name: given.get(d.name, default_code(d.name)) for d in DIMENSIONS}
        row |= {
            "observation": str(number),
            "submission": "X.c.2024-01-01.1",
            "provider": "X",
            "collection": "X/c",
        }
        row |= {
            "family": example.family,
            "measure": given.get("measure", example.measure),
            "reporting_country": given["country"],
        }
        row |= {
            "period_start": start,
            "period_end": end,
            "frequency": "A",
            "completeness": 1.0,
            "obs_status": "A",
        }
        row |= {"value_low": given["value"][0], "value_high": given["value"][1], "flag": given.get("flag")}
        rows.append(row)
    frame = pd.DataFrame(rows).astype({"value_low": float, "value_high": float})
    return frame.assign(breakdown=breakdowns(frame), origin_class=_origin_classes(frame))


def submission_of(collection: str, day: date) -> str:
    """The id of the collection's only submission."""
    return f"{collection.replace('/', '.')}.{day}.1"


def inputs(rules: Mapping[str, Rules], indicators: Sequence[str], day: date) -> build.Inputs:
    """The collections, each with one submission of that day, and no value yet."""
    collections = [
        one_row(
            COLLECTIONS,
            collection=name,
            family="trafficking",
            fixed_country=of.country,
            absent_cell=of.absent_cell,
            year_starts=of.year_starts,
        )
        for name, of in rules.items()
    ]
    submissions = [
        one_row(
            SUBMISSIONS,
            collection=name,
            submission=submission_of(name, day),
            status="accepted",
            withdrawn_on=None,
        )
        for name in rules
    ]
    whole = [(name, breakdown) for name, of in rules.items() for breakdown in of.exhaustive]
    return build.Inputs(
        as_of=AS_OF,
        collections=pd.concat(collections),
        exhaustive=pd.DataFrame(whole, columns=EXHAUSTIVE.column_names),
        submissions=pd.concat(submissions),
        findings=pd.DataFrame(columns=FINDINGS.column_names),
        indicators=[catalogue()[name] for name in indicators],
    )


@contextmanager
def blank() -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables, empty but for those of reference: a copy of what builds of this process begin with.

    Nothing is optimised: for a handful of rows a third of the work would be to think of better plans. What a release
    is made by is optimised, and tested in files.
    """
    with TemporaryDirectory() as folder, duckdb.connect() as db:
        file = Path(folder) / "blank.duckdb"
        file.write_bytes(build.empty_database(TABLES, reference_frames))
        db.execute(
            f"ATTACH {quote_path(file)} AS blank (READ_ONLY); COPY FROM DATABASE blank TO memory; DETACH blank"
        )
        db.execute("PRAGMA disable_optimizer")
        yield db


def database(given: build.Inputs) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of these inputs, its views made; a fixture yields from it."""
    with blank() as db:
        build.load_inputs(db, given)
        for view in VIEWS:
            model_build.run_model(db, view, AS_OF)
        yield db


def values(collection: str, day: date, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Staged values of a collection: each row a measure, country, year, dimensions and [low, high]; CRI, 2018 where silent."""
    given = [{"country": "CRI", "year": 2018, **row} for row in rows]
    frame = staged_rows(Example(says=Text(es="", en=""), given=given, expect=[]))
    frame = frame.assign(collection=collection, submission=submission_of(collection, day))
    for column in ("period_start", "period_end", "frequency"):
        frame[column] = [r.get(column, plain) for r, plain in zip(rows, frame[column], strict=True)]
    return frame


def fill(
    db: duckdb.DuckDBPyConnection,
    values: pd.DataFrame,
    openings: pd.DataFrame | None = None,
    asks: Sequence[str] = (),
) -> None:
    """Replace all values, and what waits, by these and run the models; `asks`: those of these tables alone.

    All other tables are emptied, so that nothing is read of what was before.
    """
    db.execute("DELETE FROM core.staged; DELETE FROM core.openings")
    build.insert_frame(db, "core.staged", values)
    if openings is not None:
        build.insert_frame(db, "core.openings", openings)
    wanted = needed(*asks) if asks else MODELS
    for model in dict.fromkeys([*MODELS, *wanted]):
        if model not in VIEWS:
            db.execute(f"DELETE FROM {model}")
            if model in wanted:
                model_build.run_model(db, model, AS_OF)
