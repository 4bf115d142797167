"""The catalogue of analyses: one line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from cleanroom.analyses.base import Analysis
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
        )
    }
)
