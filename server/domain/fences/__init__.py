"""Fences: where they are, when they count, and which positions are in, near or past them. Pure."""
