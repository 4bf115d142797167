"""The truth file: counts with the shares that follow from them, what was planted, definitions."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from cleanroom import text
from cleanroom.prepare.population import labels, plan
from cleanroom.prepare.population.plan import CAMPAIGNS, Plan
from cleanroom.prepare.population.season import USUAL, USUAL_ELSE
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import CELLS

_DIGITS: Final = 9
_PREFIX: Final = "sample.truth."


def document(drawn: Plan, counts: Counts, costs: Counts, rows: Mapping[str, int]) -> bytes:
    """The truth file as JSON. ``costs``: impressions, clicks and hundredths by campaign."""
    groups: Counts = {"files": dict(rows), **counts, "costs": costs}
    groups["shares"] = _shares(counts, costs)
    found = {
        "format": "cleanroom-sample-truth/1",
        "people": drawn.people,
        "seed": drawn.seed,
        "parties": list(drawn.parties),
        "null": drawn.null,
        "parameters": _parameters(),
        "definitions": _definitions(),
        "planted": _planted(drawn),
        "truth": groups,
    }
    rounded = _rounded(found)
    return json.dumps(rounded, ensure_ascii=False, indent=1, sort_keys=False).encode() + b"\n"


def _definitions() -> dict[str, dict[str, str]]:
    """Sentences in both languages, by the group of truths they explain."""
    keys = [key for key in text.sentences("en") if key.startswith(_PREFIX)]
    return {
        key.removeprefix(_PREFIX): {
            language: text.sentences(language)[key] for language in text.LANGUAGES
        }
        for key in keys
    }


def _parameters() -> Counts:
    return {
        name.lower(): value
        for name, value in vars(d).items()
        if name.isupper() and name != "DAY" and isinstance(value, str | int | tuple | dict)
    } | {
        "data": {"platform": [plan.START, plan.END], "brand": [plan.BRAND_START, plan.END]},
        "order_kind_that_counts": "pay",
        "time_zone": "wall clock; no row has a zone",
        "benchmark_prices_in_hundredths": {one.name: one.benchmark for one in labels.CATEGORIES},
        "list_prices_in_hundredths": dict(zip(labels.SKUS, labels.LIST_PRICES, strict=True)),
        "usual_percent_of_list_price": [list(span) for span in USUAL] + [["else", "", USUAL_ELSE]],
    }


def _planted(drawn: Plan) -> Counts:
    """Every effect as it was drawn from; nought in the zero-effect twin."""
    effects = drawn.effects
    works = 1.0 if effects.ads else 0.0
    return {
        "effects": asdict(effects),
        "unprompted": {
            "repeat": plan.REPEAT,
            "refund": plan.REFUND,
            "good_review": plan.GOOD_REVIEW,
        },
        "like_for_like_premium": {
            "referred": math.expm1(effects.referred_price),
            "fan": math.expm1(effects.fan_price),
        },
        "campaigns": {
            campaign.name: {
                **asdict(campaign),
                "effect": campaign.effect * works,
                "extra_buyers_by_impressions_for_appetite_1": {
                    str(f): campaign.effect * works * (1 - math.exp(-f / campaign.tau))
                    for f in range(1, d.FREQUENCY_MOST + 1)
                },
            }
            for campaign in CAMPAIGNS
        },
    }


def _shares(counts: Counts, costs: Counts) -> Counts:
    """What analysts read: derived from the counts above and nothing else."""
    return {
        "match": _match(counts),
        "new_customers": {name: _channels(one) for name, one in counts["new_customers"].items()},
        "quality": {
            how: {name: _quality(cell) for name, cell in cells.items()}
            for how, cells in counts["new_customer_quality"].items()
        },
        "premium": {
            how: {name: _premium(cell) for name, cell in cells.items()}
            for how, cells in counts["price_premium"].items()
        },
        "experiments": {
            name: _experiment(arms, costs[name]["cost"])
            for name, arms in counts["experiments"].items()
        },
        "index_of_brand_members": {
            name: _index(cells) for name, cells in counts["profile"].items()
        },
        "hazard_by_frequency": _hazard(counts["frequency"]),
        "friends": _friends(counts["friends"]),
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _match(counts: Counts) -> Counts:
    both = counts["overlap"]["pairs"]["platform+brand"]
    persons = counts["persons"]
    return {
        "of_platform": _ratio(both["persons_in_both"], persons["platform"]["persons"]),
        "of_brand": _ratio(both["brand_persons_in_both"], persons["brand"]["persons"]),
    }


def _channels(cells: Counts) -> Counts:
    """Shares of the new customers whom the platform knows; lines at 20 % and 50 %."""
    last = cells["last_touch"]
    matched = sum(count for name, count in last.items() if name != "unmatched")
    shares = {name: _ratio(last[name], matched) for name in CELLS if name != "unmatched"}
    anything = _ratio(matched - last["none"], matched)
    lines = {f"above_{line}_percent": (anything or 0) * 100 > line for line in (20, 50)}
    return {"matched": matched, "by_channel": shares, "any_channel": anything, **lines}


def _quality(cell: Counts) -> Counts:
    return {
        "repeat_90_days": _ratio(cell["bought_again"], cell["new_customers"]),
        "refund_90_days": _ratio(cell["sent_back"], cell["new_customers"]),
    }


def _premium(cell: Counts) -> Counts:
    buyers = cell["buyers"]
    return {name: _ratio(total, buyers) for name, total in cell["sums"].items()}


def _experiment(arms: Counts, cost: int) -> Counts:
    test, control = arms["test"], arms["control"]
    rates = [_ratio(arm["converted"], arm["persons"]) for arm in (test, control)]
    sales = [_ratio(arm["sales"], arm["persons"]) for arm in (test, control)]
    if None in rates or not rates[1]:
        return {"conversion": rates}
    difference = (rates[0] or 0) - (rates[1] or 0)
    more_sales = ((sales[0] or 0) - (sales[1] or 0)) * test["persons"]
    return {
        "conversion": rates,
        "difference": difference,
        "relative": difference / (rates[1] or 1),
        "incremental_buyers_estimated": difference * test["persons"],
        "incremental_buyers_true": test["only_because_of_ads"],
        "incremental_sales_estimated": more_sales,
        "return_on_cost_estimated": _ratio(more_sales, cost),
        "exposed_share_of_test": _ratio(test["exposed"], test["persons"]),
    }


def _index(cells: Counts) -> Counts:
    """100 x share among the brand's members / share among all, of those with a known level."""
    known = {group: _known(cells[group]) for group in ("all", "also_brand")}
    totals = {group: sum(levels.values()) for group, levels in known.items()}
    return {
        level: _ratio(
            100.0 * known["also_brand"][level] * totals["all"], count * totals["also_brand"]
        )
        for level, count in known["all"].items()
    }


