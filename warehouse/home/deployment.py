"""Settings of a deployment in lineabase.toml of its home: services, and the publisher. Opens nothing.

Without the file, a home is a folder on a single machine: file locks, and all data in the folder.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from schemas.grammar import read_strict
from schemas.protected_tables import Settings, settings

FILE = "lineabase.toml"


class Deployment(BaseModel):
    """Services that a deployment uses. They find passwords and keys themselves: PGPASSFILE, AWS_…."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = ""
    """PostgreSQL connection (libpq) for Dagster's storage and the home's locks. Empty: SQLite, and files."""
    engine: str = ""
    """Engine that runs the models of a build, `duckdb` or `spark`. Empty: from the environment."""
    institution: str = ""
    """Publisher named in citations. Empty: the maintainers of lineabase."""
    address: str = ""
    """Web address of the pages, for citations. Empty: none."""
    protection: Settings = settings()
    """Protection of small counts: all settings, with a reason, if a deployment has its own."""
    code_location: str = ""
    """host:port of the service that runs the code. Empty: the page and the daemon start it themselves."""


DEFAULT_DEPLOYMENT = Deployment()
"""Settings of a home without the file."""


def read_deployment(root: Path) -> Deployment:
    """Read the settings of a home. Raises CardError if the file is not valid."""
    path = root / FILE
    return read_strict(path, Deployment) if path.is_file() else DEFAULT_DEPLOYMENT
