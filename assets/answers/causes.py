"""Findings grouped by cause: each problem once, with the cells where it occurs. Values of cells are left out.

Findings with the same rule, column and reason form a cause. Nothing of a row is repeated: it may be
confidential, and the sender has the row at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas import countries
from schemas.findings import Finding, rules
from schemas.words import say

HIDDEN_MARK = "…"


@dataclass(frozen=True)
class Location:
    """Position of a problem: sheet, and cell or row; and the codes of countries that may be meant."""

    sheet: str
    cell: str
    row: int | None
    suggestion: str

    def text(self, lang: str) -> str:
        """Write the position and the suggestion in a language."""
        position = self.cell or (say("answer.row", lang, row=self.row) if self.row else "")
        hint = say("cli.suggestion", lang, suggestion=self.suggestion) if self.suggestion else ""
        return " ".join(filter(None, [self.sheet, position, hint]))


@dataclass(frozen=True)
class Cause:
    """A problem with all its locations, and the facts that its message may name."""

    rule: str
    facts: Mapping[str, object]
    locations: list[Location]
    count: int

    @property
    def severity(self) -> str:
        """Severity of the rule: `error` or `warning`."""
        return rules()[self.rule].severity

    def problem(self, lang: str) -> str:
        """Describe the problem in a language."""
        return rules()[self.rule].problem(lang, **self.facts)

    def correction(self, lang: str) -> str:
        """Describe how to correct the problem, in a language."""
        return rules()[self.rule].correction(lang, **self.facts)


def group_by_cause(findings: Iterable[Finding]) -> list[Cause]:
    """Group findings by cause: errors first, otherwise in the order of the findings."""
    groups: dict[Finding, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_shared_facts(finding), []).append(finding)
    causes = [_to_cause(shared, group) for shared, group in groups.items()]
    return sorted(causes, key=lambda cause: cause.severity != "error")


def _shared_facts(finding: Finding) -> Finding:
    """Remove from a finding the facts that differ between findings of the same cause."""
    shared = replace(finding, cell=None, source_row=None, suggestion=None, occurrences=1)
    return replace(shared, value=HIDDEN_MARK) if _concerns_row(finding) else shared


def _concerns_row(finding: Finding) -> bool:
    return bool(finding.cell or finding.source_row)


def _to_cause(shared: Finding, group: list[Finding]) -> Cause:
    single = group[0] if len(group) == 1 else None
    facts = {
        "sheet": shared.sheet or "",
        "column": shared.column_name or "",
        "value": shared.value or "",
        "expected": shared.expected or "",
        "row": (single.source_row if single else None) or HIDDEN_MARK,
        "cell": (single.cell if single else None) or HIDDEN_MARK,
    }
    locations = dict.fromkeys(_to_location(finding) for finding in group if _concerns_row(finding))
    return Cause(shared.rule, facts, list(locations), len(group))


def _to_location(finding: Finding) -> Location:
    return Location(
        finding.sheet or "", finding.cell or "", finding.source_row, _country_codes(finding.suggestion)
    )


def _country_codes(suggestion: str | None) -> str:
    """Return a suggestion if it consists of country codes; any other may repeat the value of a cell."""
    country_codes = {country.code for country in countries.all_countries()}
    return suggestion if suggestion and set(suggestion.split(", ")) <= country_codes else ""
