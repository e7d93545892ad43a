"""A model's SELECT as Spark runs it: macros written out, names resolved, DuckDB's own words replaced.

sqlglot reads, resolves (stars, USING, aliases used beside their expression) and writes; here stands what it
leaves. Nothing runs here.
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

Evaluate = Callable[[str], Sequence[str]]
"""The texts that a SELECT of DuckDB gives: what a macro asks of reference tables, the same in a build."""

READ, WRITE = "duckdb", "spark"


@dataclass(frozen=True)
class Statement:
    """A SELECT for Spark. `view`: the name under which later ones read it; `reads`: the tables it reads."""

    view: str
    sql: str
    reads: frozenset[str]


def view_name(table: str) -> str:
    """The name of a table among Spark's views, which know no schemas."""
    return table.replace(".", "__")


class Translator:
    """Writes models for Spark, given the macros of the build, the tables' columns and DuckDB to ask."""

    def __init__(self, macros: str, tables: Sequence[Table], evaluate: Evaluate) -> None:
        self._macros = {
            create.this.this.name.lower(): ([p.name for p in create.this.expressions], create.expression)
            for create in sqlglot.parse(macros, read=READ)
            if isinstance(create, exp.Create)
        }
        known: dict[str, dict[str, dict[str, str]]] = {}
        for table in tables:
            known.setdefault(table.schema, {})[table.name] = {c.name: c.type for c in table.columns}
        self._schema = MappingSchema(known, dialect=READ)
        self._evaluate = evaluate
        self._asked: dict[str, exp.Array] = {}

    def statements(self, select: str, into: Table, view: str) -> list[Statement]:
        """The SELECTs to run one after the other; the last gives the declared columns of `into`.

        What a model keeps once (MATERIALIZED, or numbered in no order) is one of its own: Spark would make it
        again for every reader, and number it differently.
        """
        tree = _rewritten(sqlglot.parse_one(select, read=READ), self._without_call)
        _refuse_shared_after_full(tree)
        tree = qualify(tree, schema=self._schema, dialect=READ, quote_identifiers=False, identify=False)
        for rewrite in (_unions_by_position, _without_hidden, _windows_in_place, _qualified_below):
            tree = _rewritten(tree, rewrite)
        kept = _take_kept(tree, view)
        return [_statement(name, one) for name, one in kept] + [_statement(view, _as_declared(tree, into))]

    def _without_call(self, node: exp.Expression) -> exp.Expression:
        """The body of a macro in place of its call."""
        if not (isinstance(node, exp.Anonymous) and node.name.lower() in self._macros):
            return node
        names, body = self._macros[node.name.lower()]
        given = dict(zip(names, node.expressions, strict=True))

        def filled(part: exp.Expression) -> exp.Expression:
            if isinstance(part, exp.Column) and not part.table and part.name in given:
                return _wrapped(given[part.name].copy())
            if isinstance(part, exp.Subquery):
                return self._answer(part)
            return part

        return _rewritten(_wrapped(_rewritten(body.copy(), filled)), self._without_call)

    def _answer(self, subquery: exp.Subquery) -> exp.Array:
        """What a macro asks of a reference table, as the list it is."""
        sql = subquery.this.sql(READ)
        if sql not in self._asked:
            texts = [exp.Literal.string(text) for text in self._evaluate(sql)]
            self._asked[sql] = exp.Array(expressions=texts)
        return self._asked[sql].copy()


def _rewritten(tree: exp.Expression, rewrite: Callable[[Any], exp.Expression]) -> exp.Expression:
    """The tree with each node as `rewrite` has it, what stands within it first."""
    for node in reversed(list(tree.walk(bfs=False))):
        new = rewrite(node)
        if new is node:
            continue
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return tree


def _named(select: exp.Expression, alias: str) -> exp.Subquery:
    return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier(alias)))


def _wrapped(node: exp.Expression) -> exp.Expression:
    return exp.paren(node, copy=False) if isinstance(node, exp.Binary | exp.Unary | exp.Predicate) else node


# ---- unions by name -------------------------------------------------------------------------------


