"""Commands that put a release in force: `refresh`, `publish`, `rollback`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as Grid

from assets.dagster import pages
from assets.intake.freshness import outdated_submissions
from pipelines.cli import checks
from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import BAD_INPUT, MACHINE, OK, USAGE, Stop, as_usage_error, needs_pipeline
from pipelines.cli.output import err, out, print_held, print_json, print_sentence, progress_bars, show_repairs
from pipelines.dagster import storage
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, Sentence, UserError, number, say
from warehouse.build import freshness
from warehouse.environment import settings
from warehouse.environment.system import require_posix
from warehouse.home import DamagedHistory, Home, Submission
from warehouse.home.calendar import today
from warehouse.home.deployment import read_deployment
from warehouse.reading.client import Warehouse
from warehouse.reading.summary import summary
from warehouse.release import last_refresh, release_store, upkeep, verification
from warehouse.release import rollback as rolling_back
from warehouse.release.attention import list_held_submissions as held_submissions

if TYPE_CHECKING:
    from pipelines.dagster.launch import RunResult


ReleaseName = tuple[str, date]
"""Name and day of a release."""

ARRIVALS_SHOWN = 5
"""Number of files that are named if they arrived during a refresh."""


_DECLINED_KEYS = ("cli.nothing_released",)
"""Errors that are not recorded as the end of a refresh: the user declined."""

ALERTS_SHOWN = 10
"""Number of new alerts that are printed in full."""


def refresh(
    as_of: Annotated[str | None, typer.Option("--as-of")] = None,
    unattended: Annotated[bool, typer.Option("--unattended")] = False,
    engine: Annotated[str | None, typer.Option("--engine")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Release the present data, or the data known on a day."""
    require_posix("refresh")
    needs_pipeline()
    home, as_of_day = Home.default(), day(as_of)
    build_engine = _checked_engine(engine or read_deployment(home.root).engine)
    with show_repairs(lang), last_refresh.record_refresh(home) as record:
        try:
            return _refresh(home, as_of_day, build_engine, unattended, lang, as_json)
        except UserError as error:
            if isinstance(error, Stop) and (error.code == USAGE or error.sentence.key in _DECLINED_KEYS):
                record.dismiss()
            if home.dagster.is_dir():
                storage.repair(home)
            error.add_note(_remaining_release(home).render(lang))
            raise


def _remaining_release(home: Home) -> Sentence:
    """Describe the release that stays in force because this refresh ends without a new release."""
    if release := release_store.read_release_name(home.current) if home.current.is_file() else None:
        return Sentence("cli.stays", {"release": release[0], "as_of": release[1], "file": home.current})
    return Sentence("cli.nothing_stays", {"file": home.current})


def _checked_engine(name: str) -> settings.Engine:
    """Return the named engine, else the environment's. Raises UserError if it is not installed."""
    with as_usage_error(InvalidValue):
        engine = settings.choose_engine(name)
    if engine == "spark":
        from warehouse.spark.engine import check_installed

        check_installed()
    return engine


def _refresh(
    home: Home, as_of: date | None, engine: settings.Engine, is_unattended: bool, lang: str, as_json: bool
) -> int:
    """Repair the home, make a release if there is new data, and print the result."""
    upkeep.repair(home)
    _check_day(home, as_of)
    home = _usable_home(home, lang)
    is_intact = _repair_home(home, lang)
    for sentence in upkeep.ignored_parts(home, as_of):
        print_sentence(sentence.render(lang), err)
    before = release_store.read_release_name(home.current) if home.current.exists() else None
    if before and as_of is None and is_intact and _is_up_to_date(home):
        if home.dagster.exists():
            storage.repair(home)  # otherwise the run repairs the store
        return _print_nothing_new(home, before, lang, as_json)
    if not is_unattended:
        _confirm_without(held_submissions(home), lang)
    result = _run(home, as_of, engine, lang)
    answers = [answer.render(lang) for answer in result.answers]
    if result.status.name == "REFUSED":
        raise Stop(BAD_INPUT, "cli.refused_by_gate", reasons="; ".join(answers))
    if result.status.name == "BROKEN":
        raise Stop(MACHINE, "cli.broken", reasons=list(result.errors))
    is_new = _print_summary(home, before, lang, as_json)
    if before and is_new:
        _print_new_alerts(home, before[0], lang)
    print_held(held_submissions(home), lang, err)
    _print_rollback(home, lang)
    if arrivals := freshness.list_changed_parts(home):
        names = ", ".join(arrivals[:ARRIVALS_SHOWN]) + (", …" if len(arrivals) > ARRIVALS_SHOWN else "")
        print_sentence(say("cli.arrived_meanwhile", lang, n=len(arrivals), names=names), err)
    for remark in answers:
        print_sentence(say("cli.gate_remark", lang, remark=remark), err)
    return OK


