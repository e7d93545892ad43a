"""What docs/architecture.md says of adding a dimension and a form: tried in a copy of the packages, place by place.

Each recipe is a handful of files written into the copy; a script run there must find all of it at work.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from warehouse.home import CHECKOUT, Home
from warehouse.publication import exports
from warehouse.publication.site import downloads, pages
from warehouse.publication.site.facts import Facts
from warehouse.reading.client import Warehouse

PACKAGES = ("schemas", "warehouse", "assets", "pipelines", "tests")

COMMON = """
from datetime import date
from pathlib import Path
import duckdb, pandas as pd
from schemas import tables
from schemas.indicators import Example, Text, catalogue
from tests.in_memory import one_row, staged_rows
from warehouse.build import database as build, models
from warehouse.statements import model_build

def staged(rows, submission):
    example = Example(says=Text(es="", en=""), given=[{"country": "CRI", "year": 2020} | r for r in rows], expect=[])
    frame = staged_rows(example).assign(submission=submission)
    return frame.assign(observation=frame["observation"] + submission)

def built(frames, exhaustive=()):
    submissions = []
    for n, (submission, frame) in enumerate(frames.items(), start=1):
        frame.to_parquet(f"{submission}.parquet", index=False)
        submissions.append(one_row(tables.SUBMISSIONS, submission=submission, status="accepted",
                                received_on=date(2024, n, 1), withdrawn_on=None))
    model_build.build(Path("built.duckdb"), build.Inputs(
        as_of=date(2025, 1, 1),
        collections=one_row(tables.COLLECTIONS, family="trafficking", fixed_country=None, absent_cell="not_reported"),
        exhaustive=pd.DataFrame([("X/c", b) for b in exhaustive], columns=tables.EXHAUSTIVE.column_names),
        submissions=pd.concat(submissions),
        findings=pd.DataFrame(columns=tables.FINDINGS.column_names),
        observations=[Path(f"{s}.parquet") for s in frames],
    ))
    return duckdb.connect("built.duckdb")
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages, to be changed."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "*.duckdb*", "releases")
        shutil.copytree(CHECKOUT / package, tmp_path / package, ignore=ignored)
    for file in ("raw", "pyproject.toml"):
        os.symlink(CHECKOUT / file, tmp_path / file)
    return tmp_path


def run(copy: Path, script: str) -> None:
    """Run a script in the copy, which alone it imports from."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", COMMON + script],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


DIMENSION = """
[transport]
values = "codes"
default = "_T"
slice = true
es = "Medio de transporte; _T sin desglose"
en = "Means of transport; _T not broken down"
"""

TRANSPORT = """code,parent,es,en,fr,external
_T,,Total,Total,Total,
LAND,_T,Por tierra,By land,Par terre,
BUS,LAND,En autobús,By bus,En bus,
SEA,_T,Por mar,By sea,Par mer,
"""

OF_TRANSPORT = """
kind = "context"
family = "trafficking"
name = { es = "Por transporte", en = "By transport" }
definition = { es = "Por transporte.", en = "By transport." }
numerator = "victims_detected"
unit = "persons"
form = "count"
measure = "victims_detected"
slices = ["transport"]
"""

SHARE_OF_TRANSPORT = (
    OF_TRANSPORT.replace('"persons"', '"share"')
    .replace('"count"', '"share_each"')
    .replace('slices = ["transport"]', 'dimension = "transport"')
)

FOLLOWED = """
assert any("planted" in str(Path(m.__file__)) or Path(m.__file__).is_relative_to(Path.cwd()) for m in (tables, build))
old = staged([{"value": [10, 10]}, {"transport": "LAND", "value": [7, 7]}, {"transport": "BUS", "value": [5, 5]},
              {"transport": "SEA", "value": [3, 3]}], "X.c.2024-01-01.1")
new = staged([{"value": [10, 10]}, {"transport": "LAND", "value": [6, 6]}, {"transport": "BUS", "value": [5, 5]},
              {"transport": "SEA", "value": [4, 4]}], "X.c.2024-02-01.1")
db = built({"X.c.2024-01-01.1": old, "X.c.2024-02-01.1": new}, exhaustive=["transport"])

def ask(sql):
    return db.execute(sql).fetchall()

# in every table whose columns or key are declared by group
for name in ("observations", "figures", "subgroups", "quarantined", "indicator_figures", "country_values", "jumps"):
    assert "transport" in tables.table(f"core.{name}").column_names, name
assert ask("SELECT transport, value_low FROM core.figures WHERE breakdown = 'transport' ORDER BY ALL") == [
    ("BUS", 5.0), ("LAND", 6.0), ("SEA", 4.0)]
