"""Keys under which names are looked up, made from cells as they were typed.

The meaning of a key is decided in resolver.py. Every function here takes time linear in the text's length.
"""

from __future__ import annotations

import html
import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

LONGEST = 200  # characters; names of countries are much shorter
MOST_ESCAPES = 3
"""How often HTML entities may be escaped, and how often a text may be read with a wrong encoding."""
LOST_LETTER = "\ufffd"  # replaces a letter that could not be decoded

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
_NOT_WORD = re.compile(
    r"(?:_|[^\w\u0900-\u109f\u1780-\u17ff])+"
)  # in Indic scripts a vowel is a mark, and no letter

_FOOTNOTES = re.compile(
    r"(?:\s*(?:[*†‡§¶#°ªº^~]+|[¹²³⁰-⁹]+|[\(\[]\s*(?:\d{1,2}|[a-d]|[ivx]{1,4}|[*†‡]+)\s*[_/\)\]]*[\)\]]"
    r"|\((?-i:[e-mp-rt-vx-z])\)|(?<=\s)\d{1,2}(?:\s?,\s?\d{1,2})+|(?<=\s)\d{1,2}_?/?|\d{1,2}_?/|/\s?\d{1,2}"
    r"|(?<=\s)[a-d]/|(?<=[^\W\d_])[1-9]\d?|[.,;:]))+\s*$",
    re.IGNORECASE,
)
_LETTER_MARK = re.compile(r"\s[a-d]/\s*$", re.IGNORECASE)
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
def word_lists() -> dict[str, Any]:
    """Return the tables of words.toml."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@cache
def _longest_first(list_name: str) -> tuple[str, ...]:
    """Return a list of words.toml, longest first."""
    return tuple(sorted(word_lists()[list_name], key=len, reverse=True))


def why_unreadable(value: object) -> str | None:
    """Return a short reason why a value cannot be a name at all, or None."""
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
    if any(unicodedata.category(char) == "Cc" and char not in _SPACES for char in repair_encoding(value)):
        return "control_characters"
    return None


_ESCAPED = re.compile(r"\\(?:u00|x)([0-9a-fA-F]{2})")
_BYTES = re.compile(r"(?:[%=][0-9a-fA-F]{2})+")


def _unescape_letter(escape: re.Match[str]) -> str:
    """Return the letter of an escape such as `\\u00e9` or `\\xe9`; other escapes are unchanged."""
    letter = chr(int(escape[1], 16))
    return letter if letter.isalpha() else escape[0]


def _decode_letters(escapes: re.Match[str]) -> str:
    """Return the letters and spaces of bytes in UTF-8, `%C3%A9` or `=C3=A9`; others are unchanged."""
    try:
        letters = bytes.fromhex(re.sub("[%=]", "", escapes[0])).decode("utf-8")
    except UnicodeDecodeError:
        return escapes[0]
    return letters if letters.replace(" ", "a").isalpha() else escapes[0]


def tidy(text: str) -> str:
    """Return the text with repaired encoding, HTML entities and escapes, and with single plain spaces.

    Entities may be escaped twice, "M&amp;eacute;xico".
    """
    plain = _BYTES.sub(_decode_letters, _ESCAPED.sub(_unescape_letter, repair_encoding(text)))
    for _ in range(MOST_ESCAPES):
        plain = html.unescape(plain)
    return " ".join(unicodedata.normalize("NFC", plain.translate(_INVISIBLE)).split())


def with_usual_marks(text: str) -> str:
    """Return the text with a dash for `_`, and a slash for `^`, `~` and backslashes, between words."""
    return re.sub(r"(?<=\w)\s*[\^~\\]\s*(?=\w)", " / ", re.sub(r"(?<=[^\W_])\s*_+\s*(?=[^\W_])", " - ", text))


_DOUBTFUL = re.compile(r"(?<=[^\W\d_])\?|[?¿](?=[^\W\d_])|(?<=[^\W\d_])…(?=[^\W\d_])")


def has_lost_letters(text: str) -> bool:
    """Return True if the text has U+FFFD, or a sign that replaces a letter or marks a doubt."""
    return LOST_LETTER in text or has_doubtful_letters(text)


def has_doubtful_letters(text: str) -> bool:
    """Return True if a sign replaces a letter or marks a doubt: "Espa?a", "Honduras?"."""
    return _DOUBTFUL.search(text) is not None


def repair_encoding(text: str) -> str:
    """Repair UTF-8 that was read as Windows-1252, Latin-1, DOS or Macintosh text, also repeatedly.

    Return any other text as it is. This is certain: hardly any other text is valid UTF-8 when it is written
    back as bytes. A text of DOS or Macintosh must have a sign that is no letter, too.
    """
    for _ in range(MOST_ESCAPES):
        if text.isascii():
            break
        has_sign = not all(char.isascii() or char.isalpha() for char in text)
        for encoding in ("cp1252", "latin-1", *(("cp850", "cp437", "mac_roman") if has_sign else ())):
            try:
                text = text.encode(encoding).decode("utf-8")
                break
            except UnicodeError:
                continue
        else:
            text = _repair_pairs(text)
            break
    return text


_UTF8_PAIR = re.compile("[\u00c2\u00c3\u00c4\u00c5].", re.DOTALL)


def _repair_pairs(text: str) -> str:
    """Repair pair by pair, for bytes that Windows-1252 does not have (Latin-1 keeps them)."""

    def repair_pair(match: re.Match[str]) -> str:
        pair = match.group()
        for encoding in ("cp1252", "latin-1"):
            try:
                return pair.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
        return pair

    return _UTF8_PAIR.sub(repair_pair, text)


def other_readings(text: str) -> list[str]:
    """Return the text as if it had been written for DOS or an old Macintosh, or read there.

    Only if each changed sign becomes a letter, and was none of the languages read here. The reading counts
    only if it gives a name.
    """
    readings = []
    for read_as, written_as in _CODE_PAGES:
        try:
            reading = text.encode(read_as).decode(written_as)
        except UnicodeError:
            continue
        changes = [(old, new) for old, new in zip(text, reading, strict=True) if old != new]
        if changes and all(new.isalpha() and (old in _RARE or not old.isalpha()) for old, new in changes):
            readings.append(reading)
    return readings


_CODE_PAGES = (
    ("cp1252", "cp850"), ("cp1252", "mac_roman"),
    ("cp850", "cp1252"), ("cp437", "cp1252"), ("mac_roman", "cp1252"),
)  # fmt: skip
_RARE = "ŽžŠšÐðÞþŸÿƒÝý"
"""Letters of no name in the languages read here."""


_BETWEEN_INITIALS = re.compile(r"(?<=\b\w\.)\s+(?=\w\.)|(?<=^\w)\s+(?=/)|(?<=/)\s+(?=\w$)")


def literal(text: str) -> str:
    """Return the text as typed, except for case and spaces between initials: "é.-u." is not "e.u."."""
    return _BETWEEN_INITIALS.sub("", text.casefold())


@lru_cache(maxsize=4_096)
def key(text: str) -> str:
    """Return the text in lower case, without accents or punctuation: "Côte d'Ivoire" → "cote d ivoire"."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = _POSSESSIVE.sub("s", plain)
    plain = _INITIALS.sub(_join_initials, plain)
    return _NOT_WORD.sub(" ", plain).strip()


