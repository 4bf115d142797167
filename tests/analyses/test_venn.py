"""A02: unions, overlaps and what each dataset adds, against plain sets of people."""

import random
from itertools import combinations
from typing import Any

import msgspec
import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.analyses.result import PartyName, Result, Row
from cleanroom.disclosure.catalogue import Catalogue, DatasetSpec
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import DisclosureError

NAMES = ("platform", "brand", "partner", "shop", "club", "cinema")


def known(parties: int) -> Catalogue:
    names = NAMES[:parties]
    datasets = tuple(
        DatasetSpec(name, "people", "2024-01-01", "2026-01-01", {"people": {}}) for name in names
    )
    return msgspec.structs.replace(catalogue(), parties=names, datasets=datasets)


def groups(parties: int) -> list[tuple[str, ...]]:
    sizes = range(1, parties + 1)
    return [group for size in sizes for group in combinations(NAMES[:parties], size)]


def venn(parties: int, cells: list[int | None], sigma: int = 0, **more: Any) -> Result:
    return run("A02", known(parties), THRESHOLD, [(cells, sigma)], **more)


def row(result: Result, name: str, place: int) -> Row:
    return table(result, name).rows[place]


@given(st.integers(2, 5), st.integers(0, 2**32))
def test_every_number_is_that_of_the_sets(parties: int, seed: int) -> None:
    """People with random memberships, counted by Python's own sets."""
    dice = random.Random(seed)
    names = NAMES[:parties]
    weights = {name: dice.uniform(0.05, 0.9) for name in names}
    held: dict[str, set[int]] = {name: set() for name in names}
    for person in range(400):
        for name in names:
            if dice.random() < weights[name]:
                held[name].add(person)
    of_group = dict.fromkeys(groups(parties), 0)
    for person in range(400):
        inside = tuple(name for name in names if person in held[name])
        if inside:
            of_group[inside] += 1
    result = venn(parties, list(of_group.values()))
    everybody = set().union(*held.values())
    assert result.cards[0].value.value == len(everybody)
    assert result.cards[1].value.value == sum(map(len, held.values()))
    datasets = table(result, "datasets")
    assert numbers(datasets, "in_dataset") == [len(held[name]) for name in names]
    alone = [held[n] - set().union(*(held[o] for o in names if o != n)) for n in names]
    assert numbers(datasets, "only_here") == [len(people) for people in alone]
    growth = table(result, "growth")
    unions = [set().union(*(held[n] for n in names[: i + 1])) for i in range(parties)]
    assert numbers(growth, "reach_so_far") == [len(union) for union in unions]
    steps = [len(b) - len(a) for a, b in zip([set(), *unions], unions, strict=False)]
    assert numbers(growth, "added") == steps
    if parties > 2:
        both = [len(held[one] & held[two]) for one, two in combinations(names, 2)]
        assert numbers(table(result, "pairs"), "both") == both
    several = result.cards[2].value
    repeated = sum(count for group, count in of_group.items() if len(group) > 1)
    if several.shown:
        assert several.value == pytest.approx(repeated / len(everybody))


def test_regions_are_labelled_by_their_parties_and_add_up() -> None:
    result = venn(3, [100, 200, 300, 60, 70, 80, 90], 3)
    found = table(result, "regions")
    assert [len(line.label.facts) for line in found.rows[:-1]] == [1, 1, 1, 2, 2, 2, 3]
    assert found.rows[3].label.facts == {"p1": PartyName("platform"), "p2": PartyName("brand")}
    counts = numbers(found, "people")
    assert counts[-1] == sum(counts[:-1]) == 900
    assert sum(numbers(found, "share")[:-1]) == pytest.approx(1)


def test_noise_of_sums_grows_with_their_regions() -> None:
    result = venn(3, [10_000] * 7, 10)
    reach, added_up = result.cards[0].value, result.cards[1].value
    assert reach.high - reach.low == pytest.approx(2 * 1.96 * 10 * 7**0.5, abs=2)
    weights = 3 * 1 + 3 * 4 + 9  # a region of m datasets counts m times
    assert added_up.high - added_up.low == pytest.approx(2 * 1.96 * 10 * weights**0.5, abs=2)


