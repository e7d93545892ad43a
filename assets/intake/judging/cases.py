"""Files of one row a person: each distinct text is judged once by the contract, and the rows take the answer.

A *facet* is a column, or columns that are read together, with the distinct combinations of their texts. The
contract is asked of combinations, of which there are few; only the case's number is looked at row by row.
Cases leave as counts. Which rows are in scope, and what a rule does, is validated.py.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from assets.intake.judging import quarantine, validated
from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import tidy
from assets.intake.judging.finding_places import (
    EXAMPLES,
    TABLE,
    Findings,
    causes,
    findings_of,
    frequency_findings,
    label_findings,
)
from assets.intake.observations import summands
from assets.intake.reading.columns import Column, Mask, Numbers
from assets.intake.records import ROW, SHEET, SURPLUS, Records, shown_sheets
from schemas.cards.card_codes import REPORTING_COUNTRY
from schemas.cards.format_card import Card, Format
from schemas.cards.format_card import Column as CardColumn
from schemas.contracts import SOURCE, counts, failures, labels
from schemas.findings import Finding, cell_name
from schemas.tables import KEY

_PERIOD_ROLES = {"period", "year", "month"}
_PERIOD = ("period_start", "period_end", "frequency")
_OF_A_COUNT = (*KEY, "period_end", "flag")
"""What cases have in common that are counted together."""
_BLOCK = 1 << 17
"""So many rows are looked at together where the first ones hold most of the answer."""
_MOST_IN_A_TABLE = 1 << 26
"""So many possible keys are counted in a table; more are sorted."""


def is_by_facets(fmt: Format) -> bool:
    """Whether there is one row a person, of which only the case's number is held against other rows."""
    name = _case_column(fmt)
    if name is None or fmt.totals or "1" in fmt.values.not_available:
        return False
    case = fmt.columns[name]
    changed = case.map or case.only or case.set or case.by or case.blank is not None
    depends = any(column.by == name for column in fmt.columns.values())
    return not (changed or depends or name in fmt.keep)


def _case_column(fmt: Format) -> str | None:
    return next((n for n, c in fmt.columns.items() if c.role == "case_id"), None)


# ---- which columns are read together ---------------------------------------------------------------


def facets_of(fmt: Format, present: Iterable[str]) -> list[tuple[str, ...]]:
    """The columns of a file, in groups of those that are read together."""
    names = [n for n in present if n in fmt.columns and n != _case_column(fmt) and not fmt.columns[n].ignore]
    groups = [{name} for name in names]
    for shared in _shared(fmt, names):
        together = set().union(*(g for g in groups if g & shared))
        groups = [g for g in groups if not g & shared] + ([together] if together else [])
    return sorted(tuple(n for n in names if n in group) for group in groups)


def _shared(fmt: Format, names: list[str]) -> Iterator[set[str]]:
    """Sets of columns of which one cannot be read without the others."""
    columns = {name: fmt.columns[name] for name in names}
    periods = {n for n, c in columns.items() if _roles(c) & _PERIOD_ROLES}
    countries = {n for n, c in columns.items() if "reporting_country" in _roles(c)}
    yield periods
    yield {n for n, c in columns.items() if any(m.flag for m in _meanings(c))}
    for name, column in columns.items():
        if column.by:
            yield {name, column.by}
        if any(m.valid_from or m.valid_to for m in _meanings(column)) or _keeps_members(fmt, name):
            yield {name} | periods
        if REPORTING_COUNTRY in _codes(column):
            yield {name} | countries
    for role in {role for column in columns.values() for role in _roles(column)}:
        yield {n for n, c in columns.items() if role in _roles(c)}


def _keeps_members(fmt: Format, name: str) -> bool:
    return any(wanted.startswith("@members(") for wanted in fmt.keep.get(name, ()))


def _meanings(column: CardColumn) -> list:
    return [m for _, variant in column.cases() for meanings in variant.map.values() for m in meanings]


def _roles(column: CardColumn) -> set[str]:
    """The roles that a column fills: its own, those it sets, those its labels set."""
    variants = [variant for _, variant in column.cases()]
    own = {str(v.role) for v in variants if v.role not in (None, "dimensions", "selector")}
    return own | {r for v in variants for r in v.set} | {r for m in _meanings(column) for r in m.set}


