"""`export`: write an indicator, or the whole release, to files with their metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop, needs_pipeline
from pipelines.cli.output import print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home
from warehouse.home.deployment import read_deployment
from warehouse.publication import exports


def export(
    indicator: Annotated[str | None, typer.Option("--indicator")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
    format_: Annotated[str, typer.Option("--format")] = "csv",
    every_source: Annotated[bool, typer.Option("--every-source")] = False,
    bundle: Annotated[Path | None, typer.Option("--bundle")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the values of an indicator, from the preferred source or from all; or write the whole release."""
    home = Home.default()
    if bundle is not None and indicator is None and output is None:
        return _write_bundle(home, bundle, lang)
    if indicator is None or output is None or bundle is not None:
        raise Stop(USAGE, "bundle.export_what")
    if home.is_program_path(output) or home.is_program_path(output.with_name(f"{output.name}-metadata.json")):
        raise Stop(USAGE, "cli.is_the_program_s", file=output)
    with open_release(home, lang) as warehouse:
        if format_ not in exports.FORMATS:
            raise Stop(USAGE, "cli.no_format", value=format_, known=", ".join(exports.FORMATS))
        catalogue = warehouse.query("SELECT indicator FROM baseline.catalogue ORDER BY 1")
        indicators = catalogue["indicator"].tolist()
        if indicator not in indicators:
            raise Stop(USAGE, "cli.no_indicator", value=indicator, known=", ".join(indicators))
        rows, meta = exports.FORMATS[format_](warehouse, indicator, output, every_source)
    print_sentence(say("cli.exported", lang, rows=rows, file=output, meta=meta))
    return OK


def _write_bundle(home: Home, folder: Path, lang: str) -> int:
    """Write the release in force as files."""
    needs_pipeline()
    if folder.exists():
        raise Stop(USAGE, "bundle.bundle_exists", folder=folder)
    if home.is_program_path(folder):
        raise Stop(USAGE, "cli.is_the_program_s", file=folder)
    # Imported here because pysdmx is only installed with the pipeline.
    from warehouse.publication import bundle

    with open_release(home, lang) as warehouse:
        files = bundle.write(warehouse.path, folder, by=read_deployment(home.root))["files"]
    print_sentence(say("bundle.bundled", lang, folder=folder, n=len(files)))
    return OK
