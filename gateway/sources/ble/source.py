"""The tags around a vehicle: adapters listen, adverts are folded into windows, and each window becomes records.

Windows end at multiples of their length since UTC midnight, by the vehicle's clock. One scanner record a window says
whether tags could be heard; without an adapter there is none, which says that nobody knows. Nothing that Bluetooth does
ends this, nor disturbs the rest of the gateway.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from firmware_bridge.adverts import Advert, Decoder
from gateway.clock import Clock
from gateway.manifest import Kept
from gateway.settings import Ble
from gateway.settings_checks import tag_keys
from gateway.sources.ble.hearing import Hearing, Verdict
from gateway.sources.ble.tags import Tags, Window
from gateway.sources.ble.watch import Patience
from wire.messages import KNOWN, Manifest, Radio, Scanner, instant, milliseconds

if TYPE_CHECKING:
    from gateway.sources.ble.ear import Ear

log = logging.getLogger("ble")

LATELY_S = 60.0
QUIET_EVERY_S = 60
"""A scanner that hears nothing and stays so is recorded so often."""
GIVEN_UP_AFTER_S = 3600.0
"""An adapter that nobody named and that is gone for so long does not count any more."""
STUBBORN = 2
"""Repairs that did not help, after which a person should look at it."""


class Post:
    """One adapter in its place: its ear, and how well it heard."""

    def __init__(self, number: int, ear: "Ear", now: float) -> None:
        self.number, self.ear = number, ear
        self.hearing = Hearing(now)
        self.verdict = Verdict(healthy=False, adverts=0)
        self.well_at = now
        self.per_s = 0.0

    @property
    def troubled(self) -> bool:
        """Whether a person should look at it."""
        watch = self.ear.watch
        return watch.state in {"absent", "off"} or watch.repairs >= STUBBORN or watch.failures >= STUBBORN


class BleSource:
    """Tags of one vehicle. `run` ends only by cancellation."""

    def __init__(
        self,
        settings: Ble,
        clock: Clock,
        kept: Kept,
        *,
        put: Callable[[KNOWN], None],
        event: Callable[..., None],
        patience: Patience | None = None,
    ) -> None:
        """`put` takes records with a time, `event` a name and its details."""
        self.beat_at = float("inf")
        self.adverts = 0
        self.sightings = 0
        self.events = 0
        self.trouble: str | None = None
        """Why there is no adapter at all."""
        self.posts: dict[str, Post] = {}
        self._settings, self._clock, self._kept = settings, clock, kept
        self._put, self._event = put, event
        self._patience = patience or Patience()
        keys: Mapping[str, bytes] = tag_keys(settings.keys_file) if settings.keys_file else {}
        self.tags = Tags(
            Decoder().decode,
            keys,
            asyncio.get_running_loop().time(),
            send_without_manifest=settings.without_manifest == "send",
        )
        self._recording = None if settings.replay is None else Hearing(asyncio.get_running_loop().time())
        self._follows: Manifest | None = None
        self._told: Scanner | None = None

    @property
    def manifest(self) -> Manifest | None:
        """What it works by."""
        return self._follows

    async def run(self) -> None:
        """Listen, and close windows."""
        if self._settings.replay is None and self._settings.adapters == ():
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._windows(), name="windows")
            if self._settings.replay is not None:
                group.create_task(self._replayed(), name="adverts")
            elif sys.platform == "linux":
                group.create_task(self._listened(group), name="adapters")
            else:
                self.trouble = "tags are heard on Linux only: write adapters = [] under [ble]"

    def radios(self) -> tuple[Radio, ...]:
        """The adapters, for the status."""
        now, wall = asyncio.get_running_loop().time(), self._clock.now()
        found = tuple(self._radio(post, now, wall) for post in self.posts.values())
        if not found and self.trouble:
            return (Radio(adapter="none", state="absent", problem=self.trouble),)
        return found

    def problems(self) -> tuple[str, ...]:
        """What a person should do something about. A van without tags may be without Bluetooth."""
        if not self.posts and self.trouble and (self._follows is not None or self._settings.adapters):
            return (self.trouble,)
        return tuple(post.ear.watch.problem for post in self.posts.values() if post.troubled)

    def heard(self, advert: Advert, ear: int, now: float) -> None:
        """An advert; what happened goes out at once."""
        self.adverts += 1
        for happened in self.tags.heard(advert, ear, now):
            self.events += 1
            self._event("tag_event", tag=happened.tag, what=happened.what)

    async def _listened(self, group: asyncio.TaskGroup) -> None:
        """Have an ear at each adapter: at those that are named, or at any that there is."""
        from gateway.sources.ble.bluez import Bluez, TroubleError  # noqa: PLC0415 - needs Linux
        from gateway.sources.ble.ear import Ear  # noqa: PLC0415

        bluez, loop = Bluez(self._patience.answer_within_s), asyncio.get_running_loop()
        try:
            for address in self._settings.adapters or ():
                self._post(address, bluez, Ear, group)
            while self._settings.adapters is None:
                try:
                    there = [known.address for known in await bluez.adapters()]
                    trouble = "there is no Bluetooth adapter: plug one in, or write adapters = [] under [ble]"
                except TroubleError as error:
                    there, trouble = [], f"{error}; for a van without tags write adapters = [] under [ble]"
                for address in there:
                    if address not in self.posts:
                        self._post(address, bluez, Ear, group)
                self.trouble = None if there or self.posts else trouble
                self._give_up(loop.time())
                await asyncio.sleep(self._patience.look_every_s)
            await asyncio.Event().wait()
        finally:
            bluez.close()

    def _post(self, address: str, bluez: Any, ear: type["Ear"], group: asyncio.TaskGroup) -> None:
        now, number = asyncio.get_running_loop().time(), len(self.posts)
        while any(post.number == number for post in self.posts.values()):
            number += 1

        def told(device: Any, data: Any) -> None:
            at = loop.time()
            post.hearing.heard(at)
            self.heard(
                Advert(
                    address=device.address, name=data.local_name, rssi=data.rssi, service_data=data.service_data,
                    manufacturer_data=data.manufacturer_data, service_uuids=tuple(data.service_uuids),
                    at_ms=int(at * 1000),
                ),
                number,
                at,
            )  # fmt: skip

        loop = asyncio.get_running_loop()
        post = self.posts[address] = Post(number, ear(address, bluez, told, self._patience), now)
        post.ear.task = group.create_task(post.ear.run(), name=f"adapter {address}")

    def _give_up(self, now: float) -> None:
        """Adapters that were found, and are gone for long."""
        for address, post in list(self.posts.items()):
            if post.ear.watch.state != "absent":
                post.well_at = now
            elif now - post.well_at > GIVEN_UP_AFTER_S and post.ear.task is not None:
                post.ear.task.cancel()
                del self.posts[address]

    async def _replayed(self) -> None:
        from gateway.sources.ble.replay import play  # noqa: PLC0415 - beside its adapters' counterpart

        recording, path = self._recording, self._settings.replay
        assert recording is not None
        assert path is not None

        def told(advert: Advert, ear: int, now: float) -> None:
            recording.heard(now)
            self.heard(advert, ear, now)

        await play(path, told, self._clock.now)

    async def _windows(self) -> None:
        """Close a window after the other."""
        loop, window_ms = asyncio.get_running_loop(), self._settings.window_s * 1000
        while True:
            left_s = (window_ms - milliseconds(self._clock.now()) % window_ms) / 1000
            ends = loop.time() + left_s
            while (wait_s := ends - loop.time()) > 0:
                self.beat_at = loop.time()
                self._follow(self._clock.now())
                await asyncio.sleep(min(wait_s, 1.0))
            self._close(loop.time())

    def _follow(self, now: datetime) -> None:
        """Work by the manifest that counts now."""
        manifest = self._kept.current(now)
        if manifest is not self._follows:
            tags = self._follows.tags if self._follows else None
            self._follows = manifest
            if (manifest.tags if manifest else None) != tags:
                self.tags.follow(manifest)

    def _close(self, now: float) -> None:
        window_ms = self._settings.window_s * 1000
        # Half a window of grace: the clock may have been set, and timers fire a little early or late.
        at_ms = (milliseconds(self._clock.now()) + window_ms // 2) // window_ms * window_ms
        window = self.tags.window(instant(at_ms), float(self._settings.window_s), now)
        for sighting in window.sightings:
            self._put(sighting)
        for sensor in window.sensors:
            self._put(sensor)
        self.sightings += len(window.sightings)
        if (scanner := self._scanner(window, instant(at_ms), now)) is not None:
            self._put(scanner)

    def _scanner(self, window: Window, at: datetime, now: float) -> Scanner | None:
        """How well could tags be heard? None when there is nothing to say, or nothing new."""
        for post in self.posts.values():
            watch = post.ear.watch
            problem = "" if watch.state == "scanning" else watch.problem or watch.state
            post.verdict = post.hearing.window(now, post.ear.disturbed_at, problem)
            post.per_s = post.verdict.adverts / self._settings.window_s
        verdicts = [(address, post.verdict) for address, post in self.posts.items()]
        if self._recording is not None:
            verdicts = [("recording", self._recording.window(now, float("-inf"), ""))]
        if not verdicts:
            return None
        ill = [(address, verdict) for address, verdict in verdicts if not verdict.healthy]
        address, _ = max(verdicts, key=lambda each: each[1].adverts)
        found = Scanner(
            at=at,
            window_s=float(self._settings.window_s),
            healthy=not ill,
            adverts=sum(verdict.adverts for _, verdict in verdicts),
            tags=len(window.sightings),
            unknown=window.unknown,
            unknown_rssi_mean_dbm=window.unknown_rssi_mean_dbm,
            adapter=ill[0][0] if ill else address,
            problem=ill[0][1].problem if ill else None,
        )
        same = self._told is not None and (self._told.healthy, self._told.problem) == (found.healthy, found.problem)
        if not found.healthy and not found.adverts and same and milliseconds(at) // 1000 % QUIET_EVERY_S:
            return None
        self._told = found
        return found

    def _radio(self, post: Post, now: float, wall: datetime) -> Radio:
        ear = post.ear
        return Radio(
            adapter=ear.address,
            state=ear.watch.state,
            adverts_per_s=round(post.per_s, 1),
            tags=self.tags.told_lately(now, LATELY_S),
            last_heard_at=None if ear.heard_at is None else wall - timedelta(seconds=now - ear.heard_at),
            problem=ear.watch.problem or None,
        )
