"""Every way in which a file of the made-up provider is spoilt, and what must come of it.

A case names the only findings there may be, with their places, and the fate of every row. Its good twin
is the same file before it was spoilt. Adding a case is adding a line here.
"""

from __future__ import annotations

import bz2
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.bad_input.build import (
    HEADER,
    LINES,
    NO_TOTALS,
    RECORDS,
    RECORDS_LINES,
    card,
    cells,
    file,
    records,
    template,
    template_book,
    with_cell,
    with_column,
    with_record,
    workbook,
    zipped,
)

Content = str | bytes | Callable[[], str | bytes]


@dataclass(frozen=True)
class At:
    """Where a finding points. None: it speaks of the file, or of the row. `rule`: if not the case's own."""

    row: int | None = None
    column: str | None = None
    cell: str | None = None
    value: str | None = None
    sheet: str | None = None
    rule: str | None = None


@dataclass(frozen=True)
class Case:
    """A spoilt file: the rule it breaks, where, the status of the file and the fate of its rows."""

    id: str
    rule: str
    bad: Content
    at: tuple[At, ...]
    status: str = "accepted"
    rows: dict[str, int] = field(default_factory=dict)
    good: Content = field(default_factory=file)
    card: str = field(default_factory=card)
    name: str = "datos.csv"

    def __post_init__(self) -> None:
        assert self.status in ("accepted", "held", "rejected", "refused")


FIGURES = ("victims_detected 2018 _T 41", "victims_detected 2019 _T 38", "victims_detected 2020 _T 44")
"""Three figures of the template with which nothing is wrong."""


def content(what: Content) -> str | bytes:
    """The file itself; large ones are made only when they are needed."""
    return what() if callable(what) else what


def one_bad(accepted: int = 2, quarantined: int = 1) -> dict[str, int]:
    """One of the three rows in scope is in quarantine; the total and the row out of scope as ever."""
    rows = {"accepted": accepted, "quarantined": quarantined, "check_only": 1, "out_of_scope": 1}
    return {fate: n for fate, n in rows.items() if n}


def cell(id_: str, rule: str, column: str, value: str, *, row: int = 3, **more) -> Case:
    """A case in which one cell is spoilt and its row is put in quarantine."""
    letter = "ABCDEFGHIJ"[HEADER.split(",").index(column)]
    at = At(row, column, f"{letter}{row}", value)
    return Case(id_, rule, with_cell(row, column, value), (at,), rows=one_bad(), **more)


def lost(id_: str, rule: str, column: str, value: str) -> Case:
    """A case in which a row with 12 of 28 persons belongs nowhere: the file is held."""
    return cell(id_, rule, column, value, status="held")


def whole(id_: str, rule: str, bad: Content, *at: At, rows: dict[str, int] | None = None, **more) -> Case:
    """A case in which the file is rejected whole."""
    return Case(id_, rule, bad, at or (At(),), status="rejected", rows=rows or {}, **more)


def remark(id_: str, rule: str, bad: Content, *at: At, **more) -> Case:
    """A case in which every row stands and something is said."""
    return Case(id_, rule, bad, at, rows=one_bad(3, 0), **more)


def figures(
    id_: str, rule: str, bad: list[str], *at: At, good: tuple[str, ...] | list[str] = FIGURES, **more
) -> Case:
    """A case of three rows of the template that all stand, and something is said of them together."""
    return Case(id_, rule, template(*bad), at, rows={"accepted": 3}, good=template(*good), **more)


def persons(id_: str, rule: str, bad: tuple[str, ...], *at: At) -> Case:
    """A case in a file of one row a person: the first stands, the others are put in quarantine."""

    def of(*rows: str) -> str:
        header = (
            "case_id,reporting_country,measure,age_group,citizenship,identified_in,sex,identification_status"
        )
        told = (row.partition(",") for row in rows)
        return (
            "\n".join([header, *(f"{n},GTM,victims_detected,Y0T17,HND,{rest}" for n, _, rest in told)]) + "\n"
        )

    good, rows = of("C-1,2020,F,", "C-2,2021,M,"), {"accepted": 1, "quarantined": len(bad)}
    return Case(id_, rule, of("C-1,2020,F,", *bad), at, rows=rows, good=good, card=OF_PERSONS)


OF_A_PLACE = [
    f"GTM,{year},Víctimas detectadas,{place},Mujeres,0 a 17 años,Explotación sexual,Trata de personas,registro,{min(n, 10)}"
    for n, year in enumerate((*range(2013, 2021), 2020), 3)
    for place in ["TOTAL" if n == 11 else "Honduras"]
]
"""A row a year, and the total of the last one."""
OF_PLACES = [
    *OF_A_PLACE,
    *(
        row.replace("Honduras", place).replace("registro,", "registro,1")
        for row in OF_A_PLACE[:5]
        for place in ("El Salvador", "Nicaragua", "Cuba")
    ),
]
"""Three more places in each of the first five years."""

OF_PERCENTAGES = card(
    ('family = "trafficking"', 'family = "trafficking"\nmeasure = "victims_detected_share_published"'),
    (
        'medida = { role = "measure" }',
        'medida = { ignore = "it names the persons of whom this is the share" }',
    ),
    ("values = { ", "values = { percent = true, "),
)

BY_SEX = [f"victims_detected {year} {sex}" for year in range(2000, 2021) for sex in ("F 7", "M 5")]

BY_SEX_AND_AGE = [
    f"victims_detected {year} {told}" for year in range(2000, 2010) for told in ("F Y0T17 7", "M Y_GE18 5")
]
MOSTLY_AFRICA = ("HND 30", "CUB 41", "África 50")
LITTLE_AFRICA = ("HND 30", "CUB 41", "África 22")
_LIST = [
    "HND",
    "SLV",
    "NIC",
    "CRI",
    "PAN",
    "MEX",
    "BLZ",
    "USA",
    "CAN",
    "DOM",
    "COL",
    "VEN",
    "POL",
    "CUB",
    "HTI",
    "ECU",
]
BY_CITIZENSHIP = [
    f"victims_detected {year} {code} {7 + n + year % 5}"
    for year in range(2010, 2015)
    for n, code in enumerate(_LIST)
]

COMPLETE = card(
    ('confidentiality = "open"', 'confidentiality = "open"\nexhaustive = ["age_group+sex"]'),
)

ALL_FIVE = {"quarantined": 5}
"""A file rejected for its header: its five rows were never judged one by one."""

