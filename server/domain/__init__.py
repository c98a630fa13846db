"""Rules: pure functions of state and what happened. No I/O, no clock, no SQL."""
