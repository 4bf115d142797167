"""What an agreement must say to be one, beyond having the right fields.

Every reader applies these rules before it believes anything: the desk that signs, the ingest
workers and the engine. They use no file, clock or network, so they also run behind the wall.
"""

import re

from cleanroom.disclosure import policy as policies
from cleanroom.errors import TrustError
from cleanroom.trust import agreement as agreements
from cleanroom.trust.agreement import Agreement, Party, SignedAgreement
from cleanroom.trust.codec import is_digest, unhex
from cleanroom.trust.dataset_rules import check_dataset, require
from cleanroom.trust.grant import MAX_ISOLATION
from cleanroom.trust.identity import check_card
from cleanroom.trust.instants import instant, is_day
from cleanroom.trust.names import is_label, is_name, is_sentence, is_token

# Recipe -> the kind of identifier it makes (PROTOCOL, "Identifiers").
RECIPES = {
    "phone-cn11/1": "phone",
    "phone-e164/1": "phone",
    "email-basic/1": "email",
    "email-uid2/1": "email",
    "imei/1": "imei",
    "oaid/1": "oaid",
    "idfa/1": "idfa",
    "device-id/1": "device",
    "wechat-unionid/1": "unionid",
    "customer-id/1": "customer",
}
TOKEN_BASES = ("plain", "sha256", "md5", "sha256-of-md5")
ANALYSES = tuple(f"A{number:02d}" for number in range(1, 19))
FIRST_ANALYSIS = "A01"  # the mandatory first release
DATA_PARTIES = (2, 5)
MAX_PURPOSES = 20
MAX_SESSION_HOURS = 168

_AGREEMENT_ID = re.compile(r"[0-9a-f]{32}")
# The form of a name of the time zone database. Whether this computer has the zone is the sealing
# desk's question: behind the wall no file can be asked.
_TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_checked(data: bytes) -> SignedAgreement:
    """Parse an agreement file, see who signed it, and apply every rule.

    Raises ``trust.malformed``, ``input.label`` and what ``check`` raises.
    """
    signed = agreements.read(data)
    check(signed.agreement)
    require(not signed.signed_by or bool(signed.agreement.matching_secret), "secret-before-signing")
    return signed


def check(agreement: Agreement) -> Agreement:
    """Every structural rule. Raises ``trust.agreement_rule`` (facts ``rule``, ``where``),
    ``trust.dp_one_kind``, ``trust.period``, ``trust.domain``, ``trust.policies_differ``,
    ``trust.malformed``, ``input.label``, ``disclosure.policy``.
    """
    _check_head(agreement)
    _check_parties(agreement)
    _check_identifiers(agreement)
    _check_datasets(agreement)
    _check_policies(agreement)
    _check_analyses(agreement)
    _check_secret(agreement)
    return agreement


def _check_head(agreement: Agreement) -> None:
    require(agreement.v == 1, "format-version")
    require(_AGREEMENT_ID.fullmatch(agreement.id) is not None, "id")
    first = agreement.version == 1
    named = (agreement.predecessor, agreement.origin)
    follows = named == ("", "") if first else all(map(is_digest, named))
    require(agreement.version >= 1 and follows, "version")
    require(is_label(agreement.title), "title")
    require(is_token(agreement.template), "template")
    require(1 <= len(agreement.purposes) <= MAX_PURPOSES, "purposes")
    require(all(text and is_sentence(text) for text in agreement.purposes), "purposes")
    instant(agreement.created)
    require(instant(agreement.not_before) < instant(agreement.expires), "dates")
    require(_TIME_ZONE.fullmatch(agreement.time_zone) is not None, "time-zone")
    require(_CURRENCY.fullmatch(agreement.currency) is not None, "currency")
    require(0 <= agreement.min_isolation <= MAX_ISOLATION, "isolation")
    require(1 <= agreement.session_hours <= MAX_SESSION_HOURS, "session-hours")
    record = agreement.data_protection
    texts = [getattr(record, field) for field in record.__struct_fields__]
    require(all(is_sentence(text) for text in texts), "data-protection")
    require(not record.retention_until or is_day(record.retention_until), "data-protection")


