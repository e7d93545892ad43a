"""The network's records as frames: records known on a day, changes between two days, the matrix.

The declarations in schemas/records define the collections; none is named here. `frame.attrs` has title,
citation, licence and release, and for a matrix the meaning of an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas import codelists
from schemas.code_names import code_name
from schemas.countries import resolve
from schemas.groupings import DEFAULT_GROUPING
from schemas.records import Declaration, Matrix, declarations
from schemas.records.values import name_of_value
from schemas.tables import TABLES
from schemas.words import CONTRACT_LANGUAGES, InvalidValue, contract_language, say
from warehouse.reading import arguments
from warehouse.reading.rows import Record, row_dicts

if TYPE_CHECKING:
    import pandas as pd

ON_RECORD = "known_from <= $known AND (known_to IS NULL OR known_to > $known)"
"""SQL condition for rows that were on record on a day."""


_HAS_WORDS = r"""list_bool_and(list_transform(
    string_split_regex(trim(strip_accents(lower(${asked}))), '\s+'),
    lambda word: contains(strip_accents(lower(concat_ws(' ', {columns}))), word)
))"""
"""SQL condition for columns that have every requested word; accents are ignored."""


def records(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    text: str,
    column_values: Mapping[str, str],
) -> pd.DataFrame:
    """Return the records known on a day, by default the release's day.

    `text` has words that a record must have; `column_values` the code, country or words of a column.
    """
    declaration = _declaration(db, name)
    stored = {column.name: column for column in declaration.table_columns if not column.internal}
    where, parameters = [ON_RECORD, _HAS_WORDS.format(asked="text", columns=", ".join(stored))], {}
    for column, value in column_values.items():
        role = declaration.columns[stored[arguments.check_choice(column, list(stored), "column")].column].role
        if role == "code":
            arguments.check_choice(
                value, list(codelists.codelist(str(declaration.columns[column].list))), column
            )
        if role in ("country", "countries"):
            value = arguments.check_choice(resolve(value).code or value, members_on(db, _day(db, on)), column)
        parameters[f"of_{column}"] = value
        condition = f"{column} = $of_{column}"
        where.append(condition if role == "code" else _HAS_WORDS.format(asked=f"of_{column}", columns=column))
    frame = db.execute(
        f"SELECT * EXCLUDE (known_to) FROM network.{name} WHERE {' AND '.join(where)} "
        f"ORDER BY {', '.join(declaration.key)}",
        {"known": _day(db, on), "text": text, **parameters},
    ).df()
    return _with_attrs(db, lang, declaration, frame)


def changes(db: duckdb.DuckDBPyConnection, lang: str, name: str, old: date, new: date) -> pd.DataFrame:
    """Return the records that differ between two days, a row per record and column.

    `kind` is new, changed or gone.
    """
    import pandas as pd

    declaration = _declaration(db, name)
    before, after = (_by_key(db, declaration, day) for day in (old, new))
    rows = []
    for key in sorted({*before, *after}, key=str):
        kind = "new" if key not in before else "gone" if key not in after else "changed"
        for column in _descriptive_columns(declaration):
            old_value, new_value = (day_rows.get(key, {}).get(column) for day_rows in (before, after))
            if old_value != new_value:
                rows.append(
                    dict(zip(("collection", *declaration.key), key, strict=True))
                    | {"kind": kind, "column": column, "old": _text(old_value), "new": _text(new_value)}
                )
    columns = ["collection", *declaration.key, "kind", "column", "old", "new"]
    return _with_attrs(db, lang, declaration, pd.DataFrame(rows, columns=columns))


def matrix(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    known_on: date | None,
    kind: Mapping[str, str],
) -> pd.DataFrame:
    """Return the comparative matrix of a day: countries across, compared elements down, codes in cells.

    `on` is the day on which a law must hold, `known_on` the day on which it must be on record; by default the
    release's day. `kind` chooses among the matrices that are never mixed, such as family and assessment.
    """
    import pandas as pd

    declaration, layout = _declaration_and_matrix(db, name, kind)
    day = _day(db, on)
    where = " AND ".join(
        [ON_RECORD, *(f"{column} = ${column}" for column in layout.apart), *_date_conditions(layout)]
    )
    parameters = {"known": _day(db, known_on), **kind} | ({"on": day} if "$on" in where else {})
    cells = db.execute(
        f"SELECT {layout.down}, {layout.across}, {_cell_value(layout)} FROM network.{name} WHERE {where} "
        f"{_latest_edition(layout)}",
        parameters,
    ).fetchall()
    codes_by_cell: dict[tuple[str, str], list[str]] = {}
    for down, across, cell in cells:
        codes_by_cell.setdefault((down, across), []).append(cell)
    codes_down = [
        code
        for code in codelists.codelist(str(declaration.columns[layout.down].list))
        if applies_to_matrix(layout, kind, declaration, code)
    ]
    members = members_on(db, day)
    order = list(codelists.codelist(str(declaration.columns[layout.cell].list)))
    rows = {
        down: [_first_code(codes_by_cell.get((down, member), [layout.empty]), order) for member in members]
        for down in codes_down
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=members)
    frame.index.name = layout.down
    return _with_attrs(db, lang, declaration, frame)


def gaps(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    known_on: date | None,
    kind: Mapping[str, str],
) -> pd.DataFrame:
    """Count, for each country, the matrix cells by code; an empty cell counts as not reported."""
    declaration, layout = _declaration_and_matrix(db, name, kind)
    full_matrix = matrix(db, lang, name, on=on, known_on=known_on, kind=kind)
    order = list(codelists.codelist(str(declaration.columns[layout.cell].list)))
    counts = (
        full_matrix.apply(lambda cells: cells.value_counts()).T.reindex(columns=order).fillna(0).astype(int)
    )
    counts.index.name = layout.across
    return _with_attrs(db, lang, declaration, counts)


def write_matrix(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    *,
    on: date | None,
    known_on: date | None,
    kind: Mapping[str, str],
) -> Path:
    """Write the matrix as a workbook with two sheets per language.

    The first has countries across and elements down, the second the records behind the cells.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    from warehouse.reading.workbook_styles import colour, set_widths, style_heads, wrap

    declaration, layout = _declaration_and_matrix(db, name, kind)
    frame = matrix(db, CONTRACT_LANGUAGES[0], name, on=on, known_on=known_on, kind=kind)
    book = Workbook()
    book.remove(book.active)
    for lang in CONTRACT_LANGUAGES:
        sheet = book.create_sheet(say("language.name", lang))
        kind_text = " · ".join(_code_title(declaration, column, code, lang) for column, code in kind.items())
        sheet.append([f"{getattr(declaration.says, lang)}"])
        sheet.append(
            [" · ".join(filter(None, [kind_text, say("network.matrix_of", lang, day=_day(db, on))]))]
        )
        sheet.append(
            [say("network.empty", lang, word=_code_title(declaration, layout.cell, layout.empty, lang))]
        )
        sheet.append([])
        heads = [getattr(declaration.columns[layout.down].header, lang), ""]
        sheet.append([*heads, *(code_name("", "country", country, lang) for country in frame.columns)])
        style_heads(sheet[5])
        wrap(sheet[5])
        for down, cells in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
            element = codelists.codelist(str(declaration.columns[layout.down].list))[down]
            sheet.append(
                [
                    element.external or down,
                    element.name(lang),
                    *(_code_title(declaration, layout.cell, c, lang) for c in cells),
                ]
            )
            for column_number, cell in enumerate(cells, start=3):
                if cell == layout.empty:
                    sheet.cell(sheet.max_row, column_number).fill = colour("EEEEEE")
        sheet["A1"].font = Font(bold=True, size=13)
        sheet.freeze_panes = "C6"
        set_widths(sheet, (18, 52, *[17] * len(frame.columns)))
    rows = _records_of_matrix(db, layout, declaration, kind, _day(db, on), _day(db, known_on))
    for lang in CONTRACT_LANGUAGES:
        sheet = book.create_sheet(say("network.records", lang))
        for line in _record_lines(declaration, rows, lang):
            sheet.append(line)
        sheet.freeze_panes = "A2"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _records_of_matrix(
    db: duckdb.DuckDBPyConnection,
    layout: Matrix,
    declaration: Declaration,
    kind: Mapping[str, str],
    day: date,
    known_day: date,
) -> list[Record]:
    """Return the records behind the cells of a matrix, in the order of their key."""
    where = [ON_RECORD, *(f"{column} = ${column}" for column in layout.apart), *_date_conditions(layout)]
    parameters = {"known": known_day, **kind} | ({"on": day} if len(where) > 1 + len(kind) else {})
    query = (
        f"SELECT * FROM network.{declaration.name} WHERE {' AND '.join(where)} "
        f"ORDER BY {', '.join(declaration.key)}"
    )
    return row_dicts(db.execute(query, parameters))


