"""The physics between tags and scanners: what level each scanner would hear of each tag, second by second.

level = one metre - path loss - shells of vans - cover and bodies + the receiver's own offset + shadow. The shadow of a
pair of tag and scanner lasts while neither moves against the other, and is forgotten within a metre; people let it
drift a little. Fast fading comes with each advert (`adverts`). Arrays are (tags, seconds), dB and dBm.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.radio.fitted import (
    FADING_KEPT,
    FADING_MEMORY_S,
    FADING_SHAPE,
    FAR_EXPONENT,
    FAR_M,
    FLOOR_DBM,
    ONE_METRE_DBM,
    PATH_EXPONENT,
    RECEIVER_SD_DB,
    SHADOW_MEMORY_M,
    SHADOW_SD_DB,
)
from simulators.radio.world import GROUND, HALF_LENGTH_M, HALF_WIDTH_M, Van, World

Array = npt.NDArray[np.float32]

FAR_AWAY_M = 400.0
"""Nobody hears anything from here on."""

DRIFT_SD_DB, DRIFT_S = (0.5, 2.5), (30.0, 300.0)
"""Assumed: people and vehicles around, while tag and scanner stand still."""

HAND_DB = (2.0, 12.0)
"""Assumed: the body of who carries a tag; it turns with every step and corner."""

BETWEEN_DB = (3.0, 8.0)
"""Assumed: another van in the way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where every tag is in every second."""

    frame: npt.NDArray[np.int8]
    east: Array
    north: Array
    u: Array
    v: Array
    """In the plane of the van that a tag is in; 0 on the ground."""
    cover_db: Array
    in_hand: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scanner:
    """A receiver: in a van (`van` is its number), or at the depot."""

    id: str
    van: int
    offset_db: float
    floor_dbm: float
    listens: float
    """The share of adverts that fall into its scan windows and collide with nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Air:
    """What a yard does to radio: worlds differ."""

    one_metre_dbm: float
    exponent: float
    far_exponent: float
    shadow_sd_db: float
    drift_sd_db: float
    drift_s: float
    between_db: float


def air(world: World) -> Air:
    """Drawn around what was fitted and assumed."""
    random = np.random.default_rng([world.seed, 12, *world.name.encode()])
    return Air(
        one_metre_dbm=float(random.normal(ONE_METRE_DBM, 2.0)),
        exponent=float(np.clip(random.normal(PATH_EXPONENT, 0.2), 1.2, 2.3)),
        far_exponent=float(random.normal(FAR_EXPONENT, 0.3)),
        shadow_sd_db=float(np.clip(random.normal(SHADOW_SD_DB, 0.8), 3.0, 7.0)),
        drift_sd_db=float(random.uniform(*DRIFT_SD_DB)),
        drift_s=float(random.uniform(*DRIFT_S)),
        between_db=float(random.uniform(*BETWEEN_DB)),
    )


def scanners(world: World) -> list[Scanner]:
    """Those of the vans, and the depot's if it has one."""
    random = np.random.default_rng([world.seed, 11, *world.name.encode()])
    found = []
    for number, name in enumerate([*(van.id for van in world.vans), *(["depot"] if world.site_scanner else [])]):
        found.append(
            Scanner(
                id=name, van=number if number < len(world.vans) else GROUND,
                offset_db=float(random.normal(0, RECEIVER_SD_DB)), floor_dbm=float(random.uniform(*FLOOR_DBM)),
                listens=float(random.uniform(0.55, 0.95)),
            )
        )  # fmt: skip
    return found


