"""Everything that apprise reaches: chat, SMS, push. Its URLs hold tokens, so nothing that it says is passed on."""

import logging
from collections.abc import Sequence
from typing import Any

from server.notify.guard import place_of
from server.notify.sending import Message, NotSent


def way_to(url: str) -> Any:
    """What apprise makes of an address; None when it knows none such."""
    import apprise  # noqa: PLC0415 - half a second, for those who have such a channel

    logging.getLogger("apprise").propagate = False  # it would write addresses into our log
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


def send_chat(url: str, message: Message, *, private_networks: Sequence[str]) -> None:
    """Send it. Raises NotSent."""
    way = way_to(url)
    if way is None:
        raise NotSent("apprise does not know this address any more; write it anew.", again=False)
    _check(way, private_networks)
    try:
        taken = way.notify(title=message.subject, body=message.text, body_format="text")
    except Exception as error:  # noqa: BLE001 - a hundred services' code, each with errors of its own
        raise NotSent(f"{way.service_name} could not be used ({type(error).__name__}).") from None
    if not taken:
        raise NotSent(f"{way.service_name} did not take the message; look whether its address and token still count.")


def _check(way: object, private_networks: Sequence[str]) -> None:
    """Services whose URL names a host go where webhooks may go, and nowhere else."""
    named = any("{host}" in template for template in getattr(way, "templates", ()))
    hosts = {getattr(way, name, None) for name in ("host", "smtp_host")} if named else {getattr(way, "smtp_host", None)}
    for host in hosts:
        if isinstance(host, str) and host:
            place_of(host, int(getattr(way, "port", None) or 443), private_networks)
