"""Findings: problems found in a file, with the texts of their rules. No rule is decided here.

The severity of a rule is in rules.toml, its texts are in schemas/words.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shlex import quote
from typing import Literal, TypedDict

from schemas.codelists import codelist, names
from schemas.words import CONTRACT_LANGUAGES, DEFAULT_LANGUAGE, Sentence, number, say, words

LANGUAGES = CONTRACT_LANGUAGES
"""Languages in which findings are published."""

Consequence = Literal["row", "file", "refuse", "hold", "none"]


@dataclass(frozen=True)
class Rule:
    """A rule: its severity, and the consequence of a violation."""

    id: str
    severity: Literal["error", "warning"]
    fate: Consequence

    @property
    def may_be_justified(self) -> bool:
        """True if the figures may be right: an office may explain them. Any other violation is corrected."""
        return self.fate in ("hold", "none")

    def message(self, lang: str, **facts: object) -> str:
        """Return the problem and its correction in a language; `facts` fill the names in the rule's text."""
        return f"{self.problem(lang, **facts)} {self.correction(lang, **facts)}"

    def problem(self, lang: str, **facts: object) -> str:
        """Return the problem in a language."""
        return say(f"rule.{self.id}.what", lang, **self.message_facts(lang, facts))

    def correction(self, lang: str, **facts: object) -> str:
        """Return the correction in a language."""
        shown_facts = self.message_facts(lang, facts)
        return say(self.correction_key(shown_facts), lang, **shown_facts)

    def correction_key(self, facts: Mapping[str, object]) -> str:
        """Return the key of the correction; a part of a workbook outside its cells has one of its own."""
        key = f"rule.{self.id}.mend"
        if self.id not in RULES_ON_PARTS:
            return key
        location = str(facts["column"] or facts["value"])
        part = next((part for part, pattern in workbook_parts() if re.search(pattern, location)), None)
        return f"workbook_part.{part}" if part else key

    def message_facts(self, lang: str, facts: Mapping[str, object]) -> dict[str, object]:
        """Return the facts that the rule's text may name, formatted for a message."""
        shown_facts = {"sheet": "", "column": "", "value": "", "expected": "", "row": "", "cell": "", **facts}
        if self.fate == "hold":  # the values of these rules are numbers, or two numbers of a change
            shown_facts |= {name: _numbers(str(shown_facts[name]), lang) for name in ("value", "expected")}
        if self.id.startswith("unknown_"):
            shown_facts["expected"] = _named_codes(str(shown_facts["expected"]), lang)
        senders = {name: _printable(str(shown_facts[name])) for name in ("sheet", "column", "value")}
        return shown_facts | senders


def _numbers(text: str, lang: str) -> str:
    """Return a number, or the numbers of a change, as the language writes them; any other text as it is."""
    numbers = text.split(TO)
    return TO.join(number(int(n), lang) for n in numbers) if all(map(str.isdecimal, numbers)) else text


TO = " → "
"""Between the number in force and the one that would replace it."""


def _named_codes(text: str, lang: str) -> str:
    """Return the names of the codes if the text lists a whole code list; else the text."""
    codes = text.split(", ")
    lists = (codelist(name) for name in names())
    own_list = next((codes_of for codes_of in lists if [*codes_of] == codes), None)
    return ", ".join(code.name(lang) for code in own_list.values()) if own_list else text


HIDDEN_TEXT = "…"
"""Replacement in messages for texts that only the sender and the secretariat may read."""
LONGEST_SHOWN = 200
"""Maximum number of characters of a sender's text in a message."""