OF_PERSONS = card(
    ('kind = "counts"', 'kind = "cases"'), ('confidentiality = "open"', 'confidentiality = "cases"')
)
MONTHLY = card(('frequency = "A"', 'frequency = "M"'))
BY_MONTH = card(
    ('frequency = "A"', 'frequency = "M"'),
    ('periodo = { role = "period" }', 'periodo = { role = "year" }'),
    ('fuente = { only = "registro" }', 'fuente = { role = "month" }'),
    ('"edad", "forma"]', '"edad", "forma", "fuente"]'),
)
IN_MONTHS = tuple(
    line.replace("2021", "2020").replace("registro", month)
    for line, month in zip(LINES, ("enero", "Ene.", "Feb", "Feb", "2"), strict=True)
)
"""The good file's rows in two months of one year."""
WORKBOOK = card(('type = "csv"', 'type = "xlsx", sheets = ["datos"]'))
ANY_SHEET = card(('type = "csv"', 'type = "xlsx"'))
PACKED = card(('type = "csv"', 'type = "csv", compression = "bz2"'))
OF_ONE_MEASURE = card(
    ('frequency = "A"', 'frequency = "A"\nmeasure = "victims_detected"\nreporting_country = "GTM"')
).partition("[[format]]")[0]
TWO_ALIKE = (
    OF_ONE_MEASURE
    + """
[[format]]
name = "one"
file = { type = "csv" }
key = ["period"]
columns = { period = { role = "period" }, value = { role = "value" } }

[[format]]
name = "another"
file = { type = "csv" }
key = ["period"]
columns = { period = { role = "period" }, value = { role = "value" } }
"""
)
ACROSS = (
    OF_ONE_MEASURE
    + """
[[format]]
file = { type = "csv" }
key = ["nacionalidad"]
wide = { pattern = '(?P<period>\\d{4}) (?P<sex>\\w+)' }
columns = { nacionalidad = { role = "citizenship" } }
"""
)
IN_TITLE = "nacionalidad,victimas\nHonduras,7\n"
YEAR_IN_TITLE = (
    OF_ONE_MEASURE
    + """
[[format]]
file = { type = "csv", header_row = 2 }
key = ["nacionalidad"]

[format.columns]
"año" = { role = "year", at = { above = true, pattern = '\\d{4}' } }
nacionalidad = { role = "citizenship" }
victimas = { role = "value" }
"""
)
as_workbook = {"card": WORKBOOK, "good": workbook, "name": "datos.xlsx"}
packed = {"card": PACKED, "good": partial(bz2.compress, file().encode()), "name": "datos.csv.bz2"}


IN_CODES = file().replace("Honduras", "HND").replace("El Salvador", "SLV")


def without(column: str) -> str:
    """The good file without one column."""
    place = HEADER.split(",").index(column)
    lines = [line.split(",") for line in (HEADER, *LINES)]
    return "\n".join(",".join(x[:place] + x[place + 1 :]) for x in lines) + "\n"


def with_formula(row: int, column: int, formula: str, kind: str = "f") -> bytes:
    """The good workbook with a formula that no spreadsheet has calculated, or an error."""
    rows = cells()
    rows[row - 1][column - 1] = formula
    return workbook(rows)


WHOLE_FILE = [
    whole("the file has no byte", "empty_file", b""),
    whole("the file has only blanks and line ends", "empty_file", b" \r\n\t\n"),
    whole("the file has only a byte order mark", "empty_file", b"\xef\xbb\xbf"),
    whole("the file has only delimiters", "empty_file", ",,,\n,,,\n"),
    whole("the workbook's sheet is empty", "empty_file", partial(workbook, [[]]), **as_workbook),
    whole("the packed file is empty", "empty_file", partial(bz2.compress, b""), **packed),
    whole("the file has a header and nothing else", "no_rows", HEADER + "\n"),
    whole(
        "under the header stand only blank rows", "no_rows", f"{HEADER}\n\n,,,,,,,,,\n", rows={"layout": 2}
    ),
    whole(
        "no row is in scope",
        "no_row_accepted",
        file(*[LINES[4]] * 3),
        At(),
        At(None, "delito", value="Trata de personas", rule="label_without_row"),
        rows={"out_of_scope": 3},
        card=card(NO_TOTALS),
        good=file(*LINES[:3]),
    ),
    whole("a workbook is called .csv", "unreadable_file", workbook),
    whole("a text file is called .xlsx", "unreadable_file", file(), **as_workbook),
    whole("a web page is called .xlsx", "unreadable_file", "<html><table><tr><td>7", **as_workbook),
    whole("the packed file is not packed", "unreadable_file", file(), **packed),
    whole(
        "the file is in Latin-1",
        "wrong_encoding",
        file().encode("latin-1"),
        At(2, value=str(len(HEADER) + 12)),
    ),
    whole("the file is in UTF-16", "wrong_encoding", file().encode("utf-16"), At(1, value="1")),
    whole("the file holds a NUL", "wrong_encoding", "a\x00b\n", At(1, value="2")),
    whole(
        "a quotation mark is left open",
        "broken_quotes",
        with_cell(3, "fuente", '"registro'),
        At(3),
    ),
    whole(
        "a quotation mark is closed in the middle",
        "broken_quotes",
        with_cell(3, "fuente", '"registro"o'),
        At(3),
    ),
    whole("a cell is endless", "cell_too_long", lambda: with_cell(3, "fuente", "x" * 5_000_000), At(3)),
    whole(
        "the columns are parted by semicolons",
        "wrong_delimiter",
        file().replace(",", ";"),
        At(value=";"),
        rows={"quarantined": 6},
    ),
    whole(
        "the header is another table's",
        "unknown_format",
        "mes,total\n2020-01,5\n2020-02,6\n",
        At(value="mes, total"),
        rows={"quarantined": 3},
    ),
    whole("the file is one word", "unknown_format", "hola", At(value="hola"), rows={"quarantined": 1}),
    whole(
        "the template is of an unknown version",
        "unknown_template",
        lambda: template_book(version=99),
        At(value="lineabase_counts 99"),
        good=template_book,
        name="datos.xlsx",
    ),
    whole(
        "the template is another collection's",
        "template_of_another",
        lambda: template_book(collection="DEMO/otra"),
        At(value="DEMO/otra"),
        good=template_book,
        name="datos.xlsx",
    ),
    whole(
        "the columns are those of two formats",
        "unknown_format",
        "period,value\n2020,5\n",
        At(value="period, value"),
        rows={"quarantined": 2},
        card=TWO_ALIKE,
        good="period,value,measure,reporting_country\n2020,5,victims_detected,GTM\n2021,6,victims_detected,GTM\n",
    ),
]

