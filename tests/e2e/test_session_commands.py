"""``session run`` with everybody in one room, ``session list``, ``ledger show`` and ``verify``."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import desk
import pytest
import rooms
from rooms import OVERLAP, PLAN, PROFILE, Room

from cleanroom.errors import TrustError

pytestmark = pytest.mark.slow

Build = Callable[..., Room]


def untouched(room: Room) -> None:
    """No owner was charged, nothing was opened, and nothing was written."""
    for party in rooms.DATA_PARTIES:
        with room.open(party) as vault:
            assert vault.allowances.all() == []
    ledger = desk.run(room.folder, *verify_ledger(room), code=None)
    assert ledger.code == 0 or "vault.no_ledger" in ledger.err
    assert not list((room.folder / "out").rglob("*.*"))


def verify_ledger(room: Room) -> tuple[object, ...]:
    """The command that checks the host's ledger."""
    return ("ledger", "verify", *room.of(room.host))


def test_a_session_from_packages_to_report(hosting: Room) -> None:
    room = hosting
    ran = desk.run(room.folder, "--json", *room.session("brand"))
    done = ran.record()
    assert Path(done["report"]).is_dir()
    assert len(done["receipts"]) == 2
    stages = [record["stage"] for record in desk.objects(ran.err)]
    assert stages[0] == "start"
    assert {"grants", "match", "ask", "report"} <= set(stages)
    assert all(record["seconds"] >= 0 for record in desk.objects(ran.err))

    report = json.loads((room.folder / "out" / "report" / "report.json").read_bytes())
    overlap, profile = report["items"]
    (release,) = overlap["releases"]
    assert release["status"] == "released"
    alone_a, alone_b, both = release["vectors"][0]["values"]
    for value, people in ((alone_a, 1000), (alone_b, 500), (both, rooms.MATCHED)):
        assert abs(value - people) <= 5 * 3 + 2.5
    assert all(release["status"] == "released" for release in profile["releases"])

    for party in rooms.DATA_PARTIES:
        with room.open(party) as vault:
            assert [grant.status for grant in vault.allowances.all()] == ["settled"]
    (session,) = desk.run(room.folder, "--json", "session", "list", *room.of("platform")).records()
    assert (session["ended"], session["nano-rho"]) == ("done", 0)
    shown = desk.run(room.folder, "--json", "ledger", "show", *room.of("platform")).records()
    whats = [entry["what"] for entry in shown]
    assert whats[0].startswith("opened at isolation level")
    assert whats[1:] == ["A01 released", *["A03 released"] * (len(whats) - 3), "closed (done)"]
    assert [entry["no"] for entry in shown] == list(range(1, len(shown) + 1))
    verified = desk.run(room.folder, "--json", *verify_ledger(room)).record()
    assert verified["entries"] == len(shown)
    assert "ledger is intact" in desk.run(room.folder, *verify_ledger(room)).out


def test_asking_again_is_free_and_gives_the_same(hosting: Room) -> None:
    room = hosting
    desk.run(room.folder, "--quiet", *room.session("brand"))
    second = desk.run(room.folder, "--quiet", *room.session("brand", out="second"))
    assert second.err == ""
    spent = desk.run(room.folder, "--json", "session", "list", *room.of("platform")).records()
    assert [session["cells"] > 0 for session in spent] == [True, False]
    first, again = (
        json.loads((room.folder / out / "report" / "report.json").read_bytes())["items"]
        for out in ("out", "second")
    )
    assert [[release["vectors"] for release in item["releases"]] for item in first] == [
        [release["vectors"] for release in item["releases"]] for item in again
    ]


def test_privacy_budget_is_charged_in_the_other_mode(here: None, build_room: Build) -> None:
    room = build_room(mode="dp")
    desk.run(room.folder, *room.session("brand", plan=OVERLAP))
    (session,) = desk.run(room.folder, "--json", "session", "list", *room.of("platform")).records()
    assert session["nano-rho"] == 10_000_000  # 1 / s^2 with 10 people of noise
    with room.open("brand") as vault:
        (grant,) = vault.allowances.all()
    assert grant.spent.nano_rho == 10_000_000


def test_a_question_over_the_cell_budget_is_shown_as_refused(hosting: Room) -> None:
    """60 cities in two groups are 122 cells; 2000 matched people allow 40."""
    room = hosting
    plan = OVERLAP + PROFILE.format(column="a_city") + PROFILE.format(column="a_age")
    desk.run(room.folder, *room.session("brand", plan=plan))
    report = json.loads((room.folder / "out" / "report" / "report.json").read_bytes())
    outcomes = [
        {(release["status"], release["reason"]) for release in item["releases"]}
        for item in report["items"]
    ]
    assert outcomes == [{("released", "")}, {("refused", "cells")}, {("released", "")}]
    page = (room.folder / "out" / "report" / "report.en.html").read_text("utf-8")
    assert "asks for more cells than the matched people allow" in page
    desk.run(room.folder, "verify", "out/report", code=8)


