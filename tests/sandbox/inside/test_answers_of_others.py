"""Another team's lift and last-click code: its inputs through our kernels, its answers expected.

Both count seconds from a start of their own, which becomes the first second of our data period.
"""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from inside_material import load_rows
from person_material import DAY, START, TABLES, Person, World, catalogue, rows_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import ArmQuestion, FirstChannelQuestion, Question
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import Type

CONNECTION = database.connect(256, 1)
PARTIES = ("platform", "brand")
Cells = dict[tuple[str, ...], tuple[int, ...]]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "attribution_lift"


def token(number: int) -> dict[str, list[tuple[int, int]]]:
    return {"email": [(0, number)]}


def ask(world: World, question: Question, tables: Any) -> Cells:
    """Every cell with its numbers, one per measure."""
    agreed = catalogue(PARTIES, 1, tables)
    load_rows(CONNECTION, agreed, rows_of(world))
    vectors = kernels.run(CONNECTION, question, agreed).vectors
    return dict(zip(shape(question, agreed).cells, zip(*vectors, strict=True), strict=True))


def listed(path: Path) -> list[list[Any]]:
    """Rows of a CSV file some of whose fields are lists with commas in them."""
    lines = path.read_text("utf-8").splitlines()[1:]
    fields = (re.findall(r"\[[^]]*\]|[^,]+", line) for line in lines)
    return [[json.loads(field) for field in line] for line in fields]


# --- lift ----------------------------------------------------------------------------------------

EPOCH = 1_546_300_800  # opportunities and events count only after it
EARLY = 10  # an event counts when it is less than so many seconds before the opportunity
CAP = 50  # no value is larger, and every square is a multiple of it
LIFT_TABLES = {
    **TABLES,
    "conversions": {**TABLES["conversions"], "paid": ColumnSpec(Type.MONEY, cap=CAP)},
}
PARTS = [
    ("metrics", None),
    *(("cohortMetrics", n) for n in range(3)),
    *(("publisherBreakdowns", n) for n in range(2)),
]


@pytest.mark.parametrize(("part", "place"), PARTS)
def test_lift(folder: Path, part: str, place: int | None) -> None:
    with (folder / "lift_publisher_unittest3.csv").open(encoding="utf-8") as file:
        shown = {row["id_"]: row for row in csv.DictReader(file)}
    bought = {str(row[0]): row[1:] for row in listed(folder / "lift_partner_2_convs_unittest.csv")}
    expected = json.loads((folder / "lift_correctness_output.json").read_text("utf-8"))[part]
    world: World = {"platform": [], "brand": []}
    lost = {"test": (0, 0), "control": (0, 0)}  # negative values, which we count as nothing
    for name, row in shown.items():
        times, values, cohort = bought[name]
        if place not in (None, cohort if part == "cohortMetrics" else int(row["breakdown_id"])):
            continue
        begun = int(row["opportunity_timestamp"])
        counts = row["opportunity"] == "1" and begun > EPOCH
        arm = "test" if row["test_flag"] == "1" else "control"
        drawn = {"test": 1, "arm": 2 if arm == "test" else 1, "opp_ts": _moved(begun - EARLY + 1)}
        world["platform"].append(Person(token(int(name)), arms=[drawn] if counts else []))
        events = [(t, v) for t, v in zip(times, values, strict=True) if t > EPOCH]
        if events:
            orders = [{"ts": _moved(t), "paid": v, "kind": 1} for t, v in events]
            world["brand"].append(Person(token(int(name)), conversions=orders))
        total = sum(v for t, v in events if counts and t + EARLY > begun)
        if total < 0:
            lost[arm] = (lost[arm][0] + total, lost[arm][1] + total**2)
    found = ask(world, ArmQuestion(*PARTIES, "t1", sales_value=True), LIFT_TABLES)
    wanted = expected if place is None else expected[place]
    for arm, (negative, squared) in lost.items():
        people, sales, squares = found[(arm, "converted")]
        assert people == wanted[f"{arm}Converters"]
        assert people + found[(arm, "not converted")][0] == wanted[f"{arm}MatchCount"]
        assert sales == wanted[f"{arm}Value"] - negative
        assert squares * CAP == wanted[f"{arm}ValueSquared"] - squared


def _moved(seconds: int) -> int:
    return seconds - EPOCH + START


# --- last click ----------------------------------------------------------------------------------


def test_last_click_within_a_day(folder: Path) -> None:
    """Each person's first conversion: theirs are attributed one by one, we count new customers."""
    clicked = listed(folder / "last_click_1d.publisher.csv")
    bought = listed(folder / "last_click_1d.partner.csv")
    answers = json.loads((folder / "last_click_1d_reformatted.json").read_text("utf-8"))
    ads = sorted({ad for row in clicked for ad in row[1]})
    channel = ColumnSpec(Type.CATEGORY, tuple(map(str, ads)))
    tables = {**TABLES, "exposures": {**TABLES["exposures"], "channel": channel}}
    question = FirstChannelQuestion(*PARTIES, "2026-01-01", "2026-01-09", window_days=1)
    seen = set()
    for number, (shown, sold) in enumerate(zip(clicked, bought, strict=True)):
        clicks = zip(*shown[1:4], strict=True)
        exposures = [
            {"ts": START + at, "channel": ads.index(ad) + 1}
            for ad, at, click in clicks
            if click and at > 0
        ]
        orders = [{"ts": START + at, "kind": 1} for at in sold[1]]
        world = {
            "platform": [Person(token(1), exposures=exposures)],
            "brand": [Person(token(1), conversions=orders)],
        }
        cells = ask(world, question, tables)
        found = [labels for labels, (people,) in cells.items() if people]
        first = answers["last_click_1d"][str(number)][0]
        label = str(first["ad_id"]) if first["is_attributed"] else "none"
        assert found == ([(label,)] if orders else [])
        seen.add(label)
        assert all(at < 8 * DAY for at in sold[1])
    assert len(seen) > 2
