"""The mapping: where a party's data lies, and what its own columns mean in the common tables.

A person writes it as a TOML file (``mapping_file`` reads that); these are its parts. Names of our
tables and columns are those of ``cleanroom.tables``.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

Given = Literal["auto", "raw", "sha256", "md5", "sha256-of-md5"]
OTHER = "*"
"""In ``values``: stands for every value that has no line of its own."""


class FileSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A file, and what its owner states about it; None: found by content."""

    path: str
    format: Literal["csv", "parquet", "xlsx"] | None = None
    encoding: Literal["utf-8", "gb18030", "utf-16-le", "utf-16-be"] | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    quote: Literal['"', "'", ""] | None = None
    header: bool | None = None
    sheet: str | None = None


class Bins(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers to labels: below the first edge the first label, from an edge on the next one."""

    edges: tuple[Decimal, ...]
    labels: tuple[str, ...]


class ColumnMap(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a column of ours comes from: a ``column`` of the file, or one ``constant`` for all.

    ``values`` gives our word for theirs. ``formats`` are patterns of dates as in strftime, or
    ``epoch`` and ``epoch_ms``. ``missing`` are words for "no value" beside the usual ones.
    ``unreadable``: whether a value that cannot be read stops the sealing or counts as missing.
    ``hashed``: make whole numbers out of an order number that has letters in it.
    """

    column: str | None = None
    constant: str | None = None
    values: dict[str, str] = {}
    bins: Bins | None = None
    formats: tuple[str, ...] = ()
    decimal: Literal[".", ","] = "."
    missing: tuple[str, ...] = ()
    unreadable: Literal["refuse", "missing"] = "refuse"
    hashed: bool = False


class IdentifierMap(Struct, frozen=True, forbid_unknown_fields=True):
    """A column that identifies people. ``given``: what it holds; auto: look. ``recipe`` None: the
    agreed one. ``region``: where telephone numbers without country code belong."""

    column: str
    kind: str
    recipe: str | None = None
    given: Given = "auto"
    region: str = "CN"


class Consent(Struct, frozen=True, forbid_unknown_fields=True):
    """Only rows with an accepted value are sealed; everything else means no consent."""

    column: str
    accepted: tuple[str, ...]


class Under14(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are left out because the person is a child: by value, or by age in years."""

    column: str
    values: tuple[str, ...] = ()
    below: int | None = None


class OptOut(Struct, frozen=True, forbid_unknown_fields=True):
    """A list of people to leave out: of pids (kind "pid") or of identifiers of a mapped kind."""

    file: FileSpec
    column: str
    kind: str = "pid"
    recipe: str | None = None
    given: Given = "auto"
    region: str = "CN"


class TableMap(Struct, frozen=True, forbid_unknown_fields=True):
    """One table. ``persons`` names the file's columns for pid, or from_pid and to_pid.

    ``bad_rows``: how many records with a wrong number of fields may be left out.
    """

    file: FileSpec
    columns: dict[str, ColumnMap]
    persons: dict[str, str]
    bad_rows: int = 0


class PeopleMap(Struct, frozen=True, forbid_unknown_fields=True):
    """The people. Without ``pid`` a person is the first valid identifier of the row."""

    file: FileSpec
    columns: dict[str, ColumnMap]
    identifiers: tuple[IdentifierMap, ...]
    pid: str | None = None
    bad_rows: int = 0
    consent: Consent | None = None
    under_14: Under14 | None = None


class Mapping(Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, with absolute paths. ``missing``: words for "no value" in every column."""

    dataset: str
    people: PeopleMap
    tables: dict[str, TableMap] = {}
    opt_out: tuple[OptOut, ...] = ()
    missing: tuple[str, ...] = ()

    def files(self) -> Iterator[str]:
        """Every file that is read."""
        yield self.people.file.path
        for table in self.tables.values():
            yield table.file.path
        for listed in self.opt_out:
            yield listed.file.path
