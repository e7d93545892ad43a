"""Joint bounds: brute force, another solver, tables of known truth, contradictions by hand, rows, proofs by other code."""

import itertools
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds as MilpBounds
from scipy.optimize import LinearConstraint, milp

from docs.check_joint_bounds import is_sound
from schemas.tables import table
from tests import in_memory
from tests.in_memory import Rules
from tests.joint_simulation import bounds_of, draw, simulate
from warehouse.build.joint import frames
from warehouse.build.joint.bounds import check_feasible, tighter_bounds
from warehouse.build.joint.certificates import AT_LEAST, AT_MOST, Certificate
from warehouse.build.joint.contradictions import find_contradiction
from warehouse.build.joint.passing import Infeasible, Target, pass_bounds
from warehouse.build.joint.solution import solve
from warehouse.build.joint.systems import TOTAL, Bounds, Cell, Relation, Row, System, make_system
from warehouse.reading.certificates import certificate_of
from warehouse.statements.model_build import compute_joint_bounds

DAY = date(2024, 1, 1)
SMALL = frames.SmallCounts(4, 3)
F, M = Cell("sex", ("F",)), Cell("sex", ("M",))
GIRLS, WOMEN = (Cell("age_group+sex", (age, "F")) for age in ("Y0T17", "Y_GE18"))
BOYS, MEN = (Cell("age_group+sex", (age, "M")) for age in ("Y0T17", "Y_GE18"))
CHILDREN = Cell("age_group", ("Y0T17",))
WITHIN = (  # by hand; the total contains both tables, women contain girls
    Relation(TOTAL, (F, M)),
    Relation(TOTAL, (GIRLS, WOMEN, BOYS, MEN)),
    Relation(F, (GIRLS, WOMEN)),
    Relation(M, (BOYS, MEN)),
)


def system(relations: tuple[Relation, ...] = WITHIN, **bounds: tuple[int, int | None]) -> System:
    """A system of the cells named; those not named are from 0 without an upper bound."""
    names = {
        "total": TOTAL,
        "women": F,
        "men": M,
        "girls": GIRLS,
        "adults_f": WOMEN,
        "boys": BOYS,
        "adults_m": MEN,
    }
    return System({cell: Bounds(*bounds.get(name, (0, None))) for name, cell in names.items()}, relations)


def bounds(found: dict[Target, Certificate]) -> dict[tuple[Cell, str], int | None]:
    """The bounds proved."""
    return {(target.cell, target.side): proof.bound for target, proof in found.items()}


# ---- tightest ------------------------------------------------------------------------------------------


@pytest.mark.statistics("7", "joint bounds")
@pytest.mark.parametrize("is_equal", [False, True])
def test_bounds_are_those_of_all_counts_that_fit(is_equal: bool) -> None:
    """Every assignment of seven cells is tried: the least and largest of those that fit are the bounds."""
    rng = np.random.default_rng(5)
    relations = tuple(r._replace(is_equal=is_equal) for r in WITHIN)
    feasible = narrowed = 0
    for _ in range(60):
        lows = [*rng.integers(0, 7, 1), *rng.integers(0, 4, 2), *rng.integers(0, 2, 4)]
        cells = [TOTAL, F, M, GIRLS, WOMEN, BOYS, MEN]
        given = {
            c: Bounds(int(low), int(low + rng.integers(0, 4))) for c, low in zip(cells, lows, strict=True)
        }
        fitting = [
            counts
            for counts in itertools.product(*(range(low, high + 1) for low, high in given.values()))
            if _fits(dict(zip(cells, counts, strict=True)), is_equal)
        ]
        one = System(given, relations)
        if not fitting:
            with pytest.raises(Infeasible):
                tighter_bounds(one)
            continue
        feasible += 1
        found = bounds(tighter_bounds(one))
        narrowed += len(found)
        for n, cell in enumerate(cells):
            values = [counts[n] for counts in fitting]
            assert found.get((cell, AT_LEAST), given[cell].low) == min(values)
            assert found.get((cell, AT_MOST), given[cell].high) == max(values)
    assert feasible > 10
    assert narrowed > 20


