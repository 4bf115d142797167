"""What a worker checks before it opens anything: agreement, request and grants, by itself.

The outside is not believed: every signature is verified here again with the keys of the agreement
that all parties signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cleanroom.disclosure.price import Price
from cleanroom.errors import SandboxError, TrustError
from cleanroom.trust import agreement_rules, codec
from cleanroom.trust.agreement import Agreement, require_in_force
from cleanroom.trust.grant import (
    STATE_SHARE_BYTES,
    Grant,
    OpeningRequest,
    check_times,
    package_key_info,
    read_grant,
    read_request,
    state_share_info,
)
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.instants import instant
from cleanroom.trust.package import KEY_BYTES, Manifest


@dataclass(frozen=True)
class Granted:
    """One owner's request and grant, verified."""

    agreement: Agreement
    agreement_hash: str
    request: OpeningRequest
    request_hash: str
    grant: Grant
    grant_hash: str

    def package_key(self, key: SealingKey) -> bytes:
        """The package key, for the ingest worker that asked. Raises ``trust.not_for_you``."""
        sealed = _unhex(self.grant.package_key)
        return _sized(key.open(sealed, package_key_info(self.request_hash), "grant"), KEY_BYTES)

    def state_share(self, key: SealingKey) -> bytes:
        """The owner's state share, for the engine. Raises ``trust.not_for_you``."""
        sealed = _unhex(self.grant.state_share)
        info = state_share_info(self.request_hash)
        return _sized(key.open(sealed, info, "grant"), STATE_SHARE_BYTES)

    def check_manifest(self, manifest: Manifest, manifest_hash: str) -> None:
        """The package is the one that was asked for and granted, made under this agreement.

        Raises ``trust.package_for_another``.
        """
        dataset = self.agreement.catalogue().dataset(self.request.owner)
        expected = (
            self.request.package_id,
            self.request.manifest_sha256,
            self.agreement.id,
            self.request.owner,
            (dataset.name, dataset.start, dataset.end),
        )
        found = (
            manifest.package_id,
            manifest_hash,
            manifest.agreement_id,
            manifest.owner,
            (manifest.dataset, manifest.start, manifest.end),
        )
        if found != expected or manifest.agreement_hash != self.agreement_hash:
            raise TrustError("trust.package_for_another")


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise TrustError("trust.malformed", what="grant") from None


def _sized(secret: bytes, size: int) -> bytes:
    if len(secret) != size:
        raise TrustError("trust.malformed", what="grant")
    return secret


def verify(agreement_file: bytes, request_file: bytes, grant_file: bytes, now: datetime) -> Granted:
    """Check one owner's papers. Raises ``trust.*``."""
    signed = agreement_rules.read_checked(agreement_file)
    agreement = require_in_force(signed, now)
    host_key = agreement.party(agreement.host).card.signing
    request, request_hash = read_request(request_file, host_key)
    named = (request.agreement_id, request.agreement_hash, request.host)
    if named != (agreement.id, signed.hash, agreement.host):
        raise TrustError("trust.request_for_another")
    if request.owner not in agreement.data_parties:
        raise TrustError("trust.unknown_party", party=request.owner)
    owner_key = agreement.party(request.owner).card.signing
    grant = read_grant(grant_file, owner_key, request, request_hash)
    check_times(grant, now)
    if now < instant(request.created):
        raise TrustError("trust.clock", issued=request.created)
    return Granted(agreement, signed.hash, request, request_hash, grant, _grant_hash(grant))


def _grant_hash(grant: Grant) -> str:
    return codec.sha256_hex(codec.encode(grant))


def verify_all(
    agreement_file: bytes,
    requests: Sequence[bytes],
    grants: Sequence[bytes],
    now: datetime,
    own_keys: tuple[str, str],
) -> list[Granted]:
    """The papers of all data parties, in their order, for this very engine.

    ``own_keys``: hex of the sealing and session keys that this engine made.
    Raises ``trust.*``, ``sandbox.isolation``.
    """
    if len(requests) != len(grants):
        raise TrustError("trust.grants_missing")
    found = [
        verify(agreement_file, request, grant, now)
        for request, grant in zip(requests, grants, strict=True)
    ]
    if not found or tuple(g.request.owner for g in found) != found[0].agreement.data_parties:
        raise TrustError("trust.grants_missing")
    if len({g.request.session_id for g in found}) != 1:
        raise TrustError("trust.grant_for_another")
    for granted in found:
        request = granted.request
        if (request.engine_key, request.session_key) != own_keys:
            raise TrustError("trust.grant_for_another")
        level = min(request.ingest_self_test.level, request.engine_self_test.level)
        if level < granted.agreement.min_isolation:
            raise SandboxError(
                "sandbox.isolation", level=level, needed=granted.agreement.min_isolation
            )
    return found


def allowance(granted: Sequence[Granted]) -> Price:
    """What every owner allows: the smallest of each."""
    allowed = [g.grant.allowance for g in granted]
    return Price(
        min(a.nano_rho for a in allowed),
        min(a.cells for a in allowed),
        min(a.analyses for a in allowed),
    )


def state_key(granted: Sequence[Granted], key: SealingKey) -> bytes:
    """HKDF over the owners' shares in agreement order: opens the sealed state of all sessions."""
    shares = b"".join(g.state_share(key) for g in granted)
    salt = granted[0].agreement.id.encode()
    return HKDF(SHA256(), 32, salt, b"state/1").derive(shares)
