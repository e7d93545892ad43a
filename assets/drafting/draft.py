"""Draft of a card from a sample file: the guessed role of each column, with a reason. A person confirms it.

The values of a column decide first (years, months, countries, codes of a list, numbers); the words of its
header decide between the remaining roles (draft.toml).
"""

from __future__ import annotations

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
from schemas.cards.card_codes import LABELLED_ROLES
from schemas.cards.card_file import File
from schemas.cards.format_card import Card
from schemas.codelists import fold
from schemas.date_forms import COUNTED_FROM
from schemas.groupings import DEFAULT_GROUPING, load
from schemas.toml_lines import one_line, toml_value
from schemas.words import UserError, say

MAX_HEADER_ROW = 20
SAMPLE_ROWS = 5_000
"""Number of rows below the header that are examined."""
HALF, LARGE_SHARE, NEARLY_ALL = 0.5, 0.8, 0.95
"""Shares of the distinct texts of a column that suffice for a guess."""
CODED_ROLES = ("sex", "age_group", "exploitation", "measure", "month")
MAX_LABELS = 30
"""Most distinct labels that a draft lists."""


class CannotDraft(UserError, ValueError):
    """The file contains no table."""


@dataclass(frozen=True)
class Guess:
    """Guess for a column: role or reason to leave it out, code system, reason, and labels not recognised."""

    header: str
    role: str | None
    codes: str | None = None
    reason: str = ""
    left_out: str = ""
    dates: str = ""
    unread: tuple[str, ...] = ()
    is_years: bool = False
    only: tuple[str, ...] = ()
    """Texts that the column has in every row."""
    keep: tuple[str, ...] = ()
    """Labels of the rows in scope."""
    is_summed: bool = False
    """True if rows that differ in the column have one key without it."""
    totals: tuple[str, ...] = ()
    """Labels of rows that sum the others."""
    map: Mapping[str, object] = field(default_factory=dict)
    """Label → code, or codes of several roles, as a person chose."""


@dataclass(frozen=True)
class Draft:
    """A drafted format: the layout of the file and the roles of its columns."""

    type: str
    sheet: str | None
    header_row: int
    delimiter: str
    guesses: list[Guess]
    wide: str = ""
    frequency: str = "A"
    encoding: str = ""
    other_sheets: tuple[str, ...] = ()
    copies: int = 0
    """Rows that repeat an earlier one word for word."""

    @property
    def is_of_persons(self) -> bool:
        """True if no column has figures: each row is a person."""
        return _is_register(self.guesses, self.wide)

    @property
    def key(self) -> list[str]:
        """Columns that together name a figure."""
        outside_key = (None, "value", "note", "case_id")
        columns = [g for g in self.guesses if g.role not in outside_key or g.is_summed or g.keep]
        return [guess.header for guess in columns]


@dataclass(frozen=True)
class _Column:
    header: str
    texts: tuple[str, ...]
    distinct: tuple[str, ...] = field(default=())
    cells: tuple[str, ...] = field(default=())

    def share(self, matches: Callable[[str], bool]) -> float:
        """Return the share of the distinct texts that match."""
        return sum(map(matches, self.distinct)) / len(self.distinct) if self.distinct else 0.0

    def unread(self, matches: Callable[[str], bool]) -> tuple[str, ...]:
        return tuple(text for text in self.distinct if not matches(text))[:MAX_LABELS]


def draft_card(file: Path) -> Draft:
    """Draft the card of a file.

    Raises CannotDraft, Unreadable; RefusedFile, because a draft repeats labels.
    """
    guard.refuse_if_too_large(file)
    guard.refuse_if_personal(file, Card.model_validate({"collection": {**PLACEHOLDERS, **_STRICTEST}}))
    sheets = [sheet for sheet in _sheets(file) if not sheet.is_hidden]
    if not sheets:
        raise CannotDraft("draft.no_table")
    sheet = max(sheets, key=lambda candidate: candidate.grid.rows)
    other_sheets = tuple(other.name or "" for other in sheets if other is not sheet)
    return replace(_draft_sheet(file, sheet, _header_row(sheet)), other_sheets=other_sheets)