def _codes(column: CardColumn) -> set[str]:
    variants = [variant for _, variant in column.cases()]
    codes = {code for v in variants for code in v.set.values()} | {str(v.blank) for v in variants}
    return codes | {c for m in _meanings(column) for c in (*m.set.values(), m.code) if c}


# ---- what the contract says of each combination ----------------------------------------------------


@dataclass(frozen=True)
class Facet:
    """Combinations of texts, a line of the tidy frame each; `codes[r]` is the combination of row `r`."""

    format: Format
    codes: Numbers
    lines: pd.DataFrame
    owned: tuple[str, ...]
    broken: pd.DataFrame

    @property
    def bad(self) -> Mask:
        """The combinations that break the contract."""
        return np.isin(np.arange(len(self.lines)), self.broken["index"].to_numpy(int))

    def unread(self) -> Numbers:
        """Of each combination the columns that break the contract, a space after each."""
        said: dict[int, set[str]] = {}
        for line, column in zip(self.broken["index"], self.broken["column"], strict=True):
            said.setdefault(int(line), set()).add(f"{column} ")
        return np.array(["".join(sorted(said.get(n, ()))) for n in range(len(self.lines))], object)

    def in_scope(self) -> Mask:
        """The combinations that the card keeps by whom they are of."""
        kept: Mask = (self.lines["fate"] == "accepted").to_numpy()
        return kept


def facet(records: Records, names: tuple[str, ...], fmt: Format, card: Card, received_on: date) -> Facet:
    """The facet of some columns; of none: what is the same for all rows."""
    case = str(_case_column(fmt))
    codes, texts = _combinations([records.columns[name] for name in names], len(records))
    size = len(texts[0]) if texts else 1
    places = {SHEET: None, ROW: np.arange(1, size + 1), SURPLUS: 0, case: "1"}
    frame = pd.DataFrame(places | dict(zip(names, texts, strict=True)), index=range(size))
    own = fmt.model_copy(
        update={
            "columns": {n: c for n, c in fmt.columns.items() if n in (case, *names)},
            "keep": {n: k for n, k in fmt.keep.items() if n in names},
        }
    )
    lines = validated.prepared(tidy(frame, card, own), own)
    contract = counts(own, lines.columns, received_on=received_on, collection=card.collection)
    owned = _owned(own, names) if names else _of_all_rows(fmt, records, contract)
    asked = {name: column for name, column in contract.columns.items() if name in owned}
    broken = failures(pandera.DataFrameSchema(asked, strict=False), lines)
    return Facet(own, codes, lines, tuple(owned), broken)


def _owned(fmt: Format, names: tuple[str, ...]) -> list[str]:
    """The tidy frame's columns that these source columns fill, and nothing else does."""
    roles = {role for name in names for role in _roles(fmt.columns[name])}
    columns = [SOURCE + name for name in names] + list(labels(fmt)) + sorted(roles - _PERIOD_ROLES)
    columns += [*_PERIOD, MONTH] if roles & _PERIOD_ROLES else []
    columns += ["citizenship_reported"] if "citizenship" in roles else []
    return columns + (["flag"] if any(m.flag for name in names for m in _meanings(fmt.columns[name])) else [])


def _of_all_rows(fmt: Format, records: Records, contract: pandera.DataFrameSchema) -> list[str]:
    """The contract's columns that no source column fills."""
    filled = {c for names in facets_of(fmt, records.columns) for c in _owned(fmt, names)}
    row_by_row = {"case_id", "surplus_cells", *(SOURCE + name for name in fmt.columns)}
    return [name for name in contract.columns if name not in filled | row_by_row]


def _combinations(columns: list[Column], rows: int) -> tuple[Numbers, list[list[str]]]:
    """The number of each row's combination, and the combinations' texts, column by column."""
    if not columns:
        return np.zeros(rows, np.uint8), []
    coded = [column.stripped().coded() for column in columns]
    if len(coded) == 1:
        used = coded[0].used()
        return used.numbers, [used.texts.to_pylist()]
    codes, first, _ = _numbered(*_packed([(c.numbers, len(c.texts)) for c in coded], rows))
    return codes, [column.texts.take(pa.array(column.numbers[first])).to_pylist() for column in coded]


