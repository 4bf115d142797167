"""The difference check against sets of people counted one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.policy import Policy
from cleanroom.sandbox.inside import difference, members
from cleanroom.sandbox.inside.difference import Common, follow, moved, overlaps, too_close
from cleanroom.sandbox.inside.members import Cells, outside

CELLS = 6
Touched = list[set[int]]  # cells of each person


@st.composite
def answers(draw: st.DrawFn, most: int) -> tuple[Touched, Touched]:
    """Two answers about the same people, each of whom touches up to ``most`` cells."""
    people = draw(st.integers(0, 30))
    cells = st.sets(st.integers(0, CELLS), max_size=most)
    each = st.lists(cells, min_size=people, max_size=people)
    return draw(each), draw(each)


def columns_of(touched: Touched, most: int, cells: int = CELLS) -> tuple[Cells, ...]:
    pairs = [(person, cell) for person, found in enumerate(touched) for cell in found]
    person, cell = np.array(pairs, "<i8").reshape(-1, 2).T
    return members.spread(person, cell, len(touched), cells, most)


def people_in(touched: Touched, cell: int) -> set[int]:
    return {person for person, found in enumerate(touched) if cell in found}


def as_table(common: Common) -> dict[tuple[int, int], int]:
    arrays = (common.new.tolist(), common.old.tolist(), common.people.tolist())
    table = {(a, b): n for a, b, n in zip(*arrays, strict=True)}
    assert len(table) == len(common.new)
    return table


def expected(new: Touched, old: Touched) -> dict[tuple[int, int], int]:
    cells = range(CELLS + 1)
    pairs = {(a, b): len(people_in(new, a) & people_in(old, b)) for a in cells for b in cells}
    return {pair: count for pair, count in pairs.items() if count}


@given(answers(1))
def test_common_people_of_all_pairs(both: tuple[Touched, Touched]) -> None:
    new, old = both
    assert as_table(overlaps(columns_of(new, 1), columns_of(old, 1))) == expected(new, old)


@given(answers(3))
def test_people_of_several_cells(both: tuple[Touched, Touched]) -> None:
    new, old = both
    found = overlaps(columns_of(new, 3), columns_of(old, 3))
    assert as_table(found) == expected(new, old)
    sizes = members.sizes(columns_of(new, 3), CELLS + 1)
    assert sizes == [len(people_in(new, cell)) for cell in range(CELLS + 1)]


@given(answers(1))
def test_many_cells_are_counted_the_same(both: tuple[Touched, Touched]) -> None:
    """Tables too large for one array take another way."""
    new, old = both
    wide = [[{cell * 9000 for cell in cells} for cells in touched] for touched in both]
    found = as_table(overlaps(*(columns_of(touched, 1, 60_000) for touched in wide)))
    assert found == {(9000 * a, 9000 * b): n for (a, b), n in expected(new, old).items()}


@given(answers(2), st.lists(st.integers(-1, 3), min_size=CELLS + 1, max_size=CELLS + 1))
def test_cells_under_one_name_are_counted_together(
    both: tuple[Touched, Touched], names: list[int]
) -> None:
    new, old = both
    table = overlaps(columns_of(new, 2), columns_of(old, 2)).merged(old=np.array(names))
    summed: dict[tuple[int, int], int] = {}
    for (a, b), count in expected(new, old).items():
        if names[b] >= 0:
            summed[a, names[b]] = summed.get((a, names[b]), 0) + count
    assert as_table(table) == summed


@given(answers(1))
def test_cells_fail_by_their_symmetric_difference(both: tuple[Touched, Touched]) -> None:
    """Without noise worth the name: a cell fails if it shares people with one that is nearly it."""
    new, old = both
    columns = [columns_of(touched, 1) for touched in both]
    sizes = [np.array(members.sizes(each, CELLS + 1)) for each in columns]
    least = 10
    failed = too_close(*sizes, overlaps(*columns), least, 1)
    apart = {
        (a, b): len(people_in(new, a) ^ people_in(old, b))
        for a in range(CELLS + 1)
        for b in range(CELLS + 1)
        if people_in(new, a) & people_in(old, b)
    }
    assert failed >= {a for (a, _), d in apart.items() if d < least}
    assert failed <= {a for (a, _), d in apart.items() if d < least + 3 + difference._SURE}


def test_the_look_at_a_difference_is_noisy() -> None:
    """At tau itself about half of the looks fail; a hard rule would be an oracle."""
    tau = Policy("threshold").tau
    pairs = 400
    common = Common(np.arange(pairs), np.arange(pairs), np.full(pairs, 500))
    failed = too_close(np.full(pairs, 500 + tau), np.full(pairs, 500), common, 50, 3)
    assert 0.3 < len(failed) / pairs < 0.7


ROSTERS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(any), max_size=20).map(
    lambda people: [p for i, p in enumerate(people) if _unique(people, i)]
)


def _unique(people: list[tuple[int, int]], place: int) -> bool:
    earlier = people[:place]
    return all(
        not (a and a == b) for other in earlier for a, b in zip(other, people[place], strict=True)
    )


def ids_of(people: list[tuple[int, int]]) -> list[np.ndarray]:
    first, second = np.array(people, "<u8").reshape(-1, 2).T
    return [first, second]


@given(ROSTERS, ROSTERS)
def test_people_are_followed_by_the_first_id_that_is_still_there(
    old: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    expected, taken = [-1] * len(old), set[int]()
    for party in (0, 1):
        today = {other[party]: i for i, other in enumerate(new) if other[party] and i not in taken}
        for i, person in enumerate(old):
            if expected[i] < 0:
                expected[i] = today.get(person[party], -1)
        taken |= set(expected)
    assert follow(ids_of(old), ids_of(new)).tolist() == expected


def test_nobody_today_is_two_earlier_people() -> None:
    """The second party gave the id of somebody whom only it had to a person of both."""
    old = ids_of([(1, 10), (0, 20)])
    assert follow(old, ids_of([(1, 20), (0, 10)])).tolist() == [0, -1]


def test_who_is_gone_is_in_no_cell_today() -> None:
    columns = columns_of([{0}, {1}, {2}], 1)
    (carried,) = moved(columns, np.array([2, -1, 0]), 4)
    nobody = outside(carried)
    assert carried.tolist() == [2, nobody, 0, nobody]
