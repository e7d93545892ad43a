"""Doubts about a text that the reader could read: a name cut short, a choice of two, a claimant in brackets.

Such a text is refused, with what it may mean as suggestions. What a text means is decided in names.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from schemas.countries import text as texts
from schemas.countries.answer import MISSPELLING, Meaning, Resolution, index
from schemas.countries.names import Reader
from schemas.countries.table import lookup

_EITHER_OR_BOTH = r"\W*\s(?:y\s?/\s?[ou]|e\s?/\s?ou|et\s?/\s?ou|and\s?/\s?or)\s\W*"
_WORD_OF_CHOICE = re.compile(rf"\s+(?:o|ó|ò|u|ou|or|o bien)\s+|{_EITHER_OR_BOTH}", re.IGNORECASE)
_CHOICE_IN_PORTUGUESE = re.compile(rf"\s+(?:ó|ò|ou|or)\s+|{_EITHER_OR_BOTH}", re.IGNORECASE)
_OPEN = re.compile(r"[(\[,;:/]")
EUROPE = "150"  # UN M49
SHORTEST_END = 4
"""Letters of the last word from which a name that was cut within it is read."""
LOOSE = ("cut", "official_form", "order_free", "without_marks", "abbreviated")
"""Rules that read a text which is no published name as it stands."""


def doubt(text: str, meaning: Resolution, reader: Reader) -> tuple[str, ...] | None:
    """Return the codes that a read text may mean if its meaning is doubtful, else None."""
    key = texts.key(text)
    for codes in (
        _of_choice(text, meaning, reader),
        _of_cut(text, key, meaning),
        _of_bracket(text, meaning, reader),
        _of_place(key, meaning),
        _of_one_name(text, key, meaning),
    ):
        if codes is not None:
            return codes
    return None


def _codes(meaning: Meaning) -> tuple[str, ...]:
    if meaning is None:
        return ()
    return (meaning.code,) if meaning.code else meaning.members or meaning.candidates


# ---- a choice: "México o Estados Unidos" --------------------------------------------------------------


def _of_choice(text: str, meaning: Resolution, reader: Reader) -> tuple[str, ...] | None:
    """Return the countries between which the text leaves the choice. In Portuguese "o" is an article."""
    words = _CHOICE_IN_PORTUGUESE if reader.language == "pt" else _WORD_OF_CHOICE
    pieces = words.split(" ".join(text.split()))
    if len(pieces) < 2:
        return None
    if meaning.members:
        return meaning.members
    codes = [_codes(reader.read(piece)) for piece in pieces]
    named = tuple(dict.fromkeys(code for own in codes for code in own))
    return named if all(codes) and len(named) > 1 else None


# ---- a name that was cut -------------------------------------------------------------------------------


def _of_cut(text: str, key: str, meaning: Resolution) -> tuple[str, ...] | None:
    """Return what a text may mean that seems to be cut: it ends in "del" or "and", or in the midst of a
    word of another country's name."""
    words = key.split()
    if len(words) > 1 and words[-1] in texts.word_lists()["open_endings"] and not _OPEN.search(text):
        return _codes(meaning)
    if meaning.rule == "cut" and len(words[-1]) < SHORTEST_END:
        possible = {code for name, code in _names().items() if _begins_like(words, name.split())}
        return tuple(sorted(possible)) if len(possible) > 1 else None
    is_near_misspelling = meaning.rule == MISSPELLING and key not in index()["name"]
    if (meaning.rule == "order_free" or is_near_misspelling) and len(words) > 2 and len(words[-1]) == 1:
        return _codes(meaning)
    is_loose = meaning.rule in LOOSE or is_near_misspelling
    others = {code for _, code in _longer(key, whole_words=is_loose) if code != meaning.code}
    is_plain = texts.literal(text) == key and key not in index()["demonym"]  # else it is no cut name
    is_cut_name = is_loose or (is_plain and key in _names() and _is_cut_within_word(key, meaning))
    if meaning.code and others and is_cut_name:
        return (meaning.code, *sorted(others))
    return None


def _begins_like(words: list[str], name: list[str]) -> bool:
    """Check if the words stand in a name in their order, the last one as the beginning of a word."""
    rest = iter(name)
    return all(word in rest for word in words[:-1]) and any(word.startswith(words[-1]) for word in rest)


