"""Names of persons in texts: by frequent given names and surnames, and by the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.vocabulary import gazetteer, vocabulary
from schemas.personal_data.words import read, word_list

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_PART = re.compile(r"['’-]")
_MOST_WORDS = 7
_WORDS_BEFORE = 4


@cache
def _given_names() -> frozenset[str]:
    return frozenset(read("names")["given"].split())


@cache
def _surnames() -> frozenset[str]:
    return frozenset(read("names")["surnames"].split())


@cache
def _all_given_names() -> frozenset[str]:
    lists = read("more_names")
    return _given_names() | {*lists["given"].split(), *lists["regional_given"].split()}


@cache
def _all_surnames() -> frozenset[str]:
    lists = read("more_names")
    return _surnames() | {*lists["surnames"].split(), *lists["regional_surnames"].split()}


@cache
def _eponyms() -> frozenset[str]:
    return frozenset(read("more_names")["eponyms"])


@cache
def _words_named(name: str) -> frozenset[str]:
    return frozenset(read("names")[name])


def find_names(text: str) -> str | None:
    """Return the label of names if the text has a whole name, or a name after a word for a person."""
    text = text.replace("_", " ")
    for run, words_before in _runs(text):
        if _is_whole_name(run) and not words_before & word_list("places"):
            return words.label("name")
        if words_before & _words_named("person") and is_like_a_name(run):
            return words.label("name")
        if words_before & _words_named("titles") and _is_strange_name(run):
            return words.label("name")
    return words.label("name") if _has_lower_case_name(text) else None


def find_short_names(text: str) -> str | None:
    """Return the label of names if a text that is no cell has a given name and a surname, in any case.

    For names of files and sheets and what is written around a table. Names of places named after persons are
    left out.
    """
    text = _FILE_TYPE.sub("", text.replace("_", " "))
    for run, words_before in _runs(text if text != text.lower() else text.title()):
        if words_before & word_list("places") or _is_named_after_a_person(run):
            continue
        if any(_is_given(a) and _is_surname(b) for a, b in pairwise(run)):
            return words.label("name")
        if words_before & _words_named("titles") and any(map(_is_given, run)):
            return words.label("name")
    return None


_FILE_TYPE = re.compile(r"(?:\.[a-z0-9]{2,4})+$", re.IGNORECASE)


def _is_given(word: str) -> bool:
    """Return True for a given name that is no common word."""
    return any(part in _all_given_names() and part not in vocabulary() for part in _PART.split(word)) or (
        word in _given_names()
    )


def _is_surname(word: str) -> bool:
    """Return True for a surname that is no common word."""
    return any(part in _all_surnames() and part not in vocabulary() for part in _PART.split(word)) or (
        word in _surnames()
    )


def _is_named_after_a_person(run: list[str]) -> bool:
    """Return True for names of places and programmes: a region of ISO 3166-2, or a name of `eponyms`."""
    name = " ".join(word for word in run if len(word) > 1)
    return name in _eponyms() or name in gazetteer()


def _is_strange_name(run: list[str]) -> bool:
    """Return True for two or more words of which none is a common word."""
    return 2 <= len(run) <= _MOST_WORDS and all(
        _is_given(word) or _is_surname(word) or not {*_PART.split(word)} & vocabulary() for word in run
    )


def _has_lower_case_name(text: str) -> bool:
    """Return True for three or more words of names.toml next to each other in a text, whatever their case.

    Two of them at least are no common words.
    """
    run: list[str] = []
    word_before = ""
    for word in (*(fold(match[0].rstrip(".")) for match in _WORD.finditer(text)), ""):
        if word in _given_names() or word in _surnames():
            run.append(word)
            continue
        is_name = sum(part not in vocabulary() for part in run) >= 2 and _is_whole_name(run)
        if is_name and word_before not in word_list("places"):
            return True
        run, word_before = [], word if word not in _words_named("particles") else word_before
    return False


def _runs(text: str) -> Iterator[tuple[list[str], set[str]]]:
    """Yield words with a capital that follow each other, with the few words before them."""
    run: list[str] = []
    words_before: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        word, gap = match[0], text[end : match.start()]
        end = match.end()
        folded = fold(word.rstrip("."))
        is_other = folded in _words_named("person") or folded in word_list("places")
        is_name = word[0].isupper() and not is_other
        joins = not run or gap.strip(" ,-") == ""
        if is_name and joins:
            run.append(folded)
        elif folded in _words_named("particles") and run and joins:
            continue
        else:
            if run:
                yield run, set(words_before[-_WORDS_BEFORE:])
                words_before += run
            run = [folded] if is_name else []
            if not is_name:
                words_before.append(folded)
    if run:
        yield run, set(words_before[-_WORDS_BEFORE:])


def _is_whole_name(run: list[str]) -> bool:
    """Return True for three or more consecutive known words, with a given name and a surname at the ends.

    One pass: for each run of known words it records which kinds occurred two or more positions before a word.
    """
    given_names, surnames = _given_names(), _surnames()
    after_given = after_surname = False
    earlier: list[tuple[bool, bool]] = []
    for word in run:
        is_given, is_surname = word in given_names, word in surnames
        if not (is_given or is_surname):
            after_given = after_surname = False
            earlier.clear()
            continue
        if len(earlier) == 2:
            was_given, was_surname = earlier.pop(0)
            after_given, after_surname = after_given or was_given, after_surname or was_surname
        if (after_given and is_surname) or (after_surname and is_given):
            return True
        earlier.append((is_given, is_surname))
    return False


def is_like_a_name(run: list[str]) -> bool:
    """Return True if the words are ordered as a name (given names first or last) and half are known."""
    if not 2 <= len(run) <= _MOST_WORDS:
        return False
    known_flags = [_is_given(w) or _is_surname(w) or len(w) == 1 for w in run]
    in_order = _is_given(run[0]) or (_is_surname(run[0]) and _is_given(run[-1]))
    return sum(known_flags) * 2 >= len(run) and in_order


def looks_like_a_name(text: str) -> bool:
    """Return True if the whole cell may be a person's name."""
    if any(map(str.isdigit, text)):
        return False
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    if {*run} & word_list("places"):
        return False
    return is_like_a_name([w for w in run if w not in _words_named("particles")])


