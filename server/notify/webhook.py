"""Webhooks as Standard Webhooks says: a signed POST of JSON; 2xx is a yes, 410 the end, all else is tried again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from server.notify.addresses import signing_key
from server.notify.guard import Place, place_of
from server.notify.sending import Message, NotSent
from wire.messages import rfc3339

CONNECT_S = 5.0
TOTAL_S = 15.0
"""Longer than this nobody is waited for, however slowly they answer."""
MOST_WAIT_S = 3600.0


def send_webhook(
    url: str, secret: str, message: Message, *, private_networks: Sequence[str], now: datetime, total_s: float = TOTAL_S
) -> None:
    """Post it. Raises NotSent."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    place = place_of(host, parts.port or (443 if secure else 80), private_networks)
    data = {name: value for name, value in message.data.items() if name not in ("about", "timestamp")}
    kind, timestamp = message.data.get("about", "test"), message.data.get("timestamp", rfc3339(now))
    body = msgspec.json.encode({"type": f"alert.{kind}", "timestamp": timestamp, "data": data})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    status, after = _posted(host, place, secure, path, body, _headers(secret, message.id, body, now), total_s)
    if status == http.client.GONE:
        raise NotSent(f"{host} says that nobody wants these messages any more (410).", again=False, gone=True)
    if not 200 <= status < 300:
        raise NotSent(f"{host} answered {status}.", after_s=after)


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _headers(secret: str, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    timestamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Milepost",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(signing_key(secret), message_id, timestamp, body),
    }


def _posted(
    host: str, place: Place, secure: bool, path: str, body: bytes, headers: dict[str, str], total_s: float
) -> tuple[int, float | None]:
    """The status of the answer, and when to come again."""
    connection = _To(host, place, secure)
    limit = threading.Timer(total_s, connection.break_off)
    limit.start()
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, _seconds(answer.getheader("Retry-After"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        if connection.broken_off:
            raise NotSent(f"{host} did not answer within {total_s:g} s.") from None
        raise NotSent(f"{host} could not be reached: {_why(error)}.") from None
    finally:
        limit.cancel()
        connection.close()


class _To(http.client.HTTPConnection):
    """A connection to an address that was checked; the certificate is still the one of the name."""

    def __init__(self, host: str, place: Place, secure: bool) -> None:
        usual = place.port == (443 if secure else 80)
        super().__init__(host, None if usual else place.port, timeout=TOTAL_S)
        self._place, self._secure = place, secure
        self.broken_off = False
        if usual:
            self.default_port = place.port

    def connect(self) -> None:
        """Connect to the checked address."""
        self.sock = socket.create_connection(self._place, CONNECT_S)
        self.sock.settimeout(TOTAL_S)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def break_off(self) -> None:
        """End it now, whatever it waits for."""
        self.broken_off = True
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _seconds(after: str | None) -> float | None:
    """Retry-After in seconds; its other form, a date, is left to our own pauses."""
    return min(float(after), MOST_WAIT_S) if after and after.isascii() and after.isdecimal() else None


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
