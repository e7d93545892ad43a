"""Page of releases: the release in force, waiting data, the gate's verdict; refresh, rollback and waivers.

Each action is the command of the same name.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic

from starlette.responses import JSONResponse, Response

from assets.dagster import pages
from assets.intake.freshness import outdated_submissions
from pipelines.dagster import settings
from pipelines.desk.page_request import DeskRequest
from warehouse.gate import all_questions, waiver_records
from warehouse.home import Home, verdicts
from warehouse.home.calendar import today
from warehouse.release import attention, last_refresh, release_store, rollback


@dataclass
class Refresh:
    """Refresh that this page started: its thread, its output and its exit code."""

    thread: Thread | None = None
    output: str = ""
    code: int | None = None
    started: float = 0.0
    """Moment of the start, in seconds of the monotonic clock."""

    def start(self, home: Home, lang: str) -> None:
        """Start the refresh, unless it is running."""
        if not self.is_running():
            self.started = monotonic()
            self.thread = Thread(target=self._run, args=(home, lang), daemon=True)
            self.thread.start()

    def is_running(self) -> bool:
        """Return True while the refresh is running."""
        return self.thread is not None and self.thread.is_alive()

    def wait(self) -> None:
        """Wait for the end of the refresh, but not longer than LONGEST_WAIT."""
        if self.thread is not None:
            self.thread.join(LONGEST_WAIT)

    def seconds(self) -> int:
        """Return the seconds since the start."""
        return int(monotonic() - self.started)

    def _run(self, home: Home, lang: str) -> None:
        environment = os.environ | {"LINEABASE_HOME": str(home.root), settings.LANGUAGE: lang}
        command = [sys.executable, "-m", "pipelines.cli.main", "refresh", "--unattended", "--lang", lang]
        process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.output, self.code = "\n".join([process.stdout, process.stderr]), process.returncode


LONGEST_WAIT = 20.0
"""Seconds that "Look again" waits at most for the end of a refresh."""
_REFRESHES: dict[Path, Refresh] = {}


def refresh_of(home: Home) -> Refresh:
    """Return the refresh of this home. No page shows the output of another home's refresh."""
    return _REFRESHES.setdefault(home.root, Refresh())


def show_page(request: DeskRequest) -> Response:
    """Show the release in force, the waiting data and the gate's verdict on the last build."""
    started_refresh = refresh_of(request.home)
    if request.query_value("wait"):
        started_refresh.wait()
    is_at_work = started_refresh.is_running()
    folder, last_run = (
        release_store.folder_in_force(request.home),
        last_refresh.read_last_refresh(request.home),
    )
    held_rows = [
        (s.id, [b.problem(request.lang) for b in s.admission_state.breaches])
        for s in attention.list_held_submissions(request.home)
    ]
    return request.show(
        "release.html.jinja",
        in_force=folder.name if folder else "",
        late=len(outdated_submissions(request.home)),
        held=held_rows,
        is_at_work=is_at_work,
        progress=_progress_sentence(request, started_refresh, last_run),
        last_refresh=[request.render(sentence) for sentence in last_refresh.render_sentences(last_run)],
        is_well=last_run.is_well,
        said=[line for line in started_refresh.output.splitlines() if line.strip()],
        code=started_refresh.code,
        verdict=verdicts.read_summary(request.home.verdict),
        refusals=_refusals(request),
        rolled_back=rollback.rollback_in_effect(request.home),
        earlier=_earlier_releases(request.home, folder),
        usual=request.usual_office,
    )


def show_progress(request: DeskRequest) -> Response:
    """Return as JSON if the refresh of this page is at work, and the sentence about it."""
    started_refresh, last_run = refresh_of(request.home), last_refresh.read_last_refresh(request.home)
    is_at_work = started_refresh.is_running()
    ended_key = "ended_well" if started_refresh.code == 0 else "ended_ill"
    sentence = (
        _progress_sentence(request, started_refresh, last_run)
        if is_at_work
        else f"{request.sentence(ended_key)}."
    )
    return JSONResponse({"is_at_work": is_at_work, "sentence": sentence})


def _progress_sentence(
    request: DeskRequest, started_refresh: Refresh, last_run: last_refresh.LastRefresh
) -> str:
    """Say since when the refresh is at work, and how long the last one took."""
    sentences = [request.sentence("at_work", seconds=started_refresh.seconds())]
    if usual_seconds := _duration(last_run):
        sentences.append(request.sentence("at_work_usually", seconds=usual_seconds))
    return " ".join(sentences)


def _duration(last_run: last_refresh.LastRefresh) -> int | None:
    """Return the seconds that the last refresh took; None if none has ended."""
    if not (last_run.started and last_run.ended):
        return None
    return int((last_run.ended - last_run.started).total_seconds())


def start_refresh(request: DeskRequest) -> Response:
    """Start a refresh: ingest, build, gate, publish. Held submissions are left out."""
    refresh_of(request.home).start(request.home, request.lang)
    return request.redirect("/release")


def release_over_refusal(request: DeskRequest) -> Response:
    """Release over a refusal of the gate, as two offices decide, then refresh."""
    decision = {
        "reason": request.form["reason"],
        "office": request.office,
        "second_office": request.form["second_office"],
    }
    waiver_records.waive(request.home, [request.form["question"]], today(), **decision)
    return start_refresh(request)


def roll_back(request: DeskRequest) -> Response:
    """Put an earlier release in force."""
    rollback.roll_back(
        request.home, request.form["release"], reason=request.form["reason"], office=request.office
    )
    pages.renew_pages(request.home)
    return request.redirect("/release")


def end_rollback(request: DeskRequest) -> Response:
    """Put the newest release in force again."""
    rollback.restore(request.home)
    pages.renew_pages(request.home)
    return request.redirect("/release")


def show_verdict(request: DeskRequest) -> Response:
    """Show the gate's own page on the last build, with the rows behind each question."""
    path = request.home.verdict / f"{request.lang}.html"
    if not path.is_file():
        return request.show_message(request.sentence("no_verdict"), 404)
    return Response(path.read_bytes(), media_type="text/html")


def _refusals(request: DeskRequest) -> list[tuple[str, str]]:
    """List the last refusals of the gate that may be waived: the question's id and its sentence."""
    refused_questions = verdicts.read_summary(request.home.verdict).get("refused", [])
    return [
        (q.id, q.words.render(request.lang))
        for q in all_questions()
        if q.id in refused_questions and not q.absolute
    ]


def _earlier_releases(home: Home, folder: Path | None) -> list[str]:
    """List the releases before the release in force, the latest first."""
    names = [path.name for path in release_store.releases(home)]
    return names[: names.index(folder.name)][::-1] if folder and folder.name in names else []
