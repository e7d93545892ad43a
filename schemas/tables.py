"""Every column of every table, once: name, type, nullability, visibility, Spanish and English comment.

DDL, comments, dictionary and exports are rendered from here; no value and no rule is decided here.
Names and columns are a public contract (docs/architecture.md, "Contract"); a change is in CHANGELOG.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Type = Literal["VARCHAR", "DOUBLE", "DATE", "BIGINT", "BOOLEAN"]
Visibility = Literal["public", "internal", "filtered"]


@dataclass(frozen=True)
class Column:
    """One column. `null`: NULL has a meaning there, which the comment says."""

    name: str
    type: Type
    es: str
    en: str
    null: bool = False
    visibility: Literal["public", "internal"] = "public"

    def comment(self) -> str:
        """The comment as it stands in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"


@dataclass(frozen=True)
class Table:
    """One table. `filtered`: only rows of open collections reach the public file."""

    schema: str
    name: str
    es: str
    en: str
    visibility: Visibility
    columns: tuple[Column, ...]
    is_view: bool = False

    @property
    def full_name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> list[str]:
        """Its columns' names, in order."""
        return [column.name for column in self.columns]

    def comment(self) -> str:
        """The comment as it stands in the database: Spanish, then English."""
        return f"{self.es} / {self.en}"

    def ddl(self) -> str:
        """CREATE TABLE with types and nullability."""
        lines = [f"    {c.name} {c.type}{'' if c.null else ' NOT NULL'}" for c in self.columns]
        return f"CREATE TABLE {self.full_name} (\n" + ",\n".join(lines) + "\n)"

    def comments(self) -> list[str]:
        """COMMENT ON statements for the table and its columns."""
        kind = "VIEW" if self.is_view else "TABLE"
        quoted = [(f"{kind} {self.full_name}", self.comment())]
        quoted += [(f"COLUMN {self.full_name}.{c.name}", c.comment()) for c in self.columns]
        return [f"COMMENT ON {what} IS '{text.replace(chr(39), chr(39) * 2)}'" for what, text in quoted]

    def public(self) -> Table:
        """The table as the public file has it: without its internal columns."""
        return replace(self, columns=tuple(c for c in self.columns if c.visibility == "public"))


def _c(name: str, type_: Type, es: str, en: str, *, null: bool = False, internal: bool = False) -> Column:
    return Column(name, type_, es, en, null, "internal" if internal else "public")


# Columns that several tables share, said once.
SUBMISSION = _c("submission", "VARCHAR", "Envío", "Submission")
PROVIDER = _c("provider", "VARCHAR", "Institución que envía", "Institution that sends")
COLLECTION = _c("collection", "VARCHAR", "Colección", "Collection")
FAMILY = _c("family", "VARCHAR", "Familia; nunca se suman entre sí", "Family; never added together")
MEASURE = _c("measure", "VARCHAR", "Qué se cuenta (lista measure)", "What is counted (list measure)")
WHOSE = _c(
    "whose",
    "VARCHAR",
    "De quién es el origen: víctima, migrante, persona procesada",
    "Whose origin: victim, migrant, offender",
)
BASIS = _c(
    "origin_basis",
    "VARCHAR",
    "Qué se tomó por origen: ciudadanía, nacimiento…",
    "What was taken as origin: citizenship, birth…",
)
COUNTRY = _c(
    "reporting_country",
    "VARCHAR",
    "País que informa (ISO 3166-1 alfa-3)",
    "Reporting country (ISO 3166-1 alpha-3)",
)
GROUPING = _c(
    "grouping",
    "VARCHAR",
    "Agrupación respecto de la cual se clasifica el origen",
    "Grouping that origin is classified against",
)
START = _c("period_start", "DATE", "Primer día del período", "First day of the period")
END = _c("period_end", "DATE", "Último día del período", "Last day of the period")
FREQUENCY = _c("frequency", "VARCHAR", "A anual, Q trimestral, M mensual", "A annual, Q quarterly, M monthly")
BREAKDOWN = _c(
    "breakdown",
    "VARCHAR",
    "Qué dimensiones detalla la fila; filas de distinto desglose cuentan a las mismas personas",
    "Which dimensions the row details; rows of different breakdowns count the same people",
)
SEX = _c("sex", "VARCHAR", "Sexo (SDMX CL_SEX); _T sin desglose", "Sex (SDMX CL_SEX); _T not broken down")
AGE = _c(
    "age_group",
    "VARCHAR",
    "Grupo de edad (SDMX CL_AGE); _T sin desglose",
    "Age group (SDMX CL_AGE); _T not broken down",
)
EXPLOITATION = _c(
    "exploitation",
    "VARCHAR",
    "Forma de explotación (HTCDS, GLOTIP); _T sin desglose",
    "Form of exploitation (HTCDS, GLOTIP); _T not broken down",
)
CITIZENSHIP = _c(
    "citizenship",
    "VARCHAR",
    "País de origen (alfa-3), código M49 de un agregado, STLS, _U, _O; _T sin desglose",
    "Country of origin (alpha-3), M49 code of an aggregate, STLS, _U, _O; _T not broken down",
)
ORIGIN = _c(
    "origin_class",
    "VARCHAR",
    "Clase de origen respecto de la agrupación; _T sin desglose",
    "Origin class relative to the grouping; _T not broken down",
)
FLAG = _c(
    "flag",
    "VARCHAR",
    "Advertencias unidas por «+»; NULL si no hay",
    "Warnings joined by “+”; NULL if none",
    null=True,
)

PANEL = _c(
    "panel",
    "VARCHAR",
    "Qué miembros suma (lista panel); _Z un país",
    "Which members it sums (list panel); _Z one country",
)
BREAK = _c(
    "break_id",
    "VARCHAR",
    "Día desde el que la serie cuenta lo mismo, si consta una ruptura; _Z ninguna",
    "Day since which the series counts the same, where a break is on record; _Z none",
)

DIMENSIONS = (
    _c(
        "area",
        "VARCHAR",
        "Zona dentro del país; _T todo el país",
        "Area within the country; _T the whole",
    ),
    SEX,
    AGE,
    EXPLOITATION,
    CITIZENSHIP,
    _c(
        "counterpart_country",
        "VARCHAR",
        "Otro país que interviene; _Z ninguno",
        "Other country involved; _Z none",
    ),
    _c(
        "counterpart_role",
        "VARCHAR",
        "Papel del otro país; _Z ninguno",
        "Role of the other country; _Z none",
    ),
    _c("legal_basis", "VARCHAR", "Base legal; _T sin desglose", "Legal basis; _T not broken down"),
    _c(
        "accompaniment",
        "VARCHAR",
        "Acompañamiento de niñas y niños; _T sin desglose",
        "Accompaniment of children; _T not broken down",
    ),
    _c(
        "place_of_exploitation",
        "VARCHAR",
        "Explotación interna o transfronteriza; _Z no consta",
        "Domestic or cross-border exploitation; _Z not given",
    ),
    _c(
        "country_of_exploitation",
        "VARCHAR",
        "País de explotación; _Z no consta",
        "Country of exploitation; _Z not given",
    ),
    _c(
        "authority_kind",
        "VARCHAR",
        "Tipo de autoridad; _Z no consta",
        "Kind of authority; _Z not given",
    ),
    _c(
        "identification_status",
        "VARCHAR",
        "Grado de identificación; _Z no consta",
        "Status of identification; _Z not given",
    ),
)
"""The dimensions that tell one figure of a period from another. Their defaults: `default_of`."""

UNDETAILED = (
    "counterpart_country",
    "counterpart_role",
    "place_of_exploitation",
    "country_of_exploitation",
    "authority_kind",
    "identification_status",
)


