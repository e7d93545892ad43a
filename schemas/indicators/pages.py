"""The catalogue as a page, in Spanish and English: docs/indicators.*.md. The page adds no facts.

For maintainers: `python -m schemas.indicators.pages`. A test fails if the pages are not up to date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from schemas.code_names import name_in_list
from schemas.codelists import codelist
from schemas.indicators import Example, Indicator, catalogue
from schemas.indicators.forms import form
from schemas.pages import Lang, table, write

WORDS: dict[str, dict[Lang, str]] = {
    "title": {"es": "Los indicadores de línea base", "en": "The baseline indicators"},
    "intro": {
        "es": "Generado del catálogo (`schemas/indicators/`). Los ejemplos son pruebas: se calculan y se\n"
        "comparan en cada cambio. Propuesto: la Conferencia no lo ha adoptado. Cómo se calcula cada\n"
        "forma: [statistics.es.md](statistics.es.md).",
        "en": "Rendered from the catalogue (`schemas/indicators/`). The examples are tests: they are\n"
        "computed and compared at every change. Proposed: the Conference has not adopted it. How\n"
        "each form is computed: [statistics.md](statistics.md).",
    },
    "formula": {"es": "Fórmula", "en": "Formula"},
    "unit": {"es": "Unidad", "en": "Unit"},
    "kind": {"es": "Tipo; familia; estado", "en": "Kind; family; status"},
    "direction": {"es": "Si sube", "en": "If it rises"},
    "sources": {"es": "Fuentes, por orden", "en": "Sources, in order"},
    "beside": {"es": "Al lado, nunca en su lugar", "en": "Beside, never in their place"},
    "links": {"es": "Correspondencias", "en": "Links"},
    "baseline": {"es": "Línea base", "en": "Baseline"},
    "coverage": {"es": "Cobertura mínima", "en": "Minimum coverage"},
    "coverage_of": {
        "es": "{share:.0%} de los miembros para una suma regional",
        "en": "{share:.0%} of the members for a regional sum",
    },
    "caveat": {"es": "Advertencia", "en": "Caveat"},
    "filled_by": {"es": "Sin datos; lo llenaría", "en": "No data; what would fill it"},
    "none": {"es": "nada por sí solo", "en": "nothing by itself"},
    "more_is_better": {"es": "es mejor", "en": "is better"},
    "given": {"es": "Dado", "en": "Given"},
    "gives": {"es": "resulta", "en": "it gives"},
    "no_value": {"es": "sin valor", "en": "no value"},
    "unbounded": {"es": "sin límite", "en": "unbounded"},
    "nothing": {"es": "Nada.", "en": "Nothing."},
}

CODES: dict[str, dict[Lang, str]] = {
    "structural": {"es": "estructural", "en": "structural"},
    "process": {"es": "de proceso", "en": "process"},
    "outcome": {"es": "de resultado", "en": "outcome"},
    "context": {"es": "de contexto", "en": "context"},
    "quality": {"es": "de calidad de los datos", "en": "quality of data"},
    "proposed": {"es": "propuesto", "en": "proposed"},
    "adopted": {"es": "adoptado", "en": "adopted"},
}
"""Kinds and states of the catalogue in words. Its units are in the list unit_measure."""


def page(lang: Lang) -> str:
    """Return the whole page in a language."""
    parts = [f"# {WORDS['title'][lang]}", WORDS["intro"][lang]]
    for indicator in catalogue().values():
        parts += [*_facts(indicator, lang), *(t for p in indicator.example for t in _example(p, lang))]
    return "\n\n".join(parts) + "\n"


def _facts(indicator: Indicator, lang: Lang) -> list[str]:
    family = getattr(codelist("family")[indicator.family], lang)
    facts = {
        "formula": " / ".join(filter(None, indicator.formula(lang))),
        "unit": name_in_list("unit_measure", indicator.unit, lang),
        "kind": f"{_word(indicator.kind, lang)}; {family}; {_word(indicator.status, lang)}",
        "direction": WORDS[indicator.direction][lang],
        "sources": ", ".join(f"`{s}`" for s in indicator.sources),
        "beside": ", ".join(f"`{s}`" for s in indicator.beside),
        "links": "; ".join(indicator.links),
        "baseline": "–".join(map(str, indicator.baseline)),
        "coverage": WORDS["coverage_of"][lang].format(share=indicator.minimum_coverage)
        if form(indicator.form).is_summed
        else "",
        "caveat": indicator.full_caveat(lang),
        "filled_by": getattr(indicator.filled_by, lang, ""),
    }
    if form(indicator.form).trend is None:
        facts["baseline"] = ""
    lines = [f"- **{WORDS[key][lang]}**: {text}" for key, text in facts.items() if text]
    return [
        f"## `{indicator.id}`: {getattr(indicator.name, lang)}",
        getattr(indicator.definition, lang),
        "\n".join(lines),
    ]


def _word(code: str, lang: Lang) -> str:
    return CODES[code][lang] if code in CODES else code


def _example(example: Example, lang: Lang) -> Iterator[str]:
    yield f"*{getattr(example.says, lang)}*"
    yield f"{WORDS['given'][lang]}:"
    yield _table(example.given, lang)
    yield (
        f"{WORDS['gives'][lang]}:" if example.expect else f"{WORDS['gives'][lang]}: {WORDS['nothing'][lang]}"
    )
    if example.expect:
        yield _table([_with_value(row) for row in example.expect], lang)


def _with_value(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its value last, before the flag. The value is also added if the row has none."""
    value = row.get("value", [row["low"], None] if "low" in row else None)
    rest = {k: v for k, v in row.items() if k not in ("value", "low", "flag")}
    return rest | {"value": value} | ({"flag": row["flag"]} if "flag" in row else {})


def _table(rows: Sequence[dict[str, Any]], lang: Lang) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    columns.sort(key=("flag", "value").__contains__)
    return table(columns, [[_cell(row[c], lang) if c in row else "" for c in columns] for row in rows])


def _cell(value: Any, lang: Lang) -> str:
    if value is None:
        return WORDS["no_value"][lang]
    if isinstance(value, list):
        low, high = (WORDS["unbounded"][lang] if bound is None else f"{bound:,.10g}" for bound in value)
        return low if low == high else f"{low} – {high}"
    return str(value)


if __name__ == "__main__":
    write("indicators", page)
