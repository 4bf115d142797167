"""What the workers check before they open anything: agreement, request, grant, by themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from engine_material import Papers, hand_grant, prepare, public
from room_material import World, shop

from cleanroom.disclosure.price import Price
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.inside import opening
from cleanroom.trust import agreement as agreements
from cleanroom.trust.grant import OpeningRequest, sign_request
from cleanroom.trust.hpke import SealingKey

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all: nothing here changes a vault."""
    made = shop(tmp_path_factory.mktemp("papers"), min_isolation=3)
    yield made
    made.close()


def papers_of(world: World, **changes: Any) -> Papers:
    """Papers of one opening, with other fields in the requests."""
    return prepare(
        world,
        change=lambda request: msgspec.structs.replace(request, **changes),
        grant=partial(hand_grant, world),
    )


def verify_all(papers: Papers, **changes: Any) -> list[opening.Granted]:
    """What the engine does with all papers."""
    given = {
        "agreement_file": papers.world.signed.envelope.to_bytes(),
        "requests": list(papers.requests.values()),
        "grants": list(papers.grants.values()),
        "now": datetime.now(UTC),
        "own_keys": (papers.sealing.public_bytes().hex(), public(papers.signing)),
    }
    return opening.verify_all(**{**given, **changes})


def refusal(act: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(CleanroomError) as caught:
        act(*arguments, **named)
    return caught.value.code


def test_honest_papers_open(world: World) -> None:
    papers = papers_of(world)
    granted = verify_all(papers)
    assert [g.request.owner for g in granted] == ["platform", "brand"]
    for one in granted:
        owner = one.request.owner
        assert len(one.package_key(papers.ingest[owner])) == 32
        assert len(one.state_share(papers.sealing)) == 32
    assert opening.allowance(granted) == Price(10**8, 10**6, 200)


def test_the_smallest_allowance_of_all_owners_counts(world: World) -> None:
    papers = papers_of(world)
    for owner, allowed in (("platform", Price(5, 70, 3)), ("brand", Price(9, 20, 8))):
        papers.grants[owner] = hand_grant(world, owner, papers.requests[owner], allowance=allowed)
    assert opening.allowance(verify_all(papers)) == Price(5, 20, 3)


# --- one owner's papers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "code"), [(-1, "trust.clock"), (7.9, ""), (8, "trust.grant_expired")]
)
def test_a_grant_has_its_time(world: World, hours: float, code: str) -> None:
    papers = papers_of(world)
    papers.grants["brand"] = hand_grant(world, "brand", papers.requests["brand"], issued=NOW)
    then = NOW.replace(microsecond=0) + timedelta(hours=hours)
    if code:
        assert refusal(papers.verified, "brand", then) == code
    else:
        papers.verified("brand", then + timedelta(minutes=1))


def test_a_request_from_the_future(world: World) -> None:
    papers = papers_of(world, created="2099-01-01T00:00:00Z")
    papers.grants["brand"] = hand_grant(world, "brand", papers.requests["brand"], issued=NOW)
    assert refusal(papers.verified, "brand") == "trust.clock"


def test_a_grant_that_somebody_else_signed(world: World) -> None:
    papers = papers_of(world)
    forged = hand_grant(world, "brand", papers.requests["brand"], signer="platform")
    papers.grants["brand"] = forged
    assert refusal(papers.verified, "brand") == "trust.signature"


def test_a_request_that_the_host_did_not_sign(world: World) -> None:
    papers = papers_of(world)
    request = papers.verified("brand").request
    papers.requests["brand"] = sign_request(request, world.identities["brand"].signing).to_bytes()
    assert refusal(papers.verified, "brand") == "trust.signature"


def test_a_grant_for_an_earlier_opening(world: World) -> None:
    """Replayed: every sandbox has keys of its own, so a grant fits one."""
    earlier, papers = papers_of(world), papers_of(world)
    papers.grants["brand"] = earlier.grants["brand"]
    assert refusal(papers.verified, "brand") == "trust.grant_for_another"


def test_a_grant_of_another_owner(world: World) -> None:
    papers = papers_of(world)
    papers.grants["brand"] = papers.grants["platform"]
    assert refusal(papers.verified, "brand") == "trust.signature"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agreement_hash": "00" * 32}, "trust.request_for_another"),
        ({"host": "brand"}, "trust.request_for_another"),
        ({"owner": "stranger"}, "trust.unknown_party"),
    ],
)
def test_requests_that_are_not_of_this_agreement(
    world: World, changes: dict[str, str], code: str
) -> None:
    papers = prepare(world, grant=partial(hand_grant, world))
    request: OpeningRequest = msgspec.structs.replace(papers.verified("brand").request, **changes)
    host = world.identities[world.host].signing
    papers.requests["brand"] = sign_request(request, host).to_bytes()
    papers.grants["brand"] = hand_grant(world, "brand", papers.requests["brand"])
    assert refusal(papers.verified, "brand") == code


