"""Senders of alerts: a mail server or the log. The alerts, each sent only once, are in alerts.py."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate
from typing import Protocol

from pipelines.dagster import settings
from schemas.words import InvalidValue
from warehouse.home.journal import log_event

_SECONDS_TO_SEND = 30


class Sender(Protocol):
    """A way to bring a message to people. Raises OSError or smtplib.SMTPException on failure."""

    def send(self, subject: str, text: str, name: str) -> None:
        """Send a message. Its `name` identifies the message and stays the same if it is sent again."""


class Smtp:
    """Sender that uses the mail server of the environment."""

    def __init__(self, mail: settings.Mail | None = None) -> None:
        self.mail = mail or settings.Mail.from_environment()

    def send(self, subject: str, text: str, name: str) -> None:
        """Send one mail to all recipients."""
        letter = EmailMessage()
        letter["Subject"], letter["From"] = subject, self.mail.sender
        letter["To"] = ", ".join(self.mail.recipients)
        letter["Date"], letter["Message-ID"] = formatdate(usegmt=True), f"<{name}@lineabase>"
        letter.set_content(text)
        with self._connect() as server:
            if self.mail.user:
                server.login(self.mail.user, self.mail.password)
            server.send_message(letter)

    def _connect(self) -> smtplib.SMTP:
        mail, tls_context = self.mail, ssl.create_default_context()
        if mail.security == "tls":
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_SECONDS_TO_SEND, context=tls_context)
        server = smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS_TO_SEND)
        if mail.security == "starttls":
            server.starttls(context=tls_context)
        return server


class Log:
    """Sender that writes to the log, for a deployment whose own tools watch it."""

    def send(self, subject: str, text: str, name: str) -> None:
        """Write the message to the log."""
        log_event("alerts", warn=True, subject=subject, text=text, message=name)


SENDERS: dict[str, Callable[[], Sender]] = {"smtp": Smtp, "log": Log}
"""Senders by the name that the deployment sets. To add a sender, write a class and a line here."""


def configured_sender() -> Sender | None:
    """Return the sender of this deployment; None if alerts are off.

    Raises InvalidValue for invalid settings.
    """
    name = settings.sender_name()
    if not name:
        return None
    if name not in SENDERS:
        raise InvalidValue(
            "alert.bad_setting", name=settings.ALERT_SENDER, value=name, known=", ".join(SENDERS)
        )
    return SENDERS[name]()
