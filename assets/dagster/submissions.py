"""Steps as Dagster assets: for each submission, and for all waiting submissions at once.

The work of the steps is in assets/intake. No `from __future__ import annotations` in modules that define
assets: Dagster reads annotations.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg

# backfill_policy is beta, and partitions_def on a check is a preview; this module relies on both.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from assets.dagster.contract_check import CHECK_NAME, check_metadata, evaluate_check  # noqa: E402
from assets.dagster.resources import OWNERS, HomeResource, RefreshRecordResource  # noqa: E402
from assets.intake import runner  # noqa: E402
from assets.intake.freshness import outdated_submissions  # noqa: E402
from assets.intake.step import OBSERVATIONS, RECORDS, STEPS, SUBMISSION, VALIDATED, Step  # noqa: E402
from schemas.tables import Table  # noqa: E402
from schemas.words import Sentence  # noqa: E402
from warehouse.home import Home  # noqa: E402
from warehouse.home.step_results import StepResult  # noqa: E402

PARTITIONS = "submissions"
SUBMISSIONS = dg.DynamicPartitionsDefinition(name=PARTITIONS)
STAGED_ASSET = "staged"


def step_asset(step: Step, *, description: str, has_check: bool = False) -> dg.AssetsDefinition:
    """Define the asset of a step: it runs the step for the submissions of the run and records the results."""
    checks = [
        dg.AssetCheckSpec(
            CHECK_NAME,
            asset=step.name,
            partitions_def=SUBMISSIONS,
            description=f"{Sentence('dagster.contract')}",
        )
    ]

    @dg.asset(
        name=step.name,
        deps=[step.after.name] if step.after else [],
        description=description,
        partitions_def=SUBMISSIONS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=checks if has_check else [],
        group_name=f"step_{step.order}_{step.name}",
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def _asset(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        usable_home = home.home.usable()
        run_ids = set(context.partition_keys)
        results = runner.run(usable_home, [s for s in usable_home.submissions() if s.id in run_ids], step)
        yield from _record_step(context, usable_home, results, has_check)

    return _asset


def _record_step(
    context: dg.AssetExecutionContext, home: Home, results: list[StepResult], has_check: bool
) -> Iterator[Any]:
    """Yield a result for the step, then a newer version and check result for every submission."""
    yield dg.MaterializeResult()
    if has_check:
        yield dg.Output(None, output_name=f"{context.asset_key.to_python_identifier()}_{CHECK_NAME}")
    yield from _record_submissions(context, home, context.asset_key, results, has_check)


def _record_submissions(
    context: dg.AssetExecutionContext,
    home: Home,
    asset: dg.AssetKey,
    results: list[StepResult],
    has_check: bool,
) -> Iterator[dg.AssetMaterialization]:
    by_id = {submission.id: submission for submission in home.submissions()}
    for result in results:
        submission = by_id[result.submission]
        tags = {"dagster/data_version": result.fingerprint[:32]}
        yield dg.AssetMaterialization(
            asset,
            partition=result.submission,
            metadata=check_metadata(submission, result, result.findings),
            tags=tags,
        )
        if has_check:
            context.log_event(evaluate_check(home, asset, submission, result))


def column_schema(table: Table) -> dg.TableSchema:
    """Describe a declared table for Dagster: key, and type, nullability and comment of each column."""
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
    has_check=True,
)


observations = step_asset(
    OBSERVATIONS,
    description="Accepted rows in harmonised codes, origin classified, one value a key, cells kept.",
)


@dg.asset(
    name=STAGED_ASSET,
    deps=[OBSERVATIONS.name],
    description=f"{Sentence('dagster.staged')}",
    group_name=f"step_{OBSERVATIONS.order}_{OBSERVATIONS.name}",
    owners=OWNERS,
    kinds={"python", "parquet"},
)
def staged_asset(
    context: dg.AssetExecutionContext, home: HomeResource, refresh_record: RefreshRecordResource
) -> Iterator[Any]:
    """Run all steps of every waiting submission, and record each result: nobody has to select them."""
    with refresh_record.record.watching():
        yield from _stage_waiting(context, home.home.usable())


def _stage_waiting(context: dg.AssetExecutionContext, home: Home) -> Iterator[Any]:
    register_partitions(home, context.instance)
    waiting_submissions = outdated_submissions(home, to_the_byte=True)
    step_results = [(step, runner.run(home, waiting_submissions, step)) for step in STEPS]
    # Record after all steps, because the last one decides which submissions are held.
    for step, results in step_results:
        yield from _record_submissions(context, home, dg.AssetKey(step.name), results, step is VALIDATED)
    yield dg.MaterializeResult(metadata={"submissions_made": len(waiting_submissions)})


def register_partitions(home: Home, instance: dg.DagsterInstance) -> None:
    """Make Dagster's partitions the submissions under raw/: no more, no fewer."""
    submission_ids = [s.id for s in home.submissions()]
    partitions = instance.get_dynamic_partitions(PARTITIONS)
    if new_ids := [key for key in submission_ids if key not in set(partitions)]:
        instance.add_dynamic_partitions(PARTITIONS, new_ids)
    for partition in set(partitions) - set(submission_ids):
        instance.delete_dynamic_partition(PARTITIONS, partition)
