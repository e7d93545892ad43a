"""Output: the consoles for standard output and error, and JSON documents for programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console

UNBROKEN = 10_000
"""Width if the output is not a terminal, so that no line in a file or a pipe is broken."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else UNBROKEN)


def print_sentence(sentence: str, console: Console = out) -> None:
    """Print a sentence without markup and without line breaks inside a path or a name."""
    console.print(sentence, markup=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str, indent=1) + "\n")
