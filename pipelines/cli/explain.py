"""`explain`: print all that the release states about one figure."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import OK, USAGE, Stop
from pipelines.cli.output import print_json, print_sentence
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, InvalidValue
from warehouse.home import Home
from warehouse.reading.arguments import NoData


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
    parts = [part.partition("=") for part in by or ()]
    codes = {name: code for name, _, code in parts}
    with open_release(Home.default(), lang) as warehouse:
        try:
            explanation = warehouse.explain(
                indicator, country_or_region, period, by=codes, collection=collection
            )
        except (InvalidValue, NoData) as wrong:
            raise Stop(USAGE, wrong.sentence.key, **wrong.sentence.facts) from wrong
    if as_json:
        bounds = {name: getattr(explanation, name) for name in ("low", "high")}
        print_json(asdict(explanation) | {name: x if isfinite(x) else None for name, x in bounds.items()})
    else:
        print_sentence(str(explanation))
    return OK
