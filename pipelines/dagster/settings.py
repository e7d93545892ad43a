"""What a deployment sets by its environment for whoever runs it: the language, and who is told of alerts.

What reading a file may take is warehouse/home/settings.py; whom the page answers, web_guard.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from schemas.words import DEFAULT, Wrong, languages

LANGUAGE = "LINEABASE_LANG"
ALERTS = "LINEABASE_ALERTS"
"""Who sends alerts: one of alerts.SENDERS; none if it is not set."""

SERVER, SECURITY = "LINEABASE_SMTP", "LINEABASE_SMTP_SECURITY"
USER, PASSWORD_FILE = "LINEABASE_SMTP_USER", "LINEABASE_SMTP_PASSWORD_FILE"
FROM, TO = "LINEABASE_ALERTS_FROM", "LINEABASE_ALERTS_TO"
SECURITIES = ("starttls", "tls", "none")


def language() -> str:
    """The language of the deployment."""
    wanted = os.environ.get(LANGUAGE, "").strip()
    return wanted if wanted in languages() else DEFAULT


def sender_name() -> str:
    """Who sends alerts; empty where nobody does."""
    return os.environ.get(ALERTS, "").strip()


@dataclass(frozen=True)
class Mail:
    """The mail server that takes alerts, how it is spoken to, and whom the mail is from and for."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = ""

    @classmethod
    def of_deployment(cls) -> Mail:
        """What the environment says. Raises Wrong for what is missing or cannot be."""
        host, port = _server(_needed(SERVER))
        security = os.environ.get(SECURITY, "").strip() or SECURITIES[0]
        if security not in SECURITIES:
            raise Wrong("alert.bad_setting", name=SECURITY, value=security, known=", ".join(SECURITIES))
        recipients = tuple(one.strip() for one in _needed(TO).split(",") if one.strip())
        user = os.environ.get(USER, "").strip()
        password = Path(_needed(PASSWORD_FILE)).read_text(encoding="utf-8").strip() if user else ""
        return cls(host, port, security, _needed(FROM), recipients, user, password)


def _needed(name: str) -> str:
    text = os.environ.get(name, "").strip()
    if not text:
        raise Wrong("alert.missing_setting", name=name)
    return text


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise Wrong("alert.bad_setting", name=SERVER, value=text, known="mail.example.org:587")
    return host, int(port)
