"""What every field of a message means, and what it may be: beside the structs of `wire.messages`, which say its type.

Numbers come from `wire`, so that they cannot differ. A field that is not listed under its own struct is looked up under
"Record", which all kinds of records share.
"""

from typing import Any

from wire.columns import RANGES
from wire.down import MAX_TAG_CHARACTERS
from wire.messages import GATEWAY_ID, MAX_FLAGS, MAX_SEQ

Meaning = dict[str, Any]

RFC3339 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
"""Beside the format, because most validators do not look at formats."""

STREAM: Meaning = {
    "description": "Random id of the outbox, made with its file; a new outbox is a new stream.",
    "pattern": f"^{GATEWAY_ID.pattern}$",
}


def _time(description: str) -> Meaning:
    said = f"{description} RFC 3339 with Z or an offset; kept to the millisecond."
    return {"description": said, "format": "date-time", "pattern": RFC3339}


def _measured(column: str, scale: float, description: str) -> Meaning:
    low, high = RANGES[column]
    return {"description": description, "minimum": low / scale, "maximum": high / scale}


FIELDS: dict[str, dict[str, Meaning]] = {
    "Record": {
        "kind": {"description": "What the record is."},
        "at": _time("When it happened."),
        "clock": {
            "description": "How good `at` is: `gnss` satellite time, `synchronised` a system clock that NTP or PTP "
            "keeps right, `unknown` a clock that nobody vouches for."
        },
    },
    "Position": {
        "lon": _measured("lon_e7", 1e7, "Longitude, degrees east, WGS 84; kept to 1e-7 (1.1 cm)."),
        "lat": _measured("lat_e7", 1e7, "Latitude, degrees north, WGS 84; kept to 1e-7."),
        "alt_m": _measured("alt_dm", 10, "Height above mean sea level, metres; kept to 0.1."),
        "speed_mps": _measured("speed_cmps", 100, "Speed over ground, metres per second; kept to 0.01."),
        "course_deg": _measured("course_cdeg", 100, "Course over ground, degrees clockwise from true north."),
        "accuracy_m": _measured("accuracy_dm", 10, "One standard deviation per axis, metres; kept to 0.1."),
        "satellites": _measured("satellites", 1, "Satellites in the solution."),
        "hdop": _measured("hdop_c", 100, "Horizontal dilution of precision; kept to 0.01."),
        "mode": {"description": "How the position came about."},
        "flags": {
            "description": "Why the position is doubted, in words of a-z, 0-9 and _. A flagged position is stored, "
            "and moves nothing.",
            "maxItems": MAX_FLAGS,
            "items": {"type": "string", "pattern": "^[a-z0-9_]{1,40}$"},
        },
    },
    "Sighting": {
        "tag": {"description": "Which tag was heard."},
        "window_s": {"description": "Length of the window that ends at `at`, seconds."},
        "count": {"description": "Adverts heard in the window."},
        "rssi_max_dbm": {"description": "Strongest advert, dBm."},
        "rssi_mean_dbm": {"description": "Mean over the adverts, dBm."},
        "expected": {"description": "Adverts that the tag's learned interval promises in the window."},
        "gap_s": {"description": "Longest silence within the window, seconds."},
    },
    "Scanner": {
        "window_s": {"description": "Length of the window that ends at `at`, seconds."},
        "healthy": {"description": "Whether tags could be heard all the time: silence of a tag means nothing else."},
        "adverts": {"description": "Adverts heard in the window, of all tags."},
        "tags": {"description": "Tags of the manifest that were heard."},
        "unknown": {"description": "Tags heard that the manifest does not know."},
        "unknown_rssi_mean_dbm": {"description": "Mean over the adverts of unknown tags, dBm."},
        "adapter": {"description": "Address of the Bluetooth adapter."},
        "problem": {"description": "Why it is not healthy, for people."},
    },
    "Sensor": {
        "sensor": {"description": "Which sensor."},
        "quantity": {"description": "What it measures, with the unit at its end: `temperature_c`, `battery_v`."},
        "value": {"description": "The reading, in that unit."},
    },
    "Event": {
        "event": {"description": "What happened: `started`, `receiver_lost`, `receiver_found`, `outbox_damaged`."},
        "detail": {"description": "Whatever explains it."},
    },
    "Up": {
        "stream": STREAM,
        "prev": {
            "description": "The outbox row before `seq_from`; 0 when the outbox holds none.",
            "minimum": 0,
            "maximum": MAX_SEQ,
        },
        "seq_from": {"description": "The first row of the run, above `prev`.", "minimum": 0, "maximum": MAX_SEQ},
        "seq_to": {"description": "The last row of the run.", "minimum": 0, "maximum": MAX_SEQ},
        "seq": {
            "description": "Number of the row in its outbox: ascending, never used twice in a stream.",
            "minimum": 1,
            "maximum": MAX_SEQ,
        },
    },
    "Ack": {
        "stream": STREAM,
        "last": {
            "description": "Every row up to here is committed, or known to be gone. 0: the server knows nothing of "
            "the stream.",
            "minimum": 0,
            "maximum": MAX_SEQ,
        },
    },
    "Status": {
        "online": {"description": "False in the last will, and when the gateway stops in order."},
        "stream": {
            "description": "The stream that the gateway sends now. A server that starts answers what the broker kept "
            "by an Ack, in JSON: so an idle gateway learns at once that the server is new, or was restored."
        },
        "at": _time("When this was said."),
        "version": {"description": "Version of the gateway's program."},
        "clock": {"description": "How good the gateway's clock is now."},
        "started_at": _time("When the program started."),
        "outbox": {"description": "What waits on the gateway's disk."},
        "receiver": {"description": "The GNSS receiver."},
        "radios": {"description": "The Bluetooth adapters that listen for tags."},
        "manifest": {"description": "Version of the manifest that the gateway works by."},
        "problems": {"description": "What somebody should look at, in full sentences; empty when all is well."},
    },
    "Down": {"manifest": {"description": "The tags that matter to this gateway."}},
    "Manifest": {
        "version": {
            "description": "Follows from the tags; the gateway repeats it in its status.",
            "pattern": STREAM["pattern"],
        },
        "until": _time("The gateway drops the manifest after this."),
        "tags": {
            "description": "Ids of the tags that matter: the identity that a tag's adverts carry, else its address.",
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARACTERS},
        },
    },
    "Outbox": {
        "waiting": {"description": "Rows that the server has not acknowledged."},
        "oldest_at": _time("`at` of the oldest waiting row."),
        "bytes": {"description": "Size of all rows, history included, bytes."},
        "dropped": {"description": "Rows given up for space since the outbox was born."},
    },
    "Receiver": {
        "state": {
            "description": "One word: `searching` for it, `fix`, `no_fix` (too few satellites), `silent`, `garbage` "
            "(no NMEA at any speed), `absent`."
        },
        "satellites": {"description": "Satellites in the solution."},
        "hdop": {"description": "Horizontal dilution of precision."},
        "last_fix_at": _time("When the newest position was heard."),
    },
    "Radio": {
        "adapter": {"description": "The adapter's address, or its name while it has none."},
        "state": {
            "description": "One word: `starting`, `scanning`, `deaf` (nothing heard though it scans), `repairing`, "
            "`off`, `absent`."
        },
        "adverts_per_s": {"description": "Adverts heard a second, lately."},
        "tags": {"description": "Tags of the manifest heard in the last minute."},
        "last_heard_at": _time("When any advert was heard last."),
        "problem": {"description": "What is wrong, in a full sentence."},
    },
}


def meaning(struct: str, field: str) -> Meaning:
    """What is known of a field; KeyError when nobody wrote it down."""
    own = FIELDS.get(struct, {})
    return own[field] if field in own else FIELDS["Record"][field]
