"""What the kernels ``frequency`` and ``suppression`` have to say, in plain Python."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st
from person_material import DAY, ORDER_KINDS, SHOWN_KINDS, START, Linked, World

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.campaign import CampaignQuestion
from cleanroom.disclosure.questions.frequency import FrequencyQuestion
from cleanroom.disclosure.questions.suppression import SuppressionQuestion
from cleanroom.tables import MISSING_LONG

Row = dict[str, int]
Answer = Counter[tuple[Any, ...]]  # (labels, amounts...)
CAMPAIGNS = ("c1", "c2")
MOST = 20  # cap of n, and of rows


def second(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def views(question: CampaignQuestion, rows: Sequence[Row]) -> list[tuple[int, int]]:
    """(time, how many) of each row that is a view."""
    kinds = {SHOWN_KINDS.index(kind) + 1 for kind in question.shown_kinds}
    found = []
    for row in rows:
        if not second(question.since) <= row["ts"] < second(question.until):
            continue
        if question.campaign and row["campaign"] != CAMPAIGNS.index(question.campaign) + 1:
            continue
        if kinds and row["kind"] not in kinds:
            continue
        n = row["n"] if question.by_n else 1
        n = 1 if n == MISSING_LONG else n
        if n > 0:
            found.append((row["ts"], n))
    return found


def orders(question: CampaignQuestion, rows: Sequence[Row]) -> list[int]:
    """Times of the orders that count."""
    kinds = {ORDER_KINDS.index(kind) + 1 for kind in question.order_kinds}
    return sorted(
        row["ts"]
        for row in rows
        if row["ts"] != MISSING_LONG and (not kinds or row["kind"] in kinds)
    )


def purchase(question: CampaignQuestion, first: int, last: int, times: list[int]) -> int | None:
    """Time of the purchase: the first order after the first view, no later than ``last``."""
    since, until = second(question.bought_since), second(question.bought_until)
    return next((t for t in times if max(first, since) <= t < until and t <= last), None)


def frequency_by_rule(question: FrequencyQuestion, world: World, persons: list[Linked]) -> Answer:
    found: Answer = Counter()
    for person in persons:
        seen = _seen(question, world, person)
        if not seen:
            continue
        first = min(ts for ts, _ in seen)
        last = first + question.window_days * DAY if question.window_days else 2**70
        times = _times(question, world, person)
        bought = None if times is None else purchase(question, first, last, times)
        stop = last if bought is None else bought
        count = sum(n for ts, n in seen if ts <= stop)
        label = str(count) if count < question.top else f"{question.top}+"
        if times is None:
            split = ("unmatched",) * (1 + question.customers)
        else:
            customer = "existing" if any(t < first for t in times) else "new"
            outcome = "not converted" if bought is None else "converted"
            split = (customer, outcome) if question.customers else (outcome,)
        found[((label, *split), *([min(count, MOST)] if question.impressions else []))] += 1
    return found


def suppression_by_rule(
    question: SuppressionQuestion, world: World, persons: list[Linked]
) -> Answer:
    found: Answer = Counter()
    for person in persons:
        seen = _seen(question, world, person)
        if not seen:
            continue
        first, count = min(ts for ts, _ in seen), sum(n for _, n in seen)
        times = _times(question, world, person)
        known = times or []
        bought = purchase(question, first, 2**70, known) is not None
        silent = not bought and not _responded(question, world, person)
        after = question.no_response_after
        if question.recent_days and any(
            first - question.recent_days * DAY <= t < first for t in known
        ):
            name = "bought recently"
        elif question.existing and any(t < first for t in known):
            name = "existing customer"
        elif question.cap and count > question.cap:
            name = "above cap"
        elif after and count >= after and silent:
            name = "no response"
        else:
            name = "useful"
        outcome = "converted" if bought else "not converted"
        state = "unmatched" if times is None else outcome if question.outcome else "matched"
        found[((name, state), min(count, MOST))] += 1
    return found


def _seen(question: CampaignQuestion, world: World, person: Linked) -> list[tuple[int, int]]:
    if question.exposures not in person.pids:
        return []
    return views(question, world[question.exposures][person.pids[question.exposures]].exposures)


def _times(question: CampaignQuestion, world: World, person: Linked) -> list[int] | None:
    if question.conversions not in person.pids:
        return None
    pid = person.pids[question.conversions]
    return orders(question, world[question.conversions][pid].conversions)


def _responded(question: SuppressionQuestion, world: World, person: Linked) -> bool:
    kinds = {SHOWN_KINDS.index(kind) + 1 for kind in question.response_kinds}
    rows = world[question.exposures][person.pids[question.exposures]].exposures
    return any(
        row["kind"] in kinds
        and second(question.since) <= row["ts"] < second(question.until)
        and (not question.campaign or row["campaign"] == CAMPAIGNS.index(question.campaign) + 1)
        for row in rows
    )


# --- random questions -----------------------------------------------------------------------------


def _day(offset: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + START // DAY + offset).isoformat()


def _shared(draw: st.DrawFn, agreed: Catalogue) -> dict[str, Any]:
    bare = "kind" not in agreed.datasets[0].tables["exposures"]
    since = draw(st.integers(0, 5))
    ends = draw(st.integers(since + 1, 9))
    kinds = st.lists(st.sampled_from(SHOWN_KINDS), max_size=2)
    sold = st.lists(st.sampled_from(ORDER_KINDS), max_size=2)
    return {
        "exposures": draw(st.sampled_from(agreed.parties)),
        "conversions": draw(st.sampled_from(agreed.parties)),
        "since": _day(since),
        "until": _day(ends),
        "campaign": "" if bare else draw(st.sampled_from(("", "c1"))),
        "shown_kinds": () if bare else tuple(draw(kinds)),
        "by_n": False if bare else draw(st.booleans()),
        "order_kinds": () if bare else tuple(draw(sold)),
        "bought_since": draw(st.sampled_from(["", _day(since + 1)])),
        "bought_until": draw(st.sampled_from(["", _day(since + 2), _day(10)])),
    }


@st.composite
def frequency_questions(draw: st.DrawFn, agreed: Catalogue) -> FrequencyQuestion:
    return FrequencyQuestion(
        **_shared(draw, agreed),
        window_days=draw(st.sampled_from([0, 0, 1, 3])),
        top=draw(st.integers(2, 6)),
        customers=draw(st.booleans()),
        impressions=draw(st.booleans()),
    )


@st.composite
def suppression_questions(draw: st.DrawFn, agreed: Catalogue) -> SuppressionQuestion:
    shared = _shared(draw, agreed)
    bare = "kind" not in agreed.datasets[0].tables["exposures"]
    kinds = st.lists(st.sampled_from(SHOWN_KINDS), max_size=1)
    return SuppressionQuestion(
        **shared,
        recent_days=draw(st.sampled_from([0, 1, 3, 400])),
        existing=draw(st.booleans()),
        cap=draw(st.integers(0, 4)),
        no_response_after=draw(st.integers(0, 3)),
        response_kinds=() if bare else tuple(draw(kinds)),
        outcome=draw(st.booleans()),
    )
