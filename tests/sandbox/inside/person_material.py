"""Small adversarial worlds for matching and kernels, and PROTOCOL's rule "Person" in plain Python.

A token here is a pair (hi, lo) of tiny numbers, so that equal halves with different wholes occur
all the time.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from hypothesis import strategies as st
from room_material import EMAIL, PHONE, Rows, dataset

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, Identifier
from cleanroom.tables import MISSING_LONG, Type

IMEI = Identifier("imei", "imei/1", "plain")
KINDS = (EMAIL, PHONE, IMEI)
PARTIES = ("platform", "brand", "partner")
DAY = 86400
START = 20454 * DAY  # 2026-01-01 in seconds since 1970
CHANNELS = ("feed", "search", "video")
SHOWN_KINDS = ("imp", "click", "share")
ORDER_KINDS = ("buy", "refund", "visit")
REFERRAL_KINDS = ("share", "click", "first_order")
DEVICES = ("app", "web")
PLACES = ("home", "store")
CAP = 5_000

Token = tuple[int, int]
TABLES: dict[str, dict[str, ColumnSpec]] = {
    "people": {
        "a_age": ColumnSpec(Type.CATEGORY, ("young", "middle", "old")),
        "is_fan": ColumnSpec(Type.BOOL, missing=False),
    },
    "exposures": {
        "ts": ColumnSpec(Type.DATETIME),
        "until": ColumnSpec(Type.DATETIME),
        "channel": ColumnSpec(Type.CATEGORY, CHANNELS),
        "campaign": ColumnSpec(Type.CATEGORY, ("c1", "c2")),
        "kind": ColumnSpec(Type.CATEGORY, SHOWN_KINDS),
        "device": ColumnSpec(Type.CATEGORY, DEVICES),
        "place": ColumnSpec(Type.CATEGORY, PLACES),
        "n": ColumnSpec(Type.INTEGER, cap=20),
    },
    "conversions": {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": ColumnSpec(Type.CATEGORY, ORDER_KINDS),
        "paid": ColumnSpec(Type.MONEY, cap=CAP),
        "order_id": ColumnSpec(Type.INTEGER),
        "brand": ColumnSpec(Type.CATEGORY, ("ours", "theirs")),
        "category": ColumnSpec(Type.CATEGORY, ("serum", "phone")),
        "qty": ColumnSpec(Type.INTEGER, cap=10),
        "list_price": ColumnSpec(Type.MONEY, cap=CAP),
        "device": ColumnSpec(Type.CATEGORY, DEVICES),
        "place": ColumnSpec(Type.CATEGORY, PLACES),
        "x_style": ColumnSpec(Type.CATEGORY, ("plain", "bold")),
    },
    "arms": {
        "test": ColumnSpec(Type.CATEGORY, ("t1", "t2")),
        "arm": ColumnSpec(Type.CATEGORY, ("control", "test")),
        "opp_ts": ColumnSpec(Type.DATETIME),
    },
    "referrals": {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": ColumnSpec(Type.CATEGORY, REFERRAL_KINDS),
        "channel": ColumnSpec(Type.CATEGORY, CHANNELS),
    },
}


@dataclass
class Person:
    """All that one party knows of one of its pids."""

    tokens: dict[str, list[Token]] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    exposures: list[dict[str, int]] = field(default_factory=list)
    conversions: list[dict[str, int]] = field(default_factory=list)
    arms: list[dict[str, int]] = field(default_factory=list)
    # edges that start here; ``to`` is a number that is taken modulo the party's people
    referrals: list[dict[str, int]] = field(default_factory=list)


World = dict[str, list[Person]]


Tables = Mapping[str, Mapping[str, ColumnSpec]]

# The same with only what must be there, and nothing missing in it.
BARE: dict[str, dict[str, ColumnSpec]] = {
    "people": {
        "a_age": msgspec.structs.replace(TABLES["people"]["a_age"], missing=False),
        "is_fan": TABLES["people"]["is_fan"],
    },
    "exposures": {
        "ts": ColumnSpec(Type.DATETIME, missing=False),
        "channel": msgspec.structs.replace(TABLES["exposures"]["channel"], missing=False),
    },
    "conversions": {
        "ts": ColumnSpec(Type.DATETIME, missing=False),
        "paid": TABLES["conversions"]["paid"],
    },
}


def catalogue(parties: Sequence[str], kinds: int, tables: Tables = TABLES) -> Catalogue:
    """The catalogue of such a world: every party brings every table."""
    datasets = tuple(dataset(party, tables) for party in parties)
    return Catalogue("ab" * 16, tuple(parties), KINDS[:kinds], datasets)


def without_missing(world: "World") -> "World":
    """The world with a value wherever ``BARE`` demands one."""
    for people in world.values():
        for person in people:
            person.people["a_age"] = max(1, person.people["a_age"])
            for row in [*person.exposures, *person.conversions]:
                row["ts"] = START if row["ts"] == MISSING_LONG else row["ts"]
                row["channel"] = max(1, row.get("channel", 1))
    return world


def to_rows(people: Sequence[Person]) -> Rows:
    """One party's people as arrays; person = position."""
    tokens = {}
    for kind in (identifier.kind for identifier in KINDS):
        found = [(i, *t) for i, p in enumerate(people) for t in p.tokens.get(kind, [])]
        person, hi, lo = (
            np.array([row[c] for row in found], "<u8" if c else "<u4") for c in range(3)
        )
        tokens[kind] = (person, hi, lo)
    columns = {
        name: np.array([p.people.get(name, 1) for p in people], "u1") for name in TABLES["people"]
    }
    events = {}
    for table in ("exposures", "conversions", "arms", "referrals"):
        listed = [(i, row) for i, p in enumerate(people) for row in getattr(p, table)]
        events[table] = {
            name: np.array([row.get(name, 0) for _, row in listed], "<i8") for name in TABLES[table]
        }
        start = np.array([i for i, _ in listed], "<u4")
        if table == "referrals":
            to = np.array([row["to"] % len(people) for _, row in listed], "<u4")
            events[table] |= {"from_person": start, "to_person": to}
        else:
            events[table]["person"] = start
    return Rows(len(people), columns, tokens, events)


