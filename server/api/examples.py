"""One example of each larger answer of the API, for its OpenAPI document."""

from typing import Any

NEWEST: Any = {
    "at": "2026-11-22T10:00:00.000Z",
    "received_at": "2026-11-22T10:00:00.240Z",
    "lon": 24.9384,
    "lat": 60.1699,
    "alt_m": 14.2,
    "speed_mps": 8.1,
    "course_deg": 90.0,
    "accuracy_m": 4.0,
    "satellites": 11,
    "hdop": 0.9,
    "mode": "3d",
    "clock": "gnss",
    "flags": None,
}
VAN: Any = {
    "id": "van-7",
    "name": "van-7",
    "gateway": "van-7",
    "teams": [],
    "created_at": "2026-11-02T07:12:44.000Z",
    "odometer_m": 1204512.337,
    "speed_limit_kmh": None,
    "today_m": 18220.114,
    "last": NEWEST,
}
STATUS: Any = {
    "online": True,
    "at": "2026-11-22T10:00:00.000Z",
    "version": "0.1.0",
    "clock": "gnss",
    "outbox": {"waiting": 0, "bytes": 81920},
    "receiver": {"state": "fix", "satellites": 11, "hdop": 0.9},
    "problems": [],
}
GATEWAY: Any = {
    "id": "van-7",
    "vehicle": "van-7",
    "site": None,
    "claimed": False,
    "online": True,
    "first_seen_at": "2026-11-02T07:12:44.000Z",
    "last_seen_at": "2026-11-22T10:00:00.240Z",
    "status": STATUS,
    "stream": "5f0c2a9be1d44c07",
    "last_seq": 184220,
    "gaps": 1,
    "missing_rows": 120,
    "conflict": False,
}
TRACK: Any = {
    "type": "Feature",
    "geometry": {"type": "LineString", "coordinates": [[24.9384, 60.1699], [24.9386, 60.1701]]},
    "properties": {
        "vehicle": "van-7",
        "from": "2026-11-22T00:00:00.000Z",
        "to": "2026-11-23T00:00:00.000Z",
        "count": 2,
        "coordinateProperties": {
            "times": ["2026-11-22T10:00:00.000Z", "2026-11-22T10:00:03.000Z"],
            "speed_mps": [8.1, 8.4],
            "course_deg": [26.5, 26.4],
            "accuracy_m": [4.0, None],
            "alt_m": [14.2, 14.2],
            "flags": [None, None],
        },
    },
}
TRACK_CSV = """at,lon,lat,speed_mps,course_deg,accuracy_m,alt_m,satellites,hdop,mode,clock,flags
2026-11-22T10:00:00.000Z,24.9384,60.1699,8.1,26.5,4.0,14.2,11,0.9,3d,gnss,
"""
STREAM = """id: 1763805600240
event: hello
data: {"now":"2026-11-22T10:00:00.000Z","version":"0.1.0"}

id: 1763805600241
event: positions
data: [{"vehicle":"van-7","at":"2026-11-22T10:00:00.000Z","lon":24.9384,"lat":60.1699,"speed_mps":8.1,"live":false}]

"""
