"""Files that are held: each with the breaches there must be, said with their numbers. Adding one is adding a line.

All come after the good one: two countries, twelve years, three entries for sex, so 72 values, all of them different.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from assets.intake.processing import check
from assets.intake.submission import receive
from schemas.findings import Finding
from tests.bad_input import build
from tests.conftest import accept
from warehouse.home import receipts

Key = tuple[str, int, str]
Values = dict[Key, str]
Breach = tuple[str, str | None, str, str | None]
"""Rule, where, and the numbers it is said with."""

YEARS = range(2009, 2021)
GOOD: Values = {
    (country, year, sex): str(100 * (1 + n) + 7 * (year - 2009) + 3 * (year % 2))
    for n, (country, sex) in enumerate((c, s) for c in ("GTM", "HND") for s in ("_T", "F", "M"))
    for year in YEARS
}
LATER = build.RECEIVED + timedelta(days=30)
STRICT = build.card(("quarantined_share = 1.0 ", "quarantined_share = 0.05"))
SUMMED = build.card(
    more='[[format.duplicates]]\ndo = "sum"\nreason = "several regions of one country"\n',
)
OF_ONE_MEASURE = build.card(
    (
        'medida = { role = "measure" }',
        'medida = { role = "measure", map = { "Víctimas detectadas" = "victims_detected" } }',
    )
)


def table(values: Values) -> str:
    """A file of the template."""
    lines = [f"{c},victims_detected,{year},{sex},{value}" for (c, year, sex), value in values.items()]
    return "\n".join(["reporting_country,measure,period,sex,value", *lines]) + "\n"


def changed(keys: list[Key], to: Callable[[str], str]) -> Values:
    """The good values, some of them others."""
    return GOOD | {key: to(GOOD[key]) for key in keys}


def without(holds: Callable[[Key], bool]) -> Values:
    """The good values but some."""
    return {key: value for key, value in GOOD.items() if not holds(key)}


def one_more(value: str) -> str:
    """The next number."""
    return str(int(value) + 1)


def _some(n: int, country: str = "GTM") -> list[Key]:
    """So many of a country's values, over all its years and entries for sex."""
    return [key for key in GOOD if key[0] == country][::4][:n]


@dataclass(frozen=True)
class Held:
    """A file sent after the good one, and why it is held."""

    id: str
    bad: str
    breaches: tuple[Breach, ...]
    good: str = table(GOOD)
    card: str = STRICT
    is_withdrawn: bool = False


