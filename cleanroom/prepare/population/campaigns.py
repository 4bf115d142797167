"""Campaigns on the platform: experiments, who is shown how much, and what that brings about.

Every person with an opportunity is drawn into an arm once, as the platform knows persons: accounts
that share an identifier are one.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, orders
from cleanroom.prepare.population.chance import Chance, copies, happens
from cleanroom.prepare.population.exposures import Columns, events
from cleanroom.prepare.population.orders import Calendar
from cleanroom.prepare.population.plan import DAY, Campaign, Effects, seconds
from cleanroom.prepare.population.resolve import Resolved
from cleanroom.prepare.population.rosters import Roster
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]

WINDOW: Final = 14 * DAY
"""How long after the opportunity advertisements work, and orders are counted."""
_MOST: Final = 40  # impressions of one person in one campaign
_CLICK: Final = 0.03
_EARLY: Final = 0.6  # of the campaign's length, in which opportunities come


@dataclass(frozen=True)
class Opportunities:
    """Who could be shown a campaign: position, arm, when, and the stratum by activity. ``f``:
    impressions of whoever is ``shown`` anything."""

    person: Array
    arm: Array
    ts: Array
    stratum: Array
    f: Array
    shown: Array


@dataclass(frozen=True)
class Impressions:
    """Impressions by opportunity and time, shown or not: ``of`` which opportunity, when, and
    whether between videos (else in the feed)."""

    of: Array
    ts: Array
    video: Array


@dataclass(frozen=True)
class Ran:
    """A campaign that ran."""

    opportunities: Opportunities
    exposures: Columns
    orders: Columns


def run(
    campaign: Campaign,
    chance: Chance,
    society: Society,
    roster: Roster,
    resolved: Resolved,
    bought: Columns,
    effects: Effects,
) -> Ran:
    """One campaign on people who have ``bought`` these orders without it."""
    # What is shown has streams of its own: it is the same where nothing works.
    rng = chance.of(f"campaign {campaign.name}")
    found = _opportunities(rng, campaign, society, roster, resolved)
    shown = _impressions(rng, campaign, found)
    exposures = _exposures(rng, society, campaign, found, shown)
    rng = chance.of(f"brought by {campaign.name}")
    chosen = _brought(rng, campaign, society, found, effects)
    calendar = Calendar(bought)
    person, ts = found.person[chosen], found.ts[chosen]
    chosen = chosen[~calendar.buys(person, ts, ts + WINDOW)]
    direct = _orders(rng, campaign, found, shown, chosen, effects)
    known = calendar.buys(direct["person"], np.zeros(len(chosen), np.int64), direct["ts"])
    more = orders.repeats(rng, society, orders.take(direct, ~known), effects)
    return Ran(found, exposures, orders.concatenate([direct, more]))


def _orders(
    rng: np.random.Generator,
    campaign: Campaign,
    found: Opportunities,
    shown: Impressions,
    chosen: Array,
    effects: Effects,
) -> Columns:
    """An order of each chosen opportunity, soon after one of its impressions: the earlier one is,
    the more likely, as they wear off."""
    late = rng.exponential(campaign.tau, len(chosen)).astype(np.int64)
    at = np.searchsorted(shown.of, chosen) + np.minimum(late, found.f[chosen] - 1)
    delay = np.minimum(rng.exponential(1.0 * DAY, len(chosen)), 4.0 * DAY).astype(np.int64) + 60
    source = np.where(shown.video[at], labels.VIDEO_AD, labels.FEED_AD).astype(np.uint8)
    cause = labels.CAMPAIGN_NAMES.index(campaign.name)
    if not effects.ads:
        source[:], cause = labels.UNPROMPTED, 0
    return orders.new(found.person[chosen], shown.ts[at] + delay, source, cause)


def _opportunities(
    rng: np.random.Generator,
    campaign: Campaign,
    society: Society,
    roster: Roster,
    resolved: Resolved,
) -> Opportunities:
    """One person of each group of accounts, chosen by who is online and looks interested: that is
    why the exposed buy more than others even where advertising does nothing."""
    likely = campaign.reach * np.sqrt(society.activity * society.appetite) * 1.15
    able = society.on_platform & happens(rng, np.minimum(likely, 0.95))
    person = np.flatnonzero(able)
    _, once = np.unique(resolved.group[roster.first[person]], return_index=True)
    person = person[np.sort(once)]
    size = len(person)
    arm = np.where(rng.random(size) < campaign.holdout, labels.CONTROL, labels.TEST)
    start, end = seconds(campaign.start), seconds(campaign.end)
    ts = start + (rng.random(size) * _EARLY * (end - start)).astype(np.int64)
    activity = society.activity[person]
    stratum = np.digitize(activity, (0.6, 1.3)).astype(np.uint8)
    f = 1 + rng.poisson(campaign.mean * activity * rng.gamma(2.0, 0.5, size))
    shown = (arm == labels.TEST) & (rng.random(size) < campaign.delivered)
    return Opportunities(person, arm.astype(np.uint8), ts, stratum, np.minimum(f, _MOST), shown)


def _impressions(rng: np.random.Generator, campaign: Campaign, found: Opportunities) -> Impressions:
    """When each opportunity's impressions are or would be, in order."""
    of, number = copies(found.f)
    end = np.minimum(seconds(campaign.end), found.ts + WINDOW)[of]
    at = found.ts[of] + 30 + (rng.random(len(of)) * (end - found.ts[of] - 60)).astype(np.int64)
    at[number == 0] = found.ts[of][number == 0] + 5
    order = np.argsort(orders.key(of, at), kind="stable")
    return Impressions(of, at[order], rng.random(len(of)) >= campaign.feed_share)


def _brought(
    rng: np.random.Generator,
    campaign: Campaign,
    society: Society,
    found: Opportunities,
    effects: Effects,
) -> Array:
    """Opportunities that end in an order: through what was shown or, in the zero-effect twin, as
    many of them whatever was shown."""
    response = campaign.effect * society.appetite[found.person]
    saturation = 1.0 - np.exp(-found.f / campaign.tau)
    if effects.ads:
        probability = response * saturation * found.shown
    else:
        share = (1.0 - campaign.holdout) * campaign.delivered
        probability = response * saturation.mean() * share
    return np.flatnonzero(rng.random(len(probability)) < probability)


def _exposures(
    rng: np.random.Generator,
    society: Society,
    campaign: Campaign,
    found: Opportunities,
    shown: Impressions,
) -> Columns:
    """Impressions in the feed or between videos that were shown, some of them clicked."""
    real = found.shown[shown.of]
    person, ts = found.person[shown.of][real], shown.ts[real]
    channel = np.where(shown.video[real], labels.VIDEO, labels.FEED)
    name = labels.CAMPAIGN_NAMES.index(campaign.name)
    imps = events(rng, society, person, ts, labels.IMP, channel, name)
    clicked = rng.random(len(person)) < _CLICK
    later = ts[clicked] + rng.integers(2, 60, int(clicked.sum()))
    clicks = events(rng, society, person[clicked], later, labels.CLICK, channel[clicked], name)
    for column in ("device", "place"):
        clicks[column] = imps[column][clicked]
    return orders.concatenate([imps, clicks])
