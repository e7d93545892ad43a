"""Two pasts, never mixed: what readers saw (a release) and what was known (built anew). Opens neither."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from schemas.words import Wrong
from warehouse.build import freshness
from warehouse.home import RELEASED, Home
from warehouse.home.calendar import today


def seen(file: Path, release: str) -> Path:
    """The file of a release of the home that `file` is of. Wrong, where there is none of that name."""
    home = _home_of(file)
    kept = sorted(p.parent.name for p in home.releases.glob(f"*/{RELEASED}")) if home else []
    if home is None or release not in kept:
        raise Wrong("home.no_such_release", value=release, known=", ".join(kept) or "—")
    return home.releases / release / RELEASED


def known(file: Path, as_of: date) -> TemporaryDirectory[str]:
    """A folder with the public file of what was known on a day. Wrong, where it cannot be built."""
    home = _home_of(file)
    if home is None or not any(home.submissions()):
        raise Wrong("home.nothing_to_build_from", file=file)
    try:
        computed, inputs, public = (
            _part(name) for name in ("statements.computed", "build.inputs", "build.public")
        )
    except ImportError as error:
        raise Wrong("home.cannot_build", missing=error.name or error) from error
    freshness.check_day(home, as_of, today())
    folder = TemporaryDirectory(prefix="lineabase-")
    at = Path(folder.name)
    try:
        known = inputs.snapshot(home, as_of, at).inputs
        # without protection: a draw outside the releases would narrow what they publish
        computed.build(at / "internal.duckdb", known)
        public.derive(at / "internal.duckdb", at / RELEASED, f"as-of-{as_of}")
    except BaseException:
        folder.cleanup()
        raise
    (at / "internal.duckdb").unlink()
    return folder


def _part(name: str) -> Any:
    """Loaded when it is asked for: whoever only reads a file needs none of it, and may not have it."""
    return import_module(f"warehouse.{name}")


def _home_of(file: Path) -> Home | None:
    """The home whose current file or release this is."""
    above = file.resolve().parents
    return next(
        (Home(folder.parent) for folder in above if folder.name == Home(folder.parent).warehouse.name), None
    )
