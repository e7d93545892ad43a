"""Two countries are two, whatever parts them: all ordered pairs × separators × four languages.

    python -m tests.countries.test_two_are_two [LANGUAGE ...]       the whole product, some 3,700,000 texts

A sample runs with every suite; where slow tests run, every two in one of their orders, in one of the languages and
with one of the separators, each in turn; with the hard ones the whole product. What a cell of two names may say: both;
nothing; or, where the second only remarks on the first ("Puerto Rico, Estados Unidos"), a territory of the other one.
Never one of them alone, never a third.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, cycle, islice, permutations

import pytest
from babel import Locale

from schemas.countries import Country, Resolution, all_countries, build, lookup, resolve
from schemas.countries.names import Reader

LISTS = ("{}/{}", "{} / {}", "{}; {}", "{} + {}", "{} & {}", "{} y {}", "{} e {}", "{} and {}", "{} et {}")
REMARKS = ("{}, {}", "{} - {}", "{} – {}", "{}-{}", "{} ({})")
SAMPLE = 100
IN_FORCE = [country for country in all_countries() if country.kind != "historic"]
REFUSED = Resolution("unresolved", "none", reason="no_such_name")
PUBLISHED_AS_ONE = {
    ("SRB", "MNE"),  # "Serbia and Montenegro", "Serbia-Montenegro": the state until 2006
    ("XKX", "SRB"),  # "Kosovo (Serbia)", where so written
    ("MAF", "SXM"),  # "Sint Maarten & São Martinho", one name twice or two islands' parts
    ("CHN", "TWN"),  # "China, Taiwán", the name that several offices give to Taiwan
    ("AUS", "NZL"),  # an area of M49, "Australia and New Zealand"
}

TERRITORY_NAMED_BY_BOTH = {("MAF", "NLD"): "SXM", ("MAF", "SXM"): "SXM"}
"""São Martinho (Países Baixos), São Martinho (Sint Maarten): CLDR's Portuguese names of the Dutch part, and "São Martinho" alone
is either part."""


@cache
def _portuguese() -> dict[str, str]:
    return dict(Locale.parse("pt").territories)


def name_in(language: str, country: Country) -> str:
    if language == "pt":
        return _portuguese().get(country.alpha2 or "", country.name_en)
    return country.name(language)


@cache
def _certain(name: str) -> bool:
    return resolve(name).code is not None


def _as_one(a: str, b: str) -> bool:
    return bool({(a, b), (b, a)} & PUBLISHED_AS_ONE)


def is_wrong(answer: Resolution, form: str, a: str, b: str) -> bool:
    """Whether an answer says something else than two, nothing, or a territory and its state."""
    if answer.kind in {"ambiguous", "unresolved"}:
        return False
    if answer.kind == "several":
        return set(answer.members) != {a, b}
    if answer.code is not None and TERRITORY_NAMED_BY_BOTH.get((a, b)) == answer.code:
        return False
    if _as_one(a, b):
        return form.strip("{}") in {"/", " / ", "; ", " + "} or (
            answer.kind == "country" and answer.code not in (a, b)
        )
    if form in REMARKS and answer.code is not None:
        return lookup(answer.code).state not in {a, b} - {answer.code}
    return True


def wrong_among(
    pairs: Iterable[tuple[Country, Country]], language: str, forms: int = len(LISTS + REMARKS)
) -> Iterator[tuple[str, Resolution | None]]:
    """The texts that are read wrongly, each pair with so many of the separators, in turn."""
    reader, in_turn = Reader(None), cycle(LISTS + REMARKS)
    for one, other in pairs:
        names = name_in(language, one), name_in(language, other)
        for form in islice(in_turn, forms):
            text = form.format(*names)
            answer = reader.read(text)
            if answer is None:
                answer = REFUSED
            both = answer.kind == "several" or not all(map(_certain, names)) or _as_one(one.code, other.code)
            if is_wrong(answer, form, one.code, other.code) or (form in LISTS and not both):
                yield text, answer


@pytest.mark.parametrize("language", build.LANGUAGES)
def test_two_countries_are_two(language: str) -> None:
    drawn = random.Random(f"two {language}")
    assert list(wrong_among((tuple(drawn.sample(IN_FORCE, 2)) for _ in range(SAMPLE)), language)) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", build.LANGUAGES)
def test_two_countries_are_two_in_every_pair(language: str) -> None:
    """In one of the languages and one order: pair by pair the next one, so that all are read by a suite."""
    languages = list(build.LANGUAGES)
    round_ = len(languages) * len(LISTS + REMARKS)  # so that each separator meets both orders
    turned = cycle([slice(None)] * round_ + [slice(None, None, -1)] * round_)
    pairs = (pair[order] for pair, order in zip(combinations(IN_FORCE, 2), turned, strict=False))
    own = islice(pairs, languages.index(language), None, len(languages))
    assert list(wrong_among(own, language, forms=1)) == []


@pytest.mark.hard
@pytest.mark.parametrize("language", build.LANGUAGES)
def test_two_countries_are_two_in_every_pair_and_way(language: str) -> None:
    assert list(wrong_among(permutations(IN_FORCE, 2), language)) == []


def test_any_two_names_are_no_third_country() -> None:
    """Names as ISO, CLDR, M49 and the tables beside them have them, demonyms too."""
    drawn = random.Random("any two names")
    named = [
        (code, name)
        for code, name, _ in (*build.published_names(), *build.names_in_file("aliases.txt", "alias"))
    ]
    named += [(code, form) for code, form, _ in build.demonyms()]
    wrong = []
    for _ in range(800):
        (a, one), (b, other) = drawn.sample(named, 2)
        form = drawn.choice(LISTS + REMARKS)
        answer = resolve(form.format(one, other))
        said = {answer.code} if answer.code else set(answer.members)
        if answer.kind != "aggregate" and said - {a, b}:
            wrong.append((form.format(one, other), said, a, b))
        if answer.code and a != b and form in LISTS:
            wrong.append((form.format(one, other), said, a, b))
    assert wrong == []


if __name__ == "__main__":
    for asked in sys.argv[1:] or build.LANGUAGES:
        for read in wrong_among(permutations(IN_FORCE, 2), asked):
            print(asked, read, flush=True)
        print(asked, "done", flush=True)
