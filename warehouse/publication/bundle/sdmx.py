"""The labelled layer and the indicators' values in SDMX: structures in SDMX-ML 3.0, data in SDMX-CSV 2.0.

A structure is what schemas/tables declares, in SDMX's roles; it adds no column of its own but those that
SDMX asks for. Computes no figure. pysdmx writes codes that are none and rows without a key, so both are
looked for before. It has one language: names are English, the Spanish ones stand in annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from schemas.codelists import NOT_APPLICABLE, codelist, names
from schemas.tables import DIMENSIONS, Column, Table, table
from schemas.words import Wrong
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
"""What SDMX calls otherwise. Every other column bears its own name, in capitals."""

_LISTS = {
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
"""The list of a column's codes, where it is not the list of its name."""

_SEVERAL = {"flag": "+", "members": " "}
"""Columns with several codes in a cell, and what joins them: text for SDMX, as its readers have no lists."""

_ELSEWHERE = ("year", "period", "citation")
"""Columns that are no components: the time dimension tells them, or the list of collections."""

_YEARS = "replace(t.period, 'FY', '')"
_TIME = rf"""
CASE WHEN regexp_full_match({_YEARS}, '\d{{4}}-\d{{4}}')
THEN concat({_YEARS}[:4], '-01-01/P', CAST({_YEARS}[6:] AS INTEGER) - CAST({_YEARS}[:4] AS INTEGER) + 1, 'Y')
ELSE {_YEARS} END
"""
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?|\d{4}-01-01/P[1-9]\d*Y")
"""A year, a quarter, a month, or a range of years; that a year is fiscal is said by PERIOD_BASIS."""

_HIDDEN = (
    "(t.value_low IS NULL AND list_has_any(string_split(t.collection, ' '), "
    "(SELECT list(collection) FROM registry.collections WHERE confidentiality <> 'open')))"
)
_WRITTEN = {
    "obs_status": f"CASE WHEN {_HIDDEN} THEN 'Q' WHEN t.value_low IS NULL THEN 'O' ELSE t.obs_status END",
    "preferred": "CASE WHEN t.preferred THEN 'yes' ELSE 'no' END",
}
"""What SDMX says in other codes than the release: a cell without a figure is missing, or suppressed."""

_ADDED = {
    "frequency": "'A'",
    "how": (
        "CASE WHEN t.value_low IS NULL THEN 'withheld' WHEN t.value_high IS NULL THEN 'at_least' "
        "WHEN t.value_low = t.value_high THEN 'exact' ELSE 'between' END"
    ),
    "conf_status": f"CASE WHEN {_HIDDEN} THEN 'C' ELSE 'F' END",
}
"""Columns that every dataflow has, as they are made where the table lacks them."""

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
"""The package that writes structures and data; of the extra that makes releases."""
_TIME_COLUMN = Column(
    TIME,
    "VARCHAR",
    "Año, trimestre, mes o varios años juntos (2016-01-01/P3Y); de qué años, en PERIOD_BASIS",
    "Year, quarter, month, or several years together (2016-01-01/P3Y); of which years, in PERIOD_BASIS",
)


class NotSdmx(Wrong):
    """What a release says cannot be said in SDMX as its structure has it."""


@dataclass(frozen=True)
class Part:
    """A component of a structure: what a column is in SDMX, and how it is asked for."""

    id: str
    column: Column
    role: Literal["dimension", "measure", "attribute"]
    sql: str
    listed: str | None = None
    several: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Listed:
    """One code as a list has it."""

    code: str
    en: str
    es: str
    parent: str | None = None
    describes: str | None = None
    external: str | None = None

    @cached_property
    def id(self) -> str:
        """The code as SDMX can write it: letters, digits and four marks."""
        return re.sub(r"[^A-Za-z0-9_@$-]+", "_", self.code)


Lists = dict[str, dict[str, Listed]]
"""Lists by name; in each the codes by their own words."""


