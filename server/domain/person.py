"""Whoever asks, as a value: what they may do, and which vehicles they see."""

import re
from datetime import datetime

import msgspec

from server.domain.permissions import Role, Word, may, words_of

_NAME = re.compile(r"(?! )[^\x00-\x1f\x7f/\\?#%]{1,120}(?<! )")


def check_name(name: str) -> None:
    """Raise ValueError where a user or a key cannot be named so: names stand in addresses."""
    if not _NAME.fullmatch(name) or name in {".", ".."}:
        raise ValueError("A name has 1 to 120 letters, none of / \\ ? # % and no space at its ends.")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user or a machine."""

    name: str
    role: Role
    machine: bool = False
    one_time: bool = False
    """Signed in with the first password, which has to be replaced."""
    scopes: frozenset[str] | None = None
    """What a key is narrowed to; None: all that its role may."""
    teams: frozenset[str] | None = None
    """Whose vehicles they see; None: not limited by teams."""
    sees: frozenset[str] | None = frozenset()
    """The vehicles that they see; None: all."""
    address: str = ""
    """Where the request came from."""
    session: str = ""
    """Which of their sessions this is."""
    used_at: datetime | None = None
    """When their session or key was last noted."""

    def may(self, word: Word) -> bool:
        """Whether they may do this."""
        return may(self.role, self.scopes, word)

    @property
    def words(self) -> list[Word]:
        """Everything that they may do."""
        return words_of(self.role, self.scopes)

    def sees_vehicle(self, vehicle: str | None) -> bool:
        """Whether they see this vehicle; what belongs to none is for those who see all."""
        return self.sees is None or vehicle in self.sees
