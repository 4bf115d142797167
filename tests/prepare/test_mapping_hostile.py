"""Mappings that were passed on by somebody else: refused with a line, at once, and without more
memory than their own size.
"""

import time
from pathlib import Path

import pytest

from cleanroom.errors import InputError
from cleanroom.prepare import mapping_file
from cleanroom.prepare.mapping_place import line_of

MAPPING = """\
dataset = "orders"
[people]
file = "members.csv"
identifiers = [{ column = "a", kind = "phone" }]
columns.a_age = { column = "age", bins = { edges = [18, 30], labels = ["a", "b", "c"] } }
"""


def refused(text: str) -> tuple[str, object]:
    with pytest.raises(InputError) as caught:
        mapping_file.parse(text, Path("/data"), "m.toml")
    return caught.value.code, caught.value.facts["line"]


def test_the_mapping_is_good() -> None:
    assert mapping_file.parse(MAPPING, Path("/data"), "m.toml").dataset == "orders"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("9" * 5_000, 6),
        ("1e99999999999999999999", 6),
        ("[" * 20_000, 6),
        ("0x" + "f" * 5_000, 6),
    ],
    ids=["digits", "exponent", "lists", "hex"],
)
def test_values_that_are_no_toml_of_ours(value: str, line: int) -> None:
    assert refused(f"{MAPPING}bad_rows = {value}") == ("input.mapping_syntax", line)


def test_a_key_without_end() -> None:
    assert refused(f"{MAPPING}x{'.x' * 50_000} = 1") == ("input.mapping_syntax", 6)


@pytest.mark.parametrize("edges", ["[nan, 30]", "[18, nan]", "[-inf, 30]", "[18, inf]"])
def test_edges_that_are_no_numbers(edges: str) -> None:
    assert refused(MAPPING.replace("[18, 30]", edges)) == ("input.mapping_bins", 5)


@pytest.mark.parametrize("end", ["", "x", "]x"])
def test_the_line_is_found_in_the_time_of_the_text(end: str) -> None:
    """A line that begins like a header took time by the cube of its spaces."""
    began = time.process_time()
    assert line_of("[" + " " * 200_000 + end + "\n[people]\nfile = 1", ("people", "file")) == 3
    assert time.process_time() - began < 5


@pytest.mark.parametrize("header", ["[people]", "[ people ]", "  [people]  # ours", '["people"]'])
def test_headers_as_people_write_them(header: str) -> None:
    assert line_of(f"a = 1\n{header}\nfile = 1", ("people", "file")) == 3


def test_a_file_that_is_no_mapping_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    with path.open("wb") as file:
        file.truncate(mapping_file.MAPPING_LIMIT + 1)
    with pytest.raises(InputError) as caught:
        mapping_file.load(path)
    assert caught.value.code == "input.file_too_large"
