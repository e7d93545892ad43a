"""Files with a row per person: the contract judges each distinct text once, and the rows take the result.

A *facet* is a column, or several columns that are read together, with the distinct combinations of their
texts. The contract is applied to combinations, which are few. Only the case number is checked row by row.
Cases leave this step as counts. Scope and the effect of each rule are defined in validation.py.
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

from assets.intake.judging import quarantine, validation
from assets.intake.judging.dating import MONTH
from assets.intake.judging.decoding import case_column, tidy
from assets.intake.judging.finding_places import (
    EXAMPLES,
    TABLE,
    Findings,
    build_findings,
    frequency_findings,
    label_findings,
    root_causes,
)
from assets.intake.observations import summands
from assets.intake.reading.columns import Column, Mask, Numbers
from assets.intake.records import ROW, SHEET, SURPLUS, Records, public_sheet_names
from schemas.cards.card_codes import REPORTING_COUNTRY
from schemas.cards.format_card import Card, Format
from schemas.cards.format_card import Column as CardColumn
from schemas.contracts import SOURCE, counts_contract, failures, limited_labels
from schemas.findings import Finding, cell_name
from schemas.tables import OBSERVATION_KEY

_PERIOD_ROLES = {"period", "year", "month"}
_PERIOD = ("period_start", "period_end", "frequency")
_COUNT_KEY = (*OBSERVATION_KEY, "period_end", "flag")
"""Columns in which cases must agree to be counted together."""
_BLOCK = 1 << 17
"""Number of rows examined at a time where the first rows hold most of the answer."""
_LARGEST_KEY_ARRAY = 1 << 26
"""Largest number of possible keys that is counted in an array; with more, the keys are sorted."""


def is_by_facets(fmt: Format) -> bool:
    """Check that each row of the format is a person, and that only the case number is compared between
    rows."""
    name = case_column(fmt)
    if name is None or fmt.totals or "1" in fmt.values.not_available:
        return False
    case = fmt.columns[name]
    is_mapped = case.map or case.only or case.set or case.by or case.blank is not None
    depends = any(column.by == name for column in fmt.columns.values())
    return not (is_mapped or depends or name in fmt.keep)


PERSON = "(person)"
"""Column with the number of each row, in a file of persons without numbers."""


def number_persons(scope: validation.Scope) -> validation.Scope:
    """Number the rows of a file whose card promises that each is another person."""
    records, fmt = scope.records, scope.format
    numbers = Column(pa.chunked_array([pa.array(np.arange(len(records)).astype(str))], pa.string()))
    return replace(
        scope,
        records=replace(records, columns={**records.columns, PERSON: numbers}),
        format=fmt.model_copy(update={"columns": {**fmt.columns, PERSON: CardColumn(role="case_id")}}),
        findings=[*scope.findings, *_pasted_again(records)],
    )


FEWEST_DISTINCT = 5
"""Distinct rows from which a table that stands twice in its file is no chance."""


def _pasted_again(records: Records) -> list[Finding]:
    """Report a file whose rows are the same rows two or three times, in the same order."""
    columns = [column.with_codes().numbers for column in records.columns.values()]
    for times in (2, 3):
        size = len(records) // times
        is_pasted = size * times == len(records) and all((c[size:] == c[:-size]).all() for c in columns)
        if size and is_pasted and len({*zip(*(c[:size] for c in columns), strict=True)}) >= FEWEST_DISTINCT:
            rows = str(len(records))
            return [Finding("rows_repeated", value=rows, expected=rows)]
    return []


# ---- which columns are read together ---------------------------------------------------------------


def group_columns(fmt: Format, present: Iterable[str]) -> list[tuple[str, ...]]:
    """Group a file's columns into sets that must be read together."""
    names = [n for n in present if n in fmt.columns and n != case_column(fmt) and not fmt.columns[n].ignore]
    groups = [{name} for name in names]
    for dependent in _dependent_columns(fmt, names):
        merged = set().union(*(g for g in groups if g & dependent))
        groups = [g for g in groups if not g & dependent] + ([merged] if merged else [])
    return sorted(tuple(n for n in names if n in group) for group in groups)


