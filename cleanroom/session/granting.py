"""The owner's desk: answer an opening request with a grant, and settle it with the receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cleanroom.disclosure.price import Price
from cleanroom.errors import BudgetError, SandboxError, TrustError
from cleanroom.session import identities, signing
from cleanroom.trust import codec, ledger
from cleanroom.trust.agreement import Agreement, SignedAgreement, require_in_force
from cleanroom.trust.grant import OpeningRequest, make_grant, read_request
from cleanroom.trust.instants import instant
from cleanroom.trust.receipt import read_receipt, settled
from cleanroom.vault.allowances import Limits
from cleanroom.vault.chain import Head
from cleanroom.vault.datasets import Period
from cleanroom.vault.grants import Charge
from cleanroom.vault.vault import Vault

_WITHOUT_PLAN_CELLS = 1000


@dataclass(frozen=True)
class Review:
    """What the owner sees before granting, all of it checked."""

    request: OpeningRequest
    request_hash: str
    agreement: Agreement
    allowance: Price
    head: Head  # of the ledger as the request shows it


def review(vault: Vault, signed: SignedAgreement, data: bytes, now: datetime) -> Review:
    """Check an opening request against agreement, own package and own memory of the ledger.

    Raises ``trust.*``, ``sandbox.isolation``, ``budget.restored``, ``budget.opening_missing``.
    """
    agreement = require_in_force(signed, now)
    signing.refuse_older(vault, agreement)
    owner = identities.party_of(agreement, identities.load(vault))
    host_key = agreement.party(agreement.host).card.signing
    request, request_hash = read_request(data, host_key)
    named = (request.agreement_id, request.agreement_hash, request.host, request.owner)
    if named != (agreement.id, signed.hash, agreement.host, owner):
        raise TrustError("trust.request_for_another")
    if now < instant(request.created):
        raise TrustError("trust.clock", issued=request.created)
    known = vault.secrets.has(package_name(request.package_id))
    if not known or vault.secrets.get(manifest_name(request.package_id)) != (
        request.manifest_sha256.encode()
    ):
        raise TrustError("trust.package_unknown")
    level = min(request.ingest_self_test.level, request.engine_self_test.level)
    if level < agreement.min_isolation:
        raise SandboxError("sandbox.isolation", level=level, needed=agreement.min_isolation)
    allowance = _allowance(request, agreement)
    return Review(request, request_hash, agreement, allowance, _head(vault, signed, request))


def _allowance(request: OpeningRequest, agreement: Agreement) -> Price:
    """The cost of the plan; without a plan what the policy allows one session."""
    if request.plan_sha256:
        return request.plan_price
    policy = agreement.policy
    nano = policy.rho_session_nano if policy.mode == "dp" else 0
    return Price(nano, _WITHOUT_PLAN_CELLS, policy.analyses_max)


def _head(vault: Vault, signed: SignedAgreement, request: OpeningRequest) -> Head:
    """The head that the request leads to, if its chain passes the one this vault remembers.

    It may begin earlier: the host does not hear when a receipt was imported.
    """
    agreement = signed.agreement
    known = vault.heads.get(agreement.id, agreement.host) or Head(0, signed.genesis)
    if vault.allowances.find(_request_hash(request)) is not None:
        return known  # the same request again: its chain was checked when it was granted
    entries = [text.encode() for text in request.entries]
    chain = ledger.verify_chain(entries, agreement.id, request.since, request.since_seq)
    seen = [request.since, *map(ledger.entry_hash, entries)]
    place = known.seq - request.since_seq
    if not 0 <= place < len(seen) or seen[place] != known.hash:
        raise TrustError("trust.fork")
    shown = [e.opened.grants.get(request.owner, "") for e in chain if e.opened is not None]
    if vault.allowances.unknown([digest for digest in shown if digest]):
        raise BudgetError("budget.restored")
    for grant in vault.allowances.open(agreement.id):
        if grant.charge.grant not in shown:
            raise BudgetError("budget.opening_missing")
    return Head(request.since_seq + len(entries), seen[-1])


def _request_hash(request: OpeningRequest) -> str:
    return codec.sha256_hex(codec.encode(request))


def package_name(package_id: str) -> str:
    """Where the vault keeps a package's key."""
    return f"package/{package_id}"


def manifest_name(package_id: str) -> str:
    """Where the vault keeps the hash of a package's manifest."""
    return f"manifest/{package_id}"


def _request_name(request_hash: str) -> str:
    return f"request/{request_hash}"


def grant(
    vault: Vault,
    signed: SignedAgreement,
    data: bytes,
    now: datetime,
    allowance: Price | None = None,
) -> bytes:
    """The grant file for a request; charged once, and the same bytes for the same request.

    Raises what ``review`` raises, and ``budget.*``.
    """
    seen = review(vault, signed, data, now)
    agreement, request = seen.agreement, seen.request
    identity = identities.load(vault)
    allowed = allowance or seen.allowance
    envelope = make_grant(
        request,
        seen.request_hash,
        package_key=vault.secrets.get(package_name(request.package_id)),
        state_share=vault.secrets.get(identities.state_share_name(agreement.id)),
        allowance=allowed,
        now=now,
        expires=now + timedelta(hours=agreement.session_hours),
        key=identity.signing,
    )
    dataset = agreement.catalogue().dataset(request.owner)
    charge = Charge(
        seen.request_hash,
        codec.sha256_hex(envelope.body),
        agreement.id,
        dataset.name,
        Period.of(dataset.start, dataset.end),
        _partners(agreement, request.owner),
        agreement.policy.mode,
        allowed,
    )
    with vault.transaction():
        file = vault.allowances.charge(charge, envelope.to_bytes(), Limits.of(agreement.policy))
        vault.secrets.put(_request_name(seen.request_hash), data)
        vault.heads.remember(agreement.id, agreement.host, seen.head)
    return file


def _partners(agreement: Agreement, owner: str) -> tuple[str, ...]:
    """Every other party that may have a result: each learns, so each is charged in full."""
    receiving = {name for item in agreement.analyses for name in item.receivers}
    others = [p.name for p in agreement.parties if p.name != owner]
    return tuple(p for p in others if p in receiving) or tuple(others)


def import_receipt(vault: Vault, signed: SignedAgreement, data: bytes) -> Price:
    """Settle a grant with its receipt; what the session spent. A second time changes nothing.

    Raises ``trust.*``, ``budget.*``.
    """
    agreement = signed.agreement
    host_key = agreement.party(agreement.host).card.signing
    receipt = read_receipt(data, host_key)
    if receipt.agreement_id != agreement.id:
        raise TrustError("trust.receipt_for_another")
    known = vault.allowances.get(receipt.request_sha256)
    if known.status == "settled":
        return known.spent
    request, _ = read_request(vault.secrets.get(_request_name(receipt.request_sha256)), host_key)
    remembered = vault.heads.get(agreement.id, agreement.host) or Head(0, signed.genesis)
    spent, head, seq = settled(
        receipt,
        request.session_key,
        known.charge.grant,
        agreement_id=agreement.id,
        since=remembered.hash,
        since_seq=remembered.seq,
    )
    with vault.transaction():
        vault.allowances.settle(receipt.request_sha256, spent, data)
        vault.heads.remember(agreement.id, agreement.host, Head(seq, head))
    return spent


def accept_loss(vault: Vault, agreement_id: str) -> int:
    """Give up waiting for receipts of an agreement: what was allowed stays spent. How many."""
    waiting = vault.allowances.open(agreement_id)
    for lost in waiting:
        vault.allowances.accept_loss(lost.charge.request)
    return len(waiting)