def _known(levels: Counts) -> Counts:
    return {level: count for level, count in levels.items() if level != "missing"}


def _hazard(frequency: Counts) -> Counts:
    """Of those shown at least f impressions without buying before: who bought at the f-th."""
    persons, converted = frequency["persons"], frequency["converted"]
    names = list(persons)
    return {
        name: _ratio(converted[name], sum(persons[later] for later in names[place:]))
        for place, name in enumerate(names)
    }


def _friends(friends: Counts) -> Counts:
    edges, people = friends["edges"], friends["friends"]
    return {
        "invitations_per_sender": _ratio(edges["share"], friends["senders"]["share"]),
        "clicks_per_invited": _ratio(people["click"], people["share"]),
        "buyers_per_invited": _ratio(people["first_order"], people["share"]),
        **{name: _friend_quality(cell) for name, cell in friends["quality"].items()},
    }


def _friend_quality(cell: Counts) -> Counts:
    return {
        "repeat_90_days": _ratio(cell["bought_again"], cell["new_customers"]),
        "refunds_per_payment": _ratio(cell["refunds"], cell["payments"]),
        "good_reviews": _ratio(cell["good_reviews"], cell["reviews"]),
        "value_per_customer": _ratio(cell["value_clipped"], cell["new_customers"]),
    }


def _rounded(value: Any) -> Any:
    """Fractions to a fixed number of digits, so that the file is the same everywhere."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_rounded(one) for one in value]
    return value
