"""The screen: standard output and error, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

UNBROKEN = 10_000
"""Columns of what is no terminal: in a file or a pipe no line is broken."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else UNBROKEN)


def tell(sentence: str, console: Console = out) -> None:
    """Print a sentence as it stands: no markup, and never broken within a path or a name."""
    console.print(sentence, markup=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str, indent=1) + "\n")