assert ask("SELECT transport, value_low FROM core.indicator_figures WHERE breakdown = 'transport' ORDER BY ALL") == [
    ("BUS", 5.0), ("LAND", 6.0), ("SEA", 4.0)]

# a value that differs in it alone is a revision, and no other is one
assert ask("SELECT transport, old_low, new_low, kind FROM analysis.revisions ORDER BY ALL") == [
    ("LAND", 7.0, 6.0, "revised"), ("SEA", 3.0, 4.0, "revised")]

# a subgroup counts once
assert ask("SELECT transport, within FROM core.subgroups") == [("BUS", "transport")]
assert ask("SELECT total_low FROM core.totals") == [(10.0,)]

# an indicator may detail it, and take shares of it
shares = db.execute("SELECT denominator_basis, transport, numerator_low, denominator_low FROM baseline.indicator_values "
                    "WHERE indicator = 'tip_transport_share' AND panel = '_Z' ORDER BY ALL").fetchall()
assert shares == [(basis, *share) for basis in ("all", "known") for share in (("LAND", 6.0, 10.0), ("SEA", 4.0, 10.0))], shares
details = ask("SELECT transport FROM baseline.indicator_values WHERE indicator = 'tip_by_transport' "
              "AND panel = '_Z' ORDER BY ALL")
assert details == [("BUS",), ("LAND",), ("SEA",), ("_T",)], details

# the client compares two submissions by it
from warehouse.reading import client
changed = db.execute(client._CHANGES, {"old": "X.c.2024-01-01.1", "new": "X.c.2024-02-01.1", "full": True}).df()
assert sorted(zip(changed["transport"], changed["kind"])) == [("LAND", "revised"), ("SEA", "revised")]

# the gate asks by it: two figures that differ in it are two, and one told twice is seen
from warehouse import gate
asked = {q.id: q.violations for q in gate.questions()}
assert "transport" in asked["one_value_per_key_and_day"] and "transport" in asked["series_stay_in_their_years"]
build.define_macros(db)
assert ask(asked["one_value_per_key_and_day"]) == []
db.execute("INSERT INTO core.observations SELECT * REPLACE ('another' AS submission) FROM core.observations "
           "WHERE transport = 'SEA' AND known_to IS NULL")
assert len(ask(asked["one_value_per_key_and_day"])) == 1

# a card gives a column its role: labels are read by the list, and a text that is none is a finding
from assets.intake.processing import process
from assets.intake.submission import receive
from tests.test_vintages import new_home
from warehouse.home.frames import read_frame
home = new_home(Path("home").resolve())
card = home.card_path("X/c")
card.write_text(card.read_text(encoding="utf-8") + CARD_FORMAT, encoding="utf-8")
Path("sent.csv").write_text("Pais,Medio,Anio,Personas\\nCRI,Por mar,2020,3\\nCRI,En globo,2020,4\\n", encoding="utf-8")
received = receive(home, Path("sent.csv"), "X/c", date(2024, 1, 10))
outcome = process(home, received)
assert [(f.rule, f.cell, f.value) for f in outcome.findings if f.severity == "error"] == [("unknown_code", "B3", "En globo")]
values = read_frame(home, received.id, "observations")
assert list(zip(values["transport"], values["breakdown"], values["value_low"])) == [("SEA", "transport", 3.0)]
"""

CARD_FORMAT = """
[[format]]
file = { type = "csv" }
key = ["Pais", "Medio", "Anio"]
[format.columns]
Pais = { role = "reporting_country", codes = "any" }
Medio = { role = "transport", blank = "_T" }
Anio = { role = "period" }
Personas = { role = "value" }
"""


@pytest.mark.slow
def test_a_dimension_is_one_declaration_and_one_code_list(copy: Path) -> None:
    declared = copy / "schemas" / "tables" / "dimensions.toml"
    declared.write_text(declared.read_text(encoding="utf-8") + DIMENSION, encoding="utf-8")
    (copy / "schemas" / "codelists" / "transport.csv").write_text(TRANSPORT, encoding="utf-8")
    for name, says in (("tip_by_transport", OF_TRANSPORT), ("tip_transport_share", SHARE_OF_TRANSPORT)):
        (copy / "schemas" / "indicators" / f"{name}.toml").write_text(says, encoding="utf-8")
    run(copy, f"CARD_FORMAT = {CARD_FORMAT!r}\n{FOLLOWED}")


SHOWN = """
import shutil
from warehouse import Warehouse
from warehouse.publication import origin_years
from warehouse.publication.site.facts import Facts

DETAILED = ("values", "protected_counts", "_trends")  # every row under its own key
COUNTED = ("revisions",)  # numbers of changed values, whatever they detail
WORDING = ("_sentences",)  # words for judgements, no figures

