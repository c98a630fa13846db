"""Who may do what, as data: one word for each thing that is done, the words of each role, the word of each endpoint.

An endpoint that is not in ENDPOINTS is closed to everybody, so a new one starts with its line here. A word is also a
scope of an API key: a key with scopes may do what both its role and its scopes say.
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal, get_args

Role = Literal["admin", "dispatcher", "viewer", "installer", "driver", "shipper", "carrier", "recipient"]
Word = Literal[
    "positions:read",
    "vehicles:write",
    "gateways:read",
    "gateways:write",
    "facts:read",
    "fences:read",
    "fences:write",
    "alerts:read",
    "alerts:write",
    "reports:read",
    "reports:write",
    "packages:read",
    "packages:write",
    "metrics:read",
    "admin",
]
WORDS: tuple[Word, ...] = get_args(Word)

_MOUNTING = frozenset[Word](("positions:read", "gateways:read"))
_INSTALLER = _MOUNTING | frozenset[Word](("gateways:write",))
_VIEWER = _MOUNTING | frozenset[Word](("facts:read", "fences:read", "alerts:read", "reports:read"))
_VIEWER |= {"packages:read", "metrics:read"}
_DISPATCHER = _VIEWER | frozenset[Word](("vehicles:write", "fences:write", "alerts:write", "reports:write"))
_DISPATCHER |= {"packages:write", "gateways:write"}
ROLES: Mapping[Role, frozenset[Word]] = {
    "admin": frozenset(WORDS),
    "dispatcher": _DISPATCHER,
    "viewer": _VIEWER,
    "installer": _INSTALLER,
    "driver": frozenset(),
    "shipper": frozenset(),
    "carrier": frozenset(),
    "recipient": frozenset(),
}
"""The last four come with what they may see."""

Open = Literal["anybody", "somebody", "user"]
"""Not a thing that is done to the fleet: open to anybody, to any credential, to whoever signed in with a session."""

ENDPOINTS: Mapping[str, Open | Word | tuple[Word, ...]] = {
    "GET /api/v1/health": "anybody",
    "GET /api/v1/ready": "anybody",
    "POST /api/v1/session": "anybody",  # signing in
    "DELETE /api/v1/session": "anybody",  # signing out, of nothing
    "GET /enter": "anybody",  # a link that works once
    "GET /api/v1/session": "somebody",
    "GET /api/v1/sign-in": "anybody",  # what the sign-in page offers
    "GET /login/oidc": "anybody",
    "GET /login/oidc/callback": "anybody",
    "PUT /api/v1/session/password": "user",
    "GET /api/v1/sessions": "user",
    "DELETE /api/v1/sessions": "user",
    "DELETE /api/v1/sessions/{}": "user",
    "GET /api/v1/users": "admin",
    "POST /api/v1/users": "admin",
    "PUT /api/v1/users/{}": "admin",
    "DELETE /api/v1/users/{}": "admin",
    "POST /api/v1/users/{}/password": "admin",
    "DELETE /api/v1/users/{}/sessions": "admin",
    "GET /api/v1/people": "alerts:write",
    "GET /api/v1/teams": ("positions:read", "admin"),
    "POST /api/v1/teams": "admin",
    "PUT /api/v1/teams/{}": "admin",
    "DELETE /api/v1/teams/{}": "admin",
    "GET /api/v1/keys": "admin",
    "POST /api/v1/keys": "admin",
    "DELETE /api/v1/keys/{}": "admin",
    "GET /api/v1/audit": "admin",
    "GET /api/v1/openapi.json": "positions:read",
    "GET /api/v1/map": "positions:read",
    "GET /map": "positions:read",
    "GET /api/v1/about": "positions:read",
    "GET /metrics": "metrics:read",
    "GET /api/v1/vehicles": "positions:read",
    "GET /api/v1/vehicles/{}": "positions:read",
    "PATCH /api/v1/vehicles/{}": "vehicles:write",
    "GET /api/v1/vehicles/{}/track": "positions:read",
    "GET /api/v1/vehicles/{}/facts": "facts:read",
    "GET /api/v1/vehicles/{}/days": "facts:read",
    "GET /api/v1/latest": "positions:read",
    "GET /api/v1/stream": ("positions:read", "gateways:read", "facts:read", "alerts:read", "packages:read"),
    "GET /api/v1/gateways": "gateways:read",
    "PATCH /api/v1/gateways/{}": "gateways:write",
    "GET /api/v1/gateways/{}/gaps": "gateways:read",
    "GET /api/v1/load": "packages:read",
    "GET /api/v1/vehicles/{}/load": "packages:read",
    "GET /api/v1/packages/{}/custody": "packages:read",
    "GET /api/v1/packages/{}/epcis": "packages:read",
    "GET /api/v1/custody/truth": "packages:read",
    "GET /api/v1/poison": "admin",
    "GET /api/v1/facts": "facts:read",
    "GET /api/v1/facts/{}": "facts:read",
    "GET /api/v1/recounts": "facts:read",
    "GET /api/v1/fences": "fences:read",
    "GET /api/v1/visits": "facts:read",
    "GET /api/v1/hours": ("fences:read", "alerts:read"),
    "GET /api/v1/fences/{}": "fences:read",
    "POST /api/v1/fences/preview": "fences:read",
    "POST /api/v1/fences": "fences:write",
    "PUT /api/v1/fences/{}": "fences:write",
    "DELETE /api/v1/fences/{}": "fences:write",
    "GET /api/v1/alerts": "alerts:read",
    "GET /api/v1/alerts/{}": "alerts:read",
    "POST /api/v1/alerts/{}/acknowledge": "alerts:write",
    "POST /api/v1/alerts/{}/assign": "alerts:write",
    "POST /api/v1/alerts/{}/comment": "alerts:write",
    "POST /api/v1/alerts/{}/snooze": "alerts:write",
    "POST /api/v1/alerts/{}/close": "alerts:write",
    "POST /api/v1/alerts/{}/reopen": "alerts:write",
    "GET /api/v1/alert-rules": "alerts:read",
    "POST /api/v1/alert-rules": "alerts:write",
    "PUT /api/v1/alert-rules/{}": "alerts:write",
    "DELETE /api/v1/alert-rules/{}": "alerts:write",
    "GET /api/v1/channels": "alerts:read",
    "POST /api/v1/channels": "admin",  # where the server sends things, with what secret
    "PUT /api/v1/channels/{}": "admin",
    "DELETE /api/v1/channels/{}": "admin",
    "POST /api/v1/channels/{}/test": "admin",
    "GET /api/v1/subscriptions/{}": "alerts:read",
    "PUT /api/v1/subscriptions/{}": "alerts:read",  # one's own; those of others are for admins, which it asks for
    "GET /api/v1/deliveries": "alerts:read",
    "POST /api/v1/deliveries/{}/send": "admin",
    "GET /api/v1/reports/{}": "reports:read",
    "GET /api/v1/report-schedules": "reports:read",
    "POST /api/v1/report-schedules": "reports:write",
    "PUT /api/v1/report-schedules/{}": "reports:write",
    "DELETE /api/v1/report-schedules/{}": "reports:write",
    "POST /api/v1/report-schedules/{}/send": "reports:write",
    "GET /api/v1/packages": "packages:read",
    "POST /api/v1/packages": "packages:write",
    "POST /api/v1/packages/import": "packages:write",
    "GET /api/v1/packages/{}": "packages:read",
    "PUT /api/v1/packages/{}": "packages:write",
    "DELETE /api/v1/packages/{}": "packages:write",
    "GET /api/v1/packages/{}/bindings": "packages:read",
    "GET /api/v1/routes": "packages:read",
    "GET /api/v1/routes/{}": "packages:read",
    "PUT /api/v1/routes/{}": "packages:write",
    "DELETE /api/v1/routes/{}": "packages:write",
    "GET /api/v1/tags": "packages:read",
    "POST /api/v1/tags": "packages:write",
    "GET /api/v1/tags/{}": "packages:read",
    "PUT /api/v1/tags/{}": "packages:write",
    "DELETE /api/v1/tags/{}": "packages:write",
    "GET /api/v1/tags/{}/bindings": "packages:read",
    "GET /api/v1/tags/{}/readings": "packages:read",
    "POST /api/v1/bindings": "packages:write",
    "POST /api/v1/bindings/import": "packages:write",
    "DELETE /api/v1/bindings/{}": "packages:write",
    "GET /api/v1/scan": "packages:read",
}
"""Method and path, `{}` for each parameter; of several words one is enough."""

EVENTS: Mapping[str, Word] = {
    "positions": "positions:read",
    "gateway": "gateways:read",
    "fact": "facts:read",
    "alert": "alerts:read",
    "custody": "packages:read",
}
"""The events of the stream that are about a vehicle, and the word that whoever is told them needs."""


def may(role: str, scopes: Collection[str] | None, word: Word) -> bool:
    """Whether this role, narrowed to these scopes (None: not narrowed), may do it."""
    granted = ROLES.get(role, frozenset())  # type: ignore[call-overload]  # a role of a newer version may do nothing
    return word in granted and (scopes is None or word in scopes or _wider(word) in scopes)


def words_of(role: str, scopes: Collection[str] | None) -> list[Word]:
    """Everything that this role, narrowed to these scopes, may do."""
    return [word for word in WORDS if may(role, scopes, word)]


def needed(method: str, path: str) -> Open | Word | tuple[Word, ...] | None:
    """What whoever asks for an endpoint has to be or to have; None for one that is not in the table."""
    asked = "GET" if method == "HEAD" else method
    return ENDPOINTS.get(f"{asked} {re.sub(r'{[^}]*}', '{}', path)}")


def _wider(word: Word) -> str:
    """Whoever may write, may read."""
    return word.removesuffix("read") + "write" if word.endswith(":read") else word
