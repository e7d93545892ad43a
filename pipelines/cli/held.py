"""What is held, and why, as several commands say it. Letting one in is confirm.py."""

from __future__ import annotations

from rich.console import Console

from pipelines.cli.output import out, tell
from schemas.words import say
from warehouse.home import Submission
from warehouse.releases.attention import held as held_ones

__all__ = ["held_ones", "tell_held"]


def tell_held(held: list[Submission], lang: str, console: Console = out) -> None:
    """Which wait, and why; what to do."""
    if not held:
        return
    for submission in held:
        reasons = " ".join(breach.what(lang) for breach in submission.standing.breaches)
        tell(say("cli.why_held", lang, submission=submission.id, reasons=reasons), console)
    names = ", ".join(submission.id for submission in held)
    tell(say("cli.held_ones", lang, n=len(held), names=names), console)