def _fits(n: dict[Cell, int], is_equal: bool) -> bool:
    wholes = [(n[TOTAL], n[F] + n[M]), (n[F], n[GIRLS] + n[WOMEN]), (n[M], n[BOYS] + n[MEN])]
    wholes.append((n[TOTAL], n[GIRLS] + n[WOMEN] + n[BOYS] + n[MEN]))
    return all(whole == parts if is_equal else whole >= parts for whole, parts in wholes)


@pytest.mark.slow
@pytest.mark.statistics("7", "joint bounds")
def test_the_truth_is_in_every_interval_of_masked_tables() -> None:
    measured = simulate(150, seed=3)
    assert measured.narrowed > 150
    assert (measured.outside, measured.unsound, measured.contradictory) == (0, 0, 0)
    assert measured.compared > 100
    assert measured.looser == 0


@pytest.mark.slow
def test_proofs_within_the_total_hold_even_if_tables_count_different_persons() -> None:
    measured = simulate(100, seed=4, apart=True)
    assert measured.outside > 0  # which is why a bound says if it compares tables
    assert measured.outside_total == 0


def test_joint_bounds_are_never_wider() -> None:
    rng = np.random.default_rng(6)
    for _ in range(30):
        drawn = draw(rng)
        joint = bounds_of(drawn, solve(drawn.system))
        for cell, (low, high) in drawn.system.bounds.items():
            assert joint[cell].low >= low
            assert high is None or (joint[cell].high is not None and joint[cell].high <= high)


def test_a_bound_that_needs_a_table_that_adds_up() -> None:
    """Of 20, all are women or men; at most 12 are men."""
    relations = (Relation(TOTAL, (F, M), is_equal=True),)
    given = {TOTAL: Bounds(20, 20), F: Bounds(0, None), M: Bounds(5, 12)}
    assert bounds(tighter_bounds(System(given, relations))) == {(F, AT_LEAST): 8, (F, AT_MOST): 15}
    loose = (Relation(TOTAL, (F, M)),)
    assert bounds(tighter_bounds(System(given, loose))) == {(F, AT_MOST): 15}


ADDING_UP = tuple(r._replace(is_equal=r.container == TOTAL) for r in WITHIN)


def _largest(one: System, cell: Cell) -> int | None:
    """The largest count of a cell by a programme in whole numbers; None if it passes a million."""
    cells, far = list(one.bounds), 10**6
    rows, lows, highs = [], [], []
    for r in one.relations:
        rows.append([(c == r.container) - (c in r.parts) for c in cells])
        lows.append(0)
        highs.append(0 if r.is_equal else np.inf)
    limits = MilpBounds(
        [low for low, _ in one.bounds.values()],
        [far if high is None else high for _, high in one.bounds.values()],
    )
    answer = milp(
        [-(c == cell) for c in cells],
        constraints=LinearConstraint(rows, lows, highs),
        bounds=limits,
        integrality=np.ones(len(cells)),
    )
    assert answer.success
    return None if round(-answer.fun) > far / 10 else round(-answer.fun)


def test_a_missing_upper_bound_is_found_wherever_there_is_one() -> None:
    rng = np.random.default_rng(7)
    found_by_sums = grown = 0
    for _ in range(60):
        counts = dict(zip((GIRLS, WOMEN, BOYS, MEN), map(int, rng.integers(0, 9, 4)), strict=True))
        counts |= {F: counts[GIRLS] + counts[WOMEN], M: counts[BOYS] + counts[MEN]}
        counts[TOTAL] = counts[F] + counts[M]
        given = {
            cell: Bounds(max(0, n - int(rng.integers(0, 3))), None if rng.uniform() < 0.5 else n + 1)
            for cell, n in counts.items()
        }
        one = System(given, ADDING_UP)
        found = bounds(tighter_bounds(one))
        for cell, (_, high) in given.items():
            if high is None:
                assert found.get((cell, AT_MOST)) == _largest(one, cell)
                found_by_sums += (cell, AT_MOST) in found
                grown += (cell, AT_MOST) not in found
    assert min(found_by_sums, grown) > 30


