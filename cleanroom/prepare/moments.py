"""Dates and times as people write them, to days and seconds since 1970-01-01.

Times are the wall clock of the agreement's time zone: text without an offset is taken as such; text
with one, and seconds since the epoch, are moved into that zone. The ISO forms are always
understood; day before month, or month before day, must be stated. Years run from 1900 to 2199.
"""

import datetime
from collections.abc import Iterable
from typing import Final

import polars as pl

from cleanroom.prepare.normalise import replace_rows

EPOCH: Final = {"epoch": 1_000_000, "epoch_ms": 1_000}
"""Microseconds in one unit of these formats."""

_ISO: Final = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
)
_USUAL: Final = (
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y%m%d",
    "%Y%m%d %H:%M:%S",
)
_TIME: Final = ("%H", "%I", "%T", "%R", "%X", "%c", "%s")
_FIRST: Final = datetime.datetime(1900, 1, 1)  # noqa: DTZ001 - wall clock
_LAST: Final = datetime.datetime(2200, 1, 1)  # noqa: DTZ001 - wall clock
_MICROSECONDS: Final = 1_000_000


def moments(values: pl.Series, formats: Iterable[str], zone: str) -> pl.Series:
    """Datetime (microseconds, wall clock); null where no format fits."""
    stated = tuple(formats)
    text = values.str.strip_chars()
    found = pl.Series(values.name, [None], pl.Datetime("us")).new_from_index(0, len(values))
    rest = text.is_not_null().arg_true()
    for pattern in (*stated, *_ISO, *(() if stated else _USUAL)):
        if len(rest) == 0:
            break
        parsed = _parsed(text.gather(rest), pattern, zone)
        found = replace_rows(found, rest, parsed) if len(rest) < len(text) else parsed
        rest = rest.filter(parsed.is_null())
    return found


def days(values: pl.Series, formats: Iterable[str], zone: str) -> pl.Series:
    """Int32 days since 1970-01-01; null where unreadable."""
    return moments(values, formats, zone).dt.date().to_physical()


def seconds(values: pl.Series, formats: Iterable[str], zone: str) -> pl.Series:
    """Int64 seconds since 1970-01-01 00:00 of the wall clock; null where unreadable."""
    return moments(values, formats, zone).to_physical() // _MICROSECONDS


def _parsed(text: pl.Series, pattern: str, zone: str) -> pl.Series:
    if pattern in EPOCH:
        number = text.str.to_integer(base=10, dtype=pl.Int64, strict=False)
        small = number.abs() < (1 << 62) // EPOCH[pattern]
        ticks = pl.DataFrame({"n": number, "s": small}).select(pl.when("s").then("n")).to_series()
        moved = (ticks * EPOCH[pattern]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    elif "z" in pattern:
        moved = text.str.to_datetime(pattern, time_unit="us", time_zone="UTC", strict=False)
    elif any(code in pattern for code in _TIME):
        return _sensible(text.str.to_datetime(pattern, time_unit="us", strict=False))
    else:
        return _sensible(text.str.to_date(pattern, strict=False).cast(pl.Datetime("us")))
    return _sensible(moved.dt.convert_time_zone(zone).dt.replace_time_zone(None))


def _sensible(found: pl.Series) -> pl.Series:
    """Null for a year that a wrong format makes, such as 17 or 20170."""
    good = (found >= _FIRST) & (found < _LAST)
    return pl.DataFrame({"f": found, "g": good}).select(pl.when("g").then("f")).to_series()
