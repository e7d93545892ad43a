"""The network's records as they ship and as the client gives them: sourced, compared, laid out side by side."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest

from schemas.cards.decisions import FILE as DECISIONS
from schemas.countries import resolve
from schemas.records import declarations
from schemas.words import InvalidValue
from tests.conftest import SHARED, accept, release
from tests.test_records import handed_in, run
from tests.test_shape import CARD
from warehouse.home import CARD as CARD_FILE
from warehouse.home import CHECKOUT, Home
from warehouse.reading.client import Warehouse

LAW = {"family": "trafficking", "assessment": "self_assessment"}
MEMBERS = ["BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "USA"]


@pytest.fixture(scope="module")
def warehouse(released_home: Path):
    with Warehouse.open(Home(released_home).current, lang="en") as opened:
        yield opened


# ---- what ships ------------------------------------------------------------------------------------


def queries(lang: str) -> dict[str, str]:
    """The query of each paragraph, as the page gives it."""
    page = (CHECKOUT / "docs" / f"network.{lang}.md").read_text(encoding="utf-8")
    return dict(re.findall(r"\*\*([\w.]+)\*\* [^\n]+\n\n```sql\n(.*?)\n```", page, re.S))


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_paragraph_of_the_report_has_a_query_that_answers_it(
    lang: str, released: duckdb.DuckDBPyConnection
) -> None:
    asked = queries(lang)
    assert list(asked) == ["a", "b", "c", "d", "e.A", "e.B", "f", "g", "i", "ii", "iii", "iv"]
    found = {paragraph: len(released.execute(sql).fetchall()) for paragraph, sql in asked.items()}
    assert {paragraph for paragraph, rows in found.items() if rows == 0} == set()
    assert {p: n for p, n in found.items() if p in ("a", "b", "c", "e.A", "e.B", "f", "g", "ii", "iii", "iv")} == {
        "a": 2, "b": 3, "c": 2, "e.A": 22, "e.B": 1, "f": 1, "g": 1, "ii": 2, "iii": 2, "iv": 9,
    }  # fmt: skip


PUBLISHED = {
    "tip_protocol": "tip_protocol",
    "som_protocol": "smuggling_protocol",
    "untoc": "untoc",
    "crc_opsc": "opsc",
}
"""By treaty the depositary's list."""
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _in_force(treaty: str, consented: date, deposits: list[date]) -> date:
    """When a treaty binds a country: articles 17, 22 and 38 (the fortieth deposit and ninety days; then thirty days after
    a country's own) and 14 of the optional protocol (the tenth and three months; then a month after its own)."""
    if treaty == "crc_opsc":
        return max(_months_after(deposits[9], 3), _months_after(consented, 1))
    return max(deposits[39] + timedelta(90), consented + timedelta(30))


