"""Figures as numbers of a spreadsheet: rounded as pages show them, in the unit they are shown in.

Shares are fractions, points are hundredths of them, money is in whole units of the currency. What
is no change is never below 0.
"""

from cleanroom.analyses.result import Unit, Value
from cleanroom.report.wording import Wording, decimals, rounded

_CENTS = 100


def number(value: Value, exact: float) -> float:
    """``exact`` (the figure itself or an end of its interval) as a cell holds it."""
    step = value.step
    if value.unit in ("people", "share", "money") and not value.signed:
        exact = max(exact, 0.0)
    if value.unit == "people":
        return rounded(exact, step)
    if value.unit in ("share", "points"):
        percent = step * 100
        points = round(rounded(exact * 100, percent), decimals(percent))
        return points if value.unit == "points" else round(points / 100, decimals(percent) + 2)
    if value.unit == "money":
        unit = step / _CENTS
        return round(rounded(exact / _CENTS, unit), min(decimals(unit), 2))
    return round(rounded(exact, step), decimals(step))


def figure(value: Value) -> float | None:
    """The number of a figure, None where none is shown."""
    return number(value, value.value) if value.shown and value.value is not None else None


def ends(value: Value) -> tuple[float | None, float | None]:
    """Both ends of the 95 % interval; None for an end that is open or not shown."""
    if not value.shown:
        return None, None
    low, high = (None if end is None else number(value, end) for end in (value.low, value.high))
    return low, high


def number_format(value: Value, wording: Wording, *, bound: bool = True) -> str:
    """The number format that shows a cell as pages do. ``bound``: with its ≥ or ≤."""
    shown = _plain_format(value.unit, value.step, wording)
    if bound and value.bound:
        sign = wording.say(f"value.{value.bound}_short", value="").strip()
        return f"{_literal(sign + ' ')}{shown}"
    return f"+{shown};-{shown};{shown}" if value.signed or value.unit == "points" else shown


def axis_format(unit: Unit, wording: Wording, tick: float) -> str:
    """The number format of a chart's axis: percents (whole ones unless ticks lie closer), people,
    points, currency.
    """
    if unit in ("number", "points"):
        return "#,##0.##"
    return _plain_format(unit, {"share": min(tick, 0.01), "money": _CENTS}.get(unit, 1), wording)


def _plain_format(unit: Unit, step: float, wording: Wording) -> str:
    if unit == "people":
        return "#,##0"
    if unit == "share":
        return _digits("0", decimals(step * 100)) + "%"
    if unit == "points":
        return _digits("0", decimals(step * 100))
    if unit == "money":
        return _currency(wording) + _digits("#,##0", min(decimals(step / _CENTS), 2))
    return _digits("#,##0", decimals(step))


def _digits(whole: str, count: int) -> str:
    return f"{whole}.{'0' * count}" if count else whole


def _currency(wording: Wording) -> str:
    """What pages put before an amount."""
    nothing = wording.axis(0, "money")
    return _literal(nothing[: nothing.index("0")])


def _literal(text: str) -> str:
    return '"' + text.replace('"', "") + '"' if text else ""