def _join_initials(initials: re.Match[str]) -> str:
    return "".join(char for char in initials.group() if char.isalnum()) + " "


@cache
def _synonyms() -> dict[str, str]:
    return {word: group[0] for group in word_lists()["synonyms"] for word in group}


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(word_lists()["stop"])


def distinguishing_words(text_key: str) -> list[str]:
    """Return the words that distinguish a country, each replaced by the first of its synonyms."""
    synonyms, stop_words = _synonyms(), _stop_words()
    return [synonyms.get(word, word) for word in text_key.split() if word not in stop_words]


def order_free(text_key: str) -> str:
    """Return the distinguishing words in alphabetical order: "congo democratic republic".

    Empty for a single word that distinguishes only together with others ("republic").
    """
    distinguishing = sorted(distinguishing_words(text_key))
    return "" if len(distinguishing) == 1 and distinguishing[0] in _synonyms() else " ".join(distinguishing)


def compact(text_key: str) -> str:
    """Return the key without spaces: "costarica"."""
    return text_key.replace(" ", "")


_SOUND = [
    (re.compile(pattern), spelling)
    for pattern, spelling in [
        (r"tch|ch|sh", "X"), (r"ph", "f"), (r"g(?=[eiy])", "j"), (r"gu(?=[ei])", "g"),
        (r"qu(?=[ei])|q|ck", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"x", "ks"), (r"z", "s"),
        (r"dj", "j"), (r"y", "i"), (r"w", "u"), (r"v", "b"), (r"h", ""), (r"ou|oo", "u"),
        (r"(.)\1+", r"\1"),
    ]
]  # fmt: skip