def _dependent_columns(fmt: Format, names: list[str]) -> Iterator[set[str]]:
    """Yield sets of columns that cannot be read without each other."""
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
    return any(label.startswith("@members(") for label in fmt.keep.get(name, ()))


def _meanings(column: CardColumn) -> list:
    return [m for _, variant in column.cases() for meanings in variant.map.values() for m in meanings]


def _roles(column: CardColumn) -> set[str]:
    """Return the roles that a column fills: its own, those it sets, and those its labels set."""
    variants = [variant for _, variant in column.cases()]
    declared_roles = {str(v.role) for v in variants if v.role not in (None, "dimensions", "selector", "note")}
    return (
        declared_roles | {r for v in variants for r in v.set} | {r for m in _meanings(column) for r in m.set}
    )


def _codes(column: CardColumn) -> set[str]:
    variants = [variant for _, variant in column.cases()]
    codes = {code for v in variants for code in v.set.values()} | {str(v.blank) for v in variants}
    return codes | {c for m in _meanings(column) for c in (*m.set.values(), m.code) if c}


# ---- the contract's result for each combination ---------------------------------------------------


@dataclass(frozen=True)
class Facet:
    """Combinations of texts, each a line of the tidy frame; `codes[r]` is the combination of row `r`."""

    format: Format
    codes: Numbers
    lines: pd.DataFrame
    filled_columns: tuple[str, ...]
    violations: pd.DataFrame

    @property
    def has_violation(self) -> Mask:
        """Mark the combinations that violate the contract."""
        return np.isin(np.arange(len(self.lines)), self.violations["index"].to_numpy(int))

    def unread_columns(self) -> Numbers:
        """Return, for each combination, the columns that violate the contract, each followed by a space."""
        columns_of: dict[int, set[str]] = {}
        for line, column in zip(self.violations["index"], self.violations["column"], strict=True):
            columns_of.setdefault(int(line), set()).add(f"{column} ")
        return np.array(["".join(sorted(columns_of.get(n, ()))) for n in range(len(self.lines))], object)

    def is_in_scope(self) -> Mask:
        """Mark the combinations whose persons the card keeps."""
        mask: Mask = (self.lines["fate"] == "accepted").to_numpy()
        return mask


def build_facet(
    records: Records, names: tuple[str, ...], fmt: Format, card: Card, received_on: date
) -> Facet:
    """Build the facet of some columns. Without columns, it holds the values shared by all rows."""
    case = str(case_column(fmt))
    codes, texts = _combine_texts([records.columns[name] for name in names], len(records))
    size = len(texts[0]) if texts else 1
    base_columns = {SHEET: None, ROW: np.arange(1, size + 1), SURPLUS: 0, case: "1"}
    frame = pd.DataFrame(base_columns | dict(zip(names, texts, strict=True)), index=range(size))
    own_format = fmt.model_copy(
        update={
            "columns": {n: c for n, c in fmt.columns.items() if n in (case, *names)},
            "keep": {n: k for n, k in fmt.keep.items() if n in names},
        }
    )
    lines = validation.prepare_lines(tidy(frame, card, own_format), own_format)
    contract = counts_contract(own_format, lines.columns, received_on=received_on, collection=card.collection)
    filled_columns = _filled_columns(own_format, names) if names else _shared_columns(fmt, records, contract)
    checks = {name: column for name, column in contract.columns.items() if name in filled_columns}
    violations = failures(pandera.DataFrameSchema(checks, strict=False), lines)
    return Facet(own_format, codes, lines, tuple(filled_columns), violations)


def _filled_columns(fmt: Format, names: tuple[str, ...]) -> list[str]:
    """Return the columns of the tidy frame that these source columns fill and no other column fills."""
    roles = {role for name in names for role in _roles(fmt.columns[name])}
    columns = [SOURCE + name for name in names] + list(limited_labels(fmt)) + sorted(roles - _PERIOD_ROLES)
    columns += [*_PERIOD, MONTH] if roles & _PERIOD_ROLES else []
    columns += ["citizenship_reported"] if "citizenship" in roles else []
    return columns + (["flag"] if any(m.flag for name in names for m in _meanings(fmt.columns[name])) else [])


