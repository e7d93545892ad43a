"""The pages of what is in force, written anew after a release or a rollback."""

from __future__ import annotations

from schemas.words import Sentence, UserError
from warehouse.home import Home, settings


def renew(home: Home) -> Sentence | None:
    """Write the home's pages, unless it wants none or they are there; what stopped any, if anything did.

    They are made of what is in force alone, so that what stops them stops no release.
    """
    if not settings.makes_site() or not home.current.exists():
        return None
    from warehouse.publication import site  # here: it loads pandas and the pictures

    try:
        written = site.write_current(home)
    except UserError as error:
        return Sentence("cli.no_site", {"why": error.sentence})
    except Exception as error:
        return Sentence("cli.no_site", {"why": f"{type(error).__name__}: {error}"})
    return written.no_paper if written else None
