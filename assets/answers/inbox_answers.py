"""Pages next to the inbox: the full answer to each received or refused file. No file is judged here.

Receiving a file takes a moment, its steps may take minutes. So a receipt leaves a note, and the page is
written when the steps are finished (`write_answers`). A file that cannot be used is set aside with its page.
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

from assets.answers.answer import Answer, answer_to_submission
from assets.answers.page import render_page
from assets.intake import admission, runner
from assets.intake.processing import process
from schemas.words import languages
from warehouse.home import Home, Submission, inbox

NOTE_NAME = "inbox.json"
"""Name of the note with the path of the file in the inbox, in the staged folder of the submission."""


def note_path(home: Home, submission: Submission, path: str) -> None:
    """Note the path that the file of a submission had in the inbox."""
    folder = home.staged_folder(submission.id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / NOTE_NAME).write_text(json.dumps(path), encoding="utf-8")


def write_answers(home: Home) -> list[str]:
    """Write the page of each submission that has a note; return the ids of these submissions.

    A submission whose page cannot be written now keeps its note: no answer stops a build.
    """
    answered_ids = []
    submissions_by_id = {submission.id: submission for submission in home.submissions()}
    for note in sorted((home.root / "staged").glob(f"*/{NOTE_NAME}")):
        with suppress(Exception):
            if submission := submissions_by_id.get(note.parent.name):
                _write_answer(home, submission, json.loads(note.read_text(encoding="utf-8")))
                answered_ids.append(submission.id)
            note.unlink()
    return answered_ids


def _write_answer(home: Home, submission: Submission, path: str) -> None:
    outcome = process(home, submission)
    judge = partial(admission.compare_submission, home, submission, home, partial(runner.run_all_steps, home))
    file = home.inbox / path
    answer = answer_to_submission(home, submission, outcome, judge, file.name)
    copy = _copy_rejected(home, submission, file.name) if outcome.status == "rejected" else None
    kept_in = str(copy.relative_to(home.root)) if copy else ""
    write_page(file, answer, kept_in)
    if copy:
        write_page(copy, answer, kept_in)


def write_page(file: Path, answer: Answer, kept_in: str = "") -> None:
    """Write the page of an answer, in every language, next to the file."""
    inbox.write_page(file, render_page(answer, languages(), kept_in=kept_in))


def _copy_rejected(home: Home, submission: Submission, name: str) -> Path | None:
    """Copy a rejected file for its owner alone. Returns None if the folder cannot be written to."""
    with suppress(OSError):
        target = reserve_name(inbox.rejected_folder(home, submission.collection), name)
        with submission.file.open("rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 22)
        return target
    return None


def reserve_name(folder: Path, name: str) -> Path:
    """Create an empty file for its owner alone, with this name or the next free name with a number."""
    return next(path for path in _candidate_paths(folder, Path(name)) if _reserve(path))


def _candidate_paths(folder: Path, name: Path) -> Iterator[Path]:
    return (folder / (name.name if n == 1 else f"{name.stem}.{n}{name.suffix}") for n in count(1))


def _reserve(path: Path) -> bool:
    """Create the file if its name is free; return False if it is not."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True
