"""`matrix`: write the records of a day as a workbook in both languages, with the countries side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption, day
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, say
from warehouse.home import Home


def matrix(
    records: Annotated[str, typer.Argument()],
    output: Annotated[Path, typer.Option("--output", "-o")],
    of: Annotated[list[str] | None, typer.Option("--of")] = None,
    on: Annotated[str | None, typer.Option("--on")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the comparative matrix of a collection of records."""
    home = Home.default()
    if home.is_program_path(output):
        raise Stop(USAGE, "cli.is_the_program_s", file=output)
    parts = [part.partition("=") for part in of or ()]
    selections = {name: code for name, _, code in parts}
    if reserved_names := {"on", "known"} & set(selections):
        raise Stop(USAGE, "usage.extra", value=" ".join(sorted(reserved_names)), command="lineabase matrix")
    with open_release(home, lang) as warehouse:
        try:
            file = warehouse.matrix_to_excel(records, output, on=day(on), known=None, **selections)
        except InvalidValue as wrong:
            raise Stop(USAGE, wrong.sentence.key, **wrong.sentence.facts) from wrong
    print_sentence(say("network.written", lang, file=file))
    return OK
