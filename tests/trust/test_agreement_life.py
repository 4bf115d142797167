"""An agreement from draft to accepted, and later versions: what each step allows and refuses."""

from datetime import timedelta

import msgspec
import pytest
from trust_material import (
    MADE,
    NOW,
    dataset,
    drafted,
    party,
    proposed,
    sign_all,
    stricter,
)

from cleanroom.disclosure.catalogue import Identifier
from cleanroom.disclosure.policy import Policy, merge
from cleanroom.errors import CleanroomError, TrustError
from cleanroom.trust import agreement as agreements
from cleanroom.trust import agreement_rules, drafting, envelope
from cleanroom.trust.agreement import Agreement, SignedAgreement, open_matching_secret
from cleanroom.trust.identity import Identity
from cleanroom.trust.templates import load, names
from cleanroom.trust.versions import check_successor


def secrets_of(signed: SignedAgreement) -> set[bytes]:
    found = signed.agreement
    return {open_matching_secret(found, n, party(n).sealing) for n in found.data_parties}


def refused(code: str) -> "pytest.RaisesExc[CleanroomError]":
    return pytest.raises(CleanroomError, match=rf"\[{code.replace('.', chr(92) + '.')}\]")


# --- drafting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", names())
@pytest.mark.parametrize("mode", ["dp", "threshold"])
def test_every_template_becomes_an_accepted_agreement(template: str, mode: str) -> None:
    agreement = proposed(template, mode)
    assert agreement_rules.check(agreement).effective == merge(list(agreement.policies.values()))
    assert agreement.policy.mode == mode
    assert len(agreement.identifiers) == (1 if mode == "dp" else 3)
    signed = sign_all(agreement)
    assert signed.state == "accepted"
    assert agreement_rules.read_checked(signed.envelope.to_bytes()).missing == ()
    assert len(secrets_of(signed)) == 1


def test_a_draft_has_the_parties_of_its_template_and_no_limits_yet() -> None:
    agreement = drafted("neutral-host")
    assert [p.name for p in agreement.parties] == ["platform", "brand", "host"]
    assert agreement.data_parties == ("platform", "brand")
    assert agreement.host == "host"
    assert agreements.wrap(agreement).state == "draft"
    with refused("trust.agreement_draft"):
        _ = agreement.policy


def test_dates_are_relative_to_the_moment_of_drafting() -> None:
    agreement = drafted()
    assert agreements.instant(agreement.created) == NOW
    lasting = agreements.instant(agreement.expires) - agreements.instant(agreement.not_before)
    assert lasting == timedelta(days=load("platform-hosts").days)


def test_two_drafts_are_two_agreements() -> None:
    assert drafted().id != drafted().id


def test_options_replace_what_the_template_says() -> None:
    chosen = load("platform-hosts")
    cards = {seat.name: party(seat.name).card() for seat in chosen.parties}
    email = (Identifier("email", "email-uid2/1", "sha256"),)
    options = drafting.Options(
        language="zh_CN", identifiers=email, days=30, session_hours=2, min_isolation=3
    )
    begun = drafting.draft(
        chosen, cards, dataset("brand"), now=NOW, title="测试", host="brand", options=options
    )
    assert (begun.title, begun.host, begun.identifiers) == ("测试", "brand", email)
    assert (begun.session_hours, begun.min_isolation) == (2, 3)
    assert begun.purposes == tuple(p.zh_CN for p in chosen.purposes)
    assert [d.party for d in begun.datasets] == ["brand"]


@pytest.mark.parametrize("given", [["platform"], ["platform", "brand", "partner"], []])
def test_a_draft_needs_exactly_the_cards_of_its_template(given: list[str]) -> None:
    cards = {name: party(name).card() for name in given}
    with refused("trust.cards"):
        drafting.draft(load("platform-hosts"), cards, dataset("platform"), now=NOW)


def test_datasets_stand_in_joining_order_whoever_comes_first() -> None:
    chosen = load("three-party")
    cards = {seat.name: party(seat.name).card() for seat in chosen.parties}
    agreement = drafting.draft(chosen, cards, dataset("partner"), now=NOW)
    policy = chosen.default_policy("dp")
    for name in ("platform", "brand"):
        assert agreement.effective is None
        agreement = drafting.contribute(agreement, name, dataset(name), policy)
    assert [d.party for d in agreement.datasets] == ["platform", "brand", "partner"]


def test_a_contribution_comes_once_and_from_a_data_party() -> None:
    agreement = drafted("neutral-host")
    policy = Policy("dp")
    with refused("trust.contributed"):
        drafting.contribute(agreement, "platform", dataset("platform"), policy)
    with refused("trust.no_data_party"):
        drafting.contribute(agreement, "host", dataset("host"), policy)
    with refused("trust.no_data_party"):
        drafting.contribute(agreement, "brand", dataset("platform"), policy)
    with refused("trust.unknown_party"):
        drafting.contribute(agreement, "broker", dataset("broker"), policy)
    with refused("trust.policies_differ"):
        drafting.contribute(agreement, "brand", dataset("brand"), Policy("threshold"))


