"""Persons' names in texts: by frequent given names and surnames, and the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from schemas.codelists import fold
from schemas.personal_data import words
from schemas.personal_data.words import listed, read

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_MOST_WORDS = 7


@cache
def _given() -> frozenset[str]:
    return frozenset(read("names")["given"].split())


@cache
def _surnames() -> frozenset[str]:
    return frozenset(read("names")["surnames"].split())


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(read("names")[name])


def named_in(text: str) -> str | None:
    """The label of names, if the text bears a whole name or one behind a word for a person."""
    for run, before in _runs(text.replace("_", " ")):
        if _is_whole(run) and not before & listed("places"):
            return words.label("name")
        if before & _listed("person") and is_like_a_name(run):
            return words.label("name")
    return None


def _runs(text: str) -> Iterator[tuple[list[str], set[str]]]:
    """Words with a capital that follow each other, and the few words before them."""
    run: list[str] = []
    before: list[str] = []
    last = 0
    for match in _WORD.finditer(text):
        word, gap = match[0], text[last : match.start()]
        last = match.end()
        folded = fold(word.rstrip("."))
        is_name = word[0].isupper() and folded not in _listed("person") and folded not in listed("places")
        joins = not run or gap.strip(" ,-") == ""
        if is_name and joins:
            run.append(folded)
        elif folded in _listed("particles") and run and joins:
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


def _is_whole(run: list[str]) -> bool:
    """Whether three or more known words follow each other, a given name at one end, a surname at the other.

    One pass: of each stretch of known words it keeps which kinds stood two places or more before a word.
    """
    given, surnames = _given(), _surnames()
    after_given = after_surname = False
    earlier: list[tuple[bool, bool]] = []
    for word in run:
        is_given, is_surname = word in given, word in surnames
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
    """Words in the order of a name, given names first or last; half of them are known."""
    if not 2 <= len(run) <= _MOST_WORDS:
        return False
    known = [w in _given() or w in _surnames() or len(w) == 1 for w in run]
    in_order = run[0] in _given() or (run[0] in _surnames() and run[-1] in _given())
    return sum(known) * 2 >= len(run) and in_order


def looks_like_a_name(text: str) -> bool:
    """Whether a cell is, whole, what a person may be called."""
    if any(map(str.isdigit, text)):
        return False
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    if {*run} & listed("places"):
        return False
    return is_like_a_name([w for w in run if w not in _listed("particles")])


def is_part_of_a_name(text: str) -> bool:
    """Whether all words of a cell are given names or surnames."""
    run = [fold(w.rstrip(".")) for w in _WORD.findall(text)]
    told = [w for w in run if w not in _listed("particles")]
    return bool(told) and all(w in _given() or w in _surnames() for w in told)
