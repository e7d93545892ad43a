"""Tables of a release join and add up without traps: periods have names, codes and countries have rows, bounds stay open."""

import re
from datetime import date, timedelta

import duckdb
import pytest

from schemas.tables import TABLES
from warehouse.build.models import SQL

DATED = [t for t in TABLES if t.visibility != "internal" and {"period_start", "year"} <= set(t.column_names)]
OF_COUNTRIES = {"reporting_country", "origin", "citizenship", "member", "counterpart_country", "country"}
PLACED = [
    (t.full_name, column)
    for t in TABLES
    if t.visibility != "internal"
    for column in sorted(OF_COUNTRIES & set(t.column_names))
]


def ask(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return db.execute(sql).fetchall()


# ---- a year and a period ---------------------------------------------------------------------------


def named(frequency: str, first: date, last: date) -> tuple[int, str]:
    """By the calendar, written apart from the macro."""
    after = last + timedelta(days=1)
    months = (after.year - first.year) * 12 + after.month - first.month
    if frequency == "M":
        return last.year, first.isoformat()[:7]
    if frequency == "Q":
        return last.year, f"{first.year}-Q{(first.month + 2) // 3}"
    years = [str(last.year)] if months == 12 else [str(last.year - months // 12 + 1), str(last.year)]
    return last.year, ("" if first.month == 1 else "FY") + "-".join(years)


def end_of(frequency: str, first: date) -> date:
    index = first.year * 12 + first.month - 1 + {"A": 12, "Q": 3, "M": 1}[frequency]
    return date(index // 12, index % 12 + 1, 1) - timedelta(days=1)


@pytest.mark.parametrize("table", DATED, ids=lambda t: t.full_name)
def test_every_table_with_periods_says_the_year_and_the_period(
    released: duckdb.DuckDBPyConnection, table
) -> None:
    constant = {"analysis.monthly": "M", "analysis.same_months": "A"}.get(table.full_name, "A")
    by_row = "frequency" in table.column_names and table.full_name != "analysis.same_months"
    frequency = "frequency" if by_row else f"'{constant}'"
    last = "period_end" if "period_end" in table.column_names else "NULL"
    told = ask(
        released, f"SELECT DISTINCT {frequency}, period_start, {last}, year, period FROM {table.full_name}"
    )
    expected = [named(often, first, until or end_of(often, first)) for often, first, until, *_ in told]
    assert [row[3:] for row in told] == expected


def test_a_fiscal_year_is_named_so_and_bears_the_year_of_its_end(released: duckdb.DuckDBPyConnection) -> None:
    """CBP's fiscal year 2023 began in October 2022: summed by `year` it is 2023's."""
    rows = ask(
        released,
        "SELECT DISTINCT year, period FROM baseline.origin_profile WHERE collection = 'USA-CBP/encounters' AND period_start = '2022-10-01'",
    )
    assert rows == [(2023, "FY2023")]


# ---- joins lose nothing and double nothing ---------------------------------------------------------


@pytest.mark.parametrize(("table", "column"), PLACED)
def test_a_join_to_the_countries_loses_no_row(
    released: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    """Regions, areas and special codes have rows, too; several countries told as one have none of their own."""
    rows = ask(
        released, f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT LIKE '%+%'"
    )
    joined = f"SELECT count(*) FROM {table} AS t JOIN reference.countries AS c ON c.country = t.{column}"
    assert ask(released, joined) == rows


def test_countries_regions_and_what_is_no_place_are_told_apart(released: duckdb.DuckDBPyConnection) -> None:
    kinds = dict(ask(released, "SELECT country, area_type FROM reference.countries"))
    assert [kinds[code] for code in ("PAN", "PRI", "CRM", "019", "_T", "STLS")] == [
        "country", "country", "region", "region", "special", "special",
    ]  # fmt: skip
    assert set(kinds.values()) == {"country", "region", "special"}
    assert ask(released, "SELECT count(*) FROM reference.countries WHERE name_es = '' OR name_en = ''") == [
        (0,)
    ]


def test_codes_join_on_one_column_and_no_row_is_doubled(released: duckdb.DuckDBPyConnection) -> None:
    total = "SELECT count(*), sum(value_low) FROM baseline.indicator_values AS v"
    by_code = f"{total} JOIN reference.codes AS c ON c.list_code = 'sex:' || v.sex"
    assert ask(released, by_code) == ask(released, total)
    assert ask(released, "SELECT count(*) - count(DISTINCT list_code) FROM reference.codes") == [(0,)]


def test_models_take_of_the_places_the_countries_alone() -> None:
    """A model that asks what is a country must not take a region, an area or the unknown for one."""
    named_only = {"headlines.sql", "headline_flows.sql"}  # what their rows are called
    for path in SQL.rglob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        if "reference.countries" in text and path.name not in named_only:
            assert text.count("reference.countries") == text.count("area_type = 'country'"), path.name


# ---- flows, to add up ------------------------------------------------------------------------------


def test_flows_are_added_up_without_filters(released: duckdb.DuckDBPyConnection) -> None:
    """Hondurans among the victims detected in the United States in 2021: 391 in UNODC's file; at most 2,536."""
    row = "SELECT persons_low, persons_high, origin_es FROM baseline.headline_flows WHERE measure = 'victims_detected' AND reporting_country = 'USA' AND origin = 'HND' AND year = 2021"
    assert ask(released, row) == [(391, 2536, "Honduras")]
    once = "SELECT origin, reporting_country, year, measure FROM baseline.headline_flows GROUP BY ALL HAVING count(*) > 1"
    assert ask(released, once) == []


def test_of_flows_an_unknown_upper_bound_keeps_the_sum_open_and_a_doubt_stays_out(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Each bound against the table it comes from, where NULL is unbounded: SQL's sum would skip it."""
    compared = """
        SELECT f.possible_high, f.persons_low, h.persons_high, h.persons_low, list_has_any(
            string_split(coalesce(f.flag, ''), '+'), (SELECT list(flag) FROM reference.flags WHERE out_of_sums))
        FROM baseline.origin_flows AS f
        JOIN baseline.headline_flows AS h USING (origin, reporting_country, period_start, measure, collection)
    """
    rows = ask(released, compared)
    assert len(rows) > 1_000
    for high, low, open_high, open_low, is_doubted in rows:
        expected = (None, None) if is_doubted else (float("inf") if high is None else high, low)
        assert (open_high, open_low) == expected
    assert any(row[-1] for row in rows)