def sound(text_key: str) -> str:
    """Return a spelling that a word has in common with other orthographies: "mexiko", "mecsico"."""
    spelling = compact(text_key)
    for pattern, replacement in _SOUND:
        spelling = pattern.sub(replacement, spelling)
    return spelling


_INITIAL = re.compile(r"(?<!\w)([^\W\d_])\.(?=\W|$|[^\W\d_]{3})")


def has_initial(text: str) -> bool:
    """Return True if the text has an initial: "S. Martín", "A.Samoa"."""
    return _INITIAL.search(text) is not None


def words_with_initials(text: str) -> list[str]:
    """Return the words of a text without stop words. Initials are kept, as "E." in "E. Guinea".

    Several initials are a word each: "I.R. Iran" → i, r, iran.
    """
    text = _INITIALS.sub(lambda match: match.group().replace(".", ". "), text)
    initials = {key(initial) for initial in _INITIAL.findall(text)}
    all_words = _NOT_WORD.sub(" ", key(text.replace(".", " "))).split()
    return [word for word in all_words if word in initials or word not in _stop_words()]


def ends_in_letter_mark(text: str) -> bool:
    """Return True if a footnote letter follows a name: the `a/` in `Niger a/` is not part of the name."""
    return _LETTER_MARK.search(text) is not None


def without_marks(text: str) -> str:
    """Return the text without numbering before it, footnote marks after it, and marks of a second gender."""
    text = _NUMBERING.sub("", text)
    text = _FOOTNOTES.sub("", text)
    return " ".join(_GENDER.sub("", text).replace("@", "o").split())


def without_qualifiers(text: str) -> str:
    """Return the text without brackets and endings that add nothing."""
    lists = word_lists()
    empty_texts, emptying_words = {*lists["in_brackets"], *lists["endings"]}, {*lists["in_empty_brackets"]}

    def drop_empty_bracket(match: re.Match[str]) -> str:
        inside = key(match.group(1))
        return " " if inside in empty_texts or emptying_words & set(inside.split()) else match.group()

    text = " ".join(_BRACKET.sub(drop_empty_bracket, text).split())
    return without_ending(text, "endings") or text


def without_ending(text: str, list_name: str) -> str | None:
    """Return the text without the longest matching ending in a list of words.toml, or None."""
    text_key = key(text)
    for ending in _longest_first(list_name):
        if text_key.endswith(" " + ending):
            return _beginning(text, text_key[: -len(ending) - 1]).rstrip(" ,;:-–([")
    return None


def _beginning(text: str, text_key: str) -> str:
    """Return the first words of a text, unchanged, that have this key; the key itself if none have it."""
    text_words = text.split()
    beginnings = (" ".join(text_words[:count]) for count in range(len(text_words), 0, -1))
    return next((beginning for beginning in beginnings if key(beginning) == text_key), text_key)


