"""Homes to test in: a released one from the shipped submissions, one from the publishers' own files."""

import csv
import gc
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from hypothesis import settings

import assets.dagster.build
from assets.intake.processing import Outcome, confirm_if_held, process
from assets.intake.reading import limited_reading
from assets.intake.submission import receive
from tests import covered
from tests.agreements import agree
from tests.published import vintages
from warehouse import Warehouse
from warehouse.home import CARD, CHECKOUT, Home, Submission
from warehouse.publication.publishing import publish
from warehouse.publication.shipping import shipped_submissions

pytest_plugins = ["tests.costs"]

SHARED = CHECKOUT.parent / "shared"
AS_OF = date(2026, 3, 31)

PUBLISHED = (
    ("UNODC/glotip", "unodc_glotip_2023-05-30.xlsx", date(2023, 5, 30)),
    ("PAN-SNM/darien_nationality", "pan_darien_nationality_2025-06.csv", date(2025, 6, 30)),
    ("PAN-SNM/darien_sex_age", "pan_darien_sex_age_2025-06.csv", date(2025, 6, 30)),
    ("MEX-UPMRIP/nationality", "mex_upmrip_nationality_2025-02-07.csv", date(2025, 2, 7)),
    ("MEX-UPMRIP/nationality", "mex_upmrip_nationality_2025-05-13.csv", date(2025, 5, 13)),
    ("MEX-UPMRIP/nationality", "mex_upmrip_nationality_2025-06-04.csv", date(2025, 6, 4)),
    ("MEX-UPMRIP/nationality", "mex_upmrip_nationality_2025-06-19.csv", date(2025, 6, 19)),
    ("MEX-SESNSP/victimas", "mex_sesnsp_victimas_2025-06.csv.bz2", date(2025, 6, 30)),
    ("USA-CBP/encounters", "usa_cbp_encounters_fy2020-2023.csv", date(2023, 9, 30)),
    ("USA-DHS/table61", "usa_dhs_table61_smuggling_1992-2001.xls", date(2016, 4, 7)),
    ("CAN-STATCAN/sdg_16_2_2", "can_sdg_16-2-2.csv", date(2025, 12, 31)),
    ("MEX-UPMRIP/sex_age", "mex_upmrip_sex_age_2025-04.csv", date(2025, 4, 30)),
    ("UNODC/glotip", "unodc_glotip_2025-04-14.xlsx", date(2025, 4, 14)),
    ("HND-INM/nationality", "hnd_inm_nationality_2025-06.csv", date(2025, 6, 30)),
    ("HND-INM/sex_age", "hnd_inm_sex_age_2025-06.csv", date(2025, 6, 30)),
    ("GTM-IGM/returns", "gtm_igm_returns_2025-06.csv", date(2025, 6, 30)),
    ("USA-CBP/southwest_border", "usa_southwest_border_2025-06.csv", date(2025, 6, 30)),
    ("CORETT/trafficking", "corett_trafficking_2018-2021.csv", date(2022, 12, 31)),
    ("CORETT/smuggled", "corett_smuggled_migrants_2020-2023.csv", date(2024, 12, 31)),
    ("MEX-SESNSP/federal_files", "mex_sesnsp_federal_files_2012-2025-07.csv", date(2025, 7, 31)),
    ("CAN-STATCAN/35100177", "can_statcan_35100177_trafficking_2006-2024.csv", date(2025, 12, 31)),
    ("UNODC/cts_smuggling", "unodc_cts_corruption_economic_2024-05-16.xlsx", date(2024, 5, 16)),
    ("MEX-UPMRIP/returns", "mex_inm_returns_nationality_2025-06.csv", date(2025, 6, 30)),
    ("USA-OVC/clients", "usa_ovc_clients_2012-2019.csv", date(2020, 12, 31)),
    ("USA-OVC/clients_2012", "usa_ovc_clients_2012-2019.csv", date(2013, 12, 31)),
    ("USA-DHS/table50", "usa_dhs_table50_convictions_1992-2004.xls", date(2016, 4, 7)),
)
"""Publishers' own files under ../shared/data, by the day each extract bears."""

LET_IN = (
    "The publisher's own later extract, read as published: Panama's totals of 2019-2021 are not in it, the Dominican "
    "Republic's stand a year earlier from 2019 on, many of Costa Rica, El Salvador and the United States are revised."
)
"""Why the one extract that is held is let in."""


os.environ.setdefault(
    "LINEABASE_SITE", "no"
)  # its pages have tests of their own; every release would write them

# What reads workbooks is counted, too.
limited_reading._START_READER = covered.counted(limited_reading._START_READER)

for size in ("COLUMNS", "LINES"):  # of whoever starts the tests: a worker's 80 columns would cut messages
    os.environ.pop(size, None)

os.environ.setdefault("LINEABASE_BUNDLE", "no")  # three seconds a release: tests/test_bundle.py asks for it

gc.disable()  # while five thousand tests are collected nothing is garbage; see pytest_runtestloop

IN_CI = os.environ.get("CI") == "true"
settings.register_profile("here", derandomize=IN_CI, deadline=None)  # on a busy machine time fails nothing
settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """In CI a skipped test of the publishers' files is a failure, unless `-m` leaves them out. Asked before workers start."""
    if IN_CI and not SHARED.exists() and "not shared" not in config.option.markexpr:
        raise pytest.UsageError(
            "../shared is missing: in CI the tests of the publishers' files may not be skipped"
        )


DEAR = {"published_home", "released_bundle", "released_pages"}
"""Fixtures whose tests are all slow: each takes half a minute of the processor."""


def pytest_itemcollected(item: pytest.Function) -> None:
    if DEAR & {*item.fixturenames}:
        item.add_marker("slow")


