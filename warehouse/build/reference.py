"""What is known before any file comes: reference tables and the catalogue's specification. Stores none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from schemas import codelists, countries, groupings, origin
from schemas.indicators import Indicator, codes_of
from schemas.indicators.forms import form
from schemas.tables import table

POPULATION = Path(groupings.__file__).parent.parent / "reference" / "population.csv"


def reference_frames() -> dict[str, pd.DataFrame]:
    """Reference tables from schemas: countries, groupings, population, codes, measures."""
    return {
        "reference.countries": pd.DataFrame(_places()),
        "reference.groupings": pd.DataFrame([_membership(m) for m in groupings.load()]),
        "reference.origin_classes": _origin_classes(),
        "reference.population": pd.read_csv(POPULATION),
        "reference.codes": pd.DataFrame(
            [
                _code(name, code) | {"position": position}
                for name in codelists.names()
                for position, code in enumerate(codelists.codelist(name).values(), start=1)
            ]
        ),
        "reference.measures": pd.DataFrame(
            [_measure(code) for code in codelists.codelist("measure").values()]
        ),
        "reference.flags": pd.DataFrame([_flag(code) for code in codelists.codelist("obs_flag").values()]),
    }


@cache
def _origin_classes() -> pd.DataFrame:
    """The origin class as a table, for every grouping there is: the same answer for SQL."""
    names = table("reference.origin_classes").column_names
    rows = [row for name in groupings.groupings() for row in origin.origin_table(name)]
    return pd.DataFrame({name: [getattr(row, name) for row in rows] for name in names})


def _places() -> list[dict[str, Any]]:
    """Whatever may stand in a column of countries: countries, groupings, areas, special codes."""
    groups = codelists.codelist("grouping").values()
    special = codelists.codelist("origin_code").values()
    return [
        *(_country(country) for country in countries.all_countries()),
        *(_place(code.code, "region", "grouping", code.name) for code in groups),
        *(_place(m49, "region", "area", partial(countries.area_name, m49)) for m49 in countries.regions()),
        *(_place(code.code, "special", "special", code.name) for code in special),
    ]


def _country(country: Any) -> dict[str, Any]:
    row = {c.name: getattr(country, c.name, None) for c in table("reference.countries").columns}
    return row | {"country": country.code, "area_type": "country"}


def _place(code: str, area_type: str, kind: str, name: Callable[[str], str]) -> dict[str, Any]:
    absent = dict.fromkeys(c.name for c in table("reference.countries").columns)
    names = {f"name_{lang}": name(lang) for lang in ("es", "en", "fr")}
    return absent | {"country": code, "area_type": area_type, "kind": kind} | names


def _membership(member: Any) -> dict[str, Any]:
    return {c.name: getattr(member, c.name) for c in table("reference.groupings").columns}


def _code(codelist: str, code: codelists.Code) -> dict[str, Any]:
    return {
        "list_code": f"{codelist}:{code.code}",
        "codelist": codelist,
        "code": code.code,
        "parent": code.parent,
        "name_es": code.es,
        "name_en": code.en,
        "name_fr": code.fr,
        "external": code.external,
    }


def _measure(code: codelists.Code) -> dict[str, Any]:
    attributes = code.attributes
    return {
        "measure": code.code,
        "unit": attributes["unit"],
        "count_unit": attributes["count_unit"],
        "whose": attributes["whose"],
        "whole": attributes["whole"] == "true",
        "summable": attributes["summable"] == "true",
        "part_of": attributes["part_of"] or None,
        "compared_with": attributes["compared_with"] or None,
    }


def _flag(code: codelists.Code) -> dict[str, Any]:
    effects = table("reference.flags").column_names[1:]
    return {"flag": code.code} | {name: code.attributes[name] == "true" for name in effects}


def specification_frames(indicators: Sequence[Indicator]) -> dict[str, pd.DataFrame]:
    """The catalogue as rows: what people read, and what the formulas join."""
    return {
        "core.declared": pd.DataFrame([_declared(i) for i in indicators]),
        "core.specification": pd.DataFrame([_specified(i) for i in indicators]),
        "core.specification_codes": pd.DataFrame(
            [(i.id, *code) for i in indicators for code in codes_of(i)],
            columns=["indicator", "code", "in_part", "in_known"],
        ),
        "core.specification_sources": pd.DataFrame(
            [
                *((i.id, s, n) for i in indicators for n, s in enumerate(i.sources, start=1)),
                *((i.id, s, None) for i in indicators for s in i.beside),
            ],
            columns=["indicator", "collection", "preference"],
        ),
    }


def _declared(i: Indicator) -> dict[str, Any]:
    return {
        "indicator": i.id,
        "kind": i.kind,
        "family": i.family,
        "name_es": i.name.es,
        "name_en": i.name.en,
        "definition_es": i.definition.es,
        "definition_en": i.definition.en,
        "unit": i.unit,
        "numerator": i.formula("en")[0],
        "denominator": i.formula("en")[1],
        "links": "; ".join(i.links),
        "caveat_es": i.full_caveat("es"),
        "caveat_en": i.full_caveat("en"),
        "filled_by_es": i.filled_by.es if i.filled_by else None,
        "filled_by_en": i.filled_by.en if i.filled_by else None,
        "direction": i.direction,
        "sources": "; ".join(i.sources),
        "beside": "; ".join(i.beside),
        "baseline_from": i.baseline[0],
        "baseline_to": i.baseline[1],
        "minimum_coverage": i.minimum_coverage,
        "status": i.status,
        "data": "no_data",
    }


_SPECIFIED = {
    "combine",
    "denominator_measure",
    "dimension",
    "family",
    "form",
    "measure",
    "minimum_coverage",
    "per",
    "pool_years",
    "published_as",
    "sum_over",
    "unit",
}


def _specified(i: Indicator) -> dict[str, Any]:
    row, how = i.model_dump(include=_SPECIFIED), form(i.form)
    return row | {
        "indicator": i.id,
        "trend": how.trend,
        "is_summed": how.is_summed,
        "slices": "+".join(i.slices),
        "minimum_numerator": float(i.minimum_numerator),
    }
