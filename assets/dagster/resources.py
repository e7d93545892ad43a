"""What assets are given: the home they work on, and its lock for building. No asset is here.

No `from __future__ import annotations` in modules that Dagster reads: it needs the annotations themselves.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from warehouse.home import Busy, Home, lock
from warehouse.releases import last_refresh
from warehouse.releases.last_refresh import Record

OWNERS = ["team:secretariat"]


class HomeResource(dg.ConfigurableResource):
    """The folder of one deployment, as a Dagster resource."""

    root: str

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Hold the lock of the run, from the first moment of its process to the last."""
        if context.run:
            lock.hold_run(self.home, context.run.run_id)

    @property
    def home(self) -> Home:
        """The home itself."""
        return Home(Path(self.root))


class BuildLock(dg.ConfigurableResource):
    """The home's build.lock: a run that took it holds it to its end, so that it releases its own build."""

    root: str
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["BuildLock"]:
        """What the run has taken is let go when it ends, however it does."""
        with self._held:
            yield self

    def take(self, log: dg.DagsterLogManager) -> None:
        """Take it, or wait for another build and say for whose. Raises lock.Busy."""
        home = Home(Path(self.root))
        try:
            self._held.enter_context(lock.build(home, wait=0))
        except Busy as busy:
            log.warning(str(busy))
            self._held.enter_context(lock.build(home))


class RefreshRecord(dg.ConfigurableResource):
    """The record of how a run that refreshes ends: every step that needs it says there what it did."""

    root: str
    _record: Record | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RefreshRecord"]:
        """The file names the run from its first moment to its last."""
        run = context.run.run_id if context.run else ""
        with last_refresh.recorded(Home(Path(self.root)), run) as self._record:
            yield self

    @property
    def record(self) -> Record:
        """The record itself; one that nobody keeps where the resource was not begun by Dagster."""
        return self._record or Record(Home(Path(self.root)))
