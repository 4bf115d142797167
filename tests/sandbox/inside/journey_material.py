"""What the kernels ``path``, ``stages``, ``weekly`` and ``phases`` have to say, in plain Python."""

import itertools
from collections import Counter
from datetime import date
from typing import Any

from hypothesis import strategies as st
from person_material import CAP, CHANNELS, DAY, ORDER_KINDS, SHOWN_KINDS, START, Linked, World

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.path import PathQuestion
from cleanroom.disclosure.questions.phases import PhasesQuestion, edges
from cleanroom.disclosure.questions.stages import StageRule, StagesQuestion
from cleanroom.disclosure.questions.weekly import WeeklyQuestion
from cleanroom.tables import MISSING_LONG

Row = dict[str, int]
Answer = Counter[tuple[Any, ...]]  # (labels, amounts...)


def second(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def iso(offset: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + START // DAY + offset).isoformat()


def coded(names: tuple[str, ...], domain: tuple[str, ...]) -> set[int]:
    """Codes of some values; of all where none is named."""
    return {domain.index(name) + 1 for name in names} or set(range(len(domain) + 1))


def orders(kinds: tuple[str, ...], rows: list[Row]) -> list[Row]:
    """Conversions with a time and of the right kind, as they came."""
    counted = coded(kinds, ORDER_KINDS)
    return [
        row for row in rows if row["ts"] != MISSING_LONG and (not kinds or row["kind"] in counted)
    ]


def sold_to(person: Linked, party: str, world: World) -> list[Row] | None:
    return world[party][person.pids[party]].conversions if party in person.pids else None


def path_by_rule(question: PathQuestion, world: World, persons: list[Linked]) -> Answer:
    """``question`` in its canonical form."""
    found: Answer = Counter()
    levels = ("", *CHANNELS)
    group_of = {
        levels.index(name): number
        for number, group in enumerate(question.groups, 1)
        for name in group
    }
    kinds = coded(question.touch_kinds, SHOWN_KINDS)
    for person in persons:
        if question.exposures not in person.pids:
            continue
        sold = sold_to(person, question.conversions, world)
        if sold is None and question.unmatched_apart:
            found[(("", "unmatched"),)] += 1
            continue
        times = [
            row["ts"]
            for row in orders(question.order_kinds, sold or [])
            if second(question.since) <= row["ts"] < second(question.until)
        ]
        end = min(times, default=second(question.until))
        first = max(second(question.touch_since), end - question.window_days * DAY)
        met = sorted(
            (row["ts"], group_of[row["channel"]])
            for row in world[question.exposures][person.pids[question.exposures]].exposures
            if first <= row["ts"]
            and (row["ts"] <= end if times else row["ts"] < end)
            and (not question.touch_kinds or row["kind"] in kinds)
        )
        steps = list(dict.fromkeys(str(group) for _, group in met))
        found[((">".join(steps), "converted" if times else "not converted"),)] += 1
    return found


# --- random questions -----------------------------------------------------------------------------


def _days(draw: st.DrawFn) -> tuple[str, str]:
    since = draw(st.integers(0, 5))
    return iso(since), iso(draw(st.integers(since + 1, 9)))


def _subset(draw: st.DrawFn, names: tuple[str, ...], agreed: Catalogue, table: str) -> Any:
    bare = "kind" not in agreed.datasets[0].tables[table]
    return () if bare else tuple(draw(st.lists(st.sampled_from(names), max_size=2)))


@st.composite
def path_questions(draw: st.DrawFn, agreed: Catalogue) -> PathQuestion:
    since, until = _days(draw)
    levels = draw(st.permutations(agreed.datasets[0].tables["exposures"]["channel"].levels()))
    cuts = sorted(draw(st.lists(st.integers(0, len(levels)), max_size=3)))
    ends = zip([0, *cuts], cuts, strict=False)
    return PathQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(agreed.parties)),
        since,
        until,
        tuple(tuple(levels[a:b]) for a, b in ends),
        draw(st.integers(0, 8)),
        draw(st.sampled_from(["", since])),
        _subset(draw, SHOWN_KINDS, agreed, "exposures"),
        _subset(draw, ORDER_KINDS, agreed, "conversions"),
        draw(st.booleans()),
    )


def stages_by_rule(question: StagesQuestion, world: World, persons: list[Linked]) -> Answer:
    """``question`` may be in any form."""

    def stage(person: Linked, end: int) -> int:
        reached = 0
        for rule in question.rules:
            party = getattr(question, rule.source)
            if party not in person.pids:
                continue
            domain = SHOWN_KINDS if rule.source == "exposures" else ORDER_KINDS
            kinds = {("", *domain).index(kind) for kind in rule.kinds}
            days = {
                row["ts"] // DAY
                for row in getattr(world[party][person.pids[party]], rule.source)
                if end - question.window_days * DAY <= row["ts"] < end
                and (not kinds or row["kind"] in kinds)
            }
            if len(days) >= rule.days:
                reached = max(reached, rule.stage)
        return reached

    found: Answer = Counter()
    for person in persons:
        if set(question.base) <= set(person.pids):
            ends = (second(question.start), second(question.end))
            found[(tuple(str(stage(person, end)) for end in ends),)] += 1
    return found


