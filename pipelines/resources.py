"""What a run is given: the home it works on and the day it works as of. No step."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg

from assets.build import AS_OF_TAG
from pipelines.calendar import today
from warehouse.home import Home


class HomeResource(dg.ConfigurableResource):
    """The folder of one deployment, as a Dagster resource."""

    root: str

    @property
    def home(self) -> Home:
        """The home itself."""
        return Home(Path(self.root))

    def as_of(self, tags: Mapping[str, str]) -> date:
        """The day given to the run by its tag, else today."""
        return date.fromisoformat(tags[AS_OF_TAG]) if AS_OF_TAG in tags else today()
