"""The models read as they should: a head that says what a row is, no dimension by hand, one file a form."""

import re
from pathlib import Path

import pytest

from schemas import tables
from schemas.indicators import Indicator, catalogue
from schemas.indicators.forms import TRENDS, FormError, form, forms
from warehouse.build import models
from warehouse.build.reference import specification_frames
from warehouse.home import CHECKOUT

PACKAGES = ("assets", "pipelines", "schemas", "warehouse")
FILES = sorted(p for p in models.SQL.rglob("*.sql") if p != models.MACROS)
MODELS = [p for p in FILES if p.parent.name != "gate"]
ONLY_DECLARED = [d.name for d in tables.DIMENSIONS if d.name not in tables.SLICES and d.name != "area"]
"""Dimensions with names that a model has no reason to spell, but for its own rule."""

OF_A_RULE = {
    "marginal_figures": {"counterpart_country"},  # persons brought home, from wherever
    "origin_rows": {"counterpart_country"},  # a table by two countries is none of origins
    "indicator_figures": {"place_of_exploitation"},  # the dimension of a share that is no slice
    "parts_of_tables": {"place_of_exploitation"},
    "series": {"authority_kind"},  # of a whole series, beside the dimension of its figures
}


def _head(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(
        line.removeprefix("--").strip()
        for line in lines[: next(i for i, t in enumerate(lines) if t[:2] != "--")]
    )


@pytest.mark.parametrize("path", MODELS, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_a_model_opens_with_its_rows_its_inputs_and_what_null_means(path: Path) -> None:
    head = _head(path)
    assert re.search(r"\bOne (more )?row per\b", head, re.I), "say what a row is: One row per …"
    assert re.search(r"\bfrom (core|baseline|registry|reference|the)\b", head, re.I), (
        "say what it reads: From …"
    )
    assert re.search(r"\bNULL\b|[Nn]o (value|upper|lower)", head), "say when a value is NULL"


@pytest.mark.parametrize("path", [*FILES, models.MACROS], ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_no_line_is_longer_than_120(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [(n, len(line)) for n, line in enumerate(lines, start=1) if len(line) > 120] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_no_model_lists_the_dimensions_by_hand(path: Path) -> None:
    spelt = {name for name in ONLY_DECLARED if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))}
    assert spelt <= OF_A_RULE.get(path.stem, set())


def test_no_module_lists_the_dimensions_of_a_total_by_hand() -> None:
    """A query in Python asks for totals by total_rows (schemas/tables), which names every dimension."""
    by_hand = re.compile(r"'_T', *'_T'|_T_T")
    assert by_hand.search("(sex, age_group) = ('_T', '_T')")
    modules = [p for package in PACKAGES for p in (CHECKOUT / package).rglob("*.py")]
    assert [str(p) for p in modules if by_hand.search(p.read_text(encoding="utf-8"))] == []


def test_placeholders_stand_for_what_is_declared() -> None:
    names = [d.name for d in tables.DIMENSIONS]
    assert models.render("{{ dimensions }}") == ", ".join(names)
    assert models.render("{{ key }}") == ", ".join(tables.OBSERVATION_KEY)
    assert models.render("""{{ each_slice("'_T' AS $") }}""") == ", ".join(
        f"'_T' AS {n}" for n in tables.SLICES
    )
    assert models.render('{{ each_slice("j.$ = 1", "AND") }}') == " AND ".join(
        f"j.{n} = 1" for n in tables.SLICES
    )
    with pytest.raises(ValueError, match="no placeholder"):
        models.render("SELECT {{ dimension }}")


def test_every_model_is_rendered_whole() -> None:
    assert not [name for name in models.models() for text in models.selects(name) if "{{" in text]


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────


def test_every_form_that_is_computed_has_its_file_and_every_file_its_form() -> None:
    written = {p.stem for p in (models.SQL / "forms").glob("*.sql")}
    assert written == {f.code for f in forms().values() if f.fills}
    assert {f.fills for f in forms().values()} - {None} <= {t.full_name for t in tables.TABLES}


def test_an_unknown_form_is_an_error_and_never_a_share() -> None:
    with pytest.raises(FormError, match="'difference' is no form; there are count, rate"):
        form("difference")
    declared = next(i for i in catalogue().values() if i.form == "share")
    with pytest.raises(ValueError, match="'difference' is no form"):
        Indicator.model_validate(declared.model_dump(exclude={"example"}) | {"form": "difference"})


def test_an_indicator_has_what_its_form_needs() -> None:
    declared = next(i for i in catalogue().values() if i.form == "ratio")
    with pytest.raises(ValueError, match="form 'ratio' needs denominator_measure"):
        Indicator.model_validate(declared.model_dump(exclude={"example", "denominator_measure"}))


def test_trends_judge_a_form_as_it_is_declared_and_no_other() -> None:
    """A form that says nothing of trends is never judged, and none is judged as a share by default."""
    assert {f.trend for f in forms().values()} == {*TRENDS, None}
    rows = specification_frames(list(catalogue().values()))["core.specification"]
    told = dict(zip(rows["indicator"], rows["trend"].fillna("never"), strict=True))
    assert told == {i.id: form(i.form).trend or "never" for i in catalogue().values()}
    assert "ELSE 'share'" not in " ".join(models.selects("core.trend_points"))
