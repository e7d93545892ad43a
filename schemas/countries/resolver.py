"""What a cell says about a country: resolve() for one value, resolve_column() for many.

Codes are looked up in codes.py where a card declares them, names in names.py. A text that neither
decides is refused with suggestions; a suggestion is shown and never applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast, overload

from schemas.countries import text as texts
from schemas.countries.answer import SPECIAL_KINDS, Resolution
from schemas.countries.codes import SYSTEMS, answers_by_code, as_listed, read_undeclared
from schemas.countries.names import READ_LANGUAGES, Reader
from schemas.countries.suggestions import MOST, suggestions
from schemas.countries.table import is_area

if TYPE_CHECKING:
    import pandas as pd

NAME_SYSTEMS = frozenset({"name", "demonym"})
CODE_SYSTEMS = SYSTEMS | NAME_SYSTEMS
LONGEST_KEPT = 4 * texts.LONGEST  # characters; no answer to a longer text is kept


def resolve(text: object, *, code_system: str | None = None, language: str | None = None) -> Resolution:
    """What `text` says. Never raises for a bad text; ValueError for an unknown code system.

    `code_system` None reads names in any language, demonyms and alpha-3 codes in capitals;
    `language` lifts an ambiguity that its speakers do not have, and restrains: a name in a language that
    is not one of the network's ("Islanda", "Frankreich") is then suggested only. ValueError for another one.
    """
    if code_system is not None and code_system not in CODE_SYSTEMS:
        raise ValueError(f"no code system {code_system!r}; there is {', '.join(sorted(CODE_SYSTEMS))}")
    if language is not None and language not in READ_LANGUAGES:
        raise ValueError(f"no language {language!r}; there is {', '.join(sorted(READ_LANGUAGES))}")
    if isinstance(text, str) and len(text) <= LONGEST_KEPT:
        return _resolve(text, code_system, language)
    return Resolution("unresolved", "unreadable", reason=texts.why_unreadable(text))


@overload
def resolve_column(
    values: pd.Series, *, code_system: str | None = None, language: str | None = None
) -> pd.Series: ...


@overload
def resolve_column(
    values: Iterable[object], *, code_system: str | None = None, language: str | None = None
) -> list[Resolution]: ...


def resolve_column(
    values: Iterable[object], *, code_system: str | None = None, language: str | None = None
) -> list[Resolution] | pd.Series:
    """`resolve` of every value, in order; each distinct text is resolved once.

    A pandas Series gives a Series of answers with its index, anything else a list.
    """
    known = _Known(code_system, language)
    kept = values if hasattr(values, "factorize") else list(values)
    try:
        if hasattr(kept, "factorize"):
            return _resolve_series(cast("pd.Series", kept), known)
        return list(map(known.__getitem__, kept))
    except TypeError:  # something that cannot be looked up, such as a list
        answers = [resolve(value, code_system=code_system, language=language) for value in kept]
        return _like(cast("pd.Series", kept), answers) if hasattr(kept, "factorize") else answers


def _resolve_series(values: pd.Series, known: _Known) -> pd.Series:
    import numpy as np

    places, distinct = values.factorize(use_na_sentinel=False)
    answers = np.empty(len(distinct), dtype=object)
    answers[:] = [known[value] for value in distinct]
    return _like(values, answers.take(places))


def _like(values: pd.Series, answers: object) -> pd.Series:
    import pandas as pd

    return pd.Series(answers, index=values.index, name=values.name, dtype=object)  # type: ignore[arg-type]


class _Known(dict[object, Resolution]):
    """Value → answer; a value that is not there yet is resolved."""

    def __init__(self, code_system: str | None, language: str | None) -> None:
        self.code_system, self.language = code_system, language

    def __missing__(self, value: object) -> Resolution:
        answer = resolve(value, code_system=self.code_system, language=self.language)
        self[value] = answer
        return answer


@lru_cache(maxsize=16_384)
def _resolve(text: str, code_system: str | None, language: str | None) -> Resolution:
    reason = texts.why_unreadable(text)
    if reason is not None:
        return Resolution("unresolved", "unreadable", reason=reason)
    if code_system is not None and code_system not in NAME_SYSTEMS:
        return _by_code(texts.tidy(text), code_system)
    reader = Reader(language, demonyms_first=code_system == "demonym")
    plain = texts.tidy(text)
    if texts.LOST in plain and not texts.has_doubtful_letters(plain):
        from schemas.countries import lost  # seldom needed

        found = lost.read(plain, reader)
        return replace(found, rule="lost_letter") if found else _refused(plain, "lost_characters")
    if texts.has_lost_letters(plain):
        return _refused(plain, "lost_characters")
    if code_system is None and (bare := plain.strip(" .*()[]")) in read_undeclared():
        return answers_by_code("iso3")[bare]
    found = reader.read(plain)
    if found is not None:
        return found
    for reading in texts.other_readings(text):
        found = reader.by_key(texts.key(texts.tidy(reading)))
        if found is not None and found.code is not None:
            return replace(found, rule="other_encoding")
    return _refused(plain, "no_such_name", reader.suggested(plain))


def _refused(text: str, reason: str, likely: tuple[str, ...] = ()) -> Resolution:
    """With suggestions: what the reader names first, then what looks alike."""
    candidates = tuple(dict.fromkeys([*likely, *suggestions(texts.key(text))]))[:MOST]
    return Resolution("unresolved", "none", candidates=candidates, reason=reason)


def _by_code(text: str, system: str) -> Resolution:
    written = as_listed(text, system)
    found = answers_by_code(system).get(written)
    if found is not None:
        return found
    if system == "m49" and is_area(written):
        return Resolution("aggregate", "m49", area=written)
    named = Reader(None).exactly(text)
    if named is not None and named.kind in SPECIAL_KINDS.values():
        return named
    candidates = () if named is None else (named.code,) if named.code else named.candidates
    elsewhere = [answers_by_code(other).get(written) for other in ("iso3", "ioc", "iso2")]
    candidates += tuple(other.code for other in elsewhere if other is not None and other.code)
    return Resolution(
        "unresolved",
        system,
        candidates=tuple(dict.fromkeys(candidates))[:MOST],
        reason="no_such_code",
    )
