"""The public names of the program: each package lists its own in `__all__`, few, with a purpose in words."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from schemas.tables import Table
from warehouse.home import CHECKOUT

ROOMS = ("assets", "lineabase", "pipelines", "schemas", "warehouse")
MOST_NAMES = 150
FILES = [path for room in ROOMS for path in sorted((CHECKOUT / room).rglob("*.py"))]


def package_names() -> list[str]:
    walked = [
        found.name
        for room in ROOMS
        for found in pkgutil.walk_packages([str(CHECKOUT / room)], f"{room}.", onerror=lambda _: None)
        if found.ispkg
    ]
    return [*ROOMS, *walked]


PACKAGES = package_names()


def public_names(package: str) -> list[str]:
    names = vars(import_module(package)).get("__all__")
    assert isinstance(names, list), f"{package} has no __all__"
    return names


def test_the_public_names_are_few() -> None:
    names = [f"{package}.{name}" for package in PACKAGES for name in public_names(package)]
    assert len(names) <= MOST_NAMES, len(names)
    assert len(names) == len(set(names))
    assert {"lineabase.Warehouse", "lineabase.Interval", "lineabase.Answers"} <= set(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_public_name_exists_and_has_a_purpose_in_words(package: str) -> None:
    module = import_module(package)
    for name in public_names(package):
        assert has_purpose(module, name, getattr(module, name)), f"{package}.{name} has no docstring"


def has_purpose(module: ModuleType, name: str, value: Any) -> bool:
    """Functions and classes have a docstring, tables their comment, constants a text under their assignment."""
    if isinstance(value, Table):
        return bool(value.es and value.en)
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        return bool(inspect.getdoc(value))
    return name in documented_constants(Path(str(module.__file__)))


def documented_constants(file: Path) -> set[str]:
    """Constants of a file, and of the modules it takes names from, with a text on the line after them."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    sources = [n.module for n in tree.body if isinstance(n, ast.ImportFrom) and n.module]
    texts = set(of_module(tree))
    for source in sources:
        path = CHECKOUT / Path(*source.split(".")).with_suffix(".py")
        if path in FILES:
            texts |= set(of_module(ast.parse(path.read_text(encoding="utf-8"))))
    return texts


def of_module(tree: ast.Module) -> Iterator[str]:
    for statement, following in zip(tree.body, tree.body[1:], strict=False):
        match statement, following:
            case (ast.Assign() | ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str()))):
                yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


@pytest.mark.slow
def test_the_program_imports_from_a_package_only_its_public_names() -> None:
    packages, strangers = set(PACKAGES), []
    modules = {".".join(path.relative_to(CHECKOUT).with_suffix("").parts) for path in FILES}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in packages:
                public = set(public_names(node.module))
                strangers += [
                    f"{path.relative_to(CHECKOUT)}: {node.module}.{alias.name}"
                    for alias in node.names
                    if alias.name not in public and f"{node.module}.{alias.name}" not in modules | packages
                ]
    assert strangers == []