def shown(file):
    with Warehouse.open(file) as warehouse:
        facts = Facts(warehouse)
        names = [n for n, v in vars(Facts).items() if type(v).__name__ == "cached_property"]
        # values, not their texts: a mapping is equal in any order
        told = {n: getattr(facts, n) for n in names if n not in (*DETAILED, *COUNTED, *WORDING)}
        years = facts.years("UNODC/glotip", "GTM", "victims_detected")
        told |= {f"years.{n}": repr(v) for n, v in vars(years).items()}
        told["agreement"] = repr(warehouse.agreement("tip_victims_detected").to_dict("records"))
        return told

shutil.copyfile(RELEASED, "with.duckdb")
with duckdb.connect("with.duckdb") as db:
    tables_with = [t.public() for t in tables.TABLES
                   if "transport" in t.column_names and t.visibility != "internal" and not t.is_view]
    assert {t.name for t in tables_with} >= {"indicator_values", "trends", "revisions", "source_agreement"}
    for t in tables_with:
        db.execute(f"ALTER TABLE {t.full_name} ADD COLUMN transport VARCHAR DEFAULT '_T'")
shutil.copyfile("with.duckdb", "without.duckdb")
with duckdb.connect("with.duckdb") as db:
    for t in tables_with:
        larger = [f"{c.name} + 1000 AS {c.name}" for c in t.columns if c.type == "DOUBLE"]
        detail = ["'LAND' AS transport", *larger]
        if "breakdown" in t.column_names:
            detail.append("'transport' AS breakdown")
        db.execute(f"INSERT INTO {t.full_name} SELECT * REPLACE ({', '.join(detail)}) FROM {t.full_name}")
before, after = shown("without.duckdb"), shown("with.duckdb")
different = [n for n in before if before[n] != after[n]]
assert different == [], different
"""


def test_no_figure_of_a_page_adds_up_a_new_dimension(copy: Path, released_home: Path) -> None:
    """Every value of a release, once more by a new dimension and a thousand larger: no total changes."""
    declared = copy / "schemas" / "tables" / "dimensions.toml"
    declared.write_text(declared.read_text(encoding="utf-8") + DIMENSION, encoding="utf-8")
    (copy / "schemas" / "codelists" / "transport.csv").write_text(TRANSPORT, encoding="utf-8")
    run(copy, f"RELEASED = {str(Home(released_home).current)!r}\n{SHOWN}")


FORM_LINE = "difference,,Diferencia de dos medidas,Difference of two measures,Différence,,measure,,measure|denominator_measure,false,,core.values_by_source\n"

FORM_SQL = """-- One measure less another of the same source. One row per country and period that told both.
-- From core.totals. No lower or upper bound where the other end is unbounded (NULL).
SELECT
    s.indicator, n.reporting_country, n.period_start, n.period_end, n.frequency,
    {{ each_slice("'_T' AS $") }}, '_T' AS origin_class, 'total' AS breakdown,
    '_Z' AS denominator_basis, 1 AS pooled_years,
    n.total_low AS numerator_low, n.total_high AS numerator_high,
    greatest(0, n.total_low - d.total_high) AS value_low, n.total_high - d.total_low AS value_high,
    n.provider, n.collection, n.submissions
FROM core.specification AS s
JOIN core.totals AS n ON n.measure = s.measure AND n.family = s.family
JOIN core.totals AS d
    ON d.measure = s.denominator_measure AND (d.collection, d.reporting_country, d.period_start, d.frequency)
     = (n.collection, n.reporting_country, n.period_start, n.frequency)
WHERE s.form = 'difference'
"""

INDICATOR = """
kind = "process"
family = "trafficking"
name = { es = "Procesadas sin condena", en = "Prosecuted, not convicted" }
definition = { es = "Procesadas menos condenadas.", en = "Prosecuted less convicted." }
numerator = "persons_prosecuted"
unit = "persons"
form = "difference"
measure = "persons_prosecuted"
denominator_measure = "persons_convicted"
"""

COMPUTED = """
rows = [{"measure": m, "year": y, "value": [v, v]} for y in range(2010, 2020)
        for m, v in (("persons_prosecuted", 30 + y), ("persons_convicted", 12))]
db = built({"X.c.2024-01-01.1": staged(rows, "X.c.2024-01-01.1")})
found = db.execute("SELECT DISTINCT value_low - year(period_start) FROM baseline.indicator_values "
                   "WHERE indicator = 'tip_unconvicted'").fetchall()