def where(world: World) -> Where:
    """The trails as arrays."""
    shape = (len(world.tags), world.seconds)
    frame = np.full(shape, GROUND, dtype=np.int8)
    u, v, cover = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    hand = np.zeros(shape, dtype=bool)
    for row, tag in enumerate(world.tags):
        for one in tag.trail:
            span = slice(one.from_s, min(one.to_s, world.seconds))
            share = (np.arange(span.start, span.stop) - one.from_s) / max(1, one.to_s - one.from_s)
            frame[row, span], cover[row, span], hand[row, span] = one.frame, one.cover_db, one.in_hand
            u[row, span] = one.begins[0] + share * (one.ends[0] - one.begins[0])
            v[row, span] = one.begins[1] + share * (one.ends[1] - one.begins[1])
    east, north = u.copy(), v.copy()
    for number, van in enumerate(world.vans):
        inside = frame == number
        cos, sin = np.cos(van.heading_rad), np.sin(van.heading_rad)
        east = np.where(inside, van.east + u * cos - v * sin, east).astype(np.float32)
        north = np.where(inside, van.north + u * sin + v * cos, north).astype(np.float32)
    return Where(
        frame=frame, east=east, north=north, cover_db=cover, in_hand=hand,
        u=np.where(frame == GROUND, 0, u).astype(np.float32), v=np.where(frame == GROUND, 0, v).astype(np.float32),
    )  # fmt: skip


def levels(world: World, places: Where, scanner: Scanner, random: np.random.Generator) -> Array:
    """What the scanner would hear of each tag on average in each second, before fading."""
    east, north = _at(world, scanner)
    de, dn = places.east - east.astype(np.float32), places.north - north.astype(np.float32)
    height, yard = random.uniform(0.3, 1.2), air(world)
    away = np.sqrt(de * de + dn * dn + np.float32(height**2))
    path = 10 * yard.exponent * np.log10(np.maximum(away, 0.4))
    path += 10 * (yard.far_exponent - yard.exponent) * np.log10(np.maximum(away / FAR_M, 1))
    power = np.array([tag.power_db for tag in world.tags], dtype=np.float32)[:, None]
    level = np.float32(yard.one_metre_dbm + scanner.offset_db) + power - path.astype(np.float32) - places.cover_db
    level -= _shells(world, places, scanner, de, dn, yard)
    level += _shadow(places, scanner, de, dn, yard, random)
    if places.in_hand.any():
        level -= np.where(places.in_hand, random.uniform(*HAND_DB, size=level.shape).astype(np.float32), 0)
    return np.asarray(np.where(away > FAR_AWAY_M, np.float32(-200), level), dtype=np.float32)


def _at(world: World, scanner: Scanner) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if scanner.van == GROUND:
        assert world.site_scanner is not None
        return np.full(world.seconds, world.site_scanner[0]), np.full(world.seconds, world.site_scanner[1])
    van = world.vans[scanner.van]
    cos, sin = np.cos(van.heading_rad), np.sin(van.heading_rad)
    u, v = van.scanner
    return van.east + u * cos - v * sin, van.north + u * sin + v * cos


def _shells(world: World, places: Where, scanner: Scanner, de: Array, dn: Array, yard: Air) -> Array:
    """The walls of the van that the tag is in, of the van that the scanner is in, and of a third one in between."""
    loss = np.zeros_like(de)
    for number, van in enumerate(world.vans):
        inside = places.frame == number
        mine = scanner.van == number
        if mine:
            loss += np.where(inside, 0, _shell(van, de, dn))
        else:
            loss += np.where(inside, _shell(van, -de, -dn), 0)
            between = _crosses(van, places, de, dn) & ~inside
            loss += np.where(between, np.float32(yard.between_db), 0)
    return loss


def _shell(van: Van, de: Array, dn: Array) -> Array:
    """Loss through this van's shell towards (de, dn): less behind open doors, and a little less all round."""
    back = -(de * np.cos(van.heading_rad) + dn * np.sin(van.heading_rad)) / np.maximum(np.hypot(de, dn), 0.5)
    through = van.leak + (0.92 - van.leak) * np.clip(back, 0, 1) ** 1.5
    return np.asarray(van.shell_db * (1 - van.door * through), dtype=np.float32)


def _crosses(van: Van, places: Where, de: Array, dn: Array) -> npt.NDArray[np.bool_]:
    """Whether the line from tag to scanner passes through the van's box."""
    cos, sin = np.cos(van.heading_rad).astype(np.float32), np.sin(van.heading_rad).astype(np.float32)
    east, north = places.east - van.east.astype(np.float32), places.north - van.north.astype(np.float32)
    u, v = east * cos + north * sin, -east * sin + north * cos
    du, dv = de * cos + dn * sin, -de * sin + dn * cos
    enter, leave = np.zeros_like(de), np.ones_like(de)
    for begin, step, half in ((u, du, HALF_LENGTH_M), (v, dv, HALF_WIDTH_M)):
        safe = np.where(np.abs(step) < 1e-6, np.float32(1e-6), step)
        one, two = (begin - half) / safe, (begin + half) / safe
        enter, leave = np.maximum(enter, np.minimum(one, two)), np.minimum(leave, np.maximum(one, two))
    return np.asarray(enter < leave)