def _is_up_to_date(home: Home) -> bool:
    return not outdated_submissions(home, to_the_byte=True) and freshness.is_built(home, today())


def _check_day(home: Home, as_of: date | None) -> None:
    """Check the requested day and the clock.

    Raises Stop for a day without data or a clock that was set back.
    """
    try:
        upkeep.check_day(home, as_of)
    except DamagedHistory:
        raise
    except InvalidValue as wrong:
        raise Stop(USAGE if as_of else MACHINE, wrong.sentence.key, **wrong.sentence.facts) from wrong


def _usable_home(home: Home, lang: str) -> Home:
    """Return the home without new collections whose card cannot be read, and print their names and why."""
    usable_home = home.usable()
    for name, faults in verification.find_unreadable_collections(home).items():
        if name in usable_home.excluded_collections:
            reasons = " ".join(fault.sentence.render(lang) for fault in faults)
            print_sentence(say("cli.set_aside", lang, collection=name, reasons=reasons), err)
    return usable_home


def _repair_home(home: Home, lang: str) -> bool:
    """Repair the home. Returns True if the release in force is exactly as it was published.

    Raises InvalidValue if something cannot be repaired.
    """
    upkeep.prepare(home)
    try:
        release_store.repair_current_file(home)
    except release_store.DamagedRelease as error:
        print_sentence(error.render(lang), err)
        return False
    return release_store.folder_in_force(home) is not None or not home.current.exists()


def _confirm_without(submissions: list[Submission], lang: str) -> None:
    """Ask the user before a release goes out without the held submissions.

    Raises Stop if the answer is no.
    """
    if not submissions or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    print_held(submissions, lang, err)
    if not typer.confirm(say("cli.go_on_without", lang), err=True):
        raise Stop(BAD_INPUT, "cli.nothing_released")


def _print_new_alerts(home: Home, before: str, lang: str) -> None:
    """Print alerts of the monthly series that the release before did not have, the latest first."""
    # Imported here because it loads pandas, and a refresh without new data must answer at once.
    from warehouse.statements.alert_sentences import alert_sentence, new_alerts

    file = home.releases / before / release_store.FILE
    alerts = new_alerts(home.current, file) if file.exists() else []
    if not alerts:
        return
    print_sentence(say("monthly.new", lang, release=before, n=number(len(alerts), lang)), err)
    for row in alerts[:ALERTS_SHOWN]:
        print_sentence(f"  {alert_sentence(row, lang)}", err)
    if further_alerts := alerts[ALERTS_SHOWN:]:
        print_sentence(say("monthly.more", lang, n=number(len(further_alerts), lang)), err)


def _run(home: Home, as_of: date | None, engine: settings.Engine, lang: str) -> RunResult:
    from pipelines.dagster.launch import instance_of, run_refresh

    with instance_of(home) as instance, progress_bars(lang):
        return run_refresh(home, instance, as_of, engine)


def _print_nothing_new(home: Home, in_force: ReleaseName, lang: str, as_json: bool) -> int:
    release, as_of = in_force
    with last_refresh.record_refresh(home) as record:
        record.record_release(release, is_new=False)
    facts = {
        "submissions": len(home.submissions()),
        "file": _displayed_path(home),
        "release": release,
        "as_of": str(as_of),
    }
    waiting_submissions = held_submissions(home)
    if as_json:
        print_json({"new": False, **facts, "held": [s.id for s in waiting_submissions]})
    else:
        print_sentence(say("cli.nothing_new", lang, **facts))
    print_held(waiting_submissions, lang, err)
    _print_rollback(home, lang)
    return OK


def _print_rollback(home: Home, lang: str) -> None:
    """Print that an earlier release is in force, and who decided it."""
    if rolled_back := rolling_back.rollback_in_effect(home):
        print_sentence(say("release.holds", lang, **rolled_back), err)


