"""Reference tables and the catalogue's specification, which exist before any file arrives. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from schemas import codelists, countries, groupings, origin
from schemas.indicators import Indicator, dimension_codes
from schemas.indicators.forms import form
from schemas.tables import table
from warehouse.environment.result_cache import cached_bytes
from warehouse.home import file_hash

POPULATION = Path(groupings.__file__).parent.parent / "reference" / "population.csv"


def reference_frames() -> dict[str, pd.DataFrame]:
    """Return the reference tables from schemas: countries, groupings, population, codes, measures."""
    return {
        "reference.countries": pd.DataFrame(_area_rows()),
        "reference.groupings": pd.DataFrame([_membership_row(m) for m in groupings.load()]),
        "reference.origin_classes": _origin_classes(),
        "reference.population": pd.read_csv(POPULATION),
        "reference.codes": pd.DataFrame(
            [
                _code_row(name, code) | {"position": position}
                for name in codelists.names()
                for position, code in enumerate(codelists.codelist(name).values(), start=1)
            ]
        ),
        "reference.measures": pd.DataFrame(
            [_measure_row(code) for code in codelists.codelist("measure").values()]
        ),
        "reference.flags": pd.DataFrame(
            [_flag_row(code) for code in codelists.codelist("obs_flag").values()]
        ),
    }


@cache
def _origin_classes() -> pd.DataFrame:
    """Return the origin class for every grouping as a table, so that SQL gives the same answer."""
    inputs = [
        file_hash(Path(origin.__file__)),
        repr(origin.SPECIAL),
        repr(groupings.load()),
        repr(countries.all_countries()),
        repr({area: sorted(countries.countries_in(area)) for area in countries.regions()}),
    ]
    return pd.read_parquet(BytesIO(cached_bytes(inputs, _origin_classes_as_parquet)))


def _origin_classes_as_parquet() -> bytes:
    rows = [row for name in groupings.groupings() for row in origin.origin_table(name)]
    names = table("reference.origin_classes").column_names
    return pd.DataFrame({name: [getattr(row, name) for row in rows] for name in names}).to_parquet()


def _area_rows() -> list[dict[str, Any]]:
    """List everything that a column of countries may contain: countries, groupings, areas, special codes."""
    groups = codelists.codelist("grouping").values()
    special = codelists.codelist("origin_code").values()
    return [
        *(_country_row(country) for country in countries.all_countries()),
        *(_area_row(code.code, "region", "grouping", code.name) for code in groups),
        *(_area_row(m49, "region", "area", partial(countries.area_name, m49)) for m49 in countries.regions()),
        *(_area_row(code.code, "special", "special", code.name) for code in special),
    ]


def _country_row(country: Any) -> dict[str, Any]:
    row = {c.name: getattr(country, c.name, None) for c in table("reference.countries").columns}
    return row | {"country": country.code, "area_type": "country"}


def _area_row(code: str, area_type: str, kind: str, name: Callable[[str], str]) -> dict[str, Any]:
    empty_row = dict.fromkeys(c.name for c in table("reference.countries").columns)
    names = {f"name_{lang}": name(lang) for lang in ("es", "en", "fr")}
    return empty_row | {"country": code, "area_type": area_type, "kind": kind} | names


def _membership_row(member: Any) -> dict[str, Any]:
    return {c.name: getattr(member, c.name) for c in table("reference.groupings").columns}


def _code_row(codelist: str, code: codelists.Code) -> dict[str, Any]:
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


def _measure_row(code: codelists.Code) -> dict[str, Any]:
    attributes = code.attributes
    return {
        "measure": code.code,
        "unit": attributes["unit"],
        "count_unit": attributes["count_unit"],
        "counted_units": attributes["counted_units"],
        "flow": attributes["flow"] or None,
        "whose": attributes["whose"],
        "whole": attributes["whole"] == "true",
        "summable": attributes["summable"] == "true",
        "part_of": attributes["part_of"] or None,
        "compared_with": attributes["compared_with"] or None,
    }


def _flag_row(code: codelists.Code) -> dict[str, Any]:
    effects = table("reference.flags").column_names[1:]
    return {"flag": code.code} | {name: code.attributes[name] == "true" for name in effects}


def specification_frames(indicators: Sequence[Indicator]) -> dict[str, pd.DataFrame]:
    """Return the catalogue as rows, for readers and for the joins of the formulas."""
    return {
        "core.declared": pd.DataFrame([_catalogue_row(i) for i in indicators]),
        "core.specification": pd.DataFrame([_specification_row(i) for i in indicators]),
        "core.specification_codes": pd.DataFrame(
            [(i.id, *code) for i in indicators for code in dimension_codes(i)],
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


def _catalogue_row(indicator: Indicator) -> dict[str, Any]:
    return {
        "indicator": indicator.id,
        "kind": indicator.kind,
        "family": indicator.family,
        "name_es": indicator.name.es,
        "name_en": indicator.name.en,
        "definition_es": indicator.definition.es,
        "definition_en": indicator.definition.en,
        "unit": indicator.unit,
        "numerator": indicator.formula("en")[0],
        "denominator": indicator.formula("en")[1],
        "links": "; ".join(indicator.links),
        "caveat_es": indicator.full_caveat("es"),
        "caveat_en": indicator.full_caveat("en"),
        "filled_by_es": indicator.filled_by.es if indicator.filled_by else None,
        "filled_by_en": indicator.filled_by.en if indicator.filled_by else None,
        "sent_by_es": indicator.sent_by.es if indicator.sent_by else None,
        "sent_by_en": indicator.sent_by.en if indicator.sent_by else None,
        "template": indicator.template,
        "direction": indicator.direction,
        "sources": "; ".join(indicator.sources),
        "beside": "; ".join(indicator.beside),
        "baseline_from": indicator.baseline[0],
        "baseline_to": indicator.baseline[1],
        "minimum_coverage": indicator.minimum_coverage,
        "status": indicator.status,
        "data": "no_data",
    }


_SPECIFICATION_FIELDS = {
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


def _specification_row(indicator: Indicator) -> dict[str, Any]:
    row, indicator_form = indicator.model_dump(include=_SPECIFICATION_FIELDS), form(indicator.form)
    return row | {
        "indicator": indicator.id,
        "trend": indicator_form.trend,
        "is_summed": indicator_form.is_summed,
        "slices": "+".join(indicator.slices),
        "minimum_numerator": float(indicator.minimum_numerator),
    }
