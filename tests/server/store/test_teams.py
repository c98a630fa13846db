"""Which vehicles somebody sees, on each database."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from server.domain.permissions import ROLES
from server.domain.person import Person
from server.store import accounts, fleet, keys, teams
from server.store.database import Database
from server.store.schema import vehicles
from tests.support.stores import NOW, Stores

VANS = ("van-1", "van-2", "van-3")


@pytest.fixture
def database(stores: Stores) -> Database:
    """Three vans, and anna and ben."""
    with stores.database.writing() as connection:
        connection.execute(insert(vehicles), [{"id": van, "name": van, "created_at": NOW} for van in VANS])
        accounts.add_user(connection, name="anna", role="dispatcher", now=NOW)
        accounts.add_user(connection, name="ben", role="admin", now=NOW)
    return stores.database


def a_team(connection, name: str, *vans: str, members: tuple[str, ...] = ()) -> str:
    return teams.add_team(connection, name=name, members=members, vehicles=vans, now=NOW)


def sees(connection, name: str) -> frozenset[str] | None:
    person = accounts.user_person(connection, name)
    assert person
    return person.sees


def test_who_is_in_no_team_sees_every_vehicle(database: Database) -> None:
    """A small fleet needs no teams."""
    with database.writing() as connection:
        a_team(connection, "North", "van-1")
        assert sees(connection, "anna") is None


def test_who_is_in_teams_sees_their_vehicles_only(database: Database) -> None:
    """Two depots: each sees its own, whoever is in both sees both."""
    with database.writing() as connection:
        a_team(connection, "North", "van-1", members=("anna",))
        assert sees(connection, "anna") == {"van-1"}
        a_team(connection, "South", "van-2", members=("anna",))
        assert sees(connection, "anna") == {"van-1", "van-2"}
        shown = fleet.list_vehicles(connection, after="", limit=9, sees=sees(connection, "anna"))
        assert [row["id"] for row in shown] == ["van-1", "van-2"]


def test_an_admin_sees_every_vehicle_in_any_team(database: Database) -> None:
    """Whoever can change the teams is not limited by them."""
    with database.writing() as connection:
        a_team(connection, "North", "van-1", members=("ben",))
        assert sees(connection, "ben") is None


def test_a_team_without_vehicles_shows_none(database: Database) -> None:
    """Not all of them."""
    with database.writing() as connection:
        a_team(connection, "North", members=("anna",))
        assert sees(connection, "anna") == frozenset()
        assert fleet.list_vehicles(connection, after="", limit=9, sees=frozenset()) == []


@pytest.mark.parametrize("role", [role for role in ROLES if not ROLES[role]])
def test_roles_that_may_see_nothing_see_no_vehicle(database: Database, role) -> None:
    """A recipient's account is no way to the fleet."""
    with database.reading() as connection:
        assert teams.visible(connection, Person(name="r", role=role)) == frozenset()


def test_a_key_of_a_team_that_is_gone_shows_nothing(database: Database) -> None:
    """Fewer teams never mean more vehicles for a key."""
    with database.writing() as connection:
        team = a_team(connection, "North", "van-1")
        token = keys.add_key(connection, name="k", role="viewer", expires_at=None, now=NOW, team_ids=[team])
        assert keys.key_person(connection, token, NOW).sees == {"van-1"}  # type: ignore[union-attr]
        assert teams.remove_team(connection, team)
        assert keys.key_person(connection, token, NOW).sees == frozenset()  # type: ignore[union-attr]
        assert not teams.remove_team(connection, team)


def test_a_team_takes_only_what_there_is(database: Database) -> None:
    """A slip of the pen is told, and changes nothing."""
    with database.writing() as connection:
        a_team(connection, "North", "van-1")
        with pytest.raises(ValueError, match="no vehicle 'van-9'"):
            a_team(connection, "South", "van-9")
        with pytest.raises(ValueError, match="no user 'zoe'"):
            a_team(connection, "West", members=("zoe",))
        with pytest.raises(ValueError, match="already"):
            a_team(connection, "North")
        with pytest.raises(ValueError, match="no team 'x'"):
            teams.put_user(connection, "anna", ["x"])


def test_a_team_is_changed_as_a_whole(database: Database) -> None:
    """The form sends what it shows."""
    with database.writing() as connection:
        team = a_team(connection, "North", "van-1", members=("anna",))
        teams.change_team(connection, team, name="North", members=[], vehicles=["van-2", "van-3"])
        assert teams.one_team(connection, team) == {
            "id": team, "name": "North", "created_at": NOW, "members": [], "vehicles": ["van-2", "van-3"]
        }  # fmt: skip
        teams.put_user(connection, "anna", [team])
        teams.put_vehicle(connection, "van-2", [])
        assert sees(connection, "anna") == {"van-3"}
        assert teams.of_vehicles(connection, VANS) == {"van-3": [team]}
        accounts.remove_user(connection, "anna")
        assert teams.one_team(connection, team)["members"] == []  # type: ignore[index]


def test_a_team_of_a_large_fleet_is_one_parameter(database: Database) -> None:
    """Neither database takes 100,000 parameters."""
    with database.reading() as connection:
        many = frozenset({*(f"van-{number}" for number in range(100_000)), 'it\'s "odd"'})
        assert [row["id"] for row in fleet.list_vehicles(connection, after="", limit=9, sees=many)] == [*VANS]


EVERY = [*VANS, "ü", "'", '"', "\\", "\N{GRINNING FACE}"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Vehicles with odd names."""
    made = Database("", tmp_path_factory.mktemp("seen"))
    with made.writing() as connection:
        connection.execute(insert(vehicles), [{"id": van, "name": van, "created_at": NOW} for van in EVERY])
    yield made
    made.close()


@given(st.sets(st.sampled_from(EVERY)))
def test_what_may_be_shown_is_what_is_shown(odd: Database, ids: set[str]) -> None:
    """Whatever the ids look like."""
    with odd.reading() as connection:
        shown = fleet.list_vehicles(connection, after="", limit=99, sees=ids)
    assert {row["id"] for row in shown} == ids