def _record_lines(declaration: Declaration, rows: list[Record], lang: str) -> Iterator[list[Any]]:
    """Yield the headers, then each record with its codes and countries by name."""
    columns = [column for column in declaration.table_columns if not column.internal]
    yield [getattr(column.about, lang) for column in columns]
    for row in rows:
        yield [name_of_value(declaration.columns[c.column], row[c.name], lang) for c in columns]


# ---- arguments -------------------------------------------------------------------------------------


def _declaration(db: duckdb.DuckDBPyConnection, name: str) -> Declaration:
    """Return the declaration.

    Raises InvalidValue, with the nearest names, for records that no release has; OlderRelease if this one,
    of an earlier version of the program, lacks them.
    """
    tables = {t.name: t for t in TABLES if t.schema == "network" and t.visibility != "internal"}
    arguments.check_choice(name, sorted(tables.keys() & set(declarations())), "records")
    db.execute(f"SELECT 1 FROM {tables[name].full_name} LIMIT 0")  # fails if the file lacks the table
    return declarations()[name]


def _declaration_and_matrix(
    db: duckdb.DuckDBPyConnection, name: str, kind: Mapping[str, str]
) -> tuple[Declaration, Matrix]:
    declaration = _declaration(db, name)
    if declaration.matrix is None or set(kind) != set(declaration.matrix.apart):
        required = ", ".join(declaration.matrix.apart) if declaration.matrix else "—"
        raise InvalidValue("network.apart", name=name, wanted=required or "—")
    for column, code in kind.items():
        arguments.check_choice(code, list(codelists.codelist(str(declaration.columns[column].list))), column)
    return declaration, declaration.matrix


