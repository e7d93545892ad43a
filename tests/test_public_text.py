"""The released file holds no free text of a sender: no file's name, no column or sheet that the card does not name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from assets.build import make
from assets.steps.submission import receive
from tests.bad_input import build
from tests.conftest import accept
from warehouse.release import publish


def test_a_file_s_name_and_an_unknown_header_stay_inside(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home")
    text = build.file(*(f"{line},x" for line in build.LINES), header=f"{build.HEADER},del sargento")
    file = build.write(tmp_path / "in", text, "informe del sargento.csv")
    outcome = accept(home, receive(home, file, build.COLLECTION, build.RECEIVED))
    assert any(f.column_name == "del sargento" for f in outcome.findings)
    make(home, date(2022, 6, 30))
    publish(home, date(2022, 6, 30))
    with duckdb.connect(home.current, read_only=True) as db:
        told = db.execute("SELECT * FROM registry.findings").df().to_csv()
        told += db.execute("SELECT * FROM registry.submissions").df().to_csv()
    assert "«…»" in told
    assert "sargento" not in told
    assert b"sargento" not in home.current.read_bytes()
