"""The public cells of each question, and what it costs in whole numbers."""

from fractions import Fraction
from itertools import product
from math import isqrt, sqrt

import msgspec
import pytest
from disclosure_material import (
    AGE,
    ARMS,
    CATALOGUE,
    CHANNELS,
    CITY,
    PHONE,
    brand_with,
    category,
    with_fields,
)
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.cells import MAX_CELLS, Measure, Shape, regions, shape
from cleanroom.disclosure.policy import NANO, Policy
from cleanroom.disclosure.price import Price, price, sigma, total
from cleanroom.disclosure.question import (
    ArmQuestion,
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
)
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

DP, THRESHOLD = Policy("dp"), Policy("threshold")


def labels(found: Shape) -> list[tuple[str, ...]]:
    return list(found.cells)


def test_membership_has_a_cell_for_every_set_of_parties() -> None:
    two = shape(MatchQuestion(("brand", "platform"), "membership"), CATALOGUE)
    assert labels(two) == [("platform",), ("brand",), ("platform+brand",)]
    three = shape(MatchQuestion(CATALOGUE.parties, "membership"), CATALOGUE)
    assert len(three.cells) == 7
    assert labels(three)[-1] == ("platform+brand+partner",)
    assert three.cells_per_person == 1


@given(st.integers(1, 6))
def test_there_are_as_many_regions_as_sets(size: int) -> None:
    parties = tuple(f"p{i}" for i in range(size))
    found = regions(parties)
    assert len(found) == len(set(found)) == 2**size - 1
    assert [len(group) for group in found] == sorted(len(group) for group in found)


def test_the_winner_splits_who_is_in_both() -> None:
    found = shape(MatchQuestion(("platform", "brand")), CATALOGUE)
    assert found.dimensions == ("parties", "identifier")
    assert labels(found) == [
        ("platform", ""),
        ("brand", ""),
        ("platform+brand", "phone"),
        ("platform+brand", "email"),
        ("platform+brand", "device"),
    ]


def test_the_pattern_names_every_set_of_kinds() -> None:
    found = shape(MatchQuestion(("platform", "brand"), "pattern"), CATALOGUE)
    assert len(found.cells) == 2 + 7
    one = shape(MatchQuestion(("platform", "brand")), with_fields(identifiers=(PHONE,)))
    assert len(one.cells) == 3


def test_a_profile_has_a_cell_for_every_combination_of_levels() -> None:
    columns = ("platform.people.a_city", "platform.people.a_age")
    found = shape(AttributeQuestion(("platform",), columns, "brand"), CATALOGUE)
    assert found.dimensions == (columns[1], columns[0], "versus")
    assert labels(found) == list(product(("", *AGE), CITY, ("brand", "not brand")))


def test_a_yes_or_no_has_two_levels_and_perhaps_missing() -> None:
    sure = shape(AttributeQuestion(("platform",), ("platform.people.is_fan",)), CATALOGUE)
    assert labels(sure) == [("false",), ("true",)]
    unsure = shape(AttributeQuestion(("brand",), ("brand.people.is_customer",)), CATALOGUE)
    assert labels(unsure) == [("",), ("false",), ("true",)]


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("kind", [Type.CATEGORY, Type.BOOL])
def test_codes_stand_beside_their_levels(kind: Type, missing: bool) -> None:
    spec = ColumnSpec(kind, ("a", "b", "c") if kind is Type.CATEGORY else (), missing=missing)
    assert len(spec.codes()) == len(spec.levels())
    assert (0 in spec.codes()) is missing is ("" in spec.levels())
    assert list(spec.codes()) == sorted(spec.codes())


QUESTION = FirstChannelQuestion("platform", "brand", "2025-04-01", "2025-07-01")


def test_new_customers_have_a_cell_for_every_channel_and_two_more() -> None:
    found = shape(QUESTION, CATALOGUE)
    assert labels(found) == [(x,) for x in ("", *CHANNELS, "none", "unmatched")]
    assert [m.name for m in found.measures] == ["people"]


def test_an_amount_is_a_measure_of_its_own_with_its_cap() -> None:
    found = shape(msgspec.structs.replace(QUESTION, first_order_value=True), CATALOGUE)
    assert [(m.name, m.cap, m.unit) for m in found.measures] == [
        ("people", 1, "people"),
        ("first_order_value", 50_000, "money"),
    ]


TRIED = ArmQuestion("platform", "brand", "spring", sales_value=True)


def test_a_test_has_each_arm_by_outcome() -> None:
    outcomes = ("converted", "not converted", "unmatched")
    assert labels(shape(TRIED, CATALOGUE)) == list(product(ARMS, outcomes))
    two = msgspec.structs.replace(TRIED, between=("large", "control"))
    assert labels(shape(two, CATALOGUE)) == list(product(("control", "large"), outcomes))


