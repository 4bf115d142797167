"""What was tried, what came of it, and the sentences for both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cleanroom import text
from cleanroom.errors import CleanroomError

PARTS = ("wall", "engine", "noise", "vault", "ciphers", "fonts", "versions")
"""In the order in which they are shown."""


class Status(StrEnum):
    """How a check ended. A warning names something that this computer does not have and that the
    program can do without."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One thing that was tried. ``said`` and ``advice`` are keys of the sentences below
    ``selftest.said`` and ``selftest.advice``; ``facts`` fill them and are plain texts and numbers.
    With an ``error`` its own sentences are used."""

    part: str
    name: str
    status: Status
    said: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)
    advice: str = ""
    error: CleanroomError | None = None

    def label(self, language: str = "en") -> str:
        """What was tried."""
        return text.say(f"selftest.name.{self.name}", language, **self.facts)

    def sentence(self, language: str = "en") -> str:
        """What came of it."""
        if self.error is not None:
            return f"{self.error.part('what', language)} [{self.error.code}]"
        return text.say(f"selftest.said.{self.said}", language, **self.facts)

    def to_do(self, language: str = "en") -> str:
        """What the user can do about it; "" when there is nothing to do."""
        if self.error is not None:
            return self.error.part("do", language)
        return text.say(f"selftest.advice.{self.advice}", language) if self.advice else ""


@dataclass(frozen=True)
class Outcome:
    """All checks, in the order of their parts, and how long they took together."""

    checks: tuple[Check, ...]
    seconds: float

    @property
    def failed(self) -> int:
        """How many checks failed."""
        return sum(check.status is Status.FAILED for check in self.checks)

    @property
    def warnings(self) -> int:
        """How many checks ended with a warning."""
        return sum(check.status is Status.WARNING for check in self.checks)

    @property
    def level(self) -> int:
        """The isolation level that every worker proved; 0 when none could be asked."""
        return next((int(c.facts["level"]) for c in self.checks if c.name == "level"), 0)

    @property
    def exit_code(self) -> int:
        """0 unless something failed; warnings do not count."""
        return 1 if self.failed else 0


def held(part: str, name: str, good: bool) -> Check:
    """A check that holds or does not: sentences ``held.<name>`` and ``broken.<name>``."""
    said = f"{'held' if good else 'broken'}.{name}"
    return Check(part, name, Status.OK if good else Status.FAILED, said)
