"""What people are told: the same sentences in every language, and a language more is one file more."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from schemas import words
from schemas.codelists import codelist
from schemas.codelists import names as lists
from schemas.countries import all_countries
from schemas.findings import Finding, rules
from schemas.grammar import CardError
from schemas.words import (
    CONTRACT_LANGUAGES,
    DEFAULT_LANGUAGE,
    InvalidValue,
    Sentence,
    UserError,
    contract_language,
    languages,
    say,
)

WORDS = {lang: words.words(lang) for lang in languages()}


def _names(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", sentence))


def test_the_languages_are_the_files() -> None:
    assert languages()[:2] == CONTRACT_LANGUAGES == ("es", "en")
    assert {path.stem for path in words.FOLDER.glob("*.toml")} == set(languages())


@pytest.mark.parametrize("lang", languages())
def test_every_language_has_every_sentence_with_the_same_facts(lang: str) -> None:
    assert set(WORDS[lang]) ^ set(WORDS[DEFAULT_LANGUAGE]) == set()
    for key, sentence in WORDS[lang].items():
        assert sentence, key
        assert _names(sentence) == _names(WORDS[DEFAULT_LANGUAGE][key]), key


@pytest.mark.parametrize("lang", languages())
def test_every_rule_says_what_is_wrong_and_what_to_do(lang: str) -> None:
    said = {key.split(".")[1] for key in WORDS[lang] if key.startswith("rule.")}
    assert said == set(rules())
    for rule in rules():
        finding = Finding(rule, sheet="S", source_row=3, column_name="C", cell="B3", value="V", expected="E")
        assert len(re.findall(r"[.!?](?:\s|$)", finding.message(lang))) >= 2, rule


@pytest.mark.parametrize("lang", languages())
def test_every_code_and_country_has_its_name(lang: str) -> None:
    codes = [code for name in lists() for code in codelist(name).values()]
    assert [c.code for c in codes if not c.name(lang)] == []
    assert [c.code for c in all_countries() if not c.name(lang)] == []


def test_a_text_that_only_the_contract_has_is_shown_in_one_of_its_languages() -> None:
    assert {lang: contract_language(lang) for lang in CONTRACT_LANGUAGES} == {
        lang: lang for lang in CONTRACT_LANGUAGES
    }
    assert {contract_language(lang) for lang in languages()} <= set(CONTRACT_LANGUAGES)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert [words.number(1234.5, lang) for lang in CONTRACT_LANGUAGES] == ["1,234.5", "1,234.5"]
    assert words.number(0, "en") == "0"
    assert words.number(1e9, "es") == "1,000,000,000"


_PLURAL = {
    "es": r"1 (?:\w+s|\w+[aeor]n|están|son)\b|\w+[ae](?:ron|n) 1\b",
    "en": r"1 (?:\w+s|are|were|have|wait|stand|do)\b|[Tt]here are 1\b",
}
"""A word beside a 1 that looks like a plural."""
_SINGULAR = {
    "es": {"más", "es", "país", "han", "en", "con", "las"},
    "en": {
        *(
            "begins",
            "contains",
            "does",
            "exists",
            "gives",
            "has",
            "holds",
            "is",
            "leads",
            "repeats",
            "says",
            "stands",
            "stays",
        ),
        *("this", "was"),
    },
}
_OF_MORE_THAN_ONE = {"members", "miembros", "membres"}
_ANOTHER_NOUN = {
    "rule.too_many_columns.what": "more than the limit, which is hundreds",
    "rule.cell_too_long.what": "the limit, which is thousands",
    "rule.totals_in_few.what": "of several tables",
    "rule.other_equals_unknown.what": "in a column persons",
    "rule.complete_table_absent.what": "in the table by sex are all",
    "rule.scale_changed.what": "values of a country, which are ten times what they were",
    "rule.series_shifted.what": "values of a country",
    "rule.periods_missing.what": "between the first and the last period of a country are missing",
    "rule.unplaced_rows.what": "rows bear it",
    "released.both_damaged": "neither file is",
    "site.answer.none": "a share of the victims",
    "site.front.origin_counts": "of hundreds of victims at least some",
    "site.front.title": "the authorities",
    "site.front.tile_origin": "a year",
    "site.front.origin.inside": "a share of the victims",
    "site.front.origin.outside": "a share of the victims",
    "change.times_exact": "a number of times is not 1: that is change.same",
    "change.times_between": "likewise",
    "change.times_least": "likewise",
    "change.answer.tested_higher": "figures",
    "change.answer.tested_higher_of_series": "figures",
    "change.answer.tested_lower": "figures",
    "change.answer.alike": "two windows",
    "monthly.growth": "a rise is more than 2.75 spreads",
    "outlook.ages": "several months",
    "outlook.from_age": "likewise",
    "outlook.changed": "of a collection the values",
    "outlook.submissions": "of two or more",
    "home.several_figures": "several",
    "question.table_key": "in a table two rows",
    "site.later_years": "of some years too few told it",
    "site.headed": "the victims of several members",
    "site.matrix_empty": "a matrix has hundreds",
    "site.answer.sum_doubted": "the doubts are",
    "site.shifted_earlier": "three or more, as comparison.py has it",
    "site.shifted_later": "three or more",
    "site.without_it": "the others of a regional sum, which asks for several members",
    "site.without_it_shares": "likewise",
    "site.revised_within": "of a year the totals",
    "card.no_asked": "there are these",
    "card.decisions_twice": "there are this and that",
}
"""Where the word beside a fact does not belong to it, or the fact is never 1."""


@pytest.mark.parametrize("lang", languages())
def test_words_beside_a_number_agree_with_it(lang: str) -> None:
    """Every sentence said with 1 for every fact: no plural stands beside it."""
    wrong = {}
    for key, sentence in WORDS[lang].items():
        if not _names(sentence) or key in _ANOTHER_NOUN:
            continue
        said = say(key, lang, **dict.fromkeys(_names(sentence), "1"))
        plurals = {word for found in re.findall(rf"\b(?:{_PLURAL[lang]})", said) for word in found.split()}
        if plurals := plurals - {"1"} - _SINGULAR[lang] - _OF_MORE_THAN_ONE:
            wrong[key] = plurals
    assert wrong == {}


def test_a_word_agrees_with_its_number_in_the_way_of_each_language() -> None:
    def first_words(lang: str, n: object) -> str:
        return say("cli.waiting", lang, n=n).split(":")[0].strip()

    assert [first_words("es", n) for n in (0, 1, 2)] == [
        "Esperan 0 envíos",
        "Espera 1 envío",
        "Esperan 2 envíos",
    ]
    assert first_words("en", "1") == "1 submission waits"
    assert first_words("en", "1,001") == "1,001 submissions wait"
    assert str(Sentence("answer.bytes", {"n": 1})) == "1 byte"
    assert str(Sentence("decide.taken", {"n": 1})).startswith("1 decisión")


def test_an_error_is_said_in_the_language_asked_for_and_stands_in_both_as_text() -> None:
    error = InvalidValue("card.no_measure", value="victims")
    assert error.render("en") == "'victims' is no measure."
    assert str(error) == "'victims' no es una medida / is no measure."
    assert str(UserError("card.unknown_key_like", key="a", near="b")) == (
        "clave desconocida / unknown key 'a'; ¿quiso decir / did you mean 'b'?"
    )
    problems = [
        Sentence("card.problem", {"file": "f", "where": "[x] ", "what": Sentence("card.missing")})
    ] * 2
    assert (
        CardError("card.problems", problems=problems).render("en") == "f: [x] is missing.\nf: [x] is missing."
    )


def test_what_is_no_key_or_language_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("rule.no_such_rule.what", "es")
    with pytest.raises(KeyError, match="there are: es, en"):
        say("cli.none", "tlh")


def test_adding_a_language_is_adding_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted language: its words are said by the command line, for findings and in help, at once."""
    for path in words.FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    planted = (words.FOLDER / "en.toml").read_text(encoding="utf-8")
    planted = planted.replace("There is no file", "Non esiste il file").replace("Usage:", "Uso del comando:")
    planted = planted.replace("The file is empty.", "Il file è vuoto.")
    (tmp_path / "it.toml").write_text(planted, encoding="utf-8")
    before = set(languages())
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    assert set(languages()) - before == {"it"}
    assert Finding("empty_file").message("it").startswith("Il file è vuoto. ")
    assert codelist("sex")["F"].name("it") == "Female"
    result = CliRunner().invoke(app, ["--lang", "it", "check", "x.csv", "--collection", "A/b"])
    assert (result.exit_code, result.stderr.strip()) == (2, "Non esiste il file x.csv.")
    assert CliRunner().invoke(app, ["check", "--help", "--lang", "it"]).stdout.startswith("Uso del comando: ")
    assert ", ".join(languages()) in CliRunner().invoke(app, ["--help"]).stdout


@pytest.mark.parametrize("lang", sorted(WORDS))
@pytest.mark.parametrize("rule", ["unknown_country", "ambiguous_country"])
def test_a_suggested_country_comes_with_the_command_that_accepts_it(rule: str, lang: str) -> None:
    finding = Finding(rule, column_name="pais", value="Hondureans de", suggestion="HND")
    command = "lineabase accept {} 'Hondureans de' HND --office …"
    assert command.format("X/c") in finding.message(lang, collection="X/c")
    assert command.format(WORDS[lang]["placeholder.collection"]) in finding.message(lang)
    several = replace(finding, suggestion="HND, SLV").message(lang)
    assert f"'Hondureans de' {WORDS[lang]['placeholder.code']} --office" in several
    for quiet in (finding.message(lang, with_value=False), replace(finding, suggestion=None).message(lang)):
        assert "accept" not in quiet.replace("accepte", "")
