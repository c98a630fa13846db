"""What the bars of a report show: its main measure by its groups, or by time, or by vehicle where it is one day."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from server.reports.kinds import Report
from server.reports.question import Asked
from server.reports.rows import Leaf, Measure, Names, folded, gather
from server.reports.table import Chart, Value
from server.reports.words import LONG_MONTHS, short_day

MOST_BARS = 12
DAYS_AS_DAYS, DAYS_AS_WEEKS = 31, 190


def chart(report: Report, asked: Asked, leaves: Sequence[Leaf], names: Names, days: Sequence[date]) -> Chart | None:
    """Bars whose sum is the total of the report; None where there is nothing to compare."""
    measure = next(measure for measure in report.measures if measure.column.key == report.chart)
    if asked.group in ("team", "driver", "fence"):
        return None  # the table's own rows are drawn, see `of_rows`
    over_time = asked.group == "day" or (asked.group == "" and len(days) > 1)
    if over_time:
        return _by_time(measure, report, asked, leaves, days)
    return _by_vehicle(measure, report, leaves, names)


def of_rows(report: Report, title: str, labels: Sequence[str], values: Sequence[Value]) -> Chart:
    """Bars of groups that are rows already, largest first."""
    measure = next(measure for measure in report.measures if measure.column.key == report.chart)
    bars = sorted(zip(labels, values, strict=True), key=lambda bar: -_size(bar[1]))
    return Chart(title=f"{measure.column.name} by {title}", column=measure.column, bars=tuple(bars[:MOST_BARS]))


def _by_time(
    measure: Measure, report: Report, asked: Asked, leaves: Sequence[Leaf], days: Sequence[date]
) -> Chart | None:
    begin, step, label = _steps(len(days))
    found = gather(leaves, lambda leaf: begin(leaf.at.astimezone(asked.place)), dict.fromkeys(map(begin, days)))
    if len(found) < 2:
        return None
    bars = tuple(
        (label(at), folded(measure, some, report.columns)) for at, some in found.items() if isinstance(at, date)
    )
    return Chart(title=f"{measure.column.name} by {step}", column=measure.column, bars=bars, of_time=True)


def _by_vehicle(measure: Measure, report: Report, leaves: Sequence[Leaf], names: Names) -> Chart | None:
    found = gather(leaves, lambda leaf: leaf.vehicle)
    if len(found) < 2:
        return None
    bars = [(names.vehicle(str(vehicle)), some) for vehicle, some in found.items()]
    sized = sorted(
        ((name, folded(measure, some, report.columns)) for name, some in bars), key=lambda bar: (-_size(bar[1]), bar[0])
    )
    title = f"{measure.column.name} by vehicle"
    if len(sized) > MOST_BARS:
        title += f", the {MOST_BARS} with most of {len(sized)}"
    return Chart(title=title, column=measure.column, bars=tuple(sized[:MOST_BARS]))


def _steps(count: int) -> tuple[Callable[[date], date], str, Callable[[date], str]]:
    """By days, by weeks from Monday, or by months: so that the bars can be told apart."""
    if count <= DAYS_AS_DAYS:
        return _day, "day", short_day
    if count <= DAYS_AS_WEEKS:
        return lambda at: _day(at) - timedelta(days=at.weekday()), "week from Monday", short_day
    return lambda at: _day(at).replace(day=1), "month", lambda at: f"{LONG_MONTHS[at.month - 1][:3]} {at.year}"


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at


def _size(value: Value) -> float:
    return value if isinstance(value, int | float) else 0
