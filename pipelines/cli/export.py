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
    api: Annotated[Path | None, typer.Option("--api")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the values of an indicator, from the preferred source or from all; or the whole release.

    The whole release is a bundle, or the static API with the releases that it has already.
    """
    home = Home.default()
    match (indicator, output, bundle, api):
        case (None, None, None, Path() as folder):
            return _write_api(home, folder, lang)
        case (None, None, Path() as folder, None):
            return _write_bundle(home, folder, lang)
        case (str() as name, Path() as file, None, None):
            return _write_indicator(home, name, file, format_, every_source, lang)
    raise Stop(USAGE, "bundle.export_what")


def _write_indicator(
    home: Home, indicator: str, output: Path, format_: str, every_source: bool, lang: str
) -> int:
    """Write the values of an indicator in the release in force."""
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


def _write_api(home: Home, folder: Path, lang: str) -> int:
    """Write the static API of the release in force, beside the releases in the folder."""
    needs_pipeline()
    if home.is_program_path(folder) and folder.resolve() != home.api.resolve():
        raise Stop(USAGE, "cli.is_the_program_s", file=folder)
    # Imported here because pysdmx is only installed with the pipeline.
    from warehouse.publication import api

    open_release(home, lang).close()
    release = api.write_of_home(home, folder)
    root = folder / api.ROOT
    print_sentence(say("api.written", lang, release=release, folder=root, index=root / api.openapi.FILE))
    return OK