def write(warehouse: Warehouse, folder: Path) -> list[Path]:
    """Write structures.xml and a CSV a dataflow into `folder`; their paths. Raises NotSdmx."""
    folder.mkdir(parents=True, exist_ok=True)
    version = _version(warehouse.release)
    flows = {name: (table(name).public(), list(parts(table(name).public()))) for name in TABLES}
    lists = {name: _list(warehouse, name) for name in _used(p for _, own in flows.values() for p in own)}
    structures = _Structures(version, lists)
    written = [folder / STRUCTURES, *(folder / f"{_flow_id(name)}.csv" for name in TABLES)]
    frames = [_checked(_rows(warehouse, name, own), name, own, lists) for name, (_, own) in flows.items()]
    artefacts = structures.artefacts(flows.values())
    _write_structures(warehouse, artefacts, written[0])
    for (declared, own), frame, path in zip(flows.values(), frames, written[1:], strict=True):
        _write_data(structures.schema(declared, own), frame, path)
    return written


def _flow_id(name: str) -> str:
    return name.partition(".")[2].upper()


def _version(release: str) -> str:
    """A release's number as SDMX counts: two releases never have the same, and no list changes under one."""
    numbers = re.fullmatch(r"(\d{4})-Q(\d)\.r(\d+)", release)
    return ".".join(numbers.groups()) if numbers else "0.0.0-draft"


# ---- what the columns are ---------------------------------------------------------------------------


def parts(declared: Table) -> Iterator[Part]:
    """A table's components: its key, the time, the measures, and what is known beside them."""
    own = {c.name: c for c in declared.columns if not c.name.endswith(("_es", "_en"))}
    added = {name: _COMMENTS[name] for name in _ADDED if name not in own}
    key = [name for name in declared.key if name not in ("year", "period_start")]
    for name in (*(["frequency"] if "frequency" in added else []), *key):
        yield _part({**own, **added}[name], "dimension", _ADDED if name in added else {})
    yield Part(TIME, _TIME_COLUMN, "dimension", _TIME, required=True)
    for column in own.values():
        if column.type == "DOUBLE":
            bound = f"CASE WHEN isfinite(t.{column.name}) THEN t.{column.name} END"
            yield Part(column.name.upper(), column, "measure", bound)
    for name, column in {**own, **added}.items():
        if name not in (*key, *_ELSEWHERE) and column.type != "DOUBLE" and name != "frequency":
            yield _part(column, "attribute", _ADDED if name in added else _WRITTEN)


def _part(column: Column, role: Literal["dimension", "attribute"], written: dict[str, str]) -> Part:
    listed = _LISTS.get(column.name, column.name)
    is_listed = listed in (*names(), *_OF_THE_RELEASE)
    return Part(
        _IDS.get(column.name, column.name.upper()),
        column,
        role,
        written.get(column.name, f"t.{column.name}"),
        listed if is_listed else None,
        _SEVERAL.get(column.name),
        role == "dimension",
    )


# ---- the lists --------------------------------------------------------------------------------------

