"""Step 5, core: everything known on a day, built and gated, as one step of Dagster.

Its inputs: warehouse/build/inputs.py; the build: warehouse/build/database.py; the gate: warehouse/gate.
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
from assets.dagster.resources import OWNERS, BuildLock, HomeResource, RefreshRecord
from assets.dagster.submissions import STAGED, column_schema
from schemas.indicators import Indicator, catalogue
from schemas.tables import INDICATOR_VALUES, TABLES, Table
from schemas.words import CONTRACT, Sentence
from warehouse.audit.relations import Limits
from warehouse.build import database as building
from warehouse.build import freshness, inputs
from warehouse.gate import Answer, Question, Verdict, all_questions, examine, report, waived
from warehouse.home import Home, lock, settings, waivers
from warehouse.home.calendar import today
from warehouse.home.deployment import deployment
from warehouse.home.journal import happened
from warehouse.home.staged_compaction import compact_followed
from warehouse.protection import ledger
from warehouse.protection.tables import Protection, left_out
from warehouse.releases import last_refresh, published, upkeep
from warehouse.releases.last_refresh import Record
from warehouse.statements import computed


@dataclass(frozen=True)
class Built:
    """What one build gave: the day, the database and the gate's verdict."""

    as_of: date
    path: Path
    verdict: Verdict


def make(home: Home, as_of: date, engine: str | None = None) -> Built:
    """Build into a temporary file; keep it as internal.duckdb only if the gate lets it pass.

    The models run on that engine, else on the deployment's. Raises NotInstalled where it is not there.
    """
    chosen = settings.engine(engine or deployment(home.root).engine)
    home.check_cards()
    with lock.build(home), _workplace(home) as folder:
        previous = upkeep.prepare(home)
        newest = published.newest(home) or previous
        snapshot = inputs.snapshot(home, as_of, folder)
        building_at = home.warehouse / "building.duckdb"
        made_of = replace(snapshot.inputs, previous=newest, protection=_protection(home, as_of))
        verdict = _built(home, building_at, made_of, previous, chosen)
        if verdict.unprotected:  # what the gate's attack narrows is left out by name, and the rest released
            building_at.unlink()
            without = replace(made_of, protection=_protection(home, as_of, verdict.unprotected))
            verdict = _built(home, building_at, without, previous, chosen)
        report.keep(home.verdict, verdict)
        if not verdict.passed:
            return Built(as_of, building_at, verdict)
        _note_left_out(home, building_at)
        waived.note(building_at, verdict.waived)
        freshness.forget_internal(home)
        os.replace(building_at, home.internal)
        freshness.note_internal(home, as_of, snapshot.parts, report.summary(verdict))
        compact_followed(home)
        return Built(as_of, home.internal, verdict)


def _protection(home: Home, as_of: date, without: frozenset[tuple[str, str]] = frozenset()) -> Protection:
    home.protection.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = ledger.read(home, published.files(home))
    return Protection(as_of, deployment(home.root).protection, known, without)


def _built(
    home: Home, path: Path, made_of: building.Inputs, previous: Path | None, engine: settings.Engine
) -> Verdict:
    """Build into a file, and ask the gate."""
    computed.build(path, made_of, engine)
    own = deployment(home.root).protection
    limits = Limits(own.feasible_values, own.threshold, own.most_absent)
    return examine(path, previous, waivers.read(home), published.protected_files(home), limits)


def _note_left_out(home: Home, database: Path) -> None:
    """Have the state of the refresh name the parts that could not be protected."""
    with duckdb.connect(database, read_only=True) as db:
        last_refresh.leave_out(home, [last_refresh.LeftOut(*part) for part in left_out(db)])


@contextmanager
def _workplace(home: Home) -> Iterator[Path]:
    """A folder for the inputs of one build. What a killed build left behind goes first."""
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


# ---- the build as Dagster sees it: tables and indicators are assets of one step ------------------

GATE = "gate"


class Day(dg.Config):
    """The day a build works as of, and what runs its models."""

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
        """The day itself."""
        return date.fromisoformat(self.as_of) if self.as_of else today()


_RELEASED_FOR = ("baseline", "analysis", "network")
"""The schemas that a release is made for."""
_PROTECTED = {question.table for question in all_questions()}
_SHOWN = [
    t
    for t in TABLES
    if t.schema in _RELEASED_FOR
    or t.full_name in ("core.observations", "core.sources")
    or t.full_name in _PROTECTED
]
"""The tables that are assets: those that a release is made for, and those that a question protects."""


def _both(sentence: Sentence, between: str = " / ") -> str:
    """A sentence in both languages of the contract, as nobody chose one."""
    return between.join(sentence.said(lang) for lang in CONTRACT)


def _key(table: str) -> str:
    return table.replace(".", "_")


def _group(table: Table) -> str:
    return f"step_6_{table.schema}" if table.schema in _RELEASED_FOR else "step_5_core"


def _deps(table: Table) -> list[str]:
    if table.schema == "reference":
        return []
    return [STAGED] if table.schema in ("core", "registry", "network") else ["core_observations"]


def _table_spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        _key(table.full_name),
        deps=_deps(table),
        description=f"{table.comment()}.",
        skippable=True,
        group_name=_group(table),
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        metadata={
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.full_name,
        },
    )


