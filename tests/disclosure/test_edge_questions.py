"""Questions about recommendations: cells that protect both ends, and a price for two people."""

from typing import Any

import msgspec
import pytest
from disclosure_material import CATALOGUE, brand_with

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.course import Course, Standing
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.predicates import predicates
from cleanroom.disclosure.price import price, sigma
from cleanroom.disclosure.question import EdgeQuestion, FirstChannelQuestion, MatchQuestion
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

ASKED = EdgeQuestion("platform", "brand", "2025-06-01", "2025-09-01")
DP = Policy("dp")


def change(**more: Any) -> EdgeQuestion:
    return msgspec.structs.replace(ASKED, **more)


def wanted(**more: Any) -> Shape:
    return shape(change(**more), CATALOGUE)


def test_the_cells() -> None:
    assert wanted(most=2).cells == (
        ("0", "0"),
        ("1", "0"),
        ("1", "1"),
        ("2", "0"),
        ("2", "1"),
        ("2", "2"),
    )
    assert len(wanted().cells) == 21
    referees = wanted(count="referees", most=2, repeat_days=90)
    assert referees.cells == (
        ("1", "again"),
        ("1", "once"),
        ("2", "again"),
        ("2", "once"),
        ("not referred", "again"),
        ("not referred", "once"),
    )
    assert referees.cells_per_person == 1


@pytest.mark.parametrize(("most", "g"), [(1, 3), (2, 5), (5, 11)])
@pytest.mark.parametrize("count", ["referrers", "referees"])
def test_two_people_cost_by_the_square(most: int, g: int, count: str) -> None:
    """rho = g^2 / s^2 with the noise of one person: s = 10 makes 10,000,000 nano-rho each."""
    shaped = wanted(most=most, count=count)
    assert shaped.people_moved == g
    assert price(shaped, DP).nano_rho == g * g * 10_000_000
    assert sigma(shaped.measures[0], shaped, DP) == 10
    alone = Shape(shaped.dimensions, shaped.cells, shaped.measures)
    assert price(alone, DP).nano_rho == 10_000_000
    assert price(shaped, Policy("threshold")) == price(alone, Policy("threshold"))


def test_the_price_is_rounded_up() -> None:
    """g^2 / s^2 = 121 / 49."""
    found = price(wanted(), msgspec.structs.replace(DP, people_of_noise=7))
    assert found.nano_rho == -(-121 * 10**9 // 49) == 2_469_387_756


def test_what_cannot_be_afforded_is_refused_beforehand() -> None:
    for noise, fate in ((10, "refused"), (40, "open")):  # open: the overlap is not known yet
        policy = msgspec.structs.replace(DP, people_of_noise=noise, min_match=0)
        course = Course(CATALOGUE, policy, ("A01", "A13"), Standing())
        course.book(course.judge("A01", MatchQuestion(CATALOGUE.parties, "membership")))
        line = course.judge("A13", ASKED)
        assert line.fate == fate
        assert line.refused == ("budget" if fate == "refused" else "")


def test_new_customers_have_the_meaning_that_they_have_elsewhere() -> None:
    days = ("2025-06-01", "2025-09-01")
    channels = FirstChannelQuestion("platform", "brand", *days, order_kinds=("pay",))
    theirs = {atom for box in predicates(channels, CATALOGUE) for atom, _ in box.allowed}
    mine = {
        atom
        for box in predicates(change(count="referees", order_kinds=("pay",)), CATALOGUE)
        for atom, _ in box.allowed
    }
    assert any(atom.startswith("newcomer") for atom in theirs & mine)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"referrals": "nobody"}, "disclosure.party"),
        ({"referrals": "brand"}, "disclosure.column"),
        ({"conversions": "platform"}, "disclosure.column"),
        ({"since": "2025-02-01"}, "disclosure.dates"),  # before the brand's data begin
        ({"until": "2025-06-01"}, "disclosure.dates"),
        ({"until": "2026-01-02"}, "disclosure.dates"),
        ({"since": "1.6.2025"}, "disclosure.dates"),
        ({"most": 0}, "disclosure.parameter"),
        ({"most": 6}, "disclosure.parameter"),
        ({"window_days": -1}, "disclosure.window"),
        ({"repeat_days": -1}, "disclosure.window"),
        ({"edge_kinds": ("gift",)}, "disclosure.value"),
        ({"order_kinds": ("gift",)}, "disclosure.value"),
    ],
)
def test_what_cannot_be_asked(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(DisclosureError) as caught:
        wanted(**wrong)
    assert caught.value.code == code


@pytest.mark.parametrize("spec", [ColumnSpec(Type.MONEY), None])
def test_money_needs_a_cap(spec: ColumnSpec | None) -> None:
    known: Catalogue = brand_with("conversions", "paid", spec)
    asked = change(count="referees", first_order_value=True)
    with pytest.raises(DisclosureError) as caught:
        shape(asked, known)
    assert caught.value.code == ("disclosure.cap" if spec else "disclosure.column")
    assert shape(change(first_order_value=True), known).measures == shape(ASKED, known).measures
