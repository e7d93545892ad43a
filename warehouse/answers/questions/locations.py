"""Countries, groupings and parts of countries that a question names, and whether as the origin of persons."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.codelists import find
from schemas.countries import resolve
from schemas.countries.parts import country_of_part
from schemas.groupings import DEFAULT_GROUPING
from schemas.questions import QuestionWords
from warehouse.answers.questions.tokens import Tokens, fits_any

LONGEST_NAME = 6
"""Most words of a country's name in a question."""

SHORTEST_NAME = 4
"""A shorter word is read as a country only in capitals."""

NAME_RULES = frozenset(
    {"m49", "iso", "cldr", "alias", "iso3", "demonym", "misspelling", "compact", "order_free"}
)
"""Rules of the resolver that read a name as it stands. The others strip words or guess."""

_DEMONYM, _AMBIGUOUS = "demonym", "ambiguous"


@dataclass(frozen=True)
class Location:
    """A country, grouping or part of a country in a question.

    `is_origin`: named as the origin of persons; `is_demonym`: by a word for its people. The code of a part of
    a country is its name.
    """

    code: str
    is_origin: bool = False
    is_demonym: bool = False


def read_locations(tokens: Tokens, words: QuestionWords) -> list[Location]:
    """Return the places that a question names, in order, and mark their words."""
    locations: list[tuple[int, Location]] = []
    if phrase := tokens.find_best(words.country_phrases):
        first = min(phrase[1])
        locations.append((first, Location(_part(tokens, words, first, 1) or phrase[0])))
        tokens.use(phrase[1])
    for length in range(min(LONGEST_NAME, len(tokens.folded)), 0, -1):
        for start in range(len(tokens.folded) - length + 1):
            span = range(start, start + length)
            is_free = not tokens.used_positions & set(span)
            if is_free and (location := _location_at(tokens, words, start, length)):
                tokens.use(span)
                locations.append((start, location))
    tokens.use(tokens.find_words(words.region))
    if not any(not location.is_origin for _, location in locations) and tokens.find_words(words.region):
        locations.append((len(tokens.folded), Location(DEFAULT_GROUPING)))
    return [location for _, location in sorted(locations, key=lambda pair: pair[0])]


def _location_at(tokens: Tokens, words: QuestionWords, start: int, length: int) -> Location | None:
    """Return the location that some words name. A longer text with the same name in it is none."""
    name = " ".join(tokens.originals[start : start + length])
    if name in words.capitals:
        return Location(words.capitals[name])
    # in small letters no word that asks for a tool is a people ("bajan")
    if length == 1 and not name[:1].isupper() and fits_any(tokens.folded[start], words.words_of_tools):
        return None
    first, last = tokens.folded[start], tokens.folded[start + length - 1]
    is_code = len(name) < SHORTEST_NAME and name != name.upper() and first not in words.short_names
    if is_code or fits_any(last, words.stop_words):
        return None
    if fits_any(first, words.stop_words) and _code(" ".join(tokens.originals[start + 1 : start + length])):
        return None
    code = _code(name)
    if code is None:
        return None
    if part := _part(tokens, words, start, length):
        return Location(part)
    before = _position_before(tokens, words, start)
    word_before = "" if before is None else tokens.folded[before]
    is_origin = fits_any(word_before, words.origins)
    is_demonym = resolve(name).rule == _DEMONYM and not (
        fits_any(word_before, words.places) or _is_of_an_institution(tokens, words, start, length)
    )
    if before is not None and is_origin:
        tokens.use({before})
    return Location(code, is_origin or is_demonym, is_demonym)


def _part(tokens: Tokens, words: QuestionWords, start: int, length: int) -> str | None:
    """Return the name of a part of a country ("departamento de Guatemala"), or None for a country."""
    is_part = (
        start > 1
        and tokens.folded[start - 1] in words.prepositions
        and tokens.folded[start - 2] in words.part_words
    )
    return " ".join(tokens.originals[start - 2 : start + length]) if is_part else None


def _is_of_an_institution(tokens: Tokens, words: QuestionWords, start: int, length: int) -> bool:
    """Return whether a word for a people stands next to an institution ("autoridades hondureñas")."""
    neighbours = tokens.folded[max(start - 1, 0) : start] + tokens.folded[start + length : start + length + 1]
    return any(fits_any(word, words.institutions) for word in neighbours)


def _code(name: str) -> str | None:
    """Return the code of a country or grouping that a name means as it stands, or the name of a part."""
    if country_of_part(name):
        return name
    if grouping := find("grouping", name):
        return grouping
    resolution = resolve(name)
    return resolution.code if resolution.rule in NAME_RULES else None


def _position_before(tokens: Tokens, words: QuestionWords, start: int) -> int | None:
    """Return the position of the word before a location, articles left out."""
    while start > 0 and tokens.folded[start - 1] in words.articles:
        start -= 1
    return start - 1 if start > 0 else None


def names_unknown_place(tokens: Tokens, words: QuestionWords) -> bool:
    """Return whether a word that was not used names a location: several, or one after a word of place."""
    return any(
        resolve(word).kind == _AMBIGUOUS or (word[:1].isupper() and _is_after_place(tokens, words, position))
        for position, word in enumerate(tokens.originals)
        if position not in tokens.used_positions and not fits_any(tokens.folded[position], words.stop_words)
    )


def _is_after_place(tokens: Tokens, words: QuestionWords, position: int) -> bool:
    before = _position_before(tokens, words, position)
    return before is not None and fits_any(tokens.folded[before], words.places)
