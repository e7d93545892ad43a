"""The doors of the network: how a file gets in, and how commands are given. Each is used as its users use it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import requests
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.dagster.resources import HomeResource
from assets.intake import inbox as intake
from assets.intake.submission import receive
from pipelines.cli.app import app
from pipelines.dagster.launch import instance_of, run_refresh
from pipelines.dagster.sensors import inbox as sensor
from pipelines.desk.access import Access
from tests.network import clock
from tests.network.events import Decision, Door, File
from tests.test_desk import Browser, served
from warehouse.home import Home, Submission
from warehouse.release import release_store

OFFICE, SECOND = "Dirección de Estadística", "Secretaría Técnica"
REASON = "Lo confirma el registro"
AT_A_TIME = {"COLUMNS": "400", "NO_COLOR": "1", "LINEABASE_LANG": "en"}


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    text: str

    @property
    def document(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.text)


@dataclass
class Doors:
    """The doors of a home. `apart`: each command in a process of its own, as a person starts it."""

    home: Home
    apart: bool = False
    wanted: dict[str, str] = field(default_factory=dict)
    day: date = date.min

    def set_day(self, day: date) -> None:
        """Today, for every door."""
        self.day = day
        clock.set_day(day)

    # ---- commands -----------------------------------------------------------------------------------

    def command(self, *arguments: str) -> Said:
        """A command of the program."""
        environment = {"LINEABASE_HOME": str(self.home.root), **AT_A_TIME, **self.wanted}
        if not self.apart:
            ended = CliRunner().invoke(app, arguments, env=environment)
            if ended.exception is not None and not isinstance(ended.exception, SystemExit):
                return Said(ended.exit_code, f"{type(ended.exception).__name__}: {ended.exception}")
            return Said(ended.exit_code, ended.stdout if "--json" in arguments else ended.output)
        call = [sys.executable, "-m", "tests.network.clock", str(self.day), *arguments]
        done = subprocess.run(call, env=os.environ | environment, capture_output=True, text=True, check=False)
        return Said(done.returncode, done.stdout if "--json" in arguments else done.stdout + done.stderr)

    def refresh(self) -> tuple[Said, float]:
        """The refresh at the end of a round, and its seconds of the processor."""
        before = _processor_seconds()
        said = self.command("refresh", "--unattended", "--as-of", str(self.day))
        return said, _processor_seconds() - before

    def withdraw(self, submission: Submission) -> Said:
        """Take a submission back."""
        return self.command("withdraw", submission.id, "--why", REASON, "--office", OFFICE)

    def confirm(self, submission: Submission) -> Said:
        """Let a held submission in."""
        return self.command("confirm", submission.id, "--reason", REASON, "--office", SECOND)

    def decide(self, decision: Decision) -> Said:
        """Answer the open question about a value: it is real."""
        asked = self.command("questions", "-c", decision.collection, "--json")
        numbers = [
            str(question["number"])
            for question in asked.document
            if question["reporting_country"] == decision.country
            and str(question["period_start"])[:4] == decision.period
        ]
        if not numbers:
            return Said(1, f"nobody asks about {decision.country} in {decision.period}: {asked.text}")
        why = ("--reason", REASON, "--source", "oficio 7", "--office", OFFICE)
        return self.command("decide", numbers[0], "--real", *why)

    # ---- files ----------------------------------------------------------------------------------------

    def hand_in(self, door: Door, files: list[File]) -> dict[str, str]:
        """Hand in files by a door; the answers that their senders get at once, by the key of the file."""
        by_door = {
            "command": self._by_command,
            "inbox": self._by_inbox,
            "desk": self._by_desk,
            "job": self._by_job,
        }
        return by_door[door](files)

    def submission(self, file: File) -> Submission | None:
        """The submission that the file became, found by its bytes."""
        wanted = hashlib.sha256(file.content).hexdigest()
        kept = [s for s in self.home.submissions(file.collection) if hash_of(s.file) == wanted]
        return kept[-1] if kept else None

    def _by_command(self, files: list[File]) -> dict[str, str]:
        return {file.key: self._submit(file) for file in files}

    def _submit(self, file: File) -> str:
        path = self._write(file)
        let_in = ("--confirm", "--reason", REASON, "--office", SECOND) if file.confirm else ()
        return self.command("submit", str(path), "-c", file.collection, *let_in).text

    def _by_inbox(self, files: list[File]) -> dict[str, str]:
        """Laid in, and taken by the sensor at its second look; what is held is let in by command."""
        for file in files:
            folder = self.home.inbox / file.collection
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file.name).write_bytes(file.content)
        before = intake.PAUSE
        resources = {"home": HomeResource(root=str(self.home.root))}
        with instance_of(self.home) as instance:
            first = dg.build_sensor_context(instance, resources=resources)
            sensor(first)
            looks = json.loads(first.cursor or "{}")
            settled = json.dumps({path: (stamp, since - 3600) for path, (stamp, since) in looks.items()})
            sensor(dg.build_sensor_context(instance, resources=resources, cursor=settled))
        intake.PAUSE = before
        self._let_in(files)
        return {}

    def _by_job(self, files: list[File]) -> dict[str, str]:
        """Received by a program; Dagster's job makes and releases them (`run_job`)."""
        for file in files:
            receive(self.home, self._write(file), file.collection, self.day, office=OFFICE)
        self._let_in(files)
        return {}

    def run_job(self) -> str:
        """Run Dagster's job `refresh` in this process; how it ended."""
        with instance_of(self.home) as instance:
            return run_refresh(self.home, instance, self.day).status.name

    def _let_in(self, files: list[File]) -> None:
        """Let in what an office confirms at once. Makes the steps of what came in, and nothing else."""
        to_confirm = [file for file in files if file.confirm]
        if to_confirm:
            self.command("work")
        for file in to_confirm:
            submission = self.submission(file)
            if submission is not None and submission.admission_state.is_waiting:
                self.confirm(submission)

    def _by_desk(self, files: list[File]) -> dict[str, str]:
        answers = {}
        with ExitStack() as stack:
            access = Access()
            browser = Browser(stack.enter_context(served(self.home, access)))
            browser.open(f"/?token={access.new_token()}")
            browser.open("/?lang=en")
            for file in files:
                answers[file.key] = self._at_the_desk(browser, file)
        return answers

    @staticmethod
    def _at_the_desk(browser: Browser, file: File) -> str:
        browser.open("/")
        browser.fill("/", file.name, file.content, collection=file.collection)
        is_held = 'name="reason"' in browser.page
        let_in = {"reason": REASON, "second_office": SECOND} if is_held and file.confirm else {}
        browser.fill(browser.actions("/hand-in"), office=OFFICE, **let_in)
        if file.confirm and "/confirm" in browser.page:  # of a protected collection it is held only now
            browser.fill(browser.actions("/confirm"), office=SECOND, reason=REASON)
        return browser.said

    def answers(self, submissions: list[Submission]) -> dict[str, str]:
        """What the desk answers about submissions when their sender looks again, by id."""
        access = Access()
        with served(self.home, access) as address:
            browser = Browser(address)
            browser.open(f"/?token={access.new_token()}")
            browser.open("/?lang=en")
            told = {}
            for submission in submissions:
                browser.open(f"/submissions/{submission.id}")
                told[submission.id] = browser.said
        return told

    def desk_pages(self, *paths: str) -> dict[str, str]:
        """What pages of the desk say."""
        access = Access()
        with served(self.home, access) as address:
            browser = Browser(address)
            browser.open(f"/?token={access.new_token()}")
            browser.open("/?lang=en")
            said = {}
            for path in paths:
                browser.open(path)
                said[path] = browser.said
        return said

    def health(self) -> tuple[int, dict[str, Any]]:
        """What the desk's /healthz answers to whoever asks, without login."""
        with served(self.home, Access()) as address:
            answer = requests.get(f"{address}/healthz", timeout=30)
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.status_code, answer.json() if is_json else {}

    def _write(self, file: File) -> Path:
        folder = self.home.root / "sent" / file.collection
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file.name
        path.write_bytes(file.content)
        return path

    # ---- what lies there --------------------------------------------------------------------------------

    def releases(self) -> list[str]:
        """The releases that lie there, in the order of their publication."""
        noted = re.findall(
            r'"release": "([^"]+)"', release_store.list_path(self.home).read_text(encoding="utf-8")
        )
        return list(dict.fromkeys(noted))


def hash_of(path: Path) -> str:
    """The hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _processor_seconds() -> float:
    """What this process and its children have used of the processor."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
