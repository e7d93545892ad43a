"""Blank cells in a table that the card declares complete: such a row would be taken for another table.

A blank cell means "not broken down". The persons of the row would then be missing from their own table, in
which an absent row means zero. Blank rows that sum rows of the table are kept. The contract is not used here.
"""

from __future__ import annotations

import pandas as pd

from assets.intake.judging.breakdowns import breakdowns
from assets.intake.judging.finding_places import finding_at
from assets.intake.judging.quarantine import UNREAD
from schemas.cards.format_card import Card, Format
from schemas.codelists import TOTAL
from schemas.findings import Finding
from schemas.tables import DIMENSIONS, OBSERVATION_KEY

_TABLE = ["measure", "reporting_country", "period_start", "frequency"]
_MAY_BE_BLANK = {d.name for d in DIMENSIONS if d.default == TOTAL}


def quarantine_blank_cells(
    lines: pd.DataFrame, card: Card, fmt: Format
) -> tuple[pd.DataFrame, list[Finding]]:
    """Quarantine lines that leave blank a dimension which every row of their complete table fills."""
    accepted_lines = lines[(lines["fate"] == "accepted") & lines["available"]]
    if accepted_lines.empty or not card.collection.exhaustive:
        return lines, []
    tables = breakdowns(accepted_lines)
    findings: list[Finding] = []
    for complete in card.collection.exhaustive:
        names = complete.split("+")
        for name in (n for n in names if n in _MAY_BE_BLANK):
            reduced_table = "+".join(other for other in names if other != name) or "total"
            blank = _blank_without_parts(
                accepted_lines[tables == reduced_table], accepted_lines[tables == complete], name
            )
            lines.loc[blank, "fate"] = "quarantined"
            lines.loc[blank, UNREAD] += f"{name} "
            findings += [
                finding_at(line, name, "cell_left_blank", fmt) for line in lines.loc[blank].to_dict("records")
            ]
    return lines, findings


def _blank_without_parts(blank: pd.DataFrame, complete: pd.DataFrame, name: str) -> pd.Index:
    """Return the blank rows of a country and period with that table, unless a blank row sums rows of it."""
    if blank.empty or complete.empty:
        return blank.index[:0]
    table_keys, other_keys = (
        pd.MultiIndex.from_frame(blank[columns]) for columns in (_TABLE, _key_without(name))
    )
    has_table = table_keys.isin(pd.MultiIndex.from_frame(complete[_TABLE]))
    is_sum = other_keys.isin(pd.MultiIndex.from_frame(complete[_key_without(name)]))
    group_has_sum = pd.Series(is_sum, blank.index).groupby(list(blank[_TABLE].to_numpy().T)).transform("any")
    blank_index: pd.Index = blank.index[has_table & ~group_has_sum.to_numpy()]
    return blank_index


def _key_without(name: str) -> list[str]:
    return [other for other in OBSERVATION_KEY if other != name]
