"""Questions: all that goes into the sandbox. Each names a kernel and public parameters only.

A question has no free constants that were not in the agreement or the calendar, no identifiers and
no expressions. Its cells are a public list (see ``cells.py``), so the shape of the answer is known
before it is asked.
"""

from typing import Literal

from msgspec import Struct


class Filter(Struct, frozen=True, forbid_unknown_fields=True):
    """Keep people whose column has one of these domain values ("" is missing)."""

    column: str  # party.people.column
    values: tuple[str, ...]


class MatchQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="match", tag_field="kernel"
):
    """Who is in which dataset. ``by``: membership regions only; ``winner`` splits people in both of
    two parties by the first identifier that linked them; ``pattern`` by every kind that hit.
    """

    parties: tuple[str, ...]
    by: Literal["membership", "winner", "pattern"] = "winner"


class AttributeQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="attribute", tag_field="kernel"
):
    """People of all ``base`` parties by up to three of their attributes; with ``versus`` each cell
    is split in two: those who are also in ``versus``, and those who are not.
    """

    base: tuple[str, ...]
    columns: tuple[str, ...]  # party.people.column
    versus: str = ""
    where: tuple[Filter, ...] = ()


class FirstChannelQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="first_channel", tag_field="kernel"
):
    """New customers by the channel of the exposure that went before their first order.

    New: first order in the data on a day in [new_since, new_until). Channel: among the person's
    exposures up to that order and not more than ``window_days`` days before it (or, with
    ``while_active``, whose [ts, until] holds the order's day), the first or last by start, ties by
    the highest campaign. ``none`` when there is no such exposure, ``unmatched`` when the customer
    is not in the exposing party's data.
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    new_since: str  # ISO date
    new_until: str
    touch: Literal["first", "last"] = "last"
    window_days: int = 14
    while_active: bool = False
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    first_order_value: bool = False  # also sum what was paid on the day of the first order


Question = MatchQuestion | AttributeQuestion | FirstChannelQuestion
