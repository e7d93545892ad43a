"""Translation of a model's SELECT for Spark: macros inlined, names resolved, functions replaced.

sqlglot parses, resolves (stars, USING, aliases used in the same SELECT) and writes the SQL. This module does
the remaining rewrites. It runs no query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from schemas.tables import Table

READ, WRITE = "duckdb", "spark"


@dataclass(frozen=True)
class Statement:
    """A SELECT for Spark. `view`: name of its result for later statements; `reads`: tables it reads."""

    view: str
    sql: str
    reads: frozenset[str]


def view_name(table: str) -> str:
    """Return the name of a table among Spark's views, which have no schemas."""
    return table.replace(".", "__")


class Translator:
    """Translator of models for Spark, given the build's macros, the tables' columns and DuckDB queries."""

    def __init__(self, macros: str, tables: Sequence[Table]) -> None:
        self._macros = {
            create.this.this.name.lower(): ([p.name for p in create.this.expressions], create.expression)
            for create in sqlglot.parse(macros, read=READ)
            if isinstance(create, exp.Create)
        }
        columns_by_schema: dict[str, dict[str, dict[str, str]]] = {}
        for table in tables:
            columns_by_schema.setdefault(table.schema, {})[table.name] = {
                c.name: c.type for c in table.columns
            }
        self._schema = MappingSchema(columns_by_schema, dialect=READ)

    def statements(self, select: str, target: Table, view: str) -> list[Statement]:
        """Return the SELECTs to run in order; the last returns the declared columns of `target`.

        Common table expressions that are MATERIALIZED, read twice or numbered without an order get statements
        of their own. Spark would compute them again for every reader, and number the rows differently.
        """
        tree = _rewrite_tree(sqlglot.parse_one(select, read=READ), self._inline_macro)
        _refuse_using_after_full_join(tree)
        tree = qualify(tree, schema=self._schema, dialect=READ, quote_identifiers=False, identify=False)
        for rewrite in (
            _union_by_position,
            _drop_hidden_columns,
            _filter_instead_of_qualify,
        ):
            tree = _rewrite_tree(tree, rewrite)
        shared = _extract_materialized(tree, view)
        return [_make_statement(name, expression) for name, expression in shared] + [
            _make_statement(view, _select_declared_columns(tree, target))
        ]

    def _inline_macro(self, node: exp.Expression) -> exp.Expression:
        """Replace a macro call by the body of the macro."""
        if not (isinstance(node, exp.Anonymous) and node.name.lower() in self._macros):
            return node
        names, body = self._macros[node.name.lower()]
        arguments = dict(zip(names, node.expressions, strict=True))

        def substitute(part: exp.Expression) -> exp.Expression:
            if isinstance(part, exp.Column) and not part.table and part.name in arguments:
                return _parenthesise(arguments[part.name].copy())
            return part

        return _rewrite_tree(_parenthesise(_rewrite_tree(body.copy(), substitute)), self._inline_macro)


def _rewrite_tree(tree: exp.Expression, rewrite: Callable[[Any], exp.Expression]) -> exp.Expression:
    """Rewrite each node of the tree, inner nodes first."""
    for node in reversed(list(tree.walk(bfs=False))):
        new = rewrite(node)
        if new is node:
            continue
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree


def _parenthesise(node: exp.Expression) -> exp.Expression:
    return exp.paren(node, copy=False) if isinstance(node, exp.Binary | exp.Unary | exp.Predicate) else node


# ---- unions by name -------------------------------------------------------------------------------


def _union_by_position(node: exp.Expression) -> exp.Expression:
    """Rewrite UNION BY NAME as a UNION with equal columns, NULL for those that a side lacks."""
    if not (isinstance(node, exp.SetOperation) and node.args.get("by_name")):
        return node
    sides = [node.left, node.right]
    names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
    for side in sides:
        for select in _selects_of(side):
            _reorder_columns(select, names)
    node.set("by_name", False)
    return node


def _selects_of(side: exp.Expression) -> Iterator[exp.Select]:
    """Yield the SELECTs of a set operation."""
    if isinstance(side, exp.SetOperation):
        yield from _selects_of(side.left)
        yield from _selects_of(side.right)
    elif isinstance(side, exp.Subquery):
        yield from _selects_of(side.this)
    else:
        assert isinstance(side, exp.Select)
        yield side


def _reorder_columns(select: exp.Select, names: Sequence[str]) -> None:
    columns = {column.alias_or_name: column for column in select.expressions}
    select.set("expressions", [columns.get(name) or exp.alias_(exp.null(), name) for name in names])


# ---- joins ----------------------------------------------------------------------------------------


def _refuse_using_after_full_join(tree: exp.Expression) -> None:
    """Raise ValueError for USING after a FULL JOIN: sqlglot takes the column of a single side."""
    for select in tree.find_all(exp.Select):
        is_after = False
        for join in select.args.get("joins") or ():
            if is_after and join.args.get("using"):
                raise ValueError(f"say with ON what follows a FULL JOIN: {join.sql(READ)}")
            is_after |= join.side in ("FULL", "RIGHT")


