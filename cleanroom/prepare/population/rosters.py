"""Who a party has on its list: accounts, the rows of its file, and their identifiers."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import identifiers as ids
from cleanroom.prepare.population.chance import happens, pick
from cleanroom.prepare.population.plan import BRAND_START, END, START, days
from cleanroom.prepare.population.quality import Quality
from cleanroom.prepare.population.society import ADULT, Society

Array = npt.NDArray[Any]

FINE, MISSING, INVALID, LANDLINE = range(4)
"""What a row has in the place of a phone."""
FEWEST_DUMMIES: Final = 6
"""Rows of each dummy number in every chunk, so that all of them are hot everywhere."""
_PER_CLERK: Final = 15
_EVENTS_OF_SECOND: Final = 0.3
CONSENTED, REFUSED, UNASKED = range(3)


@dataclass
class Roster:
    """A party's list. ``person``, ``ordinal``: of each account, the person's position in the chunk
    and 0 or 1 for a second account. ``first``, ``second``: accounts of each person, or -1.

    Everything else has one entry a row, in the order of the file. ``tokens``: kind -> number of
    the identifier or -1. ``opted_out`` is what the party's list of refusals says of the row.
    """

    person: Array
    ordinal: Array
    first: Array
    second: Array
    account: Array
    as_of: Array
    phone_state: Array
    tokens: dict[str, Array]
    consent: Array
    child: Array
    opted_out: Array

    @property
    def row_person(self) -> Array:
        """The person whom each row is about."""
        found: Array = self.person[self.account]
        return found

    def account_of(self, rng: np.random.Generator, person: Array, order: Array | None) -> Array:
        """The account under which these persons did something; some use their second one. What
        belongs to one ``order`` happens under one account."""
        second = self.second[person]
        drawn = rng.random(len(person))
        if order is not None:
            drawn = drawn[order]
        use = (second >= 0) & (drawn < _EVENTS_OF_SECOND)
        found: Array = np.where(use, second, self.first[person])
        return found


def enrol(rng: np.random.Generator, society: Society, members: Array, quality: Quality) -> Roster:
    """A party's list of these ``members`` (positions in the chunk, ascending)."""
    twice = members[happens(rng, np.full(len(members), quality.second))]
    person = np.concatenate([members, twice])
    ordinal = np.repeat(np.array([0, 1], np.uint8), [len(members), len(twice)])
    first, second = (np.full(society.size, -1, np.int64) for _ in range(2))
    first[members] = np.arange(len(members))
    second[twice] = np.arange(len(members), len(person))
    stale = np.flatnonzero(happens(rng, np.full(len(person), quality.stale)))
    account = np.concatenate([np.arange(len(person)), stale])
    old = np.repeat([False, True], [len(person), len(stale)])
    as_of = rng.integers(days(START), days(END), len(account))
    as_of[old] = rng.integers(days(BRAND_START), days(START), len(stale))
    tokens, state = _tokens(rng, society, person[account], ordinal[account], old, quality)
    consent = pick(rng, (1 - quality.no_consent, quality.no_consent * 0.6,
                         quality.no_consent * 0.4), len(account))  # fmt: skip
    order = rng.permutation(len(account))
    return Roster(
        person, ordinal, first, second, account[order], as_of[order], state[order],
        {kind: values[order] for kind, values in tokens.items()},
        consent[order], (society.age < ADULT)[person[account[order]]],
        np.zeros(len(order), bool),
    )  # fmt: skip


def _tokens(
    rng: np.random.Generator,
    society: Society,
    person: Array,
    ordinal: Array,
    old: Array,
    quality: Quality,
) -> tuple[dict[str, Array], Array]:
    """Numbers of all identifiers, and the state of the phones."""
    number = society.number[person]
    # Second accounts share the phone of the first or have one of their own, but then the device.
    own_phone = (ordinal == 1) & (rng.random(len(person)) < 0.4)
    phone = ids.of(number, ids.MAIN)
    phone[own_phone | old] = ids.of(number, ids.OTHER)[own_phone | old]
    phone, state = _mess(rng, society, person, phone, old, quality)
    replaced = old | happens(rng, np.full(len(person), quality.old_device))
    device = np.where(replaced, ids.of(number, ids.OTHER), ids.of(number, ids.MAIN))
    android = society.system[person] == 1
    account = ids.of(number, ids.MAIN)  # the same for all accounts of a person

    def where(share: float, has: Array, values: Array) -> Array:
        return np.where(has & (rng.random(len(person)) < share), values, ids.NONE)

    everybody = np.ones(len(person), bool)
    return {
        "phone": phone,
        "unionid": where(quality.unionid, everybody, account),
        "oaid": where(quality.oaid, android, device),
        "imei": where(quality.imei, android, device),
        "idfa": where(quality.idfa, ~android, device),
    }, state


def _mess(
    rng: np.random.Generator,
    society: Society,
    person: Array,
    phone: Array,
    old: Array,
    quality: Quality,
) -> tuple[Array, Array]:
    """Phones after everything that goes wrong, in exact shares of the rows that are not old."""
    phone, state = phone.copy(), np.full(len(phone), FINE, np.uint8)
    rows = rng.permutation(np.flatnonzero(~old))
    at = 0

    def next_rows(share: float, fewest: int = 0) -> Array:
        nonlocal at
        count = max(round(share * len(rows)), fewest)
        at += count
        return rows[at - count : at]

    for share, code in (
        (quality.missing, MISSING),
        (quality.invalid, INVALID),
        (quality.landline, LANDLINE),
    ):
        taken = next_rows(share)
        phone[taken], state[taken] = ids.NONE, code
    if quality.dummy:
        taken = next_rows(quality.dummy, FEWEST_DUMMIES * len(ids.DUMMIES))
        phone[taken] = ids.dummy(np.arange(len(taken)) % len(ids.DUMMIES))
    taken = next_rows(quality.clerk)
    clerks = max(len(taken) // _PER_CLERK, 1)
    phone[taken] = ids.of(society.first + rng.integers(0, clerks, len(taken)), ids.CLERK)
    taken = next_rows(quality.family)
    partner = np.minimum(person[taken] ^ 1, society.size - 1)
    phone[taken] = ids.of(society.number[partner], ids.MAIN)
    taken = next_rows(quality.recycled)
    stranger = rng.integers(0, society.size, len(taken))
    phone[taken] = ids.of(society.number[stranger], ids.MAIN)
    return phone, state
