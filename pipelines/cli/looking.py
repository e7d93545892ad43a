"""`status`, `export` and `doctor`: what there is, taking it out, and whether the machine is well."""

import platform
import shutil
import stat
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.table import Table as Grid

from assets import build as core
from assets.steps import observations
from pipelines.cli.app import (
    MACHINE,
    OK,
    USAGE,
    JsonOption,
    Lang,
    LangOption,
    Stop,
    command,
    out,
    print_json,
)
from pipelines.cli.words import say
from schemas import decisions
from schemas.grammar import CardError
from schemas.indicators import CatalogueError, catalogue
from warehouse.home import Home, staged
from warehouse.publication import exports
from warehouse.publication.client import Warehouse

ROWS_SHOWN = 60
"""So many rows of a query are printed; --json gives them all."""


@command
def status(lang: LangOption = Lang.es, as_json: JsonOption = False) -> int:
    """Quién informó qué y qué espera / who reported what, and what waits."""
    home = Home.default()
    rows = [_collection_row(home, name) for name in home.collections()]
    waiting, asked = len(core.stale(home)), len(_open_questions(home)) if home.current.exists() else 0
    if as_json:
        print_json({"collections": rows, "waiting": waiting, "questions": asked})
        return OK
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column_collection", "column_received", "column_state", "column_rows"):
        grid.add_column(say(key, lang))
    for row in rows:
        state = say(f"state_{row['status']}", lang) if row["status"] else "—"
        rows_text = f"{row['rows_accepted']:,} ({row['rows_quarantined']:,})" if row["submission"] else ""
        grid.add_row(row["collection"], row["received_on"] or "—", state, rows_text)
    out.print(grid)
    if waiting:
        out.print(say("waiting", lang, n=waiting), markup=False)
    if asked:
        out.print(say("questions_wait", lang, n=asked), markup=False)
    for stray in home.strays():
        out.print(say("stray", lang, folder=stray), markup=False)
    return OK


def _collection_row(home: Home, name: str) -> dict:
    mine = [s for s in home.submissions() if s.collection == name]
    last = mine[-1] if mine else None
    result = staged.read(home, last.id, observations.STEP.name) if last else None
    rows = result.rows if result else {}
    return {
        "collection": name,
        "submission": last.id if last else None,
        "submissions": len(mine),
        "received_on": str(last.received_on) if last else None,
        "status": result.status if result else None,
        "rows_accepted": rows.get("accepted", 0),
        "rows_quarantined": rows.get("quarantined", 0),
    }


@command
def questions(
    collection: Annotated[str | None, typer.Option("--collection", help="<institución>/<colección>")] = None,
    lang: LangOption = Lang.es,
    as_json: JsonOption = False,
) -> int:
    """Qué espera una decisión, y las líneas que la registran / what waits for a decision, and its lines."""
    home = Home.default()
    if not home.current.exists():
        raise Stop(USAGE, "no_release", home=home.root)
    if collection:
        home.card_path(collection)  # there is such a collection
    asked = [q for q in _open_questions(home) if collection in (None, q["collection"])]
    if as_json:
        print_json(asked)
        return OK
    for question in asked:
        out.print(_question_text(home, question, lang), markup=False, soft_wrap=True)
    out.print(say("questions_wait" if asked else "no_questions", lang, n=len(asked)), markup=False)
    return OK


def _open_questions(home: Home) -> list[dict]:
    """Those of the release in force; none where it is older than the table."""
    with Warehouse.open(home.current) as warehouse:
        try:
            found = warehouse.query("SELECT * FROM analysis.open_questions ORDER BY ALL")
        except duckdb.CatalogException:
            return []
    found = found.assign(period_start=found["period_start"].dt.strftime("%Y-%m-%d")).astype(object)
    return found.where(found.notna(), None).to_dict("records")


def _question_text(home: Home, question: dict, lang: str) -> str:
    before = _bounds(question["before_low"], question["before_high"])
    value = _bounds(question["value_low"], question["value_high"])
    told = f"{before} → {value}" if before else value
    what = [question[key] for key in ("reporting_country", "measure", "breakdown", "period_start")]
    what += [question["citizenship"]] if question["citizenship"] != "_T" else []
    file = home.raw / question["collection"] / decisions.FILE
    lines = question["answer"].replace("\n", "\n    ")
    return f"{question[f'says_{lang}']}\n  {' · '.join(what)}: {told}\n  {file}\n\n    {lines}\n"


def _bounds(low: float | None, high: float | None) -> str:
    """`7`, `3–7`, `3–` where unbounded, empty where there is none."""
    if low is None:
        return ""
    least = f"{low:,.10g}"
    if high is None:
        return f"{least}–"
    return least if low == high else f"{least}–{high:,.10g}"


