"""The five words."""

import pytest

from cleanroom.statistics.corrections import benjamini_hochberg
from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.index import index_interval
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.shares import Split
from cleanroom.statistics.verdict import Verdict, verdict


def around(low: float, high: float) -> tuple[Interval, Interval]:
    """A 95 % interval, and a 90 % interval with 84 % of its width."""
    middle, half = (low + high) / 2, (high - low) / 2
    return Interval(low, high, 0.95), Interval(middle - 0.84 * half, middle + 0.84 * half, 0.9)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (110, 130, Verdict.CLEAR),
        (70, 90, Verdict.CLEAR),
        (99, 130, Verdict.TENDENCY),
        (70, 101, Verdict.TENDENCY),
        (90, 115, Verdict.NONE_SEEN),
        (100, 200, Verdict.TENDENCY),  # an end belongs to its interval
    ],
)
def test_intervals_alone(low: float, high: float, word: Verdict) -> None:
    assert verdict(100, *around(low, high)) is word


def test_nothing_seen_in_a_wide_interval_is_too_few() -> None:
    assert verdict(100, *around(60, 140), decision=40) is Verdict.TOO_FEW
    assert verdict(100, *around(90, 110), decision=40) is Verdict.NONE_SEEN
    # What shows in spite of a wide interval is shown.
    assert verdict(100, *around(120, 240), decision=40) is Verdict.CLEAR
    assert verdict(100, *around(95, 240), decision=40) is Verdict.TENDENCY


def test_withheld_and_missing() -> None:
    assert verdict(100, *around(110, 130), withheld=True) is Verdict.WITHHELD
    assert verdict(100, None, None, withheld=True) is Verdict.WITHHELD
    assert verdict(100, None, None) is Verdict.TOO_FEW
    assert verdict(100, Interval(1, 2, 0.95), None) is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("adjusted_p", "word"),
    [(0.049, "clear"), (0.05, "clear"), (0.051, "tendency"), (0.1, "tendency"), (0.2, "none_seen")],
)
def test_correction_can_only_weaken_the_word(adjusted_p: float, word: str) -> None:
    assert verdict(100, *around(110, 130), adjusted_p=adjusted_p) == word
    assert verdict(100, *around(90, 110), adjusted_p=adjusted_p) is Verdict.NONE_SEEN


def test_swapped_intervals_are_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        verdict(0, *reversed(around(1, 2)))


def test_alike_groups_rarely_get_a_word_of_difference(gate) -> None:
    """20 levels alike in both groups: with the correction few tables say anything at all."""
    noise, levels, tables = Noise(10), 20, 400
    cells = [
        gate.release(gate.rng.multinomial(people, [1 / levels] * levels, tables), noise)
        for people in (6000, 9000)
    ]
    corrected = uncorrected = 0
    for target, other in zip(*(group.tolist() for group in cells), strict=True):
        pairs = [
            (
                Split(t, sum(target) - t, noise, noise.over(levels - 1)),
                Split(k, sum(other) - k, noise, noise.over(levels - 1)),
            )
            for t, k in zip(target, other, strict=True)
        ]
        gaps = [two_proportion_difference(*pair) for pair in pairs]
        adjusted = benjamini_hochberg([gap.p_value for gap in gaps if gap])
        both = [(index_interval(*pair), index_interval(*pair, 0.9)) for pair in pairs]
        corrected += any(
            verdict(100, *pair, adjusted_p=p) is Verdict.CLEAR
            for pair, p in zip(both, adjusted, strict=True)
        )
        uncorrected += any(verdict(100, *pair) is Verdict.CLEAR for pair in both)
    # 5 % promised, sd 1.1 points over 400 tables; without correction about 1 - 0.95^20 = 64 %.
    assert corrected / tables < 0.10
    assert uncorrected / tables > 0.45
