"""The contract of answers: values against the release's rows by SQL, refusals, and what no call may return."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from schemas.groupings import members
from schemas.indicators import catalogue
from schemas.words import CONTRACT_LANGUAGES, words
from tests.conftest import AS_OF
from warehouse import Warehouse
from warehouse.answers import contract, refusals
from warehouse.answers.answers import Answers, Reply
from warehouse.answers.contract import AtLeast, Between, Exact, NoNumber, Reason
from warehouse.home import Home

VICTIMS, ENTRIES, MIGRANTS = "tip_victims_detected", "mobility_irregular_entries", "som_migrants_smuggled"
TOOLS = (
    "find",
    "figure",
    "compare",
    "series",
    "change",
    "trend",
    "flows",
    "sources",
    "gaps",
    "law",
    "explain",
    "cite",
)


INTERNAL = re.compile(r"Traceback|Exception|\.duckdb|/home/|/tmp/|SELECT |staged/|_low\b|_high\b")
"""What would show the program's inside: errors, paths, SQL, names of columns."""
VALIDATOR = jsonschema.Draft202012Validator(contract.schema())


@pytest.fixture(scope="module")
def answers(released_home: Path) -> Iterator[Answers]:
    with Warehouse.open(Home(released_home).current, lang="en") as opened:
        yield Answers(opened)


def test_the_schema_is_as_rendered() -> None:
    assert contract.SCHEMA.read_text(encoding="utf-8") == contract.rendered_schema(), (
        "run python -m warehouse.answers.contract"
    )


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_reason_of_a_refusal_has_its_sentence(lang: str) -> None:
    prefix = "answers.refused."
    assert {key.removeprefix(prefix) for key in words(lang) if key.startswith(prefix)} == set(
        get_args(Reason)
    )


# ---- figures ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_figure_is_the_row_of_the_labelled_layer(answers: Answers, released: Any) -> None:
    """Annual totals of every member since 2018, against baseline.headline by SQL of this test."""
    rows = released.execute(
        "SELECT reporting_country, period, value_low, value_high, how, value_en FROM baseline.headline "
        "WHERE indicator = $1 AND how <> 'not_reported' AND year >= 2018",
        [VICTIMS],
    ).fetchall()
    assert len(rows) > 30
    for country, period, low, high, how, text in rows:
        (figure,) = answers.figure(VICTIMS, country, period).figures
        assert figure.text == text, (country, period)
        assert figure.value == _expected_value(how, low, high), (country, period, how)


def _expected_value(how: str, low: float, high: float) -> contract.Value:
    match how:
        case "exact":
            return Exact(value=low)
        case "between":
            return Between(low=low, high=high)
        case "at_least":
            return AtLeast(low=low)
    return NoNumber(reason=how)


def test_a_doubted_figure_has_no_number(answers: Answers) -> None:
    """Mexico 2021 is in doubt (a value of a year among values of persons): its text shows it, no field has it."""
    (figure,) = answers.figure(VICTIMS, "México", "2021").figures
    assert figure.value == NoNumber(reason="in_doubt")
    assert [flag.code for flag in figure.flags] != []
    assert "2015" not in json.dumps(figure.value.model_dump())


def test_the_newest_year_is_taken_without_a_period(answers: Answers, released: Any) -> None:
    newest = released.execute(
        "SELECT max(period) FROM baseline.indicator_values WHERE indicator = $1 AND reporting_country = 'GTM' "
        "AND preferred AND frequency = 'A'",
        [VICTIMS],
    ).fetchone()[0]
    assert answers.figure(VICTIMS, "GTM").figures[0].period == newest


