"""The end of the last refresh is state: each door writes it, and everything that shows a home shows it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests

from assets.dagster import build as assets_build
from pipelines.dagster import alerts, metrics, service
from pipelines.dagster.definitions import definitions
from pipelines.dagster.jobs import config, plan
from pipelines.dagster.launch import instance_of
from pipelines.desk.access import Access
from schemas.words import languages
from tests import faults
from tests.test_desk import Browser, served
from tests.test_figures import read as read_figures
from warehouse.home import Home, lock
from warehouse.release import last_refresh
from warehouse.release.last_refresh import LastRefresh, OmittedPart

SECRET = "María 2024-04-01"


@pytest.fixture
def home(sound_home: Path, tmp_path: Path) -> Home:
    """A home with a release, to be spoilt."""
    return faults.copy(Home(sound_home), tmp_path / "home")


@pytest.fixture(scope="module")
def refused(sound_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose raw/ is older than its release, refreshed: the gate refuses."""
    home = faults.copy(Home(sound_home), tmp_path_factory.mktemp("refused") / "home")
    shutil.rmtree(home.submissions()[-1].folder)
    code, said = faults.run(home, "refresh", "--lang", "en")
    assert code == 1, said
    return home


def content(home: Home) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((home.warehouse / "last_refresh.json").read_text())
    return told


