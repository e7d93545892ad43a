"""From a cell as it was typed to the keys under which names are looked up.

What a key means is resolver.py's. Every function here is linear in the length of the text.
"""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LONGEST = 200  # characters; no name of a country comes near
LOST = "\ufffd"  # what stands for a letter that could not be decoded

_SPACES = " \t\r\n\u00a0\u2007\u202f\u3000"
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad"))
_DIRECTION = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_APOSTROPHES = "'’‘`´ʼ′"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i",
     "&": " and ", "º": " ", "ª": " "}
)  # fmt: skip
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}]s\b")
_INITIALS = re.compile(r"(?<!\w)[^\W\d_](?:\.(?!\s[ye]\s)\s?[^\W\d_](?!\w))+\.?")
_NOT_WORD = re.compile(r"[\W_]+")

_FOOTNOTES = re.compile(
    r"(?:\s*(?:[*†‡§¶#°ªº^~]+|[¹²³⁰-⁹]+|[\(\[]\s*(?:\d{1,2}|[a-d]|[ivx]{1,4}|[*†‡]+)\s*[_/\)\]]*[\)\]]"
    r"|\((?-i:[e-mp-rt-vx-z])\)|(?<=\s)\d{1,2}(?:\s?,\s?\d{1,2})+|(?<=\s)\d{1,2}_?/?|\d{1,2}_?/|/\s?\d{1,2}"
    r"|(?<=\s)[a-d]/|(?<=[^\W\d_])[1-9]\d?|[.,;:]))+\s*$",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"\s[a-d]/\s*$", re.IGNORECASE)
