"""What becomes of a spoilt file: its fate, told from the staged results beside those of the good file."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import Outcome, process
from assets.intake.submission import receive
from schemas.findings import count_by_rule
from schemas.tables import OBSERVATION_KEY, table
from warehouse.build.inputs import snapshot
from warehouse.home import Home
from warehouse.home.frames import read_frame
from warehouse.statements.model_build import build

FATES = ("refused", "held", "quarantined", "asked", "flagged", "counted", "same", "absent", "unseen")
"""What page.HEAD says of each. `unseen`: in force with another value, and no word."""


@dataclass(frozen=True)
class Told:
    """What the steps say of a submission: status, findings by rule, rows in quarantine, values and flags by key."""

    status: str
    findings: Counter[str]
    quarantined: int
    values: pd.DataFrame
    counted: int = 0

    @classmethod
    def of(cls, home: Home, outcome: Outcome) -> Told:
        """What is staged of an outcome."""
        values = pd.DataFrame()
        if outcome.status in ("accepted", "held"):
            frame = read_frame(home, outcome.submission, "observations")
            values = frame.set_index(list(OBSERVATION_KEY))[["value_low", "value_high", "flag"]].sort_index()
        return cls(
            outcome.status,
            Counter(count_by_rule(outcome.findings)),
            outcome.rows.get("quarantined", 0),
            values,
            sum(outcome.admission.counts.get(name, 0) for name in ("changed", "gone")),
        )


def send(home: Home, file: Path, collection: str, day: date) -> Told | None:
    """Receive and process the file; None where it is refused."""
    try:
        received = receive(home, file, collection, day)
    except RefusedFile:
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
    if changed.all():
        return "flagged"
    return "counted" if told.counted else "unseen"


COMPARED = ("core.figures", "baseline.indicator_values")
"""The tables in which a figure that is another one shows: values in force as sent, and what is made of them."""

Released = dict[str, pd.DataFrame]


def released(home: Home, day: date) -> Released:
    """What a release of all that is in force would say: each compared table, by its key."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "built.duckdb", snapshot(home, day, Path(folder)).inputs)
        with duckdb.connect(Path(folder) / "built.duckdb", read_only=True) as db:
            return {name: _by_key(name, db.execute(f"SELECT * FROM {name}").df()) for name in COMPARED}


def _by_key(name: str, values: pd.DataFrame) -> pd.DataFrame:
    key = list(table(name).key)
    return values.assign(**{column: values[column].astype(str) for column in key}).set_index(key)


def says_another(now: Released, good: Released) -> bool:
    """Whether a figure leaves out what the good file says, or says what it does not, and bears no other flag."""
    return any(_is_another(now[name], good[name]) for name in COMPARED)


def _is_another(now: pd.DataFrame, good: pd.DataFrame) -> bool:
    both = now.join(good, how="left", lsuffix="_now", rsuffix="_good")
    low, high = both["value_low_now"].fillna(-INFINITE), both["value_high_now"].fillna(INFINITE)
    holds = (low <= both["value_low_good"].fillna(-INFINITE) + SLIGHT) & (
        high >= both["value_high_good"].fillna(INFINITE) - SLIGHT
    )
    known = pd.Series(both.index.isin(good.index), both.index)
    flagged = both["flag_now"].notna() & (both["flag_now"] != both["flag_good"])
    return bool((~(holds & known) & ~flagged).any())


INFINITE, SLIGHT = float("inf"), 1e-9


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
