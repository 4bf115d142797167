"""The package file: encrypted parts first, the signed manifest as a trailer.

    "DCRPKG\\0\\2" | part ... part | envelope | u64be length of envelope | "DCREND\\0\\2"

A part is one Parquet file of integer columns, encrypted with Cobblestone-256 under the package key;
its context names package, table and position. The envelope is DSSE over ``Manifest``. Sealing
writes to a temporary name and renames at the end, so a file with a trailer is a whole file.
"""

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from cleanroom.errors import TrustError
from cleanroom.tables import Type
from cleanroom.trust import codec, envelope
from cleanroom.trust.instants import instant, is_day
from cleanroom.trust.names import check_document, is_token

MANIFEST_TYPE = "application/vnd.dcr.package.v2+json"
MAGIC, MAGIC_END = b"DCRPKG\x00\x02", b"DCREND\x00\x02"
MANIFEST_LIMIT = 4 << 20
SUITE = "cobblestone-256"
KEY_BYTES = 32
PART_LIMIT = 256 << 20  # a reader holds one part in memory
_LENGTH = struct.Struct(">Q")


class PackedColumn(Struct, frozen=True, forbid_unknown_fields=True):
    """A column as it is stored: ``storage`` is a little-endian integer type such as u1, i4, i8."""

    name: str
    type: Type | None  # None: structural (person, pid, token)
    storage: str


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """One encrypted part: bytes in the file and their SHA-256."""

    table: str
    index: int
    length: int
    sha256: str


class PackedTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One table of the package. ``rows`` is a band such as "1000-2000", never a count."""

    name: str
    columns: tuple[PackedColumn, ...]
    rows: str


class IdentifierProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """How an identifier column looked, in steps of 5 %, so both sides notice a wrong recipe."""

    kind: str
    given: str  # raw, sha256, md5
    recipe: str
    token_base: str
    valid_percent: int
    missing_percent: int
    malformed_percent: int


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the owner states and signs about a package."""

    v: int
    package_id: str
    agreement_id: str
    agreement_hash: str
    owner: str
    dataset: str
    start: str
    end: str
    created: str
    suite: str
    tables: tuple[PackedTable, ...]
    parts: tuple[Part, ...]
    profile: tuple[IdentifierProfile, ...]


def part_context(package_id: str, table: str, index: int) -> bytes:
    """What binds a part's ciphertext to its place."""
    return f"dcr/part/1|{package_id}|{table}|{index}".encode()


def band(count: int) -> str:
    """A row count as a band 0, 1-9, 10-19, 20-49, 50-99, 100-199 ...: steps of 1, 2, 5."""
    if count < 10:
        return "1-9" if count else "0"
    power = 10 ** (len(str(count)) - 1)
    low = max(edge * power for edge in (1, 2, 5) if edge * power <= count)
    high = {1: 2, 2: 5, 5: 10}[low // power] * power
    return f"{low}-{high - 1}"


def trailer(sealed: envelope.Envelope) -> bytes:
    """The bytes that finish a package file."""
    data = sealed.to_bytes()
    return data + _LENGTH.pack(len(data)) + MAGIC_END


def finish(path: Path, sealed: envelope.Envelope) -> None:
    """Append the trailer to a file of parts and bring all of it to the disk. Raises OSError."""
    with path.open("ab") as file:
        file.write(trailer(sealed))
        file.flush()
        os.fsync(file.fileno())


def sign_manifest(manifest: Manifest, key: Ed25519PrivateKey) -> envelope.Envelope:
    """The manifest in an envelope signed by the owner."""
    return envelope.sign(MANIFEST_TYPE, codec.encode(manifest), [key])


def read_envelope(file: BinaryIO) -> tuple[envelope.Envelope, Manifest]:
    """The manifest of an open package file, its signature not yet verified.

    Raises ``trust.package_truncated``, ``trust.malformed``.
    """
    size = file.seek(0, 2)
    tail = len(MAGIC_END) + _LENGTH.size
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise TrustError("trust.not_a_package")
    if size < len(MAGIC) + tail:
        raise TrustError("trust.package_truncated")
    file.seek(size - tail)
    end = file.read(tail)
    (length,) = _LENGTH.unpack(end[: _LENGTH.size])
    if end[_LENGTH.size :] != MAGIC_END or length > min(MANIFEST_LIMIT, size - tail - len(MAGIC)):
        raise TrustError("trust.package_truncated")
    file.seek(size - tail - length)
    sealed = envelope.parse(file.read(length), MANIFEST_TYPE, "package", MANIFEST_LIMIT)
    manifest = codec.decode(sealed.body, Manifest, "package", MANIFEST_LIMIT)
    _check_layout(manifest, size - tail - length - len(MAGIC))
    return sealed, manifest


def _check_layout(manifest: Manifest, room: int) -> None:
    """Parts fill the file exactly, are numbered per table, and belong to listed tables."""
    expected: dict[str, int] = {table.name: 0 for table in manifest.tables}
    known = manifest.v == 2 and manifest.suite == SUITE and len(expected) == len(manifest.tables)
    known = known and is_token(manifest.package_id) and is_token(manifest.agreement_id)
    known = known and is_day(manifest.start) and is_day(manifest.end)
    for part in manifest.parts:
        known = known and expected.get(part.table, -1) == part.index
        known = known and 0 < part.length <= PART_LIMIT and codec.is_digest(part.sha256)
        expected[part.table] = part.index + 1
    if not known:
        raise TrustError("trust.malformed", what="package")
    instant(manifest.created)
    check_document(manifest, "package")
    if sum(part.length for part in manifest.parts) != room:
        raise TrustError("trust.package_truncated")


def verify(sealed: envelope.Envelope, signing_key: bytes) -> str:
    """SHA-256 (hex) of the manifest when its owner signed it. Raises ``trust.signature``."""
    if not envelope.signers(sealed, [signing_key]):
        raise TrustError("trust.signature", what="package")
    return codec.sha256_hex(sealed.body)


def read_part(file: BinaryIO, manifest: Manifest, number: int) -> bytes:
    """The ciphertext of part ``number`` (position in ``parts``), its hash checked.

    Raises ``trust.package_damaged``.
    """
    part = manifest.parts[number]
    file.seek(len(MAGIC) + sum(p.length for p in manifest.parts[:number]))
    data = file.read(part.length)
    if len(data) != part.length or hashlib.sha256(data).hexdigest() != part.sha256:
        raise TrustError("trust.package_damaged")
    return data
