"""The gate: Great Expectations on the built tables. A failure publishes nothing. Builds and mends nothing.

The database is asked for small frames (violations, sums, counts) and expectations are set on those:
each question is one SELECT that must give no row, or counts that must hold.
"""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from schemas.tables import TABLES
from warehouse.build import SETTINGS, define_macros, owner_only
from warehouse.home import quoted
from warehouse.models import render


@dataclass(frozen=True)
class Question:
    """One expectation: a SELECT whose every row is a violation, and what it protects, in es and en."""

    id: str
    es: str
    en: str
    violations: str
    about_previous: bool = False
    refuses: bool = True


@dataclass(frozen=True)
class Answer:
    """What Great Expectations said of one question; `examples` are violations, as text."""

    question: Question
    passed: bool
    violations: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The gate's answers. Passed if every question that may refuse a release passed."""

    answers: tuple[Answer, ...]

    @property
    def failed(self) -> tuple[Answer, ...]:
        """The answers that refuse the release."""
        return tuple(a for a in self.answers if not a.passed and a.question.refuses)

    @property
    def remarks(self) -> tuple[Answer, ...]:
        """The answers that are worth a look and refuse nothing."""
        return tuple(a for a in self.answers if not a.passed and not a.question.refuses)

    @property
    def passed(self) -> bool:
        """Whether the build may be released."""
        return not self.failed


def examine(path: Path, previous: Path | None = None) -> Verdict:
    """Ask every question of a built database, and of the release before it where there is one."""
    with owner_only(), duckdb.connect(path, read_only=True, config=SETTINGS) as db:
        define_macros(db)
        asked = [q for q in (*questions(), *_of_not_null_tables()) if previous or not q.about_previous]
        if previous is not None:
            db.execute(f"ATTACH {quoted(previous)} AS previous (READ_ONLY)")
        found = {q.id: db.execute(q.violations).df() for q in asked}
    passed = _expect_no_violations({name: len(frame) for name, frame in found.items()})
    return Verdict(tuple(_answer(q, passed[q.id], found[q.id]) for q in asked))


def _answer(question: Question, passed: bool, violations: pd.DataFrame) -> Answer:
    shown = tuple(_words(row) for row in violations.head(3).to_dict("records"))
    return Answer(question, passed, len(violations), shown)


def _words(row: Mapping[Any, Any]) -> str:
    """What a violation tells: no day has an hour, and what is not there is not said."""
    told = {k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in row.items() if not _is_missing(v)}
    return ", ".join(f"{k}={v}" for k, v in told.items())


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and isnan(value))


def _expect_no_violations(counts: dict[str, int]) -> dict[str, bool]:
    """Great Expectations' answer for each question: its number of violations is 0."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )

    with _quiet():
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("built").add_dataframe_asset("violations")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
            batch_parameters={"dataframe": pd.DataFrame([counts])}
        )
        suite = gx.ExpectationSuite(
            name="gate",
            expectations=[
                ExpectColumnValuesToBeBetween(column=name, min_value=0, max_value=0) for name in counts
            ],
        )
        result = batch.validate(suite)
    return {_column_of(answer): bool(answer.success) for answer in result.results}


def _column_of(answer: Any) -> str:
    return str(answer.expectation_config.kwargs["column"])


@contextmanager
def _quiet() -> Iterator[None]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logger = logging.getLogger("great_expectations")
    before, logger.level = logger.level, logging.ERROR
    try:
        yield
    finally:
        logger.level = before


@cache
def questions() -> tuple[Question, ...]:
    """What must hold of every build, and between it and the release before (gate.toml)."""
    told = tomllib.loads(Path(__file__).with_name("gate.toml").read_text(encoding="utf-8"))
    return tuple(
        Question(id=name, **words | {"violations": render(words["violations"])})
        for name, words in told.items()
    )


def _of_not_null_tables() -> list[Question]:
    """Tables that a build may never leave empty."""
    always = [t.full_name for t in TABLES if t.schema == "reference"] + [
        "baseline.catalogue",
        "registry.release",
    ]
    return [
        Question(
            f"{name.replace('.', '_')}_filled",
            f"La tabla {name} no está vacía.",
            f"Table {name} is not empty.",
            f"SELECT 'empty' AS what WHERE NOT EXISTS (SELECT 1 FROM {name})",
        )
        for name in always
    ]