def _drop_hidden_columns(node: exp.Expression) -> exp.Expression:
    """Remove columns of semi and anti joins from a shared column, since they are not visible later."""
    if not (isinstance(node, exp.Coalesce) and (select := node.find_ancestor(exp.Select))):
        return node
    own_join = node.find_ancestor(exp.Join)
    hidden_tables = {
        join.alias_or_name
        for join in select.args.get("joins") or ()
        if join.kind in ("SEMI", "ANTI") and join is not own_join
    }
    sides = [node.this, *node.expressions]
    visible = [side for side in sides if not (isinstance(side, exp.Column) and side.table in hidden_tables)]
    if len(visible) == len(sides):
        return node
    return visible[0] if len(visible) == 1 else exp.Coalesce(this=visible[0], expressions=visible[1:])


def _filter_instead_of_qualify(node: exp.Expression) -> exp.Expression:
    """Rewrite QUALIFY as a column of an inner SELECT and a filter in an outer SELECT."""
    if not (isinstance(node, exp.Select) and node.args.get("qualify")):
        return node
    condition = node.args["qualify"].this
    names = node.named_selects
    node.set("qualify", None)
    outer = exp.select(*(exp.column(name, "qualified") for name in names)).where(
        exp.column("is_kept", "qualified")
    )
    if clause := node.args.get("with_"):
        node.set("with_", None)
        outer.set("with_", clause)
    inner = node.copy()
    inner.append("expressions", exp.alias_(condition.copy(), "is_kept"))
    return outer.from_(
        exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("qualified"))), copy=False
    )


# ---- materialized expressions ---------------------------------------------------------------------


def _extract_materialized(tree: exp.Expression, view: str) -> list[tuple[str, exp.Expression]]:
    """Remove the materialized expressions from a model; return them in order with their requirements."""
    clause = tree.find(exp.With)
    if clause is None:
        return []
    read_counts = Counter(table.name for table in tree.find_all(exp.Table) if not table.db)
    names = {
        cte.alias: f"{view}__{cte.alias}" for cte in clause.expressions if _is_materialized(cte, read_counts)
    }
    for table in list(tree.find_all(exp.Table)):
        if table.name in names and not table.db:
            _rename(table, names[table.name])
    shared: list[tuple[str, exp.Expression]] = []
    earlier: list[exp.CTE] = []
    for cte in list(clause.expressions):
        cte.set("materialized", None)
        if cte.alias not in names:
            earlier.append(cte)
            continue
        body = cte.this
        cte.pop()
        if required := _required_expressions(body, earlier):
            body.set("with_", exp.With(expressions=[expression.copy() for expression in required]))
        shared.append((names[cte.alias], body))
    holder = clause.parent
    assert holder is not None
    clause.pop()
    if required := _required_expressions(holder, earlier):
        holder.set("with_", exp.With(expressions=required))
    return shared


def _is_materialized(cte: exp.CTE, read_counts: Counter[str]) -> bool:
    """Decide as DuckDB: the model's MATERIALIZED, else if it is read more than once."""
    if (is_materialized := cte.args.get("materialized")) is not None:
        return bool(is_materialized)
    return read_counts[cte.alias] > 1 or any(_is_unordered(window) for window in cte.find_all(exp.Window))


def _is_unordered(window: exp.Window) -> bool:
    """Check if a window numbers rows without an order."""
    clauses = ("order", "partition_by", "alias")
    return isinstance(window.this, exp.RowNumber) and not any(window.args.get(clause) for clause in clauses)


def _required_expressions(tree: exp.Expression, candidates: Sequence[exp.CTE]) -> list[exp.CTE]:
    """Return the expressions that a query reads, directly or indirectly."""
    required: set[str] = set()
    trees = [tree]
    while trees:
        for table in trees.pop().find_all(exp.Table):
            if table.db or table.name in required:
                continue
            if expression := next((cte for cte in candidates if cte.alias == table.name), None):
                required.add(table.name)
                trees.append(expression.this)
    return [cte for cte in candidates if cte.alias in required]


def _rename(table: exp.Table, name: str) -> None:
    alias = table.alias_or_name
    table.set("this", exp.to_identifier(name))
    table.set("db", None)
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


# ---- the statement --------------------------------------------------------------------------------


def _select_declared_columns(tree: exp.Expression, target: Table) -> exp.Expression:
    """Select the columns of a table with their types; NULL for columns that the model lacks."""
    selected = set(tree.named_selects)
    columns = [
        exp.alias_(
            exp.cast(exp.column(c.name) if c.name in selected else exp.null(), c.type, dialect=READ), c.name
        )
        for c in target.columns
    ]
    return exp.select(*columns).from_(
        exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("model")))
    )


