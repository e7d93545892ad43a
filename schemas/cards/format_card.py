"""The format card: the grammar that describes a collection's files, and nothing else.

A card is raw/<provider>/<collection>/format.toml. An unknown key is an error that names the file and the key.
assets/intake/records.py reads files by a card; assets/intake/judging/validation.py decides on rows. Guide for
card writers: docs/format_card.md.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from schemas import codelists, date_forms, patterns
from schemas.cards import card_codes
from schemas.cards.card_file import File, OneOrMany, as_list
from schemas.grammar import Address, read_strict
from schemas.records import Declaration, declarations
from schemas.tables import DIMENSIONS
from schemas.words import CONTRACT_LANGUAGES, InvalidValue

ROLES: tuple[str, ...] = (
    "period",
    "year",
    "month",
    "reporting_country",
    "measure",
    *(dimension.name for dimension in DIMENSIONS),
    "value",
    "case_id",
    "selector",
    "note",
    "dimensions",
    "record",
)
"""Content of a column. `selector`: other columns depend on it; `dimensions`: its map fills several roles;
`note`: a remark next to the figure; `record`: declared in schemas/records."""

if TYPE_CHECKING:
    Role = str
else:
    Role = Literal[ROLES]
CodeSystem = Literal["name", "demonym", "iso2", "iso3", "m49", "ioc", "fifa", "icao", "fips", "cbp", "any"]
Language = Literal["es", "en", "fr", "pt"]


class Strict(BaseModel):
    """A table of a TOML file. An unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Titles(Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


class Statement(Titles):
    """A fact that a publication of the provider states, with its addresses."""

    address: Annotated[list[Address], BeforeValidator(as_list)]

    def citation(self, lang: str) -> str:
        """Return the fact and its addresses in a line."""
        return f"{getattr(self, lang)} ({'; '.join(self.address)})"


def _check_forms(forms: list[str]) -> list[str]:
    if unknown := [form for form in forms if not date_forms.is_form(form)]:
        raise InvalidValue("card.no_date_form", names=", ".join(unknown))
    return forms


Forms = Annotated[OneOrMany, AfterValidator(_check_forms)]


class Meaning(BaseModel):
    """Meaning of a label: a code for the column's own role, or codes for several roles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str | None = None
    set: dict[Role, str] = {}
    valid_from: date | None = None
    valid_to: date | None = None
    flag: str | None = None
    reason: str | None = None


def _as_meanings(value: Any) -> Any:
    if isinstance(value, str):
        return [{"code": value}]
    return as_list(value)


Meanings = Annotated[list[Meaning], BeforeValidator(_as_meanings)]


class PeriodRule(Strict):
    """Frequency of dates up to a day, for files whose frequency changes."""

    frequency: Literal["A", "Q", "M"]
    until: date | None = None


LEVELS_JOINED = " / "
"""Separator between the names of a header's levels: `2023 / Mujeres`."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d*)")


class OutsideText(Strict):
    """A text outside the table: in a cell, in the rows above the header, or in the sheet's name."""

    cell: str | None = None
    above: bool = False
    sheet: bool = False
    pattern: str | None = Field(
        default=None, description="the part of the text that is used: its first group, or all"
    )

    @model_validator(mode="after")
    def _check_position(self) -> OutsideText:
        if [self.cell is not None, self.above, self.sheet].count(True) != 1:
            raise InvalidValue("card.one_place")
        if self.cell is not None and not _CELL.fullmatch(self.cell):
            raise InvalidValue("card.no_cell", value=self.cell)
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise InvalidValue("card.no_pattern", value=self.pattern, error=error) from error
        if self.above and self.pattern is None:
            raise InvalidValue("card.above_needs_pattern")
        return self

    def position(self) -> tuple[int, int]:
        """Return row and column of the cell, counted from 0."""
        match = _CELL.fullmatch(self.cell or "")
        assert match is not None
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        return int(match[2]) - 1, column - 1


class Column(Strict):
    """A source column: its role and how its labels are read, or the reason why it is ignored."""

    role: Role | None = None
    also: OneOrMany = Field(default=[], description="other names that the header may have for it")
    pattern: str | None = Field(
        default=None, description="headers that are this column: one if it has a role, else any number"
    )
    at: OutsideText | None = Field(default=None, description="no column of the table but a text outside it")
    fill_down: bool = Field(default=False, description="a blank cell has the value of the cell above it")
    ignore: str | None = None
    codes: CodeSystem | None = None
    language: Language | None = None
    map: dict[str, Meanings] = {}
    blank: str | None = None
    only: OneOrMany | None = None
    set: dict[Role, str] = {}
    optional: bool = False
    sum_over: str | None = Field(default=None, description="the reason why rows that differ in it add up")
    periods: list[PeriodRule] = []
    dates: Forms = Field(default=[], description="forms in which dates are written")
    day: Literal["first", "last", "any"] = Field(default="first", description="the day that names a period")
    by: str | None = None
    case: dict[str, Column] = {}
    _accepted_labels: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def accepted_labels(self) -> Mapping[str, str]:
        """Spelling → code, from decisions.toml, for texts that are otherwise refused."""
        return self._accepted_labels

    def with_accepted_labels(self, labels: Mapping[str, str]) -> Column:
        """Return the column with these accepted spellings."""
        case = {value: variant.with_accepted_labels(labels) for value, variant in self.case.items()}
        column = self.model_copy(update={"case": case})
        column._accepted_labels = labels
        return column

    @model_validator(mode="after")
    def _check_keys(self) -> Column:
        if self.by and not self.case:
            raise InvalidValue("card.by_needs_case")
        if not (self.role or self.ignore or self.only or self.by or self.set or self.sum_over):
            raise InvalidValue("card.says_nothing")
        if self.ignore and self.role:
            raise InvalidValue("card.ignored_with_role")
        _groups_of(self.pattern or "")
        card_codes.refuse_ineffective_keys(self)
        return self

    @property
    def is_group(self) -> bool:
        """True if it describes any number of columns without a role: all headers that match its pattern."""
        return self.pattern is not None and not (self.role or self.by or self.set or self.sum_over)

    def cases(self) -> Iterator[tuple[str | None, Column]]:
        """Yield the column itself, or a variant for each value of the column that it depends on."""
        if self.by is None:
            yield None, self
        else:
            yield from self.case.items()


class Values(Strict):
    """Notation of numbers."""

    thousands: str = ""
    decimal: str = Field(
        default=".", min_length=1, description="a mark, or several marks that are all accepted"
    )
    ranges: str | None = Field(default=None, description="low and high joined by this mark")
    off_by: int = Field(
        default=0,
        ge=0,
        strict=True,
        description="largest difference by which the publisher rounds each number",
    )
    intervals: dict[str, tuple[int, int] | tuple[int]] = {}
    not_available: list[str] = Field(default=[], description="texts of cells that have no value")
    words: dict[str, Literal["not_available", "not_applicable", "zero"]] = Field(
        default={}, description="words in place of a number, besides the usual ones"
    )
    negative: str | None = Field(
        default=None,
        description="the reason why rows below 0 correct others; their sum is 0 or more",
    )
    percent: bool = Field(
        default=False, description="numbers are percentages: `32 %`, or a cell that shows 32%"
    )

    @model_validator(mode="after")
    def _check_marks(self) -> Values:
        if self.thousands and self.thousands in self.decimal and "decimal" in self.model_fields_set:
            raise InvalidValue("card.one_mark", value=self.decimal)
        if reversed_ := [m for m, bounds in self.intervals.items() if bounds != tuple(sorted(bounds))]:
            raise InvalidValue("card.reversed_interval", names=", ".join(reversed_))
        return self


PERCENT = "percent"
"""Unit of the measures that are percentages."""

TEMPLATE = "lineabase_"
"""Prefix of the names of the project's own formats, for example `lineabase_counts_1`."""

LONGEST_MARK = 4
"""Maximum number of characters after a header's name that may be a footnote mark."""


class Wide(Strict):
    """Columns that are values of a dimension, for example years. The pattern must match the whole header.

    Named groups of the pattern fill roles: `(?P<period>\\d{4})`. The matched text is read like a label. A
    header that matches `totals` is the sum of the headers with the same values in the groups of `totals`.
    """

    pattern: str
    totals: str | None = Field(default=None, description="headers of columns that sum the others")
    codes: CodeSystem | None = None
    language: Language | None = None
    map: dict[Role, dict[str, str]] = {}
    dates: Forms = []
    flags: dict[str, str] = Field(default={}, description="marks at a header's end → flag of its values")

    @model_validator(mode="after")
    def _check_pattern(self) -> Wide:
        if unknown_codes := sorted(set(self.flags.values()) - set(codelists.codelist("obs_flag"))):
            raise InvalidValue("card.no_code", codes=", ".join(f"{code} (flag)" for code in unknown_codes))
        groups = _groups_of(self.pattern)
        if unknown := sorted(set(groups) - set(ROLES)):
            raise InvalidValue("card.no_role", names=", ".join(unknown))
        if self.totals is not None:
            has_fewer_groups = set(_groups_of(self.totals)) < set(groups)
            if not has_fewer_groups or "measure" in self._summed_roles:
                raise InvalidValue("card.totals_sum_nothing", value=self.totals)
        if unknown_codes := sorted({*groups, *self.map} - card_codes.HEADER_ROLES):
            raise InvalidValue("card.no_role_of_header", names=", ".join(unknown_codes))
        if missing_groups := sorted(set(self.map) - set(groups)):
            raise InvalidValue("card.no_group", names=", ".join(missing_groups))
        codes = [(role, code) for role, labels in self.map.items() for code in labels.values()]
        if wrong := sorted(f"{code} ({role})" for role, code in codes if not card_codes.is_code(role, code)):
            raise InvalidValue("card.no_code", codes=", ".join(wrong))
        return self

    def column(self, name: str) -> Column | None:
        """Return the value column of a header name, or None if the name does not match."""
        if self._texts_and_codes(name) is None:
            return None
        roles = self._summed_roles if self.sums(name) else []
        totals = {role: codelists.TOTAL for role in roles if card_codes.is_code(role, codelists.TOTAL)}
        return Column(role="value", set={**totals, **self.codes_of(name)})

    @property
    def _summed_roles(self) -> list[str]:
        """Roles over which the columns of totals sum."""
        return [role for role in _groups_of(self.pattern) if role not in _groups_of(self.totals or "")]

    def sums(self, name: str) -> bool:
        """Return True if a column of this name is a sum of others."""
        return self.totals is not None and patterns.match_whole(self.totals, name) is not None

    def codes_of(self, name: str) -> dict[str, str]:
        """Return role → code for a header name. For a sum these are the codes that its parts share."""
        return {role: code for role, (_, code) in (self._texts_and_codes(name) or {}).items() if code}

    def flags_of(self, name: str) -> list[str]:
        """Return the flags for the marks at the end of a header name."""
        return [flag for mark, flag in self.flags.items() if name.endswith(mark)]

    def name_without_mark(self, name: str) -> str | None:
        """Return the name that a header would match without its final mark: `2024` for `2024*`."""
        match = patterns.match_start(self.pattern, name)
        rest = name[match.end() :].strip() if match and match.end() else None
        return match[0].strip() if match and rest and len(rest) <= LONGEST_MARK else None

    def matched_text(self, name: str) -> str:
        """Return the text of the pattern's groups in a header name. The rest is the sender's wording."""
        return LEVELS_JOINED.join(text for text, _ in (self._texts_and_codes(name) or {}).values())

    def unknown_texts(self, name: str) -> dict[str, str]:
        """Return role → text for the parts of a header name that no list holds."""
        return {role: text for role, (text, code) in (self._texts_and_codes(name) or {}).items() if not code}

    def _texts_and_codes(self, name: str) -> dict[str, tuple[str, str | None]] | None:
        """Return role → (text, code) for a header name, or None if it does not match."""
        match = patterns.match_whole((self.totals or "") if self.sums(name) else self.pattern, name)
        if match is None:
            return None
        texts = {role: text for role, text in match.groupdict().items() if text is not None}
        return {role: (text, self._code(role, text.strip())) for role, text in texts.items()}

    def _code(self, role: str, text: str) -> str | None:
        if role == "period":
            text = date_forms.iso_date(text, self.dates) or text
        code = self.map.get(role, {}).get(text) or card_codes.find_code(role, text, self.codes, self.language)
        return code if code and card_codes.is_code(role, code) else None


def _groups_of(pattern: str) -> Mapping[str, int]:
    try:
        return re.compile(pattern).groupindex
    except re.error as error:
        raise InvalidValue("card.no_pattern", value=pattern, error=error) from error


class Duplicates(Strict):
    """Treatment of rows that share a key, with the reason."""

    where: dict[str, OneOrMany] = {}
    do: Literal["sum", "take_one", "quarantine"]
    reason: str


class Totals(Strict):
    """Rows that are sums of others: compared with them, not loaded."""

    where: dict[str, OneOrMany]
    over: str
    of: OneOrMany = Field(default=[], description="labels of the rows that it sums; all others if none")
    reason: str


class LeftOut(Strict):
    """Rows that are out of scope because of a combination of columns, with the reason."""

    where: dict[str, OneOrMany]
    reason: str


class Correction(Strict):
    """A patch to given rows. It fails if the file no longer has the expected value."""

    where: dict[str, str]
    column: str
    expected: str
    value: str
    reason: str
    decided_by: str
    date: date


class Expectations(Strict):
    """Limits for the number of rows and the years of a file."""

    rows: tuple[int, int] | None = None
    years: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _check_bands(self) -> Expectations:
        if any(band and band[0] > band[1] for band in (self.rows, self.years)):
            raise InvalidValue("card.reversed_band")
        return self


class Format(Strict):
    """A shape of the collection's files. A collection may have had several over the years."""

    name: str = "format"
    version: int | None = Field(default=None, description="version of the project's own template")
    file: File
    keep: dict[str, OneOrMany] = {}
    out_of_scope: dict[str, dict[str, str]] = {}
    left_out: list[LeftOut] = []
    key: list[str] = []
    values: Values = Values()
    duplicates: list[Duplicates] = []
    totals: list[Totals] = []
    corrections: list[Correction] = []
    expectations: Expectations = Expectations()
    persons: str | None = Field(
        default=None, description="the reason why each row is another person, though no row has a number"
    )
    wide: Wide | None = None
    set: dict[Role, str] = Field(default={}, description="roles and codes that are the same in every row")
    columns: dict[str, Column]

    def with_accepted_labels(self, labels: Mapping[str, str]) -> Format:
        """Return the format with these accepted spellings of countries."""
        columns = {name: column.with_accepted_labels(labels) for name, column in self.columns.items()}
        return self.model_copy(update={"columns": columns})

    @model_validator(mode="after")
    def _check_columns(self) -> Format:
        column_names = {*self.key, *self.keep, *self.out_of_scope, *(t.over for t in self.totals)}
        column_names |= {column for duplicates in self.duplicates for column in duplicates.where}
        column_names |= {column for total in self.totals for column in total.where}
        column_names |= {column for rows in self.left_out for column in rows.where}
        column_names |= {column.by for column in self.columns.values() if column.by}
        column_names |= {column for patch in self.corrections for column in (*patch.where, patch.column)}
        if missing := sorted(column_names - {n for n, c in self.columns.items() if not c.is_group}):
            raise InvalidValue("card.not_described", names=", ".join(missing))
        roles = {v.role for c in self.columns.values() for _, v in c.cases()}
        if roles == {"record"}:
            return self
        has_persons = self.persons is not None or "case_id" in roles
        if self.persons is not None and roles & {"value", "case_id"}:
            raise InvalidValue("card.persons_have_no_number")
        if self.file.own_headers and has_persons:
            raise InvalidValue("card.own_headers_of_counts")
        if has_persons and any(rule.do == "take_one" for rule in self.duplicates):
            raise InvalidValue("card.take_one_of_counts")
        if self.values.negative is not None and not self.sums_values:
            raise InvalidValue("card.negative_of_sums")
        if "value" not in roles and not has_persons and self.wide is None:
            raise InvalidValue("card.no_value_column")
        if not {"period", "year"} & {*roles, *self.set} and self.wide is None:
            raise InvalidValue("card.no_period_column")
        card_codes.refuse_unknown_codes(self.set)
        for name, labels in self.keep.items():
            card_codes.refuse_ineffective_keep(name, labels, self.columns[name])
        return self

    def fills(self, role: str) -> bool:
        """Return True if a column, label or header gives this role."""
        variants = [v for c in self.columns.values() for _, v in c.cases()]
        labels = [m for v in variants for meanings in v.map.values() for m in meanings]
        roles = {*self.set, *(v.role for v in variants)}.union(
            *(v.set for v in variants), *(m.set for m in labels)
        )
        return role in roles or (self.wide is not None and role in re.compile(self.wide.pattern).groupindex)

    def with_header_names(self, names: Iterable[str]) -> Format:
        """Return the format with the column names of this header.

        A column that is missing in the header gets its name in the language of most other columns.
        """
        if not any(column.also for column in self.columns.values()):
            return self
        header = set(names)
        all_names = {name: [name, *column.also] for name, column in self.columns.items()}
        languages = Counter(
            n for choice in all_names.values() for n, name in enumerate(choice) if name in header
        )
        language = languages.most_common(1)[0][0] if languages else 0
        header_name = {
            name: next((alias for alias in choice if alias in header), choice[min(language, len(choice) - 1)])
            for name, choice in all_names.items()
        }
        columns = {header_name[name]: column for name, column in self.columns.items()}
        return self.model_copy(update={"columns": columns, "key": [header_name[name] for name in self.key]})

    def codes_named(self, role: str) -> frozenset[str]:
        """Return the codes of a role that columns, labels and headers of the card name."""
        codes = {self.set.get(role), *(self.wide.map.get(role, {}).values() if self.wide else ())}
        for variant in (v for c in self.columns.values() for _, v in c.cases()):
            meanings = [m for label_meanings in variant.map.values() for m in label_meanings]
            codes |= {variant.set.get(role), *(meaning.set.get(role) for meaning in meanings)}
            if variant.role == role:
                codes |= {variant.blank, *(variant.only or ()), *(meaning.code for meaning in meanings)}
        return frozenset(code for code in codes if code and not code.startswith("@"))

    def column_name(self, header: str) -> str:
        """Return the name of the column that a header is: the header, or the name of the pattern it
        matches."""
        if header in self.columns:
            return header
        single_columns = ((n, c.pattern) for n, c in self.columns.items() if c.pattern and not c.is_group)
        return next((n for n, pattern in single_columns if patterns.match_whole(pattern, header)), header)

    def with_wide_columns(self, names: Iterable[str]) -> Format:
        """Return the format with a column for each header name that `wide` or a pattern of any number
        matches."""
        matched = {n: c for n in names if n not in self.columns and (c := self._matched_column(n))}
        return self.model_copy(update={"columns": {**self.columns, **matched}}) if matched else self

    def _matched_column(self, name: str) -> Column | None:
        if self.wide and (column := self.wide.column(name)):
            return column
        groups = (column for column in self.columns.values() if column.is_group)
        return next((c for c in groups if patterns.match_whole(c.pattern or "", name)), None)

    def sums_across(self) -> dict[str, list[str]]:
        """Return each column that sums others, by the card's `wide.totals`, with the columns that it sums."""
        if self.wide is None:
            return {}
        wide = {name: column for name, column in self.columns.items() if column == self.wide.column(name)}
        parts = {name: column.set.items() for name, column in wide.items() if not self.wide.sums(name)}
        return {
            name: [part for part, codes in parts.items() if self.wide.codes_of(name).items() <= codes]
            for name in wide
            if self.wide.sums(name)
        }

    @property
    def required(self) -> list[str]:
        """Columns that a file of this format must have."""
        return [name for name in self.in_header if not self.columns[name].optional]

    @property
    def full_key(self) -> list[str]:
        """The key and the texts outside the table. Two sheets of different years then have no equal keys."""
        return [*self.key, *(n for n, c in self.columns.items() if c.at and n not in self.key)]

    @property
    def sums_values(self) -> bool:
        """True if values of a key, or of a column that is no dimension, are added up."""
        sums_columns = any(column.sum_over for column in self.columns.values())
        return sums_columns or any(rule.do == "sum" for rule in self.duplicates)

    @property
    def in_header(self) -> list[str]:
        """Columns that the header names. The others are outside the table, or of any number."""
        return [name for name, column in self.columns.items() if column.at is None and not column.is_group]


RECORDS = "records"
"""Kind of a collection of the network's records."""


class Collection(Strict):
    """The collection: its provider, its content, its frequency and its terms."""

    provider_kind: Literal["national_authority", "international_organisation", "civil_society"]
    kind: Literal["counts", "cases", "records"]
    records: str | None = Field(default=None, description="which of schemas/records, for kind = records")
    family: Literal["trafficking", "smuggling", "irregular_mobility", "_Z"]
    titles: Titles
    citation: str
    address: Address | None = Field(default=None, description="the page where the publisher gives its data")
    licence: str
    contact: list[str] = Field(default=[], description="offices that answer questions on the data")
    mandate: Statement | None = Field(default=None, description="the act by which the provider counts")
    regional_rule: Statement | None = Field(
        default=None, description="how the provider sums or averages countries"
    )
    scope: Titles | None = Field(default=None, description="which cases it covers, if not all")
    frequency: Literal["A", "Q", "M", "_Z"]
    delivery: Literal["full", "by_period", "by_scope"]
    on_error: Literal["reject_file", "quarantine_rows"]
    confidentiality: Literal["open", "small_counts", "cases", "internal"]
    due_days: int = 180
    ended: date | None = Field(
        default=None, strict=True, description="the last day of a series that its provider has closed"
    )
    transcribed: bool = Field(
        default=False,
        description="figures copied from publications by hand: nobody sends them, nobody is late",
    )
    threshold: int | None = Field(
        default=None,
        ge=2,
        description="protected collections: totals from 1 to below it are published as an "
        "interval, if it is larger than the deployment's threshold",
    )
    retention_days: int | None = Field(
        default=None, ge=1, description="days after receipt, after which a file of persons is purged"
    )
    measure: str | None = None
    reporting_country: str | None = None
    may_report: list[str] = Field(
        default=[], description="countries whose figures it may bring, or `@members(…)`; any if none"
    )
    reporting_groupings: list[str] = Field(
        default=[], description="groupings for which it has totals, in addition to those of countries"
    )
    origin_basis: Literal[
        "citizenship", "birth", "last_residence", "departure", "repatriation", "not_stated"
    ] = "citizenship"
    period_basis: Literal["calendar", "fiscal", "as_reported"] = "calendar"
    year_starts: int = Field(default=1, ge=1, le=12)
    recapture: Literal["possible", "no", "unknown"] = "unknown"
    absent_cell: Literal["zero", "not_reported"] = "not_reported"
    blank: Literal["total", "unknown"] | None = Field(
        default=None, description="what a row of the template says whose dimensions are all blank"
    )
    exhaustive: list[str] = []
    quarantined_share: float = Field(
        default=0.05, ge=0, le=1, description="a file with a larger share of rows in quarantine is held"
    )
    office_contacts: list[str] = Field(
        default=[],
        description="addresses and telephones of offices, not of persons, that the file may contain",
    )
    pictures: bool = Field(
        default=False, description="the publisher's workbooks contain a picture, such as its arms"
    )
    intervals: dict[str, tuple[int, int] | tuple[int]] = Field(
        default={}, description="markers of this collection that the template may also contain"
    )
    asks: list[str] = Field(
        default=[], description="columns that its template has in addition to those of every collection"
    )
    labels: dict[str, list[str]] = Field(
        default={}, description="role without a code list → labels that its columns may contain"
    )

    @property
    def countries(self) -> frozenset[str]:
        """Countries whose figures it may bring; empty if any."""
        names = [*self.may_report, *filter(None, [self.reporting_country])]
        return frozenset(code for name in names for code in card_codes.countries_named(name))

    @property
    def is_protected(self) -> bool:
        """True if its counts are published only as protected tables."""
        return self.confidentiality in ("small_counts", "cases")

    @model_validator(mode="before")
    @classmethod
    def _set_family_of_records(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == RECORDS:
            return {"family": codelists.NOT_APPLICABLE, "frequency": codelists.NOT_APPLICABLE, **data}
        return data

    @model_validator(mode="after")
    def _check_records(self) -> Collection:
        record_types = declarations()
        has_no_family = {self.family, self.frequency} == {codelists.NOT_APPLICABLE}
        has_family = codelists.NOT_APPLICABLE not in (self.family, self.frequency)
        if self.kind != RECORDS and (self.records is not None or not has_family):
            raise InvalidValue("card.only_of_records")
        if (self.delivery == "by_scope" and self.kind != RECORDS) or (
            self.delivery == "by_period" and self.kind == RECORDS
        ):
            raise InvalidValue("card.delivery_of_records")
        if self.kind == RECORDS and (self.records not in record_types or not has_no_family):
            raise InvalidValue("card.no_records", value=self.records, known=", ".join(record_types))
        return self

    @model_validator(mode="after")
    def _check_retention(self) -> Collection:
        if self.retention_days is not None and self.kind != "cases":
            raise InvalidValue("card.retention_of_cases")
        return self

    @model_validator(mode="after")
    def _check_threshold(self) -> Collection:
        if self.threshold is not None and not self.is_protected:
            raise InvalidValue("card.threshold_of_protected")
        return self

    @model_validator(mode="after")
    def _check_asked_columns(self) -> Collection:
        if unknown := sorted(set(self.asks) - set(more_columns())):
            raise InvalidValue("card.no_asked", names=", ".join(unknown), known=", ".join(more_columns()))
        if self.asks and self.kind != "counts":
            raise InvalidValue("card.asks_of_counts")
        return self

    @model_validator(mode="after")
    def _check_codes(self) -> Collection:
        card_codes.refuse_unknown_names(self)
        return self


class Card(Strict):
    """A whole card: the collection and its formats, with the project's own template."""

    collection: Collection
    format: list[Format] = []
    records: Declaration | None = Field(
        default=None, description="only in a card of schemas/records, which declares its columns"
    )
    _accepted_labels: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def with_accepted_labels(self, labels: Mapping[str, str]) -> Card:
        """Return the card with these accepted spellings of countries in every format."""
        card = self.model_copy()
        card._accepted_labels = labels
        return card

    @model_validator(mode="after")
    def _check_confidentiality(self) -> Card:
        is_protected = self.collection.confidentiality in ("cases", "internal")
        if self.collection.kind == "cases" and not is_protected:
            raise InvalidValue("card.unprotected_cases")
        return self

    @model_validator(mode="after")
    def _check_percentages(self) -> Card:
        units = {code: m.attributes["unit"] for code, m in codelists.codelist("measure").items()}
        shares = {code for code, unit in units.items() if unit == PERCENT}
        for fmt in self.format:
            measures = {self.collection.measure, *fmt.codes_named("measure")} - {None}
            is_open = fmt.values.percent and any(c.role == "measure" for c in fmt.columns.values())
            wrong = sorted(str(code) for code in measures if (code in shares) != fmt.values.percent)
            if wrong or is_open:
                values, share_names = ", ".join(wrong), ", ".join(sorted(shares))
                raise InvalidValue("card.percent_of_shares", name=fmt.name, value=values, known=share_names)
        return self

    @model_validator(mode="after")
    def _check_persons(self) -> Card:
        for fmt in self.format:
            if fmt.persons is not None and self.collection.kind != "cases":
                raise InvalidValue("card.persons_of_cases", name=fmt.name)
        return self

    @model_validator(mode="after")
    def _check_records(self) -> Card:
        name = self.records.name if self.records else self.collection.records
        if name != self.collection.records or (self.format and self.declaration):
            raise InvalidValue("card.records_by_template")
        is_internal = self.declaration is not None and self.declaration.visibility == "internal"
        if is_internal and self.collection.confidentiality != "internal":
            raise InvalidValue("card.unprotected_records")
        return self

    @model_validator(mode="after")
    def _check_required_roles(self) -> Card:
        for role in ("measure", "reporting_country"):
            for fmt in self.format:
                if getattr(self.collection, role) is None and not fmt.fills(role):
                    raise InvalidValue("card.nothing_says", role=role, name=fmt.name)
        return self

    @model_validator(mode="after")
    def _check_template_keys(self) -> Card:
        for fmt in self.format:
            has_aliases = any(column.also for column in fmt.columns.values())
            if fmt.version or fmt.file.template or has_aliases or fmt.file.type == "any":
                raise InvalidValue("card.only_of_template", name=fmt.name)
        return self

    @model_validator(mode="after")
    def _check_labels(self) -> Card:
        for fmt in self.format:
            roles = {variant.role for column in fmt.columns.values() for _, variant in column.cases()}
            for role in card_codes.LABELLED_ROLES:
                if role in roles and not self.labels(role):
                    raise InvalidValue("card.no_labels", role=role, name=fmt.name)
        return self

    def labels(self, role: str) -> frozenset[str]:
        """Return the labels of a role without a code list: those of the collection and of its formats."""
        collection_labels = set(self.collection.labels.get(role, ()))
        return frozenset(collection_labels.union(*(fmt.codes_named(role) for fmt in self.format)))

    @property
    def measures(self) -> frozenset[str]:
        """Measures that the collection counts, by its own measure and its formats.

        Empty if none is given, or if a column may give any.
        """
        columns = [v for fmt in self.format for c in fmt.columns.values() for _, v in c.cases()]
        is_open = any(column.role == "measure" and not column.map for column in columns)
        measures = {self.collection.measure}.union(*(fmt.codes_named("measure") for fmt in self.format))
        return frozenset() if is_open else frozenset(measure for measure in measures if measure)

    @property
    def sheets(self) -> frozenset[str]:
        """Sheets that the card or the template names. Any other name is the sender's own."""
        files = [fmt.file for fmt in self.formats()]
        names = {name for file in files for name in file.sheets}
        return frozenset(names | {file.template.fill for file in files if file.template})

    def formats(self) -> list[Format]:
        """Return the card's own formats, then the templates of its kind, which every collection accepts."""
        formats = [*self.format, *map(self._with_collection_settings, self.templates())]
        return (
            [fmt.with_accepted_labels(self._accepted_labels) for fmt in formats]
            if self._accepted_labels
            else formats
        )

    def format_named(self, name: str) -> Format:
        """Return one of `formats` by its name, as a step's result keeps it."""
        return next(fmt for fmt in self.formats() if fmt.name == name)

    @property
    def declaration(self) -> Declaration | None:
        """Declaration of its records; None for a collection of counts or cases."""
        return declarations()[self.collection.records] if self.collection.records else None

    def templates(self) -> tuple[Format, ...]:
        """Return the project's own formats that its files may have, the current version first."""
        return (_records_template(self.declaration),) if self.declaration else templates(self.collection.kind)

    def _with_collection_settings(self, template_format: Format) -> Format:
        """Return a template with the collection's own markers and groupings."""
        intervals = {**template_format.values.intervals, **self.collection.intervals}
        values = template_format.values.model_copy(update={"intervals": intervals})
        columns = self._with_asked_columns(template_format)
        for name, column in template_format.columns.items():
            if column.role == "reporting_country" and self.collection.reporting_groupings:
                codes = {code: [Meaning(code=code)] for code in self.collection.reporting_groupings}
                columns[name] = column.model_copy(update={"map": column.map | codes})
        key = [*template_format.key, *(name for name in self.collection.asks if name in columns)]
        return template_format.model_copy(update={"values": values, "columns": columns, "key": key})

    def _with_asked_columns(self, template_format: Format) -> dict[str, Column]:
        """Return the template's columns with those that the collection asks for, before the value."""
        asked_columns = {name: more_columns()[name] for name in self.collection.asks}
        columns: dict[str, Column] = {}
        for name, column in template_format.columns.items():
            columns |= (asked_columns if column.role == "value" else {}) | {name: column}
        return columns


def template(kind: str = "counts") -> Format:
    """Return the project's own template: a row per value (`counts`) or a row per person (`cases`)."""
    return templates(kind)[0]


@cache
def more_columns() -> dict[str, Column]:
    """Return the columns that a template of counts has if the card asks for them."""
    path = Path(__file__).with_name("template.toml")
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["more"]
    return {name: Column.model_validate(column) for name, column in entries.items()}


@cache
def templates(kind: str) -> tuple[Format, ...]:
    """Return all versions of the template that are still read, the current version first."""
    path = Path(__file__).with_name("template.toml")
    formats = [Format.model_validate(f) for f in tomllib.loads(path.read_text(encoding="utf-8"))["format"]]
    return tuple(f for f in formats if f.name.startswith(f"{TEMPLATE}{kind}"))


def _records_template(declaration: Declaration) -> Format:
    """Return the template of a collection of records: a column for each declared cell."""
    columns = {
        cell.name: Column(
            role="record",
            also=[getattr(cell.header, lang) for lang in CONTRACT_LANGUAGES],
            optional=not cell.required,
        )
        for cell in declaration.cells
    }
    name = f"{TEMPLATE}{RECORDS}_{declaration.name}"
    return Format(name=name, version=1, file=template().file, key=declaration.key, columns=columns)


def read_card(path: Path) -> Card:
    """Read the card at `path`. Raises CardError, which explains the correction."""
    return read_strict(path, Card)
