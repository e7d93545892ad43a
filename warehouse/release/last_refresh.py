"""Result of the last refresh of a home, read from and written to `warehouse/last_refresh.json`.

Every refresh runs within `recorded`. The file then names the process at work and, in the end, the outcome,
the reason as data (rules, parts left out, the class of an exception; never a value) and a remedy. A killed
process leaves its name in the file without holding the lock, so readers know that the refresh broke off. Like
the databases, the file belongs to this machine. Nothing is refreshed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb

from schemas.words import Sentence, UserError
from warehouse.home import Busy, Home, durable, lock

FILE = "last_refresh.json"
Outcome = Literal["released", "nothing_new", "refused", "broke_off"]
OUTCOMES: tuple[Outcome, ...] = ("released", "nothing_new", "refused", "broke_off")
STUCK_AFTER = timedelta(hours=6)
"""A refresh that runs longer than this is stuck: the longest measured refresh takes minutes."""
_INTERRUPTIONS = ("KeyboardInterrupt", "SystemExit", "DagsterExecutionInterruptedError")


@dataclass(frozen=True)
class OmittedPart:
    """A part of the release that could not be built or protected, by name."""

    collection: str
    member: str
    period: str
    reason: str


@dataclass(frozen=True)
class Running:
    """A refresh at work: its start and its process."""

    since: datetime
    pid: int
    host: str
    command: str
    run: str = ""


@dataclass(frozen=True)
class LastRefresh:
    """The result of the last refresh and the refresh at work, if any. No outcome: none has ended yet."""

    outcome: Outcome | None = None
    started: datetime | None = None
    ended: datetime | None = None
    release: str = ""
    run: str = ""
    rules: tuple[str, ...] = ()
    exception: str = ""
    left_out: tuple[OmittedPart, ...] = ()
    what_to_do: str = ""
    running: Running | None = None

    @property
    def is_stuck(self) -> bool:
        """Check if a refresh has been at work for much longer than any takes."""
        return self.running is not None and datetime.now(UTC) - self.running.since > STUCK_AFTER

    @property
    def is_well(self) -> bool:
        """Check that nobody needs to act."""
        return self.outcome in (None, "released", "nothing_new") and not self.is_stuck

    @property
    def as_json(self) -> dict[str, Any]:
        """The content of the file."""
        content = {name: getattr(self, name) for name in ("outcome", "started", "ended", "release", "run")}
        content["reason"] = {"rules": list(self.rules), "exception": self.exception}
        content["left_out"] = [asdict(part) for part in self.left_out]
        content["what_to_do"] = self.what_to_do
        content["running"] = asdict(self.running) if self.running else None
        plain: dict[str, Any] = json.loads(json.dumps(content, default=_format_iso))
        return plain


def path_in(home: Home) -> Path:
    """Return the path of the file in a home."""
    return home.warehouse / FILE


# ---- reading ----------------------------------------------------------------------------------------


def read_last_refresh(home: Home) -> LastRefresh:
    """Read the result of the last refresh. A refresh without a live process broke off."""
    last = _read_file(home)
    if last.running and not lock.is_refresh_held(home):
        last = _interrupted_refresh(last.running)
    return last


def _read_file(home: Home) -> LastRefresh:
    """Read the file; return an empty result if it is missing or cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        return _parse(json.loads(path_in(home).read_text(encoding="utf-8")))
    return LastRefresh()


def _parse(content: dict[str, Any]) -> LastRefresh:
    reason = content["reason"]
    return LastRefresh(
        outcome=content["outcome"] if content["outcome"] in OUTCOMES else None,
        started=_parse_time(content["started"]),
        ended=_parse_time(content["ended"]),
        release=str(content["release"] or ""),
        run=str(content["run"] or ""),
        rules=tuple(map(str, reason["rules"])),
        exception=str(reason["exception"] or ""),
        left_out=tuple(
            OmittedPart(**{f.name: str(part[f.name]) for f in fields(OmittedPart)})
            for part in content["left_out"]
        ),
        what_to_do=str(content["what_to_do"] or ""),
        running=_parse_running(content["running"]),
    )


def _parse_running(content: dict[str, Any] | None) -> Running | None:
    return Running(**{**content, "since": datetime.fromisoformat(content["since"])}) if content else None


def _parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _interrupted_refresh(running: Running) -> LastRefresh:
    return LastRefresh("broke_off", running.since, run=running.run, what_to_do="again")


# ---- writing ----------------------------------------------------------------------------------------


@dataclass
class RefreshRecord:
    """The result so far of the refresh at work. The code that refreshes reports its progress here."""

    home: Home
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    run: str = ""
    outcome: Outcome | None = None
    release: str = ""
    rules: tuple[str, ...] = ()
    exception: str = ""
    left_out: list[OmittedPart] = field(default_factory=list)
    what_to_do: str = ""
    is_dismissed: bool = False
    is_noted: bool = False
    """True if the file names this refresh; false while another refresh holds the lock."""

    def record_release(self, release: str, *, is_new: bool) -> None:
        """Record that a release was made, or that the release in force already has the same content."""
        self.outcome, self.release = "released" if is_new else "nothing_new", release

    def record_refusal(self, rules: list[str]) -> None:
        """Record that the gate refused the build, with the ids of the questions."""
        self.outcome, self.rules, self.what_to_do = "refused", tuple(rules), "gate"

    def record_failure(self, error: BaseException) -> None:
        """Record that an exception ended the refresh. An earlier refusal or failure is kept."""
        if self.outcome in ("refused", "broke_off"):
            return
        self.outcome, self.exception, self.what_to_do = "broke_off", type(error).__name__, _remedy(error)
        self.rules = (error.sentence.key,) if isinstance(error, UserError) else ()

    def dismiss(self) -> None:
        """Discard this record: it was no refresh, or another is at work. The previous result is kept."""
        self.is_dismissed = True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record any exception of the block as the end of the refresh, and raise it again."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self.record_failure(error)
            raise

    @property
    def end(self) -> LastRefresh | None:
        """The result to write; None if there is none."""
        if self.is_dismissed or self.outcome is None:
            return None
        return LastRefresh(
            self.outcome,
            self.started,
            datetime.now(UTC).replace(microsecond=0),
            self.release,
            self.run,
            self.rules,
            self.exception,
            tuple(self.left_out),
            self.what_to_do,
        )


