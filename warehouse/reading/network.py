"""The network's records as frames: what is or was known, what changed between two days, the matrix.

What a collection of records holds is its declaration's (schemas/records); none is named here. `frame.attrs`
tells title, citation, licence and release, and of a matrix what an empty cell says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas import codelists
from schemas.code_names import code_name
from schemas.countries import resolve
from schemas.groupings import DEFAULT
from schemas.records import Declaration, Matrix, declarations
from schemas.words import CONTRACT, Wrong, contract_language, say
from warehouse.reading import asked

if TYPE_CHECKING:
    import pandas as pd

KNOWN = "known_from <= $known AND (known_to IS NULL OR known_to > $known)"
"""What stood on a day, as submissions said it then."""


_HOLDS = r"""list_bool_and(list_transform(
    string_split_regex(trim(strip_accents(lower(${asked}))), '\s+'),
    lambda word: contains(strip_accents(lower(concat_ws(' ', {columns}))), word)
))"""
"""Whether columns hold every word that is asked for, accents or not."""


def records(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    text: str,
    of: Mapping[str, str],
) -> pd.DataFrame:
    """The records known on a day, as the table has them; on the release's day where none is given.

    `text`: words that a record must hold; `of`: what a column must hold: a code, a country, words.
    """
    declared = _declared(db, name)
    stored = {one.name: one for one in declared.stored if not one.internal}
    where, given = [KNOWN, _HOLDS.format(asked="text", columns=", ".join(stored))], {}
    for column, value in of.items():
        role = declared.columns[stored[asked.one_of(column, list(stored), "column")].column].role
        if role == "code":
            asked.one_of(value, list(codelists.codelist(str(declared.columns[column].list))), column)
        if role in ("country", "countries"):
            value = asked.one_of(resolve(value).code or value, _members(db, _day(db, on)), column)
        given[f"of_{column}"] = value
        exactly = f"{column} = $of_{column}"
        where.append(exactly if role == "code" else _HOLDS.format(asked=f"of_{column}", columns=column))
    frame = db.execute(
        f"SELECT * EXCLUDE (known_to) FROM network.{name} WHERE {' AND '.join(where)} "
        f"ORDER BY {', '.join(declared.key)}",
        {"known": _day(db, on), "text": text, **given},
    ).df()
    return _told(db, lang, declared, frame)


def changes(db: duckdb.DuckDBPyConnection, lang: str, name: str, old: date, new: date) -> pd.DataFrame:
    """What is known of each record on the later day and was not, or was otherwise, on the first one.

    One row a record and column that differ: `kind` is new, changed or gone.
    """
    import pandas as pd

    declared = _declared(db, name)
    before, after = (_by_key(db, declared, day) for day in (old, new))
    rows = []
    for key in sorted({*before, *after}, key=str):
        kind = "new" if key not in before else "gone" if key not in after else "changed"
        for column in _said(declared):
            was, now = (told.get(key, {}).get(column) for told in (before, after))
            if was != now:
                rows.append(
                    dict(zip(("collection", *declared.key), key, strict=True))
                    | {"kind": kind, "column": column, "old": _text(was), "new": _text(now)}
                )
    columns = ["collection", *declared.key, "kind", "column", "old", "new"]
    return _told(db, lang, declared, pd.DataFrame(rows, columns=columns))


def matrix(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    known: date | None,
    apart: Mapping[str, str],
) -> pd.DataFrame:
    """The comparative matrix of a day: countries across, what is compared down, in a cell its code.

    `on`: the day on which a law must hold; `known`: the day on which it must have been on record; both the
    release's where they are not given. `apart` names what is never mixed, as family and assessment.
    """
    import pandas as pd

    declared, laid = _laid(db, name, apart)
    day = _day(db, on)
    where = " AND ".join([KNOWN, *(f"{column} = ${column}" for column in laid.apart), *_in_force(laid)])
    asked_of = {"known": _day(db, known), **apart} | ({"on": day} if "$on" in where else {})
    cells = db.execute(
        f"SELECT {laid.down}, {laid.across}, {laid.cell} FROM network.{name} WHERE {where}",
        asked_of,
    ).fetchall()
    told: dict[tuple[str, str], list[str]] = {}
    for down, across, cell in cells:
        told.setdefault((down, across), []).append(cell)
    downs = [
        code
        for code in codelists.codelist(str(declared.columns[laid.down].list))
        if is_asked(laid, apart, declared, code)
    ]
    across_all = _members(db, day)
    best = list(codelists.codelist(str(declared.columns[laid.cell].list)))
    rows = {
        down: [min(told.get((down, one), [laid.empty]), key=best.index) for one in across_all]
        for down in downs
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=across_all)
    frame.index.name = laid.down
    return _told(db, lang, declared, frame)


def gaps(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    name: str,
    *,
    on: date | None,
    known: date | None,
    apart: Mapping[str, str],
) -> pd.DataFrame:
    """By country, how many cells of the matrix say what: what is missing is counted as not reported."""
    declared, laid = _laid(db, name, apart)
    whole = matrix(db, lang, name, on=on, known=known, apart=apart)
    order = list(codelists.codelist(str(declared.columns[laid.cell].list)))
    counted = whole.apply(lambda cells: cells.value_counts()).T.reindex(columns=order).fillna(0).astype(int)
    counted.index.name = laid.across
    return _told(db, lang, declared, counted)


def write_matrix(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    *,
    on: date | None,
    known: date | None,
    apart: Mapping[str, str],
) -> Path:
    """The matrix as a workbook, a sheet a language: countries across, elements down, the day above."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    declared, laid = _laid(db, name, apart)
    frame = matrix(db, CONTRACT[0], name, on=on, known=known, apart=apart)
    book = Workbook()
    book.remove(book.active)
    for lang in CONTRACT:
        sheet = book.create_sheet(say("language.name", lang))
        apart_said = " · ".join(_name(declared, column, code, lang) for column, code in apart.items())
        sheet.append([f"{getattr(declared.says, lang)}"])
        sheet.append(
            [" · ".join(filter(None, [apart_said, say("network.matrix_of", lang, day=_day(db, on))]))]
        )
        sheet.append([say("network.empty", lang, word=_name(declared, laid.cell, laid.empty, lang))])
        sheet.append([])
        heads = [getattr(declared.columns[laid.down].header, lang), ""]
        sheet.append([*heads, *(code_name("", "country", one, lang) for one in frame.columns)])
        for cell in sheet[5]:
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        for down, cells in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
            element = codelists.codelist(str(declared.columns[laid.down].list))[down]
            sheet.append(
                [
                    element.external or down,
                    element.name(lang),
                    *(_name(declared, laid.cell, c, lang) for c in cells),
                ]
            )
            for place, cell in enumerate(cells, start=3):
                if cell == laid.empty:
                    sheet.cell(sheet.max_row, place).fill = PatternFill("solid", fgColor="EEEEEE")
        sheet["A1"].font = Font(bold=True, size=13)
        sheet.freeze_panes = "C6"
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 52
        for place in range(3, 3 + len(frame.columns)):
            sheet.column_dimensions[sheet.cell(5, place).column_letter].width = 17
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


