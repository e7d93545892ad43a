"""Detection of personal data in texts, by the shapes of values.toml. No column is judged here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from schemas.personal_data import words
from schemas.personal_data.words import read, repair_encoding

if TYPE_CHECKING:
    import phonenumbers

SHORTEST = 5
"""Length of the shortest value that is searched."""
LONGEST, OVERLAP = 8_000, 400
"""Length of the pieces in which longer texts are searched, and their overlap.

A pattern may take time quadratic in the length. The overlap is longer than any value that is searched.
"""
_BEFORE, _AFTER = "(?<![A-Za-z0-9À-ÿ])", "(?![A-Za-z0-9À-ÿ])"
_YEARS = range(1900, 2100)


@dataclass(frozen=True)
class Shape:
    """A shape of a number or text, with its conditions. values.toml explains the fields."""

    kind: str
    pattern: str
    whole: bool = False
    lead: tuple[str, ...] = ()
    within: int = 0
    checks: tuple[str, ...] = ()
    weights: tuple[int, ...] = ()
    modulus: int = 0
    complement: bool = False
    letters: str = ""
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    telephone: str = ""
    not_years: bool = False
    falling: bool = False
    digits: int = 0
    chance: float = 0.0

    @property
    def text(self) -> str:
        """The pattern, with the words that lead to it."""
        if not self.lead:
            return f"(?P<it>{self.pattern})"
        return rf"(?:{'|'.join(self.lead)}){_AFTER}[^\d\n]{{0,{self.within}}}?{_BEFORE}(?P<it>{self.pattern})"

    def finds(self, text: str) -> bool:
        """Return True if the text has this shape, or contains it if the shape may be a part of a text."""
        pattern = _compile(self.text)
        if self.whole:
            match = pattern.fullmatch(text.strip())
            return match is not None and self._holds(match)
        return any(map(self._holds, pattern.finditer(text)))

    def _holds(self, match: re.Match[str]) -> bool:
        text = match["it"]
        return (
            (not self.checks or any(_stdnum_test(name)(text) for name in self.checks))
            and (not self.modulus or self._checks_out(match))
            and all(low <= int(match[group]) <= high for group, (low, high) in self.ranges.items())
            and all(_is_date(match[group], form) for group, form in self.dates.items())
            and not (self.not_years and _is_year_or_date(text))
            and not (self.falling and int(match["n"]) <= int(match["m"]))
            and sum(map(str.isdigit, text)) >= self.digits
            and (not self.telephone or _is_telephone(text, self.telephone))
        )

    def _checks_out(self, match: re.Match[str]) -> bool:
        """Check the number with its own check digit or letter."""
        if self.letters:
            return self.letters[int(match["n"]) % self.modulus] == match["c"].upper()
        rest = sum(int(d) * w for d, w in zip(match["n"], self.weights, strict=True)) % self.modulus
        return ((self.modulus - rest) % self.modulus if self.complement else rest) == int(match["c"])


def find_in_text(text: str, excepted_kinds: Collection[str] = ()) -> str | None:
    """Return the label of a text's personal data, or None. Shapes that may occur by chance are not used.

    `excepted_kinds` are not searched.
    """
    if len(text) < SHORTEST:
        return None
    text = _free_line().sub("", plain_digits(repair_encoding(text)))
    # names of files and ranges have _ instead of spaces
    texts = (text, text.replace("_", " ")) if "_" in text else (text,)
    is_cut = len(text) > LONGEST
    pieces = dict.fromkeys(piece for variant in texts for piece in _pieces(variant)) if is_cut else texts
    for shape in sure():
        if shape.kind in excepted_kinds:
            continue
        if not (shape.whole and is_cut) and any(map(shape.finds, pieces)):
            return words.label(shape.kind)
    is_case = "case_file" not in excepted_kinds and _is_narrative(text)
    return words.label("case_file") if is_case else None


@cache
def _free_line() -> re.Pattern[str]:
    """Return the pattern of a toll-free number, which is a service's."""
    return _compile(read("values")["free_line"])


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def plain_digits(text: str) -> str:
    """Return the text without invisible characters, and with digits of full width as plain digits."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def _pieces(text: str) -> Iterator[str]:
    """Yield overlapping pieces of a long text, cut at spaces if possible."""
    start = 0
    while start + LONGEST < len(text):
        end = text.rfind(" ", start + LONGEST - OVERLAP, start + LONGEST)
        end = end if end > 0 else start + LONGEST
        yield text[start:end]
        start = end - OVERLAP
    yield text[start:]


@cache
def shapes() -> tuple[Shape, ...]:
    """Return all shapes, in order."""
    entries = read("values")["shapes"]
    return tuple(Shape(**{key: _freeze(value) for key, value in entry.items()}) for entry in entries)


def _freeze(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def sure() -> tuple[Shape, ...]:
    """Return the shapes for which a single text is enough."""
    return tuple(shape for shape in shapes() if not shape.chance)


@cache
def by_chance() -> tuple[Shape, ...]:
    """Return the shapes that other numbers may have by chance: half of a column's texts must have them."""
    return tuple(shape for shape in shapes() if shape.chance)


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}(?:{pattern}){_AFTER}", re.IGNORECASE | re.ASCII)


