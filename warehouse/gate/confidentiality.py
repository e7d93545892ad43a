"""The attack on what a build would publish, as a frame for the gate's questions. Judges nothing.

The public file is derived and read as anybody would read it, with all earlier releases. Only members whose
cells or open facts differ from the last release are attacked. What must hold is confidentiality_audit.sql.
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

AUDITED = "audited"


def attack(internal: Path, releases: Sequence[Path], limits: Limits | None = None) -> dict[str, pd.DataFrame]:
    """The counts that the build would narrow, one row each, and the members without an answer.

    `limits`: what a deployment counts as a leak; None: the shipped settings.
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
    return {AUDITED: pd.DataFrame(rows, columns=list(COLUMNS))}