HEADERS = [
    whole(
        "a column is missing",
        "missing_column",
        without("sexo"),
        At(1, "sexo"),
        rows=ALL_FIVE,
    ),
    whole(
        "a column is renamed",
        "renamed_column",
        file(header=HEADER.replace("sexo", "género")),
        At(1, "género", "E1"),
        rows=ALL_FIVE,
    ),
    whole(
        "a column's name has another case",
        "renamed_column",
        file(header=HEADER.replace("sexo", "SEXO")),
        At(1, "SEXO", "E1"),
        rows=ALL_FIVE,
    ),
    whole(
        "there is an extra column",
        "extra_column",
        file(*(f"{line},x" for line in LINES), header=f"{HEADER},nota"),
        At(1, "nota", "K1"),
        rows=ALL_FIVE,
    ),
    whole(
        "there is an extra column with a name the program itself uses",
        "extra_column",
        file(*(f"{line},x" for line in LINES), header=f"{HEADER},_layout"),
        At(1, "_layout", "K1"),
        rows=ALL_FIVE,
    ),
    whole(
        "a header above columns of years has a mark",
        "renamed_column",
        "nacionalidad,2020 Mujeres,2020 Hombres*\nHonduras,7,8\n",
        At(1, "2020 Hombres*", "C1"),
        rows={"quarantined": 1},
        card=ACROSS.replace("\\\\w+", "Mujeres|Hombres"),
        good="nacionalidad,2020 Mujeres,2020 Hombres\nHonduras,7,8\n",
    ),
    whole(
        "a cell of the header is empty",
        "unnamed_column",
        file(header=HEADER.replace("sexo", "")),
        At(1, cell="E1"),
        rows=ALL_FIVE,
    ),
    whole(
        "a header says a label that is in no list",
        "unknown_label_in_header",
        "nacionalidad,2020 Mujeres,2020 Hombrres\nHonduras,7,8\n",
        At(1, "2020 Hombrres", "C1", "Hombrres"),
        rows={"quarantined": 1},
        card=ACROSS,
        good="nacionalidad,2020 Mujeres,2020 Hombres\nHonduras,7,8\n",
    ),
    whole(
        "a column occurs twice",
        "duplicate_column",
        file(*(f"{line},8" for line in LINES), header=f"{HEADER},victimas"),
        At(1, "victimas", "J1"),
        rows=ALL_FIVE,
    ),
    Case(
        "the header is one row further down",
        "header_moved",
        f"Víctimas 2020-2021\n{file()}",
        (At(2, value="2"),),
        rows=one_bad(3, 0) | {"layout": 1},
    ),
    Case(
        "a row was sorted above the header",
        "row_above_header",
        f"{LINES[0]}\n{file(*LINES[1:])}",
        (At(1, value="2"),),
        status="rejected",
        rows={"layout": 1, "quarantined": 4},
    ),
    whole(
        "the sheet is renamed",
        "missing_sheet",
        partial(workbook, sheet="Hoja1"),
        At(value="Hoja1"),
        **as_workbook,
    ),
    remark(
        "there is a sheet that no one reads",
        "extra_sheet",
        partial(workbook, others={"más": [["a", 1]], "vacía": [[]]}),
        At(sheet="más", value="más"),
        **as_workbook,
    ),
    whole(
        "two sheets do not have the same columns",
        "sheet_differs",
        partial(workbook, others={"2021": [list(reversed(row)) for row in cells()]}),
        At(sheet="2021", value="datos"),
        rows={"quarantined": 10},
        card=ANY_SHEET,
        good=workbook,
        name="datos.xlsx",
    ),
    whole(
        "cells of several rows are merged",
        "merged_cells",
        partial(workbook, merge="D2:D3"),
        At(2, cell="D2", sheet="datos"),
        rows=ALL_FIVE,
        **as_workbook,
    ),
    remark(
        "rows of a workbook are hidden",
        "hidden_rows",
        partial(workbook, hide=(2, 4, 5, 90)),
        At(2, sheet="datos", value="2, 4–5"),
        **as_workbook,
    ),
    remark(
        "columns of a workbook are hidden",
        "hidden_columns",
        partial(workbook, hide_columns="BDEZ"),
        At(None, None, "B1", sheet="datos", value="B, D–E"),
        **as_workbook,
    ),
    *(
        remark(
            f"a sheet is {words}",
            "hidden_sheet",
            partial(workbook, others={"otra": cells()}, states={"otra": state}),
            At(sheet="otra", value="otra"),
            card=ANY_SHEET,
            good=workbook,
            name="datos.xlsx",
        )
        for words, state in (("hidden", "hidden"), ("very hidden", "veryHidden"))
    ),
    remark(
        "the sheet that the card names is hidden",
        "hidden_sheet_read",
        partial(workbook, others={"vacía": [[]]}, states={"datos": "hidden"}),
        At(sheet="datos", value="datos"),
        **as_workbook,
    ),
    whole(
        "the title does not say the year any more",
        "nothing_at_place",
        f"Víctimas,\n{IN_TITLE}",
        At(None, "año"),
        rows={"layout": 1, "quarantined": 1},
        card=YEAR_IN_TITLE,
        good=f"Víctimas de 2020,\n{IN_TITLE}",
    ),
    whole(
        "another table stands beside the table",
        "second_table",
        file(*(f"{line},,2020,5" for line in LINES), header=f"{HEADER},,año,total"),
        At(1, cell="L1", value="año, total"),
        rows=ALL_FIVE,
    ),
    whole(
        "another table stands below the table",
        "second_table",
        file(*LINES, "", "institución,responsable", "fiscalía,2"),
        At(8, cell="A8", value="institución, responsable"),
        rows={"layout": 1, "quarantined": 7},
    ),
    whole(
        "the header occurs again among the rows",
        "second_table",
        file(*LINES[:2], HEADER, *LINES[2:]),
        At(4, cell="A4", value=HEADER.replace(",", ", ")),
        rows={"quarantined": 6},
    ),
]

