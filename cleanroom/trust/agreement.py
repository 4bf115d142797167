"""The agreement that all parties sign: who, what for, which data, which questions, which limits.

It goes through three states: *draft* (a data party has not yet brought its dataset and policy),
*proposed* (complete, with the effective policy, being signed), *accepted* (signed by every party;
only then can a session be opened). What is signed is the canonical JSON of ``Agreement``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.catalogue import Catalogue, DatasetSpec, Identifier
from cleanroom.disclosure.policy import Policy
from cleanroom.errors import TrustError
from cleanroom.trust import codec, envelope
from cleanroom.trust.hpke import SealingKey, seal
from cleanroom.trust.identity import ContactCard
from cleanroom.trust.instants import instant as instant
from cleanroom.trust.instants import timestamp as timestamp

AGREEMENT_TYPE = "application/vnd.dcr.agreement.v1+json"
AGREEMENT_LIMIT = 4 << 20
SECRET_BYTES = 32

State = Literal["draft", "proposed", "accepted"]


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation in the agreement, by the name that everything else refers to."""

    name: str
    role: Literal["platform", "brand", "partner", "host"]
    card: ContactCard
    brings_data: bool


class AllowedAnalysis(Struct, frozen=True, forbid_unknown_fields=True):
    """An analysis that may be run, and the parties that may have its result."""

    id: str
    receivers: tuple[str, ...]


class DataProtection(Struct, frozen=True, forbid_unknown_fields=True):
    """The data-protection record: how personal information is processed, and on what basis."""

    relationship: str = ""
    legal_basis: str = ""
    categories: str = ""
    retention_until: str = ""
    assessment_number: str = ""
    contract_number: str = ""
    responsible: str = ""


class SealedSecret(Struct, frozen=True, forbid_unknown_fields=True):
    """The matching secret, sealed to one data party's card (hex)."""

    party: str
    sealed: str


class Agreement(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is agreed. Dates are ISO 8601; instants end in Z."""

    v: int
    id: str  # 32 hex digits, the same in every version
    version: int
    predecessor: str  # hash of the version before, or ""
    origin: str  # hash of the first version, where the ledger begins; "" in the first itself
    title: str
    template: str
    purposes: tuple[str, ...]
    created: str
    not_before: str
    expires: str
    time_zone: str
    currency: str
    host: str
    parties: tuple[Party, ...]  # data parties join in this order; the first is the anchor
    identifiers: tuple[Identifier, ...]  # in order of priority
    datasets: tuple[DatasetSpec, ...]
    policies: dict[str, Policy]  # what each data party asked for
    effective: Policy | None  # what follows from all of them; None while a draft
    analyses: tuple[AllowedAnalysis, ...]
    min_isolation: int
    session_hours: int
    data_protection: DataProtection
    matching_secret: tuple[SealedSecret, ...] = ()

    def party(self, name: str) -> Party:
        """A party by name. Raises ``trust.unknown_party``."""
        for party in self.parties:
            if party.name == name:
                return party
        raise TrustError("trust.unknown_party", party=name)

    @property
    def data_parties(self) -> tuple[str, ...]:
        """Names of the parties that bring data, in joining order."""
        return tuple(party.name for party in self.parties if party.brings_data)

    @property
    def policy(self) -> Policy:
        """The effective policy. Raises ``trust.agreement_draft`` while there is none."""
        if self.effective is None:
            raise TrustError("trust.agreement_draft")
        return self.effective

    def catalogue(self) -> Catalogue:
        """What questions may talk about."""
        by_party = {dataset.party: dataset for dataset in self.datasets}
        ordered = tuple(by_party[name] for name in self.data_parties if name in by_party)
        return Catalogue(self.id, self.data_parties, self.identifiers, ordered)

    def receivers(self, analysis: str) -> tuple[str, ...]:
        """Who may have the result of an analysis; nobody when it is not agreed."""
        return next((a.receivers for a in self.analyses if a.id == analysis), ())


@dataclass(frozen=True)
class SignedAgreement:
    """An agreement as it came in a file: its bytes, and whose signatures verify."""

    agreement: Agreement
    envelope: envelope.Envelope
    signed_by: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """The signed bytes."""
        return self.envelope.body

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the signed bytes: the agreement's name everywhere else."""
        return codec.sha256_hex(self.body)

    @property
    def genesis(self) -> str:
        """Where the ledger of the agreement begins: the hash of its first version."""
        return self.agreement.origin or self.hash

    @property
    def missing(self) -> tuple[str, ...]:
        """Parties that have not signed."""
        return tuple(p.name for p in self.agreement.parties if p.name not in self.signed_by)

    @property
    def state(self) -> State:
        """draft, proposed or accepted."""
        if self.agreement.effective is None:
            return "draft"
        return "proposed" if self.missing else "accepted"


def wrap(agreement: Agreement) -> SignedAgreement:
    """An agreement that nobody has signed yet."""
    return SignedAgreement(
        agreement, envelope.sign(AGREEMENT_TYPE, codec.encode(agreement), []), ()
    )


def read(data: bytes) -> SignedAgreement:
    """Parse an agreement file and see who signed it. Raises ``trust.malformed``.

    The rules of ``agreement_rules.check`` are the caller's next step.
    """
    sealed = envelope.parse(data, AGREEMENT_TYPE, "agreement", AGREEMENT_LIMIT)
    agreement = codec.decode(sealed.body, Agreement, "agreement", AGREEMENT_LIMIT)
    keys = {party.card.signing: party.name for party in agreement.parties}
    found = envelope.signers(sealed, list(keys))
    return SignedAgreement(agreement, sealed, tuple(keys[key] for key in found))


def require_in_force(signed: SignedAgreement, now: datetime) -> Agreement:
    """The agreement, if every party signed it and today lies in its dates.

    Raises ``trust.agreement_draft``, ``trust.agreement_unsigned``, ``trust.agreement_expired``,
    ``trust.agreement_not_yet``.
    """
    agreement = signed.agreement
    if signed.state == "draft":
        raise TrustError("trust.agreement_draft")
    if signed.missing:
        raise TrustError("trust.agreement_unsigned", missing=", ".join(signed.missing))
    if now >= instant(agreement.expires):
        raise TrustError("trust.agreement_expired", expires=agreement.expires)
    if now < instant(agreement.not_before):
        raise TrustError("trust.agreement_not_yet", not_before=agreement.not_before)
    return agreement


def _secret_info(agreement: Agreement, party: str) -> bytes:
    rest = msgspec.structs.replace(agreement, matching_secret=())
    return b"dcr/match/1\0" + codec.sha256_hex(codec.encode(rest)).encode() + b"\0" + party.encode()


def with_matching_secret(agreement: Agreement, secret: bytes) -> Agreement:
    """The agreement with the secret sealed to each data party's card; a neutral host gets none."""
    sealed = tuple(
        SealedSecret(
            name,
            seal(secret, agreement.party(name).card.sealing, _secret_info(agreement, name)).hex(),
        )
        for name in agreement.data_parties
    )
    return msgspec.structs.replace(agreement, matching_secret=sealed)


def open_matching_secret(agreement: Agreement, party: str, key: SealingKey) -> bytes:
    """The matching secret as sealed to ``party``. Raises ``trust.not_for_you``."""
    for item in agreement.matching_secret:
        if item.party == party:
            sealed = codec.unhex(item.sealed, "matching secret")
            secret = key.open(sealed, _secret_info(agreement, party), "matching secret")
            if len(secret) == SECRET_BYTES:
                return secret
    raise TrustError("trust.not_for_you", what="matching secret")
