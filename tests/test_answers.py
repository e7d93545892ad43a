"""The answer to one file: what a sender reads on the page, and what stands nowhere in it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake.processing import process
from assets.intake.submission import receive
from schemas.words import languages, say
from tests.bad_input import build
from tests.conftest import PUBLISHED, SHARED
from tests.test_held import GOOD, JAN, Rows, file_of, handed_in, run
from tests.test_vintages import new_home
from warehouse.home import CARD, CHECKOUT, Home

DARIEN = "PAN-SNM/darien_nationality"
SECRET = "Lempira 77"
CURP = "HEGG560427MVZRRL04"
"""The example of RENAPO's own instructions for the CURP."""


@dataclass
class Page(HTMLParser):
    """A page as a browser takes it apart: texts by section, rows of tables, tags with their attributes."""

    text: str
    sections: dict[str, str] = field(default_factory=dict)
    causes: list[tuple[str, list[str]]] = field(default_factory=list)
    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.at, self.open = "", ""
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append((tag, known))
        self.open = tag
        if tag == "section":
            self.at = str(known["id"])
        elif tag == "tr":
            self.rows.setdefault(self.at, []).append([])
        elif tag == "td":
            self.rows[self.at][-1].append("")
        elif tag == "h3":
            self.causes.append(("", []))

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        self.sections[self.at] = self.sections.get(self.at, "") + data
        if self.open == "td":
            self.rows[self.at][-1][-1] += data
        elif self.open == "h3":
            self.causes[-1] = (data, [])
        elif self.open == "li":
            self.causes[-1][1].append(data)

    def table(self, section: str) -> list[list[str]]:
        """The rows of a section's table, without its heads."""
        return [row for row in self.rows.get(section, []) if row]


def answered(home: Home, file: Path, collection: str, lang: str = "es") -> Page:
    report = home.root / "answers" / "out.html"
    result = run(home, "check", str(file), "-c", collection, "--lang", lang, "--report", str(report))
    assert f"{report}" in result.stdout
    return Page(report.read_text(encoding="utf-8"))


def of_rows(home: Home, rows: Rows, lang: str = "es") -> Page:
    return answered(home, file_of(home, rows), "X/c", lang)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one accepted submission."""
    made = new_home(tmp_path / "home")
    handed_in(made, JAN, GOOD)
    return made


# ---- a publisher's own file with planted mistakes -------------------------------------------------------


@pytest.mark.slow
@pytest.mark.shared
def test_darien_with_planted_mistakes_is_answered_cell_by_cell(tmp_path: Path) -> None:
    """Rows are chosen in the publisher's file by csv alone; what changed is what is written over them here."""
    [(name, received_on)] = [(name, day) for collection, name, day in PUBLISHED if collection == DARIEN]
    with (SHARED / "data" / name).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    card = (CHECKOUT / "raw" / DARIEN / CARD).read_text(encoding="utf-8")
    home = build.home(tmp_path / "home", card, DARIEN)
    process(home, receive(home, SHARED / "data" / name, DARIEN, received_on))

    largest = sorted(range(len(rows)), key=lambda n: -int(rows[n][3]))[:3]
    old = [int(rows[n][3]) for n in largest]
    new = [old[0] - 5, old[1] + 7000, old[2] - 300]
    for n, value in zip(largest, new, strict=True):
        rows[n][3] = str(value)
    free = [n for n in range(100, 110) if n not in largest][:3]
    rows[free[0]][3] = rows[free[1]][3] = SECRET
    rows[free[2]][2] = "Hondruas"
    changed = tmp_path / "mayo 2026.csv"
    with changed.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])

    page = answered(home, changed, DARIEN)
    wrong = {what: cells for what, cells in page.causes if what.startswith("Por corregir")}
    assert list(wrong.values()) == [
        [f"D{free[0] + 2}", f"D{free[1] + 2}"],
        [f"C{free[2] + 2} ¿Quiso decir HND?"],
    ]
    assert next(iter(wrong)) == "Por corregir: «…» en «n» no es un número."
    lost = int(rows[free[2]][3])
    assert 0 < lost < 5
    shown = [row[2:] for row in page.table("es-changed")]
    assert shown == [
        [f"{old[1]:,}", f"{new[1]:,}", "+7,000"],
        [f"{old[2]:,}", f"{new[2]:,}", "−300"],
        [f"{old[0]:,}", f"{new[0]:,}", "−5"],
        [str(lost), "ya no está", ""],
    ]
    assert page.table("es-changed")[0][1] == rows[largest[1]][0][:7]
    assert SECRET not in page.text
    assert "Hondruas" not in page.text
    assert f"{len(rows) - 3:,} aceptadas · 3 en cuarentena" in page.sections["es-read"]
    assert page.table("es-released")[0][0] == "Ingresos irregulares"


# ---- what changed ------------------------------------------------------------------------------------------


def test_what_is_gone_changed_by_all_it_said_and_an_interval_has_no_difference(home: Home) -> None:
    rows = GOOD | {("CRI", 2001): "2101-2150", ("CRI", 2002): "2090"}
    gone = {key: value for key, value in rows.items() if key != ("CRI", 2005)}
    assert of_rows(home, gone).table("es-changed") == [
        ["Víctimas detectadas, Costa Rica", "2005", "2,105", "ya no está", ""],
        ["Víctimas detectadas, Costa Rica", "2001", "2,101", "2,101–2,150", ""],
        ["Víctimas detectadas, Costa Rica", "2002", "2,102", "2,090", "−12"],
    ]


