"""Kernels ``cohort`` and ``modal`` on a made-up population at real desks, against its truth."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import population_room
import pytest
from scenario_material import Scenario, open_here

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import CohortQuestion, ModalQuestion, Question
from cleanroom.prepare.population.plan import PARTIES
from cleanroom.sandbox.inside import database, kernels

pytestmark = pytest.mark.slow

Cells = dict[tuple[str, ...], int]


class Room:
    """Sealed packages of all parties, opened here."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._catalogue = scenario.signed.agreement.catalogue()
        self._connection = open_here(scenario)

    def count(self, question: Question) -> Cells:
        asked = canonical(question, self._catalogue)
        exact = kernels.run(self._connection, asked, self._catalogue)
        return dict(zip(shape(asked, self._catalogue).cells, exact.vectors[0], strict=True))

    @property
    def linked_twice(self) -> int:
        """Several kinds of identifiers may link one of the brand's persons to two of the platform;
        each of them then counts, where the truth counts the brand's once.
        """
        pid = f"p{self._catalogue.parties.index('brand')}"
        ((more,),) = database.rows(
            self._connection, f"SELECT COUNT({pid}) - COUNT(DISTINCT {pid}) FROM persons", []
        )
        return int(more)

    def agrees(self, found: list[int], said: list[int]) -> bool:
        """Whether numbers are those of the truth but for persons who are linked twice."""
        more = [here - there for here, there in zip(found, said, strict=True)]
        return min(more) >= 0 and sum(more) <= self.linked_twice < 0.1 * sum(said)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Iterator[Room]:
    scenario, _ = population_room.seal(tmp_path_factory.mktemp("habits"), small, PARTIES)
    yield Room(scenario)
    scenario.close()


@pytest.fixture(scope="module")
def truth(small: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((small / "truth.json").read_text("utf-8"))["truth"]
    return found


def test_loyalty(room: Room, truth: dict[str, Any]) -> None:
    """Quarters of the first payment by days until the next."""
    asked = CohortQuestion("brand", "2024-01-01", "2026-01-01", order_kinds=("pay",))
    found = room.count(asked)
    said = {
        (quarter, gap): number
        for quarter, gaps in truth["loyalty"].items()
        for gap, number in gaps.items()
    }
    assert room.agrees(list(found.values()), [said[cell[1:]] for cell in found])


def test_price_bands(room: Room, truth: dict[str, Any]) -> None:
    """The band of most payments of 2025, and how many of these buyers the platform has."""
    asked = ModalQuestion(
        *("brand.conversions", ("band",), "2025-01-01", "2026-01-01", ("pay",)),
        band_edges=(10_000, 30_000, 60_000, 120_000),
        segment="platform",
    )
    found = room.count(asked)
    bands = list(dict.fromkeys(band for band, _ in found))
    matched = [found[band, "member"] for band in bands]
    buyers = [found[band, "member"] + found[band, "not member"] for band in bands]
    assert room.agrees(buyers, list(truth["price_bands"]["buyers"].values()))
    assert room.agrees(matched, list(truth["price_bands"]["also_platform"].values()))
