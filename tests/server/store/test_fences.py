"""Versions of fences, on each database."""

from server.store import fences
from tests.support.stores import Stores, later


def a_feature(fence: str = "depot", name: str = "Depot") -> dict:
    return {
        "type": "Feature",
        "id": fence,
        "geometry": {"type": "Point", "coordinates": [24.92, 60.16]},
        "properties": {"name": name, "radius_m": 50.0},
    }


def ms(seconds: float) -> int:
    return round(later(seconds).timestamp() * 1000)


def spans(stores: Stores) -> list[tuple[str, int, int, int | None]]:
    with stores.database.reading() as connection:
        found = fences.versions(connection)
    return [(fence.id, fence.name, fence.from_ms, fence.until_ms) for fence in found]


def put(stores: Stores, *features: dict, seconds: float = 0) -> dict[str, str]:
    with stores.database.writing() as connection:
        return fences.put(connection, features, by="riikka", now=later(seconds))


def end(stores: Stores, fence: str, seconds: float) -> bool:
    with stores.database.writing() as connection:
        return fences.end(connection, fence, later(seconds))


def test_a_change_counts_from_then_on(stores: Stores) -> None:
    """What happened before is judged by the fence as it was."""
    assert put(stores, a_feature()) == {"depot": "added"}
    assert put(stores, a_feature(name="Depot, new gate"), seconds=60) == {"depot": "changed"}
    assert spans(stores) == [("depot", "Depot", ms(0), ms(60)), ("depot", "Depot, new gate", ms(60), None)]
    with stores.database.reading() as connection:
        row = fences.one(connection, "depot")
        assert row is not None
        assert (row["feature"]["properties"]["name"], row["changed_by"], row["changed_at"]) == (
            "Depot, new gate",
            "riikka",
            later(60),
        )


def test_saving_the_same_again_changes_nothing(stores: Stores) -> None:
    """An import that is repeated each night makes no new version."""
    put(stores, a_feature())
    assert put(stores, a_feature(), seconds=60) == {"depot": "same"}
    assert spans(stores) == [("depot", "Depot", ms(0), None)]


def test_an_ended_fence_stays_for_what_was(stores: Stores) -> None:
    """Late data is still judged by it; its id may come back."""
    put(stores, a_feature())
    assert end(stores, "depot", 60)
    assert not end(stores, "depot", 61)
    assert not end(stores, "nowhere", 61)
    with stores.database.reading() as connection:
        assert fences.current(connection) == []
        assert fences.one(connection, "depot") is None
    assert put(stores, a_feature(), seconds=120) == {"depot": "added"}
    assert spans(stores) == [("depot", "Depot", ms(0), ms(60)), ("depot", "Depot", ms(120), None)]


def test_the_counter_says_when_an_index_is_old(stores: Stores) -> None:
    """It is asked for before every group of positions, so it is one row."""
    seen = []
    for change in (lambda: put(stores, a_feature()), lambda: put(stores, a_feature("b")), lambda: end(stores, "b", 9)):
        change()
        with stores.database.reading() as connection:
            seen.append(fences.changes(connection))
    assert seen == sorted(set(seen))
    with stores.database.reading() as connection:
        assert fences.changes(connection) == seen[-1]


def test_versions_follow_each_other_when_the_clock_was_put_back(stores: Stores) -> None:
    """Each instant has one version, whatever NTP does."""
    put(stores, a_feature(), seconds=60)
    put(stores, a_feature(name="b"), seconds=10)
    end(stores, "depot", seconds=5)
    put(stores, a_feature(name="c"), seconds=5)
    assert spans(stores) == [
        ("depot", "Depot", ms(60), ms(60) + 1),
        ("depot", "b", ms(60) + 1, ms(60) + 2),
        ("depot", "c", ms(60) + 2, None),
    ]


def test_thousands_come_at_once(stores: Stores) -> None:
    """An import of a city; the second one changes one of them."""
    many = [a_feature(f"f{number}", "x") for number in range(2500)]
    assert set(put(stores, *many).values()) == {"added"}
    many[7] = a_feature("f7", "y")
    done = put(stores, *many, seconds=1)
    assert [fence for fence, outcome in done.items() if outcome != "same"] == ["f7"]
    with stores.database.reading() as connection:
        assert len(fences.current(connection)) == 2500
