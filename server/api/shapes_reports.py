"""What the API says of reports."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from server.api.shapes import shown
from server.reports.question import Group, Kind

Value = str | int | float | None
ColumnKind = Literal["text", "time", "day", "duration", "distance", "speed", "count", "degrees"]
REPORT_CSV = """day,vehicle,vehicle_id,trips,distance_km
2026-11-16,Van 7,van-7,4,39.88
"""
EXAMPLE: Any = {
    "report": "trips",
    "title": "Van 7 made 1 trip and drove 12.35 km on 16 November 2026.",
    "from": "2026-11-15T22:00:00.000Z",
    "to": "2026-11-16T22:00:00.000Z",
    "time_zone": "Europe/Helsinki",
    "group": "vehicle",
    "columns": [
        {"key": "vehicle", "name": "Vehicle", "kind": "text", "unit": None, "definition": None, "main": True},
        {"key": "trips", "name": "Trips", "kind": "count", "unit": None, "definition": None, "main": True},
        {"key": "distance_km", "name": "Distance", "kind": "distance", "unit": "km", "definition": None, "main": True},
    ],
    "count": 1,
    "items": [{"vehicle": "Van 7", "trips": 1, "distance_km": 12.35}],
    "totals": {"vehicle": None, "trips": 1, "distance_km": 12.35},
    "chart": None,
    "notes": [],
    "definitions": [{"name": "Trip", "says": "From the first of two fixes that drive to the halt that ends it."}],
}


class ReportColumn(BaseModel):
    """A column. `key` is its name in `items`, with the unit in it; `main` ones are shown first."""

    key: str
    name: str
    kind: ColumnKind
    unit: str | None
    definition: str | None
    main: bool


class ReportBar(BaseModel):
    """One bar of the chart."""

    label: str
    value: Value


class ReportChart(BaseModel):
    """The main measure by the groups, by time, or by vehicle."""

    title: str
    kind: ColumnKind
    unit: str | None
    of_time: bool
    bars: list[ReportBar]


class Definition(BaseModel):
    """What a word of the report means."""

    name: str
    says: str


class Report(BaseModel):
    """A report. `title` is the sentence that answers the question; totals are the sums of the rows as they are.

    Durations are whole seconds, distances km with two decimals, speeds km/h with one. Null: not known, or not over yet.
    """

    model_config = shown(EXAMPLE)
    report: Kind
    title: str
    from_: str = Field(alias="from")
    to: str
    time_zone: str
    group: Group | None
    columns: list[ReportColumn]
    count: int
    items: list[dict[str, Value]]
    totals: dict[str, Value]
    chart: ReportChart | None
    notes: list[str]
    definitions: list[Definition]


SCHEDULE: Any = {
    "id": "5e0c71a2",
    "name": "Distance by vehicle",
    "report": "distance",
    "format": "pdf",
    "vehicles": None,
    "team": None,
    "fence": None,
    "group": "vehicle",
    "every": "week",
    "on": 1,
    "at": "07:00",
    "time_zone": "Europe/Helsinki",
    "recipients": ["manager@fleet.example"],
    "enabled": True,
}


class PutSchedule(BaseModel):
    """A report that is sent by itself: the report, and when to whom.

    `on` is the day: of the week 1 (Monday) to 7, of the month 1 to 28. It is sent at `at` on that day and holds the
    days since the one before: yesterday, the last seven days, the last month.
    """

    model_config = shown(SCHEDULE)
    name: str = Field(min_length=1, max_length=120)
    report: Kind
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    vehicles: list[str] | None = Field(default=None, max_length=1000)
    team: str | None = Field(default=None, max_length=64)
    fence: str | None = Field(default=None, max_length=64)
    group: Group | None = None
    every: Literal["day", "week", "month"] = "week"
    on: int = Field(default=1, ge=1, le=28)
    at: str = Field(default="07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    time_zone: str = Field(default="UTC", max_length=64)
    recipients: list[str] = Field(min_length=1, max_length=20)
    enabled: bool = True


class Sending(BaseModel):
    """What became of one period's report. `waiting`: it is tried (again) at `due_at`; `failed`: it was given up."""

    period: str
    from_: str = Field(alias="from")
    to: str
    state: Literal["waiting", "sent", "failed"]
    attempts: int
    due_at: str
    sent_at: str | None
    error: str | None


class Schedule(PutSchedule):
    """A schedule. `owner` saved it last: the report holds what they see. `next_at` is null while it is off."""

    model_config = shown(
        SCHEDULE
        | {
            "owner": "aino",
            "next_at": "2026-11-30T05:00:00.000Z",
            "last": None,
            "changed_at": "2026-11-25T09:12:00.000Z",
        }
    )
    id: str
    owner: str
    changed_at: str
    next_at: str | None
    last: Sending | None


class Schedules(BaseModel):
    """Every schedule that one may know of, by name. `mail`: whether this server sends e-mail at all."""

    items: list[Schedule]
    mail: bool
