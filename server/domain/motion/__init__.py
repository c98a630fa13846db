"""Is a person who is tracked by phone driving, or on foot? From places and times alone; pure.

`windows` cuts the way into steps around each fix, `features` are figures of these steps, `trees` judge the figures, and
`rule` puts it together. What the trees are is in trees.json, which `python -m benchmarks.motion --write` makes.
"""
