"""Every mess that is promised is in the files, in about the share that is planned."""

import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import population_oracle as oracle
import pytest

from cleanroom.prepare.population import identifiers, labels, rosters, season, society
from cleanroom.prepare.population.chance import Chance
from cleanroom.prepare.population.quality import QUALITY
from cleanroom.prepare.population.spelling import PHONE_FORMS

# Two-sided bound that chance passes once in 100,000 runs: so does any test that looks once.
Z = 4.42


@pytest.fixture(scope="module")
def users(middling: Path) -> Any:
    return oracle.read(middling, "platform", "users", encoding="utf-8-sig")


@pytest.fixture(scope="module")
def members(middling: Path) -> Any:
    return oracle.read(middling, "brand", "members", ";", "gb18030")


@pytest.fixture(scope="module")
def customers(middling: Path) -> Any:
    return oracle.read(middling, "partner", "customers")


def near(count: int, size: int, share: float) -> bool:
    """Whether a count could come from this share; one in 100,000 would not."""
    return abs(count - size * share) <= Z * math.sqrt(size * share * (1 - share)) + 1


LOOKS = {
    "plain": r"1\d{10}",
    "+86": r"\+861\d{10}",
    "+86 and a space": r"\+86 1\d{10}",
    "86": r"861\d{10}",
    "0086": r"00861\d{10}",
    "spaces": r"1\d\d \d{4} \d{4}",
    "dashes": r"1\d\d-\d{4}-\d{4}",
    "full width": r"１[０-９]{10}",
    "as a fraction": r"1\d{10}\.0",
    "spaces around": r" 1\d{10} ",
    "trunk 0": r"01\d{10}",
}


@pytest.mark.parametrize("form", LOOKS)
def test_phones_are_spelt_in_every_way(users: Any, form: str) -> None:
    valid = [text for text in users["手机号"] if oracle.phone(text.strip())]
    looks = sum(bool(re.fullmatch(LOOKS[form], text, re.ASCII)) for text in valid)
    share = next(share for name, share, _ in PHONE_FORMS if name == form)
    assert near(looks, len(valid), share / sum(share for _, share, _ in PHONE_FORMS))


def test_phones_are_missing_cut_landlines_and_dummies(members: Any) -> None:
    size = len(members)
    phones = members["手机"]
    quality = QUALITY["brand"]
    gone = phones.str.strip().str.lower().isin(oracle.WORDS)
    assert near(int(gone.sum()), size, quality.missing)
    assert near(int(phones.str.startswith("021-").sum()), size, quality.landline)
    remarks = phones.isin(["见备注", "1380013", "12345678901", "139001390001"])
    assert near(int(remarks.sum()), size, quality.invalid)
    for number in identifiers.DUMMIES:
        held = [oracle.phone(text.strip()) == oracle.md5(str(number)) for text in phones]
        assert sum(held) > 3


def test_people_share_phones_and_have_two_accounts(middling: Path) -> None:
    brand = oracle.people(middling, "brand")
    assert brand.merged > 20
    assert len(brand.hot["phone"]) >= len(identifiers.DUMMIES)
    pids = Counter(brand.rows["pid"])
    assert max(pids.values()) > 1, "no account has an older row"


def test_digests_are_cut_in_capitals_and_of_nothing(customers: Any) -> None:
    phones = customers["phone_md5"]
    lengths = Counter(len(text) for text in phones)
    assert lengths[31] > 0
    assert lengths[0] > 0
    assert set(lengths) == {0, 31, 32}
    assert (phones == oracle.md5("")).any()
    capitals = phones.str.fullmatch(r"[0-9A-F]{32}") & phones.str.contains("[A-F]")
    assert near(int(capitals.sum()), int((phones.str.len() == 32).sum()), 0.1)
    assert set(customers["oaid_sha256"].str.len()) == {0, 64}


def test_devices_are_switched_off_or_spelt_in_other_ways(users: Any) -> None:
    zeros = "00000000-0000-0000-0000-000000000000"
    assert (users["OAID"] == zeros).any()
    assert (users["IDFA"] == zeros).any()
    assert users["IDFA"].str.startswith("{").any()
    assert users["IDFA"].str.fullmatch("[0-9a-f-]{36}").any()
    assert users["IMEI"].str.contains("-").any()
    ios, android = users["系统"] == "iOS", users["系统"] == "Android"
    assert not (ios & (users["IMEI"] != "")).any()
    assert not (android & ~users["IDFA"].isin(["", zeros])).any()


def test_consent_children_and_refusals(middling: Path, users: Any) -> None:
    assert near(int((users["授权状态"] != "已授权").sum()), len(users), 0.06)
    assert (users["年龄段"] == "14岁以下").any()
    own = oracle.people(middling, "platform")
    assert all(count > 20 for count in own.left_out.values()), own.left_out


