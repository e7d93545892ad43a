"""Sentences on the explanations that senders gave of findings. Imports nothing that only receiving needs."""

from __future__ import annotations

from schemas.findings import rules
from schemas.words import say
from warehouse.home.admission_state import AdmissionState, Justification


def justification_sentences(state: AdmissionState, lang: str) -> list[str]:
    """List the explanations that offices gave of the findings of a submission."""
    return [justification_sentence(justification, lang) for justification in state.justifications]


def answer_sentences(state: AdmissionState, lang: str) -> list[str]:
    """List what the office answered on the sheet of notes of its workbook."""
    answers = [justification for justification in state.justifications if justification.rule not in rules()]
    return [justification_sentence(answer, lang) for answer in answers]


def justification_sentence(justification: Justification, lang: str) -> str:
    """Describe who explains a finding, and how."""
    if justification.rule in rules():
        return say("answer.justification", lang, **justification._asdict())
    question = say(f"template.question.{justification.rule}", lang)
    return say("answer.answered", lang, question=question, **justification._asdict())