def _shared_columns(fmt: Format, records: Records, contract: pandera.DataFrameSchema) -> list[str]:
    """Return the contract's columns that no source column fills."""
    filled_columns = {c for names in group_columns(fmt, records.columns) for c in _filled_columns(fmt, names)}
    row_by_row = {"case_id", "surplus_cells", *(SOURCE + name for name in fmt.columns)}
    return [name for name in contract.columns if name not in filled_columns | row_by_row]


def _combine_texts(columns: list[Column], rows: int) -> tuple[Numbers, list[list[str]]]:
    """Number the distinct combinations of texts. Return each row's number and the texts, column by column."""
    if not columns:
        return np.zeros(rows, np.uint8), []
    coded_columns = [column.strip().with_codes() for column in columns]
    if len(coded_columns) == 1:
        column = coded_columns[0].drop_unused()
        return column.numbers, [column.texts.to_pylist()]
    codes, first, _ = _number_keys(
        *_combine_numbers([(c.numbers, len(c.texts)) for c in coded_columns], rows)
    )
    return codes, [column.texts.take(pa.array(column.numbers[first])).to_pylist() for column in coded_columns]


_LARGEST_NUMBER = 1 << 62


def _combine_numbers(parts: list[tuple[Numbers, int]], rows: int) -> tuple[Numbers, int]:
    """Combine several numbers of each row into a single number. Return it with the count of possible results.

    `parts` holds the numbers and how many distinct values each may have. Combined numbers that could exceed
    64 bits are renumbered.
    """
    size, possible = 1, math.prod(length for _, length in parts)
    combined: Numbers = np.zeros(rows, np.int32 if possible < 2**31 else np.int64)
    for numbers, length in parts:
        if size * length > _LARGEST_NUMBER:
            combined, distinct = pd.factorize(combined.astype(np.int64, copy=False))
            combined, size = combined.astype(np.int64, copy=False), len(distinct)
        if length > 1:
            combined *= combined.dtype.type(length)
            np.add(combined, numbers, out=combined, casting="unsafe")
        size *= length
    return combined, size


# ---- status of the rows ----------------------------------------------------------------------------


@dataclass(frozen=True)
class RowStatuses:
    """Status of each row as masks: in scope, accepted, ragged, case number missing, case number repeated."""

    is_in_scope: Mask
    is_accepted: Mask
    is_ragged: Mask
    is_missing: Mask
    is_repeated: Mask


def judge(scope: validation.Scope, card: Card, received_on: date) -> validation.Judgement:
    """Judge the rows of a file in which each row is a person."""
    records, fmt = scope.records, scope.format
    groups = [(), *group_columns(fmt, records.columns)]
    case_ids = records.columns[str(case_column(fmt))].strip()
    with ThreadPoolExecutor(1) as executor:  # DuckDB and numpy run without holding Python's lock
        similar_rows = executor.submit(case_ids.rows_to_compare)
        facets = [build_facet(records, names, fmt, card, received_on) for names in groups]
        statuses = _find_statuses(records, facets, case_ids, similar_rows.result())
    row_findings = _contract_findings(records, facets, statuses, card, fmt, received_on)
    remarks = _remarks(facets, statuses.is_accepted, card)
    tables = [
        Findings.from_list(scope.findings).table,
        *(_findings_table(part, records, fmt) for part in (row_findings, remarks)),
    ]
    findings, accepted_rows = _collect_findings(tables), int(statuses.is_accepted.sum())
    is_rejected = validation.is_rejected(card, accepted_rows, findings.by_rule)
    if is_rejected:
        extra_findings = validation.no_accepted_row_finding(accepted_rows, findings.by_rule)
        findings = _collect_findings([*tables, Findings.from_list(extra_findings).table])
        statuses = replace(statuses, is_accepted=np.zeros(len(records), bool))
    accepted_count = int(statuses.is_accepted.sum())
    in_scope = int(statuses.is_in_scope.sum())
    by_status = {"accepted": accepted_count, "quarantined": in_scope - accepted_count}
    rows = validation.complete_row_counts(
        scope, Counter(by_status | {"out_of_scope": len(records) - in_scope})
    )
    lines, line_of_row = _count_cases(records, facets, statuses.is_accepted, fmt)
    quarantined_lines = _quarantined_lines(records, facets, statuses, fmt)
    case_rows = _case_rows(
        records, statuses.is_accepted, line_of_row, public_sheet_names(records.sheets, card)
    )
    return validation.Judgement(
        "rejected" if is_rejected else "accepted",
        rows,
        lines,
        quarantine.keys(quarantined_lines, fmt),
        findings,
        waiting=_waiting(facets, statuses, lines, quarantined_lines, card, fmt, received_on),
        case_rows=case_rows,
        unplaced_counts=_count_unplaced(facets, statuses.is_in_scope & ~statuses.is_accepted, accepted_count),
    )


