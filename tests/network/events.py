"""What happens in the simulated network, round by round: which files are handed in, what is withdrawn, decided, broken.

A round is a quarter. Its files arrive after the quarter's end, through the round's door; it ends with a refresh.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Literal

import openpyxl

from schemas.cards.template import collection_template
from tests.network import world as network
from tests.network.world import (
    ROLES,
    VICTIMS,
    Cell,
    Figures,
    Person,
    Quarter,
    World,
    cases_of,
    table_of,
)
from warehouse.home import Home
from warehouse.publication.template_files import write_workbook

Door = Literal["command", "inbox", "desk", "job"]
DOORS: tuple[Door, ...] = ("command", "inbox", "desk", "job")
Fate = Literal["accepted", "held", "rejected"]
DAYS_BEFORE_RELEASE = 6
TREATIES = "CRM-TS/treaties"
DIMENSIONS = ("sex", "age_group", "exploitation", "citizenship")


@dataclass
class File:
    """A file that is handed in: its bytes, the figures that it brings, and what must become of it.

    `confirm`: an office lets it in at once where it is held. `key`: under which name later events know it.
    """

    key: str
    collection: str
    name: str
    content: bytes
    figures: Figures = field(default_factory=dict)
    persons: Sequence[Person] = ()
    records: tuple[tuple[str, ...], ...] = ()
    fate: Fate = "accepted"
    confirm: bool = False


@dataclass(frozen=True)
class Withdrawal:
    """A file that its sender takes back."""

    key: str


@dataclass(frozen=True)
class Confirmation:
    """A held file that an office lets in later."""

    key: str


@dataclass(frozen=True)
class Decision:
    """An answer to an open question about a value: it is real."""

    collection: str
    country: str
    period: str


@dataclass(frozen=True)
class Fault:
    """Something that makes a refresh fail until it is put right, and how that refresh must end.

    `card`: a collection's card cannot be read. `lost`: the folder of a file is not there any more, as in an
    older backup.
    """

    outcome: Literal["broke_off", "refused"]
    card: str = ""
    lost: str = ""


@dataclass
class Round:
    """One round: the quarter that it releases, its door, what happens, what makes a refresh fail before it."""

    quarter: Quarter
    door: Door
    files: list[File] = field(default_factory=list)
    others: list[Withdrawal | Confirmation | Decision] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def as_of(self) -> date:
        """The day of the release."""
        return self.quarter.release_day

    @property
    def arrival(self) -> date:
        """The day on which the files arrive."""
        return self.as_of - timedelta(days=DAYS_BEFORE_RELEASE)


def make_rounds(world: World) -> list[Round]:
    """The rounds of a world. Later rounds hand in what the world then knows."""
    first_door = int(world.random("door").integers(len(DOORS)))
    rounds = [Round(q, DOORS[(first_door + n) % len(DOORS)]) for n, q in enumerate(world.quarters)]
    plan = _Plan(world, rounds)
    for number in range(len(rounds)):
        plan.fill(number)
    return rounds


class _Plan:
    """The rounds while they are filled."""

    def __init__(self, world: World, rounds: list[Round]) -> None:
        self.world, self.rounds, self.seen = world, rounds, set[str]()

    def fill(self, number: int) -> None:
        """Everything of one round. What is rare happens once, at the rounds named here."""
        events: dict[int, list[Any]] = {
            0: [self._treaties_first, self._yearly],
            1: [self._wrong_collection, self._decision],
            2: [self._cases_first, self._fiscal_first, self._withdrawal, self._held],
            3: [self._return, self._confirmation, self._whole_year, self._bulletin, self._spoilt_card],
            4: [self._treaties_changed, self._yearly, self._older_backup],
        }
        self._quarterly(number)
        for event in events.get(number, []):
            event(number)
        if number > 2:
            self._cases(number)
            self._fiscal(number)
        if number > 3 and (number + 1) % 4 == 0:
            self._bulletin(number)
        self._corrections(number)

    # ---- what comes every quarter ---------------------------------------------------------------------

    def _quarterly(self, number: int) -> None:
        quarter = self.rounds[number].quarter
        for member in self.world.members:
            for one in self._due(member, number):
                self._hand_in(number, f"victims {member} {one.label}", VICTIMS, self._table(member, one))
        for table in network.TABLES:
            if table.in_short or not self.world.is_short:
                figures: dict[Cell, int] = {}
                for member in self.world.members:
                    if number >= self._joins(member):
                        figures |= self.world.figures(table, member, quarter)
                self._hand_in(number, f"{table.name} {quarter.label}", table.name, figures)
        if not self.world.is_short:
            self._monthly(number)

    @property
    def _late(self) -> str:
        """The member that joins late."""
        return ROLES.fiscal if self.world.is_short else ROLES.late

    def _joins(self, member: str) -> int:
        """The round in which a member hands in first."""
        return 0 if member != self._late else 1 if self.world.is_short else 4

    def _due(self, member: str, number: int) -> Iterator[Quarter]:
        """The quarters that a member hands in now: the newest, and those that it had not handed in before."""
        joins = self._joins(member)
        skipped = 2 if member == ROLES.skips else None
        if number < joins or number == skipped:
            return
        first = 0 if number == joins else number - 1 if number - 1 == skipped else number
        for place in range(first, number + 1):
            yield self.rounds[place].quarter

    def _monthly(self, number: int) -> None:
        quarter = self.rounds[number].quarter
        for national, member, measure in (
            (network.MONTHLY, ROLES.monthly, "smugglers_arrested"),
            (network.PROTECTED_MONTHS, ROLES.protected_months, "migrants_smuggled"),
        ):
            chance = self.world.random(national.name, quarter)
            figures = {Cell(measure, member, month): int(chance.poisson(9)) for month in quarter.months}
            self._hand_in(number, f"{national.name} {quarter.label}", national.name, figures)

    def _corrections(self, number: int) -> None:
        """One person more in the round before; then 25 more, three fewer, and whatever chance brings."""
        if number < 1:
            return
        chance = self.world.random("correction", number)
        members = [m for m in self.world.members if m not in (self._late, ROLES.skips)]
        fixed = {1: (ROLES.bulletin, 0, 1), 4: (ROLES.bulletin, 1, -3)}
        if number in fixed:
            member, place, change = fixed[number]
            self._correct(number, member, self.rounds[place].quarter, change)
        for _ in range(0 if self.world.is_short else 2):
            member = members[int(chance.integers(len(members)))]
            place = int(chance.integers(max(0, number - 4), number))
            change = (1, 25, -3)[int(chance.integers(3))]
            if not self._is_reserved(member, place):
                self._correct(number, member, self.rounds[place].quarter, change)

    @staticmethod
    def _is_reserved(member: str, place: int) -> bool:
        """Whether other events depend on what was handed in for that member and quarter."""
        return (member == ROLES.cases and place == 1) or (member == ROLES.skips)

    def _correct(self, number: int, member: str, quarter: Quarter, change: int) -> None:
        before = len(self.world.victims(member, quarter))
        if change < 0 and not before:
            return
        self.world.correct(member, quarter, change)
        key = f"correction {member} {quarter.label} {change:+d} in {number}, {len(self.seen)}"
        self._hand_in(number, key, VICTIMS, self._table(member, quarter), confirm=True)
        if member == ROLES.fiscal and number > 2:
            self._fiscal(number, [quarter], confirm=True)
        if member == ROLES.cases and number > 2:
            self._cases(number, [quarter], confirm=True)

    # ---- what happens once ------------------------------------------------------------------------------

    def _withdrawal(self, number: int) -> None:
        """The only file of a member's second quarter is withdrawn."""
        quarter = self.rounds[1].quarter
        self.rounds[number].others.append(Withdrawal(f"victims {ROLES.skips} {quarter.label}"))

    def _return(self, number: int) -> None:
        """It comes back, with two persons more."""
        quarter = self.rounds[1].quarter
        self.world.correct(ROLES.skips, quarter, 2)
        self._hand_in(number, "return", VICTIMS, self._table(ROLES.skips, quarter), confirm=True)

    def _held(self, number: int) -> None:
        """25 persons more: it differs too much from what is in force, and waits for an office."""
        quarter = self.rounds[1].quarter
        self.world.correct(ROLES.cases, quarter, 25)
        self._hand_in(number, "held", VICTIMS, self._table(ROLES.cases, quarter), fate="held")

    def _confirmation(self, number: int) -> None:
        """The held file is confirmed, and the case file of the same persons comes again."""
        self.rounds[number].others.append(Confirmation("held"))
        self._cases(number, [self.rounds[1].quarter], confirm=True)

    def _whole_year(self, number: int) -> None:
        """A file of the whole year after its quarters; the first quarter has one person more."""
        quarters = [self.rounds[place].quarter for place in range(4)]
        member = ROLES.bulletin
        self.world.correct(member, quarters[0], 1)
        figures = {c: n for q in quarters for c, n in self._table(member, q).items()}
        self.rounds[number].files = [
            file for file in self.rounds[number].files if file.key != f"victims {member} {quarters[3].label}"
        ]
        self._hand_in(number, "whole year", VICTIMS, figures, confirm=True)

    def _bulletin(self, number: int) -> None:
        """An open bulletin tells the sex of the persons of the last four quarters."""
        figures: dict[Cell, int] = {}
        for place in range(number - 3, number + 1):
            table = self._table(ROLES.bulletin, self.rounds[place].quarter)
            figures |= {c: n for c, n in table.items() if not c.codes or [d for d, _ in c.codes] == ["sex"]}
        self._hand_in(number, f"bulletin {number}", network.BULLETIN.name, figures, confirm=True)

    def _cases_first(self, number: int) -> None:
        self._cases(number, [self.rounds[place].quarter for place in range(number + 1)])

    def _cases(self, number: int, quarters: Sequence[Quarter] = (), *, confirm: bool = False) -> None:
        """A case file of the persons of a member's table; what is corrected is sent with it."""
        chosen = list(quarters) or [self.rounds[number].quarter]
        persons = [person for q in chosen for person in self.world.victims(ROLES.cases, q)]
        if not persons:  # a case file without a person is no case file
            return
        key = f"cases {' '.join(q.label for q in chosen)} in {number}, {len(self.seen)}"
        content = _csv(("case_id", "reporting_country", "identified_in", *DIMENSIONS), _case_rows(persons))
        figures = cases_of(persons, ROLES.cases)
        self._add(
            number, File(key, network.MONTHLY_CASES.name, "", content, figures, persons, confirm=confirm)
        )

    def _fiscal_first(self, number: int) -> None:
        """With the quarter before the first: so the first fiscal year is whole."""
        before = self.rounds[0].quarter.after(-1)
        self._fiscal(number, [before, *(self.rounds[place].quarter for place in range(number + 1))])

    def _fiscal(self, number: int, quarters: Sequence[Quarter] = (), *, confirm: bool = False) -> None:
        chosen = list(quarters) or [self.rounds[number].quarter]
        figures = {c: n for q in chosen for c, n in self._table(ROLES.fiscal, q).items()}
        content = _counts({replace(c, period=_fiscal_label(c.period)): n for c, n in figures.items()})
        key = f"fiscal {' '.join(q.label for q in chosen)} in {number}, {len(self.seen)}"
        self._add(number, File(key, network.FISCAL.name, "", content, figures, confirm=confirm))

    def _yearly(self, number: int) -> None:
        """Annual figures of an open collection, one of which is its own year."""
        last = self.rounds[0].quarter.year - 1
        years = range(last - 7, last + 1 + (number > 0))
        chance = self.world.random("yearly")
        counts = {year: int(chance.integers(1800, 2100)) for year in range(last - 7, last + 2)} | {last: last}
        figures = {Cell("complaints_received", ROLES.yearly, str(year)): counts[year] for year in years}
        self._hand_in(number, f"yearly {number}", network.YEARLY.name, figures)

    def _decision(self, number: int) -> None:
        last = self.rounds[0].quarter.year - 1
        self.rounds[number].others.append(Decision(network.YEARLY.name, ROLES.yearly, str(last)))

    def _wrong_collection(self, number: int) -> None:
        """A workbook of victims, handed into the collection of smuggled migrants."""
        quarter = self.rounds[number].quarter
        content = _workbook(VICTIMS, self._table(ROLES.skips, quarter))
        wrong = "CRM-TS/smuggled_migrants"
        self._add(number, File("wrong collection", wrong, "victimas.xlsx", content, fate="rejected"))

    def _spoilt_card(self, number: int) -> None:
        self.rounds[number].faults.append(Fault("broke_off", card=network.BULLETIN.name))

    def _older_backup(self, number: int) -> None:
        self.rounds[number].faults.append(Fault("refused", lost="yearly 0"))

    def _treaties_first(self, number: int) -> None:
        self._treaties(number, {})

    def _treaties_changed(self, number: int) -> None:
        self._treaties(number, {self.world.members[0]: "2021-05-04"})

    def _treaties(self, number: int, joined: Mapping[str, str]) -> None:
        """One treaty: who is party to it, and since when."""
        rows = tuple(
            ("ilo_c182", m, "party" if m in joined else "not_verified_here", joined.get(m, ""))
            for m in self.world.members
        )
        lines = [
            (*row[:3], "ratification" if row[3] else "", row[3], "Depositario" if row[3] else "")
            for row in rows
        ]
        header = (
            "Tratado",
            "País",
            "Situación",
            "Forma del consentimiento",
            "Ratificación o adhesión",
            "Fuente",
        )
        file = File(f"treaties {number}", TREATIES, "", _csv(header, lines), records=rows, confirm=True)
        self._add(number, file)

    # ---- files ------------------------------------------------------------------------------------------

    def _table(self, member: str, quarter: Quarter) -> dict[Cell, int]:
        return table_of(self.world.victims(member, quarter), member, quarter.label)

    def _hand_in(
        self,
        number: int,
        key: str,
        collection: str,
        figures: Figures,
        *,
        fate: Fate = "accepted",
        confirm: bool = False,
    ) -> None:
        content = _counts(figures)
        self._add(number, File(key, collection, "", content, dict(figures), fate=fate, confirm=confirm))

    def _add(self, number: int, file: File) -> None:
        if not file.name:
            file.name = f"{number:02}-{len(self.seen):03}.csv"
        if file.key in self.seen:
            raise ValueError(f"two files are called {file.key}")
        self.seen.add(file.key)
        self.rounds[number].files.append(file)


