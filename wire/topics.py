"""MQTT topics: `milepost/v1/<gateway>/up | ack | live | status | down`."""

from typing import Literal, NamedTuple

from wire.messages import GATEWAY_ID, WireError

Leaf = Literal["up", "ack", "live", "status", "down"]
LEAVES: tuple[Leaf, ...] = ("up", "ack", "live", "status", "down")
PREFIX = "milepost/v1"


class Topic(NamedTuple):
    """A topic taken apart."""

    gateway: str
    leaf: Leaf


def topic(gateway: str, leaf: Leaf) -> str:
    """The topic of one gateway's leaf; refuses an id that could not stand in a topic."""
    return f"{PREFIX}/{checked_id(gateway)}/{leaf}"


def every(leaf: Leaf) -> str:
    """The filter that matches this leaf of every gateway."""
    return f"{PREFIX}/+/{leaf}"


def parse(name: str) -> Topic:
    """Take a topic apart; raises WireError when it is not one of ours."""
    head, _, rest = name.partition(f"{PREFIX}/")
    gateway, _, leaf = rest.partition("/")
    if head or leaf not in LEAVES:
        raise WireError(f"not a topic of ours: {name[:120]!r}; expected {PREFIX}/<gateway>/{'|'.join(LEAVES)}")
    return Topic(checked_id(gateway), leaf)


def checked_id(gateway: str) -> str:
    """The id itself, or a WireError that says what an id may hold."""
    if not GATEWAY_ID.fullmatch(gateway):
        raise WireError(
            f"not a gateway id: {gateway[:80]!r}; 1 to 64 letters, digits, dots, dashes and underscores, "
            "the first a letter or digit"
        )
    return gateway
