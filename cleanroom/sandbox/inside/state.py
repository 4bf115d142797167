"""What the sandbox remembers between sessions: answers given, sealed under all owners' shares.

A blob holds the noisy numbers before rounding and which cells were withheld, so that a repeated
question gets the same answer under today's policy, and a withheld cell stays withheld. In threshold
mode it also holds who was in which cell, for the difference check. The blob's SHA-256 stands in the
ledger entry of the answer; at reopening every one must be there.
"""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from msgspec import Struct

from cleanroom.disclosure.question import Question
from cleanroom.errors import TrustError
from cleanroom.sandbox.inside.members import Members, outside, storage
from cleanroom.sandbox.inside.roster import padded
from cleanroom.trust import codec
from cleanroom.trust.ledger import Entry

_NONCE = 12
_CONTEXT = b"dcr/state/1\0"
_LENGTH = struct.Struct("<I")
_HEADER_BYTES = 64 << 10  # room for the question with all its names
_COLUMNS_MOST = 64  # cells that one person may touch
_CELL_BYTES = 32  # room for a noisy number and whether it was withheld


class StoredVector(Struct, frozen=True, forbid_unknown_fields=True):
    """One measure with its noise, before rounding and withholding."""

    measure: str
    noisy: tuple[int, ...]
    sigma: int
    withheld: tuple[bool, ...]  # per cell
    rest: int | None = None  # noisy count of everybody in withheld cells, where it may be shown


@dataclass(frozen=True)
class Stored:
    """An answer as it was first computed. ``members`` is None with differential privacy."""

    question_key: str
    question: Question
    vectors: tuple[StoredVector, ...]
    members: Members | None = None


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """``roster`` is "" and the numbers are 0 where nobody is remembered."""

    v: int
    question_key: str
    question: Question
    vectors: tuple[StoredVector, ...]
    roster: str
    room: int
    people: int
    columns: int


def pack(stored: Stored) -> bytes:
    """The answer as bytes whose number follows from the question and, roughly, from the packages'
    sizes. Zeros make up for numbers of few digits and for people who matched: a length would tell.
    """
    members = stored.members
    columns = members.columns if members else ()
    people = len(columns[0]) if columns else 0
    room = members.room if members else 0
    header = codec.encode(
        _Header(
            1,
            stored.question_key,
            stored.question,
            stored.vectors,
            members.roster if members else "",
            room,
            people,
            len(columns),
        )
    )
    cells = sum(len(vector.noisy) for vector in stored.vectors)
    start = _LENGTH.size + _HEADER_BYTES + _CELL_BYTES * cells
    size = start + sum(room * column.itemsize for column in columns)
    data = bytearray(padded(size))
    if _LENGTH.size + len(header) > start:
        raise ValueError("the header is longer than the room for it")
    data[: _LENGTH.size] = _LENGTH.pack(len(header))
    data[_LENGTH.size : _LENGTH.size + len(header)] = header
    for column in columns:
        plain = np.ascontiguousarray(column).data.cast("B")
        data[start : start + len(plain)] = plain
        start += room * column.itemsize
    return bytes(data)


def unpack(data: bytes) -> Stored:
    """The answer that ``pack`` wrote. Raises ``trust.state_damaged`` for anything else."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        header = codec.decode(data[_LENGTH.size : _LENGTH.size + length], _Header, "state")
    except (struct.error, TrustError):
        raise TrustError("trust.state_damaged") from None
    cells = {len(v.noisy) for v in header.vectors} | {len(v.withheld) for v in header.vectors}
    if header.v != 1 or len(cells) != 1:
        raise TrustError("trust.state_damaged")
    stored = Stored(header.question_key, header.question, header.vectors, _members(data, header))
    try:
        same = pack(stored) == data
    except ValueError:
        same = False
    if not same:
        raise TrustError("trust.state_damaged")
    return stored


def _members(data: bytes, header: _Header) -> Members | None:
    if not header.columns:
        return None
    (cells,) = {len(vector.noisy) for vector in header.vectors}
    kind = storage(cells)
    size = header.room * kind.itemsize
    start = _LENGTH.size + _HEADER_BYTES + _CELL_BYTES * cells * len(header.vectors)
    if not 0 <= header.people <= header.room or not 0 <= header.columns <= _COLUMNS_MOST:
        raise TrustError("trust.state_damaged")
    if start + header.columns * size > len(data):
        raise TrustError("trust.state_damaged")
    columns = tuple(
        np.frombuffer(data, kind, header.people, start + number * size)
        for number in range(header.columns)
    )
    for column in columns:
        if len(column) and (column[column != outside(column)] > cells).any():
            raise TrustError("trust.state_damaged")
    return Members(header.roster, header.room, columns)


def seal(stored: Stored, key: bytes) -> bytes:
    """The answer as a blob."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCMSIV(key).encrypt(nonce, pack(stored), _CONTEXT)


def unseal(blob: bytes, key: bytes) -> Stored:
    """An answer from its blob. Raises ``trust.state_damaged``."""
    view = memoryview(blob)
    try:
        plain = AESGCMSIV(key).decrypt(view[:_NONCE], view[_NONCE:], _CONTEXT)
    except (InvalidTag, ValueError):
        raise TrustError("trust.state_damaged") from None
    return unpack(plain)


def recall(entries: Sequence[Entry], blobs: Sequence[bytes], key: bytes) -> dict[str, Stored]:
    """Every earlier answer by question. Raises ``trust.state_missing``, ``trust.state_damaged``."""
    by_hash = {codec.sha256_hex(blob): blob for blob in blobs}
    known: dict[str, Stored] = {}
    for entry in entries:
        if entry.answered is None or not entry.answered.blob_sha256:
            continue
        blob = by_hash.get(entry.answered.blob_sha256)
        if blob is None:
            raise TrustError("trust.state_missing", seq=entry.seq)
        stored = unseal(blob, key)
        answered = entry.answered
        if (stored.question_key, stored.question) != (answered.question_key, answered.question):
            raise TrustError("trust.state_damaged")
        known[stored.question_key] = stored
    return known
