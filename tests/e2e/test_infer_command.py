"""``cleanroom infer``: what it proposes can be checked and agreed on as it is."""

import json
from pathlib import Path

import desk


def test_what_is_inferred_passes_the_check(tmp_path: Path, repository: Path) -> None:
    samples = repository / "resources" / "samples" / "scenario_a" / "platform"
    period = ("--start", "2017-01-01", "--end", "2018-01-01")
    named = ("--party", "platform", "--name", "users", *period, "--out", tmp_path / "made")
    tables = (f"people={samples / 'users.csv'}", f"exposures={samples / 'exposures.csv'}")
    desk.run(tmp_path, "--quiet", "infer", *tables, *named)
    made = tmp_path / "made"
    dataset = json.loads((made / "dataset.json").read_text("utf-8"))
    ages = dataset["tables"]["people"]["a_age"]["domain"]
    assert ages == ["19-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    given = ("--dataset", made / "dataset.json", "--identifiers", made / "identifiers.toml")
    ran = desk.run(tmp_path, "--quiet", "--json", "check", made / "mapping.toml", *given)
    findings = ran.record()["findings"]
    assert findings["persons"]["persons"] == 1604
    assert {kind["kind"]: kind["distinct"] for kind in findings["kinds"]} == {
        "email": 1466,
        "phone": 1361,
        "device": 1120,
    }


def test_a_dataset_without_people_is_refused(tmp_path: Path) -> None:
    named = ("--party", "p", "--name", "n", "--start", "2017-01-01", "--end", "2018-01-01")
    ran = desk.run(tmp_path, "infer", "exposures=x.csv", *named, "--out", tmp_path / "made", code=3)
    assert "[input.no_people]" in ran.err
    assert not (tmp_path / "made").exists()


def test_a_table_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    named = ("--party", "p", "--name", "n", "--start", "2017-01-01", "--end", "2018-01-01")
    ran = desk.run(tmp_path, "infer", "users=x.csv", *named, "--out", tmp_path / "made", code=3)
    assert "[input.table_unknown]" in ran.err
