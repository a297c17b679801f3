"""Notices by mail, over SMTP."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from domain.notices import Channel
from workflows.notices.sending import Message, UndeliverableError

_TIMEOUT_S = 15.0
_FOR_GOOD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in; with ``starttls`` nothing is sent before the connection is encrypted."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    starttls: bool = True


class MailCourier:
    """Hands each message in at one SMTP server."""

    channel = Channel.MAIL

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def deliver(self, message: Message) -> None:
        """See ``Courier``. An address that the server refuses for good (5xx) is not tried again."""
        if message.mail_address is None:
            raise UndeliverableError("no address", for_good=True)
        await asyncio.to_thread(self._hand_in, self._letter(message, message.mail_address))

    def _letter(self, message: Message, address: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._server.sender
        letter["To"] = address
        letter["Subject"] = message.title
        letter["Date"] = format_datetime(message.created_at)
        domain = self._server.sender.rpartition("@")[2].rstrip(">") or "localhost"
        letter["Message-ID"] = (
            f"<{message.id.replace(':', '.')}@{domain}>"  # one id however often it is tried
        )
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = message.locale.value
        letter.set_content(message.body)
        return letter

    def _hand_in(self, letter: EmailMessage) -> None:
        server = self._server
        try:
            with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S) as connection:
                if server.starttls:
                    connection.starttls(context=ssl.create_default_context())
                if server.user is not None:
                    connection.login(server.user, server.password or "")
                connection.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise UndeliverableError(
                f"recipient refused: {codes}", for_good=all(code >= _FOR_GOOD for code in codes)
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise UndeliverableError(f"not handed in: {type(error).__name__}") from error
