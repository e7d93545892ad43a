"""`catalog countries`: texts of a column and their reading, before a card is written for the file."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.drafting.draft import role_of_places
from assets.intake.reading.reading import read_sheets
from assets.intake.reading.sheets import Sheet
from pipelines.cli.app import Command, Group, JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import out, print_json, print_sentence
from schemas.cards.card_file import File
from schemas.countries import Resolution, lookup, resolve
from schemas.words import DEFAULT_LANGUAGE, number, say

catalog = typer.Typer(name="catalog", cls=Group, no_args_is_help=True, add_completion=False)


@catalog.callback()
def _catalog(lang: LangOption = DEFAULT_LANGUAGE) -> None:
    """Inspect the content of a column."""


REFUSALS = {"ambiguous", "unresolved"}
TYPES = {f".{name}": name for name in ("csv", "xlsx", "xls", "ods")} | {".txt": "csv", ".tsv": "csv"}
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zip": "zip"}
DELIMITERS = ("\t", ";", "|", ",")
ROWS_EXAMINED = 20
"""Number of rows examined for the delimiter and the header."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Column(NamedTuple):
    """Column of a sheet: its name and the number of rows with each text."""

    sheet: str | None
    name: str
    texts: Counter[str]


@catalog.command(cls=Command)
def countries(
    file: Annotated[Path, typer.Argument()],
    sheet: Annotated[str | None, typer.Option("--sheet")] = None,
    column: Annotated[str | None, typer.Option("--column")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the reading of each text in a column of countries."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    sheets = read_sheets(file, _layout(file, sheet))
    chosen_column = _column_named(sheets, column) if column else _likeliest_column(sheets)
    answers = {text: resolve(text) for text in chosen_column.texts}
    order = sorted(
        answers, key=lambda text: (answers[text].kind not in REFUSALS, -chosen_column.texts[text], text)
    )
    n_refused = sum(answer.kind in REFUSALS for answer in answers.values())
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


def _layout(file: Path, sheet: str | None) -> File:
    """Return the layout of a file, from its name and its first lines."""
    compression = COMPRESSIONS.get(file.suffix.lower())
    kind = TYPES.get(Path(file.stem if compression else file.name).suffix.lower())
    if kind is None:
        raise Stop(USAGE, "catalog.type", file=file.name, known=" ".join(TYPES))
    if kind != "csv":
        return File.model_validate({"type": kind, "sheets": [sheet] if sheet else []})
    start = b"" if compression else file.open("rb").read(ROWS_EXAMINED * 1_000)
    encoding = "utf-16" if start.startswith(UTF16) else "cp1252"
    lines = start.decode(encoding, errors="replace").splitlines()[:ROWS_EXAMINED]
    settings = {"encoding": encoding, "delimiter": _delimiter(lines), "compression": compression or "none"}
    return File.model_validate({"type": "csv", **settings})


def _delimiter(lines: list[str]) -> str:
    """Return the mark with the highest median number per line."""

    def median_count(mark: str) -> int:
        return sorted(line.count(mark) for line in lines)[len(lines) // 2]

    return max(DELIMITERS, key=median_count) if lines else ","


def _column_named(sheets: list[Sheet], name: str) -> Column:
    folded_name = name.strip().casefold()
    for sheet in sheets:
        for row_index, row in enumerate(sheet.rows[:ROWS_EXAMINED]):
            for column_index, cell in enumerate(row):
                if cell.strip().casefold() == folded_name:
                    return Column(
                        sheet.name, cell.strip(), _count_texts(sheet.rows[row_index + 1 :], column_index)
                    )
    headers = [
        cell.strip() for sheet in sheets for cell in sheet.rows[_header_row_index(sheet)] if cell.strip()
    ]
    raise Stop(USAGE, "catalog.no_column", column=name, known=" · ".join(headers))


def _likeliest_column(sheets: list[Sheet]) -> Column:
    """Return the column whose distinct texts are mostly countries."""
    columns = []
    for sheet in sheets:
        header = _header_row_index(sheet)
        for column_index, name in enumerate(sheet.rows[header]):
            column = Column(sheet.name, name.strip(), _count_texts(sheet.rows[header + 1 :], column_index))
            columns.append((_country_score(column), column))
    readable = [(score, column) for score, column in columns if score[1] > 0]
    best = max(readable, key=lambda pair: pair[0], default=(None, None))
    if best[1] is None:
        raise Stop(USAGE, "catalog.no_country")
    return best[1]


def _country_score(column: Column) -> tuple[int, float]:
    """Score a column: first by its header, then high for many texts that are countries and few that are not.

    The header counts if half of the texts can be read, also as a code of two letters or as unknown.
    """
    n_countries = sum(resolve(text).code is not None for text in column.texts)
    n_read = sum(_can_be_read(text) for text in column.texts)
    rank = HEADER_RANKS.get(role_of_places(column.name) or "", 0)
    score = max(n_countries, 0.5 * n_read) ** 2 / len(column.texts) if column.texts else 0
    return min(rank, 0) if 2 * n_read < len(column.texts) else rank, score


def _can_be_read(text: str) -> bool:
    is_code = text.isalpha() and text.isupper() and resolve(text, code_system="iso2").code is not None
    return is_code or (not text.strip().isdecimal() and resolve(text).kind not in REFUSALS)


HEADER_RANKS = {"citizenship": 2, "reporting_country": 1, "counterpart_country": 1, "area": -1}
"""Rank of a column by the role that its header suggests. Some towns have names of countries."""


def _header_row_index(sheet: Sheet) -> int:
    """Return the index of the first row with at least half as many cells as the fullest row.

    Skips remarks.
    """
    cell_counts = [0 if _is_remark(row) else sum(bool(cell.strip()) for cell in row) for row in sheet.rows]
    return next(number for number, count in enumerate(cell_counts) if 2 * count >= max(cell_counts))


def _is_remark(row: list[str]) -> bool:
    return bool(row) and row[0].lstrip().startswith("#")


def _count_texts(rows: list[list[str]], column_index: int) -> Counter[str]:
    """Count the rows with each text in a column. Empty rows are left out."""
    return Counter(
        row[column_index] if column_index < len(row) else "" for row in rows if any(map(str.strip, row))
    )


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
        colour = "red" if answer.kind in REFUSALS else "default"
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
    if answer.kind not in REFUSALS:
        return answer.reason or answer.rule
    likely = ", ".join(f"{lookup(code).name(lang)} ({code})" for code in answer.candidates)
    reason = say(f"reason.{answer.reason}", lang)
    return f"{reason} {say('cli.suggestion', lang, suggestion=likely)}" if likely else reason
