"""`query`: query the release in SQL. No file and no other database can be read, and nothing is written."""

from __future__ import annotations

from typing import Annotated

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_json, print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE
from warehouse.home import Home

ROWS_SHOWN = 60
"""Number of printed rows. --json prints all."""


def query(
    sql: Annotated[str, typer.Argument()],
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the rows of a SELECT."""
    with open_release(Home.default(), lang) as warehouse:
        try:
            if not duckdb.extract_statements(sql):
                raise Stop(USAGE, "cli.empty_query")
            rows = warehouse.query(sql)
        except duckdb.Error as error:
            raise Stop(USAGE, "cli.bad_query", error=str(error).splitlines()[0]) from error
    if as_json:
        print_json(rows.to_dict("records"))
    else:
        print_sentence(rows.to_string(index=False, max_rows=ROWS_SHOWN))
    return OK
