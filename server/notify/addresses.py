"""Addresses of channels: whether one can be used, and what may be shown of it. Nothing is asked of the network here."""

import base64
import binascii
import re
import secrets
from urllib.parse import SplitResult, urlsplit

from server.notify.chat import way_to

PREFIX = "whsec_"
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ON_THIS_MACHINE = frozenset(("syslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "file"))
_FROM_FILES = re.compile(r"[?&](template|keyfile|subfile|subscription|pgpkey|vapid)=", re.IGNORECASE)
"""Words of apprise's URLs that make it read files of this machine."""


class AddressError(ValueError):
    """The address or the secret cannot be used; says what to write instead. Never holds either."""


def checked(kind: str, address: str, secret: str) -> None:
    """Refuse an address that cannot be one."""
    if not address.isprintable():
        raise AddressError("address: it holds a line break, or another character that nobody sees.")
    if kind == "email":
        mailboxes(address)
    elif kind == "webhook":
        _webhook(address)
        signing_key(secret)
    else:
        _apprise(address)


def shown(kind: str, address: str) -> str:
    """What may be shown: mailboxes whole, of a URL the scheme and, where it is no secret, the host."""
    if kind == "email":
        return ", ".join(mailboxes(address))
    parts = _split(address)
    if kind == "webhook":
        return f"{parts.scheme}://{parts.hostname}/…" if parts.path.strip("/") or parts.query else address
    return f"{parts.scheme}://…"  # the place of a host may hold a token


def mailboxes(address: str) -> list[str]:
    """The mailboxes of an e-mail channel."""
    found = [each.strip() for each in address.split(",") if each.strip()]
    wrong = next((each for each in found if not _MAILBOX.fullmatch(each)), None)
    if wrong is not None or not found:
        raise AddressError("address: write mailboxes such as ops@fleet.example, with commas between them.")
    return found


def new_secret() -> str:
    """A webhook's key, as Standard Webhooks writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signing_key(secret: str) -> bytes:
    """The bytes of a webhook's key."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise AddressError("secret: write whsec_ and 24 to 64 bytes in base64, or leave it out and one is made.")
    return key


def _webhook(address: str) -> None:
    parts = _split(address)
    try:
        _ = parts.port
    except ValueError:
        raise AddressError("address: this is not a URL; its port is none.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.fragment:
        raise AddressError("address: write a URL such as https://hooks.fleet.example/milepost.")
    if parts.username is not None or parts.password is not None:
        raise AddressError("address: it holds a name or a password; messages are signed instead.")


def _apprise(address: str) -> None:
    parts = _split(address)
    if parts.scheme in _ON_THIS_MACHINE or _FROM_FILES.search(address):
        raise AddressError("address: it would use files or programs of the server's machine, which is not allowed.")
    if way_to(address) is None:
        raise AddressError("address: apprise does not know such a URL; its documentation lists them by service.")


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        raise AddressError("address: this is not a URL.") from None