_NUMBERING = re.compile(
    r"^\s*(?:\d{1,3}\s*[.)\-–:]+\s*|\d{1,2}\s+|[-–•·*+]+\s*|[a-z]\)\s*)(?=\D)", re.IGNORECASE
)
_GENDER = re.compile(
    r"\s?[(/]\s?-?(?:a|o|as|os|es|s|e|esa|esas|ia|ão|ã|ao|ne|nne|enne|aise|na|ana|ina|eña|ña)\)"
    r"|/-?(?:a|o|as|os|es|e|esa|esas|a\(s\)|o\(s\))(?=\s|$)|(?<=[a-zñ])-(?:a|as)$|(?<!\w)\([^\W\d_]\)(?=\w)|\(s\)",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")


@cache
def words() -> dict[str, Any]:
    """The tables of words.toml."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def why_unreadable(value: object) -> str | None:
    """A short reason why a value cannot be a name at all, or None."""
    if value is None:
        return "empty"
    if not isinstance(value, str):
        return "not_text"
    if len(value) > LONGEST and len(value[: 4 * LONGEST].strip(_SPACES)) > LONGEST:
        return "too_long"
    if len(value) > 4 * LONGEST:
        return "too_long"
    if not value.strip(_SPACES):
        return "empty"
    if any("\ud800" <= char <= "\udfff" for char in value):
        return "broken_unicode"
    if _DIRECTION & set(value):
        return "direction_marks"
    if any(unicodedata.category(char) == "Cc" and char not in _SPACES for char in repaired(value)):
        return "control_characters"
    return None


_ESCAPED = re.compile(r"\\u00([0-9a-fA-F]{2})")


def _letter(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter.isalpha() else escape[0]


def tidy(text: str) -> str:
    """The text with mojibake, HTML entities and escapes repaired, and single plain spaces."""
    plain = html.unescape(_ESCAPED.sub(_letter, repaired(text))).translate(_INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", plain).split())


_DOUBTFUL = re.compile(r"(?<=[^\W\d_])\?|[?¿](?=[^\W\d_])|(?<=[^\W\d_])…(?=[^\W\d_])")


def has_lost_letters(text: str) -> bool:
    """Whether U+FFFD stands where a letter was, or another sign that may also doubt the word."""
    return LOST in text or has_doubtful_letters(text)


def has_doubtful_letters(text: str) -> bool:
    """Whether a sign stands where a letter was, or doubts the word: "Espa?a", "Honduras?"."""
    return _DOUBTFUL.search(text) is not None


def repaired(text: str) -> str:
    """UTF-8 that was read as Windows-1252 or Latin-1, put right; any other text as it is.

    Certain, since hardly any text of another kind is valid UTF-8 when written back as bytes.
    """
    for _ in range(2):
        if text.isascii():
            break
        for encoding in ("cp1252", "latin-1"):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
        else:
            text = _mixed_repair(text)
            break
    return text


_UTF8_PAIR = re.compile("[\u00c2\u00c3\u00c4\u00c5].", re.DOTALL)


def _mixed_repair(text: str) -> str:
    """Pair by pair, for bytes that Windows-1252 does not have (a Latin-1 reading keeps them)."""

    def one(match: re.Match[str]) -> str:
        pair = match.group()
        for encoding in ("cp1252", "latin-1"):
            try:
                return pair.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
        return pair

    return _UTF8_PAIR.sub(one, text)


def other_readings(text: str) -> list[str]:
    """The text as it would be, had it been written for DOS or an old Macintosh.

    Only where each sign that changes becomes a letter; believed only where that gives a name.
    """
    readings = []
    for encoding in ("cp850", "mac_roman"):
        try:
            reading = text.encode("cp1252").decode(encoding)
        except UnicodeError:
            continue
        changed = [(old, new) for old, new in zip(text, reading, strict=True) if old != new]
        if changed and all(new.isalpha() and not old.isalpha() for old, new in changed):
            readings.append(reading)
    return readings


_BETWEEN_INITIALS = re.compile(r"(?<=\b\w\.)\s+(?=\w\.)|(?<=^\w)\s+(?=/)|(?<=/)\s+(?=\w$)")


def literal(text: str) -> str:
    """As typed, but for case and spaces between initials: "é.-u." is not "e.u."."""
    return _BETWEEN_INITIALS.sub("", text.casefold())


@lru_cache(maxsize=4_096)
def key(text: str) -> str:
    """Lower case, without accents or punctuation: "Côte d'Ivoire" → "cote d ivoire"."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = _POSSESSIVE.sub("s", plain)
    plain = _INITIALS.sub(_joined, plain)
    return _NOT_WORD.sub(" ", plain).strip()


def _joined(initials: re.Match[str]) -> str:
    return "".join(char for char in initials.group() if char.isalnum()) + " "


@cache
def _synonyms() -> dict[str, str]:
    return {word: group[0] for group in words()["synonyms"] for word in group}


@cache
def _stop() -> frozenset[str]:
    return frozenset(words()["stop"])


def bearing_words(of_key: str) -> list[str]:
    """The words that say which country, each as the first of its synonyms."""
    synonyms, stop = _synonyms(), _stop()
    return [synonyms.get(word, word) for word in of_key.split() if word not in stop]


def order_free(of_key: str) -> str:
    """The bearing words in alphabetical order: "congo democratic republic".

    Empty for a lone word that only distinguishes beside others ("republic").
    """
    words = sorted(bearing_words(of_key))
    return "" if len(words) == 1 and words[0] in _synonyms() else " ".join(words)


def compact(of_key: str) -> str:
    """Without spaces: "costarica"."""
    return of_key.replace(" ", "")


_SOUND = [
    (re.compile(pattern), spelling)
    for pattern, spelling in [
        (r"tch|ch|sh", "X"), (r"ph", "f"), (r"g(?=[eiy])", "j"), (r"gu(?=[ei])", "g"),
        (r"qu(?=[ei])|q|ck", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"x", "ks"), (r"z", "s"),
        (r"dj", "j"), (r"y", "i"), (r"w", "u"), (r"v", "b"), (r"h", ""), (r"ou|oo", "u"),
        (r"(.)\1+", r"\1"),
    ]
]  # fmt: skip


def sound(of_key: str) -> str:
    """The same word in another orthography gets the same spelling: "mexiko", "mecsico"."""
    spelling = compact(of_key)
    for pattern, replacement in _SOUND:
        spelling = pattern.sub(replacement, spelling)
    return spelling


_INITIAL = re.compile(r"(?<!\w)([^\W\d_])\.(?=\W|$|[^\W\d_]{3})")


def has_initial(text: str) -> bool:
    """Whether a word stands as an initial: "S. Martín", "A.Samoa"."""
    return _INITIAL.search(text) is not None


def words_with_initials(text: str) -> list[str]:
    """The words of a text without those that say nothing; "E." in "E. Guinea" is no such word.

    Several initials are a word each: "I.R. Iran" → i, r, iran.
    """
    text = _INITIALS.sub(lambda match: match.group().replace(".", ". "), text)
    initials = {key(initial) for initial in _INITIAL.findall(text)}
    words = _NOT_WORD.sub(" ", key(text.replace(".", " "))).split()
    return [word for word in words if word in initials or word not in _stop()]


def ends_in_letter_mark(text: str) -> bool:
    """Whether a footnote's letter stands apart after a name: that of `Niger a/` is no letter of it."""
    return _LETTERED.search(text) is not None


def without_marks(text: str) -> str:
    """Without numbering before, footnote marks after, and the marks of a second gender."""
    text = _NUMBERING.sub("", text)
    text = _FOOTNOTES.sub("", text)
    return " ".join(_GENDER.sub("", text).replace("@", "o").split())


def without_qualifiers(text: str) -> str:
    """Without brackets and endings that add nothing."""
    empty, saying = {*words()["in_brackets"], *words()["endings"]}, {*words()["in_empty_brackets"]}

    def one(match: re.Match[str]) -> str:
        inside = key(match.group(1))
        return " " if inside in empty or saying & set(inside.split()) else match.group()

    text = " ".join(_BRACKET.sub(one, text).split())
    return without_ending(text, "endings") or text


def without_ending(text: str, these: str) -> str | None:
    """Without the longest of these endings of words.toml; None where it has none."""
    of_text = key(text)
    for ending in sorted(words()[these], key=len, reverse=True):
        if of_text.endswith(" " + ending):
            return _beginning(text, of_text[: -len(ending) - 1]).rstrip(" ,;:-–([")
    return None


def _beginning(text: str, of_key: str) -> str:
    """The first words of a text, as they stand, that have this key; the key where none have it."""
    words = text.split()
    beginnings = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((one for one in beginnings if key(one) == of_key), of_key)


def stripped(of_key: str, before: str, after: str | None) -> list[str]:
    """The key without each beginning or ending of these lists of words.toml, longest first."""
    rests = []
    for beginning in sorted(words()[before], key=len, reverse=True):
        if of_key.startswith(beginning + " "):
            rests.append(of_key[len(beginning) + 1 :])
    for ending in sorted(words()[after] if after else (), key=len, reverse=True):
        if of_key.endswith(" " + ending):
            rests.append(of_key[: -len(ending) - 1])
    return rests


def after_beginning(of_key: str, these: str) -> str:
    """What follows the longest of these beginnings of words.toml; empty where it begins with none."""
    for beginning in sorted(words()[these], key=len, reverse=True):
        if of_key.startswith(beginning + " "):
            return of_key[len(beginning) + 1 :]
    return ""


def without_beginning(text: str, these: set[str]) -> str:
    """The text as it stands, without its first words that are in a set, nor brackets round the rest."""
    given = text.split()
    start = next((n for n, word in enumerate(given) if not set(key(word).split()) <= these), len(given))
    return " ".join(given[start:]).strip(" ()[]:,")


def without_words(of_words: list[str], these: set[str]) -> list[list[str]]:
    """What is left when words of a set go from the front, from the end, or wherever they stand."""
    front = next((n for n, word in enumerate(of_words) if word not in these), len(of_words))
    back = next((n for n, word in enumerate(of_words[::-1]) if word not in these), len(of_words))
    rests = [of_words[n:] for n in range(1, front + 1)]
    rests += [of_words[: len(of_words) - n] for n in range(1, back + 1)]
    rests.append([word for word in of_words if word not in these])
    return [rest for rest in rests if rest and rest != of_words]


def head_and_comma(text: str) -> tuple[str, str] | None:
    """ "Honduras, Centroamérica" → "Honduras", "Centroamérica"; the same at a dash between spaces."""
    head, mark, rest = text.partition(" - " if " - " in text else ",")
    return (head.strip(), rest.strip()) if mark and head.strip() and rest.strip() else None


def head_and_bracket(text: str) -> tuple[str, str] | None:
    """ "Congo (Kinshasa)" → "Congo", "Kinshasa"; a square bracket splits before a round one."""
    for opening, closing in ("[]", "()"):
        head, _, inside = text.partition(opening)
        one_bracket = closing not in inside.rstrip()[:-1].partition(opening)[0]
        if head.strip() and inside.rstrip().endswith(closing) and one_bracket:
            return head.strip(), inside.rstrip()[:-1].strip()
    return None


def kind_said(of_key: str) -> str | None:
    """ "unknown", "stateless" or "other" where that is what every word says together."""
    said = {role for word in of_key.split() for role in [_roles(word)]}
    if not said or frozenset() in said:
        return None
    has = frozenset().union(*said)
    if len(of_key.split()) > 1:  # "en investigación", not "investigación"
        has = frozenset(role.removesuffix("_with_others") for role in has)
    if "stateless" in has and not has & {"other", "unknown"}:
        return "stateless"
    if "other" in has:
        return "other" if "unknown" not in has else None
    if "unknown" in has or {"denial", "denied"} <= has:
        return "unknown" if "beside_other" not in has else None
    if {"denial", "citizenship"} <= has and "beside_other" not in has:
        return "stateless"
    return None


@cache
def _roles(word: str) -> frozenset[str]:
    return frozenset(role for role, listed in _said().items() if word in listed)


@cache
def _said() -> dict[str, frozenset[str]]:
    """Role → its words, a stem with each of its endings."""
    endings = words()["endings_of_stems"]
    return {
        role: frozenset(
            form
            for word in listed
            for form in ([word[:-1] + end for end in endings] if word.endswith("-") else [word])
        )
        for role, listed in words()["said"].items()
    }
