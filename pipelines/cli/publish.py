"""`publish`: put the newest release in force; with `--over`, two offices waive a refusal of the gate."""

from __future__ import annotations

from typing import Annotated

import typer

from assets.dagster import pages
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.output import err, print_sentence
from pipelines.cli.refresh import refresh
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home
from warehouse.home.calendar import today
from warehouse.release import rollback


def publish(
    over: Annotated[list[str] | None, typer.Option("--over")] = None,
    reason: Annotated[str, typer.Option("--reason")] = "",
    office: Annotated[str, typer.Option("--office")] = "",
    second_office: Annotated[str, typer.Option("--second-office")] = "",
    audit: Annotated[bool, typer.Option("--audit")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """End a rollback, waive the refusals named in `over`, and refresh; or only print the audit."""
    home = Home.default()
    if audit:
        from pipelines.cli.audit import print_audit  # imported here because it loads a solver

        return print_audit(home, lang, as_json)
    if over:
        from warehouse.gate import waiver_records  # imported here because it loads Great Expectations

        waiver_records.waive(home, over, today(), reason=reason, office=office, second_office=second_office)
        print_sentence(say("release.waived", lang, questions=", ".join(over)), err)
    if release_folder := rollback.restore(home):
        print_sentence(say("release.restored", lang, release=release_folder.name), err)
        if problem := pages.renew_pages(home):
            print_sentence(problem.render(lang), err)
    return refresh(lang=lang, as_json=as_json)
