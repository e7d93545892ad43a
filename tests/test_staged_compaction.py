"""What the steps left for one another goes once a later submission followed, and is made again where it is needed."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.intake.freshness import outdated_submissions
from assets.intake.processing import process
from assets.intake.submission import receive
from tests import test_office_slips as slips
from tests.bad_input import build
from tests.conftest import accept
from tests.faults import run
from tests.test_vintages import new_home, send
from warehouse.home import Home, durable, receipts, staged_compaction, step_results
from warehouse.home.staged_compaction import INTERMEDIATE, compact_followed


@pytest.fixture
def home(sound_home: Path, tmp_path: Path) -> Home:
    """Two submissions of a collection, released."""
    shutil.copytree(sound_home, tmp_path / "home")
    return Home(tmp_path / "home")


def _intermediate(home: Home, submission: str) -> set[str]:
    return {name for name in INTERMEDIATE if (home.staged_folder(submission) / f"{name}.parquet").exists()}


def _tables(home: Home, submission: str) -> dict[str, str]:
    """What the build reads of a submission."""
    return {
        name: durable.file_hash(home.staged_folder(submission) / f"{name}.parquet")
        for name in step_results.TABLES
    }


def test_a_build_deletes_what_only_steps_read_of_all_but_the_last(home: Home) -> None:
    first, last = home.submissions()
    assert _intermediate(home, first.id) == set()
    assert _intermediate(home, last.id) == set(INTERMEDIATE)
    assert compact_followed(home) == 0


def test_afterwards_nothing_waits_nothing_is_new_and_doctor_finds_all_well(home: Home) -> None:
    assert outdated_submissions(home, to_the_byte=True) == []
    code, said = run(home, "refresh", "--unattended", "--lang", "en")
    assert (code, "Nothing new" in said) == (0, True), said
    code, said = run(home, "doctor", "--lang", "en")
    assert (code, "All is well" in said) == (0, True), said


def test_steps_that_are_made_anew_read_the_received_file_again(home: Home) -> None:
    first = home.submissions()[0]
    before = _tables(home, first.id)
    (home.staged_folder(first.id) / "steps.json").unlink()
    assert [one.id for one in outdated_submissions(home)] == [first.id]
    assert process(home, first).status == "accepted"
    assert _intermediate(home, first.id) == set(INTERMEDIATE)
    assert _tables(home, first.id) == before
    assert outdated_submissions(home, to_the_byte=True) == []
    assert compact_followed(home) == 1
    assert _intermediate(home, first.id) == set()
    assert outdated_submissions(home, to_the_byte=True) == []


def test_a_kill_between_notes_and_tables_is_made_good(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = home.submissions()[0]
    (home.staged_folder(first.id) / "steps.json").unlink()
    process(home, first)
    with monkeypatch.context() as killed:
        killed.setattr(staged_compaction, "INTERMEDIATE", ())
        compact_followed(home)
    notes = {step: step_results.read_result(home, first.id, step) for step in step_results.STEPS}
    step_results.write_result(home, staged_compaction._without_intermediate(notes["records"]))
    assert outdated_submissions(home, to_the_byte=True) == []
    assert compact_followed(home) == 1
    assert outdated_submissions(home, to_the_byte=True) == []


def test_of_a_withdrawn_submission_too_and_not_of_the_one_that_is_in_force_again(home: Home) -> None:
    first, last = home.submissions()
    (home.staged_folder(first.id) / "steps.json").unlink()
    process(home, first)
    receipts.withdraw(home, last, last.received_on, office="prueba", reason="era de otro")
    assert compact_followed(home) == 1
    assert _intermediate(home, last.id) == set()
    assert _intermediate(home, first.id) == set(INTERMEDIATE)


def test_a_held_submission_keeps_all_and_so_does_the_one_before_it(home: Home) -> None:
    last = home.submissions()[-1]
    file = build.write(home.root / "sent", build.with_cell(2, "victimas", "700"), "cuadro9.csv")
    held = receive(home, file, build.COLLECTION, last.received_on + timedelta(days=1))
    process(home, held)
    assert home.submissions()[-1].admission_state.is_waiting
    assert compact_followed(home) == 0
    assert _intermediate(home, held.id) == _intermediate(home, last.id) == set(INTERMEDIATE)


@pytest.mark.slow
def test_a_comparison_needs_no_table_that_a_build_deleted(tmp_path: Path) -> None:
    """Each month of a delivery by period would make anew the steps of all submissions of its years."""
    homes = [new_home(tmp_path / name, delivery="by_period") for name in ("kept", "compacted")]
    for home in homes:
        for year in range(2018, 2023):
            send(home, date(year + 1, 2, 1), {("GTM", year): "100"})
    kept, compacted = homes
    assert compact_followed(compacted) == 4
    sent = [send(home, date(2024, 2, 1), {("GTM", 2020): "900"}).admission_state for home in homes]
    assert sent[0].breaches == sent[1].breaches != []
    assert [_intermediate(compacted, s.id) for s in compacted.submissions()[:4]] == [set()] * 4
    assert _intermediate(kept, kept.submissions()[0].id) == set(INTERMEDIATE)


@pytest.mark.slow
def test_labels_are_compared_with_a_submission_that_is_in_force_again(tmp_path: Path) -> None:
    """Its rows were deleted when another followed; they are read again once that one is withdrawn."""
    home = slips.home_of(tmp_path, slips.SUMMED)
    for month, rows in ((3, slips.PARTS), (4, [*slips.PARTS, (2024, "Jutiapa", "Mujer", 9)])):
        file = slips.csv(tmp_path, slips.DEPARTMENTS, rows)
        accept(home, receive(home, file, slips.COLLECTION, date(2025, month, 1)))
    assert compact_followed(home) == 1
    first, last = home.submissions()
    receipts.withdraw(home, last, date(2025, 5, 1), office="prueba", reason="era de otro")
    heavy = [(2024, "Varios", sex, 95) for sex in ("Mujer", "Hombre")]
    sent = slips.csv(tmp_path, slips.DEPARTMENTS, [*slips.PARTS, *heavy], "otro.csv")
    assert "heavy_new_label" in slips.rules_of(slips.tried(home, sent))
    assert "validated" in _intermediate(home, first.id)