def test_sales_and_their_squares_have_the_cap_of_an_amount() -> None:
    assert [(m.name, m.cap, m.unit) for m in shape(TRIED, CATALOGUE).measures] == [
        ("people", 1, "people"),
        ("sales", 50_000, "money"),
        ("sales_squared", 50_000, "money"),
    ]


@pytest.mark.parametrize("spec", [ColumnSpec(Type.MONEY), None])
@pytest.mark.parametrize(
    "question", [msgspec.structs.replace(QUESTION, first_order_value=True), TRIED]
)
def test_without_a_cap_nothing_is_summed(
    spec: ColumnSpec | None, question: FirstChannelQuestion | ArmQuestion
) -> None:
    with pytest.raises(DisclosureError, match=r"disclosure\.(cap|column)"):
        shape(question, brand_with("conversions", "paid", spec))


def test_a_question_does_not_fill_the_memory() -> None:
    wide = category(*(str(i) for i in range(99)), missing=False)
    names = ("brand.people.stage", "brand.people.stage2", "platform.people.is_fan")
    catalogue = brand_with("people", "stage", wide)
    tables = {
        **catalogue.datasets[1].tables,
        "people": {"stage": wide, "stage2": category(*(str(i) for i in range(51)), missing=False)},
    }
    brand = msgspec.structs.replace(catalogue.datasets[1], tables=tables)
    catalogue = with_fields(datasets=(catalogue.datasets[0], brand, catalogue.datasets[2]))
    assert len(shape(AttributeQuestion(("brand",), names[:2]), catalogue).cells) == 99 * 51
    with pytest.raises(DisclosureError, match=r"disclosure\.too_many_cells"):
        shape(AttributeQuestion(("brand", "platform"), names), catalogue)
    assert 99 * 51 <= MAX_CELLS < 99 * 51 * 2


# --- prices --------------------------------------------------------------------------------------


def asked(measures: int = 1, cells: int = 5, spread: int = 1, cap: int = 1) -> Shape:
    named = tuple(Measure(f"m{i}", cap, "people") for i in range(measures))
    return Shape(("x",), tuple((str(i),) for i in range(cells)), named, spread)


@pytest.mark.parametrize(
    ("people", "nano"),
    [
        (5, 40_000_000),
        (10, 10_000_000),
        (20, 2_500_000),
        (40, 625_000),
        (3, 111_111_112),
        (1, NANO),
    ],
)
def test_one_measure_costs_one_over_s_squared(people: int, nano: int) -> None:
    policy = msgspec.structs.replace(DP, people_of_noise=people)
    assert price(asked(), policy) == Price(nano, 5)


@given(st.integers(1, 100_000), st.integers(1, 4), st.integers(1, 50), st.integers(1, 10**9))
def test_the_charge_covers_the_noise_that_is_added(
    people: int, measures: int, spread: int, cap: int
) -> None:
    """Replace-one: squared L2 sensitivity 2 * L0 * cap^2, rho = that / (2 sigma^2), per measure."""
    policy = msgspec.structs.replace(DP, people_of_noise=people)
    found = asked(measures, spread=spread, cap=cap)
    spent = sum(
        Fraction(2 * spread * cap**2, 2 * sigma(measure, found, policy) ** 2)
        for measure in found.measures
    )
    charged = price(found, policy).nano_rho
    assert spent * NANO <= charged
    if isqrt(spread) ** 2 == spread:  # no root was rounded up: only the nano-rho were
        assert charged - spent * NANO < measures


@given(st.integers(1, 10_000), st.integers(1, 10**6))
def test_the_noise_grows_with_cap_and_cells_per_person(spread: int, cap: int) -> None:
    found = asked(spread=spread, cap=cap)
    spread_of_noise = sigma(found.measures[0], found, DP)
    assert isinstance(spread_of_noise, int)
    assert spread_of_noise >= DP.people_of_noise * cap * sqrt(spread) * (1 - 1e-12)
    assert spread_of_noise < DP.people_of_noise * cap * (sqrt(spread) + 1)


def test_threshold_mode_counts_cells_and_no_rho() -> None:
    assert price(asked(2, 7), THRESHOLD) == Price(0, 14)
    assert sigma(Measure("people", 1, "people"), asked(), THRESHOLD) == 3


def test_prices_add_up() -> None:
    assert total([]) == Price(0, 0, 0)
    assert total([Price(1, 2), Price(3, 4), Price(5, 6, 0)]) == Price(9, 12, 2)


@pytest.mark.parametrize("raw", [b'{"nano_rho":-1,"cells":0}', b'{"nano_rho":0,"cells":-1}'])
def test_a_price_from_outside_is_never_negative(raw: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Price)
