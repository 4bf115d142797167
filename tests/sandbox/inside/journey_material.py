"""What the kernels ``path``, ``stages``, ``weekly`` and ``phases`` have to say, in plain Python."""

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import strategies as st
from person_material import CHANNELS, DAY, ORDER_KINDS, SHOWN_KINDS, START, Linked, World

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.path import PathQuestion
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
