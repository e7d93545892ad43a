"""Step 4, observations: accepted lines to one harmonised value each, origin classified, cells kept.

Lines that share a key are those the card adds up. Nothing is decided on rows here.
"""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pandas as pd

from assets.steps import plausibility, runner, validated
from assets.steps.decoding import add_flag
from assets.steps.finding_places import examples
from assets.steps.records import ROW, SHEET
from assets.steps.runner import Step
from schemas import codelists
from schemas.format_card import Collection
from schemas.origin import origin_class
from schemas.tables import DIMENSIONS, KEY, SOURCES, STAGED
from warehouse.home import Home, Submission
from warehouse.home.staged import Result, read, read_frame, write_frame

STEP = Step(4, "observations", ("pandas",), after=validated.STEP)

_NOT_IN_BREAKDOWN = ("counterpart_role",)


def make(home: Home, submission: Submission, key: str) -> Result:
    """Write observations.parquet and sources.parquet; empty where nothing was accepted."""
    before = read(home, submission.id, validated.STEP.name)
    if before is None or not before.accepted:
        rows = before.rows if before else {}
        return Result(STEP.name, submission.id, key, before.status if before else "rejected", rows)
    collection = home.card(submission.collection).collection
    lines = read_frame(home, submission.id, validated.STEP.name)
    lines = lines.assign(observation=_identifiers(lines, submission.id))
    observed = _described(_summed(lines), submission, collection)
    write_frame(home, submission.id, STEP.name, observed, STAGED)
    write_frame(home, submission.id, "sources", _sources(lines, submission.id), SOURCES)
    facts = {"observations": len(observed)}
    findings = examples(plausibility.remarks(observed))
    return Result(STEP.name, submission.id, key, "accepted", before.rows, facts, findings)


def _identifiers(lines: pd.DataFrame, submission: str) -> pd.Series:
    """One identifier a key: the same submission and key give the same one on any machine."""
    first, *rest = (lines[name].astype(str) for name in KEY)
    keys = first.str.cat(rest, sep="\x1f")
    digests = {k: sha256(f"{submission}\x1f{k}".encode()).hexdigest()[:16] for k in keys.unique()}
    return keys.map(digests)


def _summed(lines: pd.DataFrame) -> pd.DataFrame:
    """One line a key: intervals added (one unbounded part makes the sum unbounded), flags united."""
    single = ~lines["observation"].duplicated(keep=False)
    groups = lines[~single].groupby("observation", sort=False)
    if groups.ngroups == 0:
        return lines
    several = groups.first().reset_index()
    several["value_low"] = groups["value_low"].sum().to_numpy()
    high = lines.loc[~single, "value_high"].fillna(np.inf).groupby(lines["observation"], sort=False).sum()
    several["value_high"] = high.replace(np.inf, np.nan).to_numpy()
    several["value_text"] = groups["value_text"].agg(_summands).to_numpy()
    several["citizenship_reported"] = groups["citizenship_reported"].agg(_joined).to_numpy()
    several["flag"] = groups["flag"].agg(_united).to_numpy()
    return pd.concat([lines[single], several], ignore_index=True)


SUMMANDS = 10
"""So many added texts are kept as they came; of more, their number. The cells are all in sources."""


def _summands(texts: pd.Series) -> str:
    return " + ".join(texts) if len(texts) <= SUMMANDS else f"Σ ({len(texts)})"


def _joined(texts: pd.Series) -> str | None:
    return " + ".join(dict.fromkeys(t for t in texts if isinstance(t, str))) or None


def _united(flags: pd.Series) -> str:
    united = ""
    for flag in flags:
        united = add_flag(united, flag) if flag else united
    return united


def _described(observed: pd.DataFrame, submission: Submission, collection: Collection) -> pd.DataFrame:
    measures = codelists.codelist("measure")
    running = pd.to_datetime(observed["period_end"]) > pd.Timestamp(submission.received_on)
    observed = observed.assign(
        submission=submission.id,
        provider=submission.collection.split("/")[0],
        collection=submission.collection,
        family=collection.family,
        origin_basis=collection.origin_basis,
        period_basis=collection.period_basis,
        recapture=collection.recapture,
        completeness=_covered(observed, submission),
        breakdown=_breakdowns(observed),
        origin_class=_origins(observed),
        obs_status=np.where(running, "P", "A"),
        **{
            told: observed["measure"].map({m.code: m.attributes[told] for m in measures.values()})
            for told in ("unit", "count_unit", "whose")
        },
    )
    flags = observed["flag"].mask(running, observed["flag"].map(lambda f: add_flag(f, "partial")))
    return observed.assign(flag=flags.replace("", None))


def _covered(observed: pd.DataFrame, submission: Submission) -> pd.Series:
    """Part of the period that had passed on the day of receipt."""
    start, end = pd.to_datetime(observed["period_start"]), pd.to_datetime(observed["period_end"])
    passed = (pd.Timestamp(submission.received_on) - start).dt.days + 1
    return (passed / ((end - start).dt.days + 1)).clip(0, 1)


def _breakdowns(observed: pd.DataFrame) -> pd.Series:
    """Names of the dimensions that the line details, joined by `+`; `total` if none."""
    names = sorted(d.name for d in DIMENSIONS if d.name not in _NOT_IN_BREAKDOWN)
    words = pd.Series("", index=observed.index)
    for name in names:
        silent = {codelists.TOTAL} | _unfilled(observed, name)
        words = words.where(observed[name].isin(silent), words + "+" + name)
    return words.str.removeprefix("+").replace("", "total")


def _unfilled(observed: pd.DataFrame, dimension: str) -> set[str]:
    """`_Z` details nothing where no line of the submission fills the dimension otherwise."""
    only = set(observed[dimension].unique()) == {codelists.NOT_APPLICABLE}
    mixed = dimension.startswith("counterpart")
    return {codelists.NOT_APPLICABLE} if only or mixed else set()


def _origins(observed: pd.DataFrame) -> pd.Series:
    known = observed["citizenship"] != codelists.TOTAL
    keys = list(
        zip(
            observed["citizenship"],
            observed["reporting_country"],
            observed["period_start"],
            strict=True,
        )
    )
    classes = {
        k: origin_class(k[0], reporting_country=k[1], on=k[2]) or codelists.NOT_APPLICABLE
        for k in {key for key, is_known in zip(keys, known, strict=True) if is_known}
    }
    return pd.Series([classes.get(k, codelists.TOTAL) for k in keys], index=observed.index)


def _sources(lines: pd.DataFrame, submission: str) -> pd.DataFrame:
    cells = lines.assign(submission=submission, source_column=lines["value_column"])
    return cells.rename(columns={SHEET: "sheet", ROW: "source_row"})


def run(home: Home, submissions: Sequence[Submission]) -> list[Result]:
    """Make the step for submissions that are not fresh."""
    return runner.run(home, submissions, STEP, make)