CELLS = [
    Case(
        "a row has a cell too few",
        "ragged_row",
        file(LINES[0], LINES[1].rsplit(",", 1)[0], *LINES[2:]),
        (At(3, value="9"),),
        rows=one_bad(),
    ),
    Case(
        "a row has a cell too many",
        "ragged_row",
        file(LINES[0], LINES[1].replace(",12", ",1,200"), *LINES[2:]),
        (At(3, value="11"),),
        rows=one_bad(),
    ),
    Case(
        "the file is cut off in its last row",
        "ragged_row",
        file(*LINES[:2], LINES[2][:40]).rstrip("\n"),
        (At(4, value="5"), At(4, rule="last_line_unended")),
        rows={"accepted": 2, "quarantined": 1},
        card=card(NO_TOTALS),
        good=file(*LINES[:3]),
    ),
    cell("the value is blank", "value_missing", "victimas", ""),
    cell("the value is a word", "text_in_number", "victimas", "doce"),
    cell("the value is a marker no card knows", "text_in_number", "victimas", "NA"),
    remark(
        "the value is not available",
        "value_not_available",
        with_cell(3, "victimas", "n/d"),
        At(3, "victimas", "J3", "n/d"),
    ),
    remark(
        "the value is not applicable",
        "value_not_applicable",
        with_cell(3, "victimas", "No aplica"),
        At(3, "victimas", "J3", "No aplica"),
    ),
    cell("the value has an exponent", "text_in_number", "victimas", "1e3"),
    cell("the value has a plus", "text_in_number", "victimas", "+5"),
    cell("the value is in digits of another script", "text_in_number", "victimas", "１２"),
    cell("thousands are parted by the wrong mark", "text_in_number", "victimas", "1 200"),
    cell("thousands are parted in the wrong place", "text_in_number", "victimas", "12.00"),
    cell("the value is negative", "negative_number", "victimas", "-3"),
    Case(
        "a count has decimals",
        "decimal_in_count",
        with_cell(3, "victimas", '"4,5"'),
        (At(3, "victimas", "J3", "4,5"),),
        rows=one_bad(),
    ),
    Case(
        "a count has three decimals, all zero: it may be a thousand",
        "decimal_in_count",
        with_cell(3, "victimas", '"12,000"'),
        (At(3, "victimas", "J3", "12,000"),),
        rows=one_bad(),
    ),
    Case(
        "a thousand is written with a point that is the card's decimal mark",
        "decimal_in_count",
        with_cell(3, "victimas", "1.000"),
        (At(3, "victimas", "J3", "1.000"),),
        rows=one_bad(),
        card=card(('thousands = ".", decimal = ","', 'thousands = ","')),
    ),
    Case(
        "a workbook's number has decimals that look like thousands",
        "decimal_in_count",
        partial(with_formula, 3, 10, 12.345),
        (At(3, "victimas", "J3", "12,345", "datos"),),
        rows=one_bad(),
        **as_workbook,
    ),
    Case(
        "a workbook's cell holds an error",
        "text_in_number",
        partial(with_formula, 3, 10, "#N/A"),
        (At(3, "victimas", "J3", "#N/A", "datos"),),
        rows=one_bad(),
        **as_workbook,
    ),
    Case(
        "a workbook's formula was never calculated",
        "unknown_sex",
        partial(with_formula, 3, 5, "=Lista!A1"),
        (At(3, "sexo", "E3", "=Lista!A1", "datos"),),
        rows=one_bad(),
        card=card(
            ('type = "csv"', 'type = "xlsx", sheets = ["datos"]'), ('"sex" }', '"sex", blank = "_T" }')
        ),
        good=workbook,
        name="datos.xlsx",
    ),
    cell("a range ends before it begins", "reversed_range", "victimas", "20-4"),
    cell("a telephone number stands as the value", "number_too_large", "victimas", "50255512345"),
    Case(
        "the key does not name a row",
        "key_names_no_row",
        file(*OF_PLACES),
        (At(None, "pais, periodo, medida", None, "20"),),
        rows={"accepted": 3, "quarantined": 20, "check_only": 1},
        good=file(*OF_A_PLACE),
        card=card(
            (
                'key = ["pais", "periodo", "medida", "nacionalidad", "sexo", "edad", "forma"]',
                'key = ["pais", "periodo", "medida"]',
            )
        ),
    ),
    cell("a percentage is above 100", "percentage_above_100", "victimas", "104", card=OF_PERCENTAGES),
    lost("the period has a month too many", "unreadable_period", "periodo", "2020-13"),
    lost("the period is a spreadsheet's number of a day", "unreadable_period", "periodo", "45292"),
    lost(
        "the period is a day in the order of the United States", "unreadable_period", "periodo", "12/31/2020"
    ),
    lost("the period is a day that may be two", "unreadable_period", "periodo", "03/04/2020"),
    lost("the period is a day in words", "unreadable_period", "periodo", "1 de enero de 2020"),
    lost("the period has two digits of a year", "unreadable_period", "periodo", "31-12-20"),
    lost("the period is blank", "unreadable_period", "periodo", ""),
    cell("the period lies before the collection", "period_out_of_range", "periodo", "2005"),
    cell("the period lies in the future", "future_period", "periodo", "2023"),
    *(
        Case(
            id_,
            rule,
            with_cell(3, "fuente", month, lines=IN_MONTHS),
            (At(3, "fuente", "I3", month),),
            rows=one_bad(),
            card=BY_MONTH,
            good=file(*IN_MONTHS),
        )
        for id_, rule, month in (
            ("the month beside the year is blank", "month_missing", ""),
            ("the month beside the year has a slip", "unknown_month", "Agost"),
            ("the month beside the year is a thirteenth", "unknown_month", "13"),
        )
    ),
    cell("a citizenship is no country", "unknown_country", "nacionalidad", "Wakanda"),
    cell("a citizenship is blank", "unknown_country", "nacionalidad", ""),
    cell("a citizenship is almost the total's label", "total_among_countries", "nacionalidad", "Total"),
    cell(
        "a citizenship is a total that the card does not name",
        "total_among_countries",
        "nacionalidad",
        "Gran total",
    ),
    Case(
        "a name stands where the card asks for codes",
        "unknown_country_code",
        IN_CODES.replace("SLV", "Estados Unidos"),
        (At(3, "nacionalidad", "D3", "Estados Unidos"),),
        rows=one_bad(),
        good=IN_CODES,
        card=card(('"citizenship", codes = "any"', '"citizenship", codes = "iso3"')),
    ),
    cell("a citizenship may be two countries", "ambiguous_country", "nacionalidad", "Congo"),
    lost("the reporting country is none", "unknown_country", "pais", "XXX"),
    lost("the reporting country is a region", "unknown_country", "pais", "Centroamérica"),
    lost("the reporting country is unknown", "unknown_country", "pais", "Desconocido"),
    cell(
        "the reporting country is not the card's",
        "unexpected_value",
        "pais",
        "Honduras",
        card=card(('frequency = "A"', 'frequency = "A"\nreporting_country = "GTM"')),
    ),
    cell("the sex is not in the list", "unknown_sex", "sexo", "H"),
    cell("the age is not in the list", "unknown_age_group", "edad", "adolescentes"),
    cell("the form is not in the list", "unknown_exploitation", "forma", "Turismo"),
    lost("the measure is not in the list", "unknown_measure", "medida", "Sospechas"),
    cell("the measure is of another family", "measure_of_another_family", "medida", "Ingresos irregulares"),
    cell("a fixed text has changed", "unexpected_value", "fuente", "encuesta"),
    cell("the label that is kept is blank", "unexpected_value", "delito", ""),
    cell("the label that is kept has a slip", "unexpected_value", "delito", "Trata de Personas"),
    Case(
        "a code of a list without a rule of its own",
        "unknown_code",
        "measure,reporting_country,period,accompaniment,value\nvictims_detected,GTM,2020,solo,5\n"
        "victims_detected,GTM,2021,ACC,5\n",
        (At(2, "accompaniment", "D2", "solo"),),
        rows={"accepted": 1, "quarantined": 1},
        good="measure,reporting_country,period,accompaniment,value\nvictims_detected,GTM,2020,UNACC,5\n"
        "victims_detected,GTM,2021,ACC,5\n",
    ),
    persons(
        "the status is not in the list",
        "unknown_code",
        ("C-2,2021,F,tal vez",),
        At(3, "identification_status", "H3", "tal vez"),
    ),
    persons("a case has no number", "case_id_missing", (",2021,F,",), At(3, "case_id", "A3", "")),
    persons(
        "two cases have one number",
        "case_id_repeated",
        ("C-2,2021,F,", "C-2,2021,M,"),
        At(3, "case_id", "A3", "case-…"),
        At(4, "case_id", "A4", "case-…"),
    ),
]

