"""A doubt reaches every table: each flag of the list is planted on observations, and followed into all that is made of them.

What is made of a value alone bears each of its flags; what adds it to others bears those that the list says a sum bears
(`carried`), unless the list keeps the value out of it.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pytest

from schemas.codelists import codelist
from schemas.flags import flags_with_effect, has_flag
from schemas.indicators import catalogue
from schemas.tables import COLLECTIONS, EXHAUSTIVE, FINDINGS, SUBMISSIONS, table
from tests import in_memory
from tests.in_memory import one_row, staged_rows
from warehouse.build import database as build
from warehouse.home import CHECKOUT
from warehouse.publication import exports
from warehouse.publication.shipping import shipped_figures
from warehouse.reading.client import Warehouse
from warehouse.statements import model_build

AS_OF = date(2024, 6, 30)
YEARS, YEAR = range(2010, 2022), 2021
INDICATORS = [
    "data_origin_completeness",
    "tip_convicted_per_100_prosecuted",
    "tip_female_share_known_sex",
    "tip_origin_share_all",
    "tip_victims_detected",
    "tip_victims_detected_rate",
]
FIRST, LAST, OTHER, MONTHLY = "X.a.2023-01-01.1", "X.a.2024-01-01.1", "X.b.2024-01-01.1", "X.m.2024-01-01.1"
ADDED = "X.s.2024-01-01.1"
COLLECTION_OF = {FIRST: "X/a", LAST: "X/a", OTHER: "X/b", MONTHLY: "X/m", ADDED: "X/s"}
EFFECTS = [name for name in codelist("obs_flag")["partial"].attributes if name in (
    "provisional", "carried", "out_of_sums", "out_of_ratios", "out_of_baselines", "out_of_trends", "breaks_trend",
    "edges_trend", "confirms_jump",
)]  # fmt: skip
"""What a flag may do. Those that do the same are planted together."""


def effects(flag: str) -> tuple[str, ...]:
    attributes = codelist("obs_flag")[flag].attributes
    return tuple(name for name in EFFECTS if attributes[name] == "true")


ALIKE = [list(flags) for _, flags in groupby(sorted(codelist("obs_flag"), key=effects), key=effects)]


def received(year: int, less: int) -> list[dict]:
    """A year of Costa Rica's table: total and tables that agree with it, suspects; and Panama's total beside."""
    persons = {"": 90, "PAN": 40, "CRI": 30, "COL": 20}
    rows = [
        {"country": "CRI", "value": [n - less if c in ("", "PAN") else n] * 2}
        | ({"citizenship": c} if c else {})
        for c, n in persons.items()
    ]
    rows += [{"country": "CRI", "sex": s, "value": [n, n]} for s, n in (("F", 60 - less), ("M", 30))]
    rows += [
        {"country": c, "measure": m, "value": [n, n]}
        for c in ("CRI", "PAN")
        for m, n in (("persons_prosecuted", 50), ("persons_convicted", 25))
    ]
    rows += [{"country": c, "value": [70, 70]} for c in ("PAN", "GTM", "HND")]
    return [row | {"year": year} for row in rows]


def staged(submission: str, given: list[dict]) -> pd.DataFrame:
    rows = staged_rows(SimpleNamespace(given=given, family="trafficking", measure="victims_detected"))
    return rows.assign(
        submission=submission,
        collection=COLLECTION_OF[submission],
        observation=[f"{submission} {n}" for n in rows.index],
    )


def months() -> pd.DataFrame:
    """Guatemala's months, of which the last year has six."""
    rows = staged(MONTHLY, [{"country": "GTM", "year": 2020, "value": [9, 9]}] * 18)
    starts = pd.date_range("2020-01-01", periods=18, freq="MS")
    ends = starts + pd.offsets.MonthEnd(0)
    return rows.assign(period_start=starts.date, period_end=ends.date, frequency="M")


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """All models' tables, and the rows received, none of them in doubt."""
    collections = [
        one_row(
            COLLECTIONS, collection=name, family="trafficking", fixed_country=None, absent_cell="not_reported",
            year_starts=1, ended=None, period_basis="calendar",
        )
        for name in ("X/a", "X/b", "X/m", "X/s")
    ]  # fmt: skip
    submissions = [
        one_row(
            SUBMISSIONS, submission=name, collection=collection, received_on=date.fromisoformat(name[4:-2]),
            status="accepted", withdrawn_on=None, flag=None,
        )
        for name, collection in COLLECTION_OF.items()
    ]  # fmt: skip
    inputs = build.Inputs(
        as_of=AS_OF,
        collections=pd.concat(collections),
        exhaustive=pd.DataFrame([("X/s", "citizenship")], columns=EXHAUSTIVE.column_names),
        submissions=pd.concat(submissions),
        findings=pd.DataFrame(columns=FINDINGS.column_names),
        indicators=[catalogue()[name] for name in INDICATORS],
    )
    own = [row for year in YEARS for row in received(year, 0)]
    rows = [
        staged(FIRST, [row for year in YEARS for row in received(year, 4)]),
        staged(LAST, own),
        staged(
            OTHER,
            [
                row
                for row in own
                if row["country"] == "CRI" and not {"citizenship", "sex", "measure"} & {*row}
            ],
        ),
        months(),
        staged(ADDED, [row | {"country": "SLV"} for row in own if "citizenship" in row]),
    ]
    with in_memory.blank() as db:
        build.load_inputs(db, inputs)
        build.insert_frame(db, "core.staged", pd.concat(rows))
        yield db


