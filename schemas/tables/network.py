"""The table of each collection of records, `network.<name>`, from its declaration in schemas/records.

`entered_table` is the same table for a single submission, without the days on which it was in force.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.records import Declaration, TableColumn
from schemas.tables.definitions import Column, Table

SCHEMA = "network"

_SUBMISSION = (
    Column("submission", "VARCHAR", "Envío que lo trajo", "Submission that brought it"),
    Column("provider", "VARCHAR", "Institución que envía", "Institution that sends"),
    Column("collection", "VARCHAR", "Colección", "Collection"),
    Column("source_row", "BIGINT", "Fila del archivo recibido", "Row of the received file"),
)
_SPAN = (
    Column("known_from", "DATE", "Día desde el que estuvo vigente", "Day from which it was in force"),
    Column(
        "known_to",
        "DATE",
        "Día desde el que dejó de estarlo; NULL si lo está",
        "Day on which it ceased to be; NULL while it is",
        null=True,
    ),
)
_SCOPE = Column("scope", "VARCHAR", "Lo que otro envío reemplazaría", "What another submission would replace")


def network_table(declaration: Declaration) -> Table:
    """Return `network.<name>`: every record received, with the days on which it was in force."""
    columns = tuple(_column(column) for column in declaration.table_columns)
    return Table(
        SCHEMA,
        declaration.name,
        declaration.says.es,
        declaration.says.en,
        "internal" if declaration.visibility == "internal" else "filtered",
        (*columns, *_SUBMISSION, *_SPAN),
        key=(*declaration.key, "collection", "known_from"),
    )


def entered_table(declaration: Declaration) -> Table:
    """Return the table that the last step writes for a submission. The build adds the days in force."""
    table = network_table(declaration)
    columns = tuple(column for column in table.columns if column not in _SPAN)
    return replace(table, schema="temp", name=f"entered_{declaration.name}", columns=(*columns, _SCOPE))


def _column(column: TableColumn) -> Column:
    es, en = column.about.es, column.about.en
    if column.null:
        es, en = f"{es}; NULL sin dato", f"{en}; NULL not reported"
    return Column(column.name, column.type, es, en, column.null, "internal" if column.internal else "public")
