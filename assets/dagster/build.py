"""Step 5, core: build the data known on a day and check it with the gate, as a single step of Dagster.

warehouse/build/inputs.py collects the inputs, warehouse/build/database.py builds, warehouse/gate checks.
Nothing is published here.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from pydantic import Field, field_validator

from assets.answers import inbox_answers
from assets.dagster.resources import OWNERS, BuildLock, HomeResource, RefreshRecordResource
from assets.dagster.submissions import STAGED_ASSET, column_schema
from schemas.indicators import Indicator, catalogue
from schemas.tables import INDICATOR_VALUES, TABLES, Table
from schemas.words import CONTRACT_LANGUAGES, Sentence
from warehouse.audit.relations import Limits
from warehouse.build import database as building
from warehouse.build import freshness, inputs
from warehouse.build.freshness import TableHashes
from warehouse.environment import settings
from warehouse.gate import Answer, Question, Verdict, all_questions, examine, report, waiver_records
from warehouse.home import Home, lock, waivers
from warehouse.home.calendar import today
from warehouse.home.deployment import read_deployment
from warehouse.home.journal import log_event
from warehouse.home.staged_compaction import compact_followed
from warehouse.protection import ledger
from warehouse.protection.tables import Protection, list_unprotected_parts
from warehouse.release import last_refresh, release_store, upkeep
from warehouse.release.last_refresh import RefreshRecord
from warehouse.statements import model_build


@dataclass(frozen=True)
class BuildResult:
    """Result of a build: the day, the database and the verdict of the gate."""

    as_of: date
    path: Path
    verdict: Verdict


def build_database(home: Home, as_of: date, engine: str | None = None) -> BuildResult:
    """Build into a temporary file; keep it as internal.duckdb only if it passes the gate.

    The models run on `engine`, or on the engine of the deployment. Raises NotInstalled if it is missing.
    """
    build_engine = settings.choose_engine(engine or read_deployment(home.root).engine)
    home = home.usable()
    with lock.build(home), _inputs_folder(home) as folder:
        previous = upkeep.prepare(home)
        newest = release_store.newest_file(home) or previous
        snapshot = inputs.snapshot(home, as_of, folder)
        new_database = home.warehouse / "building.duckdb"
        build_inputs = replace(
            snapshot.inputs,
            previous=newest,
            last=freshness.last_build(home),
            protection=_protection(home, as_of),
        )
        verdict, tables = _build_and_check(home, new_database, build_inputs, previous, build_engine)
        if (
            verdict.unprotected_members
        ):  # leave out the parts that the gate's attack narrows, and release the rest
            new_database.unlink()
            reduced_inputs = replace(
                build_inputs, protection=_protection(home, as_of, verdict.unprotected_members)
            )
            verdict, tables = _build_and_check(home, new_database, reduced_inputs, previous, build_engine)
        report.write_report(home.verdict, verdict)
        if not verdict.has_passed:
            return BuildResult(as_of, new_database, verdict)
        _note_left_out(home, new_database)
        waiver_records.write_waivers(new_database, verdict.waived_answers)
        freshness.forget_internal(home)
        os.replace(new_database, home.internal)
        freshness.note_internal(home, as_of, snapshot.parts, report.summary(verdict))
        freshness.note_tables(home, tables)
        compact_followed(home)
        return BuildResult(as_of, home.internal, verdict)


def _protection(
    home: Home, as_of: date, excluded_parts: frozenset[tuple[str, str]] = frozenset()
) -> Protection:
    home.protection.mkdir(mode=0o700, parents=True, exist_ok=True)
    ledger_counts = ledger.read_ledger(home, release_store.list_sound_files(home))
    return Protection(as_of, read_deployment(home.root).protection, ledger_counts, excluded_parts)


def _build_and_check(
    home: Home, path: Path, build_inputs: building.Inputs, previous: Path | None, engine: settings.Engine
) -> tuple[Verdict, TableHashes]:
    """Build into a file, and check it with the gate. Returns the verdict and the hashes of the tables."""
    tables = model_build.build(path, build_inputs, engine)
    own_settings = read_deployment(home.root).protection
    limits = Limits(own_settings.feasible_values, own_settings.threshold, own_settings.most_absent)
    verdict = examine(
        path,
        previous,
        waivers.read_waivers(home),
        release_store.protected_files(home),
        limits,
        report.read_results(home.verdict),
    )
    return verdict, tables


def _note_left_out(home: Home, database: Path) -> None:
    """Record in the state of the refresh the parts that could not be protected."""
    with duckdb.connect(database, read_only=True) as db:
        last_refresh.leave_out(home, [last_refresh.OmittedPart(*part) for part in list_unprotected_parts(db)])


@contextmanager
def _inputs_folder(home: Home) -> Iterator[Path]:
    """Make a folder for the inputs of a build, after removing the files of a killed build."""
    folder = home.warehouse / ".inputs"
    for leftover in (folder, *home.warehouse.glob("building.duckdb*")):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


# ---- the build in Dagster: tables and indicators are assets of one step --------------------------

GATE = "gate"


class Day(dg.Config):
    """Configuration of a build: the day it works as of, and the engine of its models."""

    as_of: str | None = Field(
        default=None,
        description="AAAA-MM-DD; vacío: hoy, en Guatemala / YYYY-MM-DD; empty: today there",
    )
    engine: str | None = Field(
        default=None,
        description="duckdb, spark; vacío: el de la instalación / duckdb, spark; empty: the deployment's",
    )

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, text: str | None) -> str | None:
        return text and str(date.fromisoformat(text))

    @property
    def day(self) -> date:
        """Day of the build; today if none is configured."""
        return date.fromisoformat(self.as_of) if self.as_of else today()


_RELEASED_SCHEMAS = ("baseline", "analysis", "network")
"""Schemas for which releases are made."""
_CHECKED_TABLES = {question.table for question in all_questions()}
_SHOWN_TABLES = [
    t
    for t in TABLES
    if t.schema in _RELEASED_SCHEMAS
    or t.full_name in ("core.observations", "core.sources")
    or t.full_name in _CHECKED_TABLES
]
"""Tables that are assets: those of the released schemas, and those that a gate question checks."""


def _in_both_languages(sentence: Sentence, separator: str = " / ") -> str:
    """Write a sentence in both languages of the contract, because no reader has chosen a language."""
    return separator.join(sentence.render(lang) for lang in CONTRACT_LANGUAGES)


def _asset_name(table: str) -> str:
    return table.replace(".", "_")


def _asset_group(table: Table) -> str:
    return f"step_6_{table.schema}" if table.schema in _RELEASED_SCHEMAS else "step_5_core"


def _asset_deps(table: Table) -> list[str]:
    if table.schema == "reference":
        return []
    return [STAGED_ASSET] if table.schema in ("core", "registry", "network") else ["core_observations"]


def _table_spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        _asset_name(table.full_name),
        deps=_asset_deps(table),
        description=f"{table.comment()}.",
        skippable=True,
        group_name=_asset_group(table),
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.full_name,
        },
    )


def _indicator_description(indicator: Indicator) -> str:
    title = f"{indicator.name.es} / {indicator.name.en}."
    return f"{title}\n\n{indicator.definition.en} {indicator.full_caveat('en')}"


def _indicator_spec(indicator: Indicator) -> dg.AssetSpec:
    return dg.AssetSpec(
        indicator.id,
        deps=["baseline_indicator_values"],
        description=_indicator_description(indicator),
        skippable=True,
        group_name="step_7_indicators",
        owners=OWNERS,
        kinds={"duckdb"},
        tags={"family": indicator.family, "kind": indicator.kind},
        metadata={"dagster/column_schema": column_schema(INDICATOR_VALUES), "unit": indicator.unit},
    )


_TABLE_SPECS = [_table_spec(t) for t in _SHOWN_TABLES]
_INDICATOR_SPECS = [_indicator_spec(i) for i in catalogue().values()]
_GATE_DEPS = [spec.key for spec in (*_TABLE_SPECS, *_INDICATOR_SPECS)]
_GATE_SPEC = dg.AssetSpec(
    GATE,
    deps=_GATE_DEPS,
    description="Great Expectations on the built tables. A failure publishes nothing.",
    skippable=True,
    group_name="step_8_release",
    owners=OWNERS,
    kinds={"greatexpectations"},
)
SPECS = [*_TABLE_SPECS, *_INDICATOR_SPECS, _GATE_SPEC]
CHECKS = [
    dg.AssetCheckSpec(
        question.id,
        asset=_asset_name(question.table),
        description=_in_both_languages(question.words, "\n\n"),
        metadata={"severity": question.severity},
    )
    for question in all_questions()
]


@dg.multi_asset(name="build", specs=SPECS, check_specs=CHECKS, can_subset=False)
def build(
    context: dg.AssetExecutionContext,
    config: Day,
    home: HomeResource,
    build_lock: BuildLock,
    refresh_record: RefreshRecordResource,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Build all tables from core to analysis. If the gate refuses, only its answers are returned."""
    with refresh_record.record.watching():
        yield from _build(context, config, home.home.usable(), build_lock, refresh_record.record)


