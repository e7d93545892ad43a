"""Judging the records of a file: what is in scope; then row by row or, for persons, by distinct text.

Of the network's records by their own declaration (record_judging.py).
"""

from __future__ import annotations

from datetime import date

from assets.intake.judging import cases, record_judging, validated
from assets.intake.records import Records
from schemas.cards.format_card import Card


def judge(records: Records, format_name: str, card: Card, received_on: date) -> validated.Judged:
    """The contract's answer for each row, by the format that the records were read by."""
    named = next(f for f in card.formats() if f.name == format_name)
    scope = validated.scope_of(records, named.headed(records.columns).widened(records.columns))
    if card.declared:
        return record_judging.judge(scope, card, received_on)
    by = cases.judge if cases.is_by_facets(scope.format) else validated.judge_figures
    return by(scope, card, received_on)
