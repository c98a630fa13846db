"""systemd's notifications (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names. Silent without systemd."""

import os
import socket


def notify(*lines: str) -> bool:
    """Tell the supervisor, e.g. "READY=1"; whether anybody was told."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
            told.setblocking(False)
            told.connect(address)
            told.sendall("\n".join(lines).encode())
    except OSError:
        return False
    return True


def watchdog_s() -> float | None:
    """How often systemd wants to hear from us, at half the time that it allows; None when it does not care."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(limit) / 2_000_000 if limit.isdecimal() and int(limit) and ours else None
