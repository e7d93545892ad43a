"""`questions`: what waits for a decision, and the lines that record it."""

from __future__ import annotations

from typing import Annotated, Any

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK
from pipelines.cli.output import print_json, tell
from pipelines.cli.release import open_release
from schemas import decisions
from schemas.codelists import codelist
from schemas.words import DEFAULT, number, say
from warehouse.home import Home
from warehouse.publication.client import Warehouse


def questions(
    collection: Annotated[str | None, typer.Option("--collection", "-c")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """The open questions of the release in force, of one collection or all."""
    home = Home.default()
    with open_release(home, lang) as release:
        if collection:
            home.card_path(collection)  # there is such a collection
        asked = [q for q in open_questions(release) if collection in (None, q["collection"])]
    if as_json:
        print_json(asked)
        return OK
    for question in asked:
        tell(_question_text(home, question, lang))
    tell(say("cli.questions_wait" if asked else "cli.no_questions", lang, n=len(asked)))
    return OK


_OPEN = "SELECT * REPLACE (period_start::VARCHAR AS period_start) FROM analysis.open_questions ORDER BY ALL"


def open_questions(release: Warehouse) -> list[dict[str, Any]]:
    """Those of a release; none where it is older than the table."""
    try:
        result = release.connection.execute(_OPEN)
    except duckdb.CatalogException:
        return []
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _question_text(home: Home, question: dict[str, Any], lang: str) -> str:
    before = _bounds(question["before_low"], question["before_high"], lang)
    value = _bounds(question["value_low"], question["value_high"], lang)
    change = f"{before} → {value}" if before else value
    what = [question[key] for key in ("reporting_country", "measure", "breakdown", "period_start")]
    what += [question["citizenship"]] if question["citizenship"] != "_T" else []
    file = decisions.path_in(home.raw / question["collection"])
    lines = question["answer"].replace("\n", "\n    ")
    asked = codelist("open_question")[question["question"]].name(lang)
    return f"{asked}\n  {' · '.join(what)}: {change}\n  {file}\n\n    {lines}\n"


def _bounds(low: float | None, high: float | None, lang: str) -> str:
    """`7`, `3–7`, `3–` where unbounded, empty where there is none."""
    if low is None:
        return ""
    if high is None:
        return f"{number(low, lang)}–"
    return "–".join(dict.fromkeys([number(low, lang), number(high, lang)]))
