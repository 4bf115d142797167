"""Threshold mode's rules one by one, on answers made up for them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.policy import Policy
from cleanroom.sandbox.inside import members, rules
from cleanroom.sandbox.inside.kernels import Exact, Persons
from cleanroom.sandbox.inside.rules import Candidate, Shown, judge

POLICY = Policy("threshold")
PEOPLE = 3000


def answer(cells: Sequence[int], count: int) -> tuple[members.Cells, ...]:
    """One cell per person; -1 for people whom the question is not about."""
    cell = np.array(cells)
    person = np.flatnonzero(cell >= 0)
    return members.spread(person, cell[person], len(cell), count, 1)


def sized(sizes: Sequence[int], start: int = 0) -> tuple[members.Cells, ...]:
    """Cells of these sizes, one after the other, from person ``start``."""
    cell = np.full(PEOPLE, -1)
    cell[start : start + sum(sizes)] = np.repeat(np.arange(len(sizes)), sizes)
    return answer(cell.tolist(), len(sizes))


def candidate(columns: tuple[members.Cells, ...], cells: int) -> Candidate:
    """Without noise."""
    people = members.sizes(columns, cells + 1)[:cells]
    return Candidate(Persons(Exact([people]), columns, []), people, {}, POLICY.k)


def shown(columns: tuple[members.Cells, ...], cells: int, hidden: Sequence[int] = ()) -> Shown:
    """An earlier answer; the rest of its hidden cells was not given."""
    names = np.append(np.arange(cells), -1)
    names[list(hidden)] = -1
    return Shown(columns, names, np.array(members.sizes(columns, cells + 1)))


@pytest.fixture(autouse=True)
def _without_noise(shifted: Callable[..., None]) -> None:
    shifted(0)


def withheld(new: Candidate, *earlier: Shown) -> list[int]:
    return [i for i, hidden in enumerate(judge(new, earlier, POLICY).withheld[0]) if hidden]


def test_small_cells_join_the_rest() -> None:
    verdict = judge(candidate(sized([40, 30, 500, 600]), 4), [], POLICY)
    assert verdict.withheld == [(True, True, False, False)]
    assert verdict.rest == 70


@pytest.mark.parametrize(
    ("sizes", "hidden", "rest"),
    [
        ([40, 500, 600], [0, 1], 540),  # one small cell alone would be the total less the others
        ([0, 500, 600], [0, 1], 500),  # an empty one would tell that everybody is in the others
        ([500, 600], [], None),
        ([0, 500], [0, 1], 500),  # everybody in one cell is never told
        ([10, 20], [0, 1], None),
    ],
)
def test_the_rest_is_enough_people_or_more_cells_join_it(
    sizes: list[int], hidden: list[int], rest: int | None
) -> None:
    new = candidate(sized(sizes), len(sizes))
    assert withheld(new) == hidden
    assert judge(new, [], POLICY).rest == rest


def test_people_in_no_cell_belong_to_the_rest() -> None:
    columns = sized([500, 600, 20])
    new = Candidate(Persons(Exact([[500, 600]]), columns, []), [500, 600], {}, POLICY.k)
    verdict = judge(new, [], POLICY)
    assert (verdict.withheld, verdict.rest) == ([(True, False)], 520)


@pytest.mark.parametrize(("taken", "fails"), [(0, True), (1, True), (49, True), (60, False)])
def test_a_cell_near_one_shown_before_is_withheld(taken: int, fails: bool) -> None:
    before = shown(sized([1000, 1000]), 2)
    new = candidate(sized([1000 - taken, 1000], start=taken), 2)
    first, second = withheld(new, before), withheld(new)
    assert second == []
    assert first == ([0, 1] if fails else [1])  # the second cell is the very same people


def test_only_cells_that_were_shown_count() -> None:
    before = shown(sized([1000, 1000]), 2, hidden=[0, 1])
    assert withheld(candidate(sized([999, 1000], start=1), 2), before) == []


def test_people_who_are_gone_still_count() -> None:
    """Then 1000, today the same less one who is in no roster any more."""
    before = replace(shown(sized([999, 900]), 2), sizes=np.array([1000, 900, 0]))
    assert 0 in withheld(candidate(sized([999, 500]), 2), before)


def test_the_rest_is_not_told_when_it_is_near_a_shown_cell() -> None:
    columns = sized([40, 30, 500, 600])
    total = shown(answer([0] * 70 + [-1] * (PEOPLE - 70), 1), 1)
    verdict = judge(candidate(columns, 4), [total], POLICY)
    assert (verdict.withheld, verdict.rest) == ([(True, True, False, False)], None)


def test_what_an_earlier_answer_settled_stays() -> None:
    new = replace(candidate(sized([300, 400, 500]), 3), settled={0: True, 1: False})
    same = shown(sized([300, 400, 500]), 3)
    verdict = judge(new, [same], POLICY)
    assert verdict.withheld == [(True, False, True)]


@pytest.mark.parametrize(("given", "hidden"), [(70, False), (40, True)])
def test_a_cell_given_before_goes_by_what_was_given(given: int, hidden: bool) -> None:
    """49 people are left of 70 who were shown: withholding them now would tell how many are."""
    new = candidate(sized([49, 400, 500]), 3)
    new = replace(new, noisy=[given, 400, 500], settled={0: False})
    assert judge(new, [], POLICY).withheld[0][0] is hidden


def test_where_people_may_be_in_several_cells_nobody_may_be_nearly_everywhere() -> None:
    cell = np.repeat([0, 1], 1000)
    person = np.concatenate([np.arange(1000), np.arange(20, 1020)])
    columns = members.spread(person, cell, PEOPLE, 2, 2)
    assert withheld(candidate(columns, 2)) == [0, 1]  # all but 20 are in each
    person = np.concatenate([np.arange(1000), np.arange(500, 1500)])
    columns = members.spread(person, cell, PEOPLE, 2, 2)
    assert withheld(candidate(columns, 2)) == []


@given(st.lists(st.integers(0, 10**6), min_size=0, max_size=60), st.integers(0, 100), st.data())
def test_dominance_against_the_definitions(
    amounts: list[int], p_percent: int, data: st.DataObject
) -> None:
    """p %: what the others bring must hide the largest. (2, k): two may not bring nearly all."""
    most = data.draw(st.integers(1, 100))
    policy = msgspec.structs.replace(POLICY, p_percent=p_percent, dominance_two_percent=most)
    ordered = sorted([*amounts, 0, 0], reverse=True)
    others = sum(ordered[2:])
    told = others * 100 < ordered[0] * p_percent or ordered[0] + ordered[1] > (
        sum(ordered) * most / 100
    )
    rooms = rules._rooms(sum(amounts), (ordered[0], ordered[1]), policy)
    assert (min(rooms) < 0) == told


def test_a_dominated_sum_is_withheld_and_its_people_are_not() -> None:
    columns = sized([100, 100])
    persons = Persons(Exact([[100, 100], [1000, 1000]]), columns, [[(10, 10), (990, 5)]])
    verdict = judge(Candidate(persons, [100, 100], {}, POLICY.k, [30]), [], POLICY)
    assert verdict.withheld == [(False, False), (False, True)]


def test_every_look_at_a_true_count_is_noisy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threshold, difference and rest: each goes through the one noise module."""
    looked: list[list[int]] = []

    def add(exact: Sequence[int], sigma: int) -> list[int]:
        looked.append(list(exact))
        assert sigma == POLICY.threshold_sigma
        return list(exact)

    monkeypatch.setattr("cleanroom.sandbox.inside.noise.add", add)
    before = shown(sized([1000, 1000]), 2)
    judge(candidate(sized([940, 40, 1000], start=60), 3), [before], POLICY)
    # the differences 60 and 80; the rest of 980 people. Of the 40 alone there was one look before,
    # the count's own, which stays.
    assert [exact for exact in looked if exact] == [[60, 80], [980]]
