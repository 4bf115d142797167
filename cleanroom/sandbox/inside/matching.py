"""Who is who: links the parties' people into persons, once per session.

Parties join in the agreement's order. A person is founded by the first party that brings it and is
linked to at most one pid of each later party: the owner of the founder's first token that hits, by
the agreement's priority of kinds, then by the smallest token. Pids that nobody links found persons
of their own. Nothing is merged transitively (PROTOCOL, Person).

DuckDB joins the tokens; the rest is arithmetic on dense indices, because pids are numbered from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import SandboxError
from cleanroom.sandbox.inside.database import Connection

NOBODY = 0xFFFFFFFF  # no pid of that party
_HITS = "FROM mine m JOIN theirs t ON m.hi = t.hi AND m.lo = t.lo"

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class PartyRows:
    """What matching needs of one party: people columns, and tokens by kind (person, hi, lo).
    ``ids``: who each of its people is in all sessions.
    """

    count: int
    ids: np.ndarray
    people: Columns
    tokens: Mapping[str, Columns]


@dataclass(frozen=True)
class Links:
    """Per person: the pid of each party (or NOBODY), the rank of the kind that linked it to the
    founder, and the bit set of ranks of all kinds that hit. Index 0 of the last two is unused.
    """

    pids: tuple[np.ndarray, ...]
    winners: tuple[np.ndarray, ...]
    hits: tuple[np.ndarray, ...]


def link(connection: Connection, catalogue: Catalogue, parties: Sequence[PartyRows]) -> Links:
    """Persons over all parties."""
    first = np.arange(parties[0].count, dtype="<u4")
    pids, winners, hits = [first], [np.zeros(0, "u1")], [np.zeros(0, "u1")]
    position = [np.arange(parties[0].count, dtype="<u4")]  # pid of its founder -> person
    for j in range(1, len(parties)):
        people = len(pids[0])
        pid = np.full(people, NOBODY, "<u4")
        winner, hit = np.zeros(people, "u1"), np.zeros(people, "u1")
        for rank, identifier in reversed(list(enumerate(catalogue.identifiers))):
            for f in range(j):
                mine, theirs = _shared(connection, identifier.kind, parties[f], parties[j])
                person = position[f][mine]
                founded = person != NOBODY
                person, theirs = person[founded], theirs[founded]
                pid[person], winner[person] = theirs, rank
                hit[person] |= 1 << rank
        linked = np.zeros(parties[j].count, bool)
        linked[pid[pid != NOBODY]] = True
        alone = np.flatnonzero(~linked).astype("<u4")
        pids = [_extend(array, len(alone), NOBODY) for array in pids]
        winners = [winners[0], *(_extend(array, len(alone), 0) for array in winners[1:])]
        hits = [hits[0], *(_extend(array, len(alone), 0) for array in hits[1:])]
        pids.append(np.concatenate([pid, alone]))
        winners.append(_extend(winner, len(alone), 0))
        hits.append(_extend(hit, len(alone), 0))
        founder = np.full(parties[j].count, NOBODY, "<u4")
        founder[alone] = np.arange(people, people + len(alone), dtype="<u4")
        position.append(founder)
    return Links(tuple(pids), tuple(winners), tuple(hits))


def _extend(array: np.ndarray, more: int, value: int) -> np.ndarray:
    return np.concatenate([array, np.full(more, value, array.dtype)])


def _shared(
    connection: Connection, kind: str, mine: PartyRows, theirs: PartyRows
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of pids that share a token of one kind, one pair per pid of ``mine``.

    A pid with several tokens that hit keeps the pair of the smallest token. Raises
    ``sandbox.lied`` for a token of two pids: then one person could be counted as many, and the
    ingest worker that let it pass may have been taken over by what it read.
    """
    connection.register("mine", dict(mine.tokens[kind]))
    connection.register("theirs", dict(theirs.tokens[kind]))
    found = connection.execute(f"SELECT m.person m, t.person t {_HITS}").fetchnumpy()
    left, right = np.asarray(found["m"]), np.asarray(found["t"])
    # Where no pid hits twice on either side, all hits are of different tokens; nearly always this
    # is so, and the tokens themselves need not leave the join.
    if _repeats(left, mine.count) or _repeats(right, theirs.count):
        left, right = _smallest(connection)
    connection.unregister("mine")
    connection.unregister("theirs")
    return left, right


def _repeats(pids: np.ndarray, count: int) -> bool:
    seen = np.zeros(count, bool)
    seen[pids] = True
    return bool(np.count_nonzero(seen) != len(pids))


def _smallest(connection: Connection) -> tuple[np.ndarray, np.ndarray]:
    """For each pid of ``mine`` the hit of its smallest token. Raises ``sandbox.lied``."""
    found = connection.execute(
        f"SELECT m.person m, t.person t, m.hi hi, m.lo lo {_HITS}"
    ).fetchnumpy()
    left, right = np.asarray(found["m"]), np.asarray(found["t"])
    pairs = np.stack([found["hi"], found["lo"]], axis=1)
    if len(np.unique(pairs, axis=0)) != len(pairs):
        raise SandboxError("sandbox.lied")
    order = np.lexsort((found["lo"], found["hi"], left))
    left, right = left[order], right[order]
    first = np.concatenate([[True], left[1:] != left[:-1]])
    return left[first], right[first]


def create_persons(
    connection: Connection, catalogue: Catalogue, parties: Sequence[PartyRows], links: Links
) -> None:
    """The wide view ``persons``, one row per person, so that a question on people needs no join.

    It reads the arrays where they are: a copy in the database takes as long as twenty questions.

    ``p<i>`` index of the party's pid or NULL, ``w<i>`` and ``h<i>`` (i > 0) how it was linked,
    ``c<i>_<column>`` each people column's code (0 where the party does not have the person).
    """
    columns: dict[str, np.ndarray] = {}
    fields: list[str] = ["person"]
    columns["person"] = np.arange(len(links.pids[0]), dtype="<u4")
    for i, party in enumerate(parties):
        columns[f"p{i}"] = links.pids[i]
        fields.append(f"nullif(p{i}, {NOBODY}) AS p{i}")
        if i > 0:
            columns[f"w{i}"], columns[f"h{i}"] = links.winners[i], links.hits[i]
            fields += [f"w{i}", f"h{i}"]
        for name, values in party.people.items():
            columns[f"c{i}_{name}"] = gather(values, links.pids[i])
            fields.append(f'"c{i}_{name}"')
    if len({name.casefold() for name in columns}) != len(columns):
        raise SandboxError("sandbox.failed")  # the database would take one for the other
    connection.register("wide", columns)
    view = f"CREATE OR REPLACE VIEW persons AS SELECT {', '.join(fields)} FROM wide"
    connection.execute(view).fetchall()


def gather(values: np.ndarray, pids: np.ndarray) -> np.ndarray:
    """``values`` of each pid, 0 for NOBODY."""
    padded = np.append(values, np.zeros(1, values.dtype))
    gathered: np.ndarray = padded[np.minimum(pids, len(values))]
    return gathered
