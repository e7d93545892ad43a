"""The models: what fills each table, one SELECT a file under sql/. Here reading and order; nothing runs.

`sql/core/totals.sql` fills the table core.totals; `sql/records.sql` each of the network's records. Each form
of indicator is a file of sql/forms/, and they fill the table that the form's declaration names. Macros of
the build are sql/macros.sql.

No model lists the dimensions by hand. In its text

- `{{ dimensions }}`, `{{ slices }}` and `{{ key }}` stand for the declared names (schemas/tables);
- `{{ each_dimension("f.$") }}`, `{{ each_slice("f.$") }}` repeat a text for each of them, its name for `$`;
- `@` in such a text stands for what a row says where nothing fills that dimension;
- `{{ each_protected_dimension("$") }}` and `{{ each_crossing("$1, $2") }}` do so for the tables of protected
  collections (schemas/protected);
- a second text joins them instead of the comma: `{{ each_slice("j.$ = '_T'", "AND") }}`.
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
from schemas.protected import Breakdown, crossings, layouts
from schemas.records import declarations
from schemas.tables.network import SCHEMA as NETWORK
from warehouse.build import counted_records, dated_events

PREVIOUS = "previous"
"""The alias of the attached last release."""

SQL = Path(__file__).with_name("sql")
MACROS = SQL / "macros.sql"

_FORMS = SQL / "forms"
_QUESTIONS = SQL / "gate"
_RECORDS = SQL / "records.sql"
_PLACEHOLDER = re.compile(r'\{\{\s*(\w+)(?:\(\s*"([^"]*)"(?:\s*,\s*"([^"]*)")?\s*\))?\s*\}\}')
_DEFAULTS = {dimension.name: dimension.default for dimension in tables.DIMENSIONS}
_COMMENT = re.compile(r"--.*")
_REFERENCE = re.compile(r"\b(?:core|registry|reference|baseline|analysis|network)\.\w+")


@cache
def models() -> dict[str, list[Path]]:
    """The tables that models fill, each with its files; the forms of indicators fill theirs together."""
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
    """The SELECTs that fill a table, ready to run."""
    if name == dated_events.FILLS:
        return dated_events.selects()
    if name == counted_records.FILLS:
        return counted_records.selects(catalogue().values())
    texts = [path.read_text(encoding="utf-8") for path in models()[name]]
    return [render(text.replace("{{ records }}", name.rpartition(".")[2])) for text in texts]


def render(text: str) -> str:
    """A model's text with the declared dimensions in it. ValueError for an unknown placeholder."""
    return _PLACEHOLDER.sub(_expanded, text)


def _expanded(placeholder: re.Match[str]) -> str:
    name, each, joint = placeholder.groups()
    lists = {
        "dimensions": [d.name for d in tables.DIMENSIONS],
        "coded_dimensions": [d.name for d in tables.DIMENSIONS if d.values == "codes"],
        "protected_dimensions": [one.dimension for one in layouts() if isinstance(one, Breakdown)],
        "slices": list(tables.SLICES),
        "key": list(tables.KEY),
    }
    if name == "each_crossing":
        return f" {joint} ".join(
            (each or "").replace("$1", first).replace("$2", second)
            for first, second in (one.dimensions for one in crossings())
        )
    names = lists.get(name if each is None else f"{name.removeprefix('each_')}s")
    if names is None:
        raise ValueError(f"no placeholder '{placeholder[0]}'; there are {', '.join(lists)} and each_…")
    joint = ", " if joint is None else f" {joint} "
    return joint.join(
        (each or "$").replace("$", column).replace("@", _DEFAULTS.get(column, "")) for column in names
    )


def order(computed: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The tables to fill, each after those it reads; `computed`: what Python fills, and from what."""
    reads = sources(computed)
    return list(TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads)}).static_order())


def sources(computed: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """The tables to fill, and those of them that each reads."""
    texts = {name: [_COMMENT.sub("", text) for text in selects(name)] for name in models()}
    known = {*texts, *computed}
    reads = {name: set(_REFERENCE.findall(" ".join(text))) & known - {name} for name, text in texts.items()}
    return reads | {name: set(sources) for name, sources in computed.items()}
