"""The network's records: from a file to `network.<name>`, by the steps of every submission."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import process
from assets.intake.submission import receive
from pipelines.cli.app import app
from tests.conftest import accept, release
from tests.conftest import ask as rows
from warehouse.home import Home, Submission, receipts
from warehouse.release import attention

TREATIES = "CRM-TS/treaties"
HEADER = "Tratado,País,Situación,Firma,Forma del consentimiento,Ratificación o adhesión,Entrada en vigor,Fuente,Fuente: página o artículo"
UNTC = "Colección de Tratados de las Naciones Unidas"
LINES = (
    f"tip_protocol,Costa Rica,Parte,2001-03-16,Ratificación,2003-09-09,2003-12-25,{UNTC},XVIII-12-a",
    f"Protocolo contra la trata de personas,PAN,party,13 Dec 2000,ratification,2004-08-18,2004-09-17,{UNTC},",
    "Convenio 182 de la OIT sobre las peores formas de trabajo infantil,Belice,No comprobado aquí,,,,,,",
)


def treaties(*lines: str) -> str:
    """A file of treaties by the template's headers."""
    return "\n".join((HEADER, *(lines or LINES))) + "\n"


def handed_in(home: Home, text: str, day: str, collection: str = TREATIES) -> Submission:
    """The submission of a text file received on a day."""
    file = home.root / f"{collection.replace('/', '_')}_{day}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return receive(home, file, collection, date.fromisoformat(day))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.mark.slow
def test_records_become_a_table_with_the_days_they_were_in_force(home: Home) -> None:
    first = handed_in(home, treaties(), "2026-01-10")
    assert process(home, first).is_clean
    mended = LINES[2].replace("No comprobado aquí,,,,,,", "Parte,,Ratificación,2000-03-06,,OIT,")
    second = handed_in(home, treaties(*LINES[:2], mended), "2026-02-10")
    assert accept(home, second).status == "accepted"
    release(home)
    told = rows(
        home,
        "SELECT treaty, country, status, signed_on, source_row, known_from, known_to FROM network.treaties ORDER BY ALL",
    )
    january, february = date(2026, 1, 10), date(2026, 2, 10)
    assert told == [
        ("ilo_c182", "BLZ", "not_verified_here", None, 4, january, february),
        ("ilo_c182", "BLZ", "party", None, 4, february, None),
        ("tip_protocol", "CRI", "party", date(2001, 3, 16), 2, january, february),
        ("tip_protocol", "CRI", "party", date(2001, 3, 16), 2, february, None),
        ("tip_protocol", "PAN", "party", date(2000, 12, 13), 3, january, february),
        ("tip_protocol", "PAN", "party", date(2000, 12, 13), 3, february, None),
    ]


@pytest.mark.slow
def test_what_is_withdrawn_puts_the_one_before_back(home: Home) -> None:
    for day, lines in (("2026-01-10", LINES), ("2026-02-10", LINES[:2])):
        accept(home, handed_in(home, treaties(*lines), day))
    receipts.withdraw(home, home.submissions()[-1], date(2026, 3, 1), office="prueba", reason="incompleto")
    release(home)
    told = rows(
        home, "SELECT known_from, known_to FROM network.treaties WHERE treaty = 'ilo_c182' ORDER BY ALL"
    )
    assert told == [(date(2026, 1, 10), date(2026, 2, 10)), (date(2026, 3, 1), None)]


def test_a_tenth_of_the_records_gone_holds_the_file(home: Home) -> None:
    process(home, handed_in(home, treaties(), "2026-01-10"))
    outcome = process(home, handed_in(home, treaties(*LINES[:2]), "2026-02-10"))
    assert outcome.status == "held"
    assert [(b.rule, b.value, b.expected) for b in outcome.admission.breaches] == [("records_gone", "1", "3")]


# ---- what stays inside -----------------------------------------------------------------------------

