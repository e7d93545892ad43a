"""The tool that spoils submissions: its fates, its page, and a few of its files as a test."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from schemas.tables import OBSERVATION_KEY
from tests import reliability
from tests.hostile.__main__ import trials
from tests.hostile.fates import Told, fate
from tests.hostile.mutations import MUTATIONS
from tests.hostile.report import UNSEEN_BY_NATURE
from warehouse.home import CHECKOUT
from warehouse.publication.shipping import shipped_figures, shipped_submissions


def values(*rows: tuple[str, float, str | None]) -> pd.DataFrame:
    """Values by their period, and flags."""
    told = [(*([period] * len(OBSERVATION_KEY)), low, low, flag) for period, low, flag in rows]
    return pd.DataFrame(told, columns=[*OBSERVATION_KEY, "value_low", "value_high", "flag"]).set_index(
        list(OBSERVATION_KEY)
    )


def told(*rows: tuple[str, float, str | None], status: str = "accepted", **findings: int) -> Told:
    return Told(status, Counter(findings), 0, values(*rows))


GOOD = told(("2020", 5, None), ("2021", 7, None))


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        (None, "refused"),
        (told(status="held"), "held"),
        (Told("accepted", Counter(), 1, values(("2020", 5, None))), "quarantined"),
        (told(("2020", 5, None), ("2021", 7, None), a_rule=1), "same"),
        (told(("2020", 5, None), ("2021", 70, None), a_rule=1), "asked"),
        (told(("2020", 5, None), ("2021", 70, "suspect_value")), "flagged"),
        (told(("2020", 6, None), ("2021", 70, "suspect_value")), "unseen"),
        (told(("2020", 5, None)), "unseen"),
        (replace(told(("2020", 5, None)), counted=1), "counted"),
        (told(("2020", 5, None), ("2021", 7, None), ("2022", 7, None)), "unseen"),
    ],
)
def test_the_fate_of_a_file_is_told_from_its_values_flags_and_findings(
    spoilt: Told | None, expected: str
) -> None:
    assert fate(spoilt, GOOD) == expected


@pytest.mark.operator("8", "stranger")
def test_the_page_says_what_was_measured() -> None:
    assert reliability.PAGE.read_text(encoding="utf-8") == reliability.page()


HALVES = {
    "PAN-SNM/darien_sex_age/2025-06-30.1": range(0, 22, 2),
    "USA-DHS/table61/2016-04-07.1": range(1, 22, 2),
}
"""Each way once, of one of two files; of all shipped ones, a hundred times each, `make hard-times`."""


@pytest.mark.slow
@pytest.mark.parametrize("name", HALVES)
def test_no_spoilt_file_is_in_force_with_another_value_and_no_word(name: str) -> None:
    file = shipped_submissions()[name]["file"]
    others = [CHECKOUT / "raw" / n / one["file"] for n, one in shipped_figures().items() if n != name]
    unseen = {
        (when, way) for way, _, when, fate in trials(name, file, others, HALVES[name]) if fate == "unseen"
    }
    assert unseen <= {(when, way) for when, ways in UNSEEN_BY_NATURE.items() for way in ways}


def test_the_halves_are_all_ways() -> None:
    tried = sorted(number for half in HALVES.values() for number in half)
    assert tried[: len(MUTATIONS) + 1] == list(range(len(MUTATIONS) + 1))
