"""SELECTs that fill core.events: dated public records, breaks that stewards decided, documented changes.

A collection of records has events if its declaration names their dates. If a series of a country counts
differently from a day on, other series of that country may do so too. No collection is named here. Only
released records are included, since the values that they explain are released.
"""

from __future__ import annotations

from schemas.records import Declaration, declarations
from schemas.words import CONTRACT_LANGUAGES

FILLS = "core.events"
_DECIDED_BREAKS = """
    SELECT DISTINCT
        t.reporting_country, d.period_start AS happened_from, d.period_start AS happened_to, c.family,
        d.reason_es AS what_es, d.reason_en AS what_en, d.collection
    FROM registry.decisions AS d
    JOIN registry.collections AS c ON c.collection = d.collection AND c.confidentiality = 'open'
    JOIN (SELECT DISTINCT collection, reporting_country FROM core.observations) AS t
        ON t.collection = d.collection
    WHERE d.kind = 'break' AND coalesce(d.reporting_country, t.reporting_country) = t.reporting_country
    """
_DOCUMENTED_CHANGES = """
    SELECT DISTINCT
        d.reporting_country, d.changed_on AS happened_from, d.changed_on AS happened_to, c.family, d.what_es,
        d.what_en, d.collection
    FROM registry.series_changes AS d
    JOIN registry.collections AS c ON c.collection = d.collection AND c.confidentiality = 'open'
    """


def selects() -> list[str]:
    """Return a SELECT for each collection of public records with events, for decided breaks and changes."""
    event_declarations = [
        declaration
        for declaration in declarations().values()
        if declaration.event and declaration.visibility == "public"
    ]
    return [*map(_select, event_declarations), _DECIDED_BREAKS, _DOCUMENTED_CHANGES]


def _select(declaration: Declaration) -> str:
    """Select a row per country, day and text. A law in several elements came into force only once."""
    assert declaration.event is not None
    stored = {column.name for column in declaration.table_columns}
    date_column, text_column = declaration.event.on, declaration.event.says
    first, last = (
        (date_column, date_column) if date_column in stored else (f"{date_column}_from", f"{date_column}_to")
    )
    text_columns = [
        text_column if text_column in stored else f"{text_column}_{lang}" for lang in CONTRACT_LANGUAGES
    ]
    texts = ", ".join(
        f"coalesce({', '.join(dict.fromkeys([text_column_of_lang, *text_columns]))}) AS what_{lang}"
        for text_column_of_lang, lang in zip(text_columns, CONTRACT_LANGUAGES, strict=True)
    )
    any_text = f"coalesce({', '.join(dict.fromkeys(text_columns))})"
    family = "family" if "family" in stored else "CAST(NULL AS VARCHAR)"
    return f"""
    SELECT DISTINCT
        unnest(string_split({declaration.event.of}, ' ')) AS reporting_country, {first} AS happened_from,
        {last} AS happened_to, {family} AS family, {texts}, collection
    FROM network.{declaration.name}
    WHERE known_to IS NULL AND {first} IS NOT NULL AND {any_text} IS NOT NULL
    """
