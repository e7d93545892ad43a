"""Choice of the method that judges a file's records: by row, or by distinct text for files of persons.

Records of the network are judged by their own declaration (record_judging.py).
"""

from __future__ import annotations

from datetime import date

from assets.intake.judging import cases, record_judging, validation
from assets.intake.records import Records
from schemas.cards.format_card import Card, Format


def judge(records: Records, fmt: Format, card: Card, received_on: date) -> validation.Judgement:
    """Judge each row by the format that the records were read with."""
    scope = validation.find_scope(
        records, fmt.with_header_names(records.columns).with_wide_columns(records.columns)
    )
    if scope.format.persons is not None:
        scope = cases.number_persons(scope)
    if card.declaration:
        return record_judging.judge(scope, card, received_on)
    judge_rows = cases.judge if cases.is_by_facets(scope.format) else validation.judge_counts
    return judge_rows(scope, card, received_on)
