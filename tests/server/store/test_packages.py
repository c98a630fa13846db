"""Packages, routes and tags in both databases: one tag at a time, history kept, packages follow their route."""

import itertools

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from server.domain.plan import FIELDS, PlanError, planned
from server.store import bindings, packages, routes, tags
from server.store.bindings import Pair
from server.store.packages import Wanted
from server.store.schema import bindings as bindings_table
from server.store.schema import vehicles
from tests.support.stores import NOW, Stores, later

T = 1_000_000


@pytest.fixture
def fleet(stores: Stores) -> Stores:
    """Three vans, three packages, three tags."""
    with stores.database.writing() as connection:
        rows = [{"id": van, "name": van, "created_at": NOW} for van in ("van-1", "van-2", "van-3")]
        connection.execute(insert(vehicles), rows)
        packages.put(connection, {id_: a_package() for id_ in ("A1", "A2", "A3")}, NOW)
        tags.add_new(connection, {"T1": None, "T2": None, "b9/4/17": "ibeacon"}, NOW)
    return stores


def a_package(**said: str | None) -> dict:
    return {**dict.fromkeys(FIELDS), "name": "", **said}


def put(stores: Stores, seconds: float = 0, **rows: dict) -> dict[str, str]:
    with stores.database.writing() as connection:
        return packages.put(connection, rows, later(seconds))


def bind(stores: Stores, *pairs: tuple[str, str], at_ms: int = T, move: bool = False, sees=None) -> list[str]:
    with stores.database.writing() as connection:
        wanted = [Pair(*pair) for pair in pairs]
        return bindings.bind(connection, wanted, at_ms=at_ms, by="aino", move=move, sees=sees)


def history(stores: Stores, **of: str) -> list[tuple]:
    with stores.database.reading() as connection:
        rows = bindings.history(connection, **of)
    return [(row["package_id"], row["tag_id"], row["from_ms"], row["until_ms"]) for row in rows]


def found(stores: Stores, **wanted) -> list[str]:
    with stores.database.reading() as connection:
        return [row["id"] for row in packages.list_packages(connection, Wanted(**wanted))]


def a_route(stores: Stores, route: str = "r1", vehicle: str = "van-1", *stops: str, seconds: float = 0) -> int:
    row = {"id": route, "vehicle_id": vehicle, "site_id": None, "dock": "3", "driver": "", "changed_at": NOW}
    places = [
        {"id": stop, "sequence": place, "name": stop, "lon_e7": 0, "lat_e7": 0, "radius_m": 30.0}
        for place, stop in enumerate(stops, start=1)
    ]
    with stores.database.writing() as connection:
        return routes.put(connection, {**row, "departs_at": later(seconds)}, places)


def test_a_tag_is_on_one_package_at_a_time(fleet: Stores) -> None:
    """And a package has one; what holds either is said."""
    assert bind(fleet, ("A1", "T1"), ("A2", "T2")) == ["", ""]
    assert bind(fleet, ("A1", "T1"), at_ms=T + 5) == [""]  # it is so already
    assert "on the package 'A1'" in bind(fleet, ("A2", "T1"))[0]
    assert "has the tag 'T1'" in bind(fleet, ("A1", "b9/4/17"))[0]
    assert history(fleet, tag="T1") == [("A1", "T1", T, None)]


def test_the_database_itself_refuses_a_second_one(fleet: Stores) -> None:
    """Whatever a program forgets."""
    bind(fleet, ("A1", "T1"))
    for pair in (("A2", "T1"), ("A1", "T2")):
        row = {"package_id": pair[0], "tag_id": pair[1], "from_ms": T, "bound_by": "x"}
        with pytest.raises(IntegrityError), fleet.database.writing() as connection:
            connection.execute(insert(bindings_table).values(row))


