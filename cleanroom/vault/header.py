"""``vault.hdr``: how a passphrase becomes the key of ``vault.db``.

    KEK    = Argon2id(passphrase, salt; iterations, lanes, memory_kib), 32 bytes
    sealed = AES-256-GCM-SIV(KEK, nonce, DEK (32 bytes) || cipher salt (16 bytes),
                             aad = format || 00 || RFC 8785 JSON {"kdf": ..., "salt": ...})

The file is RFC 8785 JSON; ``sha256`` is taken over the same JSON without that field. It is no
protection against an attacker: it tells an accident (``vault.damaged``) from a wrong passphrase.

Opening enforces no floor on the Argon2id parameters. Lowering them in a header changes the KEK and
the authenticated data, so the header then opens for nobody; a vault *made* with weak parameters is
weak for its maker only. A ceiling is enforced, so that a hostile header cannot eat the memory.
"""

import hashlib
import os
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Struct

from cleanroom.errors import TrustError, VaultError
from cleanroom.trust import codec
from cleanroom.vault.durable import write_file

FORMAT = "cleanroom-vault/1"
HEADER = "vault.hdr"
_LIMIT = 4096
_DEK, _CIPHER_SALT, _KDF_SALT, _NONCE = 32, 16, 16, 12
_CEILING = {"iterations": 64, "lanes": 64, "memory_kib": 2 << 20}


class Argon2(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of Argon2id (RFC 9106). ``memory_kib`` in KiB."""

    iterations: int
    lanes: int
    memory_kib: int
    algorithm: Literal["argon2id"] = "argon2id"


RECOMMENDED = Argon2(iterations=3, lanes=4, memory_kib=64 << 10)  # RFC 9106, second choice


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The file. ``salt``, ``nonce``, ``sealed``, ``sha256`` are lower-case hex."""

    format: str
    kdf: Argon2
    salt: str
    nonce: str
    sealed: str
    sha256: str = ""


class VaultKey:
    """The raw SQLCipher key. Shows nothing of itself in a traceback."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _DEK + _CIPHER_SALT:
            raise VaultError("vault.damaged")
        self._raw = raw

    @classmethod
    def generate(cls) -> "VaultKey":
        """A new random key and salt."""
        return cls(os.urandom(_DEK + _CIPHER_SALT))

    def __repr__(self) -> str:
        return "VaultKey(hidden)"

    def begins(self, first_page: bytes) -> bool:
        """Whether a database file starts with this key's salt. SQLCipher itself does not look when
        it is given the salt."""
        return first_page[:_CIPHER_SALT] == self._raw[_DEK:]

    def pragma(self) -> str:
        """The statement that unlocks the database. Pass it on at once; never keep or log it."""
        return f"PRAGMA key = \"x'{self._raw.hex()}'\""

    def sealed_under(self, kek: bytes, nonce: bytes, aad: bytes) -> bytes:
        """The wrapped key: 64 bytes."""
        return AESGCMSIV(kek).encrypt(nonce, self._raw, aad)


def _aad(kdf: Argon2, salt: str) -> bytes:
    return FORMAT.encode() + b"\0" + codec.encode({"kdf": kdf, "salt": salt})


def _derive(passphrase: bytes, kdf: Argon2, salt: bytes) -> bytes:
    stretch = Argon2id(
        salt=salt,
        length=32,
        iterations=kdf.iterations,
        lanes=kdf.lanes,
        memory_cost=kdf.memory_kib,
    )
    try:
        return stretch.derive(passphrase)
    except MemoryError:
        raise VaultError("vault.memory", mib=kdf.memory_kib >> 10) from None


def _checksum(header: Header) -> str:
    fields = {f: getattr(header, f) for f in header.__struct_fields__ if f != "sha256"}
    return hashlib.sha256(codec.encode(fields)).hexdigest()


def wrap(key: VaultKey, passphrase: bytes, kdf: Argon2 = RECOMMENDED) -> Header:
    """Seal the vault's key under a passphrase. Raises ``vault.no_passphrase`` for an empty one."""
    if not passphrase:
        raise VaultError("vault.no_passphrase")
    salt, nonce = os.urandom(_KDF_SALT), os.urandom(_NONCE)
    kek = _derive(passphrase, kdf, salt)
    sealed = key.sealed_under(kek, nonce, _aad(kdf, salt.hex()))
    header = Header(FORMAT, kdf, salt.hex(), nonce.hex(), sealed.hex())
    return msgspec.structs.replace(header, sha256=_checksum(header))


def unwrap(header: Header, passphrase: bytes) -> VaultKey:
    """The vault's key. Raises ``vault.passphrase``, ``vault.damaged``."""
    salt, nonce, sealed = _binary(header)
    kek = _derive(passphrase, header.kdf, salt)
    try:
        return VaultKey(AESGCMSIV(kek).decrypt(nonce, sealed, _aad(header.kdf, header.salt)))
    except InvalidTag:
        raise VaultError("vault.passphrase") from None


def _binary(header: Header) -> tuple[bytes, bytes, bytes]:
    """Salt, nonce and sealed key, once every field is known to be usable."""
    kdf = header.kdf
    if not all(1 <= getattr(kdf, field) <= top for field, top in _CEILING.items()):
        raise VaultError("vault.damaged")
    if kdf.memory_kib < 8 * kdf.lanes:  # RFC 9106 3.1
        raise VaultError("vault.damaged")
    try:
        parts = [bytes.fromhex(part) for part in (header.salt, header.nonce, header.sealed)]
    except ValueError:
        raise VaultError("vault.damaged") from None
    if [len(part) for part in parts] != [_KDF_SALT, _NONCE, _DEK + _CIPHER_SALT + 16]:
        raise VaultError("vault.damaged")
    return parts[0], parts[1], parts[2]


def read(folder: Path) -> Header:
    """The header in a folder. Raises ``vault.damaged``, ``vault.version``, ``vault.files``."""
    try:
        with (folder / HEADER).open("rb") as file:
            data = file.read(_LIMIT + 1)
    except FileNotFoundError:
        raise VaultError("vault.damaged") from None
    except OSError:
        raise VaultError("vault.files") from None
    try:
        header = codec.decode(data, Header, HEADER, limit=_LIMIT)
    except TrustError:
        raise VaultError(_unreadable(data)) from None
    if header.format != FORMAT:
        raise VaultError("vault.version")
    if header.sha256 != _checksum(header):
        raise VaultError("vault.damaged")
    return header


def _unreadable(data: bytes) -> str:
    """A later version may have other fields; everything else is damage."""
    try:
        found = msgspec.json.decode(data, type=dict[str, object]).get("format")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "vault.damaged"
    family = FORMAT.partition("/")[0]
    later = isinstance(found, str) and found.startswith(family + "/") and found != FORMAT
    return "vault.version" if later else "vault.damaged"


def write(folder: Path, header: Header) -> None:
    """Replace the header as a whole. Raises ``vault.disk_full``, ``vault.files``."""
    write_file(folder / HEADER, codec.encode(header))
