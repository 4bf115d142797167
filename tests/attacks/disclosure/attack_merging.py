"""Accounts planted at the other party. What sealing does with a raw account hangs on others: pids
that share an identifier become one person, and an identifier of more than three pids is dropped.
So the attacker opens accounts with the target's telephone and watches which of them are matched.

One sealed person is what is promised (PROTOCOL, neighbours); one raw account may count as up to
``PERSONS`` sealed ones, which docs/disclosure.md says.
"""

import math

import numpy as np
from attack_scores import best_cut, dp_bound, error
from attack_table import Row, Size, replaced
from attack_worlds import DP, MATCH, NO_NOISE, ONE_ANSWER, AttackWorld, counted_once
from inside_material import catalogue_of, open_database
from room_material import Rows, dataset, tokens_of

from cleanroom.prepare.merging import Tokens
from cleanroom.prepare.persons import People, build
from cleanroom.sandbox.inside import kernels

NAME = "16 planted accounts"
PERSONS = 3
OTHERS = 400  # ordinary accounts, of whom half are the brand's, too
NOBODY = -1
FIRST, SECOND = 9000, 9001  # the target's telephones
Accounts = list[tuple[int, int]]  # two telephones each


def sealed(accounts: Accounts) -> Rows:
    """What the platform's desk makes of raw accounts with two columns of telephones, in
    differential-privacy mode.
    """
    count = len(accounts)
    names = np.array(accounts).T.ravel()  # the first column, then the second
    table = tokens_of([0], range(10_001))[1:]
    hi, lo = (half[np.maximum(names, 0)] for half in table)
    key = np.arange(1, count + 1, dtype="<u8")
    found = build(People(key, key, {"phone": Tokens(hi, lo, names != NOBODY)}), one_token=True)
    positions = found.tokens["phone"]
    positions = np.arange(len(names)) if positions is None else positions
    of_row = np.arange(count) if found.of_row is None else found.of_row
    tokens = (of_row[positions % count].astype("<u4"), hi[positions], lo[positions])
    return Rows(found.count, {}, {"phone": tokens})


def planted_world(planted: Accounts, listed: list[int], target: Accounts) -> AttackWorld:
    """The platform with planted accounts and perhaps the target's; a brand with a list."""
    ordinary = [(number, NOBODY) for number in range(OTHERS)]
    agreed = catalogue_of(
        {party: dataset(party, {"people": {}}) for party in ("platform", "brand")}
    )
    names = [*range(OTHERS // 2), *range(5000, 5200), *listed]
    platform = sealed([*ordinary, *planted, *target])
    brand = Rows(len(names), {}, {"phone": tokens_of([0], range(10_001))})
    brand.tokens["phone"] = (
        np.arange(len(names), dtype="<u4"),
        *(half[names] for half in tokens_of([0], range(10_001))[1:]),
    )
    rows = {"platform": _as_email(platform), "brand": _as_email(brand)}
    return AttackWorld(open_database(agreed, rows), agreed)


def _as_email(rows: Rows) -> Rows:
    """The catalogue of these tests has one kind; which one does not matter."""
    return Rows(rows.people, rows.columns, {"email": rows.tokens["phone"]})


PLANTED: dict[str, tuple[Accounts, list[int]]] = {
    "hot limit: three accounts with the target's telephone": (
        [(FIRST, NOBODY)] * 3,
        [FIRST],
    ),
    "merging: one account for each of its telephones": (
        [(FIRST, 7000), (SECOND, 7001)],
        [7000, 7001],
    ),
}


def moved(pair: tuple[AttackWorld, AttackWorld]) -> np.ndarray:
    """By how much the target moves each cell of the overlap."""
    vectors = [kernels.run(w.connection, MATCH, w.catalogue).vectors[0] for w in pair]
    return np.array(vectors[1]) - np.array(vectors[0])


def advantage(pair: tuple[AttackWorld, AttackWorld], trials: int) -> float:
    """The best guess weighs each cell by how far it moves."""
    weights = moved(pair)
    seen = [
        np.array(
            [
                float(np.dot(weights, w.new_desk(DP).ask("A01", MATCH).vectors[0].values))
                for _ in range(trials)
            ]
        )
        for w in pair
    ]
    return best_cut(*seen)


def run(size: Size) -> list[Row]:
    """Persons that one raw account stands for, and the advantage about it."""
    trials = 500 if size == "short" else 5000
    rows = []
    with counted_once():
        for figure, (planted, listed) in PLANTED.items():
            target = (FIRST, SECOND if len(planted) == 2 else NOBODY)
            pair = tuple(planted_world(planted, listed, t) for t in ([], [target]))
            persons = math.sqrt(float(np.sum(np.square(moved(pair))))) / math.sqrt(2)
            with replaced(NO_NOISE):
                off = advantage(pair, 4)
            bound = dp_bound(ONE_ANSWER, PERSONS) + error(trials)
            on = advantage(pair, trials)
            assert persons <= PERSONS
            rows.append(Row(NAME, f"advantage, {figure}", off, 0.99, on, bound))
    return rows
