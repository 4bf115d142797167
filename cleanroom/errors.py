"""Every error that a user can meet, as one tree.

    CleanroomError
    |-- InputError        input.*       a file or value the user gave is not usable
    |-- TrustError        trust.*       a signature, agreement, package, grant or receipt is wrong
    |-- VaultError        vault.*       the vault cannot be opened or used
    |-- BudgetError       budget.*      an allowance or budget does not cover what was asked
    |-- DisclosureError   disclosure.*  the question is not allowed by the agreement
    |-- SandboxError      sandbox.*     a worker failed, lied, or the isolation is too weak
    `-- Interrupted       run.*         the user stopped it

An error has a stable ``code`` such as ``vault.passphrase``: tests, scripts and support go by it.
Its sentences are in ``resources/text/<language>/errors/<area>.toml`` under ``[<name>]``: ``what``
happened, what stayed ``safe``, what to ``do``. Facts that fill them are counts, column names and
names of files that the user gave; never row data.
"""

from typing import ClassVar

from cleanroom import text


class _Facts(dict[str, object]):
    """A fact that did not cross the wall reads as an ellipsis, so a sentence never fails.

    Facts may hold names that others gave: they are shown without what could deceive a reader or a
    terminal.
    """

    def __getitem__(self, key: str) -> object:
        fact = super().__getitem__(key)
        return text.visible(fact) if isinstance(fact, str) else fact

    def __missing__(self, key: str) -> str:
        return "…"


class CleanroomError(Exception):
    """Root of the tree. ``code`` is ``<area>.<name>``; the area belongs to the class."""

    area: ClassVar[str] = ""
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, /, **facts: object) -> None:
        if self.area and not code.startswith(self.area + "."):
            raise ValueError(f"{code} is not a {self.area} error")
        super().__init__(code)
        self.code = code
        self.facts = _Facts(facts)

    def part(self, which: str, language: str = "en") -> str:
        """One of the sentences ``what``, ``safe``, ``do``."""
        return text.sentences(language)[f"errors.{self.code}.{which}"].format_map(self.facts)

    def message(self, language: str = "en") -> str:
        """What happened, what was not harmed, what to do; then the code in brackets."""
        parts = [self.part(which, language) for which in ("what", "safe", "do")]
        return " ".join(part for part in parts if part) + f" [{self.code}]"

    def __str__(self) -> str:
        return self.message()


class InputError(CleanroomError):
    """A file or value the user gave is not usable."""

    area = "input"
    exit_code = 3


class TrustError(CleanroomError):
    """A signature, agreement, package, grant or receipt is not what it should be."""

    area = "trust"
    exit_code = 4


class VaultError(CleanroomError):
    """The vault cannot be opened or used."""

    area = "vault"
    exit_code = 5


class BudgetError(CleanroomError):
    """An allowance or budget does not cover what was asked."""

    area = "budget"
    exit_code = 6


class DisclosureError(CleanroomError):
    """The question is not allowed by the agreement."""

    area = "disclosure"
    exit_code = 6


class SandboxError(CleanroomError):
    """A worker failed, lied, or the isolation is too weak."""

    area = "sandbox"
    exit_code = 7


class Interrupted(CleanroomError):
    """The user stopped it."""

    area = "run"
    exit_code = 130


TREE = (InputError, TrustError, VaultError, BudgetError, DisclosureError, SandboxError, Interrupted)


def from_code(code: str, /, **facts: object) -> CleanroomError:
    """The error that a worker named by its code; a code nobody knows is a worker's fault."""
    area = code.partition(".")[0]
    kind = next((kind for kind in TREE if kind.area == area), None)
    if kind is None or not text.has(f"errors.{code}.what"):
        return SandboxError("sandbox.failed")
    return kind(code, **facts)
