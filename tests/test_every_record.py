"""Every collection of the network's records, one by one: handed in by its template, refused, revised, withdrawn,
compared. What a cell says here is made up; the kinds of mistakes are the same for all, since the grammar is one.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import openpyxl
import pytest

from assets.intake import processing as intake
from assets.intake.privacy.guard import RefusedFile
from pipelines.dagster.definitions import definitions
from pipelines.desk.access import Access
from schemas.cards.template import Field, Template, collection_template
from schemas.records import declarations
from tests import faults
from tests.conftest import accept, release
from tests.test_desk import Browser, served
from tests.test_records import handed_in, run
from warehouse.home import Home, receipts
from warehouse.reading.client import Warehouse

pytestmark = pytest.mark.slow  # for its price alone

COLLECTIONS = {name: f"{one.provider}/{name}" for name, one in declarations().items()}
FIRST, SECOND, GONE = "2026-01-10", "2026-02-10", date(2026, 3, 1)
SAYS = {
    "date": "2024-01-31",
    "period": "2024-01",
    "number": "3",
    "link": "indicator:tip_victims_detected",
    "country": "Guatemala",
    "countries": "Guatemala",
    "label": "etiqueta-1",
    "text": "Texto inventado",
    "source": "Fuente inventada",
    "contact": "+502 2420 0000",
}
"""What a good row says in a column of each role; of a list its first code."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("every") / "home")
    made.root.mkdir()
    return made


def template(home: Home, name: str) -> Template:
    return collection_template(COLLECTIONS[name], home.card(COLLECTIONS[name]), "es")


def good(asked: Template, name: str, label: str = "etiqueta-1") -> list[str]:
    """A row that says something in every column."""
    return [_says(field, name, label) for field in asked.fields]


def _says(field: Field, name: str, label: str) -> str:
    if field.choices and field.role not in ("country", "countries"):
        return field.choices[0]
    return label if field.role == "label" else SAYS[field.role]


