"""Columns of a file from arrays: words, moments, dates, amounts."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[Any]

YES: Final = ("否", "是")
ORDER_WORDS: Final = ("加购", "定金", "付款", "退款", "评价")


def words(domain: tuple[str, ...], codes: Array, *, missing: str | None = None) -> pl.Series:
    """Labels of positions; with ``missing`` of codes, where 0 is that word."""
    listed = domain if missing is None else (missing, *domain)
    return pl.Series(listed).gather(pl.Series(codes.astype(np.uint32)))


def moment(ts: Array) -> pl.Series:
    """Dates and times; null where negative."""
    times = pl.Series(np.maximum(ts, 0) * 1000).cast(pl.Datetime("ms"))
    return _unless(ts < 0, times)


def date(day: Array) -> pl.Series:
    """Dates; null where negative."""
    return _unless(day < 0, pl.Series(np.maximum(day, 0).astype(np.int32)).cast(pl.Date))


def money(hundredths: Array) -> pl.Series:
    """Amounts with two decimals."""
    cents = pl.Series(hundredths % 100).cast(pl.String).str.zfill(2)
    return pl.Series(hundredths // 100).cast(pl.String) + "." + cents


def _unless(gone: Array, values: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"g": gone, "v": values})
    return frame.select(pl.when(~pl.col("g")).then("v")).to_series()
