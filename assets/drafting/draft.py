"""A card drafted from a sample file: what each column is taken for, and why. A person confirms each guess.

What a column says is told by its values first (years, months, countries, codes of a list, numbers), and by
the words of its header where they leave a choice (drafting.toml).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from assets.intake.privacy import guard
from assets.intake.reading import reading
from assets.intake.reading.sheets import Sheet, Unreadable
from schemas import codelists, countries, periods
from schemas.cards.card_file import File
from schemas.cards.format_card import Card
from schemas.codelists import fold
from schemas.date_forms import COUNTED_FROM
from schemas.groupings import DEFAULT, load
from schemas.words import UserError, say
from warehouse.home.durable import hash_now

HEADER_WITHIN = 20
SAMPLE = 5_000
"""So many rows below the header are looked at."""
HALF, MOST, NEARLY_ALL = 0.5, 0.8, 0.95
"""Shares of a column's distinct texts that tell what it is."""
LISTED = ("sex", "age_group", "exploitation", "measure", "month")
FEW = 30
"""So many distinct labels are listed in a draft."""


class CannotDraft(UserError, ValueError):
    """No table was found in the file."""


@dataclass(frozen=True)
class Guess:
    """What a column is taken for: its role or why it is left out, its code system, why, labels not read."""

    header: str
    role: str | None
    codes: str | None = None
    why: str = ""
    left_out: str = ""
    dates: str = ""
    unread: tuple[str, ...] = ()
    is_years: bool = False


@dataclass(frozen=True)
class Draft:
    """A drafted format: how the file is laid out and what its columns are."""

    type: str
    sheet: str | None
    header_row: int
    delimiter: str
    guesses: list[Guess]
    wide: str = ""
    fixed_country: str | None = None
    frequency: str = "A"


