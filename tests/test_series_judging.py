"""The series in force and a delivery are judged together, before the delivery is accepted.

Each file is written here; what must be said of it is worked out by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assets.intake.processing import Outcome, check, process
from assets.intake.series.categories import _exchanged_shares
from assets.intake.submission import receive
from tests.conftest import SHARED, accept, ask, release
from warehouse.home import CARD, Home

COLLECTION = "DEMO/series"
CARD_TEXT = """[collection]
provider_kind = "national_authority"
kind = "counts"
family = "trafficking"
titles = {{ es = "Prueba", en = "Test" }}
citation = "x"
licence = "x"
measure = "victims_detected"
frequency = "{frequency}"
delivery = "{delivery}"
on_error = "quarantine_rows"
confidentiality = "open"
"""
Rows = list[str]


@dataclass(frozen=True)
class Spoilt:
    """Files accepted one after the other, the last one spoilt, and the rules that speak of it."""

    id: str
    last: Rows
    rules: set[str]
    before: tuple[Rows, ...] = ()
    frequency: str = "Q"
    delivery: str = "by_period"
    received: date = field(default=date(2025, 12, 31))


def quarters(values: str, first: int = 2021, country: str = "USA") -> Rows:
    """A row for each quarter."""
    numbers = enumerate(values.split())
    return [f"{country},{first + n // 4}-Q{n % 4 + 1},,,{value}" for n, value in numbers]


def months(values: str, first: int = 2021, country: str = "USA") -> Rows:
    """A row for each month."""
    numbers = enumerate(values.split())
    return [f"{country},{first + n // 12}-{n % 12 + 1:02d},,,{value}" for n, value in numbers]


def years(values: str, first: int = 2015, country: str = "CRI") -> Rows:
    """A row for each year."""
    return [f"{country},{first + n},,,{value}" for n, value in enumerate(values.split()) if value != "-"]


def one_by_one(rows: Rows) -> tuple[Rows, ...]:
    """A file for each row."""
    return tuple([row] for row in rows)


def parts(table: dict[str, str], first: int = 2019) -> Rows:
    """A row for each year and group: F and M are sexes, other codes nationalities."""
    rows = []
    for code, values in table.items():
        sex, citizenship = (code, "") if len(code) == 1 else ("", code)
        for n, value in enumerate(values.split()):
            rows += [f"CRI,{first + n},{sex},{citizenship},{value}"] if value != "-" else []
    return rows


NINETIES = "94 101 92 107 99 103 96 108 91 100 98 105 97 93 104 102"
"""Sixteen quarters around a hundred."""
FIVE_YEARS = "62 71 58 66 74 49 55 68 77"
MONTHS = "21 14 18 25 16 20 23 15 19 22 17 24"
NATIONALITIES = {"HND": "32 34 31 33 36", "NIC": "51 54 50 53 57", "COL": "20 18 21 19 22"}
SEXES = {"F": "73 79 70 76 81", "M": "30 27 32 28 34"}
LAST = {**NATIONALITIES, **SEXES, "HTI": "11 12 14 13 15"}


def swapped(table: dict[str, str], a: str, b: str, n: int) -> dict[str, str]:
    """The table with two groups' values of one year exchanged."""
    values = {code: text.split() for code, text in table.items()}
    values[a][n], values[b][n] = values[b][n], values[a][n]
    return {code: " ".join(texts) for code, texts in values.items()}


ORIGINS = ["HND", "NIC", "COL", "SLV", "GTM", "PAN", "MEX", "DOM", "CUB", "HTI", "ECU", "VEN"]


def months_of_origins(changed: Callable[[int], int] | None = None) -> Rows:
    """A year of twelve nationalities; of the eighth month another number, given its place."""

    def number(month: int, place: int) -> int:
        return (month * 17 + place * 31) % 90 + 12

    return [
        f"CRI,2024-{m:02d},,{code},{changed(n) if changed and m == 8 else number(m, n)}"
        for m in range(1, 13)
        for n, code in enumerate(ORIGINS)
    ]


def quarters_of_origins(first: int, hnd: str, nic: str, col: str) -> Rows:
    """Quarters of three nationalities."""
    return [
        f"SLV,{first + n // 4}-Q{n % 4 + 1},,{code},{value}"
        for code, values in (("HND", hnd), ("NIC", nic), ("COL", col))
        for n, value in enumerate(values.split())
    ]


TWO_YEARS = quarters_of_origins(
    2022, "912 934 905 921 940 917 928 909", "480 471 492 488 476 483 495 474", "95 101 92 97 99 94 103 98"
)
"""Eight quarters of three nationalities that keep their level."""
REVISED = {
    "before": months_of_origins(),
    "shifted": months_of_origins(lambda place: (8 * 17 + (place - 1) * 31) % 90 + 12),
    "other unit": months_of_origins(lambda place: 3 * ((8 * 17 + place * 31) % 90 + 12)),
    "equal": months_of_origins(lambda place: 41),
}
MANY = [
    f"CRI,{year},,{code},{(n * 7 + year) % 40 + 12}"
    for year in range(2015, 2021)
    for n, code in enumerate(
        [
            "HND",
            "NIC",
            "COL",
            "SLV",
            "GTM",
            "DOM",
            "PAN",
            "VEN",
            "CUB",
            "HTI",
            "ECU",
            "PER",
            "BRA",
            "ARG",
            "CHL",
        ]
    )
]
"""Ninety values of ten persons or more."""


