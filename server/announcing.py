"""After the commit: what became of alerts goes out on the event stream."""

from collections.abc import Iterable

import msgspec

from server.alerting import AlertChange
from server.live import Hub


def announce(hub: Hub, changes: Iterable[AlertChange]) -> None:
    """Tell whoever listens."""
    for change in changes:
        hub.publish("alert", msgspec.to_builtins(change))
