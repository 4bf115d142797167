"""The brand's files: members, orders, refusals."""

from typing import Final

import numpy as np
import polars as pl

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.accounts import Pen, Sheets, names_of, names_of_rows, with_unknown
from cleanroom.prepare.population.attributes import BRAND, brand_codes
from cleanroom.prepare.population.cells import ORDER_WORDS, YES, date, moment, money, words
from cleanroom.prepare.population.spelling import Speller
from cleanroom.prepare.population.world import Chunk

_CONSENTS: Final = ("Y", "N", "")
_PERCENT_OF_REMARKS: Final = 3
_CATEGORIES: Final = tuple(category.name for category in labels.CATEGORIES)


def sheets(chunk: Chunk, pen: Pen) -> Sheets:
    """The brand's files but the costs."""
    roster = chunk.rosters["brand"]
    rng = pen.chance.of("spelling brand")
    spell = Speller(rng, roster, pen.begin)
    codes = brand_codes(chunk)
    refused = np.unique(roster.account[roster.opted_out])
    remark = rng.random(len(roster.account)) * 100 < _PERCENT_OF_REMARKS
    return {
        ("brand", "members"): pl.DataFrame({
            "会员编号": names_of_rows(chunk, "brand"),
            "更新日期": date(roster.as_of),
            "手机": spell.phone(),
            "unionid": spell.unionid(),
            "OAID": spell.oaid(),
            "IMEI_MD5": spell.imei_md5(),
            "IDFA": spell.idfa(),
            "年龄": pl.Series(chunk.society.age[roster.row_person]),
            "等级": words(BRAND["a_level"], codes["a_level"], missing=""),
            "肤质": words(BRAND["a_skin"], codes["a_skin"], missing=""),
            "阶段": words(BRAND["stage"], codes["stage"], missing=""),
            "是否买过": words(YES, codes["is_customer"], missing=""),
            "首购日期": date(codes["first_buy"]),
            "是否粉丝": words(YES, codes["is_fan"], missing=""),
            "隐私授权": words(_CONSENTS, roster.consent),
            "备注": words(("", "老客户;请勿电话,谢谢"), remark.astype(np.uint8)),
        }),
        ("brand", "orders"): _orders(chunk, pen),
        ("brand", "refusals"): pl.DataFrame({"会员编号": names_of(chunk, "brand", refused)}),
    }  # fmt: skip


def _orders(chunk: Chunk, pen: Pen) -> pl.DataFrame:
    rows, names = with_unknown(chunk, "brand", chunk.conversions)
    category = rows["sku"] // len(labels.TIERS)
    return pl.DataFrame({
        "member_id": names,
        "订单号": pen.order_names(rows["order"], "YJ"),
        "类型": words(ORDER_WORDS, rows["kind"]),
        "时间": moment(rows["ts"]),
        "商品": words(labels.SKUS, rows["sku"]),
        "品类": words(_CATEGORIES, category),
        "数量": pl.Series(rows["qty"]),
        "标价": "¥" + money(rows["list"]),
        "实付金额": money(rows["paid"]),
        "渠道": words(labels.SHOPS, rows["shop"]),
        "设备": words(labels.SYSTEMS, rows["device"]),
        "门店": words(labels.ORDER_PLACES, rows["place"]),
        "版本": words(labels.VERSIONS, rows["version"]),
        "色号": words(labels.SHADES, rows["shade"] + 1, missing=""),
        "评价": words(labels.REVIEWS, rows["review"] + 1, missing=""),
    })  # fmt: skip
