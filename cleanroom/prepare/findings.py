"""What reading a party's own files brought to light: counts, lines and masked examples.

Exact figures, because they are the party's own and stay at its desk.
"""

from msgspec import Struct

SHOWN = 5
"""Examples kept of each kind."""


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the file (a row, where there are no lines) and its value, masked."""

    line: int
    masked: str


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """How often something is wrong, and the first examples. Faults of batches add with ``+``."""

    count: int = 0
    examples: tuple[Example, ...] = ()

    def __add__(self, other: "Fault") -> "Fault":
        return Fault(self.count + other.count, (self.examples + other.examples)[:SHOWN])

    @property
    def line(self) -> int:
        """The line of the first; 0 when there is none."""
        return self.examples[0].line if self.examples else 0


class HashForms(Struct, frozen=True, forbid_unknown_fields=True):
    """How many values of a column have which form. ``wrong_length``: hex digits only, but neither
    32 nor 64 of them (a SHA-1, a shortened MD5, a cut value). ``lower``: hex digests with letters
    a-f only; ``upper`` with A-F only; ``mixed`` with both."""

    rows: int = 0
    missing: int = 0
    blank_hash: int = 0
    sha256_hex: int = 0
    md5_hex: int = 0
    sha256_base64: int = 0
    md5_base64: int = 0
    wrong_length: int = 0
    other: int = 0
    lower: int = 0
    upper: int = 0
    mixed: int = 0


class ColumnFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our columns. ``outside_values``: distinct values outside the domain, counted as far
    as ``columns.DISTINCT_LIMIT``."""

    column: str
    source: str
    rows: int = 0
    missing: Fault = Fault()
    outside: Fault = Fault()
    outside_values: int = 0
    unreadable: Fault = Fault()


class IdentifierFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """One column of identifiers. ``given`` is what it holds, found out or stated. Every row is
    valid, missing, malformed or the digest of nothing. ``reachable``: whether the agreed base can
    be made from it."""

    column: str
    kind: str
    recipe: str
    given: str
    token_base: str
    rows: int = 0
    valid: int = 0
    missing: int = 0
    malformed: Fault = Fault()
    blank_hashes: Fault = Fault()
    hashes: HashForms | None = None
    reachable: bool = True


class KindFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """All columns of one kind together. ``distinct`` counts identifiers once each, without the hot
    ones; ``duplicates`` are the values beyond the first of each. A hot identifier belongs to more
    than 3 pids; ``hot_rows`` counts the rows that hold one."""

    kind: str
    distinct: int = 0
    duplicates: Fault = Fault()
    hot: int = 0
    hot_rows: Fault = Fault()


class TableFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """One file. ``rows`` were read, ``sealed`` of them go into the package."""

    table: str
    file: str
    format: str
    encoding: str = ""
    separator: str = ""
    header: bool = True
    rows: int = 0
    sealed: int = 0
    wrong_width: int = 0
    wrong_width_lines: tuple[int, ...] = ()
    without_person: Fault = Fault()  # no pid, or for people without pid no valid identifier
    unknown_person: Fault = Fault()  # events of a pid that is not among the people
    left_out: int = 0  # events of people who are left out
    outside_period: Fault = Fault()
    columns: tuple[ColumnFindings, ...] = ()
    not_agreed: tuple[str, ...] = ()  # mapped, but no part of the agreement: not sealed


class PersonFindings(Struct, frozen=True, forbid_unknown_fields=True):
    """Persons after merging. ``merged``: pids that became part of another person."""

    pids: int = 0
    persons: int = 0
    merged: int = 0
    without_identifier: int = 0
    no_consent: int = 0
    opted_out: int = 0
    under_14: int = 0


class Findings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. ``problems`` are in order of weight."""

    tables: tuple[TableFindings, ...]
    identifiers: tuple[IdentifierFindings, ...]
    kinds: tuple[KindFindings, ...]
    persons: PersonFindings
    problems: "tuple[Problem, ...]" = ()


class Problem(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to act on. ``key`` names the sentences ``doctor.<key>.what`` and ``.do``, which
    ``facts`` fill; ``blocks``: sealing refuses."""

    key: str
    facts: dict[str, str | int]
    blocks: bool = False
