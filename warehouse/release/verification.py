"""Checks that a home still keeps its received files, results and releases. Repairs nothing.

`doctor`, `verify` and each build use these checks. No check stops at its first fault.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.cards import decisions
from schemas.words import InvalidValue, Sentence, UserError
from warehouse.build import freshness, passports
from warehouse.home import CHECKOUT, SHIPPED_LIST, Home, Submission, durable, events, private, step_results
from warehouse.home.calendar import today
from warehouse.home.submissions import list_files
from warehouse.release import release_store, retention


@dataclass(frozen=True)
class Fault:
    """A fault, or a remark that a person may want to know."""

    sentence: Sentence
    kind: str = field(default="damaged")
    """`damaged`: a person must act. `mended`: the next refresh repairs it. `remark`: nothing to do."""


def has_only_remarks(faults: Iterable[Fault]) -> bool:
    """Check that all faults are remarks."""
    return all(fault.kind == "remark" for fault in faults)


def misplaced_paths(home: Home) -> list[Fault]:
    """Return files in the place of folders, and folders in the place of files."""
    folders = (home.raw, home.root / "staged", home.warehouse, home.releases, home.inbox, home.dagster)
    wrong = [Sentence("home.not_a_folder", {"path": p}) for p in folders if p.exists() and not p.is_dir()]
    files = (home.current, home.internal)
    wrong += [Sentence("home.not_a_file", {"path": path}) for path in files if path.is_dir()]
    return [Fault(sentence) for sentence in wrong]


def card_faults(home: Home) -> Iterator[Fault]:
    """Return unusable cards and decisions, and data without a card."""
    for name in home.collections():
        faults = list(_faults_raised(home.card, name))
        yield from faults or _faults_raised(passports.entries_of, home, name)
        for path in dict.fromkeys(
            decisions.decisions_path(root / name) for root in (CHECKOUT / "raw", home.raw)
        ):
            if path.exists():
                yield from _faults_raised(decisions.read_decisions, path)
    yield from _card_missing_faults(home, collections_without_card(home))


def find_unreadable_collections(home: Home) -> dict[str, list[Fault]]:
    """Return collections with an unreadable card, decisions file or history, and the faults. No hashing."""
    faults_by_collection: dict[str, list[Fault]] = {}
    cardless = collections_without_card(home)
    submissions: dict[str, list[Submission]] = {}
    for submission in home.submissions():
        submissions.setdefault(submission.collection, []).append(submission)
    for name in sorted({*home.collections(), *cardless}):
        faults = (
            [*_card_missing_faults(home, [name])] if name in cardless else _faults_raised(home.card, name)
        )
        for submission in submissions.get(name, ()):
            faults += _faults_raised(submission.events)
        if faults:
            faults_by_collection[name] = faults
    return faults_by_collection


def collections_without_card(home: Home) -> list[str]:
    """List collections that have submissions but no card any more."""
    return sorted({s.collection for s in home.submissions()} - set(home.collections()))


def received_faults(home: Home) -> Iterator[Fault]:
    """Return changed received files, unreadable histories and submissions of future days."""
    for submission in home.submissions():
        yield from _faults_raised(submission.events)
        yield from _changed_file_faults(submission)
        yield from _missing_receipt_faults(submission)
    yield from refusal_list_faults(home)
    yield from torn_history_faults(home)
    yield from future_submission_faults(home)
    yield from submissions_missing_from_raw(home)
    lost_folders = folders_with_lost_files(home)
    yield from _lost_file_faults(lost_folders)
    strangers = (folder for folder in home.unrecognised_folders() if folder not in lost_folders)
    yield from (Fault(Sentence("received.stranger", {"folder": f})) for f in strangers)
    if open_folders := open_to_others(home):
        facts = {"n": len(open_folders), "folder": open_folders[0]}
        yield Fault(Sentence("received.readable_by_others", facts), "mended")


def folders_with_lost_files(home: Home) -> list[Path]:
    """List folders whose history has a received file that is missing and was not purged."""
    folders = []
    for folder in home.unrecognised_folders():
        try:
            names = [event["event"] for event in events.read(folder / events.EVENTS_FILE)]
        except UserError:
            names = ["received"]
        if "received" in names and "purged" not in names:
            folders.append(folder)
    return folders


def _lost_file_faults(folders: Iterable[Path]) -> list[Fault]:
    return [Fault(_describe_loss(folder)) for folder in folders]


def _describe_loss(folder: Path) -> Sentence:
    """Describe why a file is lost: missing, several files, or a wrong name. Each has its own remedy."""
    try:
        receipt = next((e for e in events.read(folder / events.EVENTS_FILE) if e["event"] == "received"), {})
    except UserError:  # no other check reads this history, since the folder is no submission
        receipt = {}
    recorded_hash, files = receipt.get("sha256", ""), list_files(folder)
    if len(files) > 1:
        same_content = [file.name for file in files if durable.hash_now(file) == recorded_hash]
        original = min(same_content, key=len, default="?")  # the name of a copy is longer: `x (1).csv`
        names = ", ".join(file.name for file in files)
        return Sentence("received.several", {"folder": folder, "names": names, "received": original})
    if files:
        return Sentence("received.misnamed", {"folder": folder, "day": receipt.get("on", "?")})
    return Sentence("received.lost", {"folder": folder, "noted": recorded_hash[:12] or "?"})


def _changed_file_faults(submission: Submission) -> Iterator[Fault]:
    try:
        if not submission.is_changed:
            return
    except UserError:  # the unreadable history is reported already
        return
    except OSError as error:
        yield Fault(Sentence("received.unreadable", {"file": submission.file, "error": error}))
        return
    facts = {"file": submission.file, "submission": submission.id, "noted": submission.noted_sha256[:12]}
    if submission.withdrawn_on:
        yield Fault(Sentence("received.changed_withdrawn", facts), "remark")
    else:
        yield Fault(Sentence("received.changed", facts))


GLANCE = 64 << 20
"""Bytes of received files that `changed_at_a_glance` hashes."""


def find_changed_files_quickly(home: Home) -> dict[str, list[Fault]]:
    """Find changed received files of submissions in force, as far as that takes only a moment.

    Compares all sizes that the steps recorded, and the hashes of the most recently written files, up to
    GLANCE bytes together.
    """
    faults_by_submission: dict[str, list[Fault]] = {}
    remaining_bytes = GLANCE
    submissions = [s for s in home.submissions() if s.withdrawn_on is None]
    file_stats = {s: s.file.stat() for s in submissions}
    for submission in sorted(submissions, key=lambda s: -file_stats[s].st_mtime_ns):
        result = step_results.read_result(home, submission.id, step_results.FIRST_STEP)
        size = file_stats[submission].st_size
        remaining_bytes -= size
        is_other_size = result is not None and result.facts.get("bytes", size) != size
        if (is_other_size or remaining_bytes >= 0) and (faults := list(_changed_file_faults(submission))):
            faults_by_submission[submission.id] = faults
    return faults_by_submission


def submissions_missing_from_raw(home: Home) -> Iterator[Fault]:
    """Find submissions in a release or the last build that raw/ lacks because it is an older backup."""
    present = {s.id for s in home.submissions()} | {
        purge.submission.id for purge in home.purged_submissions()
    }
    present |= {_identifier(folder) for folder in home.unrecognised_folders()}  # a fault of its own
    published_submissions = {
        name
        for file in filter(None, [release_store.newest_file(home), home.internal])
        for name in _submissions_in(file)
    }
    if missing_submissions := sorted(published_submissions - present):
        names = ", ".join(missing_submissions[:_NAMES_SHOWN]) + (
            ", …" if len(missing_submissions) > _NAMES_SHOWN else ""
        )
        yield Fault(Sentence("received.behind", {"n": len(missing_submissions), "names": names}))


_NAMES_SHOWN = 5
"""Missing submissions that are named in the fault."""


def _identifier(folder: Path) -> str:
    return ".".join([folder.parent.parent.name, folder.parent.name, folder.name])


def _submissions_in(file: Path) -> list[str]:
    """List the submissions in a database; none if it is missing or cannot be read."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return [name for (name,) in db.execute("SELECT submission FROM registry.submissions").fetchall()]
    except duckdb.Error:
        return []


