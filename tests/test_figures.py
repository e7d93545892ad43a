"""Figures for monitoring, read as a collector reads them; and the log's lines, read as JSON."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake.submission import receive
from pipelines.cli.app import app
from pipelines.dagster import metrics
from schemas.words import languages
from tests.conftest import release
from tests.test_held import FEB, GOOD, JAN, MAR, REVISED, file_of, handed_in
from tests.test_vintages import new_home
from warehouse.home import CHECKOUT, EVENTS_FILE, Home, receipts
from warehouse.release import attention
from warehouse.release.attention import AwaitedSubmission


def read(text: str) -> dict[tuple[str, str], float]:
    """Each figure by its name and its label's value."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One accepted, one withdrawn, one held, one not processed; one of each kind in the inbox; released."""
    made = new_home(tmp_path_factory.mktemp("figures"))
    handed_in(made, JAN, GOOD)
    withdrawn = handed_in(made, FEB, GOOD | {("CRI", 2020): "x"})
    receipts.withdraw(made, withdrawn, FEB, office="o", reason="w")
    handed_in(made, MAR, REVISED)
    release(made, date(2024, 3, 31))
    folder = made.raw / "X" / "c" / "2024-03-20.1"
    folder.mkdir()
    (folder / "f.csv").write_text("reporting_country,period,value\nCRI,2001,5\n")
    (made.inbox / "X" / "c").mkdir(parents=True)
    (made.inbox / "X" / "c" / "new.csv").write_text("x")
    (made.inbox / "at_the_wrong_depth.csv").write_text("x")
    (made.inbox / "refused" / "X" / "c").mkdir(parents=True)
    (made.inbox / "refused" / "X" / "c" / "old.csv").write_text("x")
    return made


@pytest.mark.slow
@pytest.mark.operator("7", "figures")
def test_the_figures_are_those_of_the_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        attention, "list_overdue_collections", lambda *_: [AwaitedSubmission("X/c", JAN, JAN)]
    )
    monkeypatch.setattr(metrics, "today", lambda: FEB)  # 31 days later
    told = read(metrics.metrics_page(home, "en"))
    by_status = {status: told["lineabase_submissions", status] for status in metrics.STATUSES}
    assert by_status == {
        "accepted": 1, "held": 1, "rejected": 0, "refused": 0, "not_staged": 1, "withdrawn": 1,
    }  # fmt: skip
    assert told["lineabase_submissions_to_process", ""] == 1
    assert told["lineabase_submissions_held", ""] == 1
    assert told["lineabase_rows_in_quarantine", ""] == 0
    inbox = [told[f"lineabase_inbox_files_{what}", ""] for what in ("waiting", "staying", "refused")]
    assert inbox == [1, 1, 1]
    assert told["lineabase_collections_overdue", ""] == 1
    assert told["lineabase_overdue_seconds", "X/c"] == 31 * 86_400
    assert told["lineabase_gate_passed", ""] == 1
    assert told["lineabase_gate_questions_refused", ""] == 0
    assert told["lineabase_release_timestamp_seconds", "2023-Q4.r1"] > 1_700_000_000
    assert 0 <= told["lineabase_release_age_seconds", ""] < 3_600
    assert told["lineabase_bytes_used", "warehouse"] >= home.current.stat().st_size
    assert told["lineabase_bytes_free", ""] > 0


@pytest.mark.slow
def test_a_refusal_is_a_figure(home: Home) -> None:
    before = home.verdict.joinpath("summary.json").read_text()
    home.verdict.joinpath("summary.json").write_text(
        '{"passed": false, "refused": ["a", "b"], "remarked": []}'
    )
    told = read(metrics.metrics_page(home, "es"))
    assert (told["lineabase_gate_passed", ""], told["lineabase_gate_questions_refused", ""]) == (0, 2)
    home.verdict.joinpath("summary.json").write_text("{")
    assert ("lineabase_gate_passed", "") not in read(metrics.metrics_page(home, "es"))
    home.verdict.joinpath("summary.json").write_text(before)


@pytest.mark.operator("7", "nothing silenced")
def test_a_damaged_history_silences_no_figure_but_its_collection_s(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    shutil.copytree(home.raw / "X" / "c", home.raw / "X" / "d")
    receive(home, file_of(home, GOOD), "X/c", JAN)
    damaged = receive(home, file_of(home, GOOD), "X/d", JAN)
    assert read(metrics.metrics_page(home, "en"))["lineabase_submissions", "not_staged"] == 2
    (damaged.folder / EVENTS_FILE).write_bytes(b"no line\n")
    home.warehouse.mkdir(exist_ok=True)
    home.current.write_bytes(b"no database")
    told = read(metrics.metrics_page(home, "es"))
    assert told["lineabase_submissions", "not_staged"] == 1
    assert told["lineabase_collections_unreadable", ""] == 1
    assert told["lineabase_databases_unreadable", ""] == 1
    assert told["lineabase_bytes_free", ""] > 0


@pytest.mark.parametrize("lang", languages())
def test_status_prints_them_and_a_fresh_home_has_them_too(lang: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["status", "--metrics", "--lang", lang], env={"LINEABASE_HOME": str(tmp_path)}
    )
    assert result.exit_code == 0
    told = read(result.stdout)
    assert told["lineabase_submissions", "accepted"] == 0
    assert not any(name == "lineabase_release_age_seconds" for name, _ in told)
    assert "file.csv" not in result.stdout


LOGGED = """
import logging
from pipelines.dagster import logs
from warehouse.home.journal import log_event
logs.start_log(); logs.start_log()
log_event("released", release="2026-Q3.r1", new=True)
log_event("gate_refused", warn=True, questions=["a"])
logging.getLogger("library").warning("línea\\nrota")
try: 1 / 0
except ZeroDivisionError: logging.getLogger("x").exception("broke")
"""


@pytest.mark.operator("7", "log")
def test_the_log_is_a_json_object_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGED], cwd=CHECKOUT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["released", "gate_refused", "línea\nrota", "broke"]
    assert [line["level"] for line in lines] == ["info", "warning", "warning", "error"]
    assert (lines[0]["release"], lines[0]["new"], lines[1]["questions"]) == ("2026-Q3.r1", True, ["a"])
    assert all(line["timestamp"].endswith("Z") and line["logger"] for line in lines)
    assert "ZeroDivisionError" in lines[3]["exception"]


@pytest.mark.slow
def test_a_command_writes_it_where_it_is_asked_to(tmp_path: Path) -> None:
    """An empty home's refresh, which ends well and without a traceback."""
    command = [sys.executable, "-m", "pipelines.cli.main", "refresh", "--lang", "en"]
    environment = os.environ | {"LINEABASE_HOME": str(tmp_path), "LINEABASE_LOG": "json"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    assert "Source rows" in done.stdout
    assert "Traceback" not in done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    events = [line["event"] for line in lines if line["logger"] == "lineabase.events"]
    assert events == ["gate_passed", "released", "refresh_ended"]