def default_of(dimension: str) -> str:
    """What a dimension says where no column fills it: `_Z` not given, or `_T` not broken down."""
    return "_Z" if dimension in UNDETAILED else "_T"


def _interval(stem: str, es: str, en: str, *, null: bool = False) -> tuple[Column, Column]:
    return (
        _c(f"{stem}_low", "DOUBLE", f"{es}, límite inferior", f"{en}, lower bound", null=null),
        _c(
            f"{stem}_high",
            "DOUBLE",
            f"{es}, límite superior; NULL sin límite",
            f"{en}, upper bound; NULL unbounded",
            null=True,
        ),
    )


def _of_members(column: Column) -> bool:
    """Whether only a regional sum has it."""
    return column.name.startswith(("member", "largest_", "population_share"))


OBSERVATIONS = Table(
    "core",
    "observations",
    "Cada valor recibido, en códigos armonizados, con su vigencia",
    "Every value received, in harmonised codes, with the days it was in force",
    "filtered",
    (
        _c(
            "observation",
            "VARCHAR",
            "Identificador del valor en su envío",
            "Identifier of the value in its submission",
        ),
        SUBMISSION,
        PROVIDER,
        COLLECTION,
        FAMILY,
        MEASURE,
        _c("unit", "VARCHAR", "Unidad", "Unit"),
        _c(
            "count_unit",
            "VARCHAR",
            "Qué es una unidad: persona, caso, delito, evento, tasa",
            "What one unit is: person, case, offence, event, rate",
        ),
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        FREQUENCY,
        _c(
            "period_basis",
            "VARCHAR",
            "Año civil, fiscal o según se informó",
            "Calendar year, fiscal year or as reported",
        ),
        _c(
            "recapture",
            "VARCHAR",
            "Si una persona puede contarse más de una vez",
            "Whether a person may be counted again",
        ),
        _c(
            "completeness",
            "DOUBLE",
            "Parte del período que abarca (1 = entero)",
            "Part of the period that it covers (1 = whole)",
        ),
        BREAKDOWN,
        *DIMENSIONS,
        _c(
            "citizenship_reported",
            "VARCHAR",
            "Origen tal como lo escribió el emisor",
            "Origin as the sender wrote it",
            null=True,
        ),
        ORIGIN,
        *_interval("value", "Valor", "Value"),
        _c("value_text", "VARCHAR", "Valor tal como se recibió", "Value as received"),
        _c("obs_status", "VARCHAR", "Estado de la observación (SDMX)", "Observation status (SDMX)"),
        FLAG,
        _c("known_from", "DATE", "Desde qué día estuvo vigente", "Day from which it was in force"),
        _c(
            "known_to",
            "DATE",
            "Hasta qué día (excluido); NULL si sigue vigente",
            "Day until which (excluded); NULL if still in force",
            null=True,
        ),
    ),
)

KEY = (MEASURE.name, COUNTRY.name, START.name, FREQUENCY.name, *(d.name for d in DIMENSIONS))
"""What identifies a figure within a submission: the observation key."""

SOURCES = Table(
    "core",
    "sources",
    "Celdas de las que salió cada valor",
    "Cells that each value came from",
    "filtered",
    (
        _c("observation", "VARCHAR", "Identificador del valor", "Identifier of the value"),
        SUBMISSION,
        _c("sheet", "VARCHAR", "Hoja", "Sheet", null=True),
        _c(
            "source_row",
            "BIGINT",
            "Fila, contada desde 1 como en la hoja",
            "Row, counted from 1 as in the sheet",
        ),
        _c("source_column", "VARCHAR", "Columna", "Column"),
        _c("cell", "VARCHAR", "Celda", "Cell"),
    ),
)

CURRENT = replace(
    OBSERVATIONS,
    name="current",
    is_view=True,
    es="Los valores vigentes a la fecha de la publicación",
    en="The values in force on the release's day",
)

RELEASE = Table(
    "registry",
    "release",
    "Esta publicación (una fila)",
    "This release (one row)",
    "public",
    (
        _c("release", "VARCHAR", "Trimestre cerrado y número", "Closed quarter and number"),
        _c("as_of", "DATE", "Día cuyo saber muestra", "Day whose knowledge it shows"),
        _c("built_on", "VARCHAR", "Cuándo se construyó (UTC)", "When it was built (UTC)"),
        _c(
            "versions",
            "VARCHAR",
            "Versiones del programa y de sus bibliotecas (JSON)",
            "Versions of the program and its libraries (JSON)",
        ),
    ),
)

COLLECTIONS = Table(
    "registry",
    "collections",
    "Las colecciones y sus condiciones",
    "The collections and their terms",
    "public",
    (
        PROVIDER,
        COLLECTION,
        _c("provider_kind", "VARCHAR", "Tipo de institución", "Kind of institution"),
        _c("title_es", "VARCHAR", "Título en español", "Title in Spanish"),
        _c("title_en", "VARCHAR", "Título en inglés", "Title in English"),
        _c("citation", "VARCHAR", "Cómo citarla", "How to cite it"),
        _c("licence", "VARCHAR", "Condiciones de uso", "Terms of use"),
        _c(
            "scope_es",
            "VARCHAR",
            "Qué casos abarca, si no son todos",
            "Which cases it covers, if not all, in Spanish",
            null=True,
        ),
        _c(
            "scope_en",
            "VARCHAR",
            "Qué casos abarca, en inglés",
            "Which cases it covers, in English",
            null=True,
        ),
        FAMILY,
        FREQUENCY,
        _c(
            "delivery",
            "VARCHAR",
            "full: cada envío reemplaza todo; by_period: por período",
            "full: each submission replaces all; by_period: by period",
        ),
        _c("confidentiality", "VARCHAR", "Nivel de protección", "Level of protection"),
        _c("year_starts", "BIGINT", "Mes en que empieza el año", "Month in which the year starts"),
        _c(
            "due_days",
            "BIGINT",
            "Días de plazo tras el fin del período",
            "Days allowed after the period's end",
        ),
        _c(
            "absent_cell",
            "VARCHAR",
            "Qué significa una categoría ausente en un período reportado",
            "What a category missing within a reported period means",
        ),
        _c(
            "fixed_country",
            "VARCHAR",
            "País que informa, si es uno solo",
            "Reporting country, if there is one only",
            null=True,
        ),
    ),
)

EXHAUSTIVE = Table(
    "registry",
    "exhaustive",
    "Desgloses que se pueden sumar a un total, según la ficha",
    "Breakdowns that may be added up to a total, as the card says",
    "public",
    (COLLECTION, BREAKDOWN),
)

DECISIONS = Table(
    "registry",
    "decisions",
    "Lo que se decidió sobre valores, rupturas y cambios (breaks.toml de cada colección)",
    "What was decided on values, breaks and changes (each collection's breaks.toml)",
    "public",
    (
        _c(
            "kind",
            "VARCHAR",
            "confirmed_value, confirmed_origin, real_change, break, suspected_break",
            "confirmed_value, confirmed_origin, real_change, break, suspected_break",
        ),
        COLLECTION,
        _c("measure", "VARCHAR", "Medida; NULL todas", "Measure; NULL all", null=True),
        _c(
            "reporting_country",
            "VARCHAR",
            "País que informa; NULL todos",
            "Reporting country; NULL all",
            null=True,
        ),
        _c(
            "period_start",
            "DATE",
            "Primer día del período; una ruptura empieza en él",
            "First day of the period; a break begins with it",
        ),
        FREQUENCY,
        _c(
            "dimension",
            "VARCHAR",
            "Desglose al que toca; NULL todos",
            "Breakdown it touches; NULL all",
            null=True,
        ),
        _c("citizenship", "VARCHAR", "Origen confirmado", "Origin confirmed", null=True),
        _c("value", "DOUBLE", "Valor confirmado", "Value confirmed", null=True),
        _c("reason_es", "VARCHAR", "Razón, en español", "Reason, in Spanish"),
        _c("reason_en", "VARCHAR", "Razón, en inglés", "Reason, in English"),
        _c("source", "VARCHAR", "De dónde consta", "Where it is on record"),
        _c("decided_by", "VARCHAR", "Oficina que decidió", "Office that decided"),
        _c("decided_on", "DATE", "Día de la decisión", "Day of the decision"),
    ),
)

