"""The delivery rule against a channel that loses, repeats, reorders and forgets everything."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import delivery
from wire.delivery import News, Window
from wire.messages import Ack

RUN = 3


@dataclass
class Vehicle:
    """A gateway's outbox and window. `put` is everything that it ever accepted, by content."""

    name: str
    rows: dict[int, str] = field(default_factory=dict)
    newest: int = 0
    acked: int = 0
    stream: str = "s0"
    put: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    window: Window = field(default_factory=lambda: delivery.opened("s0", 0, 0.0))

    def accept(self, content: str) -> None:
        self.newest += 1
        self.rows[self.newest] = content
        self.put.add(content)

    def next_run(self) -> tuple[str, int, dict[int, str]] | None:
        seqs = sorted(seq for seq in self.rows if seq > self.window.sent)[:RUN]
        if not seqs:
            return None
        prev = max((seq for seq in self.rows if seq < seqs[0]), default=0)
        return self.stream, prev, {seq: self.rows[seq] for seq in seqs}

    def begin_stream(self, now: float) -> None:
        """What the outbox does when it learns that it was rewound: unacknowledged rows under new numbers."""
        waiting = [content for seq, content in sorted(self.rows.items()) if seq > self.acked]
        self.stream += "x"
        self.rows = dict(enumerate(waiting, start=1))
        self.newest, self.acked = len(waiting), 0
        self.window = delivery.opened(self.stream, 0, now)


@dataclass
class Server:
    """Keeps `last` and the rows of each stream in one place, as the transaction does."""

    last: dict[str, int] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    gaps: list[tuple[str, int, int]] = field(default_factory=list)

    def receive(self, stream: str, prev: int, rows: dict[int, str]) -> Ack:
        last = self.last.get(stream, 0)
        if rows and delivery.accepts(last, prev, max(rows)):
            self.stored += [content for seq, content in sorted(rows.items()) if seq > last]
            self.gaps += [(stream, a, b) for a, b in delivery.gaps(last, max(rows), rows)]
            last = self.last[stream] = max(rows)
        return Ack(stream=stream, last=last)

    def copy(self) -> "Server":
        return Server(dict(self.last), list(self.stored), list(self.gaps))


