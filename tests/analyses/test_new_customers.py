"""A04 against its formulas: shares of matched and of all, target lines, first orders."""

import math

import pytest
from analysis_material import (
    CHANNELS,
    DP,
    THRESHOLD,
    ask,
    catalogue,
    cell,
    numbers,
    run,
    table,
)
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.result import Name, Result, Term, Value
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "exposures": "platform",
    "conversions": "brand",
    "new_since": "2025-01-01",
    "new_until": "2025-07-01",
}
# feed, search, friend, none, unmatched
CELLS = [300, 150, 50, 500, 250]


def customers(cells: list[int | None], sigma: int = 0, **more: object) -> Result:
    return run("A04", catalogue(), THRESHOLD, [(cells, sigma)], **(ASKED | more))


def test_shares_of_matched_and_of_all() -> None:
    found = table(customers(CELLS), "channels")
    labels = [row.label for row in found.rows[:4]]
    assert labels == [*map(Name, CHANNELS), Term("analyses.common.term.no_channel")]
    assert numbers(found, "share_of_matched")[:4] == pytest.approx([0.3, 0.15, 0.05, 0.5])
    assert numbers(found, "share_of_all")[:4] == pytest.approx([n / 1250 for n in CELLS[:4]])


def test_sums_stand_below_the_channels() -> None:
    found = table(customers(CELLS), "channels")
    channels, matched, unmatched, everybody = found.rows[4:]
    assert [row.values[0].value for row in (channels, matched, unmatched, everybody)] == [
        500,
        1000,
        250,
        1250,
    ]
    assert channels.values[1].value == pytest.approx(0.5)
    assert unmatched.values[2].value == pytest.approx(0.2)
    assert matched.values[2].value == pytest.approx(0.8)
    assert [row.total for row in (channels, matched, unmatched, everybody)] == [
        True,
        True,
        False,
        True,
    ]


def test_intervals_are_wilson_without_noise_and_wider_with_it() -> None:
    found = table(customers(CELLS), "channels")
    share = cell(found, found.rows[0], "share_of_matched")
    low, high = proportion_confint(300, 1000, method="wilson")
    assert (share.low, share.high) == pytest.approx((low, high))
    noisy = table(customers(CELLS, 30), "channels")
    wide = cell(noisy, noisy.rows[0], "share_of_matched")
    assert wide.low < low
    assert wide.high > high


def test_rule_of_thumb_of_a_share_of_a_fifth() -> None:
    """20 % of 1,000 new customers is 17.6-22.6 %, of 5,000 18.9-21.1 %."""
    for n, low, high in ((1000, 0.176, 0.226), (5000, 0.189, 0.211)):
        cells = [n // 5, 0, 0, n - n // 5, 0]
        share = table(customers(cells), "channels").rows[0].values[1]
        assert (share.low, share.high) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("through", "words"),
    [
        (150, [Verdict.CLEAR, Verdict.CLEAR]),
        (200, [Verdict.NONE_SEEN, Verdict.CLEAR]),
        (500, [Verdict.CLEAR, Verdict.NONE_SEEN]),
    ],
)
def test_target_lines(through: int, words: list[Verdict]) -> None:
    scale = 10
    result = customers([through * scale, 0, 0, (1000 - through) * scale, 0], 3)
    found = table(result, "targets")
    assert [row.verdict for row in found.rows] == words
    assert result.verdict is words[0]


def test_finding_says_which_side() -> None:
    assert customers([3000, 0, 0, 7000, 0]).finding.key.endswith("above")
    assert customers([1000, 0, 0, 9000, 0]).finding.key.endswith("below")
    assert customers([2000, 0, 0, 8000, 0]).finding.key.endswith("undecided")
    assert customers([3000, 0, 0, 7000, 0], targets_percent=[]).finding.key.endswith("plain")


def test_a_wide_share_is_too_few_people() -> None:
    result = customers([20, 0, 0, 60, 0])
    assert result.verdict is Verdict.TOO_FEW


def test_missing_to_the_line() -> None:
    """300 of 1,000 have contact; with d more of them it is (300+d)/(1000+d) = 1/2 at d = 400."""
    found = table(customers([300, 0, 0, 700, 0], 3), "targets")
    below, fifty = (cell(found, row, "missing") for row in found.rows)
    assert fifty.value == pytest.approx(400)
    half = 1.959964 * 3 * math.sqrt(3 + 1)  # three channels, and none at odds of 1
    assert fifty.low == math.floor(400 - half)
    assert fifty.high == math.ceil(400 + half)
    assert below.value == pytest.approx(0.25 * 700 - 300)  # already there: shown as none
    assert below.high == 0
    assert below.status == "none"


def test_largest_channel_is_a_card() -> None:
    card = next(card for card in customers(CELLS).cards if card.title.key.endswith("largest"))
    assert card.title.facts["channel"] == Name("feed")
    assert card.value.value == pytest.approx(0.3)


def money(counts: list[int | None], sums: list[int | None], sigma: int = 3) -> Result:
    vectors = [(counts, sigma), (sums, sigma * 50_000)]
    asked = ASKED | {"first_order_value": True}
    return run("A04", catalogue(), THRESHOLD, vectors, **asked)