SUBMISSIONS = Table(
    "registry",
    "submissions",
    "Cada archivo recibido y la suerte de sus filas",
    "Every file received and the fate of its rows",
    "public",
    (
        SUBMISSION,
        PROVIDER,
        COLLECTION,
        _c("received_on", "DATE", "Día de recepción", "Day of receipt"),
        _c("file_name", "VARCHAR", "Nombre del archivo", "File name"),
        _c("sha256", "VARCHAR", "Huella del archivo", "Hash of the file"),
        _c("bytes", "BIGINT", "Tamaño", "Size"),
        _c("status", "VARCHAR", "accepted, rejected o refused", "accepted, rejected or refused"),
        _c(
            "rows_received",
            "BIGINT",
            "Filas recibidas = suma de las cinco siguientes",
            "Rows received = sum of the next five",
        ),
        _c("rows_accepted", "BIGINT", "Filas aceptadas", "Rows accepted"),
        _c("rows_quarantined", "BIGINT", "Filas en cuarentena", "Rows quarantined"),
        _c("rows_out_of_scope", "BIGINT", "Filas fuera del alcance", "Rows out of scope"),
        _c(
            "rows_check_only",
            "BIGINT",
            "Filas de totales, solo comprobadas",
            "Rows of totals, only checked",
        ),
        _c(
            "rows_layout",
            "BIGINT",
            "Filas de títulos, notas o vacías",
            "Rows of banners, notes or blank",
        ),
        _c("errors", "BIGINT", "Hallazgos de gravedad error", "Findings of severity error"),
        _c(
            "warnings",
            "BIGINT",
            "Hallazgos de gravedad advertencia",
            "Findings of severity warning",
        ),
        _c(
            "fingerprint",
            "VARCHAR",
            "Huella de archivo, ficha, códigos y programa",
            "Fingerprint of file, card, codes and program",
        ),
        _c(
            "withdrawn_on",
            "DATE",
            "Día en que se retiró; NULL si no",
            "Day of withdrawal; NULL if not",
            null=True,
        ),
    ),
)

FINDINGS = Table(
    "registry",
    "findings",
    "Lo que se halló en los archivos (hasta 100 ejemplos por regla)",
    "What was found in the files (at most 100 examples a rule)",
    "filtered",
    (
        SUBMISSION,
        _c("sheet", "VARCHAR", "Hoja", "Sheet", null=True),
        _c(
            "source_row",
            "BIGINT",
            "Fila; NULL si es del archivo entero",
            "Row; NULL if of the whole file",
            null=True,
        ),
        _c("column_name", "VARCHAR", "Columna", "Column", null=True),
        _c("cell", "VARCHAR", "Celda", "Cell", null=True),
        _c("value", "VARCHAR", "Valor hallado", "Value found", null=True, internal=True),
        _c("rule", "VARCHAR", "Regla", "Rule"),
        _c("severity", "VARCHAR", "error o warning", "error or warning"),
        _c(
            "occurrences",
            "BIGINT",
            "Cuántas veces se halló en el envío",
            "How often it was found in the submission",
        ),
        _c(
            "message_es",
            "VARCHAR",
            "Qué pasa y qué hacer, en español, sin valores",
            "What is wrong and what to do, in Spanish, without values",
        ),
        _c(
            "message_en",
            "VARCHAR",
            "Qué pasa y qué hacer, en inglés, sin valores",
            "What is wrong and what to do, in English, without values",
        ),
        _c(
            "detail_es",
            "VARCHAR",
            "El mensaje con el valor, en español",
            "The message with the value, in Spanish",
            internal=True,
        ),
        _c(
            "detail_en",
            "VARCHAR",
            "El mensaje con el valor, en inglés",
            "The message with the value, in English",
            internal=True,
        ),
        _c(
            "suggestion",
            "VARCHAR",
            "Sugerencia, nunca aplicada",
            "Suggestion, never applied",
            null=True,
            internal=True,
        ),
    ),
)

COUNTRIES = Table(
    "reference",
    "countries",
    "Países, territorios, entidades históricas, agregados y códigos especiales de origen",
    "Countries, territories, historic entities, aggregates and special codes of origin",
    "public",
    (
        _c("country", "VARCHAR", "Código", "Code"),
        _c("alpha2", "VARCHAR", "ISO alfa-2", "ISO alpha-2", null=True),
        _c("m49", "VARCHAR", "Código M49", "M49 code", null=True),
        _c("kind", "VARCHAR", "country, territory, historic…", "country, territory, historic…"),
        _c(
            "sovereign",
            "VARCHAR",
            "Estado soberano del territorio",
            "Sovereign state of the territory",
            null=True,
        ),
        _c("region", "VARCHAR", "Región M49", "M49 region", null=True),
        _c("name_es", "VARCHAR", "Nombre en español", "Name in Spanish"),
        _c("name_en", "VARCHAR", "Nombre en inglés", "Name in English"),
        _c("name_fr", "VARCHAR", "Nombre en francés", "Name in French"),
    ),
)

GROUPINGS = Table(
    "reference",
    "groupings",
    "Miembros de cada agrupación, con fechas y fuente",
    "Members of each grouping, with dates and source",
    "public",
    (
        GROUPING,
        _c("member", "VARCHAR", "País miembro", "Member country"),
        _c("valid_from", "DATE", "Miembro desde", "Member from"),
        _c(
            "valid_to",
            "DATE",
            "Miembro hasta; NULL si sigue",
            "Member until; NULL if still",
            null=True,
        ),
        _c("source", "VARCHAR", "Fuente", "Source"),
        _c("note", "VARCHAR", "Nota", "Note", null=True),
    ),
)

ORIGIN_CLASSES = Table(
    "reference",
    "origin_classes",
    "Clase de origen de cada ciudadanía para cada país que informa, agrupación y tiempo",
    "Origin class of every citizenship for every reporting country, grouping and time",
    "public",
    (
        GROUPING,
        COUNTRY,
        CITIZENSHIP,
        _c("valid_from", "DATE", "Desde este día", "From this day"),
        _c(
            "valid_to",
            "DATE",
            "Hasta este día, incluido; NULL si sigue",
            "Until this day, included; NULL if still",
            null=True,
        ),
        ORIGIN,
    ),
)

POPULATION = Table(
    "reference",
    "population",
    "Población a mitad de año (ONU, WPP)",
    "Mid-year population (UN WPP)",
    "public",
    (
        _c("country", "VARCHAR", "País", "Country"),
        _c("year", "BIGINT", "Año civil", "Calendar year"),
        _c("population", "DOUBLE", "Personas", "Persons"),
        _c("revision", "VARCHAR", "Revisión", "Revision"),
        _c("source", "VARCHAR", "Fuente", "Source"),
    ),
)

