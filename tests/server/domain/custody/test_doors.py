"""A door that closes: what is outside becomes fainter together, what is inside does not."""

from tests.server.domain.custody.morning import Levels, plan, told, window

TAGS = [f"t{n}" for n in range(12)]
STANDS = {"v1": (0.0, 0.0), "v2": (4.0, 0.0)}


def levels(nth: int, *, aboard: int, closes: int) -> Levels:
    """The first `aboard` are carried in one after the other; from `closes` on the others are 9 dB fainter."""
    found = {}
    for number, tag in enumerate(TAGS):
        outside = -76.0 - number % 4 - (9.0 if nth >= closes else 0.0)
        found["v1", tag] = -62.0 - number % 5 if number < aboard and nth >= 5 + number else outside
    return found


def test_a_door_that_closes_tells_apart_what_a_level_cannot() -> None:
    """One row is heard outside as loud as others inside: only the door shows it."""
    known = plan(*TAGS)
    shut = [window(nth, levels(nth, aboard=8, closes=20), STANDS) for nth in range(1, 31)]
    open_ = [window(nth, levels(nth, aboard=8, closes=99), STANDS) for nth in range(1, 31)]
    for name in ("p-t9", "p-t11"):
        closed = told(known, shut).beliefs[name]
        assert closed.place == "site:depot"
        left = told(known, open_).beliefs[name]
        unsure = {left.place: left.p, **dict(left.others)}.get("vehicle:v1", 0.0)
        assert {closed.place: closed.p, **dict(closed.others)}.get("vehicle:v1", 0.0) <= unsure + 1e-6


def test_a_shift_of_everything_outside_loads_nothing() -> None:
    """The door opens while nobody carries: louder, all of them, and still at the site."""
    known = plan(*TAGS)
    windows = [window(nth, levels(40 if nth < 12 else 0, aboard=0, closes=20), STANDS) for nth in range(1, 31)]
    beliefs = told(known, windows).beliefs
    assert all(belief.place == "site:depot" and belief.p > 0.9 for belief in beliefs.values())