def _subsets_of(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


@st.composite
def stages_questions(draw: st.DrawFn, agreed: Catalogue) -> StagesQuestion:
    bare = "kind" not in agreed.datasets[0].tables["exposures"]
    start = draw(st.integers(1, 6))
    end = draw(st.integers(start + 1, 9))
    stages, window = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    most = min(3, window, end)  # more days than window and data have are refused
    rules = []
    for _ in range(draw(st.integers(1, 5))):
        source = draw(st.sampled_from(["exposures", "conversions"]))
        domain = SHOWN_KINDS if source == "exposures" else ORDER_KINDS
        kinds = () if bare else draw(_subsets_of(("", *domain)))
        days = draw(st.integers(1, most))
        rules.append(StageRule(draw(st.integers(1, stages)), source, kinds, days))
    base = draw(st.lists(st.sampled_from(agreed.parties), min_size=1, max_size=2))
    parties = [draw(st.sampled_from(agreed.parties)) for _ in range(2)]
    return StagesQuestion(tuple(base), *parties, iso(start), iso(end), stages, tuple(rules), window)


def weekly_by_rule(question: WeeklyQuestion, world: World, persons: list[Linked]) -> Answer:
    """``question`` in its canonical form; steps are weeks."""
    found: Answer = Counter()
    kinds = coded(question.touch_kinds, SHOWN_KINDS)
    since = second(question.since)
    for person in persons:
        if question.exposures not in person.pids:
            continue
        rows = [
            row
            for row in world[question.exposures][person.pids[question.exposures]].exposures
            if row["ts"] != MISSING_LONG and (not question.touch_kinds or row["kind"] in kinds)
        ]
        if not rows:
            continue
        first = min(rows, key=lambda row: (row["ts"], -row.get("campaign", 0), -row["channel"]))
        week = (first["ts"] - since) // (7 * DAY)
        if not 0 <= week < question.steps:
            continue
        sold = sold_to(person, question.conversions, world)
        if sold is None and question.unmatched_apart:
            found[(("", "", "unmatched"),)] += 1
            continue
        last = first["ts"] + question.window_days * DAY
        bought = any(
            first["ts"] <= row["ts"] <= last for row in orders(question.order_kinds, sold or [])
        )
        start = date.fromisoformat(question.since).toordinal() + 7 * week
        labels = (date.fromordinal(start).isoformat(), ("", *CHANNELS)[first["channel"]])
        found[((*labels, "converted" if bought else "not converted"),)] += 1
    return found


@st.composite
def weekly_questions(draw: st.DrawFn, agreed: Catalogue) -> WeeklyQuestion:
    return WeeklyQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(agreed.parties)),
        iso(draw(st.integers(0, 6))),
        draw(st.integers(1, 2)),
        "week",
        draw(st.integers(0, 6)),
        _subset(draw, SHOWN_KINDS, agreed, "exposures"),
        _subset(draw, ORDER_KINDS, agreed, "conversions"),
        draw(st.booleans()),
    )


def phases_by_rule(question: PhasesQuestion, world: World, persons: list[Linked]) -> Answer:
    """``question`` in its canonical form."""
    found: Answer = Counter()
    days = [second(day) for day in edges(question)]
    kinds = coded(question.touch_kinds, SHOWN_KINDS)
    for person in persons:
        if question.exposures not in person.pids:
            continue
        shown = [
            row["ts"]
            for row in world[question.exposures][person.pids[question.exposures]].exposures
            if not question.touch_kinds or row["kind"] in kinds
        ]
        names = ("lead-up", "event", "lead-out")
        spans = list(itertools.pairwise(days))
        met = [
            name
            for name, (since, until) in zip(names, spans, strict=True)
            if any(since <= ts < until for ts in shown)
        ]
        sold = sold_to(person, question.conversions, world)
        rows = orders(question.order_kinds, sold or [])
        if question.sales == "phases":
            spans = [(second(question.baseline_since), days[0]), *spans]
        elif question.sales == "total":
            spans = [(days[0], days[-1])]
        amounts = []
        for since, until in spans if question.sales else []:
            paid = [r["paid"] for r in rows if since <= r["ts"] < until]
            total = sum(one for one in paid if one != MISSING_LONG)
            amounts.append(min(max(total, 0), CAP))
        if sold is None and question.unmatched_apart:
            found[(("", "unmatched"), *amounts)] += 1
            continue
        times = [row["ts"] for row in rows]
        outcome = "no order"
        if any(days[0] <= ts < days[-1] for ts in times):
            outcome = "new" if min(times) >= days[0] else "existing"
        found[(("+".join(met), outcome), *amounts)] += 1
    return found


@st.composite
def phases_questions(draw: st.DrawFn, agreed: Catalogue) -> PhasesQuestion:
    days = sorted(draw(st.sets(st.integers(1, 9), min_size=4, max_size=4)))
    sales = draw(st.sampled_from(["", "total", "phases"]))
    return PhasesQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(agreed.parties)),
        *map(iso, days),
        _subset(draw, SHOWN_KINDS, agreed, "exposures"),
        _subset(draw, ORDER_KINDS, agreed, "conversions"),
        draw(st.booleans()),
        sales,
        iso(0) if sales == "phases" else "",
    )
