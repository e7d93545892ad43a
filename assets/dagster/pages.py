"""Pages of the release in force, rendered after a release or a rollback."""

from __future__ import annotations

from schemas.words import Sentence, UserError
from warehouse.environment import settings
from warehouse.home import Home


def renew_pages(home: Home) -> Sentence | None:
    """Write the pages of the home, unless it wants none or they are current. Returns an error as a sentence.

    The pages are derived from the release in force alone, so an error here stops no release.
    """
    if not settings.makes_site() or not home.current.exists():
        return None
    from warehouse.publication import site  # imported here because it loads pandas and the charts

    try:
        pages_written = site.write_current(home)
    except UserError as error:
        return Sentence("cli.no_site", {"why": error.sentence})
    except Exception as error:
        return Sentence("cli.no_site", {"why": f"{type(error).__name__}: {error}"})
    return pages_written.no_paper if pages_written else None
