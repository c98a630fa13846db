"""JSON lines of observations, in any order, as a plan and windows. A line that is wrong is named, the others count."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec

from server.domain.custody import WINDOW_MS, Fix, Health, Heard, Parcel, Plan, Route, Site, Stop, Window

Id = Annotated[str, msgspec.Meta(min_length=1)]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Dbm = Annotated[float, msgspec.Meta(ge=-150, le=30)]


class _Circle(msgspec.Struct, kw_only=True):
    id: Id
    lon: Lon
    lat: Lat
    radius_m: Positive


class SiteLine(_Circle, kw_only=True, tag_field="kind", tag="site"):
    """A depot."""


class ParcelLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="parcel"):
    """The plan of one parcel."""

    id: Id
    tag: Id | None = None
    vehicle: Id | None = None
    site: Id | None = None
    stop: _Circle | None = None


class RouteLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="route"):
    """A vehicle's round; a stop may be named by its id alone when a parcel says where it is."""

    vehicle: Id
    departs: str | None = None
    stops: list[_Circle | str] = []


class FixLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="fix"):
    """Where a vehicle was."""

    vehicle: Id
    at: str
    lon: Lon
    lat: Lat
    speed_mps: float | None = None
    accuracy_m: float | None = None


class SightingLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="sighting"):
    """A tag heard."""

    scanner: Id
    tag: Id
    from_: str = msgspec.field(name="from")
    to: str
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    rssi_max_dbm: Dbm | None = None
    rssi_mean_dbm: Dbm | None = None


class ScannerLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="scanner"):
    """A scanner's word about itself."""

    scanner: Id
    from_: str = msgspec.field(name="from")
    to: str
    healthy: bool


Line = SiteLine | ParcelLine | RouteLine | FixLine | SightingLine | ScannerLine


class Refused(NamedTuple):
    """A line that was not understood."""

    line: int
    why: str


class Observed(NamedTuple):
    """A recording: the plan, and observations by the window in which they end."""

    plan: Plan
    windows: dict[int, Window]
    """By their end. Only those in which something ended."""
    refused: list[Refused]


def observed(rows: Iterable[bytes]) -> Observed:
    """Read a recording. Exact repeats of a line count once."""
    reader = _Reader()
    decoder = msgspec.json.Decoder(Line)
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            reader.take(decoder.decode(row))
        except (msgspec.MsgspecError, ValueError) as error:
            reader.refused.append(Refused(number, _why(error)))
    return reader.observed()


def instant_ms(text: str) -> int:
    """RFC 3339 as milliseconds; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time; write it as 2026-11-22T10:00:00.000Z.") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


class _Reader:
    """What has been read so far."""

    def __init__(self) -> None:
        """Nothing."""
        self.refused: list[Refused] = []
        self._sites: dict[str, Site] = {}
        self._parcels: dict[str, Parcel] = {}
        self._routes: dict[str, RouteLine] = {}
        self._seen: dict[Fix | Heard | Health, None] = {}

    def take(self, line: Line) -> None:
        """One line."""
        match line:
            case SiteLine():
                self._once(self._sites, line.id, Site(**msgspec.structs.asdict(line)))
            case ParcelLine():
                stop = Stop(**msgspec.structs.asdict(line.stop)) if line.stop else None
                parcel = Parcel(id=line.id, tag=line.tag, vehicle=line.vehicle, site=line.site, stop=stop)
                self._once(self._parcels, line.id, parcel)
            case RouteLine():
                if line.departs is not None:
                    instant_ms(line.departs)
                self._once(self._routes, line.vehicle, line)
            case _:
                self._seen[_observation(line)] = None

    def observed(self) -> Observed:
        """All of it."""
        stops = {parcel.stop.id: parcel.stop for parcel in self._parcels.values() if parcel.stop}
        plan = Plan(
            sites=tuple(self._sites[key] for key in sorted(self._sites)),
            parcels=tuple(self._parcels[key] for key in sorted(self._parcels)),
            routes=tuple(_route(self._routes[key], stops) for key in sorted(self._routes)),
        )
        return Observed(plan, dict(_windows(self._seen)), self.refused)

    def _once[T](self, known: dict[str, T], key: str, value: T) -> None:
        if known.setdefault(key, value) != value:
            raise ValueError(f"{key!r} is planned twice, and differently; keep one of the lines.")


def _observation(line: FixLine | SightingLine | ScannerLine) -> Fix | Heard | Health:
    if isinstance(line, FixLine):
        return Fix(
            vehicle=line.vehicle,
            at_ms=instant_ms(line.at),
            lon=line.lon,
            lat=line.lat,
            speed_mps=-1.0 if line.speed_mps is None else line.speed_mps,
            accuracy_m=-1.0 if line.accuracy_m is None else line.accuracy_m,
        )
    from_ms, to_ms = instant_ms(line.from_), instant_ms(line.to)
    if to_ms < from_ms:
        raise ValueError("`to` is before `from`.")
    if isinstance(line, ScannerLine):
        return Health(scanner=line.scanner, from_ms=from_ms, to_ms=to_ms, healthy=line.healthy)
    mean = line.rssi_mean_dbm if line.rssi_mean_dbm is not None else line.rssi_max_dbm
    if mean is None:
        raise ValueError("a sighting needs `rssi_mean_dbm` or `rssi_max_dbm`.")
    most = line.rssi_max_dbm if line.rssi_max_dbm is not None else mean
    return Heard(
        scanner=line.scanner,
        tag=line.tag,
        from_ms=from_ms,
        to_ms=to_ms,
        count=line.count,
        rssi_max_dbm=most,
        rssi_mean_dbm=mean,
    )


def _route(line: RouteLine, stops: dict[str, Stop]) -> Route:
    known = [stops.get(stop) if isinstance(stop, str) else Stop(**msgspec.structs.asdict(stop)) for stop in line.stops]
    return Route(
        vehicle=line.vehicle,
        departs_ms=None if line.departs is None else instant_ms(line.departs),
        stops=tuple(stop for stop in known if stop is not None),
    )


def _windows(seen: Iterable[Fix | Heard | Health]) -> Iterator[tuple[int, Window]]:
    fixes: dict[int, list[Fix]] = {}
    sightings: dict[int, list[Heard]] = {}
    scanners: dict[int, list[Health]] = {}
    for one in seen:
        at_ms = one.at_ms if isinstance(one, Fix) else one.to_ms
        end = -(-at_ms // WINDOW_MS) * WINDOW_MS
        if isinstance(one, Fix):
            fixes.setdefault(end, []).append(one)
        elif isinstance(one, Heard):
            sightings.setdefault(end, []).append(one)
        else:
            scanners.setdefault(end, []).append(one)
    for end in sorted({*fixes, *sightings, *scanners}):
        yield (
            end,
            Window(
                from_ms=end - WINDOW_MS,
                to_ms=end,
                fixes=tuple(sorted(fixes.get(end, ()))),
                sightings=tuple(sorted(sightings.get(end, ()))),
                scanners=tuple(sorted(scanners.get(end, ()))),
            ),
        )


def _why(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError) and "Invalid value" in str(error) and "kind" in str(error):
        return "`kind` must be site, parcel, route, fix, sighting or scanner."
    return str(error)


def read_lines(source: str) -> list[bytes]:
    """A file's lines, or those of standard input for `-`."""
    if source == "-":
        return sys.stdin.buffer.readlines()
    with open(source, "rb") as file:
        return file.readlines()
