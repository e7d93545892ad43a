"""Names in any language: in which order a text's keys are tried, and the patterns after them.

The names themselves are data (index.tsv), the keys are text.py's. Nothing is decided by likeness.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from schemas.countries import text as texts
from schemas.countries.answer import (
    COUNTRY_KINDS,
    SPECIAL_KINDS,
    Meaning,
    Resolution,
    elsewhere,
    index,
    of_meaning,
)
from schemas.countries.codes import SYSTEMS, answers_by_code, read_undeclared
from schemas.countries.suggestions import one_slip_away
from schemas.countries.table import countries_in, lookup

READ_LANGUAGES = frozenset({"es", "en", "fr", "pt"})
PART_KINDS = COUNTRY_KINDS | {"aggregate"}
PERSONS_KINDS = PART_KINDS | {"ambiguous", "several"}
SHORTEST_LOOSE = 3
SHORTEST_FULL = 4
MOST_IN_A_CELL = 6
_CODE_FIRST = re.compile(r"[(\[]?(?P<code>[A-Z]{2,3}|\d{3})(?:\s*[-–:.)\]=,/]+\s*|\s+)(?P<name>.{3,})")
_CODE_LAST = re.compile(r"(?P<name>.{3,}?)(?:\s*[-–(\[:,/]+\s*|\s+)(?P<code>[A-Z]{2,3}|\d{3})\s*[)\]]?")
_PARTING = re.compile(r"[/\\;|+\n]")
_YEARS = re.compile(r"\d+")
_MARKS_BETWEEN = re.compile(r"\s*[/\\;|+\n]\s*")
_MARKS_AND_COMMAS = re.compile(r"\s*(?:[/\\;|+\n,&]| [-–] )\s*")


@cache
def _connectives() -> re.Pattern[str]:
    between = "|".join(map(re.escape, sorted(texts.words()["several"], key=len, reverse=True)))
    return re.compile(rf"\s+(?:,|{between})\s+", re.IGNORECASE)


def _split_on_words(text: str) -> list[str]:
    """At commas, marks and words such as "and"."""
    return _connectives().split(_MARKS_AND_COMMAS.sub(" , ", text))


_SPLITS: list[Callable[[str], list[str]]] = [
    _MARKS_BETWEEN.split,
    _MARKS_AND_COMMAS.split,
    _split_on_words,
    re.compile("[-–]").split,
]


class Reader:
    """Reads names for one setting of language and preference."""

    def __init__(self, language: str | None, *, demonyms_first: bool = False) -> None:
        self.language = language
        named = ["name", "demonym"]
        self.tiers = named[::-1] if demonyms_first else named

    def read(self, text: str) -> Meaning:
        """Exactly, then without what adds nothing, then by the patterns, then by sound."""
        found = self.exactly(text)
        if found is not None:
            return found
        for simpler in (texts.without_marks, texts.without_qualifiers):
            shorter = simpler(text)
            if shorter and shorter != text:
                text = shorter
                found = self.exactly(text)
                if found is not None:
                    return replace(found, rule=simpler.__name__)
        for pattern in self.patterns():
            found = pattern(text)
            if found is not None:
                return replace(found, rule=pattern.__name__.strip("_"))
        return None

    def patterns(self) -> list[Callable[[str], Meaning]]:
        """In order; the first that decides, decides."""
        return [
            self._total,
            self._with_code,
            self._with_remark,
            self._said,
            self._about_persons,
            self._former,
            self._rest_of_area,
            self._area,
            self._official_form,
            self._several,
            self._abbreviated,
            self._by_sound,
            self._in_another_language,
        ]

    def exactly(self, text: str) -> Meaning:
        """As written, by key, regardless of the order of words, regardless of spaces."""
        key = texts.key(text)
        return (
            self._ask("literal", texts.literal(text))
            or self.by_key(key)
            or self._order_free(text, key)
            or self._derived("compact", texts.compact(key))
        )

    def by_key(self, key: str) -> Meaning:
        ambiguous = index()["ambiguous"].get(key)
        if ambiguous is not None and self._is_ambiguous_here(ambiguous[0]):
            return of_meaning(*ambiguous)
        for tier in self.tiers:
            found = self._ask(tier, key)
            if found is not None:
                return found
        return None

    def _is_ambiguous_here(self, meaning: str) -> bool:
        languages = meaning.split(" ")[0][1:].split(",")
        return "*" in languages or self.language not in READ_LANGUAGES or self.language in languages

    def _ask(self, tier: str, key: str) -> Meaning:
        found = index()[tier].get(key)
        return of_meaning(*found) if found is not None else None

    def _order_free(self, text: str, key: str) -> Meaning:
        """Not across a mark that parts two names, nor with an initial ("A. Samoa")."""
        if texts.has_initial(text) or _PARTING.search(text) or self._names_two(text):
            return None
        return self._derived("order_free", texts.order_free(key))

    def _names_two(self, text: str) -> bool:
        """Whether a comma, a dash or a word such as "and" stands between two countries."""
        parts = _split_on_words(text)
        found = [self._ask("name", texts.key(part)) for part in parts] if len(parts) > 1 else []
        return len({one.code for one in found if one is not None and one.code}) > 1

    def _derived(self, tier: str, key: str) -> Meaning:
        """A looser key; the index leaves it out where it is the key itself."""
        return self._ask(tier, key) or self.by_key(key) if len(key) > SHORTEST_LOOSE else None

    # --- patterns -----------------------------------------------------------------------------

    def _total(self, text: str) -> Meaning:
        """ "Total África", "Total de casos": no citizenship, and nothing to count twice."""
        if set(texts.key(text).split()) & set(texts.words()["total"]):
            return self.by_key(texts.words()["total"][0])
        return None

    def _with_code(self, text: str) -> Meaning:
        """ "HND - Honduras", "Congo RDC": only where code and name agree."""
        match = _CODE_FIRST.fullmatch(text) or _CODE_LAST.fullmatch(text)
        if match is None:
            return None
        named = self.exactly(match["name"])
        if named is None or not (named.code or named.candidates):
            return None
        coded = [answers_by_code(system).get(match["code"]) for system in sorted(SYSTEMS)]
        for one in (*coded, self.by_key(texts.key(match["code"]))):
            if one is not None and one.code in (named.code, *named.candidates):
                return one
        return None

    def _with_remark(self, text: str) -> Meaning:
        """ "Hong Kong (China)", "Honduras, Centroamérica": where the remark fits the name."""
        parts = texts.head_and_bracket(text) or texts.head_and_comma(text)
        if parts is None or _PARTING.search(text):
            return None
        head, inside = self._part(parts[0]), self._part(parts[1]) or _state(parts[1])
        if head and head.kind == "historic" and _says_past(parts[1]):
            return head
        return _fitting(head, inside) if head and inside else None

    def _part(self, text: str) -> Meaning:
        """One of several parts: exactly, or by the patterns that look at one name."""
        found = self.exactly(text) or self.exactly(texts.without_marks(text))
        for pattern in (
            self._said,
            self._about_persons,
            self._former_name,
            self._area,
            self._official_form,
            self._several,
            self._abbreviated,
        ):
            found = found or pattern(text)
        return found

    def _former_name(self, text: str) -> Meaning:
        """ "ex-Birmanie", of use only beside the name of today."""
        return self._stripped(text, "former", "former_after", COUNTRY_KINDS)

    def _said(self, text: str) -> Meaning:
        """ "Nacionalidad no especificada", "Sin nacionalidad", "Otros países no declarados"."""
        kind = texts.kind_said(texts.key(text))
        return Resolution(kind, "") if kind else None

    def _about_persons(self, text: str) -> Meaning:
        """ "US citizen", "Personas de nacionalidad hondureña"."""
        words = texts.words()
        about, islanders = set(words["persons"]), set(words["islanders"])
        given = texts.key(text).split()
        for rest in texts.without_words(given, about | islanders | set(words["stop"]))[:-1]:
            key, dropped = " ".join(rest), set(given) - set(rest)
            found = self._ask("name", key) if dropped & islanders else self.by_key(key)
            if found is None and dropped & about:
                found = self._order_free(key, key) or self._several(key)
            if found is not None and found.kind in PERSONS_KINDS and dropped & (about | islanders):
                return found
        return None

    def _former(self, text: str) -> Meaning:
        """ "Ex Yugoslavia": only of what exists no more."""
        return self._stripped(text, "former", "former_after", frozenset({"historic"}))

    def _area(self, text: str) -> Meaning:
        """ "Países de África", "African countries"."""
        return self._stripped(text, "area_before", "area_after", frozenset({"aggregate"}))

    def _stripped(self, text: str, before: str, after: str, kinds: frozenset[str]) -> Meaning:
        for rest in texts.stripped(texts.key(text), before, after):
            found = self.by_key(rest) or self._order_free(rest, rest)
            if found is not None and found.kind in kinds | {"ambiguous"}:
                return found
            found = self._stripped(rest, before, after, kinds)
            if found is not None:
                return found
        return None

    def _rest_of_area(self, text: str) -> Meaning:
        """ "Otros países de África", "Asia others": the area, of which the rest is a part."""
        of_text = texts.key(text)
        for rest in texts.stripped(of_text, "rest_before", "rest_after"):
            found = self.by_key(rest) or self._order_free(rest, rest) or self._area(rest)
            found = found or self._rest_of_area(rest)
            if found is not None and (found.kind == "aggregate" or found.area):
                return Resolution("aggregate", "", area=found.area)
        return None

    def _official_form(self, text: str) -> Meaning:
        """ "República de Honduras", "Irish Republic": where no other country differs by the form only.

        Words of the form go one by one from either end, then wherever they stand.
        """
        words = texts.words()
        of_state, of_place = set(words["form_of_state"]), set(words["form_of_place"])
        given = texts.key(text).split()
        for rest in texts.without_words(given, of_state | of_place | set(words["stop"])):
            form = set(given) - set(rest)
            key = " ".join(rest)
            found = self._ask("name", key) or self._order_free(key, key)
            if found is None and not form & of_place:
                found = self._ask("demonym", key)
            if found is not None and found.kind in COUNTRY_KINDS and form & (of_state | of_place):
                matters = [*words["form_matters"], *(words["place_matters"] if form & of_place else ())]
                bare = " " not in texts.order_free(key)
                return None if bare and found.code in matters else found
        return None

    def _several(self, text: str) -> Meaning:
        """ "Guatemala, Honduras": every part a country; one of them twice is that one."""
        for split in _SPLITS:
            parts = [part for part in split(text) if texts.key(part)]
            if not 2 <= len(parts) <= MOST_IN_A_CELL:
                continue
            found: list[Meaning] = [self.exactly(texts.without_marks(part)) for part in parts]
            found = _codes(parts) or found
            known = [one for one in found if one is not None and one.kind in PART_KINDS]
            if len(known) < len(parts):
                continue
            if split == _MARKS_AND_COMMAS.split and _may_be_one(parts, known):
                return None
            return _together(known)
        return None

    def _abbreviated(self, text: str) -> Meaning:
        """ "C. Rica", "Alemania, Rep. Fed.": word for word, one in full, and no other country fits."""
        given = texts.words_with_initials(text)
        if len(given) < 2:
            return None
        orders = [given[n:] + given[:n] for n in range(len(given))]
        meanings = {
            meaning
            for full in given
            if len(full) >= SHORTEST_FULL
            for words, meaning in _names_with_word().get(full, ())
            if any(_abbreviates(order, words) for order in orders)
        }
        if len(meanings) != 1:
            return _one_refusal(meanings)
        return of_meaning(meanings.pop(), "")

    def _by_sound(self, text: str) -> Meaning:
        """ "Mexiko": the same word in another orthography, and no other country's name is near."""
        key = texts.key(text)
        found = self._derived("sound", texts.sound(key))
        return _if_no_other_is_near(found, key) if found and found.code else found

    def _in_another_language(self, text: str) -> Meaning:
        """ "Deutschland", "Украина": a name in no language of the network, and no slip of one that is."""
        key = texts.key(text)
        code = elsewhere().get(key)
        return _if_no_other_is_near(of_meaning(code, ""), key) if code else None