def _find_statuses(
    records: Records, facets: list[Facet], case_ids: Column, similar_rows: Numbers | None
) -> RowStatuses:
    """Combine the facets' results and the check of case numbers into the status of each row."""
    is_ragged = records.surplus != 0
    in_scope, has_violation = np.ones(len(records), bool), is_ragged.copy()
    for facet in facets:
        is_kept = facet.is_in_scope()
        if not is_kept.all():
            in_scope &= is_kept[facet.codes]
        if facet.has_violation.any():
            has_violation |= facet.has_violation[facet.codes]
    in_scope |= is_ragged
    is_missing = case_ids.blank()
    is_repeated = case_ids.find_repeated(in_scope, similar_rows) & ~is_missing
    is_accepted = in_scope & ~(has_violation | is_missing | is_repeated)
    return RowStatuses(in_scope, is_accepted, is_ragged, in_scope & is_missing, is_repeated)


# ---- findings: one for each combination and rule, then one for each row ----------------------------


class _RowFindings:
    """Findings of many rows: `templates[template_numbers[i]]` applies to row `rows[i]`.

    The `source_row` of a template is the number of its combination, from 1, not a row of the file.
    """

    def __init__(self) -> None:
        self.templates: list[Finding] = []
        self.keys: list[tuple[str, str]] = []
        self.template_numbers: list[Numbers] = []
        self.rows: list[Numbers] = []

    def add(self, finding: Finding, key: tuple[str, str], rows: Numbers) -> None:
        """Add a finding for some rows."""
        self.template_numbers.append(np.full(len(rows), len(self.templates), np.int32))
        self.rows.append(rows)
        self.templates.append(finding)
        self.keys.append(key)

    def add_by_combination(
        self, findings: list[Finding], keys: list[tuple[str, str]], facet: Facet, rows: Mask
    ) -> None:
        """Add findings to all rows of a combination: its number is their `source_row`."""
        numbers_of: dict[int, list[int]] = {}
        for number, finding in enumerate(findings, start=len(self.templates)):
            numbers_of.setdefault(int(finding.source_row or 0) - 1, []).append(number)
        for position in range(max(map(len, numbers_of.values()), default=0)):
            template_of = np.full(len(facet.lines), -1, np.int32)
            for combination, numbers in numbers_of.items():
                template_of[combination] = numbers[position] if position < len(numbers) else -1
            template_of_row = template_of[facet.codes]
            matching_rows = np.flatnonzero((template_of_row >= 0) & rows)
            self.template_numbers.append(template_of_row[matching_rows])
            self.rows.append(matching_rows)
        self.templates += findings
        self.keys += keys

    def in_row_order(self) -> _RowFindings:
        """Sort by row, then by the contract's column and rule."""
        rank = {key: number for number, key in enumerate(sorted(set(self.keys)))}
        template_numbers, rows = (
            np.concatenate([_NO_NUMBERS, *self.template_numbers]),
            np.concatenate([_NO_NUMBERS, *self.rows]),
        )
        order = np.lexsort(
            (
                np.array([rank[k] for k in self.keys], int)[template_numbers]
                if len(template_numbers)
                else template_numbers,
                rows,
            )
        )
        ordered = _RowFindings()
        ordered.templates, ordered.keys = self.templates, self.keys
        ordered.template_numbers, ordered.rows = [template_numbers[order]], [rows[order]]
        return ordered


