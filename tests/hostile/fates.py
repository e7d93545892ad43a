"""What becomes of a spoilt file: its fate, told from the staged results beside those of the good file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from assets.intake import Outcome, process
from assets.steps.guard import Refused
from assets.steps.submission import receive
from schemas.findings import count_by_rule
from schemas.tables import KEY
from warehouse.home import Home
from warehouse.home.frames import read_frame

FATES = ("refused", "held", "quarantined", "asked", "flagged", "same", "unseen")
"""`same`: every value is as it was. `unseen`: in force with another value, and no word."""


@dataclass(frozen=True)
class Told:
    """What the steps say of a submission: status, findings by rule, rows in quarantine, values and flags by key."""

    status: str
    findings: Counter[str]
    quarantined: int
    values: pd.DataFrame

    @classmethod
    def of(cls, home: Home, outcome: Outcome) -> Told:
        """What is staged of an outcome."""
        values = pd.DataFrame()
        if outcome.status == "accepted" or outcome.status == "held":
            frame = read_frame(home, outcome.submission, "observations")
            values = frame.set_index(list(KEY))[["value_low", "value_high", "flag"]].sort_index()
        return cls(
            outcome.status,
            Counter(count_by_rule(outcome.findings)),
            outcome.rows.get("quarantined", 0),
            values,
        )


def send(home: Home, file: Path, collection: str, day: date) -> Told | None:
    """Receive and process the file; None where it is refused."""
    try:
        received = receive(home, file, collection, day)
    except Refused:
        return None
    return Told.of(home, process(home, received))


def fate(told: Told | None, good: Told) -> str:
    """One of FATES; what stops a file counts before what is said of it."""
    if told is None or told.status in ("refused", "rejected"):
        return "refused"
    if told.status == "held":
        return "held"
    if told.quarantined > good.quarantined:
        return "quarantined"
    changed = _changed(told.values, good.values)
    if changed.empty:
        return "same"
    if told.findings - good.findings:
        return "asked"
    return "flagged" if changed.all() else "unseen"


def _changed(now: pd.DataFrame, good: pd.DataFrame) -> pd.Series:
    """The keys whose value is another one, or that came or went: whether a flag says so."""
    both = good.join(now, how="outer", lsuffix="_good", rsuffix="_now")
    same = pd.Series(True, both.index)
    for end in ("value_low", "value_high"):
        one, other = both[f"{end}_good"], both[f"{end}_now"]
        same &= (one == other) | (one.isna() & other.isna())
    same &= both["value_low_good"].notna() == both["value_low_now"].notna()
    flagged = both["flag_now"].notna() & (both["flag_now"] != both["flag_good"])
    return flagged[~same]
