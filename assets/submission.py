"""Step 1, submission: a file is kept under raw/, or refused before anything is copied. No reading of rows."""

import json
import re
import shutil
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from assets import staging
from assets.staging import Result, Step
from assets.stepping import step_asset
from schemas.findings import Finding
from warehouse.home import EVENTS, REFUSED, Home, Submission, file_hash

STEP = Step(1, "submission", (__file__,))


class Refused(Exception):
    """The file was not kept; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message("en"))
        self.finding = finding


def receive(home: Home, file: Path, collection: str, received_on: date, *, office: str = "") -> Submission:
    """Keep the file as a new submission. Raises Refused, having kept only rule, day and hash."""
    home.card(collection)
    sha256 = file_hash(file)
    try:
        refuse_if_repeated(home, file, collection)
    except Refused as refused:
        _note_refusal(home, collection, received_on, sha256, refused.finding)
        raise
    folder = _next_folder(home, collection, received_on)
    building = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    shutil.copyfile(file, building / safe_name(file.name))
    _log(building / EVENTS, event="received", on=str(received_on), office=office, sha256=sha256)
    building.rename(folder)
    return Submission(collection, received_on, int(folder.name.rsplit(".", 1)[1]), folder)


def refuse_if_repeated(home: Home, file: Path, collection: str) -> None:
    """Raises Refused if the collection has received these bytes before."""
    sha256 = file_hash(file)
    for earlier in home.submissions():
        if earlier.collection == collection and earlier.sha256 == sha256:
            raise Refused(Finding("duplicate_file", expected=earlier.id))


def _note_refusal(home: Home, collection: str, on: date, sha256: str, finding: Finding) -> None:
    folder = home.raw / collection
    folder.mkdir(parents=True, exist_ok=True)
    _log(folder / REFUSED, event="refused", on=str(on), rule=finding.rule, sha256=sha256)


def _next_folder(home: Home, collection: str, received_on: date) -> Path:
    taken = [s.n for s in home.submissions() if (s.collection, s.received_on) == (collection, received_on)]
    return home.raw / collection / f"{received_on}.{max(taken, default=0) + 1}"


def safe_name(name: str) -> str:
    """The file's own name without anything that a path could hide in."""
    return re.sub(r"[^\w.\- ()áéíóúñüÁÉÍÓÚÑÜ]", "_", Path(name).name).lstrip(".") or "file"


def _log(path: Path, **event: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(event, ensure_ascii=False) + "\n")


def make(home: Home, submission: Submission, key: str, *, repeated: dict[str, str]) -> Result:
    """Describe the received file: name, size, hash; refused if the same bytes came before."""
    facts = {
        "file_name": submission.file.name,
        "sha256": submission.sha256,
        "bytes": submission.file.stat().st_size,
    }
    if submission.id in repeated:
        finding = Finding("duplicate_file", expected=repeated[submission.id])
        return Result(STEP.name, submission.id, key, "refused", facts=facts, findings=[finding])
    return Result(STEP.name, submission.id, key, "accepted", facts=facts)


def run(home: Home, submissions: Sequence[Submission]) -> list[Result]:
    """Make the step for submissions that are not fresh."""
    return staging.run(home, submissions, STEP, partial(make, repeated=home.repeated()))


submission = step_asset(
    STEP,
    run,
    description="The received file as it came: name, size, hash. Refused if its bytes came before.",
)
