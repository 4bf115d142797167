"""What may be wrong with the datasets, before anything is asked: fill, freshness, match.

It goes by what owners signed (agreement and manifests: periods, bands of rows, steps of 5 %) and by
the released overlap. Nothing here stops a session: a warning is for people to judge.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from cleanroom.analyses.result import Fact, Name, PartyName, Text, Value
from cleanroom.analyses.words import identifier, number
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.package import Manifest

VALID_LEAST = 60  # % of rows with a usable identifier
MALFORMED_MOST = 20  # % of rows whose identifier does not look like one
STALE_DAYS = 180  # since the end of a data period
APART_DAYS = 31  # between the ends of two parties' periods
MATCHED_LEAST = 0.20  # of the smaller dataset


def warnings(
    agreement: Agreement, manifests: Mapping[str, Manifest], matched: int | None, today: date
) -> tuple[Text, ...]:
    """Sentences of ``quality.toml``. ``matched``: the released overlap, None while unknown."""
    catalogue = agreement.catalogue()
    found = [*_fill(manifests), *_freshness(catalogue, today), *_rows(agreement, manifests)]
    found += _match(manifests, matched)
    return tuple(found)


def _said(key: str, **facts: Fact) -> Text:
    return Text(f"quality.{key}", facts)


def _percent(share: float) -> Value:
    return Value("share", "shown", share, step=0.01)


def _fill(manifests: Mapping[str, Manifest]) -> Iterator[Text]:
    """Identifiers that many rows lack, or that look wrong."""
    for party, manifest in manifests.items():
        for profile in manifest.profile:
            facts: dict[str, Fact] = {"party": PartyName(party), "kind": identifier(profile.kind)}
            if profile.malformed_percent >= MALFORMED_MOST:
                facts["percent"] = _percent(profile.malformed_percent / 100)
                yield _said("malformed", **facts)
            elif profile.valid_percent < VALID_LEAST:
                facts["percent"] = _percent(profile.valid_percent / 100)
                yield _said("fill", **facts)


def _freshness(catalogue: Catalogue, today: date) -> Iterator[Text]:
    """Periods that ended long ago, or that hardly meet."""
    ends = {one.party: date.fromisoformat(one.end) for one in catalogue.datasets}
    for party, end in ends.items():
        days = (today - end).days
        if days > STALE_DAYS:
            yield _said(
                "stale", party=PartyName(party), days=number(days), end=Name(end.isoformat())
            )
    first, last = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    starts = [date.fromisoformat(one.start) for one in catalogue.datasets]
    if max(starts) >= min(ends.values()):
        yield _said("no_common_days")
    elif (ends[last] - ends[first]).days > APART_DAYS:
        days = (ends[last] - ends[first]).days
        yield _said("apart", first=PartyName(first), last=PartyName(last), days=number(days))


def _rows(agreement: Agreement, manifests: Mapping[str, Manifest]) -> Iterator[Text]:
    """Empty tables, and fewer people than have to match."""
    least = agreement.policy.min_match
    for party, manifest in manifests.items():
        for table in manifest.tables:
            if table.rows == "0":
                yield _said("empty", party=PartyName(party), table=Name(table.name))
        people = _people(manifest)
        if people is not None and 0 < people[1] < least:
            yield _said("small", party=PartyName(party), least=number(least))


def _people(manifest: Manifest) -> tuple[int, int] | None:
    """Ends of the band of people, if the manifest says it."""
    for table in manifest.tables:
        if table.name == "people":
            low, _, high = table.rows.partition("-")
            return int(low), int(high or low)
    return None


def _match(manifests: Mapping[str, Manifest], matched: int | None) -> Iterator[Text]:
    """A match that is small even if the smaller dataset is as small as its band allows."""
    bands = [band for manifest in manifests.values() if (band := _people(manifest))]
    least = min((low for low, _ in bands), default=0)
    if matched is None or least == 0:
        return
    share = max(matched, 0) / least
    if share < MATCHED_LEAST:
        yield _said("match", percent=_percent(share))
