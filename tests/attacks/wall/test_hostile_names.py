"""Strings that could deceive, in every name that other parties will see: refused at the door.

What a good name is has its tests in ``tests/trust/test_names_of_others.py``. Here every door is
tried with every hostile string, and what is printed about a refused one.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import desk
import msgspec
import pytest
from trust_material import dataset, proposed

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.errors import CleanroomError, DisclosureError
from cleanroom.session import reporting
from cleanroom.tables import Type
from cleanroom.trust import codec
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.agreement_rules import check
from cleanroom.trust.dataset_rules import check_dataset
from cleanroom.trust.identity import Identity

HOSTILE = {
    "turned": "Bra\u202end",
    "isolate": "Bra\u2066nd\u2069",
    "zero width": "Bra\u200bnd",
    "joiner": "Bra\u200dnd",
    "byte order": "\ufeffBrand",
    "NUL": "Bra\0nd",
    "escape": "Bra\x1b[2Jnd",
    "line": "Bra\nnd",
    "delete": "Bra\x7fnd",
    "C1": "Bra\x9bnd",
    "filler": "Bra\u3164nd",
    "selector": "Bra\ufe0fnd",
    "tags": "Bra\U000e0041nd",
    "not NFC": "Cafe\u0301",
    "surrogate": "Bra\ud800nd",
    "unassigned": "Bra\u0378nd",
}
LONG = {"65": "a" * 65, "a million": "品" * 1_000_000}
# Places of an agreement that hold a name, with the code that refuses it and the rule it breaks.
NAMES: dict[str, tuple[list[str | int], str, str]] = {
    "party": (["parties", 1, "name"], "trust.agreement_rule", "party-name"),
    "organisation": (["parties", 1, "card", "name"], "input.label", ""),
    "dataset": (["datasets", 0, "name"], "trust.agreement_rule", "dataset-name"),
    "title": (["title"], "trust.agreement_rule", "title"),
    "label": (["datasets", 0, "tables", "people", "a_age_band", "domain", 1], "trust.domain", ""),
    "campaign": (
        ["datasets", 0, "tables", "exposures", "campaign", "domain", 1],
        "trust.domain",
        "",
    ),
}


def agreement() -> Agreement:
    """Complete, and with campaigns."""
    made = proposed()
    campaigns = {
        "ts": ColumnSpec(Type.DATETIME),
        "campaign": ColumnSpec(Type.CATEGORY, ("spring", "summer")),
    }
    first = made.datasets[0]
    first = msgspec.structs.replace(first, tables={**first.tables, "exposures": campaigns})
    return msgspec.structs.replace(made, datasets=(first, *made.datasets[1:]))


def refused(tree: Any) -> CleanroomError:
    with pytest.raises(CleanroomError) as caught:
        check(msgspec.convert(tree, Agreement))
    return caught.value


@pytest.fixture(scope="module")
def good() -> Any:
    """An agreement as plain dicts and lists; it keeps every rule."""
    tree = json.loads(codec.encode(agreement()))
    check(msgspec.convert(tree, Agreement))
    return tree


@pytest.mark.parametrize("which", [*HOSTILE, *LONG])
@pytest.mark.parametrize("place", NAMES)
def test_a_hostile_name_in_an_agreement(place: str, which: str, good: Any) -> None:
    path, code, rule = NAMES[place]
    tree = copy.deepcopy(good)
    node = tree
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = {**HOSTILE, **LONG}[which]
    error = refused(tree)
    assert error.code == code
    assert error.facts.get("rule", "") == rule


def _strings(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a text in a tree: what holds it, and where."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        if isinstance(value, str):
            yield node, key
        elif isinstance(value, dict | list):
            yield from _strings(value)


def as_file(tree: Any) -> bytes:
    """Canonical, as signed documents are, if it can be: half a surrogate pair has no UTF-8."""
    try:
        return codec.encode(tree)
    except (CleanroomError, ValueError):
        return json.dumps(tree, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_string_anywhere_in_an_agreement(which: str, good: Any) -> None:
    """Names, purposes, ids, keys, dates: no text of it may hold one, whatever it is for."""
    tree = copy.deepcopy(good)
    tried = 0
    for node, key in _strings(tree):
        before, node[key] = node[key], HOSTILE[which]
        with pytest.raises(CleanroomError):
            check(codec.decode(as_file(tree), Agreement, "agreement"))
        node[key] = before
        tried += 1
    assert tried > 40
    check(codec.decode(as_file(tree), Agreement, "agreement"))


@pytest.mark.parametrize("which", [*HOSTILE, *LONG])
def test_a_hostile_column(which: str) -> None:
    name = "a_" + {**HOSTILE, **LONG}[which]
    with pytest.raises(CleanroomError) as caught:
        check_dataset(dataset("brand", **{name: ColumnSpec(Type.CATEGORY, ("x",))}))
    assert (caught.value.code, caught.value.facts["rule"]) == (
        "trust.agreement_rule",
        "column-name",
    )


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_party_or_table_of_a_dataset(which: str) -> None:
    """Before there is an agreement its owner's desk looks at it by itself."""
    spec = dataset("brand")
    table: DatasetSpec = msgspec.structs.replace(spec, tables={HOSTILE[which]: {}})
    name: DatasetSpec = msgspec.structs.replace(spec, name=HOSTILE[which])
    for wrong, rule in ((table, "table-known"), (name, "dataset-name")):
        with pytest.raises(CleanroomError) as caught:
            check_dataset(wrong)
        assert caught.value.facts["rule"] == rule
        assert HOSTILE[which] not in str(caught.value)


