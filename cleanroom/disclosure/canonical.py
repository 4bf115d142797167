"""One form for all spellings of a question, and the key under which its answer is kept.

The replay key covers the agreement's id, the data slots (party, table, period), the matching rule
and the canonical question: not the policy and not the file, so a new version of the agreement or a
re-seal of the same period gets the same stored answer.
"""

import hashlib

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


def _in_order(chosen: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    """``chosen`` as a set, in the public order. Raises ``disclosure.party`` for a stranger."""
    for name in chosen:
        if name not in order:
            raise DisclosureError("disclosure.party", party=name)
    return tuple(name for name in order if name in chosen)


def _filter(item: Filter, catalogue: Catalogue) -> Filter | None:
    """A filter with its values as a sorted set; None when it keeps everybody."""
    levels = catalogue.column(item.column)[3].levels()
    for value in item.values:
        if value not in levels:
            raise DisclosureError("disclosure.value", column=item.column)
    kept = tuple(level for level in levels if level in item.values)
    return None if len(kept) == len(levels) else Filter(item.column, kept)


def _filters(items: tuple[Filter, ...], catalogue: Catalogue) -> tuple[Filter, ...]:
    """At most one filter per column (several mean: all must hold), ordered by column."""
    allowed: dict[str, set[str]] = {}
    for item in items:
        allowed[item.column] = allowed.get(item.column, set(item.values)) & set(item.values)
    cleaned = (_filter(Filter(c, tuple(v)), catalogue) for c, v in sorted(allowed.items()))
    return tuple(item for item in cleaned if item is not None)


def _attribute(question: AttributeQuestion, catalogue: Catalogue) -> AttributeQuestion:
    columns = tuple(sorted(set(question.columns)))
    for column in columns:
        catalogue.column(column)
    return msgspec.structs.replace(
        question,
        base=_in_order(question.base, catalogue.parties),
        columns=columns,
        where=_filters(question.where, catalogue),
    )


def _first_channel(question: FirstChannelQuestion, catalogue: Catalogue) -> FirstChannelQuestion:
    kind = catalogue.dataset(question.conversions).tables.get("conversions", {}).get("kind")
    known = kind.domain if kind else ()
    kinds = tuple(sorted(set(question.order_kinds)))
    if not set(kinds) <= set(known):
        raise DisclosureError("disclosure.value", column=f"{question.conversions}.conversions.kind")
    return msgspec.structs.replace(
        question,
        order_kinds=() if set(kinds) == set(known) and kind and not kind.missing else kinds,
        window_days=0 if question.while_active else question.window_days,
    )


def canonical(question: Question, catalogue: Catalogue) -> Question:
    """The one form of a question. Raises ``disclosure.*`` when it names what isn't agreed."""
    if isinstance(question, MatchQuestion):
        parties = _in_order(question.parties, catalogue.parties)
        return MatchQuestion(parties, question.by)
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
