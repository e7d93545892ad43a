"""Attack on the release that a build would give, as a frame for the gate's questions. Judges nothing.

The public file is derived and read as anybody would read it, with all earlier releases. Only members with
other cells or open facts than in the last release are attacked. confidentiality_audit.sql judges the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from schemas.tables import PROTECTED_CELLS
from warehouse.audit.findings import COLUMNS, attack_release
from warehouse.audit.relations import Limits
from warehouse.build import public as public_file
from warehouse.build.database import owner_only

AUDIT_TABLE = "audited"


def attack(internal: Path, releases: Sequence[Path], limits: Limits | None = None) -> dict[str, pd.DataFrame]:
    """Return the counts that the build would narrow, a row each, and the members without an answer.

    `limits`: the deployment's definition of a leak; None: the shipped settings.
    """
    rows: list[tuple[object, ...]] = []
    with duckdb.connect(internal, read_only=True) as db:
        has_cells = db.execute(f"SELECT 1 FROM {PROTECTED_CELLS.full_name} WHERE status = 'shown' LIMIT 1")
        is_protected = has_cells.fetchone() is not None
    if is_protected:
        with owner_only(), TemporaryDirectory(prefix="audit-", dir=internal.parent) as folder:
            public = Path(folder) / "public.duckdb"
            public_file.derive(internal, public, "audited")
            findings = attack_release(public, releases, limits=limits)
            rows = [row for finding in findings for row in finding.rows()]
    return {AUDIT_TABLE: pd.DataFrame(rows, columns=list(COLUMNS))}