def _unions_by_position(node: exp.Expression) -> exp.Expression:
    """UNION BY NAME as UNION of the same columns in one order, NULL where a side has none of that name."""
    if not (isinstance(node, exp.SetOperation) and node.args.get("by_name")):
        return node
    sides = [node.left, node.right]
    names = list(dict.fromkeys(name for side in sides for name in side.named_selects))
    for side in sides:
        for select in _selects_of(side):
            _reorder(select, names)
    node.set("by_name", False)
    return node


def _selects_of(side: exp.Expression) -> Iterator[exp.Select]:
    """The SELECTs that a set operation is made of."""
    if isinstance(side, exp.SetOperation):
        yield from _selects_of(side.left)
        yield from _selects_of(side.right)
    elif isinstance(side, exp.Subquery):
        yield from _selects_of(side.this)
    else:
        assert isinstance(side, exp.Select)
        yield side


def _reorder(select: exp.Select, names: Sequence[str]) -> None:
    told = {one.alias_or_name: one for one in select.expressions}
    select.set("expressions", [told.get(name) or exp.alias_(exp.null(), name) for name in names])


# ---- joins ----------------------------------------------------------------------------------------


def _refuse_shared_after_full(tree: exp.Expression) -> None:
    """Raises ValueError where USING follows a FULL JOIN: sqlglot takes the column of one side alone."""
    for select in tree.find_all(exp.Select):
        is_after = False
        for join in select.args.get("joins") or ():
            if is_after and join.args.get("using"):
                raise ValueError(f"say with ON what follows a FULL JOIN: {join.sql(READ)}")
            is_after |= join.side in ("FULL", "RIGHT")


def _without_hidden(node: exp.Expression) -> exp.Expression:
    """A column that several joins use is the first side's: of a semi or anti join none is seen later on."""
    if not (isinstance(node, exp.Coalesce) and (select := node.find_ancestor(exp.Select))):
        return node
    own = node.find_ancestor(exp.Join)
    hidden = {
        join.alias_or_name
        for join in select.args.get("joins") or ()
        if join.kind in ("SEMI", "ANTI") and join is not own
    }
    told = [node.this, *node.expressions]
    seen = [one for one in told if not (isinstance(one, exp.Column) and one.table in hidden)]
    if len(seen) == len(told):
        return node
    return seen[0] if len(seen) == 1 else exp.Coalesce(this=seen[0], expressions=seen[1:])


# ---- windows --------------------------------------------------------------------------------------


def _windows_in_place(node: exp.Expression) -> exp.Expression:
    """Windows that a SELECT names, written out where they are used."""
    if not (isinstance(node, exp.Select) and node.args.get("windows")):
        return node
    named = {window.name: window for window in node.args["windows"]}
    node.set("windows", None)
    for used in list(node.find_all(exp.Window)):
        if (window := named.get(used.text("alias"))) is None:
            continue
        for part in ("partition_by", "order", "spec"):
            if (said := window.args.get(part)) and not used.args.get(part):
                used.set(part, [one.copy() for one in said] if isinstance(said, list) else said.copy())
        used.set("alias", None)
        used.set("over", "OVER")
    return node


def _qualified_below(node: exp.Expression) -> exp.Expression:
    """QUALIFY as a column of a SELECT below, by which the one above keeps rows."""
    if not (isinstance(node, exp.Select) and node.args.get("qualify")):
        return node
    condition = node.args["qualify"].this
    names = node.named_selects
    node.set("qualify", None)
    above = exp.select(*(exp.column(name, "judged") for name in names)).where(exp.column("is_kept", "judged"))
    if clause := node.args.get("with_"):
        node.set("with_", None)
        above.set("with_", clause)
    below = node.copy()
    below.append("expressions", exp.alias_(condition.copy(), "is_kept"))
    return above.from_(
        exp.Subquery(this=below, alias=exp.TableAlias(this=exp.to_identifier("judged"))), copy=False
    )


# ---- what is kept once ----------------------------------------------------------------------------