def _shadow(places: Where, scanner: Scanner, de: Array, dn: Array, yard: Air, random: np.random.Generator) -> Array:
    """Of each pair: a Gauss-Markov process over the way that they move against each other, and a slow drift of time."""
    moved = np.hypot(np.diff(de, axis=1, prepend=de[:, :1]), np.diff(dn, axis=1, prepend=dn[:, :1]))
    if scanner.van != GROUND:  # together in one van nothing changes, whichever way it turns
        same = places.frame == scanner.van
        own = np.hypot(
            np.diff(places.u, axis=1, prepend=places.u[:, :1]), np.diff(places.v, axis=1, prepend=places.v[:, :1])
        )
        moved = np.where(same, own, moved)
    cover = np.abs(np.diff(places.cover_db, axis=1, prepend=places.cover_db[:, :1])) > 0
    kept = np.exp(-np.where(cover, 9.0, moved) / SHADOW_MEMORY_M).astype(np.float32)
    fresh = np.sqrt(1 - kept * kept)
    tags, seconds = de.shape
    shadow, drift = np.empty((seconds, tags), np.float32), np.empty((seconds, tags), np.float32)
    now, slow = random.standard_normal((2, tags), np.float32)
    slow_kept = np.float32(np.exp(-1 / yard.drift_s))
    slow_fresh = np.float32(np.sqrt(1 - slow_kept**2))
    for second in range(seconds):
        noise = random.standard_normal((2, tags), np.float32)
        now = kept[:, second] * now + fresh[:, second] * noise[0]
        slow = slow_kept * slow + slow_fresh * noise[1]
        shadow[second], drift[second] = now, slow
    return np.asarray((yard.shadow_sd_db * shadow + yard.drift_sd_db * drift).T, dtype=np.float32)


def lasting(tags: int, seconds: int, random: np.random.Generator) -> Array:
    """The part of the fading that lasts some seconds: unit variance, one value a second, (tags, seconds)."""
    kept = np.float32(np.exp(-1 / FADING_MEMORY_S))
    fresh = np.float32(np.sqrt(1 - kept**2))
    found = np.empty((seconds, tags), np.float32)
    now = random.standard_normal(tags, np.float32)
    for second in range(seconds):
        now = kept * now + fresh * random.standard_normal(tags, np.float32)
        found[second] = now
    return np.ascontiguousarray(found.T)


def fading(slow: Array, sd_db: npt.NDArray[np.floating], random: np.random.Generator) -> Array:
    """Fast fading of single adverts (dB), skewed to deep dips; `slow` is the lasting part at each, `sd_db` how deep."""
    normal = np.sqrt(FADING_KEPT) * slow + np.sqrt(1 - FADING_KEPT) * random.standard_normal(len(slow), np.float32)
    return np.asarray(sd_db * np.interp(normal, _NORMAL, _FADING), dtype=np.float32)


def gamma_quantiles(shape: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The logarithm of a gamma variable, mean 0 and sd 1: values, and the share below each."""
    grid = np.linspace(-25, 8, 6_601)  # ln of the power
    weight = np.exp(shape * (grid - np.exp(grid)))
    weight /= weight.sum()
    mean = float(weight @ grid)
    return (grid - mean) / float(np.sqrt(weight @ (grid - mean) ** 2)), np.cumsum(weight) - weight / 2


def _bent() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """From a normal variable to the fading's distribution, quantile by quantile."""
    normal = np.linspace(-4.5, 4.5, 361)
    density = np.exp(-(normal**2) / 2)
    values, below = gamma_quantiles(FADING_SHAPE)
    return normal, np.interp((np.cumsum(density) - density / 2) / density.sum(), below, values)


_NORMAL, _FADING = _bent()
