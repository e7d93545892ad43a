"""The labelled layer and the indicators' values in SDMX: structures in SDMX-ML 3.0, data in SDMX-CSV 2.0.

A structure follows schemas/tables in SDMX's roles, and adds only the components that SDMX requires. Computes
no figure. pysdmx accepts unknown codes and rows without a key, so both are checked before. SDMX names are in
English; the Spanish ones are in annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from schemas.codelists import NOT_APPLICABLE, codelist, names
from schemas.tables import DIMENSIONS, Column, Table, table
from schemas.words import InvalidValue
from warehouse.home import quote_path
from warehouse.reading.client import Warehouse

if TYPE_CHECKING:
    import pandas as pd
    from pysdmx import model

AGENCY = "LINEABASE"
TABLES = (
    "baseline.headline",
    "baseline.headline_origin",
    "baseline.headline_exploitation",
    "baseline.headline_region",
    "baseline.indicator_values",
)
"""The tables that are dataflows, each under its own name."""
STRUCTURES, CONCEPTS, TIME = "structures.xml", "CONCEPTS", "TIME_PERIOD"

_IDS = {
    "reporting_country": "REF_AREA",
    "frequency": "FREQ",
    "age_group": "AGE",
    "unit": "UNIT_MEASURE",
}
"""Columns with another name in SDMX. Every other column has its own name in capitals."""

_CODELISTS = {
    "class_level": "class_kind",
    "denominator_basis": "denominator_kind",
    "direction": "trend_direction",
    "flag": "obs_flag",
    "grouping": "area",
    "how": "headline_how",
    "largest_member": "area",
    "level": "trend_level",
    "members": "area",
    "period_basis": "year_kind",
    "preferred": "yes_no",
    "reporting_country": "area",
    "unit": "unit_measure",
    **{d.name: "area" for d in DIMENSIONS if d.values == "country"},
}
"""Columns whose codelist has another name than the column."""

_SEPARATORS = {"flag": "+", "members": " "}
"""Columns with several codes in a cell, and their separator. SDMX treats them as text."""

_NO_COMPONENTS = ("year", "period", "citation")
"""Columns that are no components: the time dimension or the list of collections has them."""

_YEARS = "replace(t.period, 'FY', '')"
_TIME = rf"""
CASE WHEN regexp_full_match({_YEARS}, '\d{{4}}-\d{{4}}')
THEN concat({_YEARS}[:4], '-01-01/P', CAST({_YEARS}[6:] AS INTEGER) - CAST({_YEARS}[:4] AS INTEGER) + 1, 'Y')
ELSE {_YEARS} END
"""
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?|\d{4}-01-01/P[1-9]\d*Y")
"""A year, quarter, month, or range of years. PERIOD_BASIS states whether a year is fiscal."""

_IS_SUPPRESSED = (
    "(t.value_low IS NULL AND list_has_any(string_split(t.collection, ' '), "
    "(SELECT list(collection) FROM registry.collections WHERE confidentiality <> 'open')))"
)
_SDMX_VALUES = {
    "obs_status": (
        f"CASE WHEN {_IS_SUPPRESSED} THEN 'Q' WHEN t.value_low IS NULL THEN 'O' ELSE t.obs_status END"
    ),
    "preferred": "CASE WHEN t.preferred THEN 'yes' ELSE 'no' END",
}
"""SQL of codes that SDMX defines differently: a value without a number is missing or suppressed."""

_ADDED_COLUMNS = {
    "frequency": "'A'",
    "how": (
        "CASE WHEN t.value_low IS NULL THEN 'withheld' WHEN t.value_high IS NULL THEN 'at_least' "
        "WHEN t.value_low = t.value_high THEN 'exact' ELSE 'between' END"
    ),
    "conf_status": f"CASE WHEN {_IS_SUPPRESSED} THEN 'C' ELSE 'F' END",
}
"""SQL of columns that every dataflow has, for tables that lack them."""

_COMMENTS = {
    "frequency": Column("frequency", "VARCHAR", "Frecuencia de los períodos", "Frequency of the periods"),
    "how": Column(
        "how",
        "VARCHAR",
        "Cómo se dice el valor; at_least: nadie sabe cuántos más, la celda del límite superior va vacía",
        "How the value is told; at_least: nobody knows how many more, the cell of the upper bound is empty",
    ),
    "conf_status": Column(
        "conf_status",
        "VARCHAR",
        "Confidencialidad (SDMX): C, retenido para proteger recuentos pequeños",
        "Confidentiality (SDMX): C, withheld to protect small counts",
    ),
}

WRITER = "pysdmx"
"""The package that writes structures. It is part of the extra for making releases."""
_TIME_COLUMN = Column(
    TIME,
    "VARCHAR",
    "Año, trimestre, mes o varios años juntos (2016-01-01/P3Y); de qué años, en PERIOD_BASIS",
    "Year, quarter, month, or several years together (2016-01-01/P3Y); of which years, in PERIOD_BASIS",
)


class NotSdmx(InvalidValue):
    """The release has content that SDMX cannot express with its structure."""


@dataclass(frozen=True)
class Component:
    """A component of a structure: a column's role in SDMX, and the SQL that selects it."""

    id: str
    column: Column
    role: Literal["dimension", "measure", "attribute"]
    sql: str
    list_name: str | None = None
    separator: str | None = None
    required: bool = False


