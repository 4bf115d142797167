"""``verify`` and ``what-is``."""

import shutil
from pathlib import Path
from typing import Any

import desk
import pytest
import rooms
from rooms import Room

from cleanroom.report import container

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A room after its session, with a brand that answered by file. Tests don't change it."""
    room = rooms.build(tmp_path_factory.mktemp("hosted"))
    with desk.started(room.folder, *room.session()) as host:
        read = desk.read_until(host, "waiting for grants/")
        request = room.folder / "out" / "requests" / "brand.request.json"
        answer = room.folder / "out" / "grants" / "brand.grant.json"
        desk.run(room.folder, "grant", request, *room.of("brand"), "--out", answer)
        desk.ended(host, read=read)
    return room


@pytest.fixture
def report(here: None, hosted: Room, tmp_path: Path) -> Path:
    """A copy of its report."""
    return shutil.copytree(hosted.folder / "out" / "report", tmp_path / "report")


def host_card(room: Room) -> dict[str, Any]:
    """What the host reads to others."""
    return desk.run(room.folder, "--json", "identity", "card", room.card("platform")).record()


def test_verdicts(report: Path, hosted: Room, tmp_path: Path) -> None:
    nobody = desk.run(tmp_path, "--json", "verify", report, code=8)
    assert nobody.record()["outcome"] == "unverified"
    card = host_card(hosted)
    for shown in (card["words"], card["digits"], card["fingerprint"]):
        desk.run(tmp_path, "verify", report, "--expect-fingerprint", shown)
    other = desk.run(hosted.folder, "--json", "identity", "card", hosted.card("brand")).record()
    wrong = ("--expect-fingerprint", other["fingerprint"])
    assert desk.run(tmp_path, "--json", "verify", report, *wrong, code=4).record()
    chinese = desk.run(tmp_path, "--language", "zh_CN", "verify", report, code=8)
    assert "报告" in chinese.out


def test_a_vault_vouches_for_whom_it_trusts(report: Path, hosted: Room, tmp_path: Path) -> None:
    def verify(vault: Path, secret: Path, code: int) -> None:
        own = ("--vault", vault, "--passphrase-file", secret)
        desk.run(tmp_path, "verify", report, *own, code=code)

    verify(hosted.vault("brand"), hosted.secret("brand"), 0)
    stranger = desk.secret_file(tmp_path / "pass", "stranger")
    create = ("identity", "create", "Stranger", "--vault", "s", "--passphrase-file", stranger)
    desk.run(tmp_path, *create)
    verify(tmp_path / "s", stranger, 8)
    verify(hosted.vault("brand"), stranger, 5)


def test_one_changed_byte_in_any_file(report: Path, tmp_path: Path) -> None:
    files = sorted(path for path in report.rglob("*") if path.is_file())
    assert {"report.json", "report.en.html", "report.zh.html", "manifest.json"} <= {
        path.name for path in files
    }
    for path in files:
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        path.write_bytes(changed)
        desk.run(tmp_path, "verify", report, code=4)
        path.write_bytes(whole)
    desk.run(tmp_path, "verify", report, code=8)


def test_files_that_come_or_go(report: Path, tmp_path: Path) -> None:
    (report / "extra.txt").write_text("not signed")
    ran = desk.run(tmp_path, "verify", report, code=4)
    assert "extra.txt" in ran.out
    (report / "extra.txt").unlink()
    (report / "report.zh.html").unlink()
    ran = desk.run(tmp_path, "verify", report, code=4)
    assert "report.zh.html" in ran.out


def test_a_report_as_one_file(report: Path, tmp_path: Path) -> None:
    one = tmp_path / "a.crreport"
    container.pack(report, one)
    whole = one.read_bytes()
    desk.run(tmp_path, "verify", one, code=8)
    one.write_bytes(whole[: len(whole) // 2])
    desk.run(tmp_path, "verify", one, code=4)


@pytest.mark.parametrize("what", ["nowhere", "empty", "a-file"])
def test_what_is_no_report(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("hello")
    assert desk.run(tmp_path, "verify", what, code=4).out


def test_what_every_file_is(here: None, hosted: Room, repository: Path) -> None:
    room, out = hosted, hosted.folder / "out"
    expected = {
        room.vault("brand"): "A vault",
        room.package("brand"): "A sealed package",
        room.agreement: "An agreement",
        room.card("brand"): "A contact card",
        out / "requests" / "brand.request.json": "A host's request",
        out / "grants" / "brand.grant.json": "An owner's grant",
        out / "receipts" / "brand.receipt.json": "A receipt",
        out / "report": "A signed report",
        out / "report" / "signatures.json": "The signatures",
        room.folder / "plan.toml": "A plan",
        repository / "resources/samples/scenario_a/brand/mapping.toml": "A mapping",
        repository / "resources/samples/scenario_a/brand/dataset.json": "The description",
        room.folder / "backup": "A backup",
    }
    own = ("--vault", room.vault("brand"), "--passphrase-file", room.secret("brand"))
    desk.run(room.folder, "vault", "backup", "backup", *own)
    for path, what in expected.items():
        facts = desk.run(room.folder, "--json", "what-is", path).record()
        assert facts["what"].startswith(what), path
        assert facts["next"]
        assert "problem" not in facts
    package = desk.run(room.folder, "--json", "what-is", room.package("brand")).record()
    assert (package["owner"], package["dataset"]) == ("brand", "brand data")
    assert package["rows"]["people"] == "2000-4999"
    chinese = desk.run(room.folder, "--language", "zh_CN", "what-is", room.card("brand")).out
    assert "名片" in chinese


def test_what_is_not_ours(room: Room) -> None:
    folder = room.folder
    (folder / "notes.txt").write_text("hello")
    (folder / "empty").write_bytes(b"")
    (folder / "other.json").write_text('{"payloadType": "application/json"}')
    (folder / "folder").mkdir()
    for name in ("notes.txt", "empty", "other.json", "folder"):
        desk.refused(folder, "input.unknown_file", "what-is", name)
    desk.refused(folder, "input.no_file", "what-is", "nowhere")
    cut = folder / "cut.json"
    cut.write_bytes(room.agreement.read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    half = folder / "half.crpkg"
    half.write_bytes(room.package("brand").read_bytes()[:1000])
    assert "problem" in desk.run(folder, "--json", "what-is", half).record()
    assert desk.run(folder, "--json", "what-is", cut).record()["what"].startswith("An agreement")