def _missing_receipt_faults(submission: Submission) -> Iterator[Fault]:
    """Report a submission without a record of its bytes: put there by hand, or its history is lost."""
    try:
        has_receipt = bool(submission.noted_sha256)
    except UserError:  # reported already
        return
    if not has_receipt:
        yield Fault(Sentence("received.no_history", {"folder": submission.folder}), "remark")


def torn_history_faults(home: Home) -> Iterator[Fault]:
    """Find histories that end in half a line, because their writer was killed."""
    histories = (submission.folder / events.EVENTS_FILE for submission in home.submissions())
    for path in [*histories, *_refusal_lists(home)]:
        if path.is_file() and (size := events.torn_bytes(path)):
            yield Fault(Sentence("received.torn", {"file": path, "bytes": size}), "remark")


def refusal_list_faults(home: Home) -> Iterator[Fault]:
    """Find unreadable lists of refused files."""
    for path in _refusal_lists(home):
        yield from _faults_raised(events.read, path)


def _refusal_lists(home: Home) -> list[Path]:
    return sorted(home.raw.glob(f"*/*/{events.REFUSALS_FILE}"))


def future_submission_faults(home: Home) -> Iterator[Fault]:
    """Find submissions of a future day: the clock was set back, or their folder was renamed."""
    for submission in freshness.future_submissions(home, today()):
        facts = {"folder": submission.folder, "day": submission.received_on, "today": today()}
        yield Fault(Sentence("received.ahead", facts))


