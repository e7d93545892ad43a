"""How the last refresh of a home ended: `warehouse/last_refresh.json`, written and read.

A refresh through any door runs within `recorded`: the file then names the process at work, and in the end
the outcome, the reason as data (rules, parts that were left out, the class of an exception; never a value)
and what to do. A killed process leaves its name there without its lock, and readers see that the refresh
broke off. The file, like the databases, is of this machine. Nothing is refreshed here.
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
from warehouse.releases import attention
from warehouse.home import Busy, Home, durable, lock
from warehouse.home.deployment import deployment

FILE = "last_refresh.json"
Outcome = Literal["released", "nothing_new", "refused", "broke_off"]
OUTCOMES: tuple[Outcome, ...] = ("released", "nothing_new", "refused", "broke_off")
STUCK_AFTER = timedelta(hours=6)
"""A refresh that has been at work for longer is stuck: the largest measured takes minutes."""
_INTERRUPTIONS = ("KeyboardInterrupt", "SystemExit", "DagsterExecutionInterruptedError")


@dataclass(frozen=True)
class LeftOut:
    """A part of the release that could not be built or protected, by name."""

    collection: str
    member: str
    period: str
    reason: str


@dataclass(frozen=True)
class Running:
    """A refresh at work: since when, and which process it is."""

    since: datetime
    pid: int
    host: str
    command: str
    run: str = ""


@dataclass(frozen=True)
class LastRefresh:
    """How the last refresh ended, and the one at work, if there is one. No outcome: none has ended yet."""

    outcome: Outcome | None = None
    started: datetime | None = None
    ended: datetime | None = None
    release: str = ""
    run: str = ""
    rules: tuple[str, ...] = ()
    exception: str = ""
    left_out: tuple[LeftOut, ...] = ()
    what_to_do: str = ""
    running: Running | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether a refresh has been at work for far longer than any takes."""
        return self.running is not None and datetime.now(UTC) - self.running.since > STUCK_AFTER

    @property
    def is_well(self) -> bool:
        """Whether nobody need do anything."""
        return self.outcome in (None, "released", "nothing_new") and not self.is_stuck

    @property
    def as_json(self) -> dict[str, Any]:
        """The content of the file."""
        told = {name: getattr(self, name) for name in ("outcome", "started", "ended", "release", "run")}
        told["reason"] = {"rules": list(self.rules), "exception": self.exception}
        told["left_out"] = [asdict(one) for one in self.left_out]
        told["what_to_do"] = self.what_to_do
        told["running"] = asdict(self.running) if self.running else None
        plain: dict[str, Any] = json.loads(json.dumps(told, default=_iso))
        return plain


def path_in(home: Home) -> Path:
    """The file of a home."""
    return home.warehouse / FILE


# ---- reading ----------------------------------------------------------------------------------------


def read(home: Home) -> LastRefresh:
    """How the last refresh ended. One whose process is gone broke off."""
    last = _kept(home)
    if last.running and not lock.is_refresh_held(home):
        last = _broken_off(last.running)
    return last


def _kept(home: Home) -> LastRefresh:
    """The content of the file; nothing where it is missing or cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        return _parsed(json.loads(path_in(home).read_text(encoding="utf-8")))
    return LastRefresh()


def _parsed(kept: dict[str, Any]) -> LastRefresh:
    reason = kept["reason"]
    return LastRefresh(
        outcome=kept["outcome"] if kept["outcome"] in OUTCOMES else None,
        started=_time(kept["started"]),
        ended=_time(kept["ended"]),
        release=str(kept["release"] or ""),
        run=str(kept["run"] or ""),
        rules=tuple(map(str, reason["rules"])),
        exception=str(reason["exception"] or ""),
        left_out=tuple(
            LeftOut(**{f.name: str(one[f.name]) for f in fields(LeftOut)}) for one in kept["left_out"]
        ),
        what_to_do=str(kept["what_to_do"] or ""),
        running=_running(kept["running"]),
    )


def _running(kept: dict[str, Any] | None) -> Running | None:
    return Running(**{**kept, "since": datetime.fromisoformat(kept["since"])}) if kept else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _broken_off(running: Running) -> LastRefresh:
    return LastRefresh("broke_off", running.since, run=running.run, what_to_do="again")


# ---- writing ----------------------------------------------------------------------------------------


@dataclass
class Record:
    """What is known so far of the refresh at work. Whoever works on it says here how it goes."""

    home: Home
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    run: str = ""
    outcome: Outcome | None = None
    release: str = ""
    rules: tuple[str, ...] = ()
    exception: str = ""
    left_out: list[LeftOut] = field(default_factory=list)
    what_to_do: str = ""
    is_dismissed: bool = False
    is_noted: bool = False
    """Whether the file names this refresh: not while another one holds the lock."""

    def released(self, release: str, *, is_new: bool) -> None:
        """A release was made, or the one in force already says the same."""
        self.outcome, self.release = "released" if is_new else "nothing_new", release

    def refused(self, rules: list[str]) -> None:
        """The gate refused the build, for these questions."""
        self.outcome, self.rules, self.what_to_do = "refused", tuple(rules), "gate"

    def broke_off(self, error: BaseException) -> None:
        """The refresh ended by an exception; what was said before of a refusal or a failure stays."""
        if self.outcome in ("refused", "broke_off"):
            return
        self.outcome, self.exception, self.what_to_do = "broke_off", type(error).__name__, _remedy(error)
        self.rules = (error.sentence.key,) if isinstance(error, UserError) else ()

    def dismiss(self) -> None:
        """It was no refresh, or somebody else is at work: how the one before ended stays."""
        self.is_dismissed = True

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Part of the work: what it raises is how the refresh ends. Raises what the work raises."""
        try:
            yield
        except GeneratorExit:
            raise
        except BaseException as error:
            self.broke_off(error)
            raise

    @property
    def end(self) -> LastRefresh | None:
        """How it ended; None where nothing says."""
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


