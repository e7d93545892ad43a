"""`draft`: draft a card from a sample file, for a person to complete."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from assets.drafting import draft as drafting
from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home


def draft(
    file: Annotated[Path, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Print or write a card with the guessed role of each column and its reason."""
    if not file.is_file():
        raise Stop(USAGE, "cli.no_file", file=file)
    card = drafting.render_card(drafting.draft_card(file), lang)
    if output is None:
        sys.stdout.write(card)
        return OK
    if output.exists() or (
        Home.default().is_program_path(output) and not _is_new_card(Home.default(), output)
    ):
        raise Stop(USAGE, "draft.no_place", file=output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(card, encoding="utf-8")
    print_sentence(say("draft.written", lang, file=output))
    return OK


def _is_new_card(home: Home, output: Path) -> bool:
    """Return True if the file would be the card of a collection that this home does not have yet."""
    return output.name == "format.toml" and output.resolve().parents[2] == home.raw.resolve()
