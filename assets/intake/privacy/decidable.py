"""Findings of the guard that an office may decide to be no personal data. No decision is kept here."""

from schemas.findings import Finding, cell_name, column_number
from schemas.personal_data import kind_of, may_be_decided


def place_of_cell(sheet: str | None, column: int) -> str:
    """Return the place of a decision: the letters of a column, from 0, after the name of its sheet."""
    letters = cell_name(column + 1, 1)[:-1]
    return f"{sheet}!{letters}" if sheet else letters


def decision_for(finding: Finding) -> str:
    """Return `place:kind` of a finding of which an office may decide, or an empty text."""
    if finding.rule != "personal_data" or not may_be_decided(kind := kind_of(str(finding.expected))):
        return ""
    letters = (finding.cell or "").rstrip("0123456789")
    place = place_of_cell(finding.sheet, column_number(letters) - 1) if letters else finding.column_name
    return f"{place}:{kind}"
