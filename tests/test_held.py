"""Held: from the receipt to the release, and back. Why a file is held: tests/bad_input/held.py."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.answers import inbox_answers
from assets.dagster.contract_check import CHECK_NAME, check_metadata
from assets.intake import admission, freshness, runner
from assets.intake.inbox import receive_files
from assets.intake.processing import process
from assets.intake.step import OBSERVATIONS
from assets.intake.submission import receive
from pipelines.cli.app import app
from pipelines.dagster.definitions import definitions
from pipelines.dagster.launch import run_refresh
from tests.conftest import AS_OF, release
from tests.test_vintages import known, new_home, send
from warehouse.build import freshness as builds
from warehouse.home import EVENTS_FILE, Home, Submission, receipts, step_results
from warehouse.home.calendar import today
from warehouse.publication.shipping import _history_for_builds

JAN, FEB, MAR, APR = (date(2024, month, 10) for month in (1, 2, 3, 4))
BY = {"office": "Dirección de Estadística", "reason": "el año se recontó"}

Rows = dict[tuple[str, int | str], str]
GOOD: Rows = {("CRI", year): str(100 + year) for year in range(2000, 2020)}
REVISED = GOOD | {("CRI", 2001): "9", ("CRI", 2002): "9"}
"""Two of twenty values are others: a tenth."""


def file_of(home: Home, rows: Rows) -> Path:
    lines = [f"{country},{year},{value}" for (country, year), value in rows.items()]
    file = home.root / "file.csv"
    file.write_text("\n".join(["reporting_country,period,value", *lines]) + "\n", encoding="utf-8")
    return file


def handed_in(home: Home, day: date, rows: Rows) -> Submission:
    """Received and made, and nobody confirms it."""
    submission = receive(home, file_of(home, rows), "X/c", day)
    process(home, submission)
    return submission


def said(submission: Submission) -> list[str]:
    """The names of the lines of its history."""
    return [event["event"] for event in submission.events()]


def run(home: Home, *arguments: str) -> Result:
    environment = {"LINEABASE_HOME": str(home.root), "COLUMNS": "400", "NO_COLOR": "1"}
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def registered(home: Home, what: str = "submission, status") -> list[tuple]:
    with duckdb.connect(home.current, read_only=True) as db:
        return db.execute(f"SELECT {what} FROM registry.submissions ORDER BY submission").fetchall()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one accepted submission, staged: to be copied."""
    made = new_home(tmp_path_factory.mktemp("kept") / "home")
    handed_in(made, JAN, GOOD)
    return made


@pytest.fixture
def home(kept: Home, tmp_path: Path) -> Home:
    """A copy of it, to be changed."""
    return Home(shutil.copytree(kept.root, tmp_path / "home"))


