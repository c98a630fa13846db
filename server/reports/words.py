"""Figures, times and windows in words, for the formats that people read. English, 24 h, the report's time zone."""

from datetime import date, datetime, timedelta, tzinfo

from server.reports.table import DECIMALS, Column, Table, Value

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December")  # fmt: skip
MICROSECOND = timedelta(microseconds=1)


def cells(table: Table, row: tuple[Value, ...], zone: tzinfo) -> list[str]:
    """The cells of a row that people see, as they see them."""
    year = not in_one_year(table, zone)
    return [said(table.columns[place], row[place], zone, year=year) for place in table.main]


def in_one_year(table: Table, zone: tzinfo) -> bool:
    """Whether dates can do without their year."""
    return table.start.astimezone(zone).year == (table.end - MICROSECOND).astimezone(zone).year


def said(column: Column, value: Value, zone: tzinfo, *, year: bool = False) -> str:
    """A cell: 1,204.35 or 1:04:22 or "22 Nov, 10:00:12"; empty for what is not known."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{short_day(local, year=year)}, {local:%H:%M:%S}"
    if isinstance(value, date):
        return short_day(value, year=year)
    if column.kind == "duration":
        return clocked(int(value))
    return f"{value:,.{DECIMALS.get(column.kind, 0)}f}"


def short_day(day: date, *, year: bool = False) -> str:
    """22 Nov, or 22 Nov 2026."""
    return f"{day.day} {MONTHS[day.month - 1]}{f' {day.year}' if year else ''}"


def long_day(day: date) -> str:
    """22 November 2026."""
    return f"{day.day} {LONG_MONTHS[day.month - 1]} {day.year}"


def clocked(seconds: int) -> str:
    """3862 s as 1:04:22."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:,}:{minute:02}:{second:02}"


def window(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Say "on 22 November 2026", "from 16 to 22 November 2026", or with clock times where the ends are no midnights."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if _midnight(first) and _midnight(last):
        return _days(first.date(), (last - timedelta(days=1)).date())
    if first.date() == last.date():
        return f"on {long_day(first)} from {first:%H:%M} to {last:%H:%M}"
    return f"from {long_day(first)}, {first:%H:%M}, to {long_day(last)}, {last:%H:%M}"


def counted(count: int, one: str, many: str = "") -> str:
    """1 trip, 1,204 trips."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def long_duration(seconds: int) -> str:
    """40 s, 12 min, 5 h 04 min: for sentences, where the second is not the point."""
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60:02} min"


def _midnight(local: datetime) -> bool:
    return local.timetz().replace(tzinfo=None) == datetime.min.time()


def _days(first: date, last: date) -> str:
    if first >= last:
        return f"on {long_day(first)}"
    if first.year != last.year:
        return f"from {long_day(first)} to {long_day(last)}"
    if first.month != last.month:
        return f"from {first.day} {LONG_MONTHS[first.month - 1]} to {long_day(last)}"
    return f"from {first.day} to {long_day(last)}"
