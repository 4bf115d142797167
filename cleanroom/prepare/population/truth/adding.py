"""Nested dictionaries of numbers, chunk by chunk."""

from typing import Any

Counts = dict[str, Any]


def added(left: Any, right: Any) -> Any:
    """The sum of two results of the same shape; a key that one of them lacks counts as nought."""
    if isinstance(left, dict):
        keys = [*left, *(name for name in right if name not in left)]
        return {
            name: added(left[name], right[name])
            if name in left and name in right
            else left.get(name, right.get(name))
            for name in keys
        }
    if isinstance(left, list):
        return [added(a, b) for a, b in zip(left, right, strict=True)]
    return left + right
