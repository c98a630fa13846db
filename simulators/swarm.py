"""A fleet on a real broker: few MQTT connections, many vans. Only I/O and timing; the protocol is in `fleet`.

Each connection carries the vans whose acknowledgements it subscribes to; the topics carry the gateways' ids, as if
every van had a connection of its own. Everything happens on one thread, so nothing needs a lock.
"""

import heapq
import select
import threading
import time
from collections.abc import Sequence
from typing import Self

from simulators.fleet import Van
from simulators.link import Link, LinkError
from wire.ack import decode_ack
from wire.encode import encode_live, encode_status, encode_up
from wire.messages import Status, WireError
from wire.topics import parse, topic

VANS_A_CONNECTION = 250
_ANSWER_WITHIN_S = 10.0
_LAST_WORDS_S = 2.0
_LEAST_S = 0.02
"""Vans are looked at no more often than this: an Ack that brings the next step forward sends by itself."""


class SwarmError(Exception):
    """The broker cannot be used; the message says why."""


class Swarm:
    """The fleet's connections. `run` blocks until every van is done, `stop` is set, or the time is over."""

    def __init__(self, vans: Sequence[Van], *, url: str, name: str, live_every_s: float = 0.0) -> None:
        self._url = url
        self._vans = {van.gateway: van for van in vans}
        self._live_every_s = live_every_s
        self._began = time.monotonic()
        self._unfinished = {van.gateway for van in vans if not van.done}
        groups = [vans[start : start + VANS_A_CONNECTION] for start in range(0, len(vans), VANS_A_CONNECTION)]
        try:
            self._links = [
                Link(url, f"{name}-{number}", [topic(van.gateway, "ack") for van in group], self._heard)
                for number, group in enumerate(groups)
            ]
        except LinkError as error:
            raise SwarmError(str(error)) from error
        self._groups = dict(zip(self._links, groups, strict=True))
        self._link_of = {van.gateway: link for link, group in self._groups.items() for van in group}

    def __enter__(self) -> Self:
        try:
            for link in self._links:
                link.connect()
            self._wait_until_listening()
        except (OSError, LinkError) as error:
            raise SwarmError(f"The broker at {self._url} does not answer: {error}. Is it running?") from error
        self._say(online=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._say(online=False)
        end = time.monotonic() + _LAST_WORDS_S
        while any(link.unsent for link in self._links) and time.monotonic() < end:
            self._pump(0.05)
        for link in self._links:
            link.close()

    def run(self, *, stop: threading.Event, until_s: float) -> None:
        """Send what is due, from now on, for at most so many seconds."""
        self._began = time.monotonic()
        due = [(0.0, gateway) for gateway in self._vans]
        every_s = self._live_every_s
        live = [(place / len(self._vans) * every_s, gateway) for place, gateway in enumerate(self._vans) if every_s]
        while not stop.is_set() and (now := self.now()) < until_s and self._unfinished:
            while due[0][0] <= now:
                gateway = due[0][1]
                self._send(gateway, now)
                heapq.heapreplace(due, (max(self._vans[gateway].wakes_at(now), now + _LEAST_S), gateway))
            while live and live[0][0] <= now:
                at, gateway = live[0]
                self._show(gateway, now)
                heapq.heapreplace(live, (at + every_s, gateway))
            wakes = min([until_s, due[0][0], *(at for at, _ in live[:1])])
            self._pump(max(0.0, min(wakes - self.now(), 0.25)))

    def now(self) -> float:
        """Seconds since `run` began."""
        return time.monotonic() - self._began

    def _wait_until_listening(self) -> None:
        end = time.monotonic() + _ANSWER_WITHIN_S
        while not all(link.listening for link in self._links):
            self._pump(0.1)
            if time.monotonic() > end:
                raise LinkError("it did not answer in time")

    def _pump(self, wait_s: float) -> None:
        """Read and write what the connections have, waiting at most so long for something to read."""
        readers = {link.socket: link for link in self._links if link.socket is not None}
        writers = [line for line, link in readers.items() if link.unsent]
        if not readers:
            time.sleep(wait_s)
        ready, free, _ = select.select(list(readers), writers, [], wait_s) if readers else ((), (), ())
        for line in ready:
            readers[line].read()
        for line in free:
            readers[line].write()
        for link in self._links:
            if link.kept_alive():
                for van in self._groups[link]:
                    van.reconnected(self.now())

    def _heard(self, name: str, payload: bytes) -> None:
        """An acknowledgement came."""
        try:
            van = self._vans[parse(name).gateway]
            ack = decode_ack(payload)
        except (WireError, KeyError):
            return
        now = self.now()
        van.told(ack, now)
        if van.done:
            self._unfinished.discard(van.gateway)
        self._send(van.gateway, now)

    def _send(self, gateway: str, now: float) -> None:
        for run in self._vans[gateway].runs(now):
            self._link_of[gateway].publish(topic(gateway, "up"), encode_up(run))

    def _show(self, gateway: str, now: float) -> None:
        position = self._vans[gateway].newest(now)
        if position is not None:
            self._link_of[gateway].publish(topic(gateway, "live"), encode_live(position))

    def _say(self, *, online: bool) -> None:
        status = encode_status(Status(online=online, version="simulated" if online else None))
        for gateway, link in self._link_of.items():
            link.publish(topic(gateway, "status"), status, retain=True)
