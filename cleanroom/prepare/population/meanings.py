"""What each party's files mean: which column of theirs is which of ours, and its domain.

One description makes the mapping file (their words to ours) and the dataset description (what the
others would see of it), so the two cannot disagree: ``describing``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cleanroom.disclosure.catalogue import Identifier
from cleanroom.prepare.population import labels
from cleanroom.prepare.population.attributes import BRAND, PARTNER, PLATFORM
from cleanroom.prepare.population.cells import ORDER_WORDS
from cleanroom.prepare.population.plan import BRAND_START, END, START
from cleanroom.prepare.population.platform_sheets import CHILD
from cleanroom.prepare.population.truth.definitions import VALUE_CAP

IDENTIFIERS: Final = (
    Identifier("phone", "phone-cn11/1", "md5"),
    Identifier("unionid", "wechat-unionid/1", "plain"),
    Identifier("oaid", "oaid/1", "sha256"),
    Identifier("imei", "imei/1", "md5"),
    Identifier("idfa", "idfa/1", "plain"),
)
DATASETS: Final = {
    "platform": ("用户与广告触达 2025", START, END),
    "brand": ("会员与订单 2024-2025", BRAND_START, END),
    "partner": ("商城与物流客户 2025", START, END),
}
_QUANTITY_CAP: Final = 20


@dataclass(frozen=True)
class Column:
    """A column of ours: theirs (or a ``constant``), its domain, how their words become ours."""

    source: str = ""
    domain: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    constant: str = ""
    cap: int = 0
    missing: bool = True
    hashed: bool = False


@dataclass(frozen=True)
class Sheet:
    """A file as one of our tables. ``more``: further lines of the mapping."""

    file: str
    persons: Mapping[str, str]
    columns: Mapping[str, Column]
    more: tuple[str, ...] = ()


def _full(source: str, domain: tuple[str, ...] = (), **other: object) -> Column:
    """A column in which nothing is missing."""
    return Column(source, domain, missing=False, **other)  # type: ignore[arg-type]


def _identifiers(*columns: tuple[str, str, str]) -> tuple[str, ...]:
    lines = [
        f'  {{ column = "{column}", kind = "{kind}"'
        + (f', given = "{given}"' * bool(given))
        + " },"
        for column, kind, given in columns
    ]
    return ("identifiers = [", *lines, "]")


_KINDS_OF_ORDERS: Final = dict(zip(ORDER_WORDS, labels.ORDER_KINDS, strict=True))
_CATEGORY_NAMES: Final = tuple(category.name for category in labels.CATEGORIES)
_YES: Final = {"是": "true", "否": "false"}
_COST: Final = {"date": _full("日期"), "cost": _full("花费", cap=0)}

SHEETS: Final[dict[str, dict[str, Sheet]]] = {
    "platform": {
        "people": Sheet(
            "users",
            {"pid": "用户ID"},
            {
                "as_of": Column("更新日期"),
                "a_age_band": Column("年龄段", PLATFORM["a_age_band"], {CHILD: ""}),
                "a_gender": Column("性别", PLATFORM["a_gender"]),
                "a_city_tier": _full("城市等级", PLATFORM["a_city_tier"]),
                "a_region": _full("地区", PLATFORM["a_region"]),
                "a_os": _full("系统", PLATFORM["a_os"]),
                "a_interest": Column("兴趣", PLATFORM["a_interest"]),
                "a_spend": Column("消费力", PLATFORM["a_spend"]),
            },
            (
                *_identifiers(
                    ("手机号", "phone", "raw"), ("unionid", "unionid", "raw"),
                    ("OAID", "oaid", "raw"), ("IMEI", "imei", "raw"), ("IDFA", "idfa", "raw"),
                ),
                'consent = { column = "授权状态", accepted = ["已授权"] }',
                f'under_14 = {{ column = "年龄段", values = ["{CHILD}"] }}',
            ),
        ),
        "exposures": Sheet(
            "exposures",
            {"pid": "user_id"},
            {
                "ts": _full("开始时间"),
                "until": Column("结束时间"),
                "kind": _full("行为", labels.EXPOSURE_KINDS),
                "channel": _full("渠道", labels.CHANNELS),
                "campaign": _full("计划", labels.CAMPAIGN_NAMES),
                "placement": _full("位置", labels.PLACEMENTS),
                "device": _full("设备", labels.DEVICES),
                "place": _full("场所", labels.PLACES),
                "region": _full("地区", labels.REGIONS),
                "n": Column(constant="1", cap=_QUANTITY_CAP, missing=False),
            },
        ),
        "arms": Sheet(
            "arms",
            {"pid": "user_id"},
            {
                "test": _full("实验", ("38焕新", "双11")),
                "arm": _full("分组", labels.ARMS),
                "opp_ts": _full("机会时间"),
                "stratum": _full("活跃层", labels.STRATA),
            },
        ),
        "referrals": Sheet(
            "referrals",
            {"from_pid": "from_user", "to_pid": "to_user"},
            {
                "ts": _full("时间"),
                "kind": _full("类型", labels.EDGE_KINDS),
                "channel": Column(constant="朋友推荐", domain=("朋友推荐",), missing=False),
            },
        ),
        "costs": Sheet(
            "costs",
            {},
            {
                **_COST,
                "channel": _full("渠道", labels.CHANNELS),
                "campaign": _full("计划", labels.CAMPAIGN_NAMES),
                "imps": _full("曝光"),
                "clicks": _full("点击"),
            },
        ),
    },
    "brand": {
        "people": Sheet(
            "members",
            {"pid": "会员编号"},
            {
                "as_of": Column("更新日期"),
                "a_level": _full("等级", BRAND["a_level"]),
                "a_skin": Column("肤质", BRAND["a_skin"]),
                "stage": _full("阶段", BRAND["stage"]),
                "is_customer": _full("是否买过", values=_YES),
                "first_buy": Column("首购日期"),
                "is_fan": _full("是否粉丝", values=_YES),
            },
            (
                *_identifiers(
                    ("手机", "phone", "raw"), ("unionid", "unionid", "raw"),
                    ("OAID", "oaid", "raw"), ("IMEI_MD5", "imei", "md5"), ("IDFA", "idfa", "raw"),
                ),
                'consent = { column = "隐私授权", accepted = ["Y"] }',
                'under_14 = { column = "年龄", below = 14 }',
            ),
        ),
        "conversions": Sheet(
            "orders",
            {"pid": "member_id"},
            {
                "ts": _full("时间"),
                "kind": _full("类型", labels.ORDER_KINDS, values=_KINDS_OF_ORDERS),
                "order_id": Column("订单号", hashed=True, missing=False),
                "sku": _full("商品", labels.SKUS),
                "brand": Column(constant=labels.BRANDS[0], domain=labels.BRANDS[:1], missing=False),
                "category": _full("品类", _CATEGORY_NAMES),
                "qty": _full("数量", cap=_QUANTITY_CAP),
                "list_price": _full("标价", cap=VALUE_CAP),
                "paid": _full("实付金额", cap=VALUE_CAP),
                "channel": _full("渠道", labels.SHOPS),
                "device": _full("设备", labels.SYSTEMS),
                "place": _full("门店", labels.ORDER_PLACES),
                "x_version": _full("版本", labels.VERSIONS),
                "x_shade": Column("色号", labels.SHADES),
                "x_review": Column("评价", labels.REVIEWS),
            },
        ),
        "costs": Sheet("costs", {}, {**_COST, "channel": _full("渠道", labels.CHANNELS)}),
    },
    "partner": {
        "people": Sheet(
            "customers",
            {"pid": "客户编号"},
            {
                "as_of": Column("更新日期"),
                "a_city_tier": _full("城市等级", PARTNER["a_city_tier"]),
                "a_delivery": _full("配送方式", PARTNER["a_delivery"]),
                "is_customer": _full("买过本品牌", values=_YES),
            },
            (
                *_identifiers(
                    ("phone_md5", "phone", "md5"), ("unionid", "unionid", "raw"),
                    ("oaid_sha256", "oaid", "sha256"), ("imei_md5", "imei", "md5"),
                    ("IDFA", "idfa", "raw"),
                ),
                'consent = { column = "同意共享", accepted = ["1"] }',
                'under_14 = { column = "年龄", below = 14 }',
            ),
        ),
        "exposures": Sheet(
            "visits",
            {"pid": "customer_id"},
            {
                "ts": _full("时间"),
                "kind": _full("行为", labels.EXPOSURE_KINDS[:2]),
                "channel": _full("渠道", labels.SITE_CHANNELS),
                "device": _full("设备", labels.SYSTEMS),
            },
        ),
        "conversions": Sheet(
            "orders",
            {"pid": "customer_id"},
            {
                "ts": _full("时间"),
                "kind": _full("类型", ("pay", "refund"), values={"付款": "pay", "退款": "refund"}),
                "order_id": Column("订单号", hashed=True, missing=False),
                "brand": _full("品牌", labels.BRANDS),
                "category": _full("品类", _CATEGORY_NAMES),
                "qty": _full("数量", cap=_QUANTITY_CAP),
                "paid": _full("实付金额", cap=VALUE_CAP),
                "place": _full("门店", labels.DELIVERIES),
            },
        ),
        "costs": Sheet(
            "costs",
            {},
            {
                **_COST,
                "channel": _full("渠道", labels.SITE_CHANNELS),
                "imps": _full("曝光"),
                "clicks": _full("点击"),
            },
        ),
    },
}  # fmt: skip

OPT_OUT: Final = {
    "platform": ("refusals", 'column = "phone_md5"', 'kind = "phone"', 'given = "md5"'),
    "brand": ("refusals", 'column = "会员编号"'),
}
