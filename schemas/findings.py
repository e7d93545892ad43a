"""Findings: one thing wrong or worth a look, and what its rule says of it. No rule is decided here.

How grave a rule is: rules.toml. Its words: schemas/words.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shlex import quote
from typing import Literal, TypedDict

from schemas.words import CONTRACT, DEFAULT, Sentence, number, say, words

LANGUAGES = CONTRACT
"""The languages in which findings are released."""

Fate = Literal["row", "file", "refuse", "hold", "none"]


@dataclass(frozen=True)
class Rule:
    """One rule: its severity, and what happens where it is broken."""

    id: str
    severity: Literal["error", "warning"]
    fate: Fate

    def message(self, lang: str, **facts: object) -> str:
        """What is wrong and what to do, in a language; `facts` fill the names in the rule's words."""
        return f"{self.what(lang, **facts)} {self.mend(lang, **facts)}"

    def what(self, lang: str, **facts: object) -> str:
        """What is wrong, in a language."""
        return say(f"rule.{self.id}.what", lang, **self.known(lang, facts))

    def mend(self, lang: str, **facts: object) -> str:
        """What to do, in a language."""
        return say(f"rule.{self.id}.mend", lang, **self.known(lang, facts))

    def known(self, lang: str, facts: Mapping[str, object]) -> dict[str, object]:
        """The facts that the rule's words may name, as a message shows them."""
        known = {"sheet": "", "column": "", "value": "", "expected": "", "row": "", "cell": "", **facts}
        if self.fate == "hold":  # what breaks it is a number
            counted = {name: str(known[name]) for name in ("value", "expected")}
            known |= {name: number(int(n), lang) for name, n in counted.items() if n.isdecimal()}
        return known | {name: _shown(str(known[name])) for name in ("sheet", "column", "value")}


HIDDEN = "…"
"""What stands in a message for what only the sender and the secretariat may read."""
SHOWN = 200
"""So many characters of what the sender wrote are shown in a message."""


def _shown(text: str) -> str:
    """A text that fits a sentence: in one line, not endless, without codes that steer a terminal."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}…"


@cache
def rules() -> dict[str, Rule]:
    """All rules by id."""
    path = Path(__file__).with_name("rules.toml")
    return {
        rule: Rule(id=rule, **told) for rule, told in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


class Place(TypedDict, total=False):
    """Where in a file a finding is: given to a Finding as a whole."""

    sheet: str | None
    source_row: int | None
    column_name: str | None
    cell: str | None


@dataclass(frozen=True)
class Finding:
    """Where a rule was broken, by what, and what was expected. Rows count from 1, as a sheet shows.

    `expected` is said to everybody: a word of a list or of the card, a number, a day, or the sheet's name.
    """

    rule: str
    sheet: str | None = None
    source_row: int | None = None
    column_name: str | None = None
    cell: str | None = None
    value: str | None = None
    expected: str | None = None
    suggestion: str | None = None
    occurrences: int = 1

    @property
    def severity(self) -> str:
        """`error` or `warning`, as the rule says."""
        return rules()[self.rule].severity

    def message(self, lang: str, *, with_value: bool = True, collection: str = "") -> str:
        """The finding in words; without its value where values must not be shown."""
        said = rules()[self.rule].message(lang, **self._facts(with_value))
        return f"{said} {self._command(lang, collection)}".strip() if with_value and self.suggestion else said

    def _command(self, lang: str, collection: str) -> str:
        """How a suggestion is accepted, of rules that say so; of several, nobody is led to one."""
        key = f"rule.{self.rule}.accept"
        if key not in words(lang) or not self.value:
            return ""
        code = str(self.suggestion) if "," not in str(self.suggestion) else say("placeholder.code", lang)
        place = collection or say("placeholder.collection", lang)
        return say(key, lang, command=f"lineabase accept {place} {quote(self.value)} {code} --office …")

    def what(self, lang: str, *, with_value: bool = True) -> str:
        """What is wrong, without what to do."""
        return rules()[self.rule].what(lang, **self._facts(with_value))

    def sentences(self) -> tuple[Sentence, Sentence]:
        """What is wrong, and what to do, to be said in any language; not for numbers that a hold says."""
        facts = rules()[self.rule].known(DEFAULT, self._facts(with_value=True))
        return Sentence(f"rule.{self.rule}.what", facts), Sentence(f"rule.{self.rule}.mend", facts)

    def without_names_but(self, known: Container[str]) -> Finding:
        """The finding without the names of sheets and columns that the sender alone gave."""

        def shown(name: str | None) -> str | None:
            return name if not name or name in known else HIDDEN

        of_the_sheet = self.expected is not None and self.expected == self.sheet
        expected = shown(self.expected) if of_the_sheet else self.expected
        return replace(self, sheet=shown(self.sheet), column_name=shown(self.column_name), expected=expected)

    def _facts(self, with_value: bool) -> dict[str, object]:
        return {
            "sheet": self.sheet or "",
            "column": self.column_name or "",
            "value": (self.value or "") if with_value else HIDDEN,
            "expected": self.expected or "",
            "row": self.source_row or "",
            "cell": self.cell or "",
        }


def count_by_rule(findings: Iterable[Finding]) -> dict[str, int]:
    """How often each rule was broken, by one step's findings: rows, not the examples that are listed."""
    listed = list(findings)
    seen = Counter(f.rule for f in listed)
    return {rule: max(n, *(f.occurrences for f in listed if f.rule == rule)) for rule, n in seen.items()}


def count_by_severity(by_rule: Mapping[str, int]) -> dict[str, int]:
    """The same, by `error` and `warning`."""
    counted: Counter[str] = Counter()
    for rule, n in by_rule.items():
        counted[rules()[rule].severity] += n
    return dict(counted)


def cell_name(column_number: int, row: int) -> str:
    """The A1 name of a cell; both numbers count from 1."""
    letters = ""
    while column_number:
        column_number, rest = divmod(column_number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