_NO_NUMBERS = np.array([], np.int64)


def _contract_findings(
    records: Records, facets: list[Facet], statuses: RowStatuses, card: Card, fmt: Format, received_on: date
) -> _RowFindings:
    """Return the findings of the contract in row order. A ragged row gets that finding only."""
    findings, is_checked = _RowFindings(), statuses.is_in_scope & ~statuses.is_ragged
    for facet in facets:
        violations = root_causes(facet.violations, facet.format)
        keys = list(zip(violations["column"], violations["rule"], strict=True))
        findings.add_by_combination(
            build_findings(facet.lines, violations, card, facet.format, received_on), keys, facet, is_checked
        )
    name, width = str(case_column(fmt)), _width(records, fmt)
    for rule, mask in (("case_id_missing", statuses.is_missing), ("case_id_repeated", statuses.is_repeated)):
        findings.add(
            Finding(rule, column_name=name, value=""), ("case_id", rule), np.flatnonzero(mask & is_checked)
        )
    for surplus in np.unique(records.surplus[statuses.is_ragged]).tolist():
        finding = Finding("ragged_row", value=str(width + surplus), expected=str(width))
        rows = np.flatnonzero(statuses.is_ragged & (records.surplus == surplus))
        findings.add(finding, ("surplus_cells", "ragged_row"), rows)
    return findings.in_row_order()


def _width(records: Records, fmt: Format) -> int:
    """Return the number of cells in a row of the file."""
    return sum(fmt.columns[n].at is None for n in records.columns if n != PERSON)


def _remarks(facets: list[Facet], is_accepted: Mask, card: Card) -> _RowFindings:
    """Return remarks on accepted rows: labels with an unclear meaning, periods of another frequency, measures
    of another collection.

    The value of a case is always 1, so plausibility has nothing to check.
    """
    remarks = _RowFindings()
    for facet in facets:
        by_label: dict[tuple, list[Finding]] = {}
        for finding in label_findings(facet.lines, facet.format):
            by_label.setdefault((finding.column_name, finding.value, finding.expected), []).append(finding)
        for findings in by_label.values():
            remarks.add_by_combination(findings, [("", "")] * len(findings), facet, is_accepted)
    for facet in facets:
        checks = [check for column, check in _CHECKS_BY_COLUMN.items() if column in facet.filled_columns]
        if checks:
            first_rows = _first_rows(facet.codes, is_accepted, len(facet.lines))
            present = [n for n in np.argsort(first_rows, kind="stable") if first_rows[n] < len(is_accepted)]
            for finding in (
                f for check in checks for f in check(facet.lines.iloc[present], card, facet.format)
            ):
                remarks.add(finding, ("", ""), first_rows[[int(finding.source_row or 0) - 1]])
    return remarks


_CHECKS_BY_COLUMN = {"period_start": frequency_findings, "measure": validation.undeclared_measures}
"""Checks by column of the tidy frame, run once on its distinct values. Their findings are reported at the
first row."""


def _first_rows(codes: Numbers, is_eligible: Mask, size: int) -> Numbers:
    """Return the first eligible row of each number, or the count of rows where there is none.

    It works block by block and stops when each number has its first row.
    """
    first = np.full(size, len(codes), np.int64)
    for start in range(0, len(codes), _BLOCK):
        rows = np.flatnonzero(
            is_eligible[start : start + _BLOCK] & (first == len(codes))[codes[start : start + _BLOCK]]
        )
        first[codes[start + rows[::-1]]] = start + rows[::-1]
        if (first < len(codes)).all():
            break
    return first


