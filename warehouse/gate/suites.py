"""Great Expectations: a suite for each table of the gate, over frames of violations. Reads no database.

A table's frame has a column for each of its questions with the violations as cells; each column is expected
to be empty. Only the public interface of the library is used. A table whose questions have the violations of
the last build keeps that result with its date, so that most builds do not import the library.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
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


Results = Mapping[str, dict[str, Any]]
"""Results of the library as JSON, by table."""
Answers = tuple[tuple[Question, ViolationSample], ...]

INPUTS = "inputs"
"""The key in a result's `meta` for the fingerprint of everything that the result depends on."""


def validate(answers: Mapping[Question, ViolationSample], earlier: Results | None = None) -> ValidationResult:
    """Expect no violation of any question. A question that the library cannot evaluate has not passed.

    `earlier`: results of the last build. One is kept if the questions and violations of its table are equal.
    """
    results: dict[str, dict[str, Any]] = {}
    for table in sorted({question.table for question in answers}):
        of_table = tuple(
            (question, sample) for question, sample in answers.items() if question.table == table
        )
        result = (earlier or {}).get(table, {})
        results[table] = result if _is_result_of(result, of_table) else _validate_table(table, of_table)
    outcomes = {
        expectation["expectation_config"]["kwargs"]["column"]: expectation["success"]
        for result in results.values()
        for expectation in result["results"]
    }
    return ValidationResult(outcomes, results)


def _is_result_of(result: Mapping[str, Any], answers: Answers) -> bool:
    """Check that a result of the last build has these inputs, and no outcome that contradicts them."""
    if result.get("meta", {}).get(INPUTS) != _fingerprint(answers):
        return False
    return [expectation["success"] for expectation in result["results"]] == [not a.count for _, a in answers]


def _fingerprint(answers: Answers) -> str:
    texts = [_library_version()]
    texts += [f"{question.id} {_severity_and_notes(question)} {sample}" for question, sample in answers]
    return sha256("\x00".join(texts).encode()).hexdigest()


@cache
def _library_version() -> str:
    """Return the version of the library. It is read once: it takes milliseconds, and each table needs it."""
    return version("great_expectations")


@lru_cache(maxsize=1_000)
def _validate_table(table: str, answers: Answers) -> dict[str, Any]:
    """Run the library on a table. Cached, since equal violations give equal results."""
    with _quiet():
        batch = _batches().get_batch(batch_parameters={"dataframe": _frame(answers)})
        result: dict[str, Any] = batch.validate(_suite(table, answers), result_format="BASIC").to_json_dict()
    result["meta"][INPUTS] = _fingerprint(answers)
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
                column=question.id, **_severity_and_notes(question), meta={"violations": sample.count}
            )
            for question, sample in answers
        ],
    )


def _severity_and_notes(question: Question) -> dict[str, Any]:
    notes = [question.words.render(lang) for lang in CONTRACT_LANGUAGES]
    return {"severity": _SEVERITY[question.severity], "notes": notes}


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