def rows_of(world: World) -> dict[str, Rows]:
    """Every party's arrays."""
    return {party: to_rows(people) for party, people in world.items()}


@dataclass
class Linked:
    """One person by the rule: its pid at each party that has it; how later pids were linked."""

    pids: dict[str, int]
    winners: dict[str, str] = field(default_factory=dict)
    hits: dict[str, frozenset[str]] = field(default_factory=dict)


def persons_by_rule(world: World, kinds: Sequence[str]) -> list[Linked]:
    """PROTOCOL, Person: who founds, who links whom, by the first token that hits."""
    persons: list[Linked] = []
    for party, people in world.items():
        owner = {
            kind: {token: pid for pid, p in enumerate(people) for token in p.tokens.get(kind, [])}
            for kind in kinds
        }
        linked = set()
        for person in persons:
            founder, founding_pid = next(iter(person.pids.items()))
            tokens = world[founder][founding_pid].tokens
            found = {
                kind: owner[kind][hitting[0]]
                for kind in kinds
                if (hitting := sorted(t for t in tokens.get(kind, []) if t in owner[kind]))
            }
            if found:
                winner = next(kind for kind in kinds if kind in found)
                person.pids[party] = found[winner]
                person.winners[party], person.hits[party] = winner, frozenset(found)
                linked.add(found[winner])
        persons += [Linked({party: pid}) for pid in range(len(people)) if pid not in linked]
    return persons


# --- strategies ---------------------------------------------------------------------------------

_TOKENS = st.tuples(st.integers(0, 1), st.integers(0, 3))
_TIMES = st.one_of(
    st.integers(START - 3 * DAY, START + 12 * DAY),
    st.integers(-2, 8).map(lambda day: START + day * DAY),
)
_SOMETIMES_MISSING = st.one_of(_TIMES, st.just(MISSING_LONG))
_PEOPLE = st.fixed_dictionaries({"a_age": st.integers(0, 3), "is_fan": st.integers(1, 2)})
_EXPOSURE = st.fixed_dictionaries(
    {
        "ts": _SOMETIMES_MISSING,
        "until": _SOMETIMES_MISSING,
        "channel": st.integers(0, 3),
        "campaign": st.integers(0, 2),
        "kind": st.integers(0, 3),
        "device": st.integers(0, 2),
        "place": st.integers(0, 2),
        "n": st.sampled_from([1, 1, 2, 30, 0, -1, MISSING_LONG]),
    }
)
_MONEY = st.one_of(st.integers(-2 * CAP, 3 * CAP), st.just(MISSING_LONG))
_CONVERSION = st.fixed_dictionaries(
    {
        "ts": _SOMETIMES_MISSING,
        "kind": st.integers(0, 3),
        "paid": _MONEY,
        "order_id": st.integers(1, 4),
        "brand": st.integers(0, 2),
        "category": st.integers(0, 2),
        "qty": st.sampled_from([1, 1, 2, 0, -1, MISSING_LONG]),
        "list_price": _MONEY,
        "device": st.integers(0, 2),
        "place": st.integers(0, 2),
        "x_style": st.integers(0, 2),
    }
)
_ARM = st.fixed_dictionaries(
    {"test": st.integers(0, 2), "arm": st.integers(0, 2), "opp_ts": _SOMETIMES_MISSING}
)
_REFERRAL = st.fixed_dictionaries(
    {
        "ts": _SOMETIMES_MISSING,
        "kind": st.integers(0, 3),
        "channel": st.integers(0, 3),
        "to": st.integers(0, 5),
    }
)


