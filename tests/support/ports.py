"""Free ports on loopback."""

import itertools
import os
import random
import socket

_FIRST, _LAST, _PROCESSES = 12_000, 32_000, 64
"""From 32768 on the kernel takes ports for connections: one of those may be gone before a program listens on it."""
_mine = list(range(_FIRST + os.getpid() % _PROCESSES, _LAST, _PROCESSES))
random.Random(os.getpid()).shuffle(_mine)
_next = itertools.cycle(_mine)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on right now, and that other processes of the tests do not try."""
    for port in _next:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
