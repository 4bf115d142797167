"""One chunk of the population: who lives in it, what happens, and what each party knows of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import (
    campaigns,
    conversions,
    exposures,
    market,
    orders,
    referrals,
    rosters,
    society,
)
from cleanroom.prepare.population import identifiers as ids
from cleanroom.prepare.population.campaigns import Ran
from cleanroom.prepare.population.chance import Chance, happens
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import CAMPAIGNS, Plan
from cleanroom.prepare.population.quality import QUALITY
from cleanroom.prepare.population.resolve import Linked, Resolved, clear, link, resolve
from cleanroom.prepare.population.rosters import Roster
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Chunk:
    """Everything of one chunk. Events have ``account``: under which account of the party.

    ``before``: customers since before the data. ``blanked``: identifiers dropped because a link
    would have hung on keys.
    """

    society: Society
    before: Array
    rosters: dict[str, Roster]
    resolved: dict[str, Resolved]
    linked: Linked
    blanked: int
    campaigns: tuple[Ran, ...]
    edges: Columns
    exposures: Columns
    conversions: Columns
    market: Columns
    visits: Columns


def live(plan: Plan, number: int) -> Chunk:
    """Make one chunk."""
    first, stop = plan.bounds()[number]
    chance = Chance(plan.seed, number)
    people = society.make(chance, first, stop - first)
    lists = {"platform": _enrol(chance, people, "platform", people.on_platform)}
    _refuse_by_phone(chance, people, lists["platform"])
    anchor = resolve(lists["platform"])
    bought, before = orders.unprompted(chance, people, plan.effects)
    ran = []
    for campaign in CAMPAIGNS:
        done = campaigns.run(
            campaign, chance, people, lists["platform"], anchor, bought, plan.effects
        )
        bought = orders.concatenate([bought, done.orders])
        ran.append(done)
    told = referrals.run(chance, people, bought, plan.effects)
    bought = orders.with_source(orders.concatenate([bought, told.orders]), people.size)
    lines = conversions.rows(chance, people, bought, plan.effects)
    lists["brand"] = _enrol(chance, people, "brand", _members(chance, people, before, bought, told))
    _refuse_by_account(chance, lists["brand"])
    if "partner" in plan.parties:
        lists["partner"] = _enrol(chance, people, "partner", people.on_partner)
    resolved, blanked = clear([lists[party] for party in plan.parties])
    seen = [exposures.daily(chance, people), *exposures.before_orders(chance, people, bought)]
    seen += [told.exposures, *(done.exposures for done in ran)]
    shown = orders.concatenate(seen)
    shown = orders.take(shown, np.argsort(shown["ts"], kind="stable"))
    partner = lists.get("partner")
    return Chunk(
        people,
        before,
        lists,
        dict(zip(plan.parties, resolved, strict=True)),
        link(resolved),
        blanked,
        tuple(ran),
        told.edges,
        _signed(chance, lists["platform"], "exposures", shown),
        _signed(chance, lists["brand"], "orders", lines),
        _signed(chance, partner, "market", market.conversions(chance, people)) if partner else {},
        _signed(chance, partner, "visits", market.exposures(chance, people)) if partner else {},
    )


def _enrol(chance: Chance, people: Society, party: str, on_it: Array) -> Roster:
    rng = chance.of(f"roster {party}")
    return rosters.enrol(rng, people, np.flatnonzero(on_it), QUALITY[party])


def _members(
    chance: Chance, people: Society, before: Array, bought: Columns, told: referrals.Recommended
) -> Array:
    """The brand knows its customers, whom friends brought, and some who never bought."""
    rng = chance.of("members")
    known = happens(rng, np.minimum(0.06 * people.appetite, 0.4)) | before
    known[bought["person"]] = True
    known[told.joined] = True
    return known


def _refuse_by_phone(chance: Chance, people: Society, roster: Roster) -> None:
    """The platform's list of refusals has phone numbers: all rows that hold one are meant."""
    rng = chance.of("refusals platform")
    share = QUALITY["platform"].opted_out
    own = (roster.tokens["phone"] >= 0) & (roster.phone_state == rosters.FINE)
    chosen = np.flatnonzero(own & (rng.random(len(own)) < share))
    phones = roster.tokens["phone"]
    listed = np.unique(phones[chosen])
    roster.opted_out |= np.isin(phones, listed[~ids.is_dummy(listed)])


def _refuse_by_account(chance: Chance, roster: Roster) -> None:
    """The brand's list has its own account numbers."""
    rng = chance.of("refusals brand")
    refuses = rng.random(len(roster.person)) < QUALITY["brand"].opted_out
    roster.opted_out |= refuses[roster.account]


def _signed(chance: Chance, roster: Roster, name: str, events: Columns) -> Columns:
    """Events with the account under which they happened."""
    rng = chance.of(f"accounts {name}")
    account = roster.account_of(rng, events["person"], _numbered(events.get("order")))
    return {**events, "account": account}


def _numbered(order: Array | None) -> Array | None:
    """Orders as numbers from 0, fewer than there are rows."""
    return None if order is None else np.unique(order, return_inverse=True)[1]
