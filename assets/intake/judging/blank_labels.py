"""Rows of the template with a blank nationality or sex among filled ones: the total, or those not known.

The card of a collection answers it once (`blank`). Until then the rows are read as totals and bear the flag
of an unclear label, so that no share is built on them.
"""

from __future__ import annotations

import pandas as pd

from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.plausibility import FEWEST_TABLES, LEAST_SHARE
from schemas.cards.format_card import Card, Format
from schemas.codelists import OTHER, TOTAL, UNKNOWN
from schemas.contracts import SOURCE
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.tables import DIMENSIONS

_TABLE = ["reporting_country", "measure", "period_start", "frequency"]
_DIMENSIONS = {d.name for d in DIMENSIONS}
_ASKED = {"citizenship": 2, "sex": 1}
"""Dimensions that offices leave blank, and the filled rows from which a blank one may be another group."""


def read_blank_rows(lines: pd.DataFrame, card: Card, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the lines, read as the card says of blank rows, and the question if it does not say."""
    answer = card.collection.blank
    if fmt.version is None or answer == "total":
        return lines, []
    sources = {c.role: SOURCE + name for name, c in fmt.columns.items() if c.role in _DIMENSIONS}
    sources = {role: source for role, source in sources.items() if source in lines}
    usable = lines[(lines["fate"] == "accepted") & lines["available"]]
    doubtful = {name: _doubtful_rows(usable, name, sources) for name in _ASKED if name in sources}
    if any(rows is None for rows in doubtful.values()):  # the blank row is the sum of the others
        return lines, []
    found = [(name, rows) for name, rows in doubtful.items() if rows is not None and len(rows)]
    findings = []
    for name, rows in found:
        if answer == "unknown":
            lines.loc[rows, name] = UNKNOWN
            continue
        lines.loc[rows, "flag"] = lines.loc[rows, "flag"].map(lambda f: add_flag(f, "unclear_label"))
        findings += [finding_at(lines.loc[rows[0]].to_dict(), name, "blank_among_filled", fmt)]
    return lines, findings[:1]


def _doubtful_rows(lines: pd.DataFrame, name: str, sources: dict[str, str]) -> pd.Index | None:
    """Return the rows that are blank here beside rows that differ in this dimension alone; None if one is
    their sum."""
    table = [*_TABLE, *(source for role, source in sources.items() if role != name)]
    is_blank = lines[sources[name]] == ""
    tables = (
        lines[~is_blank]
        .groupby(table)
        .agg(
            total=("value_low", "sum"),
            rows=("value_low", "size"),
            is_complete=(name, lambda codes: codes.isin([OTHER, UNKNOWN, TOTAL]).any()),
        )
    )
    blank = lines[is_blank].join(tables, on=table, how="inner")
    if (blank["value_low"] == blank["total"]).any():
        return None
    if len(tables) >= FEWEST_TABLES and len(blank) < LEAST_SHARE * len(tables):
        return blank.index[:0]  # a slip of some periods, which `totals_in_few` reports
    return blank.index[(blank["rows"] >= _ASKED[name]) & ~blank["is_complete"].astype(bool)]
