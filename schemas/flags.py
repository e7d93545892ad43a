"""Flags of a value: codes of the list `obs_flag`, joined by `+`. Here asking for one, adding one.

What a flag does (keeps its value out of sums, of trends, …) are columns of that list; SQL reads them as
the table `reference.flags` and asks with the macros of the build. A flag is never looked for as a part of
a text: `suspected_partial` is not `partial`.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.codelists import codelist


def has_flag(flags: object, *codes: str) -> bool:
    """Whether `flags`, as a `flag` column holds it (joined codes, or None or NaN), has one of `codes`."""
    return isinstance(flags, str) and not set(codes).isdisjoint(flags.split("+"))


def flags_that(effect: str) -> tuple[str, ...]:
    """The flags with this effect, a column of the list: `out_of_trends`. KeyError if there is none."""
    return tuple(code.code for code in codelist("obs_flag").values() if code.attributes[effect] == "true")


def joined_flags(flags: Iterable[object]) -> str | None:
    """All codes of several `flag` columns' texts, sorted, joined by `+`; None if there is none."""
    codes = {code for text in flags if isinstance(text, str) for code in text.split("+") if code}
    return "+".join(sorted(codes)) or None


def add_flag(flags: str, flag: str) -> str:
    """The flags with one more, sorted, joined by `+`."""
    return "+".join(sorted({*filter(None, flags.split("+")), flag}))
