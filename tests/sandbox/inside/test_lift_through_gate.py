"""A test of the ads from rows to verdict: kernel, gate, the outside's check, A08."""

import msgspec
import numpy as np
import pytest
from inside_material import Desk, catalogue_of, open_database
from room_material import DAY, START, Rows, dataset, tokens_of

from cleanroom.analyses.registry import ANALYSES
from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.outside.check import check
from cleanroom.statistics.verdict import Verdict
from cleanroom.tables import Type

PEOPLE, MATCHED = 12_000, 9_000  # the platform's, the first of whom the brand knows too
CAP = 10_000  # what everybody who buys pays
TABLES = {
    "platform": {
        "people": {},
        "arms": {
            "test": ColumnSpec(Type.CATEGORY, ("spring",), missing=False),
            "arm": ColumnSpec(Type.CATEGORY, ("control", "test"), missing=False),
            "opp_ts": ColumnSpec(Type.DATETIME, missing=False),
        },
    },
    "brand": {
        "people": {},
        "conversions": {
            "ts": ColumnSpec(Type.DATETIME, missing=False),
            "paid": ColumnSpec(Type.MONEY, cap=CAP),
        },
    },
}
CATALOGUE = catalogue_of({party: dataset(party, tables) for party, tables in TABLES.items()})
ASKED = {
    "arms": "platform",
    "conversions": "brand",
    "test": "spring",
    "treatment": "test",
    "control": "control",
    "random": True,
    "window_days": 7,
    "sales": True,
    "cost": 1_000,
}


def rows() -> dict[str, Rows]:
    """Every second person is treated; of the matched 10 % of the control buy, 15 % of the treated,
    each for the cap, and some more do too late or beforehand.
    """
    person = np.arange(PEOPLE)
    treated = person % 2
    drawn = {
        "person": person,
        "test": np.ones(PEOPLE),
        "arm": 1 + treated,
        "opp_ts": START + DAY * (1 + person % 5),
    }
    known = person[:MATCHED]
    place = known // 2 % 100  # of a hundred in the same arm
    buys = place < np.where(treated[:MATCHED], 15, 10)
    shift = np.where(buys, 3 * DAY, np.where(place < 50, -DAY, 8 * DAY))
    sold = {
        "person": known,
        "ts": START + DAY * (1 + known % 5) + shift,
        "paid": np.full(MATCHED, CAP),
    }
    platform, brand = range(PEOPLE), range(MATCHED)
    return {
        "platform": Rows(PEOPLE, {}, {"email": tokens_of(platform, platform)}, {"arms": drawn}),
        "brand": Rows(MATCHED, {}, {"email": tokens_of(brand, brand)}, {"conversions": sold}),
    }


CONNECTION = open_database(CATALOGUE, rows())


@pytest.mark.parametrize("mode", ["dp", "threshold"])
def test_what_was_planted_is_found(mode: str) -> None:
    policy = Policy(mode)  # type: ignore[arg-type]
    desk = Desk(CONNECTION, CATALOGUE, policy, analyses=("A01", "A08"))
    desk.ask("A01", MatchQuestion(("platform", "brand")))
    analysis = ANALYSES["A08"]
    params = msgspec.convert(ASKED, analysis.params)
    (question,) = analysis.questions(params, CATALOGUE)
    release = desk.ask("A08", question)
    assert check(release, question, CATALOGUE, policy) is release
    result = analysis.result(params, CATALOGUE, [release], policy)
    assert (result.verdict, result.evidence) == (Verdict.CLEAR, "causal")
    effect, sales = (next(t for t in result.tables if t.id == name) for name in ("effect", "sales"))
    truths = (0.05, 0.5, 0.05 * MATCHED / 2)
    for value, truth in zip(effect.rows[0].values, truths, strict=False):
        assert value.low <= truth <= value.high
    gap, more, iroas = sales.rows[0].values[:3]
    assert gap.low <= 500 <= gap.high
    assert more.low <= 500 * MATCHED / 2 <= more.high
    assert iroas.low <= 500 * MATCHED / 2 / 100_000 <= iroas.high
    again = desk.ask("A08", question)
    assert again.replayed
    assert again.vectors == release.vectors
