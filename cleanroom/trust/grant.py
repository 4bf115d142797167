"""Opening: the host's request, and the owner's grant that answers it.

The request is signed by the host and names the ephemeral keys that a running, locked sandbox made.
The grant is signed by the owner: package key sealed to the ingest worker, state share sealed to the
engine, allowance in clear. Without a grant nothing opens, and a grant fits one running sandbox.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from cleanroom.disclosure.price import Price
from cleanroom.errors import TrustError
from cleanroom.trust import codec, envelope
from cleanroom.trust.hpke import seal
from cleanroom.trust.instants import instant, timestamp
from cleanroom.trust.names import check_document, is_token

REQUEST_TYPE = "application/vnd.dcr.opening-request.v1+json"
GRANT_TYPE = "application/vnd.dcr.grant.v1+json"
GRANT_LIMIT = 64 << 10
STATE_SHARE_BYTES = 32
MAX_ISOLATION = 3


class SelfTest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker proved about its isolation after locking down (see ``sandbox.wall``)."""

    provider: str
    level: int
    layers: dict[str, str]
    probes: dict[str, str]


class OpeningRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the host asks of one owner. Keys are hex of raw public keys."""

    v: int
    request_id: str
    session_id: str
    agreement_id: str
    agreement_hash: str
    host: str
    owner: str
    package_id: str
    manifest_sha256: str
    created: str
    ingest_key: str
    engine_key: str
    session_key: str
    ingest_self_test: SelfTest
    engine_self_test: SelfTest
    plan_sha256: str  # "" when no plan was given
    plan_price: Price
    refusals: int  # over all sessions since the last grant
    since: str  # head that the owner acknowledged last
    since_seq: int
    entries: tuple[str, ...]  # ledger entries after it, canonical JSON text


class Grant(Struct, frozen=True, forbid_unknown_fields=True):
    """The owner's permission for one request."""

    v: int
    request_sha256: str
    agreement_id: str
    package_id: str
    owner: str
    package_key: str  # sealed to the ingest worker, hex
    state_share: str  # sealed to the engine, hex
    allowance: Price
    issued_at: str
    expires: str


def package_key_info(request_sha256: str) -> bytes:
    """HPKE info of the package key."""
    return b"dcr/grant/package/1\0" + request_sha256.encode()


def state_share_info(request_sha256: str) -> bytes:
    """HPKE info of the state share."""
    return b"dcr/grant/state/1\0" + request_sha256.encode()


def sign_request(request: OpeningRequest, key: Ed25519PrivateKey) -> envelope.Envelope:
    """The request in the host's envelope."""
    return envelope.sign(REQUEST_TYPE, codec.encode(request), [key])


def read_request(data: bytes, host_key: bytes | None) -> tuple[OpeningRequest, str]:
    """The request and its hash; with ``host_key`` None the signature is left for later.

    Raises ``trust.malformed``, ``trust.signature``.
    """
    sealed = envelope.parse(data, REQUEST_TYPE, "opening request")
    body = sealed.body
    request = codec.decode(body, OpeningRequest, "opening request")
    if host_key is not None and not envelope.signers(sealed, [host_key]):
        raise TrustError("trust.signature", what="opening request")
    _check_request(request)
    return request, codec.sha256_hex(body)


def _check_request(request: OpeningRequest) -> None:
    drawn = (request.request_id, request.session_id, request.agreement_id, request.package_id)
    levels = (request.ingest_self_test.level, request.engine_self_test.level)
    sound = (
        request.v == 1
        and all(is_token(name) for name in drawn)
        and all(0 <= level <= MAX_ISOLATION for level in levels)
        and request.refusals >= 0
        and request.since_seq >= 0
    )
    if not sound:
        raise TrustError("trust.malformed", what="opening request")
    instant(request.created)
    check_document(request, "opening request")


def make_grant(
    request: OpeningRequest,
    request_sha256: str,
    *,
    package_key: bytes,
    state_share: bytes,
    allowance: Price,
    now: datetime,
    expires: datetime,
    key: Ed25519PrivateKey,
) -> envelope.Envelope:
    """Seal the two secrets to the request's workers and sign the grant."""
    ingest = codec.unhex(request.ingest_key, "opening request")
    engine = codec.unhex(request.engine_key, "opening request")
    grant = Grant(
        1,
        request_sha256,
        request.agreement_id,
        request.package_id,
        request.owner,
        seal(package_key, ingest, package_key_info(request_sha256)).hex(),
        seal(state_share, engine, state_share_info(request_sha256)).hex(),
        allowance,
        timestamp(now),
        timestamp(expires),
    )
    return envelope.sign(GRANT_TYPE, codec.encode(grant), [key])


def read_grant(data: bytes, owner_key: bytes, request: OpeningRequest, request_hash: str) -> Grant:
    """A grant that its owner signed for exactly this request.

    Raises ``trust.malformed``, ``trust.signature``, ``trust.grant_for_another``.
    """
    body = envelope.open_signed(data, GRANT_TYPE, owner_key, "grant", GRANT_LIMIT)
    grant = codec.decode(body, Grant, "grant", GRANT_LIMIT)
    fits = (
        grant.v == 1
        and grant.request_sha256 == request_hash
        and grant.agreement_id == request.agreement_id
        and grant.package_id == request.package_id
        and grant.owner == request.owner
    )
    if not fits:
        raise TrustError("trust.grant_for_another")
    for sealed in (grant.package_key, grant.state_share):
        codec.unhex(sealed, "grant")
    check_document(grant, "grant")
    return grant


def grant_sha256(grant: Grant) -> str:
    """The hash that the ledger keeps of a grant: of its document, whoever else signed the file."""
    return codec.sha256_hex(codec.encode(grant))


def check_times(grant: Grant, now: datetime) -> None:
    """Refuse a grant out of its time. Raises ``trust.grant_expired``, ``trust.clock``."""
    if now >= instant(grant.expires):
        raise TrustError("trust.grant_expired", expires=grant.expires)
    if now < instant(grant.issued_at):
        raise TrustError("trust.clock", issued=grant.issued_at)
