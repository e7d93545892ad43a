"""The tokens of tokens.css as Python values, so that pictures have the colours and letters of the pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("tokens.css")


@cache
def token(name: str) -> str:
    """Return the value of a token, for example `#1b2230` for `ink`. Raises KeyError for an unknown one."""
    pairs = re.findall(r"--([\w-]+):\s*([^;}]+?)\s*[;}]", FILE.read_text("utf-8"))
    first_values: dict[str, str] = dict(reversed(pairs))
    return first_values[name]
