"""Held submissions and their reasons, printed by several commands. They are confirmed in confirm.py."""

from __future__ import annotations

from rich.console import Console

from assets.answers.justifications import justification_sentences
from pipelines.cli.output import out, print_sentence
from schemas.words import say
from warehouse.home import Submission


def print_held(submissions: list[Submission], lang: str, console: Console = out) -> None:
    """Print the held submissions, the reasons, and the next step."""
    if not submissions:
        return
    for submission in submissions:
        state = submission.admission_state
        reasons = " ".join([b.problem(lang) for b in state.breaches] + justification_sentences(state, lang))
        print_sentence(say("cli.why_held", lang, submission=submission.id, reasons=reasons), console)
    names = ", ".join(submission.id for submission in submissions)
    print_sentence(say("cli.held_ones", lang, n=len(submissions), names=names), console)
