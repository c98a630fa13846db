"""E-mail over SMTP (RFC 5321). The Message-ID is given, so that a message that goes out twice is known as one."""

import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

import msgspec

from server.notify.sending import NotSent
from server.settings import Smtp

TIMEOUT_S = 20.0


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


def send_mail(
    smtp: Smtp,
    to: Sequence[str],
    subject: str,
    text: str,
    *,
    message_id: str,
    now: datetime,
    attachments: Sequence[Attachment] = (),
) -> str:
    """Send it; what is to be said about it although it went (who was refused), mostly nothing. Raises NotSent."""
    if not smtp.host:
        raise NotSent("This server sends no e-mail: [smtp] host is not set.", again=False)
    mail = _written(smtp, to, subject, text, message_id, now)
    for attachment in attachments:
        kind, _, subtype = attachment.media_type.partition("/")
        said = {"charset": "utf-8"} if kind == "text" else None
        mail.add_attachment(attachment.content, maintype=kind, subtype=subtype, filename=attachment.name, params=said)
    try:
        with _connected(smtp) as server:
            refused = server.send_message(mail, from_addr=parseaddr(smtp.from_)[1], to_addrs=list(to))
    except smtplib.SMTPException as error:
        raise _not_sent(smtp, error) from None
    except (OSError, ValueError) as error:
        raise NotSent(f"The mail server {smtp.host} could not be reached: {_why(error)}.") from None
    return f"Refused: {', '.join(sorted(refused))}." if refused else ""


def _written(smtp: Smtp, to: Sequence[str], subject: str, text: str, message_id: str, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = smtp.from_
    mail["To"] = ", ".join(to)
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}@{parseaddr(smtp.from_)[1].rpartition('@')[2] or 'milepost'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    mail.set_content(text)
    return mail


def _connected(smtp: Smtp) -> smtplib.SMTP:
    if smtp.tls == "tls":
        context = ssl.create_default_context()
        server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT_S)
    try:
        if smtp.tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if smtp.user:
            password = (
                Path(smtp.password_file).read_text(encoding="utf-8").split("\n", 1)[0] if smtp.password_file else ""
            )
            server.login(smtp.user, password)
    except BaseException:
        server.close()
        raise
    return server


def _not_sent(smtp: Smtp, error: smtplib.SMTPException) -> NotSent:
    """5xx is for good (RFC 5321, 4.2.1), but for signing in, which an operator mends."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        said = "; ".join(f"{to}: {_text(text)}" for to, (_, text) in sorted(error.recipients.items()))
        return NotSent(f"The mail server refused {said}.", again=any(code < 500 for code in codes))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotSent(f"The mail server does not let {smtp.user} in. Look at [smtp] user and password_file.")
    if isinstance(error, smtplib.SMTPResponseException):
        for_good = 500 <= error.smtp_code < 600
        return NotSent(f"The mail server said {error.smtp_code}: {_text(error.smtp_error)}.", again=not for_good)
    return NotSent(f"The mail server {smtp.host} broke off: {_why(error)}.")


def _text(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200].rstrip(".")


def _why(error: Exception) -> str:
    return _text(str(error)) or type(error).__name__
