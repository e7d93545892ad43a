"""How an answer is judged against a labelled string; shared by the tests and the measurements.

The labels are those of the reference: alternatives joined by "/"; a plain alpha-3; HIST:x, AMB:x,
MULTI:a+b, REGION, OTHER, UNKNOWN, STATELESS. Silently wrong: a code that no alternative names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.countries import Resolution, all_countries, resolve

SHARED = Path(__file__).parents[2].parent / "shared"
LABELLED = Path("reference/countries/labelled_strings.csv")
REFUSED = {"ambiguous", "unresolved"}
KIND_OF_LABEL = {
    "OTHER": "other",
    "UNKNOWN": "unknown",
    "STATELESS": "stateless",
    "REGION": "aggregate",
}
ISO3 = {country.code for country in all_countries()}


@dataclass(frozen=True)
class Labelled:
    value: str
    language: str
    kind: str
    expected: str
    source: str

    @property
    def code_system(self) -> str | None:
        """The system a card would declare; only codes need one."""
        if self.kind != "code":
            return None
        if self.value.replace(".", "").isdigit():
            return "m49"
        if len(self.value) == 2:
            return "iso2"
        special = self.value.startswith("XX")
        return "iso3" if special or self.value.upper() in ISO3 else "ioc"

    def resolved(self) -> Resolution:
        return resolve(self.value, code_system=self.code_system, language=self.language)


def labelled(shared: Path = SHARED) -> Iterator[Labelled]:
    with open(shared / LABELLED, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Labelled(**row)


def is_right(answer: Resolution, expected: str) -> bool:
    return any(_matches(answer, one) for one in expected.split("/"))


def is_first_suggestion(answer: Resolution, expected: str) -> bool:
    """Whether what was refused is suggested first as what it is."""
    named = {one.split(":")[-1] for one in expected.split("/")}
    return answer.kind in REFUSED and bool(answer.candidates) and answer.candidates[0] in named


def _matches(answer: Resolution, expected: str) -> bool:
    label, _, detail = expected.partition(":")
    if label == "AMB":
        return answer.kind in REFUSED
    if label == "MULTI":
        return set(answer.members) == set(detail.split("+"))
    if label == "HIST":
        return answer.code == detail
    if label in KIND_OF_LABEL:
        return answer.kind == KIND_OF_LABEL[label]
    return answer.code == label


def is_silently_wrong(answer: Resolution, expected: str) -> bool:
    return answer.code is not None and not is_right(answer, expected)
