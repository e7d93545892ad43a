"""The notebooks run against a released file, their .ipynb is their export, and the READMEs show what comes out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from pipelines.cli.releases import _print_summary
from tests import notebooks
from tests.notebooks import SOURCES
from warehouse.home import CHECKOUT, Home

SECONDS = 30
"""A notebook runs in less."""
NOTEBOOKS = (
    "first_look",
    "laws_and_figures",
    "origins_and_flows",
    "trends_and_breaks",
    "vintages_and_sources",
)


def _run(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LINEABASE_HOME": str(home), "PYTHONUTF8": "1", "COLUMNS": "100"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, encoding="utf-8", check=False, timeout=300
    )


def _shown(home: Path) -> dict[str, Any]:
    """All notebooks, run one after the other in a process of their own."""
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from tests import notebooks; notebooks.tell()"
    done = _run(["-c", code], home)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def shown(released_home: Path) -> dict[str, Any]:
    return _shown(released_home)


def test_there_are_five_notebooks():
    assert tuple(source.stem for source in SOURCES) == NOTEBOOKS


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_less_than_half_a_minute(name: str, shown: dict[str, Any]):
    assert "stopped" not in shown[name], shown[name]
    assert shown[name]["seconds"] < SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_exported_notebook_shows_what_comes_out(name: str, shown: dict[str, Any]):
    """`make docs` renders it anew."""
    assert notebooks.exported_results(CHECKOUT / "notebooks" / f"{name}.ipynb") == shown[name]["results"]


@pytest.mark.slow
def test_without_a_release_a_notebook_says_what_to_do(tmp_path: Path):
    for name, told in _shown(tmp_path).items():
        assert "lineabase refresh" in told["stopped"], name


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_exported_notebook_is_the_export_of_its_source(source: Path):
    """`make docs` renders it anew."""
    assert notebooks.exported(source.with_suffix(".ipynb")) == notebooks.cells(source)


def test_an_edited_cell_is_no_export_of_its_source_any_more(tmp_path: Path):
    source = tmp_path / "first_look.py"
    text = SOURCES[0].read_text(encoding="utf-8")
    source.write_text(text.replace("since=2018", "since=2017"), encoding="utf-8")
    assert notebooks.exported(SOURCES[0].with_suffix(".ipynb")) != notebooks.cells(source)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_a_notebook_speaks_spanish_and_sums_up_in_english(source: Path):
    first = next(text for kind, text in notebooks.cells(source) if kind == "markdown")
    assert re.search(r"\*Summary: .+\*", first, re.DOTALL)
    others = [text for kind, text in notebooks.cells(source) if kind == "markdown"][1:]
    assert not [text for text in others if re.search(r"\bthe\b", text)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)
def test_the_exported_notebook_has_its_results_and_loads_nothing(source: Path):
    told = json.loads(source.with_suffix(".ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in told["cells"] for output in cell.get("outputs", [])]
    assert outputs
    assert not [o for o in outputs if o["output_type"] == "error"]
    shown = json.dumps(outputs).replace("http://www.w3.org/", "")
    assert not re.search(r"<script|https?://", shown, re.IGNORECASE)


def test_a_notebook_s_page_opens_without_a_net():
    """Of the names of SVG's own vocabulary nothing is asked; else there is no address in it, and no script."""
    page = notebooks.page(SOURCES[0].with_suffix(".ipynb"))
    assert "Primera mirada" in page
    assert page.count("<svg") >= 2
    assert not re.search(
        r"<script|<link|https?://|//cdn|@import|url\(http", page.replace("http://www.w3.org/", "")
    )


# ---- documents: what they show is what comes out --------------------------------------------------


def _blocks(document: str, mark: str, *, language: str = "") -> list[str]:
    """The code blocks that follow `<!-- mark -->` in a document, to the next heading."""
    text = (CHECKOUT / document).read_text(encoding="utf-8").split(f"<!-- {mark} -->")[1]
    return re.findall(rf"```{language}\n(.*?)```", re.split(r"^#", text, flags=re.MULTILINE)[0], re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("document", ["README.md", "README.es.md"])
def test_the_first_query_prints_what_the_readme_shows(document: str, released_home: Path):
    query, shown = _blocks(document, "query", language="(?:python)?")
    done = _run(["-c", query], released_home)
    assert done.stdout == shown, done.stderr


@pytest.mark.slow
def test_the_refresh_prints_what_the_readmes_show(
    released_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """In English the whole of it, in Spanish what it ends with, which is all that it prints there.

    What was received is read already: that says the same, and takes half as long.
    """
    for folder in ("raw", "staged"):
        shutil.copytree(released_home / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    command = ["refresh", "--as-of", "2026-11-25", "--lang", "en"]
    done = CliRunner().invoke(app, command, env={"LINEABASE_HOME": str(tmp_path), "COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    _print_summary(Home(tmp_path), None, "es", as_json=False)
    for document, said in (("README.md", done.stdout), ("README.es.md", capsys.readouterr().out)):
        printed = [line.rstrip() for line in said.splitlines()]
        shown = _blocks(document, "refresh")[0].splitlines()[1:]
        assert printed[: len(shown)] == shown, document
