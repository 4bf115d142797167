"""Plan and mapping files are written by hand and passed on: whatever they say, they are read or
refused with the place of what is wrong.
"""

import json
import tomllib
from pathlib import Path

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from fuzz_material import GOOD, answer
from hypothesis import strategies as st
from json_changes import changed_tree
from toml_changes import rewritten, toml

from cleanroom.prepare import mapping_file, mapping_rules
from cleanroom.prepare.mapping import Mapping
from cleanroom.session import reporting
from cleanroom.trust import agreement_rules

PLAN = """\
[[analysis]]
id = "A01"

[[analysis]]
id = "A03"
party = "platform"
column = "a_age_band"
versus = "brand"

[[analysis]]
id = "A04"
exposures = "platform"
conversions = "brand"
new_since = 2025-01-01
new_until = "2025-07-01"
while_active = true
order_kinds = ["order"]
targets_percent = [20]
"""
MAPPING = """\
dataset = "orders"
missing = ["未知"]

[people]
file = "members.csv"
encoding = "GBK"
pid = "会员"
identifiers = [{ column = "手机", kind = "phone" }]
consent = { column = "同意", accepted = ["是"] }
under_14 = { column = "年龄", below = 14 }
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
PLAN_TREE = tomllib.loads(PLAN.replace("= 2025-01-01", '= "2025-01-01"'))
MAPPING_TREE = tomllib.loads(MAPPING)
AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
FOLDER = Path("/data")


def use_plan(data: bytes) -> None:
    """Parameters are of their types, and their questions are priced."""
    for planned in reporting.load_plan(data, AGREED).lines:
        checked = msgspec.to_builtins(planned.params)
        assert msgspec.convert(checked, type(planned.params), strict=True) == planned.params


def use_mapping(data: bytes) -> None:
    """It goes to the worker as it is, and is compared with what was agreed."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    mapping = mapping_file.parse(text, FOLDER, "m.toml")
    assert msgspec.json.decode(msgspec.json.encode(mapping), type=Mapping) == mapping
    for dataset in AGREED.catalogue().datasets:
        answer(mapping_rules.check_agreed, mapping, dataset, AGREED.identifiers)


READERS = {"plan": (use_plan, PLAN, PLAN_TREE), "mapping": (use_mapping, MAPPING, MAPPING_TREE)}
settings = pytest.mark.parametrize("name", READERS)


def test_the_good_settings_are_good() -> None:
    for use, text, tree in READERS.values():
        use(text.encode())
        use(toml(tree).encode())


@settings
@fuzzed(st.data())
def test_settings_with_anything_inside(name: str, data: st.DataObject) -> None:
    """Texts with lines and bytes changed, and trees with anything changed, written out again."""
    use, text, tree = READERS[name]
    if data.draw(st.booleans()):
        spelled = rewritten(text).map(str.encode)
        spelled |= damaged(text.encode(), [PLAN.encode(), MAPPING.encode()])
        answer(use, data.draw(spelled))
    else:
        changed = changed_tree(json.dumps(tree).encode(), data)
        answer(use, toml(changed).encode("utf-8", "replace"))
