"""Experiments (A08), frequency (A06), advertising that could be spared (A07)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.campaigns import Ran
from cleanroom.prepare.population.orders import Columns, take
from cleanroom.prepare.population.plan import CAMPAIGNS, DAY, Campaign, seconds
from cleanroom.prepare.population.resolve import NOBODY
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import NEVER, View, first_per_person, tally

Array = npt.NDArray[Any]

_BUCKETS = (*map(str, range(1, d.FREQUENCY_MOST)), f"{d.FREQUENCY_MOST}+")
_CLASSES = ("just bought", "customer", "above cap", "no response", "useful")


def lift(view: View) -> Counts:
    """Each experiment's arms: persons, buyers, payments and amounts after the opportunity."""
    runs = zip(CAMPAIGNS, view.chunk.campaigns, strict=True)
    return {campaign.name: _experiment(view, campaign, ran) for campaign, ran in runs
            if campaign.holdout}  # fmt: skip


def _experiment(view: View, campaign: Campaign, ran: Ran) -> Counts:
    drawn = ran.opportunities
    roster = view.chunk.rosters["platform"]
    person = view.platform.of_account[roster.first[drawn.person]]
    kept = person != NOBODY
    person, arm, ts = person[kept], drawn.arm[kept], drawn.ts[kept]
    begin, end = view.count_pays(view.brand_of[person], ts, ts + d.OUTCOME_DAYS * DAY)
    total = np.concatenate([[0], np.cumsum(view.pays["paid"])])
    number = labels.CAMPAIGN_NAMES.index(campaign.name)
    own = np.concatenate([[0], np.cumsum(view.pays["cause"] != number)])
    sales = total[end] - total[begin]
    clipped = np.minimum(sales, d.VALUE_CAP)
    bought = end > begin
    caused = bought & (own[end] == own[begin])
    exposed = np.zeros(view.platform.count, bool)
    exposed[impressions(view, campaign.name)["of"]] = True
    return {
        name: {
            "persons": int(rows.sum()),
            "exposed": int(exposed[person[rows]].sum()),
            "converted": int(bought[rows].sum()),
            "payments": int((end - begin)[rows].sum()),
            "sales": int(sales[rows].sum()),
            "sales_clipped": int(clipped[rows].sum()),
            "squares_clipped": sum(int(value) ** 2 for value in clipped[rows][bought[rows]]),
            "only_because_of_ads": int(caused[rows].sum()),
        }
        for name, rows in ((label, arm == code) for code, label in enumerate(labels.ARMS))
    }


def impressions(view: View, campaign: str) -> Columns:
    """A campaign's impressions by person and time."""
    seen = view.seen
    wanted = labels.CAMPAIGN_NAMES.index(campaign)
    return take(seen, (seen["kind"] == labels.IMP) & (seen["campaign"] == wanted))


def frequency(view: View) -> Counts:
    """People shown the campaign, by impressions up to the first payment after the first one."""
    imps = impressions(view, d.CAMPAIGN)
    size = view.platform.count
    first = first_per_person(imps["of"], imps["ts"], size)
    person = np.flatnonzero(first < NEVER)
    paid = view.next_pay(view.brand_of[person], first[person])
    paid = np.where(paid < seconds(d.CONVERTED_UNTIL), paid, NEVER)
    when = np.full(size, NEVER)
    when[person] = paid
    before = np.bincount(imps["of"][imps["ts"] <= when[imps["of"]]], minlength=size)[person]
    bucket = np.minimum(before, d.FREQUENCY_MOST) - 1
    customer = _bought_before(view, person, first[person])
    converted = paid < NEVER
    return {
        "impressions": len(imps["ts"]),
        "persons": tally(_BUCKETS, bucket),
        "converted": tally(_BUCKETS, bucket[converted]),
        "persons_already_customers": tally(_BUCKETS, bucket[customer]),
        "converted_already_customers": tally(_BUCKETS, bucket[converted & customer]),
    }


