"""Which texts tell of persons, by the shapes of values.toml. No column is judged here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from schemas.personal_data import words
from schemas.personal_data.words import read, repaired

if TYPE_CHECKING:
    import phonenumbers

SHORTEST = 5
"""No value that is looked for is shorter."""
LONGEST, OVERLAP = 8_000, 400
"""A longer text is asked in pieces of so many characters, each with the end of the one before: a pattern may
take the square of a text's length. No value that is looked for is longer than the overlap."""
_BEFORE, _AFTER = "(?<![A-Za-z0-9À-ÿ])", "(?![A-Za-z0-9À-ÿ])"
_YEARS = range(1900, 2100)


@dataclass(frozen=True)
class Shape:
    """One shape of a number or text, and what must hold of it. What each means: values.toml."""

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
        """The pattern with the words that lead to it."""
        if not self.lead:
            return f"(?P<it>{self.pattern})"
        return rf"(?:{'|'.join(self.lead)}){_AFTER}[^\d\n]{{0,{self.within}}}?{_BEFORE}(?P<it>{self.pattern})"

    def finds(self, text: str) -> bool:
        """Whether the text, or a part of it if the shape may be a part, is such a one."""
        compiled = _compiled(self.text)
        if self.whole:
            match = compiled.fullmatch(text.strip())
            return match is not None and self._holds(match)
        return any(map(self._holds, compiled.finditer(text)))

    def _holds(self, match: re.Match[str]) -> bool:
        text = match["it"]
        return (
            (not self.checks or any(_module(name)(text) for name in self.checks))
            and (not self.modulus or self._checks_out(match))
            and all(low <= int(match[group]) <= high for group, (low, high) in self.ranges.items())
            and all(_is_date(match[group], form) for group, form in self.dates.items())
            and not (self.not_years and _is_of_years(text))
            and not (self.falling and int(match["n"]) <= int(match["m"]))
            and sum(map(str.isdigit, text)) >= self.digits
            and (not self.telephone or _is_telephone(text, self.telephone))
        )

    def _checks_out(self, match: re.Match[str]) -> bool:
        """Our own check: the number's rest is the figure or letter that is to check it."""
        if self.letters:
            return self.letters[int(match["n"]) % self.modulus] == match["c"].upper()
        rest = sum(int(d) * w for d, w in zip(match["n"], self.weights, strict=True)) % self.modulus
        return ((self.modulus - rest) % self.modulus if self.complement else rest) == int(match["c"])


def of_value(text: str) -> str | None:
    """The label of what a text holds, or None. Shapes that chance may bring about say nothing here."""
    if len(text) < SHORTEST:
        return None
    text = repaired(text)
    # a name of a file or a range has _ for blanks
    texts = (text, text.replace("_", " ")) if "_" in text else (text,)
    is_cut = len(text) > LONGEST
    pieces = dict.fromkeys(piece for one in texts for piece in _pieces(one)) if is_cut else texts
    for shape in sure():
        if not (shape.whole and is_cut) and any(map(shape.finds, pieces)):
            return words.label(shape.kind)
    return words.label("case_file") if _is_narrative(text) else None


def _pieces(text: str) -> Iterator[str]:
    """A long text in pieces that overlap, cut at blanks where there are some."""
    start = 0
    while start + LONGEST < len(text):
        end = text.rfind(" ", start + LONGEST - OVERLAP, start + LONGEST)
        end = end if end > 0 else start + LONGEST
        yield text[start:end]
        start = end - OVERLAP
    yield text[start:]


@cache
def shapes() -> tuple[Shape, ...]:
    """All shapes, in order."""
    return tuple(Shape(**{k: _frozen(v) for k, v in told.items()}) for told in read("values")["shapes"])


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def sure() -> tuple[Shape, ...]:
    """The shapes of which one text is enough."""
    return tuple(s for s in shapes() if not s.chance)


@cache
def by_chance() -> tuple[Shape, ...]:
    """The shapes that other numbers have too: half a column's texts must have them."""
    return tuple(s for s in shapes() if s.chance)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}(?:{pattern}){_AFTER}", re.IGNORECASE | re.ASCII)


@cache
def _module(name: str) -> Callable[[str], bool]:
    """The question of a stdnum module, whether a number is one."""
    is_valid: Callable[[str], bool] = import_module(f"stdnum.{name}").is_valid
    return is_valid


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_of_years(text: str) -> bool:
    """Whether it is a year, two years, or a date that begins or ends with one."""
    parts = re.findall(r"\d+", text)
    if (
        all(len(p) <= 4 for p in parts)
        and any(int(p) in _YEARS for p in parts if len(p) == 4)
        and len(parts) <= 3
    ):
        return True
    return len(parts[0]) == 8 and any(_is_date(parts[0], form) for form in ("%Y%m%d", "%d%m%Y"))


def _is_telephone(text: str, how: str) -> bool:
    regions = [None] if text.lstrip("( ").startswith("+") else read("values")["regions"]
    return any(map(_asked(how), _parsed(text, regions)))


def _asked(how: str) -> Callable[[phonenumbers.PhoneNumber], bool]:
    """The question of phonenumbers that has this name."""
    import phonenumbers  # read when a telephone is asked for, not whenever the guard is

    question: Callable[[phonenumbers.PhoneNumber], bool] = getattr(phonenumbers, f"is_{how}_number")
    return question


def _parsed(text: str, regions: list[str | None]) -> Iterator[phonenumbers.PhoneNumber]:
    import phonenumbers

    for region in regions:
        try:
            yield phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue


# ---- what someone told -------------------------------------------------------------------------------


def _is_narrative(text: str) -> bool:
    """Whether a text of some length tells what someone said, and of whom, or what was done to someone."""
    told = read("values")["narrative"]
    if text.count(" ") + 1 < told["words"]:
        return False
    if _some_of("done").search(text):
        return True
    return bool(_some_of("said").search(text) and _some_of("whom").search(text))


@cache
def _some_of(name: str) -> re.Pattern[str]:
    return _compiled("|".join(read("values")["narrative"][name]))


# ---- for many texts at once: Arrow's patterns ----------------------------------------------------------

HARMLESS = r"^(?:[A-Za-z]{0,4}[-_]?[0-9]{1,19})?$"
"""A text that is this is no value of which one is enough, and no header: a number, or letters before one."""
IDENTIFIER = r"^(?:[\pL0-9][\pL0-9_./#:-]{0,39})?$"
"""What the identifier of a case looks like: letters, figures and a few marks, no blanks."""
WORDY = r"\pL{2,}[ _,.]+\pL"
"""A pattern, for searching in text, of what may be a name or a narrative."""


def _bare(shape: Shape) -> str:
    """The shape's pattern without groups' names and what Arrow does not know: it finds more, never less."""
    lead = rf"(?:{'|'.join(shape.lead)})[^\n]*" if shape.lead else ""
    return re.sub(r"\(\?P<\w+>", "(?:", lead + shape.pattern)


LIKELY = "(?i)" + "|".join(f"(?:{_bare(shape)})" for shape in sure())
"""A pattern, for searching in text, of all that `of_value` knows by shape and of more."""
