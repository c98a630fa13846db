"""Makes the table that answers a question, out of what stands in the database. Nothing is measured anew here."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from server.reports import charts, distance, lists, words
from server.reports.alerted import alerts_of
from server.reports.kinds import REPORTS, Report
from server.reports.question import Asked
from server.reports.question import days as days_of
from server.reports.rows import Grouped, Leaf, Names, folded, gather, grouping, totals
from server.reports.sentences import Told
from server.reports.sites import Place, sites_at
from server.reports.table import Column, Table, Value
from server.store import reports as store
from server.store.reports import Ends, Within

MOST_ROWS = 100_000
"""Of the list; a group is made from its list."""
ENDS = {
    "trips": lists.TRIP,
    "halts": lists.HALT,
    "visits": lists.VISIT,
    "distance": lists.TRIP,
    "idling": lists.IDLING,
    "speeding": lists.SPEEDING,
}
SINGLE = {"visits": lists.CROSSING, "speeding": lists.ROAD_SPEEDING}
"""Facts that are a row by themselves."""
LEAF = {"trips": lists.trip, "halts": lists.halt, "visits": lists.visit, "idling": lists.idling,
        "speeding": lists.speeding, "distance": lists.trip}  # fmt: skip


class TooMuch(ValueError):  # noqa: N818 - it says what the report is
    """The report would be too long for its format; the text says what to ask for instead."""


def names_of(connection: Connection, known: frozenset[str] | None = None) -> Names:
    """What vehicles, fences and teams are called now; of teams only those that are known to whoever asks."""
    return Names(
        vehicles=store.vehicle_names(connection),
        fences=store.fence_names(connection),
        teams=store.team_names(connection, known),
        sites={},
    )


def leaves_of(connection: Connection, asked: Asked, names: Names, *, now: datetime) -> list[Leaf]:
    """The rows of the list, in order. Raises TooMuch before anything large is read."""
    within = Within(_ms(asked.start), _ms(asked.end), asked.of)
    _fits(connection, asked, within)
    if asked.kind == "alerts":
        return alerts_of(connection, asked, within, names, now)
    found = _spans(connection, asked, ENDS[asked.kind], within)
    if asked.kind == "trips":
        names = names._replace(sites=sites_at(connection, _ends_of(found)))
    leaves = [LEAF[asked.kind](span, names) for span in found]
    if asked.kind != "distance":
        return leaves
    whole = distance.whole_utc_days(asked)
    counted = store.totals_of_days(connection, *whole, asked.of) if whole else []
    days = distance.by_vehicle_and_day(leaves, asked, names, counted)
    return sorted(days, key=lambda leaf: (leaf.at, natural(names.vehicle(leaf.vehicle)), leaf.vehicle))


def build(connection: Connection, asked: Asked, *, now: datetime) -> Table:
    """The report. `now` only says which days of the window have begun."""
    names = names_of(connection, asked.teams)
    return table_of(asked, leaves_of(connection, asked, names, now=now), names, now=now)


def table_of(asked: Asked, leaves: Sequence[Leaf], names: Names, *, now: datetime) -> Table:
    """The table of a list of leaves, grouped as asked."""
    report, window = REPORTS[asked.kind], words.window(asked.start, asked.end, asked.place)
    begun = days_of(asked.start, min(asked.end, max(now, asked.start)), asked.place) or [asked.start.date()]
    listed = [leaf.cells for leaf in leaves]
    below = totals(report.columns, listed)
    columns, rows = report.columns, listed
    drawn = charts.chart(report, asked, leaves, names, begun)
    if asked.group:
        columns, rows = _grouped(report, asked, leaves, names, begun)
        if drawn is None and len(rows) > 1:
            place = next(place for place, column in enumerate(columns) if column.key == report.chart)
            drawn = charts.of_rows(report, asked.group, [str(row[0]) for row in rows], [row[place] for row in rows])
    told = Told(leaves, report.columns, below, names, asked.vehicles, window)
    return Table(
        kind=asked.kind,
        name=report.name,
        nouns=_GROUPS[asked.group] if asked.group else report.nouns,
        title=report.sentence(told),
        window=window,
        start=asked.start,
        end=asked.end,
        zone=asked.zone,
        group=asked.group,
        columns=columns,
        rows=rows,
        totals=totals(columns, rows),
        notes=_notes(report, leaves, asked),
        definitions=(*report.definitions, *_general(asked)),
        chart=drawn if leaves else None,
    )


def natural(name: str) -> list[Any]:
    """Van 2 before Van 12."""
    return [(int(part), "") if part.isdigit() else (0, part.casefold()) for part in re.split(r"([0-9]+)", name)]


_GROUPS = {
    "vehicle": ("vehicle", "vehicles"),
    "day": ("day", "days"),
    "team": ("team", "teams"),
    "driver": ("driver", "drivers"),
    "fence": ("fence", "fences"),
}


def _fits(connection: Connection, asked: Asked, within: Within) -> None:
    if asked.kind == "alerts":
        count = store.count_alerts(connection, within)
    else:
        count = store.count_facts(connection, ENDS[asked.kind].began, within)
    if count > MOST_ROWS:
        raise TooMuch(
            f"There are {count:,} {REPORTS[asked.kind].nouns[1]} in this window; a report takes {MOST_ROWS:,}. "
            "Ask for a shorter window or fewer vehicles."
        )


def _spans(connection: Connection, asked: Asked, ends: Ends, within: Within) -> list[store.Span]:
    found = store.spans(connection, ends, within)
    if asked.kind in SINGLE:
        found += store.single_facts(connection, SINGLE[asked.kind], within)
        found.sort(key=lambda span: (span.start_ms, span.vehicle, span.fence or ""))
    return found if asked.fence is None else [span for span in found if span.fence == asked.fence]


def _ends_of(trips: list[store.Span]) -> list[Place]:
    """Where each began, and where it ended if it has."""
    found = []
    for span in trips:
        for at_ms, (lon, lat) in zip((span.start_ms, span.end_ms), lists.trip_ends(span), strict=True):
            if at_ms is not None and lon is not None and lat is not None:
                found.append(Place(span.vehicle, at_ms, lon, lat))
    return found


def _grouped(
    report: Report, asked: Asked, leaves: Sequence[Leaf], names: Names, begun: Sequence[date]
) -> tuple[tuple[Column, ...], list[tuple[Value, ...]]]:
    """A row for each group; vehicles that were asked for and days are there even when nothing happened."""
    by = grouping(asked, names, report.without_fence)
    first: Sequence[Value] = begun if asked.group == "day" else ()
    if asked.group == "vehicle":
        first = sorted(asked.vehicles or ())
    columns = (*by.columns, *(measure.column for measure in report.measures))
    found = gather(leaves, by.key, first)
    rows = [
        (*by.named(key), *(folded(measure, some, report.columns) for measure in report.measures))
        for key, some in found.items()
    ]
    return columns, sorted(rows, key=lambda row: natural(str(row[0])) if asked.group != "day" else [row[0]])


def _notes(report: Report, leaves: Sequence[Leaf], asked: Asked) -> tuple[str, ...]:
    going_on = sum(leaf.span is not None and leaf.span.end_ms is None for leaf in leaves)
    if not going_on:
        return ()
    what = words.counted(going_on, *report.nouns)
    verb = "goes on and counts" if going_on == 1 else "go on and count"
    del asked
    return (f"{what} {verb} with no duration yet.",)


def _general(asked: Asked) -> tuple[tuple[str, str], ...]:
    return (
        ("Window", "What began in the window counts, whole; nothing is cut, or counted twice in windows that meet."),
        ("Times", f"Times and days are of the time zone {asked.zone}, to the second."),
        ("Totals", "Sums of the rows as they are shown. All formats of a report have the same figures."),
        ("Late data", "Data that a vehicle sends late changes the figures to what they would have been."),
    )  # fmt: skip


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


__all__ = ["MOST_ROWS", "Grouped", "TooMuch", "build", "leaves_of", "names_of", "natural", "table_of"]