def _if_no_other_is_near(found: Resolution, key: str) -> Resolution:
    """The answer, or a refusal if a slip of the pen would make it another country."""
    near = dict.fromkeys([found.code or "", *one_slip_away(key)])
    if len(near) > 1:
        return Resolution("ambiguous", "", candidates=tuple(near), reason="ambiguous")
    return found


def _may_be_one(parts: list[str], known: list[Resolution]) -> bool:
    """ "Georgia, USA", a place in another country, or "Guinea, Spanish", a name inverted."""
    if len({one.code for one in known}) == 1:
        return False
    places = set(texts.words()["also_places"]) & set(map(texts.key, parts))
    demonyms = [one.rule == "demonym" for one in known]
    return bool(places) or all(demonyms) != any(demonyms)


def _codes(parts: list[str]) -> list[Meaning]:
    """ "HND/GTM": alpha-3 codes only."""
    written = [part.strip() for part in parts]
    if not all(code in read_undeclared() for code in written):
        return []
    return [answers_by_code("iso3")[code] for code in written]


def _state(text: str) -> Meaning:
    """The remark "NL", which only a name it fits makes a code."""
    code = text.strip(" .").upper()
    found = answers_by_code("iso2").get(code) or answers_by_code("iso3").get(code)
    return found if found is not None and found.code else None


