"""What the outside makes of a release that no honest engine would send."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from inside_material import catalogue_of
from player_material import (
    RELEASES,
    frame,
    release_of,
    values,
)
from room_material import World, dataset, shop

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import AttributeQuestion, FirstChannelQuestion
from cleanroom.disclosure.release import Release, Vector
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside.check import LARGEST, check, frame_limit
from cleanroom.tables import Type

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = shop(tmp_path_factory.mktemp("liars"), policy=POLICY)
    yield made
    made.close()


def refused(act: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(CleanroomError) as caught:
        act(*arguments)
    return caught.value.code


@pytest.mark.parametrize("which", RELEASES)
def test_a_release_that_cannot_be(world: World, which: str) -> None:
    agreement = world.signed.agreement
    honest = release_of(AGE, agreement)
    asked = AGE, agreement.catalogue(), agreement.policy
    assert check(honest, *asked) is honest
    assert refused(check, RELEASES[which](honest), *asked) == "sandbox.lied"


@pytest.mark.parametrize(("hidden", "possible"), [(0, False), (1, True)])
def test_withheld_in_one_measure_only(world: World, hidden: int, possible: bool) -> None:
    """A sum may be nearly one person's; where people are withheld, so is their sum."""
    agreement = world.signed.agreement
    question = FirstChannelQuestion(
        "platform", "brand", "2026-01-02", "2026-02-01", first_order_value=True
    )
    honest = release_of(question, agreement)
    vectors = list(honest.vectors)
    shown = vectors[hidden]
    vectors[hidden] = msgspec.structs.replace(shown, values=(None, *shown.values[1:]))
    false = msgspec.structs.replace(honest, vectors=tuple(vectors))
    asked = question, agreement.catalogue(), agreement.policy
    assert check(honest, *asked) is honest
    if possible:
        assert check(false, *asked) is false
    else:
        assert refused(check, false, *asked) == "sandbox.lied"


def test_withheld_where_nothing_is_withheld(world: World) -> None:
    """Differential privacy answers every cell; a hole would be chosen by the data."""
    agreement = world.signed.agreement
    policy = Policy("dp", min_match=0, answer_quantum_ms=0)
    own = msgspec.structs.replace(agreement, effective=policy)
    honest = release_of(AGE, own)
    asked = AGE, own.catalogue(), policy
    assert check(honest, *asked) is honest
    assert refused(check, values(None, 60, 60, 60)(honest), *asked) == "sandbox.lied"
    assert check(values(-3, 0, 1, 60)(honest), *asked)


@pytest.mark.parametrize("mode", ["dp", "threshold"])
def test_the_largest_answer_fits_into_its_frame(mode: str) -> None:
    """10,000 cells with the longest numbers there are; sealed state comes in pieces."""
    labels = tuple(str(number) for number in range(100))
    column = ColumnSpec(Type.CATEGORY, labels, missing=False)
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"people": {"a_x": column, "a_y": column}}),
            "brand": dataset("brand", {"people": {}}),
        }
    )
    question = AttributeQuestion(("platform",), ("platform.people.a_x", "platform.people.a_y"))
    cells = 10_000
    numbers = (-LARGEST,) * cells
    vectors = (Vector("people", numbers, LARGEST, 1),)
    release = Release("ab" * 32, mode, "released", vectors, Price(LARGEST, cells))  # type: ignore[arg-type]
    limit = frame_limit(question, agreed)
    assert len(frame(messages.Answer(release, LARGEST))) < limit
    assert len(frame(messages.Commit(b"x" * (16 << 10), "ab" * 32, messages.BLOB_LIMIT))) < limit
    assert limit < 1 << 20


def test_a_question_that_cannot_be_asked_has_a_small_frame(world: World) -> None:
    bad = AttributeQuestion(("platform",), ("platform.people.a_nix",))
    assert frame_limit(bad, world.signed.agreement.catalogue()) <= 64 << 10
