"""The catalogue of analyses: one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from cleanroom.analyses.attribution import ChannelAttribution
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.brand_premium import BrandPremium
from cleanroom.analyses.lift import Lift
from cleanroom.analyses.new_customers import NewCustomersByChannel
from cleanroom.analyses.overlap import Overlap
from cleanroom.analyses.profile import ProfileIndex

ANALYSES: Final[Mapping[str, Analysis[Any]]] = MappingProxyType(
    {
        analysis.id: analysis
        for analysis in (
            Overlap(),
            ProfileIndex(),
            NewCustomersByChannel(),
            ChannelAttribution(),
            Lift(),
            BrandPremium(),
        )
    }
)
