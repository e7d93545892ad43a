"""The table of each collection of records, `network.<name>`, from its declaration in schemas/records.

What a step leaves of a submission (`entered_table`) is the same without the days on which it was in force.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.records import Declaration, Stored
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


def network_table(declared: Declaration) -> Table:
    """`network.<name>`: every record received, with the days it was in force."""
    columns = tuple(_column(one) for one in declared.stored)
    return Table(
        SCHEMA,
        declared.name,
        declared.says.es,
        declared.says.en,
        "internal" if declared.visibility == "internal" else "filtered",
        (*columns, *_SUBMISSION, *_SPAN),
        key=(*declared.key, "collection", "known_from"),
    )


def entered_table(declared: Declaration) -> Table:
    """What the last step leaves of a submission, for the build to join with its days."""
    whole = network_table(declared)
    kept = tuple(column for column in whole.columns if column not in _SPAN)
    return replace(whole, schema="temp", name=f"entered_{declared.name}", columns=(*kept, _SCOPE))


def _column(one: Stored) -> Column:
    es, en = (f"{said}; {blank}" if one.null else said for said, blank in _blank(one))
    return Column(one.name, one.type, es, en, one.null, "internal" if one.internal else "public")


def _blank(one: Stored) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one.about.es, "NULL sin dato"), (one.about.en, "NULL not reported")
