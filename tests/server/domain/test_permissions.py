"""Who may do what: the table itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.permissions import ENDPOINTS, ROLES, WORDS, may, needed, words_of
from server.domain.person import Person, check_name

roles = st.sampled_from([*ROLES, "stranger"])
scopes = st.none() | st.frozensets(st.sampled_from([*WORDS, "nonsense"]))


def test_the_table_uses_words_that_there_are() -> None:
    """A slip of the pen would close an endpoint, or open none."""
    for endpoint, word in ENDPOINTS.items():
        words = word if isinstance(word, tuple) else (word,)
        assert set(words) <= {*WORDS, "anybody", "somebody", "user"}, endpoint


def test_changes_are_never_open_to_whoever_may_only_look() -> None:
    """A viewer, and an installer, change nothing of the fleet; what a gateway is mounted at is the installer's word."""
    for endpoint, word in ENDPOINTS.items():
        if not endpoint.startswith("GET ") and word not in ("anybody", "somebody", "user"):
            asked = word if isinstance(word, tuple) else (word,)
            if endpoint.endswith(("/preview", "/subscriptions/{}")):
                continue  # it only looks; it is one's own
            lookers = ("viewer",) if word == "gateways:write" else ("viewer", "installer")
            assert not any(may(role, None, each) for role in lookers for each in asked), endpoint


@given(roles, scopes)
def test_scopes_only_ever_narrow(role: str, narrowed: frozenset[str] | None) -> None:
    """A key never does what its role may not."""
    assert set(words_of(role, narrowed)) <= set(words_of(role, None))
    if narrowed is not None:
        assert all(word in narrowed or word.endswith(":read") for word in words_of(role, narrowed))


def test_who_may_write_may_read_what_it_wrote() -> None:
    """A key for fences can see them; and nothing else."""
    assert words_of("dispatcher", {"fences:write"}) == ["fences:read", "fences:write"]
    assert words_of("viewer", {"fences:write"}) == ["fences:read"]
    assert words_of("viewer", set()) == []


@pytest.mark.parametrize("role", ["driver", "shipper", "carrier", "recipient", "stranger"])
def test_roles_to_come_may_nothing(role: str) -> None:
    """They are words, until there is something that they may see."""
    assert words_of(role, None) == []


def test_an_endpoint_is_found_by_whatever_its_parameters_are_called() -> None:
    """And one that is not in the table is nobody's."""
    assert needed("GET", "/api/v1/vehicles/{id}/track") == "positions:read"
    assert needed("HEAD", "/api/v1/vehicles/{vehicle_id}/track") == "positions:read"
    assert needed("DELETE", "/api/v1/vehicles/{id}/track") is None


def test_what_belongs_to_no_vehicle_is_for_those_who_see_all() -> None:
    """A storm of alerts over the fleet says something of vehicles that one may not see."""
    assert Person(name="a", role="viewer", sees=None).sees_vehicle(None)
    assert not Person(name="a", role="viewer", sees=frozenset({"van-1"})).sees_vehicle(None)
    assert not Person(name="a", role="viewer").sees_vehicle("van-1")


@pytest.mark.parametrize(
    "name", ["", " ", " a", "a ", "a/b", "a?b", "a#b", "a%b", "a\\b", "a\n", "\0", ".", "..", "x" * 121]
)
def test_a_name_that_breaks_addresses_is_refused(name: str) -> None:
    """`/users/NAME` has to be one user."""
    with pytest.raises(ValueError, match="1 to 120"):
        check_name(name)


@pytest.mark.parametrize("name", ["a", "aino", "Aino Virtanen", "aino@example.org", "auth0|12:3", "Łukasz", "x" * 120])
def test_names_of_people_and_of_providers_are_names(name: str) -> None:
    """Nobody is refused for their alphabet."""
    check_name(name)
