"""Rule tables for stages: four that the industry uses, and the plan's own.

A preset speaks of roles (seen, engaged, carted, ordered, advocated); the plan says which kinds of
events of its agreement play them. The cut-offs of 5R are ours: no public text fixes them.
"""

from typing import Final, Literal

from msgspec import Struct

from cleanroom.analyses.result import Name, Term
from cleanroom.disclosure.questions.stages import Source, StageRule

Preset = Literal["4A", "AIPL", "5R", "O-5A", "own"]
Role = Literal["seen", "engaged", "carted", "ordered", "advocated"]

SOURCE: Final[dict[Role, Source]] = {
    "seen": "exposures",
    "engaged": "exposures",
    "carted": "conversions",
    "ordered": "conversions",
    "advocated": "exposures",
}

# (stage, role, on so many days); names of stages are words of A14.
_RULES: Final[dict[str, tuple[tuple[int, Role, int], ...]]] = {
    "4A": (
        *((1, "seen", 1), (2, "engaged", 1), (2, "carted", 1), (3, "ordered", 1)),
        *((4, "ordered", 2), (4, "advocated", 1)),
    ),
    "AIPL": (
        *((1, "seen", 1), (2, "engaged", 1), (2, "advocated", 1), (2, "carted", 1)),
        *((3, "ordered", 1), (4, "ordered", 2)),
    ),
    "5R": (
        *((1, "seen", 1), (2, "engaged", 1), (3, "engaged", 2), (3, "carted", 1)),
        *((4, "ordered", 1), (5, "ordered", 2), (5, "advocated", 1)),
    ),
    "O-5A": (
        *((1, "seen", 1), (2, "seen", 2), (3, "engaged", 1), (3, "carted", 1)),
        *((3, "advocated", 1), (4, "ordered", 1), (5, "ordered", 2)),
    ),
}
LETTERS: Final[dict[str, str]] = {"4A": "a", "AIPL": "p", "5R": "r", "O-5A": "o"}


class OwnRule(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of these kinds (none named = all) on so many days reach the stage."""

    source: Source
    kinds: tuple[str, ...] = ()
    days: int = 1


class OwnStage(Struct, frozen=True, forbid_unknown_fields=True):
    """A stage of the plan: any of its rules reaches it."""

    name: str
    rules: tuple[OwnRule, ...]


def rules(preset: Preset, kinds: dict[Role, tuple[str, ...]]) -> tuple[StageRule, ...]:
    """The rules of a preset; a role that no kind plays has none."""
    return tuple(
        StageRule(stage, SOURCE[role], kinds[role], days)
        for stage, role, days in _RULES[preset]
        if kinds[role]
    )


def first_role(preset: Preset, stage: int) -> Role:
    """The first role of a preset that reaches a stage."""
    return next(role for reached, role, _ in _RULES[preset] if reached == stage)


def own_rules(stages: tuple[OwnStage, ...]) -> tuple[StageRule, ...]:
    """The plan's own, in order of its stages."""
    return tuple(
        StageRule(number, rule.source, rule.kinds, rule.days)
        for number, stage in enumerate(stages, 1)
        for rule in stage.rules
    )


def count(preset: Preset, stages: tuple[OwnStage, ...]) -> int:
    """The number of stages, without the one of nobody reached."""
    return len(stages) if preset == "own" else max(stage for stage, _, _ in _RULES[preset])


def names(preset: Preset, stages: tuple[OwnStage, ...]) -> list[Term | Name]:
    """What to call the stages, from 0."""
    if preset == "own":
        return [Term("analyses.A14.stage.none"), *(Name(stage.name) for stage in stages)]
    letter = LETTERS[preset]
    return [Term(f"analyses.A14.stage.{letter}{n}") for n in range(count(preset, ()) + 1)]
