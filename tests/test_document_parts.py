"""The rendered parts of docs/: none has drifted, and their rows are those of the grammar, the code lists and the program."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas import records
from schemas.cards.decisions import Decisions
from schemas.cards.format_card import Collection, Format
from schemas.cards.series import Passports
from schemas.records import Declaration
from tests import document_parts, faults
from warehouse.home import CHECKOUT

DOCS = CHECKOUT / "docs"
MOST_LINES = 3_500
"""Lines of docs/ that people write, at most. Blank lines count."""
RENDERED = (
    "analysts",
    "collections",
    "countries",
    "errata",
    "findings",
    "indicators",
    "reliability",
    "tables",
)
"""Pages that do not count: those that a program writes, and countries.md."""
MARKED = re.compile(
    r"<!-- (?:docs/source/)?((?!read |questions )\w+(?: \w+)*)(?:\.\w+)? -->\n.*?<!-- end of \1 -->\n?"
    r"|<!-- python -m [\w.]+ -->\n.*?<!-- end -->\n?",
    re.DOTALL,
)
"""A part that a program writes. Tests compare `read` and `questions` of trends.md, which people write."""


@pytest.mark.parametrize("page", document_parts.pages(), ids=lambda page: page.name)
def test_a_page_shows_its_sources(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == document_parts.rendered(page), "run: make render"


def test_every_source_is_shown_in_both_languages() -> None:
    shown = {"en": set(), "es": set()}
    for page in document_parts.pages():
        shown[document_parts.language(page)] |= {
            p[1] for p in document_parts.PART.findall(page.read_text("utf-8"))
        }
    sources = {file.stem for file in document_parts.SOURCE.iterdir()}
    glossary = {source for source in sources if source.startswith("glossary_")}
    assert shown == {"en": sources, "es": sources - glossary}, "the glossary is one page in both languages"


def test_a_choice_and_a_column_follow_the_language() -> None:
    assert document_parts.rendered_example("card_break", "toml", "es").startswith("```toml\n[[break]]")
    assert "un ejemplo" in document_parts.rendered_example("card_break", "toml", "es")
    assert "an example" in document_parts.rendered_example("card_break", "toml", "en")
    english, spanish = (document_parts.rendered_table("trend_reason", lang) for lang in ("en", "es"))
    assert [line.count("|") for line in english.splitlines()] == [
        line.count("|") for line in spanish.splitlines()
    ]
    assert ("too_small" in english, "median" in english, "mediana" in spanish) == (True, True, True)


def _keys(*sources: str) -> list[str]:
    """Return the codes of the first columns."""
    cells = (next(iter(row.values())) for source in sources for row in document_parts.rows(source))
    return [code.strip("[]") for cell in cells for code in re.findall("`([^`]+)`", cell)]


@pytest.mark.parametrize(
    ("sources", "grammar", "elsewhere"),
    [
        (["card_collection", "card_optional"], Collection, {"records"}),
        (["card_format"], Format, {"version", "set"}),
        (["card_records"], Declaration, set()),
        (["card_series"], Passports.model_fields["series"], {"erratum"}),
        (["card_decisions"], Decisions, set()),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_the_key_tables_have_the_keys_of_the_grammar(
    sources: list[str], grammar: type[BaseModel] | FieldInfo, elsewhere: set[str]
) -> None:
    """Keys in `elsewhere` are described outside the table, or come from a second model."""
    model = get_args(grammar.annotation)[0] if isinstance(grammar, FieldInfo) else grammar
    declared = {field.alias or key for key, field in model.model_fields.items()}
    listed = _keys(*sources)
    assert len(listed) == len(set(listed))
    assert set(listed) ^ declared == elsewhere


def _words(annotation: object) -> Iterator[object]:
    """Return the words that a field may have, if they are fixed."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from _words(part)


def test_the_tables_of_a_collection_name_each_word_and_default() -> None:
    found = {key: row for source in ("card_collection", "card_optional") for row in document_parts.rows(source)
             for key in re.findall("`([^`]+)`", next(iter(row.values())))}  # fmt: skip
    compared = 0
    for key, field in Collection.model_fields.items():
        words = [word for word in _words(field.annotation) if word != "_Z"]
        default = [field.default] if isinstance(field.default, (str, int, float)) else []
        for word in [*words, *default] if key in found else []:
            shown = str(word).lower() if isinstance(word, bool) else str(word)
            assert all(shown in text for text in [" ".join(found[key].values())]), (key, shown)
            compared += 1
    assert compared > 30


@pytest.mark.parametrize(
    ("source", "codelist", "elsewhere"),
    [
        ("coverage_status", "coverage_status", set()),
        ("flags", "obs_flag", set()),
        ("origin_status", "origin_status", set()),
        ("panel", "panel", {"_Z"}),
        ("same_number_reason", "same_number_reason", set()),
        ("trend_reason", "trend_reason", set()),
    ],
)
def test_a_table_of_codes_has_the_codes_of_its_list(source: str, codelist: str, elsewhere: set[str]) -> None:
    with (CHECKOUT / "schemas" / "codelists" / f"{codelist}.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert set(_keys(source)) ^ set(codes) == elsewhere


def test_the_collections_of_the_network_are_those_declared() -> None:
    for row in document_parts.rows("network_collections"):
        name = row["collection / colección"].strip("`")
        declared = next(d for d in records.declarations().values() if d.collection == name)
        for lang, column in (("en", "en: table"), ("es", "es: tabla")):
            assert row[column].split(": ", 1)[1] == getattr(declared.says, lang), (name, lang)
    listed = {row["collection / colección"].strip("`") for row in document_parts.rows("network_collections")}
    assert listed == set(records.collections())


def test_the_faults_are_those_that_the_tests_make() -> None:
    rows = document_parts.rows("faults")
    for lang in ("en: fault", "es: daño"):
        assert re.findall(r"<!-- (\w+) -->", "".join(row[lang] for row in rows)) == [
            f.name for f in faults.FAULTS
        ]


def test_the_index_leads_to_every_document() -> None:
    indexes = [(DOCS / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md")]
    linked = {target for text in indexes for target in re.findall(r"\]\(([^)#]+)", text)}
    documents = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert documents - linked == set()


def test_the_glossary_defines_no_word_twice() -> None:
    nouns, states, verbs = (document_parts.rows(f"glossary_{kind}") for kind in ("nouns", "states", "verbs"))
    for rows in ([*nouns, *states], verbs):
        for lang in ("English", "español"):
            words = [word for row in rows for word in row[lang].split(", ")]
            assert {word for word in words if words.count(word) > 1} == set(), lang


def test_the_settings_are_those_that_the_program_reads() -> None:
    modules = [
        p for room in ("schemas", "warehouse", "assets", "pipelines") for p in (CHECKOUT / room).rglob("*.py")
    ]
    read = {
        name for p in modules for name in re.findall(r'"(LINEABASE_[A-Z_]+)"', p.read_text(encoding="utf-8"))
    }
    assert set(_keys("settings")) == read


def test_people_write_few_lines() -> None:
    pages = [p for p in DOCS.rglob("*.md") if p.name.split(".")[0] not in RENDERED]
    written = {p.name: len(MARKED.sub("", p.read_text(encoding="utf-8")).splitlines()) for p in pages}
    assert sum(written.values()) <= MOST_LINES, written
