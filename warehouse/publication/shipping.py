"""Shipped submissions (raw/shipped.toml): re-tabulating them from a release, and the rendered .gitignore.

For maintainers: `python -m warehouse.publication.shipping`, LINEABASE_HOME at a home with the publishers'
files.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd

from schemas.cards.decisions import FILE as DECISIONS
from schemas.cards.series import FILE as PASSPORTS
from warehouse.home import CARD, CHECKOUT, EVENTS, SHIPPED, Home, file_hash
from warehouse.home.frames import read_frame
from warehouse.publication import exports
from warehouse.reading.client import Warehouse

IGNORED_FROM, IGNORED_TO = "# rendered from raw/shipped.toml", "# end of the rendered list"


def shipped() -> dict[str, dict[str, str]]:
    """Each shipped submission's folder under raw/ and its provenance."""
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def figures() -> dict[str, dict[str, str]]:
    """Those of figures: the network's records are shipped as they were handed in."""
    home = Home(CHECKOUT)
    return {
        name: told
        for name, told in shipped().items()
        if home.card(name.rsplit("/", 1)[0]).collection.kind != "records"
    }


def retabulate(home: Home) -> None:
    """Write every shipped submission anew from the home's current release."""
    with Warehouse.open(home.current) as warehouse:
        for name, provenance in figures().items():
            _write(home, warehouse, name, dict(provenance))


def _write(home: Home, warehouse: Warehouse, name: str, provenance: dict[str, str]) -> None:
    folder = CHECKOUT / "raw" / name
    folder.mkdir(parents=True, exist_ok=True)
    collection, received_on = name.rsplit("/", 1)[0], folder.name.rsplit(".", 1)[0]
    file = folder / provenance.pop("file")
    identifier = f"{collection.replace('/', '.')}.{folder.name}"
    if exports.template(warehouse, identifier, file, provenance, _waiting(home, identifier)) == 0:
        raise SystemExit(f"{identifier} has no value in {warehouse.path}: nothing to ship.")
    event = {"event": "received", "on": received_on, "office": "lineabase", "sha256": file_hash(file)}
    lines = [event, *_held_and_confirmed(home, identifier)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / EVENTS).write_text(text, encoding="utf-8")


def _waiting(home: Home, identifier: str) -> pd.DataFrame:
    """The rows in quarantine: a clone's release is as open as the publisher's file leaves it."""
    waiting = read_frame(home, identifier, "waiting")
    if waiting.empty:
        return waiting
    written = (
        waiting["unread"].isin(["", "citizenship"]) & waiting["frequency"].notna() & waiting["is_number"]
    )
    if not written.all():
        raise SystemExit(f"{identifier}: rows in quarantine cannot be written in the template's columns.")
    reported = waiting["citizenship_reported"].where(waiting["unread"] == "citizenship")
    return waiting.assign(citizenship=reported.fillna(waiting["citizenship"]), flag=None)


def _held_and_confirmed(home: Home, identifier: str) -> list[dict[str, object]]:
    """The lines of its history that a build follows: a shipped submission brings them."""
    [history] = [s.folder / EVENTS for s in home.submissions() if s.id == identifier]
    lines = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["event"] in ("held", "confirmed")]


def gitignore_block() -> str:
    """What .gitignore says of raw/: everything is ignored but cards and shipped folders."""
    lines = [
        IGNORED_FROM,
        "/raw/*/*/*",
        f"!/raw/*/*/{CARD}",
        f"!/raw/*/*/{DECISIONS}",
        f"!/raw/*/*/{PASSPORTS}",
        *(f"!/raw/{name}/" for name in sorted(shipped())),
        IGNORED_TO,
    ]
    return "\n".join(lines) + "\n"


def render_gitignore(path: Path = CHECKOUT / ".gitignore") -> str:
    """The text of .gitignore with its rendered list as it should be."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(IGNORED_FROM)
    _, _, after = rest.partition(IGNORED_TO + "\n")
    return before + gitignore_block() + after


if __name__ == "__main__":
    retabulate(Home.default())
    (CHECKOUT / ".gitignore").write_text(render_gitignore(), encoding="utf-8")
