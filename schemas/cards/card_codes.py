"""Codes that a format card may name, and keys of a card that have an effect.

The grammar refuses a code that is in no list and a key that would be ignored: both would otherwise fail
silently, or break a later step. This module reads no file and decides no label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from schemas import codelists, groupings, periods
from schemas.countries.table import is_area, is_country
from schemas.tables import DIMENSIONS
from schemas.words import InvalidValue

if TYPE_CHECKING:
    from schemas.cards.format_card import Collection, Column, Meaning

SPECIAL = {
    "@unknown": codelists.UNKNOWN,
    "@other": codelists.OTHER,
    "@stateless": codelists.STATELESS,
    "@total": codelists.TOTAL,
    "@not_applicable": codelists.NOT_APPLICABLE,
}
"""Words of a card that mean a code of every list."""
REPORTING_COUNTRY = "@reporting_country"
_MEMBERS_PREFIX = "@members("

_COUNTRY_ROLES = {"reporting_country", *(d.name for d in DIMENSIONS if d.values == "country")}
LABELLED_ROLES = tuple(d.name for d in DIMENSIONS if d.values == "labels")
"""Roles without a code list: the labels of the card are their codes."""
_LISTED_ROLES = {"measure", *(d.name for d in DIMENSIONS if d.values == "codes")}
CODED_ROLES = _COUNTRY_ROLES | set(LABELLED_ROLES) | _LISTED_ROLES
"""Roles whose texts become codes."""
_SPECIAL_ORIGINS = {
    codelists.UNKNOWN,
    codelists.OTHER,
    codelists.TOTAL,
    codelists.NOT_APPLICABLE,
    codelists.STATELESS,
}


def is_code(role: str, code: str) -> bool:
    """Return True if a card may name this code for the role."""
    if role in LABELLED_ROLES:
        return bool(code) and (not code.startswith("@") or code in SPECIAL)
    if role == "reporting_country":
        return is_country(code) or code in groupings.groupings()
    if role in _COUNTRY_ROLES:
        return code == REPORTING_COUNTRY or _is_origin(SPECIAL.get(code, code))
    if role == "month":
        return SPECIAL.get(code, code) == codelists.TOTAL or codelists.find("month", code) is not None
    if role == "year":
        return code.isdecimal() and len(code) == 4
    if role == "period":
        return any(periods.read(code, frequency=f) for f in (None, *periods.MONTHS_IN))
    return role in _LISTED_ROLES and SPECIAL.get(code, code) in codelists.codelist(role)


HEADER_ROLES = {*CODED_ROLES, "period", "year", "month"}
"""Roles that a header may give to the values below it."""


def find_code(role: str, text: str, system: str | None = None, language: str | None = None) -> str | None:
    """Return the code that a label in a header names, as a label in a cell would, or None.

    A role without a code list is read by the card's `map` only.
    """
    if role in ("period", "year"):
        return text
    if role in LABELLED_ROLES:
        return None
    if role in _COUNTRY_ROLES:
        from schemas.countries import resolve  # its index is large, and few cards need it

        system = None if system == "any" else system
        return resolve(text, code_system=system, language=language).citizenship
    return codelists.find(role, text.removesuffix(".") if role == "month" else text)


def _is_origin(code: str) -> bool:
    return code in _SPECIAL_ORIGINS or all(is_country(part) or is_area(part) for part in code.split("+"))


def refuse_ineffective_keys(column: Column) -> None:
    """Raise InvalidValue for a key of the column that has no effect, and for a code in no list."""
    for key in ("codes", "language"):
        if getattr(column, key) and column.role not in _COUNTRY_ROLES:
            raise InvalidValue("card.only_of_countries", key=key)
    if column.map and column.role not in {*CODED_ROLES, "dimensions", "month"}:
        raise InvalidValue("card.map_unheard", role=column.role or "—")
    if column.blank is not None and column.role not in {*CODED_ROLES, "month"}:
        raise InvalidValue("card.key_unheard", key="blank", role=column.role or "—")
    if column.periods and column.role not in ("period", "year"):
        raise InvalidValue("card.key_unheard", key="periods", role=column.role or "—")
    if column.dates and column.role not in ("period", "year"):
        raise InvalidValue("card.key_unheard", key="dates", role=column.role or "—")
    if column.day != "first" and column.role != "period":
        raise InvalidValue("card.key_unheard", key="day", role=column.role or "—")
    if column.at and (column.optional or column.fill_down or column.by or column.ignore or column.pattern):
        raise InvalidValue("card.key_unheard", key="at", role=column.role or "—")
    if column.case and not column.by:
        raise InvalidValue("card.case_needs_by")
    if unknown := sorted(set(_unknown_column_codes(column))):
        raise InvalidValue("card.no_code", codes=", ".join(unknown))


def refuse_unknown_codes(codes: Mapping[str, str]) -> None:
    """Raise InvalidValue for roles and codes of a format's `set` that no header gives or no list holds."""
    if wrong_roles := sorted(set(codes) - HEADER_ROLES):
        raise InvalidValue("card.no_role_of_header", names=", ".join(wrong_roles))
    if unknown := sorted(_unknown_codes(codes)):
        raise InvalidValue("card.no_code", codes=", ".join(unknown))