DOUBTFUL = card(
    ('forma = { role = "exploitation" }', 'forma = { role = "exploitation", map = { "Sexual (?)" = '
     '{ code = "SEX", flag = "unclear_label", reason = "the sender is not sure" } } }')
)  # fmt: skip
NOTES = card(('type = "csv"', 'type = "csv", banner = ["Nota", "Fuente"]'))
TITLED = card(('type = "csv"', 'type = "csv", header_row = 2, banner = "Cuadro"'))
TEMPLATE = "citizenship,reporting_country,measure,period,value\n"


QUARTERLY = card(('frequency = "A"', 'frequency = "Q"'))


def quarters(*values: int) -> str:
    """A file of the template: totals of the quarters from 2020 on."""
    rows = [f"GTM,victims_detected,{2020 + n // 4}-Q{n % 4 + 1},{value}" for n, value in enumerate(values)]
    return "\n".join(["reporting_country,measure,period,value", *rows]) + "\n"


def by_quarter(id_: str, rule: str, bad: tuple[int, ...], at: At, good: tuple[int, ...], **more) -> Case:
    """A case of quarters that all stand, and something is said of them together."""
    rows = {"accepted": len(bad)}
    return Case(id_, rule, quarters(*bad), (at,), rows=rows, card=QUARTERLY, good=quarters(*good), **more)


def of_countries(*rows: str) -> str:
    """A file of the template: each row a citizenship and its value."""
    return template(*(f"victims_detected 2020 {row}" for row in rows), columns="citizenship")


LABELS = card(
    ('sexo = { role = "sex" }', 'sexo = { role = "dimensions", map = { mujeres = { set = { sex = "F" } }, '
     'hombres = [{ valid_from = "2021-01-01", set = { sex = "M" } }] } }')
)  # fmt: skip
BOTH_LABELS = "hombres".join(with_column("sexo", "mujeres").rsplit("mujeres", 1))
"""The good file with `mujeres` in the rows in scope and `hombres` in the last, which is out of it."""
BY_CRIME = card(
    ('{ only = "registro" }', '{ by = "delito", case = { "Trata de personas" = { only = "registro" }, '
     'Robo = { ignore = "none" } } }'),
)  # fmt: skip
KEY_OF_ROW_2 = "GTM · 2020 · Víctimas detectadas · Honduras · Mujeres · 0 a 17 años · Explotación sexual"

