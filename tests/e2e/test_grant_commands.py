"""Owners in other rooms: requests, grants and receipts as files, answered from other processes."""

import json
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk
import pytest
from rooms import DATA_PARTIES, OVERLAP, Room

from cleanroom.disclosure.price import Price
from cleanroom.session import granting, identities
from cleanroom.trust.grant import make_grant, read_request

pytestmark = pytest.mark.slow

Build = Callable[..., Room]
WAITING = "waiting for grants/"


def hosted(room: Room, *more: object) -> AbstractContextManager[subprocess.Popen[str]]:
    """A session whose owners in other rooms are asked by file."""
    return desk.started(room.folder, *room.session(plan=OVERLAP), *more)


def request(room: Room, owner: str = "brand") -> Path:
    """Where the host leaves the request for an owner."""
    return room.folder / "out" / "requests" / f"{owner}.request.json"


def answer(room: Room, owner: str = "brand") -> Path:
    """Where the host looks for the owner's grant."""
    return room.folder / "out" / "grants" / f"{owner}.grant.json"


def grant(room: Room, owner: str = "brand", *more: object) -> tuple[object, ...]:
    """The owner's command."""
    return ("grant", request(room, owner), *room.of(owner), "--out", answer(room, owner), *more)


def test_the_owner_grants_in_another_room(hosting: Room) -> None:
    room = hosting
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        shown = desk.run(room.folder, "--json", *grant(room, "brand", "--review")).record()
        assert shown == {
            "host": "platform",
            "package": shown["package"],
            "isolation": shown["isolation"],
            "nano-rho": 0,
            "cells": 3,
            "analyses": 1,
            "refusals before": 0,
        }
        assert not answer(room).exists()
        desk.run(room.folder, *grant(room))
        first = answer(room).read_bytes()
        desk.ended(host, read=read)
    desk.run(room.folder, "verify", "out/report", code=8)
    with room.open("brand") as vault:
        assert [given.status for given in vault.allowances.all()] == ["open"]
    # the same request again gives the same grant, and charges nothing
    answer(room).unlink()
    desk.run(room.folder, *grant(room))
    assert answer(room).read_bytes() == first
    take = ("receipt", "import", "out/receipts/brand.receipt.json", *room.of("brand"))
    spent = desk.run(room.folder, "--json", *take).record()
    assert (spent["cells"], spent["analyses"]) == (3, 1)
    assert desk.run(room.folder, "--json", *take).record() == spent
    with room.open("brand") as vault:
        assert [given.status for given in vault.allowances.all()] == ["settled"]


def test_a_neutral_host_with_a_vault_of_its_own(here: None, build_room: Build) -> None:
    """Three vaults; both owners are asked at the same time and answer in any order."""
    room = build_room(template="neutral-host")
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        for owner in reversed(DATA_PARTIES):
            desk.run(room.folder, *grant(room, owner))
        desk.ended(host, read=read)
    for owner in DATA_PARTIES:
        take = ("receipt", "import", f"out/receipts/{owner}.receipt.json", *room.of(owner))
        desk.run(room.folder, *take)
    report = json.loads((room.folder / "out" / "report" / "report.json").read_bytes())
    assert report["items"][0]["releases"][0]["status"] == "released"
    page = (room.folder / "out" / "report" / "report.en.html").read_text("utf-8")
    assert "The host is a data party" not in page
    host_card = desk.run(room.folder, "--json", "identity", "card", room.card("host")).record()
    verify = ("verify", "out/report", "--expect-fingerprint", host_card["words"])
    desk.run(room.folder, *verify)


def test_half_the_room_is_here(here: None, build_room: Build) -> None:
    """The platform's vault is in the room of a neutral host, the brand answers by file."""
    room = build_room(template="neutral-host")
    with desk.started(room.folder, *room.session("platform", plan=OVERLAP)) as host:
        read = desk.read_until(host, WAITING)
        assert not request(room, "platform").exists()
        desk.run(room.folder, *grant(room))
        desk.ended(host, read=read)
    with room.open("platform") as vault:
        assert [given.status for given in vault.allowances.all()] == ["settled"]


def test_nobody_waits_for_ever(hosting: Room) -> None:
    """And as nobody granted, nobody in the room was charged either."""
    ran = desk.refused(
        hosting.folder, "trust.no_grant", *hosting.session(plan=OVERLAP), "--wait", "0.001"
    )
    assert "brand" in ran.err
    with hosting.open("platform") as vault:
        assert vault.allowances.all() == []
    desk.run(hosting.folder, *hosting.session("brand", plan=OVERLAP))


def given(room: Room, file: Path, why: str) -> None:
    """The host takes ``file`` for the brand's grant and ends with the error ``why``."""
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        answer(room).write_bytes(file.read_bytes())
        ran = desk.ended(host, desk.exit_code(why), read=read)
    desk.explained(ran, why)
    assert not (room.folder / "out" / "report").exists()
    desk.run(room.folder, "ledger", "verify", *room.of("platform"))


def test_a_grant_of_another_run(hosting: Room) -> None:
    room = hosting
    with hosted(room) as host:
        desk.read_until(host, WAITING)
        desk.run(room.folder, *grant(room))
        kept = room.folder / "kept.json"
        answer(room).rename(kept)
        desk.stop(host)
        desk.ended(host, 130)
    given(room, kept, "trust.grant_for_another")