def _different(texts: list[str]) -> bool:
    """Whether no two are the same, also not when read without regard to case."""
    return len({text.casefold() for text in texts}) == len(texts)


def _check_parties(agreement: Agreement) -> None:
    for number, party in enumerate(agreement.parties, 1):
        require(is_name(party.name), "party-name", f"party {number}")
        check_card(party.card)
    parties = agreement.parties
    require(_different([party.name for party in parties]), "party-names-differ")
    require(_different([party.card.name for party in parties]), "organisations-differ")
    for key in ("signing_key", "sealing_key"):
        require(len({getattr(p.card, key) for p in parties}) == len(parties), "keys-differ")
    require(agreement.host in [party.name for party in parties], "host")
    for party in parties:
        _check_role(agreement, party)
    least, most = DATA_PARTIES
    require(least <= len(agreement.data_parties) <= most, "data-parties")


def _check_role(agreement: Agreement, party: Party) -> None:
    """Everybody brings data or is the host; the role "host" is for a neutral one."""
    hosts = party.name == agreement.host
    require(party.brings_data or hosts, "brings-data-or-hosts", party.name)
    require((party.role == "host") is not party.brings_data, "role", party.name)


def _check_identifiers(agreement: Agreement) -> None:
    identifiers = agreement.identifiers
    require(1 <= len(identifiers) <= len(RECIPES), "identifiers")
    for number, identifier in enumerate(identifiers, 1):
        place = f"identifier {number}"
        require(identifier.recipe in RECIPES, "recipe", place)
        require(RECIPES[identifier.recipe] == identifier.kind, "kind-of-recipe", place)
        require(identifier.token_base in TOKEN_BASES, "token-base", place)
    require(len({i.kind for i in identifiers}) == len(identifiers), "kinds-differ")


def _check_datasets(agreement: Agreement) -> None:
    """One dataset per data party at most, in joining order; whoever drafts brings the first."""
    owners = [dataset.party for dataset in agreement.datasets]
    ordered = [name for name in agreement.data_parties if name in owners]
    require(bool(owners) and owners == ordered, "dataset-owners")
    for dataset in agreement.datasets:
        check_dataset(dataset)


def _check_policies(agreement: Agreement) -> None:
    """Each wish is sound, all have one mode, and the effective policy is what follows from all.

    A dataset and a policy come together, and with the last of them the effective policy.
    """
    owners = {dataset.party for dataset in agreement.datasets}
    require(set(agreement.policies) == owners, "policy-with-dataset")
    wishes = [agreement.policies[name] for name in agreement.data_parties if name in owners]
    for wish in wishes:
        policies.check(wish)
    merged = policies.merge(wishes) if wishes else None
    if merged is not None and merged.mode == "dp" and len(agreement.identifiers) != 1:
        raise TrustError("trust.dp_one_kind")
    complete = owners == set(agreement.data_parties)
    require(agreement.effective == (merged if complete else None), "effective-policy")


def _check_analyses(agreement: Agreement) -> None:
    names = {party.name for party in agreement.parties}
    ids = [allowed.id for allowed in agreement.analyses]
    require(set(ids) <= set(ANALYSES), "analysis-known")
    require(len(set(ids)) == len(ids), "analyses-differ")
    require(FIRST_ANALYSIS in ids, "analysis-first")
    for allowed in agreement.analyses:
        receivers = allowed.receivers
        require(bool(receivers) and set(receivers) <= names, "receivers", allowed.id)
        require(len(set(receivers)) == len(receivers), "receivers", allowed.id)


def _check_secret(agreement: Agreement) -> None:
    """Nobody has the matching secret yet, or every data party and nobody else."""
    if not agreement.matching_secret:
        return
    require(agreement.effective is not None, "secret-of-a-draft")
    recipients = tuple(item.party for item in agreement.matching_secret)
    require(recipients == agreement.data_parties, "secret-for-data-parties")
    for item in agreement.matching_secret:
        unhex(item.sealed, "matching secret")
