"""Attack 6: the brand uploads one list after the other and halves its way to who is a member.

``CANDIDATES``, of whom some are the platform's, are hidden among people whom the attacker knows to
be there. With exact counts every upload tells how many members a set holds, and sets are split
until all are named. On the product uploads go through the version gate; as people may always be
taken out, each upload drops one stranger and brings new columns, which ask about the next half.
With sums, one candidate pays and nobody else does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from attack_scores import advantage, crowd_bound, error, share_error
from attack_table import Row, Size, replaced
from attack_uploads import Uploads
from attack_worlds import (
    BOTH,
    FLAG,
    MATCH,
    NO_COMPLEMENT,
    NO_DIFFERENCE,
    NO_DOMINANCE,
    NO_NOISE,
    NO_ROUNDING,
    NO_THRESHOLD,
)
from gate_material import DAY, START
from inside_material import Desk, catalogue_of
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, FirstChannelQuestion
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

NAME = "6 bisection"
CANDIDATES, SHARE, UPLOADS = 512, 0.1, 135
KNOWN, PADDING, STEPS = 1100, 100, 9
FIRST = 10_000  # the first candidate's number; strangers come before
CAP = 1000
POLICY = Policy("threshold", answer_quantum_ms=0)  # with all its budgets
NO_GATE = ("cleanroom.sandbox.inside.versions.check", lambda *_: None)
DEFENCELESS = (
    *NO_THRESHOLD,
    *(NO_COMPLEMENT, NO_DIFFERENCE, NO_DOMINANCE, NO_NOISE, NO_ROUNDING, NO_GATE),
)

MARKED = catalogue_of(
    {
        "platform": dataset("platform", {"people": {}}),
        "brand": dataset("brand", {"people": {f"a_q{i}": FLAG for i in range(STEPS)}}),
    }
)
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
VALUE = FirstChannelQuestion(*BOTH, "2026-01-02", "2026-02-01", first_order_value=True)


@dataclass
class Platform:
    """The victim: everybody known, and the candidates who are members."""

    members: np.ndarray

    def rows(self, events: Mapping[str, Mapping[str, np.ndarray]] | None = None) -> Rows:
        """What it sealed, always the same."""
        names = [*range(KNOWN), *(FIRST + self.members).tolist()]
        shown = {table: dict(columns) for table, columns in (events or {}).items()}
        return Rows(len(names), {}, {"email": tokens_of(range(len(names)), names)}, shown)

    @property
    def ids(self) -> list[int]:
        return [*range(1, KNOWN + 1), *(FIRST + 1 + self.members).tolist()]


def listed(names: Sequence[int], marks: Mapping[int, np.ndarray] | None = None) -> Rows:
    """The brand's package: people by number, and for each column who is marked."""
    people = np.asarray(names)
    columns = {f"a_q{i}": np.ones(len(people), "u1") for i in range(STEPS)}
    for number, chosen in (marks or {}).items():
        columns[f"a_q{number}"] = 1 + np.isin(people, chosen)
    return Rows(len(names), columns, {"email": tokens_of(range(len(names)), names)})


def opened(
    uploads: Uploads,
    platform: Platform,
    names: Sequence[int],
    marks: Mapping[int, np.ndarray] | None = None,
    ids: Sequence[int] | None = None,
) -> Desk:
    """A session after another upload. Raises ``disclosure.version``."""
    own = [1 + name for name in names] if ids is None else ids
    rows = {"platform": platform.rows(), "brand": listed(names, marks)}
    return uploads.session(rows, {"platform": platform.ids, "brand": own})


def bisect(members: np.ndarray) -> list[int]:
    """Without defences: an upload for each set, until all members are named."""
    platform, named = Platform(members), list[int]()
    uploads = Uploads(MARKED, POLICY)

    def count(chosen: np.ndarray) -> int:
        desk = opened(uploads, platform, [*range(KNOWN), *(FIRST + chosen).tolist()])
        return (desk.ask("A01", MATCH).vectors[0].values[-1] or 0) - KNOWN

    everybody = np.arange(CANDIDATES)
    queue = [(everybody, count(everybody))]
    while queue and len(uploads.openings) < UPLOADS:
        chosen, inside = queue.pop()
        if len(chosen) == 1 or inside == 0:
            named += chosen.tolist() * inside
            continue
        left, right = np.array_split(chosen, 2)
        found = count(left)
        queue += [(left, found), (right, inside - found)]
    return named


