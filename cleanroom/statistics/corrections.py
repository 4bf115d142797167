"""Adjusted p-values for many comparisons, in the order of the p-values given.

Index tables with many rows take ``benjamini_hochberg``; up to ten rows take ``holm``.
"""

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """False discovery rate (JRSS B 57, 1995): p·m/rank, made monotone from the largest down."""
    order = _order(p_values)
    m = len(order)
    adjusted = [1.0] * m
    smallest = 1.0
    for rank in range(m, 0, -1):
        position = order[rank - 1]
        smallest = min(smallest, p_values[position] * m / rank)
        adjusted[position] = smallest
    return adjusted


def holm(p_values: Sequence[float]) -> list[float]:
    """Family-wise error (Scandinavian Journal of Statistics 6, 1979): p·(m-rank+1), stepping up."""
    order = _order(p_values)
    m = len(order)
    adjusted = [1.0] * m
    largest = 0.0
    for rank, position in enumerate(order, start=1):
        largest = max(largest, min(p_values[position] * (m - rank + 1), 1.0))
        adjusted[position] = largest
    return adjusted


def _order(p_values: Sequence[float]) -> list[int]:
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    return sorted(range(len(p_values)), key=lambda position: p_values[position])
