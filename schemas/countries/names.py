"""Names in any language: in which order a text's keys are tried, and the patterns after them.

The names themselves are data (index.tsv), the keys are text.py's. Nothing is decided by likeness.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from schemas.countries import parting, remarks, shortened
from schemas.countries import text as texts
from schemas.countries.answer import (
    COUNTRY_KINDS,
    Meaning,
    Resolution,
    elsewhere,
    index,
    of_meaning,
)
from schemas.countries.codes import BESIDE_A_NAME, answers_by_code, read_undeclared
from schemas.countries.suggestions import one_slip_away
from schemas.countries.table import lookup

READ_LANGUAGES = frozenset({"es", "en", "fr", "pt"})
PART_KINDS = COUNTRY_KINDS | {"aggregate"}
PERSONS_KINDS = PART_KINDS | {"ambiguous", "several"}
SHORTEST_LOOSE = 3
_CODE_FIRST = re.compile(r"[(\[]?(?P<code>[A-Z]{2,3}|\d{3})(?:\s*[-–:.)\]=,/]+\s*|\s+)(?P<name>.{3,})")
_CODE_LAST = re.compile(r"(?P<name>.{3,}?)(?:\s*[-–(\[:,/]+\s*|\s+)(?P<code>[A-Z]{2,3}|\d{3})\s*[)\]]?")
_PARTING = re.compile(r"[/\\;|+\n]")
_JOINED = re.compile(r"[/\\;|+\n&]|\w")
_BRACKET_OR_COMMA = re.compile(r"[(\[,;]")


class Reader:
    """Reads names for one setting of language and preference."""

    def __init__(self, language: str | None, *, demonyms_first: bool = False) -> None:
        self.language = language
        named = ["name", "demonym"]
        self.tiers = named[::-1] if demonyms_first else named

    def read(self, text: str) -> Meaning:
        """Exactly, then without what adds nothing, then by the patterns."""
        found = self.exactly(text)
        if found is not None:
            return found
        bare = texts.without_marks(text) or text
        short = texts.without_qualifiers(bare) or bare
        for simpler, rule in ((bare, "without_marks"), (short, "without_qualifiers")):
            found = self.exactly(simpler) if simpler != text else None
            if found is not None:
                return replace(found, rule=rule)
        for pattern in self.patterns():
            found = pattern(bare if pattern == self._said else short)
            if found is not None:
                return replace(found, rule=pattern.__name__.strip("_"))
        return None

    def patterns(self) -> list[Callable[[str], Meaning]]:
        """In order; the first that decides, decides."""
        return [
            self._total,
            self._with_code,
            self._with_remark,
            self._with_scope,
            self._in_its_area,
            self._said,
            self._several,
            self._about_persons,
            self._former,
            self._rest_of_area,
            self._area,
            self._official_form,
            self._abbreviated,
            self._cut,
            self._in_another_language,
        ]

    def exactly(self, text: str) -> Meaning:
        """As written, by key, regardless of the order of words, regardless of spaces."""
        key = texts.key(text)
        if _PARTING.search(text) and self._holds_two(text):
            return None
        found = self._ask("literal", texts.literal(text)) or self.by_key(key) or self._order_free(text, key)
        if found is not None or texts.ends_in_letter_mark(text):
            return found
        return self._one_of(text, self._derived("compact", texts.compact(key)))

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
        if texts.has_initial(text) or _PARTING.search(text):
            return None
        return self._one_of(text, self._derived("order_free", texts.order_free(key)))

    def _one_of(self, text: str, found: Meaning) -> Meaning:
        """What a loose key or a pattern found: not where whole pieces of the text name two countries."""
        if found is None:
            return None
        named = self.standing_apart(text)
        if _PARTING.search(text) and len(set(map(parting.codes_of, named))) > 1:
            return None
        return found if parting.may_all_be(found, named) else None

    def standing_apart(self, text: str) -> list[Resolution]:
        """The countries that whole pieces of the text name: names, or demonyms only ("Guinea, Spanish")."""
        found = parting.standing_apart(text, self._piece)
        demonyms = [one.rule == "demonym" for one in found]
        return found if all(demonyms) or not any(demonyms) else [f for f in found if f.rule != "demonym"]

    def _piece(self, text: str) -> Meaning:
        """A piece of a text as a name by itself: no looser than by the order of its words."""
        bare = texts.without_marks(text)
        for one in dict.fromkeys((text, bare)):
            key = texts.key(one)
            found = self._ask("literal", texts.literal(one)) or self.by_key(key)
            if found is None and not texts.has_initial(one) and not self._holds_two(one):
                found = self._derived("order_free", texts.order_free(key))
            if found is not None:
                return found
        return self._official_form(bare) if len(parting.pieces(bare, parting.ALL_MARKS)) == 1 else None

    def _holds_two(self, text: str) -> bool:
        spans = parting.pieces(text, parting.ALL_MARKS)
        named = (self.by_key(texts.key(text[start:stop])) for start, stop in spans)
        return len(spans) > 1 and parting.are_two(one for one in named if one is not None and one.code)

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
        coded = [answers_by_code(system).get(match["code"]) for system in sorted(BESIDE_A_NAME)]
        for one in (*coded, self.by_key(texts.key(match["code"]))):
            if one is not None and one.code in (named.code, *named.candidates):
                return one
        return None

    def _with_remark(self, text: str) -> Meaning:
        """ "Hong Kong (China)", "Honduras, Centroamérica": where the remark fits the name."""
        in_bracket = texts.head_and_bracket(text)
        parts = in_bracket or texts.head_and_comma(text)
        if parts is None or _PARTING.search(text):
            return None
        head, inside = self._part(parts[0]), self._part(parts[1]) or remarks.state(parts[1])
        if head and head.kind == "historic" and remarks.says_past(parts[1]):
            return head
        if head and head.code and remarks.says_since(parts[1]):
            return head
        if head is None or inside is None or (head.code and self._several(parts[0]) is not None):
            return None
        if remarks.repeat(parts, head, inside):
            return None
        return remarks.fitting(head, inside)

    def _with_scope(self, text: str) -> Meaning:
        """ "Reino Unido (incluidas las Islas del Canal)", "Eritrea (antes en Etiopía)": the same country.

        Not with another state that is counted in: that is two.
        """
        parts = texts.head_and_bracket(text) or texts.head_and_comma(text)
        if parts is None or _PARTING.search(parts[0]):
            return None
        head = self._part(parts[0])
        if head is None or not (head.kind in PART_KINDS or (head.citizenship and not head.reason)):
            return None
        note = texts.key(parts[1])
        if head.kind in COUNTRY_KINDS - {"historic"} and remarks.was_in(note):
            return head
        if rest := texts.after_beginning(note, "scope_without"):
            return None if self._names_it(head, parts[1], rest) else head
        if rest := texts.after_beginning(note, "scope_with"):
            return head if self._adds_no_state(head, parts[1], rest) else None
        return None

    def _names_it(self, head: Resolution, note: str, rest: str) -> bool:
        """Whether the note takes out the very country: "Honduras (sin Honduras)"."""
        return any(
            one.code == head.code and one.rule in remarks.PUBLISHED
            for one in self._in_note(note, rest)
            if one.code
        )

    def _adds_no_state(self, head: Resolution, note: str, rest: str) -> bool:
        if head.code is None:
            return True
        added = {code for one in self._in_note(note, rest) for code in parting.codes_of(one)}
        return all(
            lookup(code).state == lookup(head.code).state or lookup(code).kind == "historic" for code in added
        )

    def _in_note(self, note: str, rest: str) -> list[Resolution]:
        """The countries that a note names, by its pieces and by what follows its first words."""
        words = rest.split()
        tails = (self.by_key(" ".join(words[n:])) for n in range(len(words)))
        named = [one for one in tails if one is not None and (one.code or one.candidates)]
        return [*named[:1], *parting.standing_apart(note, self._noted)]

    def _noted(self, text: str) -> Meaning:
        words = texts.key(text).split()
        tails = (self.by_key(" ".join(words[n:])) for n in range(len(words)))
        return next((one for one in tails if one is not None and (one.code or one.candidates)), None)

    def _in_its_area(self, text: str) -> Meaning:
        """ "Honduras C.A.", "Jamaica West Indies": a name, no demonym, and the area it lies in."""
        rest = texts.without_ending(text, "endings_of_area")
        head = self.exactly(rest) if rest else None
        if head is not None and head.code and head.rule != "demonym":
            area = self.by_key(texts.key(text)[len(texts.key(rest or "")) :].strip())
            return (
                head if area is not None and area.area and head.code in remarks.covered(area.area) else None
            )
        rest = texts.without_ending(text, "endings_of_territories")
        head = self._part(rest) if rest else None
        return head if head is not None and head.kind == "territory" else None

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
        """ "US citizen", "Personas de nacionalidad hondureña", "Doble nacionalidad (Honduras-EE.UU.)"."""
        words = texts.words()
        about, islanders, double = (set(words[name]) for name in ("persons", "islanders", "double"))
        these = about | islanders | double | set(words["stop"])
        given = texts.key(text).split()
        if set(given) & double:
            return self._several(texts.without_beginning(text, these))
        for rest in texts.without_words(given, these)[:-1]:
            key, dropped = " ".join(rest), set(given) - set(rest)
            found = self._ask("name", key) if dropped & islanders else self.by_key(key)
            if found is None and dropped & about:
                found = self._order_free(key, key) or self._several(key)
            if found is not None and found.kind in PERSONS_KINDS and dropped & (about | islanders):
                return self._one_of(text, found)
        several = self._several(texts.without_beginning(text, these))
        return several if several is not None and set(given) & about else None

    def _former(self, text: str) -> Meaning:
        """ "Ex Yugoslavia", "URSS hasta 1991": only of what exists no more."""
        found = self._stripped(text, "former", "former_after", frozenset({"historic"}))
        words = texts.key(text).split()
        for count in range(len(words) - 1, 0, -1):
            if found is None and remarks.has_year(words[-1]) and remarks.says_past(" ".join(words[count:])):
                named = self.by_key(" ".join(words[:count]))
                found = named if named is not None and named.kind == "historic" else None
        return found

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
                if _is_no_form(given, rest, form):
                    continue
                matters = [*words["form_matters"], *(words["place_matters"] if form & of_place else ())]
                bare = " " not in texts.order_free(key)
                return None if bare and found.code in matters else self._one_of(text, found)
        return None

    def _several(self, text: str) -> Meaning:
        """ "Guatemala, Honduras": every part a country; one of them twice is that one."""
        found = _codes(text) or parting.listed(text, self._whole)
        if found is None or any(one.kind not in PART_KINDS for one in found):
            return None
        if not _PARTING.search(text) and _may_be_one(text, found):
            return None
        return remarks.together(found)

    def _whole(self, text: str) -> Meaning:
        """A piece of a list: a name as it is, in any order of its words or without a second gender."""
        found = self._piece(text)
        return found if found is not None and (found.kind in PART_KINDS or found.candidates) else None

    def _abbreviated(self, text: str) -> Meaning:
        """ "C. Rica", "Alemania, Rep. Fed."."""
        return self._one_of(text, shortened.abbreviated(text))

    def _cut(self, text: str) -> Meaning:
        """ "República Democrática del C": cut within a word, and one country begins so."""
        return self._one_of(text, shortened.cut(text))

    def suggested(self, text: str) -> tuple[str, ...]:
        """What a refused text may mean, likeliest first: the countries it names, or that it sounds like."""
        named = [code for one in self.standing_apart(text) for code in sorted(parting.codes_of(one))]
        for simpler in (texts.without_marks(text), *self._inside(text)):
            found = self._derived("sound", texts.sound(texts.key(simpler))) or self._piece(simpler)
            named += (found.code,) if found and found.code else found.candidates if found else ()
        foreign = elsewhere().get(texts.key(text))
        return tuple(dict.fromkeys([*([foreign] if foreign else []), *named]))

    def _inside(self, text: str) -> list[str]:
        """The text without the words about persons and journeys round it, and before a bracket or comma."""
        words = texts.words()
        around = {*words["persons"], *words["double"], *words["stop"], *words["journeys"]}
        rests = texts.without_words(texts.key(text).split(), around)
        head = _BRACKET_OR_COMMA.split(text)[0]
        return [" ".join(rest) for rest in rests[-1:]] + ([head] if head != text else [])

    def _in_another_language(self, text: str) -> Meaning:
        """ "Deutschland", "Украина": a name in no language of the network, and no slip of one that is.

        Not where the text's language is declared: then it is a suggestion.
        """
        if self.language is not None:
            return None
        key = texts.key(text)
        code = elsewhere().get(key)
        return _if_no_other_is_near(of_meaning(code, ""), key) if code else None


def _if_no_other_is_near(found: Resolution, key: str) -> Resolution:
    """The answer, or a refusal if a slip of the pen would make it another country."""
    near = dict.fromkeys([found.code or "", *one_slip_away(key)])
    if len(near) > 1:
        return Resolution("ambiguous", "", candidates=tuple(near), reason="ambiguous")
    return found


def _may_be_one(text: str, known: list[Resolution]) -> bool:
    """ "Georgia, USA", a place in another country, or "Guinea, Spanish", a name inverted."""
    if len({one.code for one in known}) == 1:
        return False
    spans = parting.pieces(text)
    if len(spans) != 2 or _JOINED.search(text[spans[0][1] : spans[1][0]]):
        return False
    if {texts.key(text[start:stop]) for start, stop in spans} & set(texts.words()["also_places"]):
        return True
    demonyms = [one.rule == "demonym" for one in known]
    return all(demonyms) != any(demonyms)


def _codes(text: str) -> list[Resolution] | None:
    """ "HND/GTM": alpha-3 codes only."""
    spans = parting.pieces(text)
    written = [text[start:stop].strip() for start, stop in spans]
    if len(written) < 2 or not all(code in read_undeclared() for code in written):
        return None
    return [answers_by_code("iso3")[code] for code in written]


def _is_no_form(given: list[str], rest: list[str], form: set[str]) -> bool:
    """ "La Unión, El Salvador", "Micronesia (region)": words that are forms elsewhere, and not here."""
    words = texts.words()
    if form <= {*words["form_with_others"], *words["stop"]}:
        return True
    begins = next((word for word in given if word not in words["stop"]), "")
    if begins in words["form_before_of"] and begins not in rest:
        after = given[given.index(begins) + 1 :]
        return not after or (after[0] not in words["of"] and not set(form) & set(words["form_of_state"]))
    return False
