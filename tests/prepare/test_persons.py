"""Persons from people rows, against a slow reading of PROTOCOL.md "Person"."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanroom.prepare.merging import Tokens
from cleanroom.prepare.persons import People, Persons, build
from cleanroom.tables import MISSING_DATE

Pair = tuple[int, int]
KINDS = 3


@dataclass(frozen=True)
class Row:
    pid: Pair
    tokens: tuple[Pair | None, ...]
    as_of: int


# Few upper halves, so that equal ones with different lower halves are as common as real repeats.
pairs = st.tuples(st.sampled_from([0, 1, 2, 2**64 - 1]), st.integers(0, 3))
days = st.sampled_from([MISSING_DATE, -1, 0, 5])


def rows_of(kinds: int) -> st.SearchStrategy[list[Row]]:
    tokens = st.tuples(*[st.none() | pairs for _ in range(kinds)])
    return st.lists(st.builds(Row, pairs, tokens, days), min_size=1, max_size=24)


def u64(values: list[int]) -> np.ndarray:
    return np.array(values, np.uint64)


def halves(values: list[Pair]) -> tuple[np.ndarray, np.ndarray]:
    return u64([hi for hi, _ in values]), u64([lo for _, lo in values])


def built(rows: list[Row], *, one_token: bool, as_of: bool = True) -> tuple[People, Persons]:
    kinds = {}
    for number in range(len(rows[0].tokens)):
        mine = [row.tokens[number] for row in rows]
        hi, lo = halves([pair or (7, 7) for pair in mine])
        kinds[f"kind{number}"] = Tokens(hi, lo, np.array([pair is not None for pair in mine]))
    days = np.array([row.as_of for row in rows], np.int32) if as_of else None
    people = People(*halves([row.pid for row in rows]), kinds, days)
    return people, build(people, one_token=one_token)


@dataclass
class Expected:
    attribute: dict[Pair, int]  # surviving pid -> row its attributes come from
    tokens: list[dict[Pair, Pair]]  # per kind: token -> surviving pid
    survivor: dict[Pair, Pair]
    hot: list[int]


def holders_of(rows: list[Row], kind: int) -> dict[Pair, set[Pair]]:
    held: dict[Pair, set[Pair]] = {}
    for row in rows:
        token = row.tokens[kind]
        if token is not None:
            held.setdefault(token, set()).add(row.pid)
    return held


def survivors(rows: list[Row], holders: list[dict[Pair, set[Pair]]]) -> dict[Pair, Pair]:
    families = {row.pid: {row.pid} for row in rows}
    for sharing in (pids for held in holders for pids in held.values()):
        if 1 < len(sharing) <= 3:
            union = set().union(*(families[pid] for pid in sharing))
            families |= dict.fromkeys(union, union)
    return {pid: min(family) for pid, family in families.items()}


def oracle(rows: list[Row], *, one_token: bool) -> Expected:
    holders = [holders_of(rows, kind) for kind in range(len(rows[0].tokens))]
    survivor = survivors(rows, holders)
    attribute: dict[Pair, int] = {}
    for number, row in enumerate(rows):
        mine = survivor[row.pid]
        if mine not in attribute or row.as_of >= rows[attribute[mine]].as_of:
            attribute[mine] = number
    tokens = []
    for kind, held in enumerate(holders):
        alive = {token: survivor[min(h)] for token, h in held.items() if len(h) <= 3}
        if one_token:
            latest = {t: max(r.as_of for r in rows if r.tokens[kind] == t) for t in alive}
            best = (
                (pid, min((-latest[t], t) for t in alive if alive[t] == pid)[1])
                for pid in set(alive.values())
            )
            alive = {token: pid for pid, token in best}
        tokens.append(alive)
    return Expected(
        attribute, tokens, survivor, [sum(len(h) > 3 for h in held.values()) for held in holders]
    )


def index(array: np.ndarray | None, size: int) -> list[int]:
    return list(range(size)) if array is None else array.tolist()


def compare(rows: list[Row], people: People, found: Persons, *, one_token: bool) -> None:
    expected = oracle(rows, one_token=one_token)
    pids = [rows[row].pid for row in index(found.keys, len(rows))]
    assert len(pids) == len(set(pids)) == found.count
    sources = index(found.rows, len(rows))
    assert dict(zip(pids, sources, strict=True)) == expected.attribute
    person_of_row = index(found.of_row, len(rows))
    for row, person in zip(rows, person_of_row, strict=True):
        assert pids[person] == expected.survivor[row.pid]
    for number, kind in enumerate(people.kinds):
        places = index(found.tokens[kind], len(rows))
        listed = [rows[place].tokens[number] for place in places]
        assert len(listed) == len(set(listed))
        owners = [pids[person_of_row[place]] for place in places]
        assert dict(zip(listed, owners, strict=True)) == expected.tokens[number]
        assert found.kinds[kind].hot == expected.hot[number]
    assert found.pids == len(expected.survivor)
    assert found.merged == len(expected.survivor) - found.count


@given(rows_of(KINDS))
@settings(max_examples=300, deadline=None)
def test_several_kinds_like_the_oracle(rows: list[Row]) -> None:
    compare(rows, *built(rows, one_token=False), one_token=False)


@given(rows_of(1))
@settings(max_examples=300, deadline=None)
def test_one_token_each_like_the_oracle(rows: list[Row]) -> None:
    compare(rows, *built(rows, one_token=True), one_token=True)


def test_a_chain_through_different_kinds_is_one_person() -> None:
    rows = [
        Row((9, 1), ((1, 1), None), 0),
        Row((5, 1), ((1, 1), (2, 2)), 0),
        Row((7, 1), (None, (2, 2)), 3),
        Row((8, 1), (None, (2, 3)), 0),
    ]
    _, found = built(rows, one_token=False)
    assert found.merged == 2
    assert sorted(rows[row].pid for row in index(found.keys, 4)) == [(5, 1), (8, 1)]
    assert 2 in index(found.rows, 4)  # the latest row of the merged three


@pytest.mark.parametrize(("holders", "persons"), [(3, 1), (4, 4)])
def test_a_hot_token_merges_nobody(holders: int, persons: int) -> None:
    rows = [Row((number, 0), ((1, 1),), 0) for number in range(holders)]
    _, found = built(rows, one_token=False)
    assert found.count == persons
    assert len(index(found.tokens["kind0"], holders)) == (1 if holders <= 3 else 0)
    assert found.kinds["kind0"].hot == (1 if holders > 3 else 0)


def test_many_rows_of_one_pid_do_not_make_a_token_hot() -> None:
    rows = [Row((1, 0), ((1, 1),), 0)] * 9
    _, found = built(rows, one_token=True)
    assert (found.count, found.kinds["kind0"].hot, found.pids) == (1, 0, 1)


def test_without_as_of_the_last_row_and_the_smallest_token_win() -> None:
    tokens: list[Pair] = [(4, 0), (3, 9), (3, 10)]
    rows = [Row((1, 0), (token,), 0) for token in tokens]
    _, found = built(rows, one_token=True, as_of=False)
    assert index(found.tokens["kind0"], 3) == [1]
    assert index(found.rows, 3) == [2]


def test_repeats_hidden_among_many_unique_rows() -> None:
    """With pids and tokens as they really look, at the size where only repeats are looked at."""
    rng = np.random.default_rng(7)
    hi, lo, pid_hi, pid_lo = rng.integers(0, 2**64, (4, 50_000), dtype=np.uint64)
    hi[40_000:41_000], lo[40_000:41_000] = hi[:1000], lo[:1000]
    pid_hi[45_000:], pid_lo[45_000:] = pid_hi[10_000:15_000], pid_lo[10_000:15_000]
    people = People(pid_hi, pid_lo, {"kind0": Tokens(hi, lo, np.ones(50_000, bool))})
    found = build(people, one_token=True)
    assert (found.count, found.merged, found.pids) == (44_000, 1000, 45_000)
    assert found.of_row is not None
    assert (found.of_row[40_000:41_000] == found.of_row[:1000]).all()
    assert (found.of_row[45_000:] == found.of_row[10_000:15_000]).all()
    assert len(np.unique(found.of_row)) == 44_000
