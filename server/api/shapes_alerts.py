"""What the API says of alerts, their rules and what people are told, as types. Times are RFC 3339 in UTC."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.api.examples_alerts import ALERT, CHANNEL, DELIVERY, RULE, SUBSCRIPTION
from server.api.shapes import shown

Severity = Literal["critical", "warning", "info"]
State = Literal["open", "acknowledged", "snoozed", "closed"]
What = Literal[
    "opened", "returned", "closed", "late_data", "restored", "folded", "acknowledged", "assigned", "commented",
    "snoozed", "snooze_over", "reopened", "escalated",
]  # fmt: skip
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
Seconds = Annotated[int, Field(ge=0, le=31_536_000)]


class Said(BaseModel):
    """What a request may say; a text with NUL is none, as PostgreSQL has none."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _without_nul(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise ValueError("it holds the character NUL")
        return value


class AlertFact(BaseModel):
    """A fact that is a reason of the alert; what else it says follows from its kind."""

    model_config = ConfigDict(extra="allow")
    id: str
    kind: str
    vehicle: str
    at: str
    fence: str | None
    late: bool
    recorded_at: str
    withdrawn: bool


class Alert(BaseModel):
    """Something that wants attention.

    A storm has `count` members (`members`: their ids) and no vehicle; a member says its storm in `folded_into`. `late`:
    we came to know of it later than it happened. `closed_by` is `rule`, `late data` (it was not so; `instead` is the
    alert in its place, if there is one), or a person.
    """

    model_config = shown(ALERT)
    id: str
    rule: str
    rule_name: str
    kind: str
    severity: Severity
    vehicle: str | None
    vehicle_name: str | None
    fence: str | None
    opened_at: str
    raised_at: str
    closed_at: str | None
    state: State
    acknowledged_by: str | None
    acknowledged_at: str | None
    assigned_to: str | None
    snoozed_until: str | None
    escalated_at: str | None
    closed_by: str | None
    instead: str | None
    title: str
    because: str
    late: bool
    lon: float | None
    lat: float | None
    facts: list[AlertFact]
    count: int
    members: list[str]
    folded_into: str | None


class AlertCounts(BaseModel):
    """How many there are: open (acknowledged ones too), open critical ones that nobody acknowledged, mine, snoozed."""

    open: int
    critical: int
    mine: int
    snoozed: int


class Alerts(BaseModel):
    """A page of alerts, newest first, and how many there are of each."""

    items: list[Alert]
    next: str | None
    counts: AlertCounts


class AlertEvent(BaseModel):
    """What happened to an alert: `who` is null when a rule did it; `text` is a comment or the reason that was given."""

    at: str
    who: str | None
    what: What
    says: str
    text: str | None
    to: str | None
    until: str | None


class Evidence(BaseModel):
    """The ten minutes before and after: ask for the track and the facts of this range."""

    vehicle: str | None
    from_: str = Field(alias="from")
    to: str


class Delivery(BaseModel):
    """A message about an alert to a channel, once for each `about`.

    `waiting` (also between tries), `sent` (the receiver took it), `failed` (given up: `error` says why), `folded` (a
    storm's message went out instead), `dropped` (late data showed that there was nothing to tell).
    """

    model_config = shown(DELIVERY)
    id: str
    alert: str
    channel: str
    channel_name: str
    about: Literal["opened", "escalated"]
    users: list[str]
    state: Literal["waiting", "sent", "failed", "folded", "dropped"]
    digest: bool
    message_id: str | None
    created_at: str
    due_at: str
    attempts: int
    tried_at: str | None
    sent_at: str | None
    error: str | None
    subject: str | None


class Deliveries(BaseModel):
    """A page of messages, newest first."""

    items: list[Delivery]
    next: str | None


class OneAlert(Alert):
    """An alert with all that was done about it."""

    history: list[AlertEvent]
    evidence: Evidence
    deliveries: list[Delivery]


class Comment(Said):
    """A few words for whoever reads this later."""

    model_config = shown({"text": "Called Aino: she is on her way."})
    text: str = Field(min_length=1, max_length=2000)


class Closing(Said):
    """Why it is over, if there is something to say."""

    model_config = shown({"text": "The gateway was moved to another van."})
    text: str | None = Field(default=None, max_length=2000)


class Assignment(Said):
    """Who takes it: the name of a user, or null for nobody."""

    model_config = shown({"to": "aino"})
    to: str | None = Field(max_length=120)