def _indicator_words(indicator: Indicator) -> str:
    name = f"{indicator.name.es} / {indicator.name.en}."
    return f"{name}\n\n{indicator.definition.en} {indicator.full_caveat('en')}"


def _indicator_spec(indicator: Indicator) -> dg.AssetSpec:
    return dg.AssetSpec(
        indicator.id,
        deps=["baseline_indicator_values"],
        description=_indicator_words(indicator),
        skippable=True,
        group_name="step_7_indicators",
        owners=OWNERS,
        kinds={"duckdb"},
        tags={"family": indicator.family, "kind": indicator.kind},
        metadata={"dagster/column_schema": column_schema(INDICATOR_VALUES), "unit": indicator.unit},
    )


_TABLE_SPECS = [_table_spec(t) for t in _SHOWN]
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
        asset=_key(question.table),
        description=_both(question.words, "\n\n"),
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
    refresh_record: RefreshRecord,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Everything from core to the last table, in one go. If the gate refuses, only its answers come out."""
    with refresh_record.record.watching():
        yield from _build(context, config, home, build_lock, refresh_record.record)


def _build(
    context: dg.AssetExecutionContext, config: Day, home: HomeResource, build_lock: BuildLock, record: Record
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    inbox_answers.tell(home.home)
    build_lock.take(context.log)
    upkeep.check_day(home.home, config.day if config.as_of else None)
    built = make(home.home, config.day, config.engine)
    refused = [answer.question.id for answer in built.verdict.failed]
    happened("gate_refused" if refused else "gate_passed", warn=bool(refused), questions=refused)
    _look_up(context, [spec.key for spec in _TABLE_SPECS])
    yield from _answered(built.verdict)
    if not built.verdict.passed:
        record.refused(refused)
        context.instance.add_run_tags(context.run.run_id, {"gate": "refused"})
        rows = {answer.question.id: _rows(answer) for answer in built.verdict.failed}
        raise dg.Failure(_refusal(built.verdict), metadata=rows, allow_retries=False)
    yield from _counts(built)
    _look_up(context, _GATE_DEPS)
    yield _of_gate(built)


def _look_up(context: dg.AssetExecutionContext, keys: Sequence[dg.AssetKey]) -> None:
    """Have Dagster ask its log for the last event of each at once: by itself it asks once a table.

    It offers no such call; a Dagster whose own names are others asks once a table.
    """
    cache = getattr(context.get_step_execution_context(), "_data_version_cache", None)
    fetch = getattr(cache, "_fetch_input_asset_version_info", None)
    if fetch is not None:
        fetch(keys)


def _answered(verdict: Verdict) -> Iterator[dg.AssetCheckResult]:
    answers = {answer.question.id: answer for answer in verdict.answers}
    for question in all_questions():
        yield _check(question, answers.get(question.id))


def _check(question: Question, answer: Answer | None) -> dg.AssetCheckResult:
    """One question's answer at its table; one that was not asked, for want of an earlier release, passes."""
    return dg.AssetCheckResult(
        asset_key=_key(question.table),
        check_name=question.id,
        passed=answer is None or answer.passed,
        severity=dg.AssetCheckSeverity.ERROR if _is_error(question, answer) else dg.AssetCheckSeverity.WARN,
        description=_answer_words(answer) if answer else _both(Sentence("gate.not_asked")),
        metadata=_answer_facts(answer) if answer else {},
    )


def _is_error(question: Question, answer: Answer | None) -> bool:
    return question.refuses and not (answer and answer.waiver)


def _answer_facts(answer: Answer) -> dict[str, Any]:
    facts = {"violations": answer.violations, "examples": dg.MetadataValue.json(list(answer.examples))}
    return facts | ({} if answer.passed else {"rows": _rows(answer)})


def _rows(answer: Answer) -> dg.MarkdownMetadataValue:
    """The rows behind an answer, one a line, letter by letter; how many there are more."""
    rows = answer.rows or answer.examples
    more = [f"… {answer.violations - len(rows)}"] if answer.violations > len(rows) else []
    return dg.MetadataValue.md("\n".join(["```", *(" ".join(row.split()) for row in rows), *more, "```"]))


def _answer_words(answer: Answer) -> str:
    words = _both(answer.question.words)
    return words if answer.passed else f"{words} {answer.violations}: {'; '.join(answer.examples)}"


def _refusal(verdict: Verdict) -> str:
    return "\n".join([_both(Sentence("gate.refused")), *map(_answer_words, verdict.failed)])


def _counts(built: Built) -> Iterator[dg.MaterializeResult]:
    with duckdb.connect(built.path, read_only=True) as db:
        for table in _SHOWN:
            yield _counted(db, _key(table.full_name), table.full_name)
        for indicator in catalogue():
            yield _counted(db, indicator, f"{INDICATOR_VALUES.full_name} WHERE indicator = '{indicator}'")


def _of_gate(built: Built) -> dg.MaterializeResult:
    asked = built.verdict.answers
    return dg.MaterializeResult(
        asset_key=GATE,
        metadata={"questions": len(asked), "remarks": len(built.verdict.remarks), "as_of": str(built.as_of)},
    )


def _counted(db: duckdb.DuckDBPyConnection, asset: str, rows: str) -> dg.MaterializeResult:
    counted: Any = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
    return dg.MaterializeResult(asset_key=asset, metadata={"dagster/row_count": int(counted[0])})