def _sheets(file: Path) -> list[Sheet]:
    """Read the sheets, and a text file as for a card if possible: quoted delimiters then do not split."""
    if reading.container_of(file) is None:
        with suppress(Unreadable):
            return reading.read_sheets(file, File(type="csv", delimiter=_delimiter(file), encoding="cp1252"))
    return reading.read_for_inspection(file)


def _header_row(sheet: Sheet) -> int:
    """Return the first of the fullest rows that has texts besides numbers. Raises CannotDraft."""
    rows = sheet.first(MAX_HEADER_ROW)
    text_counts = [sum(bool(cell.strip()) and not _is_number(cell) for cell in row) for row in rows]
    filled_counts = [sum(bool(cell.strip()) for cell in row) for row in rows]
    widest = max(filled_counts, default=0)
    candidates = [
        n for n, count in enumerate(filled_counts) if count >= widest * LARGE_SHARE and text_counts[n]
    ]
    if widest < 2 or not candidates:
        raise CannotDraft("draft.no_table")
    return candidates[0]


def _draft_sheet(file: Path, sheet: Sheet, header_row: int) -> Draft:
    names = [name.strip() for name in sheet.grid.row(header_row)]
    rows = [
        sheet.grid.row(n) for n in range(header_row + 1, min(sheet.grid.rows, header_row + 1 + SAMPLE_ROWS))
    ]
    columns = [
        _to_column(name, [row[n] if n < len(row) else "" for row in rows])
        for n, name in enumerate(names)
        if name
    ]
    period_columns = [c for c in columns if _is_period(c.header)] or [c for c in columns if _is_of_month(c)]
    has_figures = any(column.distinct for column in period_columns)
    wide = _header_pattern(period_columns) if len(period_columns) > 1 and has_figures else ""
    other_columns = [column for column in columns if not (wide and column in period_columns)]
    guesses_by_column = [_guess_role(column) for column in other_columns]
    guesses = _resolve_conflicts(
        guesses_by_column, other_columns, has_values=not wide, has_months="<month>" in wide
    )
    container = reading.container_of(file)
    if _is_register(guesses, wide):
        guesses = [*map(_as_case_number, guesses, other_columns)]
    else:
        guesses = _add_sums(guesses, other_columns)
    return Draft(
        type=_file_type(file, container),
        sheet=sheet.name,
        header_row=header_row + 1,
        delimiter=_delimiter(file) if container is None else ",",
        guesses=guesses,
        wide=wide,
        frequency=_frequency(guesses, columns, period_columns),
        encoding="" if container or _is_utf8(file) else "cp1252",
        copies=len(rows) - len({tuple(cell.strip() for cell in row) for row in rows}),
    )


def _is_of_month(column: _Column) -> bool:
    """Check if the header is a month and the column has numbers, or nothing yet."""
    is_month = codelists.find("month", column.header) is not None
    return is_month and (not column.distinct or column.share(_is_number) >= LARGE_SHARE)


def _is_register(guesses: Iterable[Guess], wide: str) -> bool:
    return not wide and not any(guess.role == "value" for guess in guesses)


def _as_case_number(guess: Guess, column: _Column) -> Guess:
    """Return the guess of a register's column: a number that no two rows share is that of the case."""
    is_number = guess.left_out == "identifier" and len(column.distinct) == len(column.cells)
    return Guess(guess.header, "case_id", reason="identifier") if is_number else guess


def _add_sums(guesses: list[Guess], columns: list[_Column]) -> list[Guess]:
    """Mark the columns of labels without which rows would share a key: their rows add up."""
    pairs = zip(guesses, columns, strict=True)
    in_key = [column.cells for g, column in pairs if g.role not in (None, "value") or g.keep]
    marked_guesses = list(guesses)
    for n, (guess, column) in enumerate(zip(guesses, columns, strict=True)):
        is_label = guess.left_out == "labels" and not guess.keep
        if is_label and not _role_by_header(guess.header, ("ignore",)):
            distinct = len({*zip(*in_key, strict=True)}) if in_key else 1
            if len({*zip(*in_key, column.cells, strict=True)}) > distinct < len(column.cells):
                marked_guesses[n] = replace(guess, is_summed=True, left_out="", reason="summed", unread=())
                in_key.append(column.cells)
    return marked_guesses


def _to_column(name: str, texts: list[str]) -> _Column:
    cells = tuple(text.strip() for text in texts)
    filled_texts = tuple(filter(None, cells))
    return _Column(name, filled_texts, tuple(dict.fromkeys(filled_texts)), cells)


