"""The format card: the grammar in which a collection's files are described, and nothing else.

What a card says of one file stands in raw/<provider>/<collection>/format.toml. An unknown key is an
error that names the file and the key. Reading files by a card is assets/intake/records.py; deciding
on rows is assets/intake/judging/validation.py. A guide for card writers: docs/format_card.md.
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
from schemas.grammar import read_strict
from schemas.records import Declaration, declarations
from schemas.tables import DIMENSIONS
from schemas.words import CONTRACT, Wrong

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
    "dimensions",
    "record",
)
"""What a column holds. `selector`: other columns depend on it; `dimensions`: its map fills several; `record`:
what schemas/records says of its name."""

if TYPE_CHECKING:
    Role = str
else:
    Role = Literal[ROLES]
CodeSystem = Literal["name", "demonym", "iso2", "iso3", "m49", "ioc", "fifa", "icao", "fips", "cbp", "any"]
Language = Literal["es", "en", "fr", "pt"]


class Strict(BaseModel):
    """A table of a TOML: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Titles(Strict):
    """A text in the two languages of the network."""

    es: str
    en: str


def _known_forms(forms: list[str]) -> list[str]:
    if unknown := [form for form in forms if not date_forms.is_form(form)]:
        raise Wrong("card.no_date_form", names=", ".join(unknown))
    return forms


Forms = Annotated[OneOrMany, AfterValidator(_known_forms)]


class Meaning(BaseModel):
    """What one label stands for: a code for the column's own role, or codes for several roles."""

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
    """What frequency a date stands for, up to a day: for files whose frequency changes."""

    frequency: Literal["A", "Q", "M"]
    until: date | None = None


