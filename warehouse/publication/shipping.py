"""Shipped submissions (raw/shipped.toml): writing them from a release, and the list in .gitignore.

Maintainers run `python -m warehouse.publication.shipping` with LINEABASE_HOME at a home that has the
publishers' files.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd

from schemas.cards.decisions import FILE as DECISIONS
from schemas.cards.series import FILE as PASSPORTS
from warehouse.home import CARD, CHECKOUT, EVENTS_FILE, SHIPPED_LIST, Home, file_hash
from warehouse.home.frames import read_frame
from warehouse.publication import exports
from warehouse.reading.client import Warehouse

IGNORED_FROM, IGNORED_TO = "# rendered from raw/shipped.toml", "# end of the rendered list"


def shipped_submissions() -> dict[str, dict[str, str]]:
    """Return each shipped submission's folder below raw/ with its provenance."""
    return tomllib.loads(SHIPPED_LIST.read_text(encoding="utf-8"))


def shipped_figures() -> dict[str, dict[str, str]]:
    """Return the shipped submissions of figures.

    The network's records are shipped as they were received.
    """
    home = Home(CHECKOUT)
    return {
        name: provenance
        for name, provenance in shipped_submissions().items()
        if home.card(name.rsplit("/", 1)[0]).collection.kind != "records"
    }


def retabulate(home: Home) -> None:
    """Write every shipped submission of figures from the home's current release."""
    with Warehouse.open(home.current) as warehouse:
        for name, provenance in shipped_figures().items():
            _write(home, warehouse, name, dict(provenance))


def _write(home: Home, warehouse: Warehouse, name: str, provenance: dict[str, str]) -> None:
    folder = CHECKOUT / "raw" / name
    folder.mkdir(parents=True, exist_ok=True)
    collection, received_on = name.rsplit("/", 1)[0], folder.name.rsplit(".", 1)[0]
    file = folder / provenance.pop("file")
    identifier = f"{collection.replace('/', '.')}.{folder.name}"
    if exports.template(warehouse, identifier, file, provenance, _quarantined_rows(home, identifier)) == 0:
        raise SystemExit(f"{identifier} has no value in {warehouse.path}: nothing to ship.")
    event = {"event": "received", "on": received_on, "office": "lineabase", "sha256": file_hash(file)}
    lines = [event, *_history_for_builds(home, identifier)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / EVENTS_FILE).write_text(text, encoding="utf-8")


def _quarantined_rows(home: Home, identifier: str) -> pd.DataFrame:
    """Return the quarantined rows.

    They are shipped too, so that a clone's release has the same open bounds as the publisher's file.
    """
    rows = read_frame(home, identifier, "waiting")
    if rows.empty:
        return rows
    is_writable = rows["unread"].isin(["", "citizenship"]) & rows["frequency"].notna() & rows["is_number"]
    if not is_writable.all():
        raise SystemExit(f"{identifier}: rows in quarantine cannot be written in the template's columns.")
    reported_citizenship = rows["citizenship_reported"].where(rows["unread"] == "citizenship")
    return rows.assign(citizenship=reported_citizenship.fillna(rows["citizenship"]), flag=None)


def _history_for_builds(home: Home, identifier: str) -> list[dict[str, object]]:
    """Return the events of its history that a build needs."""
    [history] = [s.folder / EVENTS_FILE for s in home.submissions() if s.id == identifier]
    lines = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["event"] in ("held", "confirmed")]


def gitignore_block() -> str:
    """Return the lines of .gitignore for raw/: everything is ignored but cards and shipped folders."""
    lines = [
        IGNORED_FROM,
        "/raw/*/*/*",
        f"!/raw/*/*/{CARD}",
        f"!/raw/*/*/{DECISIONS}",
        f"!/raw/*/*/{PASSPORTS}",
        *(f"!/raw/{name}/" for name in sorted(shipped_submissions())),
        IGNORED_TO,
    ]
    return "\n".join(lines) + "\n"


def render_gitignore(path: Path = CHECKOUT / ".gitignore") -> str:
    """Return the text of .gitignore with an up-to-date list."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(IGNORED_FROM)
    _, _, after = rest.partition(IGNORED_TO + "\n")
    return before + gitignore_block() + after


if __name__ == "__main__":
    retabulate(Home.default())
    (CHECKOUT / ".gitignore").write_text(render_gitignore(), encoding="utf-8")
