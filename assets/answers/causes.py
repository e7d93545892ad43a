"""Findings by cause: what is wrong once, with the cells where it is. No value of a cell is in it.

What is wrong in one column for one reason is one cause. Of a row nothing is repeated: it may be what must not
be told again, and the sender has it before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas import countries
from schemas.findings import Finding, rules
from schemas.words import say

HIDDEN = "…"


@dataclass(frozen=True)
class Place:
    """Where something is wrong: sheet, and cell or row; the codes that may be meant."""

    sheet: str
    cell: str
    row: int | None
    suggestion: str

    def said(self, lang: str) -> str:
        """The place in words."""
        where = self.cell or (say("answer.row", lang, row=self.row) if self.row else "")
        hint = say("cli.suggestion", lang, suggestion=self.suggestion) if self.suggestion else ""
        return " ".join(filter(None, [self.sheet, where, hint]))


@dataclass(frozen=True)
class Cause:
    """One thing that is wrong, wherever it is, and what its words may name."""

    rule: str
    facts: Mapping[str, object]
    places: list[Place]
    often: int

    @property
    def severity(self) -> str:
        """`error` or `warning`, as the rule says."""
        return rules()[self.rule].severity

    def what(self, lang: str) -> str:
        """What is wrong, in words."""
        return rules()[self.rule].what(lang, **self.facts)

    def mend(self, lang: str) -> str:
        """What to do, in words."""
        return rules()[self.rule].mend(lang, **self.facts)


def by_cause(findings: Iterable[Finding]) -> list[Cause]:
    """The causes: errors first, then remarks; else in the order of the findings."""
    groups: dict[Finding, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_shared(finding), []).append(finding)
    causes = [_cause(shared, alike) for shared, alike in groups.items()]
    return sorted(causes, key=lambda cause: cause.severity != "error")


def _shared(finding: Finding) -> Finding:
    """What the findings of one cause share."""
    shared = replace(finding, cell=None, source_row=None, suggestion=None, occurrences=1)
    return replace(shared, value=HIDDEN) if _is_of_a_row(finding) else shared


def _is_of_a_row(finding: Finding) -> bool:
    return bool(finding.cell or finding.source_row)


def _cause(shared: Finding, alike: list[Finding]) -> Cause:
    only = alike[0] if len(alike) == 1 else None
    facts = {
        "sheet": shared.sheet or "",
        "column": shared.column_name or "",
        "value": shared.value or "",
        "expected": shared.expected or "",
        "row": (only.source_row if only else None) or HIDDEN,
        "cell": (only.cell if only else None) or HIDDEN,
    }
    places = dict.fromkeys(_place(finding) for finding in alike if _is_of_a_row(finding))
    return Cause(shared.rule, facts, list(places), len(alike))


def _place(finding: Finding) -> Place:
    return Place(finding.sheet or "", finding.cell or "", finding.source_row, _codes(finding.suggestion))


def _codes(suggestion: str | None) -> str:
    """A suggestion, if it is codes of countries: any other may be what the cell says."""
    known = {country.code for country in countries.all_countries()}
    return suggestion if suggestion and set(suggestion.split(", ")) <= known else ""
