"""Sends what waits in the outbox: one message at a time to each channel, several channels at once.

Three steps, each of its own: a try is noted (commit), the message goes over the wire, what became of it is noted
(commit). Killed between two of them, the message goes out again under the same id: at least once, and receivers that
look at the id have it once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from server.domain.alerts.tries import pause_s
from server.notify.addresses import mailboxes
from server.notify.chat import send_chat
from server.notify.composing import composed
from server.notify.mail import send_mail
from server.notify.sending import Message, NotSent
from server.notify.webhook import send_webhook
from server.settings import Settings
from server.store import channels, outbox
from server.store.database import Database, DatabaseUnavailable
from server.store.schema import Row

log = logging.getLogger("milepost.notify")
AT_ONCE = 4
STOP_S = 2.0
RETRY_S = 1.0


class _Way(msgspec.Struct, frozen=True, kw_only=True):
    """A channel with what opens it. Never logged."""

    kind: str
    address: str
    secret: str


class _Try(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is noted as tried."""

    ids: list[str]
    attempts: int
    message: Message
    way: _Way


class Sender:
    """Owns the threads that wait for receivers. `beat` is called by the ticker."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._database, self._settings, self._clock = database, settings, clock
        self._busy: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def beat(self, now: datetime) -> None:
        """Begin to send to channels for which something is due and that are not in work."""
        with self._lock:
            if len(self._busy) >= AT_ONCE:
                return
        with self._database.reading() as connection:
            due = outbox.due_channels(connection, now)
        for channel in due:
            with self._lock:
                if channel in self._busy or len(self._busy) >= AT_ONCE or self._stopping.is_set():
                    continue
                thread = threading.Thread(target=self._work, args=(channel,), name=f"to {channel}", daemon=True)
                self._busy[channel] = thread
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait a moment for what is on its way; the rest goes out after the next start."""
        self._stopping.set()
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(STOP_S)

    def _work(self, channel: str) -> None:
        try:
            while not self._stopping.is_set() and send_next(self._database, self._settings, channel, self._clock):
                pass
        except DatabaseUnavailable as error:
            log.warning("messages wait: %s", error)
        except Exception:
            log.exception("sending to channel %s failed by a fault of ours; it is tried again", channel)
        finally:
            with self._lock:
                del self._busy[channel]


def send_next(database: Database, settings: Settings, channel: str, clock: Callable[[], datetime]) -> bool:
    """Send the next message that is due for a channel; False when there was none, or the channel does not work."""
    with database.writing() as connection:
        trying = _begin(connection, settings, channel, clock())
    if isinstance(trying, bool):
        return trying
    try:
        warning = deliver(trying.way, trying.message, settings, clock())
    except NotSent as error:
        refused = error
    else:
        _note(database, lambda connection: _sent(connection, channel, trying, warning, clock()))
        return True
    _note(database, lambda connection: _failed(connection, channel, trying, refused, clock()))
    return not refused.again and not refused.gone


def deliver(way: _Way, message: Message, settings: Settings, now: datetime) -> str:
    """Over the wire; what is to be said although it went. Raises NotSent."""
    networks = settings.alerts.private_networks
    if way.kind == "email":
        to = mailboxes(way.address)
        return send_mail(settings.smtp, to, message.subject, message.text, message_id=message.id, now=now)
    if way.kind == "webhook":
        send_webhook(way.address, way.secret, message, private_networks=networks, now=now)
    else:
        send_chat(way.address, message, private_networks=networks)
    return ""


def way_of(connection: Connection, channel: Row) -> _Way:
    """A channel with what opens it."""
    address, secret = channels.secrets_of(connection, channel["id"])
    return _Way(kind=channel["kind"], address=address, secret=secret)


def _begin(connection: Connection, settings: Settings, channel: str, now: datetime) -> _Try | bool:
    """Note that the next message is tried. False: there is none; True: one was set aside, and there may be more."""
    group = outbox.next_group(connection, channel, now)
    if not group:
        return False
    row = channels.one_channel(connection, channel)
    if row is None or not row["enabled"] or row["gone_at"] is not None:
        says = "The channel was removed." if row is None else "The channel is off, or its receiver is no more."
        outbox.ended(connection, [each["id"] for each in group], state="failed", error=says)
        return True
    rows = outbox.alerts_of(connection, group)
    over = [each["id"] for each in group if each["attempts"] == 0 and _never_was(rows.get(each["alert_id"]))]
    if over:
        outbox.ended(connection, over, state="dropped")
        return True
    message_id = group[0]["message_id"] or outbox.message_id_of(group)
    kept = next((each for each in group if each["text"] is not None), None)
    if kept is not None:
        message = Message(id=message_id, subject=kept["subject"], text=kept["text"], data=kept["data"])
        outbox.trying(connection, group, message_id, now)
    else:
        said = composed(connection, group, rows, settings, now)
        message = Message(id=message_id, subject=said.text.subject, text=said.text.body, data=said.data)
        outbox.trying(connection, group, message_id, now, subject=message.subject, text=message.text, data=message.data)
    attempts = max(each["attempts"] for each in group) + 1
    return _Try(ids=[each["id"] for each in group], attempts=attempts, message=message, way=way_of(connection, row))


def _never_was(alert: Row | None) -> bool:
    return alert is None or bool(alert["withdrawn"])


def _sent(connection: Connection, channel: str, trying: _Try, warning: str, now: datetime) -> None:
    outbox.ended(connection, trying.ids, state="sent", sent_at=now, error=warning or None)
    channels.went_well(connection, channel, now)


def _failed(connection: Connection, channel: str, trying: _Try, error: NotSent, now: datetime) -> None:
    wait_s = pause_s(trying.attempts, error.after_s) if error.again else None
    fresh = {"state": "failed"} if wait_s is None else {"due_at": now + timedelta(seconds=wait_s)}
    outbox.ended(connection, trying.ids, error=str(error), **fresh)
    channels.went_wrong(connection, channel, str(error), gone=error.gone, now=now)
    log.warning("a message to channel %s was not taken: %s", channel, error)


def _note(database: Database, work: Callable[[Connection], None]) -> None:
    """Note what became of a message, as soon as the database takes it: otherwise it would go out again."""
    pause = threading.Event()
    for tried in range(60):
        try:
            with database.writing() as connection:
                work(connection)
        except DatabaseUnavailable as error:
            log.warning("what became of a message cannot be noted yet: %s", error)
            pause.wait(RETRY_S if tried else 0.1)
        else:
            return
