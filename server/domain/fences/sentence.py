"""A fence and its hours in words for people. Pure."""

from server.domain.fences.fence import Fence
from server.domain.fences.hours import DAYS, grouped, names, times
from server.domain.fences.schedule import DAY_MIN, Schedule, Spans

TO = "\u2013"
"""En dash, as between times on the pages."""
KMH = 3.6


def schedule_sentence(schedule: Schedule) -> str:
    """`Mon to Fri 11:00-15:00, not on holidays (Europe/Helsinki)`, with en dashes."""
    groups = grouped(schedule.week)
    if len(groups) == 1 and len(groups[0][0]) == len(DAYS):
        phrases = ["at all hours" if _is_whole_day(groups[0][1]) else f"every day {_times(groups[0][1])}"]
    else:
        phrases = [f"{names(days, ' to ').replace(',', ', ')} {_times(spans)}" for days, spans in groups]
    if schedule.on_holidays:
        phrases.append(f"holidays {_times(schedule.on_holidays)}")
    elif schedule.holidays:
        phrases.append("not on holidays")
    return f"{', '.join(phrases)} ({schedule.time_zone})"


def fence_sentence(fence: Fence) -> str:
    """What the fence is and when it tells something, in full sentences."""
    when = f", {schedule_sentence(fence.schedule)}" if fence.schedule else ""
    said = [f"{_place(fence)}{when}."]
    if fence.dwell_s is not None:
        said.append(f"Tells when a vehicle has stayed for {_duration(fence.dwell_s)}.")
    if fence.speed_limit_mps is not None:
        said.append(f"The speed limit is {fence.speed_limit_mps * KMH:.0f} km/h.")
    if fence.vehicles is not None:
        said.append(f"Counts for {', '.join(sorted(fence.vehicles))}." if len(fence.vehicles) <= 3 else "")
        said.append(f"Counts for {len(fence.vehicles):,} vehicles." if len(fence.vehicles) > 3 else "")
    return " ".join(filter(None, said))


def _place(fence: Fence) -> str:
    what = "A site" if fence.site else "A fence"
    if fence.kind == "circle":
        return f"{what}, {_length(fence.radius_m or 0)} around its centre"
    if fence.kind == "corridor":
        return f"{what} along a line, {_length(fence.width_m or 0)} wide"
    corners = sum(len(ring) - 1 for part in fence.geometry.parts for ring in part)
    return f"{what} with {corners:,} corners"


def _times(spans: Spans) -> str:
    return "all day" if _is_whole_day(spans) else times(spans, TO, " and ")


def _is_whole_day(spans: Spans) -> bool:
    return spans == ((0, DAY_MIN),)


def _length(metres: float) -> str:
    return f"{metres:,.0f} m" if metres < 10_000 else f"{metres / 1000:,.0f} km"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))