CODES = Table(
    "reference",
    "codes",
    "Todas las listas de códigos",
    "All code lists",
    "public",
    (
        _c("codelist", "VARCHAR", "Lista", "List"),
        _c("code", "VARCHAR", "Código", "Code"),
        _c("parent", "VARCHAR", "Código superior", "Parent code", null=True),
        _c("name_es", "VARCHAR", "Nombre en español", "Name in Spanish"),
        _c("name_en", "VARCHAR", "Nombre en inglés", "Name in English"),
        _c("name_fr", "VARCHAR", "Nombre en francés", "Name in French"),
        _c("external", "VARCHAR", "Códigos equivalentes", "Equivalent codes"),
        _c("position", "BIGINT", "Orden en su lista", "Order in its list"),
    ),
)

MEASURES = Table(
    "reference",
    "measures",
    "Las medidas: unidad, de quién es el origen, si se pueden sumar",
    "The measures: unit, whose origin, whether they may be summed",
    "public",
    (
        MEASURE,
        _c("unit", "VARCHAR", "Unidad", "Unit"),
        _c("count_unit", "VARCHAR", "Qué es una unidad", "What one unit is"),
        WHOSE,
        _c("whole", "BOOLEAN", "Si es un número entero", "Whether it is a whole number"),
        _c("summable", "BOOLEAN", "Si se puede sumar", "Whether it may be summed"),
    ),
)

CATALOGUE = Table(
    "baseline",
    "catalogue",
    "Los indicadores de línea base",
    "The baseline indicators",
    "public",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        _c(
            "kind",
            "VARCHAR",
            "structural, process, outcome, context, quality",
            "structural, process, outcome, context, quality",
        ),
        FAMILY,
        _c("name_es", "VARCHAR", "Nombre en español", "Name in Spanish"),
        _c("name_en", "VARCHAR", "Nombre en inglés", "Name in English"),
        _c("definition_es", "VARCHAR", "Definición en español", "Definition in Spanish"),
        _c("definition_en", "VARCHAR", "Definición en inglés", "Definition in English"),
        _c("unit", "VARCHAR", "Unidad", "Unit"),
        _c("numerator", "VARCHAR", "Numerador", "Numerator"),
        _c("denominator", "VARCHAR", "Denominador", "Denominator", null=True),
        _c(
            "links",
            "VARCHAR",
            "Correspondencias (ODS, GLOTIP, HTCDS)",
            "Links (SDG, GLOTIP, HTCDS)",
        ),
        _c("caveat_es", "VARCHAR", "Advertencia en español", "Caveat in Spanish"),
        _c("caveat_en", "VARCHAR", "Advertencia en inglés", "Caveat in English"),
        _c(
            "filled_by_es",
            "VARCHAR",
            "Qué lo llenaría; NULL si hay datos previstos",
            "What would fill it, in Spanish; NULL if data are at hand",
            null=True,
        ),
        _c(
            "filled_by_en",
            "VARCHAR",
            "Qué lo llenaría, en inglés",
            "What would fill it, in English",
            null=True,
        ),
        _c(
            "direction",
            "VARCHAR",
            "Qué dice un aumento: none nada por sí solo; more_is_better",
            "What an increase says: none nothing by itself; more_is_better",
        ),
        _c(
            "sources",
            "VARCHAR",
            "Colecciones, por orden de preferencia",
            "Collections, in order of preference",
        ),
        _c(
            "beside",
            "VARCHAR",
            "Colecciones que se muestran al lado y nunca la sustituyen",
            "Collections shown beside, never a substitute",
        ),
        _c(
            "baseline_from",
            "BIGINT",
            "Primer año de la línea base común",
            "First year of the common baseline",
        ),
        _c("baseline_to", "BIGINT", "Último año de la línea base común", "Last year of the common baseline"),
        _c(
            "minimum_coverage",
            "DOUBLE",
            "Parte de los miembros sin la cual no hay suma regional",
            "Share of members below which there is no regional sum",
        ),
        _c("status", "VARCHAR", "proposed o adopted", "proposed or adopted"),
        _c("data", "VARCHAR", "available o no_data", "available or no_data"),
    ),
)

DECLARED = replace(
    CATALOGUE,
    schema="core",
    name="declared",
    es="El catálogo tal como se declara",
    en="The catalogue as declared",
    visibility="internal",
)

INDICATOR_VALUES = Table(
    "baseline",
    "indicator_values",
    "Los valores de los indicadores, con sus límites",
    "The indicators' values, with their bounds",
    "public",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        MEASURE,
        _c(
            "reporting_country",
            "VARCHAR",
            "País que informa, o la agrupación en sumas regionales",
            "Reporting country, or the grouping in regional sums",
        ),
        GROUPING,
        START,
        END,
        FREQUENCY,
        SEX,
        AGE,
        EXPLOITATION,
        ORIGIN,
        CITIZENSHIP,
        _c(
            "basis",
            "VARCHAR",
            "all: sobre todos; known: sobre los de valor conocido; pooled: varios años juntos",
            "all: over all; known: over those known; pooled: several years together",
        ),
        PANEL,
        BREAK,
        *_interval("numerator", "Numerador", "Numerator"),
        *_interval("denominator", "Denominador", "Denominator", null=True),
        _c(
            "denominator_source",
            "VARCHAR",
            "Revisión de la población; NULL si el denominador viene de los envíos o no lo hay",
            "Revision of the population; NULL where the denominator comes from submissions or there is none",
            null=True,
        ),
        _c(
            "known_share_low",
            "DOUBLE",
            "De una proporción sobre conocidos: qué parte de todos se conoce, al menos; NULL si no lo es o no se sabe",
            "Of a share of those known: what part of all is known, at least; NULL if it is none or not known",
            null=True,
        ),
        _c(
            "value_low",
            "DOUBLE",
            "Valor, límite inferior; NULL si no se calcula (véase flag)",
            "Value, lower bound; NULL if not computed (see flag)",
            null=True,
        ),
        _c(
            "value_high",
            "DOUBLE",
            "Valor, límite superior; NULL sin límite o si no se calcula",
            "Value, upper bound; NULL unbounded or not computed",
            null=True,
        ),
        _c("unit", "VARCHAR", "Unidad", "Unit"),
        _c("obs_status", "VARCHAR", "Estado (SDMX)", "Status (SDMX)"),
        FLAG,
        PROVIDER,
        COLLECTION,
        _c("submissions", "VARCHAR", "Envíos de los que sale", "Submissions it comes from"),
        _c(
            "members_reporting",
            "BIGINT",
            "Miembros que informaron; NULL si es de un país",
            "Members that reported; NULL for one country",
            null=True,
        ),
        _c(
            "members_total",
            "BIGINT",
            "Miembros de la agrupación; NULL si es de un país",
            "Members of the grouping; NULL for one country",
            null=True,
        ),
        _c(
            "population_share",
            "DOUBLE",
            "Parte de la población cubierta; NULL si es de un país",
            "Share of population covered; NULL for one country",
            null=True,
        ),
        _c(
            "members",
            "VARCHAR",
            "Miembros sumados; NULL si es de un país",
            "Members summed; NULL for one country",
            null=True,
        ),
        _c(
            "largest_member",
            "VARCHAR",
            "El que más aporta; NULL si es de un país",
            "The largest contributor; NULL for one country",
            null=True,
        ),
        _c(
            "largest_share_low",
            "DOUBLE",
            "Su parte de la suma, límite inferior",
            "Its share of the sum, lower bound",
            null=True,
        ),
        _c(
            "largest_share_high",
            "DOUBLE",
            "Su parte de la suma, límite superior",
            "Its share of the sum, upper bound",
            null=True,
        ),
    ),
)

NATIONAL = replace(
    INDICATOR_VALUES,
    schema="core",
    name="national",
    es="Los valores de los indicadores por país, de una fuente por serie",
    en="The indicators' values by country, of one source a series",
    visibility="internal",
    columns=tuple(
        c
        for c in INDICATOR_VALUES.columns
        if c.name not in ("grouping", "panel", "obs_status") and not _of_members(c)
    ),
)

