"""SELECTs that fill core.counted_records: a SELECT per indicator that counts records, from the catalogue.

Names no indicator and no collection. forms/counted_records.sql turns the counts into values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.indicators import CountedRecords, Indicator

FILLS = "core.counted_records"
_YEAR_END = "make_date(CAST(y.year AS INTEGER), 12, 31)"


def selects(indicators: Iterable[Indicator]) -> list[str]:
    """Return a SELECT for each indicator that counts records."""
    return [_select(indicator.id, indicator.records) for indicator in indicators if indicator.records]


def _select(indicator: str, rule: CountedRecords) -> str:
    """Select, per country, year and collection: records that count, that may count, and the denominator."""
    listed_values = rule.asked_codes()
    conditions = [*_membership_conditions(rule.among), "country IS NOT NULL", "known_to IS NULL"]
    conditions += _membership_conditions({str(rule.column): listed_values}) if listed_values else []
    counts = f"count(DISTINCT {rule.column})" if listed_values else "count(*)"
    certain = _filter_aggregate(
        counts, [*_membership_conditions(rule.where), *_since(_first_known_day(rule), "FALSE"), *_until(rule)]
    )
    possible = _filter_aggregate(
        counts, [*_membership_conditions(rule.where), *_since(rule.since, "TRUE"), *_until(rule)]
    )
    countable = _filter_aggregate(counts, [*_since(rule.since, "TRUE"), *_until(rule)])
    denominator = str(len(listed_values)) if listed_values else "count(*)"
    high = f"{possible} + ({denominator} - {countable})" if listed_values else possible
    return f"""
    WITH looked_at AS (
        SELECT * FROM network.{rule.of} WHERE {" AND ".join(conditions)} {_first_source(rule)}
    ),
    ends AS (
        SELECT
            min(year({_first_known_day(rule) or rule.dated})) AS first_year,
            {f"max({rule.state})" if rule.state else "any_value(g.as_of)"} AS last_day
        FROM looked_at CROSS JOIN core.settings AS g
    ),
    years AS (
        SELECT unnest(range(first_year, year(last_day) + 1)) AS year, last_day FROM ends
    )
    SELECT
        '{indicator}' AS indicator, r.country AS reporting_country, y.year,
        {certain} AS numerator_low, {high} AS numerator_high, {denominator} AS denominator_low,
        CASE WHEN any_value(y.last_day) < {_YEAR_END} THEN 'partial' END AS flag,
        r.provider, r.collection, string_agg(DISTINCT r.submission, ' ' ORDER BY r.submission) AS submissions
    FROM looked_at AS r
    CROSS JOIN years AS y
    {f"WHERE year(r.{rule.dated}) = y.year" if rule.dated else ""}
    GROUP BY r.country, y.year, r.provider, r.collection
    """


def _first_source(rule: CountedRecords) -> str:
    """Return the clause that keeps, per country and collection, the records of the first listed code."""
    if rule.first is None:
        return ""
    order = f"list_position([{', '.join(map(_quote_literal, rule.among[rule.first]))}], {rule.first})"
    return f"QUALIFY dense_rank() OVER (PARTITION BY country, collection ORDER BY {order}) = 1"


def _first_known_day(rule: CountedRecords) -> str | None:
    """Return the day from which a record certainly applies: its own, else the first day of its source."""
    return f"coalesce({rule.since}, {rule.seen})" if rule.seen else rule.since


_DAY = f"least({_YEAR_END}, y.last_day)"


def _filter_aggregate(aggregate: str, conditions: Sequence[str]) -> str:
    """Add conditions to an aggregate."""
    return f"{aggregate} FILTER ({' AND '.join(conditions)})" if conditions else aggregate


def _since(day: str | None, where_blank: str) -> list[str]:
    """Return the condition that a record already applies on the last known day of a year."""
    return [f"coalesce({day} <= {_DAY}, {where_blank})"] if day else []


def _until(rule: CountedRecords) -> list[str]:
    """Return the condition that a record still applies on the last known day of a year."""
    return [f"coalesce(r.{rule.until} >= {_DAY}, TRUE)"] if rule.until else []


def _membership_conditions(values_by_column: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the conditions that columns have an allowed value."""
    return [
        f"{column} IN ({', '.join(map(_quote_literal, values))})"
        for column, values in values_by_column.items()
    ]


def _quote_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
