"""The filter and two simpler rules over one recording, each tallied against its truth."""

from milepost.custody.lines import Observed
from milepost.custody.peers import judged
from milepost.custody.runner import believed, moments
from milepost.custody.scoring import Said, Statement, Tally, tallied
from milepost.custody.truths import Truth
from server.domain.custody import WINDOW_MS

PEERS = {"rssi_threshold": True, "last_heard": False}
"""Whether only near scanners count."""


def judged_all(recording: Observed, truth: Truth, every_ms: int) -> dict[str, Tally]:
    """The sums of the filter (`custody`) and of each peer."""
    statements: list[Statement] = []
    said: list[Said] = []
    for at_ms, beliefs, events in believed(recording):
        said.extend(
            Said(kind=one.kind, parcel=one.parcel, vehicle=one.vehicle, stop=one.stop, noticed_at_ms=one.noticed_at_ms)
            for one in events
        )
        for moment_ms in moments(at_ms, at_ms + WINDOW_MS, every_ms):
            statements.extend((parcel, moment_ms, belief.place, belief.p) for parcel, belief in beliefs.items())
    found = {"custody": tallied(statements, said, truth)}
    for name, threshold in PEERS.items():
        found[name] = tallied(*judged(recording, every_ms, threshold=threshold), truth)
    return found
