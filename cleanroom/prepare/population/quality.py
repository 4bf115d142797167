"""How well each party knows its people: the shares of every kind of mess."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Quality:
    """Shares of accounts (of rows, for what is written differently).

    ``second``: people with two accounts; ``stale``: accounts that have an older row, too, with the
    phone and device of that time. The phone of a row is exactly one of: missing; ``invalid`` (cut,
    of a wrong prefix, a remark); ``landline``; a ``dummy``; the ``clerk``'s own, who entered it for
    customers; that of the ``family``; ``recycled`` (given up, and now a stranger's); right.
    ``unionid`` ... ``idfa``: shares of accounts that have one where the person has such a device.
    ``old_device``: of those, shares with a device that was replaced since.
    """

    second: float
    stale: float
    missing: float
    invalid: float
    landline: float
    dummy: float
    clerk: float
    family: float
    recycled: float
    unionid: float
    oaid: float
    imei: float
    idfa: float
    old_device: float
    no_consent: float
    opted_out: float


QUALITY: Final = {
    "platform": Quality(
        second=0.010, stale=0.010, missing=0.06, invalid=0.004, landline=0.0, dummy=0.001,
        clerk=0.0, family=0.012, recycled=0.002, unionid=0.97, oaid=0.80, imei=0.35, idfa=0.30,
        old_device=0.02, no_consent=0.06, opted_out=0.008,
    ),
    "brand": Quality(
        second=0.020, stale=0.015, missing=0.07, invalid=0.015, landline=0.012, dummy=0.004,
        clerk=0.003, family=0.030, recycled=0.006, unionid=0.45, oaid=0.25, imei=0.12, idfa=0.10,
        old_device=0.15, no_consent=0.07, opted_out=0.010,
    ),
    "partner": Quality(
        second=0.015, stale=0.010, missing=0.03, invalid=0.010, landline=0.008, dummy=0.003,
        clerk=0.0, family=0.060, recycled=0.008, unionid=0.10, oaid=0.35, imei=0.15, idfa=0.15,
        old_device=0.12, no_consent=0.10, opted_out=0.0,
    ),
}  # fmt: skip