REGIONAL = replace(
    INDICATOR_VALUES,
    schema="core",
    name="regional",
    es="Las sumas regionales, con quiénes informaron",
    en="The regional sums, with who reported",
    visibility="internal",
    columns=tuple(c for c in INDICATOR_VALUES.columns if c.name not in ("grouping", "obs_status")),
)

ORIGIN_PROFILE = Table(
    "baseline",
    "origin_profile",
    "Origen intra y extrarregional por año, con límites",
    "Origin inside and outside the region by year, with bounds",
    "public",
    (
        GROUPING,
        COUNTRY,
        START,
        END,
        FREQUENCY,
        FAMILY,
        MEASURE,
        WHOSE,
        BASIS,
        PROVIDER,
        COLLECTION,
        ORIGIN,
        *_interval(
            "persons",
            "Personas o eventos que el desglose nombra en esta clase",
            "Persons or events that the breakdown names in this class",
        ),
        _c(
            "possible_high",
            "DOUBLE",
            "Lo más que puede ser, con lo indeterminado y lo no desglosado; NULL sin límite",
            "The most it can be, with the indeterminate and the not detailed; NULL unbounded",
            null=True,
        ),
        *_interval("total", "Total", "Total"),
        _c(
            "share_low",
            "DOUBLE",
            "Proporción sobre el total, límite inferior; NULL si se retiene (véase flag)",
            "Share of the total, lower bound; NULL if withheld (see flag)",
            null=True,
        ),
        _c(
            "share_high",
            "DOUBLE",
            "Proporción sobre el total, límite superior; NULL si se retiene",
            "Share of the total, upper bound; NULL if withheld",
            null=True,
        ),
        FLAG,
        _c("submissions", "VARCHAR", "Envíos de los que sale", "Submissions it comes from"),
    ),
)

ORIGIN_PROFILE_SUB = replace(
    ORIGIN_PROFILE,
    name="origin_profile_sub",
    es="Lo mismo por trimestre y por mes",
    en="The same by quarter and by month",
)

TRENDS = Table(
    "analysis",
    "trends",
    "Línea base, índice, cambio y dirección de cada serie, o por qué no se dice",
    "Baseline, index, change and direction of each series, or why it is not said",
    "public",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        MEASURE,
        _c(
            "reporting_country",
            "VARCHAR",
            "País que informa, o la agrupación",
            "Reporting country, or the grouping",
        ),
        GROUPING,
        SEX,
        AGE,
        EXPLOITATION,
        ORIGIN,
        CITIZENSHIP,
        _c("basis", "VARCHAR", "all o known", "all or known"),
        PANEL,
        BREAK,
        FREQUENCY,
        PROVIDER,
        COLLECTION,
        _c(
            "baseline_period",
            "VARCHAR",
            "Años de la línea base; own: propia, no comparable entre países",
            "Years of the baseline; own: its own, not comparable between countries",
            null=True,
        ),
        *_interval("baseline", "Línea base (mediana)", "Baseline (median)", null=True),
        _c("last_period", "VARCHAR", "Último período utilizable", "Last usable period", null=True),
        *_interval("last", "Último valor", "Last value", null=True),
        *_interval("index", "Índice, línea base = 100", "Index, baseline = 100", null=True),
        *_interval(
            "change",
            "Cambio sobre el período anterior, en %",
            "Change on the period before, in %",
            null=True,
        ),
        *_interval("slope", "Pendiente de Theil–Sen por año", "Theil–Sen slope a year", null=True),
        _c(
            "p_low",
            "DOUBLE",
            "Mann–Kendall, p menor entre las compleciones",
            "Mann–Kendall, smaller p over completions",
            null=True,
        ),
        _c(
            "p_high",
            "DOUBLE",
            "Mann–Kendall, p mayor entre las compleciones",
            "Mann–Kendall, larger p over completions",
            null=True,
        ),
        _c(
            "q_value",
            "DOUBLE",
            "p corregido por Benjamini–Hochberg dentro del indicador",
            "p corrected by Benjamini–Hochberg within the indicator",
            null=True,
        ),
        _c(
            "rate_ratio",
            "DOUBLE",
            "Razón del último valor a la línea base (cuasi-Poisson)",
            "Ratio of the last value to the baseline (quasi-Poisson)",
            null=True,
        ),
        _c(
            "rate_ratio_low",
            "DOUBLE",
            "Su límite inferior al 95 %",
            "Its lower 95 % bound",
            null=True,
        ),
        _c(
            "rate_ratio_high",
            "DOUBLE",
            "Su límite superior al 95 %",
            "Its upper 95 % bound",
            null=True,
        ),
        _c("n_periods", "BIGINT", "Períodos utilizables", "Usable periods"),
        _c(
            "verdict",
            "VARCHAR",
            "rising, falling, no_clear_change, too_few_years, not_comparable",
            "rising, falling, no_clear_change, too_few_years, not_comparable",
        ),
        _c(
            "why_not",
            "VARCHAR",
            "Por qué no se dice una dirección; NULL si se dice",
            "Why no direction is said; NULL if it is",
            null=True,
        ),
    ),
)

ORIGINS = Table(
    "analysis",
    "origins",
    "Cada origen a lo largo de los años: cuándo se nombra, cuántas personas, si entra o sale",
    "Each origin over the years: when it is named, how many persons, whether it enters or leaves",
    "public",
    (
        GROUPING,
        FAMILY,
        COLLECTION,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        CITIZENSHIP,
        _c(
            "origin_class",
            "VARCHAR",
            "Clase de origen en el último período en que se nombra",
            "Origin class in the last period that names it",
        ),
        _c("first_named", "BIGINT", "Primer año que lo nombra", "First year that names it"),
        _c("last_named", "BIGINT", "Último año que lo nombra", "Last year that names it"),
        _c("years_named", "BIGINT", "Años que lo nombran", "Years that name it"),
        _c(
            "years_reported",
            "BIGINT",
            "Años con tabla de orígenes",
            "Years with a table of origins",
        ),
        _c(
            "whole_years",
            "BIGINT",
            "De ellos, los enteros y sin duda: solo estos dicen una ausencia",
            "Of these, whole ones not in doubt: only they tell of absence",
        ),
        _c(
            "baseline_period",
            "VARCHAR",
            "Años de la línea base; own: propia, no comparable entre países",
            "Years of the baseline; own: its own, not comparable between countries",
            null=True,
        ),
        *_interval("baseline", "Línea base (mediana)", "Baseline (median)", null=True),
        _c("last_year", "BIGINT", "Último año entero", "Last whole year", null=True),
        _c("named_last", "BOOLEAN", "Si ese año lo nombra", "Whether that year names it"),
        *_interval(
            "last",
            "Personas o eventos en el último año entero; si no se nombra, 0 a lo que la tabla oculta",
            "Persons or events in the last whole year; if not named, 0 to what the table hides",
            null=True,
        ),
        _c(
            "rank",
            "BIGINT",
            "Lugar entre los orígenes nombrados ese año, por last_low; NULL para lo desconocido, los agregados, "
            "los apátridas y los orígenes sin confirmar",
            "Place among the origins named that year, by last_low; NULL for the unknown, aggregates, the stateless "
            "and unconfirmed origins",
            null=True,
        ),
        _c(
            "status",
            "VARCHAR",
            "Si entra, sale o sigue (lista origin_status); NULL para lo que no es un país",
            "Whether it enters, leaves or continues (list origin_status); NULL for what is no country",
            null=True,
        ),
        FLAG,
    ),
)