def text(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


# ---- ten kinds of bad input ------------------------------------------------------------------------------

Spoil = Callable[[Template, list[str]], str | None]


def _cell(role: str, value: str, *, listed: bool | None = None, required: bool | None = None) -> Spoil:
    """The good row with another text in the first column of a role; None where the collection has none."""

    def spoil(asked: Template, row: list[str]) -> str | None:
        for place, field in enumerate(asked.fields):
            fits = field.role == role and (listed is None or bool(field.choices) == listed)
            if fits and (required is None or field.required == required):
                return text(asked.headers, [*row[:place], value, *row[place + 1 :]])
        return None

    return spoil


BAD: dict[str, tuple[set[str], Spoil]] = {
    "a header of another name": (
        {"renamed_column", "missing_column", "extra_column"},
        lambda asked, row: text([f"{asked.headers[0]} nuevo", *asked.headers[1:]], row),
    ),
    "a column too many": (
        {"extra_column"},
        lambda asked, row: text([*asked.headers, "Otra cosa"], [*row, "x"]),
    ),
    "a code in no list": ({"unknown_code"}, _cell("code", "Quizá", listed=True)),
    "a required cell blank": ({"field_missing"}, lambda asked, row: _blank(asked, row)),
    "a country that is none": ({"unknown_country"}, _cell("country", "Costa Pobre")),
    "a country outside the network": ({"not_a_member"}, _cell("country", "Brasil")),
    "a day that may be two": ({"unreadable_date"}, _cell("date", "03/04/2001")),
    "a row twice": ({"repeated_row"}, lambda asked, row: text(asked.headers, row, row)),
    "two rows of one key": ({"duplicate_key"}, lambda asked, row: _other_of_the_key(asked, row)),
    "more cells than the header": ({"ragged_row"}, lambda asked, row: text(asked.headers, [*row, "más"])),
    "nothing but a header": (
        {"no_rows", "empty_file", "no_row_accepted"},
        lambda asked, row: text(asked.headers),
    ),
    "a link that says no kind": ({"unknown_link"}, _cell("link", "acta 3")),
    "a person": (
        {"personal_data"},
        _cell("text", "Llamar a María López Hernández, 5555-0000, maria@correo.example"),
    ),
}


def _blank(asked: Template, row: list[str]) -> str:
    place = next(n for n, field in enumerate(asked.fields) if field.required)
    return text(asked.headers, [*row[:place], "", *row[place + 1 :]])


def _other_of_the_key(asked: Template, row: list[str]) -> str | None:
    assert asked.declaration is not None
    keyed = {cell.name for cell in asked.declaration.cells if cell.column in asked.declaration.key}
    for place, field in enumerate(asked.fields):
        if field.name not in keyed and field.role in ("text", "source"):
            return text(asked.headers, row, [*row[:place], "Otra cosa", *row[place + 1 :]])
    return None


@pytest.mark.parametrize("name", COLLECTIONS)
def test_ten_kinds_of_bad_input_are_refused_with_a_finding_in_words(
    home: Home, name: str, tmp_path: Path
) -> None:
    """Each names its rule, and what is wrong in Spanish and English; the good row passes."""
    asked = template(home, name)
    row = good(asked, name)
    file = tmp_path / "registros.csv"
    file.write_text(text(asked.headers, row), encoding="utf-8")
    sound = intake.check(home, file, COLLECTIONS[name], date.fromisoformat(FIRST))
    assert sound.is_clean, [f.message("es") for f in sound.findings]
    tried = 0
    for kind, (rules, spoil) in BAD.items():
        content = spoil(asked, row)
        if content is None:
            continue
        file.write_text(content, encoding="utf-8")
        try:
            findings = intake.check(home, file, COLLECTIONS[name], date.fromisoformat(FIRST)).all_findings
        except RefusedFile as refused:  # of the directory, a cell beside a public line may be somebody's, too
            assert kind in ("a person", "more cells than the header"), kind
            findings = [refused.finding]
        named = [finding for finding in findings if finding.rule in rules or finding.rule == "personal_data"]
        assert named, (kind, [finding.rule for finding in findings])
        assert all(named[0].message(lang) for lang in ("es", "en"))
        tried += 1
    assert tried >= 10


# ---- the whole way -----------------------------------------------------------------------------------------


def by_template(home: Home, name: str, folder: Path, label: str) -> Path:
    """The workbook of the command, with a row filled in."""
    path = folder / f"{name}-{label}.xlsx"
    told = run(home, "template", COLLECTIONS[name], "--output", path)
    assert told.exit_code == 0, told.output
    book = openpyxl.load_workbook(path)
    for place, value in enumerate(good(template(home, name), name, label), start=1):
        book["Datos"].cell(2, place, value)
    book.save(path)
    return path


@pytest.fixture(scope="module")
def walked(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Each handed in by template from the command line, revised by a second file, which is withdrawn."""
    folder = tmp_path_factory.mktemp("sent")
    for name, collection in COLLECTIONS.items():
        file = by_template(home, name, folder, "etiqueta-1")
        told = run(home, "submit", file, "--collection", collection, "--received", FIRST)
        assert told.exit_code == 0, told.output
        row = good(template(home, name), name, "etiqueta-1")
        revised = [
            ("Texto corregido" if cell == SAYS["text"] else "Otra fuente" if cell == SAYS["source"] else cell)
            for cell in row
        ]
        accept(home, handed_in(home, text(template(home, name).headers, revised), SECOND, collection))
    release(home)
    return home


PUBLIC = [name for name, one in declarations().items() if one.visibility == "public"]


@pytest.mark.parametrize("name", PUBLIC)
def test_it_is_revised_compared_between_two_days_and_withdrawn(walked: Home, name: str) -> None:
    with Warehouse.open(walked.current) as warehouse:
        before, now = warehouse.records(name, on=date.fromisoformat(FIRST)), warehouse.records(name)
        assert (len(before), len(now)) == (1, 1)
        assert not before.drop(columns=["known_from", "known_to"], errors="ignore").equals(
            now.drop(columns=["known_from", "known_to"], errors="ignore")
        )
        changed = warehouse.changes(name, date.fromisoformat(FIRST), date.fromisoformat(SECOND))
        assert len(changed) >= 1
        assert warehouse.changes(name, date.fromisoformat(SECOND), date(2026, 2, 20)).empty


def test_withdrawn_each_stands_again_as_it_was_first(walked: Home, tmp_path: Path) -> None:
    home = faults.copy(walked, tmp_path / "home")
    for submission in home.submissions():
        if str(submission.received_on) == SECOND:
            receipts.withdraw(home, submission, GONE, office="prueba", reason="era un error")
    release(home)
    with Warehouse.open(home.current) as warehouse:
        for name in PUBLIC:
            assert len(warehouse.records(name)) == 1
            assert str(warehouse.records(name)["submission"].iloc[0]).endswith(f"{FIRST}.1")


def test_dagster_shows_each_submission_at_each_step_and_each_table_with_its_rows(
    walked: Home, tmp_path: Path
) -> None:
    """A run as from the page; of each collection a record and what it was before."""
    shutil.copytree(walked.raw, tmp_path / "raw")
    home = Home(tmp_path)
    sent = {submission.id for submission in home.submissions()}
    assert len(sent) == 2 * len(COLLECTIONS)
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions(home).resolve_job_def("refresh").execute_in_process(instance=instance)
        assert run.success
        for step in ("submission", "records", "validated", "observations"):
            assert instance.get_materialized_partitions(dg.AssetKey(step)) == sent
        for name in COLLECTIONS:
            made = instance.get_latest_materialization_event(dg.AssetKey(f"network_{name}"))
            assert made is not None
            assert made.asset_materialization is not None
            assert made.asset_materialization.metadata["dagster/row_count"].value == 2, name


def test_the_steward_s_page_takes_each(tmp_path: Path) -> None:
    """Handed in on the page: looked at first, then kept."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    access = Access()
    with served(home, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}")
        for name in COLLECTIONS:
            file = by_template(home, name, tmp_path, "etiqueta-1")
            browser.open("/")
            browser.fill("/", file.name, file.read_bytes())
            browser.fill(browser.actions("/hand-in"), office="Prueba")
    assert {s.collection for s in home.submissions()} == set(COLLECTIONS.values())