def strip_affixes(text_key: str, beginnings_list: str, endings_list: str | None) -> list[str]:
    """Return the rests of a key without each beginning and each ending that match, longest first.

    The lists are named in words.toml.
    """
    rests = []
    for beginning in _longest_first(beginnings_list):
        if text_key.startswith(beginning + " "):
            rests.append(text_key[len(beginning) + 1 :])
    for ending in _longest_first(endings_list) if endings_list else ():
        if text_key.endswith(" " + ending):
            rests.append(text_key[: -len(ending) - 1])
    return rests


def rest_after_beginning(text_key: str, list_name: str) -> str:
    """Return the rest after the longest matching beginning in a list of words.toml, or an empty text."""
    for beginning in _longest_first(list_name):
        if text_key.startswith(beginning + " "):
            return text_key[len(beginning) + 1 :]
    return ""


def without_beginning(text: str, removable: set[str]) -> str:
    """Return the text without its first words that are in a set, and without brackets around the rest."""
    words = text.split()
    start = next((n for n, word in enumerate(words) if not set(key(word).split()) <= removable), len(words))
    return " ".join(words[start:]).strip(" ()[]:,")


def without_words(all_words: list[str], removable: set[str]) -> list[list[str]]:
    """Return the lists that remain when words of a set are removed from the front, the end, or anywhere."""
    front = next((n for n, word in enumerate(all_words) if word not in removable), len(all_words))
    back = next((n for n, word in enumerate(all_words[::-1]) if word not in removable), len(all_words))
    rests = [all_words[n:] for n in range(1, front + 1)]
    rests += [all_words[: len(all_words) - n] for n in range(1, back + 1)]
    rests.append([word for word in all_words if word not in removable])
    return [rest for rest in rests if rest and rest != all_words]


def head_and_comma(text: str) -> tuple[str, str] | None:
    """ "Honduras, Centroamérica" → "Honduras", "Centroamérica". A dash between spaces splits alike."""
    head, mark, rest = text.partition(" - " if " - " in text else ",")
    return (head.strip(), rest.strip()) if mark and head.strip() and rest.strip() else None


def head_and_bracket(text: str) -> tuple[str, str] | None:
    """ "Congo (Kinshasa)" → "Congo", "Kinshasa". A square bracket splits before a round bracket."""
    for opening, closing in ("[]", "()"):
        head, _, inside = text.partition(opening)
        one_bracket = closing not in inside.rstrip()[:-1].partition(opening)[0]
        if head.strip() and inside.rstrip().endswith(closing) and one_bracket:
            return head.strip(), inside.rstrip()[:-1].strip()
    return None


def special_kind(text_key: str) -> str | None:
    """Return "unknown", "stateless" or "other" if all words together mean that, else None."""
    role_sets = {role for word in text_key.split() for role in [_roles_of_word(word)]}
    if not role_sets or frozenset() in role_sets:
        return None
    roles = frozenset().union(*role_sets)
    if len(text_key.split()) > 1:  # "en investigación", not "investigación"
        roles = frozenset(role.removesuffix("_with_others") for role in roles)
    if "stateless" in roles and not roles & {"other", "unknown"}:
        return "stateless"
    if "other" in roles:
        return "other" if "unknown" not in roles else None
    if "unknown" in roles or {"denial", "denied"} <= roles:
        return "unknown" if "beside_other" not in roles else None
    if {"denial", "citizenship"} <= roles and "beside_other" not in roles:
        return "stateless"
    return None


@cache
def _roles_of_word(word: str) -> frozenset[str]:
    return frozenset(role for role, role_words in _words_by_role().items() if word in role_words)


@cache
def _words_by_role() -> dict[str, frozenset[str]]:
    """Return role → its words. A stem gives a word with each of its endings."""
    endings = word_lists()["endings_of_stems"]
    return {
        role: frozenset(
            word_form
            for word in stems
            for word_form in ([word[:-1] + end for end in endings] if word.endswith("-") else [word])
        )
        for role, stems in word_lists()["said"].items()
    }
