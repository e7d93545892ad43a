"""`refresh` and `ui`: the job from the command line, with progress and a summary a person can read."""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from assets import build as core
from pipelines.cli.app import (
    BAD_INPUT,
    MACHINE,
    JsonOption,
    Lang,
    LangOption,
    Stop,
    command,
    day,
    err,
    out,
    print_json,
)
from pipelines.cli.words import say
from warehouse.home import Home
from warehouse.home.staged import FATES, PROGRESS
from warehouse.publication.client import Warehouse
from warehouse.release import latest, manifest

STEPS = ("submission", "records", "validated", "observations")


@command
def refresh(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Como se sabía ese día / as known on that day")
    ] = None,
    lang: LangOption = Lang.es,
    as_json: JsonOption = False,
) -> int:
    """Ingiere lo nuevo, construye, comprueba y publica / ingest, build, gate and release."""
    home, on = Home.default(), day(as_of)
    for stray in home.strays():
        err.print(say("stray", lang, folder=stray), markup=False)
    for ahead in [] if on else core.decisions_ahead(home, _today()):
        err.print(say("decision_ahead", lang, **ahead), markup=False)
    before = _released(home)
    if on is None and not core.stale(home) and core.is_built(home, _today()):
        return _nothing_new(home, lang, as_json)
    ended = _run(home, on, lang)
    if ended.ending.name == "REFUSED":
        raise Stop(BAD_INPUT, "refused_by_gate", reasons="; ".join(ended.reasons))
    if ended.ending.name == "BROKEN":
        raise Stop(MACHINE, "broken", reasons=" ".join(ended.reasons))
    _summarise(home, lang, as_json, is_new=_released(home) != before)
    for remark in ended.reasons:
        err.print(say("gate_remark", lang, remark=remark), markup=False)
    return 0


def _released(home: Home) -> str | None:
    if not home.current.exists():
        return None
    with Warehouse.open(home.current) as warehouse:
        return warehouse.release


def _today() -> date:
    from pipelines.resources import today

    return today()


def _run(home: Home, on: date | None, lang: str):
    from pipelines.launch import Busy, alone, instance_of, run_refresh

    home.check_cards()
    try:
        with alone(home), instance_of(home) as instance, _progress(lang):
            return run_refresh(home, instance, on)
    except Busy as error:
        raise Stop(MACHINE, "busy") from error


class _Bars(logging.Handler):
    """Turns `step done/of` messages of PROGRESS into bars; everything else is dropped."""

    def __init__(self, progress: Progress, lang: str) -> None:
        super().__init__()
        self.progress, self.lang, self.tasks = progress, lang, {}

    def emit(self, record: logging.LogRecord) -> None:
        match = re.fullmatch(r"(\S+) (\d+)/(\d+)", record.getMessage())
        if match is None or hasattr(record, "dagster_meta"):
            return
        step, done, of = match[1], int(match[2]), int(match[3])
        name = step if step in STEPS else "build"
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(say(f"step_{name}", self.lang), total=of)
        self.progress.update(self.tasks[name], completed=done, total=of)


@contextmanager
def _progress(lang: str) -> Iterator[None]:
    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        handler = _Bars(progress, lang)
        PROGRESS.addHandler(handler)
        PROGRESS.setLevel(logging.INFO)
        PROGRESS.propagate = False
        try:
            yield
        finally:
            PROGRESS.removeHandler(handler)


def _nothing_new(home: Home, lang: str, as_json: bool) -> int:
    folder = latest(home)
    told = manifest(folder) if folder else {}
    facts = {
        "submissions": len(home.submissions()),
        "file": _shown(home),
        "release": told.get("release"),
        "as_of": told.get("as_of"),
    }
    if as_json:
        print_json({"new": False, **facts})
    else:
        out.print(say("nothing_new", lang, **facts), markup=False)
    return 0


def _shown(home: Home) -> str:
    """The file as one would type it: from here if it lies below, else in full."""
    return str(
        home.current.relative_to(Path.cwd()) if home.current.is_relative_to(Path.cwd()) else home.current
    )