@dataclass(frozen=True)
class ListedCode:
    """A code of a codelist."""

    code: str
    en: str
    es: str
    parent: str | None = None
    describes: str | None = None
    external: str | None = None

    @cached_property
    def id(self) -> str:
        """The code in SDMX's character set: letters, digits and four marks."""
        return re.sub(r"[^A-Za-z0-9_@$-]+", "_", self.code)


Codelists = dict[str, dict[str, ListedCode]]
"""Codelists by name; in each the codes by their own spelling."""


def write(warehouse: Warehouse, folder: Path, tables: Sequence[str] | None = None) -> list[Path]:
    """Write structures.xml and a CSV per dataflow, by default of TABLES; return their paths.

    Raises NotSdmx.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dataflows = TABLES if tables is None else tables
    flows = {name: (table(name).public(), list(components(table(name).public()))) for name in dataflows}
    lists = {
        name: _codes_of_list(warehouse, name)
        for name in _used_lists(p for _, parts in flows.values() for p in parts)
    }
    structures = _Structures(version(warehouse.release), lists)
    paths = [folder / STRUCTURES, *(folder / f"{_flow_id(name)}.csv" for name in dataflows)]
    frames = [
        _convert_rows(_rows(warehouse, name, parts), name, parts, lists) for name, (_, parts) in flows.items()
    ]
    artefacts = structures.artefacts(flows.values())
    _write_structures(warehouse, artefacts, paths[0])
    for name, frame, path in zip(flows, frames, paths[1:], strict=True):
        _write_data(f"{AGENCY}:{_flow_id(name)}({structures.version})", frame, path)
    return paths


def _flow_id(name: str) -> str:
    return name.partition(".")[2].upper()


def version(release: str) -> str:
    """Return a release's number as an SDMX version.

    Two releases never have the same version, so a list never changes within a version.
    """
    numbers = re.fullmatch(r"(\d{4})-Q(\d)\.r(\d+)", release)
    return ".".join(numbers.groups()) if numbers else "0.0.0-draft"


# ---- columns as components -------------------------------------------------------------------------


def components(definition: Table) -> Iterator[Component]:
    """Yield a table's components: its key, the time, the measures, and the attributes."""
    columns = {c.name: c for c in definition.columns if not c.name.endswith(("_es", "_en"))}
    added_columns = {name: _COMMENTS[name] for name in _ADDED_COLUMNS if name not in columns}
    key = [name for name in definition.key if name not in ("year", "period_start")]
    for name in (*(["frequency"] if "frequency" in added_columns else []), *key):
        yield _component(
            {**columns, **added_columns}[name], "dimension", _ADDED_COLUMNS if name in added_columns else {}
        )
    yield Component(TIME, _TIME_COLUMN, "dimension", _TIME, required=True)
    for column in columns.values():
        if column.type == "DOUBLE":
            bound = f"CASE WHEN isfinite(t.{column.name}) THEN t.{column.name} END"
            yield Component(column.name.upper(), column, "measure", bound)
    for name, column in {**columns, **added_columns}.items():
        if name not in (*key, *_NO_COMPONENTS) and column.type != "DOUBLE" and name != "frequency":
            yield _component(column, "attribute", _ADDED_COLUMNS if name in added_columns else _SDMX_VALUES)