def test_an_old_grant_in_the_folder_is_not_the_answer(hosting: Room) -> None:
    """The host went away while the owner answered, and comes back to the same folder."""
    room = hosting
    with hosted(room) as host:
        desk.read_until(host, WAITING)
        desk.stop(host)
        desk.ended(host, 130)
    desk.run(room.folder, *grant(room))
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        desk.refused(room.folder, "budget.opening_missing", *grant(room))
        desk.run(room.folder, *grant(room, "brand", "--accept-loss"))
        desk.ended(host, read=read)
    with room.open("brand") as vault:
        assert [given.status for given in vault.allowances.all()] == ["lost", "open"]


def test_an_expired_grant(hosting: Room) -> None:
    """Its owner signed it, for this request, but for a time that is over."""
    room = hosting
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        asked, digest = read_request(request(room).read_bytes(), None)
        now = datetime.now(UTC)
        with room.open("brand") as vault:
            share = vault.secrets.get(identities.state_share_name(asked.agreement_id))
            late = make_grant(
                asked,
                digest,
                package_key=vault.secrets.get(granting.package_name(asked.package_id)),
                state_share=share,
                allowance=Price(0, 3, 1),
                now=now - timedelta(hours=2),
                expires=now - timedelta(hours=1),
                key=identities.load(vault).signing,
            )
        answer(room).write_bytes(late.to_bytes())
        ran = desk.ended(host, 4, read=read)
    desk.explained(ran, "trust.grant_expired")
    with room.open("platform") as vault:
        assert vault.allowances.all() == []  # checked before anybody in the room grants


@pytest.mark.parametrize("kind", ["cut", "signature", "card"])
def test_a_file_that_is_no_grant_of_the_owner(hosting: Room, kind: str) -> None:
    room = hosting
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        desk.run(room.folder, *grant(room, "brand", "--out", "good.json"))
        good = (room.folder / "good.json").read_bytes()
        envelope = json.loads(good)
        if kind == "signature":
            signature = envelope["signatures"][0]["sig"]
            envelope["signatures"][0]["sig"] = ("A" if signature[0] != "A" else "B") + signature[1:]
        changed = {
            "cut": good[:-7],
            "signature": json.dumps(envelope, separators=(",", ":")).encode(),
            "card": room.card("brand").read_bytes(),
        }
        answer(room).write_bytes(changed[kind])
        ran = desk.ended(host, 4, read=read)
    desk.explained(ran, "trust.signature" if kind == "signature" else "trust.malformed")


def test_a_request_is_for_one_owner_of_one_agreement(hosting: Room, tmp_path: Path) -> None:
    room = hosting
    with hosted(room) as host:
        desk.read_until(host, WAITING)
        asked = request(room).read_bytes()
        desk.stop(host)
        desk.ended(host, 130)
    out = ("--out", "none.json")
    other = ("grant", request(room), *room.of("platform"), *out)
    desk.refused(room.folder, "trust.request_for_another", *other)
    (tmp_path / "cut").write_bytes(asked[:-9])
    (tmp_path / "flipped").write_bytes(asked.replace(b'"sig":"', b'"sig":"A', 1))
    for name, why in (("cut", "trust.malformed"), ("no-file", "input.no_file")):
        desk.refused(room.folder, why, "grant", name, *room.of("brand"), *out)
    flipped = desk.run(room.folder, "grant", "flipped", *room.of("brand"), *out, code=4)
    assert "[trust." in flipped.err
    wrong = [*room.of("brand")]
    wrong[-1] = room.secret("platform")
    desk.refused(room.folder, "vault.passphrase", "grant", request(room), *wrong, *out)
    with room.open("brand") as vault:
        assert vault.allowances.all() == []
    assert not (room.folder / "none.json").exists()


def test_a_restored_vault_grants_only_after_it_was_confirmed(hosting: Room) -> None:
    room = hosting
    secret = ("--passphrase-file", room.secret("brand"))
    desk.run(room.folder, "vault", "backup", "copy", "--vault", room.vault("brand"), *secret)
    desk.run(room.folder, "vault", "restore", "copy", "--vault", "back", *secret)
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        back = ("--vault", "back", "--agreement", room.agreement, *secret)
        command = ("grant", request(room), *back, "--out", answer(room))
        desk.refused(room.folder, "budget.restored", *command)
        desk.run(room.folder, "vault", "confirm", "--vault", "back", *secret)
        desk.run(room.folder, *command)
        desk.ended(host, read=read)


def test_receipts_that_settle_nothing(hosting: Room) -> None:
    room = hosting
    with hosted(room) as host:
        read = desk.read_until(host, WAITING)
        desk.run(room.folder, *grant(room))
        desk.ended(host, read=read)
    receipts = room.folder / "out" / "receipts"
    data = (receipts / "brand.receipt.json").read_bytes()
    (receipts / "cut").write_bytes(data[:-5])
    take = ("receipt", "import")
    brand = room.of("brand")
    desk.refused(room.folder, "trust.malformed", *take, receipts / "cut", *brand)
    desk.refused(room.folder, "trust.malformed", *take, room.card("brand"), *brand)
    of_platform = receipts / "platform.receipt.json"
    desk.refused(room.folder, "budget.unknown", *take, of_platform, *brand)
    with room.open("brand") as vault:
        assert [given.status for given in vault.allowances.all()] == ["open"]
