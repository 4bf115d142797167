"""Splitting people by what a party knows of them, or by what happened around some moment."""

from cleanroom.disclosure.boxes import NO, YES, Atoms
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import DisclosureError

CONTACT, NO_CONTACT, UNMATCHED = "contact", "no contact", "unmatched"
BOUGHT, NOT_BOUGHT = "bought", "not bought"
MEMBER, NOT_MEMBER = "member", "not member"
EVERYBODY = "all"

# A segment is "" (none), ``party.people.column``, or ``party.exposures``: whether the person has an
# exposure at or before the moment that the kernel looks at. Some kernels also take
# ``party.conversions``, an order of the right kind at or after that moment, and ``party``: whether
# the person is in its data. Who isn't in the data of a segment's party is ``unmatched``, unless it
# is the very party whose people are split.


def is_contact(segment: str) -> bool:
    """Whether people are split by exposures rather than by a column."""
    return segment.endswith(".exposures")


def is_order(segment: str) -> bool:
    """Whether people are split by what they ordered."""
    return segment.endswith(".conversions")


def is_member(segment: str) -> bool:
    """Whether people are split by being in a party's data."""
    return bool(segment) and "." not in segment


def party(segment: str) -> str:
    """Who knows the segment."""
    return segment.partition(".")[0]


def check(segment: str, catalogue: Catalogue, *, owner: str = "", around: bool = False) -> None:
    """Raises ``disclosure.column`` or ``disclosure.party`` when nobody brings it. ``around``: the
    kernel also takes orders, and membership of another party than ``owner``.
    """
    if around and is_member(segment):
        catalogue.dataset(segment)
        if segment == owner:
            raise DisclosureError("disclosure.party", party=segment)
    elif is_contact(segment) or (around and is_order(segment)):
        catalogue.column(f"{segment}.ts")
    elif segment:
        catalogue.attribute(segment)


def known(segment: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The labels of those whose segment is known."""
    if not segment:
        return (EVERYBODY,)
    if is_contact(segment):
        return (CONTACT, NO_CONTACT)
    if is_order(segment):
        return (BOUGHT, NOT_BOUGHT)
    if is_member(segment):
        return (MEMBER, NOT_MEMBER)
    return catalogue.attribute(segment).levels()


def labels(segment: str, owner: str, catalogue: Catalogue) -> tuple[str, ...]:
    """All labels, for people of ``owner``. Raises ``disclosure.value`` for a domain that has the
    word for the unmatched.
    """
    found = known(segment, catalogue)
    if not segment or is_member(segment) or party(segment) == owner:
        return found
    if UNMATCHED in found:
        raise DisclosureError("disclosure.value", column=segment)
    return (*found, UNMATCHED)


def box(
    segment: str, label: str, moment: str, catalogue: Catalogue, atoms: Atoms
) -> dict[str, frozenset[str]]:
    """What a label means; ``moment`` names the moment up to which a contact counts."""
    if not segment:
        return {}
    there = atoms.member(party(segment))
    if label in (UNMATCHED, NOT_MEMBER) or is_member(segment):
        return {there: YES if label == MEMBER else NO}
    if is_contact(segment):
        met = atoms.named(f"contact {segment} {moment}", 2)
        return {there: YES, met: YES if label == CONTACT else NO}
    if is_order(segment):
        ordered = atoms.named(f"order {segment} {moment}", 2)
        return {there: YES, ordered: YES if label == BOUGHT else NO}
    return {there: YES, atoms.column(segment, catalogue): frozenset({label})}


def used(segment: str) -> list[str]:
    """Columns that the segment looks at."""
    return [segment] if segment.count(".") == 2 else []
