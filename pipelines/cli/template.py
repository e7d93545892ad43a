"""`template`: write an empty template, for a collection or for any collection of a kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home


def template(
    output: Annotated[Path, typer.Option("--output", "-o")],
    collection: Annotated[str | None, typer.Argument()] = None,
    kind: Annotated[str | None, typer.Option("--kind")] = None,
    country: Annotated[str | None, typer.Option("--country")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Write the template: a workbook, or a text file with the header, depending on the file's name."""
    from pipelines.cli.output import print_sentence
    from schemas.cards.template import KINDS, collection_template, kind_template
    from warehouse.publication.template_files import FORMATS
    from warehouse.publication.template_values import previous_rows

    home = Home.default()
    if (collection is None) == (kind is None) or kind not in (None, *KINDS):
        raise Stop(USAGE, "template.of_what", known=", ".join(KINDS))
    if (write := FORMATS.get(output.suffix.lower())) is None:
        raise Stop(USAGE, "template.no_type", file=output.name, known=" ".join(FORMATS))
    if home.is_program_path(output):
        raise Stop(USAGE, "cli.is_the_program_s", file=output)
    if output.exists():
        raise Stop(USAGE, "template.exists", file=output)
    empty_template = (
        kind_template(kind, lang)
        if kind
        else collection_template(str(collection), home.card(str(collection)), lang)
    )
    if country and collection:
        rows = previous_rows(home, collection, country.upper(), empty_template.frequency)
        empty_template = empty_template.with_previous_values(rows, lang) if rows else empty_template
    write(empty_template, output, lang)
    print_sentence(say("template.written", lang, file=output))
    return OK
