"""`matrix`: the network's records of a day side by side, countries across, a workbook in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption, day
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from pipelines.cli.release import open_release
from schemas.words import DEFAULT, Wrong, say
from warehouse.home import Home


def matrix(
    records: Annotated[str, typer.Argument()],
    output: Annotated[Path, typer.Option("--output", "-o")],
    of: Annotated[list[str] | None, typer.Option("--of")] = None,
    on: Annotated[str | None, typer.Option("--on")] = None,
    lang: LangOption = DEFAULT,
) -> int:
    """Write the comparative matrix of a collection of records."""
    home = Home.default()
    if home.keeps(output):
        raise Stop(USAGE, "cli.is_the_program_s", file=output)
    parted = [part.partition("=") for part in of or ()]
    told = {name: code for name, _, code in parted}
    if taken := {"on", "known"} & set(told):
        raise Stop(USAGE, "usage.extra", value=" ".join(sorted(taken)), command="lineabase matrix")
    with open_release(home, lang) as warehouse:
        try:
            file = warehouse.matrix_to_excel(records, output, on=day(on), known=None, **told)
        except Wrong as wrong:
            raise Stop(USAGE, wrong.sentence.key, **wrong.sentence.facts) from wrong
    tell(say("network.written", lang, file=file))
    return OK
