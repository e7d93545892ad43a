"""Notes of the sender beside a figure: words that mark it as provisional, estimated or partial.

The words are data: notes.toml. A figure bears the flag until the sender sends it again without the word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from assets.intake.judging.finding_places import finding_at
from schemas.cards.format_card import Format
from schemas.codelists import fold
from schemas.contracts import SOURCE
from schemas.findings import Finding
from schemas.flags import add_flag

NOTE = "note"
"""Role of a column of notes."""
_LIMITING = "partial"


def mark_by_notes(lines: pd.DataFrame, fmt: Format) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the lines with the flags that their notes ask for, and the notes that limit a figure."""
    findings: list[Finding] = []
    for name in [SOURCE + name for name, column in fmt.columns.items() if column.role == NOTE]:
        for text in lines[name].unique() if name in lines else ():
            flags = flags_of_note(text)
            rows = lines.index[lines[name] == text] if flags else lines.index[:0]
            for flag in flags:
                lines.loc[rows, "flag"] = lines.loc[rows, "flag"].map(lambda f, flag=flag: add_flag(f, flag))
            if _LIMITING in flags:
                line = lines.loc[rows[0]].to_dict()
                findings.append(finding_at(line, name.removeprefix(SOURCE), "note_limits_figure", fmt))
    return lines, findings


def flags_of_note(text: str) -> list[str]:
    """Return the flags of the figures beside a note."""
    folded_text = fold(text)
    return [flag for flag, pattern in _patterns().items() if folded_text and pattern.search(folded_text)]


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    tables = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {flag: re.compile("|".join(table["patterns"])) for flag, table in tables.items()}
