"""``check`` and ``seal``: a party's own files, and what is wrong with them."""

import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import desk
import msgspec
import pytest
import rooms
from rooms import OVERLAP, Room

from cleanroom.trust import package

pytestmark = pytest.mark.slow

Build = Callable[..., Room]
COLUMNS = {"platform": ("a_age", "a_city"), "brand": ("a_member",)}


@pytest.fixture
def unsealed(build_room: Build) -> Room:
    """An accepted agreement, a CSV file and a mapping for each data party, no packages."""
    room = build_room(sealed=False)
    for party in rooms.DATA_PARTIES:
        write_mapping(room, party)
        write_people(room, party)
    return room


def write_mapping(room: Room, party: str, **replaced: str) -> None:
    """A mapping in which parts may be replaced."""
    mapping = f"""dataset = "{party} data"
[people]
file = "{party}.csv"
pid = "uid"
identifiers = [{{ column = "mail", kind = "email" }}]
"""
    mapping += "".join(f'columns.{column} = "{column[2:]}"\n' for column in COLUMNS[party])
    for before, after in replaced.items():
        assert before in mapping
        mapping = mapping.replace(before, after)
    (room.folder / f"{party}.toml").write_text(mapping, "utf-8")


def people(party: str, count: int = 0) -> list[str]:
    """The lines of a party's file: the same people as in ``rooms.rows``."""
    names = range(3000) if party == "platform" else range(1000, 3500)
    domains = [rooms.PEOPLE[party][column].domain for column in COLUMNS[party]]
    header = ",".join(["uid", "mail", *(column[2:] for column in COLUMNS[party])])
    rows = [
        ",".join([f"{party}{i}", f"canary{i}@private.example", *(d[i % len(d)] for d in domains)])
        for i in list(names)[: count or None]
    ]
    return [header, *rows]


def write_people(room: Room, party: str, lines: Sequence[str] = (), encoding: str = "") -> Path:
    """A party's file."""
    path = room.folder / f"{party}.csv"
    path.write_text("\n".join(lines or people(party)) + "\n", encoding or "utf-8")
    return path


def seal(room: Room, party: str = "platform", *more: object) -> tuple[object, ...]:
    """The command that seals a party's data."""
    return ("seal", f"{party}.toml", *room.of(party), "--out", room.package(party), *more)


def check(room: Room, *more: object) -> tuple[object, ...]:
    """The command that looks at the platform's data."""
    return ("check", "platform.toml", "--agreement", room.agreement, "--party", "platform", *more)


def nothing_sealed(room: Room) -> None:
    """No package, no half of one, and no key of one."""
    assert not room.package("platform").exists()
    assert not list(room.folder.rglob("*.part*"))
    with room.open("platform") as vault:
        assert vault.secrets.names("package/") == []
        assert vault.secrets.names("manifest/") == []


def test_from_files_to_a_report(here: None, unsealed: Room) -> None:
    room = unsealed
    for party in rooms.DATA_PARTIES:
        ran = desk.run(room.folder, "--json", *seal(room, party))
        tables = [record["table"] for record in ran.records()[1:]]
        assert tables == ["people", "ids:email"]
        assert all("stage" in record for record in desk.objects(ran.err))
        with room.package(party).open("rb") as file:
            manifest = package.read_envelope(file)[1]
        assert (manifest.owner, manifest.tables[0].rows) == (party, "2000-4999")
        assert b"canary" not in room.package(party).read_bytes()
    # the signature of another agreement's package must not be accepted because the file exists
    desk.refused(room.folder, "input.output_exists", *seal(room))
    desk.run(room.folder, *room.session("brand", plan=OVERLAP))
    page = (room.folder / "out" / "report" / "report.json").read_bytes()
    vector = msgspec.json.decode(page)["items"][0]["releases"][0]["vectors"][0]["values"]
    for value, truth in zip(vector, (1000, 500, rooms.MATCHED), strict=True):
        assert abs(value - truth) <= 5 * 3 + 2.5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_seal_reads_other_encodings(unsealed: Room, encoding: str) -> None:
    lines = [line + ("" if number else ",备注") for number, line in enumerate(people("platform"))]
    lines = [lines[0], *(f"{line},客户" for line in lines[1:])]
    write_people(unsealed, "platform", lines, encoding)
    desk.run(unsealed.folder, *seal(unsealed))


