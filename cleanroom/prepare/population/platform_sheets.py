"""The platform's files: users, exposures, experiments, recommendations, refusals."""

from typing import Final

import numpy as np
import polars as pl

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.accounts import Pen, Sheets, names_of, names_of_rows, with_unknown
from cleanroom.prepare.population.attributes import PLATFORM, platform_codes
from cleanroom.prepare.population.cells import date, moment, words
from cleanroom.prepare.population.plan import CAMPAIGNS
from cleanroom.prepare.population.rosters import Roster
from cleanroom.prepare.population.spelling import Speller, phone_md5s
from cleanroom.prepare.population.world import Chunk

CHILD: Final = "14岁以下"
_CONSENTS: Final = ("已授权", "未授权", "")


def sheets(chunk: Chunk, pen: Pen) -> Sheets:
    """The platform's files but the costs."""
    roster = chunk.rosters["platform"]
    spell = Speller(pen.chance.of("spelling platform"), roster, pen.begin)
    codes = platform_codes(chunk)
    attributes = {name: words(PLATFORM[name], codes[name], missing="未知") for name in PLATFORM}
    attributes["a_age_band"] = _children(attributes["a_age_band"], roster)
    refused = np.unique(roster.tokens["phone"][roster.opted_out])
    return {
        ("platform", "users"): pl.DataFrame({
            "用户ID": names_of_rows(chunk, "platform"),
            "更新日期": date(roster.as_of),
            "手机号": spell.phone(),
            "unionid": spell.unionid(),
            "OAID": spell.oaid(),
            "IMEI": spell.imei(),
            "IDFA": spell.idfa(),
            "年龄段": attributes["a_age_band"],
            "性别": attributes["a_gender"],
            "城市等级": attributes["a_city_tier"],
            "地区": attributes["a_region"],
            "系统": attributes["a_os"],
            "兴趣": attributes["a_interest"],
            "消费力": attributes["a_spend"],
            "授权状态": words(_CONSENTS, roster.consent),
        }),
        ("platform", "exposures"): _exposures(chunk),
        ("platform", "arms"): _arms(chunk),
        ("platform", "referrals"): _referrals(chunk),
        ("platform", "refusals"): pl.DataFrame({"phone_md5": phone_md5s(refused, pen.begin)}),
    }  # fmt: skip


def _children(bands: pl.Series, roster: Roster) -> pl.Series:
    frame = pl.DataFrame({"c": roster.child, "b": bands})
    return frame.select(pl.when("c").then(pl.lit(CHILD)).otherwise("b")).to_series()


def _exposures(chunk: Chunk) -> pl.DataFrame:
    events, names = with_unknown(chunk, "platform", chunk.exposures)
    channel = events["channel"]
    return pl.DataFrame({
        "user_id": names,
        "开始时间": moment(events["ts"]),
        "结束时间": moment(events["until"]),
        "行为": words(labels.EXPOSURE_KINDS, events["kind"]),
        "渠道": words(labels.CHANNELS, channel),
        "计划": words(labels.CAMPAIGN_NAMES, events["campaign"]),
        "位置": words(labels.PLACEMENTS, np.array(labels.PLACEMENT_OF)[channel]),
        "设备": words(labels.DEVICES, events["device"]),
        "场所": words(labels.PLACES, events["place"]),
        "地区": words(labels.REGIONS, chunk.society.region[events["person"]]),
    })  # fmt: skip


def _arms(chunk: Chunk) -> pl.DataFrame:
    tested = [
        (campaign.name, ran.opportunities)
        for campaign, ran in zip(CAMPAIGNS, chunk.campaigns, strict=True)
        if campaign.holdout
    ]
    first = chunk.rosters["platform"].first
    return pl.concat([
        pl.DataFrame({
            "user_id": names_of(chunk, "platform", first[drawn.person]),
            "实验": pl.Series([name]).new_from_index(0, len(drawn.ts)),
            "分组": words(labels.ARMS, drawn.arm),
            "机会时间": moment(drawn.ts),
            "活跃层": words(labels.STRATA, drawn.stratum),
        })
        for name, drawn in tested
    ])  # fmt: skip


def _referrals(chunk: Chunk) -> pl.DataFrame:
    edges, first = chunk.edges, chunk.rosters["platform"].first
    return pl.DataFrame({
        "from_user": names_of(chunk, "platform", first[edges["sender"]]),
        "to_user": names_of(chunk, "platform", first[edges["friend"]]),
        "时间": moment(edges["ts"]),
        "类型": words(labels.EDGE_KINDS, edges["kind"]),
    })  # fmt: skip
