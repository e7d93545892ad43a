"""What a release holds of each collection for its quality report: its card and rows of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.periods import Period
from schemas.records import Declaration, declarations
from schemas.tables import SLICES
from warehouse.reading.network import members_on
from warehouse.reading.rows import Record, row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import CollectionsRow
    from warehouse.publication.quality.query_rows import Delivery, ValuesInForce

_COLLECTIONS = """
SELECT * FROM registry.collections SEMI JOIN core.current USING (collection) ORDER BY collection
"""

_RECORD_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'network'"

_QUERIES = {
    "measures": """
SELECT c.collection, c.measure, bool_or(c.recapture = 'possible') AS again,
    any_value(m.whose) = 'victim' AND bool_and(c.identification_status IN ('_Z', '_U')) AS is_unsaid
FROM core.current AS c JOIN reference.measures AS m USING (measure) GROUP BY ALL ORDER BY ALL
""",
    "values": """
SELECT collection, count(DISTINCT reporting_country) AS countries, min(period_start) AS first,
    max(period_end) AS last, count(*) AS n, count(*) FILTER (value_low = value_high) AS exact
FROM core.current GROUP BY ALL
""",
    "submissions": """
SELECT s.*, v.last
FROM registry.submissions AS s
LEFT JOIN (SELECT submission, max(period_end) AS last FROM core.observations GROUP BY ALL) AS v
    USING (submission)
WHERE status = 'accepted' AND withdrawn_on IS NULL
ORDER BY received_on, submission
""",
    "revisions": """
SELECT r.*, o.received_on AS old, n.received_on AS new,
    (SELECT count(*) FROM core.observations WHERE submission = r.old_submission)
        - withdrawn - quarantined AS both
FROM (
    SELECT collection, old_submission, new_submission,
        count(*) FILTER (kind = 'revised') AS revised, count(*) FILTER (kind = 'new') AS added,
        count(*) FILTER (kind = 'withdrawn') AS withdrawn,
        count(*) FILTER (kind = 'quarantined') AS quarantined,
        quantile_cont(100 * abs(new_low - old_low) / old_low, [.5, .75]) FILTER (
            kind = 'revised' AND old_low = old_high AND new_low = new_high AND old_low > 0
        ) AS sizes
    FROM analysis.revisions GROUP BY ALL
) AS r
JOIN registry.submissions AS o ON o.submission = r.old_submission
JOIN registry.submissions AS n ON n.submission = r.new_submission
ORDER BY new, old
""",
    "coverage": """
SELECT collection, status, count(*) AS n FROM analysis.coverage
GROUP BY ALL ORDER BY n DESC, status
""",
    "flags": """
SELECT collection, flag, count(*) AS n
FROM (SELECT collection, unnest(string_split(flag, '+')) AS flag FROM core.current WHERE flag IS NOT NULL)
GROUP BY ALL ORDER BY n DESC, flag
""",
    "comparisons": """
WITH ratios AS (
    SELECT collection_a AS collection, collection_b AS other, ratio_low AS low, ratio_high AS high
    FROM analysis.source_agreement WHERE ratio_low IS NOT NULL AND ratio_high IS NOT NULL
    UNION ALL
    SELECT collection_b, collection_a, 1 / ratio_high, 1 / ratio_low
    FROM analysis.source_agreement WHERE ratio_low > 0 AND ratio_high IS NOT NULL
)
SELECT collection, other, count(*) AS n, min(low) AS low, max(high) AS high,
    quantile_cont((low + high) / 2, .5) AS median
FROM ratios GROUP BY ALL ORDER BY other
""",
    "discrepancies": """
