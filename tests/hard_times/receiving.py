"""Eight receipts at once into one home, from processes or threads, and what went wrong with them.

Every round each worker hands in a file of the same name on the same day; the files of the last three
workers are the same bytes.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.intake.privacy.guard import RefusedFile
from assets.intake.submission import receive
from tests.bad_input import build
from warehouse.home import CARD, Home, file_hash

WORKERS, ALIKE = 8, 3
_barrier: Any = None


@dataclass(frozen=True)
class Answer:
    """What one worker was told: `kept` and the submission's id, `duplicate`, or an error."""

    said: str
    submission: str
    sha256: str


def made(root: Path) -> Home:
    """A home with the made-up collection."""
    home = Home(root)
    (home.raw / build.COLLECTION).mkdir(parents=True)
    (home.raw / build.COLLECTION / CARD).write_text(build.card(), encoding="utf-8")
    return home


def by_threads(home: Home, rounds: int) -> list[Answer]:
    """The answers of eight threads of this process."""
    _meet_at(threading.Barrier(WORKERS))
    with ThreadPoolExecutor(WORKERS) as pool:
        told = pool.map(lambda worker: _receive_all(home.root, worker, rounds), range(WORKERS))
        return [answer for answers in told for answer in answers]


def by_processes(home: Home, rounds: int) -> list[Answer]:
    """The answers of eight processes, forked from one that has no threads, as who forks should have none."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_by_forks, home.root, rounds).result()


def _by_forks(root: Path, rounds: int) -> list[Answer]:
    forked = multiprocessing.get_context("fork")
    barrier = forked.Barrier(WORKERS)
    # An executor asks its processes to end; multiprocessing's pool sends them SIGTERM and waits for ever where it is ignored.
    with ProcessPoolExecutor(WORKERS, forked, initializer=_meet_at, initargs=(barrier,)) as pool:
        kept = [pool.submit(_receive_all, root, worker, rounds) for worker in range(WORKERS)]
        return [answer for answers in kept for answer in answers.result()]


def _meet_at(barrier: Any) -> None:
    """Where the eight wait for each other; a queue passes no barrier on."""
    global _barrier
    _barrier = barrier


def _receive_all(root: Path, worker: int, rounds: int) -> list[Answer]:
    folder = root / f"worker{worker}"
    folder.mkdir()
    answers = []
    for number in range(rounds):
        file = folder / "cuadro.csv"
        file.write_text(_content(number, min(worker, WORKERS - ALIKE)), encoding="utf-8")
        _barrier.wait()
        answers.append(_receive(Home(root), file))
    return answers


def _content(number: int, worker: int) -> str:
    return build.with_cell(2, "victimas", str(1 + number * WORKERS + worker))


def _receive(home: Home, file: Path) -> Answer:
    digest = file_hash(file)
    try:
        kept = receive(home, file, build.COLLECTION, build.RECEIVED)
        return Answer("kept", kept.id, digest)
    except RefusedFile as refused:
        return Answer(refused.finding.rule, str(refused.finding.expected), digest)
    except Exception as error:
        return Answer(f"{type(error).__name__}: {error}", "", digest)


def faults(home: Home, answers: list[Answer], rounds: int) -> list[str]:
    """A sentence for each thing that is not as it must be; none if all is well."""
    kept = [a for a in answers if a.said == "kept"]
    lying = {s.id: s for s in home.submissions()}
    found = [f"failed: {a.said}" for a in answers if a.said not in ("kept", "duplicate_file")]
    found += [f"lost: {a.submission}" for a in kept if a.submission not in lying]
    found += [f"number given twice: {id_}" for id_, n in Counter(a.submission for a in kept).items() if n > 1]
    found += [f"not acknowledged: {id_}" for id_ in lying if id_ not in {a.submission for a in kept}]
    found += [f"other bytes: {a.submission}" for a in kept if _hash_of(lying, a) != a.sha256]
    found += [f"other hash noted: {s.id}" for s in lying.values() if s.noted_sha256 != file_hash(s.file)]
    hashes = Counter(file_hash(s.file) for s in lying.values())
    found += [f"same bytes {n} times" for n in hashes.values() if n > 1]
    expected = {
        sha256(_content(r, w).encode()).hexdigest() for r in range(rounds) for w in range(WORKERS - ALIKE + 1)
    }
    found += [f"missing: {digest[:8]}" for digest in expected - set(hashes)]
    found += [f"left over: {path.name}" for path in (home.raw / build.COLLECTION).glob(".*")]
    return found


def _hash_of(lying: dict[str, Any], answer: Answer) -> str | None:
    submission = lying.get(answer.submission)
    return file_hash(submission.file) if submission else None
