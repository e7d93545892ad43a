"""What `python -m tests.hostile` found, kept by submission in .reliability/hostile.json; what may stay unseen. No page."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TypedDict

from tests import kept_figures
from tests.hostile.fates import FATES

REPORT = kept_figures.FOLDER / "hostile.json"

UNSEEN_BY_NATURE = {
    "first": (
        "one_value_retyped",
        "one_row_dropped",
        "third_of_rows_dropped",
        "swapped_columns",
        "shifted_year",
        "values_times_ten",
    ),
    "beside": (),
}
"""What no rule can see in a file that has neither a total nor an earlier one to be held against."""

Fates = dict[str, dict[str, dict[str, int]]]
"""Numbers of files by when (first, beside), way of spoiling, and fate."""


class Kept(TypedDict):
    """What became of the spoilt files of one submission: at which commit, their fates, and which were unseen."""

    commit: str
    seed: int
    fates: Fates
    unseen: dict[str, list[str]]


def keep(name: str, trials: list[tuple[str, int, str, str]], seed: int, commit: str) -> None:
    """Put what became of a submission's files beside those of the others. Other runs may do so meanwhile."""
    fates: Fates = {"first": {}, "beside": {}}
    unseen: dict[str, list[str]] = defaultdict(list)
    for (when, way, fate), number in sorted(Counter((w, way, f) for way, _, w, f in trials).items()):
        fates[when].setdefault(way, {})[fate] = number
    for way, number, when, fate in trials:
        if fate == "unseen":
            unseen[f"{when} {way}"].append(f"{name}#{number}")
    kept_figures.keep(REPORT, name, Kept(commit=commit, seed=seed, fates=fates, unseen=dict(unseen)))


def kept() -> dict[str, Kept]:
    """What was found last, by submission."""
    return kept_figures.kept(REPORT)


def fates(kept: dict[str, Kept]) -> Fates:
    """The fates over all submissions, in the order of FATES."""
    summed: dict[str, dict[str, Counter[str]]] = {"first": {}, "beside": {}}
    for one in kept.values():
        for when, ways in one["fates"].items():
            for way, told in ways.items():
                summed[when].setdefault(way, Counter()).update(told)
    return {
        when: {way: {fate: ways[way][fate] for fate in FATES if ways[way][fate]} for way in sorted(ways)}
        for when, ways in summed.items()
    }


def unseen(kept: dict[str, Kept]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What stayed unseen by nature, and what a rule could have seen: by when and way, the files."""
    allowed = {f"{when} {way}" for when, ways in UNSEEN_BY_NATURE.items() for way in ways}
    by_nature: dict[str, list[str]] = defaultdict(list)
    wrong: dict[str, list[str]] = defaultdict(list)
    for one in kept.values():
        for key, files in one["unseen"].items():
            (by_nature if key in allowed else wrong)[key].extend(files)
    return dict(sorted(by_nature.items())), dict(sorted(wrong.items()))
