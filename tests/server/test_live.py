"""The hub between the ingest and the event streams."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from server.live import KEEP, SLOW, Happening, Hub, inside


def at(second: int, vehicle: str = "van-1", **said: Any) -> dict[str, Any]:
    return {"vehicle": vehicle, "at": f"2026-11-22T12:00:{second:02}.000Z", "lon": 24.9, "lat": 60.1, **said}


@pytest.fixture
async def hub():
    opened = Hub()
    opened.open(first_id=100)
    yield opened
    opened.close()


async def taken(hub: Hub, count: int, last_id: int | None = None) -> list[Happening]:
    """The next so many events of a new reader."""
    found: list[Happening] = []
    async with asyncio.timeout(5):
        async for happening in hub.listen(last_id, {}, 30):
            assert happening is not None
            found.append(happening)
            if len(found) == count:
                return found
    return found


async def test_many_moves_of_a_moment_are_one_event(hub: Hub) -> None:
    """A thousand vehicles are twenty events a second, and each is told where it is last."""
    reading = asyncio.create_task(taken(hub, 2))
    await asyncio.sleep(0)
    for second in range(20):
        hub.publish("positions", [at(second, "van-1"), at(second, "van-2")])
    [_, event] = await reading
    assert event.data == [at(19, "van-1"), at(19, "van-2")]


async def test_what_is_late_does_not_move_the_map_back(hub: Hub) -> None:
    """A hint overtakes the rows that wait in the vehicle."""
    reading = asyncio.create_task(taken(hub, 2))
    await asyncio.sleep(0)
    hub.publish("positions", [at(30, live=True)])
    hub.publish("positions", [at(5, live=False)])
    assert (await reading)[1].data == [at(30, live=True)]


async def test_ids_grow_by_one_and_a_reader_goes_on(hub: Hub) -> None:
    """Last-Event-ID: nothing is repeated, nothing is left out."""
    for number in range(5):
        hub.publish("gateway", number)
    await asyncio.sleep(0)
    found = await taken(hub, 3, last_id=101)
    assert [(event.name, event.data) for event in found] == [("hello", {}), ("gateway", 2), ("gateway", 3)]
    assert [event.id for event in found[1:]] == [102, 103]


async def test_a_reader_that_is_cut_off_after_the_greeting_misses_nothing(hub: Hub) -> None:
    """A tunnel right after the reconnect: the browser then names the id of the greeting."""
    for number in range(5):
        hub.publish("gateway", number)
    await asyncio.sleep(0)
    [hello] = await taken(hub, 1, last_id=101)
    assert [event.data for event in await taken(hub, 4, last_id=hello.id)] == [{}, 2, 3, 4]


async def test_too_much_was_missed(hub: Hub) -> None:
    """Only so many events are kept: whoever missed more loads everything anew."""
    for number in range(KEEP + 10):
        hub.publish("gateway", number)
    await asyncio.sleep(0)
    assert [event.name for event in await taken(hub, 2, last_id=100)] == ["hello", "reset"]


async def test_a_reader_that_is_too_slow_is_told_so_once_and_goes_on(hub: Hub) -> None:
    """A phone on a bad link costs no memory, and nobody else's time."""
    listening = hub.listen(None, {}, 30)
    assert (await anext(listening)).name == "hello"  # type: ignore[union-attr]
    waiting = asyncio.ensure_future(anext(listening))
    await asyncio.sleep(0)
    for number in range(SLOW * 3):
        hub.publish("gateway", number)
    found = [await waiting, *[await anext(listening) for _ in range(SLOW)]]
    assert [event.name for event in found].count("reset") == 1  # type: ignore[union-attr]
    hub.publish("gateway", "afterwards")
    async with asyncio.timeout(5):
        while (await anext(listening)).data != "afterwards":  # type: ignore[union-attr]
            pass
    await listening.aclose()
    assert hub.readers == 0


async def test_silence_is_filled(hub: Hub) -> None:
    """Proxies cut connections on which nothing comes."""
    listening = hub.listen(None, {}, 0.02)
    await anext(listening)
    assert await anext(listening) is None
    await listening.aclose()


async def test_closing_ends_every_stream(hub: Hub) -> None:
    """Those that come afterwards as well."""
    reading = asyncio.create_task(taken(hub, 99))
    await asyncio.sleep(0)
    hub.close()
    assert len(await reading) == 1
    assert len(await taken(hub, 99)) == 1


async def test_a_closed_loop_is_not_published_to() -> None:
    """The ingest may be quicker than the web server's end."""
    hub = Hub()
    hub.publish("gateway", "before it is open")
    with suppress(RuntimeError):
        hub.open(1)
    hub.publish("gateway", "after")


@pytest.mark.parametrize(
    ("box", "seen"),
    [
        (None, ["a", "b", "c"]),
        ((0, 0, 50, 70), ["a"]),
        ((170, -20, -170, 20), ["b", "c"]),
        ((179.5, -20, -179.5, 20), []),
    ],
)
def test_a_box_may_lie_over_the_antimeridian(box: Any, seen: list[str]) -> None:
    """Fiji."""
    places = {"a": (24.9, 60.1), "b": (179, -18), "c": (-179, -18)}
    data = [{"vehicle": name, "lon": lon, "lat": lat} for name, (lon, lat) in places.items()]
    assert [moved["vehicle"] for moved in inside(data, box)] == seen