def _months_after(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 + months
    return day.replace(year=at // 12, month=at % 12 + 1)


def _day(text: str) -> date | None:
    day, month, year = text.split()[:3] if text else ("", "", "")
    return date(int(year), MONTHS.index(month) + 1, int(day)) if text else None


@pytest.mark.shared
@pytest.mark.parametrize("treaty", PUBLISHED)
def test_the_treaties_are_the_depositary_s(treaty: str, released: duckdb.DuckDBPyConnection) -> None:
    """Every day of every member; the treaty's own first day is counted in the whole list."""
    name = PUBLISHED[treaty]
    with (SHARED / "data" / f"un_treaty_{name}_2015-03.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    listed = {resolve(row[0]).code: row for row in rows}
    deposits = sorted(day for row in rows if (day := _day(row[2])))
    told = released.execute(
        "SELECT country, signed_on, consented_on, consent, in_force_on, verified_on FROM network.treaties "
        "WHERE treaty = ? AND status = 'party'",
        [treaty],
    ).fetchall()
    assert sorted(country for country, *_ in told) == MEMBERS
    for country, signed, consented, consent, in_force, verified in told:
        _, signature, instrument = listed[country]
        assert (signed, consented) == (_day(signature), _day(instrument))
        assert consent == ("accession" if instrument.endswith(" a") else "ratification")
        assert in_force == _in_force(treaty, consented, deposits)
        assert verified is not None


def test_what_nobody_verified_says_so(released: duckdb.DuckDBPyConnection) -> None:
    told = released.execute(
        "SELECT treaty, count(*), count(in_force_on) + count(verified_on) FROM network.treaties WHERE status = 'not_verified_here' "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert told == [("ilo_c182", 11, 0), ("ilo_p029", 11, 0)]


def test_every_shipped_record_names_its_source_or_says_that_there_is_none(
    released: duckdb.DuckDBPyConnection,
) -> None:
    for name, declared in declarations().items():
        if declared.visibility == "public":
            blank = released.execute(
                f"SELECT * FROM network.{name} WHERE source IS NULL AND NOT "
                f"({'status' if name == 'treaties' else 'source'} = 'not_verified_here')"
            ).fetchall()
            assert blank == [], name


# ---- indicators that count records -----------------------------------------------------------------


def test_the_protocols_are_in_force_where_and_since_when_they_are(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """Counted by hand from the depositary's list: on the last day of each year, and of eleven."""
    told = released.execute(
        "SELECT indicator, year, numerator_low, numerator_high, denominator_low FROM baseline.indicator_values "
        "WHERE indicator LIKE '%_protocol_in_force' AND reporting_country = 'CRM' AND panel = 'reporting' ORDER BY ALL"
    ).fetchall()
    by_year = {(i, year): (low, high, of) for i, year, low, high, of in told}
    for indicator, counted in (
        ("tip_protocol_in_force", {2003: 4, 2004: 8, 2005: 9, 2007: 9, 2008: 11, 2014: 11}),
        ("som_protocol_in_force", {2004: 6, 2005: 7, 2006: 9, 2007: 9, 2008: 11, 2014: 11}),
    ):
        for year, n in counted.items():
            assert by_year[indicator, year] == (n, n, 11), (indicator, year)
    last = released.execute(
        "SELECT DISTINCT year, flag FROM baseline.indicator_values WHERE indicator = 'tip_protocol_in_force' "
        "AND year >= 2015"
    ).fetchall()
    assert last == [(2015, "partial")]  # the list is of March, and later events are not known here


@pytest.mark.slow
def test_what_a_country_does_not_report_of_its_law_stays_open(laws: Home) -> None:
    with Warehouse.open(laws.current) as warehouse:
        told = warehouse.query(
            "SELECT year, numerator_low, numerator_high, denominator_low FROM baseline.indicator_values "
            "WHERE indicator = 'tip_law_elements_in_force' AND reporting_country = 'HND' AND year IN (2011, 2020) ORDER BY 1"
        )
    # the article on criminalisation is in a law of 2010 to 2015 and in part of one of 2012; compensation is in
    # force since nobody knows when; of the other 24 mandatory elements nobody told anything
    assert told.to_numpy().tolist() == [[2011, 1, 26, 26], [2020, 0, 25, 26]]


# ---- laws and measures beside figures ----------------------------------------------------------------


@pytest.mark.slow
def test_a_law_stands_beside_the_break_that_it_may_explain(laws: Home) -> None:
    with Warehouse.open(laws.current) as warehouse:
        asked = warehouse.query(
            "SELECT period_start, context_es, context_en FROM analysis.open_questions "
            "WHERE collection = 'HND-NUEVA/victimas' AND question = 'jump'"
        )
        assert asked["period_start"].dt.year.tolist() == [2012]
        assert asked["context_es"].tolist() == [
            "2012-01-01: Ley inventada 2; 2012-01-01: Se cuenta por expediente (inventado)"
        ]  # that of 2010 is too early
        said = warehouse.query(
            "SELECT sentence_es, sentence_en FROM analysis.trends WHERE collection = 'HND-NUEVA/victimas' "
            "AND reporting_country = 'HND' AND flag LIKE '%suspected_break%'"
        )
        assert len(said) > 0
        assert (
            said["sentence_es"]
            .str.contains(
                "Cerca de ese año constan: 2012, Ley inventada 2; 2012, Se cuenta por expediente", regex=False
            )
            .all()
        )
        assert said["sentence_en"].str.contains("It may explain it; it decides nothing.", regex=False).all()


def test_only_documented_changes_of_its_series_stand_near_a_shipped_break(
    released: duckdb.DuckDBPyConnection,
) -> None:
    """The records that ship by that day are not dated, or of no country: they would be a claim that nobody made."""
    changes = released.execute(
        "SELECT DISTINCT reporting_country, what_es FROM registry.series_changes"
    ).fetchall()
    near = released.execute(
        "SELECT reporting_country, context_es FROM analysis.open_questions WHERE context_es IS NOT NULL"
    ).fetchall()
    assert near
    for country, context in near:
        texts = [text for other, text in changes if other == country]
        parts = [part.split(": ", 1)[1] for part in re.split(r"; (?=\d{4})", context)]
        assert all(any(part in text or text in part for text in texts) for part in parts), (country, context)


# ---- the client ------------------------------------------------------------------------------------


def test_records_of_a_day_and_what_changed_between_two(warehouse: Warehouse) -> None:
    assert len(warehouse.records("work_plan", on=date(2009, 11, 30))) == 0
    plan = warehouse.records("work_plan", on=date(2009, 12, 1))
    assert len(plan) == 9
    assert plan.attrs["title"] == declarations()["work_plan"].says.en
    changed = warehouse.changes("measures", date(2009, 11, 30), date(2010, 1, 1))
    assert set(changed["kind"]) == {"new"}
    assert changed["measure"].nunique() == 8
    assert len(warehouse.changes("measures", date(2010, 1, 1), date(2020, 1, 1))) == 0
    with pytest.raises(InvalidValue, match="treaties"):
        warehouse.records("treatys")


@pytest.mark.slow
def test_measures_are_searched_by_text_kind_country_and_border(warehouse: Warehouse, laws: Home) -> None:
    def found(**asked: str) -> list[str]:
        return warehouse.records("measures", **asked)["measure"].tolist()

    assert found(text="blind borders") == ["mapeo-conjunto-2009"]
    assert found(text="campanas informacion") == ["campañas-2009"]
    assert found(kind="good_practice", text="ley") == []
    assert found(countries="Canadá") == ["insumos-canada-2009"]
    assert found(countries="CRI", kind="reference_material") == ["insumos-costa-rica-2009"]
    for wrong in ({"kind": "buena"}, {"countries": "Brasil"}, {"sort": "x"}):
        with pytest.raises(InvalidValue):
            found(**wrong)
    with Warehouse.open(laws.current) as made_up:
        assert made_up.records("measures", place="fronteriza")["measure"].tolist() == ["patrulla"]


def test_the_matrix_of_treaties_lays_countries_side_by_side(warehouse: Warehouse) -> None:
    matrix = warehouse.matrix("treaties")
    assert list(matrix.columns) == MEMBERS
    assert set(matrix.loc["tip_protocol"]) == {"party"}
    assert set(matrix.loc["ilo_c182"]) == {"not_verified_here"}
    assert warehouse.gaps("treaties").loc["CRI", "party"] == 4


def test_a_matrix_without_records_says_not_reported_everywhere(warehouse: Warehouse) -> None:
    matrix = warehouse.matrix("legislation", **LAW)
    assert set(matrix.to_numpy().ravel()) == {"not_reported"}
    assert "tip_5_1" in matrix.index
    assert "som_5" not in matrix.index
    assert "som_5" in warehouse.matrix("legislation", family="smuggling", assessment="desk_review").index
    with pytest.raises(InvalidValue, match="family, assessment"):
        warehouse.matrix("legislation")


LAWS = (
    "País,Familia,Elemento jurídico,Evaluación,Situación,Ley,En vigor desde,En vigor hasta,Referencia del texto\n"
    "Honduras,trafficking,tip_5_1,Evaluación del propio país,En vigor,Ley inventada 1,2010-01-01,2015-12-31,prueba\n"
    "Honduras,trafficking,tip_5_1,Evaluación del propio país,En parte,Ley inventada 2,2012-01-01,,prueba\n"
    "Honduras,trafficking,tip_5_1,Revisión documental,No está en la ley,,,,\n"
    "Honduras,trafficking,tip_6_6,Evaluación del propio país,No está en la ley,,,,\n"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "label", "element"),
    [
        ("trafficking", "Tentativa", "tip_5_2a"), ("smuggling", "Tentativa", "som_6_2a"),
        ("smuggling", "Accomplice", "som_6_2b"), ("trafficking", "Organising or directing", "tip_5_2c"),
        ("smuggling", "Organizar o dirigir", "som_6_2c"), ("smuggling", "Blanqueo del producto del delito", "untoc_6"),
        ("trafficking", "Blanqueo del producto del delito", "untoc_6"),
    ],
)  # fmt: skip
def test_a_label_of_two_elements_is_that_of_its_family(
    family: str, label: str, element: str, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    header, *_ = LAWS.splitlines()
    row = f"Honduras,{family},{label},Revisión documental,En vigor,Ley inventada,,,prueba"
    assert accept(home, handed_in(home, f"{header}\n{row}\n", "2026-01-10", "CRM-TS/legislation")).is_clean
    release(home)
    with duckdb.connect(home.current, read_only=True) as db:
        assert db.execute("SELECT element FROM network.legislation").fetchall() == [(element,)]


@pytest.fixture(scope="module")
def laws(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with made-up laws, revised once."""
    home = Home(tmp_path_factory.mktemp("laws"))
    assert accept(home, handed_in(home, LAWS, "2026-01-10", "CRM-TS/legislation")).is_clean
    mended = LAWS.replace(
        "tip_6_6,Evaluación del propio país,No está en la ley,,,,",
        "tip_6_6,Evaluación del propio país,En vigor,Ley inventada 3,,,prueba",
    )
    accept(home, handed_in(home, mended, "2026-03-01", "CRM-TS/legislation"))
    folder = home.raw / "HND-NUEVA" / "victimas"
    folder.mkdir(parents=True)
    (folder / CARD_FILE).write_text(CARD, encoding="utf-8")
    before, after = (100, 110, 105, 98, 102, 107, 100), (600, 610, 590, 620, 605, 595, 612)
    counts = [f"{year};Hondureña;{n}" for year, n in enumerate((*before, *after), start=2005)]
    accept(
        home,
        handed_in(
            home, "\n".join(["Año;Nacionalidad;Personas", *counts]) + "\n", "2020-02-01", "HND-NUEVA/victimas"
        ),
    )
    accept(home, handed_in(home, MEASURE, "2026-01-10", "CRM-TS/measures"))
    other = home.raw / "HND-OTRA" / "victimas"
    other.mkdir(parents=True)
    (other / CARD_FILE).write_text(CARD, encoding="utf-8")
    (other / DECISIONS).write_text(COUNTED_OTHERWISE, encoding="utf-8")
    accept(
        home,
        handed_in(
            home,
            "Año;Nacionalidad;Personas\n2011;Hondureña;10\n2012;Hondureña;11\n",
            "2020-02-01",
            "HND-OTRA/victimas",
        ),
    )
    release(home)
    return home


MEASURE = "Medida,Tipo,Título (es),Lugar,Avance\npatrulla,joint_initiative,Patrulla inventada,Zona fronteriza inventada,planned\n"
COUNTED_OTHERWISE = """
[[break]]
period = "2012"
reason = { es = "Se cuenta por expediente (inventado)", en = "Counted by file (made up)" }
source = "prueba"
decided_by = "prueba"
decided_on = 2020-02-02
"""


@pytest.mark.slow
def test_the_matrix_of_laws_is_of_a_day_and_of_one_assessment(laws: Home) -> None:
    with Warehouse.open(laws.current) as warehouse:

        def cell(day: date, element: str = "tip_5_1", known: date | None = None, **told: str) -> str:
            return warehouse.matrix("legislation", on=day, known=known, **(LAW | told)).loc[element, "HND"]

        assert cell(date(2011, 6, 1)) == "in_force"  # of the day asked for, as it is known now
        assert cell(date(2009, 6, 1)) == "not_reported"

        assert cell(date(2026, 2, 1)) == "partial"  # what held before is over
        assert cell(date(2026, 2, 1), assessment="desk_review") == "not_in_law"
        assert cell(date(2026, 2, 1), "tip_6_6", known=date(2026, 2, 1)) == "not_in_law"
        assert cell(date(2026, 3, 2), "tip_6_6") == "in_force"
        changed = warehouse.changes("legislation", date(2026, 2, 1), date(2026, 3, 2))
        told = changed.set_index(["element", "law", "kind", "column"])[["old", "new"]]
        assert told.loc[("tip_6_6", "Ley inventada 3", "new", "status"), "new"] == "in_force"
        assert told.loc[("tip_6_6", None, "gone", "status"), "old"] == "not_in_law"
        gaps = warehouse.gaps("legislation", on=date(2026, 3, 2), **LAW)
        assert gaps.loc["HND", "in_force"] == 1
        assert gaps.loc["CRI", "not_reported"] == gaps.loc["CRI"].sum()


def matrix_file(laws: Home, folder: Path) -> Path:
    with Warehouse.open(laws.current) as warehouse:
        return warehouse.matrix_to_excel("legislation", folder / "matriz.xlsx", on=date(2026, 3, 2), **LAW)


@pytest.mark.slow
def test_the_workbook_has_countries_across_and_elements_down_in_both_languages(
    laws: Home, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(matrix_file(laws, tmp_path))
    assert book.sheetnames == ["español", "English", "Registros", "Records"]
    for lang, country, element, empty, told in (
        ("español", "Honduras", "Posibilidad de indemnización", "No informado", "En vigor"),
        ("English", "Honduras", "Possibility of compensation", "Not reported", "In force"),
    ):
        sheet = book[lang]
        heads = [cell.value for cell in sheet[5]]
        rows = {row[1]: row for row in sheet.iter_rows(min_row=6, values_only=True)}
        assert rows[element][heads.index(country)] == told
        assert rows[element][heads.index("Costa Rica")] == empty
        assert "2026-03-02" in sheet["A2"].value
    laws = list(book["Records"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[4], row[5]) for row in laws] == [
        ("Honduras", "Criminalisation", "Partial", "Ley inventada 2"),
        ("Honduras", "Possibility of compensation", "In force", "Ley inventada 3"),
    ]


@pytest.mark.slow
def test_the_matrix_is_taken_from_the_command_line(laws: Home, tmp_path: Path) -> None:
    path = tmp_path / "matriz.xlsx"
    of = ["--of", "family=trafficking", "--of", "assessment=self_assessment"]
    told = run(laws, "matrix", "legislation", "--output", path, "--on", "2026-03-02", *of)
    assert told.exit_code == 0, told.output
    assert openpyxl.load_workbook(path).sheetnames == ["español", "English", "Registros", "Records"]
    wrong = run(
        laws, "matrix", "legislation", "--output", tmp_path / "otra.xlsx", "--of", "family=trafficking"
    )
    assert wrong.exit_code == 2
    assert "family, assessment" in wrong.output


OFFICE = shutil.which("soffice")


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not here")
def test_the_matrix_opens_in_libreoffice(laws: Home, tmp_path: Path) -> None:
    path = matrix_file(laws, tmp_path)
    command = [
        str(OFFICE),
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "csv",
        "--outdir",
        str(tmp_path),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    text = path.with_suffix(".csv").read_text(encoding="utf-8", errors="replace")
    assert "Honduras" in text
    assert "No informado" in text
