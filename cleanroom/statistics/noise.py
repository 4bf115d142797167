"""The noise that a released number carries."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Noise:
    """Gaussian noise and rounding of a released number, in the unit of that number.

    ``sigma`` is the standard deviation that the gate drew with, s·C·sqrt(L0): s people of noise,
    cap C of one person (1 for counts), at most L0 cells per person. ``rounding`` is the base to
    which the gate rounded afterwards; 1 means that it did not round. ``cells`` is the number of
    independently noised cells that were added up.
    """

    sigma: float
    rounding: int = 1
    cells: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sigma) and self.sigma >= 0):
            raise ValueError("sigma must be finite and not negative")
        if self.rounding < 1 or self.cells < 1:
            raise ValueError("rounding and cells must be at least 1")

    @property
    def variance(self) -> float:
        """cells · (sigma^2 + rounding^2 / 12).

        The rest after rounding to a base w is close to uniform on [-w/2, w/2], whose variance is
        w^2/12. Rounding to whole numbers is not counted: the discrete noise is whole already.
        """
        rounded = self.rounding**2 / 12 if self.rounding > 1 else 0.0
        return self.cells * (self.sigma**2 + rounded)

    @property
    def sd(self) -> float:
        """Standard deviation of the noise."""
        return math.sqrt(self.variance)

    def over(self, cells: int) -> "Noise":
        """The noise of a sum of ``cells`` such numbers, each noised on its own."""
        return Noise(self.sigma, self.rounding, self.cells * cells)


NO_NOISE = Noise(0.0)
