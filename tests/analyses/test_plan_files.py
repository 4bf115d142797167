"""Plan files: what they may hold, and errors that name the place."""

import pytest

from cleanroom.analyses.plan import ENTRIES_MOST, load
from cleanroom.analyses.registry import ANALYSES
from cleanroom.errors import InputError

GOOD = """
# three analyses
[[analysis]]
id = "A01"

[[analysis]]
id = "A03"
party = "platform"
column = "a_age"
versus = "brand"

[[analysis]]
id = "A04"
exposures = "platform"
conversions = "brand"
new_since = 2025-01-01
new_until = "2025-07-01"
while_active = true
order_kinds = ["pay"]
targets_percent = [20]
"""


def test_a_plan_is_read_in_order() -> None:
    plan = load(GOOD.encode())
    assert [one.analysis.id for one in plan] == ["A01", "A03", "A04"]
    last = plan[2].params
    assert last == ANALYSES["A04"].params(  # type: ignore[call-arg]
        "platform",
        "brand",
        "2025-01-01",
        "2025-07-01",
        while_active=True,
        order_kinds=("pay",),
        targets_percent=(20,),
    )


def test_a_byte_order_mark_does_not_matter() -> None:
    assert len(load(b"\xef\xbb\xbf" + GOOD.encode())) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"analysis = 3",
        b"analysis = []",
        b"analysis = ['A01']",
        b"[[analysis]\nid = 'A01'",
        b"\xff\xfe\x00",
        b"title = 'x'\n[[analysis]]\nid = 'A01'",
        b"[[analysis]]\nid = 'A01'\n" * (ENTRIES_MOST + 1),
        b"# " + b"x" * (1 << 20) + b"\n[[analysis]]\nid = 'A01'",
    ],
)
def test_not_a_plan(content: bytes) -> None:
    with pytest.raises(InputError) as error:
        load(content)
    assert error.value.code == "input.plan"


@pytest.mark.parametrize("name", ["'A99'", "3", "''"])
def test_unknown_analysis(name: str) -> None:
    with pytest.raises(InputError) as error:
        load(f"[[analysis]]\nid = 'A01'\n[[analysis]]\nid = {name}".encode())
    assert error.value.code == "input.plan_analysis"
    assert error.value.facts["number"] == 2
    assert ", ".join(ANALYSES) in error.value.message()


@pytest.mark.parametrize(
    ("lines", "parameter"),
    [
        ("party = 'p'\ncolumn = 'c'", "versus"),
        ("party = 'p'\ncolumn = 'c'\nversus = 3", "versus"),
        ("party = 'p'\ncolumn = 'c'\nversus = 'b'\nshoe = 1", "shoe"),
        ("party = 'p'\ncolumn = 'c'\nversus = 'b'\nbase = 'p'", "base"),
        ("party = 'p'\ncolumn = 'c'\nversus = 'b'\nmissing = 'drop'", "missing"),
    ],
)
def test_parameters_by_name(lines: str, parameter: str) -> None:
    with pytest.raises(InputError) as error:
        load(f"[[analysis]]\nid = 'A03'\n{lines}".encode())
    assert error.value.code == "input.plan_parameter"
    assert (error.value.facts["number"], error.value.facts["id"]) == (1, "A03")
    assert error.value.facts["parameter"] == parameter
