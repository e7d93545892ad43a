"""What `python -m tests.operator` found, kept by part in .reliability/operator.json; and its chapter of the page."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from typing import Any

from tests import kept_figures
from tests.operator.parts import Measured, title

REPORT = kept_figures.FOLDER / "operator.json"

HEAD = """
# What became of faults and attacks

Rendered from `.reliability/operator.json` by `python -m tests.operator`, part by part (`tests/operator/`); the test suite runs a short form.
"""


def keep(name: str, found: Measured, commit: str) -> None:
    """Put a part's figures beside those of the others, with the commit and the command they come from."""
    kept_figures.keep(REPORT, name, {"commit": commit, "command": _command(name), **found})


def kept() -> dict[str, Any]:
    """What was found last, by part."""
    return kept_figures.kept(REPORT)


def page(report: dict[str, Any]) -> str:
    """The chapter of docs/reliability.md."""
    return "\n".join([HEAD, *(line for name in sorted(report) for line in _part(name, report[name]))]) + "\n"


def _part(name: str, found: dict[str, Any]) -> Iterator[str]:
    yield f"## {title(name)}\n"
    yield f"`{found['command']}` at commit {found['commit']}.\n"
    heads = list(dict.fromkeys(key for row in found["rows"] for key in row))
    if heads:
        yield f"| {' | '.join(heads)} |"
        yield "|---" * len(heads) + "|"
        for row in found["rows"]:
            yield "| " + " | ".join(_cell(row.get(head, "")) for head in heads) + " |"
        yield ""
    yield from (f"{remark}\n" for remark in found["remarks"])
    yield f"Failed: **{len(found['failed'])}**.\n"
    yield from (f"- {fault}" for fault in found["failed"])


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _command(name: str) -> str:
    options = [a for a in sys.argv[1:] if a.startswith("-")]
    return shlex.join(["python", "-m", "tests.operator", *options, name])
