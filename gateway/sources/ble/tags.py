"""Adverts -> who was heard in a window, how often and how loud, and what tags measured. Pure.

Which tags are told one by one: those of the manifest; without one, tags of a known format, up to a bound. All others
are counted. What one address sends belongs to one tag: the identity that any of its adverts carried, else the address;
the manifest may name a tag by either. Of several adapters the one that heard a tag most often counts.

Times are monotonic seconds; records get their time from `at`, the end of the window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from firmware_bridge.adverts import Advert, Decoded
from gateway.sources.ble.readings import Readings
from gateway.sources.ble.rhythm import Folded, Rhythm
from wire.messages import Manifest, Sensor, Sighting

FORGET_S = 900.0
"""A tag that was not heard for so long begins anew: addresses that change by chance would fill the memory."""
MOST_TAGS = 200
"""Without a manifest at most so many tags are told: a depot's neighbours may have thousands."""
MOST_KNOWN = 20_000


class Happened(NamedTuple):
    """A tag's button was pressed, or the like."""

    tag: str
    what: str


@dataclass(slots=True)
class Tag:
    """One identity, and what it said."""

    id: str
    format: str | None
    told_as: str | None
    """Its id in the records; None: it is only counted."""
    rhythms: dict[int, Rhythm]
    readings: Readings
    heard_at: float
    rssi_sum: int = 0
    count: int = 0


