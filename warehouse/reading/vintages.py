"""Files of the past: a release as its readers saw it, or what was known on a day, built now."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from schemas.words import InvalidValue
from warehouse.build import freshness
from warehouse.home import RELEASE_FILE, Home
from warehouse.home.calendar import today


def released_file(file: Path, release: str) -> Path:
    """Return the file of a release in the same home. Raises InvalidValue if the home does not have it."""
    home = _home_of(file)
    releases = sorted(p.parent.name for p in home.releases.glob(f"*/{RELEASE_FILE}")) if home else []
    if home is None or release not in releases:
        raise InvalidValue("home.no_such_release", value=release, known=", ".join(releases) or "—")
    return home.releases / release / RELEASE_FILE


def build_known_on(file: Path, as_of: date) -> TemporaryDirectory[str]:
    """Build what was known on a day; return the folder with its file.

    Raises InvalidValue if that is impossible.
    """
    home = _home_of(file)
    if home is None or not any(home.submissions()):
        raise InvalidValue("home.nothing_to_build_from", file=file)
    try:
        computed, inputs, public = (
            _import_part(name) for name in ("statements.model_build", "build.inputs", "build.public")
        )
    except ImportError as error:
        raise InvalidValue("home.cannot_build", missing=error.name or error) from error
    freshness.check_day(home, as_of, today())
    folder = TemporaryDirectory(prefix="lineabase-")
    path = Path(folder.name)
    try:
        inputs_of_day = inputs.snapshot(home, as_of, path).inputs
        # without protection, since a draw outside the releases would narrow the published bounds
        computed.build(path / "internal.duckdb", inputs_of_day)
        public.derive(path / "internal.duckdb", path / RELEASE_FILE, f"as-of-{as_of}")
    except BaseException:
        folder.cleanup()
        raise
    (path / "internal.duckdb").unlink()
    return folder


def _import_part(name: str) -> Any:
    """Import a part of the warehouse on demand, since an installation that only reads may lack it."""
    return import_module(f"warehouse.{name}")


def _home_of(file: Path) -> Home | None:
    """Return the home whose current file or release this is, or None."""
    folders = file.resolve().parents
    return next(
        (Home(folder.parent) for folder in folders if folder.name == Home(folder.parent).warehouse.name), None
    )