def _unknown_column_codes(column: Column) -> Iterator[str]:
    """Yield the codes of the column that are in no list, each with its role."""
    role = str(column.role)
    if column.blank is not None and not is_code(role, column.blank):
        yield f"{column.blank} ({role})"
    yield from _unknown_codes(column.set)
    for label, meanings in column.map.items():
        for meaning in meanings:
            yield from _unknown_meaning_codes(label, meaning, role)


def _unknown_meaning_codes(label: str, meaning: Meaning, role: str) -> Iterator[str]:
    if role == "dimensions":
        if meaning.code is not None or not (meaning.set or meaning.flag or meaning.reason):
            yield f"{label} = {meaning.code or '{}'} (set)"
    elif meaning.code is None:
        if not (meaning.set or meaning.flag):
            yield f"{label} = {{}}"
    elif not is_code(role, meaning.code):
        yield f"{meaning.code} ({role})"
    yield from _unknown_codes(meaning.set)
    if meaning.flag and meaning.flag not in codelists.codelist("obs_flag"):
        yield f"{meaning.flag} (flag)"


def _unknown_codes(codes: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{code} ({role})" for role, code in codes.items() if not is_code(role, code))


def countries_named(name: str) -> set[str]:
    """Return the country of a code, or all that were ever members of the grouping in `@members(…)`."""
    grouping = name.removeprefix(_MEMBERS_PREFIX).removesuffix(")")
    if name == f"{_MEMBERS_PREFIX}{grouping})":
        return {m.member for m in groupings.load() if m.grouping == grouping}
    return {name} if is_country(name) else set()


def refuse_unknown_names(collection: Collection) -> None:
    """Raise InvalidValue for codes and names of a collection that no list holds, or in the wrong order."""
    measure, country = collection.measure, collection.reporting_country
    if measure is not None:
        if measure not in codelists.codelist("measure"):
            raise InvalidValue("card.no_measure", value=measure)
        family = codelists.codelist("measure")[measure].attributes["family"]
        if family not in ("", collection.family):
            raise InvalidValue("card.measure_of_family", value=measure, family=family)
    if country is not None and not is_country(country):
        raise InvalidValue("card.no_alpha3", value=country)
    if country is not None and collection.may_report:
        raise InvalidValue("card.one_country")
    if unknown := [name for name in collection.may_report if not countries_named(name)]:
        raise InvalidValue("card.no_alpha3", value=", ".join(unknown))
    groupings_known = groupings.groupings()
    if unknown := [name for name in collection.reporting_groupings if name not in groupings_known]:
        raise InvalidValue(
            "card.no_grouping", value=", ".join(unknown), known=", ".join(sorted(groupings_known))
        )
    if collection.period_basis == "fiscal" and "year_starts" not in collection.model_fields_set:
        raise InvalidValue("card.fiscal_needs_start")
    if listed_roles := sorted(set(collection.labels) - set(LABELLED_ROLES)):
        raise InvalidValue("card.has_a_list", names=", ".join(listed_roles), known=", ".join(LABELLED_ROLES))
    for breakdown in collection.exhaustive:
        _refuse_breakdown(breakdown)


def _refuse_breakdown(breakdown: str) -> None:
    names, dimensions = breakdown.split("+"), {d.name for d in DIMENSIONS}
    if unknown := [name for name in names if name not in dimensions]:
        raise InvalidValue("card.no_dimension", names=", ".join(unknown), known=", ".join(sorted(dimensions)))
    if names != sorted(set(names)):
        raise InvalidValue("card.breakdown_order", value=breakdown, expected="+".join(sorted(set(names))))


def refuse_ineffective_keep(column_name: str, labels: Iterable[str], column: Column) -> None:
    """Raise InvalidValue for a `keep` that keeps nothing: an unknown grouping, or one next to labels."""
    kept_labels = list(labels)
    words = [label for label in kept_labels if label.startswith("@")]
    if not words:
        return
    grouping = words[0].removeprefix(_MEMBERS_PREFIX).removesuffix(")")
    grouping_names = sorted({membership.grouping for membership in groupings.load()})
    if len(kept_labels) > 1 or words[0] != f"{_MEMBERS_PREFIX}{grouping})" or grouping not in grouping_names:
        raise InvalidValue("card.no_grouping", value=", ".join(kept_labels), known=", ".join(grouping_names))
    if {variant.role for _, variant in column.cases()} & _COUNTRY_ROLES == set():
        raise InvalidValue("card.members_of_no_country", column=column_name)