def test_a_breakdown_without_a_code_has_every_code(answers: Answers, released: Any) -> None:
    codes = released.execute(
        "SELECT sex FROM baseline.indicator_values WHERE indicator = $1 AND reporting_country = 'HND' "
        "AND period = '2021' AND preferred AND sex <> '_T' AND age_group = '_T' AND exploitation = '_T' "
        "AND citizenship = '_T' AND origin_class = '_T'",
        [VICTIMS],
    ).fetchall()
    figures = answers.figure(VICTIMS, "HND", "2021", {"sex": ""}).figures
    assert sorted(f.breakdown["sex"].code for f in figures) == sorted(code for (code,) in codes)
    (women,) = answers.figure(VICTIMS, "HND", "2021", {"sex": "F"}).figures
    assert women in figures


def test_evidence_leads_to_the_cell(answers: Answers) -> None:
    """Honduras 2022: 56 in the shipped submission of UNODC."""
    (figure,) = answers.figure(VICTIMS, "HND", "2022").figures
    reply = getattr(answers, figure.evidence.tool)(**figure.evidence.arguments)
    assert [cell.text for cell in reply.cells] == ["56"]
    assert reply.cells[0].submission.startswith("UNODC.glotip.")


def test_a_figure_is_cited_with_its_own_sources_only(answers: Answers) -> None:
    reply = answers.cite(VICTIMS, "HND", "2022")
    assert len(reply.citation) == 1
    assert reply.citation[0] in reply.sentence
    assert reply.release in reply.sentence
    assert set(reply.licences) == {"UNODC/glotip"}


def test_an_order_follows_only_if_bounds_and_kinds_allow(answers: Answers) -> None:
    """Honduras (56) and Costa Rica (43) of 2022 count alike; Guatemala's series counts persons in other years."""
    ordered = answers.compare([VICTIMS], ["HND", "CRI"], "2022")
    assert "Honduras registered more" in ordered.conclusion
    assert "no order follows" in answers.compare([VICTIMS], ["HND", "GTM"], "2022").conclusion
    overlap = answers.compare([VICTIMS], ["BLZ", "DOM", "HND"], "2018", {"sex": "M"})
    assert len(overlap.figures) > 1
    assert "Honduras registered more" not in overlap.conclusion


def test_a_comparison_names_who_has_no_figure(answers: Answers) -> None:
    reply = answers.compare([VICTIMS], ["HND", "PAN"], "2022")
    assert {figure.country.code for figure in reply.figures} == {"HND"}
    assert "Panama, 2022: there is no such figure" in reply.sentence


def test_all_members_are_compared_without_countries(answers: Answers) -> None:
    reply = answers.compare([VICTIMS], [], "2018")
    compared = {figure.country.code for figure in reply.figures}
    assert compared <= members("CRM", AS_OF)
    assert all(name in reply.sentence for name in ("Panama", "Nicaragua"))


# ---- series ----------------------------------------------------------------------------------------


def test_a_change_is_the_row_of_the_release(answers: Answers, released: Any) -> None:
    for country in (*sorted(members("CRM", AS_OF)), "CRM"):
        row = released.execute(
            "SELECT sentence_en, answer_en, ratio_low, ratio_high FROM analysis.changes WHERE is_first "
            "AND indicator = $1 AND reporting_country = $2 AND sex = '_T' AND age_group = '_T' "
            "AND exploitation = '_T' AND citizenship = '_T' AND origin_class = '_T' AND preferred",
            [VICTIMS, country],
        ).fetchone()
        reply = answers.change(VICTIMS, country)
        if row is None:
            assert reply.kind == "no_data", country
            continue
        assert (reply.sentence, reply.conclusion) == row[:2]
        if reply.changes:
            ratio = reply.changes[0].ratio
            assert (getattr(ratio, "value", getattr(ratio, "low", None))) == (row[2] or 0), country


def test_a_series_without_a_verdict_is_refused_and_its_change_offered(answers: Answers) -> None:
    """Belize has two years since its break."""
    reply = answers.trend(VICTIMS, "Belize")
    assert (reply.kind, reply.reason) == ("refused", "no_verdict")
    assert [call.tool for call in reply.alternatives] == ["change"]
    assert answers.trend(VICTIMS, "HND").kind == "answer"


