"""What the outside and the workers inside say to each other. Nothing else crosses the wall.

Rows go from ingest to engine through a pipe of their own (``columns.py``); secrets arrive sealed to
keys that the workers made after locking down.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from cleanroom import wire
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import SandboxError
from cleanroom.trust.grant import SelfTest
from cleanroom.wire import Failed, Progress

PIECE_BYTES = 8 << 20
BLOB_LIMIT = (2 << 30) - (1 << 20)  # no more can be sealed at once

TRIAL_SIGMAS = (3, 300)  # where every value counts, and where only its neighbourhood does
Oddity = Literal["count", "cells", "far", "sign", "spread", "digits", "neighbours", "again"]


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
    blobs: int  # how many sealed blobs the ledger names; they follow in its order, in pieces
    now: str
    memory_mb: int
    threads: int


class Piece(Struct, frozen=True, forbid_unknown_fields=True, tag="piece"):
    """A part of a sealed blob, whole but for the last: ``left`` bytes of the same blob follow."""

    data: bytes
    left: int


class Ask(Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """One question on behalf of an analysis."""

    analysis: str
    question: Question


class Commit(Struct, frozen=True, forbid_unknown_fields=True, tag="commit"):
    """Store this durably (blob first, then the entry) before I show the answer.

    The blob went ahead in pieces; it is named by SHA-256 and length, "" and 0 where there is none.
    """

    entry: bytes
    blob_sha256: str
    blob_bytes: int


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


class DatabaseTrial(Struct, frozen=True, forbid_unknown_fields=True):
    """What the engine's database did with a made-up sample behind the wall."""

    joined: bool  # a join came out as arithmetic says
    reads_no_file: bool
    writes_no_file: bool
    stays_locked: bool  # none of its locks can be opened again


class NoiseTrial(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of noise on zeros. Mean and spread in thousandths; ``odd``: what chance does
    not explain, by the names of ``Oddity``."""

    sigma: int
    draws: int
    mean_milli: int
    spread_milli: int
    odd: tuple[Oddity, ...]


class Proved(Struct, frozen=True, forbid_unknown_fields=True, tag="proved"):
    """The whole answer of role ``selftest``, which sees nobody's rows."""

    self_test: SelfTest
    database: DatabaseTrial
    noise: tuple[NoiseTrial, ...]


class Pieces:
    """A blob on its way: nothing, some of it, or all of it; the next one comes after ``clear``."""

    def __init__(self) -> None:
        self._data: list[bytes] = []
        self._left = 0

    def add(self, piece: Piece) -> None:
        """The next piece. Raises ``sandbox.lied`` unless it has the only size that it can have."""
        size = len(piece.data)
        expected = self._left if self._data else min(size + piece.left, BLOB_LIMIT)
        full = size == PIECE_BYTES if piece.left else 0 < size <= PIECE_BYTES
        if not full or piece.left < 0 or size + piece.left != expected:
            raise SandboxError("sandbox.lied")
        self._data.append(piece.data)
        self._left = piece.left

    @property
    def begun(self) -> bool:
        """Whether any of it came."""
        return bool(self._data)

    @property
    def complete(self) -> bool:
        """Whether all of it came."""
        return self.begun and not self._left

    def whole(self) -> bytes:
        """All of it; nothing if none came. Raises ``sandbox.lied`` if some is missing."""
        if self._left:
            raise SandboxError("sandbox.lied")
        if len(self._data) > 1:
            self._data = [b"".join(self._data)]
        return self._data[0] if self._data else b""

    def clear(self) -> None:
        """It was used."""
        self._data, self._left = [], 0


def pieces(blob: bytes) -> Iterator[Piece]:
    """A blob as it is sent."""
    view = memoryview(blob)
    for start in range(0, len(view), PIECE_BYTES):
        data = bytes(view[start : start + PIECE_BYTES])
        yield Piece(data, len(view) - start - len(data))


def receive_blob(fd: int) -> bytes:
    """The blob that is sent next. Raises ``sandbox.lied``, ``sandbox.failed``."""
    blob = Pieces()
    while not blob.complete:
        blob.add(wire.receive(fd, Piece))
    return blob.whole()


MATCHING = Progress("match")  # all that the engine tells about its progress

FromIngest = Ready | Progress | Done | Failed
FromTrials = Proved | Failed
FromEngine = Ready | Progress | Piece | Commit | Opened | Answer | Closed | Failed
ToEngine = Open | Piece | Ask | Committed | Close