def response(view: View) -> Counts:
    """Persons shown the campaign, by all its impressions: how many bought because of it."""
    imps = impressions(view, d.CAMPAIGN)
    count = np.bincount(imps["of"], minlength=view.platform.count)
    person = np.flatnonzero(count)
    bucket = np.minimum(count[person], d.FREQUENCY_MOST) - 1
    brought = np.zeros(view.brand.count + 1, bool)  # the last one stands for nobody
    number = labels.CAMPAIGN_NAMES.index(d.CAMPAIGN)
    brought[view.pays["of"][view.pays["cause"] == number]] = True
    because = brought[view.brand_of[person]]
    return {"persons": tally(_BUCKETS, bucket), "bought_because": tally(_BUCKETS, bucket[because])}


def _bought_before(view: View, person: Array, ts: Array) -> Array:
    """Whether persons of the platform paid before these times."""
    brand = view.brand_of[person]
    first = np.append(view.first_pay, NEVER)[brand]
    found: Array = (brand != NOBODY) & (first < ts)
    return found


def spared(view: View) -> Counts:
    """The campaign's impressions that could have been spared: by person in the first class that
    fits, and impression by impression."""
    imps = impressions(view, d.CAMPAIGN)
    size = view.platform.count
    first = first_per_person(imps["of"], imps["ts"], size)
    count = np.bincount(imps["of"], minlength=size)
    person = np.flatnonzero(first < NEVER)
    first, count = first[person], count[person]
    brand = view.brand_of[person]
    low, high = view.count_pays(brand, first - d.BOUGHT_DAYS * DAY, first - 1)
    responds = _clicks(view)[person] | (view.next_pay(brand, first) < seconds(d.CONVERTED_UNTIL))
    code = np.select(
        [
            high > low,
            _bought_before(view, person, first),
            count > d.FREQUENCY_CAP,
            (count >= d.NO_RESPONSE_AFTER) & ~responds,
        ],
        [0, 1, 2, 3],
        4,
    )
    cost = _cost(imps)
    per_person = np.bincount(imps["of"], cost, minlength=size)[person].astype(np.int64)
    return {
        "persons": {
            name: {
                "persons": int((code == number).sum()),
                "impressions": int(count[code == number].sum()),
                "cost_in_thousandths": int(per_person[code == number].sum()),
            }
            for number, name in enumerate(_CLASSES)
        },
        "impressions": _impression_by_impression(view, imps, cost),
    }


def _clicks(view: View) -> Array:
    seen = view.seen
    campaign = labels.CAMPAIGN_NAMES.index(d.CAMPAIGN)
    rows = (seen["kind"] == labels.CLICK) & (seen["campaign"] == campaign)
    found = np.zeros(view.platform.count, bool)
    found[seen["of"][rows]] = True
    return found


def _cost(imps: Columns) -> Array:
    """Thousandths of a hundredth that each impression cost."""
    each = np.array([d.PER_THOUSAND.get(name, 0) for name in labels.CHANNELS])
    found: Array = each[imps["channel"]]
    return found


def _impression_by_impression(view: View, imps: Columns, cost: Array) -> Counts:
    """After a payment of the last days; beyond the cap, counted in order of time."""
    brand = view.brand_of[imps["of"]]
    low, high = view.count_pays(brand, imps["ts"] - d.BOUGHT_DAYS * DAY, imps["ts"] - 1)
    after = high > low
    begins = np.flatnonzero(np.append(True, imps["of"][1:] != imps["of"][:-1]))
    sizes = np.diff(np.append(begins, len(imps["of"])))
    rank = np.arange(len(imps["of"])) - np.repeat(begins, sizes) if len(imps["of"]) else after
    beyond = rank >= d.FREQUENCY_CAP
    groups = {"all": np.ones(len(after), bool), "after a purchase": after, "beyond the cap": beyond,
              "either": after | beyond}  # fmt: skip
    return {
        name: {"impressions": int(rows.sum()), "cost_in_thousandths": int(cost[rows].sum())}
        for name, rows in groups.items()
    }