def test_events_name_accounts_that_are_gone(middling: Path, users: Any) -> None:
    seen = oracle.read(middling, "platform", "exposures")
    unknown = ~seen["user_id"].isin(set(users["用户ID"]))
    assert 0 < unknown.sum() < len(seen) / 500


def test_an_order_belongs_to_one_account(middling: Path, members: Any) -> None:
    orders = oracle.read(middling, "brand", "orders")
    orders = orders[orders["member_id"].isin(set(members["会员编号"]))]
    buyers = orders.groupby("订单号")["member_id"].nunique()
    assert len(buyers) > 1_000
    assert buyers.max() == 1


def test_remarks_hold_the_separator(members: Any) -> None:
    assert members["备注"].str.contains(";", regex=False).any()


def test_half_a_year_of_double_11(middling: Path) -> None:
    """Deposits in October, payments on 11 November, some deposits without one; refunds."""
    orders = oracle.read(middling, "brand", "orders")
    kinds = Counter(orders["类型"])
    assert set(kinds) == {"加购", "定金", "付款", "退款", "评价"}
    days = Counter(orders.loc[orders["类型"] == "付款", "时间"].str.slice(0, 10))
    usual = sorted(days.values())[len(days) // 2]
    for year in (2024, 2025):
        assert days[f"{year}/11/11"] > 5 * usual
    held = set(orders.loc[orders["类型"] == "定金", "订单号"])
    paid = set(orders.loc[orders["类型"] == "付款", "订单号"])
    assert 0 < len(held - paid) < 0.2 * len(held)
    deposits = orders.loc[orders["类型"] == "定金", "时间"].str.slice(5, 7)
    assert set(deposits) == {"10"}


def test_channels_are_those_of_the_plan(middling: Path) -> None:
    seen = oracle.read(middling, "platform", "exposures")
    assert set(seen["渠道"]) == set(labels.CHANNELS)
    assert set(seen["行为"]) == set(labels.EXPOSURE_KINDS)
    live = seen["渠道"] == "直播"
    assert (seen.loc[live, "结束时间"] != "").all()
    assert (seen.loc[~live, "结束时间"] == "").all()


def test_people_are_as_planned() -> None:
    people = society.make(Chance(7, 0), 0, 200_000)
    assert near(int((people.gender == 0).sum()), people.size, 0.54)
    assert near(int((people.age < 14).sum()), people.size, 0.03)
    assert near(int((people.tier == 0).sum()), people.size, 0.12)
    assert abs(people.activity.mean() - 1) < Z * people.activity.std() / math.sqrt(people.size)
    assert 0.9 < people.appetite.mean() < 1.15
    bought = society.age_band(np.array([13, 14, 17, 18, 50, 74]))
    assert bought.tolist() == [0, 1, 1, 2, 7, 7]


def test_arms_are_drawn_as_planned(middling: Path) -> None:
    arms = oracle.read(middling, "platform", "arms")
    for test, holdout in (("38焕新", 0.5), ("双11", 0.3)):
        own = arms.loc[arms["实验"] == test]
        assert near(int((own["分组"] == "control").sum()), len(own), holdout)
        assert not own["user_id"].duplicated().any()


def test_phones_of_people_are_no_dummies() -> None:
    """For any seed nobody's own number is one that stands for nothing, and no two are equal."""
    for seed in (0, 1, 99, 123_456_789):
        begin = identifiers.shift(seed, 10_000_000)
        digits = identifiers.phone_digits(np.arange(200_000), begin)
        assert not np.isin(digits, identifiers.DUMMIES).any()
        assert len(np.unique(digits)) == len(digits)
        assert digits.min() >= 13_000_000_000
        assert digits.max() < 20_000_000_000


def test_devices_of_people_are_all_different() -> None:
    numbers = np.arange(200_000)
    for made in (identifiers.oaids, identifiers.idfas, identifiers.imeis, identifiers.unionids):
        assert made(numbers).n_unique() == len(numbers)
    for imei in identifiers.imeis(numbers[:2_000]):
        assert oracle.imei(imei), imei


def test_times_are_in_their_span_and_at_busy_hours() -> None:
    rng = Chance(1, 0).of("times")
    ts = season.moments(rng, 100_000, "2025-01-01")
    day = ts // 86_400
    assert day.min() >= season.days("2025-01-01")
    assert day.max() < season.days("2026-01-01")
    hours = np.bincount(ts // 3600 % 24, minlength=24)
    assert hours[20] > 3 * hours[3]


def test_accounts_of_a_person_are_told_apart() -> None:
    people = society.make(Chance(3, 0), 0, 5_000)
    on_it = np.flatnonzero(people.on_platform)
    roster = rosters.enrol(Chance(3, 0).of("x"), people, on_it, QUALITY["brand"])
    twice = roster.second >= 0
    assert twice.sum() > 20
    assert (roster.person[roster.second[twice]] == np.flatnonzero(twice)).all()
    assert (roster.person[roster.first[on_it]] == on_it).all()
