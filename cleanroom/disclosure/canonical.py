"""One form for all spellings of a question, and the key under which its answer is kept.

The replay key covers the agreement's id, the data slots (party, table, period), the matching rule
and the canonical question: not the policy and not the file, so a new version of the agreement or a
re-seal of the same period gets the same stored answer.
"""

import hashlib
from datetime import date

import msgspec
import rfc8785

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.errors import DisclosureError

MAX_COLUMNS = 3


def _in_order(chosen: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    """``chosen`` as a set, in the public order. Raises ``disclosure.party`` for a stranger."""
    for name in chosen:
        if name not in order:
            raise DisclosureError("disclosure.party", party=name)
    return tuple(name for name in order if name in chosen)


def _match(question: MatchQuestion, catalogue: Catalogue) -> MatchQuestion:
    parties = _in_order(question.parties, catalogue.parties)
    if len(parties) < 2 or (question.by != "membership" and len(parties) > 2):
        raise DisclosureError("disclosure.two_parties")
    # With one kind of identifier the pattern is the winner, cell by cell.
    alike = question.by == "pattern" and len(catalogue.identifiers) == 1
    return MatchQuestion(parties, "winner" if alike else question.by)


def _filter(item: Filter, catalogue: Catalogue) -> Filter | None:
    """A filter with its values as a set, in the public order; None when it keeps everybody."""
    levels = catalogue.attribute(item.column).levels()
    kept = tuple(level for level in levels if level in item.values)
    return None if len(kept) == len(levels) else Filter(item.column, kept)


def _filters(items: tuple[Filter, ...], catalogue: Catalogue) -> tuple[Filter, ...]:
    """At most one filter per column (several mean: all must hold), ordered by column."""
    allowed: dict[str, set[str]] = {}
    for item in items:
        if not set(item.values) <= set(catalogue.attribute(item.column).levels()):
            raise DisclosureError("disclosure.value", column=item.column)
        allowed[item.column] = allowed.get(item.column, set(item.values)) & set(item.values)
    cleaned = (_filter(Filter(c, tuple(v)), catalogue) for c, v in sorted(allowed.items()))
    return tuple(item for item in cleaned if item is not None)


def _attribute(question: AttributeQuestion, catalogue: Catalogue) -> AttributeQuestion:
    base = _in_order(question.base, catalogue.parties)
    columns = tuple(sorted(set(question.columns)))
    if not base or not 1 <= len(columns) <= MAX_COLUMNS:
        raise DisclosureError("disclosure.columns", most=MAX_COLUMNS)
    for column in columns:
        catalogue.attribute(column)
    if question.versus and (question.versus in base or question.versus not in catalogue.parties):
        raise DisclosureError("disclosure.party", party=question.versus)
    return msgspec.structs.replace(
        question, base=base, columns=columns, where=_filters(question.where, catalogue)
    )


def _day(text: str) -> date:
    """A day in its one spelling. Raises ``disclosure.dates``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise DisclosureError("disclosure.dates")
    return day


def _first_channel(question: FirstChannelQuestion, catalogue: Catalogue) -> FirstChannelQuestion:
    """Dates inside the period and a window no longer than the data, so that no two spellings ask
    for the same people."""
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    catalogue.column(f"{question.exposures}.exposures.channel")
    catalogue.column(f"{question.conversions}.conversions.ts")
    since, until = _day(question.new_since), _day(question.new_until)
    if not _day(bought.start) <= since < until <= _day(bought.end):
        raise DisclosureError("disclosure.dates")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    longest = max(0, (_day(bought.end) - _day(shown.start)).days)
    return msgspec.structs.replace(
        question,
        order_kinds=_order_kinds(question, catalogue),
        window_days=0 if question.while_active else min(question.window_days, longest),
    )


def _order_kinds(question: FirstChannelQuestion, catalogue: Catalogue) -> tuple[str, ...]:
    """The kinds of order that count, as a set; none named when all of them do."""
    kind = catalogue.dataset(question.conversions).tables.get("conversions", {}).get("kind")
    known = kind.domain if kind else ()
    kinds = tuple(sorted(set(question.order_kinds)))
    if not set(kinds) <= set(known):
        raise DisclosureError("disclosure.value", column=f"{question.conversions}.conversions.kind")
    return () if kind and not kind.missing and set(kinds) == set(known) else kinds


def canonical(question: Question, catalogue: Catalogue) -> Question:
    """The one form of a question. Raises ``disclosure.*`` when it names what isn't agreed."""
    if isinstance(question, MatchQuestion):
        return _match(question, catalogue)
    if isinstance(question, AttributeQuestion):
        return _attribute(question, catalogue)
    return _first_channel(question, catalogue)


def replay_key(question: Question, catalogue: Catalogue) -> str:
    """SHA-256 (hex) that names a canonical question on one set of data slots."""
    slots = [
        [dataset.party, dataset.name, dataset.start, dataset.end, sorted(dataset.tables)]
        for dataset in catalogue.datasets
    ]
    subject = {
        "agreement": catalogue.agreement_id,
        "slots": slots,
        "matching": msgspec.to_builtins(catalogue.identifiers),
        "question": msgspec.to_builtins(canonical(question, catalogue)),
    }
    return hashlib.sha256(b"dcr/question/1\0" + rfc8785.dumps(subject)).hexdigest()
