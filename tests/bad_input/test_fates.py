"""What bad input may not do: change what is in force, leave traces of what was refused, end a run."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from assets.dagster import contract_check
from assets.dagster.build import build_database
from assets.intake import records
from assets.intake.processing import check, process
from assets.intake.step import STEPS
from assets.intake.submission import RefusedFile, receive
from schemas.findings import count_by_rule
from tests.bad_input import build
from warehouse.build import inputs
from warehouse.home import REFUSALS_FILE, Home, step_results
from warehouse.home.frames import read_frame
from warehouse.home.receipts import safe_name
from warehouse.publication.publishing import publish

LATER = build.RECEIVED + timedelta(days=30)
AS_OF = date(2022, 6, 30)
IN_FORCE = [("HND", 2020, 7.0), ("HND", 2021, 9.0), ("SLV", 2020, 12.0)]


def submit(
    home: Home, folder: Path, content: str | bytes, day: date = build.RECEIVED, name: str = "datos.csv"
):
    submission = receive(home, build.write(folder / "in", content, name), build.COLLECTION, day)
    return process(home, submission)


def released(home: Home) -> list[tuple]:
    """The values in force in a file that is built, gated and published now."""
    built = build_database(home, AS_OF)
    assert built.verdict.has_passed, [(a.question.id, a.examples) for a in built.verdict.failed]
    publish(home, AS_OF)
    with duckdb.connect(str(home.current), read_only=True) as db:
        return db.execute(
            "SELECT citizenship, year(period_start), value_low FROM core.current ORDER BY ALL"
        ).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the good file accepted and in force."""
    made = build.home(tmp_path / "home")
    assert submit(made, tmp_path, build.file()).is_clean
    return made


@pytest.mark.slow
def test_a_rejected_file_leaves_the_last_accepted_in_force(home: Home, tmp_path: Path) -> None:
    assert released(home) == IN_FORCE
    bad = build.file(*build.LINES[:2], header=build.HEADER.replace("victimas", "total"))
    assert submit(home, tmp_path, bad, LATER).status == "rejected"
    assert released(home) == IN_FORCE


@pytest.mark.slow
def test_a_file_rejected_for_one_row_leaves_the_last_accepted_in_force(tmp_path: Path) -> None:
    strict = build.home(tmp_path / "home", build.card(('"quarantine_rows"', '"reject_file"')))
    submit(strict, tmp_path, build.file())
    assert submit(strict, tmp_path, build.with_cell(3, "victimas", "-1"), LATER).status == "rejected"
    assert released(strict) == IN_FORCE


@pytest.mark.slow
def test_a_quarantined_row_takes_only_its_own_value_out_of_force(home: Home, tmp_path: Path) -> None:
    assert submit(home, tmp_path, build.with_cell(3, "victimas", "-1"), LATER).status == "accepted"
    assert released(home) == [value for value in IN_FORCE if value[0] != "SLV"]


@pytest.mark.slow
def test_a_refused_file_leaves_rule_and_hash_and_nothing_else(home: Home, tmp_path: Path) -> None:
    before = sorted(p.name for p in (home.raw / build.COLLECTION).iterdir())
    with pytest.raises(RefusedFile) as refused:
        submit(home, tmp_path, build.file(), LATER, name="otra vez.csv")
    assert refused.value.finding.rule == "duplicate_file"
    assert refused.value.finding.expected == "DEMO.victimas.2022-03-31.1"
    after = sorted(p.name for p in (home.raw / build.COLLECTION).iterdir())
    assert set(after) - set(before) == {REFUSALS_FILE}
    told = [
        json.loads(line) for line in (home.raw / build.COLLECTION / REFUSALS_FILE).read_text().splitlines()
    ]
    assert [set(line) for line in told] == [{"check", "event", "on", "rule", "sha256"}]
    assert (told[0]["rule"], told[0]["on"]) == ("duplicate_file", str(LATER))
    assert released(home) == IN_FORCE


def test_the_same_figures_in_other_bytes_are_another_submission(home: Home, tmp_path: Path) -> None:
    assert submit(home, tmp_path, build.file(end="\r\n"), LATER).is_clean
    assert [s.id for s in home.submissions()] == ["DEMO.victimas.2022-03-31.1", "DEMO.victimas.2022-04-30.1"]


