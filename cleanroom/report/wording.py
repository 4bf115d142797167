"""Figures and sentences in one language: no digit finer than its noise, parties by their names."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from cleanroom import text
from cleanroom.analyses.result import Fact, Label, Name, PartyName, Term, Text, Value
from cleanroom.trust.agreement import Agreement

Language = Literal["en", "zh_CN"]

_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
_CENTS = 100
_WAN, _YI = 10_000, 100_000_000
_SIGNS = {True: "+", False: "−"}


def party_names(agreement: Agreement) -> dict[str, str]:
    """What to call each party: as its card does, with the agreement's name where two are alike."""
    cards = [party.card.name.casefold() for party in agreement.parties]
    return {
        party.name: party.card.name
        if cards.count(party.card.name.casefold()) == 1
        else f"{party.card.name} ({party.name})"
        for party in agreement.parties
    }


def rounded(value: float, step: float) -> float:
    """``value`` to the nearest multiple of ``step``, halves upwards."""
    return math.floor(value / step + 0.5) * step


def decimals(step: float) -> int:
    """Digits after the point that a step leaves."""
    return max(0, -math.floor(math.log10(step) + 1e-9))


class Wording:
    """Says things in one language. ``currency`` is the agreement's; ``names`` those of parties."""

    def __init__(self, language: Language, names: Mapping[str, str], currency: str) -> None:
        self.language = language
        self._names = names
        self._currency = currency
        self._figures: dict[str, Callable[[float, float], str]] = {
            "people": self._people,
            "share": _share,
            "points": _points,
            "index": _plain,
            "number": _plain,
            "money": self._money,
        }

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.language == "zh_CN" else " "

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of ``report.toml``."""
        return text.say(f"report.{key}", self.language, **facts)

    def sentence(self, said: Text) -> str:
        """A sentence with its facts. A figure ``x`` also fills ``{x_about}`` (about 50, at least
        50) and ``{x_range}``, its interval.
        """
        filled: dict[str, str] = {}
        for name, fact in said.facts.items():
            filled[name] = self.fact(fact)
            if isinstance(fact, Value):
                exact = fact.shown and not fact.bound
                shown = filled[name]
                filled[f"{name}_about"] = self.say("value.about", value=shown) if exact else shown
                filled[f"{name}_range"] = self.range(fact, units=True)
        whole = text.say(said.key, self.language, **filled)
        return whole[:1].upper() + whole[1:] if self.language == "en" else whole

    def fact(self, fact: Fact) -> str:
        """One fact within a sentence."""
        if isinstance(fact, Value):
            return self.value(fact, units=True)
        return self.label(fact)

    def label(self, label: Label) -> str:
        """The words of a label; strings of the parties come out as they are."""
        if isinstance(label, Text):
            return self.sentence(label)
        if isinstance(label, PartyName):
            return self.party(label.name)
        if isinstance(label, Name):
            return label.text
        return self._term(label)

    def _term(self, term: Term) -> str:
        if term.otherwise and not text.has(term.key, self.language):
            return term.otherwise
        return text.say(term.key, self.language)

    def party(self, name: str) -> str:
        """A party as its card calls it."""
        return self._names.get(name, name)

    def value(self, value: Value, *, units: bool = False) -> str:
        """A figure, or why there is none. ``units``: as in a sentence (1.2万人, at least 50)."""
        if value.status == "below":
            return self.say("value.below", k=self._counted(f"{value.limit:,}", value, units))
        if not value.shown or value.value is None:
            return self.say(f"value.{value.status}")
        shown = self._shown(value, value.value, units)
        if not value.bound:
            return shown
        key = f"value.{value.bound}" if units else f"value.{value.bound}_short"
        return self.say(key, value=shown)

    def brief(self, value: Value) -> str:
        """A figure as it stands large on a card: with units, its bound as a sign."""
        if not value.shown or value.value is None:
            return self.value(value, units=True)
        shown = self._shown(value, value.value, True)
        return self.say(f"value.{value.bound}_short", value=shown) if value.bound else shown

    def range(self, value: Value, *, units: bool = False) -> str:
        """The 95 % interval, "" where there is none."""
        if not value.shown or (value.low is None and value.high is None):
            return ""
        if value.low is None or value.high is None:
            end = value.high if value.low is None else value.low
            key = "value.up_to" if value.low is None else "value.from"
            return self.say(key, value=self._shown(value, end or 0.0, units))
        low, high = self._number(value, value.low, units), self._shown(value, value.high, units)
        if _has_sign(value):
            return self.say("value.between", low=low, high=high)
        if value.unit == "share":
            low = low.removesuffix("%")
        return f"{low}–{high}"

    def names(self, parties: Sequence[str]) -> str:
        """Parties as a list."""
        return self.say("pages.comma").join(self.party(name) for name in parties)

    def day(self, day: date) -> str:
        """A day as people write it: 1 April 2016, 2016年4月1日."""
        month = self.say(f"pages.month.m{day.month}")
        return self.say("pages.day", year=day.year, month=month, day=day.day)

    def days(self, start: str, end: str) -> str:
        """From the first to the last day; ``end`` (ISO 8601) is the day after."""
        first, after = date.fromisoformat(start), date.fromisoformat(end)
        return self.say(
            "pages.days", first=self.day(first), last=self.day(after - timedelta(days=1))
        )

    def instant(self, moment: str) -> str:
        """``2026-07-01T08:00:00Z`` as people write it, to the minute; "" stays ""."""
        if not moment:
            return ""
        return self.say(
            "pages.instant", day=self.day(date.fromisoformat(moment[:10])), time=moment[11:16]
        )

    def axis(self, number: float, unit: str) -> str:
        """A value to compare with, such as a target line."""
        return self._figures[unit](number, 0.01 if unit in ("share", "points") else 1)

    def _shown(self, value: Value, number: float, units: bool) -> str:
        """A number as it stands by itself."""
        shown = self._counted(self._number(value, number, units), value, units)
        return self.say("value.points", value=shown) if value.unit == "points" else shown

    def _number(self, value: Value, number: float, units: bool) -> str:
        if _has_sign(value):
            shown = self._size(value, abs(number), units)
            return shown if not rounded(abs(number), value.step) else _SIGNS[number > 0] + shown
        if value.unit in ("people", "money", "share"):
            number = max(number, 0.0)
        return self._size(value, number, units)

    def _size(self, value: Value, number: float, units: bool) -> str:
        if units and self.language == "zh_CN" and value.unit == "people" and number >= _WAN:
            return _in_wan(number, value.step)
        if units and self.language == "zh_CN" and value.unit == "money":
            return self._money_in_wan(number, value.step)
        return self._figures[value.unit](number, value.step)

    def _counted(self, number: str, value: Value, units: bool) -> str:
        """With the word that Chinese sentences put after a number of people."""
        if not units or self.language != "zh_CN" or value.unit != "people":
            return number
        return f"{number}人" if number[-1:] in ("万", "亿") else f"{number} 人"

    def _people(self, number: float, step: float) -> str:
        return f"{rounded(number, step):,.0f}"

    def _money(self, cents: float, step: float) -> str:
        unit = step / _CENTS
        return self._priced(f"{rounded(cents / _CENTS, unit):,.{min(decimals(unit), 2)}f}")

    def _money_in_wan(self, cents: float, step: float) -> str:
        if cents < _WAN * _CENTS:
            return self._money(cents, step)
        return self._priced(_in_wan(cents / _CENTS, max(step / _CENTS, 1)))

    def _priced(self, shown: str) -> str:
        symbol = _SYMBOLS.get(self._currency)
        return f"{symbol}{shown}" if symbol else f"{self._currency} {shown}"


def _has_sign(value: Value) -> bool:
    return value.signed or value.unit == "points"


def _points(number: float, step: float) -> str:
    return _plain(number * 100, step * 100)


def _share(number: float, step: float) -> str:
    percent = step * 100
    return f"{rounded(number * 100, percent):.{decimals(percent)}f}%"


def _plain(number: float, step: float) -> str:
    return f"{rounded(number, step):,.{decimals(step)}f}"


def _in_wan(number: float, step: float) -> str:
    """Chinese units of ten thousand and of a hundred million, as exact as the step allows."""
    unit, word = (_YI, "亿") if number >= _YI else (_WAN, "万")
    part = step / unit
    return f"{rounded(number / unit, part):,.{decimals(part)}f}{word}"
