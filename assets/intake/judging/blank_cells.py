"""Cells left blank in a table that the card calls complete: the row would pass for one of another table.

A blank cell says "not broken down", so the persons of such a row would be missing from their own table, where
who is absent is nobody. Totals of parts that are there are left alone. The contract is not asked here.
"""

from __future__ import annotations

import pandas as pd

from assets.intake.judging.breakdowns import breakdowns
from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.quarantine import UNREAD
from schemas.cards.format_card import Card, Format
from schemas.codelists import TOTAL
from schemas.findings import Finding
from schemas.tables import DIMENSIONS, KEY

_TABLE = ["measure", "reporting_country", "period_start", "frequency"]
_MAY_BE_BLANK = {d.name for d in DIMENSIONS if d.default == TOTAL}


def without_blank_cells(lines: pd.DataFrame, card: Card, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """The lines: those that leave blank what every row of their complete table says are quarantined."""
    standing = lines[(lines["fate"] == "accepted") & lines["available"]]
    if standing.empty or not card.collection.exhaustive:
        return lines, []
    tables = breakdowns(standing)
    findings: list[Finding] = []
    for complete in card.collection.exhaustive:
        names = complete.split("+")
        for name in (n for n in names if n in _MAY_BE_BLANK):
            without = "+".join(other for other in names if other != name) or "total"
            blank = _of_no_part(standing[tables == without], standing[tables == complete], name)
            lines.loc[blank, "fate"] = "quarantined"
            lines.loc[blank, UNREAD] += f"{name} "
            findings += [
                finding_at(line, name, "cell_left_blank", fmt) for line in lines.loc[blank].to_dict("records")
            ]
    return lines, findings


def _of_no_part(blank: pd.DataFrame, whole: pd.DataFrame, name: str) -> pd.Index:
    """The blank rows of a country and period that has the table, where no blank row sums parts of it."""
    if blank.empty or whole.empty:
        return blank.index[:0]
    place, others = (pd.MultiIndex.from_frame(blank[of]) for of in (_TABLE, _but(name)))
    stands = place.isin(pd.MultiIndex.from_frame(whole[_TABLE]))
    sums = others.isin(pd.MultiIndex.from_frame(whole[_but(name)]))
    some_sum = pd.Series(sums, blank.index).groupby(list(blank[_TABLE].to_numpy().T)).transform("any")
    lost: pd.Index = blank.index[stands & ~some_sum.to_numpy()]
    return lost


def _but(name: str) -> list[str]:
    return [other for other in KEY if other != name]
