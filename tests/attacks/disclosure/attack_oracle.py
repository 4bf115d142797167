"""Attack 9: whether a number is shown is an answer, too. Is a cell, a difference or a rest one
person above the limit or below? In which cell does the sum vanish that would be the target's alone?
Does a cell that was shown once go away when the attacker takes its own people out of it?
"""

import math

import numpy as np
from attack_scores import ERRORS, advantage, crowd_bound, error
from attack_table import Row, Size, replaced
from attack_uploads import Uploads
from attack_worlds import (
    BOTH,
    HARD_DOMINANCE,
    MATCH,
    NO_COMPLEMENT,
    NO_NOISE,
    NO_THRESHOLD,
    THRESHOLD,
)
from gate_material import DAY, START
from inside_material import Desk, catalogue_of, one_column_world, open_database
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
)
from cleanroom.tables import Type

NAME = "9 refusal oracle"
CELLS = 200  # of each size in one question: every cell is a trial of its own
HARD = ("cleanroom.sandbox.inside.rules._enough", lambda true, noisy, least, policy: true >= least)
SURE = ("cleanroom.sandbox.inside.difference.tau", lambda least, spread: least)
RECONSIDERED = (
    "cleanroom.sandbox.inside.rules._large_enough",
    lambda new, cell, true, policy: true >= new.least,
)
CAP = 1000


def shown(desk: Desk, question: AttributeQuestion) -> np.ndarray:
    """Which cells came back."""
    release = desk.ask("A03", question)
    if not release.vectors:
        return np.zeros(2 * CELLS, bool)
    return np.array([value is not None for value in release.vectors[0].values])


def of_cells(smaller: int, larger: int, rounds: int) -> float:
    """Cells of two sizes side by side: how much more often the larger ones are shown."""
    connection, agreed, question = one_column_world([smaller] * CELLS + [larger] * CELLS, 1000)
    seen = np.zeros(2 * CELLS)
    for _ in range(rounds):
        desk = Desk(connection, agreed, THRESHOLD)
        desk.ask("A01", MatchQuestion(agreed.parties))
        seen += shown(desk, question)
    return float(seen[CELLS:].mean() - seen[:CELLS].mean()) / rounds


def of_differences(smaller: int, larger: int, rounds: int) -> float:
    """A column whose cells are shown, and another that lacks so many people of each."""
    full, most = 150, 2 * CELLS
    sizes = np.repeat([smaller, larger], CELLS)
    first = np.repeat(np.arange(1, most + 1), full)
    second = np.where(np.tile(np.arange(full), most) < np.repeat(sizes, full), most + 1, first)
    spec = ColumnSpec(Type.CATEGORY, tuple(f"v{i}" for i in range(most + 1)), missing=False)
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"people": {"a_first": spec, "a_second": spec}}),
            "brand": dataset("brand", {"people": {}}),
        }
    )
    people = len(first)
    rows = {
        "platform": Rows(
            people,
            {"a_first": first, "a_second": second},
            {"email": tokens_of(range(people), range(people))},
        ),
        "brand": Rows(
            2000, {}, {"email": tokens_of(range(2000), range(people - 1000, people + 1000))}
        ),
    }
    connection, seen = open_database(agreed, rows), np.zeros(most)
    for _ in range(rounds):
        desk = Desk(connection, agreed, THRESHOLD)
        desk.ask("A01", MatchQuestion(agreed.parties))
        desk.ask("A03", AttributeQuestion(("platform",), ("platform.people.a_first",)))
        second_question = AttributeQuestion(("platform",), ("platform.people.a_second",))
        seen += shown(desk, second_question)[:most]
    return float(seen[CELLS:].mean() - seen[:CELLS].mean()) / rounds


