"""README.md of a bundle, in both languages: what is in it, how it is read, what changed. No figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from schemas.licences import licence
from schemas.tables import TABLES
from schemas.words import CONTRACT, number, say
from warehouse.home import quoted
from warehouse.publication.bundle.described import sources
from warehouse.reading.client import Warehouse

README = "README.md"


def write(release: Warehouse, folder: Path, previous: Path | None) -> None:
    """Write README.md."""
    changes = changed(release.path, previous) if previous else None
    parts = [line for lang in CONTRACT for line in _page(release, lang, changes)]
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
        for table, gone, new in changes:
            yield f"- `{table}`: " + say(
                "bundle.rows_changed", lang, gone=number(gone, lang), new=number(new, lang)
            )
        yield ""
    yield f"## {say('bundle.source', lang)}\n"
    for one in sources(release):
        terms = licence(one["licence"], lang)
        yield f"- {one[f'title_{lang}']}: {one['citation']}. {say('bundle.licence', lang)}: {terms}."
    yield ""
    yield f"{say('bundle.cite', lang)}\n"


def changed(file: Path, previous: Path) -> list[tuple[str, int, int]]:
    """Of each table that differs from the release before: rows that are gone, rows that are new."""
    found = []
    with duckdb.connect() as db:
        db.execute(f"ATTACH {quoted(file)} AS new (READ_ONLY); ATTACH {quoted(previous)} AS old (READ_ONLY)")
        for table in TABLES:
            if table.schema in ("baseline", "analysis", "network") and not table.is_view:
                counts = _differing(db, table.full_name)
                if counts is not None and any(counts):
                    found.append((table.full_name, *counts))
    return found


def _differing(db: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    """Rows of the old one alone, and of the new one alone; None where one of them has no such table."""
    try:
        names = [
            {name for name, *_ in db.execute(f"SELECT * FROM {side}.{table} LIMIT 0").description or ()}
            for side in ("old", "new")
        ]
    except duckdb.CatalogException:
        return None
    shared = ", ".join(sorted(names[0] & names[1]))
    sides = [f"SELECT {shared} FROM {side}.{table}" for side in ("old", "new")]
    gone, new = (
        int((db.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchone() or (0,))[0])
        for one, other in (sides, sides[::-1])
    )
    return gone, new
