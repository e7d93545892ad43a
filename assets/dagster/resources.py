"""Resources of the assets: the home, its build lock, and the record of a refresh. No asset is here.

No `from __future__ import annotations` in modules that Dagster reads: it needs the annotations themselves.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from warehouse.home import Busy, Home, lock
from warehouse.release import last_refresh
from warehouse.release.last_refresh import RefreshRecord

OWNERS = ["team:secretariat"]


class HomeResource(dg.ConfigurableResource):
    """The folder of a deployment, as a Dagster resource."""

    root: str

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Hold the lock of the run until its process ends."""
        if context.run:
            lock.hold_run(self.home, context.run.run_id)

    @property
    def home(self) -> Home:
        """Home in the folder `root`."""
        return Home(Path(self.root))


class BuildLock(dg.ConfigurableResource):
    """Lock build.lock of the home. A run holds it until its end, so it releases its own build."""

    root: str
    _exit_stack: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["BuildLock"]:
        """Release the lock when the run ends, also after an error."""
        with self._exit_stack:
            yield self

    def acquire(self, log: dg.DagsterLogManager) -> None:
        """Acquire the lock; if another build holds it, log who holds it, and wait. Raises lock.Busy."""
        home = Home(Path(self.root))
        try:
            self._exit_stack.enter_context(lock.build(home, wait=0))
        except Busy as busy:
            log.warning(str(busy))
            self._exit_stack.enter_context(lock.build(home))


class RefreshRecordResource(dg.ConfigurableResource):
    """Record of how a refresh ends. Each step that requires it adds its result."""

    root: str
    _record: RefreshRecord | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RefreshRecordResource"]:
        """Keep the name of the run in the file while the run lasts."""
        run = context.run.run_id if context.run else ""
        with last_refresh.record_refresh(Home(Path(self.root)), run) as self._record:
            yield self

    @property
    def record(self) -> RefreshRecord:
        """Record of this run; an unstored record if Dagster did not start the resource."""
        return self._record or RefreshRecord(Home(Path(self.root)))
