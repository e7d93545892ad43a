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
from warehouse import release
from warehouse.audit.findings import COLUMNS, attack_release
from warehouse.build import owner_only

AUDITED = "audited"


def attack(internal: Path, releases: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """The counts that the build would narrow, one row each, and the members without an answer."""
    rows: list[tuple[object, ...]] = []
    with duckdb.connect(internal, read_only=True) as db:
        has_cells = db.execute(f"SELECT 1 FROM {PROTECTED_CELLS.full_name} WHERE status = 'shown' LIMIT 1")
        is_protected = has_cells.fetchone() is not None
    if is_protected:
        with owner_only(), TemporaryDirectory(prefix="audit-", dir=internal.parent) as folder:
            public = Path(folder) / "public.duckdb"
            release.derive(internal, public, "audited")
            rows = [row for finding in attack_release(public, releases) for row in finding.rows()]
    return {AUDITED: pd.DataFrame(rows, columns=list(COLUMNS))}