def test_moving_ends_both_and_keeps_history(fleet: Stores) -> None:
    """What was heard yesterday is judged by yesterday's binding."""
    bind(fleet, ("A1", "T1"), ("A2", "T2"))
    assert bind(fleet, ("A2", "T1"), at_ms=T + 10, move=True) == [""]
    assert history(fleet, package="A2") == [("A2", "T1", T + 10, None), ("A2", "T2", T, T + 10)]
    assert history(fleet, tag="T1") == [("A2", "T1", T + 10, None), ("A1", "T1", T, T + 10)]
    with fleet.database.writing() as connection:
        assert bindings.unbind(connection, "A2", at_ms=T + 20, by="aino") == "T1"
        assert bindings.unbind(connection, "A2", at_ms=T + 20, by="aino") is None
        assert bindings.package_of(connection, "T1") is None
    assert history(fleet, package="A2")[0] == ("A2", "T1", T + 10, T + 20)


def test_bindings_never_overlap(fleet: Stores) -> None:
    """Whatever times are said: of each tag and each package, spans follow each other."""
    pairs = itertools.product(("A1", "A2", "A3"), ("T1", "T2", "b9/4/17"))
    for step, pair in enumerate([*pairs] * 3):
        bind(fleet, pair, at_ms=T + step + (step * 7) % 11, move=step % 3 > 0)
    with fleet.database.reading() as connection:
        rows = connection.execute(select(bindings_table)).all()
    assert len(rows) > 5
    for name in ("package_id", "tag_id"):
        for _, some in itertools.groupby(sorted(rows, key=lambda row: (getattr(row, name), row.from_ms, row.number)),
                                         key=lambda row: getattr(row, name)):  # fmt: skip
            spans = [(row.from_ms, row.until_ms) for row in some]
            assert all(before[1] is not None and before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_a_holder_that_one_may_not_see_is_not_named(fleet: Stores) -> None:
    """Guessing tags would tell of another team's packages."""
    put(fleet, A1=a_package(vehicle_id="van-1"), A2=a_package(vehicle_id="van-2"))
    bind(fleet, ("A1", "T1"))
    [why] = bind(fleet, ("A2", "T1"), move=True, sees=frozenset(["van-2"]))
    assert "do not see" in why
    assert "A1" not in why


def test_a_package_changes_closes_and_comes_back(fleet: Stores) -> None:
    """Files are sent each night: what is the same is no change."""
    assert put(fleet, A1=a_package(), B1=a_package(name="x")) == {"A1": "same", "B1": "created"}
    assert put(fleet, A1=a_package(reference="R1"), B1=a_package(name="x")) == {"A1": "changed", "B1": "same"}
    with fleet.database.writing() as connection:
        assert packages.close(connection, "A1", later(60))
        assert not packages.close(connection, "A1", later(61))
    assert found(fleet) == ["A2", "A3", "B1"]
    assert found(fleet, closed=True) == ["A1", "A2", "A3", "B1"]
    assert put(fleet, A1=a_package(reference="R1")) == {"A1": "changed"}
    with fleet.database.reading() as connection:
        row = packages.one_package(connection, "A1")
    assert row is not None
    assert (row["created_at"], row["closed_at"], row["name"]) == (NOW, None, "A1")


def test_packages_are_found_by_what_people_know(fleet: Stores) -> None:
    """Part of an id, order, reference, name or tag; and nothing that looks like a pattern."""
    put(fleet, A1=a_package(order_id="SO-1", reference="340%1", name="Coffee"), A2=a_package(vehicle_id="van-2"))
    bind(fleet, ("A2", "b9/4/17"))
    for q, ids in {"a1": ["A1"], "so-": ["A1"], "0%1": ["A1"], "offe": ["A1"], "9/4/1": ["A2"], "_": []}.items():
        assert found(fleet, q=q) == ids, q
    assert found(fleet, vehicle="van-2") == found(fleet, tag="b9/4/17") == ["A2"]
    assert found(fleet, order="SO-1") == ["A1"]
    assert found(fleet, limit=1, after="A1") == ["A2"]
    assert found(fleet, sees=frozenset(["van-2"])) == ["A2"]
    assert found(fleet, sees=frozenset()) == []
    with fleet.database.reading() as connection:
        assert packages.exactly(connection, ["x", "340%1"], None) == ["A1"]


def test_packages_follow_their_route(fleet: Stores) -> None:
    """Another van drives it, a stop falls away, and then the route itself."""
    a_route(fleet, "r1", "van-1", "s1", "s2")
    put(fleet, A1=a_package(vehicle_id="van-1", route_id="r1", stop_id="s1"),
        A2=a_package(vehicle_id="van-1", route_id="r1", stop_id="s2"))  # fmt: skip
    assert a_route(fleet, "r1", "van-2", "s2", "s3") == 1
    with fleet.database.writing() as connection:
        rows = packages.list_packages(connection, Wanted(route="r1"))
        assert [(row["vehicle_id"], row["stop_id"], row["stop_name"]) for row in rows] == [
            ("van-2", None, None),
            ("van-2", "s2", "s2"),
        ]
        assert packages.count_open(connection, ["r1", "r2"]) == {"r1": 2}
        assert routes.remove(connection, "r1", NOW) == 2
        assert routes.one_route(connection, "r1") is None
    assert found(fleet, vehicle="van-2") == ["A1", "A2"]


def test_routes_come_in_the_order_of_departure(fleet: Stores) -> None:
    """Page by page, of a day, of vans that one sees."""
    a_route(fleet, "b", "van-1", seconds=60)
    a_route(fleet, "a", "van-2", seconds=60)
    a_route(fleet, "c", "van-1", seconds=0)
    with fleet.database.reading() as connection:

        def ids(**asked) -> list[str]:
            return [row["id"] for row in routes.list_routes(connection, **asked)]

        assert ids() == ["c", "a", "b"]
        assert ids(after=(later(60), "a")) == ids(vehicle="van-1", start=later(1)) == ["b"]
        assert ids(end=later(60), limit=5) == ["c"]
        assert ids(sees=frozenset(["van-2"])) == ["a"]


def test_tags_are_found_and_hidden(fleet: Stores) -> None:
    """Those on packages of others are not there; free ones are everybody's."""
    put(fleet, A1=a_package(vehicle_id="van-1"))
    bind(fleet, ("A1", "T1"))
    with fleet.database.writing() as connection:

        def ids(**wanted) -> list[str]:
            return [row["id"] for row in tags.list_tags(connection, tags.Wanted(**wanted))]

        assert ids() == ["T1", "T2", "b9/4/17"]
        assert ids(free=True) == ids(sees=frozenset(["van-2"])) == ["T2", "b9/4/17"]
        assert ids(q="a1") == ids(q="t1") == ["T1"]
        tags.remove(connection, "T2", NOW)
        assert ids() == ["T1", "b9/4/17"]
        tags.put(connection, [{"id": "T2", "name": "again", "format": None, "limits": []}], NOW)
        assert tags.named(connection, "again", None) == ["T2"]


def test_every_change_is_counted(stores: Stores) -> None:
    """Whoever keeps a plan asks one small row."""
    with stores.database.writing() as connection:
        before = packages.changes(connection)
        packages.count_a_change(connection)
        assert packages.changes(connection) == before + 1


def test_only_what_there_is_can_be_planned(fleet: Stores) -> None:
    """A typing error is said when it is made, not when the van has gone."""
    a_route(fleet, "r1", "van-1", "s1")

    def plan(sees=None, **said: str) -> dict:
        with fleet.database.reading() as connection:
            return planned(said, packages.known_of(connection, [said], sees))

    row = plan(route_id="r1", stop_id="s1", reference=" R ")
    assert (row["vehicle_id"], row["reference"], row["name"]) == ("van-1", "R", "R")
    for field, said in {
        "route_id": {"route_id": "r9"},
        "stop_id": {"stop_id": "s1"},
        "vehicle_id": {"vehicle_id": "van-9"},
        "site_id": {"site_id": "depot"},
        "name": {"name": "x" * 201},
    }.items():
        with pytest.raises(PlanError) as caught:
            plan(**said)
        assert caught.value.field == field
    with pytest.raises(PlanError, match="driven by 'van-1', not by 'van-2'"):
        plan(route_id="r1", vehicle_id="van-2")
    for said in ({"vehicle_id": "van-1"}, {"route_id": "r1"}, {}):
        with pytest.raises(PlanError):
            plan(frozenset(["van-2"]), **said)
