"""What `python -m tests.network` found, kept by seed in .reliability/network.json; and its chapter of docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests import kept_figures

if TYPE_CHECKING:
    from tests.network.run import Outcome

REPORT = kept_figures.FOLDER / "network.json"
HEAD = """
# A network through three years

Rendered from `.reliability/network.json` by `python -m tests.network` (`tests/network/`): eleven members, twelve quarters, files through four doors, each round
ended by `refresh --unattended`, each release compared with the truth by code of its own. The test suite runs a short form.
"""


def keep(seed: int, outcome: Outcome, commit: str) -> None:
    """Put a run's figures beside those of other seeds."""
    found = {
        "commit": commit,
        "rounds": outcome.rounds,
        "released": outcome.released,
        "rows": outcome.rows,
        "wrong": outcome.wrong,
        "attacked": asdict(outcome.attacked),
    }
    kept_figures.keep(REPORT, str(seed), found)


def kept() -> dict[str, Any]:
    """What was found last, by seed."""
    return kept_figures.kept(REPORT)


def page(report: dict[str, Any]) -> str:
    """The chapter; the figures of the last seed in full."""
    if not report:
        return ""
    return "\n".join([HEAD, *_seeds(report), *_rows(report)]) + "\n"


def _seeds(report: dict[str, Any]) -> Iterator[str]:
    yield (
        "The attack reads all releases together. *Exact*: a small count that only one value is left of; *narrow*: two. "
        "*Withheld*: the largest share of the protected cells of one release.\n"
    )
    yield "| seed | commit | rounds released | wrong | cells attacked | exact | narrow | no answer | withheld |"
    yield "|---" * 9 + "|"
    for seed, found in sorted(report.items(), key=lambda one: int(one[0])):
        attacked = found["attacked"]
        yield (
            f"| {seed} | {found['commit']} | {found['released']} of {found['rounds']} | {len(found['wrong'])} "
            f"| {attacked['cells']} | {attacked['exact']} | {attacked['narrow']} | {attacked['unanswered']} "
            f"| {attacked['withheld']:.1%} |"
        )
    yield ""
    for found in report.values():
        yield from (f"- {text}" for text in found["wrong"])


def _rows(report: dict[str, Any]) -> Iterator[str]:
    seed = max(report, key=int)
    rows = report[seed]["rows"]
    yield f"Seed {seed}, round by round; seconds are of the processor.\n"
    yield f"| {' | '.join(rows[0])} |"
    yield "|---" * len(rows[0]) + "|"
    for row in rows:
        yield f"| {' | '.join(str(value) for value in row.values())} |"
    yield ""