DIRECTORY = (
    "País,Función,Institución,Línea pública,Vigente hasta\n"
    "Guatemala,Asistencia consular,Oficina inventada de enlace,+502 2420 0000,2026-12-31\n"
)
CONCERNS = (
    "Preocupación,Quién la señala,Señalada el,Gravedad,Lo que se señala (es),Estado\n"
    "paso-ciego,Red inventada de prueba,2026-01-05,Alta,Un paso sin luz ni agua,Sin respuesta\n"
)
PLANTED = (b"inventada", b"2420", b"paso-ciego", b"CRM-TS/directory", b"CRM-TS.directory", b"CRM-TS/concerns")


@pytest.mark.slow
def test_directory_and_concerns_leave_no_trace_in_any_public_file(home: Home) -> None:
    accept(home, handed_in(home, treaties(), "2026-01-10"))
    accept(home, handed_in(home, DIRECTORY, "2026-01-10", "CRM-TS/directory"))
    accept(home, handed_in(home, CONCERNS, "2026-01-10", "CRM-TS/concerns"))
    release(home)
    with duckdb.connect(home.internal, read_only=True) as db:
        assert db.execute("SELECT institution, public_line FROM network.directory").fetchall() == [
            ("Oficina inventada de enlace", "+502 2420 0000")
        ]
        assert db.execute("SELECT concern, says_es FROM network.concerns").fetchall() == [
            ("paso-ciego", "Un paso sin luz ni agua")
        ]
    assert attention.count_expiring_records(home, date(2026, 12, 1)) == {"CRM-TS/directory": 1}
    assert attention.count_expiring_records(home, date(2026, 6, 1)) == {}
    for file in (p for p in (home.warehouse).rglob("*") if p.is_file() and is_public(home, p)):
        assert [text for text in PLANTED if text in file.read_bytes()] == [], file
    with duckdb.connect(home.current, read_only=True) as db:
        tables = db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        assert {"directory", "concerns"}.isdisjoint(name for _, name in tables)
        for schema, name in tables:
            told = db.execute(f"SELECT * FROM {schema}.{name}").fetchall()
            assert [t.decode() for t in PLANTED if t.decode() in str(told)] == [], (schema, name)


def is_public(home: Home, path: Path) -> bool:
    """What lies under releases/ and what is in force: the rest of the folder is the owner's."""
    return path == home.current or home.releases in path.parents


def test_a_public_line_is_an_office_s_and_no_person_s(home: Home) -> None:
    for line in ("maria.lopez@consulado.example", "Llamar a María López Hernández"):
        with pytest.raises(RefusedFile):
            handed_in(home, DIRECTORY.replace("+502 2420 0000", line), "2026-01-10", "CRM-TS/directory")
    with pytest.raises(RefusedFile):
        handed_in(home, treaties().replace("Colección de Tratados", "+502 2420 0000"), "2026-01-10")


# ---- what a sender is told ---------------------------------------------------------------------------


def test_a_file_is_checked_answered_and_handed_in_from_the_command_line(home: Home, tmp_path: Path) -> None:
    home.root.mkdir()
    file, report = tmp_path / "tratados.csv", tmp_path / "respuesta.html"
    file.write_text(treaties(*LINES[:2], LINES[2].replace("Belice", "Brasil")), encoding="utf-8")
    told = run(home, "check", file, "--collection", TREATIES, "--report", report)
    assert told.exit_code == 1
    assert "B4" in told.output
    assert "not_a_member" in told.output
    page = report.read_text(encoding="utf-8")
    assert "B4" in page
    assert "Tratados: firma, ratificación, vigencia" in page
    file.write_text(treaties(), encoding="utf-8")
    assert run(home, "submit", file, "--collection", TREATIES, "--received", "2026-01-10").exit_code == 0
    assert TREATIES in run(home, "status").output
    template = tmp_path / "plantilla.xlsx"
    assert run(home, "template", TREATIES, "--output", template).exit_code == 0
    book = openpyxl.load_workbook(template)
    assert [cell.value for cell in book["Datos"][1]][:3] == ["Tratado", "País", "Situación"]
    lists = {str(rule.sqref).split("2:")[0] for rule in book["Datos"].data_validations.dataValidation}
    assert {"A", "B", "C", "E"} <= lists


def run(home: Home, *arguments: object) -> Result:
    """A command on the home."""
    environment = {"LINEABASE_HOME": str(home.root), "COLUMNS": "300", "NO_COLOR": "1"}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=environment)
