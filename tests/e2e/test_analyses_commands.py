"""``analyses``: the catalogue, with and without an agreement."""

import desk
import rooms
from rooms import Room

from cleanroom.analyses.registry import ANALYSES


def test_the_list_and_a_page_without_an_agreement(room: Room) -> None:
    listed = desk.run(room.folder, "--json", "analyses", "list").records()
    assert sorted(one["id"] for one in listed) == sorted(ANALYSES)
    assert all("agreed" not in one for one in listed)
    chinese = desk.run(room.folder, "--language", "zh_CN", "analyses", "list").out
    places = [chinese.index(group) for group in ("画像", "生意")]
    assert places == sorted(places)
    page = desk.run(room.folder, "analyses", "show", "a03").out
    assert "Metric definitions" in page
    assert 'versus = "brand"' in page
    desk.refused(room.folder, "input.analysis", "analyses", "show", "A99")


def test_with_an_agreement(room: Room) -> None:
    options = ("--agreement", room.agreement)
    listed = desk.run(room.folder, "--json", "analyses", "list", *options).records()
    found = {one["id"]: one for one in listed}
    agreed = {item.id for item in room.signed.agreement.analyses}
    assert {name for name, one in found.items() if one["agreed"]} == agreed & set(ANALYSES)
    assert found["A03"]["possible"]
    assert found["A04"]["lacking"] == {
        "exposures": ["exposures.ts", "exposures.channel"],
        "conversions": ["conversions.ts"],
    }
    (page,) = desk.run(room.folder, "--json", "analyses", "show", "A01", *options).records()
    assert page["possible"]
    assert [one["name"] for one in page["parameters"]] == ["parties", "by"]
    said = desk.run(room.folder, "analyses", "show", "A04", *options).out
    assert "exposures.channel is missing" in said
    assert rooms.DATA_PARTIES[0] in page["example"]