def test_a_cell_that_cannot_grow_alone_has_its_bound() -> None:
    """All growth is of boys, who are men: women get none of it, though no table says how many they are."""
    given = {cell: Bounds(0, None) for cell in (TOTAL, F, M, BOYS)} | {
        GIRLS: Bounds(2, 2),
        WOMEN: Bounds(3, 3),
        MEN: Bounds(4, 4),
    }
    # total = women + men = 2 + 3 + 4 + boys, and men are at least boys + 4: so women are at most 2 + 3
    assert bounds(tighter_bounds(System(given, ADDING_UP)))[F, AT_MOST] == 5


def test_a_proof_compares_tables_only_where_the_bound_needs_it() -> None:
    """Girls are at most 5 - 3 by the total, and by the women's table, too; tables may come in any order."""
    given = system(WITHIN[::-1], total=(5, 5), women=(0, 5), adults_f=(3, 3))
    proofs = tighter_bounds(given)
    assert proofs[Target(GIRLS, AT_MOST)].bound == 2
    assert not proofs[Target(GIRLS, AT_MOST)].compares_tables
    narrower = tighter_bounds(system(WITHIN[::-1], total=(5, 5), women=(0, 4), adults_f=(3, 3)))
    assert narrower[Target(GIRLS, AT_MOST)].bound == 1
    assert narrower[Target(GIRLS, AT_MOST)].compares_tables


@pytest.mark.parametrize("is_equal", [False, True])
def test_what_passing_gives_is_proved_exactly(is_equal: bool) -> None:
    rng = np.random.default_rng(8)
    proved = 0
    for _ in range(100):
        relations = tuple(r._replace(is_equal=is_equal and r.container == TOTAL) for r in WITHIN)
        given = system(
            relations,
            total=(18, 18),
            women=(int(rng.integers(0, 9)), 12),
            girls=(int(rng.integers(0, 5)), None),
            boys=(0, int(rng.integers(1, 5))),
            adults_m=(int(rng.integers(0, 5)), 7),
        )
        proved += _proved(given)
    for _ in range(40):
        proved += _proved(draw(rng).system)
    assert proved > 400


def test_a_step_is_in_a_proof_as_often_as_others_use_it() -> None:
    """Girls and women are each at least 10 - 7, so 6 by passing; together they are all but 3 men: at least 7."""
    relations = (
        Relation(TOTAL, (CHILDREN,)),
        Relation(TOTAL, (GIRLS, WOMEN, BOYS, MEN), is_equal=True),
        Relation(F, (GIRLS, WOMEN)),
    )
    given = dict.fromkeys((TOTAL, F), Bounds(0, None)) | {CHILDREN: Bounds(10, None), BOYS: Bounds(0, 0)}
    given |= {GIRLS: Bounds(0, 4), WOMEN: Bounds(0, 4), MEN: Bounds(0, 3)}
    passed = pass_bounds(System(given, relations))
    assert passed.bounds[F].low == 6
    assert _proved(System(given, relations)) > 3
    assert bounds(tighter_bounds(System(given, relations)))[F, AT_LEAST] == 7


def _proved(given: System) -> int:
    """How many bounds are passed; each has a sound proof of just this bound."""
    passed = pass_bounds(given)
    for target in passed.steps:
        proof = passed.certificate(target)
        assert proof is not None
        assert is_sound(proof.to_text())
        assert proof.bound == target.read(passed.bounds)
    return len(passed.steps)


def test_cells_that_only_fractions_fit_have_no_bounds() -> None:
    """Each two of three cells are 1 together: each would be a half, so at least 1 and at most 0."""
    pairs = ((F, M), (M, CHILDREN), (F, CHILDREN))
    wholes = [Cell("area", (str(n),)) for n in range(3)]
    relations = tuple(Relation(whole, pair, is_equal=True) for whole, pair in zip(wholes, pairs, strict=True))
    given = dict.fromkeys(wholes, Bounds(1, 1)) | dict.fromkeys((F, M, CHILDREN), Bounds(0, 1))
    assert tighter_bounds(System(given, relations)) == {}