ORIGIN_MIX = Table(
    "analysis",
    "origin_mix",
    "Si cambió la composición por clase de origen entre la línea base y los últimos años, o por qué no se dice",
    "Whether the mix of origin classes changed between the baseline and the last years, or why it is not said",
    "public",
    (
        GROUPING,
        FAMILY,
        COLLECTION,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        _c("baseline_period", "VARCHAR", "Años de la línea base", "Years of the baseline", null=True),
        _c("last_period", "VARCHAR", "Últimos años", "Last years", null=True),
        _c("n_years", "BIGINT", "Años comparados", "Years compared"),
        _c(
            "known_low",
            "DOUBLE",
            "Parte de origen conocido, al menos, en cada año comparado",
            "Part of known origin, at least, in each year compared",
            null=True,
        ),
        _c(
            "compared",
            "VARCHAR",
            "Clases comparadas, separadas por «|»; las unidas por «+» se juntaron por ser escasas",
            "Classes compared, separated by “|”; those joined by “+” were pooled as sparse",
            null=True,
        ),
        _c(
            "dispersion_low",
            "DOUBLE",
            "Dispersión φ entre los años de un mismo período, límite inferior",
            "Dispersion φ between the years of one period, lower bound",
            null=True,
        ),
        _c(
            "dispersion_high",
            "DOUBLE",
            "Dispersión φ, límite superior",
            "Dispersion φ, upper bound",
            null=True,
        ),
        _c(
            "p_low",
            "DOUBLE",
            "p de la prueba cuasimultinomial, límite inferior",
            "p of the quasi-multinomial test, lower bound",
            null=True,
        ),
        _c("p_high", "DOUBLE", "El mismo p, límite superior", "The same p, upper bound", null=True),
        _c(
            "q_value",
            "DOUBLE",
            "p corregido por Benjamini–Hochberg dentro de la medida",
            "p corrected by Benjamini–Hochberg within the measure",
            null=True,
        ),
        _c(
            "largest_class",
            "VARCHAR",
            "Clase cuya proporción más cambió con seguridad",
            "Class whose share surely changed most",
            null=True,
        ),
        _c(
            "points_low",
            "DOUBLE",
            "Cambio de su proporción sobre el total, en puntos, límite inferior",
            "Change of its share of the total, in points, lower bound",
            null=True,
        ),
        _c(
            "points_high",
            "DOUBLE",
            "Cambio de su proporción sobre el total, en puntos, límite superior",
            "Change of its share of the total, in points, upper bound",
            null=True,
        ),
        _c(
            "verdict",
            "VARCHAR",
            "changed, no_clear_change, too_few_years, not_comparable (lista mix_verdict)",
            "changed, no_clear_change, too_few_years, not_comparable (list mix_verdict)",
        ),
        _c(
            "why_not",
            "VARCHAR",
            "Por qué no se juzga (lista mix_reason); NULL si se juzga",
            "Why it is not judged (list mix_reason); NULL if it is",
            null=True,
        ),
    ),
)

COVERAGE = Table(
    "analysis",
    "coverage",
    "Qué país informó qué año, y qué falta",
    "Which country reported which year, and what is missing",
    "public",
    (
        COUNTRY,
        START,
        END,
        COLLECTION,
        FAMILY,
        MEASURE,
        BREAKDOWN,
        _c(
            "status",
            "VARCHAR",
            "reported, partial, late, never o withdrawn",
            "reported, partial, late, never or withdrawn",
        ),
        _c("due_on", "DATE", "Día en que vence el plazo", "Day on which it is due"),
        _c(
            "submissions",
            "VARCHAR",
            "Envíos; NULL si no hay",
            "Submissions; NULL if none",
            null=True,
        ),
    ),
)

REVISIONS = Table(
    "analysis",
    "revisions",
    "Qué cambió entre un envío y el siguiente de su colección",
    "What changed between a submission and the next of its collection",
    "filtered",
    (
        COLLECTION,
        MEASURE,
        COUNTRY,
        START,
        FREQUENCY,
        *DIMENSIONS,
        *_interval("old", "Valor anterior", "Old value", null=True),
        *_interval("new", "Valor nuevo", "New value", null=True),
        _c(
            "change_low",
            "DOUBLE",
            "Cambio, al menos: límite inferior nuevo menos superior anterior; NULL si falta uno de los valores",
            "Change, at least: new lower bound less old upper bound; NULL where one of the values is missing",
            null=True,
        ),
        _c(
            "change_high",
            "DOUBLE",
            "Cambio, a lo sumo: límite superior nuevo menos inferior anterior; NULL si falta uno de los valores",
            "Change, at most: new upper bound less old lower bound; NULL where one of the values is missing",
            null=True,
        ),
        _c("old_submission", "VARCHAR", "Envío anterior", "Old submission"),
        _c("new_submission", "VARCHAR", "Envío nuevo", "New submission"),
        _c(
            "kind",
            "VARCHAR",
            "new, revised, withdrawn o quarantined",
            "new, revised, withdrawn or quarantined",
        ),
    ),
)

SOURCE_AGREEMENT = Table(
    "analysis",
    "source_agreement",
    "La misma medida según dos colecciones, lado a lado; nunca se mezclan",
    "The same measure in two collections, side by side; never merged",
    "filtered",
    (
        COUNTRY,
        START,
        FREQUENCY,
        MEASURE,
        SEX,
        AGE,
        EXPLOITATION,
        CITIZENSHIP,
        _c("provider_a", "VARCHAR", "Institución A", "Institution A"),
        _c("collection_a", "VARCHAR", "Colección A", "Collection A"),
        *_interval(
            "value_a",
            "Valor A; NULL si no consta",
            "Value A; NULL if not given",
            null=True,
        ),
        _c("provider_b", "VARCHAR", "Institución B", "Institution B"),
        _c("collection_b", "VARCHAR", "Colección B", "Collection B"),
        *_interval(
            "value_b",
            "Valor B; NULL si no consta",
            "Value B; NULL if not given",
            null=True,
        ),
        _c(
            "ratio_low",
            "DOUBLE",
            "Razón A/B, límite inferior; NULL sin definir",
            "Ratio A/B, lower bound; NULL undefined",
            null=True,
        ),
        _c(
            "ratio_high",
            "DOUBLE",
            "Razón A/B, límite superior; NULL sin límite",
            "Ratio A/B, upper bound; NULL unbounded",
            null=True,
        ),
        _c("note", "VARCHAR", "Nota de alcance", "Note on scope", null=True),
    ),
)

SAME_MONTHS = Table(
    "analysis",
    "same_months",
    "Un año parcial junto a los mismos meses de otros años",
    "A partial year beside the same months of other years",
    "filtered",
    (
        COLLECTION,
        MEASURE,
        COUNTRY,
        START,
        END,
        _c("frequency", "VARCHAR", "M por meses, Q por trimestres", "M by months, Q by quarters"),
        _c(
            "months",
            "VARCHAR",
            "Meses en que empieza lo reportado",
            "Months in which what was reported begins",
        ),
        *_interval("value", "Suma de lo reportado", "Sum of what was reported"),
        _c("other_start", "DATE", "Primer día del otro año", "First day of the other year"),
        *_interval(
            "other", "Suma de los mismos meses del otro año", "Sum of the same months of the other year"
        ),
        *_interval("change", "Cambio sobre el otro año, en %", "Change on the other year, in %", null=True),
    ),
)