def _take_kept(tree: exp.Expression, view: str) -> list[tuple[str, exp.Expression]]:
    """Take what a model keeps once out of it, each with what it needs of the others; in order."""
    clause = tree.find(exp.With)
    if clause is None:
        return []
    read = Counter(table.name for table in tree.find_all(exp.Table) if not table.db)
    names = {cte.alias: f"{view}__{cte.alias}" for cte in clause.expressions if _is_kept(cte, read)}
    for table in list(tree.find_all(exp.Table)):
        if table.name in names and not table.db:
            _rename(table, names[table.name])
    kept: list[tuple[str, exp.Expression]] = []
    before: list[exp.CTE] = []
    for cte in list(clause.expressions):
        cte.set("materialized", None)
        if cte.alias not in names:
            before.append(cte)
            continue
        body = cte.this
        cte.pop()
        if needed := _needed(body, before):
            body.set("with_", exp.With(expressions=[one.copy() for one in needed]))
        kept.append((names[cte.alias], body))
    holder = clause.parent
    assert holder is not None
    clause.pop()
    if needed := _needed(holder, before):
        holder.set("with_", exp.With(expressions=needed))
    return kept


def _is_kept(cte: exp.CTE, read: Counter[str]) -> bool:
    """As DuckDB: what the model says, else what is read more than once."""
    if (said := cte.args.get("materialized")) is not None:
        return bool(said)
    return read[cte.alias] > 1 or any(_is_unordered(window) for window in cte.find_all(exp.Window))


def _is_unordered(window: exp.Window) -> bool:
    """Whether it numbers rows in no order."""
    said = ("order", "partition_by", "alias")
    return isinstance(window.this, exp.RowNumber) and not any(window.args.get(one) for one in said)


def _needed(tree: exp.Expression, among: Sequence[exp.CTE]) -> list[exp.CTE]:
    """Those that it reads, and those that these read."""
    needed: set[str] = set()
    waiting = [tree]
    while waiting:
        for table in waiting.pop().find_all(exp.Table):
            if table.db or table.name in needed:
                continue
            if found := next((cte for cte in among if cte.alias == table.name), None):
                needed.add(table.name)
                waiting.append(found.this)
    return [cte for cte in among if cte.alias in needed]


def _rename(table: exp.Table, name: str) -> None:
    alias = table.alias_or_name
    table.set("this", exp.to_identifier(name))
    table.set("db", None)
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


# ---- the statement --------------------------------------------------------------------------------


def _as_declared(tree: exp.Expression, into: Table) -> exp.Expression:
    """The rows with the columns of a table, each of its type; NULL what the model does not say."""
    told = set(tree.named_selects)
    columns = [
        exp.alias_(
            exp.cast(exp.column(c.name) if c.name in told else exp.null(), c.type, dialect=READ), c.name
        )
        for c in into.columns
    ]
    return exp.select(*columns).from_(
        exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("told")))
    )


def _column_or_null(name: str, told: set[str]) -> exp.Expression:
    return exp.column(name) if name in told else exp.null()


def _statement(view: str, tree: exp.Expression) -> Statement:
    reads = set()
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            reads.add(f"{table.db}.{table.name}")
            _rename(table, view_name(f"{table.db}.{table.name}"))
        elif table.name not in own and "__" not in table.name:
            reads.add(table.name)
    return Statement(view, _rewritten(tree, _said_for_spark).sql(WRITE), frozenset(reads))


# ---- what Spark says otherwise --------------------------------------------------------------------


def _said_for_spark(node: exp.Expression) -> exp.Expression:
    for kind, rewrite in _REWRITES.items():
        if isinstance(node, kind):
            return rewrite(node)
    return node


def _call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _compared_one_by_one(node: exp.EQ) -> exp.Expression:
    """Rows are equal where each of their parts is, so that joins on them go by hash."""
    left, right = node.left.unnest(), node.right.unnest()
    if not (isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)):
        return node
    pairs = zip(left.expressions, right.expressions, strict=True)
    return exp.paren(exp.and_(*(exp.EQ(this=a, expression=b) for a, b in pairs), copy=False), copy=False)


def _joined_texts(node: exp.GroupConcat) -> exp.Expression:
    """Distinct texts in order; NULL where there is none."""
    texts, joint = node.this, node.args["separator"]
    if isinstance(texts, exp.Order):
        distinct = texts.this
        if isinstance(distinct, exp.Distinct):
            collected = _call("array_sort", _call("collect_set", distinct.expressions[0]))
            return _call("nullif", _call("array_join", collected, joint), exp.Literal.string(""))
    return node


