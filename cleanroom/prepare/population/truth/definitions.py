"""The parameters of the true answers, in one place: they stand in the truth file, too."""

from typing import Final

from cleanroom.prepare.population.plan import DAY, seconds

TOUCH_DAYS: Final = 14
HISTORY_SINCE: Final = "2024-01-01"
NEW_SINCE: Final = "2025-01-01"
NEW_UNTIL: Final = "2026-01-01"
QUARTERS: Final = (
    ("2025-01-01", "2025-04-01"),
    ("2025-04-01", "2025-07-01"),
    ("2025-07-01", "2025-10-01"),
    ("2025-10-01", "2026-01-01"),
)
DOUBLE_11: Final = ("2025-10-20", "2025-11-21")
VALUE_CAP: Final = 500_000  # hundredths: what one person may add to a sum

QUALITY_DAYS: Final = 90
OUTCOME_DAYS: Final = 14

FREQUENCY_MOST: Final = 10
CAMPAIGN: Final = "双11"
CONVERTED_UNTIL: Final = "2025-11-27"
FREQUENCY_CAP: Final = 6
NO_RESPONSE_AFTER: Final = 4
BOUGHT_DAYS: Final = 30

PHASES: Final = (
    ("预热", "2025-10-20", "2025-11-01"),
    ("爆发", "2025-11-01", "2025-11-12"),
    ("返场", "2025-11-12", "2025-11-21"),
)
STAGES: Final = ("无", "认知", "兴趣", "购买", "忠诚")
STAGE_DAYS: Final = 90
STAGE_AT: Final = ("2025-10-01", "2026-01-01")

BAND_EDGES: Final = (10_000, 30_000, 60_000, 120_000)  # hundredths a piece
BANDS: Final = ("<100", "100-300", "300-600", "600-1200", ">=1200")
DAYPARTS: Final = ("00-06", "06-09", "09-12", "12-14", "14-18", "18-24")
DAYPART_EDGES: Final = (6, 9, 12, 14, 18)
GAPS: Final = ("1-30", "31-60", "61-90", "91-180", "181+", "not yet")
GAP_EDGES: Final = (31, 61, 91, 181)

# Costs in hundredths: a thousand impressions, a click.
PER_THOUSAND: Final = {"朋友圈": 6_000, "视频号": 4_000}
PER_CLICK: Final = 50

MATURE_UNTIL: Final = "2025-10-03"  # first orders before it have 90 days of data behind them
assert seconds("2026-01-01") - seconds(MATURE_UNTIL) == QUALITY_DAYS * DAY