def is_shaped_as_a_name(text: str) -> bool:
    """Return True for a cell of two to six words without digits, none of them a place's or a common word."""
    run = _words_of_a_cell(text)
    return 2 <= len(run) <= _MOST_SHAPED and all(
        word in _all_given_names() or word in _all_surnames() or not {*_PART.split(word)} & vocabulary()
        for word in run
    )


def count_known_names(text: str) -> int:
    """Return how many words of a cell are given names or surnames and no common words."""
    return sum(_is_given(word) or _is_surname(word) for word in _words_of_a_cell(text))


_MOST_SHAPED = 6
_NO_PERSON = frozenset(["san", "santa", "santo", "saint", "sainte", "st", "ste"])
"""Words that begin a place's name."""


def _words_of_a_cell(text: str) -> list[str]:
    """Return the words of a cell without particles; no words if it has digits, or begins as a place does."""
    if any(map(str.isdigit, text)) or len(text) > _LONGEST_NAME:
        return []
    run = [fold(word.rstrip(".")) for word in _WORD.findall(text)]
    if {*run} & word_list("places") or (run and run[0] in _NO_PERSON):
        return []
    return [word for word in run if word not in _words_named("particles")]


_LONGEST_NAME = 60


def is_part_of_a_name(text: str) -> bool:
    """Return True if all words of a cell are given names or surnames."""
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    words_of_name = [w for w in run if w not in _words_named("particles")]
    return bool(words_of_name) and all(w in _given_names() or w in _surnames() for w in words_of_name)