LEVELS_JOINED = " / "
"""Between the names of a header's levels: `2023 / Mujeres`."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d*)")


class At(Strict):
    """A place beside the table where a text stands: a cell, the rows above the header, the sheet's name."""

    cell: str | None = None
    above: bool = False
    sheet: bool = False
    pattern: str | None = Field(
        default=None, description="the part of it that counts: its first group, or all"
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> At:
        if [self.cell is not None, self.above, self.sheet].count(True) != 1:
            raise Wrong("card.one_place")
        if self.cell is not None and not _CELL.fullmatch(self.cell):
            raise Wrong("card.no_cell", value=self.cell)
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise Wrong("card.no_pattern", value=self.pattern, error=error) from error
        if self.above and self.pattern is None:
            raise Wrong("card.above_needs_pattern")
        return self

    def position(self) -> tuple[int, int]:
        """Row and column of the cell, from 0."""
        match = _CELL.fullmatch(self.cell or "")
        assert match is not None
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        return int(match[2]) - 1, column - 1


class Column(Strict):
    """One source column: its role and how its labels are read; or why it is ignored."""

    role: Role | None = None
    also: OneOrMany = Field(default=[], description="other names that the header may have for it")
    at: At | None = Field(default=None, description="no column of the table: a text that stands beside it")
    fill_down: bool = Field(default=False, description="a blank cell says what the one above it says")
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
    _accepted: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def accepted(self) -> Mapping[str, str]:
        """Spelling → code, decided for the collection (decisions.toml), of texts refused otherwise."""
        return self._accepted

    def accepting(self, labels: Mapping[str, str]) -> Column:
        """The column where these spellings are accepted."""
        case = {value: variant.accepting(labels) for value, variant in self.case.items()}
        column = self.model_copy(update={"case": case})
        column._accepted = labels
        return column

    @model_validator(mode="after")
    def _says_one_thing(self) -> Column:
        if self.by and not self.case:
            raise Wrong("card.by_needs_case")
        if not (self.role or self.ignore or self.only or self.by or self.set or self.sum_over):
            raise Wrong("card.says_nothing")
        if self.ignore and self.role:
            raise Wrong("card.ignored_with_role")
        card_codes.refuse_unheard(self)
        return self

    def cases(self) -> Iterator[tuple[str | None, Column]]:
        """The column itself, or one variant for each value of the column it depends on."""
        if self.by is None:
            yield None, self
        else:
            yield from self.case.items()


class Values(Strict):
    """How numbers are written."""

    thousands: str = ""
    decimal: str = Field(default=".", min_length=1, description="a mark, or several of which each is one")
    ranges: str | None = Field(default=None, description="low and high joined by this mark")
    off_by: int = Field(
        default=0, ge=0, strict=True, description="so much may each number be off, as its publisher rounds it"
    )
    intervals: dict[str, tuple[int, int] | tuple[int]] = {}
    not_available: list[str] = Field(default=[], description="cells that say that there is no figure")

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Values:
        if self.thousands and self.thousands in self.decimal and "decimal" in self.model_fields_set:
            raise Wrong("card.one_mark", value=self.decimal)
        if reversed_ := [m for m, bounds in self.intervals.items() if bounds != tuple(sorted(bounds))]:
            raise Wrong("card.reversed_interval", names=", ".join(reversed_))
        return self


TEMPLATE = "lineabase_"
"""The names of the project's own formats begin so; `lineabase_counts_1` would be the first version of one."""

LONGEST_MARK = 4
"""So many characters after a header's name may be a footnote's mark."""


class Wide(Strict):
    """Columns that are values of one dimension, years say: every header that matches, whole, is one.

    Named groups of the pattern fill roles: `(?P<period>\\d{4})`. What they match is read as a label is.
    Headers that match `totals` are sums of those that share with them what its own groups name.
    """

    pattern: str
    totals: str | None = Field(default=None, description="headers of columns that sum the others")
    codes: CodeSystem | None = None
    language: Language | None = None
    map: dict[Role, dict[str, str]] = {}
    dates: Forms = []
    flags: dict[str, str] = Field(default={}, description="marks at a header's end, and the doubt each tells")

    @model_validator(mode="after")
    def _compiles(self) -> Wide:
        if unheard := sorted(set(self.flags.values()) - set(codelists.codelist("obs_flag"))):
            raise Wrong("card.no_code", codes=", ".join(f"{code} (flag)" for code in unheard))
        groups = _groups_of(self.pattern)
        if unknown := sorted(set(groups) - set(ROLES)):
            raise Wrong("card.no_role", names=", ".join(unknown))
        if self.totals is not None:
            wider = set(_groups_of(self.totals)) < set(groups)
            if not wider or "measure" in self._summed:
                raise Wrong("card.totals_sum_nothing", value=self.totals)
        if unheard := sorted({*groups, *self.map} - card_codes.IN_HEADERS):
            raise Wrong("card.no_role_of_header", names=", ".join(unheard))
        if unnamed := sorted(set(self.map) - set(groups)):
            raise Wrong("card.no_group", names=", ".join(unnamed))
        codes = [(role, code) for role, labels in self.map.items() for code in labels.values()]
        if wrong := sorted(f"{code} ({role})" for role, code in codes if not card_codes.is_code(role, code)):
            raise Wrong("card.no_code", codes=", ".join(wrong))
        return self

    def column(self, name: str) -> Column | None:
        """The value column that a header name is, or None if the name does not match."""
        if self._words_of(name) is None:
            return None
        summed = self._summed if self.sums(name) else []
        totals = {role: codelists.TOTAL for role in summed if card_codes.is_code(role, codelists.TOTAL)}
        return Column(role="value", set={**totals, **self.said(name)})

    @property
    def _summed(self) -> list[str]:
        """The roles over which the columns of totals sum."""
        return [role for role in _groups_of(self.pattern) if role not in _groups_of(self.totals or "")]

    def sums(self, name: str) -> bool:
        """Whether a column of this name sums others."""
        return self.totals is not None and patterns.match_whole(self.totals, name) is not None

    def said(self, name: str) -> dict[str, str]:
        """What a header name says: role → code. Of a sum it is what its parts say too."""
        return {role: code for role, (_, code) in (self._words_of(name) or {}).items() if code}

    def doubts(self, name: str) -> list[str]:
        """The flags that marks at the end of a header name tell of its values."""
        return [flag for mark, flag in self.flags.items() if name.endswith(mark)]

    def within(self, name: str) -> str | None:
        """The name that a header would match without the mark after it: `2024` of `2024*` or `2024 (p)`."""
        match = patterns.match_start(self.pattern, name)
        rest = name[match.end() :].strip() if match and match.end() else None
        return match[0].strip() if match and rest and len(rest) <= LONGEST_MARK else None

    def words_in(self, name: str) -> str:
        """What the pattern's groups find in a header name: the rest of it is the sender's own."""
        return LEVELS_JOINED.join(text for text, _ in (self._words_of(name) or {}).values())

    def unread(self, name: str) -> dict[str, str]:
        """What a header name says of a role and no list holds: role → text."""
        return {role: text for role, (text, code) in (self._words_of(name) or {}).items() if not code}

    def _words_of(self, name: str) -> dict[str, tuple[str, str | None]] | None:
        """By role what the name says, and its code."""
        match = patterns.match_whole((self.totals or "") if self.sums(name) else self.pattern, name)
        if match is None:
            return None
        said = {role: text for role, text in match.groupdict().items() if text is not None}
        return {role: (text, self._code(role, text.strip())) for role, text in said.items()}

    def _code(self, role: str, text: str) -> str | None:
        if role == "period":
            text = date_forms.plain(text, self.dates) or text
        code = self.map.get(role, {}).get(text) or card_codes.code_named(
            role, text, self.codes, self.language
        )
        return code if code and card_codes.is_code(role, code) else None


def _groups_of(pattern: str) -> Mapping[str, int]:
    try:
        return re.compile(pattern).groupindex
    except re.error as error:
        raise Wrong("card.no_pattern", value=pattern, error=error) from error


class Duplicates(Strict):
    """What happens to rows that share a key, with the reason."""

    where: dict[str, OneOrMany] = {}
    do: Literal["sum", "quarantine"]
    reason: str


class Totals(Strict):
    """Rows that are sums of others: checked against them, not loaded."""

    where: dict[str, OneOrMany]
    over: str
    reason: str


class LeftOut(Strict):
    """Rows that are out of scope for what several columns say together, with the reason."""

    where: dict[str, OneOrMany]
    reason: str


class Correction(Strict):
    """A patch to named rows. It fails when the file no longer says what it expects."""

    where: dict[str, str]
    column: str
    expected: str
    value: str
    reason: str
    decided_by: str
    date: date


class Expectations(Strict):
    """Bands: how many rows, which years."""

    rows: tuple[int, int] | None = None
    years: tuple[int, int] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Expectations:
        if any(band and band[0] > band[1] for band in (self.rows, self.years)):
            raise Wrong("card.reversed_band")
        return self


class Format(Strict):
    """One shape of the collection's files. A collection may have had several over the years."""

    name: str = "format"
    version: int | None = Field(
        default=None, description="of the project's own template, by which it is read"
    )
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
    wide: Wide | None = None
    set: dict[Role, str] = Field(default={}, description="what is true of every row")
    columns: dict[str, Column]

    def accepting(self, labels: Mapping[str, str]) -> Format:
        """The format where these spellings of countries are accepted."""
        columns = {name: column.accepting(labels) for name, column in self.columns.items()}
        return self.model_copy(update={"columns": columns})

    @model_validator(mode="after")
    def _names_its_columns(self) -> Format:
        named = {*self.key, *self.keep, *self.out_of_scope, *(t.over for t in self.totals)}
        named |= {column for repeated in self.duplicates for column in repeated.where}
        named |= {column for total in self.totals for column in total.where}
        named |= {column for rows in self.left_out for column in rows.where}
        named |= {column.by for column in self.columns.values() if column.by}
        named |= {column for patch in self.corrections for column in (*patch.where, patch.column)}
        if missing := sorted(named - set(self.columns)):
            raise Wrong("card.not_described", names=", ".join(missing))
        roles = {v.role for c in self.columns.values() for _, v in c.cases()}
        if roles == {"record"}:
            return self
        if not roles & {"value", "case_id"} and self.wide is None:
            raise Wrong("card.no_value_column")
        if not {"period", "year"} & {*roles, *self.set} and self.wide is None:
            raise Wrong("card.no_period_column")
        card_codes.refuse_unknown_codes(self.set)
        for name, labels in self.keep.items():
            card_codes.refuse_unheard_keep(name, labels, self.columns[name])
        return self

    def fills(self, role: str) -> bool:
        """Whether some column, label or header says it."""
        variants = [v for c in self.columns.values() for _, v in c.cases()]
        labels = [m for v in variants for meanings in v.map.values() for m in meanings]
        roles = {*self.set, *(v.role for v in variants)}.union(
            *(v.set for v in variants), *(m.set for m in labels)
        )
        return role in roles or (self.wide is not None and role in re.compile(self.wide.pattern).groupindex)

    def headed(self, names: Iterable[str]) -> Format:
        """The format with its columns called as this header calls them.

        A column that the header lacks has its name in the language that most of the others are in.
        """
        if not any(column.also for column in self.columns.values()):
            return self
        here = set(names)
        known = {name: [name, *column.also] for name, column in self.columns.items()}
        spoken = Counter(n for said in known.values() for n, one in enumerate(said) if one in here)
        usual = spoken.most_common(1)[0][0] if spoken else 0
        called = {
            name: next((one for one in said if one in here), said[min(usual, len(said) - 1)])
            for name, said in known.items()
        }
        columns = {called[name]: column for name, column in self.columns.items()}
        return self.model_copy(update={"columns": columns, "key": [called[name] for name in self.key]})

    def codes_named(self, role: str) -> frozenset[str]:
        """The codes of a role that columns, labels and headers of the card name."""
        named = {self.set.get(role), *(self.wide.map.get(role, {}).values() if self.wide else ())}
        for variant in (v for c in self.columns.values() for _, v in c.cases()):
            meanings = [m for several in variant.map.values() for m in several]
            named |= {variant.set.get(role), *(meaning.set.get(role) for meaning in meanings)}
            if variant.role == role:
                named |= {variant.blank, *(variant.only or ()), *(meaning.code for meaning in meanings)}
        return frozenset(code for code in named if code and not code.startswith("@"))

    def widened(self, names: Iterable[str]) -> Format:
        """The format with a value column for each header name that `wide` matches."""
        if self.wide is None:
            return self
        values = {n: c for n in names if n not in self.columns and (c := self.wide.column(n))}
        return self.model_copy(update={"columns": {**self.columns, **values}})

    def sums_across(self) -> dict[str, list[str]]:
        """The columns that sum others, by the card's `wide.totals`, and those that each sums."""
        if self.wide is None:
            return {}
        wide = {name: column for name, column in self.columns.items() if column == self.wide.column(name)}
        parts = {name: column.set.items() for name, column in wide.items() if not self.wide.sums(name)}
        return {
            name: [part for part, says in parts.items() if self.wide.said(name).items() <= says]
            for name in wide
            if self.wide.sums(name)
        }

    @property
    def required(self) -> list[str]:
        """The columns a file of this format must have."""
        return [name for name in self.in_header if not self.columns[name].optional]

    @property
    def whole_key(self) -> list[str]:
        """The key, and what stands beside the table: two sheets of two years repeat nothing."""
        return [*self.key, *(n for n, c in self.columns.items() if c.at and n not in self.key)]

    @property
    def adds_up(self) -> bool:
        """Whether values of one key, or of a column that is no dimension, are added up."""
        summed = any(column.sum_over for column in self.columns.values())
        return summed or any(rule.do == "sum" for rule in self.duplicates)

    @property
    def in_header(self) -> list[str]:
        """The columns that the header names; the others stand beside the table."""
        return [name for name, column in self.columns.items() if column.at is None]


RECORDS = "records"
"""The kind of a collection of the network's records."""


class Collection(Strict):
    """What the collection is: who sends it, what it counts, how often, under which terms."""

    provider_kind: Literal["national_authority", "international_organisation", "civil_society"]
    kind: Literal["counts", "cases", "records"]
    records: str | None = Field(default=None, description="which of schemas/records, for kind = records")
    family: Literal["trafficking", "smuggling", "irregular_mobility", "_Z"]
    titles: Titles
    citation: str
    licence: str
    scope: Titles | None = Field(default=None, description="which cases it covers, if not all")
    frequency: Literal["A", "Q", "M", "_Z"]
    delivery: Literal["full", "by_period", "by_scope"]
    on_error: Literal["reject_file", "quarantine_rows"]
    confidentiality: Literal["open", "small_counts", "cases", "internal"]
    due_days: int = 180
    ended: date | None = Field(
        default=None, strict=True, description="the last day of a series that its provider has closed"
    )
    threshold: int | None = Field(
        default=None,
        ge=2,
        description="of a protected collection: totals from 1 to below it are published as an "
        "interval, where it is above the deployment's",
    )
    retention_days: int | None = Field(
        default=None, ge=1, description="days after receipt, after which a file of persons is purged"
    )
    measure: str | None = None
    reporting_country: str | None = None
    reporting_groupings: list[str] = Field(
        default=[], description="groupings of which it brings figures as a whole, beside those of countries"
    )
    origin_basis: Literal[
        "citizenship", "birth", "last_residence", "departure", "repatriation", "not_stated"
    ] = "citizenship"
    period_basis: Literal["calendar", "fiscal", "as_reported"] = "calendar"
    year_starts: int = Field(default=1, ge=1, le=12)
    recapture: Literal["possible", "no", "unknown"] = "unknown"
    absent_cell: Literal["zero", "not_reported"] = "not_reported"
    absent_period: Literal["not_reported"] = "not_reported"
    exhaustive: list[str] = []
    quarantined_share: float = Field(
        default=0.05, ge=0, le=1, description="above this share of rows in quarantine a file is held"
    )
    office_contacts: list[str] = Field(
        default=[],
        description="addresses, telephones of offices, not of persons, that the publisher's file may bear",
    )
    pictures: bool = Field(default=False, description="the publisher's workbooks bear a picture, as its arms")
    intervals: dict[str, tuple[int, int] | tuple[int]] = Field(
        default={}, description="markers of this collection that the template, too, may hold"
    )
    asks: list[str] = Field(
        default=[], description="columns that its template has beside those of every collection"
    )
    labels: dict[str, list[str]] = Field(
        default={}, description="of a role without a code list, what its columns may say"
    )

    @property
    def is_protected(self) -> bool:
        """Whether its counts are published by way of the protected tables only."""
        return self.confidentiality in ("small_counts", "cases")

    @model_validator(mode="before")
    @classmethod
    def _records_are_of_no_family(cls, told: Any) -> Any:
        if isinstance(told, dict) and told.get("kind") == RECORDS:
            return {"family": codelists.NOT_APPLICABLE, "frequency": codelists.NOT_APPLICABLE, **told}
        return told

    @model_validator(mode="after")
    def _says_which_records(self) -> Collection:
        known = declarations()
        silent = {self.family, self.frequency} == {codelists.NOT_APPLICABLE}
        is_told = codelists.NOT_APPLICABLE not in (self.family, self.frequency)
        if self.kind != RECORDS and (self.records is not None or not is_told):
            raise Wrong("card.only_of_records")
        if (self.delivery == "by_scope" and self.kind != RECORDS) or (
            self.delivery == "by_period" and self.kind == RECORDS
        ):
            raise Wrong("card.delivery_of_records")
        if self.kind == RECORDS and (self.records not in known or not silent):
            raise Wrong("card.no_records", value=self.records, known=", ".join(known))
        return self

    @model_validator(mode="after")
    def _keeps_for_a_time_what_is_of_persons(self) -> Collection:
        if self.retention_days is not None and self.kind != "cases":
            raise Wrong("card.retention_of_cases")
        return self

    @model_validator(mode="after")
    def _has_a_threshold_if_protected(self) -> Collection:
        if self.threshold is not None and not self.is_protected:
            raise Wrong("card.threshold_of_protected")
        return self

    @model_validator(mode="after")
    def _asks_for_what_there_is(self) -> Collection:
        if unknown := sorted(set(self.asks) - set(more_columns())):
            raise Wrong("card.no_asked", names=", ".join(unknown), known=", ".join(more_columns()))
        if self.asks and self.kind != "counts":
            raise Wrong("card.asks_of_counts")
        return self

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Collection:
        card_codes.refuse_unknown_in(self)
        return self


class Card(Strict):
    """A whole card: the collection and its formats, the project's own template among them."""

    collection: Collection
    format: list[Format] = []
    records: Declaration | None = Field(
        default=None, description="of a card in schemas/records, which declares its columns"
    )
    _accepted: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def accepting(self, labels: Mapping[str, str]) -> Card:
        """The card where these spellings of countries are accepted in every format."""
        card = self.model_copy()
        card._accepted = labels
        return card

    @model_validator(mode="after")
    def _protects_cases(self) -> Card:
        protected = self.collection.confidentiality in ("cases", "internal")
        if self.collection.kind == "cases" and not protected:
            raise Wrong("card.unprotected_cases")
        return self

    @model_validator(mode="after")
    def _reads_records_by_their_template(self) -> Card:
        own = self.records.name if self.records else self.collection.records
        if own != self.collection.records or (self.format and self.declared):
            raise Wrong("card.records_by_template")
        hidden = self.declared is not None and self.declared.visibility == "internal"
        if hidden and self.collection.confidentiality != "internal":
            raise Wrong("card.unprotected_records")
        return self

    @model_validator(mode="after")
    def _says_of_what_and_whom(self) -> Card:
        for role in ("measure", "reporting_country"):
            for fmt in self.format:
                if getattr(self.collection, role) is None and not fmt.fills(role):
                    raise Wrong("card.nothing_says", role=role, name=fmt.name)
        return self

    @model_validator(mode="after")
    def _leaves_the_template_its_own(self) -> Card:
        for fmt in self.format:
            told = fmt.version or fmt.file.template or any(column.also for column in fmt.columns.values())
            if told or fmt.file.type == "any":
                raise Wrong("card.only_of_template", name=fmt.name)
        return self

    @model_validator(mode="after")
    def _lists_its_labels(self) -> Card:
        for fmt in self.format:
            roles = {variant.role for column in fmt.columns.values() for _, variant in column.cases()}
            for role in card_codes.LABELLED:
                if role in roles and not self.labels(role):
                    raise Wrong("card.no_labels", role=role, name=fmt.name)
        return self

    def labels(self, role: str) -> frozenset[str]:
        """What a role without a code list may say: what the collection lists, and what its formats name."""
        listed = set(self.collection.labels.get(role, ()))
        return frozenset(listed.union(*(fmt.codes_named(role) for fmt in self.format)))

    @property
    def measures(self) -> frozenset[str]:
        """What it counts by its own measure and its formats; empty where nothing says it, or a column any."""
        columns = [v for fmt in self.format for c in fmt.columns.values() for _, v in c.cases()]
        free = any(column.role == "measure" and not column.map for column in columns)
        named = {self.collection.measure}.union(*(fmt.codes_named("measure") for fmt in self.format))
        return frozenset() if free else frozenset(measure for measure in named if measure)

    @property
    def sheets(self) -> frozenset[str]:
        """The sheets that it or the template names; any other name is the sender's own."""
        files = [fmt.file for fmt in self.formats()]
        named = {name for file in files for name in file.sheets}
        return frozenset(named | {file.template.fill for file in files if file.template})

    def formats(self) -> list[Format]:
        """The card's own formats, then the templates of its kind, which every collection understands."""
        formats = [*self.format, *map(self._with_own, self.templates())]
        return [one.accepting(self._accepted) for one in formats] if self._accepted else formats

    @property
    def declared(self) -> Declaration | None:
        """What its records hold; None of a collection of figures or persons."""
        return declarations()[self.collection.records] if self.collection.records else None

    def templates(self) -> tuple[Format, ...]:
        """The project's own formats that its files may have, the one of today first."""
        return (_of_records(self.declared),) if self.declared else templates(self.collection.kind)

    def _with_own(self, ours: Format) -> Format:
        """A template with the collection's own markers and groupings."""
        intervals = {**ours.values.intervals, **self.collection.intervals}
        values = ours.values.model_copy(update={"intervals": intervals})
        columns = self._asked_of(ours)
        for name, column in ours.columns.items():
            if column.role == "reporting_country" and self.collection.reporting_groupings:
                codes = {code: [Meaning(code=code)] for code in self.collection.reporting_groupings}
                columns[name] = column.model_copy(update={"map": column.map | codes})
        key = [*ours.key, *(name for name in self.collection.asks if name in columns)]
        return ours.model_copy(update={"values": values, "columns": columns, "key": key})

    def _asked_of(self, ours: Format) -> dict[str, Column]:
        """The template's columns with those that the collection asks for, before the number."""
        asked = {name: more_columns()[name] for name in self.collection.asks}
        columns: dict[str, Column] = {}
        for name, column in ours.columns.items():
            columns |= (asked if column.role == "value" else {}) | {name: column}
        return columns


def template(kind: str = "counts") -> Format:
    """The project's own template: one row a figure (`counts`) or one row a person (`cases`)."""
    return templates(kind)[0]


@cache
def more_columns() -> dict[str, Column]:
    """Columns that a collection's template of counts has where its card asks for them."""
    path = Path(__file__).with_name("template.toml")
    more = tomllib.loads(path.read_text(encoding="utf-8"))["more"]
    return {name: Column.model_validate(column) for name, column in more.items()}


@cache
def templates(kind: str) -> tuple[Format, ...]:
    """Every version of the template that is still read, the one of today first."""
    path = Path(__file__).with_name("template.toml")
    formats = [Format.model_validate(f) for f in tomllib.loads(path.read_text(encoding="utf-8"))["format"]]
    return tuple(f for f in formats if f.name.startswith(f"{TEMPLATE}{kind}"))


def _of_records(declared: Declaration) -> Format:
    """The template of a collection of records: the sheets of the others, a column a declared cell."""
    columns = {
        cell.name: Column(
            role="record", also=[getattr(cell.header, lang) for lang in CONTRACT], optional=not cell.required
        )
        for cell in declared.cells
    }
    name = f"{TEMPLATE}{RECORDS}_{declared.name}"
    return Format(name=name, version=1, file=template().file, key=declared.key, columns=columns)


def read_card(path: Path) -> Card:
    """The card at `path`. Raises CardError, which says what to mend."""
    return read_strict(path, Card)
