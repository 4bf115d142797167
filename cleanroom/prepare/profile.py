"""The coarse profile of identifiers that goes into a manifest, in steps of 5 %."""

from collections.abc import Iterable
from typing import Final

from cleanroom.prepare.findings import IdentifierFindings
from cleanroom.trust.package import IdentifierProfile

STEP: Final = 5


def profiles(columns: Iterable[IdentifierFindings]) -> tuple[IdentifierProfile, ...]:
    """One entry a kind, over all its columns. Digests of nothing count as missing."""
    by_kind: dict[str, list[IdentifierFindings]] = {}
    for column in columns:
        by_kind.setdefault(column.kind, []).append(column)
    return tuple(_profile(same) for same in by_kind.values())


def _profile(columns: list[IdentifierFindings]) -> IdentifierProfile:
    rows = sum(column.rows for column in columns)
    first = columns[0]
    return IdentifierProfile(
        kind=first.kind,
        given=first.given,
        recipe=first.recipe,
        token_base=first.token_base,
        valid_percent=_step(sum(c.valid for c in columns), rows),
        missing_percent=_step(sum(c.missing + c.blank_hashes.count for c in columns), rows),
        malformed_percent=_step(sum(c.malformed.count for c in columns), rows),
    )


def _step(count: int, rows: int) -> int:
    """The share as the nearest multiple of 5 %."""
    return (200 * count + STEP * rows) // (2 * STEP * rows) * STEP if rows else 0
