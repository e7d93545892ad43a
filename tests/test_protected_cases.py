"""Criterion (e) on 100,000 made-up persons: nothing that goes out is derived from a withheld cell.

Of each year other counts are made that agree with every cell told and differ in the withheld ones. Their persons
are sent to a home of their own, and the same cells are told. Whatever then differs in public was derived from
cells that are withheld; where nothing does, a reader has the told cells and no more, which (a) is about.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

import assets.build
from schemas.tables import PROTECTED_CELLS
from tests import synthetic_cases
from tests.conftest import release
from tests.synthetic_cases import CODES, COUNTRIES, QUARTERS, REGION, YEARS, Cell
from tests.test_protected_release import AS_OF, COUNTS, K, send, told
from tests.test_public_text import released
from warehouse.audit import published
from warehouse.build import COMPUTED
from warehouse.disclosure.system import System
from warehouse.home import Home
from warehouse.release import publish

pytestmark = pytest.mark.slow

MEMBERS = dict(
    zip(COUNTRIES, ["BLZ", "CAN", "CRI", "DOM", "SLV", "GTM", "HND", "MEX", "NIC", "PAN", "USA"], strict=True)
)
AREAS = MEMBERS | {REGION: "CRM"}
SENT = {
    "sex": ("sex", {code: code for code in CODES["sex"]}),
    "age": ("age_group", {"child": "Y0T17", "adult": "Y_GE18", "_U": "_U"}),
    "class": ("citizenship", {"own": "@own", "in": "@other", "out": "VEN", "_U": "_U"}),
}
"""What the made-up cases call otherwise: the column of the template, and what stands in it."""
SHOWN = {
    "sex": SENT["sex"],
    "age": SENT["age"],
    "class": (
        "origin_class",
        dict(
            zip(
                CODES["class"],
                ("own_national", "intra_regional", "extra_regional", "indeterminate"),
                strict=True,
            )
        ),
    ),
}
World = dict[int, dict[Cell, int]]
"""Of each year the counts of every country and of the region."""


def written(name: str, code: str, member: str) -> str:
    """What a sender writes for a code."""
    return SENT[name][1][code].replace("@own", member).replace("@other", "MEX" if member == "HND" else "HND")


def by_person(counted: dict[Cell, int], country: str) -> bool:
    """Whether a year is sent as a file of persons, which cannot say that a quarter had nobody."""
    return all(counted[country, quarter, "_T", "_T"] for quarter in QUARTERS)


def cases(world: World) -> pd.DataFrame:
    """One row a person, as many of each quarter and code as counted."""
    rng, parts = np.random.default_rng(5), []
    for (year, counted), (country, member) in product(world.items(), MEMBERS.items()):
        if not by_person(counted, country):
            continue
        quarters = [f"{year}-{3 * n + 1:02}" for n in range(4)]
        columns = {"identified_in": np.repeat(quarters, [counted[country, q, "_T", "_T"] for q in QUARTERS])}
        for name, codes in CODES.items():
            spread = [counted[country, "A", name, code] for code in codes]
            columns[SENT[name][0]] = rng.permutation(
                np.repeat([written(name, code, member) for code in codes], spread)
            )
        parts.append(pd.DataFrame(columns).assign(reporting_country=member))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(case_id=[f"P{n:06}" for n in range(len(frame))])


def counts(world: World) -> pd.DataFrame:
    """Of the other years a row a count: the year's total, by each code, and the quarters'."""
    rows: list[dict] = []
    for (year, counted), (country, member) in product(world.items(), MEMBERS.items()):
        if by_person(counted, country):
            continue
        for (_, period, name, code), value in ((c, v) for c, v in counted.items() if c[0] == country):
            row = {"reporting_country": member, "period": f"{year}" if period == "A" else f"{year}-{period}"}
            if name in CODES:
                row[SENT[name][0]] = written(name, code, member)
            rows.append(row | {"value": value})
    return pd.DataFrame(rows)


def public(cell: Cell, year: int) -> tuple[str, str, str, str]:
    """Where a made-up cell stands in the public table."""
    area, period, name, code = cell
    dimension, codes = SHOWN.get(name, (name, {code: code}))
    return AREAS[area], f"{year}" if period == "A" else f"{year}-{period}", dimension, codes[code]


def another(counted: dict[Cell, int], withheld: set[Cell]) -> dict[Cell, int]:
    """Other counts that add up, the same where they are told, and different in as many of the others as can be."""
    system = System(counted, synthetic_cases.sums())
    true, free = system.numbers, system.mask(frozenset(withheld))
    in_files = [q in QUARTERS and a != REGION and by_person(counted, a) for a, q, _, _ in system.names]
    size, far = len(true), 40
    one, none = eye_array(size), csr_array((size, size))
    # beside the counts stand whether each is more, and whether it is less
    rows = [
        (hstack([system.matrix, csr_array((len(system.relations), 2 * size))]), 0, 0),
        (hstack([one, -one, far * one]), true, np.inf),
        (hstack([one, -far * one, one]), -np.inf, true),
        (hstack([none, one, one]), 0, 1),
    ]
    least = np.concatenate([np.where(free, in_files, true), np.zeros(2 * size)])
    most = np.concatenate([np.where(free, true + far, true), free, free])
    solved = milp(
        np.concatenate([np.zeros(size), -np.ones(2 * size)]),
        constraints=[LinearConstraint(matrix, low, high) for matrix, low, high in rows],
        bounds=Bounds(least, most),
        integrality=np.ones(3 * size),
    )
    found = np.rint(solved.x[:size]).astype(int)
    assert system.adds_up(found)
    return dict(zip(system.names, found.tolist(), strict=True))


# ---- two worlds of which the same is told -------------------------------------------------------------


@dataclass(frozen=True)
class Worlds:
    """The counts of both, and their homes, each released."""

    first: World
    second: World
    home: Home
    other: Home

    @property
    def cells(self) -> dict[tuple[int, Cell], tuple[str, str, str, str]]:
        """Where each count stands in the public table."""
        return {(year, cell): public(cell, year) for year in YEARS for cell in self.first[year]}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """The made-up cases as they are, and such of which the same is told."""
    first = dict(zip(YEARS, synthetic_cases.of_years(synthetic_cases.cases()), strict=True))
    home = received(tmp_path_factory.mktemp("first"), first)
    verdict = assets.build.make(home, AS_OF).verdict
    assert verdict.passed
    publish(home, AS_OF)
    pattern = {where: value is not None for where, value in told(home).items()}
    second = {
        year: another(counted, {cell for cell in counted if not pattern[public(cell, year)]})
        for year, counted in first.items()
    }
    other = received(tmp_path_factory.mktemp("second"), second)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(COMPUTED, PROTECTED_CELLS.full_name, as_told(pattern))
        # whose counts that pattern was made for: of others it may leave a small one too narrow
        patch.setattr(assets.build, "examine", lambda *_: verdict)
        release(other, AS_OF)
    return Worlds(first, second, home, other)


def received(root: Path, world: World) -> Home:
    """A home that has received a world."""
    home = Home(root)
    send(home, cases(world), date(2024, 2, 1))
    send(home, counts(world), date(2024, 2, 1), COUNTS)
    return home


def as_told(pattern: dict[tuple[str, str, str, str], bool]) -> tuple:
    """What makes the protected cells: as ever, but that another world's cells are told."""
    needs, make = COMPUTED[PROTECTED_CELLS.full_name]

    def made(db: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
        cells = make(db, as_of)
        quarters = (
            cells["year"].astype(str) + "-Q" + pd.to_datetime(cells["period_start"]).dt.quarter.astype(str)
        )
        period = cells["year"].astype(str).where(cells["frequency"] == "A", quarters)
        places = zip(cells["reporting_country"], period, cells["dimension"], cells["code"], strict=True)
        return cells.assign(is_told=[pattern[place] for place in places])

    return needs, made


def goes_out(home: Home) -> dict[str, str]:
    """All public tables, exports and the manifest, and the pages of the gate, but for time and the file's own hash."""
    out = released(home) | {path.name: path.read_text(encoding="utf-8") for path in home.verdict.iterdir()}
    own = json.loads(out["manifest"])["sha256"]
    return {name: re.sub(rf"\d{{4}}-\d\d-\d\dT[\d:]+|{own}", "", text) for name, text in out.items()}


def test_every_value_that_is_told_is_the_true_one_and_no_small_one_is(worlds: Worlds) -> None:
    """(b), through files, build and release: all 900 cells of five years stand there."""
    shown = told(worlds.home)
    assert set(shown) == set(worlds.cells.values())
    for (year, cell), where in worlds.cells.items():
        value = shown[where]
        assert value is None or (value == worlds.first[year][cell] and not 1 <= value < K), where


def test_an_attacker_of_the_released_file_finds_no_small_count(worlds: Worlds) -> None:
    """(a), with what indicators, labelled layer, profiles, flows and trends say of them."""
    found = published.attacked(worlds.home.current, None, enough=K - 1)
    cells = found.set_index(["area", "frequency", "first_day", "dimension", "code"])
    small = [
        public(cell, year) for year in YEARS for cell, value in worlds.first[year].items() if 1 <= value < K
    ]
    assert len(small) > 200
    for area, period, dimension, code in small:
        first_day = f"{period[:4]}-{3 * int(period[6:] or 1) - 2:02}-01"
        low, high = cells.loc[area, "Q" if "Q" in period else "A", first_day, dimension, code][
            ["low", "high"]
        ]
        assert low <= 1, (area, period, dimension, code)
        assert high >= K - 1, (area, period, dimension, code)


def test_nothing_that_goes_out_is_derived_from_a_withheld_cell(worlds: Worlds) -> None:
    """(e): 300 withheld cells are other ones, and not a figure, word, flag or row in public is.

    Bundle, site and charts are made of the public file and read no other.
    """
    differ = [(y, cell) for y, cell in worlds.cells if worlds.first[y][cell] != worlds.second[y][cell]]
    withheld = [where for where, value in told(worlds.home).items() if value is None]
    assert len(differ) > 0.9 * len(withheld) > 270
    with duckdb.connect(worlds.other.internal, read_only=True) as db:
        db.execute(f"ATTACH '{worlds.home.internal}' AS first (READ_ONLY)")
        inside = "SELECT * EXCLUDE (is_small) FROM {}core.protected_cells"
        [(changed,)] = db.execute(
            f"SELECT count(*) FROM ({inside.format('')} EXCEPT {inside.format('first.')})"
        ).fetchall()
    assert changed == len(differ)
    ours, theirs = goes_out(worlds.home), goes_out(worlds.other)
    assert set(ours) == set(theirs)
    assert [name for name, text in ours.items() if text != theirs[name]] == []