def _summarise(home: Home, lang: str, as_json: bool, *, is_new: bool) -> None:
    with Warehouse.open(home.current) as warehouse:
        told = summary(warehouse)
    if as_json:
        print_json({"new": is_new, "file": str(home.current), **told})
        return
    out.print(
        say("released" if is_new else "unchanged", lang, release=told["release"], file=_shown(home)),
        markup=False,
    )
    grid = Grid.grid(padding=(0, 2))
    for key, text in _lines(told, lang):
        grid.add_row(f"[bold]{say(key, lang)}[/bold]", text)
    grid.add_row(f"[bold]{say('summary_file', lang)}[/bold]", _shown(home))
    out.print(grid)
    out.print(f"\n{say('summary_try', lang)}:\n{TRY}", markup=False, soft_wrap=True)


TRY = '''    from warehouse import Warehouse
    print(Warehouse.open().query("""
        SELECT reporting_country, year(period_start) AS year, share_low, share_high
        FROM baseline.origin_profile
        WHERE measure = 'victims_detected' AND origin_class = 'intra_regional'
        ORDER BY ALL"""))'''


def summary(warehouse: Warehouse) -> dict:
    """What a release holds, counted: for people and for --json."""
    rows = warehouse.query(
        f"SELECT {', '.join(f'sum(rows_{f}) AS {f}' for f in FATES)} FROM registry.submissions"
    )
    status = warehouse.query(
        "SELECT status, count(*) AS n FROM registry.submissions GROUP BY status ORDER BY status"
    )
    found = warehouse.query("SELECT sum(errors) AS error, sum(warnings) AS warning FROM registry.submissions")
    data = warehouse.query("SELECT data, count(*) AS n FROM baseline.catalogue GROUP BY data")
    covered = warehouse.query(
        "SELECT min(year(period_start)) AS first, max(year(period_end)) AS last, "
        "coalesce(list(DISTINCT reporting_country ORDER BY reporting_country), []) AS names FROM core.current"
    ).iloc[0]
    by_data = dict(zip(data["data"], data["n"].astype(int), strict=True))
    return {
        "release": warehouse.release,
        "submissions": {s: int(n) for s, n in zip(status["status"], status["n"], strict=True)},
        "rows": {fate: int(rows[fate].fillna(0).iloc[0]) for fate in FATES},
        "findings": {s: int(found[s].fillna(0).iloc[0]) for s in ("error", "warning")},
        "values": int(warehouse.query("SELECT count(*) AS n FROM baseline.indicator_values")["n"].iloc[0]),
        "indicators": {
            "available": by_data.get("available", 0),
            "no_data": by_data.get("no_data", 0),
        },
        "years": [_int(covered["first"]), _int(covered["last"])],
        "countries": [str(c) for c in covered["names"]],
    }


def _int(number) -> int | None:
    return None if pd.isna(number) else int(number)


def _lines(told: dict, lang: str) -> list[tuple[str, str]]:
    def counted(counts: dict[str, int], stem: str) -> str:
        parts = [f"{say(f'{stem}_{key}', lang)} {n:,}" for key, n in counts.items() if n]
        return " · ".join(parts) or say("none", lang)

    first, last = told["years"]
    values = say("values", lang, values=f"{told['values']:,}", **told["indicators"])
    covered = say(
        "covered",
        lang,
        first=first,
        last=last,
        countries=len(told["countries"]),
        names=" ".join(told["countries"]),
    )
    return [
        ("summary_submissions", counted(told["submissions"], "status")),
        ("summary_rows", f"{sum(told['rows'].values()):,} = {counted(told['rows'], 'fate')}"),
        ("summary_indicators", values),
        ("summary_coverage", covered if told["countries"] else say("none", lang)),
        ("summary_findings", counted(told["findings"], "severity")),
    ]


@command
def ui(
    port: Annotated[int, typer.Option("--port")] = 3000,
    lang: LangOption = Lang.es,
) -> int:
    """Abre Dagster en el navegador / open Dagster in the browser."""
    from pipelines.launch import instance_of
    from warehouse.home import CHECKOUT

    home = Home.default()
    instance_of(home).dispose()
    out.print(say("opening_ui", lang, port=port), markup=False)
    environment = os.environ | {
        "DAGSTER_HOME": str(home.dagster),
        "LINEABASE_HOME": str(home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    dev = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "dagster",
        "dev",
        "-w",
        "workspace.yaml",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    try:
        return subprocess.run(dev, cwd=CHECKOUT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