WITH sides AS (
    SELECT collection_a AS collection, collection_b AS other, reporting_country, measure, ratio_low AS low,
        ratio_high AS high, counted_unit_a AS unit, flow_a AS flow, counted_unit_b AS other_unit,
        flow_b AS other_flow, same_kind
    FROM analysis.source_agreement WHERE value_a_low IS NOT NULL AND value_b_low IS NOT NULL
    UNION ALL
    SELECT collection_b, collection_a, reporting_country, measure, 1 / ratio_high,
        CASE WHEN ratio_low > 0 THEN 1 / ratio_low END, counted_unit_b, flow_b, counted_unit_a, flow_a,
        same_kind
    FROM analysis.source_agreement WHERE value_a_low IS NOT NULL AND value_b_low IS NOT NULL
)
SELECT s.collection, s.other, s.reporting_country, s.measure, s.unit, s.flow, s.other_unit, s.other_flow,
    s.same_kind, coalesce(a.scope_en, b.scope_en) IS NOT NULL AS is_scoped, count(*) AS n, min(s.low) AS low,
    CASE WHEN count(s.low) = count(s.high) THEN max(s.high) END AS high
FROM sides AS s
JOIN registry.collections AS a ON s.collection = a.collection
JOIN registry.collections AS b ON s.other = b.collection
GROUP BY ALL ORDER BY ALL
""",
    "breaks": """
SELECT collection, count(*) AS n
FROM (SELECT DISTINCT * EXCLUDE (basis) FROM core.breaks WHERE kind = 'break')
GROUP BY ALL
""",
    "open": "SELECT collection, count(*) AS n FROM analysis.open_questions GROUP BY ALL",
    "series": "SELECT * FROM registry.series ORDER BY reporting_country, measure, valid_from",
    "kinds": "SELECT * FROM core.series_kinds ORDER BY reporting_country, measure, valid_from",
    "lengths": """
WITH years AS (
    SELECT DISTINCT collection, reporting_country, measure, year, min(period_start) AS first
    FROM core.current GROUP BY ALL
),
last_breaks AS (
    SELECT y.collection, y.reporting_country, y.measure, max(b.broken_on) AS broken_on
    FROM years AS y
    JOIN core.breaks AS b
        ON y.collection = b.collection AND b.kind = 'break' AND b.dimension IS NULL AND b.broken_on <= y.first
        AND coalesce(b.measure, y.measure) = y.measure
        AND coalesce(b.reporting_country, y.reporting_country) = y.reporting_country
    GROUP BY ALL
)
SELECT collection, reporting_country, measure, min(year) AS first, max(year) AS last, count(*) AS n
FROM years LEFT JOIN last_breaks USING (collection, reporting_country, measure)
WHERE broken_on IS NULL OR years.first >= broken_on
GROUP BY ALL ORDER BY ALL
""",
    "pairs": """
WITH years AS (
    SELECT c.collection, c.reporting_country, c.measure, c.year, min(c.period_start) AS first
    FROM core.current AS c
    SEMI JOIN (SELECT country FROM reference.countries WHERE area_type = 'country') AS k
        ON c.reporting_country = k.country
    GROUP BY ALL
),
kinds AS (
    SELECT y.*, k.counted_unit AS unit, k.flow
    FROM years AS y
    JOIN core.series_kinds AS k
        ON y.collection = k.collection AND y.reporting_country = k.reporting_country AND y.measure = k.measure
        AND y.first BETWEEN k.valid_from AND coalesce(k.valid_to, DATE '9999-12-31')
)
SELECT a.collection, a.reporting_country AS one, b.reporting_country AS other, a.measure, a.year,
    CASE
        WHEN '_U' IN (a.unit, b.unit) THEN 'unknown'
        WHEN a.unit <> b.unit THEN 'different'
        WHEN '_U' IN (a.flow, b.flow) THEN 'unknown'
        WHEN a.flow <> b.flow THEN 'different'
        ELSE 'same'
    END AS comparison
FROM kinds AS a
JOIN kinds AS b ON a.collection = b.collection AND a.measure = b.measure AND a.year = b.year
    AND a.reporting_country < b.reporting_country
