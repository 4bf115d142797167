"""What earlier sessions of the agreement left: their answers, and who was there.

The outside sends every sealed blob that the ledger names, one after the other; each is opened and
forgotten before the next one comes. One that is missing or altered ends the opening.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.errors import TrustError
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import roster, state
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.state import Stored
from cleanroom.trust import codec, ledger
from cleanroom.trust.ledger import Entry


@dataclass(frozen=True)
class Memory:
    """``known``: answers by question. ``rosters``: by the name of their blob, oldest first.
    ``openings``: the roster of each earlier opening, oldest first (none in dp mode).
    """

    known: dict[str, Stored]
    rosters: dict[str, Roster]
    openings: tuple[Roster, ...]

    def by_digest(self) -> dict[str, Roster]:
        """The rosters of earlier openings by their digest."""
        return {found.digest: found for found in self.rosters.values()}

    def to_store(self, here: Roster, key: bytes) -> tuple[bytes, str]:
        """The blob that says who is here, empty when one says so already, and the blob's name."""
        for name, found in self.rosters.items():
            if found.digest == here.digest:
                return b"", name
        blob = roster.seal(here, key)
        return blob, codec.sha256_hex(blob)


def receive(reader: int, entries: Sequence[Entry], count: int, key: bytes) -> Memory:
    """All blobs that the entries name; ``count`` is how many the outside sends.

    Raises ``trust.state_missing``, ``trust.state_damaged``, ``sandbox.lied``.
    """
    named = ledger.blobs(entries)
    missing = list(named.values())[count:]
    if missing:
        raise TrustError("trust.state_missing", seq=missing[0].seq)
    if count > len(named):
        raise TrustError("trust.state_damaged")
    known: dict[str, Stored] = {}
    rosters: dict[str, Roster] = {}
    for name, entry in named.items():
        blob = messages.receive_blob(reader)
        if codec.sha256_hex(blob) != name:
            raise TrustError("trust.state_missing", seq=entry.seq)
        if entry.opened is None:
            known |= state.recall([entry], [blob], key)
        else:
            rosters[name] = roster.unseal(blob, key)
    openings = []
    for opened in (entry.opened for entry in entries if entry.opened is not None):
        if not opened.roster_sha256:
            continue
        there = rosters.get(opened.roster_sha256)
        if there is None or there.packages != opened.packages:
            raise TrustError("trust.state_damaged")
        openings.append(there)
    return Memory(known, rosters, tuple(openings))