def _is_cut_within_word(key: str, meaning: Resolution) -> bool:
    """Check if another name of the country continues the last word: "ira", which is the Portuguese Irã."""
    return any(code == meaning.code for _, code in _longer(key))


@cache
def _names() -> dict[str, str]:
    """Return the published names of countries as key → code."""
    return {
        key: code
        for key, (code, rule) in index()["name"].items()
        if rule != MISSPELLING and re.fullmatch("[A-Z]{3}", code)
    }


@cache
def _sorted_names() -> list[str]:
    return sorted(_names())


def _longer(key: str, *, whole_words: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the published names that begin with the key and continue its last word, or follow it."""
    from bisect import bisect_left

    names = _sorted_names()
    for n in range(bisect_left(names, key), len(names)):
        if not names[n].startswith(key):
            return
        if names[n] != key and (whole_words or names[n][len(key)] != " "):
            yield names[n], _names()[names[n]]


# ---- brackets ------------------------------------------------------------------------------------------


def _of_bracket(text: str, meaning: Resolution, reader: Reader) -> tuple[str, ...] | None:
    """Return what a text with a bracket may mean: "Georgia (EU)" may be the state, "Crimea (Rusia)" takes a
    side."""
    parts = texts.head_and_bracket(text) or texts.head_and_comma(text)
    if parts is None or meaning.code is None:
        return None
    head_key, inside = texts.key(parts[0]), texts.key(parts[1]).replace(" ", "")
    is_union = inside in texts.word_lists()["ambiguous_brackets"] and meaning.rule == "without_qualifiers"
    is_in_europe = lookup(meaning.code).region == EUROPE
    if is_union and (head_key in texts.word_lists()["also_places"] or not is_in_europe):
        return (meaning.code, *_codes(reader.read(parts[1])))
    head = reader.read_exactly(parts[0])
    is_between_states = head is not None and head.kind == "ambiguous" and len(head.candidates) > 1
    is_between_states &= len(inside) >= SHORTEST_END  # (RDC) says which Congo
    own_names = [name for name, code in _names().items() if code == meaning.code]
    if head is not None and is_between_states and not any(head_key in name for name in own_names):
        return head.candidates
    return None


# ---- a place of a state: "Islas Holandesas" ------------------------------------------------------------


def _of_place(key: str, meaning: Resolution) -> tuple[str, ...] | None:
    """Return the state of which a text names a place: islands by a demonym, a territory of a state."""
    if meaning.rule != "official_form" or meaning.kind != "country" or meaning.code is None:
        return None
    words = set(key.split())
    left_out = {*texts.word_lists()["places_of_states"], *texts.word_lists()["stop"]}
    rest = " ".join(word for word in key.split() if word not in left_out)
    is_island = bool(words & set(texts.word_lists()["places_of_states"]))
    is_territory = bool(words & {"territorio", "territory", "territoire"})
    is_state_of_islands = meaning.code in texts.word_lists()["states_of_islands"]
    names_it = is_state_of_islands and _names().get(rest) == meaning.code
    names_it |= rest in texts.word_lists()["islands_of_states"]
    return (meaning.code,) if is_territory or (is_island and not names_it) else None


# ---- one name in two pieces: "Taiwan Province of China, China" -----------------------------------------


def _of_one_name(text: str, key: str, meaning: Resolution) -> tuple[str, ...] | None:
    """Return the countries of a list that may be a single name: one that its remark repeats, or one that ends
    otherwise."""
    if meaning.kind != "several" or len(meaning.members) != 2:
        return None
    pieces = [texts.key(piece) for piece in re.split(r"[,;(]", text) if piece.strip()]
    is_repeated = len(pieces) == 2 and pieces[0].endswith(f" {pieces[1]}")
    stop = {*texts.word_lists()["stop"], *texts.word_lists()["several"]}
    words = [word for word in key.split() if word not in stop]
    names = (
        [w for w in name.split() if w not in stop]
        for name, code in _names().items()
        if code in meaning.members
    )
    return meaning.members if is_repeated or any(_ends_otherwise(words, name) for name in names) else None


def _ends_otherwise(words: list[str], name: list[str]) -> bool:
    """Check if two names have as many words, each the beginning of the other, and are not the same."""
    pairs = list(zip(words, name, strict=False))
    is_alike = all(a.startswith(b) or b.startswith(a) for a, b in pairs)
    return len(words) == len(name) > 1 and is_alike and words != name
