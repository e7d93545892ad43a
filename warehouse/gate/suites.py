"""Great Expectations: a suite for each protected table, over frames of violations. Reads no database.

A table's frame has a column for each of its questions, its cells the violations found: each is expected
to be empty. Only the public interface of the library is used.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from schemas.words import CONTRACT
from warehouse.gate.questions import Question

_SEVERITY = {"error": "critical", "warning": "warning"}
"""Ours in the words of Great Expectations."""


@dataclass(frozen=True)
class Found:
    """The violations of one question: how many, the first of them as text, and a hash of all."""

    count: int
    violations: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True)
class Validated:
    """Whether each question passed, by id; and the library's own results, by table."""

    passed: dict[str, bool]
    results: dict[str, dict[str, Any]]


def validate(answers: Mapping[Question, Found]) -> Validated:
    """Expect no violation of any question. What the library cannot evaluate has not passed."""
    passed: dict[str, bool] = {}
    results: dict[str, dict[str, Any]] = {}
    for table in sorted({question.table for question in answers}):
        result = _said(table, tuple((q, found) for q, found in answers.items() if q.table == table))
        passed |= {r["expectation_config"]["kwargs"]["column"]: r["success"] for r in result["results"]}
        results[table] = result
    return Validated(passed, results)


Answers = tuple[tuple[Question, Found], ...]


@lru_cache(maxsize=1_000)
def _said(table: str, answers: Answers) -> dict[str, Any]:
    """What the library says of one table. Of the same violations it says the same: a process asks it once."""
    with _quiet():
        batch = _batches().get_batch(batch_parameters={"dataframe": _frame(answers)})
        result: dict[str, Any] = batch.validate(_suite(table, answers), result_format="BASIC").to_json_dict()
    return result


@cache
def _batches() -> Any:
    """What makes a batch of a frame: one for all tables, as each is stored anew with all."""
    context = _library().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    built = context.data_sources.add_pandas("built").add_dataframe_asset("violations")
    return built.add_batch_definition_whole_dataframe("of_one_table")


def _frame(answers: Answers) -> pd.DataFrame:
    return pd.DataFrame({q.id: pd.Series(f.violations, dtype="string") for q, f in answers})


def _suite(table: str, answers: Answers) -> Any:
    gx = _library()
    return gx.ExpectationSuite(
        name=table,
        expectations=[
            gx.expectations.ExpectColumnValuesToBeNull(
                column=question.id,
                severity=_SEVERITY[question.severity],
                notes=[question.words.said(lang) for lang in CONTRACT],
                meta={"violations": of_question.count},
            )
            for question, of_question in answers
        ],
    )


_CLIENT = ("pyspark.sql.connect.dataframe", "pyspark.sql.connect.session")
"""Of Spark's remote client, which ends the process that imports it where gRPC's parts are not all there."""


def _library() -> Any:
    """Imported where it is used, as it takes seconds. Its annotations are stricter than its public use."""
    for name in _CLIENT:  # it asks for them wherever Spark is installed, and does without them
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import great_expectations

    return great_expectations


@contextmanager
def _quiet() -> Iterator[None]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger = logging.getLogger("great_expectations")
    before, logger.level = logger.level, logging.ERROR
    try:
        yield
    finally:
        logger.level = before
