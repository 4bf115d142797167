"""All six profile tables of scenario A, exactly: matched users against all of the platform."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenario_material import make, open_here

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import AttributeQuestion
from cleanroom.sandbox.inside import kernels

# The platform's headings, and what the truth calls them.
HEADINGS = {
    "age": "年龄段",
    "income": "家庭收入",
    "marital_status": "婚姻状况",
    "home_ownership": "住房",
    "household_size": "家庭人数",
    "kids_count": "子女数",
}
UNKNOWN = "未知"


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "data" / "scenario_a" / "truth_a.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def opened(
    truth: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> Iterator[tuple[Any, Any]]:
    """The samples, with every attribute of the platform's file in the agreement."""
    folder = tmp_path_factory.mktemp("profiles")
    samples = folder / "samples"
    shutil.copytree(repository / "resources" / "samples" / "scenario_a", samples)
    described = samples / "platform" / "dataset.json"
    dataset = json.loads(described.read_text("utf-8"))
    mapping = samples / "platform" / "mapping.toml"
    lines = mapping.read_text("utf-8").splitlines()
    added = []
    for name, heading in HEADINGS.items():
        levels = [level for level in truth["profile"]["with_unknown"][name] if level != UNKNOWN]
        dataset["tables"]["people"][f"a_{name}"] = {"type": "category", "domain": levels}
        added.append(f'columns.a_{name} = "{heading}"')
    described.write_text(json.dumps(dataset, ensure_ascii=False), "utf-8")
    place = lines.index("[exposures]")
    agreed = [line for line in lines[:place] if not line.startswith("columns.a_age =")]
    kept = [line for line in agreed if line.strip()]
    mapping.write_text("\n".join([*kept, *added, "", *lines[place:]]) + "\n", "utf-8")
    scenario = make(folder, samples)
    yield open_here(scenario), scenario.signed.agreement.catalogue()
    scenario.close()


@pytest.mark.parametrize("name", HEADINGS)
def test_a_profile_table(name: str, opened: tuple[Any, Any], truth: dict[str, Any]) -> None:
    connection, catalogue = opened
    asked = AttributeQuestion(("platform",), (f"platform.people.a_{name}",), "brand")
    question = canonical(asked, catalogue)
    exact = kernels.run(connection, question, catalogue)
    cells = dict(zip(shape(question, catalogue).cells, exact.vectors[0], strict=True))
    expected = truth["profile"]["with_unknown"][name]
    found = {}
    for level in expected:
        label = "" if level == UNKNOWN else level
        target, rest = cells.pop((label, "brand")), cells.pop((label, "not brand"))
        found[level] = (target, target + rest)
    assert found == {level: (n["target"], n["base"]) for level, n in expected.items()}
    assert not cells
