"""Persons, overlap and profile: who is sealed, who is in both lists, and who they are."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import identifiers as ids
from cleanroom.prepare.population import labels
from cleanroom.prepare.population.attributes import PLATFORM, platform_codes
from cleanroom.prepare.population.resolve import NOBODY, REASONS, Resolved, link, resolve
from cleanroom.prepare.population.rosters import Roster
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import NEVER, View, tally

Array = npt.NDArray[Any]

_REASONS = dict(zip(REASONS, ("under_14", "opted_out", "no_consent"), strict=True))


def regions(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Every set of these names but the empty one, small ones first."""
    sizes = range(1, len(names) + 1)
    return [group for size in sizes for group in combinations(names, size)]


def persons(view: View) -> Counts:
    """What sealing makes of each list."""
    found: Counts = {}
    for party, own in view.chunk.resolved.items():
        found[party] = {
            "rows": len(view.chunk.rosters[party].account),
            "accounts": own.accounts,
            "merged_accounts": own.accounts - own.groups,
            "left_out": {name: own.left_out[reason] for reason, name in _REASONS.items()},
            "persons": own.count,
            "identifiers": {kind: len(own.tokens[kind][0]) for kind in ids.KINDS},
            "hot_phones_beside_the_dummies": int((~ids.is_dummy(own.hot["phone"])).sum()),
        }
    return found


def overlap(view: View) -> Counts:
    """Regions over all parties, and each two of them by the kind that linked and all that hit."""
    linked, parties = view.linked, view.plan.parties
    there = np.stack([of != NOBODY for of in linked.of])
    found: Counts = {"regions": {}, "pairs": {}}
    for group in regions(parties):
        wanted = np.array([party in group for party in parties])
        found["regions"]["+".join(group)] = int((there == wanted[:, None]).all(axis=0).sum())
    found["pairs"]["platform+brand"] = _pair(view)
    found["shared_identifiers"] = {
        kind: _shared(view.chunk.resolved, parties, kind) for kind in ids.KINDS
    }
    found["by_phone_alone"] = _by_phone(view)
    return found


def _pair(view: View) -> Counts:
    """The platform's and the brand's persons in both, by identifier."""
    linked = view.linked
    both = (linked.of[0] != NOBODY) & (linked.of[1] != NOBODY)
    winner, hits = linked.winner[1][both], linked.hits[1][both]
    patterns = {}
    for group in regions(ids.KINDS):
        bits = sum(1 << ids.KINDS.index(kind) for kind in group)
        patterns["+".join(group)] = int((hits == bits).sum())
    return {
        "persons_in_both": int(both.sum()),
        "brand_persons_in_both": len(np.unique(linked.of[1][both])),
        "winner": tally(ids.KINDS, winner),
        "hit": {kind: int((hits >> rank & 1).sum()) for rank, kind in enumerate(ids.KINDS)},
        "pattern": {name: count for name, count in patterns.items() if count},
    }


def _shared(resolved: dict[str, Resolved], parties: Sequence[str], kind: str) -> Counts:
    """Distinct identifiers that each two parties share."""
    return {
        "+".join(pair): len(
            np.intersect1d(
                resolved[pair[0]].tokens[kind][0], resolved[pair[1]].tokens[kind][0], True
            )
        )
        for pair in regions(parties)
        if len(pair) == 2
    }


def _by_phone(view: View) -> Counts:
    """The same two lists under an agreement that names the phone alone, in both modes."""
    kinds = ("phone",)
    lists = [view.chunk.rosters[party] for party in ("platform", "brand")]
    own = [resolve(roster, kinds) for roster in lists]
    both = link(own, kinds).of
    one_each = [_one_phone(roster, found) for roster, found in zip(lists, own, strict=True)]
    return {
        "platform_persons": own[0].count,
        "brand_persons": own[1].count,
        "platform_persons_in_both": int((both[1][: own[0].count] != NOBODY).sum()),
        "persons_in_both_with_one_phone_each": len(
            np.intersect1d(one_each[0][0], one_each[1][0], assume_unique=True)
        ),
        "persons_whose_phone_hangs_on_keys": one_each[0][1] + one_each[1][1],
    }


def _one_phone(roster: Roster, own: Resolved) -> tuple[Array, int]:
    """The phone of each person's latest row that has one, as in differential-privacy mode; and of
    how many persons two were true on the same day, so that a key decides."""
    phone, person = roster.tokens["phone"], own.of_account[roster.account]
    row = np.flatnonzero(
        (phone != ids.NONE) & (person != NOBODY) & ~np.isin(phone, own.hot["phone"])
    )
    row = row[np.lexsort((phone[row], roster.as_of[row], person[row]))]
    last = np.ones(len(row), bool)
    last[:-1] = person[row][1:] != person[row][:-1]
    at = np.flatnonzero(last)
    before = np.maximum(at - 1, 0)
    same_day = (person[row[before]] == person[row[at]]) & (
        roster.as_of[row[before]] == roster.as_of[row[at]]
    )
    ties = same_day & (phone[row[before]] != phone[row[at]])
    return phone[row[at]], int(ties.sum())


def profile(view: View) -> Counts:
    """The platform's sealed persons by attribute: in all, also the brand's, also its customers."""
    codes = platform_codes(view.chunk)
    row = view.platform.row
    in_brand = view.brand_of != NOBODY
    buyers = in_brand & (np.append(view.first_pay, NEVER)[view.brand_of] < NEVER)
    found: Counts = {}
    for name, domain in PLATFORM.items():
        own = codes[name][row]
        names = ("missing", *domain)
        found[name] = {
            "all": tally(names, own),
            "also_brand": tally(names, own[in_brand]),
            "buyers": tally(names, own[buyers]),
        }
    return found


def system_and_region(view: View) -> Counts:
    """Where people live and what they use: how many are seen, matched, buy and are new."""
    codes, row = platform_codes(view.chunk), view.platform.row
    exposed = np.zeros(view.platform.count, bool)
    exposed[view.seen["of"]] = True
    matched = view.brand_of != NOBODY
    bought = matched & (np.append(view.first_pay, NEVER)[view.brand_of] < NEVER)
    newcomer, _, _ = view.newcomers(d.NEW_SINCE, d.NEW_UNTIL)
    new = np.zeros(view.platform.count, bool)
    new[newcomer[newcomer != NOBODY]] = True
    found: Counts = {}
    for name in ("a_region", "a_os"):
        own = codes[name][row]
        names = ("missing", *PLATFORM[name])
        groups = {"persons": np.ones(len(own), bool), "exposed": exposed, "also_brand": matched,
                  "buyers": bought, "new_customers": new}  # fmt: skip
        found[name] = {group: tally(names, own[who]) for group, who in groups.items()}
    pays = view.pays
    found["payments"] = {
        "by_device": tally(labels.SYSTEMS, pays["device"]),
        "by_place": tally(labels.ORDER_PLACES, pays["place"]),
        "by_shop": tally(labels.SHOPS, pays["shop"]),
    }
    return found