def _findings_table(row_findings: _RowFindings, records: Records, fmt: Format) -> pa.Table:
    """Return the findings as a table, with their cells in the file."""
    template_numbers = np.concatenate([_NO_NUMBERS, *row_findings.template_numbers]).astype(np.int32)
    rows = np.concatenate([_NO_NUMBERS, *row_findings.rows]).astype(np.int64)
    letters_of = {name: cell_name(number, 1)[:-1] for number, name in enumerate(records.columns, start=1)}
    numbers = pa.array(template_numbers)

    def take_texts(texts: list[str | None]) -> pa.Array:
        return pa.array(texts, pa.string()).take(numbers)

    source_row = pa.array(records.row[rows].astype(np.int64))
    letters = take_texts([letters_of.get(t.column_name or "") for t in row_findings.templates])
    value = take_texts([t.value for t in row_findings.templates])
    is_repetition = np.array([t.rule == "case_id_repeated" for t in row_findings.templates], bool)
    if len(template_numbers) and (is_case_id := is_repetition[template_numbers]).any():
        texts = records.columns[str(case_column(fmt))].strip().take(rows[is_case_id]).series()
        value = pc.replace_with_mask(value, pa.array(is_case_id), pa.array(texts, pa.string()))
    return pa.table(
        {
            "rule": take_texts([t.rule for t in row_findings.templates]),
            "sheet": pa.array(records.sheets, pa.string()).take(pa.array(records.sheet[rows])),
            "source_row": source_row,
            "column_name": take_texts([t.column_name for t in row_findings.templates]),
            "cell": pc.binary_join_element_wise(letters, source_row.cast(pa.string()), ""),
            "value": value,
            "expected": take_texts([t.expected for t in row_findings.templates]),
            "suggestion": take_texts([t.suggestion for t in row_findings.templates]),
        },
        TABLE,
    )


def _collect_findings(tables: list[pa.Table]) -> Findings:
    """Combine tables of findings. Of each rule, keep the first as examples."""
    table = pa.concat_tables(tables)
    rule = table["rule"].combine_chunks().dictionary_encode()
    codes, names = rule.indices.to_numpy(), rule.dictionary.to_pylist()
    occurrences = dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
    example_rows = np.sort(
        np.concatenate([_NO_NUMBERS, *(np.flatnonzero(codes == n)[:EXAMPLES] for n in range(len(names)))])
    )
    examples = table.take(pa.array(example_rows)).to_pylist()
    return Findings(table, [Finding(**f, occurrences=occurrences[f["rule"]]) for f in examples], occurrences)


# ---- cases leave as counts -------------------------------------------------------------------------


def _count_cases(
    records: Records, facets: list[Facet], is_accepted: Mask, fmt: Format
) -> tuple[pd.DataFrame, Numbers]:
    """Count the accepted rows of each key: a line per key, and the line number of each accepted row."""
    classes = [_code_classes(facet) for facet in facets]
    parts: list[tuple[Numbers, int]] = [
        (class_of_combination.astype(np.min_scalar_type(len(columns)))[facet.codes], len(columns))
        for facet, (class_of_combination, columns) in zip(facets, classes, strict=True)
        if len(columns) > 1
    ]
    combined, size = _combine_numbers(parts, len(records))
    line_of_row, first_rows, row_counts = _number_keys(
        combined if is_accepted.all() else combined[is_accepted], size
    )
    # single rows first: `observations` puts lines that are added up last, too
    by_count = np.argsort(row_counts > 1, kind="stable")
    line_of_row = np.argsort(by_count).astype(np.int32)[line_of_row]
    first_rows, row_counts = first_rows[by_count], row_counts[by_count]
    if not is_accepted.all():
        first_rows = np.flatnonzero(is_accepted)[first_rows]
    shared_values = facets[0].lines.iloc[0]
    lines = {name: np.repeat(np.array([shared_values[name]], object), len(first_rows)) for name in _COUNT_KEY}
    for facet, (class_of_combination, columns) in zip(facets, classes, strict=True):
        combinations = class_of_combination[facet.codes[first_rows]]
        lines |= {str(name): columns[name].to_numpy(object)[combinations] for name in columns}
    texts = pd.Series(row_counts).map({n: summands(["1"] * n) for n in np.unique(row_counts).tolist()})
    counts = pd.DataFrame(lines).assign(
        value_low=row_counts.astype(float), value_high=row_counts.astype(float)
    )
    citizenship_texts = pd.Series(
        _citizenship_texts(facets, is_accepted, line_of_row, first_rows, row_counts),
        counts.index,
        dtype=object,
    )
    case, first = str(case_column(fmt)), next(iter(records.columns))
    name = first if case == PERSON else case  # a row without a number is at its first cell
    letters = cell_name(list(records.columns).index(name) + 1, 1)[:-1]
    cell_columns = {"source_column": name, "letters": letters}
    return counts.assign(
        value_text=texts.to_numpy(object), citizenship_reported=citizenship_texts, **cell_columns
    ), line_of_row


