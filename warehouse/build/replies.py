"""Replies of members to what others publish: a SELECT of those that name nothing that is there.

Names no collection and no column: the declarations of schemas/records do.
"""

from __future__ import annotations

from collections.abc import Collection

from schemas.records import Declaration, declarations, replies
from schemas.tables.network import SCHEMA as NETWORK


def without_figure(tables: Collection[str] | None = None) -> str:
    """Return a SELECT of the replies in force to something that is not there, with their rows in the file.

    It also holds in a released file. `tables`: those of the network that the file has, by default all.
    """
    declaration = replies()
    answers = declaration.answers
    assert answers is not None
    return f"""
    WITH figures AS (
        SELECT DISTINCT
            collection, reporting_country AS country, measure AS item,
            unnest([period, CAST(year AS VARCHAR)]) AS period
        FROM core.current
        {"".join(_select_records(d) for n, d in declarations().items() if tables is None or n in tables)}
    )
    SELECT
        r.{answers.country}, r.{answers.collection}, r.{answers.item}, r.{answers.period}, r.collection,
        r.submission, r.source_row
    FROM {NETWORK}.{declaration.name} AS r
    ANTI JOIN figures AS f
        ON f.collection = r.{answers.collection} AND f.country = r.{answers.country}
        AND (r.{answers.item} IS NULL OR f.item = r.{answers.item})
        AND (r.{answers.period} IS NULL OR f.period IS NULL OR f.period = r.{answers.period})
    WHERE r.known_to IS NULL
    """


def _select_records(declaration: Declaration) -> str:
    """Return the SELECT of the cells of a public matrix, to be joined to others."""
    matrix = declaration.matrix
    if matrix is None or declaration.visibility != "public":
        return ""
    return f"""
        UNION
        SELECT collection, {matrix.across}, {matrix.down}, {matrix.over or "NULL"}
        FROM {NETWORK}.{declaration.name} WHERE known_to IS NULL
    """
