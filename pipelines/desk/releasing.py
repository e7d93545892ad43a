"""Release: what is in force and waits, what the gate said; refreshing, going back, releasing over a refusal.

What each does is the command of that name.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from starlette.responses import Response

from assets.dagster import pages
from assets.intake.freshness import waiting
from pipelines.dagster import settings
from pipelines.desk.asking import Ask
from warehouse.gate import all_questions, waived
from warehouse.home import Home, verdicts
from warehouse.home.calendar import today
from warehouse.releases import attention, last_refresh, published, rollback


@dataclass
class Refresh:
    """A refresh that this page has started: whether it is at work, what it said, how it ended."""

    thread: Thread | None = None
    said: str = ""
    code: int | None = None

    def start(self, home: Home, lang: str) -> None:
        """Start it, unless one is at work."""
        if not self.is_at_work():
            self.thread = Thread(target=self._run, args=(home, lang), daemon=True)
            self.thread.start()

    def is_at_work(self) -> bool:
        """Whether it still runs."""
        return self.thread is not None and self.thread.is_alive()

    def _run(self, home: Home, lang: str) -> None:
        environment = os.environ | {"LINEABASE_HOME": str(home.root), settings.LANGUAGE: lang}
        call = [sys.executable, "-m", "pipelines.cli.main", "refresh", "--unattended", "--lang", lang]
        ended = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        self.said, self.code = "\n".join([ended.stdout, ended.stderr]), ended.returncode


_REFRESHES: dict[Path, Refresh] = {}


def refresh_of(home: Home) -> Refresh:
    """The one that was started for this home: no page says what another home's refresh said."""
    return _REFRESHES.setdefault(home.root, Refresh())


def page(ask: Ask) -> Response:
    """What is in force, what waits, what the gate said of the last build."""
    last = refresh_of(ask.home)
    is_at_work = last.is_at_work()
    folder, ended = published.in_force(ask.home), last_refresh.read(ask.home)
    held = [(s.id, [b.what(ask.lang) for b in s.standing.breaches]) for s in attention.held(ask.home)]
    return ask.show(
        "release.html.jinja",
        in_force=folder.name if folder else "",
        late=len(waiting(ask.home)),
        held=held,
        is_at_work=is_at_work,
        last_refresh=[sentence.said(ask.lang) for sentence in last_refresh.sentences(ended)],
        is_well=ended.is_well,
        said=[line for line in last.said.splitlines() if line.strip()],
        code=last.code,
        verdict=verdicts.last(ask.home.verdict),
        refusals=_refusals(ask),
        rolled_back=rollback.standing(ask.home),
        earlier=_earlier(ask.home, folder),
        usual=ask.usual_office,
    )


def refresh(ask: Ask) -> Response:
    """Refresh: ingest, build, gate, publish; what is held is left out."""
    refresh_of(ask.home).start(ask.home, ask.lang)
    return ask.go("/release")


def over(ask: Ask) -> Response:
    """Release over one refusal of the gate, as two offices decide; then refresh."""
    said = {"reason": ask.sent["reason"], "office": ask.office, "second_office": ask.sent["second_office"]}
    waived.waive(ask.home, [ask.sent["question"]], today(), **said)
    return refresh(ask)


def back(ask: Ask) -> Response:
    """An earlier release is in force again."""
    rollback.roll_back(ask.home, ask.sent["release"], reason=ask.sent["reason"], office=ask.office)
    pages.renew(ask.home)
    return ask.go("/release")


def forth(ask: Ask) -> Response:
    """The newest release is in force again."""
    rollback.restore(ask.home)
    pages.renew(ask.home)
    return ask.go("/release")


def verdict(ask: Ask) -> Response:
    """The gate's own page on the last build, with the rows behind each question."""
    path = ask.home.verdict / f"{ask.lang}.html"
    if not path.is_file():
        return ask.tell(ask.say("no_verdict"), 404)
    return Response(path.read_bytes(), media_type="text/html")


def _refusals(ask: Ask) -> list[tuple[str, str]]:
    """What the gate refused last and may be released over: the question, and what must hold."""
    refused = verdicts.last(ask.home.verdict).get("refused", [])
    return [(q.id, q.words.said(ask.lang)) for q in all_questions() if q.id in refused and not q.absolute]


def _earlier(home: Home, folder: Path | None) -> list[str]:
    """The releases before the one in force, the latest first."""
    names = [path.name for path in published.releases(home)]
    return names[: names.index(folder.name)][::-1] if folder and folder.name in names else []
