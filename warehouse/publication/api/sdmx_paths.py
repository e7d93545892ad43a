"""SDMX-REST addresses of the labelled layer as files: `data/{flow}/{key}` and `dataflow/…`.

A key is `all`, or names the indicator, the country or both after the frequency; other dimensions are empty.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.tables import INDICATOR_VALUES
from warehouse.publication.bundle import sdmx
from warehouse.reading.client import Warehouse

FOLDER, ALL, LATEST = "sdmx", "all", "latest"
FLOWS = tuple(name for name in sdmx.TABLES if name != INDICATOR_VALUES.full_name)
"""Tables that are served; the values of every source are in Parquet."""

_KEYS = ("INDICATOR", "REF_AREA")


def write(file: Path, folder: Path) -> None:
    """Write structures and data of a release file."""
    with Warehouse.open(file) as warehouse, TemporaryDirectory() as name:
        structures, *data = sdmx.write(warehouse, Path(name), FLOWS)
        flows = [path.stem for path in data]
        version = sdmx.version(warehouse.release)
        for flow in (ALL, *flows):
            for label in (LATEST, version):
                _write_file(folder / "dataflow" / sdmx.AGENCY / flow / label, structures.read_bytes())
        for path in data:
            for key, content in _data_by_key(path):
                _write_file(folder / "data" / path.stem / key, content)


def _data_by_key(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the rows of a data file for each key, with the header."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    dimensions = header[header.index("ACTION") + 1 : header.index(sdmx.TIME)]
    rows_by_key: dict[str, list[list[str]]] = {ALL: rows}
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        for names in ([_KEYS[0]], [_KEYS[1]], list(_KEYS)):
            key = ".".join(cells[name] if name in ("FREQ", *names) else "" for name in dimensions)
            rows_by_key.setdefault(key, []).append(row)
    for key, rows_of_key in rows_by_key.items():
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows_of_key])
        yield key, text.getvalue().encode()


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
