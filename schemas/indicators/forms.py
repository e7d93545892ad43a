"""The forms of an indicator: over what it is taken, whether it is summed, how trends judge it. No formula.

They are data: the code list `form`. How a form is computed is warehouse/build/sql/forms/<form>.sql.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.codelists import codelist

TRENDS = ("count", "rate", "share")
"""How a trend may judge a form: by its persons or events, by its rate, by its points."""


class FormError(ValueError):
    """A form that cannot be used. The message names the code list and the form."""


@dataclass(frozen=True)
class Form:
    """One form. Whether persons or events are counted is its measure's to say.

    `needs`: keys that an indicator of this form must have. `is_summed`: there are regional rows: members'
    counts add up, of shares and rates their numerators and denominators do. `trend`: one of TRENDS, or
    None, never judged. `fills`: the table that its SQL fills, None where nothing computes it.
    """

    code: str
    numerator: str
    denominator: str | None
    needs: tuple[str, ...]
    is_summed: bool
    trend: str | None
    fills: str | None


@cache
def forms() -> dict[str, Form]:
    """The forms there are, by code. FormError for one that is declared wrongly."""
    return {code: _form(code, listed.attributes) for code, listed in codelist("form").items()}


def form(code: str) -> Form:
    """One form. FormError says which there are: an unknown one is never taken for another."""
    if code not in forms():
        raise FormError(f"'{code}' is no form; there are {', '.join(forms())} (schemas/codelists/form.csv)")
    return forms()[code]


def _form(code: str, listed: Mapping[str, str]) -> Form:
    if listed["trend"] and listed["trend"] not in TRENDS:
        raise FormError(f"form.csv: '{code}': trend must be empty or one of {', '.join(TRENDS)}")
    return Form(
        code=code,
        numerator=listed["numerator"],
        denominator=listed["denominator"] or None,
        needs=tuple(filter(None, listed["needs"].split("|"))),
        is_summed=listed["is_summed"] == "true",
        trend=listed["trend"] or None,
        fills=listed["fills"] or None,
    )
