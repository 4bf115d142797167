"""Whether this computer can do what the program promises: from the wall to the fonts.

Everything is tried with the parts that do the real work, on made-up data, and judged here. Nothing
is printed and nothing is left behind.
"""

from cleanroom.session.selftest.outcome import Check, Outcome, Status
from cleanroom.session.selftest.run import run

__all__ = ["Check", "Outcome", "Status", "run"]
