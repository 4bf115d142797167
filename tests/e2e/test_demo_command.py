"""``demo``: the whole product on the sample data."""

import re
from pathlib import Path

import desk
import msgspec
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, desk.Ran]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, desk.run(folder, "demo", "--out", "demo-out")


@pytest.mark.usefixtures("here")
def test_the_demo_ends_with_a_report_that_verifies(made: tuple[Path, desk.Ran]) -> None:
    folder, ran = made
    steps = [line[0] for line in ran.out.splitlines() if line[1:3] == ". "]
    assert steps == ["1", "2", "3", "4", "5"]
    assert re.search(r"Isolation level of the sandbox: [23] of 3, (full|strong) isolation", ran.out)
    report = folder / "demo-out" / "session" / "report"
    for page in ("report.en.html", "report.zh.html"):
        assert f"demo-out/session/report/{page}" in ran.out
        assert (report / page).is_file()
    card = desk.run(folder, "--json", "identity", "card", "demo-out/platform/card.json").record()
    assert card["fingerprint"] in ran.out
    verify = ("verify", report, "--expect-fingerprint", card["fingerprint"])
    desk.run(folder, *verify)
    page = report / "report.en.html"
    page.write_bytes(page.read_bytes().replace(b"Sample Soda", b"Sample Sodb", 1))
    assert "report.en.html" in desk.run(folder, *verify, code=4).out


@pytest.mark.usefixtures("here")
def test_its_numbers_are_those_of_the_sample(made: tuple[Path, desk.Ran]) -> None:
    """1,257 users have a direct match; our definition may find a few more through merging."""
    folder, _ = made
    data = (folder / "demo-out" / "session" / "report" / "report.json").read_bytes()
    overlap, *rest = msgspec.json.decode(data)["items"]
    assert [item["analysis"] for item in (overlap, *rest)] == ["A01", "A03", "A04"]
    (release,) = overlap["releases"]
    assert release["status"] == "released"
    (counts,) = release["vectors"]
    assert None not in counts["values"][:2]  # so the rest is of people in both
    matched = sum(value or 0 for value in counts["values"][2:]) + (counts["rest"] or 0)
    assert abs(matched - 1257) <= 3 * (5 * 3 + 2.5)


@pytest.mark.usefixtures("here")
def test_the_demo_leaves_what_is_there(made: tuple[Path, desk.Ran]) -> None:
    folder, _ = made
    desk.refused(folder, "input.demo_exists", "demo", "--out", "demo-out")
    (folder / "a-file").write_text("mine")
    desk.refused(folder, "input.demo_exists", "demo", "--out", "a-file")
    assert (folder / "a-file").read_text() == "mine"
