"""Step 5, core: everything known on a day, gathered from what the submissions' steps left, built and gated.

The building itself is warehouse/build.py, the gate warehouse/gate.py. Nothing is published here.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from assets.steps import observations, records, runner, submission, validated
from assets.submissions import OWNERS, column_schema
from schemas import decisions
from schemas.findings import LANGUAGES, Finding
from schemas.indicators import FOLDER, Indicator, catalogue
from schemas.periods import last_closed_quarter
from schemas.tables import (
    COLLECTIONS,
    DECISIONS,
    EXHAUSTIVE,
    FINDINGS,
    INDICATOR_VALUES,
    SUBMISSIONS,
    TABLES,
    Table,
)
from warehouse import build as building
from warehouse.gate import Answer, Verdict, examine
from warehouse.home import CHECKOUT, Home, Submission, durable, staged

STEPS = (submission.STEP, records.STEP, validated.STEP, observations.STEP)


@dataclass(frozen=True)
class Built:
    """What one build gave: the day, the database and the gate's verdict."""

    as_of: date
    path: Path
    verdict: Verdict


def make(home: Home, as_of: date) -> Built:
    """Build into a temporary file; keep it as internal.duckdb only if the gate lets it pass."""
    home.check_cards()
    home.warehouse.mkdir(parents=True, exist_ok=True)
    building_at = home.warehouse / "building.duckdb"
    for leftover in home.warehouse.glob("building.duckdb*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    building.build(building_at, gather(home, as_of))
    verdict = examine(building_at, home.current if home.current.exists() else None)
    if verdict.passed:
        os.replace(building_at, home.internal)
        return Built(as_of, home.internal, verdict)
    return Built(as_of, building_at, verdict)


def gather(home: Home, as_of: date) -> building.Inputs:
    """The registry's rows and the staged files of the submissions known on `as_of`."""
    known = [(s, _results(home, s)) for s in home.submissions() if s.received_on <= as_of]
    accepted = [home.staged(s.id) for s, told in known if _status(told) == "accepted"]
    return building.Inputs(
        as_of=as_of,
        collections=_collections(home),
        exhaustive=_exhaustive(home),
        decisions=_decisions(home, as_of),
        submissions=_frame([_submission_row(s, told, as_of) for s, told in known], SUBMISSIONS.column_names),
        findings=_frame([r for s, told in known for r in _finding_rows(s, told)], FINDINGS.column_names),
        observations=[folder / "observations.parquet" for folder in accepted],
        sources=[folder / "sources.parquet" for folder in accepted],
        quarantined=[folder / "quarantined.parquet" for folder in accepted],
    )


Results = Mapping[str, staged.Result]
"""What the steps said of one submission, by step."""


def _results(home: Home, submission_: Submission) -> Results:
    """What the steps last said of a submission, read once."""
    told = {step.name: staged.read(home, submission_.id, step.name) for step in STEPS}
    return {name: result for name, result in told.items() if result}


def _frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _collections(home: Home) -> pd.DataFrame:
    rows = []
    for name in home.collections():
        told = home.card(name).collection
        row = told.model_dump(include=set(COLLECTIONS.column_names))
        row |= {"provider": name.split("/")[0], "collection": name}
        row |= {"title_es": told.titles.es, "title_en": told.titles.en}
        row |= {f"scope_{lang}": getattr(told.scope, lang, None) for lang in LANGUAGES}
        rows.append(row | {"fixed_country": told.reporting_country})
    return _frame(rows, COLLECTIONS.column_names)


def _exhaustive(home: Home) -> pd.DataFrame:
    rows = [
        {"collection": name, "breakdown": breakdown}
        for name in home.collections()
        for breakdown in home.card(name).collection.exhaustive
    ]
    return _frame(rows, EXHAUSTIVE.column_names)


def _decisions(home: Home, as_of: date) -> pd.DataFrame:
    """What had been decided by the day."""
    return _frame([row for row in _all_decisions(home) if row["decided_on"] <= as_of], DECISIONS.column_names)


def decisions_ahead(home: Home, as_of: date) -> list[dict]:
    """Decisions that bear a later day, and do not count yet: a slip of the pen, most likely."""
    return [row for row in _all_decisions(home) if row["decided_on"] > as_of]


def _all_decisions(home: Home) -> Iterator[dict]:
    for name in home.collections():
        yield from decisions.rows(name, home.card(name).collection, home.decisions(name))


def _status(told: Results) -> str:
    last = told.get(observations.STEP.name)
    return last.status if last else "rejected"


def _submission_row(submission_: Submission, told: Results, as_of: date) -> dict:
    first, last = told.get(submission.STEP.name), told.get(observations.STEP.name)
    rows = {fate: (last.rows if last else {}).get(fate, 0) for fate in staged.FATES}
    severities = staged.severities(told.values())
    withdrawn = submission_.withdrawn_on
    return {
        "submission": submission_.id,
        "provider": submission_.collection.split("/")[0],
        "collection": submission_.collection,
        "received_on": submission_.received_on,
        **(first.facts if first else {}),
        "status": _status(told),
        "rows_received": sum(rows.values()),
        **{f"rows_{fate}": n for fate, n in rows.items()},
        "errors": severities.get("error", 0),
        "warnings": severities.get("warning", 0),
        "fingerprint": last.fingerprint if last else "",
        "withdrawn_on": withdrawn if withdrawn and withdrawn <= as_of else None,
    }


def findings(home: Home, submission_: Submission) -> list[Finding]:
    """What all steps found in a submission (at most 100 examples a rule)."""
    return _found(_results(home, submission_))


def _found(told: Results) -> list[Finding]:
    return [finding for result in told.values() for finding in result.findings]


def _finding_rows(submission_: Submission, told: Results) -> list[dict]:
    return [
        {
            "submission": submission_.id,
            **{
                c: getattr(f, c)
                for c in ("sheet", "source_row", "column_name", "cell", "value", "suggestion")
            },
            "rule": f.rule,
            "severity": f.severity,
            "occurrences": f.occurrences,
            **{f"message_{lang}": f.message(lang, with_value=False) for lang in LANGUAGES},
            **{f"detail_{lang}": f.message(lang) for lang in LANGUAGES},
        }
        for f in _found(told)
    ]


def fingerprint(home: Home, as_of: date) -> str:
    """Of all a build depends on: staged results, withdrawals, catalogue, models, the closed quarter."""
    known = [s for s in home.submissions() if s.received_on <= as_of]
    told = [(s.id, _fingerprint_of(home, s), str(s.withdrawn_on)) for s in known]
    sources = [*sorted(FOLDER.glob("*.toml")), *sorted((CHECKOUT / "warehouse").rglob("*.sql"))]
    sources += sorted((CHECKOUT / "warehouse").glob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in sources]
    cards = [home.card_path(name).read_text(encoding="utf-8") for name in home.collections()]
    decided = [_decisions(home, as_of).to_csv(index=False)]
    whole = [last_closed_quarter(as_of), runner.schemas_digest(), *map(str, told), *texts, *cards, *decided]
    return sha256("\x00".join(whole).encode()).hexdigest()


def _fingerprint_of(home: Home, submission_: Submission) -> str:
    result = staged.read(home, submission_.id, observations.STEP.name)
    return f"{result.status} {result.fingerprint}" if result else ""


def stale(home: Home) -> list[Submission]:
    """The submissions whose last step is missing or out of date, in order of receipt."""
    return [s for s in home.submissions() if runner.stale(home, s, observations.STEP)]


def is_built(home: Home, as_of: date) -> bool:
    """Whether the current release was built from what is there now."""
    path = home.warehouse / "built.json"
    if not (path.exists() and home.current.exists()):
        return False
    return json.loads(path.read_text(encoding="utf-8"))["fingerprint"] == fingerprint(home, as_of)


def note_built(home: Home, as_of: date) -> None:
    """Remember what the current release was built from."""
    told = {"fingerprint": fingerprint(home, as_of), "as_of": str(as_of)}
    durable.replace(home.warehouse / "built.json", json.dumps(told).encode())


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
        deps=[observations.STEP.name] if first else ["core_observations"],
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
    required_resource_keys={"home"},
)
def build(context):
    """Everything from core to the last table, in one go. If the gate refuses, only its verdict comes out."""
    home, as_of = context.resources.home.home, context.resources.home.as_of(context.run.tags)
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
