"""Resolution of cells to countries: resolve() for a value, resolve_column() for many.

Codes are looked up in codes.py if a card declares them, names in names.py. A text that neither decides is
refused with suggestions. Suggestions are shown and never applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, cast, overload

from schemas.countries import doubts
from schemas.countries import text as texts
from schemas.countries.answer import SPECIAL_KINDS, Resolution
from schemas.countries.codes import SYSTEMS, answers_by_code, normalise_code, undeclared_codes
from schemas.countries.names import READ_LANGUAGES, Reader
from schemas.countries.suggestions import MOST_SUGGESTIONS, suggestions
from schemas.countries.table import is_area

if TYPE_CHECKING:
    import pandas as pd

NAME_SYSTEMS = frozenset({"name", "demonym"})
CODE_SYSTEMS = SYSTEMS | NAME_SYSTEMS
LONGEST_CACHED = 4 * texts.LONGEST  # characters; resolutions of longer texts are not cached


def resolve(text: object, *, code_system: str | None = None, language: str | None = None) -> Resolution:
    """Return the meaning of `text`. Never raises for a bad text; ValueError for an unknown code system.

    `code_system` None reads names in any language, demonyms, and alpha-3 codes in capitals. `language`
    resolves words that are ambiguous only in other languages. It also restricts: a name in a language that is
    not of the network ("Islanda", "Frankreich") is then only suggested. ValueError for an unknown language.
    """
    if code_system is not None and code_system not in CODE_SYSTEMS:
        raise ValueError(f"no code system {code_system!r}; there is {', '.join(sorted(CODE_SYSTEMS))}")
    if language is not None and language not in READ_LANGUAGES:
        raise ValueError(f"no language {language!r}; there is {', '.join(sorted(READ_LANGUAGES))}")
    if isinstance(text, str) and len(text) <= LONGEST_CACHED:
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
    """Resolve every value, in order. Each distinct text is resolved once.

    Returns a Series with the same index for a pandas Series, a list for anything else.
    """
    cache = _ResolutionCache(code_system, language)
    items = values if hasattr(values, "factorize") else list(values)
    try:
        if hasattr(items, "factorize"):
            return _resolve_series(cast("pd.Series", items), cache)
        return list(map(cache.__getitem__, items))
    except TypeError:  # a value that cannot be hashed, such as a list
        answers = [resolve(value, code_system=code_system, language=language) for value in items]
        return _series_like(cast("pd.Series", items), answers) if hasattr(items, "factorize") else answers


def _resolve_series(values: pd.Series, cache: _ResolutionCache) -> pd.Series:
    import numpy as np

    positions, distinct = values.factorize(use_na_sentinel=False)
    answers = np.empty(len(distinct), dtype=object)
    answers[:] = [cache[value] for value in distinct]
    return _series_like(values, answers.take(positions))


def _series_like(values: pd.Series, answers: object) -> pd.Series:
    import pandas as pd

    return pd.Series(answers, index=values.index, name=values.name, dtype=object)  # type: ignore[arg-type]


class _ResolutionCache(dict[object, Resolution]):
    """Cache of value → resolution. A value that is not in it is resolved when it is read."""

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
    if texts.LOST_LETTER in plain and not texts.has_doubtful_letters(plain):
        from schemas.countries import lost_letters  # rarely needed

        resolution = lost_letters.read(plain, reader)
        return replace(resolution, rule="lost_letter") if resolution else _refuse(plain, "lost_characters")
    if texts.has_lost_letters(plain):
        return _refuse(plain, "lost_characters")
    if code_system is None and (bare := plain.strip(" .*()[]")) in undeclared_codes():
        return answers_by_code("iso3")[bare]
    for reading in dict.fromkeys((plain, texts.with_usual_marks(plain))):
        resolution = reader.read(reading)
        if resolution is not None:
            doubtful = doubts.doubt(reading, resolution, reader)
            return resolution if doubtful is None else _refuse(plain, "doubtful_name", doubtful)
    for reading in texts.other_readings(text):
        resolution = reader.read_key(texts.key(texts.tidy(reading)))
        if resolution is not None and resolution.code is not None:
            return replace(resolution, rule="other_encoding")
    return _refuse(plain, "no_such_name", reader.likely_codes(plain))


def _refuse(text: str, reason: str, likely_codes: tuple[str, ...] = ()) -> Resolution:
    """Return a refusal with suggestions: the codes that the reader names first, then similar names."""
    candidates = tuple(dict.fromkeys([*likely_codes, *suggestions(texts.key(text))]))[:MOST_SUGGESTIONS]
    return Resolution("unresolved", "none", candidates=candidates, reason=reason)


def _by_code(text: str, system: str) -> Resolution:
    code = normalise_code(text, system)
    resolution = answers_by_code(system).get(code)
    if resolution is not None:
        return resolution
    if system == "m49" and is_area(code):
        return Resolution("aggregate", "m49", area=code)
    name_meaning = Reader(None).read_exactly(text)
    if name_meaning is not None and name_meaning.kind in SPECIAL_KINDS.values():
        return name_meaning
    candidates = (
        () if name_meaning is None else (name_meaning.code,) if name_meaning.code else name_meaning.candidates
    )
    in_other_systems = [answers_by_code(alternative).get(code) for alternative in ("iso3", "ioc", "iso2")]
    candidates += tuple(
        alternative.code for alternative in in_other_systems if alternative is not None and alternative.code
    )
    return Resolution(
        "unresolved",
        system,
        candidates=tuple(dict.fromkeys(candidates))[:MOST_SUGGESTIONS],
        reason="no_such_code",
    )
