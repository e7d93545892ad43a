"""No free text of a sender is released: a word is planted wherever one can stand, and looked for in all that goes out.

Of protected collections the release says that something was received, and nothing else.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from assets.dagster.build import build_database
from assets.intake.submission import receive
from schemas.indicators import catalogue
from tests.bad_input import build
from tests.conftest import accept
from warehouse.home import Home
from warehouse.publication.exports import FORMATS, template
from warehouse.publication.publishing import publish
from warehouse.reading.client import Warehouse

AS_OF = date(2022, 6, 30)
WORD = "zarzamora"
"""No country, no code, no header, no person."""

HEADER = f"{build.HEADER.removesuffix(',victimas')},zona,base,nota,victimas"
ROWS = [
    [*line.split(",")[:-1], zone, "Ley 9", "", line.split(",")[-1]]
    for line, zone in zip(build.LINES, ["Norte", "Sur", "Norte", "Sur", "Norte"], strict=True)
]
CARD = build.card(
    ('fuente = { only = "registro" }', 'fuente = { only = "registro" }\nnota = { ignore = "for people" }'),
    ("victimas = {", 'zona = { role = "area" }\nbase = { role = "legal_basis" }\nvictimas = {'),
    ("quarantined_share", 'labels = { area = ["Norte", "Sur"], legal_basis = ["Ley 9"] }\nquarantined_share'),
)
BOOK = ('type = "csv"', 'type = "xlsx"')
WIDE = (
    ('victimas = { role = "value" }\n', ""),
    ('periodo = { role = "period" }\n', ""),
    ('"periodo", ', ""),
    ("values = {", "wide = { pattern = '(?P<period>20\\d\\d).*' }\nvalues = {"),
)


def table(rows: list[list[str]] = ROWS, header: str = HEADER) -> str:
    """A file of the made-up office."""
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


def with_text(column: str, text: str) -> str:
    """The file with a text in the first row of a column."""
    place = HEADER.split(",").index(column)
    return table([[*ROWS[0][:place], text, *ROWS[0][place + 1 :]], *ROWS[1:]])


def book(change: str) -> bytes:
    """The file as a workbook, with the word beside its cells."""
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    sheet.title = WORD if change == "sheet" else "datos"
    for row in (HEADER.split(","), *ROWS):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    if change == "more sheets":  # one like the first, one that is not, one that nobody shows
        for name, header in ((f"{WORD} 2", HEADER), (f"{WORD} 3", HEADER.replace("edad", WORD))):
            other = workbook.create_sheet(name)
            other.append(header.split(","))
        workbook.create_sheet(f"{WORD} 4").append([WORD])
        workbook[f"{WORD} 4"].sheet_state = "hidden"
    if change == "beside the cells":
        workbook.properties.title = workbook.properties.creator = WORD
        sheet["B2"].comment = Comment(WORD, WORD)
        sheet.oddFooter.left.text = WORD
        workbook.defined_names[WORD] = DefinedName(WORD, attr_text="datos!$A$1")
        sheet.merge_cells("A2:A3")
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def places() -> Iterator[tuple[str, str, bytes | str, str]]:
    """Where a word may stand: what it is, the file's name and bytes, the card."""
    yield "the file's name", f"{WORD}.csv", table(), CARD
    for column in HEADER.split(","):
        yield f"cell of {column}", "d.csv", with_text(column, WORD), CARD
        yield f"name of {column}", "d.csv", table(header=HEADER.replace(column, f"{column} {WORD}")), CARD
    for remark in (f"Honduras ({WORD})", f"Otros: {WORD}", f"Honduras/{WORD}", f"#{WORD}"):
        yield f"citizenship {remark}", "d.csv", with_text("nacionalidad", remark), CARD
    yield "beside a value", "d.csv", with_text("victimas", f"7 {WORD}"), CARD
    yield "beside a period", "d.csv", with_text("periodo", f"2020 ({WORD})"), CARD
    yield "a column more", "d.csv", table([[*row, WORD] for row in ROWS], f"{HEADER},{WORD}"), CARD
    yield "a cell more", "d.csv", table([[*ROWS[0], WORD], *ROWS[1:]]), CARD
    yield "above the header", "d.csv", f"{WORD}\n{table()}", CARD
    yield "below the table", "d.csv", f"{table()}{WORD}\n", CARD
    yield "another table", "d.csv", f"{WORD},{WORD} a\n{WORD} b,1\n", CARD
    yield "another mark", "d.csv", table().replace(",", ";").replace("edad", WORD), CARD
    for change in ("sheet", "more sheets", "beside the cells"):
        yield change, "d.xlsx", book(change), CARD.replace(*BOOK)
    missing = CARD.replace(BOOK[0], 'type = "xlsx", sheets = ["cifras"]')
    yield "in place of a sheet", "d.xlsx", book("sheet"), missing
    beside = (
        CARD.replace(*BOOK) + '"año" = { role = "selector", at = { sheet = true, pattern = "[0-9]+" } }\n'
    )
    yield "a sheet's name that is read", "d.xlsx", book("sheet"), beside
    wide = CARD
    for old, new in WIDE:
        wide = wide.replace(old, new)
    header = HEADER.replace("periodo,", "").replace("victimas", f"2020 {WORD}")
    yield "a wide header", "d.csv", table([[row[0], *row[2:]] for row in ROWS], header), wide
    yield "a template", "d.csv", build.template(f"victims_detected 2020 {WORD} 3", columns="area"), CARD


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home where each place of a word is a submission of a collection of its own, and one is protected."""
    folder = tmp_path_factory.mktemp("words")
    home = Home(folder / "home")
    for n, (_, name, content, card) in enumerate(places()):
        collection = f"DEMO/c{n}"
        build.home(home.root, card, collection)
        file = build.write(folder / f"in{n}", content, name)
        accept(home, receive(home, file, collection, build.RECEIVED))
    build.home(home.root, CARD.replace('"open"', '"internal"'), "DEMO/guarded")
    first = build.write(folder / "guarded", table(), f"{WORD}.csv")
    accept(home, receive(home, first, "DEMO/guarded", date(2022, 3, 1)))
    changed = build.write(folder / "guarded", table(ROWS[:2]), f"{WORD}.csv")
    again = receive(home, changed, "DEMO/guarded", build.RECEIVED)
    outcome = accept(home, again)
    assert outcome.status == "accepted"
    build_database(home, AS_OF)
    publish(home, AS_OF)
    return home


def released(home: Home) -> dict[str, str]:
    """All that a release holds, each table as text, and every export of it."""
    [manifest] = home.releases.glob("*/manifest.json")
    told = {"manifest": manifest.read_text(encoding="utf-8")}
    with duckdb.connect(home.current, read_only=True) as db:
        names = db.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        names += db.execute(
            "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for (name,) in names:
            told[name] = db.execute(f"SELECT * FROM {name}").df().to_csv()
    folder = home.root / "exports"
    with Warehouse.open(home.current) as warehouse:
        for indicator in catalogue():
            for kind, write in FORMATS.items():
                write(warehouse, indicator, folder / f"{indicator}.{kind}")
        for name in warehouse.query("SELECT DISTINCT submission FROM core.current")["submission"]:
            template(
                warehouse, name, folder / f"{name}.template.csv", {}, pd.DataFrame(columns=["submission"])
            )
    told |= {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    return told


@pytest.mark.slow
@pytest.mark.operator("5", "no free text")
def test_a_word_that_a_sender_planted_is_nowhere_in_a_release(home: Home) -> None:
    told = released(home)
    assert {name for name, text in told.items() if WORD in text.lower()} == set()
    assert WORD.encode() not in home.current.read_bytes()
    assert len(told["core.observations"].splitlines()) > 50
    assert sum(text.count("Ley 9") for name, text in told.items() if name.endswith(".template.csv")) > 50


@pytest.mark.slow
def test_each_planted_word_was_received_and_most_are_told_inside(home: Home) -> None:
    """So that the test above looks for what was there."""
    for what, name, content, _ in places():
        received = content.encode() if isinstance(content, str) else content
        assert WORD in name or WORD in unpacked(received), what
    with duckdb.connect(home.internal, read_only=True) as db:
        inside = dict(
            db.execute(
                "SELECT collection, string_agg(concat_ws(' ', file_name, value, column_name, sheet, detail_es), ' ') "
                "FROM registry.submissions LEFT JOIN registry.findings USING (submission) GROUP BY ALL"
            ).fetchall()
        )
        hidden = db.execute("SELECT count(*) FROM registry.findings WHERE message_es LIKE '%«…»%'").fetchone()
    told = {what for n, (what, *_) in enumerate(places()) if WORD in inside[f"DEMO/c{n}"]}
    assert {
        "cell of zona",
        "cell of base",
        "more sheets",
        "a sheet's name that is read",
        "a template",
    } <= told
    assert len(told) > 25
    assert hidden is not None
    assert hidden[0] > 20


def unpacked(content: bytes) -> str:
    """The text of a file, or of all parts of a workbook."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.slow
@pytest.mark.operator("5", "no free text")
def test_an_area_that_the_card_does_not_name_waits_and_is_said(home: Home) -> None:
    """The row waits with its cell; what it may hold opens the bounds, as of any row that waits."""
    place = next(n for n, (what, *_) in enumerate(places()) if what == "cell of zona")
    with duckdb.connect(home.internal, read_only=True) as db:
        found = db.execute(
            "SELECT rule, cell, value, detail_es FROM registry.findings JOIN registry.submissions USING (submission) "
            f"WHERE collection = 'DEMO/c{place}' AND severity = 'error'"
        ).fetchall()
        counted = db.execute(
            f"SELECT rows_quarantined FROM registry.submissions WHERE collection = 'DEMO/c{place}'"
        ).fetchone()
    [(rule, cell, value, detail)] = found
    assert (rule, cell, value, counted) == ("unexpected_value", "J2", WORD, (1,))
    assert "«Norte, Sur»" in detail
