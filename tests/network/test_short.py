"""The short form of the network: four members, five quarters, all events; and whether its checks see what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.network.checks import Seen, check_tables
from tests.network.events import DOORS, make_rounds
from tests.network.run import Run
from tests.network.truth import Truth, span
from tests.network.world import Quarter, make_world

SEED = 1


@pytest.mark.slow
def test_every_round_of_a_network_is_released_and_nothing_is_wrong(tmp_path: Path) -> None:
    told: list[str] = []
    with Run.prepared(tmp_path / "home", make_world(SEED, short=True), tell=told.append) as run:
        outcome = run.run()
        assert outcome.wrong == []
        assert outcome.attacked.releases == len(outcome.rows)
        assert outcome.attacked.cells > 300
        assert told[-1] == "rounds released 5 of 5, wrong 0"
        assert len({row["door"] for row in outcome.rows}) == len(DOORS)
        assert _wrong_where_the_truth_is_another(run) > 0


def _wrong_where_the_truth_is_another(run: Run) -> int:
    """How much the checks find where each true count is one more than it was: they are not blind."""
    for delivery in run.truth.deliveries:
        delivery.file.figures = {cell: count + 1 for cell, count in delivery.file.figures.items()}
    seen = Seen(run.doors, run.rounds[-1], run.truth, None)
    return sum(1 for _ in check_tables(seen))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files_and_another_gives_others() -> None:
    files = [
        [
            file.content
            for one in make_rounds(make_world(seed, short=False))
            for file in one.files
            if file.figures
        ]
        for seed in (1, 1, 2)
    ]
    assert files[0] == files[1] != files[2]


def test_the_truth_follows_files_by_their_period_and_forgets_what_was_withdrawn() -> None:
    rounds = make_rounds(make_world(SEED, short=True))
    truth = Truth()
    for one in rounds:
        for file in one.files:
            truth.add(file, one.arrival)
    country, second = "PAN", Quarter(2023, 2)
    day = rounds[1].as_of
    before = truth.table("CRM-TS/victims", "victims_detected", country, day)
    assert set(before.counts) == {"2023-Q1", "2023-Q2"}
    truth.of(f"victims {country} {second.label}").withdrawn_on = day
    assert set(truth.table("CRM-TS/victims", "victims_detected", country, day).counts) == {"2023-Q1"}
    assert before.count(*span("2023"), ()) is None
    last = truth.table("CRM-TS/victims", "victims_detected", country, rounds[-1].as_of)
    assert last.count(*span("2023"), ()) == sum(counts[()] for p, counts in last.counts.items() if p < "2024")