def _says_past(text: str) -> bool:
    """ "hasta 1992", "former": of what exists no more, nothing new."""
    words = set(_YEARS.sub(" ", texts.key(text)).split())
    return words <= {*texts.words()["past"], *texts.words()["former"], *texts.words()["stop"]}


def _fitting(head: Resolution, inside: Resolution) -> Meaning:
    """What a name and the remark on it mean together, where they do not contradict."""
    if head.code and inside.code:
        if head.code == inside.code or inside.code == lookup(head.code).state:
            return head
        if head.code == lookup(inside.code).state:
            return inside
        return None
    if head.code and inside.kind == "ambiguous":
        likely = inside.candidates[:1] if head.rule == "demonym" else inside.candidates
        return head if head.code in likely else None
    if head.code and inside.area:
        return head if head.code in _covered(inside.area) else None
    if head.kind == "ambiguous" and inside.code:
        fitting = [code for code in head.candidates if inside.code in (code, lookup(code).state)]
        return of_meaning(fitting[0], "") if len(fitting) == 1 else None
    if head.kind == "aggregate" and head.area and inside.members:
        return head if set(inside.members) <= _covered(head.area) else None
    if head.kind in SPECIAL_KINDS.values() and inside.kind == head.kind:
        return head
    if head.reason == "own_nationals" and inside.code:
        return inside
    return None


