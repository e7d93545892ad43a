"""What a run is given: the home it works on and the day it works as of. No step."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from assets.build import AS_OF_TAG
from pipelines.calendar import today
from warehouse.home import Busy, Home, lock


class HomeResource(dg.ConfigurableResource):
    """The folder of one deployment, as a Dagster resource, and the locks that a run holds on it."""

    root: str
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["HomeResource"]:
        """Whoever starts a run: its process holds the run's lock, and what it takes is let go at its end."""
        if context.run:
            lock.hold_run(self.home, context.run.run_id)
        with self._held:
            yield self

    def hold_build(self, log: dg.DagsterLogManager) -> None:
        """Hold build.lock to the end of the run: a build's release is that of its own snapshot.

        Waits for another build, and says for whom. Raises lock.Busy.
        """
        try:
            self._held.enter_context(lock.build(self.home, wait=0))
        except Busy as busy:
            log.warning(str(busy))
            self._held.enter_context(lock.build(self.home))

    @property
    def home(self) -> Home:
        """The home itself."""
        return Home(Path(self.root))

    def as_of(self, tags: Mapping[str, str]) -> date:
        """The day given to the run by its tag, else today."""
        return date.fromisoformat(tags[AS_OF_TAG]) if AS_OF_TAG in tags else today()
