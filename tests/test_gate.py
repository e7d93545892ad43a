"""Every question of the gate turns red on the defect it is there for, and only a green gate releases."""

import json
import shutil
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.tables import DIMENSIONS, TABLES
from tests.conftest import AS_OF
from tests.test_tables import plant_repeated_key
from warehouse.gate import Question, all_questions, examine, questions, report
from warehouse.gate.questions import SQL
from warehouse.gate.suites import ViolationSample, validate
from warehouse.home import Home

DIMENSION_NAMES = ", ".join(d.name for d in DIMENSIONS)

PLANTED = {
    "rows_add_up": "UPDATE registry.submissions SET rows_accepted = rows_accepted + 1",
    "one_value_per_key_and_day": """INSERT INTO core.observations
        SELECT * REPLACE ('another' AS submission) FROM core.observations LIMIT 1""",
    "accepted_are_in_force": "UPDATE core.observations SET known_to = known_from",
    "every_value_has_a_source": "DELETE FROM core.sources WHERE source_row < 100",
    "bounds_in_order": "UPDATE core.observations SET value_low = value_high + 1 WHERE sex = 'F' AND value_high >= 0",
    "indicator_bounds_in_order": "UPDATE baseline.indicator_values SET value_low = -1",
    "one_source_is_preferred": "UPDATE baseline.indicator_values SET preferred = TRUE",
    "shares_within_one": "UPDATE baseline.indicator_values SET value_high = 1.2 WHERE unit = 'share'",
    "codes_are_listed": "UPDATE core.observations SET sex = 'X' WHERE sex = 'F'",
    "origin_is_told": "UPDATE core.observations SET origin_class = '_T'",
    "classes_add_up": "UPDATE core.origin SET persons_low = total_high + 1 WHERE total_high IS NOT NULL",
    "parents_hold_their_parts": """UPDATE baseline.origin_profile SET persons_low = 0, possible_high = 0
        WHERE class_level = 'parent'""",
    "flows_fit_their_tables": "UPDATE baseline.origin_flows SET possible_high = total_high + 1",
    "nationals_abroad_are_all_flows": "UPDATE analysis.nationals_abroad SET persons_low = persons_low + 1",
    "families_apart": "UPDATE registry.collections SET family = 'smuggling'",
    "nothing_protected": "UPDATE registry.collections SET confidentiality = 'cases'",
    "confidentiality_audit": """INSERT INTO baseline.protected_counts BY NAME
        SELECT family, measure, reporting_country, 2020 AS year, DATE '2020-01-01' AS year_start, '2020' AS period,
        period_start, period_end, frequency, 'sex' AS dimension, 'F' AS code, 30 AS value_low, 30 AS value_high,
        '30' AS value_es, '30' AS value_en, collection, submission AS submissions
        FROM core.observations LIMIT 1""",
    "partial_is_said": "UPDATE core.open_figures SET flag = NULL",
    "decisions_touch_something": """INSERT INTO registry.decisions
        SELECT 'break', 'UNODC/glotip', NULL, NULL, 2030, '2030', DATE '2030-01-01', 'A', NULL, NULL, NULL, NULL, 'x', 'x', 'x', 'x', DATE '2024-01-01'""",
    "replies_have_a_figure": """INSERT INTO network.replies BY NAME
        SELECT 'GTM' AS country, 'UNODC/glotip' AS of_collection, 'no_such_measure' AS item, DATE '2024-01-01' AS replied_on,
        'x' AS submission, 'CRM-TS' AS provider, 'CRM-TS/replies' AS collection, 1 AS source_row, DATE '2024-01-01' AS known_from""",
    "series_have_a_passport": "UPDATE registry.series SET valid_from = valid_from + INTERVAL 1 DAY",
    "members_have_a_population": "DELETE FROM reference.population WHERE country = 'CRI' AND year = 2020",
    "regional_sums_say_who": "UPDATE baseline.indicator_values SET members = 'CRI' WHERE panel = 'reporting'",
    "accepted_stays_accepted": "UPDATE registry.submissions SET status = 'rejected'",
    "few_values_change": f"""INSERT INTO analysis.revisions BY NAME
        SELECT collection, measure, reporting_country, year, period, period_start, frequency, {DIMENSION_NAMES},
        value_low AS old_low, submission AS old_submission, submission AS new_submission, 'withdrawn' AS kind
        FROM core.current""",
    "no_country_vanishes": f"""INSERT INTO analysis.revisions BY NAME
        SELECT collection, measure, 'XKX' AS reporting_country, year, period, period_start, frequency, {DIMENSION_NAMES},
        value_low AS old_low, 'older' AS old_submission, submission AS new_submission, 'withdrawn' AS kind
        FROM core.current LIMIT 1""",
    "countries_read_before_are_read": "DELETE FROM core.observations WHERE reporting_country = 'CRI'",
    "late_submission_noticed": """INSERT INTO registry.submissions
        SELECT * REPLACE (submission || '.late' AS submission, received_on - 30 AS received_on) FROM registry.submissions""",
    "one_submission_a_day": """INSERT INTO registry.submissions
        SELECT * REPLACE (submission || '9' AS submission) FROM registry.submissions""",
    "scale_is_kept": f"""INSERT INTO analysis.revisions BY NAME
        SELECT collection, measure, reporting_country, year, period, period_start, frequency, {DIMENSION_NAMES},
        value_low AS old_low, value_high AS old_high, value_low * 1000 AS new_low, value_high * 1000 AS new_high,
        'older' AS old_submission, submission AS new_submission, 'revised' AS kind FROM core.current""",
    "series_stay_in_their_years": f"""INSERT INTO analysis.revisions BY NAME
        SELECT collection, measure, reporting_country, year, period, period_start, frequency, {DIMENSION_NAMES},
        lead(value_low) OVER later AS old_low, lead(value_high) OVER later AS old_high,
        value_low AS new_low, value_high AS new_high,
        'older' AS old_submission, submission AS new_submission, 'revised' AS kind FROM core.current
        WINDOW later AS (PARTITION BY collection, measure, reporting_country, frequency, {DIMENSION_NAMES}
        ORDER BY period_start) QUALIFY old_low IS NOT NULL""",
    "ranks_are_confirmed": """INSERT INTO core.unconfirmed
        SELECT DISTINCT collection, measure, reporting_country, period_start, citizenship FROM core.named_origins""",
    "entries_and_exits_are_of_ten_or_more": "UPDATE analysis.origins SET status = 'leaving'",
    "surges_stand_above_their_baseline": "UPDATE analysis.origins SET status = 'surging'",
    "mix_is_tested_where_allowed": "UPDATE analysis.origin_mix SET p_high = 0.001, verdict = 'changed'",
    "words_of_origin_are_listed": "UPDATE analysis.origins SET status = 'stable'",
    "alerts_have_their_evidence": "UPDATE analysis.monthly SET alert = 'surge'",
    "twelve_months_are_their_sum": "UPDATE analysis.monthly SET twelve_months_low = twelve_months_low + 1",
    "words_of_months_are_listed": "UPDATE analysis.monthly SET alert = 'flood' WHERE alert IS NOT NULL",
    "words_of_statements_are_listed": "UPDATE analysis.statements SET code = 'fine'",
    "parts_are_the_change": "UPDATE analysis.decomposition SET part_low = part_low + 1 WHERE member <> '_T'",
    "nothing_exceeds_what_holds_it": "UPDATE baseline.indicator_values SET value_low = 1e9, value_high = 1e9 WHERE sex = 'F'",
    "months_fit_their_totals": "UPDATE analysis.monthly SET value_low = 1e9 WHERE citizenship <> '_T'",
    "revised_values_fit_their_totals": "UPDATE analysis.revisions SET new_low = 1e9 WHERE new_low IS NOT NULL",
    "months_of_a_year_fit_it": "UPDATE analysis.same_months SET other_low = 1e9",
    "sources_beside_fit_their_years": "UPDATE analysis.source_agreement SET value_a_low = 1e9 WHERE frequency = 'M'",
    "periods_of_origin_fit": "UPDATE baseline.origin_profile_sub SET persons_low = total_high + 1",
    "origins_fit_their_tables": "UPDATE analysis.origins SET last_low = 1e12 WHERE last_low IS NOT NULL",
    "trends_of_slices_fit_their_totals": "UPDATE analysis.trends SET latest_low = 1e12 WHERE sex = 'F'",
    "headlines_fit_their_regions": "UPDATE baseline.headline SET value_low = 1e12 WHERE value_low IS NOT NULL",
    "headlines_by_origin_fit": "UPDATE baseline.headline_origin SET value_low = 1e12 WHERE value_low IS NOT NULL",
    "classes_hold_the_change": "UPDATE analysis.decomposition SET change_low = -1e6 WHERE member = '_T'",
    "joint_bounds_narrow_their_cells": "UPDATE analysis.joint_bounds SET joint_high = value_high + 1",
    "changes_follow_from_their_windows": "UPDATE analysis.changes SET ratio_low = 1.5 * ratio_low",
    "words_of_changes_are_listed": "UPDATE analysis.changes SET conclusion = 'rising'",
    "words_of_mix_are_listed": "UPDATE analysis.origin_mix SET verdict = 'stable'",
}


