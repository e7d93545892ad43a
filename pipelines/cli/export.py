"""`export`: take an indicator out to a file, with its citation and its caveats beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import tell
from pipelines.cli.release import open_release
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.publication import exports


def export(
    indicator: Annotated[str, typer.Option("--indicator")],
    output: Annotated[Path, typer.Option("--output", "-o")],
    format_: Annotated[str, typer.Option("--format")] = "csv",
    every_source: Annotated[bool, typer.Option("--every-source")] = False,
    lang: LangOption = DEFAULT,
) -> int:
    """Write the values of an indicator, of the preferred source or of every one."""
    home = Home.default()
    if home.keeps(output) or home.keeps(output.with_name(f"{output.name}-metadata.json")):
        raise Stop(USAGE, "cli.is_the_program_s", file=output)
    with open_release(home, lang) as warehouse:
        if format_ not in exports.FORMATS:
            raise Stop(USAGE, "cli.no_format", value=format_, known=", ".join(exports.FORMATS))
        known = warehouse.query("SELECT indicator FROM baseline.catalogue ORDER BY 1")["indicator"].tolist()
        if indicator not in known:
            raise Stop(USAGE, "cli.no_indicator", value=indicator, known=", ".join(known))
        rows, meta = exports.FORMATS[format_](warehouse, indicator, output, every_source)
    tell(say("cli.exported", lang, rows=rows, file=output, meta=meta))
    return OK