def test_the_strictest_wish_becomes_the_effective_policy() -> None:
    wish = stricter(Policy("dp"), k=80, rho_session_nano=20_000_000)
    agreement = drafting.contribute(drafted(), "brand", dataset("brand"), wish)
    assert (agreement.policy.k, agreement.policy.rho_session_nano) == (80, 20_000_000)


# --- signing -------------------------------------------------------------------------------------


def test_the_first_data_party_signs_first() -> None:
    unsigned = agreements.wrap(proposed("neutral-host"))
    for name in ("brand", "host"):
        with refused("trust.first_party_signs_first"):
            drafting.sign(unsigned, party(name))
    signed = drafting.sign(unsigned, party("platform"))
    assert signed.signed_by == ("platform",)
    assert signed.missing == ("brand", "host")
    assert signed.state == "proposed"


def test_the_secret_is_for_data_parties_only() -> None:
    signed = drafting.sign(agreements.wrap(proposed("neutral-host")), party("platform"))
    assert [s.party for s in signed.agreement.matching_secret] == ["platform", "brand"]
    assert len(secrets_of(signed)) == 1
    for name in ("host", "stranger"):
        for claimed in ("platform", "brand", "host"):
            with refused("trust.not_for_you"):
                open_matching_secret(signed.agreement, claimed, party(name).sealing)


def test_each_agreement_has_its_own_secret() -> None:
    agreement = proposed()
    both = [sign_all(agreement), sign_all(agreement)]
    assert len(secrets_of(both[0]) | secrets_of(both[1])) == 2


def test_the_first_party_refuses_a_secret_that_somebody_else_drew() -> None:
    """A host could otherwise plant a secret it knows, and break every token."""
    planted = agreements.with_matching_secret(proposed(), b"k" * 32)
    with refused("trust.first_party_signs_first"):
        drafting.sign(agreements.wrap(planted), party("platform"))


def test_nobody_signs_after_somebody_without_the_secret() -> None:
    agreement = proposed()
    bare = envelope.countersign(agreements.wrap(agreement).envelope, party("brand").signing)
    early = agreements.read(bare.to_bytes())
    assert early.signed_by == ("brand",)
    with refused("trust.first_party_signs_first"):
        drafting.sign(early, party("platform"))
    with refused("trust.agreement_rule"):
        agreement_rules.read_checked(bare.to_bytes())


def test_signing_twice_changes_nothing() -> None:
    signed = sign_all(proposed())
    for name in ("platform", "brand"):
        assert drafting.sign(signed, party(name)) is signed


def test_a_data_party_opens_its_secret_before_it_signs() -> None:
    """What is sealed for the brand is not for the brand."""
    agreement = agreements.with_matching_secret(proposed(), b"k" * 32)
    mine, _ = agreement.matching_secret
    swapped = msgspec.structs.replace(
        agreement, matching_secret=(mine, msgspec.structs.replace(mine, party="brand"))
    )
    first = envelope.countersign(agreements.wrap(swapped).envelope, party("platform").signing)
    with refused("trust.not_for_you"):
        drafting.sign(agreements.read(first.to_bytes()), party("brand"))


def test_strangers_drafts_and_changed_cards_are_not_signed() -> None:
    unsigned = agreements.wrap(proposed())
    with refused("trust.not_a_party"):
        drafting.sign(unsigned, party("stranger"))
    with refused("trust.agreement_draft"):
        drafting.sign(agreements.wrap(drafted()), party("platform"))
    me = party("platform")
    renamed = Identity("Another Ltd", MADE, me.signing, me.sealing)
    with refused("trust.card_changed"):
        drafting.sign(unsigned, renamed)


def test_a_broken_rule_is_not_signed() -> None:
    widened = msgspec.structs.replace(proposed(), effective=Policy("dp", k=49))
    with refused("trust.agreement_rule"):
        drafting.sign(agreements.wrap(widened), party("platform"))


def test_changing_anything_after_a_signature_loses_it() -> None:
    signed = sign_all(proposed())
    later = msgspec.structs.replace(signed.agreement, expires="2030-01-01T00:00:00Z")
    moved = msgspec.structs.replace(
        signed.envelope, payload=agreements.wrap(later).envelope.payload
    )
    assert agreements.read(moved.to_bytes()).signed_by == ()


# --- copies --------------------------------------------------------------------------------------


def test_copies_signed_in_parallel_become_one_file() -> None:
    first = drafting.sign(agreements.wrap(proposed("three-party")), party("platform"))
    brand = drafting.sign(first, party("brand"))
    partner = drafting.sign(first, party("partner"))
    merged = drafting.merge_files(brand, partner)
    assert merged.state == "accepted"
    assert merged == drafting.merge_files(partner, brand)
    assert drafting.merge_files(merged, first) == merged
    assert merged.hash == first.hash


