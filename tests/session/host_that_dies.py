"""A host that kills itself with SIGKILL while something is being stored. Run by a test.

Arguments: a folder, and when to die: "roster" (who is there is in its file, no opening names it),
"blob" (the answer is in its file, no entry names it) or "entry" (both are stored, nobody has seen
the answer).
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from room_material import World, no_plan, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.session.books import HostBooks
from cleanroom.trust import ledger

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))


class DyingBooks(HostBooks):
    """Books of a host that does not live to see the answer."""

    moment = ""
    note: Callable[[], None]

    def store(self, entry: bytes, blob: bytes) -> None:
        """As it should be, until the moment has come."""
        self.note()
        opens = ledger.read(entry).opened is not None
        if self.moment == ("roster" if opens else "blob"):
            self.vault.blobs.put(blob)
            os.kill(os.getpid(), signal.SIGKILL)
        super().store(entry, blob)
        if not opens:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, moment: str) -> None:
    """Make a world, leave what is needed to find it again, and die."""
    world: World = shop(folder, policy=POLICY)
    (folder / "agreement.json").write_bytes(world.signed.envelope.to_bytes())
    packages = {owner: path.name for owner, path in world.packages.items()}
    books = DyingBooks(world.vaults["platform"], world.signed)
    books.moment = moment
    with world.session(books) as session:

        def note() -> None:
            pids = [session.room.engine.pid, *(w.pid for w in session.room._ingest.values())]
            (folder / "left.json").write_text(json.dumps({"packages": packages, "pids": pids}))

        books.note = note
        session.open(world.grant, no_plan())
        session.ask("A01", MATCH)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
