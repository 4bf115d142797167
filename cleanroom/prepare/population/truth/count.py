"""All true counts of one chunk."""

from cleanroom.prepare.population.plan import Plan
from cleanroom.prepare.population.truth import advertising, customers, identity, journeys, newcomers
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import View
from cleanroom.prepare.population.world import Chunk


def count(chunk: Chunk, plan: Plan) -> Counts:
    """Nested dictionaries of numbers that add up over chunks."""
    view = View(chunk, plan)
    return {
        "persons": identity.persons(view),
        "overlap": identity.overlap(view),
        "profile": identity.profile(view),
        "geography_and_devices": identity.system_and_region(view),
        "new_customers": newcomers.new_customers(view),
        "new_customer_sources": newcomers.sources(view),
        "new_customer_quality": newcomers.quality(view),
        "price_premium": newcomers.premium(view),
        "experiments": advertising.lift(view),
        "frequency": advertising.frequency(view),
        "response": advertising.response(view),
        "spared_advertising": advertising.spared(view),
        "paths": journeys.paths(view),
        "phases": journeys.phases(view),
        "stages": journeys.stages(view),
        "first_touches": journeys.first_touches(view),
        "attributed": journeys.attributed(view),
        "loyalty": customers.loyalty(view),
        "price_bands": customers.price_bands(view),
        "dayparts": customers.dayparts(view),
        "friends": customers.friends(view),
        "blanked_identifiers": {"rows": chunk.blanked},
        "sealed_events": {
            "platform.exposures": len(view.seen["ts"]),
            "brand.conversions": len(view.sold["ts"]),
        },
    }