def walk(members: np.ndarray, dice: np.random.Generator) -> list[int]:
    """On the product: from half to half by uploads that only take strangers out. Each question
    pads its half with other people who are known to be there, so that no two sets are close.
    """
    platform, uploads = Platform(members), Uploads(MARKED, POLICY)
    strangers = list(range(FIRST - STEPS, FIRST))
    chosen, expected = dice.permutation(CANDIDATES), SHARE * CANDIDATES
    everybody = [*range(KNOWN), *range(FIRST, FIRST + CANDIDATES)]
    for step in range(STEPS):
        half, other = np.array_split(chosen, 2)
        padding = np.arange(PADDING * step, PADDING * (step + 1))
        marks = {step: np.concatenate([padding, FIRST + half])}
        desk = opened(uploads, platform, [*everybody, *strangers[step:]], marks)
        desk.ask("A01", MATCH)
        release = desk.ask("A03", AttributeQuestion(BOTH, (f"brand.people.a_q{step}",)))
        uploads.close(desk)
        seen = release.vectors[0].values[1] if release.vectors else None
        found = expected / 2 if seen is None else seen - PADDING
        dense = found > expected / 2 or (found == expected / 2 and dice.random() < 0.5)
        chosen, expected = (half, found) if dense else (other, expected - found)
    return chosen.tolist()


def second_list(reused: bool) -> bool:
    """Whether another half of the candidates gets in after the first one, a week later.

    ``reused``: under the ids of the people of the first list, of whom one is taken out.
    """
    platform, uploads = Platform(np.arange(0, CANDIDATES, 10)), Uploads(MARKED, POLICY)
    known = list(range(KNOWN))
    halves = [range(FIRST, FIRST + 256), range(FIRST + 256, FIRST + 512)]
    uploads.close(opened(uploads, platform, [*known, *halves[0]]))
    uploads.wait(8)
    ids = [1 + name for name in [*known, *halves[0]]]
    try:
        if reused:
            opened(uploads, platform, [*known[1:], *halves[1]], ids=ids[1:])
        else:
            opened(uploads, platform, [*known, *halves[0], *halves[1]])
    except DisclosureError as error:
        if error.code != "disclosure.version":
            raise
        return False
    return True


def paid_for(member: bool) -> bool:
    """Whether the attacker calls the only candidate who pays a member, from sums and from what is
    withheld.
    """
    members, target = np.arange(0, CANDIDATES, 10), 0 if member else 1
    platform, uploads = Platform(members), Uploads(PAYING, POLICY)
    seen = np.arange(600)
    exposures = {"person": seen, "ts": np.full(600, START + DAY), "channel": 1 + seen % 2}
    names = [*range(KNOWN), *range(FIRST - 200, FIRST + CANDIDATES)]
    buyers = np.delete(np.arange(len(names)), range(KNOWN, KNOWN + 200))
    paid = np.where(np.asarray(names)[buyers] == FIRST + target, CAP, 0)
    orders = {"person": buyers, "ts": np.full(len(buyers), START + 2 * DAY), "paid": paid}
    brand = Rows(len(names), {}, {"email": tokens_of(range(len(names)), names)})
    brand.events["conversions"] = orders
    rows = {"platform": platform.rows({"exposures": exposures}), "brand": brand}
    desk = uploads.session(rows, {"platform": platform.ids, "brand": [1 + n for n in names]})
    desk.ask("A01", MATCH)
    release = desk.ask("A04", VALUE)
    assert release.status == "released"
    counts, sums = (vector.values[-2:] for vector in release.vectors)  # none, unmatched
    assert None not in counts
    if None in sums:
        return sums[0] is None
    return (sums[0] or 0) > (sums[1] or 0)


def run(size: Size) -> list[Row]:
    """Who is named, how many of them rightly, and whether a second list gets in."""
    rounds, off_rounds = (30, 1) if size == "short" else (300, 4)
    dice = np.random.default_rng(6)

    def drawn() -> np.ndarray:
        return np.flatnonzero(dice.random(CANDIDATES) < SHARE)

    def precision(attack: object, times: int) -> tuple[float, float, int]:
        named = [(attack(members), members) for members in (drawn() for _ in range(times))]
        right = sum(len(np.intersect1d(names, members)) for names, members in named)
        total = sum(len(names) for names, _ in named)
        return right / times, right / max(1, total), total

    def by_sums(times: int) -> float:
        return advantage([paid_for(there) is there for there in (True, False) * times])

    with replaced(*DEFENCELESS):
        off, off_precision, _ = precision(bisect, off_rounds)
        off_sums = by_sums(5)
        off_second = [second_list(reused) for reused in (False, True)]
    on, on_precision, total = precision(partial(walk, dice=dice), rounds)
    on_sums = by_sums(rounds)
    second = [second_list(reused) for reused in (False, True)]
    bound = 2 * SHARE + share_error(2 * SHARE, total)
    sums_bound = crowd_bound(4) + error(2 * rounds)  # two counts and two sums
    return [
        Row(NAME, "members named", off, 15, on, bound),
        Row(NAME, "precision of names", off_precision, 0.99, on_precision, bound),
        Row(NAME, "advantage from sums about one of them", off_sums, 0.99, on_sums, sums_bound),
        Row(NAME, "second lists that get in", off_second[0], 1, second[0], 0),
        Row(NAME, "the same under the first list's ids", off_second[1], 1, second[1], 0),
    ]