def of_rests(smaller: int, larger: int, trials: int) -> float:
    """Two small cells that together are so many people: whether their sum is shown, and how many
    cells had to join them.
    """
    found = []
    for together in (smaller, larger):
        sizes = [together // 2, together - together // 2, 200, 300, 400]
        connection, agreed, question = one_column_world(sizes, 150)
        alone = 0
        for _ in range(trials):
            desk = Desk(connection, agreed, THRESHOLD)
            desk.ask("A01", MatchQuestion(agreed.parties))
            alone += int(shown(desk, question)[:5].sum()) == 3
        found.append(alone / trials)
    return found[1] - found[0]


# --- sums ----------------------------------------------------------------------------------------

PAYING = catalogue_of(
    {
        "platform": dataset(
            "platform",
            {
                "people": {},
                "exposures": {
                    "ts": ColumnSpec(Type.DATETIME),
                    "channel": ColumnSpec(Type.CATEGORY, ("feed", "search"), missing=False),
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


def of_sums(trials: int) -> float:
    """The brand writes that the target paid most and everybody else nothing: only the sum of the
    target's channel is one person's.
    """
    right = []
    for secret in (0, 1):
        people, seen = 1200, np.arange(600)
        channel = 1 + seen % 2
        channel[0] = 1 + secret
        paid = np.zeros(people)
        paid[0] = CAP
        rows = {
            "platform": Rows(
                people,
                {},
                {"email": tokens_of(range(people), range(people))},
                {
                    "exposures": {
                        "person": seen,
                        "ts": np.full(600, START + DAY),
                        "channel": channel,
                    }
                },
            ),
            "brand": Rows(
                people,
                {},
                {"email": tokens_of(range(people), [*range(900), *range(people, people + 300)])},
                {
                    "conversions": {
                        "person": np.arange(people - 150),
                        "ts": np.full(people - 150, START + 2 * DAY),
                        "paid": paid[: people - 150],
                    }
                },
            ),
        }
        connection = open_database(PAYING, rows)
        for _ in range(trials):
            desk = Desk(connection, PAYING, THRESHOLD)
            desk.ask("A01", MATCH)
            question = FirstChannelQuestion(
                *BOTH, "2026-01-02", "2026-02-01", first_order_value=True
            )
            sums = desk.ask("A04", question).vectors[1].values[:2]
            if None in sums and sums != (None, None):
                guess = int(sums[1] is None)
            else:
                guess = int((sums[1] or 0) > (sums[0] or 0))
            right.append(guess == secret)
    return advantage(right)


# --- a cell that was shown -----------------------------------------------------------------------

MARKED = catalogue_of(
    {
        "platform": dataset("platform", {"people": {}}),
        "brand": dataset(
            "brand",
            {"people": {"a_mark": ColumnSpec(Type.CATEGORY, tuple("wxyz"), missing=False)}},
        ),
    }
)


def of_removals(trials: int) -> float:
    """A cell of 69 people whom the attacker knows and the target is shown once. Then 20 of those
    are taken out, and another question is asked that has the same cell: 49 or 50 people.
    """
    names = np.arange(1070 + 200)  # the last are strangers, for the small-value gate
    marks = np.repeat([1, 2, 3, 4, 1, 3], [70, 62, 5, 933, 100, 100])
    column = "brand.people.a_mark"
    again = AttributeQuestion(BOTH, (column,), where=(Filter(column, ("w", "x", "y")),))
    right = []
    for there in (False, True) * trials:
        members = names[not there : 1070]
        uploads, values = Uploads(MARKED, THRESHOLD), (None,)
        for dropped, question in ((0, AttributeQuestion(BOTH, (column,))), (20, again)):
            kept = np.delete(names, range(1, 1 + dropped))
            rows = {
                "platform": Rows(len(members), {}, _emails(members)),
                "brand": Rows(len(kept), {"a_mark": marks[kept]}, _emails(kept)),
            }
            ids = {"platform": (1 + members).tolist(), "brand": (1 + kept).tolist()}
            desk = uploads.session(rows, ids)
            desk.ask("A01", MATCH)
            release = desk.ask("A03", question)
            values = release.vectors[0].values if release.vectors else (None,)
            uploads.close(desk)
        right.append((values[0] is not None) is there)
    return advantage(right)


def _emails(names: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
    return {"email": tokens_of(range(len(names)), names.tolist())}


def run(size: Size) -> list[Row]:
    """Advantage of the guess from what is shown and what is not."""
    rounds, pairs = (2, 60) if size == "short" else (20, 500)
    with replaced(HARD, NO_THRESHOLD[1], NO_COMPLEMENT):
        cells = of_cells(49, 50, 1)
    with replaced(SURE, NO_NOISE, NO_COMPLEMENT):
        differences = of_differences(49, 50, 1)
    with replaced(HARD, NO_NOISE, NO_THRESHOLD[1]):
        rests = of_rests(49, 50, 3)
    with replaced(HARD, NO_NOISE, NO_THRESHOLD[1], RECONSIDERED):
        removals = of_removals(3)
    with replaced(NO_NOISE, HARD_DOMINANCE):
        sums = of_sums(3)
    many = 0.15 + ERRORS * math.sqrt(2 * 0.25 / (CELLS * rounds))
    few = 0.15 + ERRORS * math.sqrt(2 * 0.25 / pairs)
    found = []
    for smaller, larger in ((49, 50), (56, 57)):
        both = f"{smaller} or {larger}"
        found += [
            (f"cells of {both}", cells, of_cells(smaller, larger, rounds), many),
            (f"differences of {both}", differences, of_differences(smaller, larger, rounds), many),
            (f"rests of {both}", rests, of_rests(smaller, larger, pairs), few),
        ]
    # two counts and two sums hold the target; in the last, two counts and a withheld one
    bound = crowd_bound(4) + error(2 * pairs)
    found.append(("whose sum is withheld", sums, of_sums(pairs), bound))
    bound = crowd_bound(3) + error(pairs)
    found.append(("a cell once shown", removals, of_removals(pairs // 2), bound))
    return [Row(NAME, f"advantage, {what}", off, 0.95, on, most) for what, off, on, most in found]