_MOST_PACKED = 1 << 62


def _packed(parts: list[tuple[Numbers, int]], rows: int) -> tuple[Numbers, int]:
    """One number a row for its numbers in several lists of those lengths; and how many such there may be.

    Where they could outgrow 64 bits, those so far are numbered anew.
    """
    size, most = 1, math.prod(length for _, length in parts)
    packed: Numbers = np.zeros(rows, np.int32 if most < 2**31 else np.int64)
    for numbers, length in parts:
        if size * length > _MOST_PACKED:
            packed, distinct = pd.factorize(packed.astype(np.int64, copy=False))
            packed, size = packed.astype(np.int64, copy=False), len(distinct)
        if length > 1:
            packed *= packed.dtype.type(length)
            np.add(packed, numbers, out=packed, casting="unsafe")
        size *= length
    return packed, size


# ---- what becomes of the rows ----------------------------------------------------------------------


@dataclass(frozen=True)
class Fates:
    """Of each row whether it is in scope, and whether it stands."""

    in_scope: Mask
    accepted: Mask
    ragged: Mask
    missing: Mask
    repeated: Mask


def judge(scope: validated.Scope, card: Card, received_on: date) -> validated.Judged:
    """The contract's answer for each row of a file of one row a person."""
    records, fmt = scope.records, scope.format
    groups = [(), *facets_of(fmt, records.columns)]
    case_ids = records.columns[str(_case_column(fmt))].stripped()
    with ThreadPoolExecutor(1) as beside:  # DuckDB and numpy are at it, and leave Python to the rest
        alike = beside.submit(case_ids.like_others)
        facets = [facet(records, names, fmt, card, received_on) for names in groups]
        fates = _fates(records, facets, case_ids, alike.result())
    broken = _broken(records, facets, fates, card, fmt, received_on)
    remarks = _remarks(facets, fates.accepted, card)
    tables = [Findings.of(scope.findings).table, *(_table(part, records, fmt) for part in (broken, remarks))]
    findings, accepted = _findings(tables), int(fates.accepted.sum())
    reject = validated.is_rejected(card, accepted, findings.by_rule)
    if reject:
        said = validated.nothing_accepted(accepted, findings.by_rule)
        findings = _findings([*tables, Findings.of(said).table])
        fates = replace(fates, accepted=np.zeros(len(records), bool))
    standing = int(fates.accepted.sum())
    in_scope = int(fates.in_scope.sum())
    by_fate = {"accepted": standing, "quarantined": in_scope - standing}
    rows = validated.counted_rows(scope, Counter(by_fate | {"out_of_scope": len(records) - in_scope}))
    lines, of_row = _counts(records, facets, fates.accepted, fmt)
    quarantined = _quarantined(records, facets, fates, fmt)
    case_rows = _case_rows(records, fates.accepted, of_row, shown_sheets(records.sheets, card))
    return validated.Judged(
        "rejected" if reject else "accepted",
        rows,
        lines,
        quarantine.keys(quarantined, fmt),
        findings,
        waiting=_waiting(facets, fates, lines, quarantined, card, fmt, received_on),
        case_rows=case_rows,
        unplaced=_unplaced(facets, fates.in_scope & ~fates.accepted, standing),
    )


def _fates(records: Records, facets: list[Facet], case_ids: Column, alike: Numbers | None) -> Fates:
    ragged = records.surplus != 0
    in_scope, bad = np.ones(len(records), bool), ragged.copy()
    for one in facets:
        kept = one.in_scope()
        if not kept.all():
            in_scope &= kept[one.codes]
        if one.bad.any():
            bad |= one.bad[one.codes]
    in_scope |= ragged
    missing = case_ids.blank()
    repeated = case_ids.repeated(in_scope, alike) & ~missing
    accepted = in_scope & ~(bad | missing | repeated)
    return Fates(in_scope, accepted, ragged, in_scope & missing, repeated)