@pytest.mark.parametrize("which", [*HOSTILE, *LONG])
def test_a_hostile_organisation(which: str) -> None:
    with pytest.raises(CleanroomError, match=r"input\.label"):
        Identity.create({**HOSTILE, **LONG}[which], "2026-01-05T08:00:00Z")


# --- plans and files -----------------------------------------------------------------------------

PARAMETERS = {"party": "platform", "column": "a_age_band", "versus": "brand"}
ENCODABLE = sorted(set(HOSTILE) - {"surrogate"})  # TOML and JSON have no half pairs


def plan_file(**parameters: str) -> bytes:
    """A plan of one profile."""
    lines = {"id": "A03", **PARAMETERS, **parameters}
    pairs = (f"{_quoted(key)} = {_quoted(value)}" for key, value in lines.items())
    return "\n".join(["[[analysis]]", *pairs]).encode()


def _quoted(text: str) -> str:
    """As TOML may hold any character: by its number."""
    return '"' + "".join(f"\\U{ord(character):08X}" for character in text) + '"'


@pytest.mark.parametrize("which", [*ENCODABLE, "65"])
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_hostile_parameter_of_an_analysis(parameter: str, which: str, good: Any) -> None:
    agreed = msgspec.convert(good, Agreement)
    reporting.load_plan(plan_file(), agreed)
    hostile = {**HOSTILE, **LONG}[which]
    with pytest.raises(DisclosureError, match=r"disclosure\.parameter") as caught:
        reporting.load_plan(plan_file(**{parameter: hostile}), agreed)
    assert hostile not in str(caught.value)


def shows(text: str) -> bool:
    """Whether a text holds nothing but what can be seen, and line ends."""
    return all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("which", ["turned", "escape", "C1"])
def test_what_is_said_of_a_hostile_plan(which: str, good: Any) -> None:
    """A plan travels; what its author wrote must not reach a terminal as it is."""
    agreed = msgspec.convert(good, Agreement)
    for wrong in ({"id": HOSTILE[which]}, {HOSTILE[which]: "x"}):
        with pytest.raises(CleanroomError) as caught:
            reporting.load_plan(plan_file(**wrong), agreed)
        assert shows(str(caught.value))


@pytest.mark.parametrize("command", ["what-is", "verify"])
def test_what_is_said_of_a_hostile_file_name(command: str, tmp_path: Path) -> None:
    """Files come from others, too, and keep the names that they were given."""
    file = tmp_path / f"{HOSTILE['escape']}{HOSTILE['turned']}.json"
    file.write_text("{}")
    ran = desk.run(tmp_path, command, file, code=None)
    assert ran.code
    assert shows(ran.out + ran.err)


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "people\udcff.csv"  # the byte FF
    file.write_text("id,mail\n1,a@b.example\n")
    period = ("--start", "2026-01-01", "--end", "2026-02-01")
    named = ("--party", "brand", "--name", "data", *period, "--out", "out")
    ran = desk.run(tmp_path, "infer", f"people={file}", *named, code=None)
    assert "[input.file_name]" in ran.err
