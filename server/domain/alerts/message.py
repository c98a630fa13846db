"""The text of a message about an alert, or of a digest of several: subject and body for a tired person. Pure."""

from collections.abc import Sequence

import msgspec

BEFORE = {"critical": "Act now: ", "warning": "Look soon: ", "info": ""}
MOST = 40
"""So many alerts are told one by one in a digest; of the rest only their number."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one alert."""

    title: str
    because: str
    severity: str
    rule: str
    state: str
    late: bool
    link: str
    place: tuple[float, float] | None = None
    """Longitude, latitude."""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Subject and body."""

    subject: str
    body: str


def message(told: Told, *, escalated: bool, time_zone: str) -> Text:
    """One alert."""
    lines = [_sentence(told.title), told.because]
    if escalated:
        lines.append("Nobody has acted on it so far, so you are told as well.")
    if told.late:
        lines.append("The news came late.")
    if told.state == "closed":
        lines.append("It is over already.")
    if told.place is not None:
        lines.append(f"Where: {told.place[1]:.5f}, {told.place[0]:.5f} (latitude, longitude)")
    lines += ["", *_link(told), f'Rule: "{told.rule}". Times are those of {time_zone}.']
    before = "Nobody acted: " if escalated else BEFORE.get(told.severity, "")
    return Text(subject=before + told.title, body="\n".join(lines) + "\n")


def digest(all_: Sequence[Told], *, time_zone: str) -> Text:
    """What gathered, the worst first."""
    ordered = sorted(all_, key=lambda told: list(BEFORE).index(told.severity))
    open_ = sum(told.state != "closed" for told in all_)
    count = f"{len(all_):,} alert" + ("" if len(all_) == 1 else "s")
    lines = [f"{count} since the last message; {open_ or 'none'} still open.", ""]
    for told in ordered[:MOST]:
        over = " It is over already." if told.state == "closed" else ""
        lines += [_sentence(BEFORE.get(told.severity, "") + told.title), f"{told.because}{over}", *_link(told), ""]
    if len(ordered) > MOST:
        lines += [f"And {len(ordered) - MOST:,} more.", ""]
    lines.append(f"Times are those of {time_zone}.")
    return Text(
        subject=f"{count}: {ordered[0].title}" + (" and others" if len(all_) > 1 else ""), body="\n".join(lines) + "\n"
    )


def _sentence(title: str) -> str:
    return title if title.endswith("?") else f"{title}."


def _link(told: Told) -> list[str]:
    return [told.link] if told.link else []
