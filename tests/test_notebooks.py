"""The notebooks run against a released file, their .ipynb is their export, and the READMEs show what comes out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
