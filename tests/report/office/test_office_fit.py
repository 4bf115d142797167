"""Lines of text: none too long, nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.report.office import fit

TEXTS = st.text(st.sampled_from("ab 数据、(–%1x "), max_size=60)


@given(said=TEXTS, most=st.floats(20, 300), size=st.floats(6, 20), bold=st.booleans())
def test_lines_fit_and_lose_nothing(said: str, most: float, size: float, bold: bool) -> None:
    found = fit.lines(said, most, size, bold=bold)
    assert "".join("".join(found).split()) == "".join(said.split())
    for line in found:
        assert len(line) <= 1 or fit.width(line, size, bold=bold) <= most


@given(said=TEXTS, most=st.floats(20, 300))
def test_smaller_letters_never_need_more_room(said: str, most: float) -> None:
    heights = [fit.height([said], most, size) for size in (6.0, 9.0, 12.0)]
    assert heights == sorted(heights)


def test_words_are_kept_whole() -> None:
    assert fit.lines("one two three", fit.width("one two", 10), 10) == ["one two", "three"]
    assert fit.lines("a\nb", 100, 10) == ["a", "b"]
    assert fit.lines("数据洁净室", fit.width("数据洁", 10), 10) == ["数据洁", "净室"]


def test_a_long_word_is_broken() -> None:
    assert fit.lines("x" * 10, fit.width("xxxx", 10), 10) == ["xxxx", "xxxx", "xx"]


@pytest.mark.parametrize(("room", "size"), [(100.0, 20.0), (20.0, 12.0), (9.0, None)])
def test_the_largest_size_that_fits(room: float, size: float | None) -> None:
    assert fit.largest(["abc"], 200, room, (20.0, 12.0, 8.0)) == size
