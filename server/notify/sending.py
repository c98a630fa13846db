"""What every way of sending has in common: the message, and how it can fail."""

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Words for people, and the same as data for programs. `id` stays the same however often it is sent."""

    id: str
    subject: str
    text: str
    data: dict[str, object] = {}


class NotSent(Exception):  # noqa: N818 - it names what is so, and most of the time passes
    """The receiver did not take it. The text says why, for people; it holds no secret.

    `again`: another try may help. `gone`: the receiver is no more, so nothing else needs to be tried. `after_s`: the
    receiver says when to try again.
    """

    def __init__(self, says: str, *, again: bool = True, gone: bool = False, after_s: float | None = None) -> None:
        super().__init__(says)
        self.again, self.gone, self.after_s = again, gone, after_s
