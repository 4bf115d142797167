"""Attack 7: sums that are nearly one person's. Amounts are heavy-tailed, caps are generous."""

import numpy as np
from attack_table import Row, Size, replaced
from attack_worlds import BOTH, MATCH, NO_COMPLEMENT, NO_DOMINANCE
from gate_material import DAY, START
from inside_material import Desk, catalogue_of, open_database
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FirstChannelQuestion
from cleanroom.sandbox.inside.database import Connection
from cleanroom.tables import Type

CAP = 10**9  # in hundredths; nobody in these worlds reaches it
BUYERS, CHANNELS, OTHERS = 120, 8, 150
POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
DOMAIN = tuple(f"c{i}" for i in range(CHANNELS))
CATALOGUE = catalogue_of(
    {
        "platform": dataset(
            "platform",
            {
                "people": {},
                "exposures": {
                    "ts": ColumnSpec(Type.DATETIME),
                    "channel": ColumnSpec(Type.CATEGORY, DOMAIN, missing=False),
                },
            },
        ),
        "brand": dataset(
            "brand",
            {
                "people": {},
                "conversions": {
                    "ts": ColumnSpec(Type.DATETIME),
                    "paid": ColumnSpec(Type.MONEY, cap=CAP),
                },
            },
        ),
    }
)
QUESTION = FirstChannelQuestion(*BOTH, "2026-01-02", "2026-02-01", first_order_value=True)


def world(amounts: np.ndarray) -> Connection:
    """Buyers of eight channels who paid these amounts, one row each; others, who bought without a
    channel or are not the platform's, paid little.
    """
    buyers = amounts.size
    people = buyers + 2 * OTHERS
    paid = np.append(amounts.ravel(), np.full(2 * OTHERS, 100))
    return open_database(
        CATALOGUE,
        {
            "platform": Rows(
                people,
                {},
                {"email": tokens_of(range(people), range(people))},
                {
                    "exposures": {
                        "person": np.arange(buyers),
                        "ts": np.full(buyers, START + DAY),
                        "channel": 1 + np.arange(buyers) // BUYERS,
                    }
                },
            ),
            "brand": Rows(
                people + OTHERS,
                {},
                {
                    "email": tokens_of(
                        range(people + OTHERS),
                        [*range(people - OTHERS), *range(people, people + 2 * OTHERS)],
                    )
                },
                {
                    "conversions": {
                        "person": np.arange(len(paid)),
                        "ts": np.full(len(paid), START + 2 * DAY),
                        "paid": paid,
                    }
                },
            ),
        },
    )


def unsafe(amounts: np.ndarray) -> bool:
    """The p % rule and the (2, k) rule, as the textbooks have them."""
    ordered = sorted(amounts.tolist(), reverse=True)
    total, rest = sum(ordered), sum(ordered[2:])
    p_percent = 100 * rest < POLICY.p_percent * ordered[0]
    return p_percent or 100 * (total - rest) > POLICY.dominance_two_percent * total


def released_unsafe(rounds: int, dice: np.random.Generator) -> float:
    """Share of the unsafe sums that were released."""
    told = danger = 0
    for _ in range(rounds):
        amounts = np.minimum(100 * dice.pareto(0.6, (CHANNELS, BUYERS)), CAP).astype("<i8")
        desk = Desk(world(amounts), CATALOGUE, POLICY)
        desk.ask("A01", MATCH)
        release = desk.ask("A04", QUESTION)
        assert release.status == "released"
        for channel, mine in enumerate(amounts):
            danger += unsafe(mine)
            told += unsafe(mine) and release.vectors[1].values[channel] is not None
    assert danger > 2 * rounds
    return told / danger


def run(size: Size) -> list[Row]:
    """Share of the dominated sums that came out."""
    rounds = 15 if size == "short" else 200
    dice = np.random.default_rng(7)
    with replaced(NO_DOMINANCE, NO_COMPLEMENT):
        off = released_unsafe(rounds, dice)
    on = released_unsafe(rounds, dice)
    return [Row("7 dominance", "dominated sums released", off, 0.9, on, 0)]