def test_check_counts_and_the_doctor_explains(unsealed: Room) -> None:
    room = unsealed
    lines = people("platform", 400)
    lines[5] = "platform4,canary at private.example,young,city 4"
    lines[6] = "platform5,,young,city 5"
    for shared in range(10, 16):  # of six people
        lines[shared] = f"platform{shared - 1},canary-shop@private.example,young,city 1"
    write_people(room, "platform", lines)
    found = desk.run(room.folder, "--json", *check(room)).record()["findings"]
    (table,), (identifier,), (kind,) = found["tables"], found["identifiers"], found["kinds"]
    assert (table["rows"], table["encoding"], table["separator"]) == (400, "utf-8", ",")
    assert (identifier["valid"], identifier["missing"]) == (398, 1)
    assert identifier["malformed"]["count"] == 1
    assert kind["hot"] == 1
    brief = desk.run(room.folder, *check(room)).out
    doctor = desk.run(room.folder, *check(room, "--doctor")).out
    assert "line 6:" not in brief
    assert "mail, line 6: c" in doctor
    assert "email-basic/1" in brief
    assert "private.example" not in doctor
    chinese = desk.run(room.folder, "--language", "zh_CN", *check(room, "--doctor")).out
    assert "标识" in chinese or "行" in chinese
    nothing_sealed(room)


def test_check_before_there_is_an_agreement(unsealed: Room) -> None:
    room = unsealed
    (room.folder / "dataset.json").write_bytes(msgspec.json.encode(rooms.dataset("platform")))
    (room.folder / "ids.toml").write_bytes(rooms.IDENTIFIERS)
    early = ("check", "platform.toml", "--dataset", "dataset.json", "--identifiers", "ids.toml")
    found = desk.run(room.folder, "--json", *early).record()["findings"]
    assert found["tables"][0]["rows"] == 3000
    assert "--agreement" in desk.run(room.folder, "check", "platform.toml", code=2).err
    other = ("check", "platform.toml", "--agreement", room.agreement, "--party")
    desk.refused(room.folder, "trust.unknown_party", *other, "stranger")
    ran = desk.run(room.folder, *other, "brand", code=3)  # sealing would be refused
    assert "describes the dataset platform data" in ran.out


def age(text: str) -> list[str]:
    """The platform's lines; one person has another age."""
    lines = people("platform", 300)
    return [*lines[:7], lines[7].replace(lines[7].split(",")[2], text), *lines[8:]]