@pytest.mark.slow
def test_of_very_many_changes_the_largest_fifty_are_told(home: Home) -> None:
    many = {(country, year): "100" for country in ("CRI", "GTM", "PAN") for year in range(2000, 2020)}
    process(home, receive(home, file_of(home, many), "X/c", date(2024, 2, 1)))
    run(home, "confirm", "X.c.2024-02-01.1", "--reason", "otra fuente", "--office", "prueba")
    order = {key: 200 + n for n, key in enumerate(many)}
    page = of_rows(home, {key: str(value) for key, value in order.items()})
    assert [row[3] for row in page.table("es-changed")] == [str(259 - n) for n in range(50)]


def test_the_first_file_of_a_collection_is_compared_with_nothing(tmp_path: Path) -> None:
    page = of_rows(new_home(tmp_path / "home"), GOOD)
    assert "primer archivo aceptado" in page.sections["es-changed"]
    assert page.causes == []
    assert "Nada que corregir." in page.sections["es-wrong"]
    assert page.table("es-released") == [["Víctimas detectadas", "20", "1", "2000–2019"]]


def test_of_a_rejected_file_nothing_is_compared_or_released(home: Home) -> None:
    page = of_rows(home, {("Wakanda", 2001): "7"})
    assert "No se comparó" in page.sections["es-changed"]
    assert "Nada: sigue vigente" in page.sections["es-released"]
    assert page.table("es-changed") == page.table("es-released") == []


def test_of_a_protected_collection_no_value_is_shown(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", confidentiality="small_counts")
    handed_in(home, JAN, GOOD)
    page = of_rows(home, GOOD | {("CRI", 2001): "7654"})
    assert "no se compara" in page.sections["es-changed"]  # nor does a number tell a guess from a count
    assert page.table("es-changed") == []
    assert "protegida" in page.sections["es-released"]
    assert "7,654" not in page.text
    assert "2,101" not in page.text


# ---- what is never told ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", languages())
def test_of_a_refused_file_the_page_has_the_rule_and_the_place_and_no_value(home: Home, lang: str) -> None:
    file = home.root / f"lista {CURP}.csv"
    file.write_text(f"reporting_country,period,value,nota\nCRI,2020,7,{CURP}\n", encoding="utf-8")
    page = answered(home, file, "X/c", lang)
    assert set(page.sections) - {""} == {f"{lang}-read", f"{lang}-wrong", f"{lang}-released"}
    assert CURP not in page.text
    assert say("answer.no_name", lang) in page.text
    assert len(page.causes) == 1

    file = file.rename(home.root / "lista.csv")
    page = answered(home, file, "X/c", lang)
    assert [cells for _, cells in page.causes] == [["D2"]]
    assert CURP not in page.text


def test_a_date_that_a_text_may_mean_is_a_value_and_not_suggested(home: Home) -> None:
    page = of_rows(home, GOOD | {("CRI", "03/04/1987"): "7"})  # type: ignore[dict-item]
    assert [cells for _, cells in page.causes] == [["B22"]]
    assert "1987" not in page.text


def test_a_suggested_country_stands_beside_its_cell(home: Home) -> None:
    page = of_rows(home, GOOD | {("Guatemalla", 2001): "7"})
    assert [cells for _, cells in page.causes] == [["A22 ¿Quiso decir GTM?"]]
    assert "Guatemalla" not in page.text


# ---- the page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", languages())
def test_the_page_needs_no_script_and_loads_nothing(home: Home, lang: str) -> None:
    page = of_rows(home, GOOD | {("CRI", 2001): "7x", ("CRI", 2002): "9"}, lang)
    assert [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object", "form")] == []
    assert [known for _, known in page.tags if {"src", "href", "style", "onclick"} & known.keys()] == []
    assert not re.search(r"url\(|@import|https?:", page.text)
    assert ("html", {"lang": lang}) in page.tags
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [k for _, k in page.tags]
    sections = {f"{lang}-{name}" for name in ("read", "wrong", "changed", "released")}
    assert sections <= set(page.sections)


def test_what_a_file_says_is_text_and_no_part_of_the_page(home: Home) -> None:
    file = file_of(home, GOOD)
    head, rest = file.read_text("utf-8").split("\n", 1)
    file.write_text(f"{head},<script>alert(1)</script>\n" + rest.replace("\n", ",x\n"), encoding="utf-8")
    page = answered(home, file, "X/c")
    assert "script" not in [tag for tag, _ in page.tags]
    assert "<script>alert(1)</script>" in "".join(what for what, _ in page.causes)


@pytest.mark.parametrize("name", ["out.pdf", "file.csv", "raw/X/c/out.html"])
def test_an_answer_is_not_written_anywhere_or_anyhow(home: Home, name: str) -> None:
    file = file_of(home, GOOD)
    before = file.read_bytes()
    if name == "file.csv":
        file = file.rename(file.with_suffix(".html"))
        name = file.name
    result = run(home, "check", str(file), "-c", "X/c", "--report", str(home.root / name))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert file.read_bytes() == before
    assert not (home.root / name).exists() or home.root / name == file
