"""What all laid-out forms of a report say, and in which order."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec
import pytest
from contents_material import sources, wording
from report_material import Papers, papers

from cleanroom.analyses.result import Card, Text, Value
from cleanroom.report import summary
from cleanroom.report.contents import contents
from cleanroom.report.document import Item
from cleanroom.report.wording import Language
from cleanroom.statistics.verdict import Verdict
from cleanroom.trust.agreement import Agreement, DataProtection

LANGUAGES: tuple[Language, ...] = ("en", "zh_CN")
RECORD = DataProtection(
    relationship="各方分别为个人信息处理者",
    legal_basis="个人同意",
    categories="手机号（去标识化）、年龄段、订单",
    retention_until="2027-06-30",
    assessment_number="PIA-2026-014",
    contract_number="HT-2026-0099",
    responsible="张三，数据保护负责人",
)


def said(
    made: Papers,
    language: Language = "en",
    *,
    items: Sequence[Item] | None = None,
    agreement: Agreement | None = None,
) -> dict[str, Any]:
    used = sources(made)
    if items is not None:
        used = replace(used, report=msgspec.structs.replace(used.report, items=tuple(items)))
    if agreement is not None:
        used = replace(used, agreement=agreement)
    return contents(used, wording(made, language))


def leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from leaves(value)
    else:
        yield node


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", ["threshold", "dp", "hostile"])
def test_all_of_it_is_plain_data(
    request: pytest.FixtureRequest, which: str, language: Language
) -> None:
    found = said(request.getfixturevalue(which), language)
    assert {type(leaf) for leaf in leaves(found)} <= {str, int, bool, type(None)}
    assert json.loads(json.dumps(found))["title"] == found["title"]


def test_no_placeholder_is_left_open(dp: Papers) -> None:
    found = said(dp)
    layout = {found["words"].pop("more"), found["words"].pop("footer_page")}
    assert layout == {
        "Method: page {method}. Protection: page {privacy}.",
        "Page {page} of {pages}",
    }
    assert not [leaf for leaf in leaves(found) if isinstance(leaf, str) and "{" in leaf]


def test_charts_are_numbered_through(dp: Papers) -> None:
    found = said(dp)
    numbers = [
        chart["number"]
        for s in found["sections"]
        for item in s["items"]
        for chart in item["charts"]
    ]
    assert numbers == list(range(5))


def for_only(item: Item, *receivers: str) -> Item:
    return msgspec.structs.replace(item, receivers=receivers)


def test_sections_by_who_may_receive_them(threshold: Papers) -> None:
    first, second, third = threshold.inputs.items
    items = (first, for_only(second, "platform"), for_only(third, "brand", "platform"))
    sections = said(threshold, items=items)["sections"]
    assert [[item["code"] for item in s["items"]] for s in sections] == [["A01", "A04"], ["A03"]]
    assert [s["heading"] for s in sections] == ["Results for all parties", "Results for 成品社交"]
    assert (
        sections[1]["receivers"]
        == "May be received by 成品社交 only: not to be handed on to others."
    )
    anchors = [item["anchor"] for s in sections for item in s["items"]]
    assert anchors == ["a1", "a3", "a2"]
    chinese = said(threshold, "zh_CN", items=items)["sections"]
    assert [s["heading"] for s in chinese] == ["全部参与方可接收的结果", "成品社交可接收的结果"]


def test_a_neutral_host_is_no_receiver_unless_agreed(dp: Papers) -> None:
    (section,) = said(dp, "zh_CN")["sections"]
    assert section["heading"] == "成品社交、清源美妆可接收的结果"
    assert section["receivers"] == "可接收方：成品社交、清源美妆。不得转交其他方。"


Evidence = Literal["descriptive", "associated", "causal"]


def like(item: Item, evidence: Evidence, verdict: Verdict | None, status: str = "released") -> Item:
    result = msgspec.structs.replace(item.result, evidence=evidence, verdict=verdict)
    releases = tuple(msgspec.structs.replace(r, status=status) for r in item.releases)
    return msgspec.structs.replace(item, result=result, releases=releases)


CASES: list[tuple[list[tuple[Evidence, Verdict | None, str]], int]] = [
    ([("descriptive", None, "released")] * 3, 1),  # anything but the matching
    ([("descriptive", None, "released"), ("causal", None, "released")], 1),
    ([("associated", Verdict.CLEAR, "released"), ("causal", Verdict.NONE_SEEN, "released")], 1),
    ([("associated", Verdict.TENDENCY, "released"), ("associated", Verdict.CLEAR, "released")], 1),
    ([("associated", None, "released"), ("causal", Verdict.WITHHELD, "released")], 0),
    ([("associated", None, "released"), ("causal", Verdict.CLEAR, "refused")], 0),
]


@pytest.mark.parametrize(("kinds", "place"), CASES)
def test_the_sentence_of_page_one(
    threshold: Papers, kinds: list[tuple[Evidence, Verdict | None, str]], place: int
) -> None:
    pairs = zip(threshold.inputs.items, kinds, strict=False)
    items = [like(item, *kind) for item, kind in pairs]
    assert summary.headline(items) == place


def test_no_analysis_no_sentence() -> None:
    made = papers("threshold", analyses=())
    found = said(made)
    assert (summary.headline([]), summary.cards([])) == (None, [])
    assert (found["headline"], found["cards"], found["sections"]) == (None, [], [])


def card(number: int, *, shown: bool = True) -> Card:
    status: Literal["shown", "withheld"] = "shown" if shown else "withheld"
    return Card(Text("x"), Value("people", status, number))


def dealt(items: Sequence[Item]) -> list[tuple[int, float | None]]:
    return [(place, card.value.value) for place, card in summary.cards(items)]


def test_five_cards_are_dealt_in_turns(threshold: Papers) -> None:
    hands = [(card(1), card(2), card(3)), (card(4), card(5)), (card(6, shown=False), card(7))]
    items = [
        msgspec.structs.replace(item, result=msgspec.structs.replace(item.result, cards=hand))
        for item, hand in zip(threshold.inputs.items, hands, strict=True)
    ]
    # The third analysis leads; its first card shows nothing, so it comes after all that do.
    assert summary.headline(items) == 2
    assert dealt(items) == [(0, 1), (1, 4), (2, 7), (0, 2), (1, 5)]
    assert dealt(items[2:]) == [(0, 7), (0, 6)]


def test_one_line_of_protection(threshold: Papers, dp: Papers) -> None:
    line = said(threshold)["privacy_line"]
    assert line.startswith("Minimum-crowd threshold, not a mathematical guarantee")
    assert "at least 50 people" in line
    assert "Of 31 cells asked, " in line
    other = said(dp, "zh_CN")["privacy_line"]
    assert other.startswith("差分隐私保证")
    assert "上限 0.1（rho）" in other


def test_protection_of_each_analysis(threshold: Papers, dp: Papers) -> None:
    table = said(threshold)["privacy"]
    assert table["heads"][1:] == [
        *(
            "Smallest group",
            "Noise (95%)",
            "Rounding",
            "Cells asked",
            "Not released",
            "Cost",
            "Best attacker",
        ),
    ]
    assert table["rows"][0][0] == "A01 Overlap and match rate"
    assert table["rows"][0][-2:] == ["5 cells", "57%"]
    plain = said(dp)["privacy"]
    assert "Rounding" not in plain["heads"]
    assert plain["rows"][0][-2].endswith(" rho")


def test_a_replay_costs_nothing(threshold: Papers) -> None:
    first = threshold.inputs.items[0]
    again = tuple(msgspec.structs.replace(r, replayed=True) for r in first.releases)
    item = msgspec.structs.replace(first, releases=again)
    assert said(threshold, items=[item])["privacy"]["rows"][0][-2] == "nothing, asked before"


def test_days_and_moments_as_people_write_them(threshold: Papers) -> None:
    english, chinese = said(threshold), said(threshold, "zh_CN")
    assert english["periods"][0] == "成品社交: 1 April 2016 – 31 December 2017"
    assert chinese["periods"][0] == "成品社交：2016年4月1日至2017年12月31日"
    assert english["created"] == "1 July 2026, 09:00 UTC"
    assert chinese["created"] == "2026年7月1日 09:00（UTC）"


def test_the_record_in_the_words_of_the_law(threshold: Papers) -> None:
    agreed = msgspec.structs.replace(threshold.agreement, data_protection=RECORD)
    page = said(threshold, "zh_CN", agreement=agreed)["record"]
    assert page["heading"] == "数据处理说明"
    assert page["fields"] == [
        ("处理关系", RECORD.relationship),
        ("合法性基础", RECORD.legal_basis),
        ("个人信息种类", RECORD.categories),
        ("保存期限", "2027年6月30日"),
        ("影响评估编号", RECORD.assessment_number),
        ("合同编号", RECORD.contract_number),
        ("负责人", RECORD.responsible),
    ]
    assert page["missing"] == ""
    agreed_on = dict(page["agreed"])
    assert agreed_on["参与方"] == ["成品社交（平台方）、清源美妆（品牌方）"]
    assert "用户（年龄段）、触达（渠道、时间、结束时间）" in agreed_on["涉及数据"][0]
    assert "去标识化" in agreed_on["ID 匹配"][0]
    assert agreed_on["结果接收方"] == ["成品社交、清源美妆"]


def test_what_the_record_lacks_is_said(threshold: Papers) -> None:
    agreed = msgspec.structs.replace(
        threshold.agreement,
        data_protection=msgspec.structs.replace(RECORD, responsible="", retention_until=""),
    )
    page = said(threshold, agreement=agreed)["record"]
    assert page["missing"] == "Not filled in in the agreement: Kept until, Responsible person."
    assert dict(page["fields"])["Kept until"] == "not given"
