"""Alerts as pure rules: what opens and closes one, what people did with it, how many are one, and how it is said."""
