"""Chance with a seed: streams that do not depend on each other, and a few ways to draw."""

import zlib
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_GOLDEN: Final = 0x9E3779B97F4A7C15


class Chance:
    """The streams of one chunk. A stream depends on seed, chunk and name alone, so drawing more
    in one place changes nothing in another."""

    def __init__(self, seed: int, chunk: int) -> None:
        self._seed = seed
        self._chunk = chunk

    def of(self, name: str) -> np.random.Generator:
        """A fresh stream."""
        key = (self._chunk, zlib.crc32(name.encode()))
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self._seed, spawn_key=key))
        )


def scrambled(numbers: Array, salt: int) -> Array:
    """64 bits that look random, for each number: the finaliser of SplitMix64 (Steele, Lea and
    Flood 2014). Equal numbers and salts give equal bits."""
    h = numbers.astype(np.uint64) + np.uint64((salt + 1) * _GOLDEN % (1 << 64))
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = h ^ (h >> np.uint64(31))
    return mixed


def happens(rng: np.random.Generator, probability: Array) -> Array:
    """Bool: whether it happens, by a probability each."""
    drawn: Array = rng.random(len(probability)) < probability
    return drawn


def pick(rng: np.random.Generator, shares: tuple[float, ...] | list[float], size: int) -> Array:
    """Positions (uint8) drawn with these shares, which need not add up to 1."""
    edges = np.cumsum(shares)
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    chosen: Array = np.minimum(found, len(edges) - 1).astype(np.uint8)
    return chosen


def pick_by(rng: np.random.Generator, shares: Array, which: Array) -> Array:
    """Positions (uint8) drawn with the shares in row ``which`` of ``shares``, a row each."""
    edges = np.cumsum(shares, axis=1)
    edges = edges / edges[:, -1:]
    drawn = rng.random(len(which))
    found = np.zeros(len(which), np.uint8)
    for column in range(edges.shape[1] - 1):
        found += drawn >= edges[which, column]
    return found


def copies(counts: Array) -> tuple[Array, Array]:
    """Positions 0, 1, 2, ... each as often as counted, and the number of each copy from 0."""
    of = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return of, np.arange(len(of)) - first[of]
