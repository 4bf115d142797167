"""The files: the same for the same seed, complete, and nothing left when something goes wrong."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from cleanroom import text
from cleanroom.errors import InputError
from cleanroom.prepare.population import generate as making
from cleanroom.prepare.population.generate import generate
from cleanroom.prepare.population.plan import PARTIES, Plan

SMALL = Plan(2_000, 5, PARTIES, chunk=1_200)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "again", "csv", lambda *_: None)
    assert digests(tmp_path / "again") == digests(small)


def test_another_seed_gives_other_people(small: Path, tmp_path: Path) -> None:
    generate(Plan(2_000, 6, PARTIES, chunk=1_200), tmp_path / "other", "csv", lambda *_: None)
    before, after = digests(small), digests(tmp_path / "other")
    same = {name for name in before if before[name] == after[name]}
    assert same == {name for name in before if name.endswith((".toml", "dataset.json"))} | {
        name for name in before if name.endswith("/README.txt")
    }


def test_every_party_has_what_it_needs(small: Path) -> None:
    tables = {"platform": ("users", "exposures", "arms", "referrals", "costs", "refusals"),
              "brand": ("members", "orders", "costs", "refusals"),
              "partner": ("customers", "visits", "orders", "costs")}  # fmt: skip
    described = ("mapping.toml", "dataset.json", "README.txt")
    for party, names in tables.items():
        there = {path.name for path in (small / party).iterdir()}
        assert there == {f"{name}.csv" for name in names} | set(described)
    there = {path.name for path in small.iterdir() if path.is_file()}
    assert there == {
        "truth.json",
        "identifiers.toml",
        "identifiers.dp.toml",
        "plan.toml",
        "README.txt",
    }


def test_two_parties_leave_the_third_out(tmp_path: Path) -> None:
    generate(Plan(1_000, 1), tmp_path / "two", "csv", lambda *_: None)
    folders = {path.name for path in (tmp_path / "two").iterdir() if path.is_dir()}
    assert folders == {"platform", "brand"}
    truth = json.loads((tmp_path / "two" / "truth.json").read_text("utf-8"))
    assert set(truth["truth"]["overlap"]["regions"]) == {"platform", "brand", "platform+brand"}


def test_parquet_holds_the_same_rows(small: Path, tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "parquet", "parquet", lambda *_: None)
    rows = json.loads((small / "truth.json").read_text("utf-8"))["truth"]["files"]
    for name, count in rows.items():
        frame = pl.read_parquet(tmp_path / "parquet" / name.replace(".csv", ".parquet"))
        assert frame.height == count, name
    ours = pl.read_parquet(tmp_path / "parquet" / "platform" / "exposures.parquet")
    theirs = pl.read_csv(small / "platform" / "exposures.csv", try_parse_dates=True)
    assert ours.with_columns(pl.col(pl.Datetime).cast(pl.Datetime("us"))).equals(
        theirs, null_equal=True
    )


def test_the_truth_counts_the_rows_of_the_files(small: Path) -> None:
    truth = json.loads((small / "truth.json").read_text("utf-8"))
    for name, count in truth["truth"]["files"].items():
        path = small / name
        encoding = "gb18030" if path.stem == "members" else "utf-8"
        assert len(path.read_text(encoding).splitlines()) == count + 1, name


def test_every_group_of_truths_is_defined_in_both_languages(small: Path) -> None:
    truth = json.loads((small / "truth.json").read_text("utf-8"))
    groups = set(truth["truth"]) - {"files", "shares"}
    assert set(truth["definitions"]) == groups
    for sentences in truth["definitions"].values():
        assert set(sentences) == set(text.LANGUAGES)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError) as refused:
        generate(Plan(1_000, 1), tmp_path, "csv", lambda *_: None)
    assert refused.value.code == "input.sample_exists"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_is_left_of_a_run_that_was_stopped(tmp_path: Path) -> None:
    def stop(_stage: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(Plan(2_000, 1, chunk=1_000), tmp_path / "new", "csv", stop)
    assert not (tmp_path / "new").exists()


def test_the_command_line_knows_the_limits() -> None:
    """It repeats them, because it must not load what they stand in."""
    from cleanroom.cli import sample
    from cleanroom.prepare.population import plan

    assert (sample.FEWEST, sample.MOST) == (plan.FEWEST, plan.MOST)


def test_the_smallest_population_can_be_made(tmp_path: Path) -> None:
    made = making.generate(Plan(1_000, 3, PARTIES), tmp_path / "few", "csv", lambda *_: None)
    assert made["persons"]["brand"]["persons"] > 50
