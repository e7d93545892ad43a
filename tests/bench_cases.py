"""What one submission costs: case files of a million rows and of ten, a publisher's packed file, `check`.

The whole of `submit`, imports included, in a process of its own, beside a floor (DuckDB reads the same file as text,
groups it and writes Parquet) and beside what an analyst writes: pandas, the same rules for each cell and the unique
key in pandera, names of countries by pycountry over unique values, groupby.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
from pyarrow import csv

from schemas.cards.template import collection_template
from schemas.countries import all_countries
from tests.bench_homes import shipped_home
from warehouse.home import CHECKOUT, Home
from warehouse.publication.template_files import write_workbook

Measure = Callable[[str, Path], tuple[float, float]]
"""A program and its home to seconds and peak MiB."""

SUBMIT = """
import sys
from datetime import date
from pathlib import Path
from assets.intake.processing import process
from assets.intake.submission import receive
from warehouse.home import Home
home = Home(Path(sys.argv[1]))
(file,) = [path for path in home.root.iterdir() if path.is_file()]
assert process(home, receive(home, file, "{collection}", date(2025, 6, 30))).status == "accepted"
"""

FLOOR = """
import sys, duckdb
duckdb.execute(f'''COPY (SELECT * EXCLUDE case_id, count(*) FROM read_csv('{sys.argv[1]}/cases.csv', all_varchar = true,
    header = true) GROUP BY ALL ORDER BY ALL) TO '{sys.argv[1]}/floor.parquet' ''')
"""

PACKED_FLOOR = """
import bz2, sys, duckdb, shutil
from pathlib import Path
home = Path(sys.argv[1])
with bz2.open(next(home.glob('*.bz2'))) as packed, open(home / 'plain.txt', 'wb') as plain:
    shutil.copyfileobj(packed, plain, 1 << 20)
duckdb.execute(f'''COPY (SELECT * EXCLUDE n_victimas, sum(n_victimas::BIGINT) FROM read_csv('{home}/plain.txt',
    all_varchar = true, header = true) GROUP BY ALL ORDER BY ALL) TO '{home}/floor.parquet' ''')
(home / 'plain.txt').unlink()
"""

ANALYST = """
import sys
import pandas as pd, pandera.pandas as pa, pycountry
cases = pd.read_csv(f"{sys.argv[1]}/cases.csv", dtype=str, keep_default_na=False)
def country(text):
    try:
        return pycountry.countries.lookup(text).alpha_3
    except LookupError:
        return None
for name in ("reporting_country", "citizenship"):
    cases[name] = cases[name].map({text: country(text) for text in cases[name].unique()})
months = {f"{year}-{month:02}" for year in range(1990, 2026) for month in range(1, 13)}
pa.DataFrameSchema({
    "case_id": pa.Column(str, [pa.Check.str_length(min_value=1)], unique=True),
    "reporting_country": pa.Column(str, [pa.Check(lambda s: s.notna())], nullable=True),
    "identified_in": pa.Column(str, [pa.Check.isin(months)]),
    "sex": pa.Column(str, [pa.Check.isin(["F", "M", "_U"])]),
    "age_group": pa.Column(str, [pa.Check.isin(["Y0T17", "Y_GE18", "_U"])]),
    "exploitation": pa.Column(str, [pa.Check.isin(["SexualExploitation", "ForcedLabour", "_U"])]),
    "citizenship": pa.Column(str, [pa.Check(lambda s: s.notna())], nullable=True),
}).validate(cases, lazy=True)
cases.groupby(list(cases.columns[1:]), dropna=False).size().reset_index(name="persons").to_parquet(f"{sys.argv[1]}/peer.parquet")
"""

COMMAND = """
import os, sys
os.environ["LINEABASE_HOME"] = sys.argv[1]
sys.argv = ["lineabase", *{words}]
sys.stdout = open(os.devnull, "w")
from pipelines.cli.main import main
try:
    main()
except SystemExit as ended:
    sys.stdout.flush()
    sys.exit(0 if ended.code in (0, 1) else ended.code)
"""


def figures(sizes: dict[str, int], measure: Measure) -> list[dict[str, object]]:
    """An entry for each size of case file, the packed file where it is here, and the short commands."""
    found = [_cases(name, rows, measure) for name, rows in sizes.items()]
    packed = CHECKOUT.parent / "shared" / "data" / "mex_sesnsp_victimas_2025-06.csv.bz2"
    if packed.exists():
        found.append(_packed(packed, measure))
    return [*found, *_commands(measure)]


def _cases(name: str, rows: int, measure: Measure) -> dict[str, object]:
    """One case file, each program in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        case_file(home / "cases.csv", rows)
        os.sync()  # a file is kept on disk before it is acknowledged, and would wait until this one is there, too
        floor = min(measure(FLOOR, home) for _ in range(2))
        (home / "floor.parquet").unlink()
        ours = measure(SUBMIT.format(collection="CRM-TS/victim_cases"), home)
        peer = measure(ANALYST, home)
    return _figure(name, ours, floor[0], "pandas, pandera, pycountry", peer[0])