def other_agreement(world: World, changes: dict[str, Any], signers: int = 2) -> bytes:
    changed = agreements.wrap(msgspec.structs.replace(world.signed.agreement, **changes))
    keys = [identity.signing for identity in world.identities.values()][:signers]
    sealed = agreements.envelope.sign(agreements.AGREEMENT_TYPE, changed.body, keys)
    return sealed.to_bytes()


@pytest.mark.parametrize(
    ("changes", "signers", "code"),
    [
        ({}, 1, "trust.agreement_unsigned"),
        (
            {"expires": "2001-01-02T00:00:00Z", "not_before": "2001-01-01T00:00:00Z"},
            2,
            "trust.agreement_expired",
        ),
        (
            {"not_before": "2097-01-01T00:00:00Z", "expires": "2098-01-01T00:00:00Z"},
            2,
            "trust.agreement_not_yet",
        ),
        ({"title": "Another"}, 2, "trust.request_for_another"),
    ],
)
def test_agreements_that_are_not_in_force_or_not_the_one(
    world: World, changes: dict[str, Any], signers: int, code: str
) -> None:
    papers = papers_of(world)
    file = other_agreement(world, changes, signers)
    one = papers.requests["brand"], papers.grants["brand"]
    assert refusal(opening.verify, file, *one, datetime.now(UTC)) == code


def test_secrets_of_the_wrong_length_are_no_secrets(world: World) -> None:
    papers = papers_of(world)
    asked = papers.requests["brand"]
    papers.grants["brand"] = hand_grant(world, "brand", asked, package_key=b"short", share=b"")
    granted = papers.verified("brand")
    assert refusal(granted.package_key, papers.ingest["brand"]) == "trust.malformed"
    assert refusal(granted.state_share, papers.sealing) == "trust.malformed"


def test_secrets_open_for_the_worker_that_asked_and_nobody_else(world: World) -> None:
    papers = papers_of(world)
    granted = papers.verified("brand")
    for stranger in (SealingKey.generate(), papers.ingest["platform"], papers.sealing):
        assert refusal(granted.package_key, stranger) == "trust.not_for_you"
    assert refusal(granted.state_share, papers.ingest["brand"]) == "trust.not_for_you"


# --- all papers together, for this very engine ---------------------------------------------------


def test_papers_for_another_engine(world: World) -> None:
    """The host starts a second engine with the same papers: its keys are others."""
    papers = papers_of(world)
    sealing, signing = papers.sealing.public_bytes().hex(), public(papers.signing)
    other = SealingKey.generate().public_bytes().hex()
    another = public(Ed25519PrivateKey.generate())
    for keys in ((other, signing), (sealing, another)):
        assert refusal(verify_all, papers, own_keys=keys) == "trust.grant_for_another"


def test_papers_of_two_sessions(world: World) -> None:
    papers = papers_of(world)
    request = msgspec.structs.replace(papers.verified("brand").request, session_id="ab" * 16)
    host = world.identities[world.host].signing
    papers.requests["brand"] = sign_request(request, host).to_bytes()
    papers.grants["brand"] = hand_grant(world, "brand", papers.requests["brand"])
    assert refusal(verify_all, papers) == "trust.grant_for_another"


@pytest.mark.parametrize("order", [[], ["platform"], ["brand", "platform"], ["platform"] * 2])
def test_every_data_party_grants_once_and_in_order(world: World, order: list[str]) -> None:
    papers = papers_of(world)
    requests = [papers.requests[owner] for owner in order]
    grants = [papers.grants[owner] for owner in order]
    given = {"requests": requests, "grants": grants}
    assert refusal(verify_all, papers, **given) == "trust.grants_missing"


def test_a_grant_too_few(world: World) -> None:
    papers = papers_of(world)
    grants = list(papers.grants.values())[:1]
    assert refusal(verify_all, papers, grants=grants) == "trust.grants_missing"


@pytest.mark.parametrize("weak", ["ingest_self_test", "engine_self_test"])
def test_the_weakest_worker_decides_the_level(world: World, weak: str) -> None:
    """The agreement asks for level 3; a worker proved only 2, and an owner granted nevertheless."""
    honest = papers_of(world).verified("brand").request
    lower = msgspec.structs.replace(getattr(honest, weak), level=2)
    papers = papers_of(world, **{weak: lower})
    assert refusal(verify_all, papers) == "sandbox.isolation"


def test_the_state_opens_with_all_shares_in_their_order(world: World) -> None:
    papers = papers_of(world)
    granted = verify_all(papers)
    key = opening.state_key(granted, papers.sealing)
    later = papers_of(world)
    assert opening.state_key(verify_all(later), later.sealing) == key  # the same in every opening
    assert opening.state_key(granted[::-1], papers.sealing) != key
    assert opening.state_key(granted[:1], papers.sealing) != key
    renamed = SimpleNamespace(
        agreement=SimpleNamespace(id="00" * 16), state_share=granted[0].state_share
    )
    assert opening.state_key([renamed, granted[1]], papers.sealing) != key  # type: ignore[list-item]