OPEN_QUESTIONS = Table(
    "analysis",
    "open_questions",
    "Lo que espera la decisión de una persona responsable, con las líneas que la dejarían en breaks.toml",
    "What waits for a steward's decision, with the lines that would record it in breaks.toml",
    "filtered",
    (
        _c(
            "question",
            "VARCHAR",
            "Qué se pregunta (lista open_question)",
            "What is asked (list open_question)",
        ),
        COLLECTION,
        MEASURE,
        COUNTRY,
        START,
        FREQUENCY,
        BREAKDOWN,
        CITIZENSHIP,
        *_interval("before", "Valor del período anterior", "Value of the period before", null=True),
        *_interval("value", "Valor", "Value"),
        _c("says_es", "VARCHAR", "La pregunta, en español", "The question, in Spanish"),
        _c("says_en", "VARCHAR", "La pregunta, en inglés", "The question, in English"),
        _c("answer", "VARCHAR", "Líneas por completar en breaks.toml", "Lines to complete in breaks.toml"),
    ),
)

# Internal only: what the models pass to each other. Never in a release.
REPORTED_PART = _c(
    "reported_part", "DOUBLE", "Parte del año que se reportó", "Part of the year that was reported"
)
SUBMISSION_ROWS = tuple(c for c in OBSERVATIONS.columns if c.name not in ("known_from", "known_to"))

STAGED = Table(
    "core",
    "staged",
    "Las observaciones de todos los envíos, como las dejó el paso anterior",
    "The observations of all submissions, as the step before left them",
    "internal",
    SUBMISSION_ROWS,
)

FIGURES = Table(
    "core",
    "figures",
    "Valores vigentes por año, trimestre y mes, con lo que falta",
    "Values in force by year, quarter and month, with what is missing",
    "internal",
    (
        PROVIDER,
        COLLECTION,
        FAMILY,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        FREQUENCY,
        BREAKDOWN,
        *DIMENSIONS,
        ORIGIN,
        *_interval("value", "Valor", "Value"),
        _c(
            "parts_present",
            "BIGINT",
            "Partes del período que se reportaron",
            "Parts of the period that were reported",
        ),
        _c("parts_expected", "BIGINT", "Partes que tiene el período", "Parts that the period has"),
        FLAG,
        _c("submissions", "VARCHAR", "Envíos", "Submissions"),
    ),
)

_NOT_COUNTED = {"whose", "origin_basis", "parts_present", "parts_expected"} | {
    c.name for c in DIMENSIONS if c.name not in ("sex", "age_group", "exploitation", "citizenship")
}

ADDED_TABLES = replace(
    FIGURES,
    name="added_tables",
    es="Tablas que nadie envió por separado, sumadas de otras más anchas",
    en="Tables that nobody sent by themselves, added up from wider ones",
    columns=tuple(c for c in FIGURES.columns if c.name not in _NOT_COUNTED),
)

ALL_FIGURES = replace(
    FIGURES,
    name="all_figures",
    is_view=True,
    es="Lo que cuentan los indicadores: valores, totales y tablas sumadas",
    en="What the indicators count: figures, totals and tables added up",
    columns=tuple(c for c in FIGURES.columns if c.name not in _NOT_COUNTED - {"place_of_exploitation"}),
)

ORIGIN_ROWS = replace(
    FIGURES,
    name="origin_rows",
    is_view=True,
    es="Las filas del cuadro de orígenes de cada período",
    en="The rows of each period's table of origins",
)

SUBGROUPS = Table(
    "core",
    "subgroups",
    "Filas cuyo grupo más amplio está en el mismo cuadro",
    "Rows whose wider group stands in the same table",
    "internal",
    (
        COLLECTION,
        MEASURE,
        COUNTRY,
        START,
        FREQUENCY,
        BREAKDOWN,
        *DIMENSIONS,
        _c("within", "VARCHAR", "Dimensión del grupo", "Dimension of the group"),
    ),
)

TOTALS = Table(
    "core",
    "totals",
    "El total de cada período: el enviado, o la suma de un desglose exhaustivo",
    "Each period's total: the one sent, or the sum of an exhaustive breakdown",
    "internal",
    (
        PROVIDER,
        COLLECTION,
        FAMILY,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        FREQUENCY,
        *_interval("total", "Total", "Total"),
        _c(
            "total_source",
            "VARCHAR",
            "sent: enviado; o el desglose sumado",
            "sent; or the breakdown that was summed",
        ),
        FLAG,
        _c("submissions", "VARCHAR", "Envíos", "Submissions"),
    ),
)

SETTINGS = Table(
    "core",
    "settings",
    "Con qué se construye: día y agrupación (una fila)",
    "What is built with: day and grouping (one row)",
    "internal",
    (
        _c("as_of", "DATE", "Día cuyo saber se muestra", "Day whose knowledge is shown"),
        GROUPING,
        _c("baseline_from", "BIGINT", "Primer año de la línea base", "First year of the baseline"),
        _c("baseline_to", "BIGINT", "Último año de la línea base", "Last year of the baseline"),
        _c("baseline_min_years", "BIGINT", "Años de esos que hacen falta", "Years of these that are needed"),
        _c(
            "own_baseline_years", "BIGINT", "Si no, primeros años de la serie", "Else the series' first years"
        ),
        _c("min_years", "BIGINT", "Con menos años no hay tendencia", "With fewer years there is no trend"),
    ),
)

SUMMED_GROUPINGS = Table(
    "core",
    "summed_groupings",
    "Las agrupaciones que tienen suma regional",
    "The groupings that have a regional sum",
    "internal",
    (GROUPING,),
)

SPECIFICATION = Table(
    "core",
    "specification",
    "Cómo se calcula cada indicador, según el catálogo",
    "How each indicator is computed, as the catalogue says",
    "internal",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        FAMILY,
        _c("form", "VARCHAR", "Forma de cálculo", "Form of computation"),
        _c(
            "measure",
            "VARCHAR",
            "Medida; NULL todas las de la familia",
            "Measure; NULL all of the family",
            null=True,
        ),
        _c(
            "slices",
            "VARCHAR",
            "Dimensiones que puede detallar, unidas por «+»",
            "Dimensions it may detail, joined by “+”",
        ),
        _c(
            "dimension",
            "VARCHAR",
            "Dimensión de la proporción",
            "Dimension of the share",
            null=True,
        ),
        _c("per", "DOUBLE", "Multiplicador de la tasa", "Multiplier of the rate"),
        _c(
            "minimum_numerator",
            "DOUBLE",
            "Numerador por debajo del cual no hay valor",
            "Numerator below which there is no value",
        ),
        _c(
            "minimum_coverage",
            "DOUBLE",
            "Parte de los miembros sin la cual no hay suma regional",
            "Share of members below which there is no regional sum",
        ),
        _c("unit", "VARCHAR", "Unidad", "Unit"),
        _c(
            "combine",
            "VARCHAR",
            "preferred: una fuente por país y período; each: cada fuente",
            "preferred: one source per country and period; each: every source",
        ),
        _c(
            "denominator_measure",
            "VARCHAR",
            "Medida del denominador",
            "Measure of the denominator",
            null=True,
        ),
        _c("pool_years", "BIGINT", "Años que se suman", "Years that are pooled"),
        _c(
            "sum_over",
            "VARCHAR",
            "Dimensión sobre la que se suma",
            "Dimension that is summed over",
            null=True,
        ),
        _c(
            "published_as",
            "VARCHAR",
            "Medida que publica la misma tasa, para ponerla al lado",
            "Measure that publishes the same rate, to stand beside it",
            null=True,
        ),
    ),
)

SPECIFICATION_CODES = Table(
    "core",
    "specification_codes",
    "Códigos del numerador y del denominador conocido de cada proporción",
    "Codes of each share's numerator and known denominator",
    "internal",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        _c("code", "VARCHAR", "Código", "Code"),
        _c("in_part", "BOOLEAN", "En el numerador", "In the numerator"),
        _c("in_known", "BOOLEAN", "Entre los conocidos", "Among the known"),
    ),
)

