"""`laws check`: whether the text of a law still contains the evidence of the cells of the matrix."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.evidence.law_files import EvidenceRow, read_evidence, read_law
from assets.evidence.quotations import LawText, Match
from pipelines.cli.app import Command, Group, JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import out, print_json, print_sentence
from schemas.code_names import name_in_list
from schemas.codelists import fold
from schemas.countries import resolve
from schemas.records import Declaration, declarations
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, say

laws = typer.Typer(name="laws", cls=Group, no_args_is_help=True, add_completion=False)

COLOURS = {Match.CONTAINED: "green", Match.NEAR: "yellow", Match.ABSENT: "red"}
COLUMNS_SHOWN = ("country", "element", "law", "article")
"""Columns of a cell that the answer shows; never its quotation."""


@laws.callback()
def _laws(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Compare the matrix of laws with the texts of laws."""


@laws.command(cls=Command)
def check(
    file: Annotated[Path, typer.Argument()],
    evidence: Annotated[Path, typer.Option("--evidence")],
    law: Annotated[str, typer.Option("--law")] = "",
    law_country: Annotated[str, typer.Option("--country")] = "",
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print for each cell whether the text contains its evidence."""
    for path in (file, evidence):
        if not path.is_file():
            raise Stop(USAGE, "cli.no_file", file=path)
    declaration = _declaration()
    try:
        text, rows = LawText(read_law(file)), read_evidence(evidence, declaration)
    except InvalidValue as wrong:
        raise Stop(USAGE, wrong.sentence.key, **wrong.sentence.facts) from wrong
    matches = (
        {row: text.search(row.quotation) for row in _rows_of_law(rows, law, law_country)} if rows else {}
    )
    if not law:
        matches = _of_laws_in_text(matches)
    counts = Counter(matches.values())
    numbers = {match.value: counts[match] for match in Match}
    if as_json:
        answers = [{"row": r.row, **_cell(r), "match": match.value} for r, match in matches.items()]
        print_json({"file": str(file), "evidence": str(evidence), **numbers, "cells": answers})
    elif matches:
        _print_table(matches, declaration, lang)
        others = len(rows) - len(matches)
        print_sentence(say("laws.result", lang, file=file.name, others=others, **numbers))
    else:
        print_sentence(say("laws.none", lang, file=file.name, rows=len(rows)))
    return OK if matches and not counts[Match.ABSENT] else BAD_INPUT


def _declaration() -> Declaration:
    """Return the records that have a matrix of texts, such as laws."""
    return next(d for d in declarations().values() if d.matrix and d.matrix.registry)


def _rows_of_law(rows: list[EvidenceRow], law: str, country: str) -> list[EvidenceRow]:
    """Return the rows of a law, by words of its name, and of a country."""
    code = (resolve(country).code or country) if country else ""
    return [
        row
        for row in rows
        if all(word in fold(row.columns["law"]) for word in fold(law).split())
        and (not code or code == (resolve(row.columns["country"]).code or row.columns["country"]))
    ]


def _of_laws_in_text(matches: dict[EvidenceRow, Match]) -> dict[EvidenceRow, Match]:
    """Return the rows of those laws of which the text contains some evidence: the file is of one law."""
    laws_in_text = {_law_of(row) for row, match in matches.items() if match is not Match.ABSENT}
    return {row: match for row, match in matches.items() if _law_of(row) in laws_in_text}


def _law_of(row: EvidenceRow) -> tuple[str, str]:
    return row.columns["country"], row.columns["law"]


def _cell(row: EvidenceRow) -> dict[str, str]:
    return {name: row.columns.get(name, "") for name in COLUMNS_SHOWN}


def _print_table(matches: dict[EvidenceRow, Match], declaration: Declaration, lang: str) -> None:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("row", *COLUMNS_SHOWN, "match"):
        grid.add_column(say(f"laws.{key}", lang))
    elements = str(declaration.columns["element"].list)
    for row, match in matches.items():
        cell = _cell(row) | {"element": name_in_list(elements, row.columns["element"], lang)}
        result = f"[{COLOURS[match]}]{say(f'laws.{match.value}', lang)}[/{COLOURS[match]}]"
        grid.add_row(str(row.row), *map(escape, cell.values()), result)
    out.print(grid)