def test_average_first_order_with_fieller_interval() -> None:
    counts, sums = [n * 100 for n in CELLS], [n * 100 * 8_000 for n in CELLS]
    value = table(money(counts, sums), "channels").rows[0].values[3]
    assert value.value == pytest.approx(8_000)
    z2 = 1.959964**2
    a, b, va, vb = sums[0], counts[0], (3 * 50_000) ** 2, 9
    g = b * b - z2 * vb
    root = math.sqrt((a * b) ** 2 - g * (a * a - z2 * va))
    assert (value.low, value.high) == pytest.approx(
        ((a * b - root) / g, (a * b + root) / g), rel=1e-5
    )


def test_average_of_a_withheld_cell_is_withheld_and_of_few_too_few() -> None:
    found = table(
        money([300, None, 60, 500, 250], [10**6, None, 1000, 10**6, 10**6], 40), "channels"
    )
    assert [row.values[3].status for row in found.rows[:3]] == ["shown", "withheld", "too_few"]
    assert [row.values[3].status for row in found.rows[4:6]] == ["withheld", "withheld"]


def test_withheld_channel_turns_shares_into_bounds() -> None:
    result = customers([300, 150, None, 500, 250], 3)
    found = table(result, "channels")
    feed, _, friend, none, channels, matched = found.rows[:6]
    assert (feed.values[1].bound, feed.values[1].low) == ("at_most", None)
    assert feed.values[1].value == pytest.approx(300 / 950)
    assert [value.status for value in friend.values] == ["withheld"] * 3
    assert none.values[1].bound == "at_most"
    assert channels.values[1].bound == "at_least"
    assert (matched.values[0].value, matched.values[0].bound) == (950, "at_least")
    targets = table(result, "targets")
    assert [row.verdict for row in targets.rows] == [Verdict.CLEAR, Verdict.TOO_FEW]
    assert [row.values[1].status for row in targets.rows] == ["withheld", "withheld"]


def test_withheld_none_is_no_proof_of_a_high_share() -> None:
    result = customers([300, 150, 60, None, 250], 3)
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.key.endswith("withheld")


def test_withheld_on_both_sides_is_withheld() -> None:
    result = customers([300, None, 60, None, 250], 3)
    found = table(result, "channels")
    assert found.rows[4].values[1].status == "withheld"


def test_dp_small_channel_is_below_and_counts_in_sums() -> None:
    result = run("A04", catalogue(), DP, [([3000, -12, 20, 5000, 900], 10)], **ASKED)
    found = table(result, "channels")
    assert [row.values[0].status for row in found.rows[:3]] == ["shown", "below", "below"]
    assert found.rows[1].values[1].status == "too_few"
    assert found.rows[4].values[0].value == 3008
    assert found.rows[7].values[0].value == 8908


def test_short_history_is_said() -> None:
    result = customers(CELLS, new_since="2024-03-01", new_until="2024-06-01")
    note = next(note for note in result.notes if note.key.endswith("history"))
    assert note.facts["days"] == Value("number", "shown", 60)
    assert not any(note.key.endswith("history") for note in customers(CELLS).notes)


def test_method_prints_the_rule() -> None:
    keys = [text.key.rpartition(".")[2] for text in customers(CELLS).method]
    assert keys == ["new", "touch_last", "window", "share", "interval", "presence", "target"]
    asked = {"touch": "first", "while_active": True, "order_kinds": ["pay"], "targets_percent": []}
    keys = [text.key.rpartition(".")[2] for text in customers(CELLS, **asked).method]
    assert keys == ["new", "touch_first", "while_active", "kinds", "share", "interval", "presence"]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"exposures": "stranger"}, "exposures"),
        ({"conversions": "platform"}, "conversions"),
        ({"new_since": "2023-12-31"}, "new_since"),
        ({"new_since": "yesterday"}, "new_since"),
        ({"new_since": "20250101"}, "new_since"),
        ({"new_until": "2026-01-02"}, "new_until"),
        ({"new_until": "2025-01-01"}, "new_until"),
        ({"window_days": -1}, "window_days"),
        ({"window_days": 400}, "window_days"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
        ({"targets_percent": [0]}, "targets_percent"),
        ({"targets_percent": [20, 30, 40, 50]}, "targets_percent"),
    ],
)
def test_parameters_are_checked(change: dict[str, object], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A04", catalogue(), **(ASKED | change))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


@given(st.lists(st.integers(57, 10**5), min_size=5, max_size=5), st.sampled_from([0, 3, 10]))
def test_tables_add_up(cells: list[int], sigma: int) -> None:
    found = table(customers(cells, sigma), "channels")
    counts = numbers(found, "people")
    assert counts[4] == sum(counts[:3])
    assert counts[5] == counts[4] + counts[3]
    assert counts[7] == counts[5] + counts[6]
    shares = [row.values[1] for row in found.rows[:4]]
    if all(share.shown for share in shares):
        assert sum(share.value for share in shares) == pytest.approx(1)
