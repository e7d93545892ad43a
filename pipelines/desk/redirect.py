"""Opening of the browser at an address with a token.

The address is passed in a file, because other users of the machine can read a command line.
"""

from __future__ import annotations

import webbrowser
from html import escape

from pipelines.desk.tray import Tray

_FILE = "lineabase.html"


def redirect_page(address: str) -> str:
    """Return a page without a script that leads to an address at once."""
    target = escape(address)
    return (
        f'<!doctype html><meta charset="utf-8"><title>lineabase</title>'
        f'<meta http-equiv="refresh" content="0;url={target}"><a href="{target}">lineabase</a>\n'
    )


def open_browser(tray: Tray, address: str) -> None:
    """Open the browser at an address without showing the address in a command line.

    Only the user can read the file that leads there, and it is deleted when the page ends. Raises OSError if
    it cannot be written.
    """
    ticket = tray.add(_FILE, redirect_page(address).encode(), session="")
    webbrowser.open(tray.files[ticket].path.as_uri())
