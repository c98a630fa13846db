"""E-mail to a real SMTP server."""

import pytest

from server.notify.mail import Attachment, send_mail
from server.notify.sending import NotSent
from server.settings import Settings, Smtp
from tests.support.news import at
from tests.support.ports import free_port
from tests.support.sinks import MailSink


def send(smtp: Smtp, *to: str, subject: str = "Act now: Van 3 left Käpylä", **more) -> str:
    return send_mail(
        smtp, to or ("ops@fleet.example",), subject, "It left at 14:02.\n", message_id="m1", now=at(0), **more
    )


def test_a_mail_arrives_as_it_was_written(settings: Settings, mail: MailSink) -> None:
    """With an id that stays the same, and a word to machines that nobody wrote it."""
    assert send(settings.smtp, "ops@fleet.example", "aino@fleet.example") == ""
    [got] = mail.mails
    assert got["Subject"] == "Act now: Van 3 left Käpylä"
    assert got["From"] == "Milepost <milepost@fleet.example>"
    assert got["To"] == "ops@fleet.example, aino@fleet.example"
    assert (got["Message-ID"], got["Auto-Submitted"]) == ("<m1@fleet.example>", "auto-generated")
    assert got.get_content().splitlines() == ["It left at 14:02."]


def test_a_file_goes_along(settings: Settings, mail: MailSink) -> None:
    """Reports are sent by the same way."""
    send(settings.smtp, attachments=[Attachment(name="trips.csv", media_type="text/csv", content=b"a,b\n")])
    [attached] = mail.mails[0].iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("trips.csv", "text/csv")


def test_a_name_with_a_line_break_adds_no_header(settings: Settings, mail: MailSink) -> None:
    """A vehicle's name is anything; it is not to send mail to somebody else."""
    send(settings.smtp, subject="Van\r\nBcc: all@fleet.example")
    assert mail.mails[0]["Subject"] == "Van Bcc: all@fleet.example"
    assert mail.mails[0]["Bcc"] is None


@pytest.mark.parametrize(("said", "again"), [("451 greylisted", True), ("452 disk full", True), ("554 spam", False)])
def test_what_the_server_says_decides_whether_it_is_tried_again(
    settings: Settings, mail: MailSink, said: str, again: bool
) -> None:
    """4xx passes, 5xx does not (RFC 5321, 4.2.1)."""
    mail.answers = [said]
    with pytest.raises(NotSent) as error:
        send(settings.smtp)
    assert error.value.again == again
    assert said[4:] in str(error.value)


def test_one_mailbox_of_two_is_enough_to_have_sent_it(settings: Settings, mail: MailSink) -> None:
    """Sending it again would reach the other one twice; who is missing is said."""
    mail.refuses = {"gone@fleet.example": "550 no such user"}
    assert "gone@fleet.example" in send(settings.smtp, "gone@fleet.example", "aino@fleet.example")
    assert len(mail.mails) == 1
    with pytest.raises(NotSent, match="no such user") as error:
        send(settings.smtp, "gone@fleet.example")
    assert not error.value.again


def test_a_server_that_is_away_is_tried_again(mail: MailSink) -> None:
    """The message says where nobody answered."""
    with pytest.raises(NotSent, match=r"127\.0\.0\.1") as error:
        send(Smtp(host="127.0.0.1", port=free_port(), tls="none", from_="m@fleet.example"))
    assert error.value.again


def test_without_a_mail_server_the_setting_is_named() -> None:
    """Nothing else helps whoever reads it."""
    with pytest.raises(NotSent, match=r"\[smtp\] host") as error:
        send(Smtp())
    assert not error.value.again


def test_starttls_is_not_given_up_silently(settings: Settings, mail: MailSink) -> None:
    """A server that offers no TLS gets neither the message nor a password."""
    smtp = Smtp(host="127.0.0.1", port=mail.port, tls="starttls", from_="m@fleet.example")
    with pytest.raises(NotSent, match="STARTTLS"):
        send(smtp)
    assert mail.mails == []