@command
def export(
    indicator: Annotated[str, typer.Option("--indicator", help="tip_victims_detected")],
    output: Annotated[Path, typer.Option("--output", "-o")],
    format_: Annotated[str, typer.Option("--format", help="csv")] = "csv",
    lang: LangOption = Lang.es,
) -> int:
    """Saca un indicador a un archivo, con su cita y sus advertencias / take an indicator out to a file."""
    home = Home.default()
    if not home.current.exists():
        raise Stop(USAGE, "no_release", home=home.root)
    if format_ not in exports.FORMATS:
        raise Stop(USAGE, "no_format", value=format_, known=", ".join(exports.FORMATS))
    with Warehouse.open(home.current) as warehouse:
        known = warehouse.query("SELECT indicator FROM baseline.catalogue ORDER BY 1")["indicator"].tolist()
        if indicator not in known:
            raise Stop(USAGE, "no_indicator", value=indicator, known=", ".join(known))
        rows, meta = exports.FORMATS[format_](warehouse, indicator, output)
    out.print(say("exported", lang, rows=rows, file=output, meta=meta), markup=False)
    return OK


@command
def query(
    sql: Annotated[str, typer.Argument(help="SELECT …")],
    lang: LangOption = Lang.es,
    as_json: JsonOption = False,
) -> int:
    """Pregunta a la publicación, sin cambiar nada / ask the release; nothing is changed."""
    home = Home.default()
    if not home.current.exists():
        raise Stop(USAGE, "no_release", home=home.root)
    with Warehouse.open(home.current) as warehouse:
        try:
            found = warehouse.query(sql)
        except duckdb.Error as error:
            raise Stop(USAGE, "bad_query", error=str(error).splitlines()[0]) from error
    if as_json:
        print_json(found.to_dict("records"))
    else:
        out.print(found.to_string(index=False, max_rows=ROWS_SHOWN), markup=False, soft_wrap=True)
    return OK


@command
def doctor(lang: LangOption = Lang.es, as_json: JsonOption = False) -> int:
    """Comprueba la máquina y la carpeta / examine the machine and the folder."""
    home = Home.default()
    found = [_examined(key, examine, home) for key, examine in EXAMINATIONS.items()]
    ill = [f for f in found if not f["well"]]
    if as_json:
        print_json(found)
    else:
        for f in found:
            out.print(f"{'✓' if f['well'] else '✗'} {say(f['key'], lang, value=f['value'])}", markup=False)
        out.print(say("doctor_ill" if ill else "doctor_well", lang, n=len(ill)), markup=False)
    return MACHINE if ill else OK


def _examined(key: str, examine: Callable[[Home], tuple[bool, str]], home: Home) -> dict:
    try:
        well, value = examine(home)
    except (OSError, CardError, CatalogueError) as error:
        well, value = False, str(error)
    return {"key": key, "well": well, "value": value}


def _libraries(_: Home) -> tuple[bool, str]:
    names = ("dagster", "duckdb", "pandas", "pandera", "great-expectations", "pycountry")
    return True, ", ".join(f"{n} {version(n)}" for n in names)


def _writable(home: Home) -> tuple[bool, str]:
    probe = home.root / ".lineabase-probe"
    probe.write_text("")
    probe.unlink()
    return True, str(home.root)


def _disk(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.root).free / 2**30
    return free > 1, f"{free:.0f} GiB"


def _cards(home: Home) -> tuple[bool, str]:
    return True, str(len([home.card(name) for name in home.collections()]))


def _strays(home: Home) -> tuple[bool, str]:
    strays = home.strays()
    return not strays, ", ".join(map(str, strays)) or "0"


def _release(home: Home) -> tuple[bool, str]:
    if not home.current.exists():
        return True, "—"
    with Warehouse.open(home.current) as warehouse:
        return True, warehouse.release


def _internal(home: Home) -> tuple[bool, str]:
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    return not home.internal.exists() or not home.internal.stat().st_mode & open_to_others, ""


EXAMINATIONS: dict[str, Callable[[Home], tuple[bool, str]]] = {
    "doctor_python": lambda _: (True, platform.python_version()),
    "doctor_libraries": _libraries,
    "doctor_home": _writable,
    "doctor_disk": _disk,
    "doctor_cards": _cards,
    "doctor_strays": _strays,
    "doctor_catalogue": lambda _: (True, str(len(catalogue()))),
    "doctor_release": _release,
    "doctor_internal": _internal,
}
