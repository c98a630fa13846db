"""The in-cab program: sources, outbox on disk, uplink. Nothing that it accepted is lost before the server has it."""
