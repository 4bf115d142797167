"""Plan files: which analyses to run, with which parameters, in TOML.

[[analysis]]
id = "A03"
party = "platform"
column = "a_age"
versus = "brand"
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from cleanroom.analyses.base import Analysis
from cleanroom.analyses.registry import ANALYSES
from cleanroom.errors import InputError
from cleanroom.trust import handwritten

PLAN_LIMIT = 1 << 20
ENTRIES_MOST = 200


@dataclass(frozen=True)
class Planned:
    """One line of a plan: an analysis and its checked types of parameters."""

    analysis: Analysis[Any]
    params: Struct


def load(data: bytes) -> list[Planned]:
    """Read a plan file.

    Raises ``input.plan`` (not a plan), ``input.plan_analysis`` (no such analysis),
    ``input.plan_parameter`` (one that the analysis doesn't have, or of another type).
    """
    entries = _entries(data)
    return [_planned(number, entry) for number, entry in enumerate(entries, 1)]


def _entries(data: bytes) -> list[Mapping[str, object]]:
    try:
        plan = handwritten.parse(data[: PLAN_LIMIT + 1].decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise InputError("input.plan") from None
    entries = plan.get("analysis")
    tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if len(data) > PLAN_LIMIT or set(plan) != {"analysis"} or not tables or not entries:
        raise InputError("input.plan")
    if len(entries) > ENTRIES_MOST:
        raise InputError("input.plan")
    return list(entries)


def _planned(number: int, entry: Mapping[str, object]) -> Planned:
    name = entry.get("id")
    analysis = ANALYSES.get(name) if isinstance(name, str) else None
    if analysis is None:
        shown = name if isinstance(name, str) else ""
        raise InputError(
            "input.plan_analysis", number=number, id=shown[:32], known=", ".join(ANALYSES)
        )
    given = {key: _plain(value) for key, value in entry.items() if key != "id"}
    known = {field.name for field in msgspec.structs.fields(analysis.params)}
    for key in given:
        if key not in known:
            raise InputError(
                "input.plan_parameter", number=number, id=analysis.id, parameter=key[:64]
            )
    return Planned(analysis, _convert(number, analysis, given))


def _convert(number: int, analysis: Analysis[Any], given: Mapping[str, object]) -> Struct:
    for field in msgspec.structs.fields(analysis.params):
        missing = field.required and field.name not in given
        if missing or (field.name in given and not _fits(given[field.name], field.type)):
            raise InputError(
                "input.plan_parameter", number=number, id=analysis.id, parameter=field.name
            )
    return msgspec.convert(given, analysis.params, strict=True)


def _fits(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _plain(value: object) -> object:
    """TOML dates as the ISO text that parameters hold."""
    return value.isoformat() if isinstance(value, date) else value
