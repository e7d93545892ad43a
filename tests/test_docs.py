"""The documents say what the program's data say: rendered pages have not drifted, links lead somewhere."""

import re
import tomllib

import pytest
from pydantic import BaseModel

from schemas.cards import card_file, decisions, format_card, series
from schemas.cards.decisions import Decisions
from schemas.cards.format_card import Card
from schemas.cards.series import Passports
from schemas.indicators import catalogue, pages
from schemas.tables import TABLES
from schemas.tables import pages as table_pages
from warehouse.home import CHECKOUT
from warehouse.publication import source_list
from warehouse.publication.shipping import shipped_submissions


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_contract_lists_every_public_table_with_its_comment_its_key_and_its_columns(lang: str):
    assert f"(tables.{lang}.md)" in (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    text = (CHECKOUT / "docs" / f"tables.{lang}.md").read_text(encoding="utf-8")
    assert text == table_pages.page(lang), "run: make render"
    shown = [t for t in TABLES if t.visibility != "internal"]
    listed = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| [`")]
    assert listed == [
        [f"| [`{t.full_name}`](#{t.full_name.replace('.', '')})", getattr(t, lang)] for t in shown
    ]
    for section, declared in zip(text.split("\n## ")[1:], shown, strict=True):
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == (
            declared.public().column_names
        )
        assert all(f"`{name}`" in section.splitlines()[2] for name in declared.key)


GUIDE = {lang: (CHECKOUT / "docs" / f"format_card{end}.md") for lang, end in (("en", ""), ("es", ".es"))}


def test_the_guide_says_the_same_in_both_languages():
    """Key by key and example by example: only words for people differ, and what follows `#` in an example."""
    texts = [path.read_text(encoding="utf-8") for path in GUIDE.values()]
    examples = [[tomllib.loads(e) for e in re.findall(r"```toml\n(.*?)```", t, re.DOTALL)] for t in texts]
    assert examples[0] == examples[1]
    english, spanish = ([line for line in text.splitlines() if line.startswith("| ")] for text in texts)
    assert [re.findall("`[^`]+`", row) for row in english] == [re.findall("`[^`]+`", row) for row in spanish]
    levels = [[line.split()[0] for line in t.splitlines() if re.match("#+ ", line)] for t in texts]
    assert levels[0] == levels[1]


PAIRS = {
    "statistics": ("statistics.md", "statistics.es.md"),
    "stewards": ("stewards.en.md", "stewards.es.md"),
}
_COMPARED = re.compile(r"<!-- compared -->.*<!-- end of compared -->", re.DOTALL)
"""What is rendered into the English page alone; the Spanish one leads there."""


@pytest.mark.parametrize("page", PAIRS)
def test_a_page_says_the_same_in_both_languages(page: str) -> None:
    """Heading by heading, row by row and code by code: in tables of facts only words for people differ."""
    texts = [(CHECKOUT / "docs" / name).read_text(encoding="utf-8") for name in PAIRS[page]]
    english, spanish = (_COMPARED.sub("", text) for text in texts)
    for mark in ("#", "- ", "```", "!["):
        often = [sum(line.startswith(mark) for line in t.splitlines()) for t in (english, spanish)]
        assert often[0] == often[1], mark
    rows = [[line for line in t.splitlines() if line.startswith("| ")] for t in (english, spanish)]
    assert len(rows[0]) == len(rows[1])
    for one, other in zip(*rows, strict=True):
        assert _codes(one) == _codes(other), (one, other)


def _codes(row: str) -> list[str]:
    """What a row of a table names in code, but for what is a word of a language in it, as <file>."""
    return sorted(code for code in re.findall("`[^`<>]+`", row) if " " not in code)


@pytest.mark.parametrize("lang", GUIDE)
def test_the_guide_tells_every_key_of_the_card_and_its_examples_are_cards(lang: str):
    text = GUIDE[lang].read_text(encoding="utf-8")
    examples = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    assert Card.model_validate(examples[0]).collection.measure == "irregular_entries"
    assert Passports.model_validate(examples[-2]).series[0].counted_unit == "clients"
    assert Decisions.model_validate(examples[-1]).break_[0].period == "2019"
    grammars = [*vars(card_file).values(), *vars(format_card).values()]
    grammars += [*vars(decisions).values(), *vars(series).values()]
    models = [m for m in grammars if isinstance(m, type) and issubclass(m, BaseModel)]
    keys = {field.alias or key for model in models for key, field in model.model_fields.items()}
    words = set(re.findall(r"\w+", text))
    assert sorted((keys | set(format_card.ROLES)) - words) == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_indicators_page_is_what_the_catalogue_renders(lang: str):
    text = (CHECKOUT / "docs" / f"indicators.{lang}.md").read_text(encoding="utf-8")
    assert text == pages.page(lang), "run: make render"
    assert all(f"## `{indicator}`" in text for indicator in catalogue())


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as Markdown renderers name them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere():
    """To a file that is there, and to a heading that is there."""
    documents = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    for document in documents:
        links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", document.read_text(encoding="utf-8"))
        for target, anchor in links:
            path = document.parent / target if target else document
            assert path.exists(), (document.name, target)
            if anchor and path.suffix == ".md":
                assert anchor in _anchors(path.read_text(encoding="utf-8")), (document.name, target, anchor)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_readme_lists_every_shipped_collection_with_its_extracts(lang: str):
    text = source_list.READMES[lang].read_text(encoding="utf-8")
    assert text == source_list.render(lang), "run: make render"
    listed = text.split(source_list.BEGIN)[1].split(source_list.END)[0]
    for submission in shipped_submissions():
        collection, _, version = submission.rpartition("/")
        [row] = [line for line in listed.splitlines() if line.startswith(f"| `{collection}` |")]
        assert version.rsplit(".", 1)[0] in row