def planted(db: duckdb.DuckDBPyConnection, flags: list[str]) -> None:
    """Everything made anew, with these flags on Costa Rica's values of the year and a month of Guatemala's."""
    db.execute(
        "UPDATE core.staged SET flag = CASE WHEN submission <> $first AND ("
        "reporting_country IN ('CRI', 'SLV') AND year(period_start) = $year AND citizenship IN ('_T', 'PAN') AND sex IN ('_T', 'F')"
        " OR collection = 'X/m' AND period_start = DATE '2021-02-01') THEN $flags END",
        {"first": FIRST, "year": YEAR, "flags": "+".join(flags) or None},
    )
    for model in model_build.model_order():
        if table(model).is_view:
            db.execute(f"DROP VIEW IF EXISTS {model}")
        else:
            db.execute(f"DELETE FROM {model}")
        model_build.run_model(db, model, AS_OF)


OF_THE_YEAR = "reporting_country = 'CRI' AND year(period_end) = 2021"
VALUES = f"SELECT flag FROM baseline.indicator_values WHERE {OF_THE_YEAR} AND panel = '_Z'"
OF_ITSELF = {
    "figures": f"SELECT flag FROM core.figures WHERE {OF_THE_YEAR} AND citizenship IN ('_T', 'PAN') AND sex IN ('_T', 'F')",
    "totals": f"SELECT flag FROM core.totals WHERE {OF_THE_YEAR}",
    "count and rate": f"""{VALUES} AND citizenship IN ('_T', 'PAN') AND sex IN ('_T', 'F') AND pooled_years = 1
        AND indicator IN ('tip_victims_detected', 'tip_victims_detected_rate')""",
    "origin": f"SELECT flag FROM core.origin WHERE {OF_THE_YEAR} AND frequency = 'A'",
    "profile": f"SELECT flag FROM baseline.origin_profile WHERE {OF_THE_YEAR}",
    "shares of origin": f"{VALUES} AND indicator = 'tip_origin_share_all'",
    "revisions": """SELECT new_flag FROM analysis.revisions
        WHERE reporting_country = 'CRI' AND year(period_start) = 2021""",
    "agreement": """SELECT unnest([flag_a, flag_b]) FROM analysis.source_agreement
        WHERE reporting_country = 'CRI' AND year(period_start) = 2021""",
}  # fmt: skip
"""Figures that are a value, or its class, or say it beside others."""
ADDED_UP = {  # what keeps a value out, and the sums
    ("out_of_sums",): {
        "regional sums": """SELECT flag FROM baseline.indicator_values WHERE year(period_end) = 2021
            AND panel IN ('reporting', 'fixed')""",
        "same months": "SELECT flag FROM analysis.same_months",
    },
    ("out_of_ratios",): {
        "ratios": f"{VALUES} AND indicator = 'tip_convicted_per_100_prosecuted'",
    },
    ("out_of_baselines",): {
        "origins over the years": "SELECT flag FROM analysis.origins WHERE reporting_country = 'CRI' AND citizenship = 'PAN'",
        "mix of origins": "SELECT flag FROM analysis.origin_mix WHERE reporting_country = 'CRI' AND last_period LIKE '%-2021'",
    },
    ("out_of_trends",): {
        "trends": """SELECT flag FROM analysis.trends WHERE reporting_country = 'CRI' AND panel = '_Z'
            AND indicator = 'tip_victims_detected' AND sex IN ('_T', 'F') AND citizenship IN ('_T', 'PAN')""",
    },
    (): {
        "shares": f"{VALUES} AND indicator = 'tip_female_share_known_sex'",
        "sums of a breakdown": "SELECT flag FROM core.totals WHERE collection = 'X/s' AND year(period_end) = 2021",
        "completeness": f"{VALUES} AND indicator = 'data_origin_completeness'",
    },
}  # fmt: skip


