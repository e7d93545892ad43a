"""Step 5, core: everything known on a day, built and gated, as one step of Dagster.

What it is built from is warehouse/inputs.py, the building warehouse/build.py, the gate warehouse/gate.
Nothing is published here.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.steps import runner
from assets.steps.step import OBSERVATIONS
from assets.submissions import OWNERS, column_schema
from schemas.indicators import Indicator, catalogue
from schemas.tables import INDICATOR_VALUES, TABLES, Table
from warehouse import build as building
from warehouse import inputs
from warehouse.gate import Answer, Verdict, examine
from warehouse.home import Home, Submission, lock


@dataclass(frozen=True)
class Built:
    """What one build gave: the day, the database and the gate's verdict."""

    as_of: date
    path: Path
    verdict: Verdict


def make(home: Home, as_of: date) -> Built:
    """Build into a temporary file; keep it as internal.duckdb only if the gate lets it pass."""
    home.check_cards()
    with lock.build(home), _workplace(home) as folder:
        snapshot = inputs.snapshot(home, as_of, folder)
        building_at = home.warehouse / "building.duckdb"
        building.build(building_at, snapshot.inputs)
        verdict = examine(building_at, home.current if home.current.exists() else None)
        if not verdict.passed:
            return Built(as_of, building_at, verdict)
        inputs.forget_internal(home)
        os.replace(building_at, home.internal)
        inputs.note_internal(home, snapshot)
        return Built(as_of, home.internal, verdict)


@contextmanager
def _workplace(home: Home) -> Iterator[Path]:
    """A folder for the inputs of one build. What a killed build left behind goes first."""
    folder = home.warehouse / ".inputs"
    for leftover in (folder, *home.warehouse.glob("building.duckdb*")):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink(missing_ok=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def stale(home: Home) -> list[Submission]:
    """The submissions whose last step is missing or out of date, in order of receipt."""
    return [s for s in home.submissions() if runner.stale(home, s, OBSERVATIONS)]


# ---- the build as Dagster sees it: tables and indicators are assets of one step ------------------

AS_OF_TAG = "lineabase/as_of"
GATE, HOLDS = "gate", "holds"
_SHOWN = [
    t
    for t in TABLES
    if t.schema in ("baseline", "analysis") or t.full_name in ("core.observations", "core.sources")
]


def _key(name: str) -> str:
    return name.replace(".", "_")


def _table_spec(declared: Table) -> dg.AssetSpec:
    first = declared.schema == "core"
    return dg.AssetSpec(
        _key(declared.full_name),
        deps=[OBSERVATIONS.name] if first else ["core_observations"],
        description=f"{declared.comment()}.",
        skippable=True,
        group_name="step_5_core" if first else f"step_6_{declared.schema}",
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        metadata={
            "dagster/column_schema": column_schema(declared),
            "dagster/table_name": declared.full_name,
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
_GATE_SPEC = dg.AssetSpec(
    GATE,
    deps=[spec.key for spec in (*_TABLE_SPECS, *_INDICATOR_SPECS)],
    description="Great Expectations on the built tables. A failure publishes nothing.",
    skippable=True,
    group_name="step_8_release",
    owners=OWNERS,
    kinds={"greatexpectations"},
)
SPECS = [*_TABLE_SPECS, *_INDICATOR_SPECS, _GATE_SPEC]


@dg.multi_asset(
    name="build",
    specs=SPECS,
    can_subset=False,
    check_specs=[
        dg.AssetCheckSpec(HOLDS, asset=GATE, description="Every question of the gate is answered yes.")
    ],
    required_resource_keys={"home", "build_lock"},
)
def build(context):
    """Everything from core to the last table, in one go. If the gate refuses, only its verdict comes out."""
    home, as_of = context.resources.home.home, context.resources.home.as_of(context.run.tags)
    context.resources.build_lock.take(context.log)
    built = make(home, as_of)
    verdict = dg.AssetCheckResult(
        asset_key=GATE,
        check_name=HOLDS,
        passed=built.verdict.passed,
        metadata={a.question.id: _answer_words(a) for a in (*built.verdict.failed, *built.verdict.remarks)},
    )
    if not built.verdict.passed:
        context.instance.add_run_tags(context.run.run_id, {"gate": "refused"})
        yield verdict
        return
    yield from _materialised(built)
    yield dg.MaterializeResult(asset_key=GATE, check_results=[verdict])


def _answer_words(answer: Answer) -> str:
    where = f" {answer.violations}: {'; '.join(answer.examples)}"
    return f"{answer.question.es} / {answer.question.en}{where}"


def _materialised(built: Built) -> Iterator[dg.MaterializeResult]:
    with duckdb.connect(built.path, read_only=True) as db:
        for declared in _SHOWN:
            yield dg.MaterializeResult(
                asset_key=_key(declared.full_name),
                metadata={"dagster/row_count": _count(db, declared.full_name)},
            )
        for indicator in catalogue().values():
            where = f"baseline.indicator_values WHERE indicator = '{indicator.id}'"
            yield dg.MaterializeResult(
                asset_key=indicator.id, metadata={"dagster/row_count": _count(db, where)}
            )


def _count(db: duckdb.DuckDBPyConnection, what: str) -> int:
    found: Any = db.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(found[0])