def _code_classes(facet: Facet) -> tuple[Numbers, pd.DataFrame]:
    """Number the distinct codes among the combinations. Return each combination's number, and the codes."""
    names = [name for name in _COUNT_KEY if name in facet.filled_columns]
    if not names:
        return np.zeros(len(facet.lines), np.int64), pd.DataFrame(index=[0])
    codes, distinct = pd.factorize(pd.Series(list(facet.lines[names].itertuples(index=False, name=None))))
    return codes, pd.DataFrame(list(distinct), columns=names)


def _number_keys(combined: Numbers, size: int) -> tuple[Numbers, Numbers, Numbers]:
    """Number the keys by first appearance. Return each row's number, and each key's first row and count."""
    if size <= _LARGEST_KEY_ARRAY and len(combined) > size // 8:
        first_of = np.full(size, -1, np.int32)
        first_of[combined[::-1]] = np.arange(len(combined), dtype=np.int32)[::-1]
        keys = np.flatnonzero(first_of >= 0)
        keys = keys[np.argsort(first_of[keys])]
        number_of_key = np.empty(size, np.int32)
        number_of_key[keys] = np.arange(len(keys))
        codes, first_rows = number_of_key[combined], first_of[keys]
    else:
        numbers, distinct = pd.factorize(combined.astype(np.int64, copy=False))
        codes, first_rows = numbers.astype(np.int32), np.empty(len(distinct), np.int32)
        first_rows[codes[::-1]] = np.arange(len(codes), dtype=np.int32)[::-1]
    return codes, first_rows, np.bincount(codes, minlength=len(first_rows))


def _citizenship_texts(
    facets: list[Facet], is_accepted: Mask, line_of_row: Numbers, first: Numbers, row_counts: Numbers
) -> npt.NDArray[np.object_]:
    """Return, for each line, the texts its rows have for the citizenship, in order of appearance."""
    facet = next((f for f in facets if "citizenship_reported" in f.filled_columns), None)
    if facet is None:
        return np.full(len(row_counts), None, object)
    texts, size = facet.lines["citizenship_reported"].to_numpy(object), len(facet.lines)
    citizenship_texts = texts[facet.codes[first]]
    classes = _code_classes(facet)[0]
    has_synonyms = (np.bincount(classes) > 1)[classes]  # combinations that share their code with another
    if has_synonyms.any():
        codes = facet.codes if is_accepted.all() else facet.codes[is_accepted]
        rows = np.flatnonzero(has_synonyms[codes])
        _, first, _ = _number_keys(
            line_of_row[rows].astype(np.int64) * size + codes[rows], len(row_counts) * size
        )
        texts_of_line: dict[int, list[str]] = {}
        for row in rows[first].tolist():
            texts_of_line.setdefault(int(line_of_row[row]), []).append(texts[codes[row]])
        for line, words in texts_of_line.items():
            if len(words) > 1:
                citizenship_texts[line] = " + ".join(dict.fromkeys(words))
    citizenship_texts[(row_counts > 1) & (citizenship_texts == "")] = None
    return citizenship_texts


# ---- quarantined cases -----------------------------------------------------------------------------


def _quarantined_lines(
    records: Records, facets: list[Facet], statuses: RowStatuses, fmt: Format
) -> pd.DataFrame:
    """Return the quarantined rows as tidy lines, with their number (`rows_waiting`) and the most `persons`
    they may be."""
    rows = np.flatnonzero(statuses.is_in_scope & ~statuses.is_accepted)
    cells = max(1, _width(records, fmt) - 1)  # where two rows were joined into one line, they share a cell
    extra = np.maximum(0, records.surplus[rows]) // cells
    row_kinds = np.where(statuses.is_ragged[rows], 1 + extra, 0)
    lines, kinds, row_counts = _lines_of(facets, rows, row_kinds)
    lines[quarantine.UNREAD] += np.where(kinds > 0, "surplus_cells ", "")
    return lines.assign(
        fate="quarantined", rows_waiting=row_counts, persons=row_counts * np.maximum(1, kinds)
    )