# ---- what is asked ----------------------------------------------------------------------------------


def _declared(db: duckdb.DuckDBPyConnection, name: str) -> Declaration:
    """Raises Wrong for records that this file does not hold: the nearest names are said."""
    there = db.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'network'").fetchall()
    known = sorted({table for (table,) in there} & set(declarations()))
    asked.one_of(name, known, "records")
    return declarations()[name]


def _laid(db: duckdb.DuckDBPyConnection, name: str, apart: Mapping[str, str]) -> tuple[Declaration, Matrix]:
    declared = _declared(db, name)
    if declared.matrix is None or set(apart) != set(declared.matrix.apart):
        wanted = ", ".join(declared.matrix.apart) if declared.matrix else "—"
        raise Wrong("network.apart", name=name, wanted=wanted or "—")
    for column, code in apart.items():
        asked.one_of(code, list(codelists.codelist(str(declared.columns[column].list))), column)
    return declared, declared.matrix


def _in_force(laid: Matrix) -> list[str]:
    """What the day asks of a row's own days: it holds neither before it is in force nor after."""
    asked_of = []
    if laid.since:
        asked_of.append(f"({laid.since} IS NULL OR {laid.since} <= $on)")
    if laid.until:
        asked_of.append(f"({laid.until} IS NULL OR {laid.until} >= $on)")
    return asked_of


def is_asked(laid: Matrix, apart: Mapping[str, str], declared: Declaration, code: str) -> bool:
    """Whether a code of the list belongs to what is looked at: its list says of which family, if of one."""
    of = codelists.codelist(str(declared.columns[laid.down].list))[code].attributes.get("applies_to", "")
    return not of or of in apart.values() or not apart


def _day(db: duckdb.DuckDBPyConnection, on: date | None) -> date:
    row: Any = db.execute("SELECT as_of FROM registry.release").fetchone()
    return on or row[0]


def _members(db: duckdb.DuckDBPyConnection, day: date) -> list[str]:
    """The members on that day, by code."""
    rows = db.execute(
        "SELECT DISTINCT member FROM reference.groupings WHERE grouping = $grouping "
        "AND valid_from <= $on AND (valid_to IS NULL OR valid_to >= $on) ORDER BY 1",
        {"grouping": DEFAULT, "on": day},
    ).fetchall()
    return [member for (member,) in rows]


# ---- what is told -----------------------------------------------------------------------------------


def _by_key(
    db: duckdb.DuckDBPyConnection, declared: Declaration, day: date
) -> dict[tuple[Any, ...], dict[str, Any]]:
    said, key = _said(declared), ["collection", *declared.key]
    rows = db.execute(
        f"SELECT {', '.join([*key, *said])} FROM network.{declared.name} WHERE {KNOWN}", {"known": day}
    ).fetchall()
    return {row[: len(key)]: dict(zip(said, row[len(key) :], strict=True)) for row in rows}


def _said(declared: Declaration) -> list[str]:
    """The columns that say something of a record, as the public file has them."""
    return [one.name for one in declared.stored if one.name not in declared.key and not one.internal]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _name(declared: Declaration, column: str, code: str, lang: str) -> str:
    return codelists.codelist(str(declared.columns[column].list))[code].name(lang)


def _told(
    db: duckdb.DuckDBPyConnection, lang: str, declared: Declaration, frame: pd.DataFrame
) -> pd.DataFrame:
    spoken = contract_language(lang)
    release: Any = db.execute("SELECT release FROM registry.release").fetchone()
    sources = db.execute(
        "SELECT DISTINCT citation, licence FROM registry.collections SEMI JOIN "
        f"(SELECT DISTINCT collection FROM network.{declared.name}) USING (collection) ORDER BY ALL"
    ).fetchall()
    frame.attrs = {
        "title": getattr(declared.says, spoken),
        "citation": "; ".join(citation for citation, _ in sources),
        "licence": "; ".join(dict.fromkeys(licence for _, licence in sources)),
        "release": str(release[0]),
    }
    if declared.matrix:
        frame.attrs["empty"] = say(
            "network.empty", lang, word=_name(declared, declared.matrix.cell, declared.matrix.empty, spoken)
        )
    return frame
