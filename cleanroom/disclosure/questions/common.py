"""What several kinds of questions share: filters, dates, sets in public order."""

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec import Struct

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import DisclosureError


class Filter(Struct, frozen=True, forbid_unknown_fields=True):
    """Keep people whose column has one of these domain values ("" is missing)."""

    column: str  # party.people.column
    values: tuple[str, ...]


def in_order(chosen: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    """``chosen`` as a set, in the public order. Raises ``disclosure.party`` for a stranger."""
    for name in chosen:
        if name not in order:
            raise DisclosureError("disclosure.party", party=name)
    return tuple(name for name in order if name in chosen)


def _filter(item: Filter, catalogue: Catalogue) -> Filter | None:
    """A filter with its values as a set, in the public order; None when it keeps everybody."""
    levels = catalogue.attribute(item.column).levels()
    kept = tuple(level for level in levels if level in item.values)
    return None if len(kept) == len(levels) else Filter(item.column, kept)


def filters(items: tuple[Filter, ...], catalogue: Catalogue) -> tuple[Filter, ...]:
    """At most one filter per column (several mean: all must hold), ordered by column."""
    allowed: dict[str, set[str]] = {}
    for item in items:
        if not set(item.values) <= set(catalogue.attribute(item.column).levels()):
            raise DisclosureError("disclosure.value", column=item.column)
        allowed[item.column] = allowed.get(item.column, set(item.values)) & set(item.values)
    cleaned = (_filter(Filter(c, tuple(v)), catalogue) for c, v in sorted(allowed.items()))
    return tuple(item for item in cleaned if item is not None)


def day(text: str) -> date:
    """A day in its one spelling. Raises ``disclosure.dates``."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise DisclosureError("disclosure.dates")
    return found


def event_kinds(chosen: tuple[str, ...], table: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The kinds of event of ``party.table`` that count, as a set in public order; none named when
    all of them do. Raises ``disclosure.value``.
    """
    party, _, name = table.partition(".")
    kind = catalogue.dataset(party).tables.get(name, {}).get("kind")
    known = kind.domain if kind else ()
    kinds = tuple(sorted(set(chosen)))
    if not set(kinds) <= set(known):
        raise DisclosureError("disclosure.value", column=f"{table}.kind")
    return () if kind and not kind.missing and set(kinds) == set(known) else kinds


def spelled(values: Sequence[object]) -> str:
    """Public parameters (texts, numbers, and lists of them) as one text, for the name of a kernel's
    own split.
    """
    return msgspec.json.encode(values).decode()