class Snooze(Said):
    """Until when it is quiet: a time, or so many minutes from now."""

    model_config = shown({"minutes": 30}, {"until": "2026-11-22T14:30:00.000Z"})
    until: str | None = Field(default=None, max_length=40)
    minutes: int | None = Field(default=None, ge=1, le=43_200)


class AlertRuleIn(Said):
    """A rule. Null selects everything; `closes_by`: left out, what ends it by nature; `[]`, a person closes it."""

    model_config = shown({key: value for key, value in RULE.items() if key != "id"})
    name: Name
    kinds: list[str] = Field(min_length=1, max_length=30)
    closes_by: list[str] | None = Field(default=None, max_length=30)
    vehicles: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    teams: list[Id] | None = Field(default=None, min_length=1, max_length=1000)
    fences: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    hours: str | None = Field(default=None, max_length=400)
    time_zone: str = Field(default="UTC", max_length=60)
    severity: Severity = "warning"
    wait_s: Seconds = 0
    cool_down_s: Seconds = 300
    actionable_s: Seconds = 3600
    escalate_after_s: int | None = Field(default=None, ge=60, le=2_592_000)
    escalate_to: str | None = Field(default=None, max_length=120)
    enabled: bool = True


class AlertRule(BaseModel):
    """A rule as it is in force."""

    model_config = shown(RULE)
    id: str
    name: str
    kinds: list[str]
    closes_by: list[str]
    vehicles: list[str] | None
    teams: list[str] | None
    fences: list[str] | None
    hours: str | None
    time_zone: str
    severity: Severity
    wait_s: int
    cool_down_s: int
    actionable_s: int
    escalate_after_s: int | None
    escalate_to: str | None
    enabled: bool
    changed_at: str


class AlertRules(BaseModel):
    """All rules, by name, and the kinds of facts that a rule may select, each with what ends it by nature."""

    items: list[AlertRule]
    kinds: dict[str, list[str]]


class ChannelIn(Said):
    """A way to people. `address` and `secret` go in and never come out again; left out on a change, they stay.

    email: one or more addresses with commas; webhook: an http(s) URL; apprise: a URL as apprise documents them.
    `secret` is a webhook's key (`whsec_` and base64); left out, one is made and shown this once.
    """

    model_config = shown({"name": "Operations", "kind": "email", "address": "ops@fleet.example", "enabled": True})
    name: Name
    kind: Literal["email", "webhook", "apprise"]
    address: str | None = Field(default=None, min_length=1, max_length=2000)
    secret: str | None = Field(default=None, min_length=1, max_length=200)
    enabled: bool = True


class Channel(BaseModel):
    """A way to people. `target` is what may be shown of its address.

    `state`: ok, failing (since `failing_since`, because of `error`), gone (its receiver said that it is no more), off.
    """

    model_config = shown(CHANNEL)
    id: str
    name: str
    kind: Literal["email", "webhook", "apprise"]
    target: str
    enabled: bool
    state: Literal["ok", "failing", "gone", "off"]
    created_by: str
    created_at: str
    sent_at: str | None
    failing_since: str | None
    error: str | None


class ChannelMade(Channel):
    """A channel; `secret` is shown this once, when it was made now."""

    secret: str | None


class Channels(BaseModel):
    """All channels, by name."""

    items: list[Channel]


class Tested(BaseModel):
    """What became of a message that was sent to try the channel."""

    model_config = shown({"ok": True, "says": "The receiver took the message."})
    ok: bool
    says: str


class Route(Said):
    """Alerts of these rules (null: of all) and severities go to these channels."""

    rules: list[Id] | None = Field(default=None, max_length=1000)
    severities: list[Severity] = Field(default=["critical", "warning", "info"], max_length=3)
    channels: list[Id] = Field(min_length=1, max_length=100)


class QuietHours(Said):
    """From when to when, by the person's clock, nothing is sent but (if so) what is critical."""

    from_: Clock = Field(alias="from")
    to: Clock
    critical_anyway: bool = True


class Subscription(Said):
    """What one person is told. `digest`: times of the day at which what is not critical goes out as one message."""

    model_config = shown(SUBSCRIPTION)
    routes: list[Route] = Field(default=[], max_length=100)
    quiet: QuietHours | None = None
    digest: list[Clock] = Field(default=[], max_length=24)
    time_zone: str = Field(default="UTC", max_length=60)
