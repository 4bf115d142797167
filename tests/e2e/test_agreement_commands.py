"""``agreement draft``, ``accept``, ``sign``, ``merge``, ``show``, ``check``."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk
import msgspec
import pytest
import rooms
from rooms import Room

from cleanroom.trust.agreement_rules import read_checked

Build = Callable[..., Room]
pytestmark = pytest.mark.slow


@pytest.fixture
def parties(build_room: Build) -> Room:
    """Three identities that trust each other, and what the data parties bring."""
    room = build_room(template="neutral-host", sealed=False)
    room.agreement.unlink()
    for party in rooms.DATA_PARTIES:
        described = msgspec.json.format(msgspec.json.encode(rooms.dataset(party)))
        (room.folder / f"{party}.dataset.json").write_bytes(described)
    return room


def draft(room: Room, *more: object) -> tuple[object, ...]:
    """The platform begins."""
    cards = [("--card", f"{party}={party}.card.json") for party in room.parties]
    return (
        *("agreement", "draft", "--dataset", "platform.dataset.json", "--out", "draft.json"),
        *(word for pair in cards for word in pair),
        *more,
    )


ACCEPT = ("agreement", "accept", "draft.json", "--dataset", "brand.dataset.json")


def sign(room: Room, party: str, file: str, *more: object) -> tuple[object, ...]:
    """A party signs over a file."""
    own = ("--vault", room.vault(party), "--passphrase-file", room.secret(party))
    return ("agreement", "sign", file, *own, *more)


@pytest.fixture
def proposed(parties: Room) -> Room:
    """A complete agreement that nobody has signed."""
    desk.run(parties.folder, *draft(parties))
    desk.run(parties.folder, *ACCEPT, "--out", "agreement.json")
    return parties


def test_further_analyses_are_allowed_by_name(parties: Room) -> None:
    """In order, each once, received by those who receive the first."""
    folder = parties.folder
    more = ("--analysis", "A08", "--analysis", "A02", "--analysis", "A01")
    desk.run(folder, *draft(parties, *more))
    allowed = read_checked((folder / "draft.json").read_bytes()).agreement.analyses
    assert [item.id for item in allowed] == ["A01", "A02", "A03", "A04", "A08"]
    assert {item.receivers for item in allowed} == {allowed[0].receivers}
    desk.refused(folder, "input.analysis", *draft(parties, "--analysis", "A99"))


def test_the_way_to_an_accepted_agreement(parties: Room) -> None:
    """Both sign after the first, at the same time; their copies are put together."""
    folder = parties.folder
    desk.run(folder, *draft(parties, "--title", "Spring campaign", "--days", 10))
    desk.refused(folder, "trust.agreement_draft", "agreement", "check", "draft.json")
    accepted = desk.run(folder, "--json", *ACCEPT, "--out", "agreement.json").record()
    assert accepted["state"] == "proposed"
    desk.refused(
        folder,
        "trust.first_party_signs_first",
        *sign(parties, "brand", "agreement.json", "--out", "no"),
    )
    assert not (folder / "no").exists()
    desk.run(folder, *sign(parties, "platform", "agreement.json"))
    for party in ("brand", "host"):
        desk.run(folder, *sign(parties, party, "agreement.json", "--out", f"by-{party}.json"))
    half = desk.refused(folder, "trust.agreement_unsigned", "agreement", "check", "by-brand.json")
    assert "Missing: host." in half.err
    desk.run(
        *(folder, "agreement", "merge", "by-brand.json", "by-host.json", "--out", "agreement.json")
    )
    checked = desk.run(folder, "--json", "agreement", "check", "agreement.json").record()
    assert checked["state"] == "accepted"
    assert set(checked["signed by"]) == {"platform", "brand", "host"}
    assert checked["hash"] == parties.signed.hash
    agreed = parties.signed.agreement
    assert (agreed.title, agreed.host) == ("Spring campaign", "host")


def test_show_says_it_in_both_languages(room: Room) -> None:
    english = desk.run(room.folder, "agreement", "show", room.agreement).out
    assert "Company platform" in english
    assert "a_city" in english
    chinese = desk.run(room.folder, "--language", "zh_CN", "agreement", "show", room.agreement).out
    assert "数据" in chinese
    assert "Company platform" in chinese
    lines = desk.run(room.folder, "--json", "agreement", "show", room.agreement).records()
    assert [line["message"] for line in lines] == english.splitlines()


def test_options_of_a_draft(parties: Room) -> None:
    folder = parties.folder
    (folder / "wishes.toml").write_text("k = 80\n")
    (folder / "ids.toml").write_bytes(rooms.IDENTIFIERS)
    desk.run(
        folder,
        *draft(parties, "--mode", "threshold", "--policy", "wishes.toml", "--min-isolation", 1),
        *("--identifiers", "ids.toml"),
    )
    desk.run(folder, *ACCEPT, "--out", "agreement.json")
    agreed = parties.signed.agreement
    assert (agreed.policy.mode, agreed.policy.k, agreed.min_isolation) == ("threshold", 80, 1)
    assert [identifier.kind for identifier in agreed.identifiers] == ["email"]


def test_a_draft_that_cannot_be(parties: Room) -> None:
    folder = parties.folder
    (folder / "broken.toml").write_text("k = [")
    (folder / "unknown.toml").write_text("minimum = 5")
    (folder / "weak.toml").write_text("k = 2")
    (folder / "other.json").write_text('{"party": "platform"}')
    for why, more in (
        ("input.template", ("--template", "no-such-template")),
        ("input.mode", ("--mode", "open")),
        ("input.policy", ("--policy", "broken.toml")),
        ("input.policy", ("--policy", "unknown.toml")),
        ("disclosure.policy", ("--policy", "weak.toml")),
        ("input.identifiers", ("--identifiers", "unknown.toml")),
        ("input.dataset", ("--dataset", "other.json")),
        ("trust.cards", ("--template", "platform-hosts")),
    ):
        desk.refused(folder, why, *draft(parties, *more))
    assert not (folder / "draft.json").exists()


@pytest.mark.parametrize("card", ["brand.card.json", "=brand.card.json", "brand="])
def test_a_card_is_given_for_a_party(parties: Room, card: str) -> None:
    ran = desk.run(parties.folder, *draft(parties, "--card", card), code=2)
    assert "--card" in ran.err


def test_nobody_accepts_twice_or_for_another(proposed: Room) -> None:
    again = ("agreement", "accept", "agreement.json", "--dataset", "brand.dataset.json")
    desk.refused(proposed.folder, "trust.contributed", *again)
    (proposed.folder / "stranger.json").write_text(
        (proposed.folder / "brand.dataset.json").read_text().replace('"brand"', '"stranger"')
    )
    other = ("agreement", "accept", "draft.json", "--dataset", "stranger.json")
    desk.refused(proposed.folder, "trust.unknown_party", *other)


def test_who_takes_no_part_cannot_sign(proposed: Room) -> None:
    folder = proposed.folder
    secret = proposed.secret("brand")
    desk.run(
        *(folder, "identity", "create", "Stranger", "--vault", "stranger"),
        *("--out", "stranger.card.json", "--passphrase-file", secret),
    )
    before = proposed.agreement.read_bytes()
    own = ("--vault", "stranger", "--passphrase-file", secret)
    stranger = ("agreement", "sign", "agreement.json", *own)
    ran = desk.refused(folder, "trust.card_unverified", *stranger)
    assert "platform" in ran.err
    desk.refused(folder, "trust.not_a_party", *stranger, "--accept-unverified")
    assert proposed.agreement.read_bytes() == before


def test_signing_with_a_card_that_nobody_compared(tmp_path: Path) -> None:
    """The same parties, without ``identity trust``: signing says so first."""
    for party in rooms.DATA_PARTIES:
        secret = desk.secret_file(tmp_path / f"{party}.pass", party)
        desk.run(
            *(tmp_path, "identity", "create", f"Company {party}", "--vault", f"{party}.vault"),
            *("--out", f"{party}.card.json", "--passphrase-file", secret),
        )
        dataset = msgspec.json.encode(rooms.dataset(party))
        (tmp_path / f"{party}.dataset.json").write_bytes(dataset)
    room = Room(tmp_path, "platform", rooms.DATA_PARTIES)
    desk.run(tmp_path, *draft(room, "--template", "platform-hosts"))
    desk.run(tmp_path, *ACCEPT, "--out", "agreement.json")
    first = sign(room, "platform", "agreement.json")
    assert "brand" in desk.refused(tmp_path, "trust.card_unverified", *first).err
    desk.run(tmp_path, *first, "--accept-unverified")
    assert room.signed.signed_by == ("platform",)


def test_an_agreement_of_the_past_or_future(build_room: Build) -> None:
    now = datetime.now(UTC)
    room = build_room(now=now - timedelta(days=31), sealed=False)
    desk.refused(room.folder, "trust.agreement_expired", "agreement", "check", room.agreement)


def test_an_agreement_that_has_not_begun(build_room: Build) -> None:
    room = build_room(now=datetime.now(UTC) + timedelta(days=2), sealed=False)
    desk.refused(room.folder, "trust.agreement_not_yet", "agreement", "check", room.agreement)


def test_a_changed_agreement_is_not_read(room: Room) -> None:
    data = room.agreement.read_bytes()
    for name, changed in {
        "cut": data[:-40],
        "empty": b"",
        "text": b"an agreement",
        "deep": b"[" * 100_000,
        "binary": os.urandom(2000),
    }.items():
        (room.folder / name).write_bytes(changed)
        for command in ("show", "check"):
            desk.refused(room.folder, "trust.malformed", "agreement", command, name)
    envelope = json.loads(data)
    envelope["signatures"] = envelope["signatures"][:1]
    (room.folder / "half.json").write_text(json.dumps(envelope, separators=(",", ":")))
    desk.refused(room.folder, "trust.agreement_unsigned", "agreement", "check", "half.json")


def test_copies_of_different_agreements_stay_apart(room: Room, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    second = rooms.build(other, sealed=False)
    merge = ("agreement", "merge", room.agreement, second.agreement, "--out", "merged.json")
    desk.refused(room.folder, "trust.different_agreements", *merge)
    assert not (room.folder / "merged.json").exists()
