"""Where packages are believed to be: the custody filter over the stored telemetry, beside the ingest.

`Custody.beat` is all there is to call. What comes of it is a function of the telemetry and the plan, so it may be
killed at any point and goes on where its last transaction ended.
"""

from server.custody.job import Custody, Heard

__all__ = ["Custody", "Heard"]