def _lines_of(facets: list[Facet], rows: Numbers, kinds: Numbers) -> tuple[pd.DataFrame, Numbers, Numbers]:
    """Return a tidy line for each kind and combination of texts of these rows, with its kind and its row
    count."""
    parts = [(facet.codes[rows], len(facet.lines)) for facet in facets]
    _, first, row_counts = _number_keys(
        *_combine_numbers([*parts, (kinds, int(kinds.max(initial=0)) + 1)], len(rows))
    )
    first_rows = rows[first]
    shared_values = facets[0].lines.iloc[0]
    columns = {
        name: np.repeat(np.array([shared_values[name]], object), len(first_rows))
        for name in shared_values.index
    }
    unread = np.full(len(first_rows), " ", object)
    for facet in facets:
        values = facet.lines[[name for name in facet.filled_columns if name in facet.lines]].astype(object)
        columns |= {name: values[name].to_numpy()[facet.codes[first_rows]] for name in values}
        unread += facet.unread_columns()[facet.codes[first_rows]]
    return pd.DataFrame(columns).assign(**{quarantine.UNREAD: unread}), kinds[first], row_counts


def _waiting(
    facets: list[Facet],
    statuses: RowStatuses,
    accepted_lines: pd.DataFrame,
    quarantined_lines: pd.DataFrame,
    card: Card,
    fmt: Format,
    received_on: date,
) -> pd.DataFrame:
    """Return the readable parts of the quarantined rows. Each row may add a person to an accepted value."""
    if any(column.role == "selector" for column in fmt.columns.values()):  # the counts have no selectors
        rows = np.flatnonzero(statuses.is_accepted)
        accepted_lines, _, _ = _lines_of(facets, rows, np.zeros(len(rows), np.uint8))
    lines = pd.concat(
        [accepted_lines.assign(fate="accepted", available=True), quarantined_lines], ignore_index=True
    )
    openings = quarantine.openings(lines, card, fmt, received_on)
    return openings.assign(  # the citizenship text of one row does not describe a count
        is_number=True,
        value_low=0.0,
        value_high=quarantined_lines["persons"].to_numpy(float),
        rows_waiting=quarantined_lines["rows_waiting"].to_numpy(),
        citizenship_reported=None,
    )


def _count_unplaced(facets: list[Facet], rows: Mask, accepted_count: int) -> dict[str, float]:
    """Count the quarantined persons whose country, measure or period cannot be read, and all persons."""
    is_unplaced = np.zeros(len(rows), bool)
    for facet in facets:
        if keys := [name for name in validation.LOCATING_COLUMNS if name in facet.filled_columns]:
            is_unplaced |= validation.is_unplaced(facet.lines, keys).to_numpy()[facet.codes]
    persons = int((is_unplaced & rows).sum())
    return {"unread": 0, "persons": persons, "of": accepted_count + persons}


def _case_rows(
    records: Records, is_accepted: Mask, line_of_row: Numbers, sheet_labels: Mapping[str, str]
) -> pa.Table:
    """Return, for each accepted row, the number of its line, its sheet and its row."""
    selection: Numbers | slice = slice(None) if is_accepted.all() else np.flatnonzero(is_accepted)
    nameless = np.array([name is None for name in records.sheets], bool)  # a csv file's only sheet
    of_sheet = records.sheet[selection].astype(np.int32, copy=False)
    codes = pa.array(of_sheet, mask=nameless[of_sheet])
    sheets = pa.DictionaryArray.from_arrays(
        codes, pa.array([sheet_labels.get(name or "", "") for name in records.sheets])
    )
    return pa.table({"line": line_of_row, "sheet": sheets, "source_row": records.row[selection]})
