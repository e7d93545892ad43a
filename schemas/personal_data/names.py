"""Names of persons in texts: by frequent given names and surnames, and by the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.words import read, word_list

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_MOST_WORDS = 7


@cache
def _given_names() -> frozenset[str]:
    return frozenset(read("names")["given"].split())


@cache
def _surnames() -> frozenset[str]:
    return frozenset(read("names")["surnames"].split())


@cache
def _words_named(name: str) -> frozenset[str]:
    return frozenset(read("names")[name])


def find_names(text: str) -> str | None:
    """Return the label of names if the text has a whole name, or a name after a word for a person."""
    for run, before in _runs(text.replace("_", " ")):
        if _is_whole_name(run) and not before & word_list("places"):
            return words.label("name")
        if before & _words_named("person") and is_like_a_name(run):
            return words.label("name")
    return None


def _runs(text: str) -> Iterator[tuple[list[str], set[str]]]:
    """Yield words with a capital that follow each other, with the few words before them."""
    run: list[str] = []
    before: list[str] = []
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
                yield run, set(before[-3:])
                before += run
            run = [folded] if is_name else []
            if not is_name:
                before.append(folded)
    if run:
        yield run, set(before[-3:])


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
    known_flags = [w in _given_names() or w in _surnames() or len(w) == 1 for w in run]
    in_order = run[0] in _given_names() or (run[0] in _surnames() and run[-1] in _given_names())
    return sum(known_flags) * 2 >= len(run) and in_order


def looks_like_a_name(text: str) -> bool:
    """Return True if the whole cell may be a person's name."""
    if any(map(str.isdigit, text)):
        return False
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    if {*run} & word_list("places"):
        return False
    return is_like_a_name([w for w in run if w not in _words_named("particles")])


def is_part_of_a_name(text: str) -> bool:
    """Return True if all words of a cell are given names or surnames."""
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    words_of_name = [w for w in run if w not in _words_named("particles")]
    return bool(words_of_name) and all(w in _given_names() or w in _surnames() for w in words_of_name)