def test_trying_a_file_keeps_nothing(home: Home, tmp_path: Path) -> None:
    before = sorted(str(p) for p in home.root.rglob("*"))
    assert (
        check(home, build.write(tmp_path / "in", "x", "x.csv"), build.COLLECTION, LATER).status == "rejected"
    )
    assert sorted(str(p) for p in home.root.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("pack", ["gzip", "zip"])
def test_a_bomb_is_refused_before_anything_is_copied(pack: str, tmp_path: Path) -> None:
    made = build.home(tmp_path / "home")
    zeros = bytes(140 * 1024**2)
    bomb = gzip.compress(zeros, 9) if pack == "gzip" else build.zipped("xl/workbook.xml", zeros)
    assert len(bomb) < 200_000
    with pytest.raises(RefusedFile) as refused:
        submit(made, tmp_path, bomb, name="datos.xlsx")
    assert refused.value.finding.rule == "file_too_large"
    assert [p.name for p in sorted((made.raw / build.COLLECTION).iterdir())] == ["format.toml", REFUSALS_FILE]


@pytest.mark.parametrize(
    "name",
    ["..", "../../etc/passwd", "events.jsonl", "provenance.toml", ".oculto", "a\nb.csv", "a\\b:c*.csv", " "],
)
def test_no_name_leads_out_of_the_folder_or_onto_another_file(name: str, home: Home, tmp_path: Path) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert safe not in ("", ".", "..", "events.jsonl", "provenance.toml")
    assert not set(safe) & set("/\\\n:*")


def test_a_file_named_like_the_history_does_not_overwrite_it(tmp_path: Path) -> None:
    made = build.home(tmp_path / "home")
    assert submit(made, tmp_path, build.file(), name="events.jsonl").is_clean
    (submission,) = made.submissions()
    assert submission.file.read_text(encoding="utf-8") == build.file()
    assert [e["event"] for e in submission.events()] == ["received", "compared"]


def test_a_step_that_breaks_rejects_the_file_and_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(records, "best_match", breaks)
    made = build.home(tmp_path / "home")
    outcome = submit(made, tmp_path, build.file())
    assert outcome.status == "rejected"
    assert [(f.rule, f.value) for f in outcome.findings] == [("step_failed", "records: ZeroDivisionError")]
    assert "a defect" not in outcome.findings[0].message("es")


def test_all_findings_are_kept_and_a_hundred_of_a_rule_are_shown(tmp_path: Path) -> None:
    made = build.home(tmp_path / "home", build.card(("rows = [3, 30], ", "")))
    lines = [build.LINES[0].replace(",7", ",x") for _ in range(150)]
    outcome = submit(made, tmp_path, build.file(*build.LINES[1:], *lines))
    assert len([f for f in outcome.findings if f.rule == "text_in_number"]) == 100
    assert {f.occurrences for f in outcome.findings if f.rule == "text_in_number"} == {150}
    kept = read_frame(made, outcome.submission, "validated_findings")
    assert (kept["rule"] == "text_in_number").sum() == 150
    assert outcome.rows["quarantined"] == 150


@pytest.mark.slow
def test_findings_are_counted_one_way(tmp_path: Path) -> None:
    """Rows, not examples, and each of several findings of a header: in Dagster as in the registry."""
    made = build.home(tmp_path / "home", build.card(("rows = [3, 30], ", "")))
    lines = [build.LINES[0].replace(",7", ",x") for _ in range(150)]
    many = submit(made, tmp_path, build.file(*build.LINES[1:], *lines))
    short = submit(made, tmp_path, "pais,periodo,medida,nacionalidad,sexo,edad,forma\nGTM,2020,,,,,\n", LATER)
    (tmp_path / "kept").mkdir()
    registry = inputs.snapshot(made, AS_OF, tmp_path / "kept").inputs.submissions.set_index("submission")
    for outcome, expected in (
        (many, {"text_in_number": 150, "repeated_row": 150}),
        (short, {"missing_column": 3}),
    ):
        results = [
            r for step in STEPS if (r := step_results.read_result(made, outcome.submission, step.name))
        ]
        told = [
            contract_check.check_metadata(made.submission(result.submission), result, result.findings)
            for result in results
        ]
        assert {k: v for facts in told for k, v in facts["findings_by_rule"].items()} == expected
        assert sum(facts["findings_by_severity"].get("error", 0) for facts in told) == sum(expected.values())
        assert registry.loc[outcome.submission, "errors"] == sum(expected.values())
        assert count_by_rule(outcome.findings) == expected
