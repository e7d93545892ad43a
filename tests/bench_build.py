"""A load as a network might have after 25 years, written as the steps leave it; and what a build of it costs.

Fifty collections of eleven countries, a submission of each every quarter, 2,000 observations in each. Two ways:
`history` (most collections send their whole series again: nine tenths are superseded) and `in_force` (most send the
last six months again: four tenths are in force). No figure here is anybody's: all come from a hash.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from assets.intake.judging.breakdowns import breakdowns
from assets.intake.observations import _origin_classes
from schemas import codelists, countries, groupings
from schemas.tables import (
    COLLECTIONS,
    DIMENSIONS,
    EXHAUSTIVE,
    FINDINGS,
    QUARANTINED_TABLE,
    SOURCES,
    STAGED_TABLE,
    SUBMISSIONS,
    Table,
    default_code,
)
from warehouse.build.database import Inputs
from warehouse.home import CHECKOUT
from warehouse.home.frames import arrow_schema

QUARTERS = 100
FIRST_YEAR = 2001
AS_OF = date(2026, 3, 31)
MONTHS_SENT = 6

MEASURES = {
    "trafficking": ("victims_detected", "persons_prosecuted"),
    "smuggling": ("migrants_smuggled", "smugglers_arrested"),
    "irregular_mobility": ("irregular_encounters",),
}
EXHAUSTIVE_BREAKDOWNS = ("sex", "age_group", "age_group+sex", "citizenship+sex")


def write(folder: Path, way: str, *, collections: int = 50, quarters: int = QUARTERS) -> Inputs:
    """Write the staged files of `collections` × `quarters` submissions below `folder`."""
    cards, submissions = list(_cards(way, collections)), []
    for card in cards:
        submissions += list(_write_collection(folder, card, quarters))
    ids = [s["submission"] for s in submissions]
    return Inputs(
        as_of=AS_OF,
        collections=_rows(COLLECTIONS, [card._asdict() for card in cards]),
        exhaustive=pd.DataFrame(
            [(card.collection, b) for card in cards for b in EXHAUSTIVE_BREAKDOWNS],
            columns=EXHAUSTIVE.column_names,
        ),
        submissions=_rows(SUBMISSIONS, submissions),
        findings=pd.DataFrame(columns=FINDINGS.column_names),
        observations=[folder / s / "observations.parquet" for s in ids],
        sources=[folder / s / "sources.parquet" for s in ids],
        quarantined=[folder / s / "quarantined.parquet" for s in ids],
    )


class Card(NamedTuple):
    """What differs between the collections. `fixed_country`: None where it is of all countries."""

    provider: str
    collection: str
    family: str
    frequency: str
    delivery: str
    fixed_country: str | None


def _cards(way: str, collections: int) -> Iterator[Card]:
    """One in ten collections is of the other kind than the way says; one in ten is annual and of all countries."""
    places = sorted(groupings.members(groupings.DEFAULT_GROUPING, AS_OF))
    families = list(MEASURES)
    for number in range(collections):
        is_regional = number % 10 == 0
        is_monthly = not is_regional and (way == "in_force") == (number % 10 != 1)
        yield Card(
            provider=f"BENCH-{number:02}",
            collection=f"BENCH-{number:02}/c",
            family=families[number % 4 % 3],
            frequency="M" if is_monthly else "A",
            delivery="by_period" if is_monthly else "full",
            fixed_country=None if is_regional else places[number % len(places)],
        )


def _rows(table: Table, told: list[dict]) -> pd.DataFrame:
    """Rows of a registry table: said values, else something plain of the column's type."""
    plain = {"VARCHAR": "x", "BIGINT": 1, "DATE": date(2024, 1, 1), "DOUBLE": 0.0, "BOOLEAN": True}
    default = {c.name: plain[c.type] for c in table.columns}
    default |= {"absent_cell": "not_reported", "confidentiality": "open", "status": "accepted"}
    default |= {
        "withdrawn_on": None,
        **{f"rows_{f}": 0 for f in ("quarantined", "out_of_scope", "check_only")},
    }
    default |= {"rows_layout": 0}
    return pd.DataFrame([{c: (default | row)[c] for c in table.column_names} for row in told])