@pytest.fixture(scope="module")
def waits(kept: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same with a second one that is held, released in March: to be copied."""
    made = Home(shutil.copytree(kept.root, tmp_path_factory.mktemp("waits") / "home"))
    handed_in(made, FEB, REVISED)
    release(made, MAR)
    return made


@pytest.mark.slow
def test_what_is_held_waits_and_the_last_accepted_stays_in_force(waits: Home) -> None:
    home, held = waits, waits.submissions()[-1]
    assert said(held) == ["received", "held"]
    assert known(home, MAR) == {key: float(value) for key, value in GOOD.items()}
    assert registered(home) == [("X.c.2024-01-10.1", "accepted"), (held.id, "held")]
    why = "held_on, held_office, held_reason_es, held_reason_en, confirmed_on, confirmed_reason, confirmed_office"
    assert registered(home, why)[1] == (
        FEB, "lineabase", "Cambiaron 2 de 20 valores.", "2 of 20 values changed.", None, None, None
    )  # fmt: skip


@pytest.mark.slow
def test_a_confirmation_lets_it_in_from_its_day_of_receipt(waits: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(waits.root, tmp_path / "home"))
    held = home.submissions()[-1]
    assert builds.list_changed_parts(home) == []
    receipts.confirm(home, held, APR, **BY)
    assert builds.is_built(home, MAR) is False
    release(home, MAR)
    assert known(home, MAR)["CRI", 2001] == 9
    assert known(home, JAN)["CRI", 2001] == 2101
    why = "status, confirmed_on, confirmed_reason, confirmed_office"
    assert registered(home, why)[1] == ("accepted", APR, BY["reason"], BY["office"])


@pytest.mark.parametrize("which", ["accepted", "confirmed", "withdrawn"])
def test_what_is_not_held_is_not_confirmed(which: str, home: Home) -> None:
    [accepted] = home.submissions()
    held = handed_in(home, FEB, REVISED)
    if which == "confirmed":
        receipts.confirm(home, held, MAR, **BY)
    if which == "withdrawn":
        receipts.withdraw(home, held, MAR, office="demo", reason="prueba")
    asked = accepted if which == "accepted" else held
    before = said(asked)
    told = run(home, "confirm", asked.id, "--reason", "x", "--office", "y", "--lang", "en")
    assert (told.exit_code, said(asked)) == (1, before)
    assert f"{asked.id} is not held; there is nothing to confirm." in told.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("X.c.2024-02-10.1", "--reason", "x"),
        ("X.c.2024-02-10.1", "--reason", " ", "--office", "y"),
        ("X.c.2024-02-10.9", "--reason", "x", "--office", "y"),
    ],
)
def test_a_confirmation_says_which_why_and_who(arguments: tuple[str, ...], home: Home) -> None:
    held = handed_in(home, FEB, REVISED)
    assert run(home, "confirm", *arguments).exit_code == 2
    assert said(held) == ["received", "held"]


SAID = {
    "es": ("Cambiaron 2 de 20 valores.", "Retenido: espera, y el último envío aceptado sigue vigente."),
    "en": ("2 of 20 values changed.", "Held: it waits, and the last accepted submission stays in force."),
}


@pytest.mark.parametrize(("lang", "what", "to_do"), [(lang, *words) for lang, words in SAID.items()])
def test_submit_exits_1_and_says_what_to_do(lang: str, what: str, to_do: str, home: Home) -> None:
    told = ("--collection", "X/c", "--received", str(FEB), "--lang", lang)
    file = str(file_of(home, REVISED))
    tried = run(home, "check", file, *told)
    assert (tried.exit_code, len(home.submissions())) == (1, 1)
    assert what in tried.stdout
    assert "--confirm" in tried.stdout
    kept = run(home, "submit", file, *told)
    assert kept.exit_code == 1
    for words in (what, to_do, 'lineabase confirm X.c.2024-02-10.1 --reason "…" --office "…"'):
        assert words in kept.stdout
    assert named_by(home, "status", lang)


def named_by(home: Home, command: str, lang: str) -> bool:
    """Whether a command names what is held, and says why."""
    named = run(home, command, "--lang", lang)
    assert named.exit_code == 0
    return f"X.c.2024-02-10.1{' ' * (lang == 'fr')}: {SAID[lang][0]}" in named.stdout + named.stderr


@pytest.mark.slow
def test_refresh_names_what_is_held_in_each_language_and_to_a_machine(home: Home) -> None:
    """Each time: the first refresh releases, the others have nothing to do."""
    handed_in(home, FEB, REVISED)
    assert [lang for lang in SAID if named_by(home, "refresh", lang)] == list(SAID)
    assert json.loads(run(home, "refresh", "--json").stdout)["held"] == ["X.c.2024-02-10.1"]


def test_a_machine_hears_of_it(home: Home) -> None:
    told = ("--collection", "X/c", "--received", str(FEB), "--json")
    document = json.loads(run(home, "submit", str(file_of(home, REVISED)), *told).stdout)
    assert document["status"] == "held"
    assert document["compared"] == {
        "with": "X.c.2024-01-10.1", "of": 20, "changed": 2, "gone": 0, "waiting": 0, "new": 0
    }  # fmt: skip
    assert [(f["rule"], f["value"], f["expected"]) for f in document["findings"]] == [
        ("values_changed", "2", "20"),
        ("level_unlike_past_asked", "9", "2100"),
    ]
    status = json.loads(run(home, "status", "--json").stdout)
    assert (status["held"], status["collections"][-1]["status"]) == (["X.c.2024-02-10.1"], "held")


def test_submit_and_confirm_is_one_command(home: Home) -> None:
    file = str(file_of(home, REVISED))
    told = ("--collection", "X/c", "--received", str(FEB), "--confirm", "--reason", "x")
    assert run(home, "submit", file, *told).exit_code == 2
    assert len(home.submissions()) == 1
    assert run(home, "submit", file, *told, "--office", "y").exit_code == 0
    assert said(home.submissions()[-1]) == ["received", "held", "confirmed"]


def test_to_confirm_what_is_not_held_leaves_no_line(home: Home) -> None:
    told = ("--collection", "X/c", "--received", str(FEB), "--confirm", "--reason", "x", "--office", "y")
    assert run(home, "submit", str(file_of(home, GOOD | {("CRI", 2020): "2120"})), *told).exit_code == 0
    assert said(home.submissions()[-1]) == ["received", "compared"]


def test_the_next_one_is_compared_with_what_is_in_force(home: Home) -> None:
    """The same file again, mended, is held against the accepted one and not against the one that waits."""
    handed_in(home, FEB, {("CRI", 2000): "1"})
    third = handed_in(home, MAR, GOOD | {("CRI", 2020): "2120"})
    assert third.admission_state.compared_with == "X.c.2024-01-10.1"
    assert said(third) == ["received", "compared"]


def test_of_a_withdrawn_one_nothing_must_persist(home: Home) -> None:
    [first] = home.submissions()
    receipts.withdraw(home, first, JAN, office="demo", reason="prueba")
    assert said(handed_in(home, FEB, {("PAN", 2000): "1"})) == ["received", "compared"]


def withdrawn(home: Home, submission: Submission) -> str:
    told = run(home, "withdraw", submission.id, "--office", "o", "--why", "w", "--lang", "en")
    assert told.exit_code == 0
    return told.stdout


def test_withdrawing_says_what_is_in_force_then(home: Home) -> None:
    [first] = home.submissions()
    second = handed_in(home, FEB, GOOD | {("CRI", 2020): "2121"})
    held = handed_in(home, MAR, REVISED)
    assert f"{second.id} is in force." in withdrawn(home, held)
    assert f"{first.id} is in force." in withdrawn(home, second)
    assert "Nothing of X/c is in force any more" in withdrawn(home, first)


@pytest.mark.slow
def test_withdrawing_one_of_several_that_bring_a_part_each_says_how_many_are_left(tmp_path: Path) -> None:
    home = new_home(tmp_path, delivery="by_period")
    parts = [handed_in(home, JAN, {("CRI", 2020): "2121"}), handed_in(home, FEB, {("CRI", 2021): "5"})]
    parts.append(handed_in(home, MAR, {("CRI", 2022): "5"}))
    assert f"in what each brings, are 2 submissions of the collection (the last one, {parts[2].id})" in (
        withdrawn(home, parts[0])
    )
    assert f"is 1 submission of the collection (the last one, {parts[1].id})" in withdrawn(home, parts[2])


def test_where_results_are_missing_withdrawing_says_that_it_does_not_know(home: Home) -> None:
    [first] = home.submissions()
    second = handed_in(home, FEB, GOOD | {("CRI", 2020): "2121"})
    shutil.rmtree(home.staged_folder(first.id))
    assert "What is in force, “lineabase refresh” will say" in withdrawn(home, second)


def test_what_was_withdrawn_is_not_withdrawn_again_on_another_day(home: Home) -> None:
    [first] = home.submissions()
    receipts.withdraw(home, first, FEB, office="demo", reason="prueba")
    told = run(home, "withdraw", first.id, "--office", "o", "--why", "w", "--lang", "en")
    assert (told.exit_code, f"has been withdrawn since {FEB}" in told.stderr) == (1, True)
    assert said(first) == ["received", "compared", "withdrawn"]


def test_one_of_an_earlier_day_is_held_against_what_came_after(home: Home) -> None:
    late = handed_in(home, date(2023, 12, 1), {("PAN", year): "5" for year in range(2000, 2019)})
    assert {breach.rule for breach in late.admission_state.breaches} == {"values_gone", "country_gone"}
    plain = handed_in(home, date(2023, 12, 2), dict(list(GOOD.items())[:19]))
    assert said(plain) == ["received", "compared"]


def test_a_period_that_was_running_may_change(tmp_path: Path) -> None:
    """2024 was not over on the day of the first receipt; all of it may be another number."""
    home = new_home(tmp_path)
    handed_in(home, JAN, {("CRI", 2023): "100", ("CRI", 2024): "3"})
    assert (
        said(handed_in(home, date(2025, 2, 1), {("CRI", 2023): "100", ("CRI", 2024): "90"}))[-1] == "compared"
    )


@pytest.mark.slow
def test_of_a_delivery_by_period_the_periods_that_it_brings_are_compared(tmp_path: Path) -> None:
    """Each with the one in force: 2021 of the second, 2022 of the first."""
    home = new_home(tmp_path, delivery="by_period")
    handed_in(home, JAN, {(c, y): "50" for c in ("CRI", "PAN") for y in (2021, 2022)})
    send(home, FEB, {(c, 2021): "70" for c in ("CRI", "PAN")})
    new = handed_in(home, MAR, {("CRI", 2023): "1", ("PAN", 2023): "1"})
    assert (said(new)[-1], new.admission_state.values["of"]) == ("compared", 0)
    same = handed_in(home, MAR, {("CRI", 2021): "70", ("CRI", 2022): "50"})
    assert (said(same)[-1], same.admission_state.values["of"]) == ("compared", 2)
    other = handed_in(home, APR, {("CRI", 2021): "50", ("CRI", 2022): "50"})
    assert other.admission_state.values == {"of": 2, "changed": 1, "gone": 0, "waiting": 0, "new": 0}
    assert said(other)[-1] == "held"


def test_last_year_s_file_under_this_year_is_a_series_shifted(tmp_path: Path) -> None:
    """What a delivery by period brings is looked for in the years beside it, too: 2019 is not in the second."""
    home = new_home(tmp_path, delivery="by_period")
    handed_in(home, JAN, {("HND", 2019): "80", ("HND", 2020): "90", ("HND", 2021): "95"})
    shifted = handed_in(home, FEB, {("HND", 2020): "80", ("HND", 2021): "90", ("HND", 2022): "95"})
    found = [(b.rule, b.column_name, b.value, b.expected) for b in shifted.admission_state.breaches]
    assert ("series_shifted", "HND · victims_detected", "3", "+1") in found


def test_next_year_s_file_under_this_year_is_a_series_shifted_back(tmp_path: Path) -> None:
    home = new_home(tmp_path, delivery="by_period")
    handed_in(home, JAN, {("HND", 2020): "80", ("HND", 2021): "90", ("HND", 2022): "95"})
    shifted = handed_in(home, FEB, {("HND", 2019): "80", ("HND", 2020): "90", ("HND", 2021): "95"})
    found = [(b.rule, b.column_name, b.value, b.expected) for b in shifted.admission_state.breaches]
    assert [b for b in found if b[0] == "series_shifted"] == [
        ("series_shifted", "HND · victims_detected", "3", "-1")
    ]


@pytest.mark.parametrize(("values", "is_shifted"), [((10, 11, 12), True), ((9, 10, 11), False)])
def test_values_below_ten_and_fewer_than_three_show_no_shift(
    tmp_path: Path, values: tuple[int, ...], is_shifted: bool
) -> None:
    home = new_home(tmp_path, delivery="by_period")
    handed_in(home, JAN, {("HND", 2020 + n): str(value) for n, value in enumerate(values)})
    shifted = handed_in(home, FEB, {("HND", 2021 + n): str(value) for n, value in enumerate(values)})
    assert ("series_shifted" in {b.rule for b in shifted.admission_state.breaches}) == is_shifted


@pytest.mark.slow
@pytest.mark.operator("1", "held")
def test_from_the_inbox_it_becomes_held_and_a_release_goes_out_without_it(home: Home) -> None:
    """As the sensor and the schedule do it: received, made, compared, built and released in one run."""
    folder = home.inbox / "X" / "c"
    folder.mkdir(parents=True)
    file_of(home, REVISED).rename(folder / "file.csv")
    done = receive_files(home)
    [taken] = done.submission_ids
    assert (done.refusals, [s.id for s in freshness.outdated_submissions(home)]) == ([], [taken])
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_refresh(home, instance).status.name == "RELEASED"
    assert said(home.submissions()[-1]) == ["received", "held"]
    assert registered(home) == [("X.c.2024-01-10.1", "accepted"), (taken, "held")]
    assert known(home, today())["CRI", 2001] == 2101


def test_a_shipped_submission_brings_its_lines(home: Home) -> None:
    held = handed_in(home, FEB, REVISED)
    receipts.confirm(home, held, MAR, **BY)
    told = _history_for_builds(home, held.id)
    assert [line["event"] for line in told] == ["held", "confirmed"]
    assert told[0]["reason"] == [{"rule": "values_changed", "value": "2", "expected": "20"}]
    assert _history_for_builds(home, "X.c.2024-01-10.1") == []


# ---- lines are followed, and nothing is judged again -------------------------------------------------


def in_force(home: Home) -> list[tuple]:
    """What a release as of AS_OF holds."""
    release(home, AS_OF)
    with duckdb.connect(home.current, read_only=True) as db:
        values = db.execute("SELECT * FROM core.observations ORDER BY ALL").fetchall()
        return [*values, *db.execute("SELECT * FROM registry.submissions ORDER BY ALL").fetchall()]


def rebuilt(home: Home, root: Path, order: Callable[[list[Submission]], list[Submission]]) -> list[tuple]:
    """The same from raw/ alone, the steps made in another order."""
    again = Home(root)
    shutil.copytree(home.raw, again.raw)
    for submission in order(again.submissions()):
        process(again, submission)
    assert [said(s) for s in again.submissions()] == [said(s) for s in home.submissions()]
    return in_force(again)


@pytest.fixture(scope="module")
def all_ways(kept: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[tuple]]:
    """One that waits, one confirmed after a later one came, one that came late; and what a release holds of them."""
    home = Home(shutil.copytree(kept.root, tmp_path_factory.mktemp("all_ways") / "home"))
    handed_in(home, FEB, {("PAN", 2000): "1"})
    confirmed = handed_in(home, MAR, REVISED)
    handed_in(home, APR, GOOD | {("CRI", 2020): "2120"})
    handed_in(home, date(2023, 12, 2), dict(list(GOOD.items())[:19]))
    receipts.confirm(home, confirmed, date(2024, 5, 1), **BY)
    assert [s.admission_state.is_waiting for s in home.submissions()] == [False, False, True, False, False]
    return home, in_force(home)


@pytest.mark.slow
@pytest.mark.parametrize("order", [list, lambda them: them[::-1], lambda them: them[2:] + them[:2]])
def test_rebuilding_in_any_order_gives_the_same(
    order: Callable, all_ways: tuple[Home, list[tuple]], tmp_path: Path
) -> None:
    home, told = all_ways
    assert rebuilt(home, tmp_path / "again", order) == told


@pytest.mark.slow
def test_a_mended_card_judges_no_one_again(home: Home) -> None:
    held, card = handed_in(home, FEB, REVISED), home.card_path("X/c")
    card.write_text(card.read_text() + 'quarantined_share = 0.0\nabsent_cell = "zero"\n', encoding="utf-8")
    for submission in home.submissions():
        process(home, submission)
    assert [said(s) for s in home.submissions()] == [["received", "compared"], ["received", "held"]]
    assert held.admission_state.is_waiting


@pytest.mark.slow
def test_a_history_of_before_is_not_compared(home: Home) -> None:
    """Received by an earlier version, or laid into raw/ by hand: in force as it was."""
    plain = receive(home, file_of(home, {("PAN", 2000): "1"}), "X/c", FEB)
    line = json.dumps({"event": "received", "on": str(FEB), "office": "", "sha256": plain.sha256})
    (plain.folder / EVENTS_FILE).write_text(line + "\n", encoding="utf-8")
    process(home, plain)
    assert said(plain) == ["received"]
    release(home, MAR)
    assert known(home, MAR) == {("PAN", 2000): 1}


@pytest.mark.slow
def test_killed_before_it_was_compared_it_waits_for_the_next_run(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(admission, "admit", killed)
        with pytest.raises(KeyboardInterrupt):
            handed_in(home, FEB, REVISED)
    last = home.submissions()[-1]
    result = step_results.read_result(home, last.id, OBSERVATIONS.name)
    assert result is not None
    assert result.is_accepted
    assert said(last) == ["received"]
    release(home, MAR)  # what is staged and not compared is no part of it
    assert registered(home) == [("X.c.2024-01-10.1", "accepted")]
    assert freshness.outdated_submissions(home) == [last]
    runner.run(home, [last], OBSERVATIONS)
    assert said(last) == ["received", "held"]
    assert freshness.outdated_submissions(home) == []


def test_two_runs_at_once_leave_one_line(home: Home) -> None:
    late = receive(home, file_of(home, REVISED), "X/c", FEB)
    process(home, late)
    receipts.note_comparison(home, late, "", {}, [])
    assert said(late) == ["received", "held"]


@pytest.mark.parametrize("order", [iter, reversed], ids=["as they came", "the other way round"])
@pytest.mark.operator("8", "concurrency")
def test_two_that_came_before_either_was_made_are_compared_in_their_order(
    order: Callable, tmp_path: Path
) -> None:
    """Nothing is in force yet. Each asked for the other's steps first, without end: the run died of it."""
    home = new_home(tmp_path / "home")
    first, second = (
        receive(home, file_of(home, rows), "X/c", day) for day, rows in ((JAN, GOOD), (FEB, REVISED))
    )
    for submission in order([first, second]):
        process(home, submission)
    assert (said(first), first.admission_state.compared_with) == (["received", "compared"], "")
    assert (said(second), second.admission_state.compared_with) == (["received", "held"], first.id)


def test_those_before_it_are_made_first(home: Home) -> None:
    """The inbox took two and the steps of the second run first: it is held against the first."""
    first = receive(home, file_of(home, GOOD | {("CRI", 2020): "2120"}), "X/c", FEB)
    second = receive(home, file_of(home, REVISED), "X/c", MAR)
    process(home, second)
    assert (said(first), said(second)) == (["received", "compared"], ["received", "held"])
    assert second.admission_state.compared_with == first.id


def test_dagster_says_held_and_why(home: Home) -> None:
    """`accepted` is what the steps say of the rows; the file is not in force."""
    held = handed_in(home, FEB, REVISED)
    last = step_results.read_result(home, held.id, step_results.LAST_STEP)
    assert last is not None
    assert last.status == "accepted"
    metadata = check_metadata(held, last, last.findings)
    assert {name: metadata[name] for name in ("status", "held_es", "held_en")} == {
        "status": "held",
        "held_es": "Cambiaron 2 de 20 valores.",
        "held_en": "2 of 20 values changed.",
    }
    receipts.confirm(home, held, APR, **BY)
    assert check_metadata(held, last, last.findings)["status"] == "accepted"


@pytest.mark.slow
def test_a_run_of_dagster_says_held_and_releases_what_was_in_force(home: Home) -> None:
    """Nothing of the second file is made before the run: it is held within the graph, as from the page."""
    held = receive(home, file_of(home, REVISED), "X/c", FEB)
    (home.inbox / "X" / "c").mkdir(parents=True)
    inbox_answers.note_path(home, held, "X/c/feb.csv")
    with dg.DagsterInstance.ephemeral() as instance:
        refresh = definitions(home).resolve_job_def("refresh")
        assert refresh.execute_in_process(instance=instance).success
        check = dg.AssetCheckKey(dg.AssetKey("validated"), CHECK_NAME)
        answers = instance.event_log_storage.get_asset_check_execution_history(check, limit=10)
        told = [a.event.dagster_event.asset_check_evaluation_data for a in answers]
        made = instance.fetch_materializations(
            dg.AssetRecordsFilter(dg.AssetKey("observations"), asset_partitions=[held.id]), limit=1
        )
    [last] = [record.asset_materialization.metadata for record in made.records]
    [contract] = [answer.metadata for answer in told if answer.partition == held.id]
    for metadata in (last, contract):
        assert {name: metadata[name].value for name in ("status", "held_es", "held_en")} == {
            "status": "held",
            "held_es": "Cambiaron 2 de 20 valores.",
            "held_en": "2 of 20 values changed.",
        }
    assert registered(home) == [("X.c.2024-01-10.1", "accepted"), (held.id, "held")]
    with duckdb.connect(home.current, read_only=True) as db:
        in_force = db.execute("SELECT DISTINCT submission FROM core.current").fetchall()
    assert in_force == [("X.c.2024-01-10.1",)]
    answer = home.inbox / "X" / "c" / "feb.csv.respuesta.html"
    assert "Cambiaron 2 de 20 valores." in answer.read_text(encoding="utf-8")


# ---- labels of months in a series of years -------------------------------------------------------------


def monthly(*years: int) -> Rows:
    """The good file, where these years are written as their January, as spreadsheets turn 2019 into a date."""
    return {(c, f"{year}-01" if year in years else year): v for (c, year), v in GOOD.items()}


def test_labels_of_months_in_a_series_of_years_are_said_though_nothing_is_in_force_before(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    outcome = process(home, receive(home, file_of(home, monthly(2019)), "X/c", JAN))
    assert [(f.rule, f.value, f.expected) for f in outcome.findings] == [
        ("another_frequency", "2019-01", "2024")
    ]


def test_a_year_that_became_its_january_is_a_period_gone(home: Home) -> None:
    """One of twenty: too few for a tenth; the year is gone all the same, and the file is held."""
    held = handed_in(home, FEB, monthly(2019))
    assert [(f.rule, f.value, f.expected) for f in held.admission_state.breaches] == [
        ("period_gone", "1", "2019-01")
    ]


def test_a_series_of_years_that_became_months_has_lost_its_years(home: Home) -> None:
    held = handed_in(home, FEB, monthly(*range(2000, 2020)))
    breaches = {(f.rule, f.value) for f in held.admission_state.breaches}
    assert {("values_gone", "20"), ("category_gone", "A")} <= breaches
