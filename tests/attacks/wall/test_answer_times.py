"""When an answer comes says nothing about it: answers come at multiples of the agreed quantum.

Measured where the answer is received. How late a sleeping process is woken depends on the machine,
so medians are compared; that nothing comes early is checked for every answer.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec
import pytest
from room_material import World, no_plan, shop_datasets, shop_rows

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.session.hosting import JointSession

pytestmark = pytest.mark.slow

QUANTUM = 0.2
LATE = 0.08
TIMES = 5
# every question may be asked at any distance from others, as long as the budget lasts
POLICY = Policy("dp", min_match=0, people_per_cell=1, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))
REFUSED = AttributeQuestion(("platform",), ("platform.people.a_nix",))


def dear(number: int) -> Question:
    """A question over all events that was not asked before."""
    day = f"2026-02-{1 + number:02d}"
    return FirstChannelQuestion("platform", "brand", "2026-01-02", day, "last", 30)


@contextmanager
def opened(folder: Path, quantum_ms: int) -> Iterator[JointSession]:
    """A session with enough rows that questions take their time."""
    policy = msgspec.structs.replace(POLICY, answer_quantum_ms=quantum_ms)
    world = World(folder, shop_datasets(), shop_rows(scale=150_000), policy=policy)
    with world.session() as session:
        session.open(world.grant, no_plan())
        session.ask("A01", MATCH)
        yield session
    world.close()


def seconds(session: JointSession) -> dict[str, list[float]]:
    """How long answers of each sort took."""
    kinds: dict[str, list[tuple[str, Question]]] = {
        "dear": [("A04", dear(number)) for number in range(TIMES)],
        "replayed": [("A01", MATCH)] * TIMES,
        "refused": [("A03", REFUSED)] * TIMES,
    }
    found: dict[str, list[float]] = {}
    for kind, asked in kinds.items():
        found[kind] = []
        for analysis, question in asked:
            began = time.monotonic()
            release = session.ask(analysis, question)
            found[kind].append(time.monotonic() - began)
            assert (release.status == "refused") is (kind == "refused")
            assert release.replayed is (kind == "replayed")
    return found


def test_answers_come_at_multiples_of_the_quantum(tmp_path: Path, strong: None) -> None:
    with opened(tmp_path, round(1000 * QUANTUM)) as session:
        found = seconds(session)
        assert session.opened is not None
        assert set(session.opened.answer_ms) == {0}  # nor does the engine say how long it took
    assert all(second >= QUANTUM for taken in found.values() for second in taken)
    late = {kind: median(second % QUANTUM for second in taken) for kind, taken in found.items()}
    assert max(late.values()) < LATE, found


def test_without_a_quantum_the_times_tell(tmp_path: Path, strong: None) -> None:
    """The control: the same questions, and a question that was computed takes visibly longer."""
    with opened(tmp_path, 0) as session:
        found = seconds(session)
        assert session.opened is not None
        assert max(session.opened.answer_ms) > 0
    assert median(found["dear"]) > 1.5 * median(found["refused"])
    assert median(found["refused"]) < QUANTUM
