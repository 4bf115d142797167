"""A wall's self-test in the form that signed records carry."""

import msgspec

from cleanroom.sandbox import wall
from cleanroom.trust.grant import SelfTest


def as_signed(test: wall.SelfTest) -> SelfTest:
    """The same facts as the struct of the opening request."""
    return msgspec.convert(msgspec.to_builtins(test), SelfTest)
