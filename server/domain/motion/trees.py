"""Boosted trees whose nodes of one depth ask the same question, so that the answers are the bits of a leaf's number.

A question is "is this figure above this threshold?"; of what is not known (NaN) the answer is no. A leaf is an addend
to the log-odds of "on foot".
"""

from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from server.domain.motion.features import NAMES
from server.domain.motion.windows import Floats

FILE: Final = "trees.json"


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """`leaves[i]`: the bits of i are the answers, that of the first question is the highest."""

    figures: tuple[int, ...]
    above: tuple[float, ...]
    leaves: tuple[float, ...]


class Trees(msgspec.Struct, frozen=True, kw_only=True):
    """`made` says how the file came about; `names` are the figures that it was made with."""

    made: str
    names: tuple[str, ...]
    base: float
    trees: tuple[Tree, ...]


@cache
def shipped() -> Trees:
    """The trees that come with the program."""
    trees = msgspec.json.decode(files(__package__).joinpath(FILE).read_bytes(), type=Trees)
    if trees.names != NAMES:
        raise RuntimeError(f"{FILE} was made for other figures; make it anew: python -m benchmarks.motion --write")
    return trees


def log_odds(trees: Trees, figures: Floats) -> Floats:
    """Of "on foot", for each row of figures."""
    columns = np.asfortranarray(figures).T
    total = np.full(len(figures), trees.base)
    for tree in trees.trees:
        total += np.asarray(tree.leaves)[_leaf(tree, columns)]
    return total


def _leaf(tree: Tree, columns: Floats) -> npt.NDArray[np.int64]:
    leaf = np.zeros(columns.shape[1], dtype=np.int64)
    for figure, above in zip(tree.figures, tree.above, strict=True):
        leaf = leaf * 2 + (columns[figure] > above)
    return leaf
