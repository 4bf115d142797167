"""Made-up files through the real desk: inferred, checked, sealed, matched; and kernels on them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import journey_answers
import population_room
import pytest
from population_oracle import World
from scenario_material import open_here

from cleanroom.cli.pairs import by_name
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    FrequencyQuestion,
    MatchQuestion,
    Question,
    SuppressionQuestion,
)
from cleanroom.prepare.population.generate import generate
from cleanroom.prepare.population.meanings import SHEETS
from cleanroom.prepare.population.plan import PARTIES, Plan
from cleanroom.sandbox.inside import kernels
from cleanroom.session import drafts, proposing, reporting, sealing

pytestmark = pytest.mark.slow


class Room:
    """Sealed packages of all parties, opened here."""

    def __init__(self, folder: Path, samples: Path) -> None:
        self.scenario, self.findings = population_room.seal(folder, samples, PARTIES)
        self.catalogue = self.scenario.signed.agreement.catalogue()
        self.connection = open_here(self.scenario)

    def ask(self, question: Question) -> dict[tuple[str, ...], tuple[int, ...]]:
        asked = canonical(question, self.catalogue)
        exact = kernels.run(self.connection, asked, self.catalogue)
        cells = shape(asked, self.catalogue).cells
        return dict(zip(cells, zip(*exact.vectors, strict=True), strict=True))


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Room]:
    opened = Room(tmp_path_factory.mktemp("room"), small)
    yield opened
    opened.scenario.close()


@pytest.fixture(scope="module")
def truth(small: Path) -> dict[str, Any]:
    import json

    return json.loads((small / "truth.json").read_text("utf-8"))["truth"]


def test_sealing_finds_the_persons_of_the_truth(room: Room, truth: dict[str, Any]) -> None:
    for party, expected in truth["persons"].items():
        found = room.findings[party]
        assert found.persons.pids == expected["accounts"]
        assert found.persons.merged == expected["merged_accounts"]
        assert found.persons.persons == expected["persons"]
        for reason, count in expected["left_out"].items():
            assert getattr(found.persons, reason) == count
        distinct = {kind.kind: kind.distinct for kind in found.kinds}
        left_out = sum(expected["left_out"].values())
        for kind, count in expected["identifiers"].items():
            # The desk counts identifiers of those whom it leaves out, too.
            assert count <= distinct[kind] <= count + 2 * left_out


def test_sealing_keeps_the_events_of_the_truth(room: Room, truth: dict[str, Any]) -> None:
    for name, rows in truth["sealed_events"].items():
        party, table = name.split(".")
        sealed = {one.table: one.sealed for one in room.findings[party].tables}
        assert sealed[table] == rows
        assert set(sealed) == set(SHEETS[party])


def test_no_file_has_a_blocking_problem(room: Room) -> None:
    for findings in room.findings.values():
        assert not [problem.key for problem in findings.problems if problem.blocks]


def test_overlap_is_the_kernels(room: Room, truth: dict[str, Any]) -> None:
    pair = truth["overlap"]["pairs"]["platform+brand"]
    both = "platform+brand"
    winners = room.ask(MatchQuestion(("platform", "brand"), "winner"))
    assert {c[1]: n for c, (n,) in winners.items() if c[0] == both} == pair["winner"]
    patterns = room.ask(MatchQuestion(("platform", "brand"), "pattern"))
    hit = {cell[1]: n for cell, (n,) in patterns.items() if cell[0] == both and n}
    assert hit == pair["pattern"]
    regions = room.ask(MatchQuestion(PARTIES, "membership"))
    assert {cell[0]: n for cell, (n,) in regions.items()} == truth["overlap"]["regions"]


def test_profiles_are_the_kernels(room: Room, truth: dict[str, Any]) -> None:
    for column, expected in truth["profile"].items():
        question = AttributeQuestion(("platform",), (f"platform.people.{column}",), "brand")
        cells = room.ask(question)
        for level, count in expected["all"].items():
            label = "" if level == "missing" else level
            target = cells.get((label, "brand"), (0,))[0]
            rest = cells.get((label, "not brand"), (0,))[0]
            assert (target, target + rest) == (expected["also_brand"][level], count), level


@pytest.mark.parametrize("touch", ["last", "first"])
def test_new_customers_are_the_kernels(room: Room, truth: dict[str, Any], touch: str) -> None:
    asked = FirstChannelQuestion(
        "platform", "brand", "2025-01-01", "2026-01-01",
        touch=touch, window_days=14, order_kinds=("pay",), first_order_value=True,
    )  # fmt: skip
    cells = room.ask(asked)
    expected = truth["new_customers"]["2025"]
    assert {cell[0]: people for cell, (people, _) in cells.items()} == expected[f"{touch}_touch"]
    if touch == "last":
        value = {cell[0]: paid for cell, (_, paid) in cells.items()}
        assert value == expected["first_order_value_clipped"]


# Double 11 as the truth defines it, see prepare/population/truth/definitions.py
DOUBLE_11 = {
    "exposures": "platform",
    "conversions": "brand",
    "campaign": "双11",
    "shown_kinds": ("imp",),
    "order_kinds": ("pay",),
    "bought_until": "2025-11-27",
}


def test_frequency_is_the_kernels(room: Room, truth: dict[str, Any]) -> None:
    """The truth counts people who are not the brand's as people without orders."""
    period = room.catalogue.dataset("platform")
    days = {"since": period.start, "until": period.end}
    cells = room.ask(FrequencyQuestion(**DOUBLE_11, **days, customers=True))
    expected = truth["frequency"]
    for label in expected["persons"]:
        here = {cell[1:]: count for cell, (count,) in cells.items() if cell[0] == label}
        assert sum(here.values()) == expected["persons"][label]
        bought = {who: here[who, "converted"] for who in ("new", "existing")}
        assert sum(bought.values()) == expected["converted"][label]
        assert bought["existing"] == expected["converted_already_customers"][label]
        stayed = here["existing", "not converted"]
        assert bought["existing"] + stayed == expected["persons_already_customers"][label]
    assert sum(expected["converted"].values()) > 0


