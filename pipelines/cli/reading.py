"""Commands that read the release in force: `ask`, `query`, `explain`, `export`, `site`, `matrix`."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import OK, USAGE, Stop, as_usage_error, needs_pipeline
from pipelines.cli.output import err, print_json, print_sentence, refuse_program_path, show_repairs
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, number, say
from warehouse.home import Home
from warehouse.home.deployment import read_deployment
from warehouse.reading.arguments import NoData
from warehouse.reading.client import Warehouse
from warehouse.release import release_store


def ask(
    question: Annotated[str, typer.Argument()],
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print how a question was read, and its answers. USAGE is the exit code if all are refused."""
    from warehouse.answers.answers import Answers
    from warehouse.answers.questions import asking

    with open_release(Home.default(), lang) as warehouse:
        answer = asking.ask(Answers(warehouse), question)
    if as_json:
        print_json(answer.model_dump(mode="json", exclude_none=True))
    else:
        print_sentence(asking.question_text(answer, lang))
    return USAGE if all(reply.kind == "refused" for reply in answer.replies) else OK


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


def explain(
    indicator: Annotated[str, typer.Argument()],
    country_or_region: Annotated[str, typer.Argument()],
    period: Annotated[str, typer.Argument()],
    by: Annotated[list[str] | None, typer.Option("--by")] = None,
    collection: Annotated[str | None, typer.Option("--collection")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the explanation of a figure."""
    codes = _codes_by_name(by)
    with open_release(Home.default(), lang) as warehouse, as_usage_error(InvalidValue, NoData):
        explanation = warehouse.explain(indicator, country_or_region, period, by=codes, collection=collection)
    if as_json:
        bounds = {name: getattr(explanation, name) for name in ("low", "high")}
        print_json(asdict(explanation) | {name: x if isfinite(x) else None for name, x in bounds.items()})
    else:
        print_sentence(str(explanation))
    return OK


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
    from warehouse.publication import exports  # imported here because it loads pandas

    refuse_program_path(home, output, second_file=output.with_name(f"{output.name}-metadata.json"))
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
    refuse_program_path(home, folder)
    # Imported here because pysdmx is only installed with the pipeline.
    from warehouse.publication import bundle

    with open_release(home, lang) as warehouse:
        files = bundle.write(warehouse.path, folder, by=read_deployment(home.root))["files"]
    print_sentence(say("bundle.bundled", lang, folder=folder, n=len(files)))
    return OK


def _write_api(home: Home, folder: Path, lang: str) -> int:
    """Write the static API of the release in force, next to the releases in the folder."""
    needs_pipeline()
    if folder.resolve() != home.api.resolve():
        refuse_program_path(home, folder)
    # Imported here because pysdmx is only installed with the pipeline.
    from warehouse.publication import api

    open_release(home, lang).close()
    release = api.write_of_home(home, folder)
    root = folder / api.ROOT
    print_sentence(say("api.written", lang, release=release, folder=root, index=root / api.openapi.FILE))
    return OK


def site(folder: Annotated[Path, typer.Argument()], lang: LangOption = DEFAULT_LANGUAGE) -> int:
    """Write the pages. A folder is left alone if it contains anything but an earlier site."""
    from warehouse.publication import site as pages  # imported here because it loads pandas

    home = Home.default()
    refuse_program_path(home, folder)
    if not pages.is_free(folder):
        raise Stop(USAGE, "cli.not_a_site", folder=folder)
    with open_release(home, lang) as warehouse:
        result = pages.write_home_site(home, warehouse, folder)
    if result.no_paper:
        print_sentence(result.no_paper.render(lang), err)
    print_sentence(say("cli.site_written", lang, pages=number(result.pages, lang), index=result.index))
    return OK


def matrix(
    records: Annotated[str, typer.Argument()],
    output: Annotated[Path, typer.Option("--output", "-o")],
    of: Annotated[list[str] | None, typer.Option("--of")] = None,
    on: Annotated[str | None, typer.Option("--on")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the comparative matrix of a collection of records."""
    home = Home.default()
    refuse_program_path(home, output)
    selections = _codes_by_name(of)
    if reserved_names := {"on", "known"} & set(selections):
        raise Stop(USAGE, "usage.extra", value=" ".join(sorted(reserved_names)), command="lineabase matrix")
    with open_release(home, lang) as warehouse, as_usage_error(InvalidValue):
        file = warehouse.matrix_to_excel(records, output, on=day(on), known=None, **selections)
    print_sentence(say("network.written", lang, file=file))
    return OK


def _codes_by_name(options: list[str] | None) -> dict[str, str]:
    """Return the codes of options NAME=CODE."""
    parts = [option.partition("=") for option in options or ()]
    return {name: code for name, _, code in parts}


def open_release(home: Home, lang: str) -> Warehouse:
    """Open the release in force for reading, after repairing it. Raises Stop if there is none yet."""
    with show_repairs(lang):
        release_store.repair_current_file(home)
    if not home.current.exists():
        raise Stop(USAGE, "cli.no_release", home=home.root)
    _check_signature(home)
    return Warehouse.open(home.current, lang=lang)


def _check_signature(home: Home) -> None:
    """Check the signature, if a key is known. Raises DamagedRelease if it is wrong."""
    folder = release_store.folder_in_force(home)
    if folder is not None and release_store.signature(folder) == "wrong":
        raise release_store.DamagedRelease("released.wrong_signature", file=folder / release_store.MANIFEST)