_OF_THE_RELEASE = {
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
"""The lists that a release brings. Several collections that one regional figure has have a code together."""

_OF_NONE = ("measure", "origin_class")
"""Lists without a code for none: records have no measure, a country outside its grouping no classes."""


def _used(components: Iterable[Part]) -> list[str]:
    return sorted({p.listed for p in components if p.listed})


def _list(warehouse: Warehouse, name: str) -> dict[str, Listed]:
    """The codes of a list by their own words. Raises NotSdmx if SDMX would write two of them alike."""
    of_release = warehouse.query(_OF_THE_RELEASE[name]) if name in _OF_THE_RELEASE else None
    found = [] if of_release is None else [Listed(*map(_text, row)) for row in of_release.to_numpy()]
    if name in _OF_NONE:
        none = codelist("counterpart_role")[NOT_APPLICABLE]
        found.append(Listed(none.code, none.en, none.es))
    codes = codelist(name).values() if name in names() else ()
    found += [Listed(c.code, c.en, c.es, c.parent, external=c.external or None) for c in codes]
    by_id: dict[str, Listed] = {}
    for code in found:
        if (other := by_id.setdefault(code.id, code)) is not code:
            raise NotSdmx("sdmx.alike", listed=name, code=code.code, other=other.code)
    return {code.code: code for code in found}


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else None


# ---- the rows ---------------------------------------------------------------------------------------


def _rows(warehouse: Warehouse, name: str, own: list[Part]) -> pd.DataFrame:
    """A table's rows under the ids of its components, codes in the release's own words."""
    asked = ", ".join(f"{p.sql} AS {p.id}" for p in own)
    return warehouse.query(f"SELECT {asked} FROM {name} AS t ORDER BY ALL")


def _checked(rows: pd.DataFrame, name: str, own: list[Part], lists: Lists) -> pd.DataFrame:
    """The rows as SDMX writes them. Raises NotSdmx for what pysdmx would write all the same."""
    rows = rows.copy()
    key = [p.id for p in own if p.role == "dimension"]
    for p in own:
        if p.required and (missing := rows[p.id].isna() | rows[p.id].eq("")).any():
            raise NotSdmx("sdmx.missing", table=name, column=p.id, rows=int(missing.sum()))
        if p.id == TIME and (wrong := rows[~rows[TIME].astype(str).str.fullmatch(_PERIOD)][TIME]).size:
            raise NotSdmx("sdmx.no_period", table=name, value=wrong.iloc[0])
        if p.listed:
            rows[p.id] = rows[p.id].map(_written(rows[p.id], p, name, lists[p.listed]))
        elif p.column.type == "DATE":
            rows[p.id] = rows[p.id].dt.date
    if (repeated := rows[rows.duplicated(key)]).size:
        raise NotSdmx("sdmx.repeated", table=name, key=", ".join(map(str, repeated[key].iloc[0])))
    return rows


def _written(cells: pd.Series, part: Part, name: str, codes: dict[str, Listed]) -> dict[str, str]:
    """Each cell's text as SDMX writes it."""
    said: dict[str, str] = {}
    for cell in cells.dropna().unique():
        several = cell.split(part.several) if part.several else [cell]
        if unknown := [code for code in several if code not in codes]:
            raise NotSdmx(
                "sdmx.unknown_code", table=name, column=part.id, code=unknown[0], listed=part.listed
            )
        said[cell] = (part.several or "").join(codes[code].id for code in several)
    return said


# ---- what pysdmx writes -----------------------------------------------------------------------------


class _Structures:
    """The artefacts of one version: lists, concepts, structures and dataflows."""

    def __init__(self, version: str, lists: Lists) -> None:
        self.version = version
        self.lists = {name: self._codelist(name, codes) for name, codes in lists.items()}

    def artefacts(self, flows: Iterable[tuple[Table, list[Part]]]) -> list[Any]:
        """All of them, each after what it names."""
        from pysdmx import model

        flows = list(flows)
        agency = model.Agency(id=AGENCY, name="lineabase")
        concepts = {p.id: p for _, own in flows for p in reversed(own)}
        scheme = model.ConceptScheme(
            id=CONCEPTS,
            name="What the tables say",
            agency=AGENCY,
            version=self.version,
            annotations=_spanish("Lo que dicen las tablas"),
            items=[self._concept(concepts[name]) for name in sorted(concepts)],
        )
        structures = [self._structure(declared, own) for declared, own in flows]
        return [
            model.AgencyScheme(agency="SDMX", items=[agency]),
            *self.lists.values(),
            scheme,
            *structures,
            *(self._flow(declared, one) for (declared, _), one in zip(flows, structures, strict=True)),
        ]

    def schema(self, declared: Table, own: list[Part]) -> model.Schema:
        """What a dataflow's rows must look like."""
        from pysdmx import model

        components = model.Components([self._component(p) for p in own])
        return model.Schema("dataflow", AGENCY, _flow_id(declared.full_name), components, self.version)

    def _codelist(self, name: str, codes: dict[str, Listed]) -> model.Codelist:
        from pysdmx import model

        return model.Codelist(
            id=f"CL_{name.upper()}",
            name=name.replace("_", " ").capitalize(),
            agency=AGENCY,
            version=self.version,
            items=[
                model.Code(id=c.id, name=c.en, description=c.describes, annotations=_notes(c))
                for c in codes.values()
            ],
        )

    def _concept(self, part: Part) -> model.Concept:
        from pysdmx import model

        name = part.id.replace("_", " ").capitalize()
        return model.Concept(
            id=part.id, name=name, description=part.column.en, annotations=_spanish(part.column.es)
        )

    def _component(self, part: Part) -> model.Component:
        from pysdmx import model

        listed = self.lists[part.listed] if part.listed and not part.several else None
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
            local_dtype=None if listed else kind,
            local_codes=listed,
            attachment_level="O" if part.role == "attribute" else None,
        )

    def _structure(self, declared: Table, own: list[Part]) -> model.DataStructureDefinition:
        from pysdmx import model

        return model.DataStructureDefinition(
            id=f"DSD_{_flow_id(declared.full_name)}",
            name=declared.en,
            agency=AGENCY,
            version=self.version,
            annotations=_spanish(declared.es),
            components=model.Components([self._component(p) for p in own]),
        )

    def _flow(self, declared: Table, structure: model.DataStructureDefinition) -> model.Dataflow:
        from pysdmx import model

        return model.Dataflow(
            id=_flow_id(declared.full_name),
            name=declared.en,
            agency=AGENCY,
            version=self.version,
            annotations=_spanish(declared.es),
            structure=structure,
        )


