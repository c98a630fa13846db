"""Who an OpenID provider says that somebody is: from the claims of a checked token to a name and a role. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from server.domain.permissions import ROLES, Role

STRONGEST: tuple[Role, ...] = tuple(ROLES)
"""Of several roles the first of these counts."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the provider."""

    subject: str
    """Issuer and `sub`: the only thing that stays the same."""
    name: str
    """What they are called here when they come for the first time."""
    verified: bool
    """Whether the name is an e-mail address that the provider checked: only then it is theirs for certain."""
    role: Role | None
    """What the provider, or the settings, make them; None: nothing."""
    decides: bool
    """Whether the provider decides about the role each time, or only where nobody else did."""


def identity(claims: Mapping[str, Any], *, role_claim: str, role_map: Mapping[str, str], default_role: str) -> Identity:
    """Read the claims. Roles are found at `role_claim` (dots lead into objects) and mean what `role_map` says."""
    email, verified = claims.get("email"), claims.get("email_verified") is True
    named = email if verified else claims.get("preferred_username")
    said = _values(claims, role_claim) if role_claim else []
    given = {role_map[value] for value in said if value in role_map}
    role = next((role for role in STRONGEST if role in given), None)
    fallback: Role | None = next((role for role in STRONGEST if role == default_role), None)
    return Identity(
        subject=f"{claims['iss']} {claims['sub']}",
        name=_name(named) or _name(claims["sub"]) or "somebody",
        verified=verified,
        role=role or fallback,
        decides=bool(role_claim),
    )


def _name(said: Any) -> str:
    """A text as a user's name: what cannot stand in an address becomes a dash."""
    text = said.encode(errors="replace").decode() if isinstance(said, str) else ""
    name = re.sub(r"[\x00-\x1f\x7f/\\?#%]", "-", text)[:120].strip(" ")
    return "" if name in {".", ".."} else name


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts at a claim: one, or a list. A claim's whole name goes before its parts: some are addresses."""
    found: Any = claims
    for name in [path] if path in claims else path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [value for value in listed if isinstance(value, str)]
