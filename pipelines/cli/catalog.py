"""`catalog countries`: what stands in a column and how it is read, before a card is written for it."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.intake.reading.reading import read_sheets
from assets.intake.reading.sheets import Sheet
from pipelines.cli.app import Command, Group, JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import out, print_json, tell
from schemas.cards.card_file import File
from schemas.countries import Resolution, lookup, resolve
from schemas.words import DEFAULT, number, say

catalog = typer.Typer(name="catalog", cls=Group, no_args_is_help=True, add_completion=False)


@catalog.callback()
def _catalog(lang: LangOption = DEFAULT) -> None:
    """What stands in a column."""


REFUSED = {"ambiguous", "unresolved"}
TYPES = {f".{name}": name for name in ("csv", "xlsx", "xls", "ods")} | {".txt": "csv", ".tsv": "csv"}
PACKED = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zip": "zip"}
DELIMITERS = ("\t", ";", "|", ",")
LOOKED_AT = 20  # rows, for the delimiter and the header
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Column(NamedTuple):
    """A column of a sheet: its name, and how many rows have each text."""

    sheet: str | None
    name: str
    texts: Counter[str]


@catalog.command(cls=Command)
def countries(
    file: Annotated[Path, typer.Argument()],
    sheet: Annotated[str | None, typer.Option("--sheet")] = None,
    column: Annotated[str | None, typer.Option("--column")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Print how each text of a column of countries is read."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    sheets = read_sheets(file, _layout(file, sheet))
    taken = _named(sheets, column) if column else _likeliest(sheets)
    answers = {text: resolve(text) for text in taken.texts}
    order = sorted(answers, key=lambda text: (answers[text].kind not in REFUSED, -taken.texts[text], text))
    refused = sum(answer.kind in REFUSED for answer in answers.values())
    if as_json:
        rows = [{"value": t, "rows": taken.texts[t], **_shown(answers[t], lang)} for t in order]
        where = {"file": str(file), "sheet": taken.sheet, "column": taken.name}
        print_json({**where, "rows": taken.texts.total(), "refused": refused, "values": rows})
    else:
        name = " · ".join(filter(None, [taken.sheet, taken.name]))
        tell(say("catalog.column" if column else "catalog.column_taken", lang, column=name))
        _print(order, answers, taken.texts, lang)
        facts = {"values": len(answers), "rows": taken.texts.total(), "refused": refused}
        tell(say("catalog.refused" if refused else "catalog.all", lang, **facts))
    return BAD_INPUT if refused else OK


def _layout(file: Path, sheet: str | None) -> File:
    """How the file is laid out, as its name and its first lines say."""
    packed = PACKED.get(file.suffix.lower())
    kind = TYPES.get(Path(file.stem if packed else file.name).suffix.lower())
    if kind is None:
        raise Stop(USAGE, "catalog.type", file=file.name, known=" ".join(TYPES))
    if kind != "csv":
        return File.model_validate({"type": kind, "sheets": [sheet] if sheet else []})
    start = b"" if packed else file.open("rb").read(LOOKED_AT * 1_000)
    encoding = "utf-16" if start.startswith(UTF16) else "cp1252"
    lines = start.decode(encoding, errors="replace").splitlines()[:LOOKED_AT]
    settings = {"encoding": encoding, "delimiter": _delimiter(lines), "compression": packed or "none"}
    return File.model_validate({"type": "csv", **settings})


def _delimiter(lines: list[str]) -> str:
    """The mark that stands most often in the middle one of the lines, ordered by how often it does."""

    def often(mark: str) -> int:
        return sorted(line.count(mark) for line in lines)[len(lines) // 2]

    return max(DELIMITERS, key=often) if lines else ","


def _named(sheets: list[Sheet], name: str) -> Column:
    wanted = name.strip().casefold()
    for sheet in sheets:
        for at, row in enumerate(sheet.rows[:LOOKED_AT]):
            for place, cell in enumerate(row):
                if cell.strip().casefold() == wanted:
                    return Column(sheet.name, cell.strip(), _texts(sheet.rows[at + 1 :], place))
    headers = [cell.strip() for sheet in sheets for cell in sheet.rows[_header(sheet)] if cell.strip()]
    raise Stop(USAGE, "catalog.no_column", column=name, known=" · ".join(headers))


def _likeliest(sheets: list[Sheet]) -> Column:
    """The column whose distinct texts are countries: many of them, and few that are none."""
    columns = []
    for sheet in sheets:
        header = _header(sheet)
        for place, name in enumerate(sheet.rows[header]):
            column = Column(sheet.name, name.strip(), _texts(sheet.rows[header + 1 :], place))
            columns.append((_likeness(column), column))
    best = max(columns, key=lambda pair: pair[0], default=(0, None))
    if best[1] is None or best[0] <= 0:
        raise Stop(USAGE, "catalog.no_country")
    return best[1]


def _likeness(column: Column) -> float:
    countries = sum(resolve(text).code is not None for text in column.texts)
    return countries**2 / len(column.texts) if column.texts else 0


def _header(sheet: Sheet) -> int:
    """The first row with at least half as many cells as the fullest one; not a remark."""
    filled = [0 if _is_remark(row) else sum(bool(cell.strip()) for cell in row) for row in sheet.rows]
    return next(number for number, cells in enumerate(filled) if 2 * cells >= max(filled))


def _is_remark(row: list[str]) -> bool:
    return bool(row) and row[0].lstrip().startswith("#")


def _texts(rows: list[list[str]], place: int) -> Counter[str]:
    """How many rows have each text in one column; rows without any text are none."""
    return Counter(row[place] if place < len(row) else "" for row in rows if any(map(str.strip, row)))


def _shown(answer: Resolution, lang: str) -> dict[str, Any]:
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


def _print(order: list[str], answers: dict[str, Resolution], rows: Counter[str], lang: str) -> None:
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("text", "rows", "code", "name", "kind", "why"):
        grid.add_column(say(f"catalog.{key}", lang), justify="right" if key == "rows" else "left")
    for text in order:
        answer = answers[text]
        colour = "red" if answer.kind in REFUSED else "default"
        code = answer.code or "+".join(answer.members) or answer.area or "—"
        members = [answer.code] if answer.code else answer.members
        name = ", ".join(lookup(member).name(lang) for member in members)
        shown = escape(text) if text.strip() else say("catalog.blank", lang)
        kind = f"[{colour}]{say(f'kind.{answer.kind}', lang)}[/{colour}]"
        grid.add_row(shown, number(rows[text], lang), code, escape(name), kind, escape(_why(answer, lang)))
    out.print(grid)


def _why(answer: Resolution, lang: str) -> str:
    """The rule by which a text was read; of a refusal the reason, and what it may be."""
    if answer.kind not in REFUSED:
        return answer.reason or answer.rule
    likely = ", ".join(f"{lookup(code).name(lang)} ({code})" for code in answer.candidates)
    reason = say(f"reason.{answer.reason}", lang)
    return f"{reason} {say('cli.suggestion', lang, suggestion=likely)}" if likely else reason