def _spanish(text: str) -> list[model.Annotation]:
    from pysdmx import model

    return [model.Annotation(type="es", title=text)]


def _notes(code: Listed) -> list[model.Annotation]:
    """What pysdmx's codes have no place for: names in Spanish and elsewhere, the code above, our spelling."""
    from pysdmx import model

    own = code.code if code.code != code.id else None
    said = {"es": code.es, "parent": code.parent, "same_as": code.external, "release_code": own}
    return [model.Annotation(type=kind, title=text) for kind, text in said.items() if text]


_OF_ALL_MEASURES = re.compile(r"\s*<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL)
"""pysdmx names every measure where an attribute is of all; none says the same, and sdmx1 can read that."""


def _write_structures(warehouse: Warehouse, artefacts: list[Any], path: Path) -> None:
    """Write the structures. Their header bears the release's name and time: each writing is the same."""
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.model import Organisation
    from pysdmx.model.message import Header

    release = warehouse.query("SELECT CAST(built_on AS TIMESTAMPTZ) AS built_on FROM registry.release")
    header = Header(
        id=Listed(f"lineabase-{warehouse.release}", "", "").id,
        prepared=release["built_on"].iloc[0].to_pydatetime(),
        sender=Organisation(id=AGENCY),
    )
    xml = write_sdmx(artefacts, Format.STRUCTURE_SDMX_ML_3_0, header=header, prettyprint=True)
    path.write_text(_OF_ALL_MEASURES.sub("", str(xml)), encoding="utf-8", newline="\n")


def _write_data(schema: model.Schema, rows: pd.DataFrame, path: Path) -> None:
    from pysdmx.io import write_sdmx
    from pysdmx.io.format import Format
    from pysdmx.io.pd import PandasDataset
    from pysdmx.model.dataset import ActionType

    data = PandasDataset(structure=schema, data=rows, action=ActionType.Replace)
    write_sdmx(data, Format.DATA_SDMX_CSV_2_0_0, str(path))
