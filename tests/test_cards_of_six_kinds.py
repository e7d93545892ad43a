"""Six kinds of file that offices and publishers send, each by its card: every cell is read with its value.

Each file is built from figures that the test counts by itself, in the layout of a publisher's file.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests.bad_input import build
from tests.test_sheets_of_offices import figures, sent
from tests.test_sums_in_table import HEAD as WITH_COMPLETE_TABLE

HEAD = WITH_COMPLETE_TABLE.replace('exhaustive = ["citizenship"]\n', "")


def card_errors(folder: Path, text: str) -> str:
    """The sentences about a card that is refused."""
    path = folder / "format.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardError) as refused:
        read_card(path)
    return str(refused.value)


# ---- a workbook whose sheets have headers of their own ---------------------------------------------

VISAS = HEAD.replace('type = "csv"', 'type = "xlsx", own_headers = true') + (
    'key = ["país"]\n[format.columns]\n'
    '"país" = { role = "citizenship", pattern = "Fiscal Year \\\\d{4}" }\n'
    '"año" = { role = "period", at = { sheet = true, pattern = "FY(\\\\d{4})" } }\n'
    '"T-1" = { role = "value" }\n'
    '"otras" = { pattern = "[A-Z]+-?\\\\d*", ignore = "visas of other classes" }\n'
)
COUNTRIES = {"Cuba": "CUB", "Ghana": "GHA", "Haiti": "HTI", "India": "IND"}


def visa_sheets(years: range) -> tuple[dict[str, list[list]], list[tuple]]:
    """Sheets of visas in which classes come and go, and the true figures."""
    sheets, truth = {}, []
    for year in years:
        others = [f"{letter}-{number}" for letter in "ABFHLO" for number in range(1, 3 + year % 5)]
        before, after = others[: year % 9], others[year % 9 :]
        titles: list[list] = [[f"Visas of {year}"]] * (year % 3)
        rows: list[list] = []
        for place, (name, code) in enumerate(COUNTRIES.items()):
            number = (year * 7 + place * 13) % 90 + 1
            rows.append([name, *[year] * len(before), number, *[year] * len(after)])
            truth.append((f"{year}-01-01", code, number))
        header = [f"Fiscal Year {year}", *before, "T-1", *after]
        sheets[f"FY{year}"] = [*titles, header, *rows]
    return sheets, sorted(truth)


@pytest.mark.slow
def test_27_sheets_whose_columns_move_are_read_in_every_cell(tmp_path: Path) -> None:
    sheets, truth = visa_sheets(range(1995, 2022))
    (first, rows), *others = sheets.items()
    book = build.workbook(rows, sheet=first, others=dict(others))
    outcome, values = sent(tmp_path, book, VISAS, "d.xlsx")
    assert [f.rule for f in outcome.findings] == []
    assert figures(values, "citizenship") == truth
    assert len(truth) == 27 * 4


def test_a_finding_names_the_cell_of_its_own_sheet(tmp_path: Path) -> None:
    sheets, truth = visa_sheets(range(2018, 2022))
    header, row = sheets["FY2020"][-5], sheets["FY2020"][-4]
    column = header.index("T-1")
    row[column] = "12x"
    (first, rows), *others = sheets.items()
    outcome, values = sent(tmp_path, build.workbook(rows, sheet=first, others=dict(others)), VISAS, "d.xlsx")
    (finding,) = [f for f in outcome.findings if f.rule == "text_in_number"]
    cell = f"{chr(ord('A') + column)}{len(sheets['FY2020']) - 3}"
    assert (finding.sheet, finding.cell, finding.column_name) == ("FY2020", cell, "T-1")
    assert len(values) == len(truth) - 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda header: [*header[:-1], "T‑1 "], None),
        (lambda header: [name if name != "T-1" else "T1" for name in header], "renamed_column"),
        (lambda header: [name if name != "T-1" else "Trafficking" for name in header], "renamed_column"),
        (lambda header: [name if name != "A-1" else "T-1" for name in header], "duplicate_column"),
        (
            lambda header: [name if name != "A-1" else "Fiscal Year 2000" for name in header],
            "duplicate_column",
        ),
        (lambda header: [name if name != "A-1" else "Notes here" for name in header], "extra_column"),
    ],
)
def test_a_column_that_the_card_does_not_know_is_never_ignored_silently(
    change, rule: str | None, tmp_path: Path
) -> None:
    head = ["Fiscal Year 2020", "A-1", "B-1", "T-1", "H-1"]
    bad = change(head)
    sheets = [[head, ["Cuba", 1, 2, 3, 4]], [bad, ["Cuba", 1, 2, 5, 4]]]
    book = build.workbook(sheets[0], sheet="FY2019", others={"FY2020": sheets[1]})
    outcome, _ = sent(tmp_path, book, VISAS, "d.xlsx")
    rules = {f.rule for f in outcome.findings if f.severity == "error"}
    if rule is None:
        assert rules == {"extra_column"}  # another dash: the pattern does not know it
    else:
        assert (outcome.status, rule in rules) == ("rejected", True), rules
        assert {f.sheet for f in outcome.findings if f.rule == rule} == {"FY2020"}


def test_a_sheet_of_another_kind_is_named(tmp_path: Path) -> None:
    sheets, _ = visa_sheets(range(2018, 2020))
    (first, rows), *others = sheets.items()
    book = build.workbook(rows, sheet=first, others={**dict(others), "Notes": [["a", "b"], ["x", "y"]]})
    outcome, _ = sent(tmp_path, book, VISAS, "d.xlsx")
    assert [(f.rule, f.sheet) for f in outcome.findings] == [("unknown_format", "Notes")]


def test_sheets_of_other_breakdowns_have_columns_that_may_be_missing(tmp_path: Path) -> None:
    card = HEAD.replace('type = "csv"', 'type = "xlsx", own_headers = true') + (
        'key = ["año", "sexo", "país"]\n[format.columns]\n"año" = { role = "period" }\n'
        'sexo = { role = "sex", optional = true, blank = "@total" }\n'
        '"país" = { role = "citizenship", optional = true, blank = "@total" }\n'
        'n = { role = "value", pattern = "n|Total de víctimas" }\n'
    )
    by_sex = [["año", "sexo", "n"], [2020, "Mujeres", 5], [2020, "Hombres", 4]]
    by_country = [["Cuadro 2"], ["Total de víctimas", "país", "año"], [3, "Cuba", 2020], [6, "Haití", 2020]]
    book = build.workbook(by_sex, sheet="sexo", others={"país": by_country})
    outcome, values = sent(tmp_path, book, card, "d.xlsx")
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []
    assert figures(values, "sex", "citizenship") == [
        ("2020-01-01", "F", "_T", 5),
        ("2020-01-01", "M", "_T", 4),
        ("2020-01-01", "_T", "CUB", 3),
        ("2020-01-01", "_T", "HTI", 6),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('type = "xlsx"', 'type = "csv"'), "own_headers is of workbooks"),
        (('key = ["país"]', 'key = ["país", "otras"]'), "otras"),
        (('"[A-Z]+', '"[A-Z+'), "no regular expression"),
        (('"año" = { role', '"año" = { pattern = "x", role'), "'at'"),
    ],
)
def test_a_card_that_describes_columns_wrongly_is_refused(
    change: tuple[str, str], sentence: str, tmp_path: Path
) -> None:
    assert change[0] in VISAS
    assert sentence in card_errors(tmp_path, VISAS.replace(*change))


# ---- a header cell for several columns -------------------------------------------------------------

APPREHENSIONS = HEAD.replace('"A"', '"M"').replace(
    'type = "csv"',
    'type = "csv", split_headers = { "November December" = ["November", "December"] }',
) + (
    'key = ["Sector"]\nset = { year = "2020" }\n'
    "wide = { pattern = '(?P<month>October|November|December)', totals = 'Total' }\n[format.columns]\n"
    'Sector = { sum_over = "the sector" }\n'
)
SECTORS = "Sector,October,November December,Total\nBig Bend,5,6,7,18\nDel Rio,10,20,30,60\n"


def test_a_header_one_cell_short_is_split(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, SECTORS, APPREHENSIONS)
    assert outcome.findings == []
    assert figures(values) == [("2020-10-01", 15), ("2020-11-01", 26), ("2020-12-01", 37)]


def test_a_header_without_a_name_for_its_first_column_is_split(tmp_path: Path) -> None:
    card = APPREHENSIONS.replace(
        '"November December" = ["November",',
        'October = ["Sector", "October"], "November December" = ["November",',
    )
    outcome, values = sent(tmp_path, SECTORS.removeprefix("Sector,"), card)
    assert outcome.findings == []
    assert [value for _, value in figures(values)] == [15, 26, 37]


def test_a_file_that_is_mended_is_read_by_the_same_card(tmp_path: Path) -> None:
    mended = SECTORS.replace("November December", "November,December")
    outcome, values = sent(tmp_path, mended, APPREHENSIONS)
    assert (outcome.findings, [value for _, value in figures(values)]) == ([], [15, 26, 37])


@pytest.mark.parametrize("cell", ["November", "November  December", "Nov Dec"])
def test_a_short_header_that_the_card_does_not_split_waits(cell: str, tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, SECTORS.replace("November December", cell), APPREHENSIONS)
    assert outcome.status == "rejected" or len(values) == 0


def test_a_split_into_one_column_is_refused(tmp_path: Path) -> None:
    wrong = APPREHENSIONS.replace('["November", "December"]', '["November"]')
    assert "November December" in card_errors(tmp_path, wrong)


# ---- rows that are there twice ---------------------------------------------------------------------

COMPLAINTS = HEAD.replace('"A"', '"M"') + (
    'key = ["mes", "distrito", "delito"]\nset = { year = "2020" }\n[format.columns]\n'
    'mes = { role = "month" }\ndistrito = { sum_over = "the district" }\ndelito = { only = "Trata" }\n'
    'n = { role = "value" }\n\n[[format.duplicates]]\ndo = "take_one"\n'
    'reason = "the extract has rows twice, word for word (publisher, 3 June 2024)"\n'
)
MONTHS = ("Enero", "Febrero", "Marzo")
REPORTED = {
    (m, d): 3 + 7 * n + k for n, m in enumerate(MONTHS) for k, d in enumerate(("Lima", "Ica", "Puno"))
}


def complaints(*copies: tuple[str, str]) -> str:
    rows = [f"{m},{d},Trata,{n}" for (m, d), n in REPORTED.items()]
    rows += [f"{m},{d},Trata,{REPORTED[m, d]}" for m, d in copies]
    return "\n".join(["mes,distrito,delito,n", *rows]) + "\n"


@pytest.mark.parametrize(
    "copies", [[], [("Enero", "Ica")], [("Marzo", "Puno")] * 3, [*REPORTED], [*REPORTED, ("Enero", "Lima")]]
)
def test_one_of_identical_rows_is_taken(copies: list[tuple[str, str]], tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, complaints(*copies), COMPLAINTS)
    truth = [sum(n for (month, _), n in REPORTED.items() if month == m) for m in MONTHS]
    assert [value for _, value in figures(values)] == truth
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []
    assert (outcome.rows["accepted"], outcome.rows["out_of_scope"]) == (9, len(copies))


def test_rows_of_one_key_that_differ_still_wait(tmp_path: Path) -> None:
    text = complaints(("Enero", "Ica")) + "Enero,Ica,Trata,5\nMarzo,Lima,Trata,17,9\n"
    outcome, _ = sent(tmp_path, text, COMPLAINTS)
    assert {"duplicate_key", "ragged_row"} <= {f.rule for f in outcome.findings}
    assert (outcome.rows["quarantined"], outcome.rows["out_of_scope"]) == (4, 1)  # two rows of each key


# ---- persons without a number ----------------------------------------------------------------------

PERSONS = HEAD.replace('kind = "counts"', 'kind = "cases"').replace(
    'confidentiality = "open"', 'confidentiality = "cases"'
) + (
    'persons = "a row per person referred by the line; the complaint number is shared"\n[format.columns]\n'
    'denuncia = { ignore = "several persons of one complaint share it", optional = true }\n'
    '"año" = { role = "period" }\nsexo = { role = "sex" }\n"país" = { role = "citizenship" }\n'
)
CALLS = [
    ("D-1", "2020", "Mujer", "Cuba"),
    ("D-1", "2020", "Mujer", "Cuba"),
    ("D-2", "2020", "Hombre", "Cuba"),
]
CALLS += [("D-3", "2021", "Mujer", "Haití")] * 4 + [("D-4", "2021", "Hombre", "Ghana")]
BY_PERSON = [("2020-01-01", "F", "CUB", 2), ("2020-01-01", "M", "CUB", 1)]
BY_PERSON += [("2021-01-01", "F", "HTI", 4), ("2021-01-01", "M", "GHA", 1)]


def calls(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(["denuncia,año,sexo,país", *map(",".join, rows)]) + "\n"


def test_each_row_is_a_person_without_a_number(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, calls(CALLS), PERSONS)
    assert [f for f in outcome.findings if f.rule != "periods_missing"] == []
    assert figures(values, "sex", "citizenship") == BY_PERSON


@pytest.mark.parametrize(
    ("row", "rule", "cell"),
    [
        (("D-9", "2021", "Mujer", "Narnia"), "unknown_country", "D10"),
        (("D-9", "2021", "X9", "Cuba"), "unknown_sex", "C10"),
        (("D-9", "2021", "Mujer"), "ragged_row", None),
    ],
)
def test_a_person_that_cannot_be_read_waits_alone(
    row: tuple[str, ...], rule: str, cell: str | None, tmp_path: Path
) -> None:
    outcome, _ = sent(tmp_path, calls([*CALLS, row]), PERSONS)
    (finding,) = [f for f in outcome.findings if f.rule == rule]
    assert (finding.source_row, finding.cell or None) == (10, cell)
    if rule == "ragged_row":
        assert (finding.value, finding.expected) == ("3", "4")
    assert outcome.rows["quarantined"] == 1


@pytest.mark.parametrize("times", [2, 3])
def test_persons_pasted_again_hold_the_file(times: int, tmp_path: Path) -> None:
    distinct = [("D-1", str(2015 + n), "Mujer", "Cuba") for n in range(6)]
    outcome, _ = sent(tmp_path, calls(distinct * times), PERSONS)
    assert (outcome.status, "rows_repeated" in {f.rule for f in outcome.findings}) == ("held", True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('kind = "cases"', 'kind = "counts"'), 'kind = "cases"'),
        (('"país" = {', 'n = { role = "value" }\n"país" = {'), "without a case number"),
        (('"país" = {', 'n = { role = "case_id" }\n"país" = {'), "without a case number"),
        (
            ("[format.columns]", 'duplicates = [{ do = "take_one", reason = "x" }]\n[format.columns]'),
            "take_one",
        ),
    ],
)
def test_a_promise_about_persons_is_strict(change: tuple[str, str], sentence: str, tmp_path: Path) -> None:
    assert change[0] in PERSONS
    assert sentence in card_errors(tmp_path, PERSONS.replace(*change))


# ---- shares in percent -----------------------------------------------------------------------------

SHARES = HEAD.replace('"victims_detected"', '"victims_detected_share_published"') + (
    'key = ["país"]\nvalues = { percent = true, intervals = { "<3%" = [0, 3] } }\n'
    "wide = { pattern = '(?P<period>\\d{4})' }\n[format.columns]\n"
    '"país" = { role = "citizenship" }\n'
)
OF_SHARES = [("2019-01-01", "CUB", 32, 32), ("2019-01-01", "GHA", 0, 3), ("2019-01-01", "HTI", 65.5, 65.5)]


def bounds(values: pd.DataFrame) -> list[tuple]:
    told = values.assign(start=values["period_start"].astype(str).str[:10])
    return sorted(
        told[["start", "citizenship", "value_low", "value_high"]].itertuples(index=False, name=None)
    )


@pytest.mark.parametrize("cuba", ["32%", "32 %", "32", "32.0"])
def test_percentages_are_read_with_their_sign_and_small_ones_as_intervals(cuba: str, tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, f"país,2019\nCuba,{cuba}\nGhana,<3%\nHaití,65.5%\n", SHARES)
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []
    assert bounds(values) == OF_SHARES


def book_of_shares(formats: tuple[str, ...]) -> bytes:
    import io

    import openpyxl

    rows = [["país", 2019], ["Cuba", 0.32], ["Ghana", "<3%"], ["Haití", 0.655]]
    book = openpyxl.load_workbook(io.BytesIO(build.workbook(rows)))
    for cell, code in zip(("B2", "B4"), formats, strict=True):
        book["datos"][cell].number_format = code
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_a_cell_that_shows_a_percentage_is_read_as_it_shows(tmp_path: Path) -> None:
    card = SHARES.replace('type = "csv"', 'type = "xlsx"')
    outcome, values = sent(tmp_path, book_of_shares(("0%", "0%")), card, "d.xlsx")
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []
    assert bounds(values) == OF_SHARES


def test_a_column_that_shows_percentages_in_part_holds_the_file(tmp_path: Path) -> None:
    card = SHARES.replace('type = "csv"', 'type = "xlsx"')
    outcome, _ = sent(tmp_path, book_of_shares(("0%", "General")), card, "d.xlsx")
    assert (outcome.status, "number_format" in {f.rule for f in outcome.findings}) == ("held", True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("victims_detected_share_published", "victims_detected"), "victims_detected_share_published"),
        (("percent = true, ", ""), "victims_detected_share_published"),
        (('"país" = {', 'medida = { role = "measure" }\n"país" = {'), "percent"),
    ],
)
def test_percentages_and_counts_are_never_mixed(
    change: tuple[str, str], sentence: str, tmp_path: Path
) -> None:
    assert sentence in card_errors(tmp_path, SHARES.replace(*change))


# ---- subtotals over named countries ----------------------------------------------------------------

REGIONS = HEAD + (
    "key = [\"origen\"]\nwide = { pattern = '(?P<period>\\d{4})' }\n[format.columns]\n"
    'origen = { role = "citizenship" }\n\n'
    '[[format.totals]]\nwhere = { origen = "Caribbean region" }\nover = "origen"\nof = ["Cuba", "Haiti"]\n'
    'reason = "its two countries"\n\n'
    '[[format.totals]]\nwhere = { origen = "Others" }\nover = "origen"\nof = ["Ghana", "India", "Kenya"]\n'
    'reason = "its three countries"\n\n'
    '[[format.totals]]\nwhere = { origen = "All" }\nover = "origen"\nreason = "all countries"\n'
)
ORIGINS = {
    "All": 60,
    "Caribbean region": 30,
    "Cuba": 10,
    "Haiti": 20,
    "Others": 30,
    "Ghana": 5,
    "India": 15,
    "Kenya": 10,
}


def origins(**changed: int) -> str:
    return "\n".join(["origen,2020", *(f"{name},{n}" for name, n in (ORIGINS | changed).items())]) + "\n"


def test_subtotals_sum_the_countries_that_the_card_names(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, origins(), REGIONS)
    assert outcome.findings == []
    codes = {"Cuba": "CUB", "Haiti": "HTI", "Ghana": "GHA", "India": "IND", "Kenya": "KEN"}
    assert figures(values, "citizenship") == sorted(
        ("2020-01-01", code, ORIGINS[n]) for n, code in codes.items()
    )


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"Caribbean region": 31}, {"CUB", "HTI"}),
        ({"Others": 29}, {"GHA", "IND", "KEN"}),
        ({"Kenya": 11, "All": 61}, {"GHA", "IND", "KEN"}),
    ],
)
def test_a_subtotal_that_differs_is_named_and_its_parts_are_flagged(
    changed: dict[str, int], parts: set[str], tmp_path: Path
) -> None:
    outcome, values = sent(tmp_path, origins(**changed), REGIONS)
    assert [f.rule for f in outcome.findings] == ["total_differs"]
    flagged = values[values["flag"].str.contains("total_differs")]
    assert set(flagged["citizenship"]) == parts
    assert set(values["citizenship"]) == {"CUB", "HTI", "GHA", "IND", "KEN"}


def test_a_named_country_that_is_not_in_the_file_is_said(tmp_path: Path) -> None:
    outcome, _ = sent(
        tmp_path,
        origins().replace("Kenya,10\n", "").replace("Others,30", "Others,20").replace("All,60", "All,50"),
        REGIONS,
    )
    assert ("label_without_row", "origen") in {(f.rule, f.column_name) for f in outcome.findings}


# ---- corrections below zero ------------------------------------------------------------------------

FORCES = HEAD + (
    'key = ["año", "agencia"]\nvalues = { negative = "a later report takes back what was counted twice" }\n'
    '[format.columns]\n"año" = { role = "period" }\nagencia = { sum_over = "the agency" }\nn = { role = "value" }\n'
)


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        (["2019,A,5", "2019,B,-1", "2020,A,3"], [4, 3]),
        (["2019,A,-2", "2019,B,2", "2020,A,3"], [0, 3]),
        (["2019,A,7", "2019,B,-1", "2019,C,-3", "2020,A,3"], [3, 3]),
    ],
)
def test_a_negative_correction_is_added_where_the_card_allows_it(
    rows: list[str], truth: list[int], tmp_path: Path
) -> None:
    outcome, values = sent(tmp_path, "\n".join(["año,agencia,n", *rows]) + "\n", FORCES)
    assert [f.rule for f in outcome.findings if f.severity == "error"] == []
    assert [value for _, value in figures(values)] == truth


def test_a_sum_below_zero_waits_with_all_its_rows(tmp_path: Path) -> None:
    text = "año,agencia,n\n2019,A,5\n2019,B,-6\n2020,A,3\n2021,A,4\n"
    outcome, values = sent(tmp_path, text, FORCES)
    assert {(f.rule, f.cell) for f in outcome.findings if f.severity == "error"} >= {
        ("negative_number", "C2"),
        ("negative_number", "C3"),
    }
    assert [value for _, value in figures(values)] == [3, 4]


def test_without_the_card_s_word_a_negative_number_waits(tmp_path: Path) -> None:
    card = FORCES.replace('values = { negative = "a later report takes back what was counted twice" }\n', "")
    outcome, _ = sent(tmp_path, "año,agencia,n\n2019,A,5\n2019,B,-1\n2020,A,3\n", card)
    assert [(f.rule, f.cell) for f in outcome.findings if f.rule == "negative_number"] == [
        ("negative_number", "C3")
    ]


def test_counts_that_are_not_added_up_are_never_negative(tmp_path: Path) -> None:
    card = FORCES.replace('agencia = { sum_over = "the agency" }', 'agencia = { ignore = "x" }')
    assert "never below 0" in card_errors(tmp_path, card)
