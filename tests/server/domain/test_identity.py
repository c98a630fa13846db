"""Who a provider says that somebody is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.identity import identity
from server.domain.permissions import ROLES
from server.domain.person import check_name

MAP = {"boss": "admin", "depot": "dispatcher", "bay": "installer"}
texts = st.text(st.characters() | st.sampled_from(list("/?#%. \\\0")), max_size=20)
claims = st.dictionaries(
    st.sampled_from(["email", "email_verified", "preferred_username", "groups", "realm"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts, lambda one: st.lists(one) | st.dictionaries(texts, one)
    ),
)


def read(role_claim: str = "", default_role: str = "", **said: Any):
    return identity(
        {"iss": "https://id.example", "sub": "7", **said},
        role_claim=role_claim,
        role_map=MAP,
        default_role=default_role,
    )


@pytest.mark.parametrize(
    ("claim", "said", "role"),
    [
        ("groups", {"groups": ["depot"]}, "dispatcher"),
        ("groups", {"groups": "depot"}, "dispatcher"),
        ("groups", {"groups": ["bay", "boss", "depot"]}, "admin"),
        ("realm.roles", {"realm": {"roles": ["bay"]}}, "installer"),
        ("https://acme.example/roles", {"https://acme.example/roles": ["bay"]}, "installer"),
        ("groups", {"groups": ["admin"]}, None),
        ("groups", {"groups": {"boss": True}}, None),
        ("groups", {}, None),
        ("", {"groups": ["boss"]}, None),
    ],
)
def test_a_role_is_what_the_map_makes_of_a_claim(claim: str, said: dict[str, Any], role: str | None) -> None:
    """A group that happens to be called `admin` is no admin; of several the strongest counts."""
    assert read(claim, **said).role == role


def test_the_default_is_for_who_has_none_by_the_claim() -> None:
    """And is nothing unless somebody wrote it."""
    assert read("groups", "viewer", groups=["other"]).role == "viewer"
    assert read("groups", "viewer", groups=["bay"]).role == "installer"
    assert read("", "").role is None


def test_only_a_checked_address_names_somebody_for_certain() -> None:
    """Whoever may write an address into their profile is not whose address it is."""
    checked = read(email="a@example.org", email_verified=True, preferred_username="b")
    assert (checked.name, checked.verified) == ("a@example.org", True)
    unchecked = read(email="a@example.org", email_verified="true", preferred_username="b")
    assert (unchecked.name, unchecked.verified) == ("b", False)
    assert read().name == "7"


@given(claims, texts, st.sampled_from(["", *ROLES]))
def test_whatever_a_provider_says_is_read(said: dict[str, Any], claim: str, default: str) -> None:
    """No claim is a fault of ours; a role is one that the settings name."""
    who = read(claim, default, **said)
    assert who.role in {None, *MAP.values(), default}
    assert who.subject == "https://id.example 7"
    check_name(who.name)


def test_a_name_of_a_provider_is_a_name_here() -> None:
    """`tenant/user` stands in an address."""
    check_name(read(preferred_username="tenant/user").name)
