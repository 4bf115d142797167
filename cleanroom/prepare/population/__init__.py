"""A made-up population for two or three parties, and the true answers to what they may ask.

Simulation, not release: numbers come from numpy's PCG64 with a seed, so that the same seed gives
the same files. Nothing here is used when real data is sealed.

    society -> rosters -> demand, campaigns, referrals -> conversions, market     (one chunk)
            -> resolve (who is one person) -> truth (exact answers) -> writing    (files)

People are made in chunks of a fixed size, which share nobody, so memory does not grow with their
number and the true answers of the chunks add up.
"""
