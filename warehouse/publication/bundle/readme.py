"""README.md of a bundle in both languages: contents, how to read it, changes, corrections, sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from schemas.licences import licence
from schemas.tables import TABLES
from schemas.words import CONTRACT_LANGUAGES, number, say
from warehouse.home import quote_path
from warehouse.publication.bundle.table_metadata import sources
from warehouse.publication.errata import errata, policies
from warehouse.reading.client import Warehouse
from warehouse.reading.replies import reply_texts

README = "README.md"


def write(release: Warehouse, folder: Path, previous: Path | None) -> None:
    """Write README.md."""
    changes = changed_tables(release.path, previous) if previous else None
    parts = [line for lang in CONTRACT_LANGUAGES for line in _page(release, lang, changes)]
    (folder / README).write_text("\n".join(parts), encoding="utf-8")


def _page(release: Warehouse, lang: str, changes: list[tuple[str, int, int]] | None) -> Iterator[str]:
    yield f"# {say('bundle.title', lang, release=release.release)}\n"
    yield f"{say('bundle.about', lang)}\n"
    yield f"{say('bundle.how_to_read', lang)}\n"
    yield f"{say('bundle.contents', lang)}\n"
    yield f"## {say('bundle.changes', lang)}\n"
    if changes is None:
        yield f"{say('bundle.first_release', lang)}\n"
    elif not changes:
        yield f"{say('bundle.no_change', lang)}\n"
    else:
        for table, removed, new in changes:
            yield f"- `{table}`: " + say(
                "bundle.rows_changed", lang, gone=number(removed, lang), new=number(new, lang)
            )
        yield ""
    if texts := reply_texts(release.connection, lang):
        yield f"## {say('site.replies', lang)}\n"
        yield "\n".join(f"- {text}" for text in texts) + "\n"
    policy = policies(release.connection, lang)
    yield f"## {say('errata.title', lang)}\n"
    yield f"{policy['policy']}\n"
    for erratum in errata(release.connection, lang):
        yield f"- {erratum.series} (`{erratum.collection}`; {erratum.days}): {erratum.sentence(lang)}"
    yield ""
    yield f"## {say('errata.calendar', lang)}\n"
    yield f"{policy['calendar_policy']}\n"
    yield f"## {say('bundle.source', lang)}\n"
    for source in sources(release):
        terms = licence(source["licence"], lang)
        yield f"- {source[f'title_{lang}']}: {source['citation']}. {say('bundle.licence', lang)}: {terms}."
    yield ""
    yield f"{say('bundle.cite', lang)}\n"


def changed_tables(file: Path, previous: Path) -> list[tuple[str, int, int]]:
    """Return the tables that differ from the previous release, with their removed and new rows."""
    differences = []
    with duckdb.connect() as db:
        db.execute(
            f"ATTACH {quote_path(file)} AS new (READ_ONLY); ATTACH {quote_path(previous)} AS old (READ_ONLY)"
        )
        for table in TABLES:
            if table.schema in ("baseline", "analysis", "network") and not table.is_view:
                counts = _row_differences(db, table.full_name)
                if counts is not None and any(counts):
                    differences.append((table.full_name, *counts))
    return differences


def _row_differences(db: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    """Count the rows only in the old table, and those only in the new table; None if either is missing."""
    try:
        names = [
            {name for name, *_ in db.execute(f"SELECT * FROM {side}.{table} LIMIT 0").description or ()}
            for side in ("old", "new")
        ]
    except duckdb.CatalogException:
        return None
    shared = ", ".join(sorted(names[0] & names[1]))
    query = _ROW_DIFFERENCES.format(columns=shared, table=table)
    removed, new = db.execute(query).fetchone() or (0, 0)
    return int(removed), int(new)


_ROW_DIFFERENCES = """
    SELECT
        coalesce(sum(greatest(times_old - times_new, 0)), 0),
        coalesce(sum(greatest(times_new - times_old, 0)), 0)
    FROM (
        SELECT count(*) FILTER (NOT is_new) AS times_old, count(*) FILTER (is_new) AS times_new
        FROM (
            SELECT FALSE AS is_new, {columns} FROM old.{table}
            UNION ALL SELECT TRUE, {columns} FROM new.{table}
        )
        GROUP BY {columns}
    )
"""
"""How many more times a row is in the old table, and in the new one. Reads each table once."""