SEVERAL_ROWS = [
    Case(
        "the same combination has two values",
        "duplicate_key",
        file(LINES[0], LINES[0].replace(",7", ",8"), *LINES[2:]),
        (At(2, value=KEY_OF_ROW_2), At(3, value=KEY_OF_ROW_2)),
        rows=one_bad(1, 2),
    ),
    Case(
        "the same combination in other words has another value",
        "duplicate_key",
        file(LINES[0], LINES[0].replace("Honduras", "hondureña").replace(",7", ",8"), *LINES[2:]),
        (At(2, value=KEY_OF_ROW_2), At(3, value=KEY_OF_ROW_2.replace("Honduras", "hondureña"))),
        rows=one_bad(1, 2),
    ),
    Case(
        "the same combination has the same value twice",
        "repeated_row",
        file(LINES[0], LINES[0], *LINES[2:]),
        (At(2, value=KEY_OF_ROW_2), At(3, value=KEY_OF_ROW_2)),
        rows=one_bad(1, 2),
    ),
    Case(
        "a label fills dimensions and is not in the card",
        "unexpected_value",
        BOTH_LABELS.replace("mujeres,18", "Mujeres adultas,18"),
        (At(3, "sexo", "E3", "Mujeres adultas"),),
        rows=one_bad(),
        good=BOTH_LABELS,
        card=LABELS,
    ),
    Case(
        "a label means something in later periods only",
        "unexpected_value",
        BOTH_LABELS.replace("mujeres,18", "hombres,18"),
        (At(3, "sexo", "E3", "hombres"),),
        rows=one_bad(),
        good=BOTH_LABELS,
        card=LABELS,
    ),
    Case(
        "a text is fixed where another column says so",
        "unexpected_value",
        with_cell(3, "fuente", "encuesta"),
        (At(3, "fuente", "I3", "encuesta"),),
        rows=one_bad(),
        card=BY_CRIME,
    ),
    Case(
        "M stands beside H: it may be mujer",
        "ambiguous_sex",
        file(*LINES[:4], LINES[2].replace("Mujeres", "M"), LINES[2].replace("Mujeres", "H")),
        (At(6, "sexo", "E6", "M"), At(7, "sexo", "E7", "H", rule="unknown_sex")),
        rows={"accepted": 3, "quarantined": 2, "check_only": 1},
        good=file(*(line.replace("Mujeres", "F") for line in LINES[:4]), LINES[2].replace("Mujeres", "M")),
    ),
    Case(
        "M stands beside mujeres: it may be one of them",
        "ambiguous_sex",
        file(*LINES[:4], LINES[2].replace("Mujeres", "M")),
        (At(6, "sexo", "E6", "M"),),
        rows={"accepted": 3, "quarantined": 1, "check_only": 1},
        good=file(*LINES[:4], LINES[2].replace("Mujeres", "Hombres")),
    ),
    remark(
        "a total is not the sum of its parts",
        "total_differs",
        with_cell(5, "victimas", "8"),
        At(5, "victimas", "J5", "8"),
    ),
    remark(
        "a total is no number",
        "total_differs",
        with_cell(5, "victimas", "nueve"),
        At(5, "victimas", "J5", "nueve"),
    ),
    remark(
        "the card's label of a total has a slip",
        "label_without_row",
        file(),
        At(None, "nacionalidad", value="Suma"),
        card=card(('where = { nacionalidad = "TOTAL" }', 'where = { nacionalidad = ["TOTAL", "Suma"] }')),
        good=with_cell(6, "nacionalidad", "Suma"),
    ),
    Case(
        "a row that begins like a note holds a figure",
        "figures_in_banner",
        file(*LINES, "Nota: una más,,,,,,,,,4"),
        (At(7, value="Nota: una más"),),
        rows=one_bad(3, 0) | {"layout": 1},
        card=NOTES,
        good=file(*LINES, "Nota: sin la última"),
    ),
    Case(
        "a second title stands between rows of figures",
        "title_between_rows",
        "Cuadro 1. Víctimas\n" + file(*LINES[:2], "Cuadro 2. Tratantes", *LINES[2:]),
        (At(5, value="Cuadro 2. Tratantes"),),
        rows=one_bad(3, 0) | {"layout": 2},
        card=TITLED,
        good="Cuadro 1. Víctimas\n" + file(*LINES, "Cuadro 2. Tratantes"),
    ),
    by_quarter(
        "every figure has a zero too many",
        "values_all_round",
        (50, 90, 140, 200, 40, 60, 110, 70),
        At(None, "victims_detected", value="10"),
        good=(50, 90, 140, 200, 40, 60, 110, 71),
    ),
    by_quarter(
        "quarters are summed up from the year's beginning",
        "running_totals",
        (5, 9, 14, 20, 4, 9, 11, 17),
        At(None, "GTM · victims_detected", value="2020–2021"),
        good=(5, 9, 14, 20, 4, 9, 11, 10),
        status="held",
    ),
    Case(
        "an error of the spreadsheet begins like a remark of the template",
        "unknown_country",
        f"{TEMPLATE}#N/A,GTM,victims_detected,2020,41\n# una nota,,,,\nCUB,GTM,victims_detected,2020,7\n",
        (At(2, "citizenship", "A2", "#N/A"),),
        rows={"accepted": 1, "quarantined": 1, "layout": 1},
        good=f"{TEMPLATE}# una nota,,,,\nCUB,GTM,victims_detected,2020,7\n",
    ),
    Case(
        "a region is the sum of countries in the same table",
        "subtotal_among_parts",
        of_countries("Cuba 3", "Haití 4", "Caribe 7", "Ghana 2"),
        (At(4, "citizenship", "D4", "Caribe"),),
        rows={"accepted": 3, "check_only": 1},
        good=of_countries("Cuba 3", "Haití 4", "Otros del Caribe 7", "Ghana 2"),
    ),
    Case(
        "a group of no region is the sum of the rows below it",
        "sum_of_neighbours",
        of_countries("Ghana 50", "Otros 300", "Cuba 130", "Haití 170"),
        (At(3, "citizenship", "D3", "Otros"),),
        rows={"accepted": 4},
        good=of_countries("Ghana 50", "Otros 300", "Cuba 130", "Haití 180"),
    ),
    Case(
        "a region stands beside its countries and is not their sum",
        "region_beside_countries",
        of_countries("Cuba 3", "Haití 4", "Caribe 9", "Ghana 2"),
        (At(4, "citizenship", "D4", "Caribe"),),
        rows={"accepted": 4},
        good=of_countries("Cuba 3", "Haití 4", "África 9"),
    ),
    Case(
        "a region without its countries is more than half of all others in each year",
        "region_above_countries",
        template(
            *(f"victims_detected {year} {told}" for year in (2018, 2019, 2020) for told in MOSTLY_AFRICA),
            columns="citizenship",
        ),
        (At(4, "citizenship", "D4", "África"),),
        rows={"accepted": 9},
        good=template(
            *(f"victims_detected {year} {told}" for year in (2018, 2019, 2020) for told in LITTLE_AFRICA),
            columns="citizenship",
        ),
    ),
    remark(
        "the value is its year",
        "value_equals_year",
        with_cell(3, "victimas", "2020"),
        At(3, "victimas", "J3", "2020"),
    ),
    remark(
        "the value ends in its year, after the number of a question",
        "value_ends_in_year",
        with_cell(3, "victimas", "6.112.020"),
        At(3, "victimas", "J3", "6.112.020"),
    ),
    figures(
        "a value is a thousand times those of its series",
        "value_out_of_proportion",
        ["victims_detected 2018 _T 41", "victims_detected 2019 _T 38", "victims_detected 2020 _T 44000"],
        At(4, "value", "E4", "44000"),
    ),
    figures(
        "an annual collection gets months",
        "another_frequency",
        ["victims_detected 2019 _T 41", "victims_detected 2020-01 _T 3", "victims_detected 2020-02 _T 4"],
        At(3, "period", "C3", "2020-01"),
    ),
    figures(
        "months are missing",
        "periods_missing",
        ["victims_detected 2020-01 _T 3", "victims_detected 2020-02 _T 4", "victims_detected 2020-05 _T 6"],
        At(None, "GTM · victims_detected", value="2020-03, 2020-04"),
        good=[
            "victims_detected 2020-01 _T 3",
            "victims_detected 2020-02 _T 4",
            "victims_detected 2020-03 _T 6",
        ],
        card=MONTHLY,
    ),
    figures(
        "a quarter is missing",
        "periods_missing",
        ["victims_detected 2020-Q1 _T 3", "victims_detected 2020-Q2 _T 4", "victims_detected 2020-Q4 _T 6"],
        At(None, "GTM · victims_detected", value="2020-Q3"),
        good=[
            "victims_detected 2020-Q1 _T 3",
            "victims_detected 2020-Q2 _T 4",
            "victims_detected 2020-Q3 _T 6",
        ],
        card=card(('frequency = "A"', 'frequency = "Q"')),
    ),
    Case(
        "a cell of a column that has one everywhere is blank",
        "totals_in_few",
        template(*BY_SEX).replace("2005,F", "2005,"),
        (At(None, "sex", value="1"),),
        rows={"accepted": len(BY_SEX)},
        good=template(*BY_SEX),
    ),
    Case(
        "a cell is blank in a table that the card calls complete",
        "cell_left_blank",
        template(*BY_SEX_AND_AGE, columns="sex age_group").replace("2003,M,Y_GE18", "2003,M,"),
        (At(9, "age_group", "E9", ""),),
        rows={"accepted": len(BY_SEX_AND_AGE) - 1, "quarantined": 1},
        good=template(*BY_SEX_AND_AGE, columns="sex age_group"),
        card=COMPLETE,
    ),
    Case(
        "a table that the card calls complete is not there",
        "complete_table_absent",
        template(
            *(" ".join([*row.split(" ")[:3], "", row[-1]]) for row in BY_SEX_AND_AGE), columns="sex age_group"
        ),
        (At(None),),
        rows={"accepted": len(BY_SEX_AND_AGE)},
        good=template(*BY_SEX_AND_AGE, columns="sex age_group"),
        card=COMPLETE,
    ),
    remark(
        "the file ends within a line",
        "last_line_unended",
        file().removesuffix("\n"),
        At(6),
    ),
    Case(
        "the file ends in the middle of a list that came whole four times",
        "list_stops_early",
        template(*BY_CITIZENSHIP[:-3], columns="citizenship"),
        (At(len(BY_CITIZENSHIP) - 2, value="victims_detected · GTM · 2014 · POL"),),
        rows={"accepted": len(BY_CITIZENSHIP) - 3},
        good=template(*BY_CITIZENSHIP, columns="citizenship"),
    ),
    Case(
        "a counterpart country without its role",
        "counterpart_without_role",
        template("victims_repatriated 2019 MEX  4", columns="counterpart_country counterpart_role"),
        (At(value="1"),),
        rows={"accepted": 1},
        good=template(
            "victims_repatriated 2019 MEX repatriated_from 4", columns="counterpart_country counterpart_role"
        ),
    ),
    figures(
        "a year stands beside its months",
        "overlapping_periods",
        ["victims_detected 2020 _T 41", "victims_detected 2020-01 _T 3", "victims_detected 2020-02 _T 4"],
        At(None, "GTM · victims_detected · total", value="2020"),
        At(2, "period", "C2", "2020", rule="another_frequency"),
        good=[
            "victims_detected 2020-01 _T 3",
            "victims_detected 2020-02 _T 4",
            "victims_detected 2020-03 _T 4",
        ],
        card=MONTHLY,
    ),
    figures(
        "months add up to more than their year",
        "parts_differ",
        ["victims_detected 2020 _T 6", "victims_detected 2020-01 _T 3", "victims_detected 2020-02 _T 4"],
        At(None, "GTM · victims_detected", value="2020 (6)"),
        At(None, "GTM · victims_detected · total", value="2020", rule="overlapping_periods"),
        At(2, "period", "C2", "2020", rule="another_frequency"),
        good=[
            "victims_detected 2020-01 _T 3",
            "victims_detected 2020-02 _T 4",
            "victims_detected 2020-03 _T 4",
        ],
        card=MONTHLY,
    ),
    figures(
        "a breakdown adds up to more than its total",
        "breakdown_above_total",
        ["victims_detected 2020 _T 10", "victims_detected 2020 F 8", "victims_detected 2020 M 3"],
        At(None, "GTM · victims_detected · 2020-01 · sex", value="11"),
        good=["victims_detected 2020 _T 11", "victims_detected 2020 F 8", "victims_detected 2020 M 3"],
    ),
    figures(
        "a label is the sum of all others: it may be a total",
        "label_equals_the_rest",
        ["victims_detected 2020 F 90", "victims_detected 2020 M 53", "victims_detected 2020 _O 143"],
        At(4, "sex", "D4", "_O"),
        At(None, "GTM · victims_detected", value="143", rule="other_equals_sexes"),
        good=["victims_detected 2020 F 90", "victims_detected 2020 M 53", "victims_detected 2020 _O 144"],
        status="held",
    ),
    figures(
        "other is as many as unknown",
        "other_equals_unknown",
        ["victims_detected 2020 F 90", "victims_detected 2020 _O 53", "victims_detected 2020 _U 53"],
        At(None, "GTM · victims_detected · 2020", value="53"),
        good=["victims_detected 2020 F 90", "victims_detected 2020 _O 53", "victims_detected 2020 _U 54"],
    ),
    figures(
        "persons and cases are one number",
        "same_value_across_units",
        ["victims_detected 2020 _T 53", "cases_recorded 2020 _T 53", "cases_recorded 2019 _T 20"],
        At(None, "GTM · 2020", value="53"),
        good=["victims_detected 2020 _T 53", "cases_recorded 2020 _T 35", "cases_recorded 2019 _T 20"],
    ),
    figures(
        "persons at two stages are one number",
        "same_value_across_units",
        ["persons_prosecuted 2016 _T 839", "persons_in_contact 2016 _T 839", "persons_convicted 2016 _T 228"],
        At(None, "GTM · 2016", value="839"),
        good=["victims_assisted 2016 _T 839", "victims_detected 2016 _T 839", "persons_convicted 2016 _T 9"],
    ),
    remark(
        "a country's name is misspelled and read",
        "misspelling_read",
        with_cell(3, "nacionalidad", "El Salvadr"),
        At(3, "nacionalidad", "D3", "El Salvadr"),
    ),
    remark(
        "a label is read with a doubt",
        "unclear_label",
        with_cell(3, "forma", "Sexual (?)"),
        At(3, "forma", "G3", "Sexual (?)"),
        card=DOUBTFUL,
        good=with_cell(6, "forma", "Sexual (?)"),
    ),
    Case(
        "the file has fewer rows than ever",
        "row_count_out_of_band",
        file(*LINES[:2]),
        (At(value="2"),),
        rows={"accepted": 2},
        card=card(NO_TOTALS),
        good=file(*LINES[:3]),
    ),
    whole(
        "the sender has mended what a correction corrects",
        "correction_outdated",
        file(),
        At(3, "victimas", value="12"),
        rows={"quarantined": 3, "check_only": 1, "out_of_scope": 1},
        good=with_cell(3, "victimas", "21"),
        card=card(
            more="[[format.corrections]]\n"
            'where = { periodo = "2020", nacionalidad = "El Salvador" }\ncolumn = "victimas"\n'
            'expected = "21"\nvalue = "12"\nreason = "digits changed places"\n'
            'decided_by = "the sender"\ndate = 2021-05-01\n'
        ),
    ),
]

