"""Who brings alerts to people: a mail server, the log. What is said, and that but once, is alerts.py."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate
from typing import Protocol

from pipelines.dagster import settings
from schemas.words import Wrong
from warehouse.home.journal import happened

_SECONDS_TO_SEND = 30


class Sender(Protocol):
    """Who brings a message to people. Raises OSError or smtplib.SMTPException if it could not."""

    def send(self, subject: str, text: str, name: str) -> None:
        """Send it; `name` is the message's own, the same if it is sent again."""


class Smtp:
    """A mail server, as the environment says."""

    def __init__(self, mail: settings.Mail | None = None) -> None:
        self.mail = mail or settings.Mail.of_deployment()

    def send(self, subject: str, text: str, name: str) -> None:
        """Send one mail to all recipients."""
        letter = EmailMessage()
        letter["Subject"], letter["From"] = subject, self.mail.sender
        letter["To"] = ", ".join(self.mail.recipients)
        letter["Date"], letter["Message-ID"] = formatdate(usegmt=True), f"<{name}@lineabase>"
        letter.set_content(text)
        with self._connected() as server:
            if self.mail.user:
                server.login(self.mail.user, self.mail.password)
            server.send_message(letter)

    def _connected(self) -> smtplib.SMTP:
        mail, trusted = self.mail, ssl.create_default_context()
        if mail.security == "tls":
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=_SECONDS_TO_SEND, context=trusted)
        server = smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS_TO_SEND)
        if mail.security == "starttls":
            server.starttls(context=trusted)
        return server


class Log:
    """The log alone, for a deployment whose own tools watch it."""

    def send(self, subject: str, text: str, name: str) -> None:
        """Write it to the log."""
        happened("alerts", warn=True, subject=subject, text=text, message=name)


SENDERS: dict[str, Callable[[], Sender]] = {"smtp": Smtp, "log": Log}
"""Who can send, by the name that the deployment gives. A sender more is a class and a line more."""


def sender() -> Sender | None:
    """Who sends in this deployment; None where alerts are off. Raises Wrong for settings that cannot be."""
    name = settings.sender_name()
    if not name:
        return None
    if name not in SENDERS:
        raise Wrong("alert.bad_setting", name=settings.ALERTS, value=name, known=", ".join(SENDERS))
    return SENDERS[name]()
