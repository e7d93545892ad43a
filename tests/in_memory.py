"""A build in memory: collections by their rules, values and openings put into it, its models run. No case is here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import duckdb
import pandas as pd

from schemas.indicators import catalogue
from schemas.tables import COLLECTIONS, EXHAUSTIVE, FINDINGS, SUBMISSIONS, table
from tests.test_examples import _one
from warehouse import build

AS_OF = date(2025, 1, 1)
MODELS = [m for m in build.model_order() if m.startswith("core.")] + ["baseline.indicator_values"]
VIEWS = [m for m in MODELS if table(m).is_view]


class Rules(NamedTuple):
    """What a collection's card says that models ask."""

    absent_cell: str
    exhaustive: Sequence[str]
    year_starts: int = 1
    country: str | None = None


def submission_of(collection: str, day: date) -> str:
    """The id of the collection's only submission."""
    return f"{collection.replace('/', '.')}.{day}.1"


def inputs(rules: Mapping[str, Rules], indicators: Sequence[str], day: date) -> build.Inputs:
    """The collections, each with one submission of that day, and no value yet."""
    collections = [
        _one(
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
        _one(
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


def database(given: build.Inputs) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of these inputs, its views made; a fixture yields from it."""
    with duckdb.connect() as db:
        build.create(db)
        build.load(db, given)
        for view in VIEWS:
            build.run_model(db, view, AS_OF)
        yield db


def fill(db: duckdb.DuckDBPyConnection, values: pd.DataFrame, openings: pd.DataFrame | None = None) -> None:
    """Replace all values, and what waits, by these and run the models."""
    db.execute("DELETE FROM core.staged; DELETE FROM core.openings")
    build.insert(db, "core.staged", values)
    if openings is not None:
        build.insert(db, "core.openings", openings)
    for model in MODELS:
        if model not in VIEWS:
            db.execute(f"DELETE FROM {model}")
            build.run_model(db, model, AS_OF)