# ---- findings: one a combination and rule, then a row each -----------------------------------------


class _Rows:
    """Findings by number: `templates[of[i]]` holds in row `rows[i]`; its own row is its combination's."""

    def __init__(self) -> None:
        self.templates: list[Finding] = []
        self.keys: list[tuple[str, str]] = []
        self.of: list[Numbers] = []
        self.rows: list[Numbers] = []

    def add(self, finding: Finding, key: tuple[str, str], rows: Numbers) -> None:
        """One finding in some rows."""
        self.of.append(np.full(len(rows), len(self.templates), np.int32))
        self.rows.append(rows)
        self.templates.append(finding)
        self.keys.append(key)

    def add_by_combination(
        self, findings: list[Finding], keys: list[tuple[str, str]], facet_: Facet, rows: Mask
    ) -> None:
        """Findings whose row is the number of a combination, in the rows of that combination."""
        of_combination: dict[int, list[int]] = {}
        for number, finding in enumerate(findings, start=len(self.templates)):
            of_combination.setdefault(int(finding.source_row or 0) - 1, []).append(number)
        for place in range(max(map(len, of_combination.values()), default=0)):
            finding_of = np.full(len(facet_.lines), -1, np.int32)
            for combination, numbers in of_combination.items():
                finding_of[combination] = numbers[place] if place < len(numbers) else -1
            of_row = finding_of[facet_.codes]
            here = np.flatnonzero((of_row >= 0) & rows)
            self.of.append(of_row[here])
            self.rows.append(here)
        self.templates += findings
        self.keys += keys

    def in_order(self) -> _Rows:
        """By row, then by the column and the rule of the contract."""
        rank = {key: number for number, key in enumerate(sorted(set(self.keys)))}
        of, rows = np.concatenate([_NONE, *self.of]), np.concatenate([_NONE, *self.rows])
        order = np.lexsort((np.array([rank[k] for k in self.keys], int)[of] if len(of) else of, rows))
        ordered = _Rows()
        ordered.templates, ordered.keys = self.templates, self.keys
        ordered.of, ordered.rows = [of[order]], [rows[order]]
        return ordered


_NONE = np.array([], np.int64)


def _broken(records: Records, facets: list[Facet], fates: Fates, card: Card, fmt: Format, on: date) -> _Rows:
    """What the contract says, in row order. A ragged row is said to be ragged and nothing else."""
    findings, asked = _Rows(), fates.in_scope & ~fates.ragged
    for one in facets:
        broken = causes(one.broken, one.format)
        keys = list(zip(broken["column"], broken["rule"], strict=True))
        findings.add_by_combination(findings_of(one.lines, broken, card, one.format, on), keys, one, asked)
    name, width = str(_case_column(fmt)), _width(records, fmt)
    for rule, here in (("case_id_missing", fates.missing), ("case_id_repeated", fates.repeated)):
        findings.add(
            Finding(rule, column_name=name, value=""), ("case_id", rule), np.flatnonzero(here & asked)
        )
    for surplus in np.unique(records.surplus[fates.ragged]).tolist():
        finding = Finding("ragged_row", value=str(width + surplus), expected=str(width))
        rows = np.flatnonzero(fates.ragged & (records.surplus == surplus))
        findings.add(finding, ("surplus_cells", "ragged_row"), rows)
    return findings.in_order()


def _width(records: Records, fmt: Format) -> int:
    """The cells of a row of the file."""
    return sum(fmt.columns[n].at is None for n in records.columns)


def _remarks(facets: list[Facet], accepted: Mask, card: Card) -> _Rows:
    """What is said of rows that stand: labels whose meaning is doubtful, periods of another frequency,
    measures of another collection.

    The value of a case is 1, which looks like nothing else: plausibility has nothing to say of it.
    """
    remarks = _Rows()
    for one in facets:
        by_label: dict[tuple, list[Finding]] = {}
        for finding in label_findings(one.lines, one.format):
            by_label.setdefault((finding.column_name, finding.value, finding.expected), []).append(finding)
        for findings in by_label.values():
            remarks.add_by_combination(findings, [("", "")] * len(findings), one, accepted)
    for one in facets:
        about = [said for column, said in _OF_DISTINCT.items() if column in one.owned]
        if about:
            first = _first_rows(one.codes, accepted, len(one.lines))
            seen = [n for n in np.argsort(first, kind="stable") if first[n] < len(accepted)]
            for finding in (f for said in about for f in said(one.lines.iloc[seen], card, one.format)):
                remarks.add(finding, ("", ""), first[[int(finding.source_row or 0) - 1]])
    return remarks