def test_a_bound_that_follows_through_two_tables() -> None:
    """Of 10 women at least 9 are girls, so at most one is an adult; the total is at least 10 and 3 men."""
    found = tighter_bounds(system(women=(10, 10), girls=(9, 9), adults_f=(0, 4), men=(3, 3), total=(0, None)))
    assert bounds(found)[WOMEN, AT_MOST] == 1
    assert bounds(found)[TOTAL, AT_LEAST] == 13
    assert found[Target(WOMEN, AT_MOST)].compares_tables
    assert not found[Target(TOTAL, AT_LEAST)].compares_tables
    assert {str(cell) for cell in found[Target(WOMEN, AT_MOST)].cells()} == {"sex:F", "age_group+sex:Y0T17|F"}


# ---- relations -----------------------------------------------------------------------------------------


def test_unknown_persons_of_a_table_may_be_known_in_another() -> None:
    rows = [
        Row(TOTAL, Bounds(30, 30)),
        Row(Cell("sex", ("_U",)), Bounds(2, 2)),
        Row(Cell("age_group+sex", ("Y0T17", "_U")), Bounds(5, 5)),
    ]
    assert not solve(make_system(rows)).contradictions


def test_a_subgroup_is_within_its_group_and_not_added_to_it() -> None:
    """Other forms 6, of which begging 0 to 8; of 10 persons 4 stand in sexual exploitation."""
    form = {code: Cell("exploitation", (code,)) for code in ("SEX", "OTH", "OTH_ONE")}
    rows = [
        Row(TOTAL, Bounds(10, 10)),
        Row(form["SEX"], Bounds(4, 4)),
        Row(form["OTH"], Bounds(6, 6)),
        Row(form["OTH_ONE"], Bounds(0, 8), groups=(("exploitation", "OTH"),)),
    ]
    solution = solve(make_system(rows))
    assert not solution.contradictions
    assert bounds(dict(solution.bounds)) == {(form["OTH_ONE"], AT_MOST): 6}


def test_a_repeated_row_is_not_added() -> None:
    rows = [Row(TOTAL, Bounds(10, 10)), Row(F, Bounds(7, 7)), Row(Cell("sex", ("_U",)), Bounds(3, 3))]
    again = Cell("sex", ("_O",))
    assert solve(make_system([*rows, Row(again, Bounds(3, 3))])).contradictions
    assert not solve(make_system([*rows, Row(again, Bounds(3, 3), is_repeated=True)])).contradictions


# ---- contradictions ------------------------------------------------------------------------------------


@pytest.mark.statistics("7", "joint bounds")
def test_the_smallest_set_of_a_table_with_published_figures() -> None:
    """Canada 2022: 352 adults; by age and sex 317 women, 95 men (and others that the set does not need)."""
    adults = Cell("age_group", ("Y_GE18",))
    other = Cell("age_group+sex", ("Y_GE18", "_O"))
    rows = [
        Row(TOTAL, Bounds(528, 528)),
        Row(adults, Bounds(352, 352)),
        *(Row(cell, Bounds(n, n)) for cell, n in ((WOMEN, 317), (MEN, 95), (GIRLS, 74))),
        Row(other, Bounds(0, 4)),
    ]
    [proof] = solve(make_system(rows)).contradictions
    assert proof.cells() == sorted([adults, WOMEN, MEN])
    assert is_sound(proof.to_text())


def test_a_set_of_several_relations_is_smallest() -> None:
    """At least 6 of 5 persons: girls and women through a table of sexes that alone contradicts nobody."""
    one = system(total=(5, 5), women=(0, 10), girls=(3, 3), adults_f=(3, 3), men=(0, 4))
    chain = System(one.bounds, (Relation(TOTAL, (F, M)), Relation(F, (GIRLS, WOMEN))))
    proof = find_contradiction(chain)
    assert proof
    assert proof.cells() == sorted([TOTAL, GIRLS, WOMEN])
    assert is_sound(proof.to_text())


