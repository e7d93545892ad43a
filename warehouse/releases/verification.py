"""Whether a home keeps what was received, made and published: each fault by name. Nothing is mended here.

Asked by `doctor` and `verify`, and before a build. No question ends at its first fault.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.cards import decisions
from schemas.words import Sentence, UserError, Wrong
from warehouse.build import freshness, passports
from warehouse.releases import published, retention
from warehouse.home import CHECKOUT, SHIPPED, Home, Submission, durable, events, private, staged
from warehouse.home.calendar import today
from warehouse.home.deployment import deployment
from warehouse.home.submissions import files_in


@dataclass(frozen=True)
class Fault:
    """Something that is not as it must be, or is worth a word."""

    sentence: Sentence
    kind: str = field(default="damaged")
    """`damaged`: a person must act. `mended`: the next refresh does. `remark`: nothing need be done."""


def holds(faults: Iterable[Fault]) -> bool:
    """Whether nothing but remarks is among them."""
    return all(fault.kind == "remark" for fault in faults)


def places(home: Home) -> list[Fault]:
    """Files where a folder belongs, and folders where a file does."""
    folders = (home.raw, home.root / "staged", home.warehouse, home.releases, home.inbox, home.dagster)
    wrong = [Sentence("home.not_a_folder", {"path": p}) for p in folders if p.exists() and not p.is_dir()]
    files = (home.current, home.internal)
    wrong += [Sentence("home.not_a_file", {"path": path}) for path in files if path.is_dir()]
    return [Fault(sentence) for sentence in wrong]


def cards(home: Home) -> Iterator[Fault]:
    """Cards and decisions that cannot be used, and data without a card."""
    for name in home.collections():
        wrong = _wrong(home.card, name)
        yield from wrong or _wrong(passports.entries_of, home, name)
        for path in dict.fromkeys(decisions.path_in(root / name) for root in (CHECKOUT / "raw", home.raw)):
            if path.exists():
                yield from _wrong(decisions.read_decisions, path)
    yield from _cardless(home, without_card(home))


def unreadable(home: Home) -> dict[str, list[Fault]]:
    """Collections of which card, decisions or a history cannot be read, and why; nothing is hashed."""
    found: dict[str, list[Fault]] = {}
    cardless = without_card(home)
    received: dict[str, list[Submission]] = {}
    for submission in home.submissions():
        received.setdefault(submission.collection, []).append(submission)
    for name in sorted({*home.collections(), *cardless}):
        faults = [*_cardless(home, [name])] if name in cardless else _wrong(home.card, name)
        for submission in received.get(name, ()):
            faults += _wrong(submission.events)
        if faults:
            found[name] = faults
    return found


def without_card(home: Home) -> list[str]:
    """Collections of which something was received and that have no card any more."""
    return sorted({s.collection for s in home.submissions()} - set(home.collections()))


def received(home: Home) -> Iterator[Fault]:
    """Received files that are other ones now, histories that cannot be read, days that have not come."""
    for submission in home.submissions():
        yield from _wrong(submission.events)
        yield from _changed(submission)
        yield from _without_receipt(submission)
    yield from refusals(home)
    yield from torn(home)
    yield from ahead(home)
    yield from behind(home)
    lost = lost_files(home)
    yield from _lost(lost)
    strangers = (folder for folder in home.unrecognised_folders() if folder not in lost)
    yield from (Fault(Sentence("received.stranger", {"folder": f})) for f in strangers)
    if readable := open_to_others(home):
        facts = {"n": len(readable), "folder": readable[0]}
        yield Fault(Sentence("received.readable_by_others", facts), "mended")


def lost_files(home: Home) -> list[Path]:
    """Folders whose history tells of a received file that is not there, and that nobody purged."""
    found = []
    for folder in home.unrecognised_folders():
        try:
            names = [event["event"] for event in events.read(folder / events.EVENTS)]
        except UserError:
            names = ["received"]
        if "received" in names and "purged" not in names:
            found.append(folder)
    return found


def _lost(folders: Iterable[Path]) -> list[Fault]:
    return [Fault(_why_lost(folder)) for folder in folders]


def _why_lost(folder: Path) -> Sentence:
    """No file, more than one, or a name that is no submission's: each has a remedy of its own."""
    try:
        receipt = next((e for e in events.read(folder / events.EVENTS) if e["event"] == "received"), {})
    except UserError:  # its history is named by nobody else: the folder is no submission
        receipt = {}
    noted, files = receipt.get("sha256", ""), files_in(folder)
    if len(files) > 1:
        alike = [file.name for file in files if durable.hash_now(file) == noted]
        received = min(alike, key=len, default="?")  # a copy's name says more: `x (1).csv`
        names = ", ".join(file.name for file in files)
        return Sentence("received.several", {"folder": folder, "names": names, "received": received})
    if files:
        return Sentence("received.misnamed", {"folder": folder, "day": receipt.get("on", "?")})
    return Sentence("received.lost", {"folder": folder, "noted": noted[:12] or "?"})


