"""Splitting people by what a party knows of them, or by contact before they bought."""

from cleanroom.disclosure.boxes import NO, YES, Atoms
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import DisclosureError

CONTACT, NO_CONTACT, UNMATCHED = "contact", "no contact", "unmatched"
EVERYBODY = "all"

# A segment is "" (none), ``party.people.column``, or ``party.exposures``: whether the person has an
# exposure at or before the moment that the kernel looks at. Who isn't in the party's data is
# ``unmatched``, unless it is the very party whose people are split.


def is_contact(segment: str) -> bool:
    """Whether people are split by exposures rather than by a column."""
    return segment.endswith(".exposures")


def party(segment: str) -> str:
    """Who knows the segment."""
    return segment.partition(".")[0]


def check(segment: str, catalogue: Catalogue) -> None:
    """Raises ``disclosure.column`` or ``disclosure.party`` when nobody brings it."""
    if is_contact(segment):
        catalogue.column(f"{segment}.ts")
    elif segment:
        catalogue.attribute(segment)


def known(segment: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The labels of those whose segment is known."""
    if not segment:
        return (EVERYBODY,)
    if is_contact(segment):
        return (CONTACT, NO_CONTACT)
    return catalogue.attribute(segment).levels()


def labels(segment: str, owner: str, catalogue: Catalogue) -> tuple[str, ...]:
    """All labels, for people of ``owner``. Raises ``disclosure.value`` for a domain that has the
    word for the unmatched.
    """
    found = known(segment, catalogue)
    if not segment or party(segment) == owner:
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
    if label == UNMATCHED:
        return {there: NO}
    if is_contact(segment):
        met = atoms.named(f"contact {segment} {moment}", 2)
        return {there: YES, met: YES if label == CONTACT else NO}
    return {there: YES, atoms.column(segment, catalogue): frozenset({label})}


def used(segment: str) -> list[str]:
    """Columns that the segment looks at."""
    return [segment] if segment and not is_contact(segment) else []
