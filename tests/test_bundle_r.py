"""The bundle in R: base R reads its tables with types, labels and open bounds; no CSV has other booleans."""

import csv
import math
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from schemas.codelists import codelist
from schemas.tables import table

pytestmark = pytest.mark.slow  # it takes all files of a release

RSCRIPT = shutil.which("Rscript")
needs_r = pytest.mark.skipif(RSCRIPT is None, reason="R (Rscript, Debian's r-base-core) is not here")


def in_r(folder: Path, code: str) -> list[dict[str, str]]:
    """The rows that an expression of R gives in the folder of a bundle, written as CSV by R."""
    program = (
        "options(warn = 2, digits = 17); source('read_release.R')\n"
        f"{code}\nwrite.csv(result, stdout(), row.names = FALSE, fileEncoding = 'UTF-8')"
    )
    command = [str(RSCRIPT), "--vanilla", "-e", program]
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(StringIO(done.stdout)))


def bound(cell: str) -> float | None:
    return None if cell == "NA" else float(cell)


@needs_r
def test_r_reads_every_interval_with_its_words(released_bundle: Path, released: Any) -> None:
    columns = "indicator, reporting_country, period, value_low, value_high, how, value_es"
    rows = in_r(
        released_bundle,
        "values <- read_table('.', 'baseline.headline')\n"
        "for (bound in c('value_low', 'value_high')) values[[bound]] <- sprintf('%.17g', values[[bound]])\n"
        f"result <- values[c({', '.join(repr(name) for name in columns.split(', '))})]",
    )
    read = [
        tuple(bound(cell) if name in ("value_low", "value_high") else cell for name, cell in row.items())
        for row in rows
    ]
    expected = released.execute(f"SELECT {columns} FROM baseline.headline").fetchall()
    assert sorted(read, key=str) == sorted(expected, key=str)
    assert any(high == math.inf for *_, high, _, _ in expected)
    assert any("ó" in row["value_es"] or "ú" in row["value_es"] for row in rows)


@needs_r
def test_r_selects_the_preferred_source_and_names_codes(released_bundle: Path, released: Any) -> None:
    rows = in_r(
        released_bundle,
        "chosen <- subset(read_table('.', 'baseline.indicator_values'), preferred == TRUE & sex != '_T')\n"
        "chosen <- with_names(chosen, '.', 'en')\n"
        "result <- aggregate(list(n = chosen$year), list(sex = chosen$sex, name = chosen$sex_name), length)",
    )
    counted = dict(
        released.execute(
            "SELECT sex, count(*) FROM baseline.indicator_values WHERE preferred AND sex <> '_T' GROUP BY sex"
        ).fetchall()
    )
    assert {row["sex"]: int(row["n"]) for row in rows} == counted
    assert {row["sex"]: row["name"] for row in rows} == {code: codelist("sex")[code].en for code in counted}


@needs_r
def test_r_has_types_and_labels_and_keeps_a_sum_open(released_bundle: Path, released: Any) -> None:
    (unit,) = released.execute(
        "SELECT any_value(unit) FROM baseline.headline WHERE isinf(value_high)"
    ).fetchone()
    (row,) = in_r(
        released_bundle,
        "values <- read_table('.', 'baseline.headline', 'es')\n"
        f"counts <- subset(values, unit == '{unit}' & !is.na(value_low))\n"
        "total <- sum_of_intervals(counts)\n"
        "refusal <- tryCatch(sum_of_intervals(values), error = function(e) 'refused')\n"
        "result <- data.frame(low = total['low'], high = total['high'], label = attr(values$value_low, 'label'), "
        "day = class(values$received_on), year = class(values$year), refusal = refusal)",
    )
    low, high = released.execute(
        "SELECT sum(value_low), sum(value_high) FROM baseline.headline WHERE unit = $1 AND value_low IS NOT NULL",
        [unit],
    ).fetchone()
    assert (float(row["low"]), float(row["high"])) == (pytest.approx(low), high)
    assert math.isinf(high)
    (column,) = [column for column in table("baseline.headline").columns if column.name == "value_low"]
    assert (row["label"], row["day"], row["year"]) == (column.es, "Date", "numeric")
    assert row["refusal"] == "refused"


def test_no_csv_of_the_pages_or_the_bundle_has_booleans_that_r_does_not_read(
    released_bundle: Path, released_pages: Path
) -> None:
    """`subset(preferred == TRUE)` would select nothing, silently."""
    paths = [*released_bundle.rglob("*.csv"), *released_pages.rglob("*.csv")]
    assert len(paths) > 100
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            cells = {cell for row in csv.reader(file) for cell in row}
        assert not cells & {"True", "False", "true", "false"}, path
