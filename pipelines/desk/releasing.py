"""Release: whether something waits, what the gate said, and refreshing, which is the command of that name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from threading import Thread
from typing import Any

from starlette.responses import Response

from assets.steps.freshness import waiting
from pipelines import settings
from pipelines.desk.asking import Ask
from warehouse import attention, published
from warehouse.home import Home


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


REFRESH = Refresh()


def page(ask: Ask) -> Response:
    """What is in force, what waits, what the gate said of the last build."""
    is_at_work = REFRESH.is_at_work()
    folder = published.in_force(ask.home)
    held = [s.id for s in attention.held(ask.home)]
    return ask.show(
        "release.html.jinja",
        in_force=folder.name if folder else "",
        late=len(waiting(ask.home)),
        held=held,
        is_at_work=is_at_work,
        said=[line for line in REFRESH.said.splitlines() if line.strip()],
        code=REFRESH.code,
        verdict=_verdict(ask.home),
    )


def refresh(ask: Ask) -> Response:
    """Refresh: ingest, build, gate, publish; what is held is left out."""
    REFRESH.start(ask.home, ask.lang)
    return ask.go("/release")


def verdict(ask: Ask) -> Response:
    """The gate's own page on the last build, with the rows behind each question."""
    path = ask.home.verdict / f"{ask.lang}.html"
    if not path.is_file():
        return ask.tell(ask.say("no_verdict"), 404)
    return Response(path.read_bytes(), media_type="text/html")


def _verdict(home: Home) -> dict[str, Any]:
    """What the gate said in short; nothing where there was no build."""
    try:
        told: dict[str, Any] = json.loads((home.verdict / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told
