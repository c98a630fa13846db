"""Adverts become windows: which tags are told, under which name, and what is only counted."""

from datetime import timedelta
from typing import Any

import pytest

from firmware_bridge.adverts import Advert, Decoded, Decoder, encode
from gateway.sources.ble.tags import FORGET_S, MOST_TAGS, Tags, Window
from tests.support.bluetooth import RUUVI, address, ibeacon, identity
from tests.support.positions import NOON
from wire.messages import Manifest

RUUVI_ID = "CB:B8:33:4C:88:4F"
"""Of the maker's example; it is in the payload."""


def an_advert(number: int = 1, rssi: int = -60, **said: Any) -> Advert:
    usual = {} if said else {"manufacturer_data": {0x004C: ibeacon(number)}}
    return Advert(**{"address": address(number), "rssi": rssi, **usual, **said})


def a_manifest(*tags: str) -> Manifest:
    return Manifest(version="v1", until=NOON + timedelta(days=1), tags=tags)


class Around:
    """Tags around a van; windows of ten seconds."""

    def __init__(self, *listed: str, send: bool = True, **keys: bytes) -> None:
        self.tags = Tags(Decoder().decode, keys, 0.0, send_without_manifest=send)
        self.now = 0.0
        if listed:
            self.tags.follow(a_manifest(*listed))

    def hear(self, *adverts: Advert, ear: int = 0) -> list[tuple[str, str]]:
        happened = []
        for advert in adverts:
            self.now += 0.01
            happened += self.tags.heard(advert, ear, self.now)
        return [tuple(each) for each in happened]

    def window(self) -> Window:
        self.now = (self.now // 10 + 1) * 10
        return self.tags.window(NOON, 10.0, self.now)

    def told(self) -> dict[str, int]:
        """How often each tag was heard in the window that ends."""
        return {sighting.tag: sighting.count for sighting in self.window().sightings}


def test_tags_of_the_manifest_are_told_and_all_others_are_counted() -> None:
    """A truck beside ours has its own parcels: forty sightings a window that nobody asked for."""
    around = Around(identity(1), identity(2))
    around.hear(*[an_advert(n, -50 - n) for n in (1, 1, 2, 3, 4, 4)])
    window = around.window()
    assert {each.tag: (each.count, each.rssi_max_dbm, each.rssi_mean_dbm) for each in window.sightings} == {
        identity(1): (2, -51, -51.0),
        identity(2): (1, -52, -52.0),
    }
    assert (window.unknown, window.unknown_rssi_mean_dbm) == (2, -53.7)
    assert around.window() == Window(sightings=(), sensors=(), unknown=0, unknown_rssi_mean_dbm=None)


def test_the_manifest_may_name_a_tag_by_its_address_and_in_any_case() -> None:
    """On many tags only the address is printed; people type."""
    around = Around(address(1).lower(), identity(2).upper())
    around.hear(an_advert(1), an_advert(2))
    assert around.told() == {address(1).lower(): 1, identity(2).upper(): 1}


def test_without_a_manifest_tags_of_known_formats_are_told() -> None:
    """A box without a server that knows of tags should be of use, and not for headphones."""
    around = Around()
    around.hear(an_advert(1), an_advert(2, manufacturer_data={0x1234: b"who knows"}))
    assert around.told() == {identity(1): 1}
    counting = Around(send=False)
    counting.hear(an_advert(1))
    assert counting.window().unknown == 1


def test_without_a_manifest_there_is_a_bound() -> None:
    """At a depot there are thousands, and the link is narrow."""
    around = Around()
    around.hear(*[an_advert(n) for n in range(MOST_TAGS + 50)])
    window = around.window()
    assert (len(window.sightings), window.unknown) == (MOST_TAGS, 50)
    around.hear(*[an_advert(n) for n in reversed(range(MOST_TAGS + 50))])
    assert {each.tag for each in around.window().sightings} == {identity(n) for n in range(MOST_TAGS)}


def test_a_manifest_that_changes_counts_at_once_and_what_was_learned_stays() -> None:
    """During loading it changes each minute."""
    around = Around(identity(1))
    around.hear(*[an_advert(1) for _ in range(20)])
    around.tags.follow(a_manifest(identity(1), identity(2)))
    around.hear(an_advert(2))
    [first, second] = around.window().sightings
    assert (first.tag, first.count, second.tag) == (identity(1), 20, identity(2))
    assert first.expected == pytest.approx(1000, rel=0.01)
    around.tags.follow(a_manifest(identity(2)))
    around.hear(an_advert(1), an_advert(2))
    assert around.told() == {identity(2): 1}
    around.tags.follow(None)
    around.hear(an_advert(1), an_advert(2))
    assert around.told() == {identity(1): 1, identity(2): 1}


def test_sensor_data_of_an_address_goes_to_the_identity_that_it_carries() -> None:
    """Many tags send an iBeacon and, in the scan response, their temperature without a name."""
    around = Around(identity(1))
    first = an_advert(1, manufacturer_data={0x1234: b"first"})
    around.hear(first, first, an_advert(1), an_advert(1, service_data={BTHOME: bytes.fromhex("4002C409")}))
    window = around.window()
    assert [(each.tag, each.count) for each in window.sightings] == [(identity(1), 4)]
    assert [(each.sensor, each.quantity, each.value) for each in window.sensors] == [
        (identity(1), "temperature_c", 25.0)
    ]
    assert window.unknown == 0


BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"


def test_an_address_within_a_payload_is_no_second_tag_beside_the_identity() -> None:
    """Minew's tags send an iBeacon and frames with their address by turns: one tag, with all its adverts."""
    around = Around()
    frame = encode.minew(0x01, {"temperature_c": 5.0}, address=address(1))
    around.hear(*[an_advert(1), an_advert(1, service_data=frame)] * 3)
    window = around.window()
    assert [(each.tag, each.count) for each in window.sightings] == [(identity(1), 6)]
    assert {each.sensor for each in window.sensors} == {identity(1)}


def test_two_tags_with_one_identity_are_told_apart_when_the_manifest_names_their_addresses() -> None:
    """Cheap tags all leave the factory with one identity."""
    twins = [an_advert(n, manufacturer_data={0x004C: ibeacon(7)}) for n in (1, 2, 2)]
    together = Around(identity(7))
    together.hear(*twins)
    assert together.told() == {identity(7): 3}
    apart = Around(address(1), address(2))
    apart.hear(*twins)
    assert apart.told() == {address(1): 1, address(2): 2}
    apart.tags.follow(a_manifest(identity(7)))
    apart.hear(*twins)
    assert apart.told() == {identity(7): 3}


def test_a_manifest_that_renames_a_tag_gets_its_readings_too() -> None:
    """What was read before the manifest came was read for another name, and is not said again by the tag."""
    around, ruuvi = Around(), an_advert(1, manufacturer_data={0x0499: RUUVI})
    around.hear(ruuvi)
    assert {each.sensor for each in around.window().sensors} == {RUUVI_ID}
    around.tags.follow(a_manifest(address(1)))
    around.hear(ruuvi)
    assert {each.sensor for each in around.window().sensors} == {address(1)}


def test_of_two_adapters_the_one_that_heard_a_tag_most_often_counts() -> None:
    """Added up, a second antenna would make a tag twice as near."""
    around = Around(identity(1))
    around.hear(an_advert(1, -80), an_advert(1, -80), ear=0)
    around.hear(an_advert(1, -60), an_advert(1, -60), an_advert(1, -62), ear=1)
    [sighting] = around.window().sightings
    assert (sighting.count, sighting.rssi_max_dbm, sighting.rssi_mean_dbm) == (3, -60, -60.7)


def test_an_advert_that_is_not_believed_still_says_that_the_tag_is_there() -> None:
    """A wrong key must not make a parcel vanish; the reason is counted."""
    sealed = an_advert(1, service_data={BTHOME: bytes.fromhex("41a47266c95f730011223378237214")})
    around = Around(address(1))
    around.hear(sealed, sealed)
    window = around.window()
    assert ([each.count for each in window.sightings], window.sensors) == ([2], ())
    assert sum(around.tags.refused.values()) == 1


def test_the_key_of_a_tag_opens_its_adverts() -> None:
    """The example of bthome.io/encryption."""
    key = {"54:48:E6:8F:80:A5": bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")}
    sealed = Advert(
        address="54:48:E6:8F:80:A5", rssi=-60, service_data={BTHOME: bytes.fromhex("41a47266c95f730011223378237214")}
    )
    around = Around("54:48:E6:8F:80:A5", **key)
    around.hear(sealed)
    assert {each.quantity: each.value for each in around.window().sensors} == {
        "temperature_c": 25.06,
        "humidity_percent": 50.55,
    }


def test_a_pressed_button_goes_out_at_once_if_the_tag_is_ours() -> None:
    """A driver presses it for help."""
    press = [an_advert(n, service_data={BTHOME: bytes.fromhex("4000013a01")}) for n in (1, 2)]
    assert Around(address(1)).hear(*press) == [(address(1), "button: press")]


def test_what_stays_the_same_is_decoded_once() -> None:
    """400 adverts a second cost a twentieth of a core: most of them say what they said before."""
    asked = []

    def decode(advert: Advert) -> Decoded:
        asked.append(advert)
        return Decoded()

    tags = Tags(decode, {}, 0.0, send_without_manifest=True)
    for now in range(100):
        tags.heard(an_advert(1, -60 - now % 7), 0, float(now))
    assert len(asked) == 1
    assert tags.window(NOON, 10.0, 100.0).unknown == 1


def test_tags_that_are_gone_are_forgotten() -> None:
    """Phones change their address each quarter of an hour; a month of them is a lot of memory."""
    around = Around()
    around.hear(*[an_advert(n) for n in range(50)])
    around.window()
    around.now += FORGET_S
    around.hear(an_advert(99))
    around.window()
    assert len(around.tags._senders) == len(around.tags._tags) == 1
    assert around.tags._told == 1


def test_a_ruuvi_is_known_by_the_address_in_its_payload() -> None:
    """On iOS there is no other."""
    around = Around(RUUVI_ID)
    around.hear(an_advert(1, manufacturer_data={0x0499: RUUVI}))
    window = around.window()
    assert [each.tag for each in window.sightings] == [RUUVI_ID]
    assert ("temperature_c", 24.3) in {(each.quantity, each.value) for each in window.sensors}
