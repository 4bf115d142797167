"""Mapping files: what they say, and the line of whatever is wrong."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.errors import InputError
from cleanroom.prepare import mapping_file, mapping_rules
from cleanroom.prepare.mapping import Bins, ColumnMap, IdentifierMap, Mapping
from cleanroom.tables import Type

TEXT = """\
dataset = "orders"
missing = ["未知"]

[people]
file = "members.csv"
encoding = "GBK"
pid = "会员"
identifiers = [{ column = "手机", kind = "phone" }]
columns.a_gender = { column = "性别", values = { "M" = "male", "*" = "other" } }

[people.columns.a_age]
column = "age"
bins = { edges = [18, 30.5], labels = ["a", "b", "c"] }

[[opt_out]]
file = "/elsewhere/left.csv"
column = "phone"
kind = "phone"

[conversions]
file = "orders.csv"
pid = "会员"
bad_rows = 3
columns.ts = { column = "time", formats = ["%Y/%m/%d %H:%M"] }
columns.paid = "amount"

[referrals]
file = "friends.csv"
from_pid = "who"
to_pid = "whom"
columns.ts = "time"
columns.kind = { constant = "share" }
"""


def parsed(text: str = TEXT) -> Mapping:
    return mapping_file.parse(text, Path("/data"), "m.toml")


def refused(text: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(InputError) as caught:
        parsed(text)
    assert "…]" not in caught.value.message("en")
    return caught.value.code, dict(caught.value.facts)


def test_everything_is_read() -> None:
    mapping = parsed()
    people = mapping.people
    assert people.file.path == "/data/members.csv"
    assert people.file.encoding == "gb18030"
    assert people.pid == "会员"
    assert people.identifiers == (IdentifierMap("手机", "phone"),)
    assert people.columns["a_gender"].values == {"M": "male", "*": "other"}
    assert people.columns["a_age"].bins == Bins((Decimal(18), Decimal("30.5")), ("a", "b", "c"))
    assert mapping.tables["conversions"].columns["paid"] == ColumnMap("amount")
    assert mapping.tables["conversions"].persons == {"pid": "会员"}
    assert mapping.tables["referrals"].persons == {"from_pid": "who", "to_pid": "whom"}
    assert mapping.opt_out[0].file.path == "/elsewhere/left.csv"
    assert list(mapping.files()) == [
        "/data/members.csv",
        "/data/orders.csv",
        "/data/friends.csv",
        "/elsewhere/left.csv",
    ]


def test_it_crosses_the_wire() -> None:
    mapping = parsed()
    assert msgspec.json.decode(msgspec.json.encode(mapping), type=Mapping) == mapping


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('= "amount"', '= "amount', "mapping_syntax", 25),
        ("dataset =", "datset =", "mapping_unknown", 1),
        ("bad_rows = 3", "bad_row = 3", "mapping_unknown", 23),
        ('kind = "phone" }]', 'knd = "phone" }]', "mapping_unknown", 8),
        ('column = "age"\n', 'colum = "age"\n', "mapping_unknown", 12),
        ("[conversions]", "[conversion]", "mapping_unknown", 20),
        ('file = "orders.csv"\n', "", "mapping_missing", 20),
        (', kind = "phone" }]', " }]", "mapping_missing", 8),
        ("bad_rows = 3", 'bad_rows = "3"', "mapping_value", 23),
        ('"GBK"', '"latin-1"', "mapping_value", 6),
        ('kind = "phone" }]', 'kind = "phone", given = "sha1" }]', "mapping_value", 8),
        ("[18, 30.5]", '["x", 2]', "mapping_value", 13),
        ("columns.paid", "columns.payed", "mapping_column", 25),
        ("[18, 30.5]", "[18]", "mapping_bins", 11),
        ("[18, 30.5]", "[30, 18]", "mapping_bins", 11),
        ('{ constant = "share" }', "{}", "mapping_source", 32),
        ('from_pid = "who"\n', "", "mapping_persons", 27),
        ('identifiers = [{ column = "手机", kind = "phone" }]\n', "", "mapping_identifiers", 4),
        ('column = "phone"\nkind = "phone"', 'column = "x"\nkind = "email"', "mapping_opt_out", 15),
        (
            'pid = "会员"\nid',
            'pid = "会员"\nunder_14 = { column = "x" }\nid',
            "mapping_under_14",
            8,
        ),
    ],
)
def test_faults_are_named_with_their_line(old: str, new: str, code: str, line: int) -> None:
    assert TEXT.count(old) == 1
    found, facts = refused(TEXT.replace(old, new))
    assert (found, facts["line"]) == (f"input.{code}", line)


def test_choices_are_listed() -> None:
    _, facts = refused(TEXT.replace('"GBK"', '"latin-1"'))
    assert facts["expected"] == '"utf-8" | "gb18030" | "utf-16-le" | "utf-16-be"'
    _, facts = refused(TEXT.replace("bad_rows = 3", "bad_row = 3"))
    assert "bad_rows" in str(facts["known"])


def test_a_file_that_is_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"input\.no_file"):
        mapping_file.load(tmp_path / "no.toml")
    (tmp_path / "gbk.toml").write_bytes(b'dataset = "x"\n# ' + "中".encode("gbk"))
    with pytest.raises(InputError, match=r"input\.encoding") as caught:
        mapping_file.load(tmp_path / "gbk.toml")
    assert caught.value.facts["line"] == 2


def test_a_mark_in_front_is_understood(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert mapping_file.load(tmp_path / "m.toml").people.file.path == str(tmp_path / "members.csv")


TIME = ColumnSpec(Type.DATETIME)
PHONE = Identifier("phone", "phone-cn11/1", "plain")


@pytest.mark.parametrize(
    ("name", "tables", "identifiers", "code"),
    [
        ("orders", {"conversions": {"ts": TIME}}, (PHONE,), ""),
        ("sales", {}, (PHONE,), "dataset_differs"),
        ("orders", {"exposures": {}}, (PHONE,), "unmapped_table"),
        ("orders", {"conversions": {"ts": TIME, "qty": TIME}}, (PHONE,), "unmapped_column"),
        ("orders", {"people": {"a_city": TIME}}, (PHONE,), "unmapped_column"),
        ("orders", {}, (Identifier("email", "email-basic/1", "plain"),), "unmapped_identifier"),
    ],
)
def test_what_is_agreed_has_to_be_mapped(
    name: str,
    tables: dict[str, dict[str, ColumnSpec]],
    identifiers: tuple[Identifier, ...],
    code: str,
) -> None:
    dataset = DatasetSpec("brand", name, "2024-01-01", "2025-01-01", tables)
    if not code:
        mapping_rules.check_agreed(parsed(), dataset, identifiers)
        return
    with pytest.raises(InputError, match=rf"input\.{code}"):
        mapping_rules.check_agreed(parsed(), dataset, identifiers)


def test_another_recipe_than_the_agreed_one() -> None:
    text = TEXT.replace('kind = "phone" }]', 'kind = "phone", recipe = "phone-e164/1" }]')
    dataset = DatasetSpec("brand", "orders", "2024-01-01", "2025-01-01", {})
    with pytest.raises(InputError, match=r"input\.recipe_differs"):
        mapping_rules.check_agreed(parsed(text), dataset, (PHONE,))
