"""What an analysis says: plain data without language, made from releases alone.

Sentences are keys of ``resources/text``; the facts that fill them are numbers, words that have a
sentence of their own, and strings of the parties, which are only ever shown as text. The same
result feeds report, tables, charts and window.
"""

from typing import Literal

from msgspec import Struct

from cleanroom.statistics.verdict import Verdict

Unit = Literal["people", "share", "points", "index", "money", "number"]
Status = Literal["shown", "withheld", "below", "too_few", "none"]
Bound = Literal["", "at_least", "at_most"]
Evidence = Literal["descriptive", "associated", "causal"]
Sampling = Literal["noise", "sampling"]
Tone = Literal["plain", "strong", "muted", "high", "low"]


class Value(Struct, frozen=True, forbid_unknown_fields=True, tag="value", tag_field="is"):
    """One number and its 95 % interval, as exact as they came; ``step`` is the finest digit that
    the noise leaves, for whoever shows it.

    Units: people; share in [0, 1]; points: a difference of shares, in [-1, 1]; index around 100;
    money in hundredths of the currency. ``signed``: a change, shown with its sign.
    ``status``: withheld (the gate did not release it, or not all that it is made of), below (in
    differential-privacy mode: fewer than about ``limit`` people), too_few (a ratio that would
    drown in noise), none (the column does not apply to the row). ``value`` stays signed and
    present when below, so that sums come out right.
    ``bound``: parts are withheld, so the true number lies on one side; that end is then open.
    """

    unit: Unit
    status: Status = "shown"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    step: float = 1
    bound: Bound = ""
    limit: int = 0
    signed: bool = False

    @property
    def shown(self) -> bool:
        """Whether readers get to see the number."""
        return self.status == "shown"


class Term(Struct, frozen=True, forbid_unknown_fields=True, tag="term", tag_field="is"):
    """A word that the text files have; ``otherwise`` is shown when they don't."""

    key: str
    otherwise: str = ""


class Name(Struct, frozen=True, forbid_unknown_fields=True, tag="name", tag_field="is"):
    """A string of a party (a level, a channel), shown as it is."""

    text: str


class PartyName(Struct, frozen=True, forbid_unknown_fields=True, tag="party", tag_field="is"):
    """A party by its name in the agreement, shown as its card calls it."""

    name: str


Fact = Value | Term | Name | PartyName


class Text(Struct, frozen=True, forbid_unknown_fields=True, tag="text", tag_field="is"):
    """A sentence by its key. A fact ``x`` that is a value fills ``{x}`` and ``{x_range}``."""

    key: str
    facts: dict[str, Fact] = {}


Label = Text | Term | Name | PartyName


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """One figure that a reader should take away."""

    title: Text
    value: Value
    note: Text | None = None


class Column(Struct, frozen=True, forbid_unknown_fields=True):
    """A column of figures. ``key`` names it in exports; its heading is a sentence."""

    key: str
    heading: Text
    unit: Unit


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a table: label, one value per column, a verdict where something was compared.

    ``total`` lines are sums of others.
    """

    label: Label
    values: tuple[Value, ...]
    verdict: Verdict | None = None
    total: bool = False


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """``id`` is the table's part of a file name; ``head`` is the heading of the labels."""

    id: str
    title: Text
    head: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    compared: bool = False  # whether rows carry verdicts


class Mark(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a chart."""

    label: Label
    values: tuple[Value, ...]
    tone: Tone = "plain"
    inside: tuple[int, ...] = ()  # the chart's sets that the line is the intersection of


class Chart(Struct, frozen=True, forbid_unknown_fields=True):
    """A Vega-Lite template by its name and the data that it draws; ``alt`` says it in words.

    ``lines`` are values to compare with (targets, 100). ``series`` name the values of a mark where
    there are several, ``sets`` what the lines are intersections of.
    """

    template: str
    title: Text
    unit: Unit
    alt: Text
    marks: tuple[Mark, ...]
    series: tuple[Label, ...] = ()
    lines: tuple[float, ...] = ()
    sets: tuple[Label, ...] = ()


class Privacy(Struct, frozen=True, forbid_unknown_fields=True):
    """How the figures of one result are protected, in whole numbers."""

    mode: Literal["dp", "threshold"]
    k: int
    people_of_noise: int  # standard deviation of the noise on a count
    rounding: int
    cells: int  # public cells asked for
    withheld: int
    nano_rho: int  # paid by this analysis; nothing for a replay
    cells_paid: int
    attacker_per_mille: int  # right guesses of the best attacker, by these figures alone


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    """All that an analysis has to say. ``sampling``: what its intervals hold."""

    analysis: str
    title: Text
    purpose: Text
    evidence: Evidence
    sampling: Sampling
    finding: Text
    verdict: Verdict | None
    privacy: Privacy
    cards: tuple[Card, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[Text, ...] = ()
    can_say: tuple[Text, ...] = ()
    cannot_say: tuple[Text, ...] = ()
    method: tuple[Text, ...] = ()