def _cells(card: Card) -> pd.DataFrame:
    """The rows of one measure, country and period: dimensions, breakdown and share of the total."""
    if card.fixed_country is None:
        origins = []
    else:
        named = sorted(c.code for c in countries.all_countries() if c.kind == "country")
        origins = named[:: len(named) // (51 if card.frequency == "M" else 80)]
    sexes, ages = ("F", "M", "_U"), ("Y0T17", "Y_GE18", "_U")
    forms = (
        ("SEX", "LAB", "OTH", "ForcedMarriage", "OrganRemoval", "_U") if card.family == "trafficking" else ()
    )
    crossed = origins[:: 1 if card.frequency == "M" else 8]
    cells = [{}]
    if card.family != "smuggling":  # there the sexes have to be added up from sex by age
        cells += [{"sex": s, "share": 0.3} for s in sexes]
    cells += [{"age_group": a, "share": 0.3} for a in ages]
    cells += [{"exploitation": e, "share": 0.15} for e in forms]
    cells += [{"citizenship": c, "share": 0.9 / len(origins)} for c in origins]
    cells += [{"sex": s, "age_group": a, "share": 0.1} for s in sexes for a in ages]
    cells += [{"sex": s, "citizenship": c, "share": 0.4 / len(origins)} for s in sexes[:2] for c in crossed]
    frame = pd.DataFrame(cells).fillna({"share": 1.0})
    for dimension in DIMENSIONS:
        filled = (
            frame[dimension.name] if dimension.name in frame else pd.Series(None, frame.index, dtype=object)
        )
        frame[dimension.name] = filled.fillna(default_code(dimension.name))
    said = frame.assign(measure="", reporting_country="")  # which measure and country, no breakdown asks here
    return frame.assign(breakdown=breakdowns(said), line=range(len(frame)))


def _periods(card: Card, quarters: int) -> pd.DataFrame:
    """Which period stands in which submission: the last months of a series, or all of its years."""
    rows = []
    for n in range(quarters):
        if card.frequency == "M":
            starts = [
                date(FIRST_YEAR + m // 12, m % 12 + 1, 1)
                for m in range(max(0, 3 * n + 3 - MONTHS_SENT), 3 * n + 3)
            ]
        else:
            starts = [date(FIRST_YEAR + y, 1, 1) for y in range(n // 4 + 1)]
        rows += [(n, _submission(card, n), start) for start in starts]
    return pd.DataFrame(rows, columns=["n", "submission", "period_start"])


def _received(n: int) -> date:
    """The fifteenth after the quarter."""
    return date(FIRST_YEAR + (n + 1) // 4, (n + 1) % 4 * 3 + 1, 15)


def _submission(card: Card, n: int) -> str:
    return f"{card.collection.replace('/', '.')}.{_received(n)}.1"


def _write_collection(folder: Path, card: Card, quarters: int) -> Iterator[dict]:
    """The submissions of one collection, a file of each kind for each."""
    observed, first = _observed(card, quarters), 0
    for n, length in enumerate(pd.Series(observed["n"].to_numpy()).value_counts().sort_index()):
        submission = _submission(card, n)
        rows = observed.slice(first, length)
        first += length
        target = folder / submission
        target.mkdir(parents=True)
        for table, name in (
            (STAGED_TABLE, "observations"),
            (SOURCES, "sources"),
            (QUARANTINED_TABLE, "quarantined"),
        ):
            kept = rows.slice(0, 2) if table is QUARANTINED_TABLE else rows
            declared = kept.select(table.column_names).cast(arrow_schema(table))
            pq.write_table(declared, target / f"{name}.parquet")
        yield {
            "submission": submission,
            "provider": card.provider,
            "collection": card.collection,
            "received_on": _received(n),
            "sha256": submission,
            "rows_received": length,
            "rows_accepted": length,
            "fingerprint": submission,
        }


def _observed(card: Card, quarters: int):
    """All rows of a collection, sorted by submission."""
    told = {"provider": card.provider, "collection": card.collection, "family": card.family}
    told |= {"frequency": card.frequency, "months": 12 if card.frequency == "A" else 1}
    periods, cells = _periods(card, quarters), _cells(card)
    codes = MEASURES[card.family][: 1 if card.frequency == "A" else 2]
    measures = pd.DataFrame([{"measure": m, **_measure(m)} for m in codes])
    members = sorted(groupings.members(groupings.DEFAULT_GROUPING, AS_OF))
    place = pd.DataFrame({"reporting_country": [card.fixed_country] if card.fixed_country else members})
    classes = cells[["citizenship"]].drop_duplicates().merge(place, how="cross")
    classes = classes.merge(periods[["period_start"]].drop_duplicates(), how="cross")
    classes = classes.assign(origin_class=_origin_classes(classes))
    frames = {"periods": periods, "cells": cells, "measures": measures, "place": place, "classes": classes}
    with duckdb.connect() as db:
        for name, frame in frames.items():
            db.register(name, frame)
        return db.sql(f"SELECT * FROM ({_VALUES}) ORDER BY n, source_row", params=told).to_arrow_table()


_VALUES = """
    WITH sized AS (
        SELECT
            *,
            hash(measure, reporting_country, period_start, $collection) AS h,
            $months * (300 + h % 2000) AS size,
            CASE WHEN hash(h, n) % 10 = 0 THEN 1 + hash(n, h) % 100 / 1000 ELSE 1 END AS revised
        FROM periods CROSS JOIN measures CROSS JOIN place
    ),
    valued AS (
        SELECT
            *,
            hash(h, line) AS g,
            floor(size * revised * share * CASE WHEN line = 0 THEN 1 ELSE 0.2 + 0.8 * (g % 1000) / 1000 END)
                + (hash(h, line, n) % 100 = 0 AND line > 0)::INTEGER AS value
        FROM sized CROSS JOIN cells
    )
    SELECT
        v.*, k.origin_class,
        left(md5(concat_ws('|', submission, measure, reporting_country, period_start, line)), 16) AS observation,
        $provider AS provider, $collection AS collection, $family AS family, 'citizenship' AS origin_basis,
        $frequency AS frequency, CAST(period_start + to_months($months) - INTERVAL 1 DAY AS DATE) AS period_end,
        'calendar_year' AS period_basis, 'none' AS recapture, 1.0 AS completeness,
        nullif(citizenship, '_T') AS citizenship_reported,
        CASE WHEN g % 200 = 1 THEN 1 ELSE value END AS value_low,
        CASE WHEN g % 1400 = 1 THEN NULL WHEN g % 200 = 1 THEN greatest(4, value) ELSE value END AS value_high,
        value::BIGINT::VARCHAR AS value_text, 'A' AS obs_status,
        CASE WHEN g % 50 = 2 THEN 'read_as_sovereign' WHEN h % 100 = 3 THEN 'partial'
             WHEN g % 150 = 4 THEN 'suspect_value+unclear_label' END AS flag,
        NULL::VARCHAR AS sheet, 'value' AS source_column,
        1 + row_number() OVER (PARTITION BY n ORDER BY period_start, measure, reporting_country, line) AS source_row,
        'F' || source_row AS cell
    FROM valued AS v
    JOIN classes AS k USING (citizenship, reporting_country, period_start)
"""
"""Every tenth period and every hundredth value is revised with each submission."""


def _measure(code: str) -> dict[str, str]:
    told = codelists.codelist("measure")[code].attributes
    return {name: told[name] for name in ("unit", "count_unit", "whose")}


# ---- what it costs --------------------------------------------------------------------------------

SIZES = {"1m": (12, 45), "10m": (50, 100)}
"""Collections and quarters. Of the two ways `in_force` costs more, so that one is measured."""

BUILD = """
import pickle, sys
from pathlib import Path
from warehouse.statements import model_build as build
folder = Path(sys.argv[1])
build.build(folder / "internal.duckdb", pickle.loads((folder / "inputs.pickle").read_bytes()))
"""

GATE = """
import sys
from pathlib import Path
from warehouse.gate import examine
assert examine(Path(sys.argv[1]) / "internal.duckdb").has_passed
"""

RELEASE = """
import sys
from pathlib import Path
from warehouse.build.public import derive
from warehouse.release.contents import hash_tables as contents
folder = Path(sys.argv[1])
derive(folder / "internal.duckdb", folder / "current.duckdb", "2026-Q1.r1")
contents(folder / "current.duckdb")
"""

BUILD_FLOOR = """
import duckdb, sys
db = duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"})
db.execute('''COPY (
    SELECT collection, measure, reporting_country, period_start, breakdown, max(COLUMNS(* EXCLUDE (
        collection, measure, reporting_country, period_start, breakdown)))
    FROM read_parquet('%s/*/observations.parquet') GROUP BY ALL ORDER BY ALL
) TO '%s/floor.parquet' ''' % (sys.argv[1], sys.argv[1]))
"""

COPY_FLOOR = """
import duckdb, sys
db = duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"})
db.execute("ATTACH '%s/internal.duckdb' AS source (READ_ONLY)" % sys.argv[1])
for name in ("core.observations", "core.sources", "analysis.revisions"):
    db.execute("COPY source.%s TO '%s/floor.parquet'" % (name, sys.argv[1]))
"""

ASK = """
import sys, time
from warehouse.reading.client import Warehouse
path = sys.argv[1] + "/current.duckdb"
with Warehouse.open(path) as file:
    places = file.query("SELECT DISTINCT indicator, reporting_country FROM baseline.indicator_values").values.tolist()
def once(sql, told):
    began = time.perf_counter()
    with Warehouse.open(path) as file:
        file.query(sql, told)
    return time.perf_counter() - began
def seconds(sql, told):
    return min(once(sql, told) for _ in range(3))
ours = "SELECT * FROM baseline.indicator_values WHERE indicator = $i AND reporting_country = $c ORDER BY ALL"
print(max(seconds(ours, {"i": i, "c": c}) for i, c in places), max(seconds("SELECT 1", {}) for _ in places))
"""


def figures(size: str, measure: Callable[[str, Path], tuple[float, float]]) -> Iterator[dict[str, object]]:
    """Build, gate, release and a question to the released file, one after the other on one load."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = write(folder, "in_force", collections=SIZES[size][0], quarters=SIZES[size][1])
        (folder / "inputs.pickle").write_bytes(pickle.dumps(inputs))
        floor = measure(BUILD_FLOOR, folder)[0]
        yield _told(f"build_{size}", *measure(BUILD, folder), floor)
        floor = measure(COPY_FLOOR, folder)[0]
        yield _told(f"gate_{size}", *measure(GATE, folder), floor)
        yield _told(f"release_{size}", *measure(RELEASE, folder), floor)
        run = subprocess.run(
            [sys.executable, "-c", ASK, name], cwd=CHECKOUT, check=True, capture_output=True, text=True
        )
        slowest, floor = map(float, run.stdout.split()[-2:])  # a progress bar may come before
        yield _told(f"query_indicator_{size}", slowest, None, floor)


def _told(name: str, seconds: float, peak: float | None, floor: float) -> dict[str, object]:
    size = f", {peak:.0f} MiB" if peak else ""
    print(f"{name} … {seconds:.3f} s, floor {floor:.3f} s, ratio {seconds / floor:.1f}{size}", flush=True)
    return {
        "name": name,
        "seconds": round(seconds, 4),
        "floor_seconds": round(floor, 4),
        "ratio_floor": round(seconds / floor, 2),
        "peak_mib": round(peak) if peak else None,
        "peer": None,
        "times_faster_than_peer": None,
    }
