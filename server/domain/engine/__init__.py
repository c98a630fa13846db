"""The rules of a vehicle: fixes and readings in event time become facts. Pure: no I/O, no clock.

`advance` takes a state and the items behind it, in order; where they came late, somebody goes back to an older state
and advances again over the stored series (`memory` over a recording, server.facts over the stores). So every fact is a
function of the set of items, and never of the order in which they arrived.
"""
