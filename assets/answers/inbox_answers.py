"""The pages beside the inbox: the whole answer to each file that was taken or refused. No file is judged.

A file is taken in a moment and its steps may take minutes; so what was taken leaves a note, and its page is
written when its steps are made (`tell`). A file that cannot be used is laid aside, with its page.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

from assets.answers.answer import Answer, of_kept
from assets.answers.page import page
from assets.intake import admission, runner
from assets.intake.processing import process
from schemas.words import languages
from warehouse.home import Home, Submission, inbox

NOTE = "inbox.json"
"""Beside the staged results of a submission that waits for its answer: where its file lay."""


def note(home: Home, submission: Submission, path: str) -> None:
    """Note where the file of a submission lay in the inbox."""
    folder = home.staged(submission.id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / NOTE).write_text(json.dumps(path), encoding="utf-8")


def tell(home: Home) -> list[str]:
    """Write the page of each submission that waits for it, beside where its file lay; their ids.

    What cannot be told now waits for the next time: no answer stops a build.
    """
    told = []
    known = {submission.id: submission for submission in home.submissions()}
    for waiting in sorted((home.root / "staged").glob(f"*/{NOTE}")):
        with suppress(Exception):
            if submission := known.get(waiting.parent.name):
                _tell(home, submission, json.loads(waiting.read_text(encoding="utf-8")))
                told.append(submission.id)
            waiting.unlink()
    return told


def _tell(home: Home, submission: Submission, path: str) -> None:
    outcome = process(home, submission)
    judge = partial(admission.judged, home, submission, home, partial(runner.make_ready, home))
    file = home.inbox / path
    answer = of_kept(home, submission, outcome, judge, file.name)
    kept = _keep_rejected(home, submission, file.name) if outcome.status == "rejected" else None
    where = str(kept.relative_to(home.root)) if kept else ""
    write(file, answer, where)
    if kept:
        write(kept, answer, where)


def write(file: Path, answer: Answer, kept_in: str = "") -> None:
    """The page of an answer beside a file, in every language."""
    inbox.answer_page(file, page(answer, languages(), kept_in=kept_in))


def _keep_rejected(home: Home, submission: Submission, name: str) -> Path | None:
    """A copy of a rejected file for its owner alone; none where the folder takes none."""
    with suppress(OSError):
        target = free_place(inbox.rejected_folder(home, submission.collection), name)
        with submission.file.open("rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 22)
        return target
    return None


def free_place(folder: Path, name: str) -> Path:
    """An empty file in the folder, its owner's alone, of that name or the next free one with a number."""
    return next(path for path in _places(folder, Path(name)) if _is_reserved(path))


def _places(folder: Path, name: Path) -> Iterator[Path]:
    return (folder / (name.name if n == 1 else f"{name.stem}.{n}{name.suffix}") for n in count(1))


def _is_reserved(path: Path) -> bool:
    """Whether the name was free and is ours now."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True
