"""What waits in the vehicle: rows on disk, from the moment that a commit returned until the server has them, and after.

`Outbox` is the file with its rules, `read_rows` reads another program's outbox without touching it.
"""

from gateway.outbox.box import Outbox
from gateway.outbox.quota import Quotas
from gateway.outbox.rows import Entry, HistoryRow, Waited, read_rows

__all__ = ["Entry", "HistoryRow", "Outbox", "Quotas", "Waited", "read_rows"]
