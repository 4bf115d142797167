"""``cost``: what a plan would cost before anything is asked; what a session refuses at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import desk
import pytest
import rooms
from rooms import OVERLAP, PROFILE, Room

from cleanroom.disclosure.price import Price
from cleanroom.vault.allowances import Limits
from cleanroom.vault.datasets import Period
from cleanroom.vault.grants import Charge

AGE, CITY = PROFILE.format(column="a_age"), PROFILE.format(column="a_city")
Build = Callable[..., Room]


def plan_file(room: Room, plan: str) -> Path:
    path = room.folder / "plan-to-price.toml"
    path.write_text(plan, "utf-8")
    return path


def priced(room: Room, plan: str, *more: object, code: int = 0) -> list[dict[str, Any]]:
    """The records of ``cost --json``: one for each question, then the whole."""
    options = more or ("--agreement", room.agreement)
    file = plan_file(room, plan)
    return desk.run(room.folder, "--json", "cost", file, *options, code=code).records()


def test_a_first_plan_without_any_vault(room: Room) -> None:
    overlap, age, city, whole = priced(room, OVERLAP + AGE + CITY)
    assert (overlap["fate"], overlap["price"]["cells"], overlap["cells"]) == ("fits", 3, 3)
    assert (age["fate"], age["needs"], age["session"]["cells"]) == ("open", 50 * 11, 11)
    assert (city["fate"], city["needs"]) == ("open", 50 * 133)
    assert overlap["intervals"] == [{"measure": "people", "unit": "people", "half": 7}]
    assert (whole["questions"], whole["refused"], whole["open"]) == (3, 0, 2)
    assert whole["matched"] is None
    printed = desk.run(
        room.folder, "cost", plan_file(room, OVERLAP), "--agreement", room.agreement
    ).out
    assert "not a mathematical guarantee" in printed
    assert "exact to ± 7 people in 95 of 100 cases" in printed
    assert "Everything fits." in printed


def test_what_does_not_fit_is_said_with_what_would(room: Room) -> None:
    asked = ("--agreement", room.agreement, "--matched", rooms.MATCHED)
    *_, city, whole = priced(room, OVERLAP + AGE + CITY, *asked, code=6)
    assert (city["fate"], city["reason"], city["price"]["cells"]) == ("refused", "cells", 0)
    assert city["remedies"] == [
        {"kind": "fewer_levels", "most": 14, "levels": 61},
        {"kind": "other_columns", "columns": ["a_age"]},
    ]
    assert (whole["refused"], whole["price"]["cells"]) == (1, 11)
    ran = desk.refused(
        room.folder, "disclosure.plan", "cost", plan_file(room, OVERLAP + AGE + CITY), *asked
    )
    assert "at most 14 values" in ran.out
    chinese = desk.run(
        room.folder, "--language", "zh_CN", "cost", plan_file(room, CITY), *asked, code=6
    )
    assert "会被拒绝：须先查询各方的人群重合" in chinese.out
    assert "请把各数据方的人群重合（A01）放在计划最前" in chinese.out


def test_a_privacy_budget(build_room: Build) -> None:
    room = build_room(mode="dp")
    overlap, age, again, whole = priced(room, OVERLAP + AGE + AGE)
    assert [one["price"]["nano_rho"] for one in (overlap, age, again)] == [10**7, 10**7, 0]
    assert again["answer"] == "stored"
    assert overlap["intervals"][0]["half"] == 20
    assert whole["price"]["nano_rho"] == 2 * 10**7
    assert whole["attacker"] == pytest.approx(0.5398, abs=1e-4)  # Phi(sqrt(2 x 0.02) / 2)
    left = priced(room, OVERLAP, *room.of("brand"))[-1]["owner"]
    assert left == {"party": "brand", "owner": 6 * 10**8, "pair": 3 * 10**8, "lifetime": 0}


def test_what_a_plan_cannot_be(room: Room) -> None:
    shoe, whole = priced(room, PROFILE.format(column="a_shoe"), code=6)
    assert (shoe["fate"], shoe["reason"], shoe["question"]) == ("refused", "parameter", None)
    assert whole["refused"] == 1
    for plan, why in (("", "input.plan"), ('[[analysis]]\nid = "A99"\n', "input.plan_analysis")):
        file = plan_file(room, plan)
        desk.refused(room.folder, why, "cost", file, "--agreement", room.agreement)
    file, agreed = plan_file(room, OVERLAP), ("--agreement", room.agreement)
    nowhere = room.folder / "nowhere"
    desk.refused(room.folder, "input.other_report", "cost", file, *agreed, "--report", nowhere)
    desk.run(room.folder, "cost", file, *agreed, "--matched", -1, code=2)


def test_a_plan_that_cannot_fit_starts_nothing(room: Room) -> None:
    ran = desk.refused(room.folder, "disclosure.match_first", *room.session("brand", plan=AGE))
    assert "] start" not in ran.err
    for party in rooms.DATA_PARTIES:
        with room.open(party) as vault:
            assert vault.allowances.all() == []


@pytest.mark.slow
def test_after_a_session_host_and_owner_know_what_was_answered(hosting: Room) -> None:
    room = hosting
    desk.run(room.folder, *room.session("brand", plan=OVERLAP + AGE))
    plan = OVERLAP + AGE + CITY
    *answered, city, whole = priced(room, plan, *room.of("platform"), code=6)
    assert [(one["answer"], one["price"]["cells"]) for one in answered] == [("stored", 0)] * 2
    assert (city["fate"], city["reason"]) == ("refused", "cells")
    assert abs(whole["matched"] - rooms.MATCHED) <= 5 * 3 + 2.5
    assert whole["before"]["cells"] == 11

    *answered, city, whole = priced(room, plan, *room.of("brand"))
    assert [one["answer"] for one in answered] == ["stored"] * 2
    assert (city["fate"], whole["matched"]) == ("open", None)
    report = ("--report", room.folder / "out" / "report")
    *_, city, seen = priced(room, plan, *room.of("brand"), *report, code=6)
    assert city["reason"] == "cells"
    assert abs(seen["matched"] - rooms.MATCHED) <= 5 * 3 + 2.5

    ran = desk.refused(
        room.folder, "disclosure.cells", *room.session("brand", plan=plan, out="second")
    )
    assert "] start" not in ran.err
    with room.open("brand") as vault:
        assert len(vault.allowances.all()) == 1
    changed = room.folder / "out" / "report" / "report.json"
    changed.write_bytes(changed.read_bytes() + b" ")
    file = plan_file(room, plan)
    desk.refused(room.folder, "input.other_report", "cost", file, *room.of("brand"), *report)


@pytest.mark.slow
def test_owners_are_asked_for_no_more_than_is_new(hosting: Room) -> None:
    """A plan asked again costs nothing, so nothing is taken from anybody's allowance."""
    room = hosting
    desk.run(room.folder, *room.session("brand", plan=OVERLAP + AGE))
    desk.run(room.folder, *room.session("brand", plan=OVERLAP + AGE, out="second"))
    with room.open("brand") as vault:
        first, second = vault.allowances.all()
    assert (first.charge.allowance.cells, second.charge.allowance.cells) == (11, 0)
    assert (first.charge.allowance.analyses, second.charge.allowance.analyses) == (2, 0)


def test_an_allowance_that_is_used_up(build_room: Build) -> None:
    """0.295 of 0.30 towards the brand is gone; one count costs 0.01."""
    room = build_room(mode="dp")
    dataset = rooms.dataset("platform")
    lost = Charge(
        "1" * 64,
        "2" * 64,
        room.signed.agreement.id,
        dataset.name,
        Period.of(dataset.start, dataset.end),
        ("brand",),
        "dp",
        Price(295_000_000, 100, 10),
    )
    with room.open("platform") as vault:
        vault.allowances.charge(lost, b"", Limits(session=300_000_000))
        vault.allowances.accept_loss(lost.request)
    file = plan_file(room, OVERLAP)
    ran = desk.refused(room.folder, "budget.allowance", "cost", file, *room.of("platform"))
    assert "0.005 towards one partner" in ran.out
    assert "only 0.005 of 0.3 is left" in ran.err
    ran = desk.refused(room.folder, "budget.allowance", *room.session("brand", plan=OVERLAP))
    assert "] start" not in ran.err
    assert priced(room, OVERLAP, *room.of("brand"))[0]["fate"] == "fits"
