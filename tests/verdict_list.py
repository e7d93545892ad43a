"""docs/trends.md: the list of all verdicts of a release, and whether each can be signed, rendered from its rows.

`python -m tests.verdict_list RELEASE.duckdb` writes the list into the page.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import duckdb

from schemas.code_names import code_name, name_in_list
from schemas.flags import has_flag
from schemas.tables import SLICES
from tests import simulated_page
from warehouse.build.statistics.level import is_too_wide

MARK = "verdicts"
YES, CAVEAT, NO = "yes", "with its caveat", "no"

VERDICTS = f"""
WITH passports AS (
    SELECT t.* , s.evidence, s.counted_unit
    FROM analysis.trends AS t
    LEFT JOIN registry.series AS s
        ON s.collection = t.collection AND s.reporting_country = t.reporting_country AND s.measure = t.measure
        AND year(s.valid_from) <= t.tested_to AND coalesce(year(s.valid_to), t.tested_to) >= t.tested_from
    WHERE t.direction IN ('rising', 'falling') OR t.level IN ('higher', 'lower')
)
SELECT
    * EXCLUDE (evidence, counted_unit),
    string_agg(DISTINCT evidence, '+' ORDER BY evidence) AS evidence,
    string_agg(DISTINCT counted_unit, '+' ORDER BY counted_unit) AS units
FROM passports
GROUP BY ALL
ORDER BY indicator, reporting_country, collection, tested_from, {", ".join(SLICES)}
"""

Row = dict[str, Any]


def verdicts(db: duckdb.DuckDBPyConnection) -> list[Row]:
    """The rows of a release with a verdict on direction or level, with the evidence of the years tested."""
    found = db.execute(VERDICTS)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def objections(row: Row) -> list[str]:
    """What keeps a statistician from signing a verdict whatever is written beside it."""
    return [
        reason
        for reason, applies in {
            "it counts something else than its name, and no publication confirms what": (
                has_flag(row["flag"], "other_kind", "other_unit") and row["evidence"] != "confirmed"
            ),
            "another measure has the same numbers: one may be a copy": has_flag(
                row["flag"], "same_value_across_units"
            ),
            "a jump in the years tested is undecided": has_flag(row["flag"], "suspected_break", "spike"),
        }.items()
        if applies
    ]


def needed_caveats(row: Row) -> list[str]:
    """What has to stand beside a verdict that can be signed."""
    evidence = (row["evidence"] or "undocumented").split("+")
    return [
        caveat
        for caveat, applies in {
            "no source states what it counts": "undocumented" in evidence,
            "what it counts is inferred": "undocumented" not in evidence and "inferred" in evidence,
            f"it counts {_units(row)}": has_flag(row["flag"], "other_kind", "other_unit"),
            f"highest in {row['turn_years']}, then a fall": row["turn_years"]
            and row["direction"] == "rising",
            f"lowest in {row['turn_years']}, then a rise": row["turn_years"]
            and row["direction"] == "falling",
            "a jump at an edge is left out": has_flag(row["flag"], "unconfirmed_edge"),
            "another source differs by half or more in a year": has_flag(row["flag"], "sources_disagree"),
            "how many times is not known": row["rate_ratio_low"] is not None
            and is_too_wide(row["rate_ratio_low"], row["rate_ratio_high"]),
            "one country makes up more than half": has_flag(row["flag"], "dominated"),
            "history": has_flag(row["flag"], "stale") and row["age_years"] > 10,
        }.items()
        if applies
    ]


def _units(row: Row) -> str:
    units = [unit for unit in (row["units"] or "").split("+") if unit not in ("", "_U")]
    return ", ".join(name_in_list("counted_unit", unit, "en").lower() for unit in units) or "another unit"


def signature(row: Row) -> tuple[str, str]:
    """Whether a verdict can be signed, and why or with what beside it."""
    if row["verdict_of"] != "own":
        followed = {"total": "total", "count": "count"}[row["verdict_of"]]
        answer = NO if objections(row) else CAVEAT if needed_caveats(row) else YES
        return answer, f"part of the verdict on its {followed}, no finding of its own"
    if against := objections(row):
        return NO, "; ".join(against)
    if beside := needed_caveats(row):
        return CAVEAT, "; ".join(beside)
    return YES, "an official publication confirms what it counts"


def rendered(page: str, db: duckdb.DuckDBPyConnection) -> str:
    """The page with the list of the release."""
    rows = verdicts(db)
    signed = Counter(signature(row)[0] for row in rows)
    own = Counter(signature(row)[0] for row in rows if row["verdict_of"] == "own")
    lines = [
        f"{len(rows)} rows have a verdict on direction or level; {own.total()} are findings of their own, the others "
        f"parts of them. Of the {own.total()} can be signed as they stand {own[YES]}, with the caveat {own[CAVEAT]}, "
        f"not {own[NO]} (of all rows {signed[YES]}, {signed[CAVEAT]}, {signed[NO]}).",
        "",
        "| series | source | tested | direction | level | evidence | signed | why |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in rows),
    ]
    return simulated_page.rendered(page, MARK, "\n".join(lines))


def _line(row: Row) -> str:
    details = [
        code_name(name, "codes", row[name], "en") if name != "citizenship" else row[name]
        for name in SLICES
        if row[name] != "_T"
    ]
    series = ", ".join([f"`{row['indicator']}` {row['reporting_country']}", *details])
    answer, why = signature(row)
    cells = [
        series,
        row["collection"],
        f"{row['tested_from']}–{row['tested_to']}",
        row["direction"],
        row["level"],
        (row["evidence"] or "undocumented").replace("+", ", "),
        answer,
        why,
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    with duckdb.connect(sys.argv[1], read_only=True) as release:
        simulated_page.write(lambda page: rendered(page, release))
