"""Compaction of staged results: tables that only the next step reads are deleted when no answer needs them.

For a withdrawn or superseded submission, the build and the comparison at receipt read only the tables of the
last step. If a step runs again, it derives its tables from the received file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from warehouse.home import lock, step_results
from warehouse.home.layout import Home
from warehouse.home.submissions import Submission

INTERMEDIATE = ("records", "validated", "validated_findings")
"""Tables that a step leaves for the next step, and for the answer to the sender."""
_COMPACTED_FINGERPRINT = "compacted"
"""Fingerprint of a step without its tables. It never matches, so the step runs again on demand."""


def compact_followed(home: Home) -> int:
    """Delete intermediate tables of withdrawn or superseded submissions; return how many submissions.

    The caller holds build.lock.
    """
    return sum(_compact(home, submission.id) for submission in _list_superseded(home))


def _list_superseded(home: Home) -> list[Submission]:
    """List withdrawn submissions, and those of a collection before its last accepted submission."""
    by_collection: dict[str, list[Submission]] = defaultdict(list)
    for submission in home.submissions():
        by_collection[submission.collection].append(submission)
    submissions_found = []
    for submissions in by_collection.values():
        accepted_numbers = [n for n, submission in enumerate(submissions) if _is_accepted(home, submission)]
        last = accepted_numbers[-1] if accepted_numbers else 0
        submissions_found += [s for n, s in enumerate(submissions) if n < last or s.withdrawn_on]
    return [
        s for s in submissions_found if _has_intermediate(home, s.id) and not s.admission_state.is_waiting
    ]


def _is_accepted(home: Home, submission: Submission) -> bool:
    last = step_results.read_result(home, submission.id, step_results.LAST_STEP)
    if last is None or submission.withdrawn_on:
        return False
    return step_results.status_of(submission, last) == "accepted"


def _has_intermediate(home: Home, submission: str) -> bool:
    return any((home.staged_folder(submission) / f"{name}.parquet").exists() for name in INTERMEDIATE)


def _compact(home: Home, submission: str) -> bool:
    """Rewrite the results, then delete the tables: after a kill, the next build deletes the rest."""
    with lock.steps(home, submission):
        last = step_results.read_result(home, submission, step_results.LAST_STEP)
        if last is None or not last.is_accepted:
            return False
        for step in step_results.STEPS:
            if result := step_results.read_result(home, submission, step):
                step_results.write_result(home, _without_intermediate(result))
        for name in INTERMEDIATE:
            (home.staged_folder(submission) / f"{name}.parquet").unlink(missing_ok=True)
    return True


def _without_intermediate(result: step_results.StepResult) -> step_results.StepResult:
    remaining_files = {name: proof for name, proof in result.files.items() if name not in INTERMEDIATE}
    is_needed_again = result.step in INTERMEDIATE
    return replace(
        result,
        files=remaining_files,
        fingerprint=_COMPACTED_FINGERPRINT if is_needed_again else result.fingerprint,
    )
