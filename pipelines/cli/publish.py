"""`publish`: the newest release in force; over a failure of the gate, by its name, if two offices say so."""

from __future__ import annotations

from typing import Annotated

import typer

from assets.dagster import pages
from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.output import err, tell
from pipelines.cli.refresh import refresh
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.home.calendar import today
from warehouse.releases import rollback


def publish(
    over: Annotated[list[str] | None, typer.Option("--over")] = None,
    reason: Annotated[str, typer.Option("--reason")] = "",
    office: Annotated[str, typer.Option("--office")] = "",
    second_office: Annotated[str, typer.Option("--second-office")] = "",
    audit: Annotated[bool, typer.Option("--audit")] = False,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """End a rollback, note what is released over, and refresh; or only print the audit."""
    home = Home.default()
    if audit:
        from pipelines.cli.audit import print_audit  # the attack's solver: only for who asks for it

        return print_audit(home, lang, as_json)
    if over:
        from warehouse.gate import waived  # Great Expectations' frames: not for who only looks at the help

        waived.waive(home, over, today(), reason=reason, office=office, second_office=second_office)
        tell(say("release.waived", lang, questions=", ".join(over)), err)
    if restored := rollback.restore(home):
        tell(say("release.restored", lang, release=restored.name), err)
        if stopped := pages.renew(home):
            tell(stopped.said(lang), err)
    return refresh(lang=lang, as_json=as_json)