@pytest.hookimpl(trylast=True)  # after -m has left out tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests first, so that no worker ends with one while the others wait for it.

    Of the others one begins to make the home that many need, while the other workers do what needs none.
    Tests of the publishers' files run wherever those are.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    waiting = {item.path for item in items if "released_home" in getattr(item, "fixturenames", ())}
    waiting -= {min(waiting, default=None)}
    items.sort(key=lambda item: (item.path not in slow, item.path in waiting))
    if SHARED.exists():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="the publishers' files (../shared) are not here"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Modules and tests live to the end: to go through all of them again and again is a tenth of the processor."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def reader_ends_first() -> Iterator[None]:
    """What the process that reads workbooks ran is counted as covered, so it ends before that is added up."""
    yield
    limited_reading.close()


def shipped_rows() -> tuple[int, int, int]:
    """Rows of the shipped files that stand, that repeat a key and wait, and of provenance, counted by line."""
    stand = wait = banners = 0
    for path in (p for name in shipped_submissions() for p in (CHECKOUT / "raw" / name).glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
        banners += len(lines) - len(rows) - 1
        key = [n for n, name in enumerate(header) if name not in ("value", "note", "read_as")]
        often = Counter(tuple(row[n] for n in key) for row in rows)
        stand += sum(n == 1 for n in often.values())
        wait += sum(n for n in often.values() if n > 1)
    return stand, wait, banners


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run, which all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """`folder` as `make` leaves it: the first worker that asks makes it, the others wait."""
    with FileLock(folder.with_suffix(".lock")):
        made = folder.with_suffix(".made")
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def shipped_home(shared_folder: Path) -> Path:
    """A home with a copy of the shipped submissions, nothing made yet."""
    return made_once(shared_folder / "shipped", copy_shipped)


@pytest.fixture(scope="session")
def released_home(shared_folder: Path) -> Path:
    """The shipped submissions, refreshed by plain functions and released as of AS_OF."""
    return made_once(shared_folder / "released", release_shipped)


@pytest.fixture(scope="session")
def released_pages(released_home: Path, shared_folder: Path) -> Path:
    """The pages of `released_home`, with the bulletin as PDF where that can be made; to be read only."""
    return made_once(shared_folder / "pages", lambda folder: write_pages(released_home, folder))


@pytest.fixture(scope="session")
def released_bundle(released_home: Path, shared_folder: Path) -> Path:
    """The bundle of `released_home`; to be read only."""
    return (
        made_once(shared_folder / "of_files", lambda folder: write_bundle(released_home, folder / "bundle"))
        / "bundle"
    )


@pytest.fixture(scope="session")
def published_home(shared_folder: Path) -> Path:
    """The publishers' own files, received, refreshed and released as of AS_OF."""
    return made_once(shared_folder / "published", publish_all)


@pytest.fixture(scope="session")
def sound_home(shared_folder: Path) -> Path:
    """Two submissions in force and one release, made from the command line (tests/faults.py): to be copied."""
    from tests import faults  # here: it loads the commands

    return made_once(shared_folder / "sound", faults.sound_home)


def copy_shipped(root: Path) -> None:
    """The shipped submissions and their cards."""
    for name in shipped_submissions():
        shutil.copytree(CHECKOUT / "raw" / name, root / "raw" / name)
        card = (CHECKOUT / "raw" / name).parent / CARD
        if card.exists():  # the network's records have theirs in schemas/records
            shutil.copyfile(card, (root / "raw" / name).parent / CARD)


def release_shipped(root: Path) -> None:
    """A home with the shipped submissions, released as of AS_OF."""
    copy_shipped(root)
    home = Home(root)
    for submission in home.submissions():
        process(home, submission)
    release(home)


def write_pages(root: Path, folder: Path) -> None:
    """The pages of a home's release in force."""
    from warehouse.publication import site  # here: it loads what draws and sets them

    with Warehouse.open(Home(root).current) as warehouse:
        site.write(warehouse, folder)


def write_bundle(root: Path, folder: Path) -> None:
    """The bundle of a home's release in force."""
    from warehouse.publication import bundle  # here: it loads what writes SDMX

    bundle.write(Home(root).current, folder)


def publish_all(root: Path) -> Home:
    """A home with all the publishers' own files, released as of AS_OF."""
    home = Home(root)
    for collection, file, received_on in PUBLISHED:
        submission = receive(home, SHARED / "data" / file, collection, received_on)
        confirm_if_held(home, submission, process(home, submission), office="lineabase", reason=LET_IN)
    for collection, path, received_on in vintages.files(SHARED / "data", root / "vintages"):
        submission = receive(home, path, collection, received_on)
        confirm_if_held(home, submission, process(home, submission), office="lineabase", reason=LET_IN)
    release(home)
    return home


def accept(home: Home, submission: Submission) -> Outcome:
    """Make a submission's steps, and confirm it where it is held."""
    return confirm_if_held(home, submission, process(home, submission), office="prueba", reason="es correcto")


def release(home: Home, as_of: date = AS_OF) -> None:
    """Build, gate and publish; the gate must let it pass. All members have agreed."""
    agree(home)
    built = assets.dagster.build.build_database(home, as_of)
    assert built.verdict.has_passed, [(a.question.id, a.examples) for a in built.verdict.failed]
    publish(home, as_of)


def ask(home: Home, sql: str) -> list[tuple]:
    """The rows of the release in force."""
    with duckdb.connect(home.current, read_only=True) as db:
        return db.execute(sql).fetchall()


@pytest.fixture(scope="session")
def released(released_home: Path) -> duckdb.DuckDBPyConnection:
    """The file released from the shipped submissions."""
    return duckdb.connect(Home(released_home).current, read_only=True)