BROKEN: dict[str, tuple[str, list[str] | bytes]] = {
    "missing column": (
        "input.missing_column",
        [line.rpartition(",")[0] for line in people("platform", 300)],
    ),
    "outside the domain": ("input.outside_domain", age("ancient")),
    "empty": ("input.empty", b""),
    "not its name": ("input.not_this_format", b"PK\3\4" + bytes(200)),
    "cut in a character": (
        "input.encoding",
        (
            "\n".join([people("platform", 300)[0], *["客,户,端,口"] * 3000]).encode("gb18030")
            + b"\x81"
        ),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_cannot_be_sealed(unsealed: Room, name: str) -> None:
    why, content = BROKEN[name]
    file = unsealed.folder / "platform.csv"
    file.write_bytes(content if isinstance(content, bytes) else "\n".join(content).encode())
    before = file.read_bytes()
    ran = desk.refused(unsealed.folder, why, *seal(unsealed))
    assert "ancient" not in ran.err  # a value is row data
    nothing_sealed(unsealed)
    assert file.read_bytes() == before


def test_mappings_that_are_none(unsealed: Room) -> None:
    room = unsealed
    desk.refused(room.folder, "input.no_file", "seal", "no.toml", *seal(room)[2:])
    for why, replaced in (
        ("input.mapping_syntax", {"[people]": "[people"}),
        ("input.no_file", {"platform.csv": "elsewhere.csv"}),
        ("input.dataset_differs", {"platform data": "other data"}),
        ("input.missing_column", {'"uid"': '"user"'}),
        ("input.unmapped_column", {'columns.a_age = "age"\n': ""}),
    ):
        write_mapping(room, "platform", **replaced)
        desk.refused(room.folder, why, *seal(room))
        nothing_sealed(room)


def test_who_may_seal(unsealed: Room, build_room: Build) -> None:
    room = unsealed
    wrong = [*seal(room)]
    wrong[wrong.index(room.secret("platform"))] = room.secret("brand")
    desk.refused(room.folder, "vault.passphrase", *wrong)
    whole = room.agreement.read_bytes()
    envelope = msgspec.json.decode(whole)
    envelope["signatures"] = envelope["signatures"][:1]
    room.agreement.write_bytes(msgspec.json.encode(envelope))
    desk.refused(room.folder, "trust.agreement_unsigned", *seal(room))
    room.agreement.write_bytes(whole)
    nothing_sealed(room)


def test_a_neutral_host_has_nothing_to_seal(build_room: Build) -> None:
    room = build_room(template="neutral-host", sealed=False)
    write_mapping(room, "platform")
    write_people(room, "platform")
    arguments = ("seal", "platform.toml", *room.of("host"), "--out", "host.crpkg")
    desk.refused(room.folder, "trust.no_data_party", *arguments)


def big_file(room: Room) -> None:
    """Enough rows to be still at work when the test comes along."""
    (header, *lines) = people("platform")
    rows = (f"{copy}{line.replace('@', f'-{copy}@')}" for copy in range(60) for line in lines)
    write_people(room, "platform", [header, *rows])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_no_room_left_while_sealing(unsealed: Room) -> None:
    """The system refuses to write more than 1 MB into any file, as a full disk would."""
    big_file(unsealed)
    limit = 1 << 20
    desk.refused(
        *(unsealed.folder, "input.disk_full", *seal(unsealed)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    nothing_sealed(unsealed)


@pytest.mark.parametrize("mark", ["] people", "] persons"])
def test_ctrl_c_while_sealing(unsealed: Room, mark: str) -> None:
    big_file(unsealed)
    with desk.started(unsealed.folder, *seal(unsealed)) as process:
        read = desk.read_until(process, mark)
        running = desk.workers(process)
        desk.stop(process)
        ran = desk.ended(process, 130, read=read)
    desk.explained(ran, "run.interrupted")
    assert len(running) == 1
    assert desk.still_running(running) == []
    nothing_sealed(unsealed)


def test_the_worker_is_killed_while_sealing(unsealed: Room) -> None:
    big_file(unsealed)
    with desk.started(unsealed.folder, *seal(unsealed)) as process:
        read = desk.read_until(process, "] people")
        (worker,) = desk.workers(process)
        subprocess.run(["kill", "-9", str(worker)], check=True)
        ran = desk.ended(process, 7, read=read)
    desk.explained(ran, "sandbox.killed")
    nothing_sealed(unsealed)


def infer(room: Room, *more: object) -> tuple[object, ...]:
    """The command that proposes a mapping, for the platform."""
    return ("infer", *more, "--party", "platform", "--name", "users", "--out", "made")


PERIOD = ("--start", "2026-01-01", "--end", "2027-01-01")


def test_what_cannot_be_inferred(unsealed: Room) -> None:
    folder = unsealed.folder
    for pair in ("people", "=platform.csv", "people="):
        assert "TABLE=FILE" in desk.run(folder, *infer(unsealed, pair, *PERIOD), code=2).err
    missing = infer(unsealed, "people=nowhere.csv", *PERIOD)
    desk.refused(folder, "input.no_file", *missing)
    backwards = ("--start", "2027-01-01", "--end", "2026-01-01")
    people = "people=platform.csv"
    desk.refused(folder, "trust.period", *infer(unsealed, people, *backwards))
    (folder / "made").write_text("mine")
    desk.refused(folder, "input.cannot_write", *infer(unsealed, people, *PERIOD))
    assert (folder / "made").read_text() == "mine"


def test_inferred_columns_become_an_agreement(unsealed: Room) -> None:
    """Rare values are somebody's: they are proposed to nobody."""
    room = unsealed
    lines = people("platform")
    lines[5] = "platform4,canary4@private.example,canary the only one,city 4"
    write_people(room, "platform", lines)
    desk.run(room.folder, *infer(room, "people=platform.csv", *PERIOD))
    written = (room.folder / "made" / "dataset.json").read_text("utf-8")
    assert "canary" not in written
    ages = msgspec.json.decode(written)["tables"]["people"]["a_age"]["domain"]
    assert set(ages) == {"young", "middle", "old", "other"}
    facts = desk.run(room.folder, "--json", "what-is", "made/dataset.json").record()
    assert facts["what"].startswith("The description")
    assert facts["next"]