def test_flows_are_those_of_the_table_of_origins(answers: Answers, released: Any) -> None:
    rows = released.execute(
        "SELECT origin, persons_low FROM baseline.origin_flows WHERE reporting_country = 'USA' AND preferred "
        "AND measure = 'victims_detected' AND year = 2022"
    ).fetchall()
    figures = answers.flows(VICTIMS, "USA", period="2022").figures
    assert {f.breakdown["citizenship"].code for f in figures} == {origin for origin, _ in rows}
    (honduran,) = answers.flows(VICTIMS, "USA", "Honduras", period="2022").figures
    assert getattr(honduran.value, "low", getattr(honduran.value, "value", None)) == dict(rows)["HND"]


def test_sources_are_listed_and_never_merged(answers: Answers) -> None:
    reply = answers.sources(VICTIMS, "HND", "2021")
    collections = [figure.source.code for figure in reply.figures]
    assert len(collections) == len(set(collections)) >= 2
    assert "never merged" in reply.sentence


def test_gaps_are_those_of_coverage(answers: Answers, released: Any) -> None:
    rows = released.execute(
        "SELECT DISTINCT measure, status FROM analysis.coverage WHERE reporting_country = 'NIC' "
        "AND family = 'trafficking' AND status <> 'reported'"
    ).fetchall()
    assert len(answers.gaps("NIC").items) == len(rows)


def test_an_indicator_without_data_names_what_would_fill_it(answers: Answers) -> None:
    reply = answers.figure("child_victims_returned_with_bid", "HND")
    assert reply.kind == "no_data"
    assert "CRM-TS/returns" in reply.filled_by


