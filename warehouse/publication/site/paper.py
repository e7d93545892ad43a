"""The bulletin on paper: its page as a tagged PDF, by WeasyPrint, which needs the system's pango.

Fonts differ from machine to machine, and so do the bytes: no promise of the same release rests on them.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from contextlib import redirect_stdout
from pathlib import Path

from schemas.words import Sentence


class Failed(Exception):
    """A page that cannot be set, though all that is needed is there."""


def missing() -> Sentence | None:
    """Why no PDF can be made here, and what to install; nothing where it can."""
    try:
        # Where a library is missing it prints and warns, amid a command's answer.
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint  # noqa: F401 -- here: it takes a second, and looks for the system's libraries
    except (ImportError, OSError) as error:
        why, *_ = str(error).strip().splitlines() or [type(error).__name__]
        return Sentence("site.no_paper", {"why": why})
    return None


def write(page: Path, identifier: str) -> Path:
    """Write a page of the folder beside itself as a PDF that readers of screens can follow."""
    import weasyprint

    for name in ("weasyprint", "fontTools"):  # what they find unusual in a style sheet is nobody's concern
        logging.getLogger(name).setLevel(logging.CRITICAL)
    document = weasyprint.HTML(
        string=_for_paper(page.read_text(encoding="utf-8")),
        base_url=page.as_uri(),
        url_fetcher=weasyprint.URLFetcher(allowed_protocols=("file",)),
    )
    path = page.with_suffix(".pdf")
    try:
        document.write_pdf(str(path), pdf_variant="pdf/ua-1", pdf_identifier=identifier.encode())
    except Exception as error:
        raise Failed(f"{type(error).__name__}: {error}") from error
    return path


def _for_paper(html: str) -> str:
    """A page without links, which would name this folder in a file that is passed on.

    A picture has its text as its title, where WeasyPrint looks for it.
    """
    unlinked = re.sub(r"<(/?)a\b", r"<\1span", re.sub(r'(<a\b[^>]*?)\s+href="[^"]*"', r"\1", html))
    return re.sub(r'(<svg [^>]*aria-label="([^"]*)"[^>]*>)', r"\1<title>\2</title>", unlinked)