def test_a_withheld_region_leaves_bounds() -> None:
    result = venn(3, [1000, 2000, 3000, 600, None, 800, 900], 3)
    assert result.finding.key.endswith("at_least")
    assert (result.cards[0].value.value, result.cards[0].value.bound) == (8300, "at_least")
    datasets = table(result, "datasets")
    sizes = [cell(datasets, line, "in_dataset").bound for line in datasets.rows]
    assert sizes == ["at_least", "", "at_least"]
    pairs = [cell(table(result, "pairs"), line, "both") for line in table(result, "pairs").rows]
    assert [value.bound for value in pairs] == ["", "at_least", ""]
    assert any(note.key.endswith("no_rest") for note in result.notes)


def test_the_rest_completes_what_it_belongs_to() -> None:
    """Both withheld regions are of several datasets: the rest is within every union of these."""
    result = venn(3, [1000, 2000, 3000, 600, None, None, 900], 3, rest=70)
    assert (result.cards[0].value.value, result.cards[0].value.bound) == (7570, "")
    several = result.cards[2].value
    assert several.value == pytest.approx(1570 / 7570)
    partner = table(result, "datasets").rows[2]  # both withheld regions are within it
    assert (partner.values[0].value, partner.values[0].bound) == (3970, "")
    platform = table(result, "datasets").rows[0]
    assert platform.values[0].bound == "at_least"
    others = table(result, "regions").rows[-2]
    assert others.label.key.endswith("others")
    assert others.values[0].value == 70


def test_all_withheld_but_the_rest_is_at_least_said() -> None:
    result = venn(2, [None, None, None], 3, rest=500)
    assert result.cards[0].value.value == 500
    assert result.cards[1].value.status == "withheld"
    nothing = venn(2, [None, None, None], 3)
    assert nothing.finding.key.endswith("withheld")


def test_a_share_of_an_own_list_is_coded_at_the_top() -> None:
    result = venn(2, [50, 5000, 950], 3)
    platform = row(result, "datasets", 0)
    assert (platform.values[1].value, platform.values[1].bound) == (0.90, "at_least")


def test_dp_small_regions_are_below_and_count() -> None:
    result = run("A02", known(2), DP, [([3000, -8, 400], 10)])
    assert row(result, "regions", 1).values[0].status == "below"
    assert result.cards[0].value.value == 3392


@pytest.mark.parametrize(("parties", "bars", "folded"), [(2, 3, 0), (4, 15, 0), (5, 16, 1)])
def test_the_chart_draws_regions_and_folds_many(parties: int, bars: int, folded: int) -> None:
    cells = [100 + place for place in range(2**parties - 1)]
    (chart,) = venn(parties, cells).charts
    assert chart.template == "upset"
    assert chart.sets == tuple(map(PartyName, NAMES[:parties]))
    assert len(chart.marks) == bars
    assert [not mark.inside for mark in chart.marks].count(True) == folded
    drawn = sum(mark.values[0].value for mark in chart.marks)
    assert drawn == sum(cells)
    by_names = dict(zip(groups(parties), cells, strict=True))
    for mark in chart.marks[: bars - folded]:
        group = tuple(NAMES[place] for place in mark.inside)
        assert mark.values[0].value == by_names[group]


def test_parties_are_two_to_five_of_the_agreement() -> None:
    _, question = ask("A02", known(4), parties=["brand", "platform"])
    assert question == MatchQuestion(("platform", "brand"), "membership")
    for parties in (["platform"], ["platform", "stranger"], ["platform", "brand", "brand"]):
        with pytest.raises(DisclosureError) as error:
            ask("A02", known(4), parties=parties)
        assert error.value.facts["parameter"] == "parties"
    with pytest.raises(DisclosureError):
        ask("A02", known(6))
    _, five = ask("A02", known(6), parties=list(NAMES[1:]))
    assert five.parties == NAMES[1:]