@st.composite
def facts(draw: st.DrawFn) -> Person:
    """Everything about a pid but its tokens."""
    return Person(
        people=draw(_PEOPLE),
        exposures=draw(st.lists(_EXPOSURE, max_size=3)),
        conversions=draw(st.lists(_CONVERSION, max_size=3)),
        arms=draw(st.lists(_ARM, max_size=2)),
        referrals=draw(st.lists(_REFERRAL, max_size=2)),
    )


@st.composite
def worlds(
    draw: st.DrawFn, *, parties: int, kinds: int, one_each: bool = False, events: bool = True
) -> World:
    """Sealed worlds: within a party every token has one owner, a pid may have none or several."""
    world: World = {}
    for party in PARTIES[:parties]:
        count = draw(st.integers(0, 6))
        people = [draw(facts()) if events else Person(people=draw(_PEOPLE)) for _ in range(count)]
        for identifier in KINDS[:kinds]:
            owners = st.lists(
                st.tuples(_TOKENS, st.integers(0, max(0, count - 1))),
                max_size=8 if count else 0,
                unique_by=(lambda pair: pair[0], lambda pair: pair[1])
                if one_each
                else (lambda pair: pair[0],),
            )
            for token, pid in draw(owners):
                people[pid].tokens.setdefault(identifier.kind, []).append(token)
        world[party] = people
    return world


def dense_world(seed: int, parties: int = 2, people: int = 30) -> World:
    """A world where most people match and have many events on few moments, so that every rule about
    order, ties and edges decides something.
    """
    dice = random.Random(seed)
    moments = [START + day * DAY + shift for day in range(8) for shift in (0, DAY // 2, DAY - 1)]
    sometimes = [*moments, MISSING_LONG]
    few = [*dice.sample(moments, 5), MISSING_LONG]  # so that many begin together

    def exposure() -> dict[str, int]:
        return {
            "ts": dice.choice(few),
            "until": dice.choice(sometimes),
            "channel": dice.randrange(4),
            "campaign": dice.randrange(3),
            "kind": dice.randrange(4),
            "device": dice.randrange(3),
            "place": dice.randrange(3),
            "n": dice.choice([1, 1, 1, 2, 30, 0, MISSING_LONG]),
        }

    def conversion() -> dict[str, int]:
        return {
            "ts": dice.choice(sometimes if dice.random() < 0.1 else moments),
            "kind": dice.randrange(4),
            "paid": dice.choice([1, 7, CAP // 2, CAP - 1, 2 * CAP, -9, MISSING_LONG]),
            "order_id": dice.randint(1, 6),
            "brand": dice.randrange(3),
            "category": dice.randrange(3),
            "qty": dice.choice([1, 1, 2, 0]),
            "list_price": dice.choice([1, 9, CAP // 2, CAP, MISSING_LONG]),
            "device": dice.randrange(3),
            "place": dice.randrange(3),
            "x_style": dice.randrange(3),
        }

    def person(number: int) -> Person:
        return Person(
            {"email": [(number % 2, number)]} if dice.random() < 0.8 else {},
            {"a_age": dice.randrange(4), "is_fan": dice.randint(1, 2)},
            [exposure() for _ in range(dice.randrange(7))],
            [conversion() for _ in range(dice.randrange(4))],
            [
                {
                    "test": dice.randrange(3),
                    "arm": dice.randrange(3),
                    "opp_ts": dice.choice(sometimes),
                }
                for _ in range(dice.randrange(3))
            ],
            [
                {
                    "ts": dice.choice(sometimes),
                    "kind": dice.randrange(4),
                    "channel": dice.randrange(4),
                    "to": dice.randrange(people),
                }
                for _ in range(dice.randrange(4))
            ],
        )

    return {party: [person(number) for number in range(people)] for party in PARTIES[:parties]}
