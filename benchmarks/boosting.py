"""Gradient boosting of trees that ask one question at each depth; makes server/domain/motion/trees.json.

Histograms of 64 bins, second-order leaves, for each tree a random part of the figures and of the rows. NaN is the
lowest bin, so that the answer to every question about it is no, as in `server.domain.motion.trees`.
"""

from typing import Any

import msgspec
import numpy as np

from server.domain.motion.trees import Tree

BINS = 64


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to learn."""

    trees: int = 300
    depth: int = 5
    rate: float = 0.08
    ridge: float = 20.0
    figures: float = 0.3
    rows: float = 0.7
    seed: int = 1


def learn(x: Any, y: Any, weight: Any, recipe: Recipe) -> tuple[float, list[Tree]]:
    """The base and the trees for the log-odds of y."""
    random = np.random.default_rng(recipe.seed)
    edges = [_edges(column) for column in x.T]
    bins = np.stack([_binned(column, edge) for column, edge in zip(x.T, edges, strict=True)])
    mean = np.average(y, weights=weight)
    total = np.full(len(y), np.log(mean / (1 - mean)))
    base, trees = float(total[0]), []
    for _ in range(recipe.trees):
        p = 1 / (1 + np.exp(-total))
        slope, bend = (y - p) * weight, p * (1 - p) * weight
        rows = np.flatnonzero(random.random(len(y)) < recipe.rows)
        figures = random.choice(len(bins), int(len(bins) * recipe.figures), replace=False)
        questions = _grow(bins[:, rows], edges, figures, slope[rows], bend[rows], recipe)
        leaf = _leaf(bins, questions)
        up = np.bincount(leaf[rows], slope[rows], 1 << recipe.depth)
        down = np.bincount(leaf[rows], bend[rows], 1 << recipe.depth)
        leaves = np.round(recipe.rate * up / (down + recipe.ridge), 5)
        total += leaves[leaf]
        trees.append(
            Tree(
                figures=tuple(int(figure) for figure, _ in questions),
                above=tuple(float(edges[figure][cut]) for figure, cut in questions),
                leaves=tuple(leaves.tolist()),
            )
        )
    return base, trees


def _edges(column: Any) -> Any:
    """Thresholds: what lies between two of them is one bin. Rounded, so that the file holds what was learnt."""
    known = column[np.isfinite(column)]
    quantiles = np.quantile(known, np.linspace(0, 1, BINS - 1)[1:-1])
    return np.unique([float(f"{value:.4g}") for value in quantiles])


def _binned(column: Any, edges: Any) -> Any:
    """1 + how many edges the value is above; 0 for NaN."""
    return np.where(np.isnan(column), 0, 1 + np.searchsorted(edges, np.nan_to_num(column), side="left"))


def _grow(bins: Any, edges: Any, figures: Any, slope: Any, bend: Any, recipe: Recipe) -> list[tuple[int, int]]:
    """Depth by depth, the question that helps most over all leaves; as (figure, place in its edges)."""
    questions: list[tuple[int, int]] = []
    leaf = np.zeros(bins.shape[1], dtype=np.int64)
    for depth in range(recipe.depth):
        best = (-np.inf, 0, 0)
        for figure in figures:
            cell, shape = leaf * BINS + bins[figure], (1 << depth, BINS)
            up = np.bincount(cell, slope, shape[0] * BINS).reshape(shape).cumsum(axis=1)
            down = np.bincount(cell, bend, shape[0] * BINS).reshape(shape).cumsum(axis=1)
            no, yes = up**2 / (down + recipe.ridge), (up[:, -1:] - up) ** 2 / (down[:, -1:] - down + recipe.ridge)
            gain = (no + yes).sum(axis=0)[1 : len(edges[figure]) + 1]
            if len(gain) and gain.max() > best[0]:
                best = (float(gain.max()), int(figure), int(gain.argmax()))
        questions.append(best[1:])
        leaf = leaf * 2 + (bins[best[1]] > best[2] + 1)
    return questions


def _leaf(bins: Any, questions: list[tuple[int, int]]) -> Any:
    leaf = np.zeros(bins.shape[1], dtype=np.int64)
    for figure, cut in questions:
        leaf = leaf * 2 + (bins[figure] > cut + 1)
    return leaf