_OF_DISTINCT = {"period_start": frequency_findings, "measure": validated.measures_of_another}
"""By a column of the tidy frame, what is said once of what its texts became, at the first row."""


def _first_rows(codes: Numbers, among: Mask, size: int) -> Numbers:
    """Of each number the first row, of those to be looked at, that has it; the number of rows where none has.

    Block by block, until no number is left of which a row may still be the first.
    """
    first = np.full(size, len(codes), np.int64)
    for start in range(0, len(codes), _BLOCK):
        rows = np.flatnonzero(
            among[start : start + _BLOCK] & (first == len(codes))[codes[start : start + _BLOCK]]
        )
        first[codes[start + rows[::-1]]] = start + rows[::-1]
        if (first < len(codes)).all():
            break
    return first


def _table(numbered: _Rows, records: Records, fmt: Format) -> pa.Table:
    """The findings with their places in the file."""
    of = np.concatenate([_NONE, *numbered.of]).astype(np.int32)
    rows = np.concatenate([_NONE, *numbered.rows]).astype(np.int64)
    place = {name: cell_name(number, 1)[:-1] for number, name in enumerate(records.columns, start=1)}
    numbers = pa.array(of)

    def each(texts: list[str | None]) -> pa.Array:
        return pa.array(texts, pa.string()).take(numbers)

    source_row = pa.array(records.row[rows].astype(np.int64))
    letters = each([place.get(t.column_name or "") for t in numbered.templates])
    value = each([t.value for t in numbered.templates])
    repeated = np.array([t.rule == "case_id_repeated" for t in numbered.templates], bool)
    if len(of) and (own := repeated[of]).any():
        texts = records.columns[str(_case_column(fmt))].stripped().take(rows[own]).series()
        value = pc.replace_with_mask(value, pa.array(own), pa.array(texts, pa.string()))
    return pa.table(
        {
            "rule": each([t.rule for t in numbered.templates]),
            "sheet": pa.array(records.sheets, pa.string()).take(pa.array(records.sheet[rows])),
            "source_row": source_row,
            "column_name": each([t.column_name for t in numbered.templates]),
            "cell": pc.binary_join_element_wise(letters, source_row.cast(pa.string()), ""),
            "value": value,
            "expected": each([t.expected for t in numbered.templates]),
            "suggestion": each([t.suggestion for t in numbered.templates]),
        },
        TABLE,
    )


def _findings(tables: list[pa.Table]) -> Findings:
    """All findings, and of each rule the first."""
    table = pa.concat_tables(tables)
    rule = table["rule"].combine_chunks().dictionary_encode()
    codes, names = rule.indices.to_numpy(), rule.dictionary.to_pylist()
    often = dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
    shown = np.sort(
        np.concatenate([_NONE, *(np.flatnonzero(codes == n)[:EXAMPLES] for n in range(len(names)))])
    )
    examples = table.take(pa.array(shown)).to_pylist()
    return Findings(table, [Finding(**f, occurrences=often[f["rule"]]) for f in examples], often)


# ---- cases leave as counts -------------------------------------------------------------------------


