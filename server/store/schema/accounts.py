"""Who may come in, what they may see, and what they changed."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Table, Text

from server.store.schema.base import BigKey, UtcDateTime, metadata

users = Table(
    "users",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("password_hash", Text, nullable=False),  # empty: signs in elsewhere
    Column("one_time", Boolean, nullable=False),  # the first password, to be replaced
    Column("role", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime),
    Column("subject", String(400)),  # who this is at the OIDC provider: issuer and `sub`
)
Index("ix_users_subject", users.c.subject, unique=True)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),  # to the minute
    Column("address", String(64)),
    Column("browser", String(300)),  # what it said of itself
    Column("way", String(10)),  # password, link, oidc
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("scopes", JSON),  # a list of words; null: all that the role may
    Column("teams", JSON),  # a list of ids; null: not limited. An id that is gone shows nothing
    Column("used_at", UtcDateTime),  # to the minute
    Column("created_by", String(120)),
)

login_links = Table(
    "login_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
)
Index("ix_team_members_user_name", team_members.c.user_name)

team_vehicles = Table(
    "team_vehicles",
    metadata,
    Column("team_id", ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    Column("vehicle_id", ForeignKey("vehicles.id", ondelete="CASCADE"), primary_key=True),
)
Index("ix_team_vehicles_vehicle_id", team_vehicles.c.vehicle_id)

audit_log = Table(
    "audit_log",
    metadata,
    Column("number", BigKey, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(120), nullable=False),
    Column("kind", String(10), nullable=False),  # of who: user, key, milepost
    Column("what", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("address", String(64), nullable=False),
)
Index("ix_audit_log_what", audit_log.c.what, audit_log.c.number)
