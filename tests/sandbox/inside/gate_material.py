"""A platform of 544 people and a brand of 360, 300 of them the same, and a gate on them."""

import numpy as np
from inside_material import Desk, catalogue_of, open_database
from room_material import AGES, Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.disclosure.release import Release
from cleanroom.sandbox.inside import state
from cleanroom.sandbox.inside.state import Stored
from cleanroom.tables import Type

DAY = 86400
START = 20454 * DAY  # 2026-01-01
# People of the platform by age. The first two are too few to be shown, and enough together.
SIZES = {"": 45, "young": 49, "middle": 50, "old": 400}
HEALTH = ColumnSpec(Type.CATEGORY, ("ill", "well"), sensitive=True)
CHANNELS = ColumnSpec(Type.CATEGORY, ("feed", "search"))
DATASETS = {
    "platform": dataset(
        "platform",
        {
            "people": {"a_age": AGES, "a_health": HEALTH},
            "exposures": {"ts": ColumnSpec(Type.DATETIME), "channel": CHANNELS},
        },
    ),
    "brand": dataset(
        "brand",
        {
            "people": {"is_fan": ColumnSpec(Type.BOOL, missing=False)},
            "conversions": {
                "ts": ColumnSpec(Type.DATETIME),
                "kind": ColumnSpec(Type.CATEGORY, ("buy",), sensitive=True),
                "paid": ColumnSpec(Type.MONEY, cap=1000),
            },
        },
    ),
}
CATALOGUE = catalogue_of(DATASETS)
# one cell per matched person, so that the cell budget is not in the way of everything else
THRESHOLD = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
DP = Policy("dp", min_match=0, answer_quantum_ms=0)

ALL_MATCH = MatchQuestion(("platform", "brand"), "winner")
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",))
AGE_VERSUS = AttributeQuestion(("platform",), ("platform.people.a_age",), "brand")
HEALTHY = AttributeQuestion(("platform",), ("platform.people.a_health",))
VALUE = FirstChannelQuestion(
    "platform", "brand", "2026-01-02", "2026-02-01", first_order_value=True
)


def rows() -> dict[str, Rows]:
    """544 people of the platform, the last 300 of them also the brand's, who has 60 more.

    90 are ill, of 60 nothing is known. A quarter saw the brand in the feed; everybody bought.
    """
    people = sum(SIZES.values())
    age = np.repeat([0, 1, 2, 3], list(SIZES.values()))
    shared = 300
    buyers = np.arange(shared + 60)
    return {
        "platform": Rows(
            people,
            {"a_age": age, "a_health": np.repeat([1, 0, 2], [90, 60, people - 150])},
            {"email": tokens_of(range(people), range(people))},
            {
                "exposures": {
                    "person": np.arange(people),
                    "ts": np.full(people, START + DAY),
                    "channel": np.where(np.arange(people) % 4 == 0, 1, 2),
                }
            },
        ),
        "brand": Rows(
            shared + 60,
            {"is_fan": np.ones(shared + 60, "u1")},
            {"email": tokens_of(range(shared + 60), range(people - shared, people + 60))},
            {
                "conversions": {
                    "person": buyers,
                    "ts": np.full(len(buyers), START + 2 * DAY),
                    "kind": np.ones(len(buyers)),
                    "paid": np.full(len(buyers), 5000),
                }
            },
        ),
    }


CONNECTION = open_database(CATALOGUE, rows())


def opened(policy: Policy, **options: object) -> Desk:
    """A session in which the overlap was released."""
    desk = Desk(CONNECTION, CATALOGUE, policy, **options)  # type: ignore[arg-type]
    assert desk.ask("A01", ALL_MATCH).status == "released"
    return desk


def values(release: Release, measure: int = 0) -> tuple[int | None, ...]:
    assert release.status == "released", release.reason
    return release.vectors[measure].values


def remembered(known: dict[str, Stored]) -> dict[str, Stored]:
    """What another session knows: through sealed blobs."""
    key = bytes(range(32))
    blobs = [state.seal(stored, key) for stored in known.values()]
    return {s.question_key: s for s in (state.unseal(blob, key) for blob in blobs)}


BAD: list[tuple[str, Question, str]] = [
    ("A02", ALL_MATCH, "analysis"),
    ("A03", ALL_MATCH, "analysis"),
    ("A99", ALL_MATCH, "analysis"),
    ("A01", MatchQuestion(("platform", "stranger")), "party"),
    ("A01", MatchQuestion(("platform",)), "two_parties"),
    ("A03", AttributeQuestion(("platform",), ("platform.people.a_nix",)), "column"),
    ("A03", AttributeQuestion(("platform",), ("platform.exposures.channel",)), "column"),
    ("A03", AttributeQuestion(("platform",), ()), "columns"),
    ("A03", AttributeQuestion(("platform",), ("platform.people.a_age",), "platform"), "party"),
    (
        "A03",
        AttributeQuestion(
            ("platform",),
            ("platform.people.a_age",),
            where=(Filter("platform.people.a_age", ("ancient",)),),
        ),
        "value",
    ),
    ("A04", FirstChannelQuestion("brand", "platform", "2026-01-01", "2026-02-01"), "column"),
    ("A04", FirstChannelQuestion("platform", "brand", "2025-01-01", "2026-02-01"), "dates"),
    ("A04", FirstChannelQuestion("platform", "brand", "2026-1-1", "2026-02-01"), "dates"),
    (
        "A04",
        FirstChannelQuestion("platform", "brand", "2026-01-01", "2026-02-01", window_days=-1),
        "window",
    ),
]
