"""What an operator reads on Dagster's pages: why a check failed, why the gate refused, what each thing is."""

import logging
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

import dagster as dg
import pytest

from assets.dagster import build
from assets.dagster.contract_check import CHECK_NAME, findings_table
from assets.dagster.resources import HomeResource, RefreshRecordResource
from assets.dagster.submissions import PARTITIONS, staged_asset
from pipelines.dagster import rules_page
from pipelines.dagster.definitions import definitions
from pipelines.dagster.launch import RunStatus, run_refresh
from pipelines.dagster.sensors import inbox
from schemas.findings import Finding, rules
from schemas.words import CONTRACT_LANGUAGES, say
from tests.conftest import AS_OF
from tests.test_graph import earlier
from warehouse.gate import Answer, Verdict, questions
from warehouse.home import CARD, CHECKOUT, Home

STEPS = ("submission", "records", "validated", "observations")
COLLECTION = "PAN-SNM/darien_sex_age"
WRONG, UNREADABLE = "PAN-SNM.darien_sex_age.2025-07-31.1", "PAN-SNM.darien_sex_age.2025-08-31.1"
GUARDED = "X/guarded"


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A shipped file; after it one with a word in a number, one that cannot be read; the first, protected."""
    root = tmp_path_factory.mktemp("home")
    folder = root / "raw" / COLLECTION
    shutil.copytree(CHECKOUT / "raw" / COLLECTION, folder)
    lines = next(folder.glob("*/*.csv")).read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].rsplit(",", 1)[0] + ",ciento doce"
    for day, content in (("2025-07-31.1", "\n".join(lines)), ("2025-08-31.1", "\x00\x01no table")):
        (folder / day).mkdir()
        (folder / day / "file.csv").write_text(content, encoding="utf-8")
    guarded = root / "raw" / GUARDED
    (guarded / "2025-07-31.1").mkdir(parents=True)
    shutil.copyfile(folder / "2025-07-31.1" / "file.csv", guarded / "2025-07-31.1" / "file.csv")
    card = (folder / CARD).read_text(encoding="utf-8")
    assert 'confidentiality = "open"' in card
    (guarded / CARD).write_text(card.replace('confidentiality = "open"', 'confidentiality = "small_counts"'))
    return Home(root)


@pytest.fixture(scope="module")
def run(home: Home, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """One run of `refresh`, started as from the page."""
    return launched(home, instance)


def contract_answers(instance: dg.DagsterInstance) -> dict[str | None, dg.AssetCheckEvaluation]:
    check = dg.AssetCheckKey(dg.AssetKey("validated"), CHECK_NAME)
    told = instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    events = [t.event.dagster_event for t in told if t.event and t.event.dagster_event]
    answers = [e.asset_check_evaluation_data for e in events]
    return {answer.partition: answer for answer in answers}


def launched(home: Home, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """As the page starts it: the job by its name, nothing chosen, nothing prepared."""
    return definitions(home).resolve_job_def("refresh").execute_in_process(instance=instance)


@pytest.mark.slow
def test_refresh_takes_what_waits_without_being_told_what(home: Home, instance, run) -> None:
    assert definitions(home).resolve_job_def("refresh").partitions_def is None
    assert run.success
    keys = [s.id for s in home.submissions()]
    assert sorted(instance.get_dynamic_partitions(PARTITIONS)) == sorted(keys)
    for step in STEPS:
        assert instance.get_materialized_partitions(dg.AssetKey(step)) == set(keys)


@pytest.mark.slow
def test_what_is_fresh_is_not_made_nor_stamped_again(home: Home, instance, run) -> None:
    [made] = [e for e in run.get_asset_materialization_events() if e.asset_key == dg.AssetKey("staged")]
    assert made.materialization.metadata["submissions_made"].value == len(home.submissions()) == 4
    context = dg.build_asset_context(instance=instance)
    root = str(home.root)
    [again] = staged_asset(
        context, home=HomeResource(root=root), refresh_record=RefreshRecordResource(root=root)
    )
    assert again.metadata["submissions_made"] == 0


@pytest.mark.slow
@pytest.mark.operator("7", "contract check")
def test_the_contract_says_where_what_is_wrong_and_what_to_do(home: Home, instance, run) -> None:
    wrong = contract_answers(instance)[WRONG]
    assert not wrong.passed
    [line] = [t for t in wrong.metadata["findings"].value.splitlines() if "`text_in_number`" in t]
    rows = len((home.raw / COLLECTION / "2025-07-31.1" / "file.csv").read_text().splitlines())
    assert "value: " in line  # the column of the template
    assert str(rows) in line  # the last line of the file, as a cell
    for lang in CONTRACT_LANGUAGES:
        assert say("rule.text_in_number.mend", lang, value="…", column="value", expected="…")[:30] in line
    assert "ciento" not in repr(wrong)


@pytest.mark.slow
def test_a_file_that_cannot_be_read_keeps_no_contract(instance, run) -> None:
    """Its rows were never judged: the step after it found nothing, and the check said that all was well."""
    unreadable = contract_answers(instance)[UNREADABLE]
    assert not unreadable.passed
    assert "| error | 1 |" in unreadable.metadata["findings"].value


@pytest.mark.slow
def test_of_a_protected_collection_only_places_are_named(instance, run) -> None:
    table = contract_answers(instance)["X.guarded.2025-07-31.1"].metadata["findings"].value
    [line] = [t for t in table.splitlines() if "`text_in_number`" in t]
    assert "value" not in line
    assert "| error | 1 | " in line


def test_the_places_of_a_cause_are_counted_and_the_first_named() -> None:
    """Seven of one column and one of another: worked out by hand."""
    cells = [Finding("text_in_number", "Hoja|1", n, "Personas", f"B{n}", "x*") for n in range(2, 9)]
    table = findings_table([*cells, Finding("text_in_number", "Hoja|1", 2, "Años", "C2")], with_names=True)
    assert len(table.splitlines()) == 3
    line = table.splitlines()[-1]
    assert (
        "| [`text_in_number`](/rules/text_in_number) | error | 8 | Hoja\\|1 · Personas: B2, B3, B4, B5, B6, …; Hoja\\|1 · Años: C2 |"
        in line
    )
    assert "x*" not in table


@pytest.mark.parametrize("name", rules())
def test_each_rule_has_a_page_to_which_the_check_leads(name: str) -> None:
    text = rules_page.rule_page(name)
    assert text is not None
    for lang in CONTRACT_LANGUAGES:
        mend = rules()[name].correction(
            lang, **dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), "…")
        )
        assert escape(mend) in text
    assert "<script" not in text


@pytest.mark.slow
@pytest.mark.operator("7", "plots")
def test_numbers_of_submissions_stand_each_at_its_own(home: Home, instance, run) -> None:
    """A number without its partition would be drawn in one line with those of all others."""
    drawn = 0
    for entry in instance.all_logs(run.run_id):
        event = entry.dagster_event
        if event is None or not (
            event.is_step_materialization or event.event_type_value == "ASSET_CHECK_EVALUATION"
        ):
            continue
        told = event.event_specific_data
        told = told.materialization if event.is_step_materialization else told
        if told.asset_key.to_user_string() in STEPS and any(
            isinstance(fact.value, int | float) for fact in told.metadata.values()
        ):
            drawn += 1
            assert told.partition, told
    assert drawn >= 3 * len(home.submissions())


@pytest.mark.slow
@pytest.mark.operator("7", "refused gate")
def test_a_refusal_shows_the_rows_behind_each_question(tmp_path: Path, monkeypatch) -> None:
    question = next(q for q in questions() if q.id == "bounds_in_order")
    rows = tuple(f"row={n}" for n in range(1, 101))
    verdict = Verdict((Answer(question, False, 120, rows[:3], rows),))
    monkeypatch.setattr(build, "examine", lambda *_: verdict)
    monkeypatch.setattr(build.building, "build", lambda *_: None)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_refresh(Home(tmp_path), instance, AS_OF).status is RunStatus.REFUSED
        log = instance.all_logs(instance.get_runs(limit=1)[0].run_id)
    [failure] = [e.dagster_event for e in log if e.dagster_event and e.dagster_event.is_step_failure]
    told = failure.step_failure_data.user_failure_data
    for lang in CONTRACT_LANGUAGES:
        assert question.words.render(lang) in told.description
    shown = told.metadata["bounds_in_order"].value
    assert "row=1\nrow=2\n" in shown
    assert "row=100\n… 20\n" in shown


@pytest.mark.operator("7", "described")
def test_everything_that_runs_or_checks_says_what_it_does_in_both_languages(home: Home) -> None:
    everything = definitions(home)
    told = [*everything.jobs, *everything.schedules, *everything.sensors]
    told += [check for asset in everything.assets for check in asset.check_specs]
    assert len(told) >= 100
    for one in told:
        assert one.description, one
        assert " / " in one.description or "\n\n" in one.description, one.description


@pytest.mark.operator("1", "named")
@pytest.mark.operator("7", "inbox told")
def test_why_a_file_of_the_inbox_was_refused_stands_in_the_tick_and_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path)
    shutil.copytree(CHECKOUT / "raw" / COLLECTION, home.raw / COLLECTION)
    [received] = home.submissions()
    (home.inbox / COLLECTION).mkdir(parents=True)
    shutil.copyfile(received.file, home.inbox / COLLECTION / "again.csv")
    (home.inbox / COLLECTION / "Thumbs.db").write_bytes(b"x")
    resources = {"home": HomeResource(root=str(home.root))}
    with dg.DagsterInstance.local_temp() as instance, caplog.at_level(logging.INFO, "lineabase.events"):
        first = dg.build_sensor_context(instance, resources=resources)
        inbox(first)
        second = dg.build_sensor_context(instance, resources=resources, cursor=earlier(first.cursor))
        told = inbox(second)
    for lang in CONTRACT_LANGUAGES:
        why = say("rule.duplicate_file.what", lang, expected=received.id).split(":")[0]
        assert f"{COLLECTION}/again.csv" in told.skip_message
        assert f"{COLLECTION}/Thumbs.db" in told.skip_message
        assert say("inbox.of_the_system", lang).rstrip(".") in told.skip_message
        assert why in told.skip_message
        [line] = [record.facts for record in caplog.records if record.message == "file_refused"]
        assert why in line["why"]
        assert received.id in line["why"]
        assert line["file"] == f"{COLLECTION}/again.csv"
