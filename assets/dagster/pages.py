"""Pages and static API of the release in force, written after a release or a rollback."""

from __future__ import annotations

from schemas.words import Sentence, UserError
from warehouse.environment import settings
from warehouse.home import Home


def renew_pages(home: Home) -> Sentence | None:
    """Write the pages of the home, unless it wants none or they are current. Returns an error as a sentence.

    With them the static API, if the home wants one. Both are derived from the release in force alone, so an
    error here stops no release.
    """
    if not home.current.exists():
        return None
    return (_renew_api(home) if settings.writes_api() else None) or _renew_site(home)


def _renew_site(home: Home) -> Sentence | None:
    if not settings.makes_site():
        return None
    from warehouse.publication import site  # imported here because it loads pandas and the charts

    try:
        pages_written = site.write_current(home)
    except UserError as error:
        return Sentence("cli.no_site", {"why": error.sentence})
    except Exception as error:
        return Sentence("cli.no_site", {"why": f"{type(error).__name__}: {error}"})
    return pages_written.no_paper if pages_written else None


def _renew_api(home: Home) -> Sentence | None:
    from warehouse.publication import api  # imported here because it loads the writer of SDMX

    try:
        api.write_of_home(home, home.api)
    except UserError as error:
        return Sentence("cli.no_api", {"why": error.sentence})
    except Exception as error:
        return Sentence("cli.no_api", {"why": f"{type(error).__name__}: {error}"})
    return None
