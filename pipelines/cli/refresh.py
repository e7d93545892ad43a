"""`refresh`: ingest, build, gate and release, with progress and a summary a person can read."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as Grid

from assets.intake.freshness import waiting
from pipelines.cli.app import JsonOption, LangOption, day
from pipelines.cli.errors import BAD_INPUT, MACHINE, OK, USAGE, Stop, needs_pipeline
from pipelines.cli.held import held_ones, tell_held
from pipelines.cli.output import err, out, print_json, tell
from pipelines.cli.progress import progress_bars
from pipelines.cli.repairs import repairs_told
from pipelines.dagster import store
from schemas.words import DEFAULT, Sentence, UserError, Wrong, number, say
from warehouse.build import freshness
from warehouse.home import DamagedHistory, Home, Submission, settings
from warehouse.home.calendar import today
from warehouse.home.deployment import deployment
from warehouse.home.staged import FATES
from warehouse.home.system import needs_posix
from warehouse.reading.client import Warehouse
from warehouse.releases import last_refresh, published, rollback, upkeep, verification

if TYPE_CHECKING:
    from pipelines.dagster.launch import RunResult

Named = tuple[str, date]
"""A release's name and its day."""

ARRIVALS_SHOWN = 5
"""So many of the things that arrived during a refresh are named."""


_NOT_BEGUN = ("cli.nothing_released",)
"""Ends of the command that are no end of a refresh: a person said no."""

ALERTS_SHOWN = 10
"""So many new alerts are told in full."""