@dataclass
class World:
    """One vehicle, one server, and a pipe between them that does as it likes."""

    chance: random.Random
    vehicle: Vehicle = field(default_factory=lambda: Vehicle("v"))
    server: Server = field(default_factory=Server)
    up: list[tuple[str, int, dict[int, str]]] = field(default_factory=list)
    down: list[Ack] = field(default_factory=list)
    now: float = 0.0
    backup: Server = field(default_factory=Server)
    image: tuple[dict[int, str], int, int, str] | None = None
    lossless: bool = False

    def turn(self) -> None:
        """The gateway does what is due: waits, asks, sends."""
        self.now += 1.0
        vehicle = self.vehicle
        vehicle.window = delivery.waited(vehicle.window, self.now)
        if delivery.probe_due(vehicle.window, self.now):
            vehicle.window = delivery.probed(vehicle.window, self.now)
            self.up.append((vehicle.stream, 0, {}))
        while delivery.has_room(vehicle.window) and (run := vehicle.next_run()):
            vehicle.window = delivery.sent(vehicle.window, max(run[2]), self.now)
            self.up.append(run)

    def pump(self) -> None:
        """The pipe delivers some of what it holds."""
        take = (lambda held: held.pop(0)) if self.lossless else self._taken
        for _ in range(len(self.up)):
            if self.up and (message := take(self.up)):
                self.down.append(self.server.receive(*message))
        for _ in range(len(self.down)):
            if self.down and (ack := take(self.down)):
                self._hear(ack)

    def _taken(self, held: list) -> object:
        fate = self.chance.random()
        place = 0 if fate < 0.6 else self.chance.randrange(len(held))
        if fate < 0.15:
            return None  # delayed
        message = held[place] if fate < 0.3 else held.pop(place)  # repeated, or not
        return message if self.chance.random() < 0.8 else None  # lost

    def _hear(self, ack: Ack) -> None:
        vehicle = self.vehicle
        vehicle.window, news = delivery.told(vehicle.window, ack, vehicle.newest, self.now)
        if news is News.OUTBOX_REWOUND:
            vehicle.begin_stream(self.now)
        else:
            vehicle.acked = vehicle.window.acked

    def trouble(self, kind: str) -> None:
        vehicle = self.vehicle
        match kind:
            case "broker forgets":
                self.up.clear()
                self.down.clear()
            case "link lost":
                vehicle.window = delivery.reconnected(vehicle.window, self.now)
            case "gateway restarts":
                vehicle.window = delivery.opened(vehicle.stream, vehicle.acked, self.now)
            case "backup":
                self.backup = self.server.copy()
            case "server restored":
                self.server = self.backup.copy()
            case "server is new":
                self.server = Server()
            case "overflow":
                for seq in self.chance.sample(sorted(vehicle.rows), len(vehicle.rows) // 3):
                    vehicle.given_up.add(vehicle.rows.pop(seq))

    def settle(self) -> None:
        """The trouble is over: the pipe works, and time passes."""
        self.lossless = True
        for _ in range(2000):
            self.turn()
            self.pump()
            newest = max(self.vehicle.rows, default=0)  # one that was given up is missed with the next that is put
            if self.vehicle.acked == self.server.last.get(self.vehicle.stream, 0) >= newest:
                return
            if not self.vehicle.window.in_flight:
                self.now = max(self.now, delivery.wakes_at(self.vehicle.window))
        raise AssertionError(f"stuck: {self.vehicle.window}, server at {self.server.last}")


TROUBLES = ["broker forgets", "link lost", "gateway restarts", "backup", "server restored", "server is new"]


def lived(seed: int, steps: list[str]) -> World:
    world = World(random.Random(seed))
    for place, step in enumerate(steps):
        if step == "put":
            world.vehicle.accept(f"r{place}")
        elif step == "go":
            world.turn()
            world.pump()
        else:
            world.trouble(step)
    world.settle()
    return world


@given(st.integers(0, 10_000), st.lists(st.sampled_from(["put"] * 6 + ["go"] * 4 + TROUBLES), max_size=120))
def test_every_row_arrives_once_whatever_the_pipe_and_the_servers_do(seed: int, steps: list[str]) -> None:
    """Promise P1: nothing that was put in the outbox is lost, nothing is counted twice, and nothing gets stuck."""
    world = lived(seed, steps)
    assert sorted(world.server.stored) == sorted(world.vehicle.put)
    assert not world.server.gaps


@given(
    st.integers(0, 10_000), st.lists(st.sampled_from(["put"] * 6 + ["go"] * 4 + ["overflow", *TROUBLES]), max_size=120)
)
def test_rows_given_up_for_space_are_a_gap_and_cost_no_other_row(seed: int, steps: list[str]) -> None:
    """A hole is never silent: what the server lacks and what it reports as missing are the same rows."""
    world = lived(seed, steps)
    stored = world.server.stored
    assert len(stored) == len(set(stored))
    assert world.vehicle.put - set(stored) <= world.vehicle.given_up
    held = set(range(1, world.vehicle.newest + 1))
    missing = {seq for _, first, end in world.server.gaps for seq in range(first, end + 1)}
    trailing = {seq for seq in held if seq > world.server.last.get("s0", 0)}
    assert len(stored) == len(held - missing - trailing)


@given(st.integers(0, 10_000), st.integers(0, 20), st.integers(1, 20), st.integers(0, 20))
def test_an_outbox_that_was_rewound_begins_a_new_stream_and_loses_nothing(
    seed: int, before: int, lost: int, after: int
) -> None:
    """A disk restored from an older image counts again from an old number, and the server knows those numbers already."""
    world = World(random.Random(seed))
    vehicle = world.vehicle
    for i in range(before):
        vehicle.accept(f"a{i}")
    world.settle()
    image = (dict(vehicle.rows), vehicle.newest, vehicle.acked)
    for i in range(lost):
        vehicle.accept(f"b{i}")
    world.settle()
    vehicle.rows, vehicle.newest, vehicle.acked = dict(image[0]), image[1], image[2]
    vehicle.window = delivery.opened(vehicle.stream, vehicle.acked, world.now)
    for i in range(min(after, lost - 1)):
        vehicle.accept(f"c{i}")
    world.lossless = False
    for _ in range(20):
        world.turn()
        world.pump()
    world.settle()
    assert sorted(world.server.stored) == sorted(vehicle.put)
    assert vehicle.stream != "s0"


@pytest.mark.long
def test_twenty_thousand_lives_end_without_a_loss() -> None:
    """The figure of the design."""
    for seed in range(20_000):
        chance = random.Random(seed)
        steps = chance.choices(["put"] * 6 + ["go"] * 4 + TROUBLES, k=80)
        world = lived(seed, steps)
        assert sorted(world.server.stored) == sorted(world.vehicle.put)


@given(st.integers(0, 50), st.sets(st.integers(1, 80), min_size=1))
def test_gaps_are_exactly_what_is_not_there(last: int, seqs: set[int]) -> None:
    """Counted row by row."""
    end = max(seqs)
    missing = {seq for first, final in delivery.gaps(last, end, seqs) for seq in range(first, final + 1)}
    assert missing == set(range(last + 1, end + 1)) - seqs


def test_runs_that_overlap_are_applied_only_beyond_last() -> None:
    """A gateway that starts again cuts its runs elsewhere than before."""
    server = Server()
    server.receive("s", 0, {1: "a", 2: "b", 3: "c"})
    assert server.receive("s", 1, {2: "b", 3: "c", 4: "d", 5: "e"}) == Ack(stream="s", last=5)
    assert server.stored == ["a", "b", "c", "d", "e"]
    assert server.receive("s", 6, {7: "g"}) == Ack(stream="s", last=5)


def test_three_acks_that_say_nothing_new_start_again_at_once_but_only_once() -> None:
    """A lost run is noticed by its successors; their answers must not set off a storm."""
    window = delivery.opened("s", 0, 0.0)
    for end in (3, 6, 9, 12, 15):
        window = delivery.sent(window, end, 0.0)
    rewinds = 0
    for _ in range(5):
        before = window.sent
        window, _ = delivery.told(window, Ack(stream="s", last=0), 15, 1.0)
        rewinds += window.sent < before
        if not window.in_flight:
            window = delivery.sent(window, 3, 1.0)
    assert rewinds == 1


def test_patience_doubles_to_its_limit_and_is_forgotten_with_progress() -> None:
    """A dead server must not be flooded, a living one not be waited for."""
    window, now = delivery.opened("s", 0, 0.0), 0.0
    pauses = []
    for _ in range(8):
        window = delivery.sent(window, 3, now)
        assert delivery.waited(window, now + window.timeout_s - 0.01) is window
        now += window.timeout_s
        pauses.append(window.timeout_s)
        window = delivery.waited(window, now)
    assert pauses == [5, 10, 20, 30, 30, 30, 30, 30]
    assert not delivery.has_room(delivery.sent(window, 3, now))
    window, news = delivery.told(delivery.sent(window, 3, now), Ack(stream="s", last=3), 3, now)
    assert (news, window.timeout_s) == (News.ADVANCED, 5)
    assert delivery.has_room(delivery.sent(window, 6, now))
