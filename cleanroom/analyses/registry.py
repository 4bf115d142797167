"""The catalogue of analyses: one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from cleanroom.analyses.attribution import ChannelAttribution
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.brand_premium import BrandPremium
from cleanroom.analyses.event_window import EventWindow
from cleanroom.analyses.frequency import Frequency
from cleanroom.analyses.funnel import FunnelFlow
from cleanroom.analyses.lift import Lift
from cleanroom.analyses.loyalty import RepeatPurchase
from cleanroom.analyses.new_customers import NewCustomersByChannel
from cleanroom.analyses.overlap import Overlap
from cleanroom.analyses.price_bands import PriceBands
from cleanroom.analyses.profile import ProfileIndex
from cleanroom.analyses.referral_value import ReferralValue
from cleanroom.analyses.roas import ReturnOnSpend
from cleanroom.analyses.scenario import Scenes
from cleanroom.analyses.segment_sizing import SegmentSizing
from cleanroom.analyses.suppression import Suppression
from cleanroom.analyses.trend import ConversionTrend
from cleanroom.analyses.venn import Reach

ANALYSES: Final[Mapping[str, Analysis[Any]]] = MappingProxyType(
    {
        analysis.id: analysis
        for analysis in (
            Overlap(),
            Reach(),
            ProfileIndex(),
            NewCustomersByChannel(),
            ChannelAttribution(),
            Frequency(),
            Suppression(),
            Lift(),
            ReturnOnSpend(),
            BrandPremium(),
            ReferralValue(),
            SegmentSizing(),
            RepeatPurchase(),
            FunnelFlow(),
            ConversionTrend(),
            Scenes(),
            PriceBands(),
            EventWindow(),
        )
    }
)
