"""What a person reads before signing says everything that the agreement binds them to."""

import msgspec
import pytest
from trust_material import NOW, drafted, party, proposed, sign_all

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.tables import Type
from cleanroom.text import LANGUAGES, has
from cleanroom.trust import agreement as agreements
from cleanroom.trust import drafting, fingerprint
from cleanroom.trust.agreement import DataProtection, SignedAgreement
from cleanroom.trust.agreement_rules import ANALYSES, RECIPES, TOKEN_BASES
from cleanroom.trust.summary import limits, summary
from cleanroom.trust.templates import load, names


def told(signed: SignedAgreement, language: str = "en") -> str:
    return "\n".join(line for heading, lines in summary(signed, language) for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mode", ["dp", "threshold"])
@pytest.mark.parametrize("template", names())
def test_every_agreement_can_be_told(template: str, mode: str, language: str) -> None:
    sections = summary(sign_all(proposed(template, mode)), language)
    assert len({heading for heading, _ in sections}) == 11
    for heading, lines in sections:
        assert heading
        assert lines
        assert all(line.strip() for line in lines)
        assert not any("{" in line or "}" in line for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_binds_is_there(language: str) -> None:
    signed = sign_all(proposed("neutral-host"))
    agreement = signed.agreement
    shown = told(signed, language)
    wanted = [
        agreement.title,
        agreement.id,
        *agreement.purposes,
        *(p.name for p in agreement.parties),
        *(p.card.name for p in agreement.parties),
        *(allowed.id for allowed in agreement.analyses),
        *(d.name for d in agreement.datasets),
        "2025-01-01",
        "2026-01-01",
        "a_age_band",
        "18-24",
        "phone-cn11/1",
        "Asia/Shanghai",
        "CNY",
        agreement.expires[:10],
        agreement.data_protection.relationship,
    ]
    assert [text for text in wanted if text not in shown] == []


def test_the_best_attacker_is_told_in_percent() -> None:
    shown = told(sign_all(proposed()))
    for percent in ("59 %", "65 %", "71 %"):
        assert percent in shown
    assert "mathematical guarantee" in shown


def test_threshold_mode_says_that_it_guarantees_nothing() -> None:
    assert "not a mathematical guarantee" in told(sign_all(proposed(mode="threshold")))
    assert "不是数学保证" in told(sign_all(proposed(mode="threshold")), "zh_CN")
    assert "差分隐私保证" in told(sign_all(proposed()), "zh_CN")
    assert "匿名化" not in told(sign_all(proposed()), "zh_CN")


@pytest.mark.parametrize("mode", ["dp", "threshold"])
def test_stricter_limits_are_told(mode: str) -> None:
    plain = limits(load("platform-hosts").default_policy("dp" if mode == "dp" else "threshold"))
    stricter = Policy(
        "dp" if mode == "dp" else "threshold",
        k=77,
        k_sensitive=177,
        people_of_noise=17,
        threshold_sigma=7,
        min_match=1717,
        rho_session_nano=1_000_000,
    )
    shown = "\n".join(limits(stricter))
    assert shown != "\n".join(plain)
    for number in ("77", "17" if mode == "dp" else "177", "1717"):
        assert number in shown


def test_who_hosts_is_told_and_that_a_host_can_bring_data() -> None:
    assert "A data party hosts" in told(sign_all(proposed("platform-hosts")))
    neutral = told(sign_all(proposed("neutral-host")))
    assert "A data party hosts" not in neutral
    assert "never gets the matching secret" in neutral


def test_state_and_signatures_are_told() -> None:
    draft = agreements.wrap(drafted())
    assert "brand still has to bring data" in told(draft)
    half = drafting.sign(agreements.wrap(proposed()), party("platform"))
    shown = told(half)
    assert "waiting for signatures of brand" in shown
    assert "platform: signed" in shown
    assert "brand: not signed yet" in shown
    accepted = sign_all(proposed())
    later = drafting.tighten(accepted, "brand", Policy("dp", k=90), now=NOW)
    assert "replaces version 1" in told(agreements.wrap(later))


def test_fingerprints_are_words_in_english_and_digits_in_chinese() -> None:
    signed = sign_all(proposed())
    for name in ("platform", "brand"):
        card = party(name).card()
        assert " ".join(fingerprint.words(card)) in told(signed)
        assert " ".join(fingerprint.digits(card)) in told(signed, "zh_CN")


def test_columns_are_told_with_domains_caps_and_sensitivity() -> None:
    columns = {
        "ts": ColumnSpec(Type.DATETIME),
        "sku": ColumnSpec(Type.CATEGORY, tuple(f"s{i}" for i in range(40))),
        "kind": ColumnSpec(Type.CATEGORY, ("order", "refund"), sensitive=True),
        "qty": ColumnSpec(Type.INTEGER, cap=12_345),
        "paid": ColumnSpec(Type.MONEY, cap=500_050),
        "list_price": ColumnSpec(Type.MONEY),
    }
    data = DatasetSpec("brand", "d", "2025-01-01", "2026-01-01", {"conversions": columns})
    signed = agreements.wrap(drafting.contribute(drafted(), "brand", data, Policy("dp")))
    shown = told(signed)
    assert "one of 40: s0, s1" in shown
    assert "s12" not in shown
    assert "kind (one of: order, refund), sensitive" in shown
    assert "at most 12,345" in shown
    assert "at most 5,000.50 CNY" in shown
    assert "list_price (amount; never summed)" in shown


def test_an_empty_data_protection_record_is_pointed_out() -> None:
    full = DataProtection(*(f"value {i}" for i in range(3)), "2027-01-01", "a", "b", "c")
    agreement = msgspec.structs.replace(proposed(), data_protection=full)
    assert "Not filled in" not in told(agreements.wrap(agreement))
    assert "Kept until: 2027-01-01" in told(agreements.wrap(agreement))
    assert "Not filled in: legal basis" in told(agreements.wrap(proposed()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_everything_that_can_be_agreed(language: str) -> None:
    keys = [f"analysis.{name}" for name in ANALYSES]
    keys += [f"kind.{kind}" for kind in RECIPES.values()]
    keys += [f"base.{base}" for base in TOKEN_BASES]
    keys += [f"session.isolation{level}" for level in range(4)]
    assert [key for key in keys if not has(f"agreement.{key}", language)] == []