@dataclass(frozen=True)
class _Column:
    header: str
    texts: tuple[str, ...]
    distinct: tuple[str, ...] = field(default=())

    def share(self, is_one: Callable[[str], bool]) -> float:
        """Which share of the distinct texts is one of a kind."""
        return sum(map(is_one, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    def unread(self, is_one: Callable[[str], bool]) -> tuple[str, ...]:
        return tuple(text for text in self.distinct if not is_one(text))[:FEW]


def draft(file: Path) -> Draft:
    """The draft of a file. Raises CannotDraft, Unreadable, Refused: a draft repeats labels of its sample."""
    guard.refuse_if_too_large(file)
    try:
        guard.refuse_if_personal(file, Card.model_validate({"collection": {**UNTOLD, "frequency": "A"}}))
        sheets = [sheet for sheet in _sheets(file) if not sheet.is_hidden]
    finally:
        reading.forget()
    if not sheets:
        raise CannotDraft("draft.no_table")
    sheet = max(sheets, key=lambda one: one.grid.rows)
    header = _header_row(sheet)
    return _drafted(file, sheet, header)


def _sheets(file: Path) -> list[Sheet]:
    """The sheets; of a text as a card would have it read, if that can be: a quoted mark parts nothing."""
    if reading.container_of(file) is None:
        with suppress(Unreadable):
            return reading.read_sheets(file, File(type="csv", delimiter=_delimiter(file), encoding="cp1252"))
    return reading.look(file, hash_now(file))


def _header_row(sheet: Sheet) -> int:
    """The first of the rows with most texts that are no numbers. Raises CannotDraft."""
    rows = sheet.first(HEADER_WITHIN)
    named = [sum(bool(cell.strip()) and not _is_number(cell) for cell in row) for row in rows]
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    most = max(filled, default=0)
    found = [n for n, count in enumerate(filled) if count >= most * MOST and named[n]]
    if most < 2 or not found:
        raise CannotDraft("draft.no_table")
    return found[0]


def _drafted(file: Path, sheet: Sheet, header: int) -> Draft:
    names = [name.strip() for name in sheet.grid.row(header)]
    rows = [sheet.grid.row(n) for n in range(header + 1, min(sheet.grid.rows, header + 1 + SAMPLE))]
    columns = [
        _column(name, [row[n] if n < len(row) else "" for row in rows])
        for n, name in enumerate(names)
        if name
    ]
    across = [c for c in columns if _is_period(c.header)] or [
        c for c in columns if codelists.find("month", c.header) and c.share(_is_number) >= MOST
    ]
    wide = _pattern(across) if len(across) > 1 else ""
    plain = [column for column in columns if not (wide and column in across)]
    found = [_guess(column) for column in plain]
    guesses = _settled(found, plain, has_values=not wide, has_months="<month>" in wide)
    container = reading.container_of(file)
    return Draft(
        type=_type(file, container),
        sheet=sheet.name,
        header_row=header + 1,
        delimiter=_delimiter(file) if container is None else ",",
        guesses=guesses,
        wide=wide,
        fixed_country=None,
        frequency=_frequency(guesses, columns, across),
    )


def _column(name: str, texts: list[str]) -> _Column:
    said = tuple(text.strip() for text in texts if text.strip())
    return _Column(name, said, tuple(dict.fromkeys(said)))


# ---- what a column is ------------------------------------------------------------------------------


def _guess(column: _Column) -> Guess:
    """What a column is by its own values, and where these leave it open by its header."""
    if not column.distinct:
        return Guess(column.header, None, left_out="blank", why="blank")
    for look in (_as_month, _as_days, _as_period, _as_listed, _as_country, _as_persons, _as_number):
        if found := look(column):
            return found
    unknown = Guess(column.header, None, left_out="labels", why="labels", unread=column.distinct[:FEW])
    return _by_header(column) or unknown


def _as_period(column: _Column) -> Guess | None:
    enough = HALF if _role_of(column.header, ("period",)) else NEARLY_ALL  # beside spans: 2020-2023
    if column.share(_is_period) >= enough:
        is_years = column.share(_is_year) == 1
        return Guess(
            column.header, "period", why="periods", unread=column.unread(_is_period), is_years=is_years
        )
    return None


def _as_month(column: _Column) -> Guess | None:
    """A column of months by their numbers, if its header says so."""
    if _role_of(column.header, ("month",)) and column.share(_is_month) >= NEARLY_ALL:
        return Guess(column.header, "month", why="listed", unread=column.unread(_is_month))
    return None


def _as_days(column: _Column) -> Guess | None:
    """Numbers that are days counted from a beginning, nearly all of them the first of a month."""
    numbers = [float(text) for text in column.distinct if _DAYS.fullmatch(text)]
    if len(numbers) < max(2, NEARLY_ALL * len(column.distinct)):
        return None
    for form, first in COUNTED_FROM.items():
        days = [first + timedelta(days=int(number)) for number in numbers]
        if sum(day.day == 1 and 1950 <= day.year <= 2100 for day in days) >= NEARLY_ALL * len(days):
            return Guess(column.header, "period", why="days", dates=form)
    return None


_DAYS = re.compile(r"\d{4,5}(\.0)?")


def _as_persons(column: _Column) -> Guess | None:
    """Labels of age, or of age and sex in one."""
    told = [text for text in column.distinct if not _bears(text, "label_unknown")]
    by_sex, by_age = (sum(_bears(text, name) for text in told) for name in ("label_sex", "label_age"))
    ranges = sum(bool(_AGES.search(text)) for text in told)
    if not told or max(by_sex, by_age, ranges) * 2 < len(told):
        return None
    role = "dimensions" if by_sex else "age_group"
    return Guess(column.header, role, why="persons", unread=column.distinct[:FEW])


def _as_listed(column: _Column) -> Guess | None:
    if column.share(_is_number) >= MOST:
        return None
    for name in LISTED:
        known = _knows(name)
        if column.share(known) >= MOST:
            return Guess(column.header, name, why="listed", unread=column.unread(known))
    return None


def _as_country(column: _Column) -> Guess | None:
    if column.share(_is_number) >= MOST or column.share(_is_country) < MOST:
        return None
    system = (
        "iso3" if column.share(_is_alpha3) >= MOST else "iso2" if column.share(_is_alpha2) >= MOST else "any"
    )
    named = _role_of(column.header, ("citizenship", "counterpart_country", "reporting_country"))
    all_members = column.share(_is_member) == 1
    role = named or ("reporting_country" if all_members else "citizenship")
    return Guess(column.header, role, system, why="countries", unread=column.unread(_is_country))


def _as_number(column: _Column) -> Guess | None:
    if column.share(_is_number) < MOST:
        return None
    if named := _role_of(column.header, ("area",)):
        return Guess(column.header, named, why="header")
    return Guess(column.header, "value", why="numbers", unread=column.unread(_is_number))


def _by_header(column: _Column) -> Guess | None:
    if role := _role_of(column.header, ("measure", "area", "legal_basis")):
        return Guess(column.header, role, why="header", unread=column.distinct[:FEW])
    if len(column.distinct) == 1:
        return Guess(column.header, None, left_out="constant", why="constant", unread=column.distinct)
    return None


def _settled(
    guesses: list[Guess], columns: list[_Column], *, has_values: bool, has_months: bool
) -> list[Guess]:
    """One column of values and one of periods, and no column that says again what another says."""
    settled = list(guesses)
    values = [n for n, guess in enumerate(settled) if guess.role == "value"]
    chosen = _values_of(values, settled, columns) if has_values else None
    for n in values:
        if n != chosen:
            settled[n] = Guess(settled[n].header, None, left_out="another_number", why="another_number")
    settled = _year_and_month(settled, has_months)
    has_year = any(guess.role == "year" for guess in settled)
    for n, guess in enumerate(settled):
        if has_year and guess.role == "period":
            settled[n] = Guess(guess.header, None, left_out="said_again", why="said_again")
    for role in ("reporting_country", "citizenship", "period"):
        same = [n for n, guess in enumerate(settled) if guess.role == role]
        order = {n: (settled[n].codes != "iso3", -len(columns[n].distinct), n) for n in same}
        kept = min(same, key=order.__getitem__, default=None)
        for n in same:
            if n != kept:
                settled[n] = Guess(settled[n].header, None, left_out="said_again", why="said_again")
    return settled


def _values_of(values: list[int], guesses: list[Guess], columns: list[_Column]) -> int | None:
    """Which numbers are the figures: by the header's word, else the last of those that vary most."""
    named = [n for n in values if _role_of(guesses[n].header, ("value",))]
    pool = named or values
    return max(pool, key=lambda n: (len(columns[n].distinct), n), default=None)


def _year_and_month(guesses: list[Guess], has_months: bool) -> list[Guess]:
    """Where months stand in a column of their own, the periods beside them are years."""
    if not (has_months or any(guess.role == "month" for guess in guesses)):
        return guesses
    return [
        replace(guess, role="year") if guess.role == "period" and guess.is_years else guess
        for guess in guesses
    ]


# ---- what a text is ----------------------------------------------------------------------------------


def _is_number(text: str) -> bool:
    return text.strip().lstrip("<>≤≥-−").translate(_MARKS).isdecimal()


_MARKS = str.maketrans("", "", ",. \u00a0\u202f")
"""What stands between the digits of a number."""


def _is_period(text: str) -> bool:
    return periods.read(text.strip()) is not None or _day(text) is not None


def _day(text: str) -> date | None:
    """The day that a text writes as 2024-01-31, with or without a time."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal()


def _is_month(text: str) -> bool:
    return codelists.find("month", text) is not None or (text.isdecimal() and 1 <= int(text) <= 12)


def _bears(text: str, name: str) -> bool:
    """Whether a label bears one of the words of a list."""
    return not _words_of(text).isdisjoint(_words()[name])


def _words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", fold(text)))


_AGES = re.compile(r"\d+\s*(?:-|–|a)\s*\d+|\d+\s*\+|[<>≤≥]\s*\d+")


def _is_country(text: str) -> bool:
    return countries.resolve(text).code is not None


def _is_alpha3(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isupper()


def _is_alpha2(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isupper()


def _is_member(text: str) -> bool:
    return countries.resolve(text).code in _members()


@cache
def _members() -> frozenset[str]:
    return frozenset(one.member for one in load() if one.grouping == DEFAULT)


def _knows(name: str) -> Callable[[str], bool]:
    return lambda text: codelists.find(name, text) is not None


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {role: tuple(map(fold, table["words"])) for role, table in told.items()}


def _role_of(header: str, roles: Iterable[str]) -> str | None:
    """The first of the roles of which the header bears a word."""
    name = fold(header)
    for role in roles:
        if any(name == word or (len(word) > 2 and name.startswith(word)) for word in _words()[role]):
            return role
    return None


# ---- how the file is laid out ------------------------------------------------------------------------


def _pattern(across: list[_Column]) -> str:
    """The headers that are periods, as a pattern of the card."""
    years = all(len(column.header) == 4 and column.header.isdecimal() for column in across)
    if years:
        return r"(?P<period>\d{4})"
    named = "|".join(re.escape(column.header) for column in across)
    return f"(?P<{'period' if _is_period(across[0].header) else 'month'}>{named})"


def _type(file: Path, container: str | None) -> str:
    ending = file.suffix.lower().lstrip(".")
    if container in ("zip", "ole") and ending in ("xlsx", "xls", "ods"):
        return ending
    return {"zip": "xlsx", "ole": "xls"}.get(container or "", "csv")


def _delimiter(file: Path) -> str:
    with file.open("rb") as source:
        start = source.read(10_000).decode("utf-8", "replace")
    return max(",;\t|", key=start.count)


def _frequency(guesses: list[Guess], columns: list[_Column], across: list[_Column]) -> str:
    """How often: by the shortest period that is named."""
    if any(guess.role == "month" for guess in guesses):
        return "M"
    named = {guess.header for guess in guesses if guess.role == "period"}
    texts = [text for column in columns if column.header in named for text in column.distinct]
    texts += [column.header for column in across]
    read = [period for text in texts if (period := periods.read(text))]
    starts = {period.start.month for period in read} | {day.month for text in texts if (day := _day(text))}
    if any(guess.dates for guess in guesses):
        return "M"
    found = {period.frequency for period in read}
    if "M" in found or len(starts) > 4:
        return "M"
    return "Q" if "Q" in found or len(starts) > 1 else "A"


# ---- the draft as a card -------------------------------------------------------------------------------


def card(drafted: Draft, lang: str, told: Mapping[str, object] | None = None) -> str:
    """The TOML of a drafted card, each guess with its reason; what nobody has `told` of it says TODO."""
    lines = [f"# {say('draft.head', lang)}", "[collection]"]
    lines += [f"{name} = {_toml(value)}" for name, value in {**UNTOLD, **(told or {})}.items()]
    lines += [
        f"frequency = {_toml(drafted.frequency)}",
        "",
        "[[format]]",
        'name = "own"',
        _file_line(drafted),
    ]
    key = [g.header for g in drafted.guesses if g.role and g.role != "value"]
    lines += [f"key = {_toml(key)}", ""]
    if drafted.wide:
        lines += [f"wide = {{ pattern = {_toml(drafted.wide)} }}", ""]
    for guess in drafted.guesses:
        lines += _column_lines(guess, lang)
    return "\n".join(lines).rstrip() + "\n"


UNTOLD: dict[str, object] = {
    "provider_kind": "national_authority",
    "kind": "counts",
    "family": "trafficking",
    "titles": {"es": "TODO", "en": "TODO"},
    "citation": "TODO",
    "licence": "TODO",
    "measure": "victims_detected",
    "delivery": "full",
    "on_error": "quarantine_rows",
    "confidentiality": "internal",
}
"""What no file says, as carefully as it can be: a person completes it before anything is read."""


def _file_line(drafted: Draft) -> str:
    told: dict[str, object] = {"type": drafted.type}
    if drafted.delimiter != ",":
        told["delimiter"] = drafted.delimiter
    if drafted.sheet:
        told["sheets"] = [drafted.sheet]
    if drafted.header_row > 1:
        told["header_row"] = drafted.header_row
    return f"file = {_toml(told)}"


def why(guess: Guess, lang: str) -> str:
    """Why a column is taken for what it is taken for."""
    return say(f"draft.{guess.why}", lang)


def _column_lines(guess: Guess, lang: str) -> list[str]:
    """The table of one column, its reason beside it."""
    because = why(guess, lang)
    unread = f" {say('draft.unread', lang, labels=', '.join(guess.unread))}" if guess.unread else ""
    told: dict[str, object] = {"role": guess.role} if guess.role else {"ignore": f"TODO: {because}"}
    told |= {"codes": guess.codes} if guess.codes else {}
    told |= {"dates": guess.dates} if guess.dates else {}
    if guess.role == "dimensions":
        told["map"] = dict.fromkeys(guess.unread, "TODO")
    return [
        f"[format.columns.{json.dumps(guess.header, ensure_ascii=False)}]  # {_one_line(because + unread)}",
        *(f"{name} = {_toml(value)}" for name, value in told.items()),
        "",
    ]


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
