"""The tables of a release as a page, in Spanish and English: docs/tables.*.md. The page adds no facts.

For maintainers: `python -m schemas.tables.pages`. A test fails if the pages are not up to date.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.pages import Lang, table, write
from schemas.tables import TABLES, Column, Table

WORDS: dict[str, dict[Lang, str]] = {
    "title": {"es": "Las tablas de una publicación", "en": "The tables of a release"},
    "intro": {
        "es": "Generado de `schemas/tables/`. Dos filas nunca comparten la *clave*: se comprueba en\n"
        "cada construcción, y la tabla está ordenada por ella. Una tabla *filtrada* solo tiene filas de\n"
        "colecciones abiertas. Cómo leer las tablas: [architecture.md](architecture.md#contract).",
        "en": "Rendered from `schemas/tables/`. No two rows share the *key*: it is checked at every build,\n"
        "and the table is sorted by it. A *filtered* table holds rows of open collections only. How to\n"
        "read the tables: [architecture.md](architecture.md#contract).",
    },
    "table": {"es": "tabla", "en": "table"},
    "public": {"es": "pública", "en": "public"},
    "filtered": {"es": "filtrada", "en": "filtered"},
    "view": {"es": "vista", "en": "view"},
    "key": {"es": "Clave", "en": "Key"},
    "no_key": {"es": "Sin clave", "en": "No key"},
    "column": {"es": "columna", "en": "column"},
    "type": {"es": "tipo", "en": "type"},
    "holds": {"es": "contiene", "en": "holds"},
    "null": {"es": "o NULL", "en": "or NULL"},
}


def page(lang: Lang) -> str:
    """Return the whole page in a language."""
    tables = [t.public() for t in TABLES if t.visibility != "internal"]
    parts = [f"# {WORDS['title'][lang]}", WORDS["intro"][lang], _list(tables, lang)]
    parts += [part for table in tables for part in _table(table, lang)]
    return "\n\n".join(parts) + "\n"


def _list(tables: list[Table], lang: Lang) -> str:
    rows = [
        [f"[`{t.full_name}`](#{t.full_name.replace('.', '')})", getattr(t, lang), _kind(t, lang)]
        for t in tables
    ]
    return table([WORDS["table"][lang], WORDS["holds"][lang], ""], rows)


def _kind(table: Table, lang: Lang) -> str:
    view = f", {WORDS['view'][lang]}" if table.is_view else ""
    return f"{WORDS[table.visibility][lang]}{view}"


def _table(definition: Table, lang: Lang) -> Iterator[str]:
    yield f"## `{definition.full_name}`"
    yield f"{getattr(definition, lang)}. {_key(definition, lang)}"
    rows = [[f"`{c.name}`", _type(c, lang), getattr(c, lang)] for c in definition.columns]
    yield table([WORDS[word][lang] for word in ("column", "type", "holds")], rows)


def _key(table: Table, lang: Lang) -> str:
    if table.no_key:
        return f"{WORDS['no_key'][lang]}: {getattr(table.no_key, lang)}"
    return f"{WORDS['key'][lang]}: {', '.join(f'`{name}`' for name in table.key)}."


def _type(column: Column, lang: Lang) -> str:
    return f"{column.type} {WORDS['null'][lang]}" if column.null else column.type


if __name__ == "__main__":
    write("tables", page)