def _together(parts: list[Resolution]) -> Meaning:
    """Countries only: one, or several; areas only: an aggregate of them all."""
    codes = tuple(dict.fromkeys(one.code for one in parts if one.code))
    areas = tuple(dict.fromkeys(one.area for one in parts if one.area))
    if codes and not areas:
        return parts[0] if len(codes) == 1 else Resolution("several", "", members=codes)
    if areas and not codes:
        return Resolution("aggregate", "", area="+".join(areas))
    return None


def _covered(area: str) -> frozenset[str]:
    return frozenset().union(*map(countries_in, area.split("+")))


@cache
def _names_with_word() -> dict[str, list[tuple[list[str], str]]]:
    """Word → the names in which it stands in full and distinguishes, as lists of words."""
    stop = frozenset(texts.words()["stop"])
    common = {word for group in texts.words()["synonyms"] for word in group}
    found: dict[str, list[tuple[list[str], str]]] = {}
    for tier in ("ambiguous", "name"):
        for key, (meaning, _) in index()[tier].items():
            words = [word for word in key.split() if word not in stop]
            for word in set(words) - common:
                found.setdefault(word, []).append((words, meaning))
    return found


def _abbreviates(given: list[str], words: list[str]) -> bool:
    return len(given) == len(words) and all(
        full.startswith(short) for short, full in zip(given, words, strict=True)
    )


def _one_refusal(meanings: set[str]) -> Meaning:
    """An ambiguous answer over all that an abbreviation may stand for; None where it is nothing."""
    candidates = sorted({word for one in meanings for word in one.split() if word.isalpha()})
    if not candidates:
        return None
    return Resolution("ambiguous", "", candidates=tuple(candidates), reason="ambiguous")