# ---- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda a: a.compare([VICTIMS, MIGRANTS], ["MEX"]), "families_mixed"),
        (lambda a: a.compare([MIGRANTS, ENTRIES], ["MEX"]), "families_mixed"),
        (lambda a: a.compare([VICTIMS, "tip_offences_recorded"], ["HND"]), "units_mixed"),
        (lambda a: a.compare([VICTIMS, "tip_victims_detected_rate"], ["HND"]), "units_mixed"),
        (lambda a: a.compare([VICTIMS], ["HND", "GTM"], add=True), "sum_of_series"),
        (lambda a: a.compare([VICTIMS, "tip_persons_convicted"], ["HND"], add=True), "sum_of_series"),
        (lambda a: a.figure(ENTRIES, "PAN", unit="persons"), "events_as_persons"),
        (lambda a: a.figure("mobility_returns", "MEX", unit="persons"), "events_as_persons"),
        (lambda a: a.figure(VICTIMS, "Texas"), "part_of_a_country"),
        (lambda a: a.figure(VICTIMS, "Québec"), "part_of_a_country"),
        (lambda a: a.change(VICTIMS, "Chiapas"), "part_of_a_country"),
        (lambda a: a.law("petén"), "part_of_a_country"),
        (lambda a: a.figure(VICTIMS, "Francia"), "not_understood"),
        (lambda a: a.figure("victimas", "HND"), "not_understood"),
        (lambda a: a.figure(VICTIMS, "HND", "2021", {"colour": "F"}), "not_understood"),
        (lambda a: a.figure(MIGRANTS, "MEX", by={"sex": "F"}), "not_understood"),
        (lambda a: a.find("xyzzy"), "not_understood"),
    ],
)
def test_a_question_without_a_right_answer_is_refused(call: Any, reason: str, answers: Answers) -> None:
    reply = call(answers)
    assert (reply.kind, getattr(reply, "reason", None)) == ("refused", reason)
    assert len(reply.sentence) > 20


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("refuse_mixture", lambda a: a.compare([VICTIMS, MIGRANTS], ["MEX"])),
        ("refuse_sum", lambda a: a.compare([VICTIMS], ["HND", "GTM"], add=True)),
        ("refuse_events_as_persons", lambda a: a.figure(ENTRIES, "PAN", unit="persons")),
    ],
)
def test_without_its_rule_the_call_is_answered(
    rule: str, call: Any, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(answers).kind == "refused"
    monkeypatch.setattr(refusals, rule, lambda *_: None)
    assert call(answers).kind == "answer"


def test_an_unknown_country_is_named_as_readers_know_it(answers: Answers) -> None:
    assert "France" in answers.figure(VICTIMS, "FRA").sentence


# ---- every reply -----------------------------------------------------------------------------------

_TEXTS = (
    "",
    "HND",
    "Honduras",
    "CRM",
    "Texas",
    "XYZ",
    "'; DROP TABLE x",
    "2022",
    "1999",
    "2022-13",
    "_T",
    "ñandú",
)
_BREAKDOWNS: tuple[dict[str, str], ...] = (
    {}, {"sex": "F"}, {"sex": ""}, {"origin": ""}, {"citizenship": "Haití"}, {"x": "y"}, {"age_group": "Y0T17"},
)  # fmt: skip


def _random_call(answers: Answers, random_number: random.Random) -> Reply:
    codes = [*catalogue(), "nothing", ""]
    places = [*members("CRM", AS_OF), *_TEXTS]
    choose = random_number.choice
    arguments: dict[str, dict[str, Any]] = {
        "find": {"text": choose([*codes, *_TEXTS])},
        "compare": {
            "indicators": [choose(codes) for _ in range(random_number.randint(1, 3))],
            "countries": [choose(places) for _ in range(random_number.randint(0, 3))],
            "period": choose(_TEXTS),
            "by": choose(_BREAKDOWNS),
            "add": choose([True, False]),
        },
        "flows": {"country": choose(places), "origin": choose(_TEXTS), "indicator": choose(codes)},
        "gaps": {"country": choose(places), "family": choose(["trafficking", "smuggling", "nothing"])},
        "law": {"country": choose(places), "element": choose(["", "tip_5_1", "nothing"])},
    }
    tool = choose(TOOLS)
    by_default = {
        "indicator": choose(codes),
        "country": choose(places),
        **(
            {"period": choose([*_TEXTS, "2020", "2021"])} if tool not in ("change", "series", "trend") else {}
        ),
        **({"by": choose(_BREAKDOWNS)} if tool not in ("series", "sources") else {}),
    }
    reply: Reply = getattr(answers, tool)(**arguments.get(tool, by_default))
    return reply


def check(reply: Reply) -> None:
    """A reply fits the schema, has no infinite number, and no figure without bounds, citation and release."""
    document = json.loads(json.dumps(reply.model_dump(mode="json", exclude_none=True), allow_nan=False))
    VALIDATOR.validate(document)
    assert reply.sentence
    assert "{" not in reply.sentence
    assert reply.release
    assert not INTERNAL.search(json.dumps(document)), reply.call
    if reply.kind == "answer" and (reply.figures or reply.changes):
        assert reply.citation, reply.call
        assert reply.licences, reply.call


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_call_fails_or_returns_a_number_without_its_citation(seed: int, answers: Answers) -> None:
    random_number = random.Random(seed)
    for _ in range(60):
        check(_random_call(answers, random_number))


@pytest.mark.hard
def test_ten_thousand_calls(answers: Answers) -> None:
    """Eighty seconds of the processor. docs/answers.en.md has what it counted."""
    random_number = random.Random(2009)
    kinds: Counter[str] = Counter()
    numbers = 0
    for _ in range(10_000):
        reply = _random_call(answers, random_number)
        check(reply)
        kinds[reply.kind] += 1
        numbers += len(getattr(reply, "figures", ())) + len(getattr(reply, "changes", ()))
    print(dict(kinds), numbers)
    assert set(kinds) == {"answer", "no_data", "refused"}
    assert numbers > 5_000


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_replies_are_in_the_language(lang: str, released_home: Path) -> None:
    with Warehouse.open(Home(released_home).current, lang=lang) as opened:
        reply = Answers(opened).figure(VICTIMS, "HND", "2022")
    assert reply.lang == lang
    assert reply.sentence.startswith(getattr(catalogue()[VICTIMS].name, lang))