def test_what_was_released_before_the_engine_closed_is_reported(tmp_path: Path) -> None:
    """One refusal is agreed: the next question after it ends the session, in order."""
    room = rooms.build(tmp_path, policy="answer_quantum_ms = 0\nmin_match = 0\nrefusals_max = 1\n")
    plan = OVERLAP + PROFILE.format(column="a_city") + PROFILE.format(column="a_age")
    ran = desk.run(room.folder, *room.session("brand", plan=plan), code=7)
    assert "[sandbox.session_ended]" in ran.err
    report = json.loads((room.folder / "out" / "report" / "report.json").read_bytes())
    outcomes = [[release["status"] for release in item["releases"]] for item in report["items"]]
    assert outcomes == [["released"], ["refused"]]
    desk.run(room.folder, "verify", "out/report", code=8)


def test_a_plan_that_is_none(room: Room) -> None:
    for plan, why in (
        ("[[analysis", "input.plan"),
        ("", "input.plan"),
        ('[[analysis]]\nid = "A99"\n', "input.plan_analysis"),
        (PROFILE.format(column="a_age").replace("column", "colour"), "input.plan_parameter"),
        (PROFILE.format(column="a_shoe"), "disclosure.parameter"),
    ):
        desk.refused(room.folder, why, *room.session("brand", plan=plan))
    missing = [*room.session("brand")]
    missing[missing.index("--plan") + 1] = room.folder / "no-plan.toml"
    desk.refused(room.folder, "input.no_file", *missing)
    untouched(room)


def test_what_is_there_is_not_overwritten(room: Room) -> None:
    report = room.folder / "out" / "report"
    report.mkdir(parents=True)
    desk.refused(room.folder, "input.report_exists", *room.session("brand"))
    (report / "mine.txt").write_text("mine")
    desk.refused(room.folder, "input.report_exists", *room.session("brand"))
    assert (report / "mine.txt").read_text() == "mine"
    (room.folder / "a-file").write_text("mine")
    desk.refused(room.folder, "input.cannot_write", *room.session("brand", out="a-file"))
    (report / "mine.txt").unlink()
    untouched(room)


def test_passphrases_are_tried_before_anything_starts(room: Room) -> None:
    right = [*room.session("brand")]
    brand = f"brand={room.secret('brand')}"
    wrong = desk.secret_file(room.folder / "wrong", "somebody else")
    for there, instead in ((brand, f"brand={wrong}"), (room.secret("platform"), wrong)):
        arguments = [*right]
        arguments[arguments.index(there)] = instead
        ran = desk.refused(room.folder, "vault.passphrase", *arguments)
        assert "start" not in ran.err
    untouched(room)


def test_vaults_in_the_room_belong_to_their_parties(room: Room) -> None:
    run = room.session("brand")
    platform = room.vault("platform")
    other = ("--vault-of", f"stranger={platform}", "--passphrase-file", room.secret("platform"))
    desk.refused(room.folder, "trust.unknown_party", *run, *other)
    assert "--vault-of" in desk.run(room.folder, *run, "--vault-of", platform, code=2).err
    brand_for_itself = [*room.session("brand")]
    brand_for_itself[3] = room.vault("brand")
    brand_for_itself[brand_for_itself.index(room.secret("platform"))] = room.secret("brand")
    desk.refused(room.folder, "trust.not_the_host", *brand_for_itself)
    untouched(room)


def with_package(room: Room, party: str, path: Path | str) -> list[object]:
    """``session run`` with another file in the place of a party's package."""
    arguments = [*room.session("brand")]
    arguments[arguments.index(room.package(party))] = path
    return arguments