def test_no_set_contains_another() -> None:
    """Without any one of its published bounds, the rest of a set fits."""
    rng, sets = np.random.default_rng(8), 0
    while sets < 25:
        given = {
            cell: Bounds(low := int(rng.integers(0, 6)), low + int(rng.integers(0, 3)))
            for cell in (TOTAL, F, M, GIRLS, WOMEN, BOYS, MEN)
        }
        relations = tuple(r._replace(is_equal=bool(rng.integers(0, 2))) for r in WITHIN)
        proof = find_contradiction(System(given, relations))
        if proof is None:
            continue
        sets += 1
        assert is_sound(proof.to_text())
        facts = [fact for fact in proof.facts if fact.kind != "sum"]
        used = tuple(r for r in relations if any(set(r.parts) < set(fact.terms) for fact in proof.facts))
        for left_out in facts:
            loose = dict.fromkeys(given, Bounds(0, None))
            for fact in facts:
                [cell] = fact.terms
                if fact is not left_out:
                    low, high = loose[cell]
                    loose[cell] = (
                        Bounds(fact.at_least, high) if fact.kind == "low" else Bounds(low, -fact.at_least)
                    )
            if left_out.at_least != 0 or left_out.kind == "high":
                check_feasible(System(loose, used))


def test_tables_of_a_contradiction_prove_nothing_and_others_do() -> None:
    """The table of ages exceeds the total, so neither narrows the table of sexes."""
    rows = [
        Row(TOTAL, Bounds(10, 10)),
        Row(CHILDREN, Bounds(11, 11)),
        Row(F, Bounds(10, 10)),
        Row(M, Bounds(0, 4)),
        Row(GIRLS, Bounds(8, 8)),
        Row(WOMEN, Bounds(0, 4)),
    ]
    solution = solve(make_system(rows))
    assert [proof.cells() for proof in solution.contradictions] == [sorted([CHILDREN, TOTAL])]
    assert bounds(dict(solution.bounds)) == {(WOMEN, AT_MOST): 2}


# ---- proofs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof.update(bound=proof["bound"] - 1),
        lambda proof: proof["facts"][0].update(times="2"),
        lambda proof: proof["facts"][0].update(times="-1"),
        lambda proof: proof["facts"].pop(),
        lambda proof: proof["facts"][-1].update(at_least=proof["facts"][-1]["at_least"] - 1),
        lambda proof: proof.update(side=AT_LEAST),
        lambda proof: proof.update(cell="sex:M"),
    ],
)
def test_a_changed_proof_is_not_sound(change: Any) -> None:
    found = tighter_bounds(system(total=(20, 20), women=(0, 30), men=(5, 9)))
    proof = json.loads(found[Target(F, AT_MOST)].to_text())
    assert proof["bound"] == 15
    assert is_sound(json.dumps(proof))
    change(proof)
    assert not is_sound(json.dumps(proof))


# ---- rows ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with an open list and one that leaves nobody out."""
    rules = {"X/silent": Rules("not_reported", []), "X/whole": Rules("zero", ["sex"])}
    yield from in_memory.database(in_memory.inputs(rules, ["tip_victims_detected"], DAY))


def _value(low: float, high: float | None = None, **codes: Any) -> dict[str, Any]:
    return {"measure": "victims_detected", "value": (low, low if high is None else high), **codes}


def _built(
    db: duckdb.DuckDBPyConnection, *rows: dict[str, Any], collection: str = "X/silent"
) -> pd.DataFrame:
    in_memory.fill(db, in_memory.values(collection, DAY, rows), asks=("analysis.joint_bounds",))
    return db.execute("SELECT * FROM analysis.joint_bounds ORDER BY breakdown, sex, age_group").df()


SEXES = (_value(200), _value(188, sex="F"), _value(8, 16, sex="M"))


