"""Great Expectations: a suite for each table of the gate, over frames of violations. Reads no database.

A table's frame has a column for each of its questions with the violations as cells; each column is expected
to be empty. Only the public interface of the library is used.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from schemas.words import CONTRACT_LANGUAGES
from warehouse.environment.result_cache import cached_bytes
from warehouse.gate.questions import Question

_SEVERITY = {"error": "critical", "warning": "warning"}
"""Severity of a question in the words of Great Expectations."""


@dataclass(frozen=True)
class ViolationSample:
    """Violations of a question: their number, the first of them as text, and a hash of all."""

    count: int
    violations: tuple[str, ...]
    digest: str = ""


NO_VIOLATION = ViolationSample(0, ())


@dataclass(frozen=True)
class ValidationResult:
    """Result of each question, by id; and the library's own results, by table."""

    outcomes: dict[str, bool]
    results: dict[str, dict[str, Any]]


def validate(answers: Mapping[Question, ViolationSample]) -> ValidationResult:
    """Expect no violation of any question. A question that the library cannot evaluate has not passed."""
    without_violations = _results_without_violations(tuple(answers))
    outcomes: dict[str, bool] = {}
    results: dict[str, dict[str, Any]] = {}
    for table, of_table in _by_table(answers).items():
        is_clean = all(sample == NO_VIOLATION for _, sample in of_table)
        result = without_violations[table] if is_clean else _validate_table(table, of_table)
        outcomes |= {r["expectation_config"]["kwargs"]["column"]: r["success"] for r in result["results"]}
        results[table] = result
    return ValidationResult(outcomes, results)


Answers = tuple[tuple[Question, ViolationSample], ...]


def _by_table(answers: Mapping[Question, ViolationSample]) -> dict[str, Answers]:
    tables = sorted({question.table for question in answers})
    return {table: tuple((q, s) for q, s in answers.items() if q.table == table) for table in tables}


@lru_cache(maxsize=4)
def _results_without_violations(questions: tuple[Question, ...]) -> dict[str, dict[str, Any]]:
    """Return the library's results of all tables if no question is violated.

    They depend on the program alone, so they are kept on disk: loading the library takes two seconds.
    """
    clean_answers = _by_table(dict.fromkeys(questions, NO_VIOLATION))
    texts = [repr((q.id, q.table, q.severity, *_notes(q))) for q in questions]
    versions = [Path(__file__).read_text(encoding="utf-8"), *map(version, ("great-expectations", "pandas"))]
    content = cached_bytes(
        [*versions, *texts],
        lambda: json.dumps({t: _validate_table(t, answers) for t, answers in clean_answers.items()}).encode(),
    )
    results: dict[str, dict[str, Any]] = json.loads(content)
    return results


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
                notes=_notes(question),
                meta={"violations": of_question.count},
            )
            for question, of_question in answers
        ],
    )


def _notes(question: Question) -> list[str]:
    return [question.words.render(lang) for lang in CONTRACT_LANGUAGES]


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