CARDS = {
    "unknown key": (
        card(('frequency = "A"', 'frequency = "A"\nfrecuency = "A"')),
        "unknown key 'frecuency'; ¿quiso decir / did you mean 'frequency'?",
    ),
    "unknown key of a column": (
        card(('{ role = "sex" }', '{ rol = "sex" }')),
        "unknown key 'rol'; ¿quiso decir / did you mean 'role'?",
    ),
    "unknown family": (card(('family = "trafficking"', 'family = "trata"')), "[collection.family]"),
    "unknown column": (card(('key = ["pais"', 'key = ["paiz"')), "columns named but not described: paiz"),
    "an impossible regular expression": (
        card(("keep = { delito", 'wide = { pattern = "(20" }\nkeep = { delito')),
        "'(20' no es una expresión regular / is no regular expression",
    ),
}
"""Cards that cannot be used, and what is said of them."""

ONE_WAITS = {"accepted": 2, "quarantined": 1}


def _record(id: str, rule: str, bad: str, at: At, rows: dict[str, int] = ONE_WAITS) -> Case:
    """A spoilt file of the network's records."""
    return Case(id, rule, bad, (at,), rows=rows, good=records(), card=RECORDS)


PLAN = RECORDS.replace('"treaties"', '"work_plan"').replace('"full"', '"by_scope"')


