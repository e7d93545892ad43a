"""How well drafted cards fit those that people wrote: publishers' files, and ten other layouts of each. `python -m tests.drafting_figures`

A column is right if role and code system are the card's. Prints each file and layout, and what was taken for something else.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl

from assets.drafting.draft import CannotDraft, draft_card
from assets.intake import records
from assets.intake.privacy.guard import RefusedFile
from schemas import countries
from schemas.cards.format_card import Format
from tests.conftest import PUBLISHED, SHARED
from warehouse.home import CHECKOUT, Home

ROWS = 1_500
"""So many rows of a file are laid out otherwise."""
Said = tuple[str | None, str | None]
"""Role and code system."""


@dataclass(frozen=True)
class Laid:
    """A table: its rows with the header first, what each column is, how it is written to a file."""

    rows: list[list[str]]
    truth: dict[str, Said]
    delimiter: str = ","
    encoding: str = "utf-8"
    above: list[list[str]] = field(default_factory=list)
    is_workbook: bool = False

    def write(self, folder: Path) -> Path:
        """The table as a file."""
        rows = [*self.above, *self.rows]
        if self.is_workbook:
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(folder / "a.xlsx")
            return folder / "a.xlsx"
        with (folder / "a.csv").open("w", encoding=self.encoding, errors="replace", newline="") as file:
            csv.writer(file, delimiter=self.delimiter).writerows(rows)
        return folder / "a.csv"

    def renamed(self, names: dict[str, str]) -> Laid:
        """Headers called otherwise."""
        header = [names.get(cell, cell) for cell in self.rows[0]]
        truth = {names.get(name, name): said for name, said in self.truth.items()}
        return replace(self, rows=[header, *self.rows[1:]], truth=truth)

    def columns_of(self, *roles: str) -> list[str]:
        return [name for name, (role, _) in self.truth.items() if role in roles]


def _in_words(laid: Laid) -> Laid:
    """Codes of countries are names in Spanish."""
    coded = [
        n for n in laid.columns_of("citizenship", "reporting_country") if laid.truth[n][1] in ("iso3", "iso2")
    ]
    places = [laid.rows[0].index(name) for name in coded]
    rows = [
        laid.rows[0],
        *([_named(c) if n in places else c for n, c in enumerate(row)] for row in laid.rows[1:]),
    ]
    return replace(laid, rows=rows, truth=laid.truth | {n: (laid.truth[n][0], "any") for n in coded})


def _named(text: str) -> str:
    code = countries.resolve(text).code
    return countries.lookup(code).name("es") if code else text


def _thousands(laid: Laid) -> Laid:
    """Figures have a mark at their thousands."""
    places = [laid.rows[0].index(name) for name in laid.columns_of("value")]
    rows = [
        laid.rows[0],
        *([_marked(c) if n in places else c for n, c in enumerate(row)] for row in laid.rows[1:]),
    ]
    return replace(laid, rows=rows, delimiter=";")


def _marked(text: str) -> str:
    return f"{int(text):,}".replace(",", " ") if text.isdecimal() else text


_SPANISH = {
    "period": "Periodo", "year": "Año", "month": "Mes", "citizenship": "Nacionalidad", "reporting_country": "País", "sex": "Sexo",
    "age_group": "Grupo de edad", "exploitation": "Forma de explotación", "value": "Cantidad", "measure": "Medida", "area": "Entidad",
}  # fmt: skip
_PLAIN = {
    "period": "date", "year": "yr", "month": "month", "citizenship": "origin", "reporting_country": "country", "sex": "gender",
    "age_group": "age", "exploitation": "form", "value": "total", "measure": "indicator", "area": "region",
}  # fmt: skip


def _called(laid: Laid, words: dict[str, str]) -> Laid:
    """Headers that say in other words what a column is; of two of a role the first."""
    named = {role: laid.columns_of(role) for role in words}
    one = {
        role: names[0] for role, names in named.items() if names and not (role == "value" and len(names) > 1)
    }
    return laid.renamed({name: words[role] for role, name in one.items() if words[role] not in laid.rows[0]})


def _with_notes(laid: Laid) -> Laid:
    rows = [
        [str(n) if n else "No.", *row, "revisado" if n else "Observaciones"]
        for n, row in enumerate(laid.rows)
    ]
    return replace(laid, rows=rows, truth=laid.truth | {"No.": (None, None), "Observaciones": (None, None)})


def layouts(laid: Laid) -> dict[str, Laid]:
    """Ten other layouts of a table."""
    banner = [["Instituto Nacional", *[""] * (len(laid.rows[0]) - 1)], [""] * len(laid.rows[0])]
    return {
        "semicolons": replace(laid, delimiter=";"),
        "workbook": replace(laid, is_workbook=True),
        "Windows-1252": replace(laid, encoding="cp1252", delimiter=";"),
        "tabs, columns turned": replace(laid, rows=[row[::-1] for row in laid.rows], delimiter="\t"),
        "two rows above": replace(laid, above=banner),
        "upper case": laid.renamed({name: name.upper() for name in laid.rows[0]}),
        "headers in Spanish": _called(laid, _SPANISH),
        "headers in short": _called(laid, _PLAIN),
        "names of countries, thousands": _thousands(_in_words(laid)),
        "numbered, with notes": _with_notes(laid),
    }


@dataclass(frozen=True)
class Score:
    """Columns of the card, those that are right, and of the others what they are and what they were taken for."""

    right: int
    all: int
    wrong: dict[str, tuple[Said, Said | None]]


def score(file: Path, truth: dict[str, Said]) -> Score:
    """A draft beside what its columns are. Raises RefusedFile, CannotDraft."""
    drafted = draft_card(file)
    mine: dict[str, Said] = {guess.header: (guess.role, guess.codes) for guess in drafted.guesses}
    if drafted.wide:  # periods across: the card's grammar makes columns of values of them
        mine |= {name: ("value", None) for name in truth if re.fullmatch(drafted.wide, name)}
    wrong = {name: (said, mine.get(name)) for name, said in truth.items() if mine.get(name) != said}
    return Score(len(truth) - len(wrong), len(truth), wrong)


def truth_of(fmt: Format) -> dict[str, Said]:
    return {name: (None if c.ignore else c.role, c.codes) for name, c in fmt.columns.items() if not c.at}


def original(collection: str, file: Path) -> Laid:
    """The file's table as its card reads it."""
    match = records.best_match(file, Home(CHECKOUT).card(collection))
    grid = match.sheets[0].grid
    last = min(grid.rows, match.header + 1 + ROWS)
    rows = [grid.row(n) for n in range(match.header, last)]
    return Laid([[cell.strip() for cell in rows[0]], *rows[1:]], truth_of(match.format))