assert found == [(18.0,)], found
# it declares no trend, and has none: never judged as a share
assert db.execute("SELECT count(*) FROM analysis.trends WHERE indicator = 'tip_unconvicted'").fetchone() == (0,)
"""


@pytest.mark.slow
def test_a_form_is_one_file_and_its_declaration(copy: Path) -> None:
    declared = copy / "schemas" / "codelists" / "form.csv"
    declared.write_text(declared.read_text(encoding="utf-8") + FORM_LINE, encoding="utf-8")
    (copy / "warehouse" / "build" / "sql" / "forms" / "difference.sql").write_text(FORM_SQL, encoding="utf-8")
    (copy / "schemas" / "indicators" / "tip_unconvicted.toml").write_text(INDICATOR, encoding="utf-8")
    run(copy, COMPUTED)


def test_a_format_of_publication_is_one_function(
    sound_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted lines of JSON are beside each indicator's other files, and in the archive of all tables."""

    def lines(warehouse: Warehouse, indicator: str, output: Path, every_source: bool) -> tuple[int, Path]:
        output.write_text(indicator, encoding="utf-8")
        return 1, output

    monkeypatch.setitem(exports.FORMATS, "jsonl", lines)
    with Warehouse.open(Home(sound_home).current) as warehouse:
        facts = Facts(warehouse)
        files = pages._write_downloads(facts, tmp_path)
        archive = tmp_path / downloads.write_whole(facts, tmp_path).tables
    names = {f"{indicator}.{ending}" for indicator in files for ending in ("csv", "jsonl")}
    assert files
    assert names <= {name for of_one in files.values() for name in of_one}
    assert names <= set(ZipFile(archive).namelist())


RECORDS = """
[collection]
provider_kind = "civil_society"
kind = "records"
records = "shelters"
titles = { es = "Albergues", en = "Shelters" }
citation = "A made-up network"
licence = "none"
delivery = "by_scope"
on_error = "quarantine_rows"
confidentiality = "open"

[records]
name = "shelters"
provider = "DEMO-RED"
says = { es = "Albergues por país", en = "Shelters by country" }
key = ["country", "shelter"]
scope = ["country"]

[records.columns.country]
role = "country"
required = true
header = { es = "País", en = "Country" }
about = { es = "Dónde está", en = "Where it is" }

[records.columns.shelter]
role = "label"
required = true
header = { es = "Albergue", en = "Shelter" }
about = { es = "Cómo se llama", en = "What it is called" }

[records.columns.opened]
role = "period"
header = { es = "Abierto en", en = "Opened in" }
about = { es = "Desde cuándo", en = "Since when" }

[records.columns.places]
role = "number"
header = { es = "Plazas", en = "Places" }
about = { es = "Cuántas", en = "How many" }
"""

HANDED_IN = """
import openpyxl
from assets.dagster.build import build_database
from assets.intake.processing import process
from assets.intake.submission import receive
from schemas.cards.template import collection_template
from warehouse.home import Home
from warehouse.publication.template_files import write_workbook
from warehouse.publication.publishing import publish

home, name = Home(Path("home").resolve()), "DEMO-RED/shelters"
write_workbook(collection_template(name, home.card(name), "es"), Path("shelters.xlsx"), "es")
book = openpyxl.load_workbook("shelters.xlsx")
for row in (["Guatemala", "Casa Inventada", "2019-05", 40], ["Cuba", "Otra casa", "2020", None], ["Nadia", "x", None, 1]):
    book["Datos"].append(row)
book.save("shelters.xlsx")
submission = receive(home, Path("shelters.xlsx"), name, date(2024, 3, 1))
outcome = process(home, submission)
assert (outcome.status, [f.rule for f in outcome.findings]) == ("held", ["unknown_country"]), outcome
assert outcome.findings[0].cell == "A4"
from warehouse.home import receipts
receipts.confirm(home, submission, date(2024, 3, 2), office="prueba", reason="una fila espera")
built = build_database(home, date(2025, 1, 1))
assert built.verdict.has_passed
publish(home, date(2025, 1, 1))
told = duckdb.connect(home.current, read_only=True).execute(
    "SELECT country, shelter, opened_from, opened_to, places, known_from, known_to FROM network.shelters ORDER BY ALL"
).fetchall()
assert told == [
    ("CUB", "Otra casa", date(2020, 1, 1), date(2020, 12, 31), None, date(2024, 3, 1), None),
    ("GTM", "Casa Inventada", date(2019, 5, 1), date(2019, 5, 31), 40, date(2024, 3, 1), None),
], told
from schemas.tables.pages import page
assert "network.shelters" in page("en") and "Cuántas" in page("es")
from assets.dagster.build import SPECS
assert any(spec.key.path == ["network_shelters"] for spec in SPECS)
"""


@pytest.mark.slow
def test_a_collection_of_records_is_one_toml(copy: Path) -> None:
    """From its template to its table, its page and its asset; no .py file is touched."""
    (copy / "schemas" / "records" / "shelters.toml").write_text(RECORDS, encoding="utf-8")
    run(copy, HANDED_IN)
