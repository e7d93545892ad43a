"""Models: SQL files under sql/, a SELECT each, that fill the tables, and their order. Runs nothing.

`sql/core/totals.sql` fills the table core.totals; `sql/records.sql` fills the table of each of the network's
records. Each form of indicator is a file of sql/forms/ and fills the table that its declaration names. Macros
of the build are in sql/macros.sql.

No model lists the dimensions by hand. Placeholders in the SQL stand for declared names (schemas/tables):

- `{{ dimensions }}`, `{{ slices }}` and `{{ key }}` are lists of names;
- `{{ each_dimension("f.$") }}` and `{{ each_slice("f.$") }}` repeat a text for each name, which replaces `$`;
- `@` in such a text is the value of a row that is not broken down by that dimension;
- `{{ each_protected_dimension("$") }}` and `{{ each_crossing("$1, $2") }}` do the same for the tables of
  protected collections (schemas/protected);
- a second text replaces the comma between repetitions: `{{ each_slice("j.$ = '_T'", "AND") }}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from schemas import tables
from schemas.indicators import catalogue
from schemas.indicators.forms import forms
from schemas.protected_tables import Breakdown, crossings, layouts
from schemas.records import declarations
from schemas.tables.network import SCHEMA as NETWORK
from warehouse.build import counted_records, dated_events

PREVIOUS = "previous"
"""The alias of the attached last release."""

SQL = Path(__file__).with_name("sql")
MACROS = SQL / "macros.sql"

OBSERVATIONS = "core.observations"
"""All received values, in force or not."""
_ROWS = {OBSERVATIONS, "core.current"}
"""The observations, and the view of those in force."""

_FORMS = SQL / "forms"
_QUESTIONS = SQL / "gate"
_RECORDS = SQL / "records.sql"
_PLACEHOLDER = re.compile(r'\{\{\s*(\w+)(?:\(\s*"([^"]*)"(?:\s*,\s*"([^"]*)")?\s*\))?\s*\}\}')
_DEFAULTS = {dimension.name: dimension.default for dimension in tables.DIMENSIONS}
_COMMENT = re.compile(r"--.*")
_REFERENCE = re.compile(r"\b(?:core|registry|reference|baseline|analysis|network)\.\w+")


@cache
def models() -> dict[str, list[Path]]:
    """Return the files of each table that models fill. Forms of indicators share their tables."""
    paths = {
        f"{path.parent.name}.{path.stem}": [path]
        for path in sorted(SQL.glob("*/*.sql"))
        if path.parent not in (_FORMS, _QUESTIONS)
    }
    for form in forms().values():
        if form.fills:
            paths.setdefault(form.fills, []).append(_FORMS / f"{form.code}.sql")
    return (
        paths
        | {counted_records.FILLS: [], dated_events.FILLS: []}
        | {f"{NETWORK}.{name}": [_RECORDS] for name in declarations()}
    )


@cache
def selects(name: str) -> list[str]:
    """Return the SELECTs that fill a table, ready to run."""
    if name == dated_events.FILLS:
        return dated_events.selects()
    if name == counted_records.FILLS:
        return counted_records.selects(catalogue().values())
    texts = [path.read_text(encoding="utf-8") for path in models()[name]]
    return [render(text.replace("{{ records }}", name.rpartition(".")[2])) for text in texts]


def render(text: str) -> str:
    """Replace the placeholders in a model's text. Raises ValueError for an unknown placeholder."""
    return _PLACEHOLDER.sub(_expand, text)


def _expand(placeholder: re.Match[str]) -> str:
    name, template, joint = placeholder.groups()
    lists = {
        "dimensions": [d.name for d in tables.DIMENSIONS],
        "coded_dimensions": [d.name for d in tables.DIMENSIONS if d.values == "codes"],
        "protected_dimensions": [layout.dimension for layout in layouts() if isinstance(layout, Breakdown)],
        "slices": list(tables.SLICES),
        "key": list(tables.OBSERVATION_KEY),
    }
    if name == "each_crossing":
        return f" {joint} ".join(
            (template or "").replace("$1", first).replace("$2", second)
            for first, second in (crossing.dimensions for crossing in crossings())
        )
    names = lists.get(name if template is None else f"{name.removeprefix('each_')}s")
    if names is None:
        raise ValueError(f"no placeholder '{placeholder[0]}'; there are {', '.join(lists)} and each_…")
    joint = ", " if joint is None else f" {joint} "
    return joint.join(
        (template or "$").replace("$", column).replace("@", _DEFAULTS.get(column, "")) for column in names
    )


def fill_order(computed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """List the tables to fill, each after its sources. `computed`: tables that Python fills, with sources."""
    reads = table_sources(computed)
    return list(TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads)}).static_order())


def tables_of_rows(computed: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the tables that grow with the received rows: observations, and what is made of them alone.

    A source of theirs is one of them, or does not depend on observations. Tables made of their sums are
    smaller by orders of magnitude.
    """
    reads = table_sources(computed)
    dependent, of_rows = {OBSERVATIONS}, {OBSERVATIONS}
    for name in fill_order(computed):
        if reads[name] & dependent:
            dependent.add(name)
            if reads[name] & dependent <= of_rows and name not in computed and reads[name] & _ROWS:
                of_rows.add(name)
    return frozenset(of_rows)


def table_sources(computed: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Return, for each table to fill, the other filled tables that it reads."""
    reads = all_sources(computed)
    return {name: set(sources & reads.keys()) for name, sources in reads.items()}


def all_sources(computed: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    """Return, for each table to fill, all other declared tables that it reads."""
    texts = {name: [_COMMENT.sub("", text) for text in selects(name)] for name in models()}
    reads = {name: frozenset(_REFERENCE.findall(" ".join(text))) - {name} for name, text in texts.items()}
    return reads | {name: frozenset(sources) for name, sources in computed.items()}