@cache
def _stdnum_test(name: str) -> Callable[[str], bool]:
    """Return the validity test of a stdnum module."""
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return is_valid


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_year_or_date(text: str) -> bool:
    """Return True for a year, two years, or a date that begins or ends with a year."""
    parts = re.findall(r"\d+", text)
    if (
        all(len(p) <= 4 for p in parts)
        and any(int(p) in _YEARS for p in parts if len(p) == 4)
        and len(parts) <= 3
    ):
        return True
    return len(parts[0]) == 8 and any(_is_date(parts[0], form) for form in ("%Y%m%d", "%d%m%Y"))


def _is_telephone(text: str, test_name: str) -> bool:
    """Return True for a telephone number that is no toll-free line, as those of hotlines are."""
    regions = [None] if text.lstrip("( ").startswith("+") else read("values")["regions"]
    numbers = list(filter(_telephone_test(test_name), _parse_telephone(text, regions)))
    valid_numbers = list(filter(_telephone_test("valid"), numbers))
    return bool(numbers) and not any(map(_is_toll_free, valid_numbers))


def _is_toll_free(number: phonenumbers.PhoneNumber) -> bool:
    import phonenumbers

    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE


def _telephone_test(test_name: str) -> Callable[[phonenumbers.PhoneNumber], bool]:
    """Return the test of phonenumbers with this name."""
    import phonenumbers  # slow to load, and only needed for telephones

    test: Callable[[phonenumbers.PhoneNumber], bool] = getattr(phonenumbers, f"is_{test_name}_number")
    return test


def _parse_telephone(text: str, regions: list[str | None]) -> Iterator[phonenumbers.PhoneNumber]:
    import phonenumbers

    for region in regions:
        try:
            yield phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue


# ---- narratives --------------------------------------------------------------------------------------


def _is_narrative(text: str) -> bool:
    """Return True if a long text reports a person's statement about somebody, or an act against somebody."""
    settings = read("values")["narrative"]
    if text.count(" ") + 1 < settings["words"]:
        return False
    if _phrase_pattern("done").search(text):
        return True
    return bool(_phrase_pattern("said").search(text) and _phrase_pattern("whom").search(text))


@cache
def _phrase_pattern(name: str) -> re.Pattern[str]:
    return _compile("|".join(read("values")["narrative"][name]))


# ---- for many texts at once: Arrow's patterns ----------------------------------------------------------

HARMLESS = r"^(?:[A-Za-z]{0,4}[-_]?[0-9]{1,19})?$"
"""Pattern of a text that needs no search: it is no personal value by itself, and no header.

It is a number, or letters before a number.
"""
IDENTIFIER = r"^(?:[\pL0-9][\pL0-9_./#:-]{0,39})?$"
"""Pattern of the identifier of a case: letters, digits and a few marks, no spaces."""
WORDY = r"\pL{2,}[ _,.]+\pL"
"""Search pattern for a possible name or narrative."""


def _arrow_pattern(shape: Shape) -> str:
    """Return the shape's pattern without group names and syntax unknown to Arrow. It never finds less."""
    lead = rf"(?:{'|'.join(shape.lead)})[^\n]*" if shape.lead else ""
    return re.sub(r"\(\?P<\w+>", "(?:", lead + shape.pattern)


_DISGUISE = r"[\x{FF10}-\x{FF19}\x{AD}\x{200B}-\x{200F}\x{2060}\x{FEFF}]"
LIKELY = "(?i)" + "|".join([_DISGUISE, *(f"(?:{_arrow_pattern(shape)})" for shape in sure())])
"""Search pattern that finds every shape of `of_value`, and other texts."""
