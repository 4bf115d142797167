"""Warnings about datasets: by manifests, periods and the released overlap, in both languages."""

from datetime import date
from typing import Any, cast

import msgspec
import pytest

from cleanroom import text
from cleanroom.disclosure.catalogue import Catalogue, DatasetSpec, Identifier
from cleanroom.disclosure.policy import Policy
from cleanroom.report.wording import Wording
from cleanroom.session import quality
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.package import IdentifierProfile, Manifest, PackedTable, band

TODAY = date(2026, 7, 1)
PHONE = Identifier("phone", "phone-cn11/1", "plain")


class Terms(msgspec.Struct):
    """As much of an agreement as is looked at."""

    datasets: tuple[DatasetSpec, ...]
    policy: Policy = Policy("threshold", min_match=1000)

    def catalogue(self) -> Catalogue:
        names = tuple(one.party for one in self.datasets)
        return Catalogue("ab" * 16, names, (PHONE,), self.datasets)


def terms(*ends: str, start: str = "2025-01-01") -> Agreement:
    parties = ("platform", "brand")
    made = (DatasetSpec(p, p, start, end, {}) for p, end in zip(parties, ends, strict=True))
    return cast(Agreement, Terms(tuple(made)))


def manifest(
    party: str, people: int = 50_000, valid: int = 95, malformed: int = 0, events: int = 10
) -> Manifest:
    profile = IdentifierProfile(
        "phone", "raw", "phone-cn11/1", "plain", valid, 100 - valid - malformed, malformed
    )
    tables = (
        PackedTable("people", (), band(people)),
        PackedTable("conversions", (), band(events)),
    )
    names = ("id", "ab" * 16, "hash", party, party, "2025-01-01", "2026-07-01", "now", "suite")
    return Manifest(1, *names, tables, (), (profile,))


def keys(agreement: Agreement | None = None, matched: int | None = None, **more: Any) -> list[str]:
    agreement = agreement or terms("2026-07-01", "2026-06-30")
    manifests = {"platform": manifest("platform"), "brand": manifest("brand", **more)}
    found = quality.warnings(agreement, manifests, matched, TODAY)
    return [one.key.removeprefix("quality.") for one in found]


def test_good_datasets_are_not_spoken_of() -> None:
    assert keys(matched=40_000) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"valid": 60}, []),
        ({"valid": 55}, ["fill"]),
        ({"valid": 75, "malformed": 20}, ["malformed"]),
        ({"valid": 40, "malformed": 25}, ["malformed"]),
        ({"events": 0}, ["empty"]),
        ({"people": 900}, ["small"]),
        ({"people": 1000}, []),
        # 20,000 to 49,999 people: 4,000 are at most 20 % of them
        ({"people": 30_000, "matched": 3_999}, ["match"]),
        ({"people": 30_000, "matched": 4_000}, []),
        ({"people": 30_000, "matched": -7}, ["match"]),
        ({"people": 30_000, "matched": None}, []),
    ],
)
def test_fill_rows_and_match(more: dict[str, Any], expected: list[str]) -> None:
    assert keys(**more) == expected


@pytest.mark.parametrize(
    ("ends", "start", "expected"),
    [
        (("2026-01-02", "2026-01-02"), "2025-01-01", []),  # 180 days
        (("2026-01-01", "2026-01-02"), "2025-01-01", ["stale"]),
        (("2026-06-30", "2026-05-30"), "2025-01-01", []),  # 31 days apart
        (("2026-06-30", "2026-05-29"), "2025-01-01", ["apart"]),
    ],
)
def test_freshness(ends: tuple[str, str], start: str, expected: list[str]) -> None:
    assert keys(terms(*ends, start=start)) == expected


def test_periods_that_never_meet() -> None:
    early = DatasetSpec("platform", "p", "2026-01-01", "2026-03-01", {})
    late = DatasetSpec("brand", "b", "2026-03-01", "2026-06-30", {})
    assert keys(cast(Agreement, Terms((early, late)))) == ["no_common_days"]


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_warning_is_said(language: Any) -> None:
    wording = Wording(language, {"platform": "甲", "brand": "乙"}, "CNY")
    early = DatasetSpec("platform", "p", "2025-01-01", "2025-03-01", {})
    late = DatasetSpec("brand", "b", "2025-03-01", "2026-06-30", {})
    bad = {
        "platform": manifest("platform", 900, 20, 50, 0),
        "brand": manifest("brand", 900, 20, 0, 0),
    }
    apart = terms("2026-06-30", "2025-06-30")
    found = [
        *quality.warnings(cast(Agreement, Terms((early, late))), bad, 3, TODAY),
        *quality.warnings(apart, bad, 3, TODAY),
    ]
    said = {one.key: wording.sentence(one) for one in found}
    every = {key for key in text.sentences(language) if key.startswith("quality.")}
    assert said.keys() == every
    assert all("{" not in sentence for sentence in said.values())
