"""The notebooks run against a released file, their .ipynb is their export, and the documents show what comes out."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from schemas import decisions, format_card
from schemas.decisions import Decisions
from schemas.format_card import Card
from schemas.indicators import catalogue, pages
from schemas.tables import TABLES
from schemas.tables import pages as table_pages
from warehouse.home import CHECKOUT

SOURCES = sorted((CHECKOUT / "notebooks").glob("*.py"))


def _run(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LINEABASE_HOME": str(home), "PYTHONUTF8": "1", "COLUMNS": "100"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, encoding="utf-8", check=False, timeout=300
    )


def _cells(notebook: Path) -> list[tuple[str, str]]:
    told = json.loads(notebook.read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in told["cells"]]


def test_there_is_a_notebook():
    assert "first_look.py" in {source.name for source in SOURCES}


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_a_notebook_runs_as_a_script(source: Path, released_home: Path):
    done = _run([str(source)], released_home)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_without_a_release_a_notebook_says_what_to_do(source: Path, tmp_path: Path):
    done = _run([str(source)], tmp_path)
    assert done.returncode != 0
    assert "lineabase refresh" in done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_exported_notebook_is_the_export_of_its_source(source: Path, tmp_path: Path):
    fresh = tmp_path / "fresh.ipynb"
    done = _run(["-m", "marimo", "export", "ipynb", str(source), "-o", str(fresh)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert _cells(source.with_suffix(".ipynb")) == _cells(fresh)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_exported_notebook_has_its_results_and_loads_nothing(source: Path):
    told = json.loads(source.with_suffix(".ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in told["cells"] for output in cell.get("outputs", [])]
    assert outputs
    assert not [o for o in outputs if o["output_type"] == "error"]
    shown = json.dumps(outputs)
    assert not re.search(r"<script|https?://", shown, re.IGNORECASE)


# ---- documents: what they show is what comes out --------------------------------------------------


def _blocks(document: str, mark: str, *, language: str = "") -> list[str]:
    """The code blocks that follow `<!-- mark -->` in a document, to the next heading."""
    text = (CHECKOUT / document).read_text(encoding="utf-8").split(f"<!-- {mark} -->")[1]
    return re.findall(rf"```{language}\n(.*?)```", re.split(r"^#", text, flags=re.MULTILINE)[0], re.DOTALL)


@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_the_first_query_prints_what_the_readme_shows(document: str, released_home: Path):
    query, shown = _blocks(document, "query", language="(?:python)?")
    done = _run(["-c", query], released_home)
    assert done.stdout == shown, done.stderr


@pytest.mark.parametrize(("document", "lang"), [("README.md", "en"), ("README.es.md", "es")])
def test_the_refresh_prints_what_the_readme_shows(
    document: str, lang: str, released_home: Path, tmp_path: Path
):
    """What was received is read already: that says the same, and takes half as long."""
    for folder in ("raw", "staged"):
        shutil.copytree(released_home / folder, tmp_path / folder)
    code = "from pipelines.cli.main import main; main()"
    done = _run(["-c", code, "refresh", "--as-of", "2026-11-25", "--lang", lang], tmp_path)
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    shown = _blocks(document, "refresh")[0].splitlines()[1:]
    assert printed[: len(shown)] == shown, done.stderr


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


@pytest.mark.parametrize("lang", GUIDE)
def test_the_guide_tells_every_key_of_the_card_and_its_examples_are_cards(lang: str):
    text = GUIDE[lang].read_text(encoding="utf-8")
    examples = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    assert Card.model_validate(examples[0]).collection.measure == "irregular_entries"
    assert Decisions.model_validate(examples[-1]).break_[0].period == "2019"
    grammars = [*vars(format_card).values(), *vars(decisions).values()]
    models = [m for m in grammars if isinstance(m, type) and issubclass(m, BaseModel)]
    keys = {field.alias or key for model in models for key, field in model.model_fields.items()}
    words = set(re.findall(r"\w+", text))
    assert sorted((keys | set(format_card.ROLES)) - words) == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_indicators_page_is_what_the_catalogue_renders(lang: str):
    text = (CHECKOUT / "docs" / f"indicators.{lang}.md").read_text(encoding="utf-8")
    assert text == pages.page(lang), "run: make render"
    assert all(f"## `{indicator}`" in text for indicator in catalogue())


def test_links_between_documents_lead_somewhere():
    documents = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), (document.name, target)
