"""The match doctor on scenario A and on small files where everything is wrong; mask, preview,
proposals."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealing_material import AGREEMENT, EMAIL, PID_KEY, SECRET, Desk

from cleanroom import text
from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.errors import InputError
from cleanroom.prepare import check, infer, mapping_file, preview
from cleanroom.prepare.findings import Findings, Problem
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.mask import mask
from cleanroom.prepare.terms import Terms
from cleanroom.tables import Type

KINDS = (
    Identifier("email", "email-uid2/1", "sha256"),
    Identifier("phone", "phone-e164/1", "sha256"),
    Identifier("device", "device-id/1", "sha256"),
)
PLATFORM = """
dataset = "d"
[people]
file = "platform/users.csv"
pid = "用户编号"
identifiers = [
  { column = "邮箱", kind = "email" },
  { column = "手机号", kind = "phone" },
  { column = "设备号", kind = "device" },
]
[exposures]
file = "platform/exposures.csv"
pid = "user_id"
columns.ts = "start_date"
"""
BRAND = """
dataset = "d"
[people]
file = "brand/members.csv"
pid = "会员编号"
identifiers = [
  { column = "邮箱", kind = "email" },
  { column = "电话", kind = "phone" },
  { column = "设备ID", kind = "device" },
]
[conversions]
file = "brand/orders.csv"
pid = "member_id"
columns.ts = "order_time"
columns.paid = "amount"
"""
HASHED = """
dataset = "d"
[people]
file = "brand/members_hashed.csv"
pid = "member_id"
identifiers = [
  { column = "email_sha256", kind = "email" },
  { column = "phone_sha256", kind = "phone" },
  { column = "device_sha256", kind = "device" },
]
"""


def looked(folder: Path, mapping: str, tables: dict[str, dict[str, ColumnSpec]]) -> Findings:
    dataset = DatasetSpec("p", "d", "2016-01-01", "2018-01-01", tables)
    terms = Terms(
        mapping_file.parse(mapping, folder, "m.toml"),
        AGREEMENT,
        "Asia/Shanghai",
        False,
        KINDS,
        dataset,
        SECRET,
        PID_KEY,
        doctor=True,
    )
    found = check.look(terms, lambda *_: None)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Findings) == found
    for problem in found.problems:
        said(problem)
    return found


def said(problem: Problem) -> str:
    """All sentences of a problem; each fact that they want is there."""
    return " ".join(
        text.say(f"doctor.{problem.key}.{part}", language, **problem.facts)
        for language in text.LANGUAGES
        for part in ("what", "do")
    )


@pytest.fixture(scope="module")
def scenario(shared: Path) -> tuple[Path, dict[str, Any]]:
    folder = shared / "data" / "scenario_a"
    return folder, json.loads((folder / "truth_a.json").read_text("utf-8"))["overlap"]


def test_the_platform_as_the_truth_has_it(scenario: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = scenario
    found = looked(folder, PLATFORM, {"people": {}, "exposures": {"ts": ColumnSpec(Type.DATETIME)}})
    assert found.persons.pids == found.persons.persons == truth["platform_users"]
    assert found.tables[0].rows == truth["platform_rows"]
    for kind in found.kinds:
        assert kind.distinct == truth[kind.kind]["platform_distinct"], kind.kind
    hot = {kind.kind: (kind.hot, kind.hot_rows.count) for kind in found.kinds}
    assert hot == {"email": (0, 0), "phone": (1, 12), "device": (0, 0)}
    assert (found.tables[0].encoding, found.tables[1].rows) == ("gb18030", 6589)
    lines = (folder / "platform/users.csv").read_bytes().decode("gb18030").split("\r\n")
    for example in found.kinds[1].hot_rows.examples:
        cell = lines[example.line - 1].split(",")[2]
        assert mask(cell) == example.masked
        assert "".join(c for c in cell if c.isdigit()).endswith("13800138000")
    assert [problem.key for problem in found.problems] == ["hot", "without_identifier"]


def test_the_brand_as_the_truth_has_it(scenario: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = scenario
    money = {"ts": ColumnSpec(Type.DATETIME), "paid": ColumnSpec(Type.MONEY)}
    found = looked(folder, BRAND, {"people": {}, "conversions": money})
    assert (found.persons.pids, found.tables[0].rows) == (
        truth["brand_members"],
        truth["brand_rows"],
    )
    for kind in found.kinds:
        assert kind.distinct == truth[kind.kind]["brand_distinct"], kind.kind
    assert (found.tables[1].rows, found.tables[1].sealed) == (20953, 20953)
    assert [column.unreadable.count for column in found.tables[1].columns] == [0, 0]
    assert {c.given for c in found.identifiers} == {"raw"}
    hot = {kind.kind: (kind.hot, kind.hot_rows.count) for kind in found.kinds}
    assert hot == {
        "email": (0, 0),
        "phone": (1, truth["hot_phone"]["brand_members"]),
        "device": (0, 0),
    }


def test_the_hashed_list_is_recognised(scenario: tuple[Path, dict[str, Any]]) -> None:
    folder, truth = scenario
    found = looked(folder, HASHED, {"people": {}})
    for kind in found.kinds:
        assert kind.distinct == truth[kind.kind]["brand_distinct"], kind.kind
    for column in found.identifiers:
        assert column.given == "sha256"
        assert column.hashes is not None
        assert column.hashes.sha256_hex == column.valid
        assert column.hashes.upper > 0
    assert [p.key for p in found.problems].count("enumerable") == 3


WRONG = """
[people]
file = "people.csv"
pid = "id"
identifiers = [{ column = "mail", kind = "email" }]
columns.a_band = "band"
columns.a_other = "band"
[conversions]
file = "orders.csv"
pid = "id"
columns.ts = "ts"
columns.paid = "paid"
"""


def test_everything_wrong_at_once(tmp_path: Path) -> None:
    one = Desk(
        tmp_path,
        WRONG,
        {
            "people": {
                "a_band": ColumnSpec(Type.CATEGORY, ("x",)),
                "a_gone": ColumnSpec(Type.DATE),
            },
            "conversions": {"ts": ColumnSpec(Type.DATETIME), "paid": ColumnSpec(Type.MONEY)},
            "arms": {},
        },
        identifiers=(EMAIL, Identifier("phone", "phone-cn11/1", "plain")),
        files={
            "people.csv": "id,mail,band\n"
            "1,secret.person@b.example,x\n"
            "2,not an address,secret word\n"
            ",c@d.example,x\n"
            "3,short\n"
            "4,e@f.example,\n",
            "orders.csv": "id,ts,paid\n1,2024-02-02,1.5\n1,someday,2\n7,2024-02-02,\n"
            "1,2025-02-02,1\n",
        },
    )
    found = one.look()
    keys = [problem.key for problem in found.problems]
    assert sorted(problem.key for problem in found.problems if problem.blocks) == [
        "outside_domain",
        "row_width",
        "unmapped_column",
        "unmapped_identifier",
        "unmapped_table",
        "unreadable_value",
    ]
    assert {
        *("unmapped_table", "unmapped_column", "unmapped_identifier", "row_width"),
        *("row_without_person", "outside_domain", "unreadable_value", "unknown_person"),
        *("outside_period", "malformed", "not_agreed", "without_identifier"),
    } <= set(keys)
    assert [p.blocks for p in found.problems] == sorted([p.blocks for p in found.problems])[::-1]
    everything = msgspec.json.encode(found).decode() + "".join(map(said, found.problems))
    assert "secret" not in everything
    malformed = found.identifiers[0].malformed
    assert [(e.line, e.masked) for e in malformed.examples] == [(3, "n** ** ******s")]
    outside = found.tables[0].columns[0].outside
    assert [(e.line, e.masked) for e in outside.examples] == [(3, "s***** ***d")]
    assert found.tables[0].wrong_width_lines == (5,)


def test_blank_cut_and_mixed_hashes(tmp_path: Path) -> None:
    good = [hashlib.sha256(f"a{n}@b.example".encode()).hexdigest() for n in range(6)]
    rows = [*good, hashlib.sha256(b"").hexdigest(), good[0][:40], hashlib.md5(b"x").hexdigest()]
    one = Desk(
        tmp_path,
        '[people]\nfile = "p.csv"\npid = "id"\nidentifiers = [{ column = "h", kind = "email" }]\n',
        {"people": {}},
        identifiers=(EMAIL,),
        files={"p.csv": "id,h\n" + "".join(f"{n},{h}\n" for n, h in enumerate(rows))},
    )
    found = one.look()
    keys = {problem.key for problem in found.problems}
    assert {
        "blank_hash",
        "hash_length",
        "hash_mixed",
        "enumerable",
        "malformed",
        "token_base",
    } <= keys
    column = found.identifiers[0]
    assert (column.given, column.reachable, column.valid) == ("sha256", False, 6)
    assert column.blank_hashes.examples[0].line == 8


def test_every_problem_has_its_sentences() -> None:
    for language in text.LANGUAGES:
        keys = {
            key.split(".")[1]
            for key in text.sentences(language)
            if key.startswith("doctor.") and not key.startswith("doctor.infer.")
        }
        for key in keys:
            assert text.has(f"doctor.{key}.what", language)
            assert text.has(f"doctor.{key}.do", language)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("138 0013 8000", "1** **** ***0"),
        ("john.smith@gmail.com", "j***.****h@g****.**m"),
        ("无", "*"),
        ("abc", "***"),
        ("\u200b13800138000", "<U+200B>1*********0"),
        ("a\tb cd", "a<U+0009>* *d"),
        ("", ""),
    ],
)
def test_masks(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(max_size=80))
def test_a_mask_shows_at_most_two_letters_or_digits_of_a_part(value: str) -> None:
    for part in mask(value).split("@"):
        bare = part
        for character in set(value):
            bare = bare.replace(f"<U+{ord(character):04X}>", "")
        assert sum(character.isalnum() for character in bare) <= 2


def test_a_preview_shows_no_value(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('邮箱;备注\nsecret@b.example;"a\nb"\nx@y.example;短\n'.encode("gb18030"))
    shown = preview.preview(FileSpec(str(path)), 1)
    assert (shown.encoding, shown.separator, shown.columns) == ("gb18030", ";", ("邮箱", "备注"))
    assert shown.rows == (("s****t@b.******e", "*<U+000A>*"),)


def test_a_proposal_is_a_mapping_that_checks(scenario: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = scenario
    proposal = infer.infer(FileSpec(str(folder / "platform/users.csv")), "d", "people")
    assert {one.kind: one.recipe for one in proposal.identifiers} == {
        "email": "email-uid2/1",
        "phone": "phone-e164/1",
        "device": "device-id/1",
    }
    assert proposal.columns["a_age"].domain == ("19-24", "25-34", "35-44", "45-54", "55-64", "65+")
    mapping = mapping_file.parse(proposal.mapping, folder / "platform", "draft.toml")
    dataset = DatasetSpec("p", "d", "2017-01-01", "2018-01-01", {"people": proposal.columns})
    terms = Terms(
        mapping,
        AGREEMENT,
        "UTC",
        False,
        proposal.identifiers,
        dataset,
        SECRET,
        PID_KEY,
        doctor=True,
    )
    found = check.look(terms, lambda *_: None)
    assert [problem.key for problem in found.problems if problem.blocks] == []
    for note, column in proposal.notes:
        for language in text.LANGUAGES:
            assert text.say(f"doctor.infer.{note}", language, column=column)


def test_a_proposal_for_events(scenario: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = scenario
    proposal = infer.infer(FileSpec(str(folder / "brand/orders.csv")), "d", "conversions")
    types = {name: spec.type for name, spec in proposal.columns.items()}
    assert types["ts"] is Type.DATETIME
    assert types["paid"] is Type.MONEY
    assert types["order_id"] is Type.INTEGER
    assert 'pid = "member_id"' in proposal.mapping


def test_rare_values_are_not_proposed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = ["gold"] * 50 + ["silver"] * 20 + ["Anna Somebody"] * 3
    path.write_text("id,level,note\n" + "".join(f"{n},{r},x\n" for n, r in enumerate(rows)))
    proposal = infer.infer(FileSpec(str(path)), "d", "people")
    assert proposal.columns["a_level"].domain == ("gold", "silver", "other")
    assert "Anna" not in proposal.mapping + str(proposal.columns)
    assert ("rest", "level") in proposal.notes
    assert ("no_person", "") not in proposal.notes


def test_the_doctor_stops_only_where_nothing_can_be_read(tmp_path: Path) -> None:
    one = Desk(tmp_path, WRONG, {"people": {}}, files={"people.csv": "id,mail,bond\n1,x,y\n"})
    with pytest.raises(InputError, match=r"input\.no_file"):
        one.look()
    one.files = {"people.csv": "id,male\n1,x\n", "orders.csv": "id,ts,paid\n"}
    with pytest.raises(InputError, match=r"input\.missing_column"):
        one.look()
