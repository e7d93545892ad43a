"""Sentences on the explanations that senders gave of findings. Imports nothing that only receiving needs."""

from __future__ import annotations

from schemas.words import say
from warehouse.home.admission_state import AdmissionState, Justification


def justification_sentences(state: AdmissionState, lang: str) -> list[str]:
    """List the explanations that offices gave of the findings of a submission."""
    return [justification_sentence(justification, lang) for justification in state.justifications]


def justification_sentence(justification: Justification, lang: str) -> str:
    """Describe who explains a finding, and how."""
    return say("answer.justification", lang, **justification._asdict())