HELD = (
    Held(
        "a tenth of the values are others",
        table(changed([*_some(4), *_some(4, "HND")], one_more)),
        (
            ("values_changed", None, "8", "72"),
            ("values_changed_in_country", "GTM", "4", "36"),
            ("values_changed_in_country", "HND", "4", "36"),
        ),
    ),
    Held(
        "a ninth of one country's values are others",
        table(changed(_some(4), one_more)),
        (("values_changed_in_country", "GTM", "4", "36"),),
    ),
    Held(
        "every third row is left",
        table(dict(list(GOOD.items())[::3])),
        (
            ("values_gone", None, "48", "72"),
            ("values_gone_in_country", "GTM", "24", "36"),
            ("values_gone_in_country", "HND", "24", "36"),
            ("period_gone", "GTM", "8", "2010-01, 2011-01, 2013-01, 2014-01, 2016-01, 2017-01, 2019-01, 2020-01"),
            ("period_gone", "HND", "8", "2010-01, 2011-01, 2013-01, 2014-01, 2016-01, 2017-01, 2019-01, 2020-01"),
        ),
    ),
    Held(
        "one value has a zero too many",
        table(changed([("GTM", 2014, "F")], lambda value: value + "0")),
        (
            ("scale_changed", "GTM", "1", "10"),
            ("value_unlike_in_force", "GTM · victims_detected · 2014 · F", "235 → 2350", None),
        ),
    ),
    Held(
        "all values are below five",
        table(dict.fromkeys(GOOD, "<5")),
        (
            ("values_changed", None, "72", "72"),
            ("values_changed_in_country", "GTM", "36", "36"),
            ("values_changed_in_country", "HND", "36", "36"),
        ),
        card=build.card(more='[collection.intervals]\n"<5" = [0, 4]\n'),
    ),
    Held(
        "one country's series stands a year late",
        table(
            {(c, year + (c == "HND"), sex): value for (c, year, sex), value in GOOD.items()}
        ),
        (
            ("values_changed", None, "33", "72"),
            ("values_gone", None, "3", "72"),
            ("values_changed_in_country", "HND", "33", "36"),
            ("values_gone_in_country", "HND", "3", "36"),
            ("series_shifted", "HND · victims_detected", "36", "+1"),
            ("period_gone", "HND", "1", "2009-01"),
        ),
    ),
    Held(
        "a country is gone",
        table(without(lambda key: key[0] == "HND")),
        (
            ("values_gone", None, "36", "72"),
            ("values_gone_in_country", "HND", "36", "36"),
            ("country_gone", "HND", "36", None),
        ),
    ),
    Held(
        "one country does not tell men any more",
        table(without(lambda key: key[0] == "HND" and key[2] == "M")),
        (
            ("values_gone", None, "12", "72"),
            ("values_gone_in_country", "HND", "12", "36"),
            ("category_gone", "HND · sex", "M", "12"),
        ),
    ),
    Held(
        "one year of one country is gone",
        table(without(lambda key: key[:2] == ("GTM", 2013))),
        (("period_gone", "GTM", "1", "2013-01"),),
    ),
    Held(
        "five of seventy-two rows are in quarantine",
        table(changed(_some(5), lambda _: "doce")),
        (("rows_in_quarantine", None, "5", "72"),),
    ),
    Held(
        "a row with many persons belongs to no year",
        table(GOOD | {("GTM", 0, "_T"): "400"}),
        (("unplaced_rows", None, "400", str(sum(map(int, GOOD.values())) + 400)),),
    ),
    Held(
        "a row belongs to no year and its number cannot be read",
        table(GOOD | {("GTM", 0, "_T"): "muchas"}),
        (("unplaced_rows_unread", None, "1", None),),
    ),
    Held(
        "the table is pasted twice and the card adds rows up",
        build.file(*build.LINES[:3], *build.LINES[:3]),
        (
            ("values_changed", None, "3", "3"),
            ("rows_repeated", None, "6", "6"),
        ),
        good=build.file(*build.LINES[:3]),
        card=SUMMED,
    ),
    Held(
        "rows are of a measure that the card never gives",
        build.template("victims_detected 2020 _T 41", "persons_convicted 2020 _T 3", "persons_convicted 2021 _T 5"),
        (("measure_of_another", "measure", "persons_convicted", "victims_detected"),),
        good=build.template("victims_detected 2020 _T 41"),
        card=OF_ONE_MEASURE,
    ),
    Held(
        "half of the records say something else",
        build.records(build.RECORDS_LINES[0], build.RECORDS_LINES[1].replace("2004-08-18", "2004-08-19")),
        (("records_changed", None, "1", "2"),),
        good=build.records(*build.RECORDS_LINES[:2]),
        card=build.RECORDS,
    ),
    Held(
        "a record is gone",
        build.records(*build.RECORDS_LINES[:2]),
        (("records_gone", None, "1", "3"),),
        good=build.records(),
        card=build.RECORDS,
    ),
    Held(
        "the bytes of a withdrawn file come again",
        table(GOOD),
        (("withdrawn_before", "DEMO.victimas.2022-03-31.1", "2022-03-31", None),),
        is_withdrawn=True,
    ),
    Held(
        "the bytes of withdrawn records come again",
        build.records(),
        (("withdrawn_before", "DEMO.victimas.2022-03-31.1", "2022-03-31", None),),
        good=build.records(),
        card=build.RECORDS,
        is_withdrawn=True,
    ),
)  # fmt: skip


@cache
def held(case: Held) -> list[Finding]:
    """Why the file is held, as `check` says it."""
    with tempfile.TemporaryDirectory() as folder:
        home = build.home(Path(folder) / "home", case.card)
        good = build.write(Path(folder), case.good)
        first = receive(home, good, build.COLLECTION, build.RECEIVED)
        accept(home, first)
        if case.is_withdrawn:
            receipts.withdraw(home, home.submission(first.id), LATER, office="oficina", reason="equivocado")
        outcome = check(home, build.write(Path(folder), case.bad, "otro.csv"), build.COLLECTION, LATER)
        assert outcome.status == "held", outcome
        return outcome.admission.breaches
