"""The bulletin as a tagged PDF, made with WeasyPrint, which needs the system's Pango library.

Fonts differ between machines, so the bytes of the PDF do too. A PDF is exempt from reproducibility.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from contextlib import redirect_stdout
from pathlib import Path

from schemas.words import Sentence


class PdfError(Exception):
    """A page that WeasyPrint could not convert although its libraries are present."""


def missing_requirement() -> Sentence | None:
    """Return the reason why this machine cannot make a PDF, and the remedy; None if it can."""
    try:
        # Without its libraries WeasyPrint prints and warns in the middle of a command's output.
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint  # noqa: F401 -- imported late: it takes a second and loads system libraries
    except (ImportError, OSError) as error:
        reason, *_ = str(error).strip().splitlines() or [type(error).__name__]
        return Sentence("site.no_paper", {"why": reason})
    return None


def write_pdf(page: Path, identifier: str) -> Path:
    """Write a page as an accessible PDF to the same folder."""
    import weasyprint

    for name in ("weasyprint", "fontTools"):  # their remarks on style sheets do not help a user
        logging.getLogger(name).setLevel(logging.CRITICAL)
    document = weasyprint.HTML(
        string=_without_links(page.read_text(encoding="utf-8")),
        base_url=page.as_uri(),
        url_fetcher=weasyprint.URLFetcher(allowed_protocols=("file",)),
    )
    path = page.with_suffix(".pdf")
    try:
        document.write_pdf(str(path), pdf_variant="pdf/ua-1", pdf_identifier=identifier.encode())
    except Exception as error:
        raise PdfError(f"{type(error).__name__}: {error}") from error
    return path


def _without_links(html: str) -> str:
    """Return a page without links: their addresses would reveal the folder's path in the PDF.

    A picture gets its text as its title, because WeasyPrint reads it there.
    """
    without_links = re.sub(r"<(/?)a\b", r"<\1span", re.sub(r'(<a\b[^>]*?)\s+href="[^"]*"', r"\1", html))
    return re.sub(r'(<svg [^>]*aria-label="([^"]*)"[^>]*>)', r"\1<title>\2</title>", without_links)
