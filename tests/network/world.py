"""The simulated network: who is a member, how many persons each counted in each quarter, which collections there are.

Everything follows from a seed. Persons are made up; a table and a case file of the same persons agree.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Literal

import numpy as np

from warehouse.home import CARD, CHECKOUT, Home

Codes = tuple[tuple[str, str], ...]
"""What a figure details: dimension and code, sorted; nothing for a total."""

TOTAL: Codes = ()
VICTIMS, CASES = "CRM-TS/victims", "CRM-TS/victim_cases"
MEASURE = "victims_detected"

SEX = {"F": 0.66, "M": 0.32, "_U": 0.02}
AGE = {"Y0T17": 0.3, "Y_GE18": 0.68, "_U": 0.02}
FORM = {"SEX": 0.62, "LAB": 0.24, "OTH": 0.09, "_U": 0.05}
FOREIGN = {"HND": 0.3, "GTM": 0.24, "NIC": 0.16, "VEN": 0.14, "COL": 0.06, "CHN": 0.04, "_U": 0.06}
OWN = 0.55
"""The share of own nationals among the victims of a member."""
DIMENSIONS = ("age_group", "citizenship", "exploitation", "sex")
CROSSED = (("age_group", "sex"), ("exploitation", "sex"))
"""Crossings that the members' tables have."""


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    @property
    def label(self) -> str:
        """`2023-Q1`."""
        return f"{self.year}-Q{self.number}"

    @property
    def start(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """Its last day."""
        return self.after(1).start - timedelta(days=1)

    @property
    def months(self) -> list[str]:
        """`2023-01`, `2023-02`, `2023-03`."""
        return [f"{self.year}-{month:02}" for month in range(self.start.month, self.start.month + 3)]

    @property
    def release_day(self) -> date:
        """The day on which the network releases what it knows of the quarter."""
        following = self.after(1).start
        return following.replace(day=15)

    def after(self, quarters: int) -> Quarter:
        """The quarter so many quarters later."""
        count = self.year * 4 + self.number - 1 + quarters
        return Quarter(count // 4, count % 4 + 1)


@dataclass(frozen=True)
class Person:
    """A victim, as a case file tells of one."""

    month: str
    age_group: str
    citizenship: str
    exploitation: str
    sex: str

    def codes(self, dimensions: Iterable[str]) -> Codes:
        """What this person is in these dimensions."""
        return tuple(sorted((name, getattr(self, name)) for name in dimensions))


@dataclass(frozen=True)
class Cell:
    """One figure of a file: measure, country, period as the file names it, and what it details."""

    measure: str
    country: str
    period: str
    codes: Codes = TOTAL


Figures = Mapping[Cell, int]


@dataclass(frozen=True)
class National:
    """A collection of a member's own institution: a copy of a shipped card, with these lines changed."""

    name: str
    of: str
    changed: Mapping[str, str | int]


@dataclass(frozen=True)
class Roles:
    """Which member does what is rare."""

    bulletin: str = "CRI"
    cases: str = "HND"
    skips: str = "PAN"
    fiscal: str = "USA"
    yearly: str = "PAN"
    monthly: str = "GTM"
    protected_months: str = "SLV"
    late: str = "BLZ"


ROLES = Roles()
WHOLE = ("BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "USA")
SHORT = ("CRI", "HND", "PAN", "USA")

BULLETIN = National("CRI-OIJ/victims", VICTIMS, {"confidentiality": "open"})
MONTHLY_CASES = National("HND-CICESCT/victim_cases", CASES, {"frequency": "M"})
FISCAL = National("USA-OPDAT/victims", VICTIMS, {"year_starts": 10})
YEARLY = National(
    "PAN-MP/complaints",
    VICTIMS,
    {"confidentiality": "open", "frequency": "A", "delivery": "full", "measure": "complaints_received"},
)
MONTHLY = National(
    "GTM-PNC/smuggled",
    "CRM-TS/smuggled_migrants",
    {"confidentiality": "open", "frequency": "M", "measure": "smugglers_arrested"},
)
PROTECTED_MONTHS = National("SLV-DGME/smuggled", "CRM-TS/smuggled_migrants", {"frequency": "M"})
NATIONALS = (BULLETIN, MONTHLY_CASES, FISCAL, YEARLY, MONTHLY, PROTECTED_MONTHS)


@dataclass(frozen=True)
class Table:
    """A collection that all members fill each quarter: its measures, what they detail, how many there are."""

    name: str
    measures: tuple[str, ...]
    dimension: Literal["", "sex", "citizenship"]
    level: int
    in_short: bool = False


TABLES = (
    Table("CRM-TS/mobility", ("irregular_entries",), "citizenship", 900, in_short=True),
    Table("CRM-TS/trafficking_proceedings", ("persons_prosecuted", "persons_convicted"), "sex", 14, True),
    Table("CRM-TS/smuggled_migrants", ("migrants_smuggled",), "citizenship", 60),
    Table("CRM-TS/smuggling_proceedings", ("persons_prosecuted", "persons_convicted"), "", 9),
    Table("CRM-TS/returns", ("returns",), "sex", 400),
    Table("CRM-TS/repatriations", ("victims_repatriated",), "sex", 11),
)


@dataclass
class World:
    """The truth at a moment: the persons of each member and quarter. Corrections change it."""

    seed: int
    members: tuple[str, ...]
    quarters: tuple[Quarter, ...]
    persons: dict[tuple[str, Quarter], list[Person]] = field(default_factory=dict)

    @property
    def is_short(self) -> bool:
        """Whether this is the short form."""
        return self.members == SHORT

    def random(self, *what: object) -> np.random.Generator:
        """Chance that depends on the seed and on what it is for, and not on what was drawn before."""
        return np.random.default_rng([self.seed, *(byte for byte in repr(what).encode())])

    def victims(self, member: str, quarter: Quarter) -> list[Person]:
        """The persons detected in a quarter, as it is known now."""
        if (member, quarter) not in self.persons:
            level = self._level(member)
            count = int(self.random("count", member, quarter).poisson(level))
            self.persons[member, quarter] = self._people(member, quarter, count, "first")
        return self.persons[member, quarter]

    def correct(self, member: str, quarter: Quarter, change: int) -> None:
        """So many persons more, or fewer."""
        before = self.victims(member, quarter)
        if change > 0:
            self.persons[member, quarter] = before + self._people(member, quarter, change, len(before))
        else:
            self.persons[member, quarter] = before[: max(len(before) + change, 0)]

    def _level(self, member: str) -> float:
        """How many victims a member detects in a quarter: some a handful, some many."""
        levels = (2.2, 6.0, 14.0, 35.0, 80.0)
        return levels[int(self.random("level", member).integers(len(levels)))]

    def _people(self, member: str, quarter: Quarter, count: int, why: object) -> list[Person]:
        chance = self.random("people", member, quarter, why)
        nationals = {member: OWN} | {
            code: (1 - OWN) * share for code, share in FOREIGN.items() if code != member
        }
        drawn = {
            name: _drawn(chance, of, count)
            for name, of in (
                ("age_group", AGE), ("citizenship", nationals), ("exploitation", FORM), ("sex", SEX),
            )
        }  # fmt: skip
        months = _drawn(chance, dict.fromkeys(quarter.months, 1.0), count)
        return [Person(months[n], **{name: of[n] for name, of in drawn.items()}) for n in range(count)]

    def figures(self, table: Table, member: str, quarter: Quarter) -> dict[Cell, int]:
        """A member's figures of a quarter for one of the common tables."""
        found: dict[Cell, int] = {}
        for measure in table.measures:
            chance = self.random(table.name, measure, member, quarter)
            level = table.level * float(self.random(table.name, measure, member).uniform(0.2, 2.0))
            total = int(chance.poisson(level))
            found[Cell(measure, member, quarter.label)] = total
            if table.dimension:
                shares = SEX if table.dimension == "sex" else FOREIGN
                parts = chance.multinomial(total, _normal(shares))
                for code, part in zip(shares, parts, strict=True):
                    found[Cell(measure, member, quarter.label, ((table.dimension, code),))] = int(part)
        return found


def make_world(seed: int, *, short: bool, rounds: int | None = None) -> World:
    """The network of a seed: four members and five quarters, or eleven and twelve."""
    members, first, count = (SHORT, Quarter(2023, 1), 5) if short else (WHOLE, Quarter(2022, 1), 12)
    return World(seed, members, tuple(first.after(n) for n in range(rounds or count)))


def table_of(persons: Sequence[Person], member: str, period: str) -> dict[Cell, int]:
    """The table of counts of these persons: total, each dimension whole, two crossings."""
    counts: Counter[Codes] = Counter({TOTAL: len(persons)})
    for name, codes in (("sex", SEX), ("age_group", AGE), ("exploitation", FORM)):
        counts.update(dict.fromkeys((((name, code),) for code in codes), 0))
    for dimensions in (*((name,) for name in DIMENSIONS), *CROSSED):
        counts.update(person.codes(dimensions) for person in persons)
    return {Cell(MEASURE, member, period, codes): count for codes, count in counts.items()}


def cases_of(persons: Sequence[Person], member: str) -> dict[Cell, int]:
    """What a case file of these persons counts, month by month, in all dimensions and crossings of two."""
    counts: Counter[tuple[str, Codes]] = Counter()
    for person in persons:
        counts[person.month, TOTAL] += 1
        for names in (*((name,) for name in DIMENSIONS), *combinations(DIMENSIONS, 2)):
            counts[person.month, person.codes(names)] += 1
    return {Cell(MEASURE, member, month, codes): count for (month, codes), count in counts.items()}


def lay_cards(home: Home, *, opened: bool) -> None:
    """Write the national cards into the home; with `opened` also the shipped cards, made open."""
    for national in NATIONALS:
        changed = {"provider_kind": "national_authority"} | dict(national.changed)
        _lay_card(home, national.name, national.of, changed, opened=opened)
    for table in (*TABLES, Table(VICTIMS, (MEASURE,), "sex", 0)) if opened else ():
        _lay_card(home, table.name, table.name, {}, opened=True)


def _lay_card(home: Home, name: str, of: str, changed: Mapping[str, str | int], *, opened: bool) -> None:
    lines = (CHECKOUT / "raw" / of / CARD).read_text(encoding="utf-8").splitlines()
    kept = tomllib.loads("\n".join(lines))["collection"]
    if opened and kept["confidentiality"] == "small_counts":
        changed = {"confidentiality": "open"} | dict(changed)
    kept |= changed
    titles = kept.pop("titles")
    told = [f'titles = {{ es = "{titles["es"]}, {name}", en = "{titles["en"]}, {name}" }}']
    told += [f"{key} = {_toml(value)}" for key, value in kept.items()]
    path = home.raw / name / CARD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["[collection]", *told]) + "\n", encoding="utf-8")


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _normal(shares: Mapping[str, float]) -> list[float]:
    return [share / sum(shares.values()) for share in shares.values()]


def _drawn(chance: np.random.Generator, shares: Mapping[str, float], count: int) -> list[str]:
    return [str(code) for code in chance.choice(list(shares), count, p=_normal(shares))]