def _fiscal_label(period: str) -> str:
    """The quarter's name in years that begin in October: October is in the first quarter of the next."""
    year, number = period.split("-Q")
    return Quarter(int(year), int(number)).after(1).label


def _counts(figures: Figures) -> bytes:
    header = ("measure", "reporting_country", "period", *DIMENSIONS, "value")
    return _csv(header, _count_rows(figures))


def _count_rows(figures: Figures) -> Iterator[tuple[object, ...]]:
    for cell, count in figures.items():
        codes = dict(cell.codes)
        details = (codes.get(name, "") for name in DIMENSIONS)
        yield (cell.measure, cell.country, cell.period, *details, count)


def _case_rows(persons: Sequence[Person]) -> Iterator[tuple[object, ...]]:
    for number, person in enumerate(persons):
        details = (getattr(person, name) for name in DIMENSIONS)
        yield (f"{ROLES.cases}-{person.month}-{number:05}", ROLES.cases, person.month, *details)


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _workbook(collection: str, figures: Figures) -> bytes:
    """The collection's own template, filled in."""
    empty, filled = BytesIO(), BytesIO()
    home = Home.default()
    write_workbook(collection_template(collection, home.card(collection), "en"), empty, "en")
    book = openpyxl.load_workbook(empty)
    sheet = next(one for one in book if "Period" in [cell.value for cell in one[1]])
    places = {str(cell.value): cell.column for cell in sheet[1]}
    for row, (_, country, period, *_, count) in enumerate(_count_rows(figures), start=2):
        for header, value in (("Reporting country", country), ("Period", period), ("Value", count)):
            sheet.cell(row, places[header], value)
    book.save(filled)
    return filled.getvalue()