def open_to_others(home: Home) -> list[Path]:
    """List submission folders that other users can enter. Files that came by git are public anyway."""
    public = tomllib.loads(SHIPPED_LIST.read_text(encoding="utf-8")) if home.root == CHECKOUT else {}
    return [
        s.folder
        for s in home.submissions()
        if stat.S_IMODE(s.folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
        and str(s.folder.relative_to(home.raw)) not in public
    ]


def access_faults(home: Home) -> Iterator[Fault]:
    """Find private folders of the home that other users of this machine may enter."""
    if folders := private.find_open_folders(home):
        names = ", ".join(folder.relative_to(home.root).as_posix() for folder in folders)
        yield Fault(Sentence("home.open_to_others", {"folder": home.root, "names": names}), "remark")


def staged_table_faults(home: Home) -> Iterator[Fault]:
    """Find staged results that differ from what their steps wrote. They are made again."""
    for submission in home.submissions():
        if step_results.is_older_version(home, submission.id):
            yield Fault(Sentence("staged.older", {"submission": submission.id}), "remark")
            continue
        is_unreadable = step_results.is_unreadable(home, submission.id)
        if is_unreadable:
            path = step_results.results_path(home, submission.id)
            yield Fault(Sentence("staged.other_bytes", {"path": path}), "mended")
        if last := step_results.read_result(home, submission.id, step_results.LAST_STEP):
            for path in step_results.find_damaged_tables(home, last):
                yield Fault(Sentence("staged.other_bytes", {"path": path}), "mended")
        elif not is_unreadable:
            yield Fault(Sentence("staged.not_made", {"submission": submission.id}), "remark")


def release_faults(home: Home) -> Iterator[Fault]:
    """Find damaged releases, numbers without a folder, and folders that are no release."""
    for folder in release_store.releases(home):
        try:
            yield from (
                _release_fault(home, folder, sentence) for sentence in release_store.find_faults(folder)
            )
        except UserError as error:
            yield Fault(error.sentence)
    yield from release_list_faults(home)


def _release_fault(home: Home, folder: Path, sentence: Sentence) -> Fault:
    """Return the fault of a release. A good file in force repairs the release's own file."""
    is_other = sentence.key == "released.other_bytes" and folder == release_store.folder_in_force(home)
    if is_other and release_store.is_file_of(home.current, release_store.manifest(folder)):
        return Fault(Sentence("released.copied_again", {"file": folder / release_store.FILE}), "mended")
    return Fault(sentence)


def release_list_faults(home: Home) -> Iterator[Fault]:
    """Find numbers without a folder, folders that are no release, and a list of a future day."""
    yield from (
        Fault(Sentence("released.stranger", {"folder": f}), "remark")
        for f in release_store.unrecognised_folders(home)
    )
    yield from _faults_raised(release_store.published_names, home) or _missing_releases(home)
    yield from _faults_raised(release_store.check_clock, home)


def _missing_releases(home: Home) -> list[Fault]:
    present = {folder.name for folder in release_store.releases(home)}
    expected_absent = {*present, *retention.retired_names(home)}
    missing_names = [name for name in release_store.published_names(home) if name not in expected_absent]
    return [Fault(Sentence("released.gone", {"name": name}), "remark") for name in missing_names]


def current_file_faults(home: Home) -> Iterator[Fault]:
    """Check that current.duckdb is the release in force."""
    folder = release_store.folder_in_force(home)
    if folder is None:
        if home.current.exists():
            yield Fault(Sentence("released.unknown_current", {"file": home.current}), "mended")
        return
    try:
        manifest = release_store.manifest(folder)
    except UserError:  # reported already
        return
    if not release_store.is_file_of(home.current, manifest):
        key = "other_current" if home.current.exists() else "no_current"
        kind = "mended" if release_store.is_whole(folder) else "damaged"
        yield Fault(Sentence(f"released.{key}", {"file": home.current, "release": folder.name}), kind)


def note_faults(home: Home) -> Iterator[Fault]:
    """Check the notes that the program keeps for itself next to the releases. The next build renews them."""
    if freshness.is_note_unreadable(home):
        facts = {"file": freshness.note_path(home)}
        kind = "remark" if freshness.is_note_older(home) else "mended"
        yield Fault(Sentence("released.unreadable_note", facts), kind)
    if home.internal.exists() and not release_store.can_be_opened(home.internal):
        yield Fault(Sentence("released.unreadable_note", {"file": home.internal}), "remark")


def _faults_raised(check: Callable[..., object], *arguments: object) -> list[Fault]:
    """Return the error that a check raises as a fault; nothing if it raises none."""
    try:
        check(*arguments)
    except UserError as error:
        return [Fault(error.sentence)]
    return []


CHECKS: dict[str, Callable[[Home], Iterable[Fault]]] = {
    "places": misplaced_paths,
    "cards": card_faults,
    "received": received_faults,
    "staged": staged_table_faults,
    "releases": release_faults,
    "in_force": current_file_faults,
    "notes": note_faults,
    "access": access_faults,
}


def check_received(home: Home) -> None:
    """Raise InvalidValue if a received file has changed or has no card, so that no release is built."""
    faults = [
        *misplaced_paths(home),
        *_card_missing_faults(home, collections_without_card(home)),
        *_lost_file_faults(folders_with_lost_files(home)),
    ]
    for submission in home.submissions():
        faults += _faults_raised(submission.events) or [
            fault for fault in _changed_file_faults(submission) if fault.kind == "damaged"
        ]
    faults += _faults_raised(release_store.published_names, home)
    if faults:
        raise InvalidValue("received.problems", problems=[fault.sentence for fault in faults])


def _card_missing_faults(home: Home, names: Iterable[str]) -> list[Fault]:
    return [Fault(Sentence("received.no_card", {"folder": home.raw / name})) for name in names]