def _changed(submission: Submission) -> Iterator[Fault]:
    try:
        if not submission.is_changed:
            return
    except UserError:  # its history is named already
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
"""So many bytes of received files a glance reads."""


def changed_at_a_glance(home: Home) -> dict[str, list[Fault]]:
    """Submissions, not withdrawn, whose received file is another now, as far as is seen in a moment: of each
    the size, where its steps noted it; of those written last, up to GLANCE bytes together, the hash.
    """
    found: dict[str, list[Fault]] = {}
    left = GLANCE
    submissions = [s for s in home.submissions() if s.withdrawn_on is None]
    told = {s: s.file.stat() for s in submissions}
    for one in sorted(submissions, key=lambda s: -told[s].st_mtime_ns):
        noted = staged.read(home, one.id, staged.FIRST)
        size = told[one].st_size
        left -= size
        is_other_size = noted is not None and noted.facts.get("bytes", size) != size
        if (is_other_size or left >= 0) and (faults := list(_changed(one))):
            found[one.id] = faults
    return found


def behind(home: Home) -> Iterator[Fault]:
    """Submissions that a release or the last build names and raw/ has not: it is of an older backup."""
    there = {s.id for s in home.submissions()} | {purged.submission.id for purged in home.purged()}
    there |= {_identifier(folder) for folder in home.unrecognised_folders()}  # named by `lost_files`
    named = {name for file in filter(None, [published.newest(home), home.internal]) for name in _named(file)}
    if gone := sorted(named - there):
        names = ", ".join(gone[:_SHOWN]) + (", …" if len(gone) > _SHOWN else "")
        yield Fault(Sentence("received.behind", {"n": len(gone), "names": names}))


_SHOWN = 5
"""So many submissions that are missing are named."""


def _identifier(folder: Path) -> str:
    return ".".join([folder.parent.parent.name, folder.parent.name, folder.name])


def _named(file: Path) -> list[str]:
    """The submissions that a database names; none where it is missing or cannot be read."""
    try:
        with duckdb.connect(file, read_only=True) as db:
            return [name for (name,) in db.execute("SELECT submission FROM registry.submissions").fetchall()]
    except duckdb.Error:
        return []


def _without_receipt(submission: Submission) -> Iterator[Fault]:
    """One that somebody laid there, or whose history went: nothing says what its bytes were."""
    try:
        is_noted = bool(submission.noted_sha256)
    except UserError:  # named already
        return
    if not is_noted:
        yield Fault(Sentence("received.no_history", {"folder": submission.folder}), "remark")


def torn(home: Home) -> Iterator[Fault]:
    """Histories with half a line at their end, of a writer that was killed."""
    histories = (submission.folder / events.EVENTS for submission in home.submissions())
    for path in [*histories, *_refusals(home)]:
        if path.is_file() and (size := events.torn(path)):
            yield Fault(Sentence("received.torn", {"file": path, "bytes": size}), "remark")


def refusals(home: Home) -> Iterator[Fault]:
    """Lists of refused files that cannot be read."""
    for path in _refusals(home):
        yield from _wrong(events.read, path)


def _refusals(home: Home) -> list[Path]:
    return sorted(home.raw.glob(f"*/*/{events.REFUSED}"))


def ahead(home: Home) -> Iterator[Fault]:
    """Submissions that bear a day that has not come: the clock was set back, or their folder renamed."""
    for submission in freshness.ahead(home, today()):
        facts = {"folder": submission.folder, "day": submission.received_on, "today": today()}
        yield Fault(Sentence("received.ahead", facts))


