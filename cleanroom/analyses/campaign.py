"""What the analyses of a campaign's views share: parameters, their check, names and rules in words.

Costs are the asker's own figures, not data of the session.
"""

from datetime import date
from typing import Any, Literal

from msgspec import Struct

from cleanroom.analyses.result import Fact, Name, PartyName, Text
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

PER_THOUSAND = 1000
MONEY_MOST = 1_000_000_000_000  # hundredths


class CampaignParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Views on days in [since, until), of one campaign and some kinds where named; orders of some
    kinds; purchases on days in [bought_since, bought_until).

    ``unmatched``: people who are not in the data of ``conversions`` stand apart, or count as people
    without a purchase. ``cost_per_thousand``: hundredths of the currency for 1,000 impressions, 0
    when it shall not matter.
    """

    exposures: str
    conversions: str
    since: str
    until: str
    campaign: str = ""
    shown_kinds: tuple[str, ...] = ()
    order_kinds: tuple[str, ...] = ()
    bought_since: str = ""
    bought_until: str = ""
    unmatched: Literal["apart", "no_purchase"] = "apart"
    cost_per_thousand: int = 0


def check(analysis: str, params: CampaignParams, catalogue: Catalogue) -> None:
    """Refuse what the agreement does not hold, by parameter. Raises ``disclosure.parameter``."""

    def require(condition: bool, parameter: str) -> None:
        if not condition:
            raise DisclosureError("disclosure.parameter", analysis=analysis, parameter=parameter)

    for name in ("exposures", "conversions"):
        party = getattr(params, name)
        require(party in catalogue.parties, name)
        require("ts" in catalogue.dataset(party).tables.get(name, {}), name)
    shown, sold = exposure_columns(params, catalogue), _sold(params, catalogue)
    require(not params.campaign or params.campaign in _domain(shown, "campaign"), "campaign")
    require(set(params.shown_kinds) <= set(_domain(shown, "kind")), "shown_kinds")
    require(set(params.order_kinds) <= set(_domain(sold, "kind")), "order_kinds")
    seen, bought = (catalogue.dataset(p) for p in (params.exposures, params.conversions))
    for name in ("since", "until", "bought_since", "bought_until"):
        day = getattr(params, name)
        require(_is_day(day) or (not day and name.startswith("bought")), name)
    require(seen.start <= params.since, "since")
    require(params.since < params.until <= seen.end, "until")
    first = max(params.bought_since, params.since)
    require(first < bought.end, "bought_since")
    require(first < (params.bought_until or bought.end) <= bought.end, "bought_until")
    require(0 <= params.cost_per_thousand <= MONEY_MOST, "cost_per_thousand")


def exposure_columns(params: CampaignParams, catalogue: Catalogue) -> dict[str, ColumnSpec]:
    """The columns of the table of exposures."""
    return catalogue.dataset(params.exposures).tables["exposures"]


def _sold(params: CampaignParams, catalogue: Catalogue) -> dict[str, ColumnSpec]:
    return catalogue.dataset(params.conversions).tables["conversions"]


def _domain(columns: dict[str, ColumnSpec], name: str) -> tuple[str, ...]:
    return columns[name].domain if name in columns else ()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def counts_by_n(params: CampaignParams, catalogue: Catalogue) -> bool:
    """Whether a row says how many impressions it stands for; else each row is one."""
    n = exposure_columns(params, catalogue).get("n")
    return n is not None and n.type is Type.INTEGER and n.cap > 0


def names(params: CampaignParams, catalogue: Catalogue) -> dict[str, Fact]:
    """Who and when, for sentences."""
    bought_until = params.bought_until or catalogue.dataset(params.conversions).end
    return {
        "party": PartyName(params.exposures),
        "brand": PartyName(params.conversions),
        "since": Name(params.since),
        "until": Name(params.until),
        "bought_since": Name(max(params.bought_since, params.since)),
        "bought_until": Name(bought_until),
    }


def said(key: str, /, **facts: Fact) -> Text:
    """A sentence that these analyses share."""
    return Text(f"analyses.campaign.{key}", facts)


def rules(params: CampaignParams, catalogue: Catalogue) -> list[Text]:
    """What counts as an impression and as a purchase."""
    about = names(params, catalogue)
    found = [said("method.view", **about)]
    if params.campaign:
        found.append(said("method.campaign", campaign=Name(params.campaign)))
    if params.shown_kinds:
        found.append(said("method.shown_kinds", kinds=Name(", ".join(params.shown_kinds))))
    if counts_by_n(params, catalogue):
        found.append(said("method.by_n"))
    found.append(said("method.purchase", **about))
    if params.order_kinds:
        found.append(said("method.order_kinds", kinds=Name(", ".join(params.order_kinds))))
    if params.exposures != params.conversions:
        found.append(said(f"method.unmatched_{params.unmatched}", **about))
    return found


def question_fields(params: CampaignParams, catalogue: Catalogue) -> dict[str, Any]:
    """The shared fields of a question about the campaign."""
    return {
        "exposures": params.exposures,
        "conversions": params.conversions,
        "since": params.since,
        "until": params.until,
        "campaign": params.campaign,
        "shown_kinds": params.shown_kinds,
        "by_n": counts_by_n(params, catalogue),
        "order_kinds": params.order_kinds,
        "bought_since": params.bought_since,
        "bought_until": params.bought_until,
    }
