"""The bulletin on paper: its page as a tagged PDF, by WeasyPrint, which needs the system's pango.

Fonts differ from machine to machine, and so do the bytes: no promise of the same release rests on them.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from schemas.words import Sentence


def missing() -> Sentence | None:
    """Why no PDF can be made here, and what to install; nothing where it can."""
    try:
        import weasyprint  # noqa: F401 -- here: it takes a second, and looks for the system's libraries
    except (ImportError, OSError) as error:
        return Sentence("site.no_paper", {"why": str(error).strip().splitlines()[0]})
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
    document.write_pdf(str(path), pdf_variant="pdf/ua-1", pdf_identifier=identifier.encode())
    return path


def _for_paper(html: str) -> str:
    """A page without links, which would name this folder in a file that is passed on.

    A picture has its text as its title, where WeasyPrint looks for it.
    """
    unlinked = re.sub(r"<(/?)a\b", r"<\1span", re.sub(r'(<a\b[^>]*?)\s+href="[^"]*"', r"\1", html))
    return re.sub(r'(<svg [^>]*aria-label="([^"]*)"[^>]*>)', r"\1<title>\2</title>", unlinked)
