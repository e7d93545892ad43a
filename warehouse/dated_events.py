"""What fills core.events: a SELECT a collection of records whose declaration says what of it is dated.

No collection is named here. Only records that are released are told, since what they explain is released.
"""

from __future__ import annotations

from schemas.records import Declaration, declarations
from schemas.words import CONTRACT

FILLS = "core.events"


def selects() -> list[str]:
    """A SELECT for each collection of public records that has events."""
    return [_select(one) for one in declarations().values() if one.event and one.visibility == "public"]


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
