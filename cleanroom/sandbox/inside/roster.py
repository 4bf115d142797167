"""Who was in a session, for the rules that compare sessions (threshold mode only).

A person is known by the ids that its owners gave it: the first halves of its stable pids. The
roster is sealed like an answer, and its SHA-256 stands in the ledger entry of the opening.

    u32le length | header, canonical JSON | per party: mask, ids (u64le) | zeros

Bit n of a party's mask (lowest bits first) says whether the party has person n; its ids follow in
the order of persons. A mask has room for everybody that any party brings, so the length follows
from the sizes of the packages alone: it must not tell how many people matched. ``padded`` blurs
these sizes too.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from msgspec import Struct

from cleanroom.errors import SandboxError, TrustError
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside.matching import Links, PartyRows, gather
from cleanroom.trust import codec
from cleanroom.trust.instants import instant

NOT_THERE = 0  # in place of an id
_NONCE = 12
_CONTEXT = b"dcr/roster/1\0"
_LENGTH = struct.Struct("<I")
_BLOCK = 64 << 10

Flags = dict[str, dict[str, tuple[int, ...]]]  # party -> people column -> 1 for a merged code


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands before the arrays. ``people``: of each party, in the agreement's order."""

    v: int
    at: str
    packages: dict[str, str]
    rare: Flags
    people: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Roster:
    """Who was there.

    ``packages``: manifest hash by party. ``at``: when the session was opened that made it.
    ``rare``: for each code of a people column, from 0, whether the small-value gate merged it (1)
    or not (0). ``ids``: one <u8 array per party in the agreement's order, over the engine's
    persons; 0 where the party does not have the person.
    """

    packages: dict[str, str]
    at: str
    rare: Flags
    ids: tuple[np.ndarray, ...]

    @property
    def persons(self) -> int:
        """How many persons there are."""
        return len(self.ids[0])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the packed content without ``at``: the same for the same people, packages
        and merged values.
        """
        found = hashlib.sha256()
        for buffer in _content(self, ""):
            found.update(buffer)
        return found.hexdigest()


def build(
    packages: Mapping[str, str],
    at: str,
    rare: Flags,
    parties: Sequence[PartyRows],
    links: Links,
) -> Roster:
    """The roster of matched parties. Raises ``sandbox.lied`` for an id of nobody."""
    if any((party.ids == NOT_THERE).any() for party in parties):
        raise SandboxError("sandbox.lied")
    pairs = zip(parties, links.pids, strict=True)
    ids = tuple(gather(party.ids, pids) for party, pids in pairs)
    return Roster(dict(packages), at, rare, ids)


def padded(size: int) -> int:
    """``size`` bytes rounded up by at most 64 KiB or a sixteenth, so that it tells little."""
    block = max(_BLOCK, 1 << max(0, size.bit_length() - 5))
    return -(-size // block) * block


def pack(roster: Roster) -> bytes:
    """The roster as bytes."""
    buffers = list(_content(roster, roster.at))
    size = sum(len(buffer) for buffer in buffers)
    return b"".join([*buffers, bytes(padded(size) - size)])


def _content(roster: Roster, at: str) -> Iterator[bytes | memoryview]:
    present = [ids != NOT_THERE for ids in roster.ids]
    people = tuple(int(np.count_nonzero(there)) for there in present)
    header = codec.encode(Header(1, at, roster.packages, roster.rare, people))
    yield _LENGTH.pack(len(header)) + header
    room = sum(people)
    for ids, there in zip(roster.ids, present, strict=True):
        mask = np.zeros(-(-room // 8), "u1")
        bits = np.packbits(there, bitorder="little")
        mask[: len(bits)] = bits
        yield mask.data
        yield ids[there].astype("<u8", copy=False).data.cast("B")


def unpack(data: bytes) -> Roster:
    """The roster that ``pack`` wrote. Raises ``trust.state_damaged`` for anything else."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        text = data[_LENGTH.size : _LENGTH.size + length]
        header = codec.decode(text, Header, "roster")
        instant(header.at)
    except (struct.error, TrustError):
        raise TrustError("trust.state_damaged") from None
    start = _LENGTH.size + length
    masks, found = _arrays(data, start, header.people)
    flags = (
        flag for columns in header.rare.values() for codes in columns.values() for flag in codes
    )
    parties = header.v == 1 and len(header.packages) == len(header.people)
    digests = all(codec.is_digest(package) for package in header.packages.values())
    if not parties or not digests or set(flags) - {0, 1}:
        raise TrustError("trust.state_damaged")
    everybody = np.logical_or.reduce(masks)
    persons = int(np.count_nonzero(everybody))
    if not everybody[:persons].all():  # nobody is a person of no party
        raise TrustError("trust.state_damaged")
    ids = []
    for there, listed in zip(masks, found, strict=True):
        placed = np.zeros(persons, "<u8")
        placed[there[:persons]] = listed
        ids.append(placed)
    return Roster(header.packages, header.at, header.rare, tuple(ids))


def _arrays(
    data: bytes, start: int, people: tuple[int, ...]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Masks and ids of each party, of exactly the stated sizes."""
    room = sum(people)
    width = -(-room // 8)
    size = start + len(people) * width + 8 * room
    fits = bool(people) and min(people) >= 0 and len(data) == padded(size)
    if not fits or np.frombuffer(data, "u1", offset=size).any():
        raise TrustError("trust.state_damaged")
    masks, found = [], []
    for count in people:
        bits = np.frombuffer(data, "u1", width, start)
        there = np.unpackbits(bits, bitorder="little").view(bool)
        ids = np.frombuffer(data, "<u8", count, start + width)
        if np.count_nonzero(there) != count or not ids.all():
            raise TrustError("trust.state_damaged")
        masks.append(there)
        found.append(ids)
        start += width + 8 * count
    return masks, found


def seal(roster: Roster, key: bytes) -> bytes:
    """The roster as a blob. Raises ``sandbox.memory`` when there are too many people for one."""
    plain = pack(roster)
    if len(plain) > messages.BLOB_LIMIT - (1 << 10):
        raise SandboxError("sandbox.memory")
    nonce = os.urandom(_NONCE)
    sealed = AESGCMSIV(key).encrypt(nonce, plain, _CONTEXT)
    del plain
    return nonce + sealed


def unseal(blob: bytes, key: bytes) -> Roster:
    """A roster from its blob. Raises ``trust.state_damaged``."""
    view = memoryview(blob)
    try:
        plain = AESGCMSIV(key).decrypt(view[:_NONCE], view[_NONCE:], _CONTEXT)
    except (InvalidTag, ValueError):
        raise TrustError("trust.state_damaged") from None
    return unpack(plain)
