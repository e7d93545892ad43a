"""Settings that a deployment makes through its environment: the language and the recipients of alerts.

Limits for reading a file are in warehouse/environment/settings.py, names of the web page in web_guard.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from schemas.words import DEFAULT_LANGUAGE, InvalidValue, languages

LANGUAGE = "LINEABASE_LANG"
ALERT_SENDER = "LINEABASE_ALERTS"
"""Name of the sender of alerts, a key of senders.SENDERS; unset if no alerts are sent."""

SERVER, SECURITY = "LINEABASE_SMTP", "LINEABASE_SMTP_SECURITY"
USER, PASSWORD_FILE = "LINEABASE_SMTP_USER", "LINEABASE_SMTP_PASSWORD_FILE"
FROM, TO = "LINEABASE_ALERTS_FROM", "LINEABASE_ALERTS_TO"
SECURITIES = ("starttls", "tls", "none")


def language() -> str:
    """Return the language of the deployment."""
    lang = os.environ.get(LANGUAGE, "").strip()
    return lang if lang in languages() else DEFAULT_LANGUAGE


def sender_name() -> str:
    """Return the name of the sender of alerts; empty if there is none."""
    return os.environ.get(ALERT_SENDER, "").strip()


@dataclass(frozen=True)
class Mail:
    """Mail server for alerts: its address and security, the sender and the recipients."""

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = ""

    @classmethod
    def from_environment(cls) -> Mail:
        """Read the mail server from the environment. Raises InvalidValue for a missing or invalid setting."""
        host, port = _host_and_port(_required_setting(SERVER))
        security = os.environ.get(SECURITY, "").strip() or SECURITIES[0]
        if security not in SECURITIES:
            raise InvalidValue(
                "alert.bad_setting", name=SECURITY, value=security, known=", ".join(SECURITIES)
            )
        recipients = tuple(
            recipient.strip() for recipient in _required_setting(TO).split(",") if recipient.strip()
        )
        user = os.environ.get(USER, "").strip()
        password = Path(_required_setting(PASSWORD_FILE)).read_text(encoding="utf-8").strip() if user else ""
        return cls(host, port, security, _required_setting(FROM), recipients, user, password)


def _required_setting(name: str) -> str:
    text = os.environ.get(name, "").strip()
    if not text:
        raise InvalidValue("alert.missing_setting", name=name)
    return text


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise InvalidValue("alert.bad_setting", name=SERVER, value=text, known="mail.example.org:587")
    return host, int(port)