@pytest.fixture
def built(released_home: Path, tmp_path: Path) -> Path:
    """A copy of the internal database, to plant defects in."""
    return Path(shutil.copyfile(Home(released_home).internal, tmp_path / "built.duckdb"))


def test_there_is_a_planted_defect_for_every_question() -> None:
    assert {q.id for q in questions()} == set(PLANTED)


@pytest.mark.slow
def test_a_sound_build_passes(built: Path, released_home: Path) -> None:
    verdict = examine(built, Home(released_home).current)
    assert verdict.has_passed
    assert len(verdict.answers) > len(PLANTED)


REFUSING = {q.id for q in questions() if q.refuses}


@pytest.mark.slow
@pytest.mark.parametrize("question", sorted(PLANTED))
def test_a_planted_defect_turns_its_question_red(
    question: str, built: Path, released_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What refuses is asked alone, for one red answer is enough; what refuses nothing, with all the others."""
    with duckdb.connect(built) as db:
        db.execute(PLANTED[question])
    if question in REFUSING:
        alone = [q for q in questions() if q.id == question]
        monkeypatch.setattr("warehouse.gate.verdict.all_questions", lambda: alone)
    verdict = examine(built, Home(released_home).current)
    failed = {a.question.id: a for a in (*verdict.failed, *verdict.remarks)}
    assert verdict.has_passed == (question not in REFUSING)
    assert question in failed
    assert failed[question].violations > 0
    assert failed[question].examples


@pytest.mark.parametrize(
    ("defect", "lacking"),
    [
        # its own numerators, and the region's values of those years
        ("DELETE FROM reference.population WHERE country = 'CRI' AND year >= 2020", {"CRI"}),
        # a member since 2020 that has sent nothing: the region's values count it
        (
            """INSERT INTO reference.groupings BY NAME SELECT * REPLACE ('COL' AS member, DATE '2020-01-01' AS valid_from)
            FROM reference.groupings WHERE grouping = 'CRM' LIMIT 1""",
            {"COL"},
        ),
        # who is a member of no region that is summed needs none
        ("UPDATE reference.groupings SET member = 'COL' WHERE grouping = 'ANDEAN'", set()),
    ],
)
def test_a_member_without_population_is_named_with_its_years(
    built: Path, defect: str, lacking: set[str]
) -> None:
    [asked] = [q for q in questions() if q.id == "members_have_a_population"]
    with duckdb.connect(built) as db:
        db.execute(defect)
        rows = db.execute(asked.violations).fetchall()
    assert {member for member, _ in rows} == lacking
    assert all(year >= 2020 for _, year in rows)


@pytest.mark.slow
def test_a_sum_of_nationals_abroad_that_is_missing_is_seen(built: Path, released_home: Path) -> None:
    with duckdb.connect(built) as db:
        [gone] = db.execute("SELECT count(*) FROM analysis.nationals_abroad WHERE origin = 'HND'").fetchone()
        db.execute("DELETE FROM analysis.nationals_abroad WHERE origin = 'HND'")
    [failed] = examine(built, Home(released_home).current).failed
    assert (failed.question.id, failed.violations) == ("nationals_abroad_are_all_flows", gone)


@pytest.mark.slow
def test_rows_that_share_a_key_turn_the_question_of_their_table_red(built: Path) -> None:
    """Planted in all tables at once: each is seen by its own question, and refuses the release.

    Not in the two tables of one row: with two, what reads its day from them cannot be asked at all.
    """
    keyed = [t for t in TABLES if t.key and t.full_name not in ("core.settings", "registry.release")]
    with duckdb.connect(built) as db:
        for table in keyed:
            if not table.is_view:
                plant_repeated_key(db, table)
        # a view shows some rows of its table: one of those
        db.execute("INSERT INTO core.observations BY NAME SELECT * FROM core.current LIMIT 1")
        db.execute("INSERT INTO core.open_figures BY NAME SELECT * FROM core.origin_rows LIMIT 1")
        flows = "baseline.origin_flows"
        db.execute(f"INSERT INTO {flows} SELECT * FROM {flows} WHERE preferred LIMIT 1")
    failed = {a.question.id: a for a in examine(built).failed}
    for table in keyed:
        assert f"{table.schema}_{table.name}_key" in failed, table.full_name


@pytest.mark.slow
def test_a_link_that_leads_nowhere_is_named_and_refuses_nothing(built: Path) -> None:
    """What ships leads somewhere; of two links in a cell the one that does not is named, with its row."""
    assert [a.question.id for a in examine(built).remarks if a.question.id.endswith("_links")] == []
    with duckdb.connect(built) as db:
        db.execute(
            "UPDATE network.work_plan SET evidence = 'indicator:tip_victims_detected measures:nada' WHERE item = 'B.5'"
        )
    verdict = examine(built)
    [remark] = [a for a in verdict.remarks if a.question.id.endswith("_links")]
    assert (remark.question.table, remark.violations, verdict.has_passed) == ("network.work_plan", 1, True)
    assert "link=measures:nada" in remark.examples[0]
    assert "source_row=" in remark.examples[0]


def test_a_question_is_one_file_and_its_entry() -> None:
    assert {path.stem for path in SQL.glob("*.sql")} == {q.id for q in questions()}
    assert {q.table for q in all_questions()} <= {t.full_name for t in TABLES}
    for question in questions():
        first, _, select = question.violations.partition("\n")
        assert first.startswith("-- One row per "), question.id
        assert question.table in select, question.id


@pytest.mark.slow
def test_each_protected_table_has_a_suite_and_a_result(built: Path) -> None:
    """Great Expectations' own results say what held, what did not, how often and how grave it is."""
    with duckdb.connect(built) as db:
        db.execute(PLANTED["codes_are_listed"])
    results = examine(built).results
    asked = [q for q in all_questions() if not q.about_previous]
    assert set(results) == {q.table for q in asked}
    for table, result in results.items():
        assert result["suite_name"] == table
        of_table = {r["expectation_config"]["kwargs"]["column"]: r for r in result["results"]}
        assert set(of_table) == {q.id for q in asked if q.table == table}
    assert not results["core.observations"]["success"]
    assert results["core.sources"]["success"]
    [red] = [r for r in results["core.observations"]["results"] if not r["success"]]
    assert red["expectation_config"]["severity"] == "critical"
    assert red["expectation_config"]["meta"] == {"violations": 1}
    assert red["result"]["partial_unexpected_list"] == ["codelist=sex, code=X"]


def _day(result: dict[str, Any]) -> str:
    return str(result["meta"]["batch_markers"]["ge_load_time"])


@pytest.mark.slow
def test_a_result_of_the_last_build_stays_until_its_violations_change(built: Path, tmp_path: Path) -> None:
    """Each kept result has the time at which the library ran; what a file of the report lost is run again."""
    folder = tmp_path / "verdict"
    report.write_report(folder, examine(built))
    kept = report.read_results(folder)
    for result in kept.values():
        result["meta"]["batch_markers"]["ge_load_time"] = "in the last build"
    (folder / "core.totals.json").write_text("{", encoding="utf-8")
    assert set(kept) - set(report.read_results(folder)) == {"core.totals"}
    del kept["core.totals"]
    with duckdb.connect(built) as db:
        db.execute(PLANTED["codes_are_listed"])
    results = examine(built, earlier=kept).results
    run_again = {table for table, result in results.items() if _day(result) != "in the last build"}
    assert run_again == {"core.observations", "core.totals"}
    assert not results["core.observations"]["success"]


@pytest.mark.slow
def test_a_result_that_contradicts_the_violations_is_not_kept(built: Path) -> None:
    """A result of other violations, of another question or with a changed outcome never decides."""
    with duckdb.connect(built) as db:
        db.execute(PLANTED["codes_are_listed"])
    kept = json.loads(json.dumps(examine(built).results, default=str))
    refused = kept["core.observations"]
    for expectation in refused["results"]:
        expectation["success"] = True
    assert "codes_are_listed" in {a.question.id for a in examine(built, earlier=kept).failed}
    question = _question("codes_are_listed")
    answers = {question: ViolationSample(1, ("code=X",), "d")}
    earlier = validate(answers).results
    assert validate(answers, earlier).results["core.observations"] is earlier["core.observations"]
    for others in (
        {replace(question, severity="warning"): ViolationSample(1, ("code=X",), "d")},
        {question: ViolationSample(1, ("code=Y",), "d")},
        {question: ViolationSample(2, ("code=X",), "d")},
    ):
        assert validate(others, earlier).results["core.observations"] is not earlier["core.observations"]


def _question(name: str) -> Question:
    return next(question for question in all_questions() if question.id == name)


@pytest.mark.slow
def test_of_a_protected_collection_only_the_name_is_said(built: Path) -> None:
    """All its values are wrong; neither answer nor result tells one."""
    with duckdb.connect(built) as db:
        db.execute(
            "UPDATE registry.collections SET confidentiality = 'cases' WHERE collection = 'UNODC/glotip'"
        )
        db.execute(
            "UPDATE core.observations SET value_low = value_high + 1 WHERE collection = 'UNODC/glotip'"
        )
        [wrong] = db.execute("SELECT count(*) FROM core.observations WHERE value_low > value_high").fetchone()
    verdict = examine(built)
    [answer] = [a for a in verdict.failed if a.question.id == "bounds_in_order"]
    assert answer.violations == wrong
    assert set(answer.examples) == {"submission=UNODC.glotip.2023-05-30.1"}  # the first few
    assert "value_low=" not in repr(verdict.results)


@pytest.mark.slow
def test_the_answers_are_kept_and_can_be_read(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(built) as db:
        db.execute(PLANTED["bounds_in_order"])
    verdict = examine(built)
    folder = tmp_path / "kept"
    (folder / "of an older build").mkdir(parents=True)
    report.write_report(folder, verdict)
    tables = {f"{q.table}.json" for q in all_questions() if not q.about_previous}
    assert {path.name for path in folder.iterdir()} == {
        *tables,
        "summary.json",
        "es.html",
        "en.html",
    }
    kept = json.loads((folder / "core.observations.json").read_text(encoding="utf-8"))
    assert not kept["success"]
    assert kept["statistics"]["unsuccessful_expectations"] == 1
    for lang, sentence in (
        ("es", "El límite inferior no supera"),
        ("en", "No lower bound exceeds"),
    ):
        page = (folder / f"{lang}.html").read_text(encoding="utf-8")
        assert page.index(sentence) == min(
            page.index(escape(q.words.render(lang))) for q in questions() if not q.about_previous
        )
        assert "<script" not in page
        assert "http" not in page


@pytest.mark.slow
def test_an_empty_reference_table_is_seen(built: Path) -> None:
    with duckdb.connect(built) as db:
        db.execute("DELETE FROM reference.population")
    assert [a.question.id for a in examine(built).failed] == ["reference_population_filled"]


def test_the_release_day_is_the_one_asked_for(released: duckdb.DuckDBPyConnection) -> None:
    assert released.execute("SELECT as_of FROM registry.release").fetchall() == [(AS_OF,)]
