"""Forms of indicators: their denominator, whether they are summed, how trends judge them. No formula is here.

The forms are data: the code list `form`. warehouse/build/sql/forms/<form>.sql computes a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from schemas.codelists import codelist

TRENDS = ("count", "rate", "share")
"""Ways in which a trend judges a form: by numbers of persons or events, by rate, or by percentage points."""


class FormError(ValueError):
    """Error: a form cannot be used. The message names the code list and the form."""


@dataclass(frozen=True)
class Form:
    """A form of indicators. The measure decides whether persons or events are counted.

    `needs`: keys that an indicator of this form must have. `is_summed`: there are regional rows. Counts of
    members are added; for shares and rates their numerators and denominators are added. `trend`: a value of
    TRENDS, or None if it is never judged. `fills`: the table that its SQL fills, None if it is not computed.
    `whole_table`: the dimension by whose whole table a figure is made, None if it is not of one dimension.
    """

    code: str
    numerator: str
    denominator: str | None
    needs: tuple[str, ...]
    is_summed: bool
    trend: str | None
    fills: str | None
    whole_table: str | None


@cache
def forms() -> dict[str, Form]:
    """Return the forms by code. FormError for a form that is declared wrongly."""
    return {code: _form(code, form_code.attributes) for code, form_code in codelist("form").items()}


def form(code: str) -> Form:
    """Return a form. FormError for an unknown code; the message lists the known codes."""
    if code not in forms():
        raise FormError(f"'{code}' is no form; there are {', '.join(forms())} (schemas/codelists/form.csv)")
    return forms()[code]


def _form(code: str, attributes: Mapping[str, str]) -> Form:
    if attributes["trend"] and attributes["trend"] not in TRENDS:
        raise FormError(f"form.csv: '{code}': trend must be empty or one of {', '.join(TRENDS)}")
    return Form(
        code=code,
        numerator=attributes["numerator"],
        denominator=attributes["denominator"] or None,
        needs=tuple(filter(None, attributes["needs"].split("|"))),
        is_summed=attributes["is_summed"] == "true",
        trend=attributes["trend"] or None,
        fills=attributes["fills"] or None,
        whole_table=attributes["whole_table"] or None,
    )