_AT_WORK: dict[Path, Record] = {}
"""The refreshes of this process, by the folder of their home."""


@contextmanager
def recorded(home: Home, run: str = "") -> Iterator[Record]:
    """A refresh at work, from its first moment to its last; within another of this process, the same one.

    Raises what the work raises. A file that cannot be written, as on a full disk, ends nothing.
    """
    if home.root in _AT_WORK:
        record = _AT_WORK[home.root]
        record.run = run or record.run
        if record.is_noted:
            _begin(home, record)
        yield record
        return
    record = _AT_WORK[home.root] = Record(home, run=run)
    with ExitStack() as held:
        try:
            record.is_noted = _is_mine(home, held)
            if record.is_noted:
                _begin(home, record)
            with record.watching():
                yield record
        except Busy:
            record.dismiss()
            raise
        finally:
            del _AT_WORK[home.root]
            if record.is_noted or _is_mine(home, held):
                _end(home, record)


def leave_out(home: Home, parts: list[LeftOut]) -> None:
    """Parts that the refresh at work in this process goes without; nothing where none is at work."""
    if home.root in _AT_WORK:
        _AT_WORK[home.root].left_out += parts


def _is_mine(home: Home, held: ExitStack) -> bool:
    """Whether this process has the lock of refreshes now; another refresh may be at work."""
    try:
        held.enter_context(lock.refresh(home))
    except (Busy, OSError):
        return False
    return True


def _begin(home: Home, record: Record) -> None:
    me = lock.myself()
    running = Running(record.started, me.pid, me.host, me.command, record.run)
    _write(home, _before(home, record), running)


def _end(home: Home, record: Record) -> None:
    """Write how it ended; where nothing says, how the one before did."""
    _write(home, record.end or _before(home, record), None)


def _before(home: Home, record: Record) -> LastRefresh:
    """How the one before ended: the lock is ours, so that another one named as at work was killed."""
    last = _kept(home)
    return _broken_off(last.running) if last.running and last.running.since != record.started else last


def _write(home: Home, last: LastRefresh, running: Running | None) -> None:
    told = last.as_json | {"running": asdict(running) if running else None}
    with suppress(OSError):
        home.warehouse.mkdir(parents=True, exist_ok=True)
        durable.replace(path_in(home), json.dumps(told, indent=1, default=_iso).encode())


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(type(value).__name__)


def _remedy(error: BaseException) -> str:
    """What to do after an exception: a word of `last_refresh.do`."""
    if type(error).__name__ in _INTERRUPTIONS:
        return "again"
    if isinstance(error, UserError):
        return "doctor"
    is_of_the_machine = isinstance(
        error, OSError | MemoryError | duckdb.IOException | duckdb.OutOfMemoryException
    )
    return "machine" if is_of_the_machine else "defect"


# ---- telling ----------------------------------------------------------------------------------------


def sentences(last: LastRefresh) -> list[Sentence]:
    """How the last refresh ended, why and what to do, and what is at work; to be said in a language."""
    found = [_outcome(last), *_reasons(last)]
    if last.left_out:
        parts = [
            Sentence(
                "last_refresh.part", asdict(part) | {"reason": Sentence(f"last_refresh.why.{part.reason}")}
            )
            for part in last.left_out
        ]
        found.append(Sentence("last_refresh.left_out", {"n": len(parts), "parts": parts}))
    if last.what_to_do:
        found.append(Sentence(f"last_refresh.do.{last.what_to_do}"))
    if last.running:
        key = "stuck" if last.is_stuck else "running"
        facts = asdict(last.running) | {"since": shown(last.running.since)}
        found.append(Sentence(f"last_refresh.{key}", facts))
    return found


def _outcome(last: LastRefresh) -> Sentence:
    facts = {"release": last.release, "started": shown(last.started), "ended": shown(last.ended)}
    if last.outcome == "broke_off" and last.ended is None:
        return Sentence("last_refresh.killed", facts)
    if last.outcome == "broke_off" and last.release:
        return Sentence("last_refresh.broke_off_after", facts)
    return Sentence(f"last_refresh.{last.outcome or 'none'}", facts)


def _reasons(last: LastRefresh) -> list[Sentence]:
    """The questions that refused it, or the class of the exception that ended it."""
    if last.outcome == "refused":
        from warehouse.gate import all_questions  # here: it loads Great Expectations, which is seldom needed

        asked = {question.id: question.words for question in all_questions()}
        words = [asked.get(rule) or Sentence("last_refresh.rule", {"rule": rule}) for rule in last.rules]
        return [Sentence("last_refresh.questions", {"questions": words})]
    if last.exception:
        name = " ".join([last.exception, *last.rules])
        return [Sentence("last_refresh.exception", {"name": name})]
    return []


def shown(moment: datetime | None) -> str:
    """A time as people read it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else ""
