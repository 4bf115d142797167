"""Kernel ``path``: random worlds, each rule by hand, and another team's attribution results."""

import ast
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from journey_material import Answer, Row, path_by_rule, path_questions
from person_material import (
    BARE,
    DAY,
    START,
    TABLES,
    Person,
    World,
    catalogue,
    dense_world,
    persons_by_rule,
    rows_of,
    without_missing,
    worlds,
)

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import PathQuestion, Question
from cleanroom.disclosure.questions.path import paths
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import MISSING_LONG, Type

CONNECTION = database.connect(256, 1)


def answered(question: Question, agreed: Catalogue) -> Answer:
    """Labels of everybody; the sums are those of the kernels' own counting."""
    question = canonical(question, agreed)
    cells = shape(question, agreed).cells
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    found: Answer = Counter((cells[cell],) for _, cell in said)
    exact = kernels.run(CONNECTION, question, agreed).vectors
    assert exact == [[found[(labels,)] for labels in cells]]
    return found


@pytest.mark.slow
@settings(max_examples=max(20, settings().max_examples // 2))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)), bare=st.booleans())
def test_random_worlds(data: st.DataObject, seed: int | None, bare: bool) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2, BARE if bare else TABLES)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email", "phone"])
    for _ in range(3):
        question = canonical(data.draw(path_questions(agreed)), agreed)
        assert answered(question, agreed) == path_by_rule(question, world, persons)


# --- by hand --------------------------------------------------------------------------------------

TWO = catalogue(("platform", "brand"), 1)
FEED, SEARCH, VIDEO = 1, 2, 3  # with missing, four groups of their own
ASKED = PathQuestion(
    "platform",
    "brand",
    "2026-01-05",
    "2026-01-11",
    (("feed",), ("search",), ("video",)),
    window_days=3,
)


def seen(*rows: tuple[float, int], kind: int = 1) -> list[Row]:
    return [
        {"ts": START + int(day * DAY), "channel": channel, "kind": kind} for day, channel in rows
    ]


def bought(*days: float, kind: int = 1) -> list[Row]:
    return [{"ts": START + int(day * DAY), "kind": kind} for day in days]


def one(question: PathQuestion, shown: list[Row], sold: list[Row] | None) -> Any:
    """The cell of one person; ``sold``: None when the brand has him not."""
    token = {"email": [(0, 1)]}
    world: World = {"platform": [Person(token, exposures=shown)], "brand": []}
    if sold is not None:
        world["brand"].append(Person(token, conversions=sold))
    load_rows(CONNECTION, TWO, rows_of(world))
    ((found,),) = answered(question, TWO)
    return found


def with_(**fields: Any) -> PathQuestion:
    return msgspec.structs.replace(ASKED, **fields)


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        # the missing channel is the first group, so feed is 2, search 3, video 4
        (seen((5, FEED), (6, SEARCH)), bought(7), ("2>3", "converted")),
        (seen((6, FEED), (5, SEARCH)), bought(7), ("3>2", "converted")),
        (seen((5, FEED), (6, SEARCH), (6.5, FEED)), bought(7), ("2>3", "converted")),
        (seen((5, FEED), (8, SEARCH)), bought(7), ("2", "converted")),
        (seen((5, FEED), (7, SEARCH)), bought(7), ("2>3", "converted")),  # at the same moment
        (seen((5, SEARCH), (5, FEED)), bought(7), ("2>3", "converted")),  # ties by the group
        (seen((4, FEED)), bought(7), ("2", "converted")),  # three days before
        (seen((3.9, FEED)), bought(7), ("", "converted")),
        (seen((3.9, FEED)), bought(4.5), ("2", "converted")),  # before the days, in the window
        (seen((3.9, FEED)), [], ("", "not converted")),
        (seen((7, FEED)), [], ("2", "not converted")),  # three days before the end
        (seen((6.9, FEED)), [], ("", "not converted")),
        (seen((9.9, VIDEO)), [], ("4", "not converted")),
        (seen((10, VIDEO)), [], ("", "not converted")),
        (seen((5, 0), (6, FEED)), bought(7), ("1>2", "converted")),
        (seen((5, FEED)), bought(3.9), ("", "not converted")),  # ordered before the days
        (seen((7, FEED)), bought(3.9), ("2", "not converted")),
        (seen((7, FEED)), bought(10), ("2", "not converted")),
        (seen((5, FEED), (8.5, VIDEO)), bought(9, 6), ("2", "converted")),  # the first order
        (seen((5, FEED)), None, ("", "unmatched")),
        ([{"ts": MISSING_LONG, "channel": 1}], [{"ts": MISSING_LONG}], ("", "not converted")),
    ],
)
def test_path_up_to_the_first_order(
    shown: list[Row], sold: list[Row] | None, expected: tuple[str, str]
) -> None:
    assert one(ASKED, shown, sold) == expected


def test_the_unmatched_may_count_as_not_converted() -> None:
    together = with_(unmatched_apart=False)
    assert one(together, seen((8, FEED)), None) == ("2", "not converted")
    assert one(together, seen((8, FEED)), []) == ("2", "not converted")
    assert one(together, seen((8, FEED)), bought(9)) == ("2", "converted")
    assert not [labels for labels in shape(together, TWO).cells if "unmatched" in labels]