QUALIFY row_number() OVER (
    PARTITION BY a.collection, a.reporting_country, b.reporting_country, a.measure ORDER BY a.year DESC
) = 1
ORDER BY ALL
""",
    "codes": " UNION ALL ".join(
        f"SELECT collection, '{name}' AS dimension, list_sort(list(DISTINCT {name})) AS codes, "
        f"count(DISTINCT (reporting_country, measure, period_start, frequency)) AS detailed "
        f"FROM core.current WHERE {name} <> '_T' GROUP BY ALL"
        for name in SLICES
    ),
    "periods": " UNION ALL ".join(
        f"SELECT collection, '{name}' AS dimension, "
        f"count(DISTINCT (reporting_country, measure, period_start, frequency)) AS n "
        f"FROM core.current SEMI JOIN (SELECT collection, measure FROM core.current WHERE {name} <> '_T') "
        f"USING (collection, measure) GROUP BY ALL"
        for name in SLICES
    ),
}


@dataclass(frozen=True)
class CollectionFacts:
    """The card of a collection, the day of the release, and rows by query."""

    card: CollectionsRow
    as_of: date
    by_query: dict[str, list[Any]]

    @property
    def collection(self) -> str:
        """Name of the collection."""
        return self.card["collection"]

    def rows(self, query: str) -> list[Any]:
        """Return the rows of a query, whose class the caller names."""
        return self.by_query[query]

    @property
    def values(self) -> ValuesInForce:
        """Numbers on the values in force."""
        values: ValuesInForce = self.by_query["values"][0]
        return values

    @property
    def next_due(self) -> date:
        """Day by which the period after the last one is due."""
        following = Period(self.values["last"] + timedelta(days=1), self.card["frequency"])
        return following.end + timedelta(days=self.card["due_days"])

    @property
    def last_submission(self) -> Delivery:
        """The submission received last."""
        last: Delivery = self.by_query["submissions"][-1]
        return last


def read(release: duckdb.DuckDBPyConnection) -> list[CollectionFacts]:
    """Return the facts of each collection in force."""
    [(as_of,)] = release.execute("SELECT as_of FROM registry.release").fetchall()
    rows = {query: _by_collection(release, sql) for query, sql in _QUERIES.items()}
    return [
        CollectionFacts(
            card, as_of, {query: by_name.get(card["collection"], []) for query, by_name in rows.items()}
        )
        for card in row_dicts(release.execute(_COLLECTIONS))
    ]


def _by_collection(release: duckdb.DuckDBPyConnection, sql: str) -> dict[str, list[Any]]:
    by_collection: dict[str, list[Any]] = {}
    for row in row_dicts(release.execute(sql)):
        by_collection.setdefault(row["collection"], []).append(row)
    return by_collection


@dataclass(frozen=True)
class RecordFacts(CollectionFacts):
    """The same of a collection of records, with its declaration. The rows are its records in force."""

    declaration: Declaration

    @property
    def records(self) -> list[Record]:
        """The records in force."""
        return self.by_query["records"]

    @property
    def members(self) -> list[str]:
        """Members of the network on the day of the release."""
        return [str(row["member"]) for row in self.by_query["members"]]


def read_records(release: duckdb.DuckDBPyConnection) -> list[RecordFacts]:
    """Return the facts of each public collection of records, those without a record too."""
    [(as_of,)] = release.execute("SELECT as_of FROM registry.release").fetchall()
    cards = {
        row["collection"]: row for row in row_dicts(release.execute("SELECT * FROM registry.collections"))
    }
    submissions = _by_collection(release, _QUERIES["submissions"])
    members = [{"member": member} for member in members_on(release, as_of)]
    tables = {name for (name,) in release.execute(_RECORD_TABLES).fetchall()}
    facts = {}
    for declaration in (declaration for name, declaration in declarations().items() if name in tables):
        records = _by_collection(
            release, f"SELECT * FROM network.{declaration.name} WHERE known_to IS NULL ORDER BY ALL"
        )
        for collection in sorted({declaration.collection, *records} & cards.keys()):
            rows = {
                "records": records.get(collection, []),
                "members": members,
                "submissions": submissions.get(collection, []),
            }
            facts[collection] = RecordFacts(cards[collection], as_of, rows, declaration)
    return [facts[collection] for collection in sorted(facts)]
