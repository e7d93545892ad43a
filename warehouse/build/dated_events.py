"""What fills core.events: a SELECT a collection of records whose declaration says what of it is dated, and
one of the breaks that stewards decided: where a series counts otherwise from a day on, others of its country
may, too.

No collection is named here. Only what is released is told, since what it explains is released.
"""

from __future__ import annotations

from schemas.records import Declaration, declarations
from schemas.words import CONTRACT

FILLS = "core.events"
_DECIDED = """
    SELECT DISTINCT
        t.reporting_country, d.period_start AS happened_from, d.period_start AS happened_to, c.family,
        d.reason_es AS what_es, d.reason_en AS what_en, d.collection
    FROM registry.decisions AS d
    JOIN registry.collections AS c ON c.collection = d.collection AND c.confidentiality = 'open'
    JOIN (SELECT DISTINCT collection, reporting_country FROM core.observations) AS t
        ON t.collection = d.collection
    WHERE d.kind = 'break' AND coalesce(d.reporting_country, t.reporting_country) = t.reporting_country
    """


def selects() -> list[str]:
    """A SELECT for each collection of public records that has events, and that of the decided breaks."""
    told = [one for one in declarations().values() if one.event and one.visibility == "public"]
    return [*map(_select, told), _DECIDED]


def _select(declared: Declaration) -> str:
    """One row a country, day and text: a law of many elements came into force once."""
    assert declared.event is not None
    stored = {one.name for one in declared.stored}
    on, says = declared.event.on, declared.event.says
    first, last = (on, on) if on in stored else (f"{on}_from", f"{on}_to")
    words = [says if says in stored else f"{says}_{lang}" for lang in CONTRACT]
    told = ", ".join(
        f"coalesce({', '.join(dict.fromkeys([word, *words]))}) AS what_{lang}"
        for word, lang in zip(words, CONTRACT, strict=True)
    )
    family = "family" if "family" in stored else "CAST(NULL AS VARCHAR)"
    return f"""
    SELECT DISTINCT
        unnest(string_split({declared.event.of}, ' ')) AS reporting_country, {first} AS happened_from,
        {last} AS happened_to, {family} AS family, {told}, collection
    FROM network.{declared.name}
    WHERE known_to IS NULL AND {first} IS NOT NULL AND coalesce({", ".join(dict.fromkeys(words))}) IS NOT NULL
    """
