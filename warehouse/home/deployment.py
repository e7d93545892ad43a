"""What a deployment says in its home's lineabase.toml: services, and who publishes. Opens nothing.

Without the file a home is one folder of one machine: locks of files, everything in the folder itself.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from schemas.grammar import read_strict
from schemas.protected import Settings, settings

FILE = "lineabase.toml"


class Deployment(BaseModel):
    """Which services a deployment uses. Passwords and keys are theirs to find: PGPASSFILE, AWS_…."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = ""
    """PostgreSQL, as libpq has it: Dagster's storage, and the home's locks. Empty: SQLite, and files."""
    engine: str = ""
    """What runs the models of a build, `duckdb` or `spark`. Empty: as the environment says."""
    institution: str = ""
    """Who publishes, as a citation names it. Empty: those who maintain lineabase are named."""
    address: str = ""
    """Where the pages stand on the web, for citations. Empty: none is given."""
    protection: Settings = settings()
    """How small counts are protected: all settings, with the reason, where a deployment has its own."""
    code_location: str = ""
    """host:port of the service that runs the code; empty: the page and the daemon start it themselves."""


EMBEDDED = Deployment()
"""What a home without the file is."""


def deployment(root: Path) -> Deployment:
    """What the file in a home says. Raises CardError for what it cannot say."""
    path = root / FILE
    return read_strict(path, Deployment) if path.is_file() else EMBEDDED
