"""Last step: the public file takes its place. warehouse/release/release.py derives it."""

from datetime import date
from typing import Any

import dagster as dg
import duckdb
from pydantic import Field

from assets.dagster import coverage_map, pages
from assets.dagster.build import GATE
from assets.dagster.resources import OWNERS, BuildLock, HomeResource, RefreshRecordResource
from warehouse.build import freshness
from warehouse.home import Home
from warehouse.home.journal import log_event
from warehouse.publication.publishing import publish
from warehouse.release.last_refresh import RefreshRecord


class Publication(dg.Config):
    """Configuration of a release."""

    always: bool = Field(
        default=False,
        description="Publicar aunque nada haya cambiado / publish even if nothing has changed",
    )


@dg.asset(
    deps=[GATE],
    description="The public file, warehouse/current.duckdb, and its numbered copy under warehouse/releases/.",
    group_name="step_8_release",
    owners=OWNERS,
    kinds={"duckdb"},
)
def release(
    context: dg.AssetExecutionContext,
    config: Publication,
    home: HomeResource,
    build_lock: BuildLock,
    refresh_record: RefreshRecordResource,
) -> dg.MaterializeResult:
    """Publish, unless the last release of the same quarter has the same contents."""
    with refresh_record.record.watching():
        return _release(context, config, home.home.usable(), build_lock, refresh_record.record)


def _release(
    context: dg.AssetExecutionContext,
    config: Publication,
    home: Home,
    build_lock: BuildLock,
    record: RefreshRecord,
) -> dg.MaterializeResult:
    build_lock.acquire(context.log)
    publication = publish(home, _built_as_of(home), always=config.always)
    freshness.note_released(home)
    log_event(
        "released", release=publication.name, new=publication.is_new, retired=list(publication.removed_names)
    )
    record.record_release(publication.name, is_new=publication.is_new)
    if pages_error := pages.renew_pages(home):
        context.log.warning(str(pages_error))
    return dg.MaterializeResult(
        metadata={
            "release": publication.name,
            "new": publication.is_new,
            "retired": list(publication.removed_names),
            "file": home.current.name,
            "arrived_meanwhile": len(freshness.list_changed_parts(home)),
            **coverage_map.coverage_metadata(home),
        }
    )


def _built_as_of(home: Home) -> date:
    """Return the day of the build: a release has the same day."""
    with duckdb.connect(home.internal, read_only=True) as db:
        row: Any = db.execute("SELECT as_of FROM registry.release").fetchone()
    day: date = row[0]
    return day