def plan(evidence: str) -> str:
    """A work plan of two items, one with what shows it."""
    header = "Punto,Tipo,Título (es),Lo que lo muestra,Avance"
    return file(
        f"8.2,Actividad,Indicadores,{evidence},Previsto", "5.3,Actividad,Matrices,,Previsto", header=header
    )


LAW = RECORDS.replace('"treaties"', '"legislation"').replace('"full"', '"by_scope"')


def law(
    family: str = "smuggling",
    element: str = "som_6_2a",
    status: str = "En vigor",
    lowest: str = "2",
    neighbour: str = "Ley 12-2000",
) -> str:
    """A matrix of laws with one element, and its penalties."""
    header = "País,Familia,Elemento jurídico,Evaluación,Situación,Ley,Pena mínima (años),Pena máxima (años),Referencia del texto"
    row = f"Panamá,{family},{element},Revisión documental,{status},Ley 31-1999 inventada,{lowest},5,prueba"
    other = f"Belice,trafficking,tip_5_1,Revisión documental,No está en la ley,{neighbour},,,"
    return file(row, other, header=header)


RECORD_CELLS = [
    Case(
        "the lowest penalty is above the highest", "numbers_in_order", law(lowest="10"),
        (At(2, "Pena máxima (años)", "H2", "5"),),
        rows={"quarantined": 1, "accepted": 1}, good=law(), card=LAW,
    ),
    Case(
        "what the law does not contain has a penalty", "field_unwanted", law(status="No está en la ley", lowest=""),
        (At(2, "Pena máxima (años)", "H2", "5"),),
        rows={"quarantined": 1, "accepted": 1}, good=law(), card=LAW,
    ),
    Case(
        "an element of trafficking is in a row of smuggling", "code_of_another", law(element="tip_5_2a"),
        (At(2, "Elemento jurídico", "C2", "tip_5_2a"),),
        rows={"quarantined": 1, "accepted": 1}, good=law(), card=LAW,
    ),
    Case(
        "a law stands under two countries", "name_of_two_countries", law(neighbour="LEY INVENTADA No. 31-1999"),
        (At(2, "Ley", "F2", "Ley 31-1999 inventada"), At(3, "Ley", "F3", "LEY INVENTADA No. 31-1999")),
        rows={"accepted": 2}, good=law(), card=LAW,
    ),
    _record(
        "a record lacks what it must say", "field_missing", with_record(4, "No comprobado aquí", ""),
        At(4, "Situación", "C4", ""),
    ),
    _record(
        "what a status asks for is blank", "field_needed", with_record(2, "depositario", ""),
        At(2, "Fuente", "H2", ""),
    ),
    _record(
        "day and month of a record may change places", "unreadable_date", with_record(2, "2001-03-16", "03/04/2001"),
        At(2, "Firma", "D2", "03/04/2001"),
    ),
    _record(
        "a treaty is ratified in years to come", "future_date", with_record(2, "2003-09-09,2003-12-25", "2033-09-09,2033-12-25"),
        At(2, "Ratificación o adhesión", "F2", "2033-09-09"),
    ),
    _record(
        "a treaty is in force before it is ratified", "dates_in_order", with_record(2, "2003-12-25", "2002-12-25"),
        At(2, "Entrada en vigor", "G2", "2002-12-25"),
    ),
    _record(
        "a record is of a country outside the network", "not_a_member", with_record(2, "Guatemala", "Brasil"),
        At(2, "País", "B2", "Brasil"),
    ),
    _record(
        "a record's code is in no list", "unknown_code", with_record(2, "Parte", "Quizá"), At(2, "Situación", "C2", "Quizá")
    ),
    _record(
        "a record's country may be two", "ambiguous_country", with_record(2, "Guatemala", "Congo"), At(2, "País", "B2", "Congo")
    ),
    _record(
        "a record's country is none", "unknown_country", with_record(2, "Guatemala", "Costa Pobre"),
        At(2, "País", "B2", "Costa Pobre"),
    ),
    _record(
        "a record has more cells than the header", "ragged_row", with_record(2, "XVIII-12-a", "XVIII-12-a,más"),
        At(2, value="10"),
    ),
    Case(
        "a record leads nowhere", "unknown_link", plan("acta 3"), (At(2, "Lo que lo muestra", "D2", "acta 3"),),
        rows={"quarantined": 1, "accepted": 1}, good=plan("collection:DEMO/victimas"), card=PLAN,
    ),
    Case(
        "two records of one key say different things", "duplicate_key", with_record(3, "PAN", "Guatemala"),
        (At(2, value="tip_protocol · Guatemala"), At(3, value="Protocolo contra la trata de personas · Guatemala")),
        rows={"accepted": 1, "quarantined": 2}, good=records(), card=RECORDS,
    ),
    Case(
        "a record stands twice", "repeated_row", records(*RECORDS_LINES, RECORDS_LINES[2]),
        (At(4, value="ilo_c182 · Belice"), At(5, value="ilo_c182 · Belice")),
        rows={"accepted": 2, "quarantined": 2}, good=records(), card=RECORDS,
    ),
]  # fmt: skip

CASES = [*WHOLE_FILE, *HEADERS, *CELLS, *SEVERAL_ROWS, *RECORD_CELLS]


UNSEARCHED: dict[str, tuple[str, Content, str]] = {
    "a workbook has a password": (
        "not_searchable",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"EncryptedPackage" * 64,
        "d.xlsx",
    ),
    "a workbook is cut off": ("not_searchable", lambda: workbook()[:2000], "d.xlsx"),
    "a zip file holds a photograph": (
        "not_searchable",
        lambda: zipped("a.jpg", bytes(range(256)) * 8),
        "d.xlsx",
    ),
    "a packed file is cut off": ("not_searchable", bz2.compress(file().encode())[:-9], "d.csv.bz2"),
    "a photograph is called .csv": (
        "not_searchable",
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 8,
        "d.csv",
    ),
    "a file has 100,000 columns": ("too_many_columns", lambda: HEADER + ",x" * 100_000 + "\n", "d.csv"),
    "a workbook has a cell far to the right": (
        "too_many_columns",
        lambda: workbook([*cells(), [None] * 5_000 + [1]]),
        "d.xlsx",
    ),
}
"""Files that nobody can look into: the rule, the bytes, the name. Nothing of them is kept."""
