"""What the API says of people, teams, keys, sessions and the audit log, as types."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from server.api.shapes import shown
from server.domain.permissions import Role, Word

USER = {
    "name": "aino",
    "role": "dispatcher",
    "teams": ["5e0c71a2"],
    "created_at": "2026-11-02T07:12:44.000Z",
    "signed_in_at": "2026-11-22T05:58:01.000Z",
    "sign_in": "password",
    "one_time": False,
    "sessions": 1,
}
TEAM = {
    "id": "5e0c71a2",
    "name": "Depot north",
    "members": ["aino"],
    "vehicles": ["van-1", "van-2"],
    "created_at": "2026-11-02T07:12:44.000Z",
}
KEY = {
    "name": "billing",
    "role": "viewer",
    "scopes": ["reports:read"],
    "teams": None,
    "created_at": "2026-11-02T07:12:44.000Z",
    "created_by": "admin",
    "expires_at": "2027-11-02T00:00:00.000Z",
    "used_at": None,
}
TOKEN = "mp_8sH1rX0aQ7wYc2dE5fG9jK3lM6nP4tVb"  # noqa: S105 - an example
Name = Field(min_length=1, max_length=120, examples=["aino"])


class User(BaseModel):
    """A person who signs in: `oidc` without a password here. `one_time`: the first password is not replaced yet."""

    model_config = shown(USER)
    name: str
    role: Role
    teams: list[str]
    created_at: str
    signed_in_at: str | None
    sign_in: Literal["password", "oidc"]
    one_time: bool
    sessions: int


class Users(BaseModel):
    """Everybody, by name."""

    items: list[User]


class AddUser(BaseModel):
    """Somebody new. Who is to sign in by `oidc` is known there by this name, as a verified e-mail address."""

    model_config = shown({"name": "aino", "role": "dispatcher", "teams": []})
    name: str = Name
    role: Role = "viewer"
    teams: list[str] = Field(default=[], max_length=1000)
    sign_in: Literal["password", "oidc"] = "password"


class AddedUser(BaseModel):
    """The one-time password of who was added, shown once; null for who signs in by OIDC."""

    model_config = shown({"user": USER, "password": "sXk2-mP0aQ7w"})
    user: User
    password: str | None


class ChangeUser(BaseModel):
    """What is new; what is left out stays."""

    model_config = shown({"role": "viewer"})
    role: Role | None = None
    teams: list[str] | None = Field(default=None, max_length=1000)


class OneTimePassword(BaseModel):
    """A password that is shown once, and replaced after signing in."""

    model_config = shown({"password": "sXk2-mP0aQ7w"})
    password: str


class Colleague(BaseModel):
    """Somebody who may work on alerts."""

    name: str
    role: Role


class Colleagues(BaseModel):
    """Whom an alert can be given to."""

    model_config = shown({"items": [{"name": "aino", "role": "dispatcher"}]})
    items: list[Colleague]


class Team(BaseModel):
    """Its members see its vehicles, and those of their other teams, only."""

    model_config = shown(TEAM)
    id: str
    name: str
    members: list[str]
    vehicles: list[str]
    created_at: str


class Teams(BaseModel):
    """Teams, by name."""

    items: list[Team]


class PutTeam(BaseModel):
    """A team as it is to be: all its members (names of users) and all its vehicles (ids)."""

    model_config = shown({"name": "Depot north", "members": ["aino"], "vehicles": ["van-1", "van-2"]})
    name: str = Field(min_length=1, max_length=120, examples=["Depot north"])
    members: list[str] = Field(default=[], max_length=10_000)
    vehicles: list[str] = Field(default=[], max_length=100_000)


class Key(BaseModel):
    """A program's key, without what it opens with. `used_at` is right to the minute."""

    model_config = shown(KEY)
    name: str
    role: Role
    scopes: list[str] | None
    teams: list[str] | None
    created_at: str
    created_by: str | None
    expires_at: str | None
    used_at: str | None


class Keys(BaseModel):
    """The keys, by name."""

    items: list[Key]


class AddKey(BaseModel):
    """A new key. `scopes`: only these of what the role may; `teams`: only their vehicles; null: not narrowed."""

    model_config = shown({"name": "billing", "role": "viewer", "scopes": ["reports:read"]})
    name: str = Field(min_length=1, max_length=120, examples=["billing"])
    role: Role = "viewer"
    scopes: list[Word] | None = Field(default=None, max_length=100)
    teams: list[str] | None = Field(default=None, max_length=1000)
    expires_at: datetime | None = None


class AddedKey(BaseModel):
    """The key itself is shown this once: send it as `Authorization: Bearer KEY`."""

    model_config = shown({"key": KEY, "token": TOKEN})
    key: Key
    token: str


class OneSession(BaseModel):
    """Somewhere where one is signed in; `this` is where the question comes from. `seen_at` is right to the minute."""

    id: str
    created_at: str
    expires_at: str
    seen_at: str | None
    address: str
    browser: str
    way: Literal["password", "link", "oidc"] | None
    this: bool


class Sessions(BaseModel):
    """Where one is signed in, the last used first."""

    items: list[OneSession]


class Change(BaseModel):
    """What was done: by `who` (a user, a key, or a program of Milepost's), to `subject`, from which address."""

    model_config = shown(
        {
            "id": 17,
            "at": "2026-11-22T10:00:03.000Z",
            "who": "admin",
            "kind": "user",
            "what": "user_changed",
            "subject": "aino",
            "detail": {"role": {"was": "viewer", "is": "dispatcher"}},
            "address": "192.0.2.7",
        }
    )
    id: int
    at: str
    who: str
    kind: Literal["user", "key", "milepost"]
    what: str
    subject: str
    detail: dict[str, Any]
    address: str


class Audit(BaseModel):
    """A page of changes, newest first."""

    items: list[Change]
    next: str | None


class SignIn(BaseModel):
    """How one can sign in: `oidc` is what its button calls the other place, null when there is none."""

    model_config = shown({"oidc": "Acme"})
    oidc: str | None
