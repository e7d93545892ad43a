"""Step 6, release: the public file swapped in. How it is derived is warehouse/release.py."""

import dagster as dg

from assets import build as core
from assets.submissions import OWNERS
from warehouse import inputs
from warehouse.release import publish


@dg.asset(
    deps=[core.GATE],
    description="The public file, warehouse/current.duckdb, and its numbered copy under warehouse/releases/.",
    group_name="step_8_release",
    owners=OWNERS,
    kinds={"duckdb"},
    required_resource_keys={"home", "build_lock"},
)
def release(context):
    """Publish, unless the last release of the same quarter already says the same."""
    home, as_of = context.resources.home.home, context.resources.home.as_of(context.run.tags)
    context.resources.build_lock.take(context.log)
    published = publish(home, as_of, always=core.AS_OF_TAG in context.run.tags)
    inputs.note_released(home)
    return dg.MaterializeResult(
        metadata={
            "release": published.name,
            "new": published.is_new,
            "file": home.current.name,
            "arrived_meanwhile": len(inputs.arrived(home)),
        }
    )
