"""Text to stored integers, against Python's ``decimal`` and ``datetime``."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.prepare.columns import Coded, ColumnCoder, Context
from cleanroom.prepare.mapping import ColumnMap
from cleanroom.prepare.normalise import missing_words
from cleanroom.prepare.read import Rows
from cleanroom.tables import MISSING_DATE, MISSING_LONG, Type

CONTEXT = Context("Asia/Shanghai", missing_words(), bytes(32))
# Wall clocks have no zone.
FIRST = dt.datetime.fromisoformat("1900-01-01")
LAST = dt.datetime.fromisoformat("2199-12-31 23:59:59")
EPOCH = dt.datetime.fromisoformat("1970-01-01")
MONEY = ColumnSpec(Type.MONEY)


def coded(texts: list[str | None], spec: ColumnSpec, column: ColumnMap | None = None) -> Coded:
    rows = Rows(pl.DataFrame({"x": pl.Series(texts, dtype=pl.String)}), lambda at: [*at])
    mapped = column or ColumnMap("x")
    return ColumnCoder("ours", spec, mapped, CONTEXT).code(rows)


def counts(found: Coded) -> tuple[int, int, int]:
    findings = found.findings
    return findings.missing.count, findings.outside.count, findings.unreadable.count


amounts = st.decimals(
    min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False
) | st.integers(-(10**14), 10**14).map(lambda n: Decimal(n) / 10_000)


def hundredths(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


@given(st.lists(amounts, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_amounts_in_every_spelling(values: list[Decimal]) -> None:
    wanted = [hundredths(value) for value in values]
    for spell in (
        lambda v: f"{v:f}",
        lambda v: f"{v:,f}",
        lambda v: f" ¥{v:f}" if v >= 0 else f"-¥{-v:f}",
        lambda v: f"{v:f}元",
    ):
        found = coded([spell(value) for value in values], MONEY)
        assert counts(found) == (0, 0, 0)
        assert found.values.dtype == np.dtype("<i8")
        assert found.values.tolist() == wanted


@given(st.lists(amounts, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_amounts_with_a_decimal_comma(values: list[Decimal]) -> None:
    swap = str.maketrans(",.", ".,")
    texts = [f"{value:,f}".translate(swap) for value in values]
    found = coded(texts, MONEY, ColumnMap("x", decimal=","))
    assert found.values.tolist() == [hundredths(value) for value in values]


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_whole_numbers(values: list[int]) -> None:
    found = coded([str(value) for value in values], ColumnSpec(Type.INTEGER))
    assert found.values.tolist() == values
    assert counts(found) == (0, 0, 0)


def test_what_is_no_amount_is_counted_and_missing() -> None:
    found = coded(["12,50", "1,23,4", "abc", "1.2.3", "", None, "N/A", "12.5"], MONEY)
    assert counts(found) == (3, 0, 4)
    assert found.values.tolist() == [MISSING_LONG] * 7 + [1250]
    assert found.findings.unreadable.line == 0


def test_a_fraction_is_no_whole_number() -> None:
    found = coded(["3.0", "3.5", "1,000"], ColumnSpec(Type.INTEGER))
    assert found.values.tolist() == [3, MISSING_LONG, 1000]


moments = st.datetimes(FIRST, LAST).map(lambda moment: moment.replace(microsecond=0))


@pytest.mark.parametrize(
    "pattern",
    [
        *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S"),
        *("%Y-%m-%d %H:%M:%S.987654", "%Y年%m月%d日 %H:%M:%S"),
    ],
)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_times_are_the_wall_clock(pattern: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(moments, min_size=1, max_size=20))
    found = coded([value.strftime(pattern) for value in values], ColumnSpec(Type.DATETIME))
    assert found.values.tolist() == [(v - EPOCH) // dt.timedelta(seconds=1) for v in values]


@pytest.mark.parametrize(
    ("pattern", "formats"),
    [
        ("{0:%Y}-{0:%m}-{0:%d}", ()),
        ("{0:%Y}{0:%m}{0:%d}", ()),
        ("{0.year}/{0.month}/{0.day}", ("%Y/%m/%d",)),
        ("{0.day}.{0.month}.{0.year}", ("%d.%m.%Y",)),
        ("{0:%Y-%m-%d} 23:59:59", ()),
    ],
)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_days(pattern: str, formats: tuple[str, ...], data: st.DataObject) -> None:
    dates = st.dates(FIRST.date(), LAST.date())
    values = data.draw(st.lists(dates, min_size=1, max_size=20))
    column = ColumnMap("x", formats=formats)
    found = coded([pattern.format(v) for v in values], ColumnSpec(Type.DATE), column)
    assert found.values.dtype == np.dtype("<i4")
    assert found.values.tolist() == [(v - dt.date(1970, 1, 1)).days for v in values]


def test_days_that_do_not_exist() -> None:
    texts = ["2024-02-30", "2023-02-29", "2024-02-29", "2024-13-01", "never", None]
    found = coded(texts, ColumnSpec(Type.DATE))
    leap = (dt.date(2024, 2, 29) - dt.date(1970, 1, 1)).days
    assert found.values.tolist() == [MISSING_DATE, MISSING_DATE, leap, *[MISSING_DATE] * 3]
    assert counts(found) == (1, 0, 4)


@pytest.mark.parametrize(("form", "text"), [("epoch", "1704448800"), ("epoch_ms", "1704448800000")])
def test_seconds_since_the_epoch_are_shown_in_the_agreements_zone(form: str, text: str) -> None:
    found = coded([text], ColumnSpec(Type.DATETIME), ColumnMap("x", formats=(form,)))
    assert found.values.tolist() == [1704448800 + 8 * 3600]


labels = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=3, max_size=6)


@given(st.lists(labels, min_size=1, max_size=12, unique_by=str.lower), st.data())
@settings(max_examples=100, deadline=None)
def test_categories_are_positions_in_the_domain(domain: list[str], data: st.DataObject) -> None:
    domain = [f"v-{label}" for label in domain]
    foreign = st.sampled_from(["other-1", "other-2"])
    texts = data.draw(st.lists(st.sampled_from(domain) | foreign | st.sampled_from(["", "N/A"])))
    found = coded([*texts], ColumnSpec(Type.CATEGORY, tuple(domain)))
    wanted = [domain.index(text) + 1 if text in domain else 0 for text in texts]
    assert found.values.tolist() == wanted
    missing = sum(text in ("", "N/A") for text in texts)
    outside = [text for text in texts if text.startswith("other")]
    assert counts(found) == (missing, len(outside), 0)
    assert found.outside_words == frozenset(outside)


@pytest.mark.parametrize(("size", "dtype"), [(254, "u1"), (255, "<u2"), (4096, "<u2")])
def test_a_code_is_as_wide_as_its_domain_needs(size: int, dtype: str) -> None:
    domain = tuple(f"v{number}" for number in range(size))
    found = coded([domain[-1], domain[0], None], ColumnSpec(Type.CATEGORY, domain))
    assert found.values.dtype == np.dtype(dtype)
    assert found.values.tolist() == [size, 1, 0]


def test_yes_and_no() -> None:
    no, yes = ["false", "0", "NO", "n", "否"], ["TRUE", "1", "yes", "Y", "是"]
    found = coded([*no, *yes, "", "2"], ColumnSpec(Type.BOOL))
    assert found.values.dtype == np.dtype("u1")
    assert found.values.tolist() == [1] * 5 + [2] * 5 + [0, 0]
    assert counts(found) == (1, 1, 0)


def test_their_words_for_ours() -> None:
    spec = ColumnSpec(Type.CATEGORY, ("F", "M", "other"))
    column = ColumnMap("x", values={"女": "F", "男": "M", "*": "other"})
    found = coded(["女", "男", "x", ""], spec, column)
    assert found.values.tolist()[:3] == [1, 2, 3]


def test_a_constant_is_the_same_in_every_row() -> None:
    spec = ColumnSpec(Type.CATEGORY, ("online", "store"))
    assert coded(["a", "b"], spec, ColumnMap(constant="store")).values.tolist() == [2, 2]


def test_no_rows() -> None:
    for spec in (MONEY, ColumnSpec(Type.DATE), ColumnSpec(Type.CATEGORY, ("a",))):
        assert coded([], spec).values.tolist() == []
