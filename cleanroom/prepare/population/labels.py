"""Every category of the made-up data: the labels that the parties agree on.

In code a category is the position of its label; in coded columns of people 0 is missing and
position + 1 the label, as in a package.
"""

from dataclasses import dataclass
from typing import Final

from cleanroom.prepare.population.plan import CAMPAIGNS

# People.
AGE_BANDS: Final = ("14-17", "18-24", "25-29", "30-34", "35-39", "40-49", "50+")
AGE_EDGES: Final = (14, 18, 25, 30, 35, 40, 50)  # first year of each band
GENDERS: Final = ("女", "男")
CITY_TIERS: Final = ("一线", "新一线", "二线", "三线", "四线及以下")
REGIONS: Final = ("华东", "华南", "华北", "华中", "西南", "西北", "东北")
SYSTEMS: Final = ("iOS", "Android")
INTERESTS: Final = ("美妆", "数码", "母婴", "运动", "美食", "旅行")
SPENDING: Final = ("低", "中", "高")
LEVELS: Final = ("普通", "银卡", "金卡", "黑卡")
SKINS: Final = ("干性", "油性", "混合", "敏感")
STAGES: Final = ("认知", "兴趣", "购买", "忠诚")
DELIVERIES: Final = ("住宅", "单位", "驿站", "自提")

# Exposures on the platform.
CHANNELS: Final = ("朋友圈", "公众号", "视频号", "小程序", "搜索", "朋友推荐", "直播")
FEED, ACCOUNT, VIDEO, APPLET, SEARCH, FRIEND, LIVE = range(len(CHANNELS))
EXPOSURE_KINDS: Final = ("imp", "click", "view", "share", "follow")
IMP, CLICK, VIEW, SHARE, FOLLOW = range(len(EXPOSURE_KINDS))
ALWAYS_ON: Final = "日常"
CAMPAIGN_NAMES: Final = (ALWAYS_ON, *(campaign.name for campaign in CAMPAIGNS))
PLACEMENTS: Final = ("信息流", "文章", "短视频", "卡片", "结果页", "直播间")
PLACEMENT_OF: Final = (0, 1, 2, 3, 4, 3, 5)  # by channel
DEVICES: Final = ("iOS", "Android", "PC")
PLACES: Final = ("家", "单位", "路上", "其他")

ARMS: Final = ("test", "control")
TEST, CONTROL = range(2)
STRATA: Final = ("低活跃", "中活跃", "高活跃")
EDGE_KINDS: Final = ("share", "click", "join", "first_order")
SHARE_EDGE, CLICK_EDGE, JOIN_EDGE, ORDER_EDGE = range(len(EDGE_KINDS))

# Orders of the brand.
ORDER_KINDS: Final = ("cart", "deposit", "pay", "refund", "review")
CART, DEPOSIT, PAY, REFUND, REVIEW = range(len(ORDER_KINDS))
SHOPS: Final = ("小程序商城", "电商旗舰店", "线下门店")
ORDER_PLACES: Final = ("线上", "门店")
REVIEWS: Final = ("好评", "中评", "差评")
VERSIONS: Final = ("标准版", "升级版", "限定版")
SHADES: Final = ("正红", "豆沙", "奶茶", "珊瑚")

# The partner's marketplace.
SITE_CHANNELS: Final = ("站内搜索", "首页推荐", "活动会场")
BRANDS: Final = ("云涧", "拾光", "北屿", "其他品牌")


@dataclass(frozen=True)
class Category:
    """A kind of goods. ``benchmark``: the market's usual price in hundredths."""

    name: str
    benchmark: int
    beauty: bool


CATEGORIES: Final = (
    Category("护肤", 32_900, True),
    Category("彩妆", 18_900, True),
    Category("香氛", 45_900, True),
    Category("美容仪", 189_900, True),
    Category("电吹风", 69_900, False),
    Category("耳机", 59_900, False),
    Category("智能手表", 129_900, False),
)
TIERS: Final = ("入门", "标准", "旗舰")
TIER_PRICES: Final = (60, 100, 170)  # percent of the benchmark
SKUS: Final = tuple(f"{c.name}-{tier}" for c in CATEGORIES for tier in TIERS)
LIST_PRICES: Final = tuple(
    c.benchmark * percent // 100 for c in CATEGORIES for percent in TIER_PRICES
)

# How a customer came to the brand.
SOURCES: Final = ("unprompted", "before the data", "feed ad", "video ad", "referred")
UNPROMPTED, BEFORE, FEED_AD, VIDEO_AD, REFERRED = range(len(SOURCES))