# ---- role of a column ------------------------------------------------------------------------------


def _guess_role(column: _Column) -> Guess:
    """Guess the role of a column from its values, and from its header if these leave several roles."""
    if not column.distinct:
        return Guess(column.header, None, left_out="blank", reason="blank", only=("",))
    for guess in (
        _guess_month,
        _guess_days,
        _guess_period,
        _guess_coded,
        _guess_country,
        _guess_persons,
        _guess_number,
    ):
        if result := guess(column):
            return result
    unknown = Guess(
        column.header, None, left_out="labels", reason="labels", unread=column.distinct[:MAX_LABELS]
    )
    return _guess_scope(column) or _guess_by_header(column) or unknown


def _guess_scope(column: _Column) -> Guess | None:
    """Guess a column of which some labels name trafficking or smuggling of persons, and others do not."""
    labels = tuple(
        text
        for text in column.distinct
        if _contains_word(text, "in_scope") and not _contains_word(text, "out_of_scope")
    )
    if not labels or len(labels) in (len(column.distinct), MAX_LABELS):
        return None
    return Guess(column.header, None, left_out="labels", reason="scope", keep=labels)


def _guess_period(column: _Column) -> Guess | None:
    is_period_header = _role_by_header(column.header, ("period",)) is not None
    required_share = HALF if is_period_header else NEARLY_ALL  # such a column may have spans: 2020-2023
    if column.share(_is_period) >= required_share:
        is_years = column.share(_is_year) == 1
        return Guess(
            column.header, "period", reason="periods", unread=column.unread(_is_period), is_years=is_years
        )
    return None


def _guess_month(column: _Column) -> Guess | None:
    """Guess a column of month numbers if its header names months."""
    if _role_by_header(column.header, ("month",)) and column.share(_is_month) >= NEARLY_ALL:
        return Guess(column.header, "month", reason="listed", unread=column.unread(_is_month))
    return None


def _guess_days(column: _Column) -> Guess | None:
    """Guess a column of days counted from a start date, nearly all of them the first of a month."""
    numbers = [float(text) for text in column.distinct if _DAYS.fullmatch(text)]
    if len(numbers) < max(2, NEARLY_ALL * len(column.distinct)):
        return None
    for form, first in COUNTED_FROM.items():
        days = [first + timedelta(days=int(number)) for number in numbers]
        if sum(day.day == 1 and 1950 <= day.year <= 2100 for day in days) >= NEARLY_ALL * len(days):
            return Guess(column.header, "period", reason="days", dates=form)
    return None


_DAYS = re.compile(r"\d{4,5}(\.0)?")


def _guess_persons(column: _Column) -> Guess | None:
    """Guess a column of labels of age, or of age and sex."""
    labels = [text for text in column.distinct if not _contains_word(text, "label_unknown")]
    by_sex, by_age = (
        sum(_contains_word(text, name) for text in labels) for name in ("label_sex", "label_age")
    )
    ranges = sum(bool(_AGE_RANGE.search(text)) for text in labels)
    if not labels or max(by_sex, by_age, ranges) * 2 < len(labels):
        return None
    role = "dimensions" if by_sex else "age_group"
    return Guess(column.header, role, reason="persons", unread=column.distinct[:MAX_LABELS])


def _guess_coded(column: _Column) -> Guess | None:
    if column.share(_is_number) >= LARGE_SHARE:
        return None
    for name in CODED_ROLES:
        is_code = _code_matcher(name)
        if column.share(is_code) >= LARGE_SHARE:
            return Guess(column.header, name, reason="listed", unread=column.unread(is_code))
    return None


def _guess_country(column: _Column) -> Guess | None:
    if column.share(_is_number) >= LARGE_SHARE or column.share(_is_country) < LARGE_SHARE:
        return None
    system = (
        "iso3"
        if column.share(_is_alpha3) >= LARGE_SHARE
        else "iso2"
        if column.share(_is_alpha2) >= LARGE_SHARE
        else "any"
    )
    role_of_header = role_of_places(column.header)
    if role_of_header == "area":  # some towns have names of countries
        return None
    all_members = column.share(_is_member) == 1
    role = role_of_header or ("reporting_country" if all_members else "citizenship")
    totals = tuple(text for text in column.distinct if countries.resolve(text).reason == "total")
    unread = tuple(text for text in column.unread(_is_country) if text not in totals)
    return Guess(column.header, role, system, reason="countries", unread=unread, totals=totals)