def test_a_cell_is_narrowed_in_the_build(db: duckdb.DuckDBPyConnection) -> None:
    """188 of 200 are women, so at most 12 are men; in a list that leaves nobody out exactly 12."""
    [row] = _built(db, *SEXES).to_dict("records")
    assert (row["sex"], row["value_low"], row["value_high"], row["joint_low"], row["joint_high"]) == (
        "M",
        8,
        16,
        8,
        12,
    )
    assert row["low_certificate"] is None
    assert is_sound(row["high_certificate"])
    assert (row["year"], row["is_contradictory"], row["compares_tables"]) == (2018, False, False)
    [whole] = _built(db, *SEXES, collection="X/whole").to_dict("records")
    assert (whole["joint_low"], whole["joint_high"]) == (12, 12)
    assert is_sound(whole["low_certificate"])
    assert is_sound(whole["high_certificate"])


def test_a_contradiction_is_in_the_rows_of_its_cells(db: duckdb.DuckDBPyConnection) -> None:
    frame = _built(db, _value(20), _value(15, sex="F"), _value(6, sex="M"), _value(0, 4, sex="_O"))
    assert list(frame["sex"]) == ["F", "M", "_T"]
    assert frame["is_contradictory"].all()
    assert frame["joint_high"].isna().all()
    [proof] = set(frame["certificate"])
    assert is_sound(proof)


@pytest.mark.parametrize("flag", ["suspect_value", "partial", "suspected_partial", "rows_in_quarantine"])
def test_a_doubtful_total_narrows_nothing(db: duckdb.DuckDBPyConnection, flag: str) -> None:
    total, *sexes = SEXES
    assert _built(db, total | {"flag": flag}, *sexes).empty


@pytest.mark.parametrize("confidentiality", ["small_counts", "cases", "internal"])
def test_nothing_is_sharper_where_a_collection_of_the_member_is_protected(
    db: duckdb.DuckDBPyConnection, confidentiality: str
) -> None:
    values = pd.concat(
        [
            in_memory.values("X/silent", DAY, SEXES),
            in_memory.values("X/whole", DAY, [_value(7, sex="F", year=2011)]).assign(observation="9"),
        ]
    )
    protect = "UPDATE registry.collections SET confidentiality = ? WHERE collection = 'X/whole'"
    db.execute(protect, [confidentiality])
    try:
        in_memory.fill(db, values, asks=("analysis.joint_bounds",))
        assert db.execute("SELECT count(*) FROM analysis.joint_bounds").fetchone() == (0,)
        in_memory.fill(db, in_memory.values("X/silent", DAY, SEXES), asks=("analysis.joint_bounds",))
        assert db.execute("SELECT count(*) FROM analysis.joint_bounds").fetchone() == (1,)
    finally:
        db.execute(protect, ["open"])


CELL = {
    "collection": "X/silent",
    "measure": "victims_detected",
    "reporting_country": "CRI",
    "period_start": date(2018, 1, 1),
}


def test_the_proof_of_a_bound_in_words(db: duckdb.DuckDBPyConnection) -> None:
    _built(db, *SEXES)
    proof = certificate_of(db, "en", CELL | {"sex": "M"})
    assert proof is not None
    assert str(proof) == (
        "“Male”: 8 to 12 by all tables of the year together; 8 to 16 in its own table. It follows from this: "
        "“Female” is at least 188; the total is at most 200; the total contains “Female”, “Male”."
    )
    assert proof.sentence("es") == (
        "«Hombres»: de 8 a 12 según todos los cuadros del año juntos; de 8 a 16 en su propio cuadro. Se sigue de esto: "
        "«Mujeres» es 188 como mínimo; el total es 200 como máximo; el total contiene «Mujeres», «Hombres»."
    )
    assert [is_sound(json.dumps(text)) for text in proof.proofs] == [True]
    assert certificate_of(db, "en", CELL | {"sex": "F"}) is None
    assert certificate_of(db, "en", CELL) is None


