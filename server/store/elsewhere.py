"""Users who sign in at an OpenID provider: who of ours somebody there is."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from server.domain.identity import Identity
from server.domain.person import Person
from server.store.accounts import add_user, set_role, user_person
from server.store.audit import audit
from server.store.schema import users
from server.store.sessions import end_sessions


class NoRole(Exception):  # noqa: N818 - what happened is that somebody has none
    """Somebody who proved who they are, but nobody said that they may come in."""


class Taken(Exception):  # noqa: N818 - what happened is that the name is somebody else's
    """Somebody elsewhere who is called like a user here, which proves nothing."""


def come_in(connection: Connection, who: Identity, provider: str, now: datetime) -> Person | None:
    """The user that somebody at the provider is here, made or changed as the provider says; None: they have no role.

    Whose role is taken away there has no open session here any more. Raises Taken.
    """
    row = _theirs(connection, who)
    name, by = row.name if row else who.name, f"{provider} (oidc)"
    if who.role is None and (row is None or who.decides):
        end_sessions(connection, name)
        return None
    if row is None:
        assert who.role is not None
        add_user(connection, name=name, role=who.role, now=now, elsewhere=True, subject=who.subject)
        audit(connection, by, "user_added", name, {"role": who.role, "sign_in": "oidc"}, now)
        return user_person(connection, name)
    if row.subject is None:
        connection.execute(update(users).where(users.c.name == name).values(subject=who.subject))
        audit(connection, by, "user_linked", name, {}, now)
    if who.decides and who.role is not None and who.role != row.role:
        set_role(connection, name, who.role, even_last=True)  # whose word it is, even of the last admin
        audit(connection, by, "user_changed", name, {"role": {"was": row.role, "is": who.role}}, now)
    return user_person(connection, name)


def _theirs(connection: Connection, who: Identity) -> Any:
    """Their row: known from before, or added by an admin under an e-mail address that the provider has checked."""
    row = connection.execute(select(users).where(users.c.subject == who.subject)).first()
    if row is not None:
        return row
    row = connection.execute(select(users).where(users.c.name == who.name)).first()
    if row is not None and (row.password_hash or row.subject or not who.verified):
        raise Taken(f"{who.name!r} is a user here already; remove that one, or add it as one who signs in by OIDC")
    return row