def _component(
    column: Column, role: Literal["dimension", "attribute"], expressions: dict[str, str]
) -> Component:
    list_name = _CODELISTS.get(column.name, column.name)
    has_list = list_name in (*names(), *_RELEASE_LISTS)
    return Component(
        _IDS.get(column.name, column.name.upper()),
        column,
        role,
        expressions.get(column.name, f"t.{column.name}"),
        list_name if has_list else None,
        _SEPARATORS.get(column.name),
        role == "dimension",
    )


# ---- the lists -------------------------------------------------------------------------------------

_RELEASE_LISTS = {
    "area": (
        "SELECT country AS code, name_en AS en, name_es AS es, NULL AS parent, NULL AS describes "
        "FROM reference.countries ORDER BY country"
    ),
    "indicator": (
        "SELECT indicator, name_en, name_es, NULL, concat_ws(' ', definition_en, caveat_en) "
        "FROM baseline.catalogue ORDER BY indicator"
    ),
    "collection": """
        SELECT collection, title_en, title_es, NULL, citation FROM registry.collections
        UNION ALL
        SELECT
            several,
            string_agg(title_en, '; ' ORDER BY collection),
            string_agg(title_es, '; ' ORDER BY collection),
            NULL,
            string_agg(DISTINCT citation, ' ' ORDER BY citation)
        FROM (
            SELECT DISTINCT collection AS several, unnest(string_split(collection, ' ')) AS collection
            FROM baseline.indicator_values WHERE contains(collection, ' ')
        )
        JOIN registry.collections USING (collection)
        GROUP BY several
        ORDER BY ALL
    """,
    "provider": """
        SELECT DISTINCT provider, provider, provider, NULL, NULL
        FROM (SELECT provider FROM registry.collections UNION SELECT provider FROM baseline.indicator_values)
        WHERE provider IS NOT NULL ORDER BY provider
    """,
}
"""SQL of codelists from the release. The collections of a regional figure share a combined code."""

_LISTS_WITH_NONE = ("measure", "origin_class")
"""Lists that get a code for not applicable, because records lack a measure and countries may lack a class."""


def _used_lists(components: Iterable[Component]) -> list[str]:
    return sorted({p.list_name for p in components if p.list_name})


def _codes_of_list(warehouse: Warehouse, name: str) -> dict[str, ListedCode]:
    """Return the codes of a list by their spelling. Raises NotSdmx if two would be equal in SDMX."""
    release_rows = warehouse.query(_RELEASE_LISTS[name]) if name in _RELEASE_LISTS else None
    listed_codes = (
        []
        if release_rows is None
        else [ListedCode(*map(_text_or_none, row)) for row in release_rows.to_numpy()]
    )
    if name in _LISTS_WITH_NONE:
        not_applicable = codelist("counterpart_role")[NOT_APPLICABLE]
        listed_codes.append(ListedCode(not_applicable.code, not_applicable.en, not_applicable.es))
    codes = codelist(name).values() if name in names() else ()
    listed_codes += [ListedCode(c.code, c.en, c.es, c.parent, external=c.external or None) for c in codes]
    by_id: dict[str, ListedCode] = {}
    for code in listed_codes:
        if (other := by_id.setdefault(code.id, code)) is not code:
            raise NotSdmx("sdmx.alike", listed=name, code=code.code, other=other.code)
    return {code.code: code for code in listed_codes}


def _text_or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None


