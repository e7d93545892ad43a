"""Runs the notebooks and renders what is made of them: .ipynb with its results, and a page that asks nothing of a net.

For maintainers: `python -m tests.notebooks`, LINEABASE_HOME at a home of the shipped submissions as of the
tests' day; `make docs` makes one.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from time import monotonic
from typing import Any

from warehouse.home import CHECKOUT

FOLDER = CHECKOUT / "notebooks"
SOURCES = sorted(FOLDER.glob("*.py"))
TEMPLATE = Path(__file__).with_name("notebook_page")
PAGES = CHECKOUT / "build" / "notebooks"


# ---- the source, and its export ---------------------------------------------------------------------


def cells(source: Path) -> list[tuple[str, str]]:
    """Kind and text of each cell of a marimo source, read as Python: nothing is run, no marimo is loaded."""
    text = source.read_text(encoding="utf-8")
    module = ast.parse(text)
    return [_cell(one, text) for one in module.body if isinstance(one, ast.FunctionDef)]


def _cell(function: ast.FunctionDef, text: str) -> tuple[str, str]:
    body = [one for one in function.body if not isinstance(one, ast.Return)]
    lines = text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "mo.md":
        return "markdown", textwrap.dedent(ast.literal_eval(call.args[0])).strip()
    return "code", textwrap.dedent("\n".join(lines)).strip()


def exported(notebook: Path) -> list[tuple[str, str]]:
    """Kind and text of each cell of an .ipynb."""
    return [(cell["cell_type"], _joined(cell["source"])) for cell in _read(notebook)["cells"]]


def exported_results(notebook: Path) -> list[str]:
    """What the tables of an .ipynb say, cell by cell of each; of a picture, that it is one."""
    outputs = [output for cell in _read(notebook)["cells"] for output in cell.get("outputs", [])]
    return [told for output in outputs if (told := _told(output))]


def _told(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    return "picture" if "image/svg+xml" in data else table(_joined(data.get("text/html", "")))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _read(notebook: Path) -> dict[str, Any]:
    return dict(json.loads(notebook.read_text(encoding="utf-8")))


class _Cells(HTMLParser):
    """The texts of a table's cells."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


def table(html: str) -> str:
    """The cells of a table, one after the other."""
    parser = _Cells()
    parser.feed(html)
    return " | ".join(text.strip() for text in parser.texts)


# ---- running ----------------------------------------------------------------------------------------


def shown(source: Path) -> dict[str, Any]:
    """What a notebook shows and how long it takes; what it says where it cannot be run."""
    begun = monotonic()
    specification = importlib.util.spec_from_file_location(source.stem, source)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    try:
        outputs, _ = module.app.run()
    except Exception as error:
        return {"stopped": str(error)}
    return {"seconds": monotonic() - begun, "results": [told for one in outputs if (told := _said(one))]}


def _said(output: Any) -> str:
    if hasattr(output, "_repr_svg_"):
        return "picture"
    return table(output._repr_html_()) if hasattr(output, "_repr_html_") else ""


# ---- rendering --------------------------------------------------------------------------------------


def render(source: Path) -> None:
    """Write the .ipynb of a source, with what it shows, and its page."""
    notebook = source.with_suffix(".ipynb")
    command = ["-m", "marimo", "export", "ipynb", str(source), "-o", str(notebook), "--include-outputs", "-f"]
    subprocess.run([sys.executable, *command], check=True)
    PAGES.mkdir(parents=True, exist_ok=True)
    (PAGES / f"{source.stem}.html").write_text(page(notebook), encoding="utf-8")


def page(notebook: Path) -> str:
    """An .ipynb as a page that opens without a net: nbconvert's own templates load scripts of a CDN."""
    from nbconvert import HTMLExporter  # here: only the rendering needs it

    exporter = HTMLExporter(extra_template_basedirs=[str(TEMPLATE.parent)], template_name=TEMPLATE.name)
    text, _ = exporter.from_filename(str(notebook))
    return str(text)


def tell() -> None:
    """Run all, and say in the last line of what is said apart, as JSON, what each showed: they print, too."""
    print(json.dumps({source.stem: shown(source) for source in SOURCES}), file=sys.stderr)


if __name__ == "__main__":
    for one in SOURCES:
        render(one)
