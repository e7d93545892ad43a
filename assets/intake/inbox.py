"""Emptying the inbox: each complete file is received, refused or left lying, and each is told. No Dagster.

One file's fate changes no other's. What is received is a copy that nobody else can write to; the file itself
goes only if it is still what was copied. What may be taken at all is told by warehouse/home/inbox.py.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from pathlib import Path
from time import monotonic, sleep

from assets.answers import inbox_answers
from assets.answers.answer import Answer, of_refusal
from assets.intake.examining import Examination, Examinations, StillExamined
from assets.intake.privacy.guard import Refused
from assets.intake.submission import examine, receive
from schemas.words import Sentence, UserError
from warehouse.home import Busy, Home, inbox, lock, receipts
from warehouse.home.calendar import today
from warehouse.home.inbox import Lying, Stamp, answer
from warehouse.home.system import needs_posix

OFFICE = "inbox"
AT_ONCE = 1.0
"""Seconds between two looks where nobody looked before."""
PATIENCE = 10.0
"""So many seconds a look with a limit waits for one file; an ordinary one takes less than one."""
KEPT = ("duplicate_file",)
"""Rules by which a refused file is kept aside: of no other is it sure that no person is in it."""
_BEING_TAKEN = ".being-taken-"


@dataclass(frozen=True)
class Taken:
    """What became of the inbox: ids of submissions, refusals and what stays, each with its path and why."""

    taken: list[str] = field(default_factory=list)
    refused: list[Lying] = field(default_factory=list)
    lying: list[Lying] = field(default_factory=list)
    waiting: dict[str, Stamp] = field(default_factory=dict)
    """Files that were seen and were not complete yet, for the next look."""
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    """The whole answers to what was refused, by path, for `tell`."""

    def tell(self, home: Home) -> None:
        """Lay each answer to a refused file, as a page, beside where it lay."""
        for path, told in self.answers:
            inbox_answers.write(home.inbox / path, told)


def take(home: Home, earlier: Mapping[str, Stamp] | None = None, *, seconds: float = math.inf) -> Taken:
    """Receive every complete file. `earlier` is what a look some time ago saw; without one, look twice now.

    After so many seconds no other file is begun, and none is waited for longer than PATIENCE: it is examined
    further while others are taken. Without a limit each is waited for. Where another process empties the
    inbox, nothing is done and that is told.
    """
    needs_posix("inbox")
    try:
        with lock.inbox(home):
            return _take(home, _first_look(home) if earlier is None else earlier, monotonic() + seconds)
    except Busy as busy:
        return Taken(lying=[Lying(inbox.ROOT, busy.sentence, passing=True)])


def _first_look(home: Home) -> Mapping[str, Stamp]:
    """A look at the files that change, and a pause; where none has changed for minutes, no pause."""
    files = inbox.look(home).files
    if not all(map(inbox.is_quiet, files.values())):
        sleep(AT_ONCE)
    return files


def _take(home: Home, earlier: Mapping[str, Stamp], until: float) -> Taken:
    _clear_away(home)
    seen = inbox.look(home)
    done = Taken(lying=list(seen.lying))
    patience = None if until == math.inf else PATIENCE
    for path, stamp in _in_turns(seen.files):
        if not (stamp == earlier.get(path) or inbox.is_quiet(stamp)):
            _wait(done, path, stamp)
        elif monotonic() > until or _UNDER_WAY.is_busy(home, path, stamp):
            _wait(done, path, stamp, "turn")
        else:
            _receive(home, path, stamp, done, patience)
    _UNDER_WAY.forget_gone(home, seen.files)
    for lying in done.lying:
        if not lying.passing and lying.path != inbox.ROOT:
            answer(home.inbox / lying.path, "inbox.head_stays", lying.why)
    inbox.forget_old_answers(home)
    return done


def _in_turns(files: Mapping[str, Stamp]) -> Iterator[tuple[str, Stamp]]:
    """The files of all senders by turns, so that many of one keep no other's waiting."""
    of_senders: dict[str, list[tuple[str, Stamp]]] = {}
    for path, stamp in files.items():
        of_senders.setdefault(path.split("/", 1)[0], []).append((path, stamp))
    for turn in zip_longest(*of_senders.values()):
        yield from filter(None, turn)


