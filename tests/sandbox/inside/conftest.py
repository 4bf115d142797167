"""Noise of a known size."""

from collections.abc import Callable, Sequence

import pytest

from cleanroom.sandbox.inside import noise


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Noise of a known size instead of a random one: one shift per cell, or the same for all."""

    def use(*shifts: int) -> None:
        def add(exact: Sequence[int], sigma: int) -> list[int]:
            every = shifts if len(shifts) == len(exact) else shifts[:1] * len(exact)
            return [value + shift for value, shift in zip(exact, every, strict=True)]

        monkeypatch.setattr(noise, "add", add)

    return use
