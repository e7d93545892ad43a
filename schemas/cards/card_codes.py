"""Which codes a card may name, and which of its keys are heard. Nothing is read here and no label decided.

What a card names in vain would do nothing in silence, or break a step: the grammar refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from schemas import codelists, groupings, periods
from schemas.countries.table import is_area, is_country
from schemas.tables import DIMENSIONS
from schemas.words import Wrong

if TYPE_CHECKING:
    from schemas.cards.format_card import Collection, Column, Meaning

SPECIAL = {
    "@unknown": codelists.UNKNOWN,
    "@other": codelists.OTHER,
    "@stateless": codelists.STATELESS,
    "@total": codelists.TOTAL,
    "@not_applicable": codelists.NOT_APPLICABLE,
}
"""Words of a card that stand for a code of every list."""
REPORTING_COUNTRY = "@reporting_country"
MEMBERS = "@members("

_COUNTRIES = {"reporting_country", *(d.name for d in DIMENSIONS if d.values == "country")}
LABELLED = tuple(d.name for d in DIMENSIONS if d.values == "labels")
"""Roles without a code list: the card's own labels are their codes."""
_LISTED = {"measure", *(d.name for d in DIMENSIONS if d.values == "codes")}
CODED = _COUNTRIES | set(LABELLED) | _LISTED
"""Roles whose texts become codes."""
_OF_ANY_COUNTRY = {
    codelists.UNKNOWN,
    codelists.OTHER,
    codelists.TOTAL,
    codelists.NOT_APPLICABLE,
    codelists.STATELESS,
}


def is_code(role: str, code: str) -> bool:
    """Whether a card may name the code where the role is filled."""
    if role in LABELLED:
        return bool(code) and (not code.startswith("@") or code in SPECIAL)
    if role == "reporting_country":
        return is_country(code) or code in groupings.groupings()
    if role in _COUNTRIES:
        return code == REPORTING_COUNTRY or _is_origin(SPECIAL.get(code, code))
    if role == "month":
        return SPECIAL.get(code, code) == codelists.TOTAL or codelists.find("month", code) is not None
    if role == "year":
        return code.isdecimal() and len(code) == 4
    if role == "period":
        return any(periods.read(code, frequency=f) for f in (None, *periods.MONTHS_IN))
    return role in _LISTED and SPECIAL.get(code, code) in codelists.codelist(role)


IN_HEADERS = {*CODED, "period", "year", "month"}
"""What a header may say of the values below it."""


def code_named(role: str, text: str, system: str | None = None, language: str | None = None) -> str | None:
    """The code that a label in a header names, as a label in a cell would; None where it names none.

    What has no code list is named by the card's `map` alone.
    """
    if role in ("period", "year"):
        return text
    if role in LABELLED:
        return None
    if role in _COUNTRIES:
        from schemas.countries import resolve  # its index is large, and few cards need it

        system = None if system == "any" else system
        return resolve(text, code_system=system, language=language).citizenship
    return codelists.find(role, text.removesuffix(".") if role == "month" else text)


def _is_origin(code: str) -> bool:
    return code in _OF_ANY_COUNTRY or all(is_country(part) or is_area(part) for part in code.split("+"))


def refuse_unheard(column: Column) -> None:
    """Raises Wrong for a key of the column that nothing would hear, and for a code in no list."""
    for key in ("codes", "language"):
        if getattr(column, key) and column.role not in _COUNTRIES:
            raise Wrong("card.only_of_countries", key=key)
    if column.map and column.role not in {*CODED, "dimensions", "month"}:
        raise Wrong("card.map_unheard", role=column.role or "—")
    if column.blank is not None and column.role not in {*CODED, "month"}:
        raise Wrong("card.key_unheard", key="blank", role=column.role or "—")
    if column.periods and column.role not in ("period", "year"):
        raise Wrong("card.key_unheard", key="periods", role=column.role or "—")
    if column.dates and column.role not in ("period", "year"):
        raise Wrong("card.key_unheard", key="dates", role=column.role or "—")
    if column.day != "first" and column.role != "period":
        raise Wrong("card.key_unheard", key="day", role=column.role or "—")
    if column.at and (column.optional or column.fill_down or column.by or column.ignore):
        raise Wrong("card.key_unheard", key="at", role=column.role or "—")
    if column.case and not column.by:
        raise Wrong("card.case_needs_by")
    if unknown := sorted(set(_unknown(column))):
        raise Wrong("card.no_code", codes=", ".join(unknown))