def _build(
    context: dg.AssetExecutionContext,
    config: Day,
    home: Home,
    build_lock: BuildLock,
    record: RefreshRecord,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    inbox_answers.write_answers(home)
    build_lock.acquire(context.log)
    upkeep.check_day(home, config.day if config.as_of else None)
    result = build_database(home, config.day, config.engine)
    refused_ids = [answer.question.id for answer in result.verdict.failed]
    log_event("gate_refused" if refused_ids else "gate_passed", warn=bool(refused_ids), questions=refused_ids)
    _prefetch_events(context, [spec.key for spec in _TABLE_SPECS])
    yield from _check_results(result.verdict)
    if not result.verdict.has_passed:
        record.record_refusal(refused_ids)
        context.instance.add_run_tags(context.run.run_id, {"gate": "refused"})
        rows = {answer.question.id: _rows_as_markdown(answer) for answer in result.verdict.failed}
        raise dg.Failure(_refusal_text(result.verdict), metadata=rows, allow_retries=False)
    yield from _count_rows(result)
    _prefetch_events(context, _GATE_DEPS)
    yield _gate_result(result)


def _prefetch_events(context: dg.AssetExecutionContext, keys: Sequence[dg.AssetKey]) -> None:
    """Make Dagster query its log once for the last event of all keys, not once for each table.

    Dagster offers no call for it. In a version with other internal names, it queries once for each table.
    """
    cache = getattr(context.get_step_execution_context(), "_data_version_cache", None)
    fetch = getattr(cache, "_fetch_input_asset_version_info", None)
    if fetch is not None:
        fetch(keys)


def _check_results(verdict: Verdict) -> Iterator[dg.AssetCheckResult]:
    answers = {answer.question.id: answer for answer in verdict.answers}
    for question in all_questions():
        yield _check_result(question, answers.get(question.id))


def _check_result(question: Question, answer: Answer | None) -> dg.AssetCheckResult:
    """Return the answer to a question; it passes if it was not asked for lack of an earlier release."""
    return dg.AssetCheckResult(
        asset_key=_asset_name(question.table),
        check_name=question.id,
        passed=answer is None or answer.has_passed,
        severity=dg.AssetCheckSeverity.ERROR if _is_error(question, answer) else dg.AssetCheckSeverity.WARN,
        description=_answer_text(answer) if answer else _in_both_languages(Sentence("gate.not_asked")),
        metadata=_answer_metadata(answer) if answer else {},
    )


def _is_error(question: Question, answer: Answer | None) -> bool:
    return question.refuses and not (answer and answer.waiver)


def _answer_metadata(answer: Answer) -> dict[str, Any]:
    facts = {"violations": answer.violations, "examples": dg.MetadataValue.json(list(answer.examples))}
    return facts | ({} if answer.has_passed else {"rows": _rows_as_markdown(answer)})


def _rows_as_markdown(answer: Answer) -> dg.MarkdownMetadataValue:
    """List the rows behind an answer as literal text, a line each, and the number of further rows."""
    rows = answer.rows or answer.examples
    remaining = [f"… {answer.violations - len(rows)}"] if answer.violations > len(rows) else []
    return dg.MetadataValue.md(
        "\n".join(["```", *(" ".join(row.split()) for row in rows), *remaining, "```"])
    )


def _answer_text(answer: Answer) -> str:
    text = _in_both_languages(answer.question.words)
    return text if answer.has_passed else f"{text} {answer.violations}: {'; '.join(answer.examples)}"


def _refusal_text(verdict: Verdict) -> str:
    return "\n".join([_in_both_languages(Sentence("gate.refused")), *map(_answer_text, verdict.failed)])


def _count_rows(result: BuildResult) -> Iterator[dg.MaterializeResult]:
    with duckdb.connect(result.path, read_only=True) as db:
        for table in _SHOWN_TABLES:
            yield _row_count_result(db, _asset_name(table.full_name), table.full_name)
        for indicator in catalogue():
            yield _row_count_result(
                db, indicator, f"{INDICATOR_VALUES.full_name} WHERE indicator = '{indicator}'"
            )


def _gate_result(result: BuildResult) -> dg.MaterializeResult:
    answers = result.verdict.answers
    return dg.MaterializeResult(
        asset_key=GATE,
        metadata={
            "questions": len(answers),
            "remarks": len(result.verdict.remarks),
            "as_of": str(result.as_of),
        },
    )


def _row_count_result(db: duckdb.DuckDBPyConnection, asset: str, rows: str) -> dg.MaterializeResult:
    row: Any = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
    return dg.MaterializeResult(asset_key=asset, metadata={"dagster/row_count": int(row[0])})
