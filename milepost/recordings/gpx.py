"""GPX 1.0 and 1.1 to arrivals: the points of its tracks. Pure. Waypoints and routes are plans, not arrivals.

Speed (m/s) and course stand in the point (1.0) or in its extensions (1.1, whoever made them). Accuracy is what an
extension says, else what HDOP lets expect.
"""

import math
from xml.parsers import expat

from firmware_bridge.nmea import Fix, accuracy_m
from milepost.recordings.values import Arrival, Recording, Refused, at_ms, fitting, said, whole

READ = frozenset({"time", "speed", "course", "hdop", "accuracy"})


def parse(data: bytes, vehicle: str) -> Recording:
    """The arrivals of a GPX document; of one that breaks off, those before the break."""
    points = _Points(vehicle)
    try:
        points.parser.Parse(data, True)
    except expat.ExpatError as error:
        why = f"The GPX cannot be read from here on: {expat.ErrorString(error.code)}."
        points.recording.refused.append(Refused(error.lineno, why))
    except _Entity:
        why = "The GPX declares entities of its own, and was read up to here. Write it without a DTD."
        points.recording.refused.append(Refused(points.parser.CurrentLineNumber, why))
    if not points.root:
        points.recording.refused.append(Refused(1, "It has no element <gpx>. Is it a GPX recording?"))
    elif not points.recording.rows:
        points.recording.notes.append("It has no point of a track: waypoints and routes are plans, and are not read.")
    return points.recording


class _Entity(Exception):  # noqa: N818 - not an error but a refusal: entities are how small documents become huge
    pass


class _Points:
    """Gathers what stands inside each <trkpt>, however deep; the first of a name counts."""

    def __init__(self, vehicle: str) -> None:
        self.recording = Recording()
        self.root = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity
        self._vehicle = vehicle
        self._line = 0
        self._point: dict[str, str] | None = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "trkpt":
            self._line = self.parser.CurrentLineNumber
            self._point = {"lon": attributes.get("lon", ""), "lat": attributes.get("lat", "")}
        elif self._point is None:
            self.root = self.root or name == "gpx"
        elif name in READ and name not in self._point:
            text: list[str] = []
            self._text, self.parser.CharacterDataHandler = text, text.append

    def _end(self, name: str) -> None:
        if self._point is None:
            return
        name = name.rpartition(":")[2]
        if name == "trkpt":
            self._finish(self._point)
            self._point = None
        elif self.parser.CharacterDataHandler is not None:
            self._point[name] = "".join(self._text).strip()
            self.parser.CharacterDataHandler = None

    def _finish(self, point: dict[str, str]) -> None:
        try:
            self.recording.rows.append(_arrival(self._line, self._vehicle, point))
        except ValueError as error:
            self.recording.refused.append(Refused(self._line, f"{error}."))

    def _entity(self, *_: object) -> None:
        raise _Entity


def _arrival(line: int, vehicle: str, point: dict[str, str]) -> Arrival:
    if not point.get("time"):
        raise ValueError("The point has no time")
    hdop = said("hdop", "hdop_c", 100, point.get("hdop"))
    accuracy = said("accuracy", "accuracy_dm", 10, point.get("accuracy"))
    if accuracy is None and hdop is not None:
        accuracy = fitting("accuracy_dm", 10, accuracy_m(Fix(hdop=hdop / 100)) or math.nan)
    return Arrival(
        line,
        vehicle,
        at_ms(point["time"]),
        whole("lon", "lon_e7", 1e7, point["lon"]),
        whole("lat", "lat_e7", 1e7, point["lat"]),
        speed_cmps=said("speed", "speed_cmps", 100, point.get("speed")),
        course_cdeg=said("course", "course_cdeg", 100, point.get("course")),
        accuracy_dm=accuracy,
        hdop_c=hdop,
    )
