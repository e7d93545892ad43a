"""Opening a browser at an address that bears a token: by a file, since any user may read a command line."""

from __future__ import annotations

import webbrowser
from html import escape

from pipelines.desk.tray import Tray

_FILE = "lineabase.html"


def redirect_page(address: str) -> str:
    """A page without a script that leads to an address at once."""
    to = escape(address)
    return (
        f'<!doctype html><meta charset="utf-8"><title>lineabase</title>'
        f'<meta http-equiv="refresh" content="0;url={to}"><a href="{to}">lineabase</a>\n'
    )


def open_browser(tray: Tray, address: str) -> None:
    """Open the browser at an address that its command line does not show.

    The file that leads there is its owner's alone, and goes when the page ends.
    Raises OSError where it cannot be written.
    """
    ticket = tray.lay(_FILE, redirect_page(address).encode(), session="")
    webbrowser.open(tray.files[ticket].path.as_uri())