@dataclass(slots=True)
class Sender:
    """One address, the bytes that it said last, and the tag that it is."""

    tag: Tag
    said: tuple[object, ...]
    names: str | None = None
    """The identity that any of its adverts carried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """What came together in a window."""

    sightings: tuple[Sighting, ...]
    sensors: tuple[Sensor, ...]
    unknown: int
    unknown_rssi_mean_dbm: float | None


class Tags:
    """Everything that is heard. Belongs to one event loop."""

    def __init__(
        self, decode: Callable[[Advert], Decoded], keys: Mapping[str, bytes], now: float, *, send_without_manifest: bool
    ) -> None:
        """`keys` of encrypted tags by address."""
        self.refused: dict[str, int] = {}
        """Adverts that were not believed, by the reason."""
        self._decode, self._keys = decode, keys
        self._send_without = send_without_manifest
        self._senders: dict[str, Sender] = {}
        self._tags: dict[str, Tag] = {}
        self._now_heard: dict[str, Tag] = {}
        self._listed: dict[str, str] | None = None
        self._told = 0
        """Tags that are told without a manifest."""
        self._began = now

    def follow(self, manifest: Manifest | None) -> None:
        """From now on these tags are told, by the manifest's spelling; None: there is no manifest."""
        self._listed = None if manifest is None else {tag.casefold(): tag for tag in manifest.tags}
        self._told = 0
        for address, sender in self._senders.items():
            self._settle(sender, address)
        for tag in self._tags.values():
            tag.told_as = None
        for address, sender in self._senders.items():
            self._name(sender.tag, address)

    def heard(self, advert: Advert, ear: int, now: float) -> list[Happened]:
        """An advert, by the adapter with this number. What happened comes back at once."""
        address = advert.address or ""
        sender = self._senders.get(address)
        if sender is None:
            sender = self._senders[address] = Sender(tag=self._tag(address, now), said=())
            self._name(sender.tag, address)
        said = (advert.manufacturer_data, advert.service_data, advert.name)
        happened = [] if said == sender.said else self._read(sender, advert, now)
        sender.said = said
        tag = sender.tag
        tag.heard_at = now
        rssi = int(advert.rssi or 0)
        rhythm = tag.rhythms.get(ear)
        if rhythm is None:
            rhythm = tag.rhythms[ear] = Rhythm()
        rhythm.heard(rssi, now, self._began)
        tag.rssi_sum += rssi
        tag.count += 1
        self._now_heard[tag.id] = tag
        return happened

    def window(self, at: datetime, window_s: float, now: float) -> Window:
        """The window that ends now, at `at`; the next one begins."""
        sightings, sensors = [], []
        unknown, unknown_count, unknown_sum = 0, 0, 0
        for tag in self._now_heard.values():
            folded = max(
                (rhythm.folded(now) for rhythm in tag.rhythms.values() if rhythm.count), key=lambda each: each.adverts
            )
            if tag.told_as is None:
                unknown += 1
                unknown_count += tag.count
                unknown_sum += tag.rssi_sum
            else:
                sightings.append(_sighting(tag.told_as, folded, at, window_s))
                sensors += [
                    Sensor(at=at, sensor=tag.told_as, quantity=due.quantity, value=due.value)
                    for due in tag.readings.due(now)
                ]
            tag.count = tag.rssi_sum = 0
        self._now_heard = {}
        self._began = now
        self._forget(now)
        return Window(
            sightings=tuple(sightings),
            sensors=tuple(sensors),
            unknown=unknown,
            unknown_rssi_mean_dbm=round(unknown_sum / unknown_count, 1) if unknown_count else None,
        )

    def told_lately(self, now: float, within_s: float) -> int:
        """How many tags that are told were heard lately."""
        return sum(tag.told_as is not None and now - tag.heard_at <= within_s for tag in self._tags.values())

    def _read(self, sender: Sender, advert: Advert, now: float) -> list[Happened]:
        """What the advert says, beyond that it is there."""
        address = advert.address or ""
        key = self._keys.get(address)
        decoded = self._decode(advert if key is None else msgspec.structs.replace(advert, bindkey=key))
        if decoded.error is not None:
            reason = decoded.format or "unknown"
            self.refused[reason] = self.refused.get(reason, 0) + 1
        if decoded.id is not None and decoded.id != sender.names and not _only_an_address(decoded.id, sender.names):
            sender.names = decoded.id
            self._settle(sender, address)
        tag = sender.tag
        tag.format = tag.format or decoded.format
        if tag.told_as is None:
            self._name(tag, address)
        happened = tag.readings.heard(decoded.values, now) if decoded.values else []
        return [Happened(tag.told_as, what) for what in happened] if tag.told_as is not None else []

    def _settle(self, sender: Sender, address: str) -> None:
        """Let the address belong to the tag that it is; what it said in this window as another one goes with it."""
        by_address = self._listed is not None and address.casefold() in self._listed
        identity = address if by_address or sender.names is None else sender.names
        before = sender.tag
        if before.id == identity:
            return
        tag = sender.tag = self._tag(identity, before.heard_at)
        sender.said = ()  # what it measures is read again, for the tag that it is now
        tag.format = tag.format or before.format
        if before.id != address:
            return  # others may be of that identity too
        del self._tags[before.id]
        self._told -= before.told_as is not None and self._listed is None
        if self._now_heard.pop(before.id, None) is not None:
            tag.count, tag.rssi_sum = tag.count + before.count, tag.rssi_sum + before.rssi_sum
            tag.rhythms = {**before.rhythms, **tag.rhythms}
            self._now_heard[tag.id] = tag

    def _tag(self, identity: str, now: float) -> Tag:
        tag = self._tags.get(identity)
        if tag is None:
            tag = self._tags[identity] = Tag(identity, None, None, {}, Readings(), now)
        return tag

    def _name(self, tag: Tag, address: str) -> None:
        """Decide what a tag is called in the records; None when it is only counted."""
        if self._listed is not None:
            tag.told_as = tag.told_as or self._listed.get(tag.id.casefold()) or self._listed.get(address.casefold())
        elif tag.told_as is None and self._send_without and tag.format is not None and self._told < MOST_TAGS:
            self._told += 1
            tag.told_as = tag.id

    def _forget(self, now: float) -> None:
        too_old = now - FORGET_S
        if len(self._senders) > MOST_KNOWN:
            newest = sorted((sender.tag.heard_at for sender in self._senders.values()), reverse=True)
            too_old = newest[MOST_KNOWN // 2]
        gone = [address for address, sender in self._senders.items() if sender.tag.heard_at < too_old]
        for address in gone:
            del self._senders[address]
        for identity in [each for each, tag in self._tags.items() if tag.heard_at < too_old]:
            tag = self._tags.pop(identity)
            self._told -= tag.told_as is not None and self._listed is None


def _only_an_address(said: str, known: str | None) -> bool:
    """An address within a payload (Ruuvi, Minew) is no rival of the iBeacon that the same tag sends in between."""
    return known is not None and ":" in said


def _sighting(tag: str, folded: Folded, at: datetime, window_s: float) -> Sighting:
    expected = folded.expected_per_s
    return Sighting(
        at=at,
        tag=tag,
        window_s=window_s,
        count=folded.adverts,
        rssi_max_dbm=folded.rssi_max_dbm,
        rssi_mean_dbm=round(folded.rssi_sum_dbm / folded.adverts, 1),
        expected=None if expected is None else round(expected * window_s, 2),
        gap_s=round(min(folded.gap_s, window_s), 1),
    )