def _counts(
    records: Records, facets: list[Facet], accepted: Mask, fmt: Format
) -> tuple[pd.DataFrame, Numbers]:
    """A line for each key of accepted rows, with their number; and of each accepted row its line's number."""
    classes = [_classes(one) for one in facets]
    parts: list[tuple[Numbers, int]] = [
        (of_combination.astype(np.min_scalar_type(len(columns)))[one.codes], len(columns))
        for one, (of_combination, columns) in zip(facets, classes, strict=True)
        if len(columns) > 1
    ]
    packed, size = _packed(parts, len(records))
    of_row, first, often = _numbered(packed if accepted.all() else packed[accepted], size)
    order = np.argsort(often > 1, kind="stable")  # single rows first, as lines that are added up stand last
    of_row = np.argsort(order).astype(np.int32)[of_row]
    first, often = first[order], often[order]
    if not accepted.all():
        first = np.flatnonzero(accepted)[first]
    same_for_all = facets[0].lines.iloc[0]
    lines = {name: np.repeat(np.array([same_for_all[name]], object), len(first)) for name in _OF_A_COUNT}
    for one, (of_combination, columns) in zip(facets, classes, strict=True):
        here = of_combination[one.codes[first]]
        lines |= {str(name): columns[name].to_numpy(object)[here] for name in columns}
    texts = pd.Series(often).map({n: summands(["1"] * n) for n in np.unique(often).tolist()})
    frame = pd.DataFrame(lines).assign(value_low=often.astype(float), value_high=often.astype(float))
    reported = pd.Series(_reported(facets, accepted, of_row, first, often), frame.index, dtype=object)
    name = str(_case_column(fmt))
    letters = cell_name(list(records.columns).index(name) + 1, 1)[:-1]
    place = {"source_column": name, "letters": letters}
    return frame.assign(value_text=texts.to_numpy(object), citizenship_reported=reported, **place), of_row


def _classes(one: Facet) -> tuple[Numbers, pd.DataFrame]:
    """Of each combination the number of its codes, and the distinct codes."""
    names = [name for name in _OF_A_COUNT if name in one.owned]
    if not names:
        return np.zeros(len(one.lines), np.int64), pd.DataFrame(index=[0])
    codes, distinct = pd.factorize(pd.Series(list(one.lines[names].itertuples(index=False, name=None))))
    return codes, pd.DataFrame(list(distinct), columns=names)


def _numbered(packed: Numbers, size: int) -> tuple[Numbers, Numbers, Numbers]:
    """Of each row its key's number, by first appearance; of each key its first row and how many it has."""
    if size <= _MOST_IN_A_TABLE and len(packed) > size // 8:
        at = np.full(size, -1, np.int32)
        at[packed[::-1]] = np.arange(len(packed), dtype=np.int32)[::-1]
        keys = np.flatnonzero(at >= 0)
        keys = keys[np.argsort(at[keys])]
        number = np.empty(size, np.int32)
        number[keys] = np.arange(len(keys))
        codes, first = number[packed], at[keys]
    else:
        numbers, distinct = pd.factorize(packed.astype(np.int64, copy=False))
        codes, first = numbers.astype(np.int32), np.empty(len(distinct), np.int32)
        first[codes[::-1]] = np.arange(len(codes), dtype=np.int32)[::-1]
    return codes, first, np.bincount(codes, minlength=len(first))


def _reported(
    facets: list[Facet], accepted: Mask, of_row: Numbers, first: Numbers, often: Numbers
) -> npt.NDArray[np.object_]:
    """Of each line the texts that its rows have for the citizenship, in order of appearance."""
    one = next((f for f in facets if "citizenship_reported" in f.owned), None)
    if one is None:
        return np.full(len(often), None, object)
    texts, size = one.lines["citizenship_reported"].to_numpy(object), len(one.lines)
    reported = texts[one.codes[first]]
    of_class = _classes(one)[0]
    several = (np.bincount(of_class) > 1)[of_class]  # combinations that stand for one code as others do
    if several.any():
        codes = one.codes if accepted.all() else one.codes[accepted]
        rows = np.flatnonzero(several[codes])
        _, first, _ = _numbered(of_row[rows].astype(np.int64) * size + codes[rows], len(often) * size)
        of_line: dict[int, list[str]] = {}
        for row in rows[first].tolist():
            of_line.setdefault(int(of_row[row]), []).append(texts[codes[row]])
        for line, words in of_line.items():
            if len(words) > 1:
                reported[line] = " + ".join(dict.fromkeys(words))
    reported[(often > 1) & (reported == "")] = None
    return reported