def _displayed_path(home: Home) -> str:
    """Return the path of the release as a user would type it: relative if the current folder is the home."""
    return str(home.current.relative_to(home.root) if Path.cwd() == home.root else home.current)


def _print_summary(home: Home, before: ReleaseName | None, lang: str, as_json: bool) -> bool:
    """Print the release in force. Returns True if it is a new release."""
    with Warehouse.open(home.current) as warehouse:
        counts = summary(warehouse)
    is_new = before is None or counts["release"] != before[0]
    if as_json:
        held_ids = [s.id for s in held_submissions(home)]
        print_json({"new": is_new, "file": str(home.current), **counts, "held": held_ids})
        return is_new
    print_sentence(
        say(
            "cli.released" if is_new else "cli.unchanged",
            lang,
            release=counts["release"],
            file=_displayed_path(home),
        )
    )
    grid = Grid.grid(padding=(0, 2))
    for key, text in _summary_lines(counts, lang):
        grid.add_row(f"[bold]{say(key, lang)}[/bold]", text)
    grid.add_row(f"[bold]{say('summary.file', lang)}[/bold]", _displayed_path(home))
    out.print(grid)
    if counts["rows_waiting"]:
        waiting_in = counts["rows_waiting"]
        n = number(sum(waiting_in.values()), lang)
        print_sentence(say("cli.rows_wait", lang, n=n, names=", ".join(waiting_in)))
    if (pages := home.site / "index.html").is_file():
        print_sentence(say("cli.site_at", lang, index=pages))
    print_sentence(f"\n{say('summary.try', lang)}:\n{EXAMPLE}")
    return is_new


EXAMPLE = '''    from warehouse import Warehouse
    print(Warehouse.open().query("""
        SELECT reporting_country, collection, year, share_low, share_high
        FROM baseline.origin_profile
        WHERE measure = 'victims_detected' AND origin_class = 'intra_regional'
        ORDER BY ALL"""))'''


def _summary_lines(counts: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    def text_of(by_key: dict[str, int], stem: str) -> str:
        parts = [f"{say(f'{stem}.{key}', lang)} {number(n, lang)}" for key, n in by_key.items() if n]
        return " · ".join(parts) or say("cli.none", lang)

    first, last = counts["years"]
    values = say("cli.values", lang, values=number(counts["values"], lang), **counts["indicators"])
    coverage = say(
        "cli.covered",
        lang,
        first=first,
        last=last,
        countries=len(counts["countries"]),
        names=" ".join(counts["countries"]),
    )
    return [
        ("summary.submissions", text_of(counts["submissions"], "status")),
        ("summary.rows", f"{number(sum(counts['rows'].values()), lang)} = {text_of(counts['rows'], 'fate')}"),
        ("summary.indicators", values),
        ("summary.coverage", coverage if counts["countries"] else say("cli.none", lang)),
        ("summary.findings", text_of(counts["findings"], "severity")),
    ]


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
        return checks.print_audit(home, lang, as_json)
    if over:
        from warehouse.gate import waiver_records  # imported here because it loads Great Expectations

        waiver_records.waive(home, over, today(), reason=reason, office=office, second_office=second_office)
        print_sentence(say("release.waived", lang, questions=", ".join(over)), err)
    if release_folder := rolling_back.restore(home):
        print_sentence(say("release.restored", lang, release=release_folder.name), err)
        _renew_pages(home, lang)
    return refresh(lang=lang, as_json=as_json)


def rollback(
    reason: Annotated[str, typer.Option("--reason")],
    office: Annotated[str, typer.Option("--office")],
    release: Annotated[str | None, typer.Argument()] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Put an earlier release in force: the named release, or the previous."""
    home = Home.default()
    folder = rolling_back.roll_back(home, release, reason=reason, office=office)
    _renew_pages(home, lang)
    if as_json:
        print_json({"release": folder.name})
    else:
        print_sentence(say("release.rolled_back", lang, release=folder.name))
    return OK


def _renew_pages(home: Home, lang: str) -> None:
    """Write the pages of the release in force, or print why that was not possible."""
    if problem := pages.renew_pages(home):
        print_sentence(problem.render(lang), err)
