"""One example of each message in its JSON form. They stand in the schema, in AsyncAPI and in docs/wire.md."""

from typing import Any

UP: dict[str, Any] = {
    "stream": "a1b2",
    "prev": 0,
    "seq_from": 1,
    "seq_to": 2,
    "records": [
        {
            "seq": 1,
            "kind": "position",
            "at": "2026-11-22T10:00:00.000Z",
            "lon": 24.9384,
            "lat": 60.1699,
            "speed_mps": 8.1,
            "course_deg": 90,
            "accuracy_m": 4,
        },
        {
            "seq": 2,
            "kind": "position",
            "at": "2026-11-22T10:00:03.000Z",
            "lon": 24.9388,
            "lat": 60.1699,
            "speed_mps": 8.4,
            "course_deg": 91.5,
            "accuracy_m": 4,
        },
    ],
}
UP_MIXED: dict[str, Any] = {
    "stream": "a1b2",
    "prev": 2,
    "seq_from": 3,
    "seq_to": 6,
    "records": [
        {
            "seq": 3,
            "kind": "sighting",
            "at": "2026-11-22T10:00:10.000Z",
            "tag": "C3:00:00:2A:11:07",
            "window_s": 10,
            "count": 9,
            "rssi_max_dbm": -61,
            "rssi_mean_dbm": -66.5,
        },
        {
            "seq": 4,
            "kind": "scanner",
            "at": "2026-11-22T10:00:10.000Z",
            "window_s": 10,
            "healthy": True,
            "adverts": 412,
            "tags": 47,
            "unknown": 12,
        },
        {
            "seq": 5,
            "kind": "sensor",
            "at": "2026-11-22T10:00:12.000Z",
            "sensor": "cargo",
            "quantity": "temperature_c",
            "value": 4.5,
        },
        {
            "seq": 6,
            "kind": "event",
            "at": "2026-11-22T10:00:13.000Z",
            "event": "receiver_lost",
            "detail": {"state": "silent"},
        },
    ],
}
PROBE: dict[str, Any] = {"stream": "a1b2"}
ACK: dict[str, Any] = {"stream": "a1b2", "last": 2}
LIVE: dict[str, Any] = {key: value for key, value in UP["records"][1].items() if key not in ("seq", "kind")}
STATUS: dict[str, Any] = {
    "online": True,
    "stream": "a1b2",
    "at": "2026-11-22T10:00:05.000Z",
    "version": "0.1.0",
    "clock": "gnss",
    "started_at": "2026-11-22T05:58:41.000Z",
    "outbox": {"waiting": 0, "bytes": 81920},
    "receiver": {"state": "fix", "satellites": 11, "hdop": 0.9, "last_fix_at": "2026-11-22T10:00:04.000Z"},
    "radios": [{"adapter": "00:1A:7D:DA:71:13", "state": "scanning", "adverts_per_s": 41.2, "tags": 47}],
    "manifest": "7f3a90c1",
}
OFFLINE: dict[str, Any] = {"online": False}
DOWN: dict[str, Any] = {
    "manifest": {
        "version": "7f3a90c1",
        "until": "2026-11-23T03:00:00.000Z",
        "tags": ["C3:00:00:2A:11:07", "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/2"],
    }
}