def test_packages_that_are_not_what_they_should_be(room: Room, tmp_path: Path) -> None:
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = rooms.build(other_folder)
    data = room.package("brand").read_bytes()
    (tmp_path / "rows.crpkg").write_text("email\nsomebody\n")
    (tmp_path / "empty.crpkg").write_bytes(b"")
    (tmp_path / "cut.crpkg").write_bytes(data[:-1])
    (tmp_path / "half.crpkg").write_bytes(data[: len(data) // 2])
    (tmp_path / "long.crpkg").write_bytes(data + b"\0")
    for path, why in (
        (tmp_path / "rows.crpkg", "trust.not_a_package"),
        (tmp_path / "empty.crpkg", "trust.not_a_package"),
        (tmp_path / "cut.crpkg", "trust.package_truncated"),
        (tmp_path / "half.crpkg", "trust.package_truncated"),
        (tmp_path / "long.crpkg", "trust.package_truncated"),
        (tmp_path / "nowhere.crpkg", "trust.package_missing"),
        (other.package("brand"), "trust.signature"),  # of a brand with other keys
        (room.package("platform"), "trust.package_for_another"),  # the same package twice
    ):
        desk.refused(room.folder, why, *with_package(room, "brand", path))
    untouched(room)


def test_a_flipped_bit_anywhere_but_in_the_rows(room: Room, tmp_path: Path) -> None:
    data = room.package("brand").read_bytes()
    body = int.from_bytes(data[-16:-8], "big")  # of the trailer: the signed manifest
    for place in (0, -1, -10, -100, -16 - body // 2, -16 - body + 1):
        flipped = bytearray(data)
        flipped[place] ^= 1
        (tmp_path / "flipped.crpkg").write_bytes(flipped)
        ran = desk.run(
            *(room.folder, *with_package(room, "brand", tmp_path / "flipped.crpkg")),
            code=TrustError.exit_code,
        )
        assert "start" not in ran.err
    untouched(room)


def test_a_package_of_the_version_before(room: Room, build_room: Build) -> None:
    """The same parties and keys, but another agreement."""
    old = room.folder / "old"
    old.mkdir()
    for party in rooms.DATA_PARTIES:
        room.package(party).rename(old / room.package(party).name)
    again = rooms.agree(room)
    rooms.seal(again, "platform")
    before = with_package(again, "brand", old / "brand.crpkg")
    desk.refused(room.folder, "trust.package_for_another", *before)
    untouched(room)


def test_a_flipped_bit_among_the_rows(hosting: Room, tmp_path: Path) -> None:
    """Only the worker can see it, and by then owners have granted: that opening is lost."""
    room = hosting
    data = bytearray(room.package("brand").read_bytes())
    data[100] ^= 1
    broken = tmp_path / "flipped.crpkg"
    broken.write_bytes(data)
    desk.refused(room.folder, "trust.package_damaged", *with_package(room, "brand", broken))
    assert not (room.folder / "out" / "report").exists()
    desk.run(room.folder, *verify_ledger(room))
    desk.refused(room.folder, "budget.opening_missing", *room.session("brand"))
    desk.run(room.folder, *room.session("brand"), "--accept-loss")
    with room.open("brand") as vault:
        assert [grant.status for grant in vault.allowances.all()] == ["lost", "settled"]


def test_a_key_that_its_owner_does_not_have(hosting: Room, tmp_path: Path) -> None:
    """A package with the owner's signature whose key is in another vault."""
    room = hosting
    with room.open("brand") as vault:
        for name in vault.secrets.names():
            if name.startswith("package/"):
                vault.secrets.delete(name)
    desk.refused(room.folder, "trust.package_unknown", *room.session("brand"))
    desk.run(room.folder, *verify_ledger(room))


def test_a_ledger_that_was_put_back(hosting: Room) -> None:
    """An older copy of the host's vault agrees with itself, but the brand remembers more."""
    room = hosting
    vault = room.vault("platform")
    shutil.copytree(vault, room.folder / "older")
    desk.run(room.folder, *room.session("brand", plan=OVERLAP))
    shutil.rmtree(vault)
    (room.folder / "older").rename(vault)
    desk.refused(room.folder, "trust.fork", *room.session("brand", out="second"))
    with room.open("platform") as opened:
        assert opened.allowances.all() == []  # not charged for what the brand refused


def test_a_plan_over_the_budget(here: None, build_room: Build) -> None:
    """3 people of noise cost 1/9; one session may spend 0.1."""
    room = build_room(mode="dp", policy="people_of_noise = 3\n")
    ran = desk.refused(room.folder, "disclosure.budget", *room.session("brand", plan=OVERLAP))
    assert "one session, 0.1." in ran.err
    assert "] start" not in ran.err
    untouched(room)


def test_agreements_under_which_nothing_opens(room: Room, build_room: Build) -> None:
    envelope = json.loads(room.agreement.read_bytes())
    envelope["signatures"] = envelope["signatures"][:1]
    whole = room.agreement.read_bytes()
    room.agreement.write_text(json.dumps(envelope, separators=(",", ":")))
    desk.refused(room.folder, "trust.agreement_unsigned", *room.session("brand"))
    room.agreement.write_bytes(whole[:-9])
    desk.refused(room.folder, "trust.malformed", *room.session("brand"))
    room.agreement.write_bytes(whole)
    untouched(room)


def test_an_agreement_that_has_ended(build_room: Build) -> None:
    room = build_room(now=datetime.now(UTC) - timedelta(days=31))
    desk.refused(room.folder, "trust.agreement_expired", *room.session("brand"))
    untouched(room)


def test_a_ledger_begins_with_a_session(room: Room) -> None:
    for command in ("list", "show"):
        group = "session" if command == "list" else "ledger"
        desk.refused(room.folder, "vault.no_ledger", group, command, *room.of("platform"))
    desk.refused(room.folder, "vault.no_ledger", *verify_ledger(room))


def test_a_ledger_that_lost_an_answer(hosting: Room) -> None:
    room = hosting
    desk.run(room.folder, *room.session("brand", plan=OVERLAP))
    blob = min((room.vault("platform") / "blobs").iterdir())  # the answer, or who was there
    kept = blob.read_bytes()
    blob.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    desk.refused(room.folder, "vault.blob_damaged", *verify_ledger(room))
    blob.unlink()
    desk.refused(room.folder, "vault.blob_missing", *verify_ledger(room))
    desk.refused(room.folder, "vault.blob_missing", *room.session("brand", out="second"))
    assert PLAN.startswith(OVERLAP)
