"""Names in a file of records that belong to one country, such as laws with a number, but stand under two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pandas as pd

from schemas.records import Declaration
from schemas.records.contract import NO_CODE
from schemas.records.names import words

RULE = "name_of_two_countries"


def names_of_two_countries(
    lines: pd.DataFrame, declaration: Declaration
) -> Iterator[tuple[object, str, list[str]]]:
    """Yield index, column and the other countries of each name that a line shares with another country.

    A name counts if it has a number and no word for a part, such as an article. Two names are the same if one
    has all words of the other.
    """
    rule = declaration.names_of_one_country
    if rule is None:
        return
    with_name = lines[(lines[rule.column] != "") & ~lines[rule.country].isin(["", *NO_CODE])]
    countries: dict[frozenset[str], set[str]] = defaultdict(set)
    for country, text in set(zip(with_name[rule.country], with_name[rule.column], strict=True)):
        countries[frozenset(words(text))].add(country)
    titles = [name for name in countries if _is_title(name, rule.parts)]
    shared = {name: _countries_of(name, titles, countries) for name in countries}
    for index, country, text in zip(
        with_name.index, with_name[rule.country], with_name[rule.column], strict=True
    ):
        if others := shared[frozenset(words(text))] - {country}:
            yield index, rule.column, sorted(others)


def _countries_of(
    name: frozenset[str], titles: list[frozenset[str]], countries: dict[frozenset[str], set[str]]
) -> set[str]:
    """Return the countries of the titles that a name has, or that have it."""
    same_titles = (t for t in titles if t <= name or (name <= t and name in titles))
    return {country for title in same_titles for country in countries[title]}


def _is_title(name: frozenset[str], parts: list[str]) -> bool:
    """Return whether a name has a number and is not of a part."""
    return any(any(c.isdigit() for c in word) for word in name) and not name & set(parts)
