"""Who is who, against PROTOCOL's rule in plain Python and against a full outer join in pandas."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inside_material import load_rows, party_rows
from person_material import KINDS, Person, World, catalogue, persons_by_rule, rows_of, worlds
from room_material import Rows

from cleanroom.errors import SandboxError
from cleanroom.sandbox.inside import database, matching
from cleanroom.sandbox.inside.matching import NOBODY, Links

CONNECTION = database.connect(256, 1)


def linked(world: World, kinds: int) -> Links:
    agreed, rows = catalogue(tuple(world), kinds), rows_of(world)
    parties = [party_rows(agreed, party, rows[party]) for party in agreed.parties]
    return matching.link(CONNECTION, agreed, parties)


def as_set(links: Links, kinds: int) -> list[tuple[object, ...]]:
    """Each person as pids (None where absent) and how every later pid was linked."""
    names = [identifier.kind for identifier in KINDS[:kinds]]
    found = []
    for person in range(len(links.pids[0])):
        pids = [int(array[person]) for array in links.pids]
        how = []
        for j in range(1, len(pids)):
            bits = int(links.hits[j][person])
            hits = frozenset(names[rank] for rank in range(kinds) if bits >> rank & 1)
            how.append((names[int(links.winners[j][person])] if hits else None, hits))
        found.append((*(None if pid == NOBODY else pid for pid in pids), *how))
    return sorted(found, key=repr)


def by_rule(world: World, kinds: int) -> list[tuple[object, ...]]:
    names = [identifier.kind for identifier in KINDS[:kinds]]
    parties = list(world)
    return sorted(
        (
            (
                *(person.pids.get(party) for party in parties),
                *(
                    (person.winners.get(party), person.hits.get(party, frozenset()))
                    for party in parties[1:]
                ),
            )
            for person in persons_by_rule(world, names)
        ),
        key=repr,
    )


@given(data=st.data(), parties=st.integers(2, 3), kinds=st.integers(1, 3))
def test_persons_are_those_of_the_rule(data: st.DataObject, parties: int, kinds: int) -> None:
    world = data.draw(worlds(parties=parties, kinds=kinds, events=False))
    assert as_set(linked(world, kinds), kinds) == by_rule(world, kinds)


@given(data=st.data(), parties=st.integers(2, 3))
def test_one_token_each_is_a_full_outer_join(data: st.DataObject, parties: int) -> None:
    """Differential privacy: a person is a token, or a pid without one."""
    world = data.draw(worlds(parties=parties, kinds=1, one_each=True, events=False))
    joined: pd.DataFrame | None = None
    for party, people in world.items():
        keys = [
            str(p.tokens["email"][0]) if p.tokens else f"{party} {pid}"
            for pid, p in enumerate(people)
        ]
        own = pd.DataFrame({"key": pd.Series(keys, dtype=str), party: range(len(people))})
        joined = own if joined is None else joined.merge(own, how="outer", on="key")
    assert joined is not None
    expected = [
        tuple(None if pd.isna(row[party]) else int(row[party]) for party in world)
        for row in joined.to_dict("records")
    ]
    links = linked(world, 1)
    found = [
        tuple(None if array[i] == NOBODY else int(array[i]) for array in links.pids)
        for i in range(len(links.pids[0]))
    ]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@given(world=worlds(parties=3, kinds=2, events=False))
def test_every_pid_is_somebody_and_one_person_has_one_pid_of_each(world: World) -> None:
    links = linked(world, 2)
    for array, people in zip(links.pids, world.values(), strict=True):
        present = array[array != NOBODY]
        assert set(present.tolist()) == set(range(len(people)))
    first = links.pids[0][links.pids[0] != NOBODY]
    assert len(first) == len(set(first.tolist()))  # an anchor pid founds exactly one person


@given(world=worlds(parties=3, kinds=1, one_each=True, events=False))
def test_with_one_token_each_every_pid_is_in_one_person(world: World) -> None:
    links = linked(world, 1)
    for array, people in zip(links.pids, world.values(), strict=True):
        assert sorted(array[array != NOBODY].tolist()) == list(range(len(people)))


def test_two_of_the_first_party_may_share_one_of_the_second() -> None:
    """No transitive merging: each anchor person goes by its own first token."""
    world = {
        "platform": [
            Person({"email": [(0, 1)]}),
            Person({"phone": [(0, 2)]}),
        ],
        "brand": [Person({"email": [(0, 1)], "phone": [(0, 2)]})],
    }
    assert as_set(linked(world, 2), 2) == [
        (0, 0, ("email", frozenset({"email"}))),
        (1, 0, ("phone", frozenset({"phone"}))),
    ]


def test_the_smallest_token_that_hits_decides_by_both_halves() -> None:
    world = {
        "platform": [Person({"email": [(1, 0), (0, 3), (0, 2)]})],
        "brand": [
            Person({"email": [(1, 0)]}),
            Person({"email": [(0, 3)]}),
            Person({"email": [(0, 2)]}),
        ],
    }
    links = linked(world, 1)
    assert links.pids[1][0] == 2


@pytest.mark.parametrize("twice", ["platform", "brand"])
def test_a_token_of_two_pids_ends_the_session(twice: str) -> None:
    """The ingest worker refuses it; an ingest worker that was taken over may not."""
    world = {
        party: [Person({"email": [(0, 1)]})] * (2 if party == twice else 1)
        for party in ("platform", "brand")
    }
    with pytest.raises(SandboxError) as caught:
        linked(world, 1)
    assert caught.value.code == "sandbox.lied"


def test_columns_that_only_a_database_confuses_end_the_session() -> None:
    agreed = catalogue(("platform", "brand"), 1)
    rows = rows_of({"platform": [Person()], "brand": [Person()]})
    parties = [party_rows(agreed, party, rows[party]) for party in agreed.parties]
    twins = {**parties[0].people, "A_AGE": parties[0].people["a_age"]}
    parties[0] = replace(parties[0], people=twins)
    links = matching.link(CONNECTION, agreed, parties)
    with pytest.raises(SandboxError):
        matching.create_persons(CONNECTION, agreed, parties, links)


def test_persons_have_codes_of_their_pid_and_zero_without_one() -> None:
    world = {
        "platform": [Person({"email": [(0, 1)]}, {"a_age": 3, "is_fan": 2})],
        "brand": [
            Person({}, {"a_age": 2, "is_fan": 1}),
            Person({"email": [(0, 1)]}, {"a_age": 1, "is_fan": 1}),
        ],
    }
    load_rows(CONNECTION, catalogue(tuple(world), 1), rows_of(world))
    assert CONNECTION.execute(
        'SELECT p0, p1, "c0_a_age", "c1_a_age", "c0_is_fan", "c1_is_fan" FROM persons ORDER BY 1'
    ).fetchall() == [(0, 1, 3, 1, 2, 1), (None, 0, 0, 2, 0, 1)]


def test_many_tokens_at_once() -> None:
    """More rows than DuckDB takes in one chunk, against pandas."""
    rng = np.random.default_rng(5)
    count = 30_000
    pool = rng.integers(1, 2**63, (2 * count, 2), dtype=np.uint64)
    sides = {}
    frames = []
    for party in ("platform", "brand"):
        mine = rng.permutation(2 * count)[:count]
        sides[party] = Rows(
            count,
            {"a_age": np.ones(count, "u1"), "is_fan": np.ones(count, "u1")},
            {"email": (np.arange(count, dtype="<u4"), pool[mine, 0], pool[mine, 1])},
        )
        frames.append(pd.DataFrame({"token": mine, party: np.arange(count)}))
    agreed = catalogue(("platform", "brand"), 1)
    parties = [party_rows(agreed, party, sides[party]) for party in agreed.parties]
    links = matching.link(CONNECTION, agreed, parties)
    joined = frames[0].merge(frames[1], how="outer", on="token")
    both = joined.dropna()
    found = links.pids[1][:count]
    matched = found != NOBODY
    assert len(links.pids[0]) == len(joined)
    assert matched.sum() == len(both)
    assert dict(
        zip(np.flatnonzero(matched).tolist(), found[matched].tolist(), strict=True)
    ) == dict(zip(both["platform"].astype(int), both["brand"].astype(int), strict=True))