def _guess_number(column: _Column) -> Guess | None:
    if column.share(_is_number) < LARGE_SHARE:
        return None
    if role_of_header := _role_by_header(column.header, ("area",)):
        return Guess(column.header, role_of_header, reason="header", unread=column.distinct[:MAX_LABELS])
    if _contains_word(column.header, "identifier") and len(column.distinct) >= HALF * len(column.cells):
        return Guess(column.header, None, left_out="identifier", reason="identifier")
    return Guess(column.header, "value", reason="numbers", unread=column.unread(_is_number))


def _guess_by_header(column: _Column) -> Guess | None:
    if role := _role_by_header(column.header, ("measure", "area", "legal_basis")):
        return Guess(column.header, role, reason="header", unread=column.distinct[:MAX_LABELS])
    if len(column.distinct) == 1:
        cells = tuple(dict.fromkeys(column.cells))
        return Guess(column.header, None, left_out="constant", reason="constant", only=cells)
    return None


def _resolve_conflicts(
    guesses: list[Guess], columns: list[_Column], *, has_values: bool, has_months: bool
) -> list[Guess]:
    """Keep a single column of values and of periods, and drop columns that repeat another column."""
    resolved = list(guesses)
    values = [n for n, guess in enumerate(resolved) if guess.role == "value"]
    value_column = _choose_values(values, resolved, columns) if has_values else None
    for n in values:
        if n != value_column:
            resolved[n] = Guess(resolved[n].header, None, left_out="another_number", reason="another_number")
    resolved = _periods_to_years(resolved, has_months)
    has_year = any(guess.role == "year" for guess in resolved)
    for n, guess in enumerate(resolved):
        if has_year and guess.role == "period":
            resolved[n] = Guess(guess.header, None, left_out="said_again", reason="said_again")
    for role in ("reporting_country", "citizenship", "period", "month"):
        columns_of_role = [n for n, guess in enumerate(resolved) if guess.role == role]
        order = {
            n: (
                role_of_places(resolved[n].header) != role,
                resolved[n].codes != "iso3",
                -len(columns[n].distinct),
                n,
            )
            for n in columns_of_role
        }
        kept_column = min(columns_of_role, key=order.__getitem__, default=None)
        for n in columns_of_role:
            if n != kept_column:
                resolved[n] = Guess(resolved[n].header, None, left_out="said_again", reason="said_again")
    return resolved


def _choose_values(values: list[int], guesses: list[Guess], columns: list[_Column]) -> int | None:
    """Return the column of values: by its header, otherwise the last of the most varied columns."""
    columns_by_header = [n for n in values if _role_by_header(guesses[n].header, ("value",))]
    candidates = columns_by_header or values
    return max(candidates, key=lambda n: (len(columns[n].distinct), n), default=None)


def _periods_to_years(guesses: list[Guess], has_months: bool) -> list[Guess]:
    """If months have a column of their own, turn columns of periods into columns of years."""
    if not (has_months or any(guess.role == "month" for guess in guesses)):
        return guesses
    return [
        replace(guess, role="year") if guess.role == "period" and guess.is_years else guess
        for guess in guesses
    ]


# ---- kinds of texts -----------------------------------------------------------------------------------


def _is_number(text: str) -> bool:
    return text.strip().lstrip("<>≤≥-−").translate(_DIGIT_SEPARATORS).isdecimal()


_DIGIT_SEPARATORS = str.maketrans("", "", ",. \u00a0\u202f")
"""Characters between the digits of a number."""


def _is_period(text: str) -> bool:
    return periods.read(text.strip()) is not None or _parse_day(text) is not None


