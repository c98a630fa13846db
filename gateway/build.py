"""What this build of the gateway is: its version, and the day before which no fix can be."""

from datetime import date
from importlib.metadata import version

VERSION = version("milepost")

BUILT_ON = date(2026, 11, 1)
"""A receiver that says an earlier day has lost count: its date is repaired or refused. Moved on with every release."""
