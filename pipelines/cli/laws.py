"""`laws check`: whether the text of a law still contains the evidence of the cells of the matrix."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.evidence.law_files import EvidenceRow, cell_columns, matrix_of, read_evidence, read_law
from assets.evidence.quotations import LawText, Match
from pipelines.cli.app import Command, Group, JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import out, print_json, print_sentence
from schemas.codelists import fold
from schemas.countries import resolve
from schemas.records import Declaration, declarations
from schemas.records.values import name_of_value
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, contract_language, say

laws = typer.Typer(name="laws", cls=Group, no_args_is_help=True, add_completion=False)

COLOURS = {Match.CONTAINED: "green", Match.NEAR: "yellow", Match.ABSENT: "red"}


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
    rows_of_law = _rows_of_law(rows, declaration, law, law_country)
    matches = {row: text.search(row.quotation) for row in rows_of_law}
    if not law:
        matches = _of_laws_in_text(matches, declaration)
    counts = Counter(matches.values())
    numbers = {match.value: counts[match] for match in Match}
    if as_json:
        names = _columns_shown(declaration)
        answers = [{"row": r.row, **_cell(r, names), "match": m.value} for r, m in matches.items()]
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


def _rows_of_law(
    rows: list[EvidenceRow], declaration: Declaration, law: str, country: str
) -> list[EvidenceRow]:
    """Return the rows of a law, by words of its name, and of a country."""
    code = _country_code(country) if country else ""
    return [
        row
        for row in rows
        for row_country, row_law in [_law_of(row, declaration)]
        if all(word in fold(row_law) for word in fold(law).split())
        and (not code or code == _country_code(row_country))
    ]


def _country_code(text: str) -> str:
    return resolve(text).code or text


def _of_laws_in_text(matches: dict[EvidenceRow, Match], declaration: Declaration) -> dict[EvidenceRow, Match]:
    """Return the rows of those laws of which the text contains some evidence: the file is of one law."""
    laws_in_text = {_law_of(row, declaration) for row, match in matches.items() if match is not Match.ABSENT}
    return {row: match for row, match in matches.items() if _law_of(row, declaration) in laws_in_text}


def _law_of(row: EvidenceRow, declaration: Declaration) -> tuple[str, str]:
    """Return country and law of a row."""
    matrix = matrix_of(declaration)
    return row.columns[matrix.across], row.columns[str(matrix.text)]


def _columns_shown(declaration: Declaration) -> list[str]:
    """Return the columns of a cell that the answer shows; never its quotation."""
    return [*cell_columns(declaration), str(matrix_of(declaration).detail)]


def _cell(row: EvidenceRow, names: list[str]) -> dict[str, str]:
    return {name: row.columns.get(name, "") for name in names}


def _print_table(matches: dict[EvidenceRow, Match], declaration: Declaration, lang: str) -> None:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    names, down = _columns_shown(declaration), matrix_of(declaration).down
    headers = [getattr(declaration.columns[name].header, contract_language(lang)) for name in names]
    for header in (say("laws.row", lang), *headers, say("laws.match", lang)):
        grid.add_column(header)
    for row, match in matches.items():
        cell = _cell(row, names)
        cell[down] = name_of_value(declaration.columns[down], cell[down], lang)
        result = f"[{COLOURS[match]}]{say(f'laws.{match.value}', lang)}[/{COLOURS[match]}]"
        grid.add_row(str(row.row), *map(escape, cell.values()), result)
    out.print(grid)