def test_groups_kinds_and_days_say_what_a_touch_is() -> None:
    joined = with_(groups=(("video", "feed"),))
    assert one(joined, seen((5, VIDEO), (6, SEARCH), (6.5, FEED)), bought(7))[0] == "2>1"
    clicks = with_(touch_kinds=("click",), order_kinds=("buy",))
    assert one(clicks, seen((6, FEED)) + seen((6.5, SEARCH), kind=2), bought(7))[0] == "3"
    assert one(clicks, seen((9, FEED), kind=2), bought(7, kind=2)) == ("2", "not converted")
    late = with_(touch_since="2026-01-07")
    assert one(late, seen((5, SEARCH), (6, FEED)), bought(7)) == ("2", "converted")


@pytest.mark.parametrize("extreme", [-(2**63) + 1, 2**63 - 1, -1, 0])
def test_absurd_times_are_no_error(extreme: int) -> None:
    rows = [{"ts": extreme, "channel": 1}, *seen((6, SEARCH))]
    sold = [{"ts": extreme}, *bought(7)]
    assert one(ASKED, rows, sold) == ("3", "converted")


@pytest.mark.parametrize(("groups", "count"), [(1, 1), (2, 4), (3, 15), (4, 64), (5, 325)])
def test_numbers_of_paths(groups: int, count: int) -> None:
    assert len(paths(groups)) == count + 1
    assert len(set(paths(groups))) == count + 1


def test_a_group_more_than_five_or_a_channel_twice_is_refused() -> None:
    for groups in ((("feed",), ("feed",)), (("stranger",),)):
        with pytest.raises(DisclosureError) as error:
            canonical(with_(groups=groups), TWO)
        assert error.value.code == "disclosure.value"
    channel = ColumnSpec(Type.CATEGORY, tuple("abcdef"))
    many = catalogue(
        ("platform", "brand"),
        1,
        {**TABLES, "exposures": {**TABLES["exposures"], "channel": channel}},
    )
    with pytest.raises(DisclosureError) as error:
        canonical(with_(groups=tuple((name,) for name in "abcde")), many)
    assert error.value.code == "disclosure.parameter"


# --- another team's results -----------------------------------------------------------------------

ADS = (1, 2, 3, 10_000_000_000_000)


def _listed(folder: Path, who: str) -> list[dict[str, list[int]]]:
    """Rows of a file whose lists are not quoted."""
    head, *lines = (folder / f"last_click_1d.{who}.csv").read_text("utf-8").splitlines()
    names = head.split(",")
    return [dict(zip(names, ast.literal_eval(line), strict=True)) for line in lines]


def test_last_click_of_one_day_as_another_team_attributes_it(shared: Path) -> None:
    """Every conversion of their file is a person here, as only a person's first order counts. An
    advertisement is a group of its own; none is met again after another, where the last newly met
    would not be the last. Times count from their second 1: they take 0 for "none".
    """
    folder = shared / "data" / "attribution_lift"
    if not folder.is_dir():
        pytest.skip("the folder `shared` has no attribution results")
    expected = json.loads((folder / "last_click_1d_reformatted.json").read_text("utf-8"))
    channel = ColumnSpec(Type.CATEGORY, tuple(map(str, ADS)), missing=False)
    tables = {**TABLES, "exposures": {**TABLES["exposures"], "channel": channel}}
    agreed = catalogue(("platform", "brand"), 1, tables)
    question = PathQuestion(
        "platform",
        "brand",
        "2026-01-01",
        "2026-01-09",
        tuple((str(ad),) for ad in ADS),
        window_days=1,
        touch_since="2026-01-01",
        touch_kinds=("click",),
    )
    world: World = {"platform": [], "brand": []}
    wanted = []
    for number, (shown, sold) in enumerate(
        zip(_listed(folder, "publisher"), _listed(folder, "partner"), strict=True)
    ):
        for place, ts in enumerate(sold["conversion_timestamps"]):
            token = {"email": [(0, len(wanted))]}
            exposures = [
                {"ts": START + at - 1, "channel": ADS.index(ad) + 1, "kind": 1 + click}
                for ad, at, click in zip(
                    shown["ad_ids"], shown["timestamps"], shown["is_click"], strict=True
                )
            ]
            world["platform"].append(Person(token, exposures=exposures))
            world["brand"].append(Person(token, conversions=bought((ts - 1) / DAY)))
            world["brand"][-1].conversions[0]["ts"] = START + ts - 1
            result = expected["last_click_1d"][str(number)][place]
            wanted.append(ADS.index(result["ad_id"]) + 1 if result["is_attributed"] else 0)
    load_rows(CONNECTION, agreed, rows_of(world))
    form = canonical(question, agreed)
    cells = shape(form, agreed).cells
    steps = {person: cells[cell] for person, cell in person_rows(CONNECTION, form, agreed)}
    assert {outcome for _, outcome in steps.values()} == {"converted"}
    last = [int(steps[person][0][-1:] or 0) for person in range(len(wanted))]
    assert last == wanted
    assert len(wanted) == sum(
        len(row["conversion_timestamps"]) for row in _listed(folder, "partner")
    )
