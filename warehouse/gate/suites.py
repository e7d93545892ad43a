"""Great Expectations: a suite for each protected table, over frames of violations. Reads no database.

A table's frame has a column for each of its questions, its cells the violations found: each is expected
to be empty. Only the public interface of the library is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
    violations: list[str]
    digest: str = ""


@dataclass(frozen=True)
class Validated:
    """Whether each question passed, by id; and the library's own results, by table."""

    passed: dict[str, bool]
    results: dict[str, dict[str, Any]]


def validate(answers: Mapping[Question, Found]) -> Validated:
    """Expect no violation of any question. What the library cannot evaluate has not passed."""
    gx = _library()
    passed: dict[str, bool] = {}
    results: dict[str, dict[str, Any]] = {}
    with _quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        built = context.data_sources.add_pandas("built").add_dataframe_asset("violations")
        # one for all: each is stored anew with all
        whole = built.add_batch_definition_whole_dataframe("of_one_table")
        for table in sorted({question.table for question in answers}):
            of_table = {question: answers[question] for question in answers if question.table == table}
            batch = whole.get_batch(batch_parameters={"dataframe": _frame(of_table)})
            result = batch.validate(_suite(table, of_table), result_format="BASIC")
            passed |= {str(r.expectation_config.kwargs["column"]): bool(r.success) for r in result.results}
            results[table] = result.to_json_dict()
    return Validated(passed, results)


def _frame(answers: Mapping[Question, Found]) -> pd.DataFrame:
    return pd.DataFrame({q.id: pd.Series(f.violations, dtype="string") for q, f in answers.items()})


def _suite(table: str, answers: Mapping[Question, Found]) -> Any:
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
            for question, of_question in answers.items()
        ],
    )


def _library() -> Any:
    """Imported where it is used, as it takes seconds. Its annotations are stricter than its public use."""
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