# ---- the rows --------------------------------------------------------------------------------------


def _rows(warehouse: Warehouse, name: str, parts: list[Component]) -> pd.DataFrame:
    """Return a table's rows with the ids of its components as columns."""
    columns = ", ".join(f"{p.sql} AS {p.id}" for p in parts)
    return warehouse.query(f"SELECT {columns} FROM {name} AS t ORDER BY ALL")


def _convert_rows(rows: pd.DataFrame, name: str, parts: list[Component], lists: Codelists) -> pd.DataFrame:
    """Return the rows with SDMX codes. Raises NotSdmx for errors that pysdmx does not detect."""
    rows = rows.copy()
    key = [p.id for p in parts if p.role == "dimension"]
    for p in parts:
        if p.required and (missing := rows[p.id].isna() | rows[p.id].eq("")).any():
            raise NotSdmx("sdmx.missing", table=name, column=p.id, rows=int(missing.sum()))
        if p.id == TIME and (invalid := rows[~rows[TIME].astype(str).str.fullmatch(_PERIOD)][TIME]).size:
            raise NotSdmx("sdmx.no_period", table=name, value=invalid.iloc[0])
        if p.list_name:
            rows[p.id] = rows[p.id].map(_sdmx_texts(rows[p.id], p, name, lists[p.list_name]))
        elif p.column.type == "DATE":
            rows[p.id] = rows[p.id].dt.date
    if (repeated_rows := rows[rows.duplicated(key)]).size:
        raise NotSdmx("sdmx.repeated", table=name, key=", ".join(map(str, repeated_rows[key].iloc[0])))
    return rows


def _sdmx_texts(
    cells: pd.Series, component: Component, name: str, codes: dict[str, ListedCode]
) -> dict[str, str]:
    """Return each cell's text in SDMX codes."""
    texts: dict[str, str] = {}
    for cell in cells.dropna().unique():
        cell_codes = cell.split(component.separator) if component.separator else [cell]
        if unknown := [code for code in cell_codes if code not in codes]:
            raise NotSdmx(
                "sdmx.unknown_code",
                table=name,
                column=component.id,
                code=unknown[0],
                listed=component.list_name,
            )
        texts[cell] = (component.separator or "").join(codes[code].id for code in cell_codes)
    return texts


# ---- writing ---------------------------------------------------------------------------------------


