"""Great Expectations: a suite for each table of the gate, over frames of violations. Reads no database.

A table's frame has a column for each of its questions with the violations as cells; each column is expected
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

from schemas.words import CONTRACT_LANGUAGES
from warehouse.gate.questions import Question

_SEVERITY = {"error": "critical", "warning": "warning"}
"""Severity of a question in the words of Great Expectations."""


@dataclass(frozen=True)
class ViolationSample:
    """Violations of a question: their number, the first of them as text, and a hash of all."""

    count: int
    violations: tuple[str, ...]
    digest: str = ""


@dataclass(frozen=True)
class ValidationResult:
    """Result of each question, by id; and the library's own results, by table."""

    outcomes: dict[str, bool]
    results: dict[str, dict[str, Any]]


def validate(answers: Mapping[Question, ViolationSample]) -> ValidationResult:
    """Expect no violation of any question. A question that the library cannot evaluate has not passed."""
    outcomes: dict[str, bool] = {}
    results: dict[str, dict[str, Any]] = {}
    for table in sorted({question.table for question in answers}):
        result = _validate_table(
            table, tuple((q, sample) for q, sample in answers.items() if q.table == table)
        )
        outcomes |= {r["expectation_config"]["kwargs"]["column"]: r["success"] for r in result["results"]}
        results[table] = result
    return ValidationResult(outcomes, results)


Answers = tuple[tuple[Question, ViolationSample], ...]


@lru_cache(maxsize=1_000)
def _validate_table(table: str, answers: Answers) -> dict[str, Any]:
    """Run the library on a table. Cached, since equal violations give equal results."""
    with _quiet():
        batch = _batches().get_batch(batch_parameters={"dataframe": _frame(answers)})
        result: dict[str, Any] = batch.validate(_suite(table, answers), result_format="BASIC").to_json_dict()
    return result


@cache
def _batches() -> Any:
    """Return the definition that makes a batch of a frame. Shared by all tables."""
    context = _library().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("built").add_dataframe_asset("violations")
    return asset.add_batch_definition_whole_dataframe("of_one_table")


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
                notes=[question.words.render(lang) for lang in CONTRACT_LANGUAGES],
                meta={"violations": of_question.count},
            )
            for question, of_question in answers
        ],
    )


_CLIENT = ("pyspark.sql.connect.dataframe", "pyspark.sql.connect.session")
"""Modules of Spark's remote client. Importing them without all parts of gRPC ends the process."""


def _library() -> Any:
    """Import the library on first use, since that takes seconds.

    Returns Any, because the library's annotations are stricter than its public use.
    """
    for name in _CLIENT:  # the library imports them if Spark is installed, but works without
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
