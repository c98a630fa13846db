"""Rows for peers: a van that drives, a second at a time."""

from random import Random
from threading import Event

from tests.support.peers import Peer
from tests.support.positions import a_position
from wire.messages import Position, rfc3339


def drives(first: int, last: int) -> list[Position]:
    """A position for each second from `first` to before `last`."""
    return [a_position(second, lon=round(24.9 + second * 1e-5, 7), speed_mps=5.0) for second in range(first, last)]


def times(rows: list[Position]) -> list[str]:
    """When they were, as the API says it."""
    return [rfc3339(one.at) for one in rows]


def drive_on(peer: Peer, count: int) -> None:
    """So many more rows for its outbox."""
    peer.put(drives(len(peer.rows), len(peer.rows) + count))


def drive_for_a_while(random: Random, peers: list[Peer]) -> None:
    """Rows for all of them, for a random time: when they come is what is random here, and nothing is waited for."""
    for _ in range(random.randint(1, 6)):
        for peer in peers:
            drive_on(peer, random.randint(1, 40))
        Event().wait(random.uniform(0, 0.06))
