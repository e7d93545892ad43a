"""The steps as Dagster's assets: each by submission, and all that waits at once. No step's work is here.

No `from __future__ import annotations` in modules that define assets: Dagster reads annotations.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg

# backfill_policy is beta and partitions_def on a check is preview; both are relied on, knowingly.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from assets.dagster.contract_check import CHECK, evaluation, facts  # noqa: E402
from assets.dagster.resources import OWNERS, HomeResource, RefreshRecord  # noqa: E402
from assets.intake import runner  # noqa: E402
from assets.intake.freshness import waiting  # noqa: E402
from assets.intake.step import OBSERVATIONS, RECORDS, STEPS, SUBMISSION, VALIDATED, Step  # noqa: E402
from schemas.tables import Table  # noqa: E402
from schemas.words import Sentence  # noqa: E402
from warehouse.home import Home  # noqa: E402
from warehouse.home.staged import Result  # noqa: E402

PARTITIONS = "submissions"
SUBMISSIONS = dg.DynamicPartitionsDefinition(name=PARTITIONS)
STAGED = "staged"


def step_asset(step: Step, *, description: str, checked: bool = False) -> dg.AssetsDefinition:
    """The asset of one step: makes it for the run's submissions, then stamps each one by itself."""
    checks = [
        dg.AssetCheckSpec(
            CHECK,
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
        check_specs=checks if checked else [],
        group_name=f"step_{step.order}_{step.name}",
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def _asset(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
        home.home.check_cards()
        wanted = set(context.partition_keys)
        results = runner.run(home.home, [s for s in home.home.submissions() if s.id in wanted], step)
        yield from _stamped(context, home.home, results, checked)

    return _asset


def _stamped(
    context: dg.AssetExecutionContext, home: Home, results: list[Result], checked: bool
) -> Iterator[Any]:
    """One result for the step, then, newer, a version and a verdict for every submission."""
    yield dg.MaterializeResult()
    if checked:
        yield dg.Output(None, output_name=f"{context.asset_key.to_python_identifier()}_{CHECK}")
    yield from _each_stamped(context, home, context.asset_key, results, checked)


def _each_stamped(
    context: dg.AssetExecutionContext, home: Home, asset: dg.AssetKey, results: list[Result], checked: bool
) -> Iterator[dg.AssetMaterialization]:
    by_id = {submission.id: submission for submission in home.submissions()}
    for result in results:
        submission = by_id[result.submission]
        tags = {"dagster/data_version": result.fingerprint[:32]}
        yield dg.AssetMaterialization(
            asset, partition=result.submission, metadata=facts(submission, result, result.findings), tags=tags
        )
        if checked:
            context.log_event(evaluation(home, asset, submission, result))


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


@dg.asset(
    name=STAGED,
    deps=[OBSERVATIONS.name],
    description=f"{Sentence('dagster.staged')}",
    group_name=f"step_{OBSERVATIONS.order}_{OBSERVATIONS.name}",
    owners=OWNERS,
    kinds={"python", "parquet"},
)
def staged(
    context: dg.AssetExecutionContext, home: HomeResource, refresh_record: RefreshRecord
) -> Iterator[Any]:
    """All steps of every submission that waits, each stamped by itself: nobody has to choose any."""
    with refresh_record.record.watching():
        yield from _staged(context, home)


def _staged(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[Any]:
    home.home.check_cards()
    register(home.home, context.instance)
    late = waiting(home.home, to_the_byte=True)
    made = [(step, runner.run(home.home, late, step)) for step in STEPS]
    for step, results in made:  # once all are made: the last step says what is held
        yield from _each_stamped(context, home.home, dg.AssetKey(step.name), results, step is VALIDATED)
    yield dg.MaterializeResult(metadata={"submissions_made": len(late)})


def register(home: Home, instance: dg.DagsterInstance) -> None:
    """Dagster's partitions are the submissions under raw/: no more, no fewer."""
    there = [s.id for s in home.submissions()]
    known = instance.get_dynamic_partitions(PARTITIONS)
    if new := [key for key in there if key not in set(known)]:
        instance.add_dynamic_partitions(PARTITIONS, new)
    for gone in set(known) - set(there):
        instance.delete_dynamic_partition(PARTITIONS, gone)
