"""Flags of a value: codes of the list `obs_flag`, joined by `+`. This module tests for flags and adds them.

The columns of that list define the effect of a flag (it excludes the value from sums, from trends, …). SQL
reads them as the table `reference.flags` and uses the macros of the build. A flag is never searched as a part
of a text: `suspected_partial` is not `partial`.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.codelists import codelist


def has_flag(flags: object, *codes: str) -> bool:
    """Return True if `flags`, a cell of a `flag` column (joined codes, None or NaN), has one of `codes`."""
    return isinstance(flags, str) and not set(codes).isdisjoint(flags.split("+"))


def flags_with_effect(effect: str) -> tuple[str, ...]:
    """Return the flags with this effect, a column of the list such as `out_of_trends`. KeyError if none."""
    return tuple(code.code for code in codelist("obs_flag").values() if code.attributes[effect] == "true")


def combine_flags(flags: Iterable[object]) -> str | None:
    """Return all codes of several `flag` cells, sorted and joined by `+`, or None if there are none."""
    codes = {code for text in flags if isinstance(text, str) for code in text.split("+") if code}
    return "+".join(sorted(codes)) or None


def add_flag(flags: str, flag: str) -> str:
    """Return the flags with another flag, sorted and joined by `+`."""
    return "+".join(sorted({*filter(None, flags.split("+")), flag}))
