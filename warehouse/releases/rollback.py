"""An earlier release put in force again, the newest brought back: who decided it, and why. Publishes nothing.

A rollback holds until something that was received or decided changes, or until the newest release is brought
back; a quarter that closes does not end it.
"""

from __future__ import annotations

from pathlib import Path

from schemas.words import Wrong
from warehouse.releases import published
from warehouse.home import Home, events, lock
from warehouse.home.calendar import today
from warehouse.home.events import Event
from warehouse.home.journal import happened

ROLLED_BACK, RESTORED = "rolled_back", "restored"


def roll_back(home: Home, name: str | None, *, reason: str, office: str) -> Path:
    """Put an earlier release in force; if none is named, the one before. Raises Wrong, lock.Busy."""
    if not (reason.strip() and office.strip()):
        raise Wrong("release.rollback_needs")
    with lock.build(home, wait=0):
        folder = published.in_force(home)
        if folder is None:
            raise Wrong("release.nothing_in_force")
        target = _target(home, folder, name)
        said = {"to": target.name, "reason": reason.strip(), "office": office.strip()}
        events.append(published.ledger(home), event=ROLLED_BACK, on=str(today()), release=folder.name, **said)
        published.put_in_force(home, target)
    happened(ROLLED_BACK, release=folder.name, to=target.name, office=office)
    return target


def _target(home: Home, folder: Path, name: str | None) -> Path:
    order = published.releases(home)
    earlier = order[: order.index(folder)]
    if not earlier:
        raise Wrong("release.no_earlier")
    wanted = next((path for path in earlier if path.name == (name or earlier[-1].name)), None)
    if wanted is None:
        raise Wrong("release.not_there", name=name, known=", ".join(path.name for path in earlier))
    if not published.is_whole(wanted):
        raise Wrong("released.other_bytes", file=wanted / published.FILE)
    return wanted


def restore(home: Home) -> Path | None:
    """Put the newest release in force again; None where no rollback holds. Raises Wrong, lock.Busy."""
    with lock.build(home, wait=0):
        folder = published.latest(home)
        if folder is None or standing(home) is None:
            return None
        if not published.is_whole(folder):
            raise Wrong("released.other_bytes", file=folder / published.FILE)
        events.append(published.ledger(home), event=RESTORED, on=str(today()), release=folder.name)
        published.put_in_force(home, folder)
    happened(RESTORED, release=folder.name)
    return folder


def standing(home: Home) -> Event | None:
    """The rollback that holds, as its event; None where the newest release is in force."""
    last = [event for event in events.read(published.ledger(home)) if event["event"] in _DECISIVE]
    return last[-1] if last and last[-1]["event"] == ROLLED_BACK else None


_DECISIVE = (published.PUBLISHED, ROLLED_BACK, RESTORED)