SPECIFICATION_SOURCES = Table(
    "core",
    "specification_sources",
    "Orden de preferencia de las fuentes",
    "Order of preference of the sources",
    "internal",
    (
        _c("indicator", "VARCHAR", "Indicador", "Indicator"),
        COLLECTION,
        _c(
            "preference",
            "BIGINT",
            "1 es la preferida; NULL nunca la sustituye",
            "1 is the preferred one; NULL never a substitute",
            null=True,
        ),
    ),
)

QUARANTINED = Table(
    "core",
    "quarantined",
    "Claves de las filas en cuarentena",
    "Keys of the quarantined rows",
    "internal",
    (SUBMISSION, *(c for c in OBSERVATIONS.columns if c.name in KEY)),
)

ORIGIN_ALL = replace(
    ORIGIN_PROFILE,
    schema="core",
    name="origin",
    es="El perfil de origen de todas las frecuencias",
    en="The origin profile of all frequencies",
    visibility="internal",
    columns=(
        *ORIGIN_PROFILE.columns,
        _c(
            "named_high",
            "DOUBLE",
            "Lo más que el desglose nombra en esta clase; NULL sin límite",
            "The most that the breakdown names in this class; NULL unbounded",
            null=True,
        ),
    ),
)

JUMPS = Table(
    "core",
    "jumps",
    "Saltos entre puntos vecinos que parecen una ruptura de la serie",
    "Jumps between neighbouring points that look like a break in the series",
    "internal",
    (
        *(c for c in TRENDS.columns if c.name in INDICATOR_VALUES.column_names),
        START,
        *_interval("before", "Valor del punto anterior", "Value of the point before"),
        *_interval("value", "Valor", "Value"),
    ),
)

UNCONFIRMED = Table(
    "core",
    "unconfirmed",
    "Orígenes repentinos y grandes, por confirmar",
    "Sudden and large origins, to be confirmed",
    "internal",
    (COLLECTION, MEASURE, COUNTRY, START, CITIZENSHIP),
)

CONFIRMED_ORIGINS = replace(
    UNCONFIRMED,
    name="confirmed_origins",
    es="Orígenes de un año que se confirmaron",
    en="Origins of a year that were confirmed",
)

CONFIRMED = Table(
    "core",
    "confirmed",
    "Valores dudosos que se confirmaron",
    "Doubtful values that were confirmed",
    "internal",
    (OBSERVATIONS.columns[0],),
)

NAMED_ORIGINS = Table(
    "core",
    "named_origins",
    "Los orígenes que nombra la tabla de cada año",
    "The origins that each year's table names",
    "internal",
    (
        COLLECTION,
        FAMILY,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        BREAKDOWN,
        CITIZENSHIP,
        ORIGIN,
        *_interval("persons", "Personas o eventos", "Persons or events"),
        REPORTED_PART,
        FLAG,
    ),
)

ORIGIN_TABLES = Table(
    "core",
    "origin_tables",
    "La tabla de orígenes de cada año: cuánto nombra y cuánto oculta",
    "Each year's table of origins: how much it names and how much it hides",
    "internal",
    (
        COLLECTION,
        FAMILY,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        REPORTED_PART,
        *_interval("listed", "Suma de lo nombrado", "Sum of those named"),
        *_interval("left_out", "Lo que la tabla no desglosa", "What the table leaves out"),
        _c(
            "grouped_high",
            "DOUBLE",
            "Lo más que nombra solo por área o Estado histórico",
            "The most that it names by area or historic state only",
            null=True,
        ),
        *_interval("hidden", "Lo no desglosado y lo indeterminado", "The not detailed and the indeterminate"),
        *_interval("total", "Total", "Total"),
        _c(
            "is_whole",
            "BOOLEAN",
            "Año entero, sin duda y que cuadra con su total",
            "A whole year, not in doubt and in agreement with its total",
        ),
    ),
)

SINGLE_ORIGIN = Table(
    "core",
    "single_origin",
    "Clases que de pronto son de una sola nacionalidad, por confirmar",
    "Classes that suddenly are one nationality, to be confirmed",
    "internal",
    (COLLECTION, MEASURE, WHOSE, BASIS, COUNTRY, START, END, ORIGIN, CITIZENSHIP),
)

MIX_POINTS = Table(
    "core",
    "mix_points",
    "Personas de origen conocido por clase y año, con lo que la tabla dice y oculta",
    "Persons of known origin by class and year, with what the table says and hides",
    "internal",
    (
        GROUPING,
        FAMILY,
        COLLECTION,
        MEASURE,
        WHOSE,
        BASIS,
        COUNTRY,
        START,
        END,
        ORIGIN,
        _c("count_unit", "VARCHAR", "Qué es una unidad", "What one unit is"),
        *_interval("persons", "Personas nombradas", "Persons named"),
        _c("hidden_high", "DOUBLE", "Lo más que oculta la tabla", "The most that the table hides", null=True),
        *_interval("total", "Total", "Total"),
        _c("is_whole", "BOOLEAN", "Año entero y sin duda", "A whole year, not in doubt"),
        _c(
            "is_unconfirmed",
            "BOOLEAN",
            "Un origen de ese año está por confirmar",
            "An origin of that year awaits confirmation",
        ),
        _c(
            "is_real_change",
            "BOOLEAN",
            "Se confirmó que el salto hasta ese año es real",
            "The jump into this year was confirmed as real",
        ),
        _c(
            "break_id",
            "VARCHAR",
            "Tramo entre rupturas registradas",
            "Stretch between recorded breaks",
            null=True,
        ),
    ),
)

SPANS = Table(
    "core",
    "spans",
    "Qué envío estuvo vigente, para qué alcance y qué días",
    "Which submission was in force, for which scope and days",
    "internal",
    (
        COLLECTION,
        _c("scope", "VARCHAR", "Alcance que un envío reemplaza", "Scope that a submission replaces"),
        SUBMISSION,
        _c("known_from", "DATE", "Desde", "From"),
        _c("known_to", "DATE", "Hasta (excluido)", "Until (excluded)", null=True),
    ),
)

TABLES: tuple[Table, ...] = (
    RELEASE,
    COLLECTIONS,
    EXHAUSTIVE,
    DECISIONS,
    SUBMISSIONS,
    FINDINGS,
    COUNTRIES,
    GROUPINGS,
    ORIGIN_CLASSES,
    POPULATION,
    CODES,
    MEASURES,
    SETTINGS,
    SUMMED_GROUPINGS,
    SPECIFICATION,
    SPECIFICATION_CODES,
    SPECIFICATION_SOURCES,
    DECLARED,
    STAGED,
    QUARANTINED,
    SPANS,
    OBSERVATIONS,
    CURRENT,
    SOURCES,
    FIGURES,
    ADDED_TABLES,
    ALL_FIGURES,
    SUBGROUPS,
    ORIGIN_ROWS,
    TOTALS,
    ORIGIN_ALL,
    UNCONFIRMED,
    CONFIRMED,
    CONFIRMED_ORIGINS,
    JUMPS,
    NATIONAL,
    REGIONAL,
    NAMED_ORIGINS,
    ORIGIN_TABLES,
    SINGLE_ORIGIN,
    MIX_POINTS,
    CATALOGUE,
    INDICATOR_VALUES,
    ORIGIN_PROFILE,
    ORIGIN_PROFILE_SUB,
    TRENDS,
    ORIGINS,
    ORIGIN_MIX,
    COVERAGE,
    REVISIONS,
    SOURCE_AGREEMENT,
    SAME_MONTHS,
    OPEN_QUESTIONS,
)


def table(full_name: str) -> Table:
    """The table called `schema.name`. Raises KeyError if there is none."""
    return {t.full_name: t for t in TABLES}[full_name]