def _boundaries(node: exp.DateDiff) -> exp.Expression:
    """DuckDB counts the ends of years or months between two days, Spark whole ones."""
    later, earlier, unit = node.this, node.expression, node.text("unit").upper()

    def part(of: str, day: exp.Expression) -> exp.Expression:
        return _call(of, day.copy())

    years = exp.paren(exp.Sub(this=part("year", later), expression=part("year", earlier)))
    if unit == "YEAR":
        return years
    if unit != "MONTH":
        raise ValueError(f"no difference in {unit} is written for Spark")
    months = exp.Sub(this=part("month", later), expression=part("month", earlier))
    whole = exp.Mul(this=years, expression=exp.Literal.number(12))
    return exp.paren(exp.Add(this=whole, expression=exp.paren(months)))


def _sequence(node: exp.GenerateSeries) -> exp.Expression:
    """Empty where it ends before it begins, which Spark calls an error."""
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    last = end
    if node.args.get("is_end_exclusive"):
        last = exp.Sub(this=exp.paren(end.copy()), expression=exp.Literal.number(1))
    told = _call("sequence", start.copy(), last.copy(), *([step.copy()] if step else []))
    return exp.Case(ifs=[exp.If(this=exp.LTE(this=start.copy(), expression=last.copy()), true=told)])


def _renamed(node: exp.Anonymous) -> exp.Expression:
    rewrite = _FUNCTIONS.get(node.name.lower())
    return rewrite(*node.expressions) if rewrite else node


def _holds_all(whole: exp.Expression, parts: exp.Expression) -> exp.Expression:
    missing = _call("size", _call("array_except", parts, whole))
    return exp.paren(exp.EQ(this=missing, expression=exp.Literal.number(0)))


_FUNCTIONS: dict[str, Callable[..., exp.Expression]] = {
    "list_has_all": _holds_all,
    "list_intersect": lambda one, other: _call("array_intersect", one, other),
    "list_position": lambda all_, one: _call("array_position", all_, one),
    "list_extract": lambda all_, place: _call(
        "try_element_at", all_, exp.cast(_call("nullif", place, exp.Literal.number(0)), "INT")
    ),
    "to_months": lambda n: _call("make_ym_interval", exp.Literal.number(0), n),
    "to_years": lambda n: _call("make_ym_interval", n),
}


_NUMBER = "monotonically_increasing_id"


def _numbered(node: exp.Window) -> exp.Expression:
    """A number for each row in no order: any that differ, since to count one by one takes one worker."""
    return _call(_NUMBER) if _is_unordered(node) else node


def _cast(node: exp.Cast) -> exp.Expression:
    inner = node.this
    if isinstance(inner, exp.Anonymous) and inner.name == _NUMBER:
        return inner
    if isinstance(inner, exp.Explode):
        each = exp.DataType(this=exp.DataType.Type.ARRAY, expressions=[node.to.copy()], nested=True)
        return exp.Explode(this=exp.Cast(this=inner.this, to=each))
    return node


def _first(node: exp.First) -> exp.Expression:
    order = node.this
    if not isinstance(order, exp.Order):
        return node
    keys = [one.this for one in order.expressions]
    key = keys[0] if len(keys) == 1 else _call("struct", *keys)
    return _call("min_by", order.this, key)


_REWRITES: dict[type[exp.Expression], Callable[..., exp.Expression]] = {
    exp.EQ: _compared_one_by_one,
    exp.GroupConcat: _joined_texts,
    exp.DateDiff: _boundaries,
    exp.GenerateSeries: _sequence,
    exp.ToDays: lambda node: _call("make_dt_interval", node.this),
    exp.ArrayOverlaps: lambda node: _call("arrays_overlap", node.this, node.expression),
    exp.IgnoreNulls: lambda node: (
        _call("any_value", node.this.this, exp.true()) if isinstance(node.this, exp.AnyValue) else node
    ),
    exp.First: _first,
    exp.Cast: _cast,
    exp.Window: _numbered,
    exp.Anonymous: _renamed,
}