def figures(names: list[tuple[str, str]]) -> Iterator[tuple[str, str, Score]]:
    """Each file, and each of its layouts."""
    for collection, name in names:
        file = SHARED / "data" / name
        laid = original(collection, file)
        try:
            yield name, "as published", score(file, laid.truth)
        except (RefusedFile, CannotDraft) as error:
            print(name, "as published", type(error).__name__)
        for layout, one in layouts(laid).items():
            with TemporaryDirectory() as folder:
                try:
                    yield name, layout, score(one.write(Path(folder)), one.truth)
                except (RefusedFile, CannotDraft) as error:
                    print(name, layout, type(error).__name__, getattr(error, "finding", ""))
                    yield name, layout, Score(0, len(one.truth), {})


def main() -> None:
    asked = sys.argv[1:]
    names = [(c, name) for c, name, _ in PUBLISHED if not asked or any(a in name for a in asked)]
    total: dict[str, list[int]] = {}
    for name, layout, found in figures(names):
        print(
            f"{name:55} {layout:32} {found.right:3} / {found.all:3}  {found.wrong if found.wrong else ''}",
            flush=True,
        )
        for key in (layout, "all"):
            total.setdefault(key, [0, 0])
            total[key][0] += found.right
            total[key][1] += found.all
    for key, (right, every) in total.items():
        print(f"{key:32} {right:4} / {every:4}  {right / every:.0%}")


if __name__ == "__main__":
    main()
