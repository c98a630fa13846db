"""Which tags matter to whom: one's own, the neighbours', and everything for a van without a plan."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from server.domain.manifest import BoundTag, Listener, manifest_of, manifests, span_of
from wire.down import MAX_TAGS, decode_down, encode_down
from wire.messages import Manifest

TODAY = date(2026, 11, 26)
BOUND = [
    BoundTag(tag="T1", vehicle="v1", site="north"),
    BoundTag(tag="T2", vehicle="v2", site="north"),
    BoundTag(tag="T3", vehicle="v3", site="south"),
    BoundTag(tag="T4", vehicle="v3"),
]


def told(listener: Listener, *routes: tuple[str, str], bound: list[BoundTag] = BOUND) -> list[str]:
    manifest = manifests([listener], bound, routes, TODAY)["g"]
    return list(manifest.tags) if manifest else []


def test_a_van_is_told_its_own_and_its_neighbours_tags() -> None:
    """Only what both vans hear tells in which of them a package is."""
    assert told(Listener(gateway="g", vehicle="v1")) == ["T1", "T2", "T4"]
    assert told(Listener(gateway="g", vehicle="v3")) == ["T3", "T4"]


def test_a_route_is_a_plan_before_its_packages_are() -> None:
    """An empty van at the dock is where misloads go."""
    assert told(Listener(gateway="g", vehicle="v9"), ("v9", "south")) == ["T3", "T4"]


def test_a_van_without_a_plan_is_told_everything() -> None:
    """A package may come into any van."""
    assert told(Listener(gateway="g", vehicle="v9")) == ["T1", "T2", "T3", "T4"]


def test_a_site_is_told_what_is_loaded_there() -> None:
    """A scanner at a dock."""
    assert told(Listener(gateway="g", site="north")) == ["T1", "T2", "T4"]


def test_without_tags_there_is_no_manifest() -> None:
    """Or a gateway would tell of no tag at all."""
    assert manifests([Listener(gateway="g", vehicle="v1")], [], [], TODAY) == {"g": None}


@given(st.lists(st.text("abc/1", min_size=1, max_size=100), max_size=40), st.randoms())
def test_a_version_follows_from_what_is_said(tags: list[str], random) -> None:
    """The same plan makes the same version, whatever the order; another makes another; and a gateway can read it."""
    unique = list(dict.fromkeys(tags))
    first = manifest_of(unique, TODAY)
    random.shuffle(unique)
    assert manifest_of(unique, TODAY) == first
    if first is not None:
        assert decode_down(encode_down(first)) == first
        assert first.until == datetime(2026, 11, 28, tzinfo=UTC)
        for other in (manifest_of([*unique, "d"], TODAY), manifest_of(unique, date(2026, 11, 27))):
            assert isinstance(other, Manifest)
            assert other.version != first.version


def test_too_many_are_cut_and_one_s_own_stay() -> None:
    """A message has a size; neighbours are what can be left out."""
    many = [BoundTag(tag=f"{'x' * 60}/{number:06}", vehicle="v2", site="north") for number in range(9000)]
    own = BoundTag(tag="zzz", vehicle="v1", site="north")
    tags = told(Listener(gateway="g", vehicle="v1"), bound=[*many, own])
    assert "zzz" in tags
    assert 3000 < len(tags) <= MAX_TAGS
    manifest = manifest_of(tags, TODAY)
    assert manifest is not None
    assert decode_down(encode_down(manifest)) == manifest
    short = [BoundTag(tag=f"{number}", vehicle="v1") for number in range(9000)]
    assert len(told(Listener(gateway="g", vehicle="v1"), bound=short)) == MAX_TAGS


def test_a_route_of_last_night_is_of_today() -> None:
    """It comes back after midnight with what was not delivered."""
    start, end = span_of(datetime(2026, 11, 26, 1, tzinfo=UTC))
    assert start < datetime(2026, 11, 25, 6, tzinfo=UTC) < datetime(2026, 11, 27, 18, tzinfo=UTC) < end
