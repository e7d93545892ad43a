"""How a plain step becomes a Dagster asset, partitioned by submission. No step's work is here.

No `from __future__ import annotations` in modules that define assets: Dagster reads annotations.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg

# backfill_policy is beta and partitions_def on a check is preview; both are relied on, knowingly.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from assets.resources import OWNERS, HomeResource  # noqa: E402
from assets.steps import runner  # noqa: E402
from assets.steps.step import OBSERVATIONS, RECORDS, SUBMISSION, VALIDATED, Step  # noqa: E402
from schemas.findings import LANGUAGES, count_by_rule, count_by_severity, rules  # noqa: E402
from schemas.tables import Table  # noqa: E402
from warehouse.home.staged import Result  # noqa: E402

PARTITIONS = "submissions"
SUBMISSIONS = dg.DynamicPartitionsDefinition(name=PARTITIONS)
CHECK = "contract"


def step_asset(step: Step, *, description: str, checked: bool = False) -> dg.AssetsDefinition:
    """The asset of one step: makes it for the run's submissions, then stamps each one by itself."""
    checks = [
        dg.AssetCheckSpec(
            CHECK,
            asset=step.name,
            partitions_def=SUBMISSIONS,
            description="Ninguna fila incumple el contrato / no row breaks the contract.",
        )
    ]

    @dg.asset(
        name=step.name,
        deps=[step.after.name] if step.after else [],
        description=description,
        partitions_def=SUBMISSIONS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=checks if checked else [],
        group_name=f"step_{step.order}_{step.name}",
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def _asset(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        home.home.check_cards()
        wanted = set(context.partition_keys)
        results = runner.run(home.home, [s for s in home.home.submissions() if s.id in wanted], step)
        yield from _stamped(context, results, checked)

    return _asset


def _stamped(context: dg.AssetExecutionContext, results: list[Result], checked: bool) -> Iterator[Any]:
    """One result for the step, then, newer, a version and a verdict for every submission."""
    asset = context.asset_key
    yield dg.MaterializeResult()
    if checked:
        yield dg.Output(None, output_name=f"{asset.to_python_identifier()}_{CHECK}")
    for result in results:
        tags = {"dagster/data_version": result.fingerprint[:32]}
        yield dg.AssetMaterialization(asset, partition=result.submission, metadata=_facts(result), tags=tags)
        if checked:
            context.log_event(_evaluation(asset, result))


def _evaluation(asset: dg.AssetKey, result: Result) -> dg.AssetCheckEvaluation:
    counted = count_by_severity(count_by_rule(result.findings))
    errors, warnings_ = counted.get("error", 0), counted.get("warning", 0)
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=CHECK,
        partition=result.submission,
        passed=not errors,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{errors} error, {warnings_} advertencia / warning.",
        metadata=_facts(result) | {"findings": dg.MetadataValue.md(_findings_table(result))},
    )


def _findings_table(result: Result) -> str:
    """Each broken rule: how often, and in words, with `…` for whatever stands in the file."""
    hidden = dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), "…")
    heads = ["regla / rule", "", "n", *LANGUAGES]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for name, n in count_by_rule(result.findings).items():
        rule = rules()[name]
        words = (rule.message(lang, **hidden) for lang in LANGUAGES)
        lines.append(f"| {' | '.join([f'`{name}`', rule.severity, str(n), *words])} |")
    return "\n".join(lines)


def _facts(result: Result) -> dict[str, Any]:
    """Counts only: rows by fate, findings by rule and by severity. Never a value of a row."""
    by_rule = count_by_rule(result.findings)
    metadata = {
        "status": result.status,
        "findings_by_rule": by_rule,
        "findings_by_severity": count_by_severity(by_rule),
    }
    return metadata | {f"rows_{fate}": n for fate, n in result.rows.items()}


def column_schema(table: Table) -> dg.TableSchema:
    """A declared table as Dagster shows it: its key, and type, nullability and comment of each column."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name,
                c.type,
                c.comment(),
                dg.TableColumnConstraints(nullable=c.null, unique=table.key == (c.name,)),
                tags={"visibility": c.visibility},
            )
            for c in table.columns
        ],
        constraints=dg.TableConstraints(other=[f"UNIQUE ({', '.join(table.key)})"] if table.key else []),
    )


submission = step_asset(
    SUBMISSION,
    description="The received file as it came: name, size, hash. Refused if its bytes came before.",
)


records = step_asset(
    RECORDS,
    description="Bytes and format card to rows of text; every source row accounted for.",
)


validated = step_asset(
    VALIDATED,
    description="Each row judged by the pandera contract and given its one fate.",
    checked=True,
)


observations = step_asset(
    OBSERVATIONS,
    description="Accepted rows in harmonised codes, origin classified, one value a key, cells kept.",
)
