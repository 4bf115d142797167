"""``cleanroom sample``: files that the other commands take as they are."""

import json
from pathlib import Path

import desk
import pytest

pytestmark = pytest.mark.slow


def test_a_population_can_be_checked_as_it_is(tmp_path: Path) -> None:
    made = ("--people", 2000, "--seed", 9, "--out", tmp_path / "made", "--parties", 3)
    ran = desk.run(tmp_path, "--quiet", "--json", "sample", *made)
    rows = {record["file"]: int(record["rows"]) for record in ran.records() if "file" in record}
    truth = json.loads((tmp_path / "made" / "truth.json").read_text("utf-8"))
    assert rows == truth["truth"]["files"]
    for party in truth["parties"]:
        folder = tmp_path / "made" / party
        given = ("--dataset", folder / "dataset.json")
        kinds = ("--identifiers", tmp_path / "made" / "identifiers.toml")
        checked = desk.run(
            tmp_path, "--quiet", "--json", "check", folder / "mapping.toml", *given, *kinds
        )
        persons = checked.record()["findings"]["persons"]
        assert persons["persons"] == truth["truth"]["persons"][party]["persons"]


def test_the_zero_effect_twin_says_so(tmp_path: Path) -> None:
    made = ("--people", 1000, "--out", "made", "--null", "--format", "parquet")
    ran = desk.run(tmp_path, "--quiet", "--language", "zh_CN", "sample", *made)
    assert "零效应" in ran.out
    assert "零效应" in (tmp_path / "made" / "README.txt").read_text("utf-8")
    assert json.loads((tmp_path / "made" / "truth.json").read_text("utf-8"))["null"] is True
    assert (tmp_path / "made" / "platform" / "users.parquet").is_file()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    desk.refused(tmp_path, "input.sample_exists", "sample", "--out", "mine")
    assert (tmp_path / "mine" / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "wrong",
    [("--people", 10), ("--parties", 4), ("--format", "xlsx"), ("--seed", -1)],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, wrong: tuple[object, ...]) -> None:
    ran = desk.run(tmp_path, "sample", "--out", "made", *wrong, code=2)
    assert ran.err
    assert not (tmp_path / "made").exists()
