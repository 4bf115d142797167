"""Numbers as people write them, to exact decimals. No value ever becomes a binary fraction.

Understood besides plain digits: full-width digits, a currency sign or word on either side,
thousands set apart in threes by commas, spaces or apostrophes (by points where the decimal sign is
a comma), a leading sign, and parentheses for a negative amount.
"""

from typing import Final, Literal

import polars as pl

from cleanroom.prepare.normalise import fold, replace_rows

DecimalSign = Literal[".", ","]
_DIGITS: Final = 15
_PLAIN: Final = rf"^-?[0-9]{{1,{_DIGITS}}}(?:\.[0-9]{{1,20}})?$"
_CURRENCY: Final = r"(?:[¥$€£]|CN¥|HK\$|US\$|RMB|CNY|USD|EUR|HKD|元|圆)"
_WHOLE: Final = r"^[+-]?[0-9]+(?:\.0*)?$"
# Decimal sign -> (what a number in threes looks like, what is dropped from it, its decimal sign).
_GROUPED: Final = {
    ".": (r"^[+-]?[0-9]{1,3}(?:[, '’][0-9]{3})+(?:\.[0-9]*)?$", r"[, '’]"),
    ",": (r"^[+-]?[0-9]{1,3}(?:[. '’][0-9]{3})+(?:,[0-9]*)?$", r"[. '’]"),
}
_SINGLE: Final = {
    ".": r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$",
    ",": r"^[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$",
}
_PRECISION: Final = 38


def decimals(values: pl.Series, scale: int, sign: DecimalSign = ".") -> pl.Series:
    """Numbers as Decimal with ``scale`` digits behind the point, rounded half to even; null where
    the text is not a number or has more than 15 digits before the point."""
    plain = values.str.contains(_PLAIN).fill_null(value=False)
    # With a decimal comma, a point may set thousands apart.
    if sign == ",":
        plain &= ~values.str.contains(".", literal=True).fill_null(value=False)
    rest = (~plain).arg_true()
    text = values
    if len(rest):
        text = replace_rows(values, rest, _spelt(values.gather(rest), sign))
    return text.cast(pl.Decimal(_PRECISION, scale), strict=False)


def _spelt(values: pl.Series, sign: DecimalSign) -> pl.Series:
    """Other spellings as plain digits; null where there are none."""
    text = fold(values).str.strip_chars().str.replace_all("−", "-", literal=True)
    text = text.str.replace(r"^\((.+)\)$", "-$1")
    text = text.str.replace(rf"(?i)^([+-]?)\s*{_CURRENCY}\s*", "$1")
    text = text.str.replace(rf"(?i)\s*{_CURRENCY}$", "")
    pattern, dropped = _GROUPED[sign]
    grouped = text.str.contains(pattern).fill_null(value=False).arg_true()
    text = replace_rows(text, grouped, text.gather(grouped).str.replace_all(dropped, ""))
    good = text.str.contains(_SINGLE[sign]).fill_null(value=False)
    frame = pl.DataFrame({"text": text.str.replace(",", ".", literal=True), "good": good})
    found = frame.select(pl.when("good").then("text")).to_series()
    return _in_range(found)


def _in_range(text: pl.Series) -> pl.Series:
    """Null for numbers that are too long."""
    digits = text.cast(pl.Float64, strict=False).abs() < 10.0**_DIGITS
    return pl.DataFrame({"t": text, "d": digits}).select(pl.when("d").then("t")).to_series()


def hundredths(values: pl.Series, sign: DecimalSign = ".") -> pl.Series:
    """Amounts as Int64 hundredths, rounded half to even; null where unreadable."""
    return decimals(values, 2, sign).to_physical().cast(pl.Int64, strict=False)


def integers(values: pl.Series, sign: DecimalSign = ".") -> pl.Series:
    """Whole numbers as Int64 (up to 18 digits); null where unreadable or not whole."""
    direct = values.str.to_integer(base=10, dtype=pl.Int64, strict=False)
    rest = (direct.is_null() & values.is_not_null()).arg_true()
    if len(rest) == 0:
        return direct
    found = decimals(values.gather(rest), 6, sign)
    whole = found.cast(pl.Decimal(_PRECISION, 0), strict=False)
    same = (whole.cast(pl.Decimal(_PRECISION, 6)) == found).fill_null(value=False)
    number = whole.to_physical().cast(pl.Int64, strict=False)
    frame = pl.DataFrame({"n": number, "s": same}).select(pl.when("s").then("n")).to_series()
    return replace_rows(direct, rest, frame)
