"""Score of the reader on names from elsewhere: python -m tests.countries.fresh_names FOLDER [--held-back]

FOLDER has two packages of npm, unpacked: i18n-iso-countries/ and world-countries/. Their codes are the expected
values. Each name is written in the ways of PLAIN and of TWISTS. Half of the names, by a hash, are held back.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.countries import all_countries, resolve

LANGUAGES = {"es": "spa", "fr": "fra", "pt": "por", "en": "eng"}
OTHER_LANGUAGES = (
    "it",
    "de",
    "nl",
    "ca",
    "gl",
    "pl",
    "sv",
    "tr",
    "ru",
    "uk",
    "ar",
    "zh",
    "ja",
    "ko",
    "hi",
    "vi",
)
WRONG_IN_SOURCE = {
    ("República Popular do Congo", "COD"),
    ("República Democrática do Congo", "COG"),
    ("Guiana", "GUF"),
    ("Américan", "MNP"),
}
"""Names that a source gives to another country than their own."""
BY_ALPHA2 = {country.alpha2: country.code for country in all_countries() if country.alpha2}


@dataclass(frozen=True)
class Name:
    """Name of a country in a language, with the codes of the country as its source gives them."""

    text: str
    language: str | None
    code: str
    alpha2: str


def iso_names(folder: Path) -> Iterator[Name]:
    """Yield the names of i18n-iso-countries in the network's languages, then in others (no language declared)."""
    languages = folder / "i18n-iso-countries" / "langs"
    for language in (*LANGUAGES, *OTHER_LANGUAGES):
        for alpha2, names in json.loads((languages / f"{language}.json").read_text("utf-8"))[
            "countries"
        ].items():
            for text in [names] if isinstance(names, str) else names:
                if alpha2 in BY_ALPHA2:
                    yield Name(text, language if language in LANGUAGES else None, BY_ALPHA2[alpha2], alpha2)


def world_names(folder: Path) -> Iterator[Name]:
    """Yield the names, official names and demonyms of world-countries."""
    for country in json.loads((folder / "world-countries" / "countries.json").read_text("utf-8")):
        code, alpha2 = country["cca3"].replace("UNK", "XKX"), country["cca2"]
        by_language = {**country["translations"], "eng": country["name"]}
        for language, key in LANGUAGES.items():
            for kind in ("common", "official"):
                yield Name(by_language[key][kind], language, code, alpha2)
            for text in sorted(set(country["demonyms"].get(key, {}).values()) - {""}):
                yield Name(text, language, code, alpha2)


def names(folder: Path, *, held_back: bool) -> list[Name]:
    """Return the distinct names of one half. Left out: what the sources give to two countries ("Dutch")."""
    distinct = dict.fromkeys([*iso_names(folder), *world_names(folder)])
    codes: dict[str, set[str]] = {}
    for name in distinct:
        codes.setdefault(name.text, set()).add(name.code)
    judged = [
        name
        for name in distinct
        if len(codes[name.text]) == 1
        and (name.text, name.code) not in WRONG_IN_SOURCE
        and not _is_code(name.text)
    ]
    return [name for name in judged if (sha256(name.text.encode()).digest()[0] % 2 == 1) == held_back]


def _is_code(text: str) -> bool:
    return len(text) <= 3 and text.isascii()


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def _read_as(encoding: str) -> Callable[[Name], str | None]:
    """Return a way that reads UTF-8 with another code page; None where no letter changes or one is lost."""

    def misread(name: Name) -> str | None:
        try:
            text = name.text.encode().decode(encoding)
        except UnicodeDecodeError:
            return None
        return text if text != name.text else None

    return misread


PLAIN: dict[str, Callable[[Name], str | None]] = {
    "as it is": lambda name: name.text,
    "capitals": lambda name: name.text.upper(),
    "without accents": lambda name: _without_accents(name.text),
}
TWISTS: dict[str, Callable[[Name], str | None]] = {
    "code_name": lambda name: f"{name.code}_{name.text}",
    "code|name": lambda name: f"{name.code} | {name.text}",
    "code|code|name": lambda name: f"{name.alpha2}|{name.code}|{name.text}",
    "name^code": lambda name: f"{name.text} ^ {name.code}",
    "underscores": lambda name: name.text.replace(" ", "_"),
    "confirmed": lambda name: f"{name.text} (confirmado)",
    "entities twice": lambda name: "".join(f"&amp;#{ord(c)};" if ord(c) > 127 else c for c in name.text),
    "percent": lambda name: "".join(
        c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in name.text
    ),
    "utf-8 as cp850": _read_as("cp850"),
    "utf-8 as cp437": _read_as("cp437"),
    "utf-8 as mac-roman": _read_as("mac_roman"),
    "utf-8 as cp1252": _read_as("cp1252"),
}
REFUSED: dict[str, Callable[[Name], str | None]] = {
    "wrong code": lambda name: f"{'HND' if name.code != 'HND' else 'FJI'}_{name.text}",
    "wrong code of three": lambda name: f"{'HN' if name.code != 'HND' else 'FJ'}|{name.code}|{name.text}",
    "a choice": lambda name: f"{name.text} ó {'Fiyi' if name.code != 'FJI' else 'Honduras'}",
    "both or one": lambda name: f"{name.text} y/o {'Fiyi' if name.code != 'FJI' else 'Honduras'}",
    "cut": lambda name: f"{name.text} del",
    "franco-": lambda name: f"franco-{name.text.lower()}",
    "chino ó": lambda name: f"chino ó {name.text.lower()}" if name.code != "CHN" else None,
    "afro-": lambda name: f"afro{name.text.lower()}",
    "Ítalo": lambda name: f"ítalo {name.text.lower()}",
}

NEVER = frozenset(REFUSED) - {"cut", "franco-"}
"""Ways in which the country itself may not be read either: a demonym is "franco-guyanaise"."""


def score(
    some: list[Name], ways: dict[str, Callable[[Name], str | None]], *, refused: bool = False
) -> Counter[str]:
    """Count right, refused and wrong answers, in all and by way; print the wrong ones."""
    found: Counter[str] = Counter()
    for name in some:
        for way, write in ways.items():
            text = write(name)
            if text is None:
                continue
            answer = resolve(text, language=name.language)
            is_own = answer.citizenship == name.code and not (refused and way in NEVER)
            is_refused = answer.citizenship is None
            is_ambiguous = answer.kind == "ambiguous" and name.code in answer.candidates
            is_wrong = not is_refused and not is_own
            verdict = (
                "wrong" if is_wrong else "ambiguous" if is_ambiguous else "refused" if is_refused else "right"
            )
            found.update([verdict, f"{way}: {verdict}"])
            if is_wrong:
                print(
                    f"  wrong, {way}: {text!r} ({name.language}) {name.code} -> {answer.citizenship} {answer.rule}"
                )
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-back", action="store_true")
    arguments = parser.parse_args()
    some = names(arguments.folder, held_back=arguments.held_back)
    own = [name for name in some if name.language]
    others = [name for name in some if not name.language]
    for title, found in (
        ("plain", score(own, PLAIN)),
        ("other languages", score(others, PLAIN)),
        ("twists", score(own, TWISTS)),
        ("to refuse", score(own, REFUSED, refused=True)),
    ):
        counted = {verdict: found[verdict] for verdict in ("right", "ambiguous", "refused", "wrong")}
        print(f"{title}: {sum(counted.values())} strings, {counted}")
        for way in sorted(key for key in found if ":" in key and not key.endswith("right")):
            print(f"    {way} {found[way]}")


if __name__ == "__main__":
    main()
