"""`pip install lineabase` is for reading: the wheel, beside nothing but what it declares, opens a release.

The environment is made of links to what is installed here: no network, no second copy. What pip itself
installs from the wheel was tried by hand (docs/architecture.md).
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from warehouse.home import CHECKOUT, Home

LEFT_OUT = {"dagster", "great-expectations", "pandera", "scipy", "statsmodels", "altair"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(requirements: list[str]) -> dict[str, Distribution]:
    """What these ask for, and all that those ask for, without extras."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        one = waiting.pop()
        if normal(one.name) in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found[normal(one.name)] = distribution(one.name)
        waiting += [Requirement(more) for more in found[normal(one.name)].requires or []]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel and what it declares, and nothing else."""
    folder = tmp_path_factory.mktemp("reading")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheel")]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    [wheel] = (folder / "wheel").glob("lineabase-*.whl")
    place = folder / "site"
    zipfile.ZipFile(wheel).extractall(place)
    metadata = next(place.glob("*.dist-info/METADATA")).read_text(encoding="utf-8")
    declared = re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)
    installed = closure(declared)
    assert not LEFT_OUT & installed.keys()
    for one in installed.values():
        for top in {file.parts[0] for file in one.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            link = place / top
            if not link.exists():
                link.symlink_to(Path(str(one.locate_file(top))))
    return place


def run(site: Path, code: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python beside that folder alone."""
    start = f"import sys; sys.path.insert(0, {str(site)!r}); {code}"
    environment = {"LINEABASE_HOME": str(home), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
    command = [sys.executable, "-I", "-S", "-c", start, *arguments]
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, encoding="utf-8", check=False
    )


LINEABASE = "from pipelines.cli.main import main; main()"


@pytest.mark.slow
def test_a_release_is_opened_asked_and_written_to_a_workbook(
    site: Path, released_home: Path, tmp_path: Path
) -> None:
    code = f"""
import lineabase
with lineabase.Warehouse.open({str(Home(released_home).current)!r}, lang="en") as warehouse:
    rows = warehouse.indicator("tip_victims_detected", countries="United States", since=2020)
    print(rows.loc[0, "value"], lineabase.__version__)
    warehouse.to_excel(rows, {str(tmp_path / "a.xlsx")!r}), warehouse.to_arrow(rows)
"""
    done = run(site, f"exec({code!r})", tmp_path)
    assert (done.stdout, done.returncode) == ("9,854 0.1.0\n", 0), done.stderr
    assert (tmp_path / "a.xlsx").stat().st_size > 1_000


@pytest.mark.slow
def test_the_release_in_force_is_queried_from_the_command_line(site: Path, released_home: Path) -> None:
    done = run(site, LINEABASE, released_home, "query", "SELECT release FROM registry.release")
    assert done.returncode == 0, done.stderr
    assert "2025-Q4.r1" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["refresh"], "solo está instalado lo necesario para leerlos"),
        (["refresh", "--lang", "en"], "only what reading them needs is installed"),
        (["check", "a.csv", "--collection", "X/c"], 'pip install "lineabase[pipeline]"'),
        (["export", "--bundle", "out"], 'pip install "lineabase[pipeline]"'),
    ],
)
def test_what_needs_the_rest_says_so_in_a_sentence(
    site: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    """Exit code 3, the machine's; no traceback, and nothing begun."""
    done = run(site, LINEABASE, tmp_path, *arguments)
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (3, True, False), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_status_of_a_home_needs_no_more_than_reading(site: Path, tmp_path: Path) -> None:
    done = run(site, LINEABASE, tmp_path, "status")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "UNODC/glotip" in done.stdout


@pytest.mark.slow
def test_a_release_that_was_handed_on_is_verified(site: Path, released_home: Path, tmp_path: Path) -> None:
    [release, *_] = sorted(Home(released_home).releases.glob("*.r*"))
    done = run(site, LINEABASE, tmp_path, "verify", str(release))
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    taken = Path(shutil.copytree(release, tmp_path / release.name))
    (taken / "lineabase.duckdb").chmod(0o600)
    (taken / "lineabase.duckdb").write_bytes(b"another")
    assert run(site, LINEABASE, tmp_path, "verify", str(taken)).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("code", ["lineabase.charts", "lineabase.Warehouse.open(as_of=date(2025, 1, 1))"])
def test_what_reading_alone_cannot_do_is_said(site: Path, released_home: Path, code: str) -> None:
    done = run(site, f"from datetime import date; import lineabase; {code}", released_home)
    assert done.returncode == 1
    assert re.search(r"lineabase\[charts\]|release=", done.stderr.splitlines()[-1])