def refuse_unknown_codes(codes: Mapping[str, str]) -> None:
    """Raises Wrong for what a format sets and no list holds."""
    if unheard := sorted(set(codes) - IN_HEADERS):
        raise Wrong("card.no_role_of_header", names=", ".join(unheard))
    if unknown := sorted(_unknown_of(codes)):
        raise Wrong("card.no_code", codes=", ".join(unknown))


def _unknown(column: Column) -> Iterator[str]:
    """What the column names and no list holds, each with its role."""
    own = str(column.role)
    if column.blank is not None and not is_code(own, column.blank):
        yield f"{column.blank} ({own})"
    yield from _unknown_of(column.set)
    for label, meanings in column.map.items():
        for meaning in meanings:
            yield from _unknown_meaning(label, meaning, own)


def _unknown_meaning(label: str, meaning: Meaning, own: str) -> Iterator[str]:
    if own == "dimensions":
        if meaning.code is not None or not (meaning.set or meaning.flag or meaning.reason):
            yield f"{label} = {meaning.code or '{}'} (set)"
    elif meaning.code is None:
        if not (meaning.set or meaning.flag):
            yield f"{label} = {{}}"
    elif not is_code(own, meaning.code):
        yield f"{meaning.code} ({own})"
    yield from _unknown_of(meaning.set)
    if meaning.flag and meaning.flag not in codelists.codelist("obs_flag"):
        yield f"{meaning.flag} (flag)"


def _unknown_of(codes: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{code} ({role})" for role, code in codes.items() if not is_code(role, code))


def refuse_unknown_in(collection: Collection) -> None:
    """Raises Wrong for what the collection names and no list holds, or names in another order."""
    measure, country = collection.measure, collection.reporting_country
    if measure is not None:
        if measure not in codelists.codelist("measure"):
            raise Wrong("card.no_measure", value=measure)
        family = codelists.codelist("measure")[measure].attributes["family"]
        if family not in ("", collection.family):
            raise Wrong("card.measure_of_family", value=measure, family=family)
    if country is not None and not is_country(country):
        raise Wrong("card.no_alpha3", value=country)
    known = groupings.groupings()
    if unknown := [name for name in collection.reporting_groupings if name not in known]:
        raise Wrong("card.no_grouping", value=", ".join(unknown), known=", ".join(sorted(known)))
    if collection.period_basis == "fiscal" and "year_starts" not in collection.model_fields_set:
        raise Wrong("card.fiscal_needs_start")
    if listed := sorted(set(collection.labels) - set(LABELLED)):
        raise Wrong("card.has_a_list", names=", ".join(listed), known=", ".join(LABELLED))
    for breakdown in collection.exhaustive:
        _refuse_breakdown(breakdown)


def _refuse_breakdown(breakdown: str) -> None:
    names, known = breakdown.split("+"), {d.name for d in DIMENSIONS}
    if unknown := [name for name in names if name not in known]:
        raise Wrong("card.no_dimension", names=", ".join(unknown), known=", ".join(sorted(known)))
    if names != sorted(set(names)):
        raise Wrong("card.breakdown_order", value=breakdown, expected="+".join(sorted(set(names))))


def refuse_unheard_keep(name: str, labels: Iterable[str], column: Column) -> None:
    """Raises Wrong for a `keep` that keeps nothing: an unknown grouping, or one beside labels."""
    wanted = list(labels)
    words = [label for label in wanted if label.startswith("@")]
    if not words:
        return
    grouping = words[0].removeprefix(MEMBERS).removesuffix(")")
    known = sorted({membership.grouping for membership in groupings.load()})
    if len(wanted) > 1 or words[0] != f"{MEMBERS}{grouping})" or grouping not in known:
        raise Wrong("card.no_grouping", value=", ".join(wanted), known=", ".join(known))
    if {variant.role for _, variant in column.cases()} & _COUNTRIES == set():
        raise Wrong("card.members_of_no_country", column=name)
