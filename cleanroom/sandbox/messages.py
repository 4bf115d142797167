"""What the outside and the workers inside say to each other. Nothing else crosses the wall.

Rows go from ingest to engine through a pipe of their own (``columns.py``); secrets arrive sealed to
keys that the workers made after locking down.
"""

from msgspec import Struct

from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.trust.grant import SelfTest
from cleanroom.wire import Failed, Progress


class Ready(Struct, frozen=True, forbid_unknown_fields=True, tag="ready"):
    """A locked worker made its keys (hex of raw public keys; an ingest worker has no session)."""

    sealing_key: str
    session_key: str
    self_test: SelfTest


class Ingest(Struct, frozen=True, forbid_unknown_fields=True, tag="ingest"):
    """Open one package. Descriptors are numbers of inherited pipes and files."""

    agreement: bytes  # the agreement file
    request: bytes  # the opening request file
    grant: bytes  # the owner's grant file
    package_fd: int
    rows_fd: int
    now: str


class Done(Struct, frozen=True, forbid_unknown_fields=True, tag="done"):
    """The package was verified and all its rows went into the pipe."""


class Open(Struct, frozen=True, forbid_unknown_fields=True, tag="open"):
    """Open the session in the engine."""

    agreement: bytes
    requests: tuple[bytes, ...]  # in the order of the data parties
    grants: tuple[bytes, ...]
    rows_fds: tuple[int, ...]
    entries: tuple[bytes, ...]  # the whole ledger of the agreement
    blobs: tuple[bytes, ...]  # every sealed answer that the ledger names
    now: str
    memory_mb: int
    threads: int


class Ask(Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """One question on behalf of an analysis."""

    analysis: str
    question: Question


class Commit(Struct, frozen=True, forbid_unknown_fields=True, tag="commit"):
    """Store this durably (blob first, then the entry) before I show the answer."""

    entry: bytes
    blob: bytes


class Committed(Struct, frozen=True, forbid_unknown_fields=True, tag="committed"):
    """It is stored."""


class Opened(Struct, frozen=True, forbid_unknown_fields=True, tag="opened"):
    """The session is open. ``engine_ms``: how long loading and matching took."""

    engine_ms: int


class Answer(Struct, frozen=True, forbid_unknown_fields=True, tag="answer"):
    """The answer, after the commit. ``engine_ms`` is 0 unless the policy's quantum is 0."""

    release: Release
    engine_ms: int = 0


class Close(Struct, frozen=True, forbid_unknown_fields=True, tag="close"):
    """Sign the closing statement and stop."""

    reason: str


class Closed(Struct, frozen=True, forbid_unknown_fields=True, tag="closed"):
    """The closing statement is stored; nothing follows."""


MATCHING = Progress("match")  # all that the engine tells about its progress

FromIngest = Ready | Progress | Done | Failed
FromEngine = Ready | Progress | Commit | Opened | Answer | Closed | Failed
ToEngine = Open | Ask | Committed | Close