def test_merging_drops_signatures_of_strangers_and_rubbish() -> None:
    signed = drafting.sign(agreements.wrap(proposed()), party("platform"))
    extra = envelope.countersign(signed.envelope, party("stranger").signing)
    named = msgspec.structs.replace(
        extra.signatures[-1],
        keyid=envelope.key_id(party("brand").card().signing),
    )
    dirty = msgspec.structs.replace(extra, signatures=(named, *extra.signatures))
    merged = drafting.merge_files(agreements.read(dirty.to_bytes()), sign_from(signed))
    assert [s.keyid for s in merged.envelope.signatures] == [
        envelope.key_id(party(name).card().signing) for name in ("platform", "brand")
    ]
    assert merged.state == "accepted"


def sign_from(signed: SignedAgreement) -> SignedAgreement:
    return drafting.sign(signed, party("brand"))


def test_copies_of_different_agreements_are_not_merged() -> None:
    agreement = proposed()
    with refused("trust.different_agreements"):
        drafting.merge_files(sign_all(agreement), sign_all(agreement))


# --- versions ------------------------------------------------------------------------------------


def tightened(signed: SignedAgreement, **fields: int) -> Agreement:
    old = signed.agreement.policies["brand"]
    return drafting.tighten(signed, "brand", stricter(old, **fields), now=NOW + timedelta(days=1))


def test_tightening_keeps_the_secret_and_names_its_predecessor() -> None:
    first = sign_all(proposed("neutral-host"))
    agreement = tightened(first, k=70)
    assert (agreement.version, agreement.predecessor) == (2, first.hash)
    assert (agreement.id, agreement.policy.k) == (first.agreement.id, 70)
    assert agreement.matching_secret == ()
    second = sign_all(agreement, first)
    assert second.state == "accepted"
    assert secrets_of(second) == secrets_of(first)
    third = sign_all(tightened(second, k=70, people_of_noise=12), second)
    assert third.agreement.version == 3
    assert secrets_of(third) == secrets_of(first)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"k": 49},
        {"people_of_noise": 9},
        {"rho_session_nano": 100_000_001},
        {"analyses_max": 201},
        {"k": 60, "rounding": 4},
        {"dominance_two_percent": 76},
    ],
)
def test_a_looser_or_equal_wish_is_refused(fields: dict[str, int]) -> None:
    with refused("trust.not_tighter"):
        tightened(sign_all(proposed()), **fields)


def test_the_mode_cannot_be_tightened_away() -> None:
    signed = sign_all(proposed())
    with refused("trust.not_tighter"):
        drafting.tighten(signed, "brand", Policy("threshold", k=90), now=NOW)


def test_only_an_accepted_agreement_is_tightened_by_a_data_party() -> None:
    wish = Policy("dp", k=90)
    with refused("trust.agreement_draft"):
        drafting.tighten(agreements.wrap(drafted()), "brand", wish, now=NOW)
    half = drafting.sign(agreements.wrap(proposed("neutral-host")), party("platform"))
    with refused("trust.agreement_unsigned"):
        drafting.tighten(half, "brand", wish, now=NOW)
    signed = sign_all(proposed("neutral-host"))
    for name, code in (("host", "trust.no_data_party"), ("broker", "trust.unknown_party")):
        with refused(code):
            drafting.tighten(signed, name, wish, now=NOW)


def test_a_later_version_is_signed_with_its_predecessor_at_hand() -> None:
    first = sign_all(proposed())
    unsigned = agreements.wrap(tightened(first, k=70))
    for before in (None, sign_all(proposed())):
        with refused("trust.predecessor"):
            drafting.sign(unsigned, party("platform"), before)


CHANGES = {
    "title": "Another",
    "host": "brand",
    "expires": "2030-01-01T00:00:00Z",
    "min_isolation": 0,
    "session_hours": 9,
    "analyses": (agreements.AllowedAnalysis("A01", ("brand",)),),
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_later_version_changes_nothing_else(field: str) -> None:
    """Each desk checks, whoever wrote the version."""
    first = sign_all(proposed())
    sly = msgspec.structs.replace(tightened(first, k=70), **{field: CHANGES[field]})
    with refused("trust.not_tighter"):
        drafting.sign(agreements.wrap(sly), party("platform"), first)


def test_a_later_version_that_loosens_is_not_signed() -> None:
    first = sign_all(proposed())
    tighter = tightened(first, k=70)
    loose = {**tighter.policies, "platform": stricter(tighter.policies["platform"], k=40)}
    sly = msgspec.structs.replace(tighter, policies=loose, effective=merge(list(loose.values())))
    with refused("trust.not_tighter"):
        check_successor(first, sly)


def test_another_secret_in_a_later_version_is_noticed() -> None:
    """The first party seals another one: persons and budgets would no longer be the same."""
    first = sign_all(proposed())
    other = agreements.with_matching_secret(tightened(first, k=70), b"z" * 32)
    signed = envelope.countersign(agreements.wrap(other).envelope, party("platform").signing)
    with refused("trust.secret_changed"):
        drafting.sign(agreements.read(signed.to_bytes()), party("brand"), first)


def test_the_secret_of_one_version_does_not_open_in_another() -> None:
    first = sign_all(proposed())
    moved = msgspec.structs.replace(
        tightened(first, k=70), matching_secret=first.agreement.matching_secret
    )
    with pytest.raises(TrustError, match=r"trust\.not_for_you"):
        open_matching_secret(moved, "brand", party("brand").sealing)
