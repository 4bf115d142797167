"""Why a question was refused, in words, and what to do next.

The sentences are for the public reasons of ``disclosure.release`` and for "withheld", which is all
that is ever said of a reason that depends on data.
"""

from cleanroom.analyses.result import Term, Text

WITHHELD = "withheld"


def why(reason: str) -> Term:
    """The reason as part of a sentence."""
    return Term(f"analyses.common.reason.{reason}")


def next_step(reason: str) -> Term:
    """What the asker can do about it, as a sentence."""
    return Term(f"analyses.common.next.{reason}")


def refused(reason: str) -> Text:
    """That an analysis was not answered, why, and what next."""
    return Text("analyses.common.refused", {"reason": why(reason), "next": next_step(reason)})
