"""What a noisy number is worth: intervals, tests and words that carry the noise.

Pure functions on released numbers; nothing here sees a row, a policy or a file.

    noise         the noise that a released number carries
    interval      an interval and its critical values
    counts        one count, a sum of counts
    shares        a share of people
    differences   two shares compared
    share_ratios  one share as a multiple of another
    ratios        a number per another number
    index         the target group index (TGI)
    hazard        whether something becomes rarer from step to step
    means         amounts per person compared
    log_means     prices compared as ratios
    allocation    whether people were split as declared
    power         what a comparison could have seen
    independence  a whole table: chi-square and Cramer's V
    corrections   many comparisons at once
    thinning      a released table as two independent halves
    delta         any function of several noisy numbers
    margins       a square table: whether its two margins differ
    trend         a share over time
    verdict       the one word that a reader gets
    display       no digit finer than the noise
    attacker      a privacy budget in plain words

Impossible arguments (a negative variance, a level of 2) are mistakes of the caller and raise
ValueError. Data that cannot carry a statement are no mistake: the answer is then None, "too few".
"""
