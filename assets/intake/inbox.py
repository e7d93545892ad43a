"""Emptying the inbox: each complete file is received, refused or left, and gets an answer. No Dagster here.

The result of a file does not affect other files. The receipt uses a copy that nobody else can write to; the
file itself is removed only if it is still identical to the copy. warehouse/home/inbox.py lists the files
that may be received.
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
from assets.answers.answer import Answer, answer_to_refusal
from assets.intake.examinations import Examination, Examinations, StillExamined
from assets.intake.privacy.guard import RefusedFile
from assets.intake.submission import examine, receive
from schemas.words import Sentence, UserError
from warehouse.environment.system import require_posix
from warehouse.home import Busy, Home, inbox, lock, receipts
from warehouse.home.calendar import today
from warehouse.home.inbox import InboxEntry, Stamp, write_short_answer

OFFICE = "inbox"
PAUSE = 1.0
"""Seconds between two listings if there is no earlier listing."""
PATIENCE = 10.0
"""Seconds that a run with a time limit waits for a file; an ordinary file takes less than a second."""
RULES_KEEPING_FILE = ("duplicate_file",)
"""Rules whose refused files are kept: only these files surely contain no personal data."""
_COPY_PREFIX = ".being-taken-"


@dataclass(frozen=True)
class InboxRun:
    """Result of a run: ids of submissions, and the refused and remaining files with path and reason."""

    submission_ids: list[str] = field(default_factory=list)
    refusals: list[InboxEntry] = field(default_factory=list)
    remaining: list[InboxEntry] = field(default_factory=list)
    incomplete_files: dict[str, Stamp] = field(default_factory=dict)
    """Files that were not complete yet, for the next run."""
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    """Full answers to the refused files, by path, for `tell`."""

    def write_answers(self, home: Home) -> None:
        """Write the answer to each refused file as a page next to its former path."""
        for path, answer in self.answers:
            inbox_answers.write_page(home.inbox / path, answer)


def receive_files(
    home: Home, earlier: Mapping[str, Stamp] | None = None, *, seconds: float = math.inf
) -> InboxRun:
    """Receive every complete file. `earlier` has the files of an earlier listing; without it, list twice now.

    After `seconds`, no further file is begun, and no file is waited for longer than PATIENCE: its examination
    continues while other files are processed. Without a limit, each file is waited for. If another process
    empties the inbox, nothing is done and the result contains the reason.
    """
    require_posix("inbox")
    try:
        with lock.inbox(home):
            return _empty_inbox(
                home, _first_look(home) if earlier is None else earlier, monotonic() + seconds
            )
    except Busy as busy:
        return InboxRun(remaining=[InboxEntry(inbox.ROOT, busy.sentence, is_temporary=True)])


def _first_look(home: Home) -> Mapping[str, Stamp]:
    """List the files, then pause, unless no file has changed for minutes."""
    files = inbox.list_inbox(home).files
    if not all(map(inbox.is_quiet, files.values())):
        sleep(PAUSE)
    return files


def _empty_inbox(home: Home, earlier: Mapping[str, Stamp], until: float) -> InboxRun:
    _remove_abandoned_copies(home)
    listing = inbox.list_inbox(home)
    run = InboxRun(remaining=list(listing.remaining))
    patience = None if until == math.inf else PATIENCE
    for path, stamp in _interleave_senders(listing.files):
        if not (stamp == earlier.get(path) or inbox.is_quiet(stamp)):
            _leave_for_later(run, path, stamp)
        elif monotonic() > until or _EXAMINATIONS.is_busy(home, path, stamp):
            _leave_for_later(run, path, stamp, "turn")
        else:
            _receive_file(home, path, stamp, run, patience)
    _EXAMINATIONS.forget_gone(home, listing.files)
    for remaining in run.remaining:
        if not remaining.is_temporary and remaining.path != inbox.ROOT:
            write_short_answer(home.inbox / remaining.path, "inbox.head_stays", remaining.reason)
    inbox.remove_old_answers(home)
    return run


def _interleave_senders(files: Mapping[str, Stamp]) -> Iterator[tuple[str, Stamp]]:
    """Yield the files of the senders in turn, so that many files of a sender do not delay the others."""
    by_sender: dict[str, list[tuple[str, Stamp]]] = {}
    for path, stamp in files.items():
        by_sender.setdefault(path.split("/", 1)[0], []).append((path, stamp))
    for turn in zip_longest(*by_sender.values()):
        yield from filter(None, turn)


def _receive_file(home: Home, path: str, stamp: Stamp, run: InboxRun, patience: float | None) -> None:
    """Receive a file. Any error is reported for this file and ends nothing else."""
    file, collection = home.inbox / path, path.rsplit("/", 1)[0]
    try:
        # A file that cannot be removed would be received again and again.
        if not os.access(file.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with _examination_of(home, path, stamp, patience) as examination:
            examination_result = examination.outcome.result
            submission = receive(
                home,
                examination.copy,
                collection,
                today(),
                office=OFFICE,
                finish_examination=examination_result,
            )
        run.submission_ids.append(submission.id)
        inbox_answers.note_path(home, submission, path)
        _remove_if_unchanged(file, stamp)
        inbox.remove_answers(file)
    except RefusedFile as refusal:
        _add_answer(home, path, refusal, run)
        run.refusals.append(_move_refused(home, path, stamp, refusal))
    except StillExamined:
        _leave_for_later(run, path, stamp, "slow")
    except (_FileChanging, receipts.ChangedMeanwhile):
        _leave_for_later(run, path, stamp)
    except inbox.NotARegularFile:
        run.remaining.append(InboxEntry(path, Sentence("inbox.link")))
    except UserError as error:
        run.remaining.append(InboxEntry(path, Sentence("inbox.not_now", {"error": error.sentence})))
    except OSError as error:
        run.remaining.append(
            InboxEntry(path, Sentence("inbox.unreadable", {"error": inbox.error_reason(error)}))
        )
    except Exception as error:
        run.remaining.append(InboxEntry(path, Sentence("inbox.not_now", {"error": type(error).__name__})))


def _add_answer(home: Home, path: str, refusal: RefusedFile, run: InboxRun) -> None:
    """Add the full answer to a refused file while the file exists; the short answer does not need it."""
    with suppress(OSError):
        file, collection = home.inbox / path, path.rsplit("/", 1)[0]
        run.answers.append((path, answer_to_refusal(home, file, collection, today(), refusal.finding)))


def _leave_for_later(run: InboxRun, path: str, stamp: Stamp, reason: str = "growing") -> None:
    run.remaining.append(InboxEntry(path, Sentence(f"inbox.{reason}"), is_temporary=True))
    run.incomplete_files[path] = stamp


class _FileChanging(Exception):
    """The file is being written to."""


_EXAMINATIONS = Examinations()


@contextmanager
def _examination_of(home: Home, path: str, stamp: Stamp, patience: float | None) -> Iterator[Examination]:
    """Yield the finished examination of the file, and remove it afterwards.

    An examination in progress is not waited for again. Raises StillExamined; _FileChanging if the file
    changes or its copy is lost.
    """
    collection = path.rsplit("/", 1)[0]
    examination, wait = _EXAMINATIONS.find(home, path, stamp), 0.0 if patience is not None else None
    if examination is None:
        copy, wait = _private_copy(home, home.inbox / path, stamp), patience
        examination = _EXAMINATIONS.begin(home, path, copy, stamp, partial(_examine_copy, home, collection))
    examination.wait(wait)
    try:
        if examination.is_lost:
            raise _FileChanging
        yield examination
    finally:
        _EXAMINATIONS.end(home, path)


def _examine_copy(home: Home, collection: str, copy: Path) -> None:
    examine(home, copy, collection)


def _private_copy(home: Home, file: Path, stamp: Stamp) -> Path:
    """Copy a file into a private folder under its own name. Raises _FileChanging if the file changes."""
    copies_folder = _copies_folder(home)
    copies_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = inbox.open_file(file)
    with os.fdopen(handle, "rb") as source, ExitStack() as cleanup:
        if inbox.stamp(os.fstat(handle)) != stamp or inbox.is_being_written(handle):
            raise _FileChanging
        folder = Path(tempfile.mkdtemp(prefix=_COPY_PREFIX, dir=copies_folder))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        copy = folder / file.name
        with copy.open("xb") as target:
            shutil.copyfileobj(source, target, 1 << 22)
        if inbox.stamp(os.fstat(handle)) != stamp:
            raise _FileChanging
        cleanup.pop_all()
    return copy


def _copies_folder(home: Home) -> Path:
    """Return the folder of the copies: that of the staged results, which is private and in no checkout."""
    return home.staged_folder(_COPY_PREFIX).parent


def _remove_abandoned_copies(home: Home) -> None:
    """Remove copies that a killed process left. The caller holds inbox.lock; copies in use stay."""
    for folder in {*_copies_folder(home).glob(f"{_COPY_PREFIX}*")} - _EXAMINATIONS.folders(home):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_unchanged(file: Path, stamp: Stamp) -> None:
    """Remove a file that was copied, unless it has changed: then it is a new file for the next run."""
    with suppress(FileNotFoundError):
        if inbox.stamp(os.lstat(file)) == stamp:
            file.unlink()


def _move_refused(home: Home, path: str, stamp: Stamp, refusal: RefusedFile) -> InboxEntry:
    """Move or remove a refused file, and write next to it the reason and whether it is kept."""
    file = home.inbox / path
    problem, correction = refusal.finding.sentences()
    try:
        if refusal.finding.rule in RULES_KEEPING_FILE:
            kept_path = _set_aside(home, file, path.rsplit("/", 1)[0])
            kept_sentence = Sentence("inbox.kept_at", {"path": kept_path.relative_to(home.root)})
        else:
            _remove_if_unchanged(file, stamp)
            kept_sentence = Sentence("inbox.not_kept")
    except OSError as error:
        kept_sentence = Sentence("inbox.not_moved", {"error": inbox.error_reason(error)})
    write_short_answer(file, "inbox.head_refused", problem, correction, kept_sentence)
    return InboxEntry(
        path, Sentence("inbox.refused", {"what": problem, "mend": correction, "where": kept_sentence})
    )


def _set_aside(home: Home, file: Path, collection: str) -> Path:
    """Move a file to the folder of refused files, under its name or the next free name with a number."""
    target = inbox_answers.reserve_name(inbox.refused_folder(home, collection), file.name)
    try:
        os.replace(file, target)
    except OSError:
        target.unlink()
        raise
    return target