def refresh(
    as_of: Annotated[str | None, typer.Option("--as-of")] = None,
    unattended: Annotated[bool, typer.Option("--unattended")] = False,
    engine: Annotated[str | None, typer.Option("--engine")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Release what is there now, or what was known on a day."""
    needs_posix("refresh")
    needs_pipeline()
    home, on = Home.default(), day(as_of)
    chosen = _engine(engine or deployment(home.root).engine)
    with repairs_told(lang), last_refresh.recorded(home) as record:
        try:
            return _refresh(home, on, chosen, unattended, lang, as_json)
        except UserError as stopped:
            if isinstance(stopped, Stop) and (stopped.code == USAGE or stopped.sentence.key in _NOT_BEGUN):
                record.dismiss()
            if home.dagster.is_dir():
                store.make_sound(home)
            stopped.add_note(_what_stays(home).said(lang))
            raise


def _what_stays(home: Home) -> Sentence:
    """Which release readers have, now that this refresh ends without one."""
    if named := published.name_in(home.current) if home.current.is_file() else None:
        return Sentence("cli.stays", {"release": named[0], "as_of": named[1], "file": home.current})
    return Sentence("cli.nothing_stays", {"file": home.current})


def _engine(named: str) -> settings.Engine:
    """The one that was named, else the environment's. Raises UserError where what it needs is not there."""
    try:
        chosen = settings.engine(named)
    except Wrong as wrong:
        raise Stop(USAGE, wrong.sentence.key, **wrong.sentence.facts) from wrong
    if chosen == "spark":
        from warehouse.spark.engine import check

        check()
    return chosen


def _refresh(
    home: Home, on: date | None, engine: settings.Engine, unattended: bool, lang: str, as_json: bool
) -> int:
    upkeep.mend(home)
    _check_day(home, on)
    is_whole = _prepare(home, lang)
    _tell_what_is_passed_over(home, on, lang)
    before = published.name_in(home.current) if home.current.exists() else None
    if before and on is None and is_whole and _is_up_to_date(home):
        if home.dagster.exists():
            store.make_sound(home)  # a run sees to it itself
        return _nothing_new(home, before, lang, as_json)
    if not unattended:
        _go_on_without(held_ones(home), lang)
    result = _run(home, on, engine, lang)
    answers = [answer.said(lang) for answer in result.answers]
    if result.status.name == "REFUSED":
        raise Stop(BAD_INPUT, "cli.refused_by_gate", reasons="; ".join(answers))
    if result.status.name == "BROKEN":
        raise Stop(MACHINE, "cli.broken", reasons=list(result.errors))
    is_new = _summarise(home, before, lang, as_json)
    if before and is_new:
        _tell_new_alerts(home, before[0], lang)
    tell_held(held_ones(home), lang, err)
    _tell_rollback(home, lang)
    if arrived := freshness.arrived(home):
        names = ", ".join(arrived[:ARRIVALS_SHOWN]) + (", …" if len(arrived) > ARRIVALS_SHOWN else "")
        tell(say("cli.arrived_meanwhile", lang, n=len(arrived), names=names), err)
    for remark in answers:
        tell(say("cli.gate_remark", lang, remark=remark), err)
    return OK


def _is_up_to_date(home: Home) -> bool:
    return not waiting(home, to_the_byte=True) and freshness.is_built(home, today())


def _check_day(home: Home, on: date | None) -> None:
    """Raises Stop for a day of which nothing can be known, and where the clock was set back."""
    try:
        upkeep.check_day(home, on)
    except DamagedHistory:
        raise
    except Wrong as wrong:
        raise Stop(USAGE if on else MACHINE, wrong.sentence.key, **wrong.sentence.facts) from wrong


def _prepare(home: Home, lang: str) -> bool:
    """Put right what can be; whether what is in force is what was published. Raises Wrong for what cannot."""
    home.check_cards()
    upkeep.prepare(home)
    try:
        published.secure(home)
    except published.DamagedRelease as damaged:
        tell(damaged.said(lang), err)
        return False
    return published.in_force(home) is not None or not home.current.exists()


def _tell_what_is_passed_over(home: Home, on: date | None, lang: str) -> None:
    for folder in home.unrecognised_folders():
        tell(say("cli.unrecognised_folder", lang, folder=folder), err)
    for folder in published.strangers(home):
        tell(say("released.stranger", lang, folder=folder), err)
    for fault in [*verification.torn(home), *verification.refusals(home)]:
        tell(fault.sentence.said(lang), err)
    if on is None:
        for fault in verification.ahead(home):
            tell(fault.sentence.said(lang), err)
        for ahead in freshness.decisions_ahead(home, today()):
            tell(say("cli.decision_ahead", lang, **ahead), err)


def _go_on_without(held: list[Submission], lang: str) -> None:
    """At a screen, ask before a release goes out without what is held. Raises Stop for a no."""
    if not held or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    tell_held(held, lang, err)
    if not typer.confirm(say("cli.go_on_without", lang), err=True):
        raise Stop(BAD_INPUT, "cli.nothing_released")


def _tell_new_alerts(home: Home, before: str, lang: str) -> None:
    """What the monthly series say that the release before did not, the latest first."""
    # Here, not above: it loads pandas, and a refresh that finds nothing new must answer at once.
    from warehouse.statements.alert_sentences import new_alerts, sentence

    file = home.releases / before / published.FILE
    alerts = new_alerts(home.current, file) if file.exists() else []
    if not alerts:
        return
    tell(say("monthly.new", lang, release=before, n=number(len(alerts), lang)), err)
    for row in alerts[:ALERTS_SHOWN]:
        tell(f"  {sentence(row, lang)}", err)
    if more := alerts[ALERTS_SHOWN:]:
        tell(say("monthly.more", lang, n=number(len(more), lang)), err)


def _run(home: Home, on: date | None, engine: settings.Engine, lang: str) -> RunResult:
    from pipelines.dagster.launch import instance_of, run_refresh

    with instance_of(home) as instance, progress_bars(lang):
        return run_refresh(home, instance, on, engine)


def _nothing_new(home: Home, in_force: Named, lang: str, as_json: bool) -> int:
    release, as_of = in_force
    with last_refresh.recorded(home) as record:
        record.released(release, is_new=False)
    facts = {
        "submissions": len(home.submissions()),
        "file": _shown(home),
        "release": release,
        "as_of": str(as_of),
    }
    held = held_ones(home)
    if as_json:
        print_json({"new": False, **facts, "held": [s.id for s in held]})
    else:
        tell(say("cli.nothing_new", lang, **facts))
    tell_held(held, lang, err)
    _tell_rollback(home, lang)
    return OK


def _tell_rollback(home: Home, lang: str) -> None:
    """That an earlier release is in force, and who decided it."""
    if rolled_back := rollback.standing(home):
        tell(say("release.holds", lang, **rolled_back), err)


def _shown(home: Home) -> str:
    """The file as one would type it: from here if one stands in the home, else in full."""
    return str(home.current.relative_to(home.root) if Path.cwd() == home.root else home.current)


def _summarise(home: Home, before: Named | None, lang: str, as_json: bool) -> bool:
    """What is in force now, and whether it is another release than before."""
    with Warehouse.open(home.current) as warehouse:
        counts = summary(warehouse)
    is_new = before is None or counts["release"] != before[0]
    if as_json:
        held = [s.id for s in held_ones(home)]
        print_json({"new": is_new, "file": str(home.current), **counts, "held": held})
        return is_new
    tell(
        say("cli.released" if is_new else "cli.unchanged", lang, release=counts["release"], file=_shown(home))
    )
    grid = Grid.grid(padding=(0, 2))
    for key, text in _lines(counts, lang):
        grid.add_row(f"[bold]{say(key, lang)}[/bold]", text)
    grid.add_row(f"[bold]{say('summary.file', lang)}[/bold]", _shown(home))
    out.print(grid)
    if counts["rows_waiting"]:
        waiting_in = counts["rows_waiting"]
        n = number(sum(waiting_in.values()), lang)
        tell(say("cli.rows_wait", lang, n=n, names=", ".join(waiting_in)))
    if (pages := home.site / "index.html").is_file():
        tell(say("cli.site_at", lang, index=pages))
    tell(f"\n{say('summary.try', lang)}:\n{TRY}")
    return is_new


TRY = '''    from warehouse import Warehouse
    print(Warehouse.open().query("""
        SELECT reporting_country, year, share_low, share_high
        FROM baseline.origin_profile
        WHERE measure = 'victims_detected' AND origin_class = 'intra_regional'
        ORDER BY ALL"""))'''


def summary(warehouse: Warehouse) -> dict[str, Any]:
    """What a release holds, counted: for people and for --json."""
    rows = warehouse.query(
        f"SELECT {', '.join(f'sum(rows_{f}) AS {f}' for f in FATES)} FROM registry.submissions"
    )
    status = warehouse.query(
        "SELECT coalesce(status, 'protected') AS status, count(*) AS n FROM registry.submissions "
        "GROUP BY ALL ORDER BY status"
    )
    findings = warehouse.query(
        "SELECT sum(errors) AS error, sum(warnings) AS warning FROM registry.submissions"
    )
    data = warehouse.query("SELECT data, count(*) AS n FROM baseline.catalogue GROUP BY data")
    waits = warehouse.query(
        "SELECT collection, sum(rows_quarantined) AS n FROM registry.submissions "
        "WHERE flag IS NOT NULL AND submission IN (SELECT submission FROM core.current) "
        "GROUP BY ALL ORDER BY ALL"
    )
    opened: Any = warehouse.connection.execute(
        "SELECT count(*) FROM baseline.indicator_values "
        "WHERE list_contains(string_split(flag, '+'), 'rows_in_quarantine')"
    ).fetchone()
    covered: Any = warehouse.connection.execute(
        "SELECT min(year(period_start)), max(year(period_end)), "
        "coalesce(list(DISTINCT reporting_country ORDER BY reporting_country) "
        "FILTER (reporting_country NOT IN (SELECT grouping FROM reference.groupings)), []) FROM core.current"
    ).fetchone()
    by_data = dict(zip(data["data"], data["n"].astype(int), strict=True))
    return {
        "release": warehouse.release,
        "submissions": {s: int(n) for s, n in zip(status["status"], status["n"], strict=True)},
        "rows": {fate: int(rows[fate].fillna(0).iloc[0]) for fate in FATES},
        "findings": {s: int(findings[s].fillna(0).iloc[0]) for s in ("error", "warning")},
        "values": int(warehouse.query("SELECT count(*) AS n FROM baseline.indicator_values")["n"].iloc[0]),
        "open_values": int(opened[0]),
        "rows_waiting": dict(zip(waits["collection"], waits["n"].astype(int), strict=True)),
        "indicators": {
            "available": by_data.get("available", 0),
            "no_data": by_data.get("no_data", 0),
        },
        "years": list(covered[:2]),
        "countries": covered[2],
    }


def _lines(counts: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    def counted(by_key: dict[str, int], stem: str) -> str:
        parts = [f"{say(f'{stem}.{key}', lang)} {number(n, lang)}" for key, n in by_key.items() if n]
        return " · ".join(parts) or say("cli.none", lang)

    first, last = counts["years"]
    values = say("cli.values", lang, values=number(counts["values"], lang), **counts["indicators"])
    covered = say(
        "cli.covered",
        lang,
        first=first,
        last=last,
        countries=len(counts["countries"]),
        names=" ".join(counts["countries"]),
    )
    return [
        ("summary.submissions", counted(counts["submissions"], "status")),
        ("summary.rows", f"{number(sum(counts['rows'].values()), lang)} = {counted(counts['rows'], 'fate')}"),
        ("summary.indicators", values),
        ("summary.coverage", covered if counts["countries"] else say("cli.none", lang)),
        ("summary.findings", counted(counts["findings"], "severity")),
    ]
