"""A home that an earlier version of the program left, before its first refresh: every command answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.app import COMMANDS
from pipelines.dagster import metrics
from pipelines.desk.access import Access
from pipelines.desk.app import PAGES, SECRETARIAT_PAGES
from schemas.words import InvalidValue
from tests import faults, older_homes
from tests.older_homes import OF_COMMITS
from tests.test_desk import Browser, served
from tests.test_figures import read as read_figures
from warehouse.home import Home, step_results
from warehouse.reading.client import Warehouse
from warehouse.release import older_releases, release_store

FIRST = next(iter(OF_COMMITS))
"""The commit whose tables differ most from today's."""
OLDER = "made by an earlier version of the program"


@pytest.fixture(scope="module", params=OF_COMMITS)
def left(request: pytest.FixtureRequest, sound_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home, as it is before the first refresh after an upgrade: nothing here changes it."""
    to = tmp_path_factory.mktemp(request.param) / "home"
    return older_homes.aged(Home(sound_home), to, request.param)


def calls(home: Home, to: Path) -> dict[str, list[str]]:
    """A call of each command that reads and changes nothing in the home."""
    submission = home.submissions()[-1]
    given = to / "given.csv"
    given.write_bytes(submission.file.read_bytes() + b"\n\n\n")
    return {
        "template": ["CRM-TS/victims", "-o", str(to / "template.csv")],
        "draft": [str(given), "-c", "DEMO/otra", "-o", str(to / "format.toml")],
        "check": [str(given), "-c", faults.COLLECTION],
        "report": [submission.id],
        "status": [],
        "questions": [],
        "decide": ["1", "--later", "--office", "o"],
        "explain": ["tip_victims_detected", "CRI", "2022"],
        "ask": ["How many victims in Honduras in 2022?"],
        "query": ["SELECT flag FROM analysis.trends"],
        "export": ["--indicator", "tip_victims_detected", "-o", str(to / "export.csv")],
        "site": [str(to / "site")],
        "matrix": ["treaties", "-o", str(to / "matrix.xlsx")],
        "catalog": ["countries", str(given)],
        "verify": [],
        "doctor": [],
    }


@pytest.mark.slow
def test_every_command_answers(left: Home, tmp_path: Path) -> None:
    for command, arguments in calls(left, tmp_path).items():
        _, said = faults.run(left, command, *arguments, "--lang", "en")
        assert "defect" not in said, (command, said)
        assert "Error:" not in said, (command, said)


def test_commands_that_are_not_called_here_ask_nothing_of_a_release(left: Home, tmp_path: Path) -> None:
    writes = {
        "submit",
        "confirm",
        "withdraw",
        "purge",
        "accept",
        "work",
        "refresh",
        "publish",
        "rollback",
        "laws",
    }
    assert set(COMMANDS) == {*calls(left, tmp_path), *writes, "desk", "ui", "mcp"}


def test_every_page_of_the_desk_answers(left: Home) -> None:
    access = Access()
    with served(left, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}&lang=en")
        for method, path, _ in (*PAGES, *SECRETARIAT_PAGES):
            if method == "GET" and "{" not in path:
                answer = browser.open(path)
                assert answer.status_code < 500, path
                assert "defect" not in answer.text, path


def first_name(home: Home) -> str:
    """The release that the home had when it was upgraded."""
    return release_store.releases(home)[0].name


@pytest.fixture
def first(sound_home: Path, tmp_path: Path) -> Home:
    """A home as the commit left it that lacks most."""
    return older_homes.aged(Home(sound_home), tmp_path / "home", FIRST)


def test_an_older_release_is_called_so(first: Home) -> None:
    code, said = faults.run(first, "status", "--lang", "en")
    assert code == 0
    assert OLDER in said
    told = json.loads(faults.run(first, "status", "--json", "--lang", "en")[1])
    assert told["questions"] is None  # not known, rather than none
    for command in (["questions"], ["query", "SELECT * FROM baseline.headline"]):
        code, said = faults.run(first, *command, "--lang", "en")
        assert code == 3
        assert OLDER in said
        assert "lineabase refresh" in said
    code, said = faults.run(first, "query", "SELECT nonsense FROM registry.release", "--lang", "en")
    assert (code, OLDER in said) == (2, False)


def test_an_older_release_is_no_damaged_database(first: Home) -> None:
    found = read_figures(metrics.metrics_page(first, "en"))
    assert found["lineabase_databases_unreadable", ""] == 0
    assert faults.run(first, "doctor")[0] == 0


def test_older_results_are_no_damaged_ones(first: Home) -> None:
    note = first.warehouse / "built.json"
    note.write_text(json.dumps({"fingerprint": "0", "as_of": "2026-01-01"}))
    code, said = faults.run(first, "doctor", "--lang", "en")
    assert code == 0, said
    assert "not what its step had left" not in said
    assert "its results are of an earlier version of the program" in said
    assert "Damaged results" not in faults.run(first, "status", "--lang", "en")[1]
    step_results.results_path(first, first.submissions()[0].id).write_text('{"records": {', encoding="utf-8")
    assert "Damaged results" in faults.run(first, "status", "--lang", "en")[1]


def test_an_analyst_is_told_so(first: Home) -> None:
    release = Warehouse.open(first.current)
    with pytest.raises(older_releases.OlderRelease, match=r"lineabase refresh"):
        release.trend("tip_victims_detected")
    release.close()
    with pytest.raises(older_releases.OlderRelease), Warehouse.open(first.current) as opened:
        opened.connection.execute("SELECT spike_years FROM analysis.trends")


def test_records_that_a_release_lacks_are_no_unknown_records(first: Home, tmp_path: Path) -> None:
    file = tmp_path / "lacking.duckdb"
    shutil.copyfile(first.current, file)
    with duckdb.connect(file) as db:
        db.execute("DROP TABLE IF EXISTS network.legislation")
    with Warehouse.open(file) as release:
        with pytest.raises(older_releases.OlderRelease, match=r"network\.legislation"):
            release.matrix("legislation", family="trafficking", assessment="self_assessment")
        with pytest.raises(InvalidValue, match="legislation"):
            release.matrix("legislacion")


@pytest.mark.slow
def test_the_first_refresh_ends_it(first: Home) -> None:
    code, said = faults.run(first, "refresh", "--lang", "en")
    assert code == 0, said
    assert {path.name for path in first.root.glob("staged/*/*.json")} == {"steps.json"}
    assert "defect" not in said
    assert OLDER not in faults.run(first, "status", "--lang", "en")[1]
    code, said = faults.run(first, "rollback", "--reason", "r", "--office", "o", "--lang", "en")
    assert code == 0, said
    assert "Binder" not in said
    assert OLDER in faults.run(first, "status", "--lang", "en")[1]


def test_what_a_release_lacks_is_named_by_the_columns_that_were_asked_for(first: Home) -> None:
    with duckdb.connect(first.current, read_only=True) as db:
        lacking = older_releases.missing_columns(db)
        assert "spike_years" in lacking["analysis.trends"]
        assert "baseline.headline" in lacking
        with pytest.raises(duckdb.BinderException) as raised:
            db.execute("SELECT spike_years FROM analysis.trends")
        found = older_releases.explain_error(raised.value, db)
        assert found is not None
        assert found.sentence.facts == {"release": first_name(first), "missing": "spike_years"}
        assert older_releases.explain_error(ValueError("spike_years"), db) is None