# ---- cases that wait -------------------------------------------------------------------------------


def _quarantined(records: Records, facets: list[Facet], fates: Fates, fmt: Format) -> pd.DataFrame:
    """The quarantined rows as tidy lines: `rows_waiting`, how many, and the most `persons` they are."""
    rows = np.flatnonzero(fates.in_scope & ~fates.accepted)
    places = max(1, _width(records, fmt) - 1)  # two rows in one line share a cell where they meet
    further = np.maximum(0, records.surplus[rows]) // places
    ragged = np.where(fates.ragged[rows], 1 + further, 0)
    lines, kind, often = _lines_of(facets, rows, ragged)
    lines[quarantine.UNREAD] += np.where(kind > 0, "surplus_cells ", "")
    return lines.assign(fate="quarantined", rows_waiting=often, persons=often * np.maximum(1, kind))


def _lines_of(facets: list[Facet], rows: Numbers, kind: Numbers) -> tuple[pd.DataFrame, Numbers, Numbers]:
    """A tidy line for each kind and combination of texts of these rows, its kind, and how many it is of."""
    parts = [(one.codes[rows], len(one.lines)) for one in facets]
    _, first, often = _numbered(*_packed([*parts, (kind, int(kind.max(initial=0)) + 1)], len(rows)))
    here = rows[first]
    same_for_all = facets[0].lines.iloc[0]
    columns = {
        name: np.repeat(np.array([same_for_all[name]], object), len(here)) for name in same_for_all.index
    }
    unread = np.full(len(here), " ", object)
    for one in facets:
        told = one.lines[[name for name in one.owned if name in one.lines]].astype(object)
        columns |= {name: told[name].to_numpy()[one.codes[here]] for name in told}
        unread += one.unread()[one.codes[here]]
    return pd.DataFrame(columns).assign(**{quarantine.UNREAD: unread}), kind[first], often


def _waiting(
    facets: list[Facet],
    fates: Fates,
    standing: pd.DataFrame,
    quarantined: pd.DataFrame,
    card: Card,
    fmt: Format,
    received_on: date,
) -> pd.DataFrame:
    """What of the quarantined rows can be read: each may be a person more than those that stand."""
    if any(column.role == "selector" for column in fmt.columns.values()):  # which the counts do not have
        rows = np.flatnonzero(fates.accepted)
        standing, _, _ = _lines_of(facets, rows, np.zeros(len(rows), np.uint8))
    lines = pd.concat([standing.assign(fate="accepted", available=True), quarantined], ignore_index=True)
    opened = quarantine.openings(lines, card, fmt, received_on)
    return opened.assign(  # what one row has for the citizenship is said of no count
        is_number=True,
        value_low=0.0,
        value_high=quarantined["persons"].to_numpy(float),
        rows_waiting=quarantined["rows_waiting"].to_numpy(),
        citizenship_reported=None,
    )


def _unplaced(facets: list[Facet], rows: Mask, standing: int) -> dict[str, float]:
    """How many of the quarantined persons nobody can place, beside those that stand."""
    lost = np.zeros(len(rows), bool)
    for one in facets:
        if by := [name for name in validated.PLACE if name in one.owned]:
            lost |= validated.is_unplaced(one.lines, by).to_numpy()[one.codes]
    persons = int((lost & rows).sum())
    return {"unread": 0, "persons": persons, "of": standing + persons}


def _case_rows(records: Records, accepted: Mask, of_row: Numbers, shown: Mapping[str, str]) -> pa.Table:
    """Of each accepted row its line's number, its sheet and its row."""
    here: Numbers | slice = slice(None) if accepted.all() else np.flatnonzero(accepted)
    nameless = np.array([name is None for name in records.sheets], bool)  # a csv file's only sheet
    of_sheet = records.sheet[here].astype(np.int32, copy=False)
    codes = pa.array(of_sheet, mask=nameless[of_sheet])
    sheets = pa.DictionaryArray.from_arrays(
        codes, pa.array([shown.get(name or "", "") for name in records.sheets])
    )
    return pa.table({"line": of_row, "sheet": sheets, "source_row": records.row[here]})
