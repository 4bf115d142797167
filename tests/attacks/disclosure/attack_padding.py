"""List padding: a share above 90 % of somebody's own list is only told as "at least 90 %". Whoever
adds strangers to the list gets the number all the same, so this is no protection: the noise is.
"""

import numpy as np
from attack_scores import best_cut, crowd_bound, error
from attack_table import Row, Size, replaced
from attack_worlds import MATCH, NO_NOISE, NO_ROUNDING, THRESHOLD, attack_world, counted_once

from cleanroom.analyses.overlap import Overlap, Params

LISTED = 1000


def advantage(padding: int, trials: int) -> float:
    """Whether the one whom the attacker is not sure of is there, from the share that is shown."""
    seen = []
    for there in (False, True):
        world = attack_world(np.arange(LISTED) % 2, {}, alone=padding, absent=not there)
        shares = []
        for _ in range(trials):
            release = world.new_desk(THRESHOLD).ask("A01", MATCH)
            result = Overlap().read(Params(), world.catalogue, [release], THRESHOLD)
            share = result.cards[2].value
            shares.append(share.value if share.value is not None and not share.bound else 0.0)
        seen.append(np.array(shares))
    return best_cut(*seen)


def run(size: Size) -> list[Row]:
    """Advantage with a padded list; what a bare list tells is nothing."""
    trials = 300 if size == "short" else 4000
    with counted_once():
        with replaced(NO_NOISE, NO_ROUNDING):
            off = advantage(1000, 4)
            assert advantage(100, 4) == 0
        on = advantage(1000, trials)
    bound = crowd_bound(2) + error(trials)
    return [Row("17 list padding", "advantage past top-coding", off, 0.99, on, bound)]
