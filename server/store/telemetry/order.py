"""The one order of positions: by time, then by content, and each position once.

Both stores hand out what these functions make, so a track is the same whatever wrote it, in whatever order and how
often. Pure: tables in, tables out. Where values are missing they come first.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.schema import NUMBERS
from wire.columns import MISSING


def canonical(table: pa.Table) -> pa.Table:
    """The rows of ONE vehicle in the order of (at, content), exact repeats once."""
    at = instants(table)
    if np.all(at[1:] > at[:-1]):
        return table
    if not np.all(at[1:] >= at[:-1]):
        table = table.take(pa.array(np.argsort(at, kind="stable")))
    return _settled(_without_neighbours(table))


def last_of_buckets(table: pa.Table, every_ms: int) -> pa.Table:
    """Of a track in order, the last row of each bucket of time."""
    bucket = instants(table) // every_ms
    if not len(bucket):
        return table
    return table.take(pa.array(np.flatnonzero(np.append(bucket[1:] != bucket[:-1], True))))


def instants(table: pa.Table) -> npt.NDArray[np.int64]:
    """The times of the rows in ms since 1970."""
    found: npt.NDArray[np.int64] = table["at"].cast(pa.int64()).to_numpy()
    return found


def numbers(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A column of whole numbers, with MISSING for null, which sorts before everything that a column can hold."""
    found: npt.NDArray[np.int64] = pc.fill_null(column.cast(pa.int64()), MISSING).to_numpy()
    return found


def _without_neighbours(table: pa.Table) -> pa.Table:
    """Without the rows that are equal to the row before them; nearly all repeats are, once sorted by time."""
    at = instants(table)
    same = np.flatnonzero(at[1:] == at[:-1])
    if not len(same):
        return table
    before, after = table.take(pa.array(same)), table.take(pa.array(same + 1))
    equal = np.ones(len(same), dtype=bool)
    for one, other in zip(_keys(before), _keys(after), strict=True):
        equal &= one == other
    return _without(table, same[equal] + 1)


def _settled(table: pa.Table) -> pa.Table:
    """The rows that still share an instant, sorted by their content, without the repeats that this brings together."""
    at = instants(table)
    tied = np.zeros(len(at), dtype=bool)
    tied[1:] = at[1:] == at[:-1]
    tied[:-1] |= tied[1:]
    places = np.flatnonzero(tied)
    if not len(places):
        return table
    ranks = _ranks(_keys(table.take(pa.array(places))))
    by_content = places[np.lexsort((ranks, at[places]))]
    order = np.arange(len(at))
    order[places] = by_content
    return _without_neighbours(table.take(pa.array(order)))


def _keys(table: pa.Table) -> list[npt.NDArray[np.generic]]:
    """What a position says besides its vehicle and time, one array a column."""
    flags = pc.fill_null(table["flags"], "").to_numpy(zero_copy_only=False).astype(np.str_)
    return [*(numbers(table[name]) for name in NUMBERS), flags]


def _ranks(keys: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.int64]:
    """The place of each row when all are sorted by the keys, the first key first."""
    ranks = np.empty(len(keys[0]), dtype=np.int64)
    ranks[np.lexsort(keys[::-1])] = np.arange(len(ranks))
    return ranks


def _without(table: pa.Table, places: npt.NDArray[np.int64]) -> pa.Table:
    if not len(places):
        return table
    keep = np.ones(table.num_rows, dtype=bool)
    keep[places] = False
    return table.filter(pa.array(keep))