def _parse_day(text: str) -> date | None:
    """Parse a day written as 2024-01-31, with or without a time."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdecimal()


def _is_month(text: str) -> bool:
    return codelists.find("month", text) is not None or (text.isdecimal() and 1 <= int(text) <= 12)


def _contains_word(text: str, name: str) -> bool:
    """True if a label contains a word of a list."""
    return not _split_words(text).isdisjoint(_role_words()[name])


def _split_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", fold(text)))


_AGE_RANGE = re.compile(r"\d+\s*(?:-|–|a)\s*\d+|\d+\s*\+|[<>≤≥]\s*\d+")


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
    return frozenset(membership.member for membership in load() if membership.grouping == DEFAULT_GROUPING)


def _code_matcher(name: str) -> Callable[[str], bool]:
    return lambda text: codelists.find(name, text) is not None


@cache
def _role_words() -> Mapping[str, tuple[str, ...]]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {role: tuple(map(fold, table["words"])) for role, table in tables.items()}


def _role_by_header(header: str, roles: Iterable[str]) -> str | None:
    """Return the first role that has a word of the header."""
    name = fold(header)
    for role in roles:
        if any(name == word or (len(word) > 2 and name.startswith(word)) for word in _role_words()[role]):
            return role
    return None


_ROLES_OF_PLACES = ("citizenship", "counterpart_country", "reporting_country", "area")


def role_of_places(header: str) -> str | None:
    """Return the role that a header of countries or other places suggests."""
    return _role_by_header(header, _ROLES_OF_PLACES)


# ---- layout of the file -------------------------------------------------------------------------------


def _header_pattern(period_columns: list[_Column]) -> str:
    """Write the headers that are periods as a pattern of the card."""
    are_years = all(len(column.header) == 4 and column.header.isdecimal() for column in period_columns)
    if are_years:
        return r"(?P<period>\d{4})"
    headers = "|".join(re.escape(column.header) for column in period_columns)
    return f"(?P<{'period' if _is_period(period_columns[0].header) else 'month'}>{headers})"


def _file_type(file: Path, container: str | None) -> str:
    suffix = file.suffix.lower().lstrip(".")
    if container in ("zip", "ole") and suffix in ("xlsx", "xls", "ods"):
        return suffix
    return {"zip": "xlsx", "ole": "xls"}.get(container or "", "csv")


def _delimiter(file: Path) -> str:
    with file.open("rb") as source:
        start = source.read(10_000).decode("utf-8", "replace")
    return max(",;\t|", key=start.count)


def _is_utf8(file: Path) -> bool:
    try:
        file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _frequency(guesses: list[Guess], columns: list[_Column], period_columns: list[_Column]) -> str:
    """Return the frequency of the shortest period found."""
    if any(guess.role == "month" for guess in guesses):
        return "M"
    period_headers = {guess.header for guess in guesses if guess.role == "period"}
    texts = [text for column in columns if column.header in period_headers for text in column.distinct]
    texts += [column.header for column in period_columns]
    parsed = [period for text in texts if (period := periods.read(text))]
    starts = {period.start.month for period in parsed} | {
        day.month for text in texts if (day := _parse_day(text))
    }
    if any(guess.dates for guess in guesses):
        return "M"
    frequencies = {period.frequency for period in parsed}
    if "M" in frequencies or len(starts) > 4:
        return "M"
    return "Q" if "Q" in frequencies or len(starts) > 1 else "A"


# ---- the draft as a card -------------------------------------------------------------------------------


def render_card(file_draft: Draft, lang: str, known_fields: Mapping[str, object] | None = None) -> str:
    """Write a drafted card as TOML, each guess with its reason; fields not in `known_fields` are TODO.

    With `known_fields` a person has confirmed the columns, and no reason is TODO.
    """
    is_confirmed = known_fields is not None
    lines = [] if is_confirmed else [f"# {say('draft.head', lang)}"]
    if file_draft.other_sheets:
        names = one_line(", ".join(file_draft.other_sheets))
        lines.append(f"# {say('draft.other_sheets', lang, names=names)}")
    fields = PLACEHOLDERS | (OF_PERSONS if file_draft.is_of_persons else {}) | dict(known_fields or {})
    lines += ["[collection]", *(f"{name} = {toml_value(value)}" for name, value in fields.items())]
    lines += [
        f"frequency = {toml_value(file_draft.frequency)}",
        "",
        "[[format]]",
        'name = "own"',
        _file_line(file_draft),
    ]
    lines += [f"key = {toml_value(file_draft.key)}"]
    if kept_labels := {guess.header: list(guess.keep) for guess in file_draft.guesses if guess.keep}:
        lines += [f"keep = {toml_value(kept_labels)}"]
    if file_draft.is_of_persons and not any(g.role == "case_id" for g in file_draft.guesses):
        lines += [f"persons = {toml_value(_reason('persons_unnumbered', lang, is_confirmed))}"]
    lines += [""]
    if file_draft.wide:
        lines += [f"wide = {{ pattern = {toml_value(file_draft.wide)} }}", ""]
    for guess in file_draft.guesses:
        lines += _column_lines(guess, lang, is_confirmed)
    for guess in file_draft.guesses:
        lines += _totals_lines(guess, lang) if guess.totals else []
    if file_draft.copies:
        lines += [f"# {line}" for line in _copies_lines(file_draft.copies, lang)]
    return "\n".join(lines).rstrip() + "\n"


def _totals_lines(guess: Guess, lang: str) -> list[str]:
    """Write the table of rows that sum the others."""
    where = toml_value({guess.header: list(guess.totals)})
    reason = toml_value(say("draft.total", lang))
    return [
        "[[format.totals]]",
        f"where = {where}",
        f"over = {toml_value(guess.header)}",
        f"reason = {reason}",
        "",
    ]


def _copies_lines(copies: int, lang: str) -> list[str]:
    """Write the table that takes one of identical rows; a person has to know why there are several."""
    return [say("draft.copies", lang, n=copies), "[[format.duplicates]]", 'do = "take_one"', 'reason = ""']


def _reason(name: str, lang: str, is_confirmed: bool) -> str:
    return say(f"draft.{name}", lang) if is_confirmed else f"TODO: {say(f'draft.{name}', lang)}"


PLACEHOLDERS: dict[str, object] = {
    "provider_kind": "national_authority",
    "kind": "counts",
    "family": "TODO",
    "titles": {"es": "TODO", "en": "TODO"},
    "citation": "TODO",
    "licence": "TODO",
    "measure": "TODO",
    "delivery": "full",
    "on_error": "quarantine_rows",
    "confidentiality": "internal",
}
"""Fields that no file contains, with cautious values: a person completes them before a file is read."""

OF_PERSONS: dict[str, object] = {"kind": "cases", "confidentiality": "cases"}
"""Fields of a register with a row per person."""

_STRICTEST = {"family": "trafficking", "measure": "victims_detected", "frequency": "A"}
"""Fields that a card needs before personal data are searched; the search does not depend on them."""


def _file_line(file_draft: Draft) -> str:
    """Write the line `file = {…}` with the keys that differ from their defaults."""
    keys: dict[str, object] = {"type": file_draft.type}
    if file_draft.encoding:
        keys["encoding"] = file_draft.encoding
    if file_draft.delimiter != ",":
        keys["delimiter"] = file_draft.delimiter
    if file_draft.sheet:
        keys["sheets"] = [file_draft.sheet]
    if file_draft.header_row > 1:
        keys["header_row"] = file_draft.header_row
    return f"file = {toml_value(keys)}"


def reason_sentence(guess: Guess, lang: str) -> str:
    """Explain the guess for a column."""
    return say(f"draft.{guess.reason}", lang)


def _column_lines(guess: Guess, lang: str, is_confirmed: bool) -> list[str]:
    """Write the table of a column with the reason as a comment."""
    reason = reason_sentence(guess, lang)
    unread = f" {say('draft.unread', lang, labels=', '.join(guess.unread))}" if guess.unread else ""
    keys: dict[str, object] = {"ignore": reason if is_confirmed else f"TODO: {reason}"}
    if guess.role or guess.keep:
        keys = {"role": guess.role or "selector"}
    elif guess.only:
        keys = {"only": guess.only[0] if len(guess.only) == 1 else list(guess.only)}
    elif guess.is_summed:
        keys = {"sum_over": reason}
    keys |= {"codes": guess.codes} if guess.codes else {}
    keys |= {"dates": guess.dates} if guess.dates else {}
    if guess.role == "dimensions" and not is_confirmed:
        keys["map"] = dict.fromkeys(guess.unread, "TODO")
    elif guess.role in LABELLED_ROLES:
        keys["map"] = {label: label for label in guess.unread if label}
    if guess.map:
        keys["map"] = dict(guess.map)
    return [
        f"[format.columns.{toml_value(guess.header)}]  # {one_line(reason + unread)}",
        *(f"{name} = {toml_value(value)}" for name, value in keys.items()),
        "",
    ]
