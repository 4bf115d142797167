"""What the role ``prepare`` is asked and what it answers. Light: no library of data frames.

One job a process: the launcher sends the paths and a ``Job``, then reads ``Progress`` until the
answer of that job or ``Failed`` comes. Secrets travel in the job and nowhere else.
"""

from msgspec import Struct

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.prepare.findings import Findings
from cleanroom.prepare.mapping import FileSpec, Mapping
from cleanroom.trust.package import IdentifierProfile, PackedTable, Part
from cleanroom.wire import Failed, Progress

STAGES = ("opt_out", "people", "persons", "exposures", "conversions", "arms", "referrals", "costs",
          "write")  # fmt: skip
"""Stages of ``Progress``: reading each table by its name, finding persons, writing parts."""


class Agreed(Struct, frozen=True, forbid_unknown_fields=True):
    """What the agreement says of this party's dataset. ``one_token``: differential-privacy mode."""

    agreement_id: str
    time_zone: str
    one_token: bool
    identifiers: tuple[Identifier, ...]
    dataset: DatasetSpec


class SealJob(Struct, frozen=True, forbid_unknown_fields=True, tag="seal"):
    """Write the parts of a package to ``output``, a temporary name beside the final one where
    nothing is yet. Keys have 32 bytes; ``pid_key`` is the owner's own."""

    mapping: Mapping
    agreed: Agreed
    output: str
    package_id: str
    package_key: bytes
    matching_secret: bytes
    pid_key: bytes


class Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    """A package but for manifest and trailer. Rows are bands; ``findings`` stay at the desk."""

    parts: tuple[Part, ...]
    tables: tuple[PackedTable, ...]
    profile: tuple[IdentifierProfile, ...]
    findings: Findings


class SealDone(Struct, frozen=True, forbid_unknown_fields=True, tag="sealed"):
    """All parts are written."""

    sealed: Sealed


class CheckJob(Struct, frozen=True, forbid_unknown_fields=True, tag="check"):
    """Read everything as sealing would, write nothing, and say what was found.

    It goes on where sealing would stop, and counts and shows more.
    """

    mapping: Mapping
    agreed: Agreed


class CheckDone(Struct, frozen=True, forbid_unknown_fields=True, tag="checked"):
    """What was found."""

    findings: Findings


class PreviewJob(Struct, frozen=True, forbid_unknown_fields=True, tag="preview"):
    """The first rows of a file, masked."""

    file: FileSpec
    rows: int = 10


class Preview(Struct, frozen=True, forbid_unknown_fields=True, tag="previewed"):
    """How a file is written, its columns, and its first rows with masked values."""

    format: str
    encoding: str
    separator: str
    header: bool
    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class InferJob(Struct, frozen=True, forbid_unknown_fields=True, tag="infer"):
    """Propose a mapping and domains from a party's own file of one table."""

    file: FileSpec
    dataset: str
    table: str = "people"


class Proposal(Struct, frozen=True, forbid_unknown_fields=True, tag="inferred"):
    """To be looked through by a person: a mapping as TOML text, identifiers, and the columns of
    the table with their domains. ``notes`` are pairs of a key of the sentences ``doctor.infer.*``
    and the column it is about."""

    mapping: str
    identifiers: tuple[Identifier, ...]
    columns: dict[str, ColumnSpec]
    notes: tuple[tuple[str, str], ...] = ()


Job = SealJob | CheckJob | PreviewJob | InferJob
FromWorker = Progress | Failed | SealDone | CheckDone | Preview | Proposal