def large(changed: dict[str, str]) -> Rows:
    """Those values twenty-one times as large, and for some years and nationalities another one."""
    numbers = {row.rpartition(",")[0]: str(21 * int(row.rpartition(",")[2])) for row in MANY}
    another = {f"CRI,{key[:4]},,{key[5:]}": value for key, value in changed.items()}
    return [f"{key},{value}" for key, value in (numbers | another).items()]


def lone(what: str, cell: str, before: str, after: str, *rules: str) -> Spoilt:
    """A file of all years in which one large value in force is another one now."""
    return Spoilt(what, large({cell: after}), set(rules), (large({cell: before}),), "A", "full")


SPOILT = (
    Spoilt(
        "a month stands three times",
        [f"CRI,2024-{m:02d},,{code},{v}" for m in range(1, 13) for code, v in zip(
            ("HND", "NIC", "COL"), (12, 5, 4) if m in (4, 5, 6) else (m + 5, m % 5 + 2, m % 7 + 1), strict=True
        )],
        {"period_copied_asked"},
        (),
        "M",
        "full",
    ),
    Spoilt("percentages by sex", parts({"F": "70 68 71", "M": "30 32 29"}), {"parts_of_hundred"}, (), "A", "full"),
    Spoilt(
        "percentages by nationality, rounded",
        parts({"HND": "52 48 47", "NIC": "31 33 34", "COL": "17 20 18"}),
        {"parts_of_hundred"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "percentages of one year, with their total",
        [*parts({"HND": "52", "NIC": "31", "COL": "17"}), "CRI,2019,,,100"],
        {"parts_of_hundred_asked"},
        (),
        "A",
        "full",
    ),
    Spoilt("a hundred times too much", ["USA,2025-Q1,,,9800"], {"level_unlike_past"}, (quarters(NINETIES),)),
    Spoilt(
        "five hundred times after four quarters, one file each",
        ["USA,2022-Q1,,,50000"],
        {"level_unlike_past"},
        one_by_one(quarters("20 70 45 95")),
    ),
    Spoilt("a zero too many", ["USA,2025-Q1,,,1010"], {"level_unlike_past"}, (quarters(NINETIES),)),
    Spoilt(
        "thousands typed with a point",
        years("1400 1520 1610 1480 1750 1690 1830 2233 2050 2"),
        {"level_unlike_past"},
        (years("1400 1520 1610 1480 1750 1690 1830 2233 2050"),),
        "A",
        "full",
    ),
    Spoilt(
        "months: a hundred times too much",
        ["USA,2022-01,,,1950"],
        {"level_unlike_past"},
        (months(MONTHS),),
        "M",
    ),
    Spoilt(
        "a footnote mark glued to the newest total",
        years(FIVE_YEARS + " 831"),
        {"level_unlike_past_asked"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "half a year as a year",
        years("162 171 158 166 174 159 165 168 177 83"),
        {"level_unlike_past_asked"},
        (years("162 171 158 166 174 159 165 168 177"),),
        "A",
        "full",
    ),
    Spoilt(
        "half a year as a year, delivered alone",
        years("140", 2024),
        {"level_unlike_past_asked"},
        (years("260 271 255 281 263 270", 2018),),
        "A",
    ),
    Spoilt(
        "nine months as a quarter",
        ["USA,2025-Q3,,,305"],
        {"level_unlike_past_asked"},
        (quarters(NINETIES + " 95 101"),),
    ),
    Spoilt("sums to date, a file each", ["HND,2024-Q4,,,95"], {"sums_to_date_asked"}, one_by_one(quarters("20 45 70", 2024, "HND"))),
    Spoilt("sums to date in a second year", ["HND,2025-Q4,,,88"], {"sums_to_date"}, (quarters("20 45 70 95 18 40 66", 2024, "HND"),)),
    Spoilt(
        "sums to date, months in one file",
        months("6 13 21 27 35 41 48 56 63 70 77 84", 2024, "CRI"),
        {"sums_to_date"},
        (),
        "M",
    ),
    Spoilt(
        "sums to date, months in the last of three years",
        months(f"{MONTHS} 19 24 13 20 15 22 26 18 14 21 23 17 16 45 55 62 81 85 115 131 148 171 199 222", 2022, "CRI"),
        {"sums_to_date"},
        (),
        "M",
        "full",
    ),
    Spoilt(
        "sums to date, half a year, month by month",
        ["CRI,2025-06,,,48"],
        {"sums_to_date_asked"},
        one_by_one(months("7 15 22 31 40", 2025, "CRI")),
        "M",
    ),
    Spoilt(
        "last year's sheet once more",
        parts({code: f"{text} {text.split()[-1]}" for code, text in (NATIONALITIES | SEXES).items()}),
        {"period_copied"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "last year's sheet once more, its total changed",
        [*parts({code: f"{text} {text.split()[-1]}" for code, text in LAST.items()}), "CRI,2023,,,130", "CRI,2024,,,141"],
        {"period_copied"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "one half of a year a copy of the other",
        months(f"{MONTHS} 13 17 12 19 15 11 13 17 12 19 15 11", 2023),
        {"period_copied"},
        (),
        "M",
        "full",
    ),
    Spoilt(
        "a quarter with the five values of the one before",
        [f"CRI,2024-Q2,,{code},{value}" for code, value in zip(["HND", "NIC", "COL", "SLV", "GTM"], (12, 7, 5, 9, 4), strict=True)],
        {"period_copied"},
        ([f"CRI,2024-Q1,,{code},{value}" for code, value in zip(["HND", "NIC", "COL", "SLV", "GTM"], (12, 7, 5, 9, 4), strict=True)],),
    ),
    Spoilt(
        "the year's months are those of the year before",
        months(f"{MONTHS} {MONTHS}", 2023),
        {"period_copied"},
        (),
        "M",
        "full",
    ),
    Spoilt(
        "December is zero", months(MONTHS[:-2] + "0", 2024), {"zeros_at_the_end_asked"}, (), "M", "full", date(2025, 2, 1)
    ),
    Spoilt(
        "months not counted yet are zero",
        months(f"{MONTHS} 13 17 12 0 0 0 0 0 0 0 0 0", 2024),
        {"zeros_at_the_end"},
        (months(MONTHS, 2024),),
        "M",
        "full",
    ),
    Spoilt("a quarter not counted yet is zero", ["USA,2025-Q1,,,0"], {"zeros_at_the_end_asked"}, (quarters(NINETIES),)),
    Spoilt("a forgotten year", years("62 71 58 66 74 49 - 68 77 83"), {"year_missing"}, (), "A", "full"),
    Spoilt("a year forgotten between two deliveries", years("83", 2024), {"year_missing"}, (years(FIVE_YEARS[:-3], 2015),), "A"),
    Spoilt(
        "a quarter of the year before under the next year",
        quarters("101", 2026),
        {"year_missing"},
        (quarters(NINETIES),),
        received=date(2026, 12, 31),
    ),
    Spoilt(
        "months of the year before under the next year",
        months("20 17 22", 2024),
        {"year_missing"},
        (months(f"{MONTHS} {MONTHS}"),),
        "M",
    ),
    Spoilt("the second year is forgotten", years("62 - 58 66 74 69 71"), {"year_missing"}, (), "A", "full"),
    Spoilt(
        "a nationality is missing from the newest year",
        parts({"HND": "32 34 31 33 36", "NIC": "51 54 50 53 57 60", "COL": "20 18 21 19 22 24"}),
        {"category_missing_asked"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "a nationality is missing from a delivery",
        ["CRI,2024,,HND,38", "CRI,2024,,COL,24"],
        {"category_missing"},
        (parts(NATIONALITIES),),
        "A",
    ),
    Spoilt(
        "men are missing from the newest year",
        parts({"F": "43 49 40 46 51 53", "M": "19 22 18 20 23"}),
        {"category_missing_asked"},
        (),
        "A",
        "full",
    ),
    Spoilt("women and men are exchanged in a year", parts(swapped(SEXES, "F", "M", 3)), {"categories_exchanged"}, (), "A", "full"),
    Spoilt("women and men are exchanged in the newest year", parts(swapped(SEXES, "F", "M", 4)), {"categories_exchanged"}, (), "A", "full"),
    Spoilt(
        "two nationalities are exchanged in a year",
        parts(swapped({"HND": "62 64 61 63 66", "NIC": "151 154 150 153 157", "COL": "20 18 21 19 22"}, "HND", "NIC", 4)),
        {"categories_exchanged"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "two nationalities exchange their values in force",
        parts(swapped(NATIONALITIES, "HND", "COL", 2)) + MANY[:0],
        {"categories_exchanged_in_force", "values_changed"},
        (parts(NATIONALITIES),),
        "A",
        "full",
    ),
    Spoilt(
        "two months exchange their columns",
        [row.replace("2024-03", "X").replace("2024-05", "2024-03").replace("X", "2024-05") for row in (
            [f"CRI,2024-{m:02d},,{code},{(m * 7 + n * 5) % 30 + 12}" for m in range(1, 13) for n, code in enumerate(["HND", "NIC", "COL", "SLV"])]
        )],
        {"periods_exchanged_in_force", "values_changed"},
        ([f"CRI,2024-{m:02d},,{code},{(m * 7 + n * 5) % 30 + 12}" for m in range(1, 13) for n, code in enumerate(["HND", "NIC", "COL", "SLV"])],),
        "M",
        "full",
    ),
    Spoilt(
        "the values of a month stand a row too low",
        REVISED["shifted"],
        {"period_revised"},
        (REVISED["before"],),
        "M",
        "full",
    ),
    Spoilt(
        "a month in another unit",
        REVISED["other unit"],
        {"period_revised"},
        (REVISED["before"],),
        "M",
        "full",
    ),
    Spoilt(
        "a month with one value in all cells",
        REVISED["equal"],
        {"period_revised"},
        (REVISED["before"],),
        "M",
        "full",
    ),
    lone(
        "a value in force loses its last digit, and another would be no tenth",
        *("2017 HND", "478", "47", "value_unlike_in_force"),
    ),
    lone(
        "a value in force is zero",
        *("2018 HND", "478", "0", "value_unlike_in_force", "category_missing_asked"),
    ),
    lone(
        "a digit of a value in force is typed twice",
        *("2017 HND", "478", "4788", "value_unlike_in_force"),
    ),
    Spoilt(
        "a digit is typed twice, and as many persons wait in quarantine",
        large({"2017 HND": "4788", "2017 NIC": "x"}),
        {"value_unlike_in_force"},
        (large({"2017 HND": "478", "2017 NIC": "5107"}),),
        "A",
        "full",
    ),
    lone(
        "a value of the last period in force rises eightfold",
        *("2020 HND", "478", "4788", "value_unlike_in_force_asked"),
    ),
    Spoilt(
        "rows gone here and there",
        [row for n, row in enumerate(MANY) if n not in (7, 31, 52, 80)],
        {"rows_missing", "category_missing_asked"},
        (MANY,),
        "A",
        "full",
    ),
    Spoilt(
        "a row of another country",
        [*years(FIVE_YEARS + " 83"), "PAN,2024,,,12"],
        {"country_unlike_file"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "a row of another country in a later file",
        [*parts({"HND": "35 37", "NIC": "52 55", "COL": "23 17"}, 2020), "NIC,2024,,HND,12"],
        {"country_unlike_file"},
        (parts(NATIONALITIES, 2015),),
        "A",
    ),
    *(
        Spoilt(
            f"{code} for {usual} in all years",
            parts({code: "51 54 50 53 57", "VEN": "32 34 31 33 36", "COL": "18 21 17 20 19"}),
            {"code_confused"},
            (),
            "A",
            "full",
        )
        for code, usual in (("NER", "NIC"), ("HUN", "HND"), ("DMA", "DOM"))
    ),
    Spoilt(
        "a confused code in the next year",
        parts({"BLR": "24", "VEN": "35", "COL": "20"}, 2024),
        {"code_confused"},
        (parts({"VEN": "32 34 31 33 36", "COL": "18 21 17 20 19"}),),
        "A",
    ),
    # ---- more of each class
    Spoilt("a second year a hundred times the first", years("9800", 2024, "SLV"), {"level_unlike_past_asked"}, (years("94", 2023, "SLV"),), "A"),
    Spoilt("a fourth quarter out of a short past", ["SLV,2024-Q4,,,9800"], {"level_unlike_past_asked"}, (quarters("94 101 92", 2024, "SLV"),)),
    Spoilt("a third year in another unit", years("4", 2024, "SLV"), {"level_unlike_past_asked"}, (years("941 1010", 2022, "SLV"),), "A"),
    Spoilt(
        "one nationality has another's number, the total stays",
        ["SLV,2024,,HND,950", "SLV,2024,,NIC,50"],
        {"level_unlike_past_asked"},
        ([f"SLV,{y},,{c},{n + y % 5}" for y in range(2018, 2024) for c, n in (("HND", 90), ("NIC", 910))],),
        "A",
    ),
    Spoilt(
        "one nationality in thousands, in all quarters of a delivery",
        quarters_of_origins(2024, "1 1 1", "485 479 490", "96 100 93"),
        {"level_unlike_past_asked"},
        (TWO_YEARS,),
    ),
    Spoilt(
        "the names of the nationalities a row too high, in all quarters of a delivery",
        quarters_of_origins(2024, "485 479 490", "96 100 93", "915 931 908"),
        {"level_unlike_past_asked"},
        (TWO_YEARS,),
    ),
    Spoilt(
        "one nationality in thousands, in the new quarters of a file of all",
        [*TWO_YEARS, *quarters_of_origins(2024, "1 1 1", "485 479 490", "96 100 93")],
        {"level_unlike_past_asked"},
        (TWO_YEARS,),
        "Q",
        "full",
    ),
    Spoilt("half a year in a first file of four years", years("162 171 158 83", 2021, "PAN"), {"level_unlike_past_asked"}, (), "A", "full"),
    *(
        Spoilt(f"sums to date after a usual year: quarter {n + 2}", [f"SLV,2025-Q{n + 2},,,{value}"], {"sums_to_date_asked"}, (quarters("18 22 19 23", 2024, "SLV") + quarters(given, 2025, "SLV"),))
        for n, (given, value) in enumerate((("20", 41), ("20 41", 60), ("20 41 60", 83)))
    ),
    Spoilt("sums to date after a usual year: March", ["SLV,2025-03,,,63"], {"sums_to_date_asked"}, (months(f"{MONTHS} 22 44", 2024, "SLV"),), "M"),
    Spoilt("sums to date with a correction", months("7 15 22 31 30 48 55 61 70 77 84 95", 2024, "PAN"), {"sums_to_date_asked"}, (), "M"),
    Spoilt(
        "sums to date of a year that begins in October",
        [f"USA,{2023 if m > 9 else 2024}-{m:02d},,,{v}" for m, v in zip([10, 11, 12, *range(1, 10)], (7, 15, 22, 31, 40, 48, 55, 61, 70, 77, 84, 95), strict=True)],
        {"sums_to_date"},
        (),
        "M",
    ),
    Spoilt("sums to date of a year that begins in July", months("0 0 0 0 0 0 7 15 22 31 40 48 55 61 70 77 84 95", 2023, "CAN")[6:], {"sums_to_date"}, (), "M"),
    Spoilt("four quarters are those of the year before", quarters("94 101 92 107 94 101 92 107", 2023, "BLZ"), {"period_copied"}, (), "Q", "full"),
    Spoilt(
        "a quarter with six of eight values of the one before",
        [f"CRI,2025-Q1,,{c},{v}" for c, v in zip(["HND", "NIC", "COL", "SLV", "GTM", "MEX", "CUB", "HTI"], (12, 17, 15, 19, 15, 21, 33, 18), strict=True)],
        {"period_copied"},
        ([f"CRI,2024-Q4,,{c},{v}" for c, v in zip(["HND", "NIC", "COL", "SLV", "GTM", "MEX", "CUB", "HTI"], (12, 17, 15, 19, 14, 21, 33, 17), strict=True)],),
    ),
    Spoilt("eight months to come are zero in a first file", months("13 17 12 19 0 0 0 0 0 0 0 0", 2024, "NIC"), {"zeros_at_the_end_asked"}, (), "M"),
    Spoilt("a zero between large quarters", quarters("94 101 0 107 91 100 98 105", 2023, "DOM"), {"zeros_at_the_end_asked"}, (), "Q", "full"),
    Spoilt("a zero delivered for a quarter", ["DOM,2025-Q1,,,0"], {"zeros_at_the_end_asked"}, (quarters("64 71", 2024, "DOM")[:2],)),
    Spoilt("a forgotten year of four", years("62 71 - 66", 2020, "HND"), {"year_missing"}, (), "A", "full"),
    Spoilt("a forgotten year after two", years("66", 2018, "HND"), {"year_missing"}, (years("62 71", 2015, "HND"),), "A"),
    Spoilt("a nationality is missing from a year between", parts({"HND": "32 34 31 33 36 35", "VEN": "80 77 - 81 90 86", "COL": "20 18 21 19 22 23"}), {"category_missing_asked"}, (), "A", "full"),
    Spoilt("a sex is missing from a year between", parts({"F": "73 79 70 - 81", "M": "30 27 32 28 34"}), {"category_missing_asked"}, (), "A", "full"),
    Spoilt("a nationality is missing after two years", ["CRI,2021,,HND,31", "CRI,2021,,NIC,50"], {"category_missing_asked"}, (parts({"HND": "32 34", "NIC": "51 54", "VEN": "80 77"}),), "A"),
    Spoilt(
        "two nationalities are exchanged in one month",
        [f"CRI,2025-06,,{c},{v}" for c, v in (("VEN", 31), ("COL", 150), ("HND", 61))],
        {"categories_exchanged"},
        ([f"CRI,{2024 + m // 12}-{m % 12 + 1:02d},,{c},{v + m % 3}" for m in range(17) for c, v in (("VEN", 149), ("COL", 30), ("HND", 60))],),
        "M",
    ),
    Spoilt("women and men are exchanged in a delivery of few", ["CRI,2024,F,,13", "CRI,2024,M,,33"], {"categories_exchanged"}, (parts({"F": "30 31 32 30 31", "M": "14 15 14 15 14"}),), "A"),
    *(
        Spoilt(f"two groups are exchanged after a gap of two years: {name}", rows, {"categories_exchanged"}, (before,), "A", delivery)
        for name, rows, before, delivery in (
            ("one year in force", ["CRI,2022,,HND,70", "CRI,2022,,NIC,33", "CRI,2022,,COL,19"], parts({"HND": "32", "NIC": "71", "COL": "20"}), "by_period"),
            ("two years in force", ["CRI,2023,F,,31", "CRI,2023,M,,75"], parts({"F": "73 79", "M": "30 27"}), "by_period"),
            ("three years in force", parts({"HND": "32 34 31 - - 72", "NIC": "71 74 70 - - 33", "COL": "20 18 21 - - 22"}), parts({"HND": "32 34 31", "NIC": "71 74 70", "COL": "20 18 21"}), "full"),
            ("two years delivered", parts({"HND": "32 - - 70 74", "NIC": "71 - - 33 31", "COL": "20 - - 19 22"}), parts({"HND": "32", "NIC": "71", "COL": "20"}), "full"),
        )
    ),
    Spoilt("another member's file by mistake", years("66", 2020, "PAN"), {"country_unlike_file"}, (years(FIVE_YEARS[:14], 2015),), "A"),
    Spoilt("another member's code in a delivery", ["GTM,2024,,HND,38", "GTM,2024,,NIC,55", "GTM,2024,,COL,24"], {"country_unlike_file"}, (parts(NATIONALITIES),), "A"),
    Spoilt("percentages in the newest year only", [f"PAN,{y},{s},,{v}" for y, d in ((2018, (162, 72)), (2019, (150, 81)), (2020, (171, 64)), (2021, (160, 70)), (2022, (58, 42))) for s, v in zip("FM", d, strict=True)], {"parts_of_hundred_asked"}, (), "A", "full"),
    Spoilt("percentages of one year by sex", ["PAN,2020,F,,62", "PAN,2020,M,,38"], {"parts_of_hundred_asked"}, (), "A", "full"),
    Spoilt(
        "percentages beside a total of persons",
        [f"PAN,{y},,{c},{v}" for y, d in ((2020, (340, 62, 21, 17)), (2021, (290, 58, 30, 12))) for c, v in zip(("", "COL", "VEN", "CUB"), d, strict=True)],
        {"parts_of_hundred"},
        (),
        "A",
        "full",
    ),
    Spoilt(
        "reporting country and nationality exchanged",
        [f"{code},{year},,CRI,{value}" for code, value in (("HND", 14), ("NIC", 25), ("COL", 11), ("CRI", 24)) for year in (2020, 2021)],
        {"countries_exchanged"},
        (),
        "A",
        "full",
    ),
)  # fmt: skip


def outcome(spoilt: Spoilt, root: Path) -> Outcome:
    """The outcome of the last file, once those before it are accepted."""
    home = home_of(root, spoilt.frequency, spoilt.delivery)
    for n, rows in enumerate(spoilt.before):
        accept(home, receive(home, write(root, f"{n}.csv", rows), COLLECTION, spoilt.received))
    return check(home, write(root, "last.csv", spoilt.last), COLLECTION, spoilt.received)


def home_of(root: Path, frequency: str, delivery: str, kind: str = "national_authority") -> Home:
    """A home with the collection."""
    home = Home(root / "home")
    (home.raw / COLLECTION).mkdir(parents=True)
    card = CARD_TEXT.format(frequency=frequency, delivery=delivery).replace("national_authority", kind)
    (home.raw / COLLECTION / CARD).write_text(card, encoding="utf-8")
    return home


def write(root: Path, name: str, rows: Rows) -> Path:
    """A file of the template."""
    path = root / name
    header = "reporting_country,period,sex,citizenship,value"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("spoilt", [pytest.param(s, id=s.id) for s in SPOILT])
def test_a_spoilt_series_is_held_or_under_question(spoilt: Spoilt, tmp_path: Path) -> None:
    result = outcome(spoilt, tmp_path)
    admission = result.admission
    found = {f.rule for f in (*admission.breaches, *admission.remarks)}
    assert spoilt.rules <= found, found
    assert found - spoilt.rules <= {"values_changed_in_country", "level_unlike_past_asked"}
    is_asked = not admission.breaches
    assert result.status == ("accepted" if is_asked else "held")
    assert bool(admission.questions) == bool(admission.remarks)


def test_each_spoilt_quarter_of_a_delivery_is_under_question(tmp_path: Path) -> None:
    last = quarters_of_origins(2024, "922 1 1", "485 479 490", "96 100 93")
    admission = outcome(Spoilt("", last, set(), (TWO_YEARS,)), tmp_path).admission
    [doubt] = [finding for finding in admission.remarks if "HND" in str(finding.value)]
    # the median of eight quarters in force and of the first that arrived
    assert (doubt.column_name, doubt.value, doubt.expected) == (
        "SLV · victims_detected · 2024-Q2",
        "HND: 1",
        "921",
    )
    asked = {question.period_start for question in admission.questions}
    assert {str(day) for day in asked} == {"2024-04-01", "2024-07-01"}


@pytest.mark.parametrize(
    ("confidentiality", "es", "en"),
    [("open", "48,215 → 4,821", "48,215 → 4,821"), ("small_counts", "…", "…")],
)
def test_a_single_value_is_named_and_its_numbers_stand_where_values_may_be_shown(
    confidentiality: str, es: str, en: str, tmp_path: Path
) -> None:
    home = home_of(tmp_path, "A", "full")
    card = home.raw / COLLECTION / CARD
    card.write_text(card.read_text().replace('"open"', f'"{confidentiality}"'))
    accept(
        home,
        receive(home, write(tmp_path, "0.csv", large({"2017 HND": "48215"})), COLLECTION, date(2025, 1, 1)),
    )
    last = receive(home, write(tmp_path, "1.csv", large({"2017 HND": "4821"})), COLLECTION, date(2025, 2, 1))
    [breach] = process(home, last).admission.breaches
    where = "CRI · victims_detected · 2017 · HND"
    assert breach.problem("es") == (
        f"{where}: un solo valor vigente de 100 o más bajaría a un octavo o menos, o subiría a ocho veces o más: {es}. "
        "Así se ve un dígito perdido o escrito dos veces."
    )
    assert breach.problem("en") == (
        f"{where}: a single value of 100 or more in force would fall to an eighth or less, or rise eightfold or more: "
        f"{en}. A digit that was lost or typed twice looks like this."
    )


@pytest.mark.slow
def test_a_value_under_question_says_so_until_somebody_answers(tmp_path: Path) -> None:
    home = home_of(tmp_path, "Q", "by_period")
    for n, row in enumerate(quarters("20 45 70 95", 2024, "HND")):
        process(home, receive(home, write(tmp_path, f"{n}.csv", [row]), COLLECTION, date(2025, 1, 31)))
    release(home)
    assert ask(home, "SELECT DISTINCT flag FROM core.current") == [("under_question",)]
    shown = "FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND reporting_country = 'HND'"
    assert ask(home, f"SELECT DISTINCT flag {shown}") == [("under_question",)]
    assert ask(home, f"SELECT count(*) {shown}") == [(5,)]  # four quarters and their year
    asked = ask(home, "SELECT question, answer FROM analysis.open_questions ORDER BY period_start")
    assert [question for question, _ in asked] == ["questioned_period"] * 4
    answers = [answer.replace('""', '"x"') for _, answer in asked]
    (home.raw / COLLECTION / "decisions.toml").write_text("\n".join(answers), encoding="utf-8")
    release(home)
    assert ask(home, "SELECT DISTINCT flag FROM core.current") == [(None,)]
    assert ask(home, "SELECT * FROM analysis.open_questions") == []


MEMBERS = [row for country in ("CRI", "PAN", "DOM") for row in years("14 17 12 15", 2019, country)]
FURTHER_COUNTRIES = {
    "in a delivery of the others": [*years("16", 2023, "CRI"), *years("13", 2023, "PAN"), *years("19", 2023, "VEN")],
    "alone": years("21 24", 2022, "COL"),
    "in the same file again, with more": [*MEMBERS, *years("14 17 12 15", 2019, "CUB")],
}  # fmt: skip


@pytest.mark.parametrize("is_declared", [False, True])
@pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in FURTHER_COUNTRIES.items()])
def test_a_further_country_of_several_is_asked_about_unless_the_card_names_its_countries(
    rows: Rows, is_declared: bool, tmp_path: Path
) -> None:
    home = home_of(tmp_path, "A", "by_period", "international_organisation")
    card = home.raw / COLLECTION / CARD
    if is_declared:
        card.write_text(f'{card.read_text()}may_report = ["@members(CRM)", "VEN", "COL", "CUB"]\n')
    accept(home, receive(home, write(tmp_path, "0.csv", MEMBERS), COLLECTION, date(2025, 1, 1)))
    admission = check(home, write(tmp_path, "1.csv", rows), COLLECTION, date(2025, 2, 1)).admission
    [country] = {row[:3] for row in rows} & {"VEN", "COL", "CUB"}
    found = [(f.column_name, f.expected) for f in admission.remarks if f.rule == "country_unlike_file"]
    assert found == ([] if is_declared else [(country, "CRI, DOM, PAN")])
    assert {question.reporting_country for question in admission.questions} == (
        set() if is_declared else {country}
    )


HONEST = (
    (
        "other flows after two years",
        (parts({"HND": "32", "NIC": "71", "COL": "20", "VEN": "8"}), parts({"HND": "71", "NIC": "78", "COL": "25", "VEN": "34"}, 2022)),
        "A",
        "by_period",
    ),
    ("two years later the same groups", (parts({"F": "73", "M": "30"}), parts({"F": "66", "M": "41"}, 2022)), "A", "by_period"),
    (
        "two members, then both again",
        ([*years("62 71 58", 2019), *years("7 9 5", 2019, "PAN")], [*years("66", 2022), *years("8", 2022, "PAN")]),
        "A",
        "by_period",
    ),
    ("one member after another", (quarters(NINETIES), quarters("12 15 9 11", 2024, "PAN")), "Q", "by_period"),
    ("two members in one file", ([*years(FIVE_YEARS), *years("7 9 5 8 6", 2019, "PAN")],), "A", "full"),
    ("the next quarter", (quarters(NINETIES), quarters("101", 2025)), "Q", "by_period"),
    ("a quarter is missing", (quarters(NINETIES), ["USA,2025-Q2,,,98"]), "Q", "by_period"),
    ("three quarters are missing", (quarters(NINETIES), ["USA,2025-Q4,,,101"]), "Q", "by_period"),
    ("a year of growth", (quarters(NINETIES), quarters("101 118 112 131", 2025)), "Q", "by_period"),
    (
        "a nationality grows through the quarters of one delivery",
        (TWO_YEARS, quarters_of_origins(2024, "922 930 911", "485 479 490", "330 990 1180")),
        "Q",
        "by_period",
    ),
    ("small numbers that repeat", (months("1 0 2 1 1 0 2 1 1 0 2 1 1 2 0 1 1 0 2 1 1 0 2 1"),), "M", "full"),
    ("a quiet year among small ones", (years("6 9 4 8 5 7 3 6 0"),), "A", "full"),
    (
        "a nationality that comes and goes",
        (parts({"HND": "32 34 31 33 36", "CUB": "12 - 15 11 -"}),),
        "A",
        "full",
    ),
    ("a rare nationality ends", (parts({"HND": "932 934 931 933 936", "CUB": "3 2 4 3"}),), "A", "full"),
    (
        "a nationality beside the one that its code is taken for",
        (
            parts(
                {
                    "NER": "21 24 20 23 27",
                    "NIC": "62 64 61 63 66",
                    "HUN": "1 2 1 2 1",
                    "VEN": "42 39 45 41 44",
                }
            ),
        ),
        "A",
        "full",
    ),
    ("one more year", (years(FIVE_YEARS), years("62 71 58 66 74 49 55 68 77 80")), "A", "full"),
    ("a hundred in one of the years", (parts({"F": "70 66 81", "M": "30 31 35"}),), "A", "full"),
    ("a value falls to a little more than an eighth", (large({"2017 HND": "478"}), large({"2017 HND": "60"})), "A", "full"),
    ("a value rises a little less than eightfold", (large({"2017 HND": "478"}), large({"2017 HND": "3823"})), "A", "full"),
    ("a value below a hundred changes", (large({"2017 HND": "99"}), large({"2017 HND": "7"})), "A", "full"),
    (
        "persons of unknown nationality get their own",
        (large({"2017 _U": "478"}), large({"2017 _U": "30", "2017 HND": "809", "2017 NIC": "1004"})),
        "A",
        "full",
    ),
    ("a value gets bounds", (large({"2017 HND": "478"}), large({"2017 HND": "1-9"})), "A", "full"),
    ("a value with bounds gets exact", (large({"2017 HND": "100-900"}), large({"2017 HND": "9"})), "A", "full"),
    ("a lockdown", (years("162 171 158 166 174 102 129 151 168"),), "A", "full"),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("files", "frequency", "delivery"), [pytest.param(*h[1:], id=h[0]) for h in HONEST])
def test_an_honest_series_is_accepted_without_a_question(
    files: tuple[Rows, ...], frequency: str, delivery: str, tmp_path: Path
) -> None:
    home = home_of(tmp_path, frequency, delivery, "international_organisation")
    for n, rows in enumerate(files):
        file = write(tmp_path, f"{n}.csv", rows)
        result = process(home, receive(home, file, COLLECTION, date(2026, 1, 1 + n)))
        assert (result.status, result.all_findings) == ("accepted", [])


VINTAGES = (("2025-05-13", date(2025, 5, 13)), ("2025-06-04", date(2025, 6, 4)))


@pytest.mark.slow
@pytest.mark.shared
def test_a_publishers_later_extract_is_accepted_without_a_question(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for extract, day in VINTAGES:
        file = SHARED / "data" / f"mex_upmrip_nationality_{extract}.csv"
        result = process(home, receive(home, file, "MEX-UPMRIP/nationality", day))
        assert (result.status, result.all_findings) == ("accepted", [])


RETURNS = {  # share of Guatemalans and Hondurans among returns from Mexico (INM, June 2025)
    2015: (0.456, 0.319), 2016: (0.390, 0.337), 2017: (0.436, 0.364), 2018: (0.386, 0.463), 2019: (0.339, 0.481),
    2020: (0.434, 0.453), 2021: (0.408, 0.482), 2022: (0.411, 0.367), 2023: (0.470, 0.358), 2024: (0.501, 0.386),
}  # fmt: skip


@pytest.mark.parametrize("year", RETURNS)
def test_two_categories_of_much_the_same_share_may_pass_each_other(year: int) -> None:
    """Guatemala and Honduras take turns as the largest: no exchange."""
    around = sorted((y for y in RETURNS if y != year), key=lambda y: abs(y - year))[:4]
    persons, shares = (np.array(part) for part in (RETURNS[year], [RETURNS[y] for y in around]))
    assert list(_exchanged_shares(50_000 * persons, shares)) == []


def test_two_categories_apart_that_change_places_are_exchanged() -> None:
    shares = np.array([[0.50, 0.20, 0.30], [0.52, 0.18, 0.30], [0.48, 0.22, 0.30], [0.51, 0.19, 0.30]])
    assert list(_exchanged_shares(np.array([190.0, 510.0, 300.0]), shares)) == [(0, 1)]


@pytest.mark.parametrize(("times", "exchanged"), [(1, [(0, 1)]), (1000, [])])
def test_of_few_persons_a_value_may_differ_by_chance_from_the_share_it_took(
    times: float, exchanged: list[tuple[int, int]]
) -> None:
    """A category that usually has 33 of 110 persons has 43, 1.3 times as many: chance, but not with 43,000."""
    shares = np.array([[0.70, 0.30], [0.72, 0.28], [0.69, 0.31], [0.70, 0.30]])
    assert list(_exchanged_shares(times * np.array([43.0, 67.0]), shares)) == exchanged
