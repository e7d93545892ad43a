"""Proofs of joint bounds in words: the cells that force a bound, or that cannot all be right."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.code_names import code_name
from schemas.tables import DIMENSIONS, JOINT_BOUNDS
from schemas.words import number, say
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import JointBoundsRow

Proof = Mapping[str, Any]
"""A proof as the release has it: `cell`, `side`, `bound`, `facts`. docs/check_joint_bounds.py checks it."""

_VALUES = {dimension.name: dimension.values for dimension in DIMENSIONS}
_SOURCE = ("collection", "measure", "reporting_country", "period_start")


@dataclass(frozen=True)
class Certificate:
    """Bounds of a cell that all tables of its country and year allow, and the proofs. `str()` is a sentence.

    `own` and `joint` are bounds: of its own table, and of all tables (None: unbounded). `joint` is None if
    the cells contradict each other.
    """

    own: tuple[float, float | None]
    joint: tuple[float, float | None] | None
    compares_tables: bool
    proofs: tuple[Proof, ...]
    cell: str
    lang: str

    def __str__(self) -> str:
        """Return the sentence in the language of the certificate."""
        return self.sentence(self.lang)

    def sentence(self, lang: str) -> str:
        """Return what the proofs state, the cells that force it and what they assume."""
        facts = "; ".join(dict.fromkeys(fact for proof in self.proofs for fact in _list_facts(proof, lang)))
        if self.joint is None:
            parts = [say("joint.contradictory", lang, facts=facts)]
        else:
            published, joint = (_interval(bounds, lang) for bounds in (self.own, self.joint))
            name = _name_cell(self.cell, lang)
            parts = [say("joint.bounded", lang, cell=name, joint=joint, own=published, facts=facts)]
        if self.compares_tables:
            parts.append(say("joint.assumes", lang))
        return " ".join(parts)


def certificate_of(db: duckdb.DuckDBPyConnection, lang: str, row: Mapping[str, object]) -> Certificate | None:
    """Return the certificate of a cell; None if no other table narrows or contradicts it.

    `row`: `collection`, `measure`, `reporting_country`, `period_start`, and the codes of the dimensions by
    which the cell is detailed, such as a row of `baseline.indicator_values` or `core.current`.
    """
    key = {name: row[name] for name in _SOURCE} | {d.name: row.get(d.name, d.default) for d in DIMENSIONS}
    conditions = " AND ".join(f"{name} = ${name}" for name in key)
    rows = row_dicts(db.execute(f"SELECT * FROM {JOINT_BOUNDS.full_name} WHERE {conditions}", key))
    return _read(rows[0], lang) if rows else None


def _read(row: JointBoundsRow, lang: str) -> Certificate:
    texts = (row["certificate"], row["low_certificate"], row["high_certificate"])
    columns: Mapping[str, object] = row
    codes = "|".join(str(columns[name]) for name in row["breakdown"].split("+") if name in _VALUES)
    return Certificate(
        own=(row["value_low"], row["value_high"]),
        joint=None if row["joint_low"] is None else (row["joint_low"], row["joint_high"]),
        compares_tables=row["compares_tables"],
        proofs=tuple(json.loads(text) for text in texts if text),
        cell=":".join([row["breakdown"], *([codes] if codes else [])]),
        lang=lang,
    )


# ---- words ------------------------------------------------------------------------------------------


def _list_facts(proof: Proof, lang: str) -> list[str]:
    """Return the published bounds that a proof uses, then the sums, without rows that are only 0 or more."""
    bounds = [fact for fact in proof["facts"] if fact["kind"] != "sum" and not _is_zero(fact)]
    sums = [fact for fact in proof["facts"] if fact["kind"] == "sum"]
    in_sums = Counter(cell for fact in sums for cell in fact["terms"])
    cells_in_words = {
        proof["cell"],
        *(cell for fact in bounds for cell in fact["terms"]),
        *(cell for cell, count in in_sums.items() if count > 1),
    }
    return [
        *(_bound_text(fact, lang) for fact in bounds),
        *(text for fact in sums if (text := _sum_text(fact, cells_in_words, lang))),
    ]


def _is_zero(fact: Mapping[str, Any]) -> bool:
    return bool(fact["kind"] == "low" and fact["at_least"] == 0)


def _bound_text(fact: Mapping[str, Any], lang: str) -> str:
    [cell] = fact["terms"]
    key, bound = ("at_least", fact["at_least"]) if fact["kind"] == "low" else ("at_most", -fact["at_least"])
    return say(f"joint.{key}", lang, cell=_name_cell(cell, lang), n=number(bound, lang))


def _sum_text(fact: Mapping[str, Any], cells_in_words: set[str], lang: str) -> str:
    """Return which cell contains or is the sum of which; empty if none of `cells_in_words` is among them."""
    above, below = ([cell for cell, factor in fact["terms"].items() if factor == sign] for sign in (1, -1))
    key, containers, parts = (
        ("contains", above, [cell for cell in below if cell in cells_in_words])
        if len(above) == 1
        else ("is_sum", below, above)
    )
    if not parts:
        return ""
    cell_names = ", ".join(_name_cell(cell, lang) for cell in parts)
    return say(f"joint.{key}", lang, cell=_name_cell(containers[0], lang), cells=cell_names)


def _name_cell(cell: str, lang: str) -> str:
    """Return the name of a cell such as `age_group+sex:Y0T17|F`, with its table."""
    table, _, codes = cell.partition(":")
    if not codes:
        return say("joint.total", lang)
    names = [
        code_name(dimension, _VALUES[dimension], code, lang)
        for dimension, code in zip(table.split("+"), codes.split("|"), strict=True)
    ]
    return say("joint.cell", lang, codes=", ".join(names))


def _interval(bounds: tuple[float, float | None], lang: str) -> str:
    low, high = bounds
    if high is None:
        return say("joint.or_more", lang, low=number(low, lang))
    if low == high:
        return number(low, lang)
    return say("joint.between", lang, low=number(low, lang), high=number(high, lang))
