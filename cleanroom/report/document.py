"""The documents in a report: what ``report.json``, ``ledger.json`` and ``manifest.json`` hold.

All are canonical JSON. ``report.json`` is the truth; pages and tables only show what it says.
"""

from typing import Any

from msgspec import Struct

from cleanroom.analyses.result import Result
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.trust.envelope import Envelope
from cleanroom.trust.grant import SelfTest

REPORT_TYPE = "application/vnd.dcr.report.v1+json"
VERSION = 1

REPORT = "report.json"
AGREEMENT = "agreement.json"
LEDGER = "ledger.json"
MANIFEST = "manifest.json"
SIGNATURES = "signatures.json"


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """One analysis: what was asked, what came out, what follows, and who may have it.

    ``questions`` and ``releases`` stand in the same order.
    """

    analysis: str
    params: dict[str, Any]
    questions: tuple[Question, ...]
    releases: tuple[Release, ...]
    receivers: tuple[str, ...]
    result: Result


class Session(Struct, frozen=True, forbid_unknown_fields=True):
    """One joint session as its ledger entries tell it; instants are ISO 8601 UTC ending in Z.

    ``refusals`` counts refused questions; ``spent`` is what all its answers cost;
    ``lost_openings`` counts earlier openings of the agreement whose ledger never came back.
    """

    id: str
    opened_at: str
    closed_at: str  # "" when the report was made before closing
    isolation: int  # level that the host stated when opening
    self_tests: dict[str, SelfTest]  # worker -> what it proved about its isolation
    spent: Price
    refusals: int
    lost_openings: int = 0


class Report(Struct, frozen=True, forbid_unknown_fields=True):
    """``report.json``. ``packages``: signed manifests, in the order of the data parties."""

    v: int
    program: str
    created: str
    agreement_sha256: str
    session: Session
    packages: tuple[Envelope, ...]
    items: tuple[Item, ...]


class LedgerExtract(Struct, frozen=True, forbid_unknown_fields=True):
    """``ledger.json``: entries (canonical JSON texts) that follow the entry with hash ``since``.

    ``since`` and ``since_seq`` are those of ``trust.ledger.verify_chain``; an extract begins with
    the opening of a session.
    """

    v: int
    agreement_id: str
    since: str
    since_seq: int
    entries: tuple[str, ...]


class FileEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the report: name with forward slashes, bytes, SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """``manifest.json``: every file but itself and ``signatures.json``, by name."""

    v: int
    type: str
    files: tuple[FileEntry, ...]
