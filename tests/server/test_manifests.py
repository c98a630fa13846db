"""Gateways are handed the tags that matter: once, anew when the plan changes, again when they say another version."""

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from server.domain.plan import FIELDS
from server.manifests import Manifests
from server.store import bindings, packages, tags
from server.store.bindings import Pair
from server.store.fleet import add_gateways, unclaimed
from server.store.schema import gateways, routes
from tests.support.peers import deliver, talking
from tests.support.people import a_program
from tests.support.positions import a_position
from tests.support.servers import a_server
from tests.support.stores import NOW, Stores, later
from tests.support.waiting import until
from wire.down import CLEARED, decode_down
from wire.topics import topic


class Hands:
    """What was handed out, and the one who does it."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.handed: list[tuple[str, bytes]] = []
        self.manifests = Manifests(
            stores.database, lambda gateway, data: self.handed.append((gateway, data)), accept_unclaimed=True
        )

    def beat(self, seconds: float) -> dict[str, list[str] | None]:
        """What is handed out at that time."""
        self.handed.clear()
        self.manifests.beat(later(seconds))
        found = {gateway: decode_down(data) for gateway, data in self.handed}
        assert all(found[gateway] is not None or data == CLEARED for gateway, data in self.handed)
        return {gateway: list(said.tags) if said else None for gateway, said in found.items()}

    def says(self, gateway: str, version: str | None) -> None:
        """A gateway's status."""
        with self.stores.database.writing() as connection:
            said = {"online": True, "manifest": version}
            connection.execute(update(gateways).where(gateways.c.id == gateway).values(status=said))

    def versions(self) -> dict[str, str]:
        """What was handed out last, by gateway."""
        return {gateway: said.version for gateway, data in self.handed if (said := decode_down(data)) is not None}


@pytest.fixture
def hands(stores: Stores) -> Hands:
    """Two vans, each with a package."""
    with stores.database.writing() as connection:
        add_gateways(connection, [unclaimed(van, NOW) for van in ("v1", "v2")])
        for package, van in (("A1", "v1"), ("A2", "v2")):
            row = {**dict.fromkeys(FIELDS), "name": "", "vehicle_id": van, "site_id": "north"}
            packages.put(connection, {package: row}, NOW)
        tags.add_new(connection, {"T1": None, "T2": None}, NOW)
    return Hands(stores)


def bind(stores: Stores, package: str, tag: str) -> None:
    with stores.database.writing() as connection:
        packages.count_a_change(connection)
        bindings.bind(connection, [Pair(package, tag)], at_ms=1, by="x", move=True)


def test_nobody_is_told_of_nothing(hands: Hands) -> None:
    """A fleet without tags has no traffic by them."""
    assert hands.beat(0) == {}


def test_a_change_reaches_both_neighbours_once(hands: Hands) -> None:
    """And what was taken is not sent again."""
    bind(hands.stores, "A1", "T1")
    assert hands.beat(0) == {"v1": ["T1"], "v2": ["T1"]}
    for gateway, version in hands.versions().items():
        hands.says(gateway, version)
    assert hands.beat(30) == hands.beat(3000) == {}
    bind(hands.stores, "A2", "T2")
    assert hands.beat(3005) == {"v1": ["T1", "T2"], "v2": ["T1", "T2"]}


def test_a_morning_of_scanning_is_not_a_flood(hands: Hands) -> None:
    """Every scan changes the plan; the network of a van is a mobile one."""
    bind(hands.stores, "A1", "T1")
    assert len(hands.beat(0)) == 2
    bind(hands.stores, "A2", "T2")
    assert hands.beat(5) == {}
    assert len(hands.beat(11)) == 2


def test_a_gateway_that_says_another_version_is_handed_it_again(hands: Hands) -> None:
    """The broker may have lost what it kept, or the box its disk; but it is given time to answer."""
    bind(hands.stores, "A1", "T1")
    hands.beat(0)
    hands.says("v1", hands.versions()["v1"])
    hands.says("v2", "of-yesterday")
    assert hands.beat(60) == {}
    assert hands.beat(180) == {"v2": ["T1"]}


def test_when_nothing_matters_any_more_the_manifest_is_taken_away(hands: Hands) -> None:
    """Also after a restart, when only the gateway knows that it had one."""
    bind(hands.stores, "A1", "T1")
    hands.beat(0)
    hands.says("v1", hands.versions()["v1"])
    with hands.stores.database.writing() as connection:
        packages.count_a_change(connection)
        packages.close(connection, "A1", NOW)
    assert hands.beat(60) == {"v1": None, "v2": None}
    again = Hands(hands.stores)
    assert again.beat(61) == {"v1": None}


def test_midnight_makes_a_new_one(hands: Hands) -> None:
    """It counts until the end of the next day, so that a server that is away for a night leaves nobody without."""
    bind(hands.stores, "A1", "T1")
    hands.beat(0)
    first = hands.versions()
    for gateway, version in first.items():
        hands.says(gateway, version)
    assert len(hands.beat(86_400)) == 2
    assert hands.versions() != first


def test_routes_of_other_days_do_not_matter(hands: Hands) -> None:
    """Or a year of forgotten packages fills the message."""
    bind(hands.stores, "A1", "T1")
    row = {"id": "r", "vehicle_id": "v1", "dock": "", "driver": "", "departs_at": later(-86_400 * 9), "changed_at": NOW}
    with hands.stores.database.writing() as connection:
        connection.execute(insert(routes).values(row))
        packages.put(
            connection, {"A1": {**dict.fromkeys(FIELDS), "name": "", "vehicle_id": "v1", "route_id": "r"}}, NOW
        )
    assert hands.beat(0) == {}


def test_over_a_real_broker_it_is_there_for_whoever_comes(tmp_path: Path) -> None:
    """Retained: a gateway that is switched on at five finds what was planned at four."""
    with a_server(tmp_path) as server:
        deliver(server.mqtt, {"van-1": [a_position(0)]})
        with a_program(server, "plans", "dispatcher") as client:
            client.put("/api/v1/packages/A1", json={"vehicle_id": "van-1", "tag_id": "AA:00:00:00:00:01"})

            found: list[bytes] = []
            with talking(server.mqtt) as (mqtt, _):
                mqtt.on_message = lambda _client, _data, message: found.append(message.payload)
                mqtt.subscribe(topic("van-1", "down"), 1)
                until(lambda: bool(found), 20, "the manifest")
            late: list[tuple[bool, bytes]] = []
            with talking(server.mqtt) as (mqtt, _):
                mqtt.on_message = lambda _client, _data, message: late.append((message.retain, message.payload))
                mqtt.subscribe(topic("van-1", "down"), 1)
                until(lambda: bool(late), 20, "the manifest that is kept")
    assert late == [(True, found[-1])]
    assert json.loads(found[-1])["manifest"]["tags"] == ["AA:00:00:00:00:01"]