def open_to_others(home: Home) -> list[Path]:
    """Submissions' folders that others than their owner can enter; what came by git is as public as git."""
    public = tomllib.loads(SHIPPED.read_text(encoding="utf-8")) if home.root == CHECKOUT else {}
    return [
        s.folder
        for s in home.submissions()
        if stat.S_IMODE(s.folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
        and str(s.folder.relative_to(home.raw)) not in public
    ]


def access(home: Home) -> Iterator[Fault]:
    """Private parts of the home that other users of this machine may enter."""
    if folders := private.open_to_others(home):
        names = ", ".join(folder.relative_to(home.root).as_posix() for folder in folders)
        yield Fault(Sentence("home.open_to_others", {"folder": home.root, "names": names}), "remark")


def staged_tables(home: Home) -> Iterator[Fault]:
    """Staged results that are not what their steps left: they are made again from what was received."""
    for submission in home.submissions():
        if any(staged.is_older(home, submission.id, step) for step in staged.STEPS):
            yield Fault(Sentence("staged.older", {"submission": submission.id}), "remark")
            continue
        for step in staged.STEPS:
            if staged.is_unreadable(home, submission.id, step):
                path = home.staged(submission.id) / f"{step}.json"
                yield Fault(Sentence("staged.other_bytes", {"path": path}), "mended")
        if last := staged.read(home, submission.id, staged.LAST):
            for path in staged.damaged(home, last):
                yield Fault(Sentence("staged.other_bytes", {"path": path}), "mended")
        elif not staged.is_unreadable(home, submission.id, staged.LAST):
            yield Fault(Sentence("staged.not_made", {"submission": submission.id}), "remark")


def releases(home: Home) -> Iterator[Fault]:
    """Releases that are not what was published, numbers without a folder, folders that are no release."""
    for folder in published.releases(home):
        try:
            yield from (_of_release(home, folder, sentence) for sentence in published.faults(folder))
        except UserError as error:
            yield Fault(error.sentence)
    yield from beside_releases(home)


def _of_release(home: Home, folder: Path, sentence: Sentence) -> Fault:
    """What is wrong with a release; where the file in force is what was published, it is copied again."""
    is_other = sentence.key == "released.other_bytes" and folder == published.in_force(home)
    if is_other and published.is_file_of(home.current, published.manifest(folder)):
        return Fault(Sentence("released.copied_again", {"file": folder / published.FILE}), "mended")
    return Fault(sentence)


def beside_releases(home: Home) -> Iterator[Fault]:
    """Numbers without a folder, folders that are no release, a list of numbers from another day."""
    yield from (
        Fault(Sentence("released.stranger", {"folder": f}), "remark") for f in published.strangers(home)
    )
    yield from _wrong(published.numbered, home) or _gone(home)
    yield from _wrong(published.check_clock, home)


def _gone(home: Home) -> list[Fault]:
    there = {folder.name for folder in published.releases(home)}
    away = {*there, *retention.retired(home)}
    gone = [name for name in published.numbered(home) if name not in away]
    return [Fault(Sentence("released.gone", {"name": name}), "remark") for name in gone]


def in_force(home: Home) -> Iterator[Fault]:
    """Whether current.duckdb is the release in force."""
    folder = published.in_force(home)
    if folder is None:
        if home.current.exists():
            yield Fault(Sentence("released.unknown_current", {"file": home.current}), "mended")
        return
    try:
        facts = published.manifest(folder)
    except UserError:  # named already
        return
    if not published.is_file_of(home.current, facts):
        key = "other_current" if home.current.exists() else "no_current"
        kind = "mended" if published.is_whole(folder) else "damaged"
        yield Fault(Sentence(f"released.{key}", {"file": home.current, "release": folder.name}), kind)



def notes(home: Home) -> Iterator[Fault]:
    """What the program notes for itself beside the releases: made again by the next build."""
    if freshness.is_note_unreadable(home):
        facts = {"file": freshness.note_path(home)}
        kind = "remark" if freshness.is_note_older(home) else "mended"
        yield Fault(Sentence("released.unreadable_note", facts), kind)
    if home.internal.exists() and not published.can_be_opened(home.internal):
        yield Fault(Sentence("released.unreadable_note", {"file": home.internal}), "remark")


def _wrong(ask: Callable[..., object], *given: object) -> list[Fault]:
    """What a question raises, as a fault; none where it is answered."""
    try:
        ask(*given)
    except UserError as error:
        return [Fault(error.sentence)]
    return []


QUESTIONS: dict[str, Callable[[Home], Iterable[Fault]]] = {
    "places": places,
    "cards": cards,
    "received": received,
    "staged": staged_tables,
    "releases": releases,
    "in_force": in_force,
    "notes": notes,
    "access": access,
}


def check_received(home: Home) -> None:
    """Raises Wrong if anything received is another thing now, or has no card: no release is better."""
    found = [*places(home), *_cardless(home, without_card(home)), *_lost(lost_files(home))]
    for submission in home.submissions():
        found += _wrong(submission.events) or [f for f in _changed(submission) if f.kind == "damaged"]
    found += _wrong(published.numbered, home)
    if found:
        raise Wrong("received.problems", problems=[fault.sentence for fault in found])


def _cardless(home: Home, names: Iterable[str]) -> list[Fault]:
    return [Fault(Sentence("received.no_card", {"folder": home.raw / name})) for name in names]
