"""Commands before a file is submitted: `template`, `draft`, `catalog countries` and `laws check`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.evidence.law_files import EvidenceRow, cell_columns, matrix_of, read_evidence, read_law
from assets.evidence.quotations import LawText, Match
from pipelines.cli.app import Command, Group, JsonOption, LangOption, require_files
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop, as_usage_error
from pipelines.cli.output import out, print_json, print_sentence, refuse_program_path
from schemas.codelists import fold
from schemas.countries import Resolution, lookup, resolve
from schemas.records import Declaration, declarations
from schemas.records.values import name_of_value
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, contract_language, number, say
from warehouse.home import Home


def template(
    output: Annotated[Path, typer.Option("--output", "-o")],
    collection: Annotated[str | None, typer.Argument()] = None,
    kind: Annotated[str | None, typer.Option("--kind")] = None,
    country: Annotated[str | None, typer.Option("--country")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the template: a workbook, or a text file with the header, depending on the file's name."""
    from schemas.cards.template import KINDS, collection_template, kind_template
    from warehouse.publication.template_files import FORMATS
    from warehouse.publication.template_values import previous_rows

    home = Home.default()
    if (collection is None) == (kind is None) or kind not in (None, *KINDS):
        raise Stop(USAGE, "template.of_what", known=", ".join(KINDS))
    if (write := FORMATS.get(output.suffix.lower())) is None:
        raise Stop(USAGE, "template.no_type", file=output.name, known=" ".join(FORMATS))
    refuse_program_path(home, output)
    if output.exists():
        raise Stop(USAGE, "template.exists", file=output)
    empty_template = (
        kind_template(kind, lang)
        if kind
        else collection_template(str(collection), home.card(str(collection)), lang)
    )
    if country and collection:
        rows = previous_rows(home, collection, country.upper(), empty_template.frequency)
        empty_template = empty_template.with_previous_values(rows, lang) if rows else empty_template
    write(empty_template, output, lang)
    print_sentence(say("template.written", lang, file=output))
    return OK


def draft(
    file: Annotated[Path, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Print or write a card with the guessed role of each column and its reason."""
    from assets.drafting import draft as drafting  # imported here because it loads pyarrow

    require_files(file)
    card = drafting.render_card(drafting.draft_card(file), lang)
    if output is None:
        sys.stdout.write(card)
        return OK
    if output.exists() or (
        Home.default().is_program_path(output) and not _is_new_card(Home.default(), output)
    ):
        raise Stop(USAGE, "draft.no_place", file=output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(card, encoding="utf-8")
    print_sentence(say("draft.written", lang, file=output))
    return OK


def _is_new_card(home: Home, output: Path) -> bool:
    """Return True if the file would be the card of a collection that this home does not have yet."""
    return output.name == "format.toml" and output.resolve().parents[2] == home.raw.resolve()


catalog = typer.Typer(name="catalog", cls=Group, no_args_is_help=True, add_completion=False)


@catalog.callback()
def _catalog(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Inspect the content of a column."""


@catalog.command(cls=Command)
def countries(
    file: Annotated[Path, typer.Argument()],
    sheet: Annotated[str | None, typer.Option("--sheet")] = None,
    column: Annotated[str | None, typer.Option("--column")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the reading of each text in a column of countries."""
    from assets.drafting.country_columns import country_column  # imported here because it loads pyarrow

    require_files(file)
    with as_usage_error(InvalidValue):
        chosen_column = country_column(file, sheet, column)
    answers = {text: resolve(text) for text in chosen_column.texts}
    order = sorted(answers, key=lambda text: (answers[text].is_read, -chosen_column.texts[text], text))
    n_refused = sum(not answer.is_read for answer in answers.values())
    if as_json:
        rows = [{"value": t, "rows": chosen_column.texts[t], **_facts(answers[t], lang)} for t in order]
        origin = {"file": str(file), "sheet": chosen_column.sheet, "column": chosen_column.name}
        print_json({**origin, "rows": chosen_column.texts.total(), "refused": n_refused, "values": rows})
    else:
        name = " · ".join(filter(None, [chosen_column.sheet, chosen_column.name]))
        print_sentence(say("catalog.column" if column else "catalog.column_taken", lang, column=name))
        _print_table(order, answers, chosen_column.texts, lang)
        facts = {"values": len(answers), "rows": chosen_column.texts.total(), "refused": n_refused}
        print_sentence(say("catalog.refused" if n_refused else "catalog.all", lang, **facts))
    return BAD_INPUT if n_refused else OK


def _facts(answer: Resolution, lang: str) -> dict[str, Any]:
    return {
        "code": answer.code,
        "name": lookup(answer.code).name(lang) if answer.code else None,
        "kind": answer.kind,
        "rule": answer.rule,
        "reason": answer.reason,
        "area": answer.area,
        "members": list(answer.members),
        "candidates": [{"code": code, "name": lookup(code).name(lang)} for code in answer.candidates],
    }


def _print_table(order: list[str], answers: dict[str, Resolution], rows: Counter[str], lang: str) -> None:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("text", "rows", "code", "name", "kind", "why"):
        grid.add_column(say(f"catalog.{key}", lang), justify="right" if key == "rows" else "left")
    for text in order:
        answer = answers[text]
        colour = "default" if answer.is_read else "red"
        code = answer.code or "+".join(answer.members) or answer.area or "—"
        members = [answer.code] if answer.code else answer.members
        name = ", ".join(lookup(member).name(lang) for member in members)
        label = escape(text) if text.strip() else say("catalog.blank", lang)
        kind = f"[{colour}]{say(f'kind.{answer.kind}', lang)}[/{colour}]"
        grid.add_row(
            label, number(rows[text], lang), code, escape(name), kind, escape(_explanation(answer, lang))
        )
    out.print(grid)


def _explanation(answer: Resolution, lang: str) -> str:
    """Return the rule of a reading; for a refusal the reason and the candidates."""
    if answer.is_read:
        return answer.reason or answer.rule
    likely = ", ".join(f"{lookup(code).name(lang)} ({code})" for code in answer.candidates)
    reason = say(f"reason.{answer.reason}", lang)
    return f"{reason} {say('cli.suggestion', lang, suggestion=likely)}" if likely else reason


laws = typer.Typer(name="laws", cls=Group, no_args_is_help=True, add_completion=False)

COLOURS = {Match.CONTAINED: "green", Match.NEAR: "yellow", Match.ABSENT: "red"}


@laws.callback()
def _laws(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Compare the matrix of laws with the texts of laws."""


@laws.command("check", cls=Command)
def check_law(
    file: Annotated[Path, typer.Argument()],
    evidence: Annotated[Path, typer.Option("--evidence")],
    law: Annotated[str, typer.Option("--law")] = "",
    law_country: Annotated[str, typer.Option("--country")] = "",
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print for each cell whether the text contains its evidence."""
    require_files(file, evidence)
    declaration = _declaration()
    with as_usage_error(InvalidValue):
        text, rows = LawText(read_law(file)), read_evidence(evidence, declaration)
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
        _print_matches(matches, declaration, lang)
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


def _print_matches(matches: dict[EvidenceRow, Match], declaration: Declaration, lang: str) -> None:
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
