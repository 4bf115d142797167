"""Rolling the dice again: the same question after a re-seal, in another session, under a tightened
policy, or about the same people
under other ids. One number must come back, as long as anything does.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from attack_table import Row, Size, replaced
from attack_uploads import Uploads
from attack_worlds import BOTH, FLAG, MATCH, NO_COMPLEMENT, NO_DIFFERENCE
from inside_material import catalogue_of
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion

NAME = "18 rolling again"
PEOPLE, STRANGERS = 1200, 300
POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
CATALOGUE = catalogue_of(
    {
        "platform": dataset("platform", {"people": {}}),
        "brand": dataset("brand", {"people": {"a_mark": FLAG}}),
    }
)


def answers(sessions: int, mode: str) -> int:
    """Distinct answers over so many sessions: each re-seals with somebody taken out and everybody's
    mark rewritten, under a policy that wants one person more.
    """
    uploads, seen = Uploads(CATALOGUE, msgspec.structs.replace(POLICY, mode=mode)), set()
    names = np.arange(PEOPLE)
    platform = Rows(
        PEOPLE, {}, {"email": tokens_of(range(PEOPLE), range(STRANGERS, PEOPLE + STRANGERS))}
    )
    for number in range(sessions):
        kept = names[number:]
        marks = 1 + (kept + number) % 2
        emails = {"email": tokens_of(range(len(kept)), kept.tolist())}
        rows = {"platform": platform, "brand": Rows(len(kept), {"a_mark": marks}, emails)}
        ids = {"platform": (1 + names).tolist(), "brand": (1 + kept).tolist()}
        k = POLICY.k + number
        uploads.policy = msgspec.structs.replace(uploads.policy, k=k, k_sensitive=max(100, k))
        desk = uploads.session(rows, ids)
        desk.ask("A01", MATCH)
        release = desk.ask("A03", AttributeQuestion(BOTH, ("brand.people.a_mark",)))
        uploads.close(desk)
        seen.add(release.vectors[0].values if release.vectors else None)
    return len(seen)


COLUMNS = 8


def renamed(parties: Sequence[str]) -> tuple[int, int]:
    """The attacker marks the same people in another column for each session, and gives everybody on
    its list another one's id, so that they look like others. How often their number is shown: of
    those who are the platform's, too, and of those who are not.
    """
    marks = {f"a_q{i}": FLAG for i in range(COLUMNS)}
    people = {"platform": {}, "brand": marks}
    agreed = catalogue_of({p: dataset(p, {"people": people[p]}) for p in parties})
    uploads, dice = Uploads(agreed, POLICY), np.random.default_rng(19)
    names = np.arange(PEOPLE + STRANGERS)
    platform = Rows(PEOPLE, {}, {"email": tokens_of(range(PEOPLE), range(PEOPLE))})
    both = outside = 0
    for number in range(COLUMNS):
        kept = names[: len(names) - number]  # people may always be taken out
        emails = {"email": tokens_of(range(len(kept)), kept.tolist())}
        marked = 1 + (kept % 2).astype("u1")
        rows = {
            "platform": platform,
            "brand": Rows(len(kept), dict.fromkeys(marks, marked), emails),
        }
        ids = {"platform": range(1, PEOPLE + 1), "brand": 1 + dice.permutation(len(kept))}
        desk = uploads.session(rows, ids)
        desk.ask("A01", MatchQuestion(tuple(parties)))
        column = f"brand.people.a_q{number}"
        release = desk.ask("A03", AttributeQuestion(("brand",), (column,), "platform"))
        uploads.close(desk)
        values = release.vectors[0].values if release.vectors else (None,) * 4
        both, outside = both + (values[2] is not None), outside + (values[3] is not None)
    return both, outside


def run(size: Size) -> list[Row]:
    """Distinct answers in both modes, and numbers for the same people under other ids."""
    sessions = 15 if size == "short" else 100
    rows = []
    for mode in ("threshold", "dp"):
        with replaced(("attack_uploads.Uploads.close", lambda *_: None)):
            off = answers(sessions, mode)
        figure = f"answers over {sessions} re-seals and tightenings, {mode} mode"
        rows.append(Row(NAME, figure, off, 5, answers(sessions, mode), 1))
    for parties in (("platform", "brand"), ("brand", "platform")):
        with replaced(NO_DIFFERENCE, NO_COMPLEMENT):
            off_seen = renamed(parties)
        first = "platform" if parties[0] == "platform" else "attacker"
        whose = ("people of both", "people of the list alone")
        for what, off, on in zip(whose, off_seen, renamed(parties), strict=True):
            figure = f"numbers for the same {what} under new ids, {first} first"
            rows.append(Row(NAME, figure, off, COLUMNS, on, 1))
    return rows