_AT_WORK: dict[Path, RefreshRecord] = {}
"""Refreshes of this process, by the folder of their home."""


@contextmanager
def record_refresh(home: Home, run: str = "") -> Iterator[RefreshRecord]:
    """Record a refresh from its start to its end. Nested calls in a process share the record.

    Raises what the block raises. If the file cannot be written, for example on a full disk, the refresh goes
    on.
    """
    if home.root in _AT_WORK:
        record = _AT_WORK[home.root]
        record.run = run or record.run
        if record.is_noted:
            _write_beginning(home, record)
        yield record
        return
    record = _AT_WORK[home.root] = RefreshRecord(home, run=run)
    with ExitStack() as locks:
        try:
            record.is_noted = _is_mine(home, locks)
            if record.is_noted:
                _write_beginning(home, record)
            with record.watching():
                yield record
        except Busy:
            record.dismiss()
            raise
        finally:
            del _AT_WORK[home.root]
            if record.is_noted or _is_mine(home, locks):
                _write_end(home, record)


def leave_out(home: Home, parts: list[OmittedPart]) -> None:
    """Record parts that the refresh at work in this process leaves out. Does nothing without a refresh."""
    if home.root in _AT_WORK:
        _AT_WORK[home.root].left_out += parts


def _is_mine(home: Home, locks: ExitStack) -> bool:
    """Check if this process holds the refresh lock now, and take it if it is free."""
    try:
        locks.enter_context(lock.refresh(home))
    except (Busy, OSError):
        return False
    return True


def _write_beginning(home: Home, record: RefreshRecord) -> None:
    me = lock.current_holder()
    running = Running(record.started, me.pid, me.host, me.command, record.run)
    _write(home, _previous_refresh(home, record), running)


def _write_end(home: Home, record: RefreshRecord) -> None:
    """Write the result; without a result, write the previous result again."""
    _write(home, record.end or _previous_refresh(home, record), None)


def _previous_refresh(home: Home, record: RefreshRecord) -> LastRefresh:
    """Return the result of the previous refresh. If that refresh is still named as running, it was killed."""
    last = _read_file(home)
    return (
        _interrupted_refresh(last.running) if last.running and last.running.since != record.started else last
    )


def _write(home: Home, last: LastRefresh, running: Running | None) -> None:
    content = last.as_json | {"running": asdict(running) if running else None}
    with suppress(OSError):
        home.warehouse.mkdir(parents=True, exist_ok=True)
        durable.replace(path_in(home), json.dumps(content, indent=1, default=_format_iso).encode())


def _format_iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(type(value).__name__)


def _remedy(error: BaseException) -> str:
    """Return the remedy after an exception: a key of `last_refresh.do`."""
    if type(error).__name__ in _INTERRUPTIONS:
        return "again"
    if isinstance(error, UserError):
        return "doctor"
    is_of_the_machine = isinstance(
        error, OSError | MemoryError | duckdb.IOException | duckdb.OutOfMemoryException
    )
    return "machine" if is_of_the_machine else "defect"


# ---- sentences --------------------------------------------------------------------------------------


def render_sentences(last: LastRefresh) -> list[Sentence]:
    """Return the outcome, reasons, remedy and refresh at work as sentences, for any language."""
    result = [_outcome_sentence(last), *_reason_sentences(last)]
    if last.left_out:
        parts = [
            Sentence(
                "last_refresh.part", asdict(part) | {"reason": Sentence(f"last_refresh.why.{part.reason}")}
            )
            for part in last.left_out
        ]
        result.append(Sentence("last_refresh.left_out", {"n": len(parts), "parts": parts}))
    if last.what_to_do:
        result.append(Sentence(f"last_refresh.do.{last.what_to_do}"))
    if last.running:
        key = "stuck" if last.is_stuck else "running"
        facts = asdict(last.running) | {"since": format_time(last.running.since)}
        result.append(Sentence(f"last_refresh.{key}", facts))
    return result


def _outcome_sentence(last: LastRefresh) -> Sentence:
    facts = {"release": last.release, "started": format_time(last.started), "ended": format_time(last.ended)}
    if last.outcome == "broke_off" and last.ended is None:
        return Sentence("last_refresh.killed", facts)
    if last.outcome == "broke_off" and last.release:
        return Sentence("last_refresh.broke_off_after", facts)
    return Sentence(f"last_refresh.{last.outcome or 'none'}", facts)


def _reason_sentences(last: LastRefresh) -> list[Sentence]:
    """Return the questions that refused the build, or the class of the exception."""
    if last.outcome == "refused":
        from warehouse.gate import all_questions  # imported here: loads Great Expectations

        question_words = {question.id: question.words for question in all_questions()}
        refusals = [
            question_words.get(rule) or Sentence("last_refresh.rule", {"rule": rule}) for rule in last.rules
        ]
        return [Sentence("last_refresh.questions", {"questions": refusals})]
    if last.exception:
        name = " ".join([last.exception, *last.rules])
        return [Sentence("last_refresh.exception", {"name": name})]
    return []


def format_time(moment: datetime | None) -> str:
    """Format a time for people, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else ""