def case_file(path: Path, rows: int) -> None:
    """Pseudonymous cases of seven columns in the template's codes: about 45 bytes a row, some 150,000 keys."""
    chance = np.random.default_rng(1)
    countries = [c.code for c in all_countries() if c.kind == "country" and len(c.code) == 3][:20]
    texts = {
        "reporting_country": ["BLZ", "CAN", "CRI", "DOM", "SLV", "GTM", "HND", "MEX", "NIC", "PAN", "USA"],
        "identified_in": [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)],
        "sex": ["F", "M", "_U"],
        "age_group": ["Y0T17", "Y_GE18", "_U"],
        "exploitation": ["SexualExploitation", "ForcedLabour", "_U"],
        "citizenship": countries,
    }
    with path.open("wb") as file:
        file.write((",".join(["case_id", *texts]) + "\n").encode())
        for start in range(0, rows, 1_000_000):
            size = min(1_000_000, rows - start)
            columns = {
                "case_id": pa.array([f"C{n * 7919 % 1_000_000_007:010}" for n in range(start, start + size)])
            }
            columns |= {
                n: pa.array(t).take(pa.array(chance.integers(0, len(t), size))) for n, t in texts.items()
            }
            csv.write_csv(
                pa.table(columns), file, csv.WriteOptions(include_header=False, quoting_style="none")
            )


def _packed(packed: Path, measure: Measure) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(packed, Path(folder) / packed.name)
        floor = measure(PACKED_FLOOR, Path(folder))
        (Path(folder) / "floor.parquet").unlink()
        ours = measure(SUBMIT.format(collection="MEX-SESNSP/victimas"), Path(folder))
    return _figure("sesnsp_packed", ours, floor[0])


def _commands(measure: Measure) -> list[dict[str, object]]:
    """`check` of 50,000 figures and of a workbook of 1,000, `--help` and `status` in an empty home; `refresh` with nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        counts_file(home / "counts.csv", 50_000)
        check = [
            "check",
            str(home / "counts.csv"),
            "--collection",
            "CRM-TS/mobility",
            "--received",
            "2025-06-30",
        ]
        filled_template(home / "filled.xlsx", 1_000)
        book = ["check", str(home / "filled.xlsx"), *check[2:]]
        words = {"check_50k": check, "check_workbook_1k": book, "help": ["--help"], "status": ["status"]}
        figures = [_figure(name, measure(COMMAND.format(words=told), home)) for name, told in words.items()]
    with tempfile.TemporaryDirectory() as folder:
        refresh = COMMAND.format(words=["refresh"])
        shipped_home(Path(folder))
        measure(refresh, Path(folder))
        return [*figures, _figure("refresh_nothing_new", measure(refresh, Path(folder)))]


def counts_file(path: Path, rows: int) -> None:
    """Figures of the template, each with a key of its own."""
    codes = [c.code for c in all_countries() if c.kind == "country" and len(c.code) == 3]
    months = [f"{year}-{month:02}" for year in range(2000, 2025) for month in range(1, 13)]
    keys = [(month, code) for month in months for code in codes][:rows]
    lines = [f"irregular_entries,HND,{month},{code},{n % 900}" for n, (month, code) in enumerate(keys)]
    header = "measure,reporting_country,period,citizenship,value"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def filled_template(path: Path, rows: int) -> None:
    """The template of a collection, filled with figures that each have a key of their own."""
    name, content = "CRM-TS/mobility", BytesIO()
    write_workbook(collection_template(name, Home(CHECKOUT).card(name), "es"), content, "es")
    book = openpyxl.load_workbook(content)
    sheet = book["Datos"]
    column = {cell.value: cell.column for cell in sheet[1]}
    codes = [c.code for c in all_countries() if c.kind == "country" and len(c.code) == 3]
    keys = [(f"2024-{month:02}", code) for month in range(1, 13) for code in codes][:rows]
    for row, (month, code) in enumerate(keys, start=2):
        told = {"Medida": "irregular_entries", "País que informa": "Honduras", "Periodo": month}
        for header, value in {**told, "Nacionalidad": code, "Valor": row % 900}.items():
            sheet.cell(row, column[header], value)
    book.save(path)


def _figure(
    name: str,
    ours: tuple[float, float],
    floor: float | None = None,
    peer: str | None = None,
    peer_seconds: float | None = None,
) -> dict[str, object]:
    seconds, peak = ours
    told = f", floor {floor:.2f} s, ratio {seconds / floor:.1f}" if floor else ""
    print(
        f"{name} … {seconds:.2f} s{told}, {peak:.0f} MiB" + (f", {peer} {peer_seconds:.2f} s" if peer else "")
    )
    return {
        "name": name,
        "seconds": round(seconds, 3),
        "floor_seconds": round(floor, 3) if floor else None,
        "ratio_floor": round(seconds / floor, 2) if floor else None,
        "peak_mib": round(peak),
        "peer": peer,
        "times_faster_than_peer": round(peer_seconds / seconds, 2) if peer_seconds else None,
    }
