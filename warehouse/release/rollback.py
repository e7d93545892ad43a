"""Rollbacks: putting an earlier release in force, and restoring the newest. Publishes nothing.

A rollback holds until a submission or decision changes, or until the newest release is restored. The end of a
quarter does not end it. Each rollback is recorded with its office and reason.
"""

from __future__ import annotations

from pathlib import Path

from schemas.words import InvalidValue
from warehouse.home import Home, events, lock
from warehouse.home.calendar import today
from warehouse.home.events import Event
from warehouse.home.journal import log_event
from warehouse.release import release_store

ROLLBACK_EVENT, RESTORATION_EVENT = "rolled_back", "restored"


def roll_back(home: Home, name: str | None, *, reason: str, office: str) -> Path:
    """Put an earlier release in force; without a name, the previous release.

    Raises InvalidValue, lock.Busy.
    """
    if not (reason.strip() and office.strip()):
        raise InvalidValue("release.rollback_needs")
    with lock.build(home, wait=0):
        folder = release_store.folder_in_force(home)
        if folder is None:
            raise InvalidValue("release.nothing_in_force")
        target = _find_target(home, folder, name)
        event_facts = {"to": target.name, "reason": reason.strip(), "office": office.strip()}
        events.append(
            release_store.list_path(home),
            event=ROLLBACK_EVENT,
            on=str(today()),
            release=folder.name,
            **event_facts,
        )
        release_store.put_in_force(home, target)
    log_event(ROLLBACK_EVENT, release=folder.name, to=target.name, office=office)
    return target


def _find_target(home: Home, folder: Path, name: str | None) -> Path:
    order = release_store.releases(home)
    earlier = order[: order.index(folder)]
    if not earlier:
        raise InvalidValue("release.no_earlier")
    target = next((path for path in earlier if path.name == (name or earlier[-1].name)), None)
    if target is None:
        raise InvalidValue("release.not_there", name=name, known=", ".join(path.name for path in earlier))
    if not release_store.is_whole(target):
        raise InvalidValue("released.other_bytes", file=target / release_store.FILE)
    return target


def restore(home: Home) -> Path | None:
    """Put the newest release in force again; None if there is no rollback. Raises InvalidValue, lock.Busy."""
    with lock.build(home, wait=0):
        folder = release_store.latest_folder(home)
        if folder is None or rollback_in_effect(home) is None:
            return None
        if not release_store.is_whole(folder):
            raise InvalidValue("released.other_bytes", file=folder / release_store.FILE)
        events.append(
            release_store.list_path(home), event=RESTORATION_EVENT, on=str(today()), release=folder.name
        )
        release_store.put_in_force(home, folder)
    log_event(RESTORATION_EVENT, release=folder.name)
    return folder


def rollback_in_effect(home: Home) -> Event | None:
    """Return the event of the rollback in effect; None if the newest release is in force."""
    last = [event for event in events.read(release_store.list_path(home)) if event["event"] in _DECISIVE]
    return last[-1] if last and last[-1]["event"] == ROLLBACK_EVENT else None


_DECISIVE = (release_store.PUBLICATION_EVENT, ROLLBACK_EVENT, RESTORATION_EVENT)