def said(db: duckdb.DuckDBPyConnection, sql: str) -> list[str | None]:
    return [flags for (flags,) in db.execute(sql).fetchall()]


@pytest.mark.slow
def test_nothing_is_flagged_where_nothing_is_in_doubt(db: duckdb.DuckDBPyConnection) -> None:
    planted(db, [])
    every = {**OF_ITSELF, **{name: sql for sums in ADDED_UP.values() for name, sql in sums.items()}}
    raised = {"stale", "dominated", "partial", "no_total", "low_coverage", "unit_undocumented"}
    for name, sql in every.items():
        flags = said(db, sql)
        assert flags, name
        assert all(set((text or "").split("+")) <= {"", *raised} for text in flags), (name, flags)


@pytest.mark.slow
@pytest.mark.parametrize("flags", ALIKE, ids=lambda flags: flags[0])
def test_a_flag_of_a_value_stands_on_all_that_is_made_of_it(
    flags: list[str], db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    planted(db, flags)
    for name, sql in OF_ITSELF.items():
        found = said(db, sql)
        assert found, name
        for flag in flags:
            assert all(has_flag(text, flag) for text in found), (name, flag, found)
    for keeps_out, sums in ADDED_UP.items():
        for name, sql in sums.items():
            found = said(db, sql)
            for flag in flags:
                out = any(flag in flags_with_effect(effect) for effect in keeps_out)
                assert not any(has_flag(text, flag) for text in found) or not out, (name, flag, found)
                if not out and flag in flags_with_effect("carried"):
                    assert found, name
                    assert all(has_flag(text, flag) for text in found), (name, flag, found)
    assert not any(said(db, "SELECT flag FROM core.totals WHERE year(period_end) = 2019"))
    exported(db, flags, tmp_path)


def exported(db: duckdb.DuckDBPyConnection, flags: list[str], folder: Path) -> None:
    """The flags stand in what is exported: an indicator's values, and a collection in the template."""
    warehouse = Warehouse(db, folder)
    exports.csv(warehouse, "tip_victims_detected", folder / "values.csv")
    [[sent]] = db.execute("SELECT DISTINCT submission FROM core.current WHERE collection = 'X/b'").fetchall()
    exports.template(warehouse, sent, folder / "template.csv", {}, pd.DataFrame(columns=["citizenship"]))
    asked = {
        "values.csv": ("flag", {"period_end": "2021-12-31", "citizenship": "_T", "sex": "_T", "panel": "_Z"}),
        "template.csv": ("note", {"period": "2021"}),
    }
    for file, (column, key) in asked.items():
        with (folder / file).open(encoding="utf-8") as rows:
            every = [row for row in csv.DictReader(rows) if row["reporting_country"] == "CRI"]
        found = [row[column] for row in every if key.items() <= row.items()]
        assert found, file
        assert all(has_flag(text, flag) for text in found for flag in flags), (file, found)


@pytest.mark.statistics("7", "flags reach the release")
def test_the_flags_of_a_shipped_copy_reach_the_release(released: duckdb.DuckDBPyConnection) -> None:
    """The note of a shipped row names the flags of the publisher's own file, of 2025 19 `repeats_exceed_total`."""
    noted: Counter[tuple[str, str]] = Counter()
    for name, provenance in shipped_figures().items():
        lines = (CHECKOUT / "raw" / name / provenance["file"]).read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(line for line in lines if not line.startswith("#")):
            for flag in (row.get("note") or "").split("+"):
                if flag in codelist("obs_flag"):
                    noted[name.replace("/", "."), flag] += 1
    assert noted["UNODC.glotip.2025-04-14.1", "repeats_exceed_total"] == 19
    shown = released.execute(
        "SELECT submission, flag, count(*) FROM (SELECT DISTINCT submission, observation, "
        "unnest(string_split(flag, '+')) AS flag FROM core.observations) GROUP BY ALL"
    ).fetchall()
    counts = {(submission, flag): number for submission, flag, number in shown}
    assert {key: counts.get(key, 0) for key in noted} == dict(noted)