class _Structures:
    """The artefacts of a version: lists, concepts, structures and dataflows."""

    def __init__(self, version: str, lists: Codelists) -> None:
        self.version = version
        self.lists = {name: self._codelist(name, codes) for name, codes in lists.items()}

    def artefacts(self, flows: Iterable[tuple[Table, list[Component]]]) -> list[Any]:
        """Return all artefacts, each after those that it refers to."""
        from pysdmx import model

        flows = list(flows)
        agency = model.Agency(id=AGENCY, name="lineabase")
        concepts = {p.id: p for _, parts in flows for p in reversed(parts)}
        scheme = model.ConceptScheme(
            id=CONCEPTS,
            name="What the tables say",
            agency=AGENCY,
            version=self.version,
            annotations=_spanish("Lo que dicen las tablas"),
            items=[self._concept(concepts[name]) for name in sorted(concepts)],
        )
        structures = [self._structure(definition, parts) for definition, parts in flows]
        return [
            model.AgencyScheme(agency="SDMX", items=[agency]),
            *self.lists.values(),
            scheme,
            *structures,
            *(
                self._flow(definition, structure)
                for (definition, _), structure in zip(flows, structures, strict=True)
            ),
        ]

    def _codelist(self, name: str, codes: dict[str, ListedCode]) -> model.Codelist:
        from pysdmx import model

        return model.Codelist(
            id=f"CL_{name.upper()}",
            name=name.replace("_", " ").capitalize(),
            agency=AGENCY,
            version=self.version,
            items=[
                model.Code(id=c.id, name=c.en, description=c.describes, annotations=_code_annotations(c))
                for c in codes.values()
            ],
        )

    def _concept(self, part: Component) -> model.Concept:
        from pysdmx import model

        name = part.id.replace("_", " ").capitalize()
        return model.Concept(
            id=part.id, name=name, description=part.column.en, annotations=_spanish(part.column.es)
        )

    def _component(self, part: Component) -> model.Component:
        from pysdmx import model

        codes = self.lists[part.list_name] if part.list_name and not part.separator else None
        types = {
            "DOUBLE": model.DataType.DOUBLE,
            "DATE": model.DataType.DATE,
            "BIGINT": model.DataType.INTEGER,
        }
        kind = (
            model.DataType.PERIOD if part.id == TIME else types.get(part.column.type, model.DataType.STRING)
        )
        return model.Component(
            id=part.id,
            required=part.required,
            role=model.Role[part.role.upper()],
            concept=model.ItemReference("Concept", AGENCY, CONCEPTS, self.version, part.id),
            local_dtype=None if codes else kind,
            local_codes=codes,
            attachment_level="O" if part.role == "attribute" else None,
        )

    def _structure(self, definition: Table, parts: list[Component]) -> model.DataStructureDefinition:
        from pysdmx import model

        return model.DataStructureDefinition(
            id=f"DSD_{_flow_id(definition.full_name)}",
            name=definition.en,
            agency=AGENCY,
            version=self.version,
            annotations=_spanish(definition.es),
            components=model.Components([self._component(p) for p in parts]),
        )

    def _flow(self, definition: Table, structure: model.DataStructureDefinition) -> model.Dataflow:
        from pysdmx import model

        return model.Dataflow(
            id=_flow_id(definition.full_name),
            name=definition.en,
            agency=AGENCY,
            version=self.version,
            annotations=_spanish(definition.es),
            structure=structure,
        )


def _spanish(text: str) -> list[model.Annotation]:
    from pysdmx import model

    return [model.Annotation(type="es", title=text)]


def _code_annotations(code: ListedCode) -> list[model.Annotation]:
    """Return annotations for data that pysdmx's codes lack: Spanish name, parent, external and own code."""
    from pysdmx import model

    release_code = code.code if code.code != code.id else None
    texts = {"es": code.es, "parent": code.parent, "same_as": code.external, "release_code": release_code}
    return [model.Annotation(type=kind, title=text) for kind, text in texts.items() if text]


_MEASURE_RELATIONSHIP = re.compile(r"\s*<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL)
"""pysdmx lists every measure for an attribute of all measures. No list means the same, and sdmx1 reads it."""


def _write_structures(warehouse: Warehouse, artefacts: list[Any], path: Path) -> None:
    """Write the structures. The header has the release's name and time, so that repeated writing is equal."""
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.model import Organisation
    from pysdmx.model.message import Header

    release = warehouse.query("SELECT CAST(built_on AS TIMESTAMPTZ) AS built_on FROM registry.release")
    header = Header(
        id=ListedCode(f"lineabase-{warehouse.release}", "", "").id,
        prepared=release["built_on"].iloc[0].to_pydatetime(),
        sender=Organisation(id=AGENCY),
    )
    xml = write_sdmx(artefacts, Format.STRUCTURE_SDMX_ML_3_0, header=header, prettyprint=True)
    path.write_text(_MEASURE_RELATIONSHIP.sub("", str(xml)), encoding="utf-8", newline="\n")


def _write_data(dataflow: str, rows: pd.DataFrame, path: Path) -> None:
    """Write rows as SDMX-CSV 2.0 that replaces earlier rows. pysdmx writes the same in ten times as long."""
    columns = ", ".join(f'nullif(CAST("{name}" AS VARCHAR), \'\') AS "{name}"' for name in rows.columns)
    structure = f"'dataflow' AS STRUCTURE, '{dataflow}' AS STRUCTURE_ID, 'R' AS ACTION"
    with duckdb.connect() as db:
        db.register("converted", rows)
        db.execute(
            f"COPY (SELECT {structure}, {columns} FROM converted) TO {quote_path(path)} (FORMAT CSV, HEADER)"
        )
