"""The partner's files: customers, orders, visits."""

from typing import Final

import polars as pl

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.accounts import Pen, Sheets, names_of_rows, with_unknown
from cleanroom.prepare.population.attributes import PARTNER, partner_codes
from cleanroom.prepare.population.cells import ORDER_WORDS, YES, date, moment, money, words
from cleanroom.prepare.population.spelling import Speller
from cleanroom.prepare.population.world import Chunk

_CONSENTS: Final = ("1", "0", "")
_CATEGORIES: Final = tuple(category.name for category in labels.CATEGORIES)


def sheets(chunk: Chunk, pen: Pen) -> Sheets:
    """The partner's files but the costs."""
    roster = chunk.rosters["partner"]
    spell = Speller(pen.chance.of("spelling partner"), roster, pen.begin)
    codes = partner_codes(chunk)
    sold, sold_names = with_unknown(chunk, "partner", chunk.market)
    seen, seen_names = with_unknown(chunk, "partner", chunk.visits)
    return {
        ("partner", "customers"): pl.DataFrame({
            "客户编号": names_of_rows(chunk, "partner"),
            "更新日期": date(roster.as_of),
            "phone_md5": spell.phone_md5(),
            "unionid": spell.unionid(),
            "oaid_sha256": spell.oaid_sha256(),
            "imei_md5": spell.imei_md5(),
            "IDFA": spell.idfa(),
            "年龄": pl.Series(chunk.society.age[roster.row_person]),
            "城市等级": words(PARTNER["a_city_tier"], codes["a_city_tier"], missing=""),
            "配送方式": words(PARTNER["a_delivery"], codes["a_delivery"], missing=""),
            "买过本品牌": words(YES, codes["is_customer"], missing=""),
            "同意共享": words(_CONSENTS, roster.consent),
        }),
        ("partner", "orders"): pl.DataFrame({
            "customer_id": sold_names,
            "订单号": pen.order_names(sold["order"], "SC"),
            "类型": words(ORDER_WORDS, sold["kind"]),
            "时间": moment(sold["ts"]),
            "品牌": words(labels.BRANDS, sold["brand"]),
            "品类": words(_CATEGORIES, sold["category"]),
            "数量": pl.Series(sold["qty"]),
            "实付金额": money(sold["paid"]),
            "门店": words(labels.DELIVERIES, sold["place"]),
        }),
        ("partner", "visits"): pl.DataFrame({
            "customer_id": seen_names,
            "时间": moment(seen["ts"]),
            "行为": words(labels.EXPOSURE_KINDS, seen["kind"]),
            "渠道": words(labels.SITE_CHANNELS, seen["channel"]),
            "设备": words(labels.SYSTEMS, seen["device"]),
        }),
    }  # fmt: skip
