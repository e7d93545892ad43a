"""Judgement of a series: the values in force together with the values that a submission brings.

A delivery by period holds one quarter, so what it means shows only next to the quarters in force. Clear
errors hold the submission. A doubt lets it in, and the periods that it names are under question until
somebody answers. admission.py chooses the tables, and comparison.py compares the values of equal keys. The
other modules of the package have the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pyarrow as pa

from assets.intake.series.categories import category_doubts
from assets.intake.series.copies import copy_doubts
from assets.intake.series.countries import confused_code_doubts, country_doubts
from assets.intake.series.gaps import missing_year_doubts, zero_doubts
from assets.intake.series.levels import level_doubts, running_total_doubts
from assets.intake.series.revisions import revision_doubts
from assets.intake.series.shares import share_doubts
from assets.intake.series.values import Doubt, Series, read_series
from schemas.cards.format_card import Collection
from schemas.findings import rules
from schemas.tables import OBSERVATION_KEY

ONE_COUNTRY = "national_authority"
RULES: tuple[Callable[[Series], Iterator[Doubt]], ...] = (
    level_doubts,
    running_total_doubts,
    copy_doubts,
    confused_code_doubts,
    share_doubts,
    zero_doubts,
    missing_year_doubts,
    category_doubts,
    revision_doubts,
    country_doubts,
)


def judge_series(
    before: pa.Table | None, after: pa.Table, waiting: pa.Table, collection: Collection
) -> list[Doubt]:
    """Return the doubts about `after`, read with the values in force, `before`, and its quarantined keys."""
    by_period = collection.delivery == "by_period"
    series = read_series(before, after, by_period=by_period, year_starts=collection.year_starts)
    series = replace(
        series,
        waiting=waiting.select(OBSERVATION_KEY).to_pandas(),
        of_one_country=collection.provider_kind == ONE_COUNTRY,
        names_countries=bool(collection.may_report),
        is_open=collection.confidentiality == "open",
    )
    return [_name_rule(doubt) for rule in RULES for doubt in rule(series)]


def _name_rule(doubt: Doubt) -> Doubt:
    """Name the rule of a doubt: where a rule may hold a file, its doubtful cases have a name of their own."""
    rule = doubt.finding.rule
    if doubt.holds or rules()[rule].fate != "hold":
        return doubt
    return replace(doubt, finding=replace(doubt.finding, rule=f"{rule}_asked"))
