"""Values of persons, planted and looked for in every file that a run wrote: through every door, in a browser's storage too."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assets.intake import inbox
from pipelines.desk.access import Access
from tests import browser
from tests.test_case_ids import CASES, HEADER
from tests.test_desk import served
from warehouse.home import Home

pytestmark = pytest.mark.slow
NAME, IDENTIFIER, PLACE = "Xóchitl Plantada", "PLANTADO-7Q4", "Plantadia"
REFUSED = f"nombre,reporting_country,identified_in,sex\n{NAME},CRI,2024-07,F\n"
KEPT = f"{HEADER}{IDENTIFIER},CRI,2024-07,F,Y0T17,NIC\nA-2,CRI,2024-07,M,Y0T17,{PLACE}\n"
KEPT += "".join(f"B-{n},CRI,2024-07,F,Y_GE18,NIC\n" for n in range(40))


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is packed in them."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    elif path.suffix in (".parquet", ".duckdb"):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[bytes]:
    if path.suffix == ".parquet":
        yield str(duckdb.sql(f"SELECT * FROM '{path}'").fetchall()).encode()
        return
    with duckdb.connect(path, read_only=True) as db:
        for schema, table in db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            yield str(db.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()).encode()


def holding(folder: Path, *planted: str) -> set[str]:
    """The files below a folder that hold a text, in letters of one byte or two, or bear it in their name."""
    sought = [form for text in planted for form in (text.encode(), text.encode("utf-16-le"))]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    found = {
        str(path.relative_to(folder))
        for path in files
        if any(one in content for content in contents(path) for one in sought)
    }
    return found | {
        str(p.relative_to(folder)) for p in folder.rglob("*") if any(t in p.name for t in planted)
    }


def run(home: Home, *arguments: str) -> str:
    """What a command says, on both streams."""
    environment = os.environ | {"LINEABASE_HOME": str(home.root), "TMPDIR": str(home.root.parent / "tmp")}
    call = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    ended = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


def by_commands(home: Home, refused: Path, kept: Path) -> list[str]:
    """Both files through the commands and the inbox, and a release."""
    out = home.root.parent / "out"
    said = []
    for n, file in enumerate((refused, kept)):
        said.append(run(home, "check", str(file), "--collection", CASES, "--report", str(out / f"{n}.html")))
        said.append(run(home, "submit", str(file), "--collection", CASES))
    folder = home.inbox / CASES
    folder.mkdir(parents=True)
    (folder / "otro.csv").write_bytes(refused.read_bytes())
    inbox.receive_files(home).write_answers(home)
    said += [run(home, *words) for words in (("refresh",), ("status", "--json"))]
    assert not (folder / "otro.csv").exists()
    return said


def by_the_page(home: Home, files: list[Path], profile: Path) -> None:
    """Both files through the page, in a browser that keeps what it keeps."""
    access = Access()
    with served(home, access) as base, browser.tab(profile) as tab:
        tab.open(f"{base}/?token={access.new_token()}")
        for file in files:
            tab.open(f"{base}/")
            tab.choose_file("#file", file)
            tab.tab_to("#collection")
            tab.pick(CASES)
            tab.tab_to("main button")
            tab.enter()
            assert not any(text in tab.text() for text in (NAME, IDENTIFIER, PLACE))
        tab.open(f"{base}/standing")


@pytest.mark.operator("5", "nothing kept")
@pytest.mark.skipif(bool(browser.MISSING), reason=f"not installed: {browser.MISSING}")
def test_planted_values_are_in_no_file_that_is_not_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a refused file nothing is anywhere; of a kept one its bytes are under raw/ and its findings where the office works, its owner's alone."""
    home = Home(tmp_path / "run" / "home")
    for folder in (
        home.root,
        tmp_path / "run" / "tmp",
        tmp_path / "run" / "out",
        tmp_path / "run" / "profile",
    ):
        folder.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "run" / "tmp"))
    refused, kept = tmp_path / "a.csv", tmp_path / "b.csv"
    refused.write_text(REFUSED, encoding="utf-8")
    kept.write_text(KEPT, encoding="utf-8")
    said = by_commands(home, refused, kept)
    assert (home.dagster / "runs").is_dir()
    by_the_page(home, [refused, kept], tmp_path / "run" / "profile")
    assert not any(text in told for told in said for text in (NAME, IDENTIFIER))
    assert holding(tmp_path / "run", NAME) == set()
    (submission,) = home.submissions()
    received = str(submission.file.relative_to(tmp_path / "run"))
    assert holding(tmp_path / "run", IDENTIFIER) == {received}
    theirs = {path for path in holding(tmp_path / "run", PLACE) if path != received}
    assert all(
        path.startswith("home/staged/") or path == "home/warehouse/internal.duckdb" for path in theirs
    ), theirs
    for path in (received, *theirs):
        file = tmp_path / "run" / path
        assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0, path
    assert holding(tmp_path / "run" / "home" / "staged", "NIC")  # it finds what is packed
