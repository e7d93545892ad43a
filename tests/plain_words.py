"""`python -m tests.plain_words [--list|--quiet]`: measures the English of docstrings, names and pages; 1 above a goal.

The word lists and goals are plain_words.toml. Code in docstrings, tables and headings is left out.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.home import CHECKOUT

FOLDERS = ("schemas", "warehouse", "assets", "pipelines", "lineabase")
RENDERED = ("tables", "indicators", "findings", "collections")
"""Pages of docs/ that a program writes."""
LONG_SENTENCE = 30
_LISTS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_WORDS = {name: frozenset(text.split()) for name, text in _LISTS["lists"].items()}


@dataclass
class Measured:
    """The figures, and where each comes from, as `file:line text`."""

    figures: dict[str, float] = field(default_factory=dict)
    locations: list[str] = field(default_factory=list)

    def above(self) -> dict[str, float]:
        """The figures above their goal, with the goal."""
        goals = {name: entry["most"] for name, entry in _LISTS["words"].items()} | _LISTS["goals"]
        return {name: goal for name, goal in goals.items() if self.figures[name] > goal}


def measure(root: Path = CHECKOUT, folders: tuple[str, ...] = FOLDERS) -> Measured:
    """Measure the code of the folders and the English pages below `root`."""
    measured = Measured()
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    docstrings: list[str] = []
    names: list[tuple[str, str]] = []
    for path in paths:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = [("module", path.stem, 1), *_names(tree)]
        for kind, name, line in own:
            names.append((kind, name))
            if is_bare(kind, name):
                measured.locations.append(f"{path.relative_to(root)}:{line} {kind} {name}")
        for line, text in _docstrings(tree):
            docstrings.append(text)
            if _first_word(text) in _WORDS["openings"]:
                measured.locations.append(f"{path.relative_to(root)}:{line} {text.splitlines()[0]}")
    measured.figures |= _of_docstrings(docstrings) | _of_names(names) | _of_pages(root, measured.locations)
    return measured


def _of_docstrings(texts: list[str]) -> dict[str, float]:
    words = Counter(word for text in texts for word in re.findall(r"[a-z]+(?:['’][a-z]+)?", _prose(text)))
    total = max(1, words.total())
    figures = {
        name: 1000 * sum(words[form] for form in entry["forms"]) / total
        for name, entry in _LISTS["words"].items()
    }
    openings = sum(_first_word(text) in _WORDS["openings"] for text in texts)
    return figures | {"openings_percent": 100 * openings / max(1, len(texts))}


def _of_names(names: list[tuple[str, str]]) -> dict[str, float]:
    bare = Counter(kind for kind, name in names if is_bare(kind, name))
    variables = sum(kind == "name" for kind, _ in names)
    plural = {"function": "functions", "class": "classes", "module": "modules"}
    return {"bare_names_percent": 100 * bare["name"] / max(1, variables)} | {
        f"bare_{many}": bare[kind] for kind, many in plural.items()
    }


def _of_pages(root: Path, locations: list[str]) -> dict[str, float]:
    count = long = 0
    for page in _pages(root):
        for line, words, text in _sentences(page.read_text(encoding="utf-8")):
            count += 1
            if words > LONG_SENTENCE:
                long += 1
                locations.append(f"{page.relative_to(root)}:{line} {words} words: {text[:90]}")
    return {"long_sentences_percent": 100 * long / max(1, count)}


def is_bare(kind: str, name: str) -> bool:
    """Whether a name is a participle or particle alone, such as `told`, `_own`, `Taken`."""
    word = name.strip("_")
    if name.startswith("__") or not (word.islower() or word.istitle() or word.isupper()):
        return False
    word = word.lower()
    is_regular = re.fullmatch(r"[a-z]{2,}ed", word) is not None and word not in _WORDS["not_participles"]
    is_participle = word in _WORDS["participles"] or is_regular
    is_result = kind == "name" and word in _WORDS["results"]
    return word in _WORDS["particles"] or (is_participle and not is_result)


def _names(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """The names that a module binds, each once for its scope: kind, name, line."""
    scopes: list[tuple[ast.AST, set[tuple[str, str]]]] = [(tree, set())]
    while scopes:
        scope, seen = scopes.pop()
        todo = list(ast.iter_child_nodes(scope))
        while todo:
            node = todo.pop()
            bound = _bound(node)
            if bound and bound not in seen and bound[1].strip("_") and not bound[1].startswith("__"):
                seen.add(bound)
                yield (*bound, getattr(node, "lineno", 0))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                scopes.append((node, set()))
            else:
                todo += ast.iter_child_nodes(node)


def _bound(node: ast.AST) -> tuple[str, str] | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            is_field = any("property" in ast.unparse(one) for one in node.decorator_list)
            return ("name" if is_field else "function"), node.name
        case ast.ClassDef():
            return "class", node.name
        case ast.arg() if node.arg not in ("self", "cls"):
            return "name", node.arg
        case ast.Name(ctx=ast.Store()):
            return "name", node.id
        case ast.Attribute(ctx=ast.Store()):
            return "name", node.attr
        case ast.ExceptHandler() if node.name:
            return "name", node.name
    return None


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The docstrings of modules, classes and functions, and those below variables."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        may_begin = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for before, statement in zip([None, *body], body, strict=False):
            match statement:
                case ast.Expr(value=ast.Constant(value=str() as text)):
                    if isinstance(before, ast.Assign | ast.AnnAssign) or (before is None and may_begin):
                        yield statement.lineno, text


def _prose(docstring: str) -> str:
    """The docstring in lower case, without code."""
    text = re.sub(r"```.*?```", " ", docstring, flags=re.DOTALL)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith((">>>", "..."))]
    return re.sub(r"``.*?``|`[^`]*`", " ", "\n".join(lines), flags=re.DOTALL).lower()


def _first_word(docstring: str) -> str:
    return (re.findall(r"\w+", docstring[:200]) or [""])[0]


def _pages(root: Path) -> list[Path]:
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    return [
        page
        for page in pages
        if page.is_file() and not re.search(r"\.(?!en\.)\w\w\.md$", page.name) and not _is_rendered(page)
    ]


def _is_rendered(page: Path) -> bool:
    return page.name.split(".")[0] in RENDERED


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    """The sentences of paragraphs and list items: line, number of words, text."""
    for line, paragraph in _paragraphs(text):
        plain = re.sub(r"`+[^`]*`+", "code", paragraph)
        plain = re.sub(r"!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", plain)
        plain = re.sub(r"<[^>]+>|https?://\S+|[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}", " ", plain)
        for sentence in re.split(r"(?<=[.!?])[\"')\]”»]*\s+", plain):
            words = len(re.findall(r"\S*[A-Za-z0-9]\S*", sentence))
            if words >= 2:
                yield line, words, sentence.strip()


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    block: list[str] = []
    start, is_code = 0, False
    for number, line in enumerate([*text.splitlines(), ""], 1):
        is_fence = re.match(r"\s*(```|~~~)", line) is not None
        is_code ^= is_fence
        is_text = bool(line.strip()) and not (
            is_code or is_fence or re.match(r"\s*(\||#|<!--|!\[|---)", line)
        )
        item = re.match(r"\s*([-*+]|\d+[.)])\s+", line)
        if block and (not is_text or item):
            yield start, " ".join(block)
            block = []
        if is_text:
            start = start if block else number
            block.append((line[item.end() :] if item else line).strip())


def main() -> int:
    """Print the figures; 1 if one is above its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.plain_words", description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the locations, too")
    parser.add_argument("--quiet", action="store_true", help="print only the figures above a goal")
    arguments = parser.parse_args()
    measured = measure()
    above = measured.above()
    shown = above if arguments.quiet else measured.figures
    for name in shown:
        figure = measured.figures[name]
        print(f"{figure:8.2f}  {name}{f'  above {above[name]:g}' if name in above else ''}")
    if arguments.list:
        print(*measured.locations, sep="\n")
    return int(bool(above))


if __name__ == "__main__":
    sys.exit(main())
