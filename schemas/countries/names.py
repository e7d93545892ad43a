"""Reading of names in any language: the order in which keys of a text are tried, then the patterns.

The names are data (index.tsv); text.py makes the keys. Nothing is decided by likeness.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from schemas.countries import parting, remarks, short_names
from schemas.countries import text as texts
from schemas.countries.answer import (
    COUNTRY_KINDS,
    MISSPELLING,
    Meaning,
    Resolution,
    index,
    names_in_other_languages,
    parse_meaning,
)
from schemas.countries.codes import SYSTEMS_NEXT_TO_NAMES, answers_by_code, undeclared_codes
from schemas.countries.suggestions import codes_one_letter_away
from schemas.countries.table import lookup

READ_LANGUAGES = frozenset({"es", "en", "fr", "pt"})
PART_KINDS = COUNTRY_KINDS | {"aggregate"}
PERSONS_KINDS = PART_KINDS | {"ambiguous", "several"}
SHORTEST_LOOSE = 3
_CODE = r"(?P<code>[A-Z]{2,3}|\d{3})"
_CODE_FIRST = re.compile(rf"[(\[]?{_CODE}(?:\s*[-–:.)\]=,;/|\\^_]+\s*|\s+)(?P<name>.{{3,}})")
_CODE_LAST = re.compile(rf"(?P<name>.{{3,}}?)(?:\s*[-–(\[:,;/|\\^_]+\s*|\s+){_CODE}\s*[)\]]?")
_MARK = r"\s*[-–:|/\\^_;]\s*"
_CODE_FIRST_WITH_MARK = re.compile(rf"{_CODE}{_MARK}.+")
_CODE_LAST_WITH_MARK = re.compile(rf".+{_MARK}{_CODE}")
_BETWEEN_REPEATS = re.compile(r"\s*[/\\;|,:()\[\]]\s*|\s+[-–—]\s+")
MOST_REPEATS = 5
"""Codes and names of a single country in a text, at most."""
_SEPARATOR = re.compile(r"[/\\;|+\n]")
_LINK = re.compile(r"[/\\;|+\n&]|\w")
_BRACKET_OR_COMMA = re.compile(r"[(\[,;]")


def _read_by(meaning: Resolution, rule: str) -> Resolution:
    """Return the meaning with the rule that read it. A misspelling remains one."""
    return meaning if meaning.rule == MISSPELLING else replace(meaning, rule=rule)


class Reader:
    """Reader of names for a given language and preference."""

    def __init__(self, language: str | None, *, demonyms_first: bool = False) -> None:
        self.language = language
        tiers = ["name", "demonym"]
        self.tiers = tiers[::-1] if demonyms_first else tiers

    def read(self, text: str) -> Meaning:
        """Return the meaning of a text: exactly, then without marks and qualifiers, then by the patterns."""
        meaning = self.read_exactly(text)
        if meaning is not None:
            return meaning
        bare = texts.without_marks(text) or text
        short = texts.without_qualifiers(bare) or bare
        for simpler, rule in ((bare, "without_marks"), (short, "without_qualifiers")):
            meaning = self.read_exactly(simpler) if simpler != text else None
            if meaning is not None:
                return _read_by(meaning, rule)
        for rule, pattern in self.patterns():
            meaning = pattern(bare if rule == "said" else short)
            if meaning is not None:
                return _read_by(meaning, rule)
        return None

    def patterns(self) -> list[tuple[str, Callable[[str], Meaning]]]:
        """Return the patterns with their rules, in order. The first pattern that gives a meaning wins."""
        return [
            ("total", self._read_total),
            ("with_code", self._read_with_code),
            ("with_remark", self._read_with_remark),
            ("with_scope", self._read_with_scope),
            ("in_its_area", self._read_in_its_area),
            ("said", self._read_special),
            ("several", self._read_several),
            ("about_persons", self._read_about_persons),
            ("former", self._read_former),
            ("rest_of_area", self._read_rest_of_area),
            ("area", self._read_area),
            ("official_form", self._read_official_form),
            ("abbreviated", self._read_abbreviation),
            ("cut", self._read_cut_name),
            ("in_another_language", self._read_foreign_name),
        ]

    def read_exactly(self, text: str) -> Meaning:
        """Return the meaning of the text as written, by key, in any order of words, or without spaces."""
        key = texts.key(text)
        if _SEPARATOR.search(text) and self._has_two_countries(text):
            return None
        meaning = (
            self._look_up("literal", texts.literal(text))
            or self.read_key(key)
            or self._read_in_any_order(text, key)
        )
        if meaning is not None or texts.ends_in_letter_mark(text):
            return meaning
        return self._if_consistent(text, self._look_up_loose_key("compact", texts.compact(key)))

    def read_key(self, key: str) -> Meaning:
        """Return the meaning of a key: ambiguous, a name or a demonym."""
        ambiguous = index()["ambiguous"].get(key)
        if ambiguous is not None and self._is_ambiguous_here(ambiguous[0]):
            return parse_meaning(*ambiguous)
        for tier in self.tiers:
            meaning = self._look_up(tier, key)
            if meaning is not None:
                return meaning
        return None

    def _is_ambiguous_here(self, meaning: str) -> bool:
        languages = meaning.split(" ")[0][1:].split(",")
        return "*" in languages or self.language not in READ_LANGUAGES or self.language in languages

    def _look_up(self, tier: str, key: str) -> Meaning:
        entry = index()[tier].get(key)
        return parse_meaning(*entry) if entry is not None else None

    def _read_in_any_order(self, text: str, key: str) -> Meaning:
        """Look up the words in any order. Not across separators, nor with an initial ("A. Samoa")."""
        if texts.has_initial(text) or _SEPARATOR.search(text):
            return None
        return self._if_consistent(text, self._look_up_loose_key("order_free", texts.order_free(key)))

    def _if_consistent(self, text: str, meaning: Meaning) -> Meaning:
        """Return the meaning of a loose key or a pattern. None if pieces of the text name two countries."""
        if meaning is None:
            return None
        meanings = self.meanings_of_pieces(text)
        if _SEPARATOR.search(text) and len(set(map(parting.codes_of, meanings))) > 1:
            return None
        return meaning if parting.may_all_be(meaning, meanings) else None

    def meanings_of_pieces(self, text: str) -> list[Resolution]:
        """Return the countries that whole pieces name. Names come before demonyms ("Guinea, Spanish")."""
        meanings = parting.meanings_of_pieces(text, self._read_piece)
        names = [meaning for meaning in meanings if meaning.rule != "demonym"]
        return names or meanings

    def _read_piece(self, text: str) -> Meaning:
        """Return the meaning of a piece as a name by itself, at the loosest in any order of its words."""
        bare = texts.without_marks(text)
        for variant in dict.fromkeys((text, bare)):
            key = texts.key(variant)
            meaning = self._look_up("literal", texts.literal(variant)) or self.read_key(key)
            if meaning is None and not texts.has_initial(variant) and not self._has_two_countries(variant):
                meaning = self._look_up_loose_key("order_free", texts.order_free(key))
            if meaning is not None:
                return meaning
        return self._read_official_form(bare) if len(parting.pieces(bare, parting.ALL_MARKS)) == 1 else None

    def _has_two_countries(self, text: str) -> bool:
        spans = parting.pieces(text, parting.ALL_MARKS)
        meanings = (self.read_key(texts.key(text[start:stop])) for start, stop in spans)
        return len(spans) > 1 and parting.are_two(
            meaning for meaning in meanings if meaning is not None and meaning.code
        )

    def _look_up_loose_key(self, tier: str, key: str) -> Meaning:
        """Look up a looser key. The index leaves it out if it equals the strict key."""
        return self._look_up(tier, key) or self.read_key(key) if len(key) > SHORTEST_LOOSE else None

    # --- patterns -----------------------------------------------------------------------------

    def _read_total(self, text: str) -> Meaning:
        """Read totals, which have no citizenship: "Total África", "Total de casos"."""
        if set(texts.key(text).split()) & set(texts.word_lists()["total"]):
            return self.read_key(texts.word_lists()["total"][0])
        return None

    def _read_with_code(self, text: str) -> Meaning:
        """Read a name with its code, if both agree: "HND - Honduras", "Congo RDC"."""
        match = _CODE_FIRST.fullmatch(text) or _CODE_LAST.fullmatch(text)
        if match is None:
            return self._read_repeated(text)
        name_meaning = self.read_exactly(match["name"])
        if name_meaning is None or not (name_meaning.code or name_meaning.candidates):
            return self._read_repeated(text)
        possible = (name_meaning.code, *name_meaning.candidates)
        for code_meaning in self._meanings_of_code(match["code"]):
            if code_meaning.code in possible:
                return code_meaning
        return None

    def _meanings_of_code(self, code: str) -> list[Resolution]:
        """Return the meanings of a code next to a name, in each code system and as an abbreviation."""
        by_system = [answers_by_code(system).get(code) for system in sorted(SYSTEMS_NEXT_TO_NAMES)]
        return [meaning for meaning in (*by_system, self.read_key(texts.key(code))) if meaning is not None]

    def _read_repeated(self, text: str) -> Meaning:
        """Read codes and names of one country, "HN | Honduras | hondureña", if all agree."""
        pieces = [piece for piece in _BETWEEN_REPEATS.split(text) if piece]
        if not 3 <= len(pieces) <= MOST_REPEATS:
            return None
        codes = [piece for piece in pieces if re.fullmatch(_CODE, piece)]
        names = [self.read_exactly(piece) for piece in pieces if piece not in codes]
        if not codes or not names or None in names:
            return None
        meanings = [*map(self._meanings_of_code, codes), *([name] for name in names if name is not None)]
        possible = [frozenset().union(*map(parting.codes_of, group)) for group in meanings]
        common = frozenset.intersection(*possible)
        return parse_meaning(min(common), "") if len(common) == 1 else None

    def _read_with_remark(self, text: str) -> Meaning:
        """Read a name with a remark that fits it: "Hong Kong (China)", "Honduras, Centroamérica"."""
        in_bracket = texts.head_and_bracket(text)
        parts = in_bracket or texts.head_and_comma(text)
        if parts is None or _SEPARATOR.search(text):
            return None
        head, inside = self._read_part(parts[0]), self._read_part(parts[1]) or remarks.read_code(parts[1])
        if head and head.kind == "historic" and remarks.says_past(parts[1]):
            return head
        if head and head.code and remarks.says_since(parts[1]):
            return head
        if head is None or inside is None or (head.code and self._read_several(parts[0]) is not None):
            return None
        if remarks.are_two_names(parts, head, inside):
            return None
        return remarks.combine_with_remark(head, inside)

    def _read_with_scope(self, text: str) -> Meaning:
        """Read a name with a note on its territory that does not change the country.

        Examples: "Reino Unido (incluidas las Islas del Canal)", "Eritrea (antes en Etiopía)". Not read if the
        note includes another state: that would be two countries.
        """
        parts = texts.head_and_bracket(text) or texts.head_and_comma(text)
        if parts is None or _SEPARATOR.search(parts[0]):
            return None
        head = self._read_part(parts[0])
        if head is None or not (head.kind in PART_KINDS or (head.citizenship and not head.reason)):
            return None
        note = texts.key(parts[1])
        if head.kind in COUNTRY_KINDS - {"historic"} and remarks.names_former_state(note):
            return head
        if rest := texts.rest_after_beginning(note, "scope_without"):
            return None if self._excludes_itself(head, parts[1], rest) else head
        if rest := texts.rest_after_beginning(note, "scope_with"):
            return head if self._adds_no_state(head, parts[1], rest) else None
        return None

    def _excludes_itself(self, head: Resolution, note: str, rest: str) -> bool:
        """Return True if the note excludes the country itself: "Honduras (sin Honduras)"."""
        return any(
            meaning.code == head.code and meaning.rule in remarks.PUBLISHED_SOURCES
            for meaning in self._meanings_in_note(note, rest)
            if meaning.code
        )

    def _adds_no_state(self, head: Resolution, note: str, rest: str) -> bool:
        if head.code is None:
            return True
        state = lookup(head.code).state
        codes = {code for meaning in self._meanings_in_note(note, rest) for code in parting.codes_of(meaning)}
        return all(lookup(code).state == state or lookup(code).kind == "historic" for code in codes)

    def _meanings_in_note(self, note: str, rest: str) -> list[Resolution]:
        """Return the countries that a note names: after its first words, and in its pieces."""
        meaning = self._read_ending(rest)
        return [*([meaning] if meaning else []), *parting.meanings_of_pieces(note, self._read_ending)]

    def _read_ending(self, text: str) -> Meaning:
        """Return the country that the longest ending of the text names."""
        words = texts.key(text).split()
        meanings = (self.read_key(" ".join(words[n:])) for n in range(len(words)))
        return next(
            (country for country in meanings if country and (country.code or country.candidates)), None
        )

    def _read_in_its_area(self, text: str) -> Meaning:
        """Read a name (no demonym) and the area that contains it: "Honduras C.A.", "Jamaica West Indies"."""
        rest = texts.without_ending(text, "endings_of_area")
        head = self.read_exactly(rest) or self._read_official_form(rest) if rest else None
        if head is not None and head.code and head.rule != "demonym":
            area = self.read_key(texts.key(text)[len(texts.key(rest or "")) :].strip())
            is_inside = area and area.area and head.code in remarks.countries_of_area(area.area)
            return head if is_inside else None
        rest = texts.without_ending(text, "endings_of_territories")
        head = self._read_part(rest) if rest else None
        return head if head is not None and head.kind == "territory" else None

    def _read_part(self, text: str) -> Meaning:
        """Return the meaning of a part of a text: exactly, or by the patterns for a single name."""
        meaning = self.read_exactly(text) or self.read_exactly(texts.without_marks(text))
        for pattern in (
            self._read_special,
            self._read_about_persons,
            self._read_former_name,
            self._read_area,
            self._read_official_form,
            self._read_several,
            self._read_abbreviation,
        ):
            meaning = meaning or pattern(text)
        return meaning

    def _read_former_name(self, text: str) -> Meaning:
        """Read a former name, "ex-Birmanie". Used only next to the present name."""
        return self._read_stripped(text, "former", "former_after", COUNTRY_KINDS)

    def _read_special(self, text: str) -> Meaning:
        """Read unknown, stateless and other: "Nacionalidad no especificada", "Otros países no declarados"."""
        kind = texts.special_kind(texts.key(text))
        return Resolution(kind, "") if kind else None

    def _read_about_persons(self, text: str) -> Meaning:
        """Read words about persons: "US citizen", "Doble nacionalidad (Honduras-EE.UU.)"."""
        words = texts.word_lists()
        about, islanders, double = (set(words[name]) for name in ("persons", "islanders", "double"))
        removable = about | islanders | double | set(words["stop"])
        text_words = texts.key(text).split()
        if set(text_words) & double:
            return self._read_several(texts.without_beginning(text, removable))
        for rest in texts.without_words(text_words, removable)[:-1]:
            key, removed = " ".join(rest), set(text_words) - set(rest)
            meaning = self._look_up("name", key) if removed & islanders else self.read_key(key)
            if meaning is None and removed & about:
                meaning = self._read_in_any_order(key, key) or self._read_several(key)
            if meaning is not None and meaning.kind in PERSONS_KINDS and removed & (about | islanders):
                return self._if_consistent(text, meaning)
        countries = self._read_several(texts.without_beginning(text, removable))
        return countries if countries is not None and set(text_words) & about else None

    def _read_former(self, text: str) -> Meaning:
        """Read countries that no longer exist: "Ex Yugoslavia", "URSS hasta 1991"."""
        meaning = self._read_stripped(text, "former", "former_after", frozenset({"historic"}))
        words = texts.key(text).split()
        for count in range(len(words) - 1, 0, -1):
            if meaning is None and remarks.has_year(words[-1]) and remarks.says_past(" ".join(words[count:])):
                country = self.read_key(" ".join(words[:count]))
                meaning = country if country is not None and country.kind == "historic" else None
        return meaning

    def _read_area(self, text: str) -> Meaning:
        """Read areas: "Países de África", "African countries"."""
        return self._read_stripped(text, "area_before", "area_after", frozenset({"aggregate"}))

    def _read_stripped(self, text: str, before: str, after: str, kinds: frozenset[str]) -> Meaning:
        for rest in texts.strip_affixes(texts.key(text), before, after):
            meaning = self.read_key(rest) or self._read_in_any_order(rest, rest)
            if meaning is not None and meaning.kind in kinds | {"ambiguous"}:
                return meaning
            meaning = self._read_stripped(rest, before, after, kinds)
            if meaning is not None:
                return meaning
        return None

    def _read_rest_of_area(self, text: str) -> Meaning:
        """Read the rest of an area as the area: "Otros países de África", "Asia others"."""
        text_key = texts.key(text)
        for rest in texts.strip_affixes(text_key, "rest_before", "rest_after"):
            meaning = self.read_key(rest) or self._read_in_any_order(rest, rest) or self._read_area(rest)
            meaning = meaning or self._read_rest_of_area(rest)
            if meaning is not None and (meaning.kind == "aggregate" or meaning.area):
                return Resolution("aggregate", "", area=meaning.area)
        return None

    def _read_official_form(self, text: str) -> Meaning:
        """Read official names: "República de Honduras", "Irish Republic".

        Words of the form are removed from either end, then anywhere. Not read if another country differs only
        by the form.
        """
        words = texts.word_lists()
        state_words, place_words = set(words["form_of_state"]), set(words["form_of_place"])
        text_words = texts.key(text).split()
        for rest in texts.without_words(text_words, state_words | place_words | set(words["stop"])):
            form = set(text_words) - set(rest)
            key = " ".join(rest)
            meaning = self._look_up("name", key) or self._read_in_any_order(key, key)
            if meaning is None and not form & place_words:
                meaning = self._look_up("demonym", key)
            if meaning is not None and meaning.kind in COUNTRY_KINDS and form & (state_words | place_words):
                if _is_not_a_form(text_words, rest, form):
                    continue
                needs_form = [*words["form_matters"], *(words["place_matters"] if form & place_words else ())]
                if " " not in texts.order_free(key) and meaning.code in needs_form:
                    return None
                return self._if_consistent(text, meaning)
        return None

    def _read_several(self, text: str) -> Meaning:
        """Read lists of countries: "Guatemala, Honduras". The same country twice is a single country."""
        meanings = _read_alpha3_codes(text) or parting.meanings_of_list(text, self._read_list_item)
        if meanings is None or any(meaning.kind not in PART_KINDS for meaning in meanings):
            return None
        if not _SEPARATOR.search(text) and _may_be_one_country(text, meanings):
            return None
        return remarks.combine_parts(meanings)

    def _read_list_item(self, text: str) -> Meaning:
        """Return the meaning of a list item: a name, with any word order, or without a second gender."""
        meaning = self._read_piece(text)
        return meaning if meaning is not None and (meaning.kind in PART_KINDS or meaning.candidates) else None

    def _read_abbreviation(self, text: str) -> Meaning:
        """Read abbreviations: "C. Rica", "Alemania, Rep. Fed.". A code is none: "CO - Congo"."""
        first, last = _CODE_FIRST_WITH_MARK, _CODE_LAST_WITH_MARK
        if not text.isupper():
            first, last = _CODE_FIRST, _CODE_LAST
        match = first.fullmatch(text) or last.fullmatch(text)
        if match is not None and remarks.read_code(match["code"]) is not None:
            return None
        return self._if_consistent(text, short_names.read_abbreviation(text))

    def _read_cut_name(self, text: str) -> Meaning:
        """Read names that are cut within a word and fit a single country: "República Democrática del C"."""
        return self._if_consistent(text, short_names.read_cut_name(text))

    def likely_codes(self, text: str) -> tuple[str, ...]:
        """Return the codes that a refused text may mean: countries that it names, then similar sounds."""
        pieces = self.meanings_of_pieces(text)
        codes = [code for meaning in pieces for code in sorted(parting.codes_of(meaning))]
        for simpler in (texts.without_marks(text), *self._shorter_texts(text)):
            sound = texts.sound(texts.key(simpler))
            meaning = self._look_up_loose_key("sound", sound) or self._read_piece(simpler)
            codes += (meaning.code,) if meaning and meaning.code else meaning.candidates if meaning else ()
        foreign_code = names_in_other_languages().get(texts.key(text))
        return tuple(dict.fromkeys([*([foreign_code] if foreign_code else []), *codes]))

    def _shorter_texts(self, text: str) -> list[str]:
        """Return texts without words about persons and journeys, and without a bracket or comma part."""
        words = texts.word_lists()
        removable = {*words["persons"], *words["double"], *words["stop"], *words["journeys"]}
        rests = texts.without_words(texts.key(text).split(), removable)
        head = _BRACKET_OR_COMMA.split(text)[0]
        return [" ".join(rest) for rest in rests[-1:]] + ([head] if head != text else [])

    def _read_foreign_name(self, text: str) -> Meaning:
        """Read names in languages outside the network: "Deutschland", "Украина".

        Not read if the language of the text is declared; the name is then only suggested. Not read either if
        a single wrong letter would give another country.
        """
        if self.language is not None:
            return None
        key = texts.key(text)
        code = names_in_other_languages().get(key)
        return _refuse_if_others_are_near(parse_meaning(code, ""), key) if code else None


def _refuse_if_others_are_near(meaning: Resolution, key: str) -> Resolution:
    """Return the meaning, or a refusal if a single wrong letter would give another country."""
    codes = dict.fromkeys([meaning.code or "", *codes_one_letter_away(key)])
    if len(codes) > 1:
        return Resolution("ambiguous", "", candidates=tuple(codes), reason="ambiguous")
    return meaning


def _may_be_one_country(text: str, meanings: list[Resolution]) -> bool:
    """Return True for a place in a country ("Georgia, USA") or an inverted name ("Guinea, Spanish")."""
    if len({meaning.code for meaning in meanings}) == 1:
        return False
    spans = parting.pieces(text)
    if len(spans) != 2 or _LINK.search(text[spans[0][1] : spans[1][0]]):
        return False
    if {texts.key(text[start:stop]) for start, stop in spans} & set(texts.word_lists()["also_places"]):
        return True
    demonyms = [meaning.rule == "demonym" for meaning in meanings]
    return all(demonyms) != any(demonyms)


def _read_alpha3_codes(text: str) -> list[Resolution] | None:
    """Read lists of alpha-3 codes: "HND/GTM"."""
    spans = parting.pieces(text)
    codes = [text[start:stop].strip() for start, stop in spans]
    if len(codes) < 2 or not all(code in undeclared_codes() for code in codes):
        return None
    return [answers_by_code("iso3")[code] for code in codes]


def _is_not_a_form(text_words: list[str], rest: list[str], form: set[str]) -> bool:
    """Return True if the words are no form here: "La Unión, El Salvador", "Micronesia (region)"."""
    words = texts.word_lists()
    if form <= {*words["form_with_others"], *words["stop"]}:
        return True
    first_word = next((word for word in text_words if word not in words["stop"]), "")
    if first_word in words["form_before_of"] and first_word not in rest:
        following = text_words[text_words.index(first_word) + 1 :]
        has_state_form = bool(set(form) & set(words["form_of_state"]))
        return not following or (following[0] not in words["of"] and not has_state_form)
    return False
