"""Kind ``stages``: people by the highest stage they had reached before each of two days (A14)."""

from itertools import product
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, in_order, spelled
from cleanroom.disclosure.shapes import COUNT, Shape
from cleanroom.errors import DisclosureError

STAGES_MOST = 8
RULES_MOST = 24

Source = Literal["exposures", "conversions"]


class StageRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of these kinds ("" = missing, none named = all) on so many days reach a stage."""

    stage: int
    source: Source
    kinds: tuple[str, ...] = ()
    days: int = 1


class StagesQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="stages", tag_field="kernel"
):
    """People of all ``base`` parties by their stage before ``start`` and before ``end``.

    A person's stage before a day is the highest of the rules that hold for events in the
    ``window_days`` before that day, 0 where none does. Who is not in the data of a party that
    brings events has none of these events.
    """

    base: tuple[str, ...]
    exposures: str  # party whose exposures the rules look at
    conversions: str  # party whose conversions they look at
    start: str  # ISO date
    end: str
    stages: int  # stages are numbered 1 to this
    rules: tuple[StageRule, ...]
    window_days: int = 90


def canonical(question: StagesQuestion, catalogue: Catalogue) -> StagesQuestion:
    """The one form of a question: no rule that another one makes idle. Raises ``disclosure.*``."""
    base = in_order(question.base, catalogue.parties)
    start, end = day(question.start), day(question.end)
    if not base:
        raise DisclosureError("disclosure.party", party="")
    if question.window_days < 1:
        raise DisclosureError("disclosure.window")
    numbers = question.rules and len(question.rules) <= RULES_MOST
    if not numbers or not 1 <= question.stages <= STAGES_MOST:
        raise DisclosureError("disclosure.parameter", analysis="stages", parameter="rules")
    sources: tuple[Source, Source] = ("exposures", "conversions")
    looked = [source for source in sources if any(r.source == source for r in question.rules)]
    data = [catalogue.dataset(getattr(question, source)) for source in looked]
    first, last = min(day(one.start) for one in data), max(day(one.end) for one in data)
    if not first < start < end <= last:
        raise DisclosureError("disclosure.dates")
    window = min(question.window_days, (end - first).days)
    rules = []
    for source in looked:
        catalogue.column(f"{getattr(question, source)}.{source}.ts")
        rules += _reduced(source, question, window, catalogue)
    return msgspec.structs.replace(
        question,
        base=base,
        exposures=question.exposures if "exposures" in looked else "",
        conversions=question.conversions if "conversions" in looked else "",
        rules=tuple(sorted(rules, key=lambda r: (r.source, r.stage, r.days, r.kinds))),
        window_days=window,
    )


def levels(question: StagesQuestion, source: Source, catalogue: Catalogue) -> tuple[str, ...]:
    """All that a kind of event can be."""
    kind = catalogue.dataset(getattr(question, source)).tables.get(source, {}).get("kind")
    return kind.levels() if kind else ("",)


def _reduced(
    source: Source, question: StagesQuestion, window: int, catalogue: Catalogue
) -> list[StageRule]:
    """The rules of one source without what changes nothing: for one day each kind has the highest
    stage that it reaches; for more days a kind that reaches the stage by itself can be left out.
    """
    known = levels(question, source, catalogue)
    single = dict.fromkeys(known, 0)
    several = []
    for rule in question.rules:
        if rule.source != source:
            continue
        if not (1 <= rule.stage <= question.stages and 1 <= rule.days <= window):
            raise DisclosureError("disclosure.parameter", analysis="stages", parameter="rules")
        if not set(rule.kinds) <= set(known):
            column = f"{getattr(question, source)}.{source}.kind"
            raise DisclosureError("disclosure.value", column=column)
        kinds = rule.kinds or known
        if rule.days == 1:
            single |= {kind: max(single[kind], rule.stage) for kind in kinds}
        else:
            several.append((rule.stage, frozenset(kinds), rule.days))
    left = {(s, frozenset(k for k in kinds if single[k] < s), d) for s, kinds, d in several}
    kept = [(stage, kinds, days) for stage, kinds, days in left if kinds]
    found = [one for one in kept if not any(_covers(other, one) for other in kept)]
    for stage in sorted(set(single.values()) - {0}):
        found.append((stage, frozenset(k for k in known if single[k] == stage), 1))
    return [StageRule(stage, source, _named(kinds, known), days) for stage, kinds, days in found]


_Rule = tuple[int, frozenset[str], int]


def _covers(other: _Rule, one: _Rule) -> bool:
    """Whether another rule always reaches as high, so that this one changes nothing."""
    return other != one and other[0] >= one[0] and other[1] >= one[1] and other[2] <= one[2]


def _named(kinds: frozenset[str], known: tuple[str, ...]) -> tuple[str, ...]:
    return () if kinds == frozenset(known) else tuple(kind for kind in known if kind in kinds)


def shape(question: StagesQuestion, catalogue: Catalogue) -> Shape:
    """Stage before the first day by stage before the second."""
    del catalogue
    numbers = [str(number) for number in range(question.stages + 1)]
    return Shape(("from", "to"), tuple(product(numbers, numbers)), (COUNT,))


def boxes(question: StagesQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    people = {atoms.member(party): YES for party in question.base}
    rules = [
        part
        for rule in question.rules
        for part in (rule.stage, rule.source, rule.days, len(rule.kinds), *rule.kinds)
    ]
    parties = [question.exposures, question.conversions]
    how = spelled([*parties, question.window_days, question.stages, *rules])
    before, after = (
        atoms.named(f"stage before {day} {how}", question.stages + 1)
        for day in (question.start, question.end)
    )
    for here, there in shape(question, catalogue).cells:
        yield people | {before: frozenset({here}), after: frozenset({there})}


def used(question: StagesQuestion) -> list[str]:
    """Columns that the question looks at."""
    return sorted(
        {
            f"{getattr(question, rule.source)}.{rule.source}.kind"
            for rule in question.rules
            if rule.kinds
        }
    )