def break_the_build(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(assets_build.building, "build", fail)


def make_something_new(home: Home) -> None:
    (home.warehouse / "built.json").unlink()


def test_a_release_and_a_refresh_with_nothing_new_are_told(home: Home) -> None:
    told = content(home)
    assert (told["outcome"], told["release"]) == ("released", f"{sorted(home.releases.glob('*.r1'))[0].name}")
    assert datetime.fromisoformat(told["started"]) <= datetime.fromisoformat(told["ended"])
    assert told["running"] is None
    assert told["run"]
    assert faults.run(home, "refresh")[0] == 0
    assert content(home)["outcome"] == "nothing_new"
    for lang in languages():
        said = faults.run(home, "status", "--lang", lang)[1]
        assert all(
            sentence.render(lang) in said
            for sentence in last_refresh.render_sentences(last_refresh.read_last_refresh(home))
        )


def test_a_refusal_is_told_by_every_command(refused: Home) -> None:
    told = content(refused)
    assert told["outcome"] == "refused"
    assert told["reason"]["rules"] == ["accepted_stays_accepted"]
    assert told["what_to_do"] == "gate"
    code, said = faults.run(refused, "doctor", "--lang", "en")
    assert code == 3
    assert "All is well" not in said
    assert "✗ Last refresh: refused by the gate" in said
    assert "What to do: read the gate's page" in said
    code, said = faults.run(refused, "status", "--lang", "en")
    assert code == 0
    assert "Last refresh: refused by the gate" in said
    kept = json.loads(faults.run(refused, "status", "--json")[1])["last_refresh"]
    assert kept == told


def test_figures_after_a_refusal(refused: Home) -> None:
    found = read_figures(metrics.metrics_page(refused, "en"))
    outcomes = {of: value for (name, of), value in found.items() if name == "lineabase_last_refresh_outcome"}
    assert outcomes == {"released": 0, "nothing_new": 0, "refused": 1, "broke_off": 0}
    assert found["lineabase_gate_passed", ""] == 0
    ended = datetime.fromisoformat(content(refused)["ended"]).timestamp()
    assert found["lineabase_last_refresh_timestamp_seconds", ""] == ended
    assert found["lineabase_last_refresh_duration_seconds", ""] >= 0


def test_the_gate_passed_no_more_where_the_verdict_was_lost(refused: Home, tmp_path: Path) -> None:
    home = faults.copy(refused, tmp_path / "copy")
    summary = home.verdict / "summary.json"
    summary.write_text(json.dumps(json.loads(summary.read_text()) | {"passed": True}))
    assert read_figures(metrics.metrics_page(home, "en"))["lineabase_gate_passed", ""] == 0


@pytest.mark.slow
def test_a_refusal_is_mailed_once(refused: Home, tmp_path: Path) -> None:
    home = faults.copy(refused, tmp_path / "copy")
    letters: list[str] = []

    class Postbox:
        def send(self, subject: str, text: str, name: str) -> None:
            letters.append(text)

    with instance_of(home) as instance:
        alerts.send_alerts(home, instance, Postbox(), "en")
        alerts.send_alerts(home, instance, Postbox(), "en")
    [letter] = letters
    assert letter.count("refused") == 1
    assert "What to do" in letter


def test_the_desk_tells_the_secretariat_alone(refused: Home) -> None:
    access = Access()
    with served(refused, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}&lang=en")
        for page in ("/release", "/standing"):
            browser.open(f"{page}?lang=en")
            assert "Last refresh: refused by the gate" in browser.said, page
    behind = Access(key="k" * 20)
    with served(refused, behind) as base:
        headers = {"x-lineabase-key": behind.key, "x-lineabase-office": "o", "x-lineabase-provider": "X"}
        page = requests.get(f"{base}/standing?lang=en", headers=headers)
        assert page.status_code == 200
        assert "Last refresh" not in page.text


def health(home: Home) -> requests.Response:
    with served(home, Access()) as base:
        return requests.get(f"{base}/healthz")


def test_the_health_of_a_home_is_answered_without_login(refused: Home, home: Home) -> None:
    well, ill = health(home), health(refused)
    assert (well.status_code, ill.status_code) == (200, 503)
    assert well.json()["last_refresh"] == "released"
    assert ill.json()["last_refresh"] == "refused"
    assert set(ill.json()) == {"healthy", "last_refresh", "started", "ended", "at_work", "stuck"}
    assert str(refused.root) not in ill.text
    (home.warehouse / "last_refresh.json").unlink()
    assert health(home).status_code == 200  # none has ended yet


@pytest.mark.slow
def test_what_broke_off_is_told_by_the_class_of_its_exception(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_something_new(home)
    break_the_build(monkeypatch, KeyError("Q", SECRET))
    assert faults.run(home, "refresh")[0] == 3
    told = content(home)
    assert (told["outcome"], told["reason"]["exception"], told["what_to_do"]) == (
        "broke_off",
        "KeyError",
        "defect",
    )
    assert SECRET not in (home.warehouse / "last_refresh.json").read_text()
    code, said = faults.run(home, "doctor", "--lang", "en")
    assert code == 3
    assert "✗ Last refresh: stopped before its end" in said
    assert "KeyError" in said
    assert health(home).status_code == 503
    monkeypatch.undo()
    assert faults.run(home, "refresh")[0] == 0
    assert content(home)["outcome"] in ("released", "nothing_new")
    assert "Last refresh: " in faults.run(home, "doctor", "--lang", "en")[1]


@pytest.mark.slow
def test_a_full_disk_has_its_own_remedy(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    make_something_new(home)
    break_the_build(monkeypatch, OSError(28, "No space left on device"))
    faults.run(home, "refresh")
    assert content(home)["what_to_do"] == "machine"


def test_what_stops_a_refresh_before_it_begins_is_told(home: Home) -> None:
    card = home.card_path(faults.COLLECTION)
    card.write_text(card.read_text() + "\nno_such_key = 1\n")
    assert faults.run(home, "refresh")[0] == 1
    told = content(home)
    assert (told["outcome"], told["what_to_do"]) == ("broke_off", "doctor")
    assert told["reason"]["exception"] == "CardError"


def test_a_slip_of_the_command_line_is_no_end_of_a_refresh(home: Home) -> None:
    before = content(home)
    assert faults.run(home, "refresh", "--as-of", "2099-01-01")[0] == 2
    assert content(home) == before


def dagster_run(home: Home, run_config: dg.RunConfig | None = None) -> bool:
    """The job as the schedule, the sensor and Dagster's page run it: not through the command."""
    with instance_of(home) as instance:
        job = definitions(home).resolve_job_def("refresh")
        given = plan(home, instance)
        return job.execute_in_process(
            instance=instance, raise_on_error=False, run_config=run_config or config(), **given
        ).success


@pytest.mark.slow
def test_a_run_of_dagster_tells_how_it_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.warehouse / "last_refresh.json").unlink()
    assert dagster_run(home)
    assert content(home)["outcome"] == "nothing_new"
    assert content(home)["run"]
    break_the_build(monkeypatch, ValueError(SECRET))
    assert not dagster_run(home)
    assert (content(home)["outcome"], content(home)["reason"]["exception"]) == ("broke_off", "ValueError")


def hold(root: Path, ready: Any) -> None:
    with last_refresh.record_refresh(Home(root), "run"):
        ready.set()
        signal.pause()


@pytest.fixture
def at_work(home: Home) -> Any:
    """A process that refreshes the home and does not end by itself."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=hold, args=(home.root, ready))
    process.start()
    assert ready.wait(60)
    yield process
    process.kill()
    process.join()


def test_a_killed_refresh_broke_off(home: Home, at_work: Any) -> None:
    last = last_refresh.read_last_refresh(home)
    assert last.is_well
    assert last.outcome == "released"
    assert last.running
    assert (last.running.pid, last.running.run) == (at_work.pid, "run")
    assert f"pid {at_work.pid}" in faults.run(home, "status", "--lang", "en")[1]
    assert health(home).json()["at_work"]
    os.kill(at_work.pid, signal.SIGKILL)
    at_work.join()
    last = last_refresh.read_last_refresh(home)
    assert (last.outcome, last.ended, last.running, last.is_well) == ("broke_off", None, None, False)
    assert "its process is gone" in faults.run(home, "doctor", "--lang", "en")[1]
    assert faults.run(home, "refresh")[0] == 0
    assert last_refresh.read_last_refresh(home).is_well


def test_who_comes_second_says_nothing_of_who_is_at_work(home: Home, at_work: Any) -> None:
    before = content(home)
    with pytest.raises(lock.Busy), last_refresh.record_refresh(home):
        raise lock.Busy(home.warehouse / "build.lock", lock.UNKNOWN)
    assert content(home) == before


def test_a_refresh_that_does_not_end_is_stuck(home: Home, at_work: Any) -> None:
    since = datetime.now(UTC) - last_refresh.STUCK_AFTER - timedelta(minutes=1)
    told = content(home)
    told["running"]["since"] = since.isoformat()
    (home.warehouse / "last_refresh.json").write_text(json.dumps(told))
    assert health(home).status_code == 503
    assert health(home).json()["stuck"]
    code, said = faults.run(home, "doctor", "--lang", "en")
    assert code == 3
    assert "None takes so long" in said


def test_parts_that_were_left_out_are_told_by_name(home: Home) -> None:
    part = OmittedPart("CRM-TS/victims", "PAN", "2024-Q2", "not_protectable")
    with last_refresh.record_refresh(home) as record:
        last_refresh.leave_out(home, [part])
        record.record_release("2024-Q2.r1", is_new=True)
    assert content(home)["left_out"] == [vars(part)]
    said = faults.run(home, "status", "--lang", "en")[1]
    assert "Left out of the release: 1 part" in said
    assert "CRM-TS/victims, PAN, 2024-Q2: No draw leaves each small count three feasible values" in said


@pytest.mark.parametrize("spoil", [faults.cut, faults.empty, faults.garbage])
def test_a_file_that_cannot_be_read_says_nothing(home: Home, spoil: Callable[[Path], None]) -> None:
    spoil(last_refresh.path_in(home))
    assert last_refresh.read_last_refresh(home) == LastRefresh()


async def asked(app: Any, path: str) -> int:
    """The status of an answer to a GET, from an application that nobody serves."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    named = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": ""}
    headers = [(b"host", b"127.0.0.1")]
    await app(
        named | {"query_string": b"", "headers": headers, "scheme": "http", "http_version": "1.1"},
        receive,
        send,
    )
    return statuses[0]


@pytest.mark.slow
def test_dagsters_page_answers_for_the_health_of_a_home(refused: Home, home: Home) -> None:
    for of, status in ((home, 200), (refused, 503)):
        with instance_of(of) as instance, service._page(of, instance) as server:
            assert asyncio.run(asked(server.config.app, "/healthz")) == status