def _printable(text: str) -> str:
    """Return a text that fits into a sentence: a single line, not endless, without terminal control codes."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= LONGEST_SHOWN else f"{plain[:LONGEST_SHOWN]}…"


RULES_ON_PARTS = ("personal_data", "not_searchable")
"""Rules that a part of a workbook outside its cells may break."""


@cache
def workbook_parts() -> list[tuple[str, str]]:
    """Return pairs (part, pattern of its location). The first that matches counts."""
    path = Path(__file__).with_name("workbook_parts.toml")
    return list(tomllib.loads(path.read_text(encoding="utf-8")).items())


@cache
def rules() -> dict[str, Rule]:
    """Return all rules by id."""
    path = Path(__file__).with_name("rules.toml")
    return {
        rule: Rule(id=rule, **fields)
        for rule, fields in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


class Location(TypedDict, total=False):
    """Position of a finding in a file, as keyword arguments of Finding."""

    sheet: str | None
    source_row: int | None
    column_name: str | None
    cell: str | None


@dataclass(frozen=True)
class Finding:
    """A violation of a rule: its position, the value, and the expected value. Rows count from 1.

    `expected` is shown to everybody: a word of a list or of the card, a number, a day, or the sheet's name.
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
        """`error` or `warning`, from the rule."""
        return rules()[self.rule].severity

    def message(self, lang: str, *, with_value: bool = True, collection: str = "") -> str:
        """Return the text of the finding, without its value if values must not be shown."""
        message = rules()[self.rule].message(lang, **self._facts(with_value))
        if with_value and self.suggestion:
            return f"{message} {self._command(lang, collection)}".strip()
        return message

    def _command(self, lang: str, collection: str) -> str:
        """Return the command that accepts the suggestion, or an empty text if the rule has none.

        For several suggestions the code is a placeholder, so that none is preferred.
        """
        key = f"rule.{self.rule}.accept"
        if key not in words(lang) or not self.value:
            return ""
        code = str(self.suggestion) if "," not in str(self.suggestion) else say("placeholder.code", lang)
        collection = collection or say("placeholder.collection", lang)
        return say(key, lang, command=f"lineabase accept {collection} {quote(self.value)} {code} --office …")

    def problem(self, lang: str, *, with_value: bool = True) -> str:
        """Return the problem without its correction."""
        return rules()[self.rule].problem(lang, **self._facts(with_value))

    def sentences(self) -> tuple[Sentence, Sentence]:
        """Return the problem and its correction, for any language.

        Not for rules that hold a file: their numbers are formatted in the default language.
        """
        facts = rules()[self.rule].message_facts(DEFAULT_LANGUAGE, self._facts(with_value=True))
        correction_key = rules()[self.rule].correction_key(facts)
        return Sentence(f"rule.{self.rule}.what", facts), Sentence(correction_key, facts)

    def without_sender_names(self, names: Container[str]) -> Finding:
        """Return the finding without names of sheets and columns that only the sender knows."""

        def hide_unknown(name: str | None) -> str | None:
            return name if not name or name in names else HIDDEN_TEXT

        is_sheet_name = self.expected is not None and self.expected == self.sheet
        expected = hide_unknown(self.expected) if is_sheet_name else self.expected
        sheet, column_name = hide_unknown(self.sheet), hide_unknown(self.column_name)
        return replace(self, sheet=sheet, column_name=column_name, expected=expected)

    def _facts(self, with_value: bool) -> dict[str, object]:
        return {
            "sheet": self.sheet or "",
            "column": self.column_name or "",
            "value": (self.value or "") if with_value else HIDDEN_TEXT,
            "expected": self.expected or "",
            "row": self.source_row or "",
            "cell": self.cell or "",
        }


def count_by_rule(findings: Iterable[Finding]) -> dict[str, int]:
    """Count violations by rule in the findings of a step. Counts rows, not the listed examples."""
    findings = list(findings)
    counts = Counter(f.rule for f in findings)
    return {rule: max(n, *(f.occurrences for f in findings if f.rule == rule)) for rule, n in counts.items()}


def count_by_severity(by_rule: Mapping[str, int]) -> dict[str, int]:
    """Count the violations by `error` and `warning`."""
    counts: Counter[str] = Counter()
    for rule, n in by_rule.items():
        counts[rules()[rule].severity] += n
    return dict(counts)


def column_number(letters: str) -> int:
    """Return the number of a column of a sheet, from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(column: int, row: int) -> str:
    """Return the A1 name of a cell. Both numbers count from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
