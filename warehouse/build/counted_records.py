"""What fills core.counted_records: of each indicator that counts records a SELECT, as the catalogue says.

No indicator and no collection is named here; forms/counted_records.sql makes values of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.indicators import Counted, Indicator

FILLS = "core.counted_records"
_YEAR_END = "make_date(CAST(y.year AS INTEGER), 12, 31)"


def selects(indicators: Iterable[Indicator]) -> list[str]:
    """A SELECT for each indicator that counts records."""
    return [_select(one.id, one.records) for one in indicators if one.records]


def _select(indicator: str, counted: Counted) -> str:
    """One row a country, year and collection: how many count, how many more may, of how many."""
    asked = counted.asked()
    among = [*_each(counted.among), "country IS NOT NULL", "known_to IS NULL"]
    among += _each({str(counted.column): asked}) if asked else []
    counts = f"count(DISTINCT {counted.column})" if asked else "count(*)"
    surely = _filtered(counts, [*_each(counted.where), *_since(_seen(counted), "FALSE"), *_until(counted)])
    maybe = _filtered(counts, [*_each(counted.where), *_since(counted.since, "TRUE"), *_until(counted)])
    told = _filtered(counts, [*_since(counted.since, "TRUE"), *_until(counted)])
    of = str(len(asked)) if asked else "count(*)"
    high = f"{maybe} + ({of} - {told})" if asked else maybe
    return f"""
    WITH looked_at AS (SELECT * FROM network.{counted.of} WHERE {" AND ".join(among)} {_first_of(counted)}),
    ends AS (
        SELECT
            min(year({_seen(counted) or counted.dated})) AS first_year,
            {f"max({counted.state})" if counted.state else "any_value(g.as_of)"} AS last_day
        FROM looked_at CROSS JOIN core.settings AS g
    ),
    years AS (
        SELECT unnest(range(first_year, year(last_day) + 1)) AS year, last_day FROM ends
    )
    SELECT
        '{indicator}' AS indicator, r.country AS reporting_country, y.year,
        {surely} AS numerator_low, {high} AS numerator_high, {of} AS denominator_low,
        CASE WHEN any_value(y.last_day) < {_YEAR_END} THEN 'partial' END AS flag,
        r.provider, r.collection, string_agg(DISTINCT r.submission, ' ' ORDER BY r.submission) AS submissions
    FROM looked_at AS r
    CROSS JOIN years AS y
    {f"WHERE year(r.{counted.dated}) = y.year" if counted.dated else ""}
    GROUP BY r.country, y.year, r.provider, r.collection
    """


def _first_of(counted: Counted) -> str:
    """Of a country's records in a collection only those of the code that `among` names first."""
    if counted.first is None:
        return ""
    order = f"list_position([{', '.join(map(_quoted, counted.among[counted.first]))}], {counted.first})"
    return f"QUALIFY dense_rank() OVER (PARTITION BY country, collection ORDER BY {order}) = 1"


def _seen(counted: Counted) -> str | None:
    """From which day a record surely holds: the day that it says, else the first day of its source."""
    return f"coalesce({counted.since}, {counted.seen})" if counted.seen else counted.since


_DAY = f"least({_YEAR_END}, y.last_day)"


def _filtered(counts: str, asked: Sequence[str]) -> str:
    return f"{counts} FILTER ({' AND '.join(asked)})" if asked else counts


def _since(day: str | None, where_blank: str) -> list[str]:
    """That a record holds already on the last day known of a year."""
    return [f"coalesce({day} <= {_DAY}, {where_blank})"] if day else []


def _until(counted: Counted) -> list[str]:
    return [f"coalesce(r.{counted.until} >= {_DAY}, TRUE)"] if counted.until else []


def _each(wanted: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{column} IN ({', '.join(map(_quoted, values))})" for column, values in wanted.items()]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