def _date_conditions(layout: Matrix) -> list[str]:
    """Return the SQL conditions for rows in force on a day, as far as the table has their dates."""
    conditions = []
    if layout.since:
        conditions.append(f"({layout.since} IS NULL OR {layout.since} <= $on)")
    if layout.until:
        conditions.append(f"({layout.until} IS NULL OR {layout.until} >= $on)")
    return conditions


def _cell_value(layout: Matrix) -> str:
    """Return the SQL of a cell's code; where editions are compared, a number stands in for a blank code."""
    has_numbers = layout.over and layout.detail
    return f"coalesce({layout.cell}, CAST({layout.detail} AS VARCHAR))" if has_numbers else layout.cell


def _latest_edition(layout: Matrix) -> str:
    """Return the SQL clause that keeps the records of the latest edition of each cell."""
    if layout.over is None:
        return ""
    return f"QUALIFY {layout.over} = max({layout.over}) OVER (PARTITION BY {layout.down}, {layout.across})"


def _first_code(codes: list[str], order: list[str]) -> str:
    """Return the code of a cell that stands first in the list; a number, if the cell has one, as it is."""
    return min(codes, key=lambda code: order.index(code) if code in order else 0)


def applies_to_matrix(layout: Matrix, kind: Mapping[str, str], declaration: Declaration, code: str) -> bool:
    """Return whether a code applies to the chosen matrix; a code without a family always does."""
    family = codelists.codelist(str(declaration.columns[layout.down].list))[code].attributes.get(
        "applies_to", ""
    )
    return not family or family in kind.values() or not kind


def _day(db: duckdb.DuckDBPyConnection, on: date | None) -> date:
    row: Any = db.execute("SELECT as_of FROM registry.release").fetchone()
    return on or row[0]


def members_on(db: duckdb.DuckDBPyConnection, day: date) -> list[str]:
    """Return the members on that day, by code."""
    rows = db.execute(
        "SELECT DISTINCT member FROM reference.groupings WHERE grouping = $grouping "
        "AND valid_from <= $on AND (valid_to IS NULL OR valid_to >= $on) ORDER BY 1",
        {"grouping": DEFAULT_GROUPING, "on": day},
    ).fetchall()
    return [member for (member,) in rows]


# ---- results ---------------------------------------------------------------------------------------


def _by_key(
    db: duckdb.DuckDBPyConnection, declaration: Declaration, day: date
) -> dict[tuple[Any, ...], Record]:
    columns, key = _descriptive_columns(declaration), ["collection", *declaration.key]
    rows = db.execute(
        f"SELECT {', '.join([*key, *columns])} FROM network.{declaration.name} WHERE {ON_RECORD}",
        {"known": day},
    ).fetchall()
    return {row[: len(key)]: dict(zip(columns, row[len(key) :], strict=True)) for row in rows}


def _descriptive_columns(declaration: Declaration) -> list[str]:
    """Return the public columns that describe a record, without its key."""
    return [
        column.name
        for column in declaration.table_columns
        if column.name not in declaration.key and not column.internal
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _code_title(declaration: Declaration, column: str, code: str, lang: str) -> str:
    code_in_list = codelists.codelist(str(declaration.columns[column].list)).get(code)
    return code_in_list.name(lang) if code_in_list else code


def _with_attrs(
    db: duckdb.DuckDBPyConnection, lang: str, declaration: Declaration, frame: pd.DataFrame
) -> pd.DataFrame:
    language = contract_language(lang)
    release: Any = db.execute("SELECT release FROM registry.release").fetchone()
    sources = db.execute(
        "SELECT DISTINCT citation, licence FROM registry.collections SEMI JOIN "
        f"(SELECT DISTINCT collection FROM network.{declaration.name}) USING (collection) ORDER BY ALL"
    ).fetchall()
    frame.attrs = {
        "title": getattr(declaration.says, language),
        "citation": "; ".join(citation for citation, _ in sources),
        "licence": "; ".join(dict.fromkeys(licence for _, licence in sources)),
        "release": str(release[0]),
    }
    if declaration.matrix:
        frame.attrs["empty"] = say(
            "network.empty",
            lang,
            word=_code_title(declaration, declaration.matrix.cell, declaration.matrix.empty, language),
        )
    return frame