def test_spared_advertising_is_the_kernels(room: Room, truth: dict[str, Any]) -> None:
    period = room.catalogue.dataset("platform")
    days = {"since": period.start, "until": period.end}
    numbers = {"recent_days": 30, "cap": 6, "no_response_after": 4}
    asked = SuppressionQuestion(**DOUBLE_11, **days, **numbers, response_kinds=("click",))
    cells = room.ask(asked)
    names = {"just bought": "bought recently", "customer": "existing customer"}
    seen = set()
    for name, expected in truth["spared_advertising"]["persons"].items():
        here = [sums for (kind, _), sums in cells.items() if kind == names.get(name, name)]
        assert sum(people for people, _ in here) == expected["persons"], name
        # of one person we add up no more than 20
        assert sum(views for _, views in here) <= expected["impressions"]
        seen.add(expected["persons"] > 0)
    assert True in seen


def test_the_plan_fits_the_agreement(room: Room, small: Path) -> None:
    plan = (small / "plan.toml").read_bytes()
    checked = reporting.load_plan(plan, room.scenario.signed.agreement)
    assert checked.planned_cost()


@pytest.mark.parametrize("party", PARTIES)
def test_what_is_inferred_passes_the_check(small: Path, party: str, tmp_path: Path) -> None:
    files = by_name(
        [f"{table}={small / party / sheet.file}.csv" for table, sheet in SHEETS[party].items()], ""
    )
    made = proposing.propose(files, party, "x", ("2024-01-01", "2026-01-01"), lambda *_: None)
    (tmp_path / "mapping.toml").write_text(made.mapping, "utf-8")
    kinds = drafts.read_identifiers(made.identifiers.encode())
    agreed = sealing.draft_terms(drafts.read_dataset(made.dataset), kinds)
    found = sealing.check(tmp_path / "mapping.toml", agreed, lambda *_: None)
    assert not [problem.key for problem in found.problems if problem.blocks]
    assert {one.kind for one in kinds} >= {"phone", "unionid", "imei", "idfa"}


def test_parquet_is_sealed_alike(small: Path, tmp_path: Path, truth: dict[str, Any]) -> None:
    drawn = Plan(2_000, 5, PARTIES, chunk=1_200)
    generate(drawn, tmp_path / "parquet", "parquet", lambda *_: None)
    for party in PARTIES:
        folder = tmp_path / "parquet" / party
        kinds = drafts.read_identifiers((small / "identifiers.toml").read_bytes())
        dataset = drafts.read_dataset((folder / "dataset.json").read_bytes())
        agreed = sealing.draft_terms(dataset, kinds)
        found = sealing.check(folder / "mapping.toml", agreed, lambda *_: None)
        assert not [problem.key for problem in found.problems if problem.blocks]
        assert found.persons.persons == truth["persons"][party]["persons"]


def test_the_oracle_takes_nothing_from_the_program() -> None:
    assert World.__module__ == "population_oracle"
    for module in ("population_oracle.py", "population_answers.py"):
        source = (Path(__file__).parent / module).read_text("utf-8")
        assert "import cleanroom" not in source
        assert "from cleanroom" not in source


def test_journeys_are_the_kernels(room: Room, truth: dict[str, Any]) -> None:
    """Paths, stages, first touches and phases: every cell."""
    found = journey_answers.paths(room.ask(journey_answers.PATHS), room.catalogue)
    for outcome, cells in found.items():
        assert cells == truth["paths"][outcome]
    cells = room.ask(journey_answers.staged(room.catalogue))
    assert journey_answers.stages(cells, truth["stages"]) == truth["stages"]
    cells = room.ask(journey_answers.FIRST)
    assert journey_answers.first_touches(cells, truth["first_touches"]) == truth["first_touches"]
    cells = room.ask(journey_answers.PHASED)
    assert journey_answers.phases(cells, truth["phases"]) == truth["phases"]