def _receive(home: Home, path: str, stamp: Stamp, done: Taken, patience: float | None) -> None:
    """Receive one file. Whatever is raised is told of this file, and ends nothing."""
    file, collection = home.inbox / path, path.rsplit("/", 1)[0]
    try:
        if not os.access(file.parent, os.W_OK | os.X_OK):  # what cannot leave would come in again and again
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with _examined(home, path, stamp, patience) as examination:
            examined = examination.outcome.result
            kept = receive(home, examination.copy, collection, today(), office=OFFICE, examined=examined)
        done.taken.append(kept.id)
        inbox_answers.note(home, kept, path)
        _remove(file, stamp)
        inbox.forget_answer(file)
    except Refused as refused:
        _note_answer(home, path, refused, done)
        done.refused.append(_refused(home, path, stamp, refused))
    except StillExamined:
        _wait(done, path, stamp, "slow")
    except (_Growing, receipts.ChangedMeanwhile):
        _wait(done, path, stamp)
    except inbox.NotARegularFile:
        done.lying.append(Lying(path, Sentence("inbox.link")))
    except UserError as error:
        done.lying.append(Lying(path, Sentence("inbox.not_now", {"error": error.sentence})))
    except OSError as error:
        done.lying.append(Lying(path, Sentence("inbox.unreadable", {"error": inbox.reason(error)})))
    except Exception as error:
        done.lying.append(Lying(path, Sentence("inbox.not_now", {"error": type(error).__name__})))


def _note_answer(home: Home, path: str, refused: Refused, done: Taken) -> None:
    """What there is to say of a refused file, while it is there; its short answer does not depend on it."""
    with suppress(OSError):
        file, collection = home.inbox / path, path.rsplit("/", 1)[0]
        done.answers.append((path, of_refusal(home, file, collection, today(), refused.finding)))


def _wait(done: Taken, path: str, stamp: Stamp, why: str = "growing") -> None:
    done.lying.append(Lying(path, Sentence(f"inbox.{why}"), passing=True))
    done.waiting[path] = stamp


class _Growing(Exception):
    """Somebody writes to the file."""


_UNDER_WAY = Examinations()


@contextmanager
def _examined(home: Home, path: str, stamp: Stamp, patience: float | None) -> Iterator[Examination]:
    """The file's examination, once it is done; gone afterwards. One under way is not waited for again.

    Raises StillExamined, and _Growing if the file changes or its copy was lost.
    """
    collection = path.rsplit("/", 1)[0]
    examination, wait = _UNDER_WAY.find(home, path, stamp), 0.0 if patience is not None else None
    if examination is None:
        copy, wait = _private_copy(home, home.inbox / path, stamp), patience
        examination = _UNDER_WAY.begin(home, path, copy, stamp, partial(_examine, home, collection))
    examination.wait(wait)
    try:
        if examination.is_lost:
            raise _Growing
        yield examination
    finally:
        _UNDER_WAY.end(home, path)


def _examine(home: Home, collection: str, copy: Path) -> None:
    examine(home, copy, collection)


def _private_copy(home: Home, file: Path, stamp: Stamp) -> Path:
    """A copy in a folder of our own, under its own name. Raises _Growing if the file changes."""
    place = _place(home)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = inbox.opened(file)
    with os.fdopen(handle, "rb") as source, ExitStack() as failed:
        if inbox.stamp(os.fstat(handle)) != stamp or inbox.is_being_written(handle):
            raise _Growing
        folder = Path(tempfile.mkdtemp(prefix=_BEING_TAKEN, dir=place))
        failed.callback(shutil.rmtree, folder, ignore_errors=True)
        copy = folder / file.name
        with copy.open("xb") as target:
            shutil.copyfileobj(source, target, 1 << 22)
        if inbox.stamp(os.fstat(handle)) != stamp:
            raise _Growing
        failed.pop_all()
    return copy


def _place(home: Home) -> Path:
    """Beside the staged results: private, and no part of a checkout."""
    return home.staged(_BEING_TAKEN).parent


def _clear_away(home: Home) -> None:
    """Remove the copies of a taker that was killed: nobody else takes now. Those under way here stay."""
    for left in {*_place(home).glob(f"{_BEING_TAKEN}*")} - _UNDER_WAY.folders(home):
        shutil.rmtree(left, ignore_errors=True)


def _remove(file: Path, stamp: Stamp) -> None:
    """Remove a file that was copied, unless it changed since: then it is another one, for the next look."""
    with suppress(FileNotFoundError):
        if inbox.stamp(os.lstat(file)) == stamp:
            file.unlink()


def _refused(home: Home, path: str, stamp: Stamp, refused: Refused) -> Lying:
    """Take a refused file out of the folder, and say beside where it lay why, and whether it is kept."""
    file = home.inbox / path
    what, mend = refused.finding.sentences()
    try:
        if refused.finding.rule in KEPT:
            kept = _set_aside(home, file, path.rsplit("/", 1)[0])
            where = Sentence("inbox.kept_at", {"path": kept.relative_to(home.root)})
        else:
            _remove(file, stamp)
            where = Sentence("inbox.not_kept")
    except OSError as error:
        where = Sentence("inbox.not_moved", {"error": inbox.reason(error)})
    answer(file, "inbox.head_refused", what, mend, where)
    return Lying(path, Sentence("inbox.refused", {"what": what, "mend": mend, "where": where}))


def _set_aside(home: Home, file: Path, collection: str) -> Path:
    """Move a file to the refused ones, under its own name or the next free one with a number."""
    target = inbox_answers.free_place(inbox.refused_folder(home, collection), file.name)
    try:
        os.replace(file, target)
    except OSError:
        target.unlink()
        raise
    return target
