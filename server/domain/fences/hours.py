"""The text of a schedule, `Mon-Fri 11:00-15:00; Sat 10:00-12:00, 13:00-14:00; PH off`, and back.

A small part of OpenStreetMap's opening_hours: rules between semicolons, a later one replaces the days that it names;
PH is for holidays, which are off unless it says otherwise. Pure.
"""

import re

from server.domain.fences.schedule import DAY_MIN, Span, Spans

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOLIDAY = 7
"""The place of PH behind the seven days."""
ACCEPTED = (
    "Days and times, such as 'Mon-Fri 11:00-15:00; Sat 10:00-12:00, 13:00-14:00; PH off'. Without days it is every "
    "day; 22:00-06:00 runs into the next morning; PH stands for holidays, which are off unless you say otherwise; a "
    "later rule replaces the days that it names."
)
LONGEST = 500
_NAMES = {
    **{name: day for day, full in enumerate(DAYS) for name in (full.lower(), full[:2].lower())},
    **dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), range(7), strict=True)),
    **dict.fromkeys(("ph", "holiday", "holidays"), HOLIDAY),
}
_RULE = re.compile(r"(?P<days>[a-z][a-z,\-]*?)?(?P<times>off|closed|24/7|[0-9][0-9:,\-]*)")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


class HoursError(ValueError):
    """The text is not hours: says what to write."""


def read_hours(text: str) -> tuple[Spans, ...]:
    """Spans of the seven days, Monday first, and of holidays."""
    if len(text) > LONGEST:
        raise HoursError(f"hours are longer than {LONGEST} characters; write fewer rules")
    days: list[Spans] = [()] * 8
    for rule in text.lower().translate(_DASHES).split(";"):
        if rule.strip():
            which, spans = _rule(rule)
            for day in which:
                days[day] = spans
    if not any(days):
        raise HoursError(f"hours {text[:80]!r} never come; write a time, such as Mon-Fri 11:00-15:00")
    return tuple(days)


def write_hours(days: tuple[Spans, ...]) -> str:
    """The text for spans of seven days and of holidays; reading it gives them back."""
    rules = [f"{names(run, '-')} {times(spans, '-', ', ')}" for run, spans in grouped(days[:HOLIDAY])]
    if days[HOLIDAY]:
        rules.append(f"PH {times(days[HOLIDAY], '-', ', ')}")
    return "; ".join(rules)


def grouped(week: tuple[Spans, ...]) -> list[tuple[list[int], Spans]]:
    """Days with the same spans together, in the order in which they first come; days without are left out."""
    groups: dict[Spans, list[int]] = {}
    for day, spans in enumerate(week):
        if spans:
            groups.setdefault(spans, []).append(day)
    return [(run, spans) for spans, run in groups.items()]


def names(days: list[int], to: str) -> str:
    """`Mon-Wed,Fri`: three days or more in a row as a range."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = []
    for run in runs:
        ends = [DAYS[run[0]], DAYS[run[-1]]]
        parts += [to.join(ends)] if len(run) > 2 else ends[: len(run)]
    return ",".join(parts)


def times(spans: Spans, to: str, between: str) -> str:
    """`10:00-12:00, 13:00-14:00`."""
    return between.join(
        f"{_clock(start)}{to}{_clock(end if end <= DAY_MIN else end - DAY_MIN)}" for start, end in spans
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _rule(rule: str) -> tuple[list[int], Spans]:
    match = _RULE.fullmatch(re.sub(r"\s+", "", re.sub(r"\bto\b", "-", rule)))
    if not match:
        raise HoursError(f"hours {rule.strip()[:80]!r} cannot be read; write days and times, such as {_EXAMPLE}")
    days = _days(match["days"]) if match["days"] else list(range(7))
    if match["times"] in {"off", "closed"}:
        return days, ()
    if match["times"] == "24/7":
        return days, ((0, DAY_MIN),)
    return days, tuple(_span(span) for span in match["times"].split(","))


_EXAMPLE = "'Mon-Fri 11:00-15:00; Sat 10:00-12:00, 13:00-14:00'"


def _days(text: str) -> list[int]:
    days: list[int] = []
    for item in text.strip(",").split(","):
        first, _, last = item.partition("-")
        for name in (first, last or first):
            if name not in _NAMES:
                raise HoursError(f"hours name no day {name[:20]!r}; write Mon, Tue, Wed, Thu, Fri, Sat, Sun or PH")
        start, end = _NAMES[first], _NAMES[last or first]
        if HOLIDAY in {start, end} and start != end:
            raise HoursError(f"hours have the range {item!r}; write PH by itself, such as 'Mon-Fri,PH 10:00-12:00'")
        days += [HOLIDAY] if start == HOLIDAY else [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return days


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if not match:
        raise HoursError(f"hours have the time {text[:20]!r}; write from and until, such as 11:00-15:00")
    start, end = (60 * int(match[hour]) + int(match[hour + 1] or 0) for hour in (1, 3))
    if int(match[2] or 0) > 59 or int(match[4] or 0) > 59 or start >= DAY_MIN or end > DAY_MIN:
        raise HoursError(f"hours have the time {text!r}; a day runs from 00:00 to 24:00")
    if start == end:
        raise HoursError(f"hours have the time {text!r}, which is no time at all; a whole day is 00:00-24:00")
    return start, end if end > start else end + DAY_MIN
