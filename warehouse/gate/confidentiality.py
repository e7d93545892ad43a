"""The attack on what a build would publish, as frames for the gate's questions. Judges nothing.

The public file is derived and read as anybody would read it, its other tables too, beside the last one. What
must hold of the answers is confidentiality_audit.sql.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from schemas.tables import PROTECTED_CELLS
from warehouse import release
from warehouse.audit import published
from warehouse.build import owner_only

AUDITED, TOLD_BEFORE = "audited", "told_before"


def attack(internal: Path, previous: Path | None) -> dict[str, pd.DataFrame]:
    """What the attack found, and what the release before told: a frame each, for the questions to read."""
    before = published.read(previous) if previous else {}
    told = pd.DataFrame(list(before), columns=list(published.Place._fields), dtype="string")
    facts, enough = _of_build(internal)
    if enough is None:
        return {AUDITED: published.nothing(), TOLD_BEFORE: told}
    with owner_only(), TemporaryDirectory(prefix="audit-", dir=internal.parent) as folder:
        public = Path(folder) / "public.duckdb"
        release.derive(internal, public, "audited")
        return {AUDITED: published.attacked(public, previous, facts, enough=enough), TOLD_BEFORE: told}


def _of_build(internal: Path) -> tuple[dict[published.Place, int], int | None]:
    """What open collections tell of the cells, rightly; and how much is enough, if any cell is shown."""
    columns = (
        "family, measure, CAST(year_start AS VARCHAR), reporting_country, frequency, "
        "CAST(period_start AS VARCHAR), dimension, code"
    )
    with duckdb.connect(internal, read_only=True) as db:
        rows = db.execute(
            f"SELECT {columns}, CAST(value AS BIGINT) FROM {PROTECTED_CELLS.full_name} WHERE is_open"
        ).fetchall()
        [(most,)] = db.execute(
            f"SELECT max(threshold) FROM {PROTECTED_CELLS.full_name} WHERE status = 'shown'"
        ).fetchall()
    return {published.Place(*row[:8]): row[8] for row in rows}, None if most is None else int(most) - 1