def _make_statement(view: str, tree: exp.Expression) -> Statement:
    reads = set()
    own_names = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            reads.add(f"{table.db}.{table.name}")
            _rename(table, view_name(f"{table.db}.{table.name}"))
        elif table.name not in own_names and "__" not in table.name:
            reads.add(table.name)
    return Statement(view, _rewrite_tree(tree, _to_spark).sql(WRITE), frozenset(reads))


# ---- functions of Spark ---------------------------------------------------------------------------


def _to_spark(node: exp.Expression) -> exp.Expression:
    for kind, rewrite in _REWRITES.items():
        if isinstance(node, kind):
            return rewrite(node)
    return node


def _call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _compare_parts(node: exp.EQ) -> exp.Expression:
    """Compare rows by their parts, so that Spark can use hash joins."""
    left, right = node.left.unnest(), node.right.unnest()
    if not (isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)):
        return node
    pairs = zip(left.expressions, right.expressions, strict=True)
    return exp.paren(
        exp.and_(
            *(exp.EQ(this=left_part, expression=right_part) for left_part, right_part in pairs), copy=False
        ),
        copy=False,
    )


def _join_texts(node: exp.GroupConcat) -> exp.Expression:
    """Join distinct texts in order; NULL if there are none."""
    texts, joint = node.this, node.args["separator"]
    if isinstance(texts, exp.Order):
        distinct = texts.this
        if isinstance(distinct, exp.Distinct):
            collected = _call("array_sort", _call("collect_set", distinct.expressions[0]))
            return _call("nullif", _call("array_join", collected, joint), exp.Literal.string(""))
    return node


def _count_boundaries(node: exp.DateDiff) -> exp.Expression:
    """Count the boundaries of years or months between two days as DuckDB does; Spark counts whole ones."""
    later, earlier, unit = node.this, node.expression, node.text("unit").upper()

    def part(function: str, day: exp.Expression) -> exp.Expression:
        return _call(function, day.copy())

    years = exp.paren(exp.Sub(this=part("year", later), expression=part("year", earlier)))
    if unit == "YEAR":
        return years
    if unit != "MONTH":
        raise ValueError(f"no difference in {unit} is written for Spark")
    months = exp.Sub(this=part("month", later), expression=part("month", earlier))
    months_of_years = exp.Mul(this=years, expression=exp.Literal.number(12))
    return exp.paren(exp.Add(this=months_of_years, expression=exp.paren(months)))


def _interpolate(node: exp.PercentileCont) -> exp.Expression:
    """Call the exact percentile, which interpolates as DuckDB's quantile_cont does."""
    return _call("percentile", node.this, node.expression)


def _map_function(node: exp.Anonymous) -> exp.Expression:
    rewrite = _FUNCTIONS.get(node.name.lower())
    return rewrite(*node.expressions) if rewrite else node


def _contains_all(items: exp.Expression, parts: exp.Expression) -> exp.Expression:
    missing = _call("size", _call("array_except", parts, items))
    return exp.paren(exp.EQ(this=missing, expression=exp.Literal.number(0)))


_FUNCTIONS: dict[str, Callable[..., exp.Expression]] = {
    "list_has_all": _contains_all,
    "list_intersect": lambda left, right: _call("array_intersect", left, right),
    "list_position": lambda items, item: _call("array_position", items, item),
    "list_extract": lambda items, position: _call(
        "try_element_at", items, exp.cast(_call("nullif", position, exp.Literal.number(0)), "INT")
    ),
    "to_months": lambda n: _call("make_ym_interval", exp.Literal.number(0), n),
    "to_years": lambda n: _call("make_ym_interval", n),
}


_NUMBER = "monotonically_increasing_id"


def _number_rows(node: exp.Window) -> exp.Expression:
    """Number rows by a function of Spark: distinct but not consecutive, since that needs a single worker."""
    return _call(_NUMBER) if _is_unordered(node) else node


def _rewrite_cast(node: exp.Cast) -> exp.Expression:
    inner = node.this
    if isinstance(inner, exp.Anonymous) and inner.name == _NUMBER:
        return inner
    if isinstance(inner, exp.Explode):
        array_type = exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[node.to.copy()], nested=True)
        return exp.Explode(this=exp.Cast(this=inner.this, to=array_type))
    return node


_REWRITES: dict[type[exp.Expression], Callable[..., exp.Expression]] = {
    exp.EQ: _compare_parts,
    exp.GroupConcat: _join_texts,
    exp.DateDiff: _count_boundaries,
    exp.ToDays: lambda node: _call("make_dt_interval", node.this),
    exp.ArrayOverlaps: lambda node: _call("arrays_overlap", node.this, node.expression),
    exp.IgnoreNulls: lambda node: (
        _call("any_value", node.this.this, exp.true()) if isinstance(node.this, exp.AnyValue) else node
    ),
    exp.Cast: _rewrite_cast,
    exp.PercentileCont: _interpolate,
    exp.Window: _number_rows,
    exp.Anonymous: _map_function,
}
