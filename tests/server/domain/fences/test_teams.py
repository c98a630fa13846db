"""What people of a team are shown of fences, and what their changes leave alone."""

from typing import Any

import pytest

from server.domain.fences.teams import changed, shown

MINE = frozenset({"van-1", "van-2"})


def a_feature(vehicles: list[str] | None = None, **said: Any) -> dict[str, Any]:
    named = {} if vehicles is None else {"vehicles": vehicles}
    return {"id": "depot", "properties": {**said, **named}}


def vehicles_of(feature: dict[str, Any] | None) -> list[str] | None:
    assert feature is not None
    return feature["properties"].get("vehicles")


def test_a_fence_for_all_is_everybodys() -> None:
    """A depot is a depot."""
    assert shown(a_feature(), MINE) == a_feature()
    assert changed(a_feature(name="New"), a_feature(), MINE) == a_feature(name="New")


def test_vehicles_of_others_are_not_shown() -> None:
    """Not even their ids."""
    assert vehicles_of(shown(a_feature(["van-1", "van-9"]), MINE)) == ["van-1"]
    assert shown(a_feature(["van-9"]), MINE) is None
    assert shown(a_feature(["van-9"]), None) == a_feature(["van-9"])


@pytest.mark.parametrize(
    ("wanted", "before", "kept"),
    [
        (["van-1"], ["van-2", "van-9"], ["van-1", "van-9"]),
        (["van-1", "van-8"], None, ["van-1"]),
        (None, ["van-1", "van-9"], ["van-1", "van-2", "van-9"]),
    ],
)
def test_a_change_leaves_vehicles_of_others_as_they_were(wanted: Any, before: Any, kept: list[str]) -> None:
    """They neither come in nor go out by somebody who does not see them."""
    assert vehicles_of(changed(a_feature(wanted), a_feature(before), MINE)) == kept
    assert vehicles_of(changed(a_feature(wanted), a_feature(before), None)) == wanted