def test_the_proof_of_a_contradiction_in_words(db: duckdb.DuckDBPyConnection) -> None:
    """Girls by age and sex are more than children by age: both tables are named, and what is assumed."""
    _built(db, _value(20), _value(5, age_group="Y0T17"), _value(7, age_group="Y0T17", sex="F"))
    proof = certificate_of(db, "en", CELL | {"age_group": "Y0T17"})
    assert proof is not None
    assert proof.joint is None
    assert str(proof) == (
        "These figures of one year cannot all be right: “0 to 17 years” is at most 5; “0 to 17 years, Female” is at least 7; "
        "“0 to 17 years” contains “0 to 17 years, Female”. This assumes that the tables count the same persons."
    )
    again = certificate_of(db, "en", CELL | {"age_group": "Y0T17", "sex": "F"})
    assert str(again) == str(proof)


def test_the_proof_of_a_list_that_adds_up_in_words(db: duckdb.DuckDBPyConnection) -> None:
    _built(db, *SEXES, collection="X/whole")
    proof = certificate_of(db, "es", CELL | {"collection": "X/whole", "sex": "M"})
    assert str(proof).startswith(
        "«Hombres»: 12 según todos los cuadros del año juntos; de 8 a 16 en su propio cuadro."
    )
    assert "el total es la suma de «Mujeres», «Hombres»" in str(proof)


@pytest.mark.parametrize(
    ("women", "joint_high"),
    [(200, 0), (199, None), (198, 2), (197, 3)],  # at most 1: two counts, one of a single person
)
def test_what_the_source_hides_is_not_disclosed(
    db: duckdb.DuckDBPyConnection, women: int, joint_high: int | None
) -> None:
    frame = _built(db, _value(200), _value(women, sex="F"), _value(0, 4, sex="M"))
    assert list(frame["joint_high"]) == ([] if joint_high is None else [joint_high])


def test_a_deployment_s_own_settings_say_what_is_disclosed(db: duckdb.DuckDBPyConnection) -> None:
    """0 to 2 are three values, which the shipped settings allow; where four are asked for it is not published."""
    rows = (_value(200), _value(198, sex="F"), _value(0, 4, sex="M"))
    assert list(_built(db, *rows)["joint_high"]) == [2]
    cells = db.execute("SELECT * FROM core.joint_cells").df()
    groups = db.execute("SELECT * FROM core.subgroups").df()
    none = pd.DataFrame(columns=[*frames.SYSTEM, "digest"])
    assert frames.joint_bounds(cells, groups, none, SMALL._replace(values=4)).empty
    db.execute("UPDATE core.settings SET feasible_values = 4")
    try:
        assert compute_joint_bounds(db, DAY).empty
    finally:
        db.execute("UPDATE core.settings SET feasible_values = 3")


def test_a_small_count_that_a_whole_list_leaves_is_not_disclosed(db: duckdb.DuckDBPyConnection) -> None:
    """Exactly 3 of 200 are men; exactly 5 may be told, as everywhere."""
    assert _built(db, _value(200), _value(197, sex="F"), _value(0, 4, sex="M"), collection="X/whole").empty
    frame = _built(db, _value(200), _value(195, sex="F"), _value(0, 9, sex="M"), collection="X/whole")
    assert list(frame["joint_low"]) == [5]


def test_rows_of_unchanged_content_are_taken_from_the_release_before(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _built(db, *SEXES)
    cells = db.execute("SELECT * FROM core.joint_cells").df()
    groups = db.execute("SELECT * FROM core.subgroups").df()
    solved: list[System] = []
    monkeypatch.setattr(frames, "solve", lambda given: solved.append(given) or solve(given))
    again = frames.joint_bounds(cells, groups, first, SMALL)
    assert not solved
    names = [name for name in table("analysis.joint_bounds").column_names if name not in ("year", "period")]
    assert again[names].to_dict("records") == first[names].to_dict("records")
    changed = cells.assign(value_low=cells["value_low"].where(cells["sex"] != "F", 187))
    changed = changed.assign(value_high=changed["value_high"].where(changed["sex"] != "F", 187))
    [row] = frames.joint_bounds(changed, groups, first, SMALL).to_dict("records")
    assert len(solved) == 1
    assert row["joint_high"] == 13
